//! Sends a request until there is a response: permits of the quota, attempts, and the waits between them.

use std::{borrow::Cow, future::poll_fn, io, pin::pin, sync::Arc, task::Poll, time::Duration};

use bytes::{Bytes, BytesMut};
use reqwest::{
    Method, StatusCode,
    header::{
        ACCEPT, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT,
    },
};
use url::Url;

use crate::key_locks::KeyLocks;
use crate::{
    base_url,
    deviation::OnDeviation,
    error::{BoxError, Error},
    hook::{AttemptInfo, Hooks, Moment, RequestParts},
    json::Refusal,
    multipart::Streams,
    operation::Operation,
    platform::{self, Instant, in_task, sleep, sleep_until},
    quota::{Permit, Quota},
    rate_limit::RateLimit,
    request::Request,
    response::RawResponse,
    retry::{self, Budget, Outcome, RetryPolicy},
    trace::{self, Span},
    transport::{self, Transport},
};
#[cfg(feature = "blocking")]
use crate::{blocking::Worker, platform::BoxFuture, transport::Connections};

/// The largest initial capacity for a body. It grows as the body arrives.
const INITIAL_CAPACITY: usize = 64 << 10;

/// If a hook takes longer than this, its call gives the permit back: the permit is for a window of the server that
/// may have ended.
const LONG_HOOK: Duration = Duration::from_secs(1);

/// The state that all clones of a client share.
pub(crate) struct Engine {
    pub(crate) base_url: Url,
    pub(crate) api_key: HeaderValue,
    pub(crate) user_agent: HeaderValue,
    /// The time limit of one attempt.
    pub(crate) timeout: Duration,
    /// The time limit of a call, including waits and repeated attempts.
    pub(crate) deadline: Option<Duration>,
    pub(crate) retry: RetryPolicy,
    pub(crate) budget: Budget,
    pub(crate) quota: Quota,
    /// Locks of the keys that are being found or created.
    pub(crate) key_locks: KeyLocks,
    /// The largest size of a response, in bytes.
    pub(crate) response_limit: usize,
    pub(crate) hooks: Hooks,
    pub(crate) transport: Transport,
    #[cfg(feature = "blocking")]
    pub(crate) connections: Connections,
    #[cfg(feature = "blocking")]
    pub(crate) worker: Worker,
    pub(crate) on_deviation: Option<Arc<OnDeviation>>,
}

/// A request that is ready for every attempt.
struct Prepared {
    engine: Arc<Engine>,
    operation: Operation,
    method: Method,
    url: Url,
    /// The headers of the call.
    headers: HeaderMap,
    body: Option<Bytes>,
    streams: Streams,
    timeout: Duration,
    deadline: Option<Instant>,
    started: Instant,
}

