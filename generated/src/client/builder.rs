//! Settings of a client.

use std::{ffi::OsString, sync::Arc, time::Duration};

use reqwest::header::HeaderValue;

use super::{Client, dry_run::DryRun};
use crate::{
    api::{BASE_URL_VARIABLE, DEFAULT_BASE_URL, KEY_VARIABLE, USER_AGENT},
    base_url,
    deviation::{Deviation, OnDeviation},
    engine::Engine,
    error::Error,
    hook::{BoxError, Hook, Hooks},
    invisible,
    platform::MaybeSend,
    quota::{Allowance, Quota},
    rate_limit::WINDOW,
    retry::{Budget, RetryPolicy},
    secret::Secret,
    text::debug_fields,
    transport::Connections,
};

const TIMEOUT: Duration = Duration::from_secs(30);
const RESPONSE_LIMIT: usize = 32 << 20;

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
#[derive(Default)]
#[must_use = "settings do nothing until the client is built"]
pub struct ClientBuilder {
    api_key: Option<Secret>,
    base_url: Option<String>,
    timeout: Option<Duration>,
    deadline: Option<Duration>,
    retry: RetryPolicy,
    rate_limit: Allowance,
    quota_window: Option<Duration>,
    response_limit: Option<usize>,
    user_agent: Option<String>,
    connections: Connections,
    hooks: Hooks,
    on_deviation: Option<Arc<OnDeviation>>,
    is_dry_run: bool,
    #[cfg(feature = "shared-quota")]
    quota_folder: Option<std::path::PathBuf>,
}

impl ClientBuilder {
    /// Sets the key, as the settings of the workspace show it. White space and invisible characters around it
    /// are removed.
    pub fn api_key(mut self, api_key: impl Into<Secret>) -> Self {
        self.api_key = Some(api_key.into());
        self
    }

