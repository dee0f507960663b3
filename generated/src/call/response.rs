//! Answers with what came around them.

use std::{fmt, time::Duration};

use bytes::Bytes;
use reqwest::header::HeaderMap;

use crate::transport::Answer;

/// An answer with what came around it.
#[derive(Clone)]
#[non_exhaustive]
pub struct Response<T> {
    /// The answer.
    pub value: T,
    /// HTTP status.
    pub status: u16,
    /// Headers of the answer.
    pub headers: HeaderMap,
    /// Body of the answer as it came.
    pub body: Bytes,
    /// How often the request was sent.
    pub attempts: u32,
    /// From the call to the last byte of the answer, waits included.
    pub elapsed: Duration,
}

impl<T> Response<T> {
    pub(crate) fn new(value: T, answer: Answer) -> Self {
        Self {
            value,
            status: answer.status.as_u16(),
            headers: answer.headers,
            body: answer.body,
            attempts: answer.attempts,
            elapsed: answer.elapsed,
        }
    }

    /// The identifier that the server, or what stands before it, gave to the request; see
    /// [`Error::request_id`](crate::Error::request_id).
    pub fn request_id(&self) -> Option<&str> {
        crate::error::request_id(&self.headers)
    }
}

impl<T> fmt::Debug for Response<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Response")
            .field("status", &self.status)
            .field("attempts", &self.attempts)
            .field("elapsed", &self.elapsed)
            .field("body_length", &self.body.len())
            .finish_non_exhaustive()
    }
}
