//! Responses with their status, headers and body.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{StatusCode, header::HeaderMap};

use crate::text::debug_fields;

/// A response that was received completely.
#[derive(Clone, Debug, Default)]
pub(crate) struct RawResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// How often the request was sent.
    pub(crate) attempts: u32,
    /// From the call to the last byte of the response, waits included.
    pub(crate) elapsed: Duration,
}

/// A response with its status, headers and body; from [`Call::send_for_response`](crate::Call::send_for_response).
#[derive(Clone)]
pub struct Response<T> {
    value: T,
    response: RawResponse,
}

impl<T> Response<T> {
    pub(crate) fn new(value: T, response: RawResponse) -> Self {
        Self { value, response }
    }

    /// The value of the response.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Consumes the response, and returns its value.
    pub fn into_value(self) -> T {
        self.value
    }

    /// HTTP status.
    pub fn status(&self) -> u16 {
        self.response.status.as_u16()
    }

    /// Headers of the response.
    pub fn headers(&self) -> &HeaderMap {
        &self.response.headers
    }

    /// Body of the response as it was received.
    pub fn body(&self) -> &Bytes {
        &self.response.body
    }

    /// How often the request was sent.
    pub fn attempts(&self) -> u32 {
        self.response.attempts
    }

    /// The time from the call to the last byte of the response, including waits.
    pub fn elapsed(&self) -> Duration {
        self.response.elapsed
    }

    /// The identifier that the server, or a gateway in front of it, gave to the request; see
    /// [`Error::request_id`](crate::Error::request_id).
    pub fn request_id(&self) -> Option<&str> {
        request_id(self.headers())
    }
}

debug_fields!(impl<T> Response<T>, response => {
    "status": response.status(),
    "attempts": response.attempts(),
    "elapsed": response.elapsed(),
    "body_length": response.body().len(),
});

/// The identifier that the server, or a gateway before it, gave to the request.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    const HEADERS: &str = "x-request-id request-id x-correlation-id x-amzn-requestid cf-ray";
    HEADERS
        .split(' ')
        .find_map(|name| headers.get(name)?.to_str().ok())
}
