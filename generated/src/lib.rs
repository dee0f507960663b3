//! An unofficial, typed client for the [Heffl](https://docs.heffl.com) CRM REST API: the current
//! version 2 and the older version 1.
//!
//! ```no_run
//! use heffl::{Client, Error, Patch, v2::deals::{DealStatus, UpdateDeal}};
//!
//! async fn win_the_first_deal() -> Result<(), Error> {
//!     let heffl = Client::from_env()?; // reads HEFFL_API_KEY
//!     let deals = heffl.v2().deals();
//!
//!     let page = deals.list().page_size(50).await?;
//!     for deal in page.items() {
//!         let region: Option<String> = deal.custom_fields.get("cf_region")?;
//!         println!("{deal}: {region:?}");
//!     }
//!
//!     if let Some(deal) = page.items().first() {
//!         let update = UpdateDeal::new().status(DealStatus::Won).expected_close_date(Patch::Clear);
//!         deals.update(&deal.id, update).await?;
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # Overview
//!
//! - [`Client`] holds the key and the connections. [`Client::v1`] and [`Client::v2`] return the
//!   resources, whose methods create a [`Call`]. Await the call to send it.
//! - [`v1`] and [`v2`] have a module for each resource, with its models and operations. These
//!   modules are generated from the API's documentation.
//! - [`CustomFields`] are the `cf_*` keys that every workspace defines; [`JsonObject`] holds
//!   undocumented keys.
//! - [`Pages`] and [`Items`] read all pages of a list, and a [`Filter`] selects records.
//! - [`Find`] looks a contact or company up by its exact e-mail address or phone number, and
//!   [`FindOrCreate`] creates it if there is none.
//! - [`bulk`] imports, updates, watches and sums many records.
//! - [`RetryPolicy`] decides when a failed call is sent again. The client automatically keeps to the
//!   quota of 60 requests a minute.
//! - [`Error`] is the only error type.
//! - [`hook`] runs your code around every call. With the feature `webhooks`, the module of that name
//!   verifies deliveries.
//! - The crate `heffl-test-server` imitates Heffl in tests.
//!
//! The [`guide`] explains each topic in a chapter of its own.
//!
//! # Features
//!
//! | feature | default | what it does |
//! |---|---|---|
//! | `rustls` | yes | TLS by rustls, with the platform's certificates |
//! | `native-tls` | no | TLS by the platform's own library (OpenSSL on Linux) |
//! | `socks` | no | proxies that speak SOCKS |
//! | `http2` | no | HTTP/2 if the server offers it. Enable it too if another crate enables HTTP/2 in `reqwest` |
//! | `gzip` | yes | compressed responses; the size of the decompressed body is limited |
//! | `blocking` | no | blocking calls: `send_blocking()` |
//! | `shared-quota` | no | one quota for several processes: `ClientBuilder::shared_quota` |
//! | `tracing` | no | [`tracing`](https://docs.rs/tracing) spans for calls and attempts, and events for waits, retries and failures |
//! | `webhooks` | no | verifies, parses and signs webhook deliveries |
//!
//! Enable `rustls` or `native-tls` to reach the service; with both, the client uses rustls.
// The types of other documents may refer to each other in long circles, which the compiler follows to prove that they are
// `Send`.
#![recursion_limit = "1024"]
#![warn(clippy::print_stdout, clippy::print_stderr)]

#[cfg(all(
    any(feature = "blocking", feature = "shared-quota"),
    target_arch = "wasm32",
    target_os = "unknown"
))]
compile_error!(
    "the features `blocking` and `shared-quota` need threads and files, which a browser does not have"
);

mod api;
mod base_url;
#[cfg(feature = "blocking")]
mod blocking;
pub mod bulk;
mod call;
mod choice;
mod client;
mod currency;
mod custom_fields;
mod date_time;
mod decode;
mod deviation;
mod engine;
mod entity_ref;
mod envelope;
mod error;
mod exchange;
mod filter;
mod find;
#[cfg(any(doc, doctest))]
pub mod guide;
pub mod hook;
mod id;
mod ids;
mod invisible;
mod json;
mod json_object;
mod json_text;
mod key;
mod key_locks;
mod limit;
mod model;
mod money;
mod multipart;
mod open_enum;
mod operation;
mod page;
mod pages;
mod parameters;
mod parse_error;
mod patch;
mod platform;
mod quota;
mod rate_limit;
mod request;
mod response;
mod retry;
mod secret;
mod setter;
#[cfg(test)]
mod simulation;
mod text;
mod trace;
mod transport;
#[cfg(feature = "webhooks")]
pub mod webhooks;

#[allow(
    clippy::doc_markdown,
    clippy::needless_pass_by_value,
    reason = "descriptions are prose, and a body is built for its one call"
)]
pub mod v1;
#[allow(
    clippy::doc_markdown,
    clippy::needless_pass_by_value,
    reason = "descriptions are prose, and a body is built for its one call"
)]
pub mod v2;

pub use api::{DEFAULT_BASE_URL, DOCUMENTED_LIMIT};
pub use call::{Call, CallFuture};
pub use client::{Client, ClientBuilder};
pub use currency::Currency;
pub use custom_fields::CustomFields;
pub use date_time::DateTime;
pub use deviation::Deviation;
pub use entity_ref::EntityRef;
pub use error::{Error, ErrorCode, ErrorKind, Issue};
pub use filter::{Filter, FilterField};
pub use find::{Find, FindOrCreate, Found, Lookup};
pub use hook::Hook;
pub use ids::*;
pub use json_object::{Field, JsonObject};
pub use json_text::JsonText;
pub use money::Money;
pub use open_enum::UnknownValue;
pub use operation::Operation;
pub use page::Page;
pub use pages::{Bookmark, Items, Pages};
pub use parse_error::ParseError;
pub use patch::Patch;
pub use quota::{Priority, QuotaStatus};
pub use response::Response;
pub use retry::RetryPolicy;
pub use secret::Secret;
pub use setter::IntoField;

#[doc(no_inline)]
pub use rust_decimal::Decimal;
// The public API of this crate uses types of these crates.
pub use {bytes, jiff, reqwest, rust_decimal, serde_json};

#[allow(unused_imports, reason = "only some documents have such values")]
pub(crate) use {
    choice::choice, id::id_type, model::model, open_enum::open_enum, parameters::parameters,
};
