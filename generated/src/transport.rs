//! From a request to its answer: turns of the quota, attempts, and the waits between them.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::{
    Method, StatusCode,
    header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT},
};
use url::Url;

use crate::{
    ApiError, Client, Error, Operation,
    client::API_KEY_HEADER,
    error::Misfit,
    hook::{AttemptInfo, RequestParts},
    platform::{self, Instant, SystemTime, sleep},
    quota::Permit,
    rate_limit::RateLimit,
    request::Request,
    retry::{Failure, Outcome},
    trace::{self, Span},
};

/// Bytes that are set aside for a body at first, if it is said to be that long. More comes as it does.
const FIRST_ROOM: usize = 64 << 10;

/// What the server answered, read to the end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// How often the request was sent.
    pub(crate) attempts: u32,
    /// From the call to the last byte of the answer, waits included.
    pub(crate) elapsed: Duration,
}

/// A request in the form in which every attempt sends it.
struct Prepared {
    operation: &'static Operation,
    method: Method,
    url: Url,
    /// Those of the call.
    headers: HeaderMap,
    body: Option<Bytes>,
    timeout: Duration,
    deadline: Option<Instant>,
    started: Instant,
}

impl Client {
    /// Sends a request, again if need be. An answer that comes back is one of success. `started` is
    /// when the call began; the clock is read where it must be, and not more often. `sent` counts the
    /// attempts.
    pub(crate) async fn execute(
        &self,
        operation: &'static Operation,
        request: Request,
        started: Instant,
        sent: &mut u32,
    ) -> Result<Answer, Error> {
        let inner = self.inner();
        let policy = request.retry.unwrap_or(inner.retry);
        let priority = request.priority;
        let prepared = self.prepare(operation, request, started)?;
        let mut attempts = 0;
        let mut asked = started;
        // Of earlier attempts: what the caller gets if there is no time for another.
        let mut failed: Option<Error> = None;
        let mut may_be_done = false;
        loop {
            let turn = inner
                .quota
                .acquire(priority, attempts > 0, prepared.deadline);
            let turn = trace::quota_wait(operation, &inner.quota, turn).await;
            let permit = match turn {
                Ok(permit) => permit,
                Err(wait) => {
                    return Err(failed.unwrap_or_else(|| Error::quota_wait(operation, wait)));
                }
            };
            attempts += 1;
            let headers = match self.headers(&prepared, attempts) {
                Ok(headers) => headers,
                Err(error) => {
                    permit.unused();
                    return Err(prepared.outcome(error, may_be_done));
                }
            };
            *sent = attempts;
            let begun = permit.taken_at();
            let waited = begun.saturating_duration_since(asked);
            let span = Span::attempt(operation, &inner.base_url, attempts, waited);
            let (result, said) = span
                .around(self.attempt(&prepared, headers, attempts, permit))
                .await;
            span.end(result.as_ref().map(|answer| answer.status.as_u16()));
            let info = |result, retry_in| AttemptInfo {
                operation,
                attempt: attempts,
                result,
                waited,
                elapsed: begun.elapsed(),
                retry_in,
            };
            let error = match result {
                Ok(answer) => {
                    inner.budget.reward();
                    let hooks = inner.hooks.after_attempt(|| info(Ok(&answer), None));
                    return match hooks {
                        Ok(()) => Ok(answer),
                        // The server has done the work.
                        Err(panic) => Err(prepared.outcome(panic, true)),
                    };
                }
                Err(error) => error,
            };
            let failure = Failure::of(&error, said);
            may_be_done |= failure.outcome == Outcome::Unknown;
            let error = prepared.outcome(error, may_be_done);
            let refused = error.is_rate_limited();
            let wait = policy
                .next(&prepared.method, attempts, &failure, fastrand::f64())
                .filter(|wait| prepared.has_time_for(inner.quota.wait().max(*wait)))
                // The quota keeps back what was refused, so that it needs no budget.
                .filter(|_| refused || inner.budget.take());
            let hooks = inner.hooks.after_attempt(|| info(Err(&error), wait));
            if let Some(wait) = wait {
                hooks.map_err(|panic| prepared.outcome(panic, may_be_done))?;
                trace::retry(operation, attempts, wait, &error);
            }
            match wait {
                None => return Err(error),
                // What is waited beyond the server's word is waited in line, or calls that asked
                // later would go before.
                Some(wait) if refused => {
                    inner.quota.block(wait);
                    sleep(said.wait().unwrap_or_default()).await;
                }
                Some(wait) => sleep(wait).await,
            }
            failed = Some(error);
            asked = Instant::now();
        }
    }

    fn prepare(
        &self,
        operation: &'static Operation,
        request: Request,
        started: Instant,
    ) -> Result<Prepared, Error> {
        let inner = self.inner();
        let url = request.url(&inner.base_url, operation)?;
        let method = Method::from_bytes(operation.method.as_bytes()).map_err(|_| {
            Error::invalid_request(format!("{} is no HTTP method", operation.method))
        })?;
        Ok(Prepared {
            operation,
            method,
            url,
            headers: request.headers,
            body: request.body,
            timeout: request.timeout.unwrap_or(inner.timeout),
            deadline: request
                .deadline
                .or(inner.deadline)
                // A limit beyond all clocks is none.
                .and_then(|limit| started.checked_add(limit)),
            started,
        })
    }

