//! Tokio's timers, and hyper below reqwest.

mod proxy;
mod runtime;
mod tls;

use std::{
    collections::VecDeque,
    error::Error as StdError,
    future::Future,
    io, mem,
    panic::resume_unwind,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use hyper::body::{Body, Frame};
use reqwest::{Client, Response, redirect, retry};
use tokio::task::AbortHandle;
use url::Url;

use super::{BoxFuture, HttpSettings};
use crate::{
    error::{BoxError, Error, causes},
    multipart::Streams,
    operation::Operation,
};
pub(crate) use runtime::in_runtime;
pub(crate) use std::time::SystemTime;
pub(crate) use tokio::time::{Instant, sleep, sleep_until};

/// A future on the heap that borrows.
pub(crate) type Scoped<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// `Send`, but not in a browser.
pub trait MaybeSend: Send {}

impl<T: Send + ?Sized> MaybeSend for T {}

/// Runs the work in a task, so that it continues while the caller does not poll it. Outside of a runtime, the caller
/// runs it. Dropping the future ends the work, unless it is detached.
pub(crate) fn in_task<T: Send + 'static>(
    operation: &Operation,
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
    is_detached: bool,
) -> impl Future<Output = Result<T, Error>> + Send {
    #[cfg(feature = "tracing")]
    let work = tracing::Instrument::in_current_span(work);
    let running = match tokio::runtime::Handle::try_current() {
        Ok(runtime) => Ok(runtime.spawn(work)),
        Err(_) => Err(Box::pin(work) as BoxFuture<_>),
    };
    let task = running.as_ref().ok().filter(|_| !is_detached);
    let abort = task.map(|task| AbortOnDrop(task.abort_handle()));
    async move {
        let _abort = abort;
        match running {
            Ok(task) => task
                .await
                .unwrap_or_else(|error| match error.try_into_panic() {
                    Ok(panic) => resume_unwind(panic),
                    Err(_) => Err(Error::runtime_stopped(operation)),
                }),
            Err(work) => work.await,
        }
    }
}

struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Builds the HTTP client. `is_loopback`: the API is on this machine.
pub(crate) fn http_client(
    settings: &HttpSettings,
    base_url: &Url,
    is_loopback: bool,
) -> Result<Client, Error> {
    let timeout = settings.connect_timeout.unwrap_or(CONNECT_TIMEOUT);
    let mut http = Client::builder().connect_timeout(timeout);
    if base_url.scheme() == "http" {
        http = tls::trusting_nobody(http);
    } else if !tls::IS_AVAILABLE {
        let problem = format!("the base URL begins with https, and {}", tls::NEEDS_FEATURE);
        return Err(Error::config(problem));
    }
    if is_loopback {
        // A proxy of the environment is not used for this machine.
        http = http.no_proxy();
    }
    match &settings.proxy {
        Some(proxy) => http = proxy::with_proxy(http, proxy)?,
        // The program's own settings may replace those of the environment.
        None if settings.configure.is_none() && !is_loopback => {
            proxy::check_environment(base_url, |name| std::env::var_os(name))?;
        }
        None => {}
    }
    if let Some(configure) = &settings.configure {
        http = configure(http);
    }
    // Nothing may replace these: a redirect would send the key to another host, and only `RetryPolicy` decides whether
    // a request is sent again.
    http.redirect(redirect::Policy::none())
        .referer(false)
        .retry(retry::never())
        .build()
        .map_err(|error| Error::config(tls::CANNOT_BE_BUILT).because(error.without_url()))
}

/// The body of a response, read by `chunk`.
pub(crate) fn body(response: Response) -> Response {
    response
}

/// A body with streams, which are taken when the connection requests the first part.
pub(crate) fn streamed(bytes: Bytes, streams: Streams) -> reqwest::Body {
    let parts = None;
    reqwest::Body::wrap(Streamed {
        bytes,
        streams,
        parts,
    })
}

struct Streamed {
    bytes: Bytes,
    streams: Streams,
    /// The parts that are not sent yet; `None` before the first request for a part.
    parts: Option<VecDeque<reqwest::Body>>,
}

impl Body for Streamed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Self {
            bytes,
            streams,
            parts,
        } = self.get_mut();
        if parts.is_none() {
            *parts = streams.take(mem::take(bytes)).map(Into::into);
        }
        let Some(parts) = parts else {
            let problem = "another clone of the call has sent the stream in the body";
            return Poll::Ready(Some(Err(problem.into())));
        };
        while let Some(part) = parts.front_mut() {
            if let Some(frame) = ready!(Pin::new(part).poll_frame(context)) {
                return Poll::Ready(Some(frame.map_err(Into::into)));
            }
            parts.pop_front();
        }
        Poll::Ready(None)
    }
}

/// Whether the content of a body is invalid, and not its connection: the error of a decoder is a direct cause, and
/// an error of the connection comes from hyper.
pub(crate) fn is_corrupt(error: &reqwest::Error) -> bool {
    let mut causes = causes(error).skip_while(|cause| cause.is::<reqwest::Error>());
    matches!(causes.next(), Some(cause) if cause.is::<io::Error>())
}

/// Whether no connection could be made.
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

/// Whether this is the error of an HTTP/2 stream that the peer will not process: a stream that it reset with
/// `REFUSED_STREAM`, or a stream after the last one of its GOAWAY. Earlier streams continue, and fail
/// only with the connection.
///
/// Another crate of the program may enable HTTP/2 in reqwest. Without the feature, this crate has no type to
/// detect this error, so the outcome of such a request is unknown.
fn is_refused_stream(cause: &(dyn StdError + 'static)) -> bool {
    #[cfg(feature = "http2")]
    if let Some(error) = cause.downcast_ref::<h2::Error>() {
        let is_refused = error.reason() == Some(h2::Reason::REFUSED_STREAM);
        return error.is_remote() && (error.is_go_away() || (error.is_reset() && is_refused));
    }
    let _ = cause;
    false
}

/// Lets the runtime check its sockets before a request is written: the server may have closed an idle
/// connection that the HTTP client would use, and a busy single-threaded runtime has not noticed that.
///
/// A connection that the server closes while the request is being sent cannot be distinguished from one that is
/// lost after the server has read the request.
pub(crate) async fn notice_closed_connections() {
    tokio::task::yield_now().await;
}
