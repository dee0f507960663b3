//! What the tests of this workspace share.

pub mod bench;
pub mod calls;
pub mod conformance;
pub mod facts;
pub mod fixtures;
pub mod folder;
pub mod hostile;
pub mod json;
pub mod render;
pub mod server;
pub mod wire;

use std::path::Path;

/// The folder of the workspace.
pub fn workspace() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests)
}

/// How many cases a property is tried with: so many, or what the environment variable
/// `PROPTEST_CASES` says.
pub fn cases(usual: u32) -> u32 {
    let asked = std::env::var("PROPTEST_CASES").ok();
    asked.and_then(|cases| cases.parse().ok()).unwrap_or(usual)
}

/// The programs in the README files compile.
#[cfg(doctest)]
mod readme {
    #[doc = include_str!("../../README.md")]
    mod workspace {}
    #[doc = include_str!("../../generated/README.md")]
    mod heffl {}
}
