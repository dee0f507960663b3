//! Hooks: code of yours that runs around every call, to sign, log or measure.
//!
//! ```
//! use heffl::hook::{AttemptInfo, BoxError, Hook, RequestParts};
//!
//! struct Correlation;
//!
//! impl Hook for Correlation {
//!     fn before_attempt(&self, request: &mut RequestParts<'_>) -> Result<(), BoxError> {
//!         let number = request.attempt().to_string();
//!         request.set_header("x-attempt", &number)?;
//!         Ok(())
//!     }
//!
//!     fn after_attempt(&self, attempt: &AttemptInfo<'_>) {
//!         println!("{}: {:?} after {:?}", attempt.operation().id(), attempt.status(), attempt.elapsed());
//!     }
//! }
//!
//! let heffl = heffl::Client::builder().api_key("your-key").hook(Correlation).build()?;
//! # Ok::<(), heffl::Error>(())
//! ```
//!
//! Hooks run in the order in which the builder got them, on the thread that polls the call: they
//! should not wait. One that panics fails its call with [`ErrorKind::Hook`](crate::ErrorKind::Hook), and nothing else. A call that had
//! failed already keeps its own error. A create that may have been done by then fails with
//! an [unknown outcome](Error::is_outcome_unknown). (Where the program aborts on panics, it does so here as well.)
//!
//! What hooks are given holds everything but the key: addresses with their parameters, headers, and
//! bodies, personal data included. `Debug` of it shows none of that.

use std::{
    any::Any,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use reqwest::{Method, header::HeaderMap};
use url::Url;

use crate::{Error, Operation, request::checked_header, transport::Answer};

/// Why a hook will not have a request sent: any error, or a text.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Code that runs around every call of a client; see the [module](self).
pub trait Hook: Send + Sync + 'static {
    /// Before each attempt, when its turn in the quota has come: what is time-stamped is fresh.
    ///
    /// With an error nothing is sent, and the call fails with [`ErrorKind::Hook`](crate::ErrorKind::Hook); hooks that come
    /// later are not asked.
    fn before_attempt(&self, request: &mut RequestParts<'_>) -> Result<(), BoxError> {
        let _ = request;
        Ok(())
    }

    /// After each attempt that was sent, whatever came of it. Not for one that was cancelled by
    /// dropping its call.
    fn after_attempt(&self, attempt: &AttemptInfo<'_>) {
        let _ = attempt;
    }

    /// After each call, its answer read; also of calls that never came to an attempt. Not after
    /// cancelled ones.
    fn after_call(&self, call: &CallInfo<'_>) {
        let _ = call;
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

    /// The body, if there is one.
    pub fn body(&self) -> Option<&[u8]> {
        self.body.map(AsRef::as_ref)
    }

    /// Sends a further header; one of the same name is replaced. Headers that the client sets
    /// itself, such as `x-api-key` and `host`, are refused, and so are values that are none.
    pub fn set_header(&mut self, name: &str, value: &str) -> Result<(), Error> {
        let (name, value) = checked_header(name, value)
            .map_err(|problem| Error::invalid_request(problem).of(self.operation))?;
        self.headers.insert(name, value);
        Ok(())
    }
}

impl fmt::Debug for RequestParts<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RequestParts")
            .field("operation", &self.operation.id())
            .field("attempt", &self.attempt)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("body_length", &self.body.map(Bytes::len))
            .finish_non_exhaustive()
    }
}

/// What came of an attempt.
pub struct AttemptInfo<'a> {
    pub(crate) operation: &'a Operation,
    pub(crate) attempt: u32,
    pub(crate) result: Result<&'a Answer, &'a Error>,
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

    /// HTTP status of the answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        match self.result {
            Ok(answer) => Some(answer.status.as_u16()),
            Err(error) => error.status(),
        }
    }

    /// Headers of the answer, if there was one.
    pub fn headers(&self) -> Option<&'a HeaderMap> {
        match self.result {
            Ok(answer) => Some(&answer.headers),
            Err(error) => error.headers(),
        }
    }

    /// Body of the answer, as much as came of it, if there was one.
    pub fn body(&self) -> Option<&'a Bytes> {
        match self.result {
            Ok(answer) => Some(&answer.body),
            Err(error) => error.body(),
        }
    }

    /// What went wrong. An answer with a status of success has not been read yet: whether it can be
    /// is told after the call.
    pub fn error(&self) -> Option<&'a Error> {
        self.result.err()
    }

    /// How long the attempt waited for its turn in the quota.
    pub fn waited(&self) -> Duration {
        self.waited
    }

    /// From its turn in the quota to the last byte of the answer.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// How long it is to the next attempt; `None` if this was the last.
    pub fn retry_in(&self) -> Option<Duration> {
        self.retry_in
    }
}

