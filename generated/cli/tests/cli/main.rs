//! Tests of the command `heffl`, in one program: they share helpers, and run side by side.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod across_processes;
mod api;
mod doctor;
mod export;
mod failures;
mod fields;
mod import;
mod keys;
mod packages;
mod resources;
mod sandbox;
mod table;
mod tools;
