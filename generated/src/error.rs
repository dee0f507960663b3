//! The one error type of this crate.

mod api;
mod redacted;
mod text;

use std::{error::Error as StdError, fmt, io, iter, time::Duration};

use bytes::Bytes;
use reqwest::header::HeaderMap;

pub use api::{ApiError, ErrorCode, Issue};
pub use redacted::Redacted;

use crate::{
    BrokenItem, Operation,
    hook::BoxError,
    platform,
    retry::{self, Outcome},
    transport::Answer,
};
pub(crate) use text::one_line;
use text::{without_place, without_values};

/// Everything that can go wrong.
///
/// Its text is one line for people: the operation, the status, and what the server says is wrong,
/// which may hold personal data. It never holds the key, an address, headers or a body. Where a log must
/// hold no personal data, print [`redacted`](Self::redacted).
///
/// The text leaves out what caused the error: that is in
/// [`source`](StdError::source), and `{error:#}` prints both.
///
/// What the server said is reachable through [`body`](Self::body) and [`headers`](Self::headers).
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The settings of the client cannot work. Nothing was sent.
    Config(Box<ConfigError>),
    /// The request cannot be sent as it is. Nothing was sent.
    #[non_exhaustive]
    InvalidRequest {
        /// What is wrong, and how to fix it.
        message: String,
    },
    /// A custom field has a key that is none, or a value of another type than asked for.
    CustomField(Box<CustomFieldError>),
    /// The answer did not come in time. Whether the server has done the work is not known.
    Timeout(Box<TransportError>),
    /// There was no connection, or it broke. Whether the server has done the work is not known.
    Transport(Box<TransportError>),
    /// The server answered that it will not.
    Api(Box<ApiError>),
    /// The server answered that it did the work, but the answer cannot be read.
    Decode(Box<DecodeError>),
    /// One item of a list cannot be read; the others can.
    BrokenItem(Box<BrokenItem>),
    /// A create was sent, and whether it was done is not known: look before you send it again. The
    /// error inside says what happened.
    OutcomeUnknown(Box<Self>),
    /// The call's turn in the quota comes after its deadline. Nothing was sent. The error comes as soon
    /// as that is known, and not when the deadline has passed.
    #[non_exhaustive]
    QuotaWait {
        /// The operation that was to be called.
        operation: &'static Operation,
        /// The least time until its turn.
        wait: Duration,
    },
    /// A [hook](crate::hook) refused the request, or panicked.
    Hook(Box<HookError>),
    /// The call was polled where it cannot work: outside of a Tokio runtime, or in one that lacks timers
    /// or I/O. Or it waits without async on the thread that does the work of such calls.
    #[non_exhaustive]
    Runtime {
        /// The operation that was called.
        operation: &'static Operation,
        /// What is missing, and how to fix it.
        message: &'static str,
    },
    /// More than one record has the e-mail address or the phone number that was looked for.
    #[non_exhaustive]
    SeveralMatches {
        /// The operation that lists.
        operation: &'static Operation,
        /// Identifiers of the records.
        ids: Box<[Box<str>]>,
    },
    /// A list cannot be read on: the server gave a cursor a second time.
    #[non_exhaustive]
    Paging {
        /// The operation that lists.
        operation: &'static Operation,
        /// What is wrong.
        message: String,
    },
}

impl Error {
    pub(crate) fn config(message: impl Into<String>) -> Self {
        ConfigError::new(message).into()
    }

    pub(crate) fn invalid_request(message: impl Into<String>) -> Self {
        Self::InvalidRequest {
            message: message.into(),
        }
    }

    pub(crate) fn custom_field(key: &str, problem: &impl fmt::Display) -> Self {
        Self::CustomField(Box::new(CustomFieldError {
            key: key.into(),
            message: without_values(without_place(&problem.to_string())),
        }))
    }

    pub(crate) fn transport(
        operation: &'static Operation,
        attempts: u32,
        elapsed: Duration,
        source: BoxError,
    ) -> Self {
        let source = match source.downcast::<reqwest::Error>() {
            Ok(error) => error.without_url().into(),
            Err(source) => source,
        };
        let error = Box::new(TransportError {
            operation,
            attempts,
            elapsed,
            source,
        });
        let timeout = causes(error.as_ref()).any(|cause| {
            let http = cause.downcast_ref().is_some_and(reqwest::Error::is_timeout);
            let io = cause.downcast_ref().map(io::Error::kind);
            http || io == Some(io::ErrorKind::TimedOut)
        });
        if timeout {
            Self::Timeout(error)
        } else {
            Self::Transport(error)
        }
    }

