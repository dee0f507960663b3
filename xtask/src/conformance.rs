//! `conformance`: its work is done by a program of the package `heffl-tests`, which uses the `heffl`
//! crate. The commands here must build without that, for they write it.

use std::{
    io,
    path::Path,
    process::{Command, Stdio},
};

use heffl_spec::Finding;

use crate::Streams;

/// Runs the judges of the documents, and returns their exit code.
pub(crate) fn spec(root: &Path, no_skip: bool, streams: &mut Streams<'_>) -> Result<u8, Finding> {
    let failed = |error: io::Error| {
        Finding::new("cannot-run", format!("cannot run the judges: {error}"))
            .help("run it as `cargo xtask`")
    };
    let mut judges = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    judges
        .current_dir(root)
        .args(["run", "--quiet", "--package", "heffl-tests"])
        .args(["--bin", "conformance", "--", "spec"])
        .args(no_skip.then_some("--no-skip"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut child = judges.spawn().map_err(failed)?;
    let copied = match child.stdout.take() {
        Some(mut results) => io::copy(&mut results, streams.out).map(|_| ()),
        None => Ok(()),
    };
    let status = child.wait().map_err(failed)?;
    copied.map_err(failed)?;
    // Ended by a signal, it has no code: not a judgement.
    Ok(status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(2))
}
