//! Receives webhooks: verifies deliveries, and parses them into typed events.
//!
//! Heffl signs deliveries by [Standard Webhooks](https://www.standardwebhooks.com), with three headers and a
//! secret. The secret is in the response of [`webhooks().create`](crate::v1::webhooks::Webhooks::create) and
//! in the settings of the workspace. Give the [`Verifier`] the headers and the **unchanged** body, byte for
//! byte: a body that was parsed and written again has another signature.
//!
//! ```
//! use heffl::webhooks::{Event, Signer, Subject, Verifier};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), heffl::webhooks::Error> {
//! let verifier = Verifier::new("whsec_c2VjcmV0IG9mIHRoZSB3b3Jrc3BhY2U=")?;
//!
//! // In a test, a signer stands in for Heffl.
//! let body = br#"{"event": "lead.created", "timestamp": "2026-03-02T08:15:01.000Z",
//!                 "payload": {"id": "ld_1", "name": "Theo"}}"#;
//! let headers = Signer::new("whsec_c2VjcmV0IG9mIHRoZSB3b3Jrc3BhY2U=")?.headers("msg_1", body);
//!
//! let delivery = verifier.verify(&headers, body).await?;
//! let event: Event = delivery.event()?;
//! if let Subject::Lead(lead) = &event.subject {
//!     assert_eq!(lead.name.as_deref(), Some("Theo"));
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What to expect
//!
//! - Respond with a 2xx status soon, and do long work afterwards. The documentation does not say whether and
//!   how often Heffl sends a delivery again, so expect repeats: [`Delivery::id`] stays the same, and a
//!   [`ReplayGuard`] recognises a repeat. Respond to an error with [`Error::http_status`], which is 200 for a
//!   repeat.
//! - Heffl sends a change of the stage twice: as `….updated` and as `….stageChanged`.
//! - `stageId`, `pipelineId` and `ownerId` are numbers, although the REST API uses text. The crate reads
//!   these numbers as identifiers, but the REST API does not know them.

mod error;
mod event;
mod headers;
mod replay;
mod signature;

pub use error::Error;
pub use event::{Event, Subject};
pub use headers::{HEADER_ID, HEADER_SIGNATURE, HEADER_TIMESTAMP, Headers};
pub use replay::{RecentDeliveries, ReplayGuard};
pub use signature::{DEFAULT_TOLERANCE, Delivery, Signer, Verifier};
