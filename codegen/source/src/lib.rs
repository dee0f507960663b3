//! Helpers for code generators: Rust names for any text, doc comments, and formatted files.
//!
//! The generators of `heffl` share this crate. Programs use
//! [`heffl-custom-fields`](https://docs.rs/heffl-custom-fields) instead.

pub mod docs;
pub mod names;
mod print;

pub use print::{Piece, Printer, Source};