impl fmt::Debug for AttemptInfo<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AttemptInfo")
            .field("operation", &self.operation.id())
            .field("attempt", &self.attempt)
            .field("status", &self.status())
            .field("waited", &self.waited)
            .field("elapsed", &self.elapsed)
            .field("retry_in", &self.retry_in)
            .field("error", &self.error().map(Error::redacted))
            .finish_non_exhaustive()
    }
}

/// What came of a call.
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

    /// From the call to its end, waits included.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// HTTP status of the last answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        match self.result {
            Ok(status) => Some(status),
            Err(error) => error.status(),
        }
    }

    /// The error that the caller gets.
    pub fn error(&self) -> Option<&'a Error> {
        self.result.err()
    }
}

impl fmt::Debug for CallInfo<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CallInfo")
            .field("operation", &self.operation.id())
            .field("attempts", &self.attempts)
            .field("status", &self.status())
            .field("elapsed", &self.elapsed)
            .field("error", &self.error().map(Error::redacted))
            .finish_non_exhaustive()
    }
}

/// The hooks of a client, in order.
#[derive(Default)]
pub(crate) struct Hooks(Vec<Arc<dyn Hook>>);

impl Hooks {
    pub(crate) fn add(&mut self, hook: impl Hook) {
        self.0.push(Arc::new(hook));
    }

    /// Fails where a hook refuses the request or panics; hooks that come later are not asked.
    pub(crate) fn before_attempt(&self, mut request: RequestParts<'_>) -> Result<(), Error> {
        let operation = request.operation;
        self.0.iter().try_for_each(|hook| {
            catch("before_attempt", || hook.before_attempt(&mut request))
                .map_err(|panic| Error::hook_panicked(operation, panic.method, panic.message))?
                .map_err(|reason| Error::refused_by_hook(operation, reason))
        })
    }

    /// Fails where a hook panics; the others are called all the same.
    pub(crate) fn after_attempt<'a>(
        &self,
        attempt: impl FnOnce() -> AttemptInfo<'a>,
    ) -> Result<(), Error> {
        if self.0.is_empty() {
            return Ok(());
        }
        let attempt = attempt();
        let call = |hook: &dyn Hook| catch("after_attempt", || hook.after_attempt(&attempt));
        self.each(attempt.operation, call)
    }

    /// Fails where a hook panics; the others are called all the same.
    pub(crate) fn after_call<'a>(&self, call: impl FnOnce() -> CallInfo<'a>) -> Result<(), Error> {
        if self.0.is_empty() {
            return Ok(());
        }
        let info = call();
        let call = |hook: &dyn Hook| catch("after_call", || hook.after_call(&info));
        self.each(info.operation, call)
    }

    fn each(
        &self,
        operation: &Operation,
        call: impl Fn(&dyn Hook) -> Result<(), HookPanic>,
    ) -> Result<(), Error> {
        let panics = self.0.iter().map(|hook| call(hook.as_ref()).err());
        // All are called; the first panic is reported.
        match panics.fold(None, |first: Option<HookPanic>, panic| first.or(panic)) {
            Some(panic) => Err(Error::hook_panicked(operation, panic.method, panic.message)),
            None => Ok(()),
        }
    }
}

/// A hook panicked.
pub(crate) struct HookPanic {
    /// The method of the hook.
    pub(crate) method: &'static str,
    pub(crate) message: String,
}

/// Calls code of the user.
pub(crate) fn catch<T>(method: &'static str, call: impl FnOnce() -> T) -> Result<T, HookPanic> {
    // What a hook leaves half done is its own, and nothing of ours is borrowed for longer than the call.
    catch_unwind(AssertUnwindSafe(call)).map_err(|panic| HookPanic {
        method,
        message: message(panic.as_ref()),
    })
}

fn message(panic: &(dyn Any + Send)) -> String {
    match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
        (Some(text), _) => text.clone(),
        (None, Some(text)) => (*text).to_owned(),
        (None, None) => "it gave no message".to_owned(),
    }
}
