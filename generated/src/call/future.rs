//! The future of a call.

use std::{
    any::Any,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

#[cfg(feature = "blocking")]
use crate::{client::Client, operation::Operation};
use crate::{
    decode::Decode,
    error::Error,
    exchange::{EndHooks, Exchange},
    platform::BoxFuture,
    text::debug_fields,
};

/// The future of a call.
#[must_use = "a call does nothing until it is awaited"]
pub struct CallFuture<T>(State<T>);

/// Sending and receiving have the same type for all calls, so that programs compile them once.
enum State<T> {
    Sent {
        call: BoxFuture<Result<Exchange, Error>>,
        decode: Decode<T>,
    },
    /// The response was read, and the hooks for the end of the call are running.
    Read {
        value: Option<Result<T, Error>>,
        hooks: EndHooks,
    },
    /// Several calls in turn, or a result that is more than the value of the response.
    Work {
        work: Work,
        value: fn(Box<dyn Any + Send>) -> T,
    },
}

/// This type has no `T`: otherwise code that drops the box would be compiled for every type of response, and few
type Work = BoxFuture<Result<Box<dyn Any + Send>, Error>>;

/// Only the boxes are pinned.
impl<T> Unpin for CallFuture<T> {}

impl<T> CallFuture<T> {
    /// One call.
    pub(super) fn sent(call: BoxFuture<Result<Exchange, Error>>, decode: Decode<T>) -> Self {
        Self(State::Sent { call, decode })
    }

    /// A future of several calls, or of a result that is more than the value of the response.
    pub(crate) fn work(work: BoxFuture<Result<T, Error>>) -> Self
    where
        T: Send + 'static,
    {
        Self(State::Work {
            work: Box::pin(async move { Ok(Box::new(work.await?) as Box<dyn Any + Send>) }),
            value: |value| match value.downcast() {
                Ok(value) => *value,
                Err(_) => unreachable!("the work gives a `T`"),
            },
        })
    }

    /// Waits on this thread while the client's thread sends the call, and reads the response on this thread.
    #[cfg(feature = "blocking")]
    pub(crate) fn wait(self, client: &Client, operation: &Operation) -> Result<T, Error> {
        match self.0 {
            State::Work { work, value } => client.engine().wait(operation, work).map(value),
            State::Sent { call, decode } => {
                let (value, hooks) = client.engine().wait(operation, call)?.read(decode);
                if let Some(hooks) = hooks {
                    client.engine().wait(operation, hooks)?;
                }
                value
            }
            State::Read { .. } => unreachable!("the call was not polled"),
        }
    }
}

impl<T> Future for CallFuture<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            match &mut self.0 {
                State::Work { work, value } => {
                    return work.as_mut().poll(context).map_ok(*value);
                }
                State::Sent { call, decode } => {
                    let (value, hooks) = ready!(call.as_mut().poll(context))?.read(*decode);
                    let Some(hooks) = hooks else {
                        return Poll::Ready(value);
                    };
                    let value = Some(value);
                    self.0 = State::Read { value, hooks };
                }
                State::Read { value, hooks } => {
                    ready!(hooks.as_mut().poll(context))?;
                    return match value.take() {
                        Some(value) => Poll::Ready(value),
                        None => unreachable!("a call that has ended is not polled"),
                    };
                }
            }
        }
    }
}

debug_fields!(impl<T> CallFuture<T>, _call => {});
