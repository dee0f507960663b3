//! Calls under way.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use super::Decode;
use crate::{
    Client, Error, Operation,
    platform::BoxFuture,
    request::Request,
    watch::{self, Arrival},
};

/// A call under way.
#[must_use = "a call does nothing until it is awaited"]
pub struct CallFuture<T>(State<T>);

/// Everything up to the whole answer is the same for all calls, so that programs compile it once.
enum State<T> {
    Sent {
        call: BoxFuture<Result<Box<Arrival>, Error>>,
        decode: Decode<T>,
    },
    /// Several calls, one after the other, or more than the answer's value.
    Work(BoxFuture<Result<T, Error>>),
}

/// Nothing in it is ever pinned but the box.
impl<T> Unpin for CallFuture<T> {}

impl<T> CallFuture<T> {
    /// One call.
    pub(super) fn sent(
        client: Client,
        operation: &'static Operation,
        request: Request,
        decode: Decode<T>,
    ) -> Self {
        Self(State::Sent {
            call: watch::call(client, operation, request),
            decode,
        })
    }

    /// What takes several calls, or gives more than the answer's value.
    pub(crate) fn work(work: BoxFuture<Result<T, Error>>) -> Self {
        Self(State::Work(work))
    }
}

impl<T> Future for CallFuture<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            State::Work(work) => work.as_mut().poll(context),
            State::Sent { call, decode } => call
                .as_mut()
                .poll(context)
                .map(|arrival| arrival?.value(*decode)),
        }
    }
}

impl<T> fmt::Debug for CallFuture<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CallFuture").finish_non_exhaustive()
    }
}
