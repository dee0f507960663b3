//! Makes errors.

use std::{borrow::Cow, fmt, time::Duration};

use super::{BoxError, Context, Error, ErrorKind, Inner, api::meaning};
use crate::{
    json::Refusal,
    operation::Operation,
    response::RawResponse,
    retry::Outcome,
    text::{without_place, without_values},
};

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            context: Context::default(),
        }))
    }

    /// The error as one of a call.
    pub(crate) fn of(mut self, operation: &Operation) -> Self {
        self.0.context.operation = Some(operation.clone());
        self
    }

    pub(crate) fn because(mut self, source: impl Into<BoxError>) -> Self {
        self.0.context.source = Some(source.into().into());
        self
    }

    pub(crate) fn at(mut self, path: impl Into<String>) -> Self {
        self.0.context.path = Some(path.into());
        self
    }

    /// The error that the caller gets. `may_be_done`: the server may have processed an attempt.
    pub(crate) fn with_outcome(mut self, operation: &Operation, may_be_done: bool) -> Self {
        self.0.context.may_be_done |= may_be_done;
        self.of(operation)
    }

    pub(crate) fn with_stream_sent(mut self, is_stream_sent: bool) -> Self {
        let why = " (not sent again: the body has a stream; make a new call with a new stream)";
        self.0.context.not_repeated = is_stream_sent.then_some(why);
        self
    }

    /// An error of reading a response. The server has processed the request, even if a hook panicked.
    pub(crate) fn of_response(mut self, response: RawResponse) -> Self {
        if self.0.kind == ErrorKind::Decode {
            return self.received(response);
        }
        self.0.context.may_be_done = true;
        self
    }

    fn received(mut self, response: RawResponse) -> Self {
        let error = &mut self.0.context;
        error.status = Some(response.status.as_u16());
        error.headers = Some(response.headers);
        error.body = Some(response.body);
        error.attempts = Some(response.attempts);
        error.elapsed = Some(response.elapsed);
        self
    }

    /// The message does not repeat the setting, which may hold a secret.
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

    /// The error of an attempt without a complete response. `outcome` is its effect on the request.
    pub(crate) fn transport(
        source: BoxError,
        is_timeout: bool,
        is_connect: bool,
        outcome: Outcome,
    ) -> Self {
        let (kind, message) = match (is_timeout, is_connect) {
            (true, _) => (ErrorKind::Timeout, "no response in time"),
            (_, true) => (ErrorKind::Transport, "no connection to the server"),
            _ => (ErrorKind::Transport, "the connection failed"),
        };
        let mut error = Self::new(kind, message).because(source);
        (error.0.context.is_connect, error.0.context.outcome) = (is_connect, outcome);
        error
    }

    /// The error of a call that was sent.
    pub(crate) fn sent(mut self, operation: &Operation, attempts: u32, elapsed: Duration) -> Self {
        (self.0.context.attempts, self.0.context.elapsed) = (Some(attempts), Some(elapsed));
        self.of(operation)
    }

    pub(crate) fn api(
        operation: &Operation,
        response: RawResponse,
        retry_after: Option<Duration>,
        secret: &str,
    ) -> Self {
        let status = response.status.as_u16();
        let mut error = Self::new(ErrorKind::Api, meaning(status));
        error.0.context.retry_after = retry_after;
        error.0.context.outcome = Outcome::of_status(status);
        error.read_refusal(&response, secret);
        error.received(response).of(operation)
    }

    /// The response, see [`of_response`](Self::of_response), cannot be read.
    pub(crate) fn decode(operation: &Operation, refusal: &Refusal) -> Self {
        Self::new(ErrorKind::Decode, without_values(&refusal.problem))
            .at(refusal.place())
            .of(operation)
    }

    /// `json` is the whole item.
    pub(crate) fn broken_item(
        operation: &Operation,
        index: usize,
        refusal: Refusal,
        json: String,
    ) -> Self {
        let mut error = Self::new(ErrorKind::BrokenItem, refusal.problem).at(refusal.path);
        error.0.context.item_index = Some(index);
        error.0.context.body = Some(json.into());
        error.of(operation)
    }

    pub(crate) fn hook_panicked(
        operation: &Operation,
        method: &'static str,
        message: String,
    ) -> Self {
        let mut error = Self::new(ErrorKind::Hook, format!("a hook panicked in `{method}`"));
        error.0.context.is_hook_panic = true;
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
        error.0.context.retry_after = Some(wait);
        error.0.context.outcome = Outcome::Refused;
        error.of(operation)
    }

    pub(crate) fn several_matches(ids: Vec<String>) -> Self {
        let message = format!("{} records match", ids.len());
        let mut error = Self::new(ErrorKind::SeveralMatches, message);
        error.0.context.matching_ids = ids;
        error
    }
}
