//! Sends requests to a site one at a time, with pauses, retries, and redirects that stay on the host.

use std::{io::Read as _, time::Duration};

use jiff::fmt::rfc2822::DateTimeParser;
use ureq::{
    Agent, Error,
    http::{HeaderName, StatusCode, header},
};
use url::Url;

use super::{Options, Site, clock::Clock, robots::Robots, site::problem};
use crate::finding::Finding;

/// The name of this program in `robots.txt`.
pub(super) const PRODUCT: &str = "heffl-docs-pull";

const USER_AGENT: &str = concat!(
    "heffl-docs-pull/",
    env!("CARGO_PKG_VERSION"),
    " (reads the documentation for the unofficial Rust client heffl)"
);

/// The rule for a connection that failed, was too slow, or sent invalid data. A retry may succeed.
pub(super) const UNREACHABLE: &str = "fetch-unreachable";

/// The longest wait before the second attempt; it doubles for each further attempt.
const BACKOFF: Duration = Duration::from_secs(1);

const MAX_BACKOFF: Duration = Duration::from_secs(60);

pub(super) struct Visit<'a> {
    pub(super) site: &'a Site,
    pub(super) options: &'a Options,
    pub(super) clock: &'a dyn Clock,
    pub(super) report: &'a mut dyn FnMut(&str),
    pub(super) robots: Robots,
    agent: Agent,
    started: Duration,
    /// The end of the previous request.
    last: Option<Duration>,
}

/// The response of the site. The body is only read for status 200.
pub(super) type Response = ureq::http::Response<Vec<u8>>;

/// The first header with this name, if it is plain text.
pub(super) fn header(response: &Response, name: HeaderName) -> Option<&str> {
    response.headers().get(name)?.to_str().ok()
}

impl<'a> Visit<'a> {
    pub(super) fn new(
        site: &'a Site,
        options: &'a Options,
        clock: &'a dyn Clock,
        report: &'a mut dyn FnMut(&str),
    ) -> Self {
        Self {
            site,
            options,
            clock,
            report,
            robots: Robots::default(),
            agent: agent(site),
            started: clock.elapsed(),
            last: None,
        }
    }

