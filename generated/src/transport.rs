//! Sends requests with the HTTP client, or with a transport of the program.

use std::{error::Error as StdError, io, iter, sync::Arc};

use url::Url;

use crate::{
    base_url,
    error::{BoxError, Error, causes},
    operation::Operation,
    platform::{self, BoxFuture, HttpSettings},
    retry::{self, Outcome},
};

/// The sender of requests.
#[derive(Clone)]
pub(crate) enum Transport {
    Http(reqwest::Client),
    /// A transport of the program.
    Custom(Arc<CustomTransport>),
}

pub(crate) type CustomTransport =
    dyn Fn(reqwest::Request) -> BoxFuture<Result<reqwest::Response, BoxError>> + Send + Sync;

impl Transport {
    pub(crate) async fn send(
        &self,
        operation: &Operation,
        request: reqwest::Request,
    ) -> Result<reqwest::Response, BoxError> {
        match self {
            Self::Custom(send) => send(request).await,
            Self::Http(client) => {
                // Other requests may be sent again if the connection was closed, so they need no check.
                if retry::creates(operation) {
                    platform::notice_closed_connections().await;
                }
                Ok(client.execute(request).await?)
            }
        }
    }
}

/// The settings of transports, for async and for blocking calls.
#[derive(Default)]
pub(crate) struct Connections {
    pub(crate) custom: Option<Arc<CustomTransport>>,
    pub(crate) http: HttpSettings,
}

impl Connections {
    /// The transport that was given, or a new HTTP client.
    pub(crate) fn connect(&self, base_url: &Url) -> Result<Transport, Error> {
        let Some(custom) = &self.custom else {
            let is_loopback = base_url::is_loopback(base_url);
            return platform::http_client(&self.http, base_url, is_loopback).map(Transport::Http);
        };
        let http = &self.http;
        if http.connect_timeout.is_some() || http.proxy.is_some() || http.configure.is_some() {
            return Err(Error::config(
                "a transport replaces the HTTP client, so remove `connect_timeout`, `proxy` and `http`",
            ));
        }
        Ok(Transport::Custom(Arc::clone(custom)))
    }
}

/// The error of a call for an error of its transport. If it is not an error of the HTTP client, the server
/// may have processed the request.
pub(crate) fn failure(source: BoxError) -> Error {
    let source: BoxError = match source.downcast::<reqwest::Error>() {
        Ok(error) => error.without_url().into(),
        Err(source) => source,
    };
    let all = || {
        let first: &(dyn StdError + 'static) = source.as_ref();
        iter::once(first).chain(causes(first))
    };
    let http: Option<&reqwest::Error> = all().find_map(|cause| cause.downcast_ref());
    let is_connect = http.is_some_and(platform::is_connect);
    let outcome = match http {
        Some(http) if http.is_builder() => Outcome::Final,
        Some(http) if is_connect || platform::is_unprocessed(http) => Outcome::Refused,
        _ => Outcome::Unknown,
    };
    let is_late = |error: &io::Error| error.kind() == io::ErrorKind::TimedOut;
    let is_timeout = match http {
        Some(http) => http.is_timeout(),
        None => all().filter_map(|cause| cause.downcast_ref()).any(is_late),
    };
    Error::transport(source, is_timeout, is_connect, outcome)
}