    pub(crate) fn decode(operation: &'static Operation, answer: Answer, place: Misfit) -> Self {
        Self::Decode(Box::new(DecodeError::new(operation, answer, place)))
    }

    /// The runtime was shut down while a call ran in a task of its own.
    pub(crate) fn runtime_stopped(operation: &'static Operation) -> Self {
        let message = "the Tokio runtime is being shut down; await the call before that";
        Self::Runtime { operation, message }.with_outcome(operation, true)
    }

    /// The error that the caller gets. Only a create does harm when it is done twice; the caller may
    /// repeat everything else.
    pub(crate) fn with_outcome(self, operation: &Operation, may_be_done: bool) -> Self {
        if may_be_done && retry::creates(operation) {
            Self::OutcomeUnknown(Box::new(self))
        } else {
            self
        }
    }

    pub(crate) fn refused_by_hook(operation: &'static Operation, source: BoxError) -> Self {
        Self::Hook(Box::new(HookError {
            operation,
            panicked: None,
            source,
        }))
    }

    pub(crate) fn hook_panicked(
        operation: &'static Operation,
        method: &'static str,
        message: String,
    ) -> Self {
        Self::Hook(Box::new(HookError {
            operation,
            panicked: Some(method),
            source: message.into(),
        }))
    }

    pub(crate) fn quota_wait(operation: &'static Operation, wait: Duration) -> Self {
        Self::QuotaWait { operation, wait }
    }

    /// HTTP status of the answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::OutcomeUnknown(error) => error.status(),
            Self::Api(error) => Some(error.status),
            Self::Decode(error) => Some(error.status),
            _ => None,
        }
    }

    /// The API's own word for what went wrong, if it gave one.
    pub fn code(&self) -> Option<&ErrorCode> {
        match self {
            Self::Api(error) => error.code.as_ref(),
            Self::OutcomeUnknown(error) => error.code(),
            _ => None,
        }
    }

    /// What is wrong with the request, field by field; empty where the API does not say so.
    pub fn issues(&self) -> &[Issue] {
        match self {
            Self::Api(error) => &error.issues,
            Self::OutcomeUnknown(error) => error.issues(),
            _ => &[],
        }
    }

    /// The operation that failed, if it came to a call.
    pub fn operation(&self) -> Option<&'static Operation> {
        match self {
            Self::Timeout(error) | Self::Transport(error) => Some(error.operation),
            Self::Api(error) => Some(error.operation),
            Self::Decode(error) => Some(error.operation),
            Self::Hook(error) => Some(error.operation),
            Self::OutcomeUnknown(error) => error.operation(),
            Self::BrokenItem(item) => Some(item.operation),
            Self::QuotaWait { operation, .. }
            | Self::Runtime { operation, .. }
            | Self::SeveralMatches { operation, .. }
            | Self::Paging { operation, .. } => Some(operation),
            _ => None,
        }
    }

    /// Headers of the answer, if there was one.
    pub fn headers(&self) -> Option<&HeaderMap> {
        match self {
            Self::Api(error) => Some(&error.headers),
            Self::Decode(error) => Some(&error.headers),
            Self::OutcomeUnknown(error) => error.headers(),
            _ => None,
        }
    }

    /// Body of the answer as it came, if there was one.
    pub fn body(&self) -> Option<&Bytes> {
        match self {
            Self::Api(error) => Some(&error.body),
            Self::Decode(error) => Some(&error.body),
            Self::OutcomeUnknown(error) => error.body(),
            _ => None,
        }
    }

    /// The identifier that the server, or what stands before it, gave to the request; useful when
    /// asking for help. The API documents none, so the usual headers are looked at.
    pub fn request_id(&self) -> Option<&str> {
        request_id(self.headers()?)
    }

    /// How often the request was sent; `None` where it was not, or where it is not one request that
    /// failed.
    pub fn attempts(&self) -> Option<u32> {
        match self {
            Self::Timeout(error) | Self::Transport(error) => Some(error.attempts),
            Self::Api(error) => Some(error.attempts),
            Self::Decode(error) => Some(error.attempts),
            Self::OutcomeUnknown(error) => error.attempts(),
            _ => None,
        }
    }

    /// How long the call took, waits included; `None` where nothing was sent.
    pub fn elapsed(&self) -> Option<Duration> {
        match self {
            Self::Timeout(error) | Self::Transport(error) => Some(error.elapsed),
            Self::Api(error) => Some(error.elapsed),
            Self::Decode(error) => Some(error.elapsed),
            Self::OutcomeUnknown(error) => error.elapsed(),
            _ => None,
        }
    }

    /// Whether there is no such record (404).
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Whether the request clashes with what is there (409).
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

    /// Whether the answer did not come in time.
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::Timeout(_) => true,
            Self::OutcomeUnknown(error) => error.is_timeout(),
            _ => false,
        }
    }

    /// Whether a create may have been done although the call failed.
    pub fn is_outcome_unknown(&self) -> bool {
        matches!(self, Self::OutcomeUnknown(_))
    }

    /// How long the server asks to wait before the next attempt, if it does and another attempt may
    /// succeed: by `Retry-After`, or after a 429 by the end of the quota's window.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Api(error) => error.retry_after,
            Self::OutcomeUnknown(error) => error.retry_after(),
            Self::QuotaWait { wait, .. } => Some(*wait),
            _ => None,
        }
    }

    /// Whether the same call may succeed later and does no harm when it is sent again: the quota is
    /// spent, the server is in trouble, or the connection is. A create whose
    /// [outcome is unknown](Self::OutcomeUnknown) is not one of those. The client itself sends again
    /// by the same [table](crate::guide::errors#what-is-sent-again).
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::QuotaWait { .. } => true,
            Self::Timeout(error) | Self::Transport(error) => {
                Outcome::of(self).is_retryable(error.operation)
            }
            Self::Api(error) => Outcome::of(self).is_retryable(error.operation),
            _ => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(formatter),
            Self::InvalidRequest { message } => write!(formatter, "invalid request: {message}"),
            Self::CustomField(error) => error.fmt(formatter),
            Self::Timeout(error) => {
                write!(formatter, "{}: no response in time", error.operation.id)
            }
            Self::Transport(error) => error.fmt(formatter),
            Self::Api(error) => error.fmt(formatter),
            Self::Decode(error) => error.fmt(formatter),
            Self::BrokenItem(item) => item.fmt(formatter),
            Self::Hook(error) => error.fmt(formatter),
            Self::OutcomeUnknown(error) => write!(formatter, "{error}{OUTCOME_UNKNOWN}"),
            Self::Runtime { operation, message } => {
                write!(formatter, "{}: {message}", operation.id)
            }
            Self::QuotaWait { operation, wait } => write!(
                formatter,
                "{}: its turn in the quota comes in {} seconds, after the deadline",
                operation.id,
                wait.as_secs_f64().ceil()
            ),
            Self::SeveralMatches { operation, ids } => {
                write!(formatter, "{}: {} records match:", operation.id, ids.len())?;
                ids.iter().enumerate().try_for_each(|(index, id)| {
                    let comma = if index > 0 { "," } else { "" };
                    write!(formatter, "{comma} {}", one_line(id))
                })
            }
            Self::Paging { operation, message } => write!(formatter, "{}: {message}", operation.id),
        }?;
        if formatter.alternate() {
            for cause in causes(self) {
                write!(formatter, ": {}", one_line(&cause.to_string()))?;
            }
        }
        Ok(())
    }
}

