//! Shared code of the tests.

pub mod bench;
pub mod calls;
pub mod conformance;
pub mod facts;
pub mod fixtures;
pub mod folder;
pub mod hostile;
pub mod json;
mod peer;
pub mod render;
pub mod server;
pub mod wire;
mod workspace;

pub use workspace::{cases, workspace};

/// The programs in the README files compile.
#[cfg(doctest)]
mod readme {
    #[doc = include_str!("../../README.md")]
    mod workspace {}
    #[doc = include_str!("../../generated/README.md")]
    mod heffl {}
}
