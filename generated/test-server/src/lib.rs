//! A test server for the [Heffl](https://docs.heffl.com) CRM REST API. It runs in the process of a Rust test, or
//! as the command `heffl-test-server` for programs in other languages. It stores records, and needs no real key
//! and no network.
//!
//! The server has every operation of both versions, and follows the same documents as the crate [`heffl`]. It rejects
//! bodies and parameters that differ from the documentation with Heffl's errors, returns the records that were created
//! before, and enforces the quota of 60 requests a minute.
//!
//! ```
//! use heffl::v2::CreateCompany;
//! use heffl_test_server::TestServer;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = TestServer::start()?;
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! let heffl = server.client()?;
//! heffl.v2().companies().create(CreateCompany::new("Northwind")).await?;
//!
//! let found = heffl.v2().companies().list().search("north").await?;
//! assert_eq!(found.len(), 1);
//! # Ok::<(), heffl::Error>(())
//! # })?;
//! # Ok(())
//! # }
//! ```
//!
//! # What it does
//!
//! - **Key**: a request with another key than [`TestServer::key`], or without a key, gets 401.
//! - **Bodies**: the server checks required fields, types, enum values and limits. It rejects a key that is
//!   neither documented nor a `cf_*` key. Identifiers must belong to existing records.
//! - **Records**: creates, updates (`null` clears a field) and deletes. A contact or company with a deal, quotation or
//!   invoice cannot be deleted. The clients of v1 are the contacts and companies of v2.
//! - **Lists**: `search`, `filters` with the documented operators, order, cursors.
//! - **Quota**: with `RateLimit-*` headers; see [`TestServerBuilder::quota`].
//! - **Faults**: [`TestServer::fail`] simulates failures.
//!
//! A new server has a user, a pipeline with four stages, two sources, stages of leads and clients, and a template for
//! quotations; [`TestServer::records`] returns them with their identifiers.
//!
//! # What it does not do
//!
//! The server does only what the documentation describes: it calculates no taxes, checks no permissions of users,
//! and sends no webhooks (`heffl::webhooks::Signer` signs your own). A field whose description says that it is
//! *likely* required, such as the price of a product, is optional here. Try a program on a test workspace before
//! you use it on a real workspace.

pub mod command;
mod document;
mod fault;
mod handler;
mod http;
mod list;
mod quota;
mod refusal;
mod render;
mod request;
mod server;
mod store;
mod v1;
mod v2;
mod validate;

pub use document::UnknownOperation;
pub use fault::Fault;
pub use request::ReceivedRequest;
pub use server::{TestServer, TestServerBuilder};

/// Tests the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
