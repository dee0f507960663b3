//! A transport of the program's own in place of the HTTP client: everything else works in the same way.

use std::{
    convert::Infallible,
    error::Error as StdError,
    fmt,
    future::pending,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures_util::stream;
use heffl::{
    Client, ClientBuilder, ClientId, DealId, Error, ErrorKind, Hook, PipelineId, RetryPolicy,
    hook::{BoxError, RequestParts},
    reqwest::{self, Body, Request, Response},
    v2::{CreateDeal, Deal},
};
use heffl_tests::server::{ClosedPort, Reply, Server};
use tower::{ServiceBuilder, ServiceExt as _, service_fn};

const KEY: &str = "s3cr3t-key";
const DEAL: &str = r#"{"id": "dl_1", "title": "Refit"}"#;

fn builder() -> ClientBuilder {
    let retry = RetryPolicy::new().base_delay(Duration::from_millis(1));
    Client::builder().api_key(KEY).retry(retry)
}

fn response(status: u16, body: impl Into<Body>) -> Response {
    let response = http::Response::builder().status(status);
    response.body(body.into()).unwrap().into()
}

/// Returns the responses in turn, and records the requests.
#[derive(Clone, Default)]
struct Canned {
    responses: Arc<Mutex<Vec<Response>>>,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Canned {
    fn new(responses: impl IntoIterator<Item = Response>) -> Self {
        let mut responses: Vec<_> = responses.into_iter().collect();
        responses.reverse();
        Self {
            responses: Arc::new(Mutex::new(responses)),
            requests: Arc::default(),
        }
    }

    fn client(&self, builder: ClientBuilder) -> Client {
        let canned = self.clone();
        let transport = move |request| {
            canned.requests.lock().unwrap().push(request);
            let response = canned.responses.lock().unwrap().pop().unwrap();
            async { Ok::<_, Infallible>(response) }
        };
        builder.transport(transport).build().unwrap()
    }
}

async fn get(client: &Client) -> Result<Deal, Error> {
    client.v2().deals().get(DealId::new("dl_1")).await
}

async fn create(client: &Client) -> Result<Deal, Error> {
    let body = CreateDeal::new("Refit", ClientId::new("clt_1"), PipelineId::new("dpl_1"));
    client.v2().deals().create(body).await
}

#[tokio::test]
async fn a_made_up_response_is_read_without_a_socket() {
    let canned = Canned::new([response(200, DEAL), response(200, DEAL)]);
    let client = canned.client(builder());
    assert_eq!(get(&client).await.unwrap().title.as_deref(), Some("Refit"));
    create(&client).await.unwrap();
    let requests = canned.requests.lock().unwrap();
    let [get, create] = &requests[..] else {
        panic!("{requests:?}")
    };
    assert_eq!(
        (get.method().as_str(), get.url().as_str()),
        ("GET", "https://api.heffl.com/api/v2/deals/dl_1")
    );
    assert_eq!(get.headers()["x-api-key"], KEY);
    assert!(!format!("{get:?}").contains(KEY));
    let body = create.body().unwrap().as_bytes().unwrap();
    let body: serde_json::Value = serde_json::from_slice(body).unwrap();
    assert_eq!(body["title"], "Refit");
}

#[test]
fn a_made_up_response_is_read_without_async() {
    let client = Canned::new([response(200, DEAL)]).client(builder());
    let deal = client.v2().deals().get(DealId::new("dl_1"));
    assert_eq!(deal.send_blocking().unwrap().id.as_str(), "dl_1");
}

struct Stamp;

impl Hook for Stamp {
    async fn before_attempt(&self, request: &mut RequestParts<'_>) -> Result<(), BoxError> {
        assert!(!request.headers().contains_key("x-api-key"));
        let attempt = request.attempt().to_string();
        request.set_header("x-attempt", &attempt)?;
        Ok(())
    }
}

#[tokio::test]
async fn quota_retries_hooks_and_limits_apply() {
    let refusal = || {
        let refusal = http::Response::builder().status(429);
        let refusal = refusal.header("retry-after", "0");
        Response::from(refusal.body("").unwrap())
    };
    let large = "x".repeat(2000);
    let canned = Canned::new([refusal(), response(200, DEAL), response(200, large)]);
    let client = canned.client(builder().hook(Stamp).response_limit(1000).rate_limit(9));
    get(&client).await.unwrap();
    assert_eq!(client.quota().used(), 2);
    let error = get(&client).await.unwrap_err();
    assert!(error.to_string().contains("limit of 1000 bytes"), "{error}");
    let requests = canned.requests.lock().unwrap();
    let stamps: Vec<_> = requests
        .iter()
        .map(|request| &request.headers()["x-attempt"])
        .collect();
    assert_eq!(stamps, ["1", "2", "1"]);
}

#[tokio::test]
async fn responses_with_an_error_are_distinguished_from_others() {
    let client = Canned::new([response(404, "{}")]).client(builder());
    assert!(get(&client).await.unwrap_err().is_not_found());
    let client = Canned::new([response(503, "")]).client(builder());
    assert!(create(&client).await.unwrap_err().is_outcome_unknown());
}

#[tokio::test]
async fn a_transport_that_never_responds_ends_with_a_timeout() {
    let limit = Duration::from_millis(50);
    let builder = || builder().timeout(limit).retry(RetryPolicy::never());
    let head = builder().transport(|_| pending::<Result<Response, Infallible>>());
    // A body that starts and never ends.
    let body = builder().transport(async |_| {
        let begins = stream::iter([Ok::<_, Infallible>("{\"id\":")]);
        let body = futures_util::StreamExt::chain(begins, stream::pending());
        Ok::<_, Infallible>(response(200, Body::wrap_stream(body)))
    });
    for client in [head, body] {
        let client = client.build().unwrap();
        let error = get(&client).await.unwrap_err();
        assert!(error.is_timeout() && error.is_retryable(), "{error}");
        assert_eq!(error.to_string(), "getDeal: no response in time");
        let error = create(&client).await.unwrap_err();
        assert!(error.is_timeout() && error.is_outcome_unknown(), "{error}");
    }
}

/// An error that wraps another.
#[derive(Debug)]
struct Wrapped(BoxError);

impl fmt::Display for Wrapped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the transport failed")
    }
}

