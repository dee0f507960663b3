//! The one error type of this crate.

mod api;
mod display;
mod new;

use std::{borrow::Cow, error::Error as StdError, iter, sync::Arc, time::Duration};

use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde_json::Value;

pub use api::{ErrorCode, Issue};

use crate::{
    operation::Operation,
    response,
    retry::{self, Outcome},
};
pub(crate) use new::Mismatch;

/// An error of the program: that of a hook, a transport or a guard. A text is one, too.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Everything that can go wrong.
///
/// It is opaque, so that fields and kinds can be added without breaking programs, and because a caller
/// asks [`is_not_found`](Self::is_not_found) or for the [`status`](Self::status), and not for the shape of
/// nested variants. [`kind`](Self::kind) says what happened.
///
/// Its text is one line for people: the operation, the status, and what the server says is wrong,
/// which may hold personal data. It never holds the key, an address, headers or a body. Where a log must
/// hold no personal data, print [`redacted`](Self::redacted).
///
/// The text leaves out what caused the error: that is in
/// [`source`](StdError::source), and `{error:#}` prints both.
#[derive(Clone)]
pub struct Error(Box<Inner>);

/// What kind of thing went wrong; from [`Error::kind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The settings of the client cannot work. Nothing was sent.
    Config,
    /// The request cannot be sent as it is. Nothing was sent.
    InvalidRequest,
    /// A custom field has a key that is not one, or a value of another type than asked for.
    CustomField,
    /// The response did not arrive in time. Whether the server has done the work is not known.
    Timeout,
    /// There was no connection, or it broke. Whether the server has done the work is not known, unless
    /// there was [no connection](Error::is_connect).
    Transport,
    /// The server responded with a status other than 2xx.
    Api,
    /// The server did the work, but its response cannot be read.
    Decode,
    /// One item of a list cannot be read; the others can.
    BrokenItem,
    /// The quota permits the call only after its deadline. Nothing was sent. The error comes as soon
    /// as that is known, and not when the deadline has passed.
    QuotaWait,
    /// A [hook](crate::hook) refused the request, or panicked.
    Hook,
    /// The call was polled where it cannot work: outside of a Tokio runtime, or in one that lacks timers
    /// or I/O. Or it waits without async on the thread that does the work of such calls.
    Runtime,
    /// More than one record has the e-mail address or the phone number that was looked for.
    SeveralMatches,
    /// The rest of a list cannot be read: the server gave a cursor a second time, or none.
    Paging,
}

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: Cow<'static, str>,
    context: Context,
}

/// What is known of most errors only in part.
#[derive(Clone, Default)]
struct Context {
    operation: Option<Operation>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
    status: Option<u16>,
    headers: Option<HeaderMap>,
    body: Option<Bytes>,
    code: Option<ErrorCode>,
    issues: Vec<Issue>,
    details: Option<Value>,
    path: Option<String>,
    item_index: Option<usize>,
    matching_ids: Vec<String>,
    attempts: Option<u32>,
    elapsed: Option<Duration>,
    retry_after: Option<Duration>,
    is_connect: bool,
    is_hook_panic: bool,
    /// Whether the server may have processed the last attempt, and whether another may succeed.
    outcome: Outcome,
    /// Whether an attempt may have been processed.
    may_be_done: bool,
}

