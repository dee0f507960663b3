//! Parts that the generators of `heffl` share: Rust names for arbitrary text, doc comments, and formatted source
//! files.
//!
//! It is not meant for other programs; use [`heffl-custom-fields`](https://docs.rs/heffl-custom-fields) instead.

pub mod docs;
pub mod names;
mod print;

pub use print::{Piece, Source, print};
