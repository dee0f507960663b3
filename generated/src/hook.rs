//! Hooks: your code that runs around every call, to sign, log or measure.
//!
//! ```
//! use heffl::hook::{AttemptInfo, BoxError, Hook, RequestParts};
//! # async fn fresh_token() -> Result<String, BoxError> { Ok("token".to_owned()) }
//!
//! struct Gateway;
//!
//! impl Hook for Gateway {
//!     async fn before_attempt(&self, request: &mut RequestParts<'_>) -> Result<(), BoxError> {
//!         let token = fresh_token().await?;
//!         request.set_header("x-gateway-token", &token)?;
//!         Ok(())
//!     }
//!
//!     async fn after_attempt(&self, attempt: &AttemptInfo<'_>) {
//!         println!("{}: {:?} after {:?}", attempt.operation().id(), attempt.status(), attempt.elapsed());
//!     }
//! }
//!
//! let heffl = heffl::Client::builder().api_key("your-key").hook(Gateway).build()?;
//! # Ok::<(), heffl::Error>(())
//! ```
//!
//! Hooks run one after the other, in the order in which they were added, within the future of the call. A hook may
//! wait. Its time does not count towards the [`timeout`](crate::ClientBuilder::timeout), and the call's
//! [`deadline`](crate::ClientBuilder::deadline) interrupts `before_attempt` only. Dropping the call drops the hook.
//!
//! While a hook waits in `before_attempt`, its call holds a permit of the quota. Dropping the call frees the
//! permit. If the hook takes longer than a second, or the call is not polled for that long, the call acquires
//! another permit before it sends the request, because the server may have begun another window. A waiting
//! hook blocks other calls for at most five seconds.
//!
//! If a hook panics, only its own call fails, with [`ErrorKind::Hook`]. A call that had already failed keeps
//! its own error. If a create may have been processed by then, it has an [unknown
//! outcome](Error::is_outcome_unknown). (If panics abort the program, a panic in a hook aborts it too.)
//!
//! Hooks see everything except the key: addresses with their parameters, headers, and bodies, including personal
//! data. `Debug` of the types in this module does not print these parts.

use std::{
    future::{poll_fn, ready},
    panic::{AssertUnwindSafe, catch_unwind},
    task::Poll,
    time::Duration,
};

use bytes::Bytes;
use reqwest::{Method, header::HeaderMap};
use url::Url;

pub use crate::error::BoxError;
use crate::{
    error::{Error, ErrorKind},
    operation::Operation,
    platform::{MaybeSend, Scoped, panic_message},
    request::checked_header,
    response::RawResponse,
    text::debug_fields,
};

/// Code that runs around every call of a client; see the [module](self).
///
/// Write the methods as `async fn`. Their futures must be `Send`, except in a browser.
pub trait Hook: Send + Sync + 'static {
    /// Runs before each attempt, after the quota has permitted it, so that timestamps are current.
    ///
    /// If it returns an error, the request is not sent, the remaining hooks are not called, and the call fails
    /// with [`ErrorKind::Hook`].
    fn before_attempt(
        &self,
        request: &mut RequestParts<'_>,
    ) -> impl Future<Output = Result<(), BoxError>> + MaybeSend {
        let _ = request;
        ready(Ok(()))
    }

    /// Runs after each attempt that was sent, successful or not. It does not run if the call was dropped.
    fn after_attempt(&self, attempt: &AttemptInfo<'_>) -> impl Future<Output = ()> + MaybeSend {
        let _ = attempt;
        ready(())
    }

    /// Runs after the response of each call has been read, even if no attempt was made. It does not run if
    /// the call was dropped.
    fn after_call(&self, call: &CallInfo<'_>) -> impl Future<Output = ()> + MaybeSend {
        let _ = call;
        ready(())
    }
}

/// A [`Hook`] as a trait object.
trait AnyHook: Send + Sync {
    fn call<'a>(&'a self, moment: &'a mut Moment<'_>) -> Scoped<'a, Result<(), BoxError>>;
}

/// The points at which hooks are called.
pub(crate) enum Moment<'a> {
    BeforeAttempt(RequestParts<'a>),
    AfterAttempt(AttemptInfo<'a>),
    AfterCall(CallInfo<'a>),
}

impl<H: Hook> AnyHook for H {
    fn call<'a>(&'a self, moment: &'a mut Moment<'_>) -> Scoped<'a, Result<(), BoxError>> {
        Box::pin(async move {
            match moment {
                Moment::BeforeAttempt(request) => self.before_attempt(request).await?,
                Moment::AfterAttempt(attempt) => self.after_attempt(attempt).await,
                Moment::AfterCall(call) => self.after_call(call).await,
            }
            Ok(())
        })
    }
}

/// A request that is about to be sent.
pub struct RequestParts<'a> {
    pub(crate) operation: &'a Operation,
    pub(crate) attempt: u32,
    pub(crate) method: &'a Method,
    pub(crate) url: &'a Url,
    pub(crate) headers: &'a mut HeaderMap,
    pub(crate) body: Option<&'a Bytes>,
}

impl<'a> RequestParts<'a> {
    /// The operation that is called.
    pub fn operation(&self) -> &'a Operation {
        self.operation
    }

    /// Number of the attempt, from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// HTTP method, in capitals.
    pub fn method(&self) -> &str {
        self.method.as_str()
    }

    /// The address, with all parameters.
    pub fn url(&self) -> &Url {
        self.url
    }

    /// The headers, without the key and without headers that the connection adds, such as `host`.
    pub fn headers(&self) -> &HeaderMap {
        self.headers
    }

    /// The body, if there is one, and no part of it is a stream.
    pub fn body(&self) -> Option<&[u8]> {
        self.body.map(AsRef::as_ref)
    }

    /// Adds a header, or replaces the header with the same name. Fails for invalid values, and for headers
    /// that the client sets itself, such as `x-api-key` and `host`.
    pub fn set_header(&mut self, name: &str, value: &str) -> Result<(), Error> {
        let (name, value) = checked_header(name, value)
            .map_err(|problem| Error::invalid_request(problem).of(self.operation))?;
        self.headers.insert(name, value);
        Ok(())
    }
}

