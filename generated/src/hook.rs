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
//! Hooks run one after the other, in the order in which the builder got them, within the future of the call.
//! A hook may wait. [`timeout`](crate::ClientBuilder::timeout) does not count a hook's time, and only
//! `before_attempt` ends at the call's [`deadline`](crate::ClientBuilder::deadline). Dropping the call
//! drops the hook. While a hook waits in `before_attempt`, its call holds a permit of the quota. If the call is dropped then,
//! the permit is free again. If the hook takes longer than a second, or its call is not polled for so long, the
//! request is sent with another permit: it would be sent in another window of the server. A hook that waits stops no other
//! call for longer than a permit is held without a response, which is five seconds.
//!
//! A hook that panics fails only its own call, with [`ErrorKind::Hook`]. A call that had
//! failed already keeps its own error. A create that may have been done by then has an
//! [unknown outcome](Error::is_outcome_unknown). (A program that aborts on panics also aborts here.)
//!
//! Hooks see everything except the key: addresses with their parameters, headers, and bodies, personal data
//! included. `Debug` of these types does not print them.

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
    /// Runs before each attempt, after the quota has permitted it, so that a time stamp is fresh.
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

    /// Runs after each call, when its response has been read, also if no attempt was made. It does not run if
    /// the call was dropped.
    fn after_call(&self, call: &CallInfo<'_>) -> impl Future<Output = ()> + MaybeSend {
        let _ = call;
        ready(())
    }
}

/// A [`Hook`] whose type is not known.
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

    /// The headers, without the key and without those that the connection adds, such as `host`.
    pub fn headers(&self) -> &HeaderMap {
        self.headers
    }

    /// The body, if there is one, and no part of it is a stream.
    pub fn body(&self) -> Option<&[u8]> {
        self.body.map(AsRef::as_ref)
    }

    /// Adds a header, or replaces the header of the same name. Headers that the client sets itself, such as
    /// `x-api-key` and `host`, are refused, and so are invalid values.
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

    /// The error, if the attempt failed. A successful response has not been read yet: `after_call` reports
    /// whether that worked.
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

    /// The time until the next attempt; `None` if this was the last.
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

    /// How often the request was sent; 0 if it never was.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The duration of the call, waits included.
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
    // A panic can leave only the hook's own state broken: the hook borrows our state for the call alone.
    catch_unwind(AssertUnwindSafe(call)).map_err(|panic| {
        let message = panic_message(panic.as_ref()).unwrap_or("it gave no message");
        Error::hook_panicked(operation, method, message.to_owned())
    })
}
