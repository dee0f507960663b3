//! Settings of a client.

use std::{ffi::OsString, fmt, sync::Arc, time::Duration};

use reqwest::header::HeaderValue;
use url::Url;

use super::{Client, DEFAULT_BASE_URL, Inner, base_url};
use crate::{
    Deviation, Error, Hook, RetryPolicy, Secret,
    deviation::OnDeviation,
    hook::Hooks,
    invisible, platform,
    quota::{self, Allowance, Quota},
    retry::Budget,
};

const TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const ANSWER_LIMIT: usize = 32 << 20;
const USER_AGENT: &str = concat!("heffl-rust/", env!("CARGO_PKG_VERSION"));

/// Settings of a [`Client`].
///
/// ```
/// use std::time::Duration;
///
/// let heffl = heffl::Client::builder()
///     .api_key("your-key")
///     .timeout(Duration::from_secs(60))
///     .user_agent("import/1.0")
///     .build()?;
/// # Ok::<(), heffl::Error>(())
/// ```
#[must_use = "settings do nothing until the client is built"]
pub struct ClientBuilder {
    api_key: Option<Secret>,
    base_url: Option<String>,
    timeout: Option<Duration>,
    deadline: Option<Duration>,
    retry: RetryPolicy,
    rate_limit: Allowance,
    quota_window: Duration,
    answer_limit: Option<usize>,
    user_agent: Option<String>,
    connections: Connections,
    hooks: Hooks,
    on_deviation: Option<Arc<OnDeviation>>,
}

/// How HTTP clients are built: one for async calls, and one for those of the blocking API.
#[derive(Default)]
pub(crate) struct Connections {
    timeout: Option<Duration>,
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    proxy: Option<reqwest::Proxy>,
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    finished: Option<reqwest::Client>,
    configure: Option<ConfigureHttp>,
}

type ConfigureHttp = Box<dyn Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync>;

impl ClientBuilder {
    pub(crate) fn new() -> Self {
        Self {
            api_key: None,
            base_url: None,
            timeout: None,
            deadline: None,
            retry: RetryPolicy::default(),
            rate_limit: Allowance::default(),
            quota_window: quota::WINDOW,
            answer_limit: None,
            user_agent: None,
            connections: Connections::default(),
            hooks: Hooks::default(),
            on_deviation: None,
        }
    }

    /// The key, as the settings of the workspace show it. White space and invisible characters around it
    /// are dropped.
    pub fn api_key(mut self, api_key: impl Into<Secret>) -> Self {
        self.api_key = Some(api_key.into());
        self
    }

    /// Where the API lives, without the version; [`DEFAULT_BASE_URL`] unless given. It must be
    /// https, except on this machine itself, and end in `/api`. What else an address may hold (a
    /// password, a query, `..`) is refused when the client is built.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }

