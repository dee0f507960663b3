//! Tokio's timers, and hyper below reqwest.

mod proxy;
mod runtime;
mod tls;

use std::{future::Future, io, pin::Pin, time::Duration};

use bytes::Bytes;
use reqwest::{ClientBuilder, Response};
use url::Url;

use crate::error::{ConfigError, causes};
pub(crate) use runtime::in_runtime;
pub(crate) use std::time::SystemTime;
pub(crate) use tokio::time::{Instant, sleep, timeout_at};

/// A future on the heap.
pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

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
) -> Result<ClientBuilder, ConfigError> {
    proxy::check(&proxy, base_url)?;
    Ok(http.proxy(proxy))
}

/// Checks the proxy that the environment names for this address, if it does.
pub(crate) fn check_environment(base_url: &Url) -> Result<(), ConfigError> {
    proxy::check_environment(base_url, |name| std::env::var_os(name))
}

/// Checks that the address can be reached with the features that this crate was built with.
pub(crate) fn check_features(base_url: &Url) -> Result<(), ConfigError> {
    if base_url.scheme() == "https" && !tls::is_available() {
        return Err(ConfigError::new(format!(
            "the base URL begins with https, and {}",
            tls::NEEDS_FEATURE
        )));
    }
    Ok(())
}

/// The error of reqwest's builder, with what it means.
pub(crate) fn cannot_be_built(error: reqwest::Error) -> ConfigError {
    let message = if tls::lacks_certificates(&error) {
        tls::NO_CERTIFICATES
    } else {
        "the HTTP client cannot be built from them"
    };
    ConfigError::new(message).because(error.without_url())
}

/// What an error of a request says of the settings: of a proxy that came with `http` or `http_client`,
/// nothing is known before.
pub(crate) fn misconfigured(error: &reqwest::Error) -> Option<ConfigError> {
    proxy::misconfigured(error)
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
    let mut causes = causes(error).skip_while(|cause| cause.is::<reqwest::Error>());
    matches!(causes.next(), Some(cause) if cause.is::<io::Error>())
}

/// Whether no connection came about.
pub(crate) fn is_connect(error: &reqwest::Error) -> bool {
    error.is_connect()
}
