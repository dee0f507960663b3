//! Errors as logs may hold them.

use std::{fmt, io};

use super::{Error, ErrorCode, OUTCOME_UNKNOWN, causes};
use crate::error::api::meaning;

/// An error without any text of the server's or of the caller's: what [`Error::redacted`] returns.
///
/// `Display` and `Debug` print the operation, the status, the documented code and what kind of failure it
/// is. They leave out what the server said, names and values of fields, identifiers, and what hooks gave
/// as their reason.
#[derive(Clone, Copy)]
pub struct Redacted<'a>(&'a Error);

impl Error {
    /// The error without any text of the server's or of the caller's: for logs that must not hold personal
    /// data. Spans and events of this crate use this form.
    ///
    /// ```
    /// # async fn example(heffl: heffl::Client) {
    /// if let Err(error) = heffl.v2().deals().get(heffl::DealId::new("dl_1")).await {
    ///     // "getDeal: 404 NOT_FOUND"
    ///     eprintln!("{}", error.redacted());
    /// }
    /// # }
    /// ```
    pub fn redacted(&self) -> Redacted<'_> {
        Redacted(self)
    }
}

impl fmt::Display for Redacted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            // These texts are this crate's own.
            error @ (Error::Config(_)
            | Error::Hook(_)
            | Error::Runtime { .. }
            | Error::QuotaWait { .. }) => write!(formatter, "{error}"),
            error @ (Error::Timeout(inner) | Error::Transport(inner)) => {
                write!(formatter, "{error}")?;
                match io_kind(inner.as_ref()) {
                    Some(kind) => write!(formatter, " ({kind})"),
                    None => Ok(()),
                }
            }
            Error::InvalidRequest { .. } => formatter.write_str("invalid request"),
            Error::CustomField(_) => {
                formatter.write_str("a custom field has a key or value that cannot be used")
            }
            Error::Api(error) => {
                write!(formatter, "{}: {}", error.operation.id, error.status)?;
                match &error.code {
                    Some(code) if !matches!(code, ErrorCode::Unknown(_)) => {
                        write!(formatter, " {}", code.as_str())
                    }
                    _ => write!(formatter, ": {}", meaning(error.status)),
                }
            }
            Error::Decode(error) => write!(
                formatter,
                "{}: response {} cannot be read",
                error.operation.id, error.status
            ),
            Error::BrokenItem(item) => write!(
                formatter,
                "{}: item {} cannot be read",
                item.operation.id, item.index
            ),
            Error::OutcomeUnknown(error) => {
                write!(formatter, "{}{OUTCOME_UNKNOWN}", Redacted(error))
            }
            Error::SeveralMatches { operation, ids } => {
                write!(formatter, "{}: {} records match", operation.id, ids.len())
            }
            Error::Paging { operation, .. } => {
                write!(formatter, "{}: the list cannot be read on", operation.id)
            }
        }
    }
}

impl fmt::Debug for Redacted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")
    }
}

/// What the operating system calls the failure: its words are none of the server's.
fn io_kind(error: &(dyn std::error::Error + 'static)) -> Option<io::ErrorKind> {
    causes(error)
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .map(io::Error::kind)
        // The kinds that say nothing; one of them has no stable name.
        .find(|kind| !["other error", "uncategorized error"].contains(&kind.to_string().as_str()))
}
