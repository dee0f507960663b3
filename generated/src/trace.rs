//! Spans and events of `tracing`; without the feature of that name, this module does nothing.
//!
//! Fields have OpenTelemetry's names where it defines one. They hold no value from the caller
//! (no parameters, headers or bodies, and of the address only the host), and no text from the server:
//! errors are written in their redacted form.

#![cfg_attr(
    not(feature = "tracing"),
    allow(unused_variables, clippy::unused_self, reason = "nothing is recorded")
)]

use std::time::Duration;

#[cfg(feature = "tracing")]
use tracing::{Instrument as _, field::Empty};
use url::Url;

#[cfg(feature = "tracing")]
use crate::error::ErrorKind;
use crate::{error::Error, operation::Operation};

/// A call, or one of its attempts.
pub(crate) struct Span(#[cfg(feature = "tracing")] tracing::Span);

impl Span {
    pub(crate) fn call(operation: &Operation, base_url: &Url) -> Self {
        Self(
            #[cfg(feature = "tracing")]
            tracing::info_span!(
                "heffl.call",
                otel.name = operation.id(),
                otel.status_code = Empty,
                heffl.operation = operation.id(),
                http.request.method = operation.method(),
                url.template = url_template(operation, base_url),
                server.address = base_url.host_str(),
                server.port = base_url.port_or_known_default(),
                heffl.attempts = Empty,
                http.response.status_code = Empty,
                "error.type" = Empty,
            ),
        )
    }

    /// `waited`: how long the attempt waited for a permit of the quota.
    pub(crate) fn attempt(
        operation: &Operation,
        base_url: &Url,
        attempt: u32,
        waited: Duration,
    ) -> Self {
        Self(
            #[cfg(feature = "tracing")]
            tracing::debug_span!(
                "heffl.attempt",
                otel.name = format!(
                    "{} {}",
                    operation.method(),
                    url_template(operation, base_url)
                ),
                otel.kind = "client",
                otel.status_code = Empty,
                http.request.method = operation.method(),
                http.request.resend_count = attempt - 1,
                url.template = url_template(operation, base_url),
                server.address = base_url.host_str(),
                server.port = base_url.port_or_known_default(),
                heffl.quota.waited_ms = milliseconds(waited),
                http.response.status_code = Empty,
                "error.type" = Empty,
            ),
        )
    }

    /// The future, within this span.
    pub(crate) fn around<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        #[cfg(feature = "tracing")]
        let future = future.instrument(self.0.clone());
        future
    }

    /// Records the result of a call and how often its request was sent, logs a failure, and ends the span.
    pub(crate) fn end_call(
        self,
        operation: &Operation,
        attempts: u32,
        result: Result<u16, &Error>,
    ) {
        #[cfg(feature = "tracing")]
        {
            self.0.record("heffl.attempts", attempts);
            if let Err(error) = result {
                self.0.in_scope(|| {
                    tracing::warn!(
                        heffl.operation = operation.id(),
                        heffl.attempts = attempts,
                        http.response.status_code = error.status(),
                        error.type = error_type(error),
                        error.message = %error.redacted(),
                        "the call failed"
                    );
                });
            }
        }
        self.end(result);
    }

    /// Records the result, and ends the span.
    pub(crate) fn end(self, result: Result<u16, &Error>) {
        #[cfg(feature = "tracing")]
        {
            if let Err(error) = result {
                self.0.record("otel.status_code", "ERROR");
                self.0.record("error.type", error_type(error));
            }
            if let Some(status) = result.map_or_else(Error::status, Some) {
                self.0.record("http.response.status_code", status);
            }
        }
    }
}

/// Logs that an attempt failed and another follows, and when.
pub(crate) fn retry(operation: &Operation, attempt: u32, wait: Duration, error: &Error) {
    #[cfg(feature = "tracing")]
    tracing::info!(
        heffl.operation = operation.id(),
        http.request.resend_count = attempt,
        http.response.status_code = error.status(),
        error.type = error_type(error),
        error.message = %error.redacted(),
        heffl.retry.wait_ms = milliseconds(wait),
        "the attempt failed, and the request is sent again"
    );
}

/// Logs that a call waits for the quota, and for how long at least. The event comes at the beginning of the wait, so
/// that a user who wonders why a call takes so long sees it in time. `None` if no subscriber is interested.
pub(crate) fn quota_wait(operation: &Operation) -> Option<impl FnOnce(Duration)> {
    #[cfg(feature = "tracing")]
    return tracing::enabled!(tracing::Level::INFO).then_some(move |wait| {
        tracing::info!(
            heffl.operation = operation.id(),
            heffl.quota.wait_ms = milliseconds(wait),
            "waiting for the quota"
        );
    });
    #[cfg(not(feature = "tracing"))]
    None::<fn(Duration)>
}

/// Logs that the file of a shared quota cannot be used.
#[cfg(feature = "shared-quota")]
pub(crate) fn ledger_failed(error: &std::io::Error) {
    #[cfg(feature = "tracing")]
    tracing::warn!(error.message = %error, "the shared quota cannot be read or written, so calls do not wait for other processes");
}

/// The path of an operation, its parameters in braces.
#[cfg(feature = "tracing")]
fn url_template(operation: &Operation, base_url: &Url) -> String {
    let base = base_url.path().trim_end_matches('/');
    format!("{base}/{}{}", operation.version(), operation.path())
}

/// The status of the response, or else a short name for the kind of error.
#[cfg(feature = "tracing")]
fn error_type(error: &Error) -> String {
    match (error.kind(), error.status()) {
        _ if error.is_outcome_unknown() => "outcome_unknown".to_owned(),
        (ErrorKind::Api, Some(status)) => status.to_string(),
        (kind, _) => name(kind).to_owned(),
    }
}

#[cfg(feature = "tracing")]
fn name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Config => "config",
        ErrorKind::InvalidRequest | ErrorKind::CustomField => "invalid_request",
        ErrorKind::Timeout => "timeout",
        ErrorKind::Transport => "transport",
        ErrorKind::Api => "api",
        ErrorKind::Decode | ErrorKind::BrokenItem => "decode",
        ErrorKind::QuotaWait => "quota_wait",
        ErrorKind::SeveralMatches => "several_matches",
        ErrorKind::Paging => "paging",
        ErrorKind::Hook => "hook",
        ErrorKind::Runtime => "runtime",
    }
}

#[cfg(feature = "tracing")]
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