impl Engine {
    /// The base URL of an operation.
    pub(crate) fn server(&self, operation: &Operation) -> Cow<'_, Url> {
        base_url::of(&self.base_url, operation)
    }

    /// Sends a request, and repeats it if necessary. A returned response is a success. `started` is when the call
    /// began, so that the clock is not read again. `sent` counts the attempts.
    pub(crate) async fn execute(
        self: &Arc<Self>,
        operation: &Operation,
        request: Request,
        started: Instant,
        sent: &mut u32,
    ) -> Result<RawResponse, Error> {
        let policy = request.retry.unwrap_or(self.retry);
        let (quota, priority) = (&self.quota, request.priority);
        let timeout = request.timeout.unwrap_or(self.timeout);
        let limit = request.deadline.or(self.deadline);
        // A limit beyond the range of the clock has no effect.
        let deadline = limit.and_then(|limit| started.checked_add(limit));
        let prepared = Arc::new(Prepared {
            engine: Arc::clone(self),
            operation: operation.clone(),
            url: request.url(&self.base_url, operation)?,
            // An invalid method is reported together with the URL, so the default is never sent.
            method: Method::from_bytes(operation.method().as_bytes()).unwrap_or_default(),
            headers: request.headers,
            body: request.body,
            streams: request.streams,
            timeout,
            deadline,
            started,
        });
        let mut attempts = 0;
        let mut queued_at = started;
        // The result of the last attempt, which the caller gets if there is no time for another attempt.
        let mut failed: Option<Error> = None;
        let mut may_be_done = false;
        let mut log = trace::quota_wait(operation);
        loop {
            let mut permit_for = async |again| {
                let permit = quota.acquire(priority, again, timeout, deadline, &mut log);
                let late = |wait| Error::quota_wait(operation, wait);
                let permit = permit.await;
                permit.map_err(|wait| failed.take().unwrap_or_else(|| late(wait)))
            };
            let mut permit = permit_for(attempts > 0).await?;
            attempts += 1;
            let headers = in_time(deadline, prepared.headers(attempts))
                .await
                .unwrap_or_else(|late| Err(prepared.failed(attempts - 1, late)))
                .map_err(|error| error.with_outcome(operation, may_be_done))?;
            if !self.hooks.is_empty() && permit.taken_at.elapsed() >= LONG_HOOK {
                drop(permit);
                permit = permit_for(true).await?;
            }
            *sent = attempts;
            let begun = permit.taken_at;
            let waited = begun.saturating_duration_since(queued_at);
            let span = Span::attempt(operation, &self.server(operation), attempts, waited);
            let attempt = span.around(Arc::clone(&prepared).attempt(headers, attempts, permit));
            let result = if retry::creates(operation) {
                // A create runs in a task, so that its response is received even if the caller does not poll: if the
                // response came too late, the create could not be repeated. A task costs more than a poll, so other
                // requests run without a task.
                in_task(operation, attempt, false).await
            } else {
                attempt.await
            };
            span.end(result.as_ref().map(|response| response.status.as_u16()));
            let ended = |result, retry_in| {
                self.hooks.call(Moment::AfterAttempt(AttemptInfo {
                    operation,
                    attempt: attempts,
                    result,
                    waited,
                    elapsed: begun.elapsed(),
                    retry_in,
                }))
            };
            let error = match result {
                Ok(response) => {
                    self.budget.reward();
                    let hooks = ended(Ok(&response), None).await;
                    // The server has processed the request.
                    hooks.map_err(|panic| panic.with_outcome(operation, true))?;
                    return Ok(response);
                }
                Err(error) => error,
            };
            let outcome = error.outcome();
            let server_wait = error.retry_after();
            may_be_done |= outcome == Outcome::Unknown;
            let error = error.with_outcome(operation, may_be_done);
            let refused = error.is_rate_limited();
            let wait = policy
                .next(operation, attempts, outcome, server_wait, fastrand::f64())
                .filter(|wait| prepared.has_time_for(quota.wait().max(*wait)));
            let is_stream_sent = wait.is_some() && prepared.streams.is_sent();
            let error = error.with_stream_sent(is_stream_sent);
            let wait = wait
                .filter(|_| !is_stream_sent)
                // The quota delays refused requests, so they need no budget.
                .filter(|_| refused || self.budget.take());
            let hooks = ended(Err(&error), wait).await;
            let Some(wait) = wait else {
                return Err(error);
            };
            hooks.map_err(|panic| panic.with_outcome(operation, may_be_done))?;
            trace::retry(operation, attempts, wait, &error);
            if refused {
                // The call waits in the queue for the time beyond the server's `Retry-After`. Otherwise calls that
                // started later would overtake it.
                quota.block(wait);
                sleep(server_wait.unwrap_or_default()).await;
            } else {
                sleep(wait).await;
            }
            failed = Some(error);
            queued_at = Instant::now();
        }
    }

    /// The transport of calls on this thread.
    fn transport(&self) -> &Transport {
        #[cfg(feature = "blocking")]
        if let Some(transport) = self.worker.transport() {
            return transport;
        }
        &self.transport
    }

    /// Runs the call on the thread of blocking calls, and waits for the result.
    #[cfg(feature = "blocking")]
    pub(crate) fn wait<T: Send + 'static>(
        &self,
        operation: &Operation,
        work: BoxFuture<Result<T, Error>>,
    ) -> Result<T, Error> {
        let connect = || self.connections.connect(&self.base_url);
        self.worker.wait(operation, work, connect)
    }
}

/// The future's output, or an error if the time ends first.
async fn in_time<T>(end: Option<Instant>, future: impl Future<Output = T>) -> Result<T, BoxError> {
    let Some(end) = end else {
        return Ok(future.await);
    };
    let (mut future, mut timer) = (pin!(future), pin!(sleep_until(end)));
    let late = |()| Err(io::Error::from(io::ErrorKind::TimedOut).into());
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Ok(output)),
        Poll::Pending => timer.as_mut().poll(context).map(late),
    })
    .await
}

