//! Checks the documents with third-party tools. Started by `cargo xtask conformance`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    ExitCode::from(heffl_tests::conformance::run(&arguments).await)
}
