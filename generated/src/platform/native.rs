//! Tokio's timers, and hyper below reqwest.

use std::{
    error::Error as _,
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use reqwest::{ClientBuilder, Response};
pub(crate) use std::time::SystemTime;
pub(crate) use tokio::time::{Instant, sleep, sleep_until};

/// A future on the heap.
pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Work that goes on while its caller does not poll it, and ends when it is dropped.
pub(crate) enum Task<T> {
    Running(tokio::task::JoinHandle<T>),
    /// There is no runtime.
    Inline(BoxFuture<T>),
}

impl<T: Send + 'static> Task<T> {
    pub(crate) fn new(work: impl Future<Output = T> + Send + 'static) -> Self {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return Self::Inline(Box::pin(work));
        };
        #[cfg(feature = "tracing")]
        let work = tracing::Instrument::in_current_span(work);
        Self::Running(runtime.spawn(work))
    }
}

impl<T> Future for Task<T> {
    /// `None`: the runtime was shut down.
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        match &mut *self {
            Self::Running(task) => {
                let result = ready!(Pin::new(task).poll(context));
                Poll::Ready(match result {
                    Ok(output) => Some(output),
                    Err(error) => match error.try_into_panic() {
                        Ok(panic) => std::panic::resume_unwind(panic),
                        Err(_) => None,
                    },
                })
            }
            Self::Inline(work) => work.as_mut().poll(context).map(Some),
        }
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        if let Self::Running(task) = self {
            task.abort();
        }
    }
}

/// Settings that the user's own may replace.
pub(crate) fn defaults(
    http: ClientBuilder,
    connect_timeout: Duration,
    is_loopback: bool,
) -> ClientBuilder {
    let http = http.connect_timeout(connect_timeout);
    if is_loopback {
        // A proxy of the environment has no business between a program and its own machine.
        http.no_proxy()
    } else {
        http
    }
}

/// Settings that nothing may replace: a redirect would carry the key to another host, and whether a
/// request is sent again is settled by [`RetryPolicy`](crate::RetryPolicy) alone.
pub(crate) fn enforced(http: ClientBuilder) -> ClientBuilder {
    http.redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
}

/// A finished client, if it says that it follows no redirects. Only its `Debug` form tells: should that
/// change, no client is taken any more.
pub(crate) fn finished(http: reqwest::Client) -> Option<reqwest::Client> {
    format!("{http:?}")
        .contains("redirect_policy: \"Policy(None)\"")
        .then_some(http)
}

/// The body of an answer, read part by part.
pub(crate) struct Body(Response);

impl Body {
    pub(crate) fn of(response: Response) -> Self {
        Self(response)
    }

    /// The next part; `None` after the last.
    pub(crate) async fn next(&mut self) -> reqwest::Result<Option<Bytes>> {
        self.0.chunk().await
    }
}

/// Whether the HTTP client follows redirects, whatever it is told.
pub(crate) const FOLLOWS_REDIRECTS: bool = false;

/// Whether headers still name a compression that is undone already.
pub(crate) const UNPACKS_SILENTLY: bool = false;

/// Whether a body is broken in itself, and not by its connection: what unpacks it says so directly, and
/// hyper speaks for the connection.
pub(crate) fn is_corrupt(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(source) = cause {
        if !source.is::<reqwest::Error>() {
            return source.is::<io::Error>();
        }
        cause = source.source();
    }
    false
}

/// Whether no connection came about.
pub(crate) fn is_connect(error: &reqwest::Error) -> bool {
    error.is_connect()
}