impl Prepared {
    /// The headers of an attempt. Hooks see them without the key.
    async fn headers(&self, attempt: u32) -> Result<HeaderMap, Error> {
        let engine = &self.engine;
        let mut headers = self.headers.clone();
        // Operations with other content than JSON have set these headers.
        let json = || HeaderValue::from_static("application/json");
        headers.entry(ACCEPT).or_insert_with(json);
        let user_agent = headers.entry(USER_AGENT);
        user_agent.or_insert_with(|| engine.user_agent.clone());
        if self.body.is_some() {
            headers.entry(CONTENT_TYPE).or_insert_with(json);
        } else if [Method::POST, Method::PUT, Method::PATCH].contains(&self.method) {
            // The HTTP client omits this header, and some servers and gateways then respond with 411.
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let request = RequestParts {
            operation: &self.operation,
            attempt,
            method: &self.method,
            url: &self.url,
            headers: &mut headers,
            body: self.body.as_ref().filter(|_| self.streams.is_empty()),
        };
        engine.hooks.call(Moment::BeforeAttempt(request)).await?;
        Ok(headers)
    }

    /// Sends the request once.
    async fn attempt(
        self: Arc<Self>,
        headers: HeaderMap,
        attempts: u32,
        permit: Permit,
    ) -> Result<RawResponse, Error> {
        let (engine, operation) = (&self.engine, &self.operation);
        let failed = |error| self.failed(attempts, error);
        let mut request = reqwest::Request::new(self.method.clone(), self.url.clone());
        *request.headers_mut() = headers;
        *request.body_mut() = self.body.clone().map(|bytes| match &self.streams {
            streams if streams.is_empty() => bytes.into(),
            streams => platform::streamed(bytes, streams.clone()),
        });
        let key = operation.spec().access.key;
        key.add_to(&mut request, &engine.api_key);
        let sent_to = platform::IS_BROWSER.then(|| request.url().clone());
        let transport = engine.transport();
        let is_http = matches!(transport, Transport::Http(_));
        // The program's own transport may have no time limit.
        let ends = [Instant::now().checked_add(self.timeout), self.deadline];
        let end = ends.into_iter().flatten().min();
        let permit = permit.sent();
        let sent = in_time(end, transport.send(operation, request)).await;
        let mut response = sent.flatten().map_err(failed)?;
        let status = response.status();
        let mut headers = std::mem::take(response.headers_mut());
        let rate_limit = RateLimit::read(&headers, platform::unix_time);
        permit.response_received(&rate_limit, status == StatusCode::TOO_MANY_REQUESTS);
        if let Some(cookies) = headers.get_mut(reqwest::header::SET_COOKIE) {
            cookies.set_sensitive(true);
        }
        let limit = engine.response_limit;
        let length = response.content_length().unwrap_or_default();
        let mut unreadable = if sent_to.is_some_and(|url| url != *response.url()) {
            Some("it comes from another address".to_owned())
        } else if length > limit as u64 {
            Some(too_large(limit))
        } else if is_encoded(&headers) && !platform::IS_BROWSER {
            Some("it is compressed in a way that the request does not accept".to_owned())
        } else {
            None
        };
        let mut parts = platform::body(response);
        let room = usize::try_from(length).unwrap_or(usize::MAX);
        let mut body = BytesMut::with_capacity(room.min(limit).min(INITIAL_CAPACITY));
        while unreadable.is_none() {
            let chunk = in_time(end, parts.chunk()).await;
            match chunk.and_then(|chunk| Ok(chunk?)) {
                Ok(Some(chunk)) if body.len() + chunk.len() > limit => {
                    unreadable = Some(too_large(limit));
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                // The cause of an error in a body from the program's own transport is unknown.
                Err(error) if is_http && error.downcast_ref().is_some_and(platform::is_corrupt) => {
                    unreadable = Some("its compression is broken".to_owned());
                }
                Err(error) if status.is_success() => return Err(failed(error)),
                // After a failure the status is sufficient; the received part of the body is kept.
                Ok(None) | Err(_) => break,
            }
        }
        let response = RawResponse {
            status,
            headers,
            body: body.freeze(),
            attempts,
            elapsed: self.started.elapsed(),
        };
        if !status.is_success() {
            // A wait matters only if there is another attempt.
            let is_final = Outcome::of_status(status.as_u16()) == Outcome::Final;
            let wait = rate_limit.wait_after(status).filter(|_| !is_final);
            let secret = engine.api_key.to_str().unwrap_or_default();
            Err(Error::api(operation, response, wait, secret))
        } else if let Some(message) = unreadable {
            let refusal = Refusal::new(message);
            Err(Error::decode(operation, &refusal).of_response(response))
        } else {
            Ok(response)
        }
    }

    /// The error of an attempt without a complete response.
    fn failed(&self, attempts: u32, error: BoxError) -> Error {
        transport::failure(error).sent(&self.operation, attempts, self.started.elapsed())
    }

    fn has_time_for(&self, wait: Duration) -> bool {
        self.deadline
            .is_none_or(|deadline| wait < deadline.saturating_duration_since(Instant::now()))
    }
}

fn too_large(limit: usize) -> String {
    format!("the response is larger than the limit of {limit} bytes")
}

/// Whether the body is still compressed or encoded.
fn is_encoded(headers: &HeaderMap) -> bool {
    let coding = headers.get(CONTENT_ENCODING);
    let coding = coding.map_or(&b""[..], |coding| coding.as_bytes().trim_ascii());
    !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity")
}