impl StdError for Wrapped {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(self.0.as_ref())
    }
}

async fn no_connection() -> reqwest::Error {
    let closed = ClosedPort::reserve();
    let address = format!("{}/?secret=s3cret", closed.url());
    reqwest::get(address).await.unwrap_err()
}

#[tokio::test]
async fn errors_are_classified_by_their_type() {
    type Make = fn(reqwest::Error) -> BoxError;
    let direct: Make = Into::into;
    let wrapped: Make = |error| Wrapped(Wrapped(error.into()).into()).into();
    let other: Make = |_| "some other error".into();
    let io: Make = |_| Wrapped(io::Error::from(io::ErrorKind::TimedOut).into()).into();
    for (name, make, is_connect, is_timeout) in [
        ("direct", direct, true, false),
        ("wrapped", wrapped, true, false),
        ("other", other, false, false),
        ("timeout", io, false, true),
    ] {
        let attempts = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&attempts);
        let transport = move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
            async move { Err(make(no_connection().await)) }
        };
        let client = builder().transport(transport).build().unwrap();
        let error = get(&client).await.unwrap_err();
        // A read is always sent again, and a create if it was certainly not processed.
        assert_eq!(attempts.swap(0, Ordering::Relaxed), 4, "{name}");
        assert_eq!(error.is_timeout(), is_timeout, "{name}: {error}");
        assert!(error.is_retryable(), "{name}: {error}");
        let error = create(&client).await.unwrap_err();
        let expected = if is_connect { 4 } else { 1 };
        assert_eq!(attempts.load(Ordering::Relaxed), expected, "{name}");
        assert_eq!(error.is_outcome_unknown(), !is_connect, "{name}: {error}");
        assert!(error.source().is_some(), "{name}");
        if name == "direct" {
            assert!(
                !format!("{error:#} {error:?}").contains("s3cret"),
                "{error:#}"
            );
        }
    }
}