debug_fields!(impl RequestParts<'_>, request => {
    "operation": request.operation.id(),
    "attempt": request.attempt,
    "headers": request.headers.keys().collect::<Vec<_>>(),
    "body_length": request.body.map(Bytes::len),
});

/// The result of an attempt.
pub struct AttemptInfo<'a> {
    pub(crate) operation: &'a Operation,
    pub(crate) attempt: u32,
    pub(crate) result: Result<&'a RawResponse, &'a Error>,
    pub(crate) waited: Duration,
    pub(crate) elapsed: Duration,
    pub(crate) retry_in: Option<Duration>,
}

impl<'a> AttemptInfo<'a> {
    /// The operation that was called.
    pub fn operation(&self) -> &'a Operation {
        self.operation
    }

    /// Number of the attempt, from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// HTTP status of the response, if there was one.
    pub fn status(&self) -> Option<u16> {
        let status = |response: &RawResponse| Some(response.status.as_u16());
        self.result.map_or_else(Error::status, status)
    }

    /// Headers of the response, if there was one.
    pub fn headers(&self) -> Option<&'a HeaderMap> {
        self.result
            .map_or_else(Error::headers, |response| Some(&response.headers))
    }

    /// Body of the response, as much of it as was received, if there was one.
    pub fn body(&self) -> Option<&'a Bytes> {
        self.result
            .map_or_else(Error::body, |response| Some(&response.body))
    }

    /// The error, if the attempt failed. A successful response has not been read yet; `after_call` reports
    /// whether reading it succeeded.
    pub fn error(&self) -> Option<&'a Error> {
        self.result.err()
    }

    /// How long the attempt waited for a permit of the quota.
    pub fn waited(&self) -> Duration {
        self.waited
    }

    /// The time from the permit of the quota to the last byte of the response.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// The time until the next attempt; `None` if this was the last attempt.
    pub fn retry_in(&self) -> Option<Duration> {
        self.retry_in
    }
}

debug_fields!(impl AttemptInfo<'_>, attempt => {
    "operation": attempt.operation.id(),
    "attempt": attempt.attempt,
    "status": attempt.status(),
    "waited": attempt.waited,
    "elapsed": attempt.elapsed,
    "retry_in": attempt.retry_in,
    "error": attempt.error().map(Error::redacted),
});

/// The result of a call.
pub struct CallInfo<'a> {
    pub(crate) operation: &'a Operation,
    pub(crate) attempts: u32,
    pub(crate) elapsed: Duration,
    pub(crate) result: Result<u16, &'a Error>,
}

impl<'a> CallInfo<'a> {
    /// The operation that was called.
    pub fn operation(&self) -> &'a Operation {
        self.operation
    }

    /// How often the request was sent; 0 if it was never sent.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The duration of the call, including waits.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// HTTP status of the last response, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.result.map_or_else(Error::status, Some)
    }

    /// The error that the caller gets.
    pub fn error(&self) -> Option<&'a Error> {
        self.result.err()
    }
}

debug_fields!(impl CallInfo<'_>, call => {
    "operation": call.operation.id(),
    "attempts": call.attempts,
    "status": call.status(),
    "elapsed": call.elapsed,
    "error": call.error().map(Error::redacted),
});

/// The hooks of a client, in order.
#[derive(Default)]
pub(crate) struct Hooks(Vec<Box<dyn AnyHook>>);

impl Hooks {
    pub(crate) fn add(&mut self, hook: impl Hook) {
        self.0.push(Box::new(hook));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Fails if a hook refuses the request or panics. The remaining hooks are then not called before the attempt, but
    /// they are called at the end.
    pub(crate) async fn call(&self, mut moment: Moment<'_>) -> Result<(), Error> {
        let (method, operation) = match &moment {
            Moment::BeforeAttempt(request) => ("before_attempt", request.operation),
            Moment::AfterAttempt(attempt) => ("after_attempt", attempt.operation),
            Moment::AfterCall(call) => ("after_call", call.operation),
        };
        let mut result = Ok(());
        for hook in &self.0 {
            let mut future = hook.call(&mut moment);
            let called = poll_fn(|context| {
                match catch(operation, method, || future.as_mut().poll(context)) {
                    Ok(poll) => poll.map_err(|reason| {
                        let refused = Error::new(ErrorKind::Hook, "a hook refused the request");
                        refused.because(reason).of(operation)
                    }),
                    // A future that panicked must not be polled again.
                    Err(panic) => Poll::Ready(Err(panic)),
                }
            });
            result = result.and(called.await);
            drop(future);
            if result.is_err() && matches!(moment, Moment::BeforeAttempt(_)) {
                break;
            }
        }
        result
    }
}

/// Calls the user's code.
pub(crate) fn catch<T>(
    operation: &Operation,
    method: &'static str,
    call: impl FnOnce() -> T,
) -> Result<T, Error> {
    // A panic can leave only the hook's own state inconsistent: it borrows the client's state only during the call.
    catch_unwind(AssertUnwindSafe(call)).map_err(|panic| {
        let message = panic_message(panic.as_ref()).unwrap_or("it gave no message");
        Error::hook_panicked(operation, method, message.to_owned())
    })
}
