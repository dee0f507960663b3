//! `cargo xtask`.

use std::{io, io::IsTerminal as _, process::ExitCode};

fn main() -> ExitCode {
    let (out, err) = (io::stdout(), io::stderr());
    let mut streams = xtask::Streams {
        progress: err.is_terminal(),
        out: &mut out.lock(),
        err: &mut err.lock(),
    };
    ExitCode::from(xtask::run(std::env::args_os(), &mut streams))
}