#[tokio::test]
async fn a_truncated_body_is_not_reported_as_broken_compression() {
    let client = builder().retry(RetryPolicy::never()).transport(async |_| {
        let broken = io::Error::from(io::ErrorKind::ConnectionReset);
        let body = stream::iter([Ok("{\"id\":"), Err(broken)]);
        Ok::<_, Infallible>(response(200, Body::wrap_stream(body)))
    });
    let client = client.build().unwrap();
    let error = get(&client).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Transport, "{error}");
    assert!(create(&client).await.unwrap_err().is_outcome_unknown());
}

#[tokio::test]
async fn a_finished_http_client_is_shared() {
    let server = Server::start([Reply::json(200, DEAL)]).await;
    let note = [("x-note".parse().unwrap(), "own".parse().unwrap())];
    let http = reqwest::Client::builder()
        .default_headers(note.into_iter().collect())
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let shared = http.clone();
    let client = server
        .builder(KEY)
        .transport(move |request| shared.execute(request));
    get(&client.build().unwrap()).await.unwrap();
    assert_eq!(server.only().header("x-note"), ["own"]);
    assert_eq!(server.only().header("x-api-key"), [KEY]);
    drop(http);
}

#[tokio::test]
async fn a_tower_service_is_a_transport() {
    let server = Server::start([Reply::json(200, DEAL)]).await;
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let service = ServiceBuilder::new()
        .timeout(Duration::from_secs(20))
        .map_request(|mut request: Request| {
            let layer = "tower".parse().unwrap();
            request.headers_mut().insert("x-layer", layer);
            request
        })
        .service(http.build().unwrap());
    let client = server
        .builder(KEY)
        .transport(move |request| service.clone().oneshot(request))
        .build()
        .unwrap();
    get(&client).await.unwrap();
    assert_eq!(server.only().header("x-layer"), ["tower"]);
    assert_eq!(server.only().header("x-api-key"), [KEY]);

    // The timeout of the service is an error like any other.
    let silent = service_fn(async |_: Request| pending::<Result<Response, Infallible>>().await);
    let service = ServiceBuilder::new().timeout(Duration::from_millis(10));
    let service = service.service(silent);
    let client = builder()
        .transport(move |request| service.clone().oneshot(request))
        .build()
        .unwrap();
    let error = create(&client).await.unwrap_err();
    assert!(error.is_outcome_unknown(), "{error}");
    assert!(format!("{error:#}").contains("timed out"), "{error:#}");
}

#[test]
fn settings_of_the_http_client_are_refused_with_a_transport() {
    let transport = async |_| Err(io::Error::other("no network"));
    let second = Duration::from_secs(1);
    for builder in [
        builder().http(|http| http),
        builder().proxy("http://127.0.0.1:9"),
        builder().connect_timeout(second),
    ] {
        let error = builder.transport(transport).build().unwrap_err();
        assert!(error.kind() == ErrorKind::Config, "{error}");
        for setting in ["`connect_timeout`", "`proxy`", "`http`"] {
            assert!(error.to_string().contains(setting), "{error}");
        }
    }
}

/// A request that is not sent is not counted, and dropping a call drops the future of its transport.
#[tokio::test]
async fn dropping_a_call_drops_the_future_of_the_transport() {
    struct Dropped(Arc<AtomicU32>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let dropped = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&dropped);
    let transport = move |_| {
        let guard = Dropped(Arc::clone(&counter));
        async move {
            let _guard = guard;
            pending::<Result<Response, Infallible>>().await
        }
    };
    let client = builder().transport(transport).build().unwrap();
    let given_up = tokio::time::timeout(Duration::from_millis(20), get(&client)).await;
    assert!(given_up.is_err());
    assert_eq!(dropped.load(Ordering::Relaxed), 1);
}
