//! Runs a benchmark. Started by `cargo xtask bench`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    ExitCode::from(heffl_tests::bench::run(&arguments))
}
