//! Tests of the crate `heffl`: its client, over sockets, and its types. They are one program, because the tests of one
//! program run at the same time. `cargo test -p heffl-tests --test client retries::` runs one module.

mod arrival;
mod blocking;
mod bulk;
mod common;
mod custom_fields;
mod damaged;
mod errors;
mod exactly_once;
mod examples;
mod find;
mod forgiving;
mod hooks;
mod hostile;
mod http2;
mod identifiers;
mod interleavings;
mod lists;
mod operations;
mod patch;
mod resilience;
mod retries;
mod runtime;
mod settings;
mod shared_quota;
mod test_server;
mod tls;
mod transport;
mod types;
mod unpolled;
mod webhooks;