/// What is added to the text of the error that a create ended with.
const OUTCOME_UNKNOWN: &str = " (outcome unknown: it may have been done)";

/// A variant that shows the error inside has that error's causes: the error inside is no cause itself, or
/// whoever prints the causes would print it twice.
impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Config(error) => error.source(),
            Self::CustomField(error) => error.source(),
            Self::Timeout(error) | Self::Transport(error) => error.source(),
            Self::Api(error) => error.source(),
            Self::Decode(error) => error.source(),
            Self::BrokenItem(item) => item.source(),
            Self::Hook(error) => error.source(),
            Self::OutcomeUnknown(error) => error.source(),
            Self::InvalidRequest { .. }
            | Self::Runtime { .. }
            | Self::QuotaWait { .. }
            | Self::SeveralMatches { .. }
            | Self::Paging { .. } => None,
        }
    }
}

/// The causes of an error, the nearest first.
pub(crate) fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    iter::successors(error.source(), |&cause| cause.source())
}

/// What the server, or what stands before it, calls the request.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    const HEADERS: [&str; 5] = [
        "x-request-id",
        "request-id",
        "x-correlation-id",
        "x-amzn-requestid",
        "cf-ray",
    ];
    HEADERS
        .iter()
        .find_map(|name| headers.get(*name)?.to_str().ok())
}

/// The settings of a client cannot work.
#[derive(Debug)]
pub struct ConfigError {
    message: String,
    source: Option<BoxError>,
}

