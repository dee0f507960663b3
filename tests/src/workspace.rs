//! The folder of the workspace, and the number of cases of property tests.

use std::path::Path;

/// The folder of the workspace.
pub fn workspace() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests)
}

/// The number of cases of a property test: the value of `PROPTEST_CASES`, or this default.
pub fn cases(default: u32) -> u32 {
    let variable = std::env::var("PROPTEST_CASES").ok();
    variable
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(default)
}
