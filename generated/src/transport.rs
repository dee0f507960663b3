//! One request and its answer.

use bytes::{Bytes, BytesMut};
use reqwest::{
    Method, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT},
};

use crate::{ApiError, Client, Error, Operation, client::API_KEY_HEADER, request::Request};

/// What the server answered, read to the end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Client {
    /// Sends a request once. An answer that comes back is one of success.
    pub(crate) async fn execute(
        &self,
        operation: &'static Operation,
        request: Request,
    ) -> Result<Answer, Error> {
        let url = request.url(self.base_url(), operation)?;
        let method = Method::from_bytes(operation.method.as_bytes()).map_err(|_| {
            Error::invalid_request(format!("{} is no HTTP method", operation.method))
        })?;
        let mut headers = HeaderMap::with_capacity(4 + request.headers.len());
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, self.user_agent().clone());
        headers.extend(request.headers);
        headers.insert(API_KEY_HEADER, self.api_key().clone());
        let mut builder = self
            .http()
            .request(method, url)
            .timeout(request.timeout.unwrap_or(self.timeout()));
        if let Some(body) = request.body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            builder = builder.body(body);
        }
        let failed = |error| Error::transport(operation, error);
        let mut response = builder.headers(headers).send().await.map_err(failed)?;

        let status = response.status();
        let mut headers = std::mem::take(response.headers_mut());
        if let Some(cookies) = headers.get_mut(reqwest::header::SET_COOKIE) {
            cookies.set_sensitive(true);
        }
        let mut body = BytesMut::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Err(error) if status.is_success() => return Err(failed(error)),
                // After a failure the status says enough; what came of the body is kept.
                Ok(None) | Err(_) => break,
            }
        }
        let answer = Answer {
            status,
            headers,
            body: body.freeze(),
        };
        if status.is_success() {
            Ok(answer)
        } else {
            let secret = self.api_key().to_str().unwrap_or_default();
            Err(Error::Api(Box::new(ApiError::new(
                operation, answer, secret,
            ))))
        }
    }
}