    /// How long one attempt may take, from sending to the last byte of the answer; 30 seconds
    /// unless given. A call may set its own.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// How long a call may take in all: waits for the quota, attempts, and the waits between them.
    /// Without limit unless given. A call may set its own. A wait that would go beyond it is not begun:
    /// the call fails at once.
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.deadline = Some(limit);
        self
    }

    /// When a failed attempt is followed by another. A call may set its own policy.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// How many requests a minute the key may send; the documented
    /// [60](crate::DOCUMENTED_LIMIT) unless given. Calls wait for their turn. What the server says
    /// of its limit is taken over, but never more than what is given here: where several programs
    /// share a key, give each its part.
    pub fn rate_limit(mut self, requests_a_minute: u32) -> Self {
        self.rate_limit = Allowance::AtMost(requests_a_minute);
        self
    }

    /// Sends without regard to the quota, until the server refuses.
    pub fn no_rate_limit(mut self) -> Self {
        self.rate_limit = Allowance::Unlimited;
        self
    }

    /// How long a window of the quota is: that of a stand-in may be shorter than a minute.
    #[cfg(feature = "test-server")]
    pub(crate) fn quota_window(mut self, length: Duration) -> Self {
        self.quota_window = length;
        self
    }

    /// The largest answer that is read, in bytes; 32 MiB unless given.
    pub fn answer_limit(mut self, bytes: usize) -> Self {
        self.answer_limit = Some(bytes);
        self
    }

    /// How long connecting may take; 10 seconds unless given. In a browser this is not ours to say.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connections.timeout = Some(limit);
        self
    }

    /// What the program calls itself; the name and version of this crate unless given.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// Calls `hook` for everything in an answer that is not as documented and was put up with: see
    /// [`Deviation`]. It is called while the answer is read, so it should be quick. Answers that are
    /// as documented cost nothing more.
    ///
    /// ```
    /// let heffl = heffl::Client::builder()
    ///     .api_key("your-key")
    ///     .on_deviation(|deviation| eprintln!("{deviation}"))
    ///     .build()?;
    /// # Ok::<(), heffl::Error>(())
    /// ```
    pub fn on_deviation(mut self, hook: impl Fn(&Deviation) + Send + Sync + 'static) -> Self {
        self.on_deviation = Some(Arc::new(hook));
        self
    }

    /// The proxy that requests go through. Unless given, the environment says (`HTTPS_PROXY`,
    /// `NO_PROXY` and the like); requests to this machine itself then go straight. A proxy whose scheme
    /// is not supported is refused when the client is built, wherever it comes from; SOCKS needs the feature
    /// `socks`.
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    pub fn proxy(mut self, proxy: reqwest::Proxy) -> Self {
        self.connections.proxy = Some(proxy);
        self
    }

    /// Runs this around every call, after the hooks that were added before: to sign, log or measure.
    pub fn hook(mut self, hook: impl Hook) -> Self {
        self.hooks.add(hook);
        self
    }

    /// Further settings of the HTTP client: certificates, pools, name resolution. They are applied
    /// last, save that redirects are never followed: whoever the server names would get the key.
    ///
    /// With an `http://` address no certificates are loaded: a proxy in front of it that speaks TLS needs
    /// [`proxy`](Self::proxy), or its certificate here.
    ///
    /// The function is called for the connections of async calls, and with the feature `blocking` once more
    /// for those of blocking calls, before the first of them.
    ///
    /// This, and [`http_client`](Self::http_client), are where the checks of TLS can be weakened.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let heffl = heffl::Client::builder()
    ///     .api_key("your-key")
    ///     .http(|http| http.pool_idle_timeout(Duration::from_secs(20)))
    ///     .build()?;
    /// # Ok::<(), heffl::Error>(())
    /// ```
    pub fn http(
        mut self,
        configure: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        self.connections.configure = Some(Box::new(configure));
        self
    }

    /// A finished HTTP client, to share its connections with others. It must follow no redirects, as
    /// whoever the server names would get the key: [`build`](ClientBuilder::build) refuses one that
    /// does not say so. Settings of connections are its own then; beside it, those of this builder
    /// ([`connect_timeout`](Self::connect_timeout), [`proxy`](Self::proxy), [`http`](Self::http)) are
    /// refused too.
    ///
    /// Blocking calls use the same connections. Do not make them in async code of a runtime with one thread:
    /// the connection that is taken may belong to the runtime that the call holds up, until its timeout.
    ///
    /// ```
    /// use heffl::reqwest;
    ///
    /// let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    /// let heffl = heffl::Client::builder().api_key("your-key").http_client(http).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.connections.finished = Some(client);
        self
    }
}

impl Connections {
    /// The HTTP client that was given, or a new one.
    pub(crate) fn connect(&self, base_url: &Url) -> Result<reqwest::Client, Error> {
        #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
        if let Some(client) = self.finished.clone() {
            if self.timeout.is_some() || self.proxy.is_some() || self.configure.is_some() {
                return Err(Error::config(
                    "a finished HTTP client takes no further settings; give `connect_timeout`, `proxy` and `http` to \
                     reqwest's builder",
                ));
            }
            return platform::finished(client).ok_or_else(|| {
                Error::config(
                    "the HTTP client may follow redirects, and would take the key along; build it with \
                     `.redirect(reqwest::redirect::Policy::none())`",
                )
            });
        }
        let is_loopback = base_url::is_loopback(base_url);
        let mut http = platform::defaults(
            reqwest::Client::builder(),
            self.timeout.unwrap_or(CONNECT_TIMEOUT),
            base_url,
            is_loopback,
        );
        #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
        match self.proxy.clone() {
            Some(proxy) => http = platform::with_proxy(http, proxy, base_url)?,
            // The program's own settings may replace what the environment says.
            None if self.configure.is_none() && !is_loopback => {
                platform::check_environment(base_url)?;
            }
            None => {}
        }
        if let Some(configure) = &self.configure {
            http = configure(http);
        }
        platform::enforced(http)
            .build()
            .map_err(platform::cannot_be_built)
    }
}

