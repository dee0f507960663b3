//! Why a delivery was rejected.

use std::fmt;

/// Why a delivery was rejected. The text contains neither the secret nor any part of the body.
///
/// [`http_status`](Self::http_status) is the status to respond with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The secret is empty or too short.
    Secret,
    /// This header is missing, or is not text.
    MissingHeader(&'static str),
    /// `webhook-timestamp` is not a number of seconds.
    Timestamp,
    /// The delivery was signed longer ago than the tolerance.
    TooOld,
    /// The delivery was signed further in the future than the tolerance: check the clock.
    TooNew,
    /// `webhook-signature` contains no `v1` signature.
    NoSignature,
    /// No signature matches the secret and the body.
    WrongSignature,
    /// The delivery was received before.
    Replayed,
    /// The [`ReplayGuard`](super::ReplayGuard) failed, with this message.
    Guard(String),
    /// The signature is valid, but the body is not an event.
    #[non_exhaustive]
    Body {
        /// The problem of the body.
        message: String,
    },
}

impl Error {
    /// The HTTP status to respond with.
    ///
    /// | status | error | reason |
    /// |---|---|---|
    /// | 200 | [`Replayed`](Self::Replayed) | the delivery is already processed, and another status would make Heffl send it again |
    /// | 401 | all errors of headers, time and signature | the delivery may not come from Heffl, so the response gives no details |
    /// | 422 | [`Body`](Self::Body) | the next delivery would have the same body |
    /// | 500 | [`Secret`](Self::Secret) | the receiver has no secret; a [`Verifier`](super::Verifier) never returns this error |
    /// | 503 | [`Guard`](Self::Guard) | the next delivery may succeed |
    ///
    /// ```
    /// # use heffl::webhooks::Error;
    /// assert_eq!(Error::Replayed.http_status(), 200);
    /// assert_eq!(Error::WrongSignature.http_status(), 401);
    /// ```
    pub fn http_status(&self) -> u16 {
        match self {
            Self::Replayed => 200,
            Self::Body { .. } => 422,
            Self::Secret => 500,
            Self::Guard(_) => 503,
            _ => 401,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::MissingHeader(name) => return write!(formatter, "the header {name} is missing"),
            Self::Guard(message) => return write!(formatter, "the replay guard failed: {message}"),
            Self::Body { message } => return write!(formatter, "the body is not an event: {message}"),
            Self::Secret => {
                "the secret of the webhook is shorter than 16 bytes; copy all of it, including `whsec_`"
            }
            Self::Timestamp => "webhook-timestamp is not a number of seconds",
            Self::TooOld => "the delivery was signed too long ago",
            Self::TooNew => "the delivery was signed in the future; check the clock of this machine",
            Self::NoSignature => "webhook-signature contains no v1 signature",
            Self::WrongSignature => "no signature matches the secret and the unchanged body",
            Self::Replayed => "the delivery was received before",
        })
    }
}

impl std::error::Error for Error {}
