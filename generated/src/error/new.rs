//! How errors are made.

use std::{borrow::Cow, fmt, time::Duration};

use super::BoxError;
use super::{Error, ErrorKind, Inner, api};
use crate::{
    operation::Operation,
    response::RawResponse,
    retry::Outcome,
    text::{without_place, without_values},
};

/// Where a body and the expected type part.
pub(crate) struct Mismatch {
    pub(crate) path: String,
    pub(crate) message: String,
}

/// Why there is no response, and what it means.
pub(crate) struct TransportFailure {
    pub(crate) source: BoxError,
    pub(crate) is_timeout: bool,
    pub(crate) is_connect: bool,
    pub(crate) outcome: Outcome,
}

impl Error {
    fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            operation: None,
            message: message.into(),
            source: None,
            status: None,
            headers: None,
            body: None,
            code: None,
            issues: Vec::new(),
            details: None,
            path: None,
            item_index: None,
            matching_ids: Vec::new(),
            attempts: None,
            elapsed: None,
            retry_after: None,
            is_connect: false,
            is_hook_panic: false,
            outcome: Outcome::Final,
            may_be_done: false,
        }))
    }

    /// The error as one of a call.
    pub(crate) fn of(mut self, operation: &Operation) -> Self {
        self.0.operation = Some(operation.clone());
        self
    }

    pub(crate) fn because(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into().into());
        self
    }

    pub(crate) fn at(mut self, path: impl Into<String>) -> Self {
        self.0.path = Some(path.into());
        self
    }

    /// The error that the caller gets. `may_be_done`: the server may have processed an attempt.
    pub(crate) fn with_outcome(mut self, operation: &Operation, may_be_done: bool) -> Self {
        self.0.may_be_done |= may_be_done;
        self.of(operation)
    }

    fn received(mut self, answer: RawResponse) -> Self {
        let error = &mut *self.0;
        error.status = Some(answer.status.as_u16());
        error.headers = Some(answer.headers);
        error.body = Some(answer.body);
        error.attempts = Some(answer.attempts);
        error.elapsed = Some(answer.elapsed);
        self
    }

    /// The message repeats no setting: a wrong one may hold a secret.
    pub(crate) fn config(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    pub(crate) fn invalid_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::InvalidRequest, message)
    }

    pub(crate) fn custom_field(key: &str, problem: &impl fmt::Display) -> Self {
        let message = without_values(without_place(&problem.to_string()));
        Self::new(ErrorKind::CustomField, message).at(key)
    }

    /// An attempt without a response, or without all of it.
    pub(crate) fn transport(
        operation: &Operation,
        attempts: u32,
        elapsed: Duration,
        failure: TransportFailure,
    ) -> Self {
        let (kind, message) = match &failure {
            failure if failure.is_timeout => (ErrorKind::Timeout, "no response in time"),
            failure if failure.is_connect => (ErrorKind::Transport, "no connection to the server"),
            _ => (ErrorKind::Transport, "the connection failed"),
        };
        let mut error = Self::new(kind, message).because(failure.source);
        let inner = &mut *error.0;
        (inner.is_connect, inner.outcome) = (failure.is_connect, failure.outcome);
        (inner.attempts, inner.elapsed) = (Some(attempts), Some(elapsed));
        error.of(operation)
    }

    /// The error of a response with a status other than 2xx. `secret` is taken out of its texts, should the
    /// server repeat it.
    pub(crate) fn api(
        operation: &Operation,
        answer: RawResponse,
        retry_after: Option<Duration>,
        secret: &str,
    ) -> Self {
        let refusal = api::Refusal::read(&answer, secret);
        let mut error = Self::new(ErrorKind::Api, refusal.message);
        error.0.code = refusal.code;
        error.0.issues = refusal.issues;
        error.0.details = refusal.details;
        error.0.retry_after = retry_after;
        error.0.outcome = Outcome::of_status(answer.status.as_u16());
        error.received(answer).of(operation)
    }

    pub(crate) fn decode(operation: &Operation, answer: RawResponse, place: Mismatch) -> Self {
        Self::new(ErrorKind::Decode, without_values(&place.message))
            .at(place.path)
            .received(answer)
            .of(operation)
    }

    /// `json` is the whole item.
    pub(crate) fn broken_item(
        operation: &Operation,
        index: usize,
        place: Mismatch,
        json: String,
    ) -> Self {
        let mut error = Self::new(ErrorKind::BrokenItem, place.message).at(place.path);
        error.0.item_index = Some(index);
        error.0.body = Some(json.into());
        error.of(operation)
    }

    pub(crate) fn refused_by_hook(operation: &Operation, source: BoxError) -> Self {
        Self::new(ErrorKind::Hook, "a hook refused the request")
            .because(source)
            .of(operation)
    }

    pub(crate) fn hook_panicked(
        operation: &Operation,
        method: &'static str,
        message: String,
    ) -> Self {
        let mut error = Self::new(ErrorKind::Hook, format!("a hook panicked in `{method}`"));
        error.0.is_hook_panic = true;
        error.because(message).of(operation)
    }

    pub(crate) fn runtime(operation: &Operation, message: &'static str) -> Self {
        Self::new(ErrorKind::Runtime, message).of(operation)
    }

    /// The runtime was shut down while a call ran in a task of its own.
    pub(crate) fn runtime_stopped(operation: &Operation) -> Self {
        let message = "the Tokio runtime is being shut down; await the call before that";
        Self::runtime(operation, message).with_outcome(operation, true)
    }

    pub(crate) fn quota_wait(operation: &Operation, wait: Duration) -> Self {
        let seconds = wait.as_secs_f64().ceil();
        let message = format!("the quota permits it in {seconds} seconds, after the deadline");
        let mut error = Self::new(ErrorKind::QuotaWait, message);
        error.0.retry_after = Some(wait);
        error.0.outcome = Outcome::Refused;
        error.of(operation)
    }

    #[cfg(feature = "v2")]
    pub(crate) fn several_matches(operation: &Operation, ids: Vec<String>) -> Self {
        let message = format!("{} records match", ids.len());
        let mut error = Self::new(ErrorKind::SeveralMatches, message);
        error.0.matching_ids = ids;
        error.of(operation)
    }

    pub(crate) fn paging(operation: &Operation, message: &'static str) -> Self {
        Self::new(ErrorKind::Paging, message).of(operation)
    }
}
