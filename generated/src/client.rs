//! The client.

mod base_url;
mod builder;

use std::{fmt, sync::Arc, time::Duration};

use reqwest::header::HeaderValue;
use serde::de::DeserializeOwned;
use url::Url;

pub use builder::ClientBuilder;

#[cfg(feature = "v2")]
use crate::find::KeyLocks;
use crate::{
    Call, Error, Operation, QuotaStatus, RetryPolicy, Secret, deviation::OnDeviation, hook::Hooks,
    quota::Quota, retry::Budget, transport::Transport,
};

/// The base URL, unless another one is given.
pub const DEFAULT_BASE_URL: &str = "https://api.heffl.com/api";

/// The header that carries the key.
pub(crate) const API_KEY_HEADER: &str = "x-api-key";

/// A client of the API: a key, an address, and a pool of connections.
///
/// Cloning is cheap, and all clones share the connections and the quota: calls wait until it permits them,
/// and are not refused. Redirects are never followed, so the
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
    pub(crate) base_url: Url,
    pub(crate) api_key: HeaderValue,
    pub(crate) user_agent: HeaderValue,
    /// For one attempt.
    pub(crate) timeout: Duration,
    /// For a call, waits and further attempts included.
    pub(crate) deadline: Option<Duration>,
    pub(crate) retry: RetryPolicy,
    pub(crate) budget: Budget,
    pub(crate) quota: Quota,
    /// Of what is found or created.
    #[cfg(feature = "v2")]
    pub(crate) key_locks: KeyLocks,
    /// Bytes of the largest response that is read.
    pub(crate) answer_limit: usize,
    pub(crate) hooks: Hooks,
    pub(crate) transport: Transport,
    #[cfg(feature = "blocking")]
    pub(crate) connections: builder::Connections,
    #[cfg(feature = "blocking")]
    pub(crate) worker: crate::blocking::Worker,
    pub(crate) on_deviation: Option<Arc<OnDeviation>>,
}

impl Client {
    /// A client with this key and the usual settings.
    pub fn new(api_key: impl Into<Secret>) -> Result<Self, Error> {
        Self::builder().api_key(api_key).build()
    }

    /// A client with settings of your own.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A client with the key in the environment variable `HEFFL_API_KEY`, and the address in
    /// `HEFFL_BASE_URL` if that is set.
    pub fn from_env() -> Result<Self, Error> {
        Self::builder().env()?.build()
    }

    /// Version 1 of the API, the older one.
    #[cfg(feature = "v1")]
    pub fn v1(&self) -> crate::v1::V1<'_> {
        crate::v1::V1 { client: self }
    }

    /// Version 2 of the API, the current one.
    #[cfg(feature = "v2")]
    pub fn v2(&self) -> crate::v2::V2<'_> {
        crate::v2::V2 { client: self }
    }

    /// A call of an endpoint that this crate has no method for: the HTTP method, and the path with the version.
    /// A segment of the path in braces is a parameter. The call has the key, the quota, the retries and the
    /// errors of every other call.
    ///
    /// ```no_run
    /// use heffl::{Client, serde_json::Value};
    ///
    /// # async fn example(heffl: Client) -> Result<(), heffl::Error> {
    /// let note = heffl.request::<Value>("GET", "/v2/notes/{id}").path("id", "nt_1").query("expand", "author").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Text that is not such a method or path makes the call fail with
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest). The path is in errors, spans and logs,
    /// also in redacted ones: personal data belongs into parameters.
    pub fn request<T: DeserializeOwned>(
        &self,
        method: impl AsRef<str>,
        path: impl AsRef<str>,
    ) -> Call<T> {
        let (operation, problem) = Operation::own(method.as_ref(), path.as_ref());
        let call = Call::foreign(self, operation);
        match problem {
            Some(problem) => call.refuse(problem),
            None => call,
        }
    }

    /// A call of a documented operation, whose response is read as a type of your own. Parameters are checked
    /// as they are for the operation's method.
    ///
    /// ```no_run
    /// # async fn example(heffl: heffl::Client) -> Result<(), heffl::Error> {
    /// #[derive(serde::Deserialize)]
    /// struct Title {
    ///     title: String,
    /// }
    ///
    /// let get = heffl.v2().deals().get(heffl::DealId::new("dl_1"));
    /// let deal: Title = heffl.call(get.operation()).path("id", "dl_1").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn call<T: DeserializeOwned>(&self, operation: &Operation) -> Call<T> {
        Call::foreign(self, operation.clone())
    }

    /// How much of the quota is used, as far as this client and its clones can know.
    pub fn quota(&self) -> QuotaStatus {
        self.inner.quota.status()
    }

    /// The least time that this many calls need, from now to the sending of the last one.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let heffl = heffl::Client::new("your-key")?;
    /// assert_eq!(heffl.estimate(60), Duration::ZERO);
    /// assert_eq!(heffl.estimate(600), Duration::from_secs(9 * 60));
    /// # Ok::<(), heffl::Error>(())
    /// ```
    pub fn estimate(&self, calls: u32) -> Duration {
        self.inner.quota.estimate(calls)
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// The transport of calls on this thread.
    pub(crate) fn transport(&self) -> &Transport {
        #[cfg(feature = "blocking")]
        if let Some(transport) = self.inner.worker.transport() {
            return transport;
        }
        &self.inner.transport
    }

    pub(crate) fn base_url(&self) -> &Url {
        &self.inner.base_url
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Client")
            .field("base_url", &self.inner.base_url.as_str())
            .field("timeout", &self.inner.timeout)
            .field("deadline", &self.inner.deadline)
            .field("retry", &self.inner.retry)
            .field("quota", &self.inner.quota.status())
            .finish_non_exhaustive()
    }
}