impl ClientBuilder {
    /// Builds the client. Nothing is sent yet.
    pub fn build(self) -> Result<Client, Error> {
        let base_url = base_url::parse(self.base_url.as_deref().unwrap_or(DEFAULT_BASE_URL))?;
        platform::check_features(&base_url)?;
        let api_key = check_key(self.api_key.as_ref().map(Secret::expose))?;
        let user_agent = HeaderValue::from_str(self.user_agent.as_deref().unwrap_or(USER_AGENT))
            .ok()
            .filter(|value| value.to_str().is_ok())
            .ok_or_else(|| Error::config("the user agent has characters that no header takes"))?;
        let http = self.connections.connect(&base_url)?;
        let timeout = self.timeout.unwrap_or(TIMEOUT);
        Ok(Client {
            inner: Arc::new(Inner {
                base_url,
                api_key,
                user_agent,
                timeout,
                deadline: self.deadline,
                retry: self.retry,
                budget: Budget::new(),
                quota: Quota::new(self.rate_limit, self.quota_window),
                #[cfg(feature = "v2")]
                key_locks: crate::find::KeyLocks::default(),
                answer_limit: self.answer_limit.unwrap_or(ANSWER_LIMIT),
                hooks: self.hooks,
                http,
                #[cfg(feature = "blocking")]
                connections: self.connections,
                #[cfg(feature = "blocking")]
                worker: crate::blocking::Worker::default(),
                on_deviation: self.on_deviation,
                #[cfg(test)]
                network: None,
            }),
        })
    }

    /// Takes the key from the environment variable `HEFFL_API_KEY`, and the address from
    /// `HEFFL_BASE_URL` if that is set; what [`Client::from_env`] does, with other settings beside.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// let heffl = heffl::Client::builder().env()?.timeout(Duration::from_secs(60)).build()?;
    /// # Ok::<(), heffl::Error>(())
    /// ```
    pub fn env(self) -> Result<Self, Error> {
        self.variables(|name| std::env::var_os(name))
    }

    fn variables(self, read: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let text = |name: &str| match read(name).map(OsString::into_string) {
            None => Ok(None),
            Some(Ok(text)) if invisible::trim(&text).is_empty() => Ok(None),
            Some(Ok(text)) => Ok(Some(text)),
            Some(Err(_)) => Err(Error::config(format!(
                "the environment variable {name} is no text in UTF-8"
            ))),
        };
        let Some(api_key) = text("HEFFL_API_KEY")? else {
            return Err(Error::config(
                "the environment variable HEFFL_API_KEY is not set; put the key into it",
            ));
        };
        let builder = self.api_key(api_key);
        Ok(match text("HEFFL_BASE_URL")? {
            Some(base_url) => builder.base_url(base_url),
            None => builder,
        })
    }
}

