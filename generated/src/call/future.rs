//! The future of a call.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

#[cfg(feature = "blocking")]
use crate::{client::Client, operation::Operation};
use crate::{
    decode::{AnyValue, unboxed},
    error::Error,
    platform::BoxFuture,
    text::debug_fields,
};

/// The future of a call.
#[must_use = "a call does nothing until it is awaited"]
pub struct CallFuture<T> {
    work: BoxFuture<Result<AnyValue, Error>>,
    value: fn(AnyValue) -> T,
}

impl<T> CallFuture<T> {
    /// One call.
    pub(super) fn sent(work: BoxFuture<Result<AnyValue, Error>>, value: fn(AnyValue) -> T) -> Self {
        Self { work, value }
    }

    /// Several calls, or one call whose result is more than the value of the response.
    pub(crate) fn work(work: BoxFuture<Result<T, Error>>) -> Self
    where
        T: Send + 'static,
    {
        Self {
            work: Box::pin(async move { Ok(Box::new(work.await?) as AnyValue) }),
            value: unboxed,
        }
    }

    /// Waits on this thread while the client's thread does the work.
    #[cfg(feature = "blocking")]
    pub(crate) fn wait(self, client: &Client, operation: &Operation) -> Result<T, Error> {
        let value = client.engine().wait(operation, self.work);
        value.map(self.value)
    }
}

impl<T> Future for CallFuture<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.work.as_mut().poll(context).map_ok(self.value)
    }
}

debug_fields!(impl<T> CallFuture<T>, _call => {});
