//! Why a delivery is not taken.

use std::fmt;

/// Why a delivery is not taken. Its text holds neither the secret nor anything of the body.
///
/// [`http_status`](Self::http_status) says how to respond.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The secret cannot be one: it is empty or too short.
    Secret,
    /// A header is missing, or is no text: this one.
    MissingHeader(&'static str),
    /// `webhook-timestamp` is no number of seconds.
    Timestamp,
    /// The delivery was signed longer ago than is tolerated.
    TooOld,
    /// The delivery claims to be signed in the future, by more than is tolerated: look at the clock.
    TooNew,
    /// `webhook-signature` holds no signature of the kind `v1`.
    NoSignature,
    /// No signature fits the secret and the body as it came.
    WrongSignature,
    /// The delivery has been taken before.
    Replayed,
    /// The [`ReplayGuard`](super::ReplayGuard) failed, with this message.
    Guard(String),
    /// The delivery is Heffl's, but its body is no event.
    #[non_exhaustive]
    Body {
        /// What is wrong with it.
        message: String,
    },
}

impl Error {
    /// The HTTP status to respond with.
    ///
    /// | status | error | because |
    /// |---|---|---|
    /// | 200 | [`Replayed`](Self::Replayed) | the work is done, and any other status would ask for the same delivery again |
    /// | 401 | all that concern headers, time and signature | the delivery is not known to be Heffl's; a stranger learns no more |
    /// | 422 | [`Body`](Self::Body) | sent again, it would be the same |
    /// | 500 | [`Secret`](Self::Secret) | the receiver has no secret; a [`Verifier`](super::Verifier) never gives this |
    /// | 503 | [`Guard`](Self::Guard) | sent again, it may be taken |
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
            Self::Body { message } => return write!(formatter, "the body is no event: {message}"),
            Self::Secret => {
                "the secret of the webhook is shorter than 16 bytes; copy the whole of it, from `whsec_` on"
            }
            Self::Timestamp => "webhook-timestamp is no number of seconds",
            Self::TooOld => "the delivery was signed too long ago",
            Self::TooNew => "the delivery claims to be from the future",
            Self::NoSignature => "webhook-signature holds no v1 signature",
            Self::WrongSignature => "no signature fits the secret and the body as it came",
            Self::Replayed => "the delivery has been taken before",
        })
    }
}

impl std::error::Error for Error {}