/// Makes a header of the key that is never printed.
fn check_key(key: Option<&str>) -> Result<HeaderValue, Error> {
    let Some(key) = key.map(invisible::trim).filter(|key| !key.is_empty()) else {
        return Err(Error::config(
            "there is no key; give the one that the settings of the workspace show",
        ));
    };
    if key.contains(char::is_whitespace) {
        return Err(Error::config(
            "the key has white space in it; give the key alone, without a word like Bearer",
        ));
    }
    if key.contains(['"', '\'', '`']) {
        return Err(Error::config(
            "the key has quotation marks in it; give it without them, in .env files as well",
        ));
    }
    match HeaderValue::from_str(key) {
        Ok(mut value) if key.is_ascii() => {
            value.set_sensitive(true);
            Ok(value)
        }
        _ => Err(Error::config(
            "the key has characters that no key has; copy it again",
        )),
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The base URL is not checked yet, so it may hold a password.
        formatter
            .debug_struct("ClientBuilder")
            .field("timeout", &self.timeout)
            .field("deadline", &self.deadline)
            .field("retry", &self.retry)
            .field("rate_limit", &self.rate_limit)
            .field("connect_timeout", &self.connections.timeout)
            .field("user_agent", &self.user_agent)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::{Client, check_key};

    #[test]
    fn keys_are_checked_and_never_shown() {
        assert_eq!(check_key(Some(" s3cret\n")).unwrap(), "s3cret");
        assert_eq!(
            check_key(Some("\u{feff}\u{202a}s3cret\u{202c}\u{200b}\n")).unwrap(),
            "s3cret"
        );
        assert!(check_key(Some("s3cret")).unwrap().is_sensitive());
        for key in [
            "",
            "  ",
            "Bearer s3cret",
            "s3cret\r\nhost: a",
            "s3crèt",
            "s3c\u{7f}ret",
            "s3c\u{0}ret",
            "s3c\u{200B}ret",
            "\u{FEFF}",
            "\"s3cret\"",
            "'s3cret'",
        ] {
            let error = Client::new(key).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cr"), "{error}");
        }
        assert!(Client::builder().build().is_err());
        let builder = Client::builder()
            .api_key("s3cret")
            .base_url("https://a:s3cret@example.com");
        assert!(!format!("{builder:?}").contains("s3cret"));
        assert!(!format!("{:?}", Client::new("s3cret").unwrap()).contains("s3cret"));
    }

    #[test]
    fn reads_the_environment() {
        let from = |key: Option<&str>, base: Option<&str>| {
            Client::builder()
                .variables(|name| match name {
                    "HEFFL_API_KEY" => key.map(OsString::from),
                    "HEFFL_BASE_URL" => base.map(OsString::from),
                    _ => None,
                })?
                .build()
        };
        assert_eq!(
            from(Some("a"), None).unwrap().base_url().as_str(),
            crate::DEFAULT_BASE_URL
        );
        for blank in ["", " \n", "\u{FEFF}"] {
            let client = from(Some("a"), Some(blank)).unwrap();
            assert_eq!(client.base_url().as_str(), crate::DEFAULT_BASE_URL);
        }
        let local = from(Some("a"), Some("http://localhost:1/api")).unwrap();
        assert_eq!(local.base_url().as_str(), "http://localhost:1/api");
        assert!(
            from(None, None)
                .unwrap_err()
                .to_string()
                .contains("HEFFL_API_KEY")
        );
        assert!(from(Some(" "), None).is_err());
        assert!(from(Some("a"), Some("https://api.heffl.com")).is_err());
    }

    /// Compiled without the features of TLS; `.ci/features` runs it.
    #[cfg(not(any(feature = "rustls", feature = "native-tls")))]
    #[test]
    fn without_tls_an_https_address_is_refused_and_http_works() {
        let finished = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let builder = || Client::builder().api_key("s3cret");
        for builder in [builder(), builder().http_client(finished)] {
            let error = builder.build().unwrap_err();
            assert!(!error.is_retryable());
            let text = error.to_string();
            for part in ["https needs the feature", "`rustls`", "`native-tls`"] {
                assert!(text.contains(part), "{text}");
            }
        }
        builder().base_url("http://localhost/api").build().unwrap();
        let proxy = reqwest::Proxy::all("https://proxy.example.com").unwrap();
        let builder = builder().base_url("http://localhost/api").proxy(proxy);
        let text = builder.build().unwrap_err().to_string();
        assert!(
            text.contains("the proxy") && text.contains("`rustls`"),
            "{text}"
        );
    }

    #[test]
    fn a_user_agent_must_fit_a_header() {
        assert!(
            Client::builder()
                .api_key("a")
                .user_agent("import\r\nx: y")
                .build()
                .is_err()
        );
    }
}