    /// Fetches `url`, and follows redirects.
    pub(super) fn get(&mut self, url: &Url) -> Result<Response, Finding> {
        let mut target = url.clone();
        for _ in 0..=self.options.redirects {
            if !self.robots.allow(&target) {
                let message = "robots.txt of the site forbids this";
                return Err(problem("fetch-disallowed", &target, message));
            }
            let response = self.ask(&target)?;
            if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                return Ok(response);
            }
            let location = header(&response, header::LOCATION).unwrap_or_default();
            target = self.site.redirect(&target, location)?;
        }
        let limit = self.options.redirects;
        let message = format!("more than {limit} redirects in a row");
        Err(problem("fetch-redirect", url, message))
    }

    /// Fetches a URL, with retries.
    fn ask(&mut self, url: &Url) -> Result<Response, Finding> {
        let limits = self.options;
        let mut tries = 0;
        loop {
            let delay = self.options.delay.max(self.robots.delay);
            let due = self.last.map_or(Duration::ZERO, |last| last + delay);
            self.sleep(due.saturating_sub(self.clock.elapsed()), url)?;
            let result = self.request(url);
            self.last = Some(self.clock.elapsed());
            tries += 1;
            let (message, asked) = match result {
                Ok(response) if !is_passing(response.status()) => return Ok(response),
                Ok(response) => {
                    let message = format!("the site responds with {}", response.status());
                    (message, self.retry_after(&response).unwrap_or_default())
                }
                Err(finding) if finding.rule != UNREACHABLE => return Err(finding),
                Err(finding) => {
                    // A site that ends a response early may also have closed the connection, which is visible only in
                    // the middle of the next request.
                    self.agent = agent(self.site);
                    (finding.message, Duration::ZERO)
                }
            };
            if asked > limits.retry_after {
                let seconds = asked.as_secs();
                let message = format!("{message}; the site asks to wait {seconds} s");
                return Err(problem("fetch-come-back-later", url, message));
            }
            if tries > limits.retries {
                let message = format!("failed {tries} times, most recently: {message}");
                return Err(problem(UNREACHABLE, url, message));
            }
            let wait = backoff(tries).max(asked);
            let seconds = wait.as_secs_f32();
            (self.report)(&format!("{message}; waiting {seconds:.1} s"));
            self.sleep(wait, url)?;
        }
    }

    /// Sends a request, without redirects and retries.
    fn request(&self, url: &Url) -> Result<Response, Finding> {
        let limits = self.options;
        let request = self.agent.get(url.as_str());
        // The limit includes the whole body.
        let timeout = Some(limits.request.min(self.left()));
        let response = request.config().timeout_global(timeout).build().call();
        let (head, mut body) = response.map_err(|error| lost(&error, url))?.into_parts();
        let mut response = Response::from_parts(head, Vec::new());
        if response.status() != StatusCode::OK {
            return Ok(response);
        }
        let encoding = header(&response, header::CONTENT_ENCODING);
        if let Some(encoding) = encoding.filter(|it| !it.eq_ignore_ascii_case("identity")) {
            let encoding = encoding.escape_debug();
            let message =
                format!("the page is compressed as `{encoding}`, which was not requested");
            return Err(problem("fetch-encoding", url, message));
        }
        // Counts decompressed bytes: `Content-Length` may be missing, or count compressed bytes.
        let limit = limits.page_bytes as u64;
        let mut start = body.as_reader().take(limit + 1);
        let read = start.read_to_end(response.body_mut());
        if response.body().len() as u64 > limit {
            let message = format!("the page has more than {limit} bytes; the rest was not read");
            return Err(problem("fetch-too-large", url, message));
        }
        read.map_err(|error| lost(&Error::from(error), url))?;
        Ok(response)
    }

    /// Waits, unless the time of the whole run would be over then.
    fn sleep(&mut self, wait: Duration, url: &Url) -> Result<(), Finding> {
        if wait >= self.left() {
            let message = format!("not finished after {} s", self.options.total.as_secs());
            return Err(problem("fetch-time-over", url, message));
        }
        if !wait.is_zero() {
            self.clock.sleep(wait);
        }
        Ok(())
    }

    fn left(&self) -> Duration {
        let spent = self.clock.elapsed().saturating_sub(self.started);
        self.options.total.saturating_sub(spent)
    }

    /// The value of `Retry-After`: seconds, or until a date.
    fn retry_after(&self, response: &Response) -> Option<Duration> {
        let value = header(response, header::RETRY_AFTER)?.trim();
        if let Ok(seconds) = value.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let date = DateTimeParser::new().parse_timestamp(value).ok()?;
        Duration::try_from(date.duration_since(self.clock.now())).ok()
    }
}

fn agent(site: &Site) -> Agent {
    let mut config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_idle_connections(1)
        .user_agent(USER_AGENT)
        .accept("text/markdown, text/plain;q=0.9, */*;q=0.1");
    if site.is_loopback() {
        config = config.proxy(None);
    }
    config.build().new_agent()
}

fn lost(error: &Error, url: &Url) -> Finding {
    let message = match error {
        Error::Timeout(_) => "the response took too long".to_owned(),
        Error::HostNotFound => "the host is unknown".to_owned(),
        error => error.to_string().escape_debug().to_string(),
    };
    problem(UNREACHABLE, url, message)
}

/// Whether the same request may get another response soon.
fn is_passing(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status.as_u16(), 408 | 429)
}

/// The wait after this number of attempts: a random time between half and all of it, so that programs that failed
/// together do not retry together.
fn backoff(tries: u32) -> Duration {
    let doubled = BACKOFF.saturating_mul(2u32.saturating_pow(tries.saturating_sub(1)));
    doubled
        .min(MAX_BACKOFF)
        .mul_f64(0.5 + fastrand::f64() / 2.0)
}