    /// The headers of an attempt. Hooks see them without the key.
    fn headers(&self, prepared: &Prepared, attempt: u32) -> Result<HeaderMap, Error> {
        let inner = self.inner();
        let mut headers = HeaderMap::with_capacity(6 + prepared.headers.len());
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, inner.user_agent.clone());
        for (name, value) in &prepared.headers {
            headers.insert(name, value.clone());
        }
        if prepared.body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let request = RequestParts {
            operation: prepared.operation,
            attempt,
            method: &prepared.method,
            url: &prepared.url,
            headers: &mut headers,
            body: prepared.body.as_ref(),
        };
        inner.hooks.before_attempt(request)?;
        headers.insert(API_KEY_HEADER, inner.api_key.clone());
        Ok(headers)
    }

    /// Sends once. What the answer says of the quota comes back in either case.
    async fn attempt(
        &self,
        prepared: &Prepared,
        headers: HeaderMap,
        attempts: u32,
        permit: Permit<'_>,
    ) -> (Result<Answer, Error>, RateLimit) {
        let operation = prepared.operation;
        let failed = |error| {
            (
                Err(Error::transport(
                    operation,
                    attempts,
                    prepared.started.elapsed(),
                    error,
                )),
                RateLimit::default(),
            )
        };
        let mut request = reqwest::Request::new(prepared.method.clone(), prepared.url.clone());
        *request.headers_mut() = headers;
        *request.timeout_mut() = Some(prepared.time_left());
        *request.body_mut() = prepared.body.clone().map(Into::into);
        let mut response = match self.exchange(request).await {
            Ok(response) => response,
            Err(error) => return failed(error),
        };
        let status = response.status();
        let mut headers = std::mem::take(response.headers_mut());
        let said = RateLimit::read(&headers, milliseconds_now);
        permit.answered(&said, status == StatusCode::TOO_MANY_REQUESTS);
        if let Some(cookies) = headers.get_mut(reqwest::header::SET_COOKIE) {
            cookies.set_sensitive(true);
        }
        let limit = self.inner().answer_limit;
        let length = response.content_length().unwrap_or_default();
        let mut unreadable = if platform::FOLLOWS_REDIRECTS && *response.url() != prepared.url {
            Some("it comes from another address".to_owned())
        } else if length > limit as u64 {
            Some(too_large(limit))
        } else if is_encoded(&headers) && !platform::UNPACKS_SILENTLY {
            Some("it is compressed in a way that was not asked for".to_owned())
        } else {
            None
        };
        let mut parts = platform::Body::of(response);
        let room = usize::try_from(length).unwrap_or(usize::MAX);
        let mut body = BytesMut::with_capacity(room.min(limit).min(FIRST_ROOM));
        while unreadable.is_none() {
            match parts.next().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > limit => {
                    unreadable = Some(too_large(limit));
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Err(error) if platform::is_corrupt(&error) => {
                    unreadable = Some("its compression is broken".to_owned());
                }
                Err(error) if status.is_success() => return failed(error),
                // After a failure the status says enough; what came of the body is kept.
                Ok(None) | Err(_) => break,
            }
        }
        let answer = Answer {
            status,
            headers,
            body: body.freeze(),
            attempts,
            elapsed: prepared.started.elapsed(),
        };
        let result = if !status.is_success() {
            let secret = self.inner().api_key.to_str().unwrap_or_default();
            Err(Error::Api(Box::new(ApiError::new(
                operation,
                answer,
                said.wait(),
                secret,
            ))))
        } else if let Some(message) = unreadable {
            let misfit = Misfit {
                path: ".".to_owned(),
                message,
            };
            Err(Error::decode(operation, answer, misfit))
        } else {
            Ok(answer)
        };
        (result, said)
    }

    /// Hands a request to the network.
    async fn exchange(
        &self,
        request: reqwest::Request,
    ) -> Result<reqwest::Response, reqwest::Error> {
        #[cfg(test)]
        if let Some(network) = &self.inner().network {
            return Ok(network(request).await);
        }
        self.inner().http.execute(request).await
    }
}

/// Stands for the network in tests: sockets don't go with a clock that stands still.
#[cfg(test)]
pub(crate) type Network = Box<
    dyn Fn(reqwest::Request) -> std::pin::Pin<Box<dyn Future<Output = reqwest::Response> + Send>>
        + Send
        + Sync,
>;

impl Prepared {
    /// The error that the caller gets. Only a create does harm when it is done twice; everything else
    /// the caller may repeat.
    fn outcome(&self, error: Error, may_be_done: bool) -> Error {
        if may_be_done && self.method == Method::POST {
            Error::OutcomeUnknown(Box::new(error))
        } else {
            error
        }
    }

    /// The limit of the next attempt.
    fn time_left(&self) -> Duration {
        match self.deadline {
            None => self.timeout,
            Some(deadline) => self
                .timeout
                .min(deadline.saturating_duration_since(Instant::now())),
        }
    }

    fn has_time_for(&self, wait: Duration) -> bool {
        self.deadline
            .is_none_or(|deadline| wait < deadline.saturating_duration_since(Instant::now()))
    }
}

fn too_large(limit: usize) -> String {
    format!("the answer is larger than the limit of {limit} bytes")
}

/// Whether the body is still compressed or the like.
fn is_encoded(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_ENCODING)
        .map(|coding| coding.as_bytes().trim_ascii())
        .is_some_and(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity"))
}

fn milliseconds_now() -> u64 {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
