//! What is wrong, and where: the type that this crate shares with the generator.

pub use heffl_finding::{Finding, Severity};
