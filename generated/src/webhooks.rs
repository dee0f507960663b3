//! Receiving webhooks: proof that a delivery is Heffl's, and events with types.
//!
//! Heffl signs by [Standard Webhooks](https://www.standardwebhooks.com): three headers, and a secret
//! that is in the response of [`webhooks().create`](crate::v1::webhooks::Webhooks::create) and in
//! the settings of the workspace. Give the [`Verifier`] the headers and the body **as it came**, byte
//! for byte: a body that was read and written again has another signature.
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
//! - Respond with a status of 2xx soon, and do long work afterwards. Whether and how often Heffl sends
//!   again is not documented, so expect a delivery more than once: [`Delivery::id`] is the same each
//!   time, and a [`ReplayGuard`] recognises the second one. Respond to an error with
//!   [`Error::http_status`], which is 200 for a delivery that was taken before.
//! - A change of the stage is sent twice: as `….updated` and as `….stageChanged`.
//! - Numbers stand where the REST API has text for `stageId`, `pipelineId` and `ownerId`; they are
//!   read as identifiers, but name nothing in the REST API.

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