    /// Sets the address of the API, without the version; [`DEFAULT_BASE_URL`] by default. It must end in
    /// `/api`, and use https unless it is on this machine. [`build`](Self::build) rejects other parts (a
    /// password, a query, `..`).
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }

    /// Limits the time of one attempt, from sending to the last byte of the response; 30 seconds by default.
    /// A call may set its own limit.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Limits the time of a whole call: waits for the quota, attempts, and the waits between them. A call may
    /// set its own limit. If a wait would exceed the limit, the call fails at once.
    ///
    /// There is no limit by default, because a long wait may be correct: of 600 calls that are made together, the
    /// last call is sent after nine minutes. [`Client::estimate`] returns how long calls will take. With the
    /// feature `tracing`, a call that starts a wait of more than three seconds logs the wait.
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.deadline = Some(limit);
        self
    }

    /// Sets when a failed attempt is repeated. A call may set its own policy.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets how many requests a minute the key may send; the documented [60](crate::DOCUMENTED_LIMIT) by
    /// default. Calls queue for a permit. The client respects a lower limit in the server's responses, and
    /// ignores a higher limit. If several programs share a key, divide the limit among them.
    pub fn rate_limit(mut self, requests_a_minute: u32) -> Self {
        self.rate_limit = Allowance::AtMost(requests_a_minute);
        self
    }

    /// Turns the quota off: calls are sent at once, until the server refuses them.
    pub fn no_rate_limit(mut self) -> Self {
        self.rate_limit = Allowance::Unlimited;
        self
    }

    /// Shares the quota with all processes on this machine whose clients have the same key, address and
    /// folder. A file in the folder, named by a hash of key and address, counts their requests. The folder
    /// must be on a local disk, and every process must be able to write to it.
    ///
    /// [`rate_limit`](Self::rate_limit) is then the limit of all processes together: set the same limit in
    /// each. If a process is killed, the other processes cannot use the slots of its last requests for one
    /// window and at most five seconds more. If the file becomes unusable, calls are sent without it, and the
    /// feature `tracing` logs that.
    ///
    /// ```
    /// # let folder = std::env::temp_dir().join(format!("heffl-{}", std::process::id()));
    /// let heffl = heffl::Client::builder().api_key("your-key").shared_quota(&folder).build()?;
    /// # std::fs::remove_dir_all(folder).unwrap();
    /// # Ok::<(), heffl::Error>(())
    /// ```
    #[cfg(feature = "shared-quota")]
    pub fn shared_quota(mut self, folder: impl Into<std::path::PathBuf>) -> Self {
        self.quota_folder = Some(folder.into());
        self
    }

    /// Sets the length of a window of the quota; a minute by default. A test server may have a shorter
    /// window.
    pub fn quota_window(mut self, length: Duration) -> Self {
        self.quota_window = Some(length);
        self
    }

    /// Limits the size of a response, in bytes; 32 MiB by default.
    pub fn response_limit(mut self, bytes: usize) -> Self {
        self.response_limit = Some(bytes);
        self
    }

    /// Limits the time to connect; 10 seconds by default. A browser ignores this setting.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connections.http.connect_timeout = Some(limit);
        self
    }

    /// Sets the user agent; the name and version of this crate by default.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// Calls `hook` for each difference between a response and the documentation that the client tolerates; see
    /// [`Deviation`]. The client calls `hook` while it reads the response, so the function should return quickly.
    /// Responses that match the documentation cost nothing.
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

    /// Sets the address of the proxy for all requests, such as `http://user:password@proxy.example.com:8080`.
    /// By default, the environment decides (`HTTPS_PROXY`, `NO_PROXY` and similar variables); requests to
    /// this machine then use no proxy. [`build`](Self::build) rejects a proxy with an unsupported scheme,
    /// even from the environment; SOCKS needs the feature `socks`. For other features of `reqwest::Proxy`,
    /// use [`http`](Self::http).
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    pub fn proxy(mut self, address: impl Into<String>) -> Self {
        self.connections.http.proxy = Some(address.into());
        self
    }

    /// Adds a hook that runs around every call, after the hooks that were added before it: to sign, log or
    /// measure.
    pub fn hook(mut self, hook: impl Hook) -> Self {
        self.hooks.add(hook);
        self
    }

    /// If `is_dry_run` is true, the client sends only requests that read (`GET`). It prepares and checks any
    /// other request as usual, but does not send it: the call fails with
    /// [`ErrorKind::Hook`](crate::ErrorKind::Hook). `bulk::Bulk` reports such items as planned.
    ///
    /// ```
    /// use heffl::{bulk::Bulk, v2::CreateCompany};
    /// use heffl_test_server::TestServer;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let server = TestServer::start()?;
    /// let heffl = server.client_builder().dry_run(true).build()?;
    /// let create = |name| heffl.v2().companies().create(CreateCompany::new(name));
    /// let report = Bulk::new(["Northwind", "Contoso"]).run(create).await;
    /// assert_eq!(report.to_string(), "0 done, 2 planned");
    /// assert!(server.records("companies").is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn dry_run(mut self, is_dry_run: bool) -> Self {
        self.is_dry_run = is_dry_run;
        self
    }

    /// Changes further settings of the HTTP client: certificates, pools, name resolution. They are applied last,
    /// but cannot enable redirects, because a redirect could send the key to another host.
    ///
    /// For an `http://` address, no certificates are loaded: a TLS proxy in front of it needs
    /// [`proxy`](Self::proxy), or its certificate here.
    ///
    /// The function is called once for the connections of async calls and, with the feature `blocking`, once
    /// more for those of blocking calls, before the first blocking call.
    ///
    /// Only this method and [`transport`](Self::transport) can weaken the checks of TLS.
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
        self.connections.http.configure = Some(Box::new(configure));
        self
    }

    /// Sends requests through this function instead of this crate's HTTP client. Everything else works as
    /// usual: key, quota, retries, hooks, limits of time and size, and reading responses. With a transport,
    /// an https address needs no TLS feature, and [`build`](Self::build) rejects
    /// [`connect_timeout`](Self::connect_timeout), `proxy` and [`http`](Self::http), because the transport
    /// has its own settings.
    ///
    /// A test without sockets can return its own response:
    ///
    /// ```
    /// use heffl::reqwest::Response;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), heffl::Error> {
    /// let heffl = heffl::Client::builder()
    ///     .api_key("your-key")
    ///     .transport(async |request| {
    ///         assert_eq!(request.url().path(), "/api/v2/deals/dl_1");
    ///         Ok::<_, std::io::Error>(Response::from(http::Response::new(r#"{"id": "dl_1", "title": "Refit"}"#)))
    ///     })
    ///     .build()?;
    /// let deal = heffl.v2().deals().get(heffl::DealId::new("dl_1")).await?;
    /// assert_eq!(deal.title.as_deref(), Some("Refit"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A program can share its own HTTP client. That client **must not follow redirects**: a redirect could send
    /// the key to another host, and this crate cannot check the setting.
    ///
    /// ```
    /// use heffl::reqwest;
    ///
    /// let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    /// let transport = move |request| http.execute(request);
    /// let heffl = heffl::Client::builder().api_key("your-key").transport(transport).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// To call a service of `tower`, use `oneshot`:
    ///
    /// ```
    /// use std::time::Duration;
    /// use heffl::reqwest;
    /// use tower::{ServiceBuilder, ServiceExt};
    ///
    /// let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    /// let service = ServiceBuilder::new().timeout(Duration::from_secs(5)).service(http);
    /// let transport = move |request| service.clone().oneshot(request);
    /// let heffl = heffl::Client::builder().api_key("your-key").transport(transport).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// The function gets the whole request, including the key. Its future must be `Send`, except in a
    /// browser. The future is dropped if the attempt reaches its [`timeout`](Self::timeout). An error with a
    /// [`reqwest::Error`] among its causes is handled like an error of this crate's HTTP client. After any
    /// other error, the server may have processed the request: a create then has an [unknown
    /// outcome](Error::is_outcome_unknown), and other calls are sent again.
    ///
    /// Blocking calls use the same function, on the thread of the client. If the transport shares
    /// connections, do not make blocking calls in async code of a single-threaded runtime: the connection may
    /// belong to the runtime that the call blocks.
    pub fn transport<F, R, E>(mut self, send: F) -> Self
    where
        F: Fn(reqwest::Request) -> R + Send + Sync + 'static,
        R: Future<Output = Result<reqwest::Response, E>> + MaybeSend + 'static,
        E: Into<BoxError>,
    {
        self.connections.custom = Some(Arc::new(move |request| {
            let response = send(request);
            Box::pin(async move { response.await.map_err(Into::into) })
        }));
        self
    }

    /// Builds the client, and sends nothing yet.
    pub fn build(mut self) -> Result<Client, Error> {
        // The last hook, so that the others see the requests.
        if self.is_dry_run {
            self.hooks.add(DryRun);
        }
        let base_url = base_url::parse(self.base_url.as_deref().unwrap_or(DEFAULT_BASE_URL))?;
        let api_key = check_key(self.api_key.as_ref().map(Secret::expose))?;
        let user_agent = HeaderValue::from_str(self.user_agent.as_deref().unwrap_or(USER_AGENT))
            .ok()
            .filter(|value| value.to_str().is_ok())
            .ok_or_else(|| {
                Error::config("the user agent contains characters that are invalid in a header")
            })?;
        let transport = self.connections.connect(&base_url)?;
        let timeout = self.timeout.unwrap_or(TIMEOUT);
        let quota = Quota::new(self.rate_limit, self.quota_window.unwrap_or(WINDOW));
        #[cfg(feature = "shared-quota")]
        let quota = match &self.quota_folder {
            Some(folder) => quota
                .shared(folder, base_url.as_str(), api_key.as_bytes())
                .map_err(|error| {
                    Error::config("the folder of the shared quota cannot be used").because(error)
                })?,
            None => quota,
        };
        Ok(Client {
            engine: Arc::new(Engine {
                base_url,
                api_key,
                user_agent,
                timeout,
                deadline: self.deadline,
                retry: self.retry,
                budget: Budget::new(),
                quota,
                key_locks: crate::key_locks::KeyLocks::default(),
                response_limit: self.response_limit.unwrap_or(RESPONSE_LIMIT),
                hooks: self.hooks,
                transport,
                #[cfg(feature = "blocking")]
                connections: self.connections,
                #[cfg(feature = "blocking")]
                worker: crate::blocking::Worker::default(),
                on_deviation: self.on_deviation,
            }),
        })
    }

    /// Takes the key from the environment variable `HEFFL_API_KEY`, and the address from `HEFFL_BASE_URL` if
    /// that variable is set, as [`Client::from_env`] does.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// let heffl = heffl::Client::builder().env()?.timeout(Duration::from_secs(60)).build()?;
    /// # Ok::<(), heffl::Error>(())
    /// ```
    pub fn env(self) -> Result<Self, Error> {
        self.variables(|name| std::env::var_os(name))
    }

    fn variables(mut self, read: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let text = |name: &str| {
            let text = read(name).map(OsString::into_string).transpose();
            let problem = |_| format!("the environment variable {name} is not UTF-8");
            let text = text.map_err(problem).map_err(Error::config)?;
            Ok(text.filter(|text| !invisible::trim(text).is_empty()))
        };
        let missing =
            || format!("the environment variable {KEY_VARIABLE} is not set; set it to the key");
        let key = text(KEY_VARIABLE)?.ok_or_else(|| Error::config(missing()))?;
        self.base_url = text(BASE_URL_VARIABLE)?.or(self.base_url);
        Ok(self.api_key(key))
    }
}

