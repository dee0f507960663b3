//! The client.

mod base_url;
mod builder;

use std::{fmt, sync::Arc, time::Duration};

use reqwest::header::HeaderValue;
use url::Url;

pub use builder::ClientBuilder;

use crate::{Error, v1, v2};

/// Where the API lives unless told otherwise.
pub const DEFAULT_BASE_URL: &str = "https://api.heffl.com/api";

/// The header that carries the key.
pub(crate) const API_KEY_HEADER: &str = "x-api-key";

/// A client of the API: a key, an address, and a pool of connections.
///
/// Cloning is cheap, and all clones share the connections. Redirects are never followed, so the
/// key reaches no other host.
///
/// ```
/// let heffl = heffl::Client::new("your-key")?;
/// assert!(!format!("{heffl:?}").contains("your-key"));
/// # Ok::<(), heffl::Error>(())
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    base_url: Url,
    api_key: HeaderValue,
    user_agent: HeaderValue,
    timeout: Duration,
    http: reqwest::Client,
}

impl Client {
    /// A client with this key and the usual settings.
    pub fn new(api_key: impl Into<String>) -> Result<Self, Error> {
        Self::builder().api_key(api_key).build()
    }

    /// A client with settings of your own.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A client with the key in the environment variable `HEFFL_API_KEY`, and the address in
    /// `HEFFL_BASE_URL` if that is set.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_variables(|name| std::env::var_os(name))?.build()
    }

    /// Version 1 of the API, the older one.
    pub fn v1(&self) -> v1::V1<'_> {
        v1::V1::new(self)
    }

    /// Version 2 of the API, the current one.
    pub fn v2(&self) -> v2::V2<'_> {
        v2::V2::new(self)
    }

    pub(crate) fn base_url(&self) -> &Url {
        &self.inner.base_url
    }

    pub(crate) fn api_key(&self) -> &HeaderValue {
        &self.inner.api_key
    }

    pub(crate) fn user_agent(&self) -> &HeaderValue {
        &self.inner.user_agent
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.inner.timeout
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.inner.http
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Client")
            .field("base_url", &self.inner.base_url.as_str())
            .field("timeout", &self.inner.timeout)
            .finish_non_exhaustive()
    }
}
