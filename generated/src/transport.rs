//! From a request to its answer: turns of the quota, attempts, and the waits between them.

use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use reqwest::{
    Method, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT},
};
use tokio::time::{Instant, sleep, timeout_at};
use url::Url;

use crate::{
    ApiError, Client, Error, Operation,
    client::API_KEY_HEADER,
    error::Misfit,
    quota::Permit,
    rate_limit::RateLimit,
    request::Request,
    retry::{Failure, Outcome},
};

/// What the server answered, read to the end.
#[derive(Clone, Debug)]
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
    headers: HeaderMap,
    body: Option<Bytes>,
    timeout: Duration,
    deadline: Option<Instant>,
    started: Instant,
}

impl Client {
    /// Sends a request, again if need be. An answer that comes back is one of success.
    pub(crate) async fn execute(
        &self,
        operation: &'static Operation,
        request: Request,
    ) -> Result<Answer, Error> {
        let inner = self.inner();
        let policy = request.retry.unwrap_or(inner.retry);
        let priority = request.priority;
        let prepared = self.prepare(operation, request)?;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let turn = inner.quota.acquire(priority);
            let permit = match prepared.deadline {
                None => turn.await,
                Some(deadline) => timeout_at(deadline, turn)
                    .await
                    .map_err(|_| Error::quota_wait(operation, inner.quota.status().next_in))?,
            };
            let (result, said) = self.attempt(&prepared, attempts, permit).await;
            let error = match result {
                Ok(answer) => {
                    inner.budget.reward();
                    return Ok(answer);
                }
                Err(error) => error,
            };
            let failure = Failure::of(&error, said);
            let wait = policy.next(&prepared.method, attempts, &failure, fastrand::f64());
            match wait.filter(|wait| prepared.has_time_for(*wait) && inner.budget.take()) {
                Some(wait) => sleep(wait).await,
                None => return Err(prepared.give_up(error, &failure)),
            }
        }
    }

    fn prepare(&self, operation: &'static Operation, request: Request) -> Result<Prepared, Error> {
        let inner = self.inner();
        let url = request.url(&inner.base_url, operation)?;
        let method = Method::from_bytes(operation.method.as_bytes()).map_err(|_| {
            Error::invalid_request(format!("{} is no HTTP method", operation.method))
        })?;
        let mut headers = HeaderMap::with_capacity(4 + request.headers.len());
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, inner.user_agent.clone());
        headers.extend(request.headers);
        headers.insert(API_KEY_HEADER, inner.api_key.clone());
        if request.body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let started = Instant::now();
        Ok(Prepared {
            operation,
            method,
            url,
            headers,
            body: request.body,
            timeout: request.timeout.unwrap_or(inner.timeout),
            deadline: request
                .deadline
                .or(inner.deadline)
                .map(|limit| started + limit),
            started,
        })
    }

    /// Sends once. What the answer says of the quota comes back in either case.
    async fn attempt(
        &self,
        prepared: &Prepared,
        attempts: u32,
        permit: Permit<'_>,
    ) -> (Result<Answer, Error>, RateLimit) {
        let operation = prepared.operation;
        let failed = |error| {
            (
                Err(Error::transport(operation, error)),
                RateLimit::default(),
            )
        };
        let mut builder = self
            .inner()
            .http
            .request(prepared.method.clone(), prepared.url.clone())
            .headers(prepared.headers.clone())
            .timeout(prepared.time_left());
        if let Some(body) = &prepared.body {
            builder = builder.body(body.clone());
        }
        let mut response = match builder.send().await {
            Ok(response) => response,
            Err(error) => return failed(error),
        };
        let status = response.status();
        let mut headers = std::mem::take(response.headers_mut());
        let said = RateLimit::read(&headers, milliseconds_now());
        permit.answered(&said, status == StatusCode::TOO_MANY_REQUESTS);
        if let Some(cookies) = headers.get_mut(reqwest::header::SET_COOKIE) {
            cookies.set_sensitive(true);
        }
        let limit = self.inner().answer_limit;
        let mut too_large = response
            .content_length()
            .is_some_and(|length| length > limit as u64);
        let mut body = BytesMut::new();
        while !too_large {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > limit => too_large = true,
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
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
        } else if too_large {
            let misfit = Misfit {
                path: ".".to_owned(),
                message: format!("the answer is larger than the limit of {limit} bytes"),
            };
            Err(Error::decode(operation, answer, misfit))
        } else {
            Ok(answer)
        };
        (result, said)
    }
}

impl Prepared {
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
            .is_none_or(|deadline| Instant::now() + wait < deadline)
    }

    /// The error that the caller gets.
    fn give_up(&self, error: Error, failure: &Failure) -> Error {
        // Only a create does harm when it is done twice; everything else the caller may repeat.
        if failure.outcome == Outcome::Unknown && self.method == Method::POST {
            Error::OutcomeUnknown(Box::new(error))
        } else {
            error
        }
    }
}

fn milliseconds_now() -> u64 {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