impl Error {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What is wrong, without the operation. Of a response with a status other than 2xx it is the server's
    /// own message, or else what the status means.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// HTTP status of the response, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.0.context.status
    }

    /// The API's own code for what went wrong, if it gave one.
    pub fn code(&self) -> Option<&ErrorCode> {
        self.0.context.code.as_ref()
    }

    /// What is wrong with the request, field by field; empty where the API does not say so.
    pub fn issues(&self) -> &[Issue] {
        &self.0.context.issues
    }

    /// Further details as the API gave them.
    pub fn details(&self) -> Option<&Value> {
        self.0.context.details.as_ref()
    }

    /// The operation that failed, if the error is one of a call.
    pub fn operation(&self) -> Option<&Operation> {
        self.0.context.operation.as_ref()
    }

    /// Headers of the response, if there was one.
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.0.context.headers.as_ref()
    }

    /// Body of the response as it was received, as much as arrived of it. Of an item that cannot be read it
    /// is that item: JSON, unless the item is broken as such, with U+FFFD for bytes that are not UTF-8.
    pub fn body(&self) -> Option<&Bytes> {
        self.0.context.body.as_ref()
    }

    /// Where the value is that cannot be read, such as `data[3].price`; `.` is the whole response. Of a
    /// custom field it is the key.
    pub fn path(&self) -> Option<&str> {
        self.0.context.path.as_deref()
    }

    /// The place of an item that cannot be read among all items of its page, from 0.
    pub fn item_index(&self) -> Option<usize> {
        self.0.context.item_index
    }

    /// Identifiers of the records, where several match what was looked for.
    pub fn matching_ids(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.context.matching_ids.iter().map(String::as_str)
    }

    /// The identifier that the server, or a gateway before it, gave to the request; useful when
    /// asking for help. The API documents none, so the usual headers are looked at.
    pub fn request_id(&self) -> Option<&str> {
        response::request_id(self.headers()?)
    }

    /// How often the request was sent; `None` where it was not, or where it is not one request that
    /// failed.
    pub fn attempts(&self) -> Option<u32> {
        self.0.context.attempts
    }

    /// How long the call took, waits included; `None` where nothing was sent.
    pub fn elapsed(&self) -> Option<Duration> {
        self.0.context.elapsed
    }

    /// How long the server asks to wait before the next attempt, if it does and another attempt may
    /// succeed: by `Retry-After`, or after a 429 by the end of the quota's window. Where the quota permits
    /// the call after its deadline, the least time until then.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.context.retry_after
    }

    /// Whether there is no such record (404).
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Whether the request conflicts with an existing record (409).
    pub fn is_conflict(&self) -> bool {
        self.status() == Some(409)
    }

    /// Whether the quota is spent for now (429).
    pub fn is_rate_limited(&self) -> bool {
        self.status() == Some(429)
    }

    /// Whether the key is missing or wrong (401).
    pub fn is_unauthorized(&self) -> bool {
        self.status() == Some(401)
    }

    /// Whether the key is good, but its user may not do this (403).
    pub fn is_forbidden(&self) -> bool {
        self.status() == Some(403)
    }

    /// Whether the response did not arrive in time.
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// Whether no connection was made, so that the server has seen nothing of the request.
    pub fn is_connect(&self) -> bool {
        self.0.context.is_connect
    }

    /// Whether a [hook](crate::hook) panicked. A hook that refused the request did not.
    pub fn is_hook_panic(&self) -> bool {
        self.0.context.is_hook_panic
    }

    /// Whether a create was sent, and it is not known whether it was done: look for the record before you
    /// send it again.
    pub fn is_outcome_unknown(&self) -> bool {
        self.0.context.may_be_done
            && self
                .0
                .context
                .operation
                .as_ref()
                .is_some_and(retry::creates)
    }

    /// Whether the server may have changed something although the call failed: the response to an attempt
    /// was lost or cannot be read. A deletion that was sent again and got 404 may have deleted the record
    /// the first time. Always `false` for reads.
    pub fn may_have_been_done(&self) -> bool {
        let is_read = self.operation().is_none_or(retry::reads);
        !is_read && (self.0.context.may_be_done || self.kind() == ErrorKind::Decode)
    }

    /// Whether the same call may succeed later and does no harm when it is sent again: the quota is
    /// spent, the server is in trouble, or the connection is. A create whose
    /// [outcome is unknown](Self::is_outcome_unknown) is not one of those. The client itself sends again
    /// by the same [table](crate::guide::errors#retries).
    pub fn is_retryable(&self) -> bool {
        let operation = self.0.context.operation.as_ref();
        !self.is_outcome_unknown()
            && operation.is_some_and(|it| self.0.context.outcome.is_retryable(it))
    }

    pub(crate) fn outcome(&self) -> Outcome {
        self.0.context.outcome
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.context.source.as_deref().map(|source| source as _)
    }
}

/// The causes of an error, the nearest first.
pub(crate) fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    iter::successors(error.source(), |&cause| cause.source())
}
