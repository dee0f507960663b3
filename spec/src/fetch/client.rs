//! One request, one answer: no redirects, no second try.

use std::{io::Read as _, time::Duration};

use ureq::{
    Agent, Error,
    http::{HeaderMap, StatusCode, header},
};
use url::Url;

/// How this program names itself in `robots.txt`.
pub(super) const PRODUCT: &str = "heffl-docs-pull";

const USER_AGENT: &str = concat!(
    "heffl-docs-pull/",
    env!("CARGO_PKG_VERSION"),
    " (reads the documentation for the unofficial Rust client heffl)"
);

#[derive(Debug)]
pub(super) struct Client {
    agent: Agent,
}

/// What the site answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    headers: HeaderMap,
    /// Read for status 200 only.
    pub(super) body: Vec<u8>,
}

/// What makes the site say "not modified".
#[derive(Clone, Copy, Debug)]
pub(super) struct Condition<'a> {
    pub(super) etag: Option<&'a str>,
    pub(super) last_modified: Option<&'a str>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The connection failed, was too slow, or brought nonsense. It may go better another time.
    Lost(String),
    /// The body is larger than the limit.
    TooLarge,
    /// The body is packed in a way that was not asked for.
    Encoding(String),
}

impl Client {
    pub(super) fn new(loopback: bool) -> Self {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(1)
            .user_agent(USER_AGENT)
            .accept("text/markdown, text/plain;q=0.9, */*;q=0.1");
        if loopback {
            config = config.proxy(None);
        }
        Self {
            agent: config.build().new_agent(),
        }
    }

    /// Asks for `url`. `timeout` is for everything up to the last byte of the body, of which at most
    /// `limit` bytes are taken, counted unpacked.
    pub(super) fn get(
        &self,
        url: &Url,
        condition: Option<Condition<'_>>,
        timeout: Duration,
        limit: usize,
    ) -> Result<Answer, Trouble> {
        let mut request = self.agent.get(url.as_str());
        if let Some(condition) = condition {
            for (name, value) in [
                (header::IF_NONE_MATCH, condition.etag),
                (header::IF_MODIFIED_SINCE, condition.last_modified),
            ] {
                if let Some(value) = value {
                    request = request.header(name, value);
                }
            }
        }
        let response = request
            .config()
            .timeout_global(Some(timeout))
            .build()
            .call()
            .map_err(|error| lost(&error))?;
        let (head, mut body) = response.into_parts();
        let mut answer = Answer {
            status: head.status,
            headers: head.headers,
            body: Vec::new(),
        };
        if answer.status != StatusCode::OK {
            return Ok(answer);
        }
        if let Some(encoding) = answer.header(&header::CONTENT_ENCODING)
            && !encoding.eq_ignore_ascii_case("identity")
        {
            return Err(Trouble::Encoding(encoding.to_owned()));
        }
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        if body.content_length().is_some_and(|length| length > limit) {
            return Err(Trouble::TooLarge);
        }
        // The header may be missing, or of what is still packed.
        body.as_reader()
            .take(limit.saturating_add(1))
            .read_to_end(&mut answer.body)
            .map_err(|error| lost(&Error::from(error)))?;
        if answer.body.len() as u64 > limit {
            return Err(Trouble::TooLarge);
        }
        Ok(answer)
    }
}

impl Answer {
    /// The header, if it is there and plain text; the first one if it is there more than once.
    pub(super) fn header(&self, name: &header::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

fn lost(error: &Error) -> Trouble {
    Trouble::Lost(match error {
        Error::Timeout(_) => "the answer took too long".to_owned(),
        Error::HostNotFound => "the host is not known".to_owned(),
        error => error.to_string().escape_debug().to_string(),
    })
}
