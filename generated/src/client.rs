//! The client.

mod builder;
mod dry_run;

use std::{sync::Arc, time::Duration};

pub use builder::ClientBuilder;
pub(crate) use dry_run::is_planned;

use crate::{engine::Engine, error::Error, quota::QuotaStatus, secret::Secret, text::debug_fields};

/// A client of the API: a key, an address, and a pool of connections.
///
/// Cloning is cheap. All clones share the connections and the quota: a call waits until the quota permits it.
/// The client never follows redirects, so the key reaches no other host.
///
/// ```
/// let heffl = heffl::Client::new("your-key")?;
/// assert!(!format!("{heffl:?}").contains("your-key"));
/// # Ok::<(), heffl::Error>(())
/// ```
#[derive(Clone)]
pub struct Client {
    engine: Arc<Engine>,
}

impl Client {
    /// Creates a client with this key and the default settings.
    pub fn new(api_key: impl Into<Secret>) -> Result<Self, Error> {
        Self::builder().api_key(api_key).build()
    }

    /// Starts a client with settings of your own.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Creates a client with the key from the environment variable `HEFFL_API_KEY`, and the address from
    /// `HEFFL_BASE_URL` if that variable is set.
    pub fn from_env() -> Result<Self, Error> {
        Self::builder().env()?.build()
    }

    /// Returns the state of the quota, as far as this client and its clones know it. With a shared quota, the
    /// requests of other processes count too.
    pub fn quota(&self) -> QuotaStatus {
        self.engine.quota.status()
    }

    /// Returns the minimum time until the last of this many calls can be sent.
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
        self.engine.quota.estimate(calls)
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }
}

debug_fields!(impl Client, client => {
    "base_url": client.engine.base_url.as_str(),
    "timeout": client.engine.timeout,
    "deadline": client.engine.deadline,
    "retry": client.engine.retry,
    "quota": client.engine.quota.status(),
});
