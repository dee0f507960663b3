//! Reads documentation pages of the Heffl CRM API into fragments, and assembles them into OpenAPI documents.
//!
//! The pipeline is `page text → fragment → OpenAPI document`. Every step is a pure function. Only the module
//! [`files`] accesses the disk, and only the module `fetch` (a feature) opens a socket.

pub mod assemble;
pub(crate) mod case;
pub(crate) mod conflicts;
pub(crate) mod coverage;
pub mod diff;
#[cfg(feature = "fetch")]
pub mod fetch;
pub mod files;
pub mod finding;
pub mod fragment;
pub mod input;
pub(crate) mod lists;
pub(crate) mod markdown;
pub mod observe;
pub(crate) mod openapi;
pub mod overlay;
pub mod page;
pub mod pull;
pub mod report;
pub mod yaml;

pub use finding::Finding;
