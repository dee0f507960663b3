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

/// An error from the program's own code: a hook, a transport or a guard. Text converts into this type.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Any error of this crate.
///
/// The type is opaque, so that fields and kinds can be added without breaking programs. Check the cause with
/// [`kind`](Self::kind), [`status`](Self::status), or methods such as [`is_not_found`](Self::is_not_found).
///
/// The text of an error is one line for people: the operation, the status, and the server's message, which may
/// contain personal data. It never contains the key, an address, headers or a body. For logs without personal
/// data, print [`redacted`](Self::redacted).
///
/// The text does not include the cause of the error: [`source`](StdError::source) returns the cause, and
/// `{error:#}` prints both.
#[derive(Clone)]
pub struct Error(Box<Inner>);

/// The kind of an error; see [`Error::kind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The settings of the client are invalid. Nothing was sent.
    Config,
    /// The request is invalid. Nothing was sent.
    InvalidRequest,
    /// A custom field has an invalid key, or a value of another type than requested.
    CustomField,
    /// The response did not arrive in time. The server may have processed the request.
    Timeout,
    /// There was no connection, or it broke. The server may have processed the request, unless there was [no
    /// connection](Error::is_connect).
    Transport,
    /// The server responded with a status other than 2xx.
    Api,
    /// The server processed the request, but its response cannot be read.
    Decode,
    /// One item of a list cannot be read. The other items can be read.
    BrokenItem,
    /// The quota permits the call only after its deadline. Nothing was sent. The call fails at once, before
    /// the deadline has passed.
    QuotaWait,
    /// A [hook](crate::hook) refused the request, or panicked.
    Hook,
    /// The call was polled outside a Tokio runtime, or in a runtime without timers or I/O. A blocking call on
    /// the client's own thread for blocking calls fails with this kind too.
    Runtime,
    /// Several records have the e-mail address or phone number.
    SeveralMatches,
    /// The rest of a list cannot be read: the server repeated a cursor, or returned no cursor.
    Paging,
}

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: Cow<'static, str>,
    context: Context,
}

/// The details of an error; most errors have only some of them.
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
    /// Why there was no further attempt, at the end of the text.
    not_repeated: Option<&'static str>,
}

impl Error {
    /// The kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The message, without the operation. For a response with a status other than 2xx it is the server's
    /// message, or else the meaning of the status.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// HTTP status of the response, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.0.context.status
    }

    /// The API's code of the error, if the response has one.
    pub fn code(&self) -> Option<&ErrorCode> {
        self.0.context.code.as_ref()
    }

    /// The problems of the request, field by field; empty if the response lists no fields.
    pub fn issues(&self) -> &[Issue] {
        &self.0.context.issues
    }

    /// Further details from the response.
    pub fn details(&self) -> Option<&Value> {
        self.0.context.details.as_ref()
    }

    /// The operation that failed, if the error belongs to a call.
    pub fn operation(&self) -> Option<&Operation> {
        self.0.context.operation.as_ref()
    }

    /// Headers of the response, if there was one.
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.0.context.headers.as_ref()
    }

    /// Body of the response, as much of it as was received. For an item that cannot be read, it is the text of
    /// that item, with U+FFFD for bytes that are not UTF-8.
    pub fn body(&self) -> Option<&Bytes> {
        self.0.context.body.as_ref()
    }

    /// The path of the value that cannot be read, such as `data[3].price`; `.` is the whole response. For a
    /// custom field, it is the key.
    pub fn path(&self) -> Option<&str> {
        self.0.context.path.as_deref()
    }

    /// The index of an item that cannot be read, among all items of its page, from 0.
    pub fn item_index(&self) -> Option<usize> {
        self.0.context.item_index
    }

    /// The identifiers of the records that match a search, if several match.
    pub fn matching_ids(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.context.matching_ids.iter().map(String::as_str)
    }

    /// The identifier that the server, or a gateway in front of it, gave to the request; include it when you
    /// ask for support. The API documents no header for it, so the usual headers are read.
    pub fn request_id(&self) -> Option<&str> {
        response::request_id(self.headers()?)
    }

    /// How often the request was sent; `None` if it was not sent, or if the error does not belong to one
    /// request.
    pub fn attempts(&self) -> Option<u32> {
        self.0.context.attempts
    }

    /// How long the call took, including waits; `None` if nothing was sent.
    pub fn elapsed(&self) -> Option<Duration> {
        self.0.context.elapsed
    }

    /// How long to wait before the next attempt, if the server reports this and another attempt may succeed:
    /// from `Retry-After` or, after a 429, from the end of the quota's window. If the quota permits the call
    /// only after its deadline, the minimum wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.context.retry_after
    }

    /// Whether the record does not exist (404).
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Whether the request conflicts with an existing record (409).
    pub fn is_conflict(&self) -> bool {
        self.status() == Some(409)
    }

    /// Whether the quota is used up (429).
    pub fn is_rate_limited(&self) -> bool {
        self.status() == Some(429)
    }

    /// Whether the key is missing or wrong (401).
    pub fn is_unauthorized(&self) -> bool {
        self.status() == Some(401)
    }

    /// Whether the key is valid, but its user lacks the permission (403).
    pub fn is_forbidden(&self) -> bool {
        self.status() == Some(403)
    }

    /// Whether the response did not arrive in time.
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// Whether no connection was made, so that the server has not received the request.
    pub fn is_connect(&self) -> bool {
        self.0.context.is_connect
    }

    /// Whether a [hook](crate::hook) panicked; `false` if a hook refused the request.
    pub fn is_hook_panic(&self) -> bool {
        self.0.context.is_hook_panic
    }

    /// Whether a create was sent and may have been processed: search for the record before you send it again.
    pub fn is_outcome_unknown(&self) -> bool {
        self.0.context.may_be_done && self.operation().is_some_and(retry::creates)
    }

    /// Whether the server may have changed something although the call failed: the response to an attempt
    /// was lost or cannot be read. A deletion that was sent again and got 404 may have deleted the record
    /// the first time. Always `false` for reads.
    pub fn may_have_been_done(&self) -> bool {
        let is_read = self.operation().is_none_or(retry::reads);
        !is_read && (self.0.context.may_be_done || self.kind() == ErrorKind::Decode)
    }

    /// Whether the same call may succeed later, and sending it again does no harm: the quota was used up, or
    /// the server or the connection failed. A create whose [outcome is unknown](Self::is_outcome_unknown) is
    /// not retryable. The client's own retries follow the same [table](crate::guide::errors#retries).
    pub fn is_retryable(&self) -> bool {
        let operation = self.operation();
        !self.is_outcome_unknown() && operation.is_some_and(|it| self.outcome().is_retryable(it))
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
