//! Tests of `cargo xtask`: from pages to documents, and from documents to code. They are one program, because the tests
//! of one program run at the same time. `cargo test -p heffl-tests --test documents pages::` runs one module.

mod assemble;
mod bad_input;
mod codegen;
mod diff_command;
mod fetch;
mod modules;
mod mutations;
mod package;
mod page_facts;
mod pages;
mod pages_markdown;
mod real_pages;
mod reports;
mod round_trip;
mod xtask;
