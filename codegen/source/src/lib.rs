//! Generated Rust: names from texts that somebody else chose, documentation, and formatted files.
//!
//! The generators of `heffl` share it. It has no use of its own: take
//! [`heffl-custom-fields`](https://docs.rs/heffl-custom-fields) instead.

pub mod docs;
pub mod names;
mod print;

pub use print::{Piece, Printer, Source};
