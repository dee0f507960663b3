//! Tokio's timers, and hyper below reqwest.

mod proxy;
mod runtime;
mod tls;

use std::{
    error::Error as StdError,
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use reqwest::{ClientBuilder, Response};
use url::Url;

use crate::error::{Error, causes};
pub(crate) use runtime::in_runtime;
pub(crate) use std::time::SystemTime;
#[cfg(feature = "tracing")]
pub(crate) use tokio::time::timeout_at;
pub(crate) use tokio::time::{Instant, sleep, sleep_until};

/// A future on the heap.
pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Work that goes on while its caller does not poll it, and ends when it is dropped.
pub(crate) enum Task<T> {
    Running(tokio::task::JoinHandle<T>),
    /// Goes on when it is dropped.
    #[cfg(feature = "v2")]
    Detached(tokio::task::JoinHandle<T>),
    /// There is no runtime.
    Inline(BoxFuture<T>),
}

impl<T: Send + 'static> Task<T> {
    pub(crate) fn new(work: impl Future<Output = T> + Send + 'static) -> Self {
        Self::spawn(work).map_or_else(Self::Inline, Self::Running)
    }

    /// Work that goes on even if it is dropped.
    #[cfg(feature = "v2")]
    pub(crate) fn detached(work: impl Future<Output = T> + Send + 'static) -> Self {
        Self::spawn(work).map_or_else(Self::Inline, Self::Detached)
    }

    fn spawn(
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<tokio::task::JoinHandle<T>, BoxFuture<T>> {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return Err(Box::pin(work));
        };
        #[cfg(feature = "tracing")]
        let work = tracing::Instrument::in_current_span(work);
        Ok(runtime.spawn(work))
    }
}

impl<T> Future for Task<T> {
    /// `None`: the runtime was shut down.
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let task = match &mut *self {
            Self::Running(task) => task,
            #[cfg(feature = "v2")]
            Self::Detached(task) => task,
            Self::Inline(work) => return work.as_mut().poll(context).map(Some),
        };
        Poll::Ready(match ready!(Pin::new(task).poll(context)) {
            Ok(output) => Some(output),
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => None,
            },
        })
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        if let Self::Running(task) = self {
            task.abort();
        }
    }
}

/// Settings that the user's own may replace. `is_loopback`: the API is on this machine.
pub(crate) fn defaults(
    http: ClientBuilder,
    connect_timeout: Duration,
    base_url: &Url,
    is_loopback: bool,
) -> ClientBuilder {
    let mut http = http.connect_timeout(connect_timeout);
    if is_loopback {
        // A proxy of the environment has no business between a program and its own machine.
        http = http.no_proxy();
    }
    if base_url.scheme() == "http" {
        http = tls::trusting_nobody(http);
    }
    http
}

/// Adds the proxy that was given. A proxy may speak TLS where the API does not.
pub(crate) fn with_proxy(
    http: ClientBuilder,
    proxy: reqwest::Proxy,
    base_url: &Url,
) -> Result<ClientBuilder, Error> {
    proxy::check(&proxy, base_url)?;
    Ok(http.proxy(proxy))
}

/// Checks the proxy that the environment names for this address, if it does.
pub(crate) fn check_environment(base_url: &Url) -> Result<(), Error> {
    proxy::check_environment(base_url, |name| std::env::var_os(name))
}

/// Checks that the address can be reached with the features that this crate was built with.
pub(crate) fn check_features(base_url: &Url) -> Result<(), Error> {
    if base_url.scheme() == "https" && !tls::is_available() {
        return Err(Error::config(format!(
            "the base URL begins with https, and {}",
            tls::NEEDS_FEATURE
        )));
    }
    Ok(())
}

/// The error of reqwest's builder, with what it means.
pub(crate) fn cannot_be_built(error: reqwest::Error) -> Error {
    let message = if tls::lacks_certificates(&error) {
        tls::NO_CERTIFICATES
    } else {
        "the HTTP client cannot be built from them"
    };
    Error::config(message).because(error.without_url())
}

/// What an error of a request says of the settings: of a proxy that came with `http` or `http_client`,
/// nothing is known before.
pub(crate) fn misconfigured(error: &reqwest::Error) -> Option<Error> {
    proxy::misconfigured(error)
}

/// Settings that nothing may replace: a redirect would carry the key to another host, and whether a
/// request is sent again is settled by [`RetryPolicy`](crate::RetryPolicy) alone.
pub(crate) fn enforced(http: ClientBuilder) -> ClientBuilder {
    http.redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
}

/// A finished client, if it says that it follows no redirects. Only its `Debug` form shows this: should that
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
    let mut causes = causes(error).skip_while(|cause| cause.is::<reqwest::Error>());
    matches!(causes.next(), Some(cause) if cause.is::<io::Error>())
}

/// Whether no connection came about.
pub(crate) fn is_connect(error: &reqwest::Error) -> bool {
    error.is_connect()
}

/// Whether a request was not processed although there was a connection: the connection closed before the
/// request was written to it, or the HTTP/2 peer refused its stream.
pub(crate) fn is_unprocessed(error: &reqwest::Error) -> bool {
    causes(error).any(|cause| {
        // Canceled: in the queue of a connection that closed. Closed: a connection that never took requests.
        cause
            .downcast_ref::<hyper::Error>()
            .is_some_and(|error| error.is_canceled() || error.is_closed())
            || is_refused_stream(cause)
    })
}

/// Whether the error is HTTP/2's for a stream that the peer will not process: one that it reset with
/// `REFUSED_STREAM`, or one behind the last that its GOAWAY names. Streams up to that one go on, and fail
/// with the connection if at all.
///
/// Whether there is HTTP/2 is up to the program: another crate of it may switch it on in reqwest. So there
/// is no type to ask for, and only the `Debug` form says what it is. Should that change, the outcome
/// of such a request is unknown, as that of every request whose connection fails.
fn is_refused_stream(cause: &(dyn StdError + 'static)) -> bool {
    let text = format!("{cause:?}");
    text.strip_prefix("Error { kind: ").is_some_and(|kind| {
        (kind.starts_with("Reset(") && kind.ends_with(", REFUSED_STREAM, Remote) }"))
            || (kind.starts_with("GoAway(") && kind.ends_with(", Remote) }"))
    })
}

/// Has the runtime look at its sockets before a request is written: the server may have closed an idle
/// connection that the HTTP client would use, and a runtime of one thread that was busy has not noticed.
///
/// A connection that the server closes while the request is on its way cannot be told from one that is
/// lost after the server has read the request.
pub(crate) async fn notice_closed_connections() {
    tokio::task::yield_now().await;
}