/// Makes a header of the key that `Debug` never prints.
fn check_key(key: Option<&str>) -> Result<HeaderValue, Error> {
    let key = key.map(invisible::trim).unwrap_or_default();
    let problem = if key.is_empty() {
        "the key is empty; use the key that the settings of the workspace show"
    } else if key.contains(char::is_whitespace) {
        "the key contains white space; use only the key, without a word such as Bearer"
    } else if key.contains(['"', '\'', '`']) {
        "the key contains quotation marks; remove them, in .env files too"
    } else {
        match HeaderValue::from_str(key) {
            Ok(mut value) if key.is_ascii() => {
                value.set_sensitive(true);
                return Ok(value);
            }
            _ => "the key contains invalid characters; copy it again",
        }
    };
    Err(Error::config(problem))
}

// The base URL is not checked yet, so it may hold a password.
debug_fields!(impl ClientBuilder, builder => {
    "timeout": builder.timeout,
    "deadline": builder.deadline,
    "retry": builder.retry,
});

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
            from(Some("a"), None).unwrap().engine().base_url.as_str(),
            crate::api::DEFAULT_BASE_URL
        );
        for blank in ["", " \n", "\u{FEFF}"] {
            let client = from(Some("a"), Some(blank)).unwrap();
            assert_eq!(
                client.engine().base_url.as_str(),
                crate::api::DEFAULT_BASE_URL
            );
        }
        let local = from(Some("a"), Some("http://localhost:1/api")).unwrap();
        assert_eq!(local.engine().base_url.as_str(), "http://localhost:1/api");
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
        let builder = || Client::builder().api_key("s3cret");
        let error = builder().build().unwrap_err();
        assert!(!error.is_retryable());
        let text = error.to_string();
        for part in ["https needs the feature", "`rustls`", "`native-tls`"] {
            assert!(text.contains(part), "{text}");
        }
        let custom = async |_| Err(std::io::Error::other("no network"));
        builder().transport(custom).build().unwrap();
        builder().base_url("http://localhost/api").build().unwrap();
        let builder = builder().base_url("http://localhost/api");
        let builder = builder.proxy("https://proxy.example.com");
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