impl ConfigError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            source: None,
        }
    }

    /// The same with its cause.
    pub(crate) fn because(self, source: impl Into<BoxError>) -> Self {
        Self {
            source: Some(source.into()),
            ..self
        }
    }

    /// What is wrong, and how to fix it. It repeats no setting: a wrong one may hold a secret.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "invalid settings: {}", self.message)
    }
}

impl StdError for ConfigError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        Self::Config(Box::new(error))
    }
}

/// A custom field's key or value is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomFieldError {
    key: Box<str>,
    message: String,
}

impl CustomFieldError {
    /// The key in question; empty where the problem is not with one field.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What is wrong with it. The value itself is not repeated.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for CustomFieldError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "custom field {:?}: {}",
            one_line(&self.key),
            one_line(&self.message)
        )
    }
}

impl StdError for CustomFieldError {}

/// The connection to the server failed.
#[derive(Debug)]
pub struct TransportError {
    operation: &'static Operation,
    attempts: u32,
    elapsed: Duration,
    source: BoxError,
}

impl TransportError {
    /// That of the HTTP client, wherever it is among the causes. Of other errors nothing is known.
    fn http(&self) -> Option<&reqwest::Error> {
        causes(self).find_map(|cause| cause.downcast_ref())
    }

    /// The operation that was under way.
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// Whether it is certain that the server has not processed the request.
    pub(crate) fn is_before_processing(&self) -> bool {
        self.is_connect() || self.http().is_some_and(platform::is_unprocessed)
    }

    /// Whether the request is one that the HTTP client cannot send.
    pub(crate) fn is_unsendable(&self) -> bool {
        self.http().is_some_and(reqwest::Error::is_builder)
    }

    /// Whether no connection came about, so that the server has seen nothing of the request.
    pub fn is_connect(&self) -> bool {
        self.http().is_some_and(platform::is_connect)
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.is_connect() {
            "no connection to the server"
        } else {
            "the connection failed"
        };
        write!(formatter, "{}: {what}", self.operation.id)
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(self.source.as_ref())
    }
}

/// A hook refused a request, or panicked.
#[derive(Debug)]
pub struct HookError {
    operation: &'static Operation,
    /// The method of the hook that panicked.
    panicked: Option<&'static str>,
    source: BoxError,
}

impl HookError {
    /// The operation that was called.
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// Whether the hook panicked. If not, it refused the request.
    pub fn is_panic(&self) -> bool {
        self.panicked.is_some()
    }

    /// What the hook gave as its reason, or the message of its panic.
    pub fn reason(&self) -> &(dyn StdError + Send + Sync + 'static) {
        self.source.as_ref()
    }
}

/// The reason is the source.
impl fmt::Display for HookError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.operation.id;
        match self.panicked {
            Some(method) => write!(formatter, "{id}: a hook panicked in `{method}`"),
            None => write!(formatter, "{id}: a hook refused the request"),
        }
    }
}

impl StdError for HookError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(self.source.as_ref())
    }
}

/// The server answered that it did the work, but the answer is not what the document says.
#[non_exhaustive]
pub struct DecodeError {
    /// HTTP status of the answer.
    pub status: u16,
    /// Place of the value in the answer, such as `data[3].price`; `.` is the whole answer.
    pub path: String,
    /// What was expected there. The value itself is not repeated.
    pub message: String,
    /// Headers of the answer.
    pub headers: HeaderMap,
    /// Body of the answer as it came.
    pub body: Bytes,
    /// The operation that was called.
    pub operation: &'static Operation,
    /// How often the request was sent.
    pub attempts: u32,
    /// From the call to the last byte of the answer, waits included.
    pub elapsed: Duration,
}

impl DecodeError {
    pub(crate) fn new(operation: &'static Operation, answer: Answer, place: Misfit) -> Self {
        Self {
            status: answer.status.as_u16(),
            path: place.path,
            message: without_values(&place.message),
            headers: answer.headers,
            body: answer.body,
            operation,
            attempts: answer.attempts,
            elapsed: answer.elapsed,
        }
    }
}

/// Where a body and the expected type part.
pub(crate) struct Misfit {
    pub(crate) path: String,
    pub(crate) message: String,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            status,
            path,
            message,
            operation,
            ..
        } = self;
        let (path, message) = (one_line(path), one_line(message));
        write!(
            formatter,
            "{}: response {status} cannot be read at {path}: {message}",
            operation.id
        )
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DecodeError")
            .field("operation", &self.operation.id)
            .field("status", &self.status)
            .field("path", &self.path)
            .field("message", &self.message)
            .field("body_length", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl StdError for DecodeError {}
