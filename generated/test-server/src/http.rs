//! The HTTP server.

use std::{
    io,
    net::TcpListener,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response, body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use tokio::sync::watch;

use crate::{
    document::{Catalogue, Operation},
    fault::{Fault, Faults},
    handler::{self, ParsedRequest},
    quota::{Usage, Window},
    refusal::{Refusal, error_body},
    request::ReceivedRequest,
    store::Store,
};

/// The header with the key.
const API_KEY_HEADER: &str = "x-api-key";

/// The valid key.
pub(crate) const KEY: &str = "heffl_user_test";

/// The state that all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    catalogue: Catalogue,
    state: Mutex<State>,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) store: Store,
    pub(crate) quota: Window,
    pub(crate) faults: Faults,
    pub(crate) received: Vec<ReceivedRequest>,
}

impl Shared {
    pub(crate) fn new(catalogue: Catalogue, store: Store, quota: Window) -> Self {
        Self {
            catalogue,
            state: Mutex::new(State {
                store,
                quota,
                faults: Faults::default(),
                received: Vec::new(),
            }),
        }
    }

    pub(crate) fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves until `stop` is sent, on a thread of its own, so that the program needs no runtime.
pub(crate) fn serve(
    listener: TcpListener,
    shared: Arc<Shared>,
    mut stop: watch::Receiver<bool>,
) -> io::Result<std::thread::JoinHandle<()>> {
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()?;
    std::thread::Builder::new()
        .name("heffl-test-server".to_owned())
        .spawn(move || {
            runtime.block_on(async move {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
                    return;
                };
                loop {
                    let connection = tokio::select! {
                        connection = listener.accept() => connection,
                        _ = stop.changed() => return,
                    };
                    if let Ok((stream, _)) = connection {
                        tokio::spawn(connection_loop(stream, Arc::clone(&shared)));
                    }
                }
            });
        })
}

async fn connection_loop(stream: tokio::net::TcpStream, shared: Arc<Shared>) {
    let service = service_fn(move |request| respond(request, Arc::clone(&shared)));
    // An error is a connection that ended, for example by a fault.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn respond(
    request: Request<Incoming>,
    shared: Arc<Shared>,
) -> Result<Response<Full<Bytes>>, io::Error> {
    let (mut head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let segments: Vec<String> = head
        .uri
        .path()
        .split('/')
        .skip(2)
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
        .collect();
    let query = head.uri.query().unwrap_or_default().as_bytes();
    let query: Vec<(String, String)> = url::form_urlencoded::parse(query).into_owned().collect();
    let parsed = ParsedRequest {
        method: head.method.as_str(),
        segments: &segments,
        query: query.iter().cloned().collect(),
        body: &body,
    };
    let key = head.headers.get_mut(API_KEY_HEADER).map(|key| {
        key.set_sensitive(true);
        key.as_bytes() == KEY.as_bytes()
    });
    let key = match key {
        Some(true) => Ok(()),
        Some(false) => Err(Refusal::WrongKey),
        None => Err(Refusal::MissingKey),
    };
    let found = handler::find(&shared.catalogue, &parsed);
    let operation = found
        .as_ref()
        .ok()
        .map(|(operation, _)| operation.id.clone());
    let fault = operation
        .as_deref()
        .and_then(|id| shared.state().faults.take(id));
    if let Some(Fault::Delay(wait)) = &fault {
        tokio::time::sleep(*wait).await;
    }
    let mut state = shared.state();
    let reply = reply(&mut state, &shared.catalogue, &parsed, found, fault, key);
    state.received.push(ReceivedRequest {
        operation,
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query,
        headers: head.headers,
        body: body.clone(),
        status: reply.as_ref().map(|reply| reply.status),
    });
    drop(state);
    match reply {
        Some(reply) => reply.into_response(),
        // An error closes the connection without a response.
        None => Err(io::ErrorKind::ConnectionReset.into()),
    }
}

/// The response; `None` if the connection breaks instead.
fn reply(
    state: &mut State,
    catalogue: &Catalogue,
    request: &ParsedRequest<'_>,
    found: Result<(&Operation, Vec<String>), Refusal>,
    fault: Option<Fault>,
    key: Result<(), Refusal>,
) -> Option<Reply> {
    let version = request.segments.first().map_or("v2", String::as_str);
    let refuse = |refusal: &Refusal, usage| {
        let (status, body) = refusal.response(version);
        Some(Reply::json(status, &body, usage))
    };
    if let Err(refusal) = key {
        return refuse(&refusal, None);
    }
    let usage = match state.quota.count(1, Instant::now()) {
        Ok(usage) => usage,
        Err(usage) => return refuse(&Refusal::TooManyRequests, Some(usage)),
    };
    match fault {
        Some(Fault::CutBefore) => return None,
        Some(Fault::Status(status)) => {
            return Some(Reply::json(status, &failure(version, status), usage));
        }
        Some(Fault::QuotaUsedUp { reset }) => {
            let usage = Usage {
                limit: usage.map_or(0, |usage| usage.limit),
                remaining: 0,
                reset,
            };
            return refuse(&Refusal::TooManyRequests, Some(usage));
        }
        _ => {}
    }
    let done = found.and_then(|(operation, path)| {
        handler::handle(&mut state.store, catalogue, operation, &path, request)
    });
    match (fault, done) {
        (Some(Fault::CutAfter), _) => None,
        (Some(Fault::Response(body)), _) => Some(Reply {
            status: 200,
            body,
            usage,
        }),
        (_, Ok(value)) => Some(Reply::json(200, &value, usage)),
        (_, Err(refusal)) => refuse(&refusal, usage),
    }
}

/// The error body for a status, for a fault.
fn failure(version: &str, status: u16) -> Value {
    let code = match status {
        400 => "BAD_REQUEST",
        401 => "UNAUTHORIZED",
        403 => "FORBIDDEN",
        404 => "NOT_FOUND",
        409 => "CONFLICT",
        429 => "TOO_MANY_REQUESTS",
        _ => "INTERNAL_SERVER_ERROR",
    };
    error_body(version, code, "A test requested this fault.", None)
}

struct Reply {
    status: u16,
    body: Bytes,
    usage: Option<Usage>,
}

impl Reply {
    fn json(status: u16, value: &Value, usage: Option<Usage>) -> Self {
        Self {
            status,
            body: value.to_string().into(),
            usage,
        }
    }

    fn into_response(self) -> Result<Response<Full<Bytes>>, io::Error> {
        let mut response = Response::builder()
            .status(self.status)
            .header("content-type", "application/json");
        if let Some(usage) = self.usage {
            response = response
                .header("RateLimit-Limit", usage.limit)
                .header("RateLimit-Remaining", usage.remaining)
                .header("RateLimit-Reset", usage.reset);
        }
        response
            .body(Full::new(self.body))
            .map_err(io::Error::other)
    }
}
