//! Turns an OpenAPI document with `x-heffl-*` extensions into the source of a typed Rust client.
//!
//! ```text
//! load ─▶ lint ─▶ normalise ─▶ types ─▶ models ─▶ emit ─▶ print
//! ```
//!
//! Every stage is a pure function in a module of its own; [`generate`] runs them in order. The README of this
//! crate explains the stages and the libraries.

pub mod api;
mod docs;
mod emit;
mod generate;
pub mod ids;
mod json;
pub mod lint;
pub mod load;
pub mod models;
mod naming;
pub mod normalise;
mod problem;
pub mod requests;
pub mod rules;
pub mod service;
pub mod types;

pub use generate::{Generated, MARKER, generate, generate_with_calls};
pub use load::Api;
pub use problem::Problem;
