//! The timers of JavaScript, and `fetch` below reqwest.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream;
use reqwest::{Client, Response};
use tokio::sync::oneshot;
use url::Url;
pub(crate) use web_time::{Instant, SystemTime};

use super::{HttpSettings, Unfit};
use crate::{error::Error, multipart::Streams, operation::Operation};

/// A future on the heap that borrows. It stays on its thread, as `fetch` does.
pub(crate) type Scoped<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// `Send`, but not in a browser.
pub trait MaybeSend {}

impl<T: ?Sized> MaybeSend for T {}

/// Runs the work in a task, so that it continues while the caller does not poll it. Dropping the future ends the work,
/// unless it is detached.
pub(crate) fn in_task<T: 'static>(
    operation: &Operation,
    work: impl Future<Output = Result<T, Error>> + 'static,
    is_detached: bool,
) -> impl Future<Output = Result<T, Error>> {
    let (mut sender, receiver) = oneshot::channel();
    wasm_bindgen_futures::spawn_local(async move {
        let mut work = pin!(work);
        let output = poll_fn(|context| {
            if !is_detached && sender.poll_closed(context).is_ready() {
                return Poll::Ready(None);
            }
            work.as_mut().poll(context).map(Some)
        });
        if let Some(output) = output.await {
            // An error means that the caller dropped the future.
            let _ = sender.send(output);
        }
    });
    async move {
        let output = receiver.await;
        output.unwrap_or_else(|_| Err(Error::runtime_stopped(operation)))
    }
}

/// Builds the HTTP client. The browser handles connections, proxies and TLS. It follows redirects, but sends the key
/// to another host only if that host allows the header by CORS, and no other host knows the header. The client rejects
/// the response of another host.
pub(crate) fn http_client(settings: &HttpSettings, _: &Url, _: bool) -> Result<Client, Error> {
    let http = Client::builder();
    let http = match &settings.configure {
        Some(configure) => configure(http),
        None => http,
    };
    http.build().map_err(|error| {
        Error::config("the HTTP client cannot be built").because(error.without_url())
    })
}

/// The timers and the network of a browser are always available.
pub(crate) async fn in_runtime<F: Future>(future: F) -> Result<F::Output, Unfit> {
    Ok(future.await)
}

pub(crate) async fn sleep(duration: Duration) {
    // Timers of JavaScript take at most 2³¹ − 1 milliseconds; a longer wait is divided.
    const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);
    let mut left = duration;
    while !left.is_zero() {
        let part = left.min(LONGEST);
        gloo_timers::future::sleep(part).await;
        left -= part;
    }
}

pub(crate) async fn sleep_until(at: Instant) {
    sleep(at.saturating_duration_since(Instant::now())).await;
}

/// The body of a response.
pub(crate) struct Body(Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>>>>);

pub(crate) fn body(response: Response) -> Body {
    Body(Box::pin(response.bytes_stream()))
}

impl Body {
    /// The next part; `None` after the last.
    pub(crate) async fn chunk(&mut self) -> reqwest::Result<Option<Bytes>> {
        poll_fn(|context| self.0.as_mut().poll_next(context))
            .await
            .transpose()
    }
}

pub(crate) fn is_corrupt(_: &reqwest::Error) -> bool {
    false
}

/// In a browser, the content of a file is always bytes, so there are no streams.
pub(crate) fn streamed(bytes: Bytes, _: Streams) -> reqwest::Body {
    bytes.into()
}

/// Whether no connection was established. `fetch` does not report this, so the connection may have broken later.
pub(crate) fn is_connect(_: &reqwest::Error) -> bool {
    false
}

/// Whether a request was not processed. `fetch` does not report this.
pub(crate) fn is_unprocessed(_: &reqwest::Error) -> bool {
    false
}

/// The browser takes care of its connections.
pub(crate) async fn notice_closed_connections() {}
