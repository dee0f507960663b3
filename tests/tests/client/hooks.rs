//! Hooks, over real sockets.

use std::{
    error::Error as _,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use heffl::{
    Client, Error, ErrorKind, Hook, RetryPolicy,
    hook::{AttemptInfo, BoxError, CallInfo, RequestParts},
    v2::CreateDeal,
};
use heffl_tests::server::{Reply, Server, get_deal};
use tokio::{sync::mpsc, time::sleep};

const KEY: &str = "s3cr3t-key";
const DEAL: &str = r#"{"id": "dl_1"}"#;

fn deal() -> Reply {
    Reply::json(200, DEAL)
}

fn refused() -> Reply {
    Reply::with_headers(429, &["retry-after: 0", "x-request-id: req_1"], "later")
}

type Log = Arc<Mutex<Vec<String>>>;

/// Records every call of its methods.
struct Watch(&'static str, Log);

impl Watch {
    fn note(&self, line: &str) {
        self.1.lock().unwrap().push(format!("{} {line}", self.0));
    }
}

impl Hook for Watch {
    async fn before_attempt(&self, request: &mut RequestParts<'_>) -> Result<(), BoxError> {
        let (id, attempt) = (request.operation().id(), request.attempt());
        self.note(&format!("before {id} {attempt}"));
        Ok(())
    }

    async fn after_attempt(&self, attempt: &AttemptInfo<'_>) {
        let (id, number, status) = (
            attempt.operation().id(),
            attempt.attempt(),
            attempt.status(),
        );
        let next = attempt.retry_in().is_some();
        self.note(&format!("after {id} {number} {status:?} {next}"));
    }

    async fn after_call(&self, call: &CallInfo<'_>) {
        let (id, attempts, status) = (call.operation().id(), call.attempts(), call.status());
        let failed = call.error().is_some();
        self.note(&format!("call {id} {attempts} {status:?} {failed}"));
    }
}

fn client(server: &Server, hook: impl Hook) -> Client {
    let retry = RetryPolicy::new().base_delay(Duration::from_millis(1));
    server.builder(KEY).retry(retry).hook(hook).build().unwrap()
}

#[tokio::test]
async fn hooks_run_in_order_around_attempts_and_calls() {
    let server = Server::start([refused(), deal()]).await;
    let log = Log::default();
    let retry = RetryPolicy::new().base_delay(Duration::from_millis(1));
    let client = server.builder(KEY).retry(retry);
    let client = client.hook(Watch("a", Arc::clone(&log)));
    let client = client.hook(Watch("b", Arc::clone(&log))).build().unwrap();
    get_deal(&client).await.unwrap();
    assert_eq!(
        *log.lock().unwrap(),
        [
            "a before getDeal 1",
            "b before getDeal 1",
            "a after getDeal 1 Some(429) true",
            "b after getDeal 1 Some(429) true",
            "a before getDeal 2",
            "b before getDeal 2",
            "a after getDeal 2 Some(200) false",
            "b after getDeal 2 Some(200) false",
            "a call getDeal 2 Some(200) false",
            "b call getDeal 2 Some(200) false",
        ]
    );
}

#[tokio::test]
async fn a_call_without_a_method_is_named_by_its_request() {
    let server = Server::start([Reply::json(200, "{}")]).await;
    let log = Log::default();
    let client = client(&server, Watch("a", Arc::clone(&log)));
    let note = client.request::<serde_json::Value>("GET", "/v2/notes/{id}");
    note.path("id", "nt_1").await.unwrap();
    assert_eq!(
        *log.lock().unwrap(),
        [
            "a before GET /v2/notes/{id} 1",
            "a after GET /v2/notes/{id} 1 Some(200) false",
            "a call GET /v2/notes/{id} 1 Some(200) false",
        ]
    );
}

/// The end of a call is reported after a refusal before sending, no response, or a response that cannot be
/// read.
#[tokio::test]
async fn the_end_of_every_call_is_reported_once() {
    for (reply, id, expected) in [
        (deal(), "..", "a call getDeal 0 None true"),
        (
            Reply::json(404, ""),
            "dl_1",
            "a call getDeal 1 Some(404) true",
        ),
        (
            Reply::json(200, "[]"),
            "dl_1",
            "a call getDeal 1 Some(200) true",
        ),
    ] {
        let server = Server::start([reply]).await;
        let log = Log::default();
        let client = client(&server, Watch("a", Arc::clone(&log)));
        client
            .v2()
            .deals()
            .get(heffl::DealId::new(id))
            .await
            .unwrap_err();
        let log = log.lock().unwrap();
        let calls: Vec<_> = log.iter().filter(|line| line.contains("call")).collect();
        assert_eq!(calls, [expected]);
    }
}

/// Signs the request, and tries to change the key.
struct Sign;

impl Hook for Sign {
    async fn before_attempt(&self, request: &mut RequestParts<'_>) -> Result<(), BoxError> {
        assert!(!request.headers().contains_key("x-api-key"));
        assert!(!format!("{:?} {request:?}", request.headers()).contains(KEY));
        for name in ["x-api-key", "host", "content-length", "X-API-Key", "a b"] {
            let error = request.set_header(name, "a").unwrap_err();
            assert!(error.kind() == ErrorKind::InvalidRequest, "{name}");
        }
        request
            .set_header("x-note", "a\r\nx-api-key: b")
            .unwrap_err();
        let body = request.body().map_or(0, <[u8]>::len);
        let (method, url) = (request.method().to_owned(), request.url().path().to_owned());
        let signature = format!("{method} {url} {body} {}", request.attempt());
        request.set_header("x-signature", &signature)?;
        Ok(())
    }
}

#[tokio::test]
async fn a_hook_signs_each_attempt_and_cannot_touch_the_key() {
    let server = Server::start([refused(), deal()]).await;
    let client = client(&server, Sign);
    let body = CreateDeal::new(
        "Gadgets",
        heffl::ClientId::new("clt_1"),
        heffl::PipelineId::new("dpl_1"),
    );
    client.v2().deals().create(body).await.unwrap();
    let recorded = server.recorded();
    let length = recorded[0].body.len();
    for (index, request) in recorded.iter().enumerate() {
        let signature = format!("POST /api/v2/deals {length} {}", index + 1);
        assert_eq!(request.header("x-signature"), [signature.as_str()]);
        assert_eq!(request.header("x-api-key"), [KEY]);
    }
    assert_eq!(recorded.len(), 2);
}

struct Refuse;

impl Hook for Refuse {
    async fn before_attempt(&self, request: &mut RequestParts<'_>) -> Result<(), BoxError> {
        match request.operation().method() {
            "GET" => Ok(()),
            _ => Err("this program only reads".into()),
        }
    }
}

#[tokio::test]
async fn a_hook_can_refuse_a_request() {
    let server = Server::start([deal()]).await;
    let client = client(&server, Refuse);
    let error = client
        .v2()
        .deals()
        .delete(heffl::DealId::new("dl_1"))
        .await
        .unwrap_err();
    assert!(error.kind() == ErrorKind::Hook && !error.is_retryable());
    assert_eq!(
        format!("{error:#}"),
        "deleteDeal: a hook refused the request: this program only reads"
    );
    assert!(server.recorded().is_empty());
    // Its slot of the quota is free.
    assert_eq!(client.quota().used(), 0);
    get_deal(&client).await.unwrap();
}

/// Hooks can read everything, but `Debug` prints no values.
struct Look(Arc<AtomicBool>);

impl Hook for Look {
    async fn before_attempt(&self, request: &mut RequestParts<'_>) -> Result<(), BoxError> {
        assert!(request.url().query().unwrap().contains("private"));
        assert!(!format!("{request:?}").contains("private"));
        Ok(())
    }

    async fn after_attempt(&self, attempt: &AttemptInfo<'_>) {
        assert_eq!(attempt.headers().unwrap()["x-request-id"], "req_1");
        assert!(attempt.body().unwrap().starts_with(b"private"));
        assert_eq!(attempt.error().unwrap().status(), attempt.status());
        assert!(!attempt.elapsed().is_zero() && attempt.waited() < Duration::from_secs(1));
        assert!(!format!("{attempt:?}").contains("private"));
    }

    async fn after_call(&self, call: &CallInfo<'_>) {
        assert!(!call.elapsed().is_zero());
        assert!(!format!("{call:?}").contains("private"));
        self.0.store(true, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn hooks_see_everything_but_debug_shows_nothing() {
    let reply = Reply::with_headers(404, &["x-request-id: req_1"], "private");
    let server = Server::start([reply]).await;
    let seen = Arc::new(AtomicBool::new(false));
    let client = client(&server, Look(Arc::clone(&seen)));
    let list = client.v2().deals().list().search("private");
    list.into_call()
        .header("x-note", "private")
        .await
        .unwrap_err();
    assert!(seen.load(Ordering::Relaxed));
}

/// Panics once, in this method.
struct Panic {
    method: &'static str,
    done: AtomicBool,
}

impl Panic {
    fn at(method: &'static str) -> Self {
        let done = AtomicBool::new(false);
        Self { method, done }
    }

    fn pass(&self, method: &str) {
        let is_due = self.method == method && !self.done.swap(true, Ordering::Relaxed);
        assert!(!is_due, "private mistake");
    }
}

impl Hook for Panic {
    async fn before_attempt(&self, _: &mut RequestParts<'_>) -> Result<(), BoxError> {
        self.pass("before_attempt");
        Ok(())
    }

    async fn after_attempt(&self, _: &AttemptInfo<'_>) {
        self.pass("after_attempt");
    }

    async fn after_call(&self, _: &CallInfo<'_>) {
        self.pass("after_call");
    }
}

/// A client with a hook that panics once, and a hook that records the calls after that.
fn panicking(server: &Server, method: &'static str) -> (Client, Log) {
    let log = Log::default();
    let panic = Arc::new(Panic::at(method));
    let deviations = Arc::clone(&panic);
    let retry = RetryPolicy::new().base_delay(Duration::from_millis(1));
    let client = server
        .builder(KEY)
        .retry(retry)
        .hook(Shared(panic))
        .hook(Watch("a", Arc::clone(&log)))
        .on_deviation(move |_| deviations.pass("on_deviation"))
        .rate_limit(3)
        .build()
        .unwrap();
    (client, log)
}

struct Shared(Arc<Panic>);

impl Hook for Shared {
    async fn before_attempt(&self, request: &mut RequestParts<'_>) -> Result<(), BoxError> {
        self.0.before_attempt(request).await
    }

    async fn after_attempt(&self, attempt: &AttemptInfo<'_>) {
        self.0.after_attempt(attempt).await;
    }

    async fn after_call(&self, call: &CallInfo<'_>) {
        self.0.after_call(call).await;
    }
}

const METHODS: [(&str, bool); 4] = [
    ("before_attempt", false),
    ("after_attempt", true),
    ("on_deviation", true),
    ("after_call", true),
];

/// The error names the operation and the method of the hook.
fn assert_panicked(error: &Error, method: &str) {
    assert_eq!(error.kind(), ErrorKind::Hook, "{method}: {error:?}");
    assert!(error.is_hook_panic() && !error.is_retryable());
    assert_eq!(error.source().unwrap().to_string(), "private mistake");
    let message = format!("a hook panicked in `{method}`");
    assert_eq!(error.message(), message);
    assert!(error.to_string().contains(&message), "{error}");
    assert!(!error.redacted().to_string().contains("private"));
}

#[tokio::test]
async fn a_hook_that_panics_fails_its_call_and_no_other() {
    let odd = Reply::json(200, r#"{"id": "dl_1", "title": 5}"#);
    for (method, is_sent) in METHODS {
        let server = Server::start([odd.clone()]).await;
        let (client, log) = panicking(&server, method);
        let error = get_deal(&client).await.unwrap_err();
        assert_panicked(&error, method);
        assert_eq!(server.recorded().len(), usize::from(is_sent), "{method}");
        // The permit was given back, and the other hooks were called at the end of the call.
        assert_eq!(client.quota().used(), u32::from(is_sent), "{method}");
        let ends = |log: &Log| {
            let log = log.lock().unwrap();
            log.iter().filter(|line| line.contains("a call")).count()
        };
        assert_eq!(ends(&log), 1, "{method}");
        for _ in 0..2 {
            get_deal(&client).await.unwrap();
        }
        assert_eq!(ends(&log), 3, "{method}");
    }
}

/// The server has processed the request.
#[tokio::test]
async fn a_create_whose_hook_panics_after_it_was_sent_has_an_unknown_outcome() {
    let odd = Reply::json(200, r#"{"id": "dl_1", "title": 5}"#);
    for (method, is_sent) in METHODS {
        let server = Server::start([odd.clone()]).await;
        let (client, _) = panicking(&server, method);
        let create = CreateDeal::new(
            "Gadgets",
            heffl::ClientId::new("clt_1"),
            heffl::PipelineId::new("dpl_1"),
        );
        let error = client.v2().deals().create(create).await.unwrap_err();
        assert_panicked(&error, method);
        assert_eq!(error.is_outcome_unknown(), is_sent, "{method}");
    }
}

/// The error of the server is more useful than a panic of a hook.
#[tokio::test]
async fn a_call_that_failed_keeps_its_error_when_a_hook_panics() {
    for method in ["after_attempt", "after_call"] {
        let server = Server::start([Reply::json(404, "")]).await;
        let (client, _) = panicking(&server, method);
        let error = get_deal(&client).await.unwrap_err();
        assert!(error.is_not_found(), "{method}: {error}");
    }
    // A failed attempt is not a failure of the call if another attempt follows.
    let server = Server::start([refused(), deal()]).await;
    let (client, _) = panicking(&server, "after_attempt");
    let error = get_deal(&client).await.unwrap_err();
    assert_panicked(&error, "after_attempt");
    assert_eq!(server.recorded().len(), 1);
}

#[test]
fn a_hook_for_deviations_that_panics_fails_the_reading_of_a_kept_response() {
    let client = Client::builder()
        .api_key(KEY)
        .on_deviation(|_| panic!("private mistake"))
        .build()
        .unwrap();
    let call = get_deal(&client);
    let error = call.read(br#"{"id": "dl_1", "title": 5}"#).unwrap_err();
    assert_panicked(&error, "on_deviation");
    call.read(br#"{"id": "dl_1", "title": "5"}"#).unwrap();
}

/// Waits in each method for a timer or a channel.
struct Wait {
    started: mpsc::UnboundedSender<&'static str>,
    gate: tokio::sync::Semaphore,
}

impl Wait {
    fn new() -> (Arc<Self>, mpsc::UnboundedReceiver<&'static str>) {
        let (started, receiver) = mpsc::unbounded_channel();
        let gate = tokio::sync::Semaphore::new(0);
        (Arc::new(Self { started, gate }), receiver)
    }

    async fn at(&self, method: &'static str) {
        self.started.send(method).unwrap();
        sleep(Duration::from_millis(1)).await;
        self.gate.acquire().await.unwrap().forget();
    }
}

struct SharedWait(Arc<Wait>);

impl Hook for SharedWait {
    async fn before_attempt(&self, request: &mut RequestParts<'_>) -> Result<(), BoxError> {
        self.0.at("before_attempt").await;
        request.set_header("x-waited", "yes")?;
        Ok(())
    }

    async fn after_attempt(&self, attempt: &AttemptInfo<'_>) {
        self.0.at("after_attempt").await;
        assert_eq!(attempt.status(), Some(200));
    }

    async fn after_call(&self, call: &CallInfo<'_>) {
        self.0.at("after_call").await;
        assert_eq!(call.status(), Some(200));
    }
}

#[tokio::test]
async fn a_hook_may_wait_for_timers_and_channels() {
    let server = Server::start([deal()]).await;
    let (wait, mut started) = Wait::new();
    let client = client(&server, SharedWait(Arc::clone(&wait)));
    let get = || get_deal(&client);
    let respond = async {
        for method in ["before_attempt", "after_attempt", "after_call"] {
            assert_eq!(started.recv().await, Some(method));
            wait.gate.add_permits(1);
        }
        started
    };
    let (result, mut started) = tokio::join!(get().into_future(), respond);
    result.unwrap();
    assert_eq!(server.only().header("x-waited"), ["yes"]);
    // The same with the headers of the response, and for a blocking call.
    wait.gate.add_permits(6);
    let response = get().send_for_response().await.unwrap();
    assert_eq!(
        (response.status(), &response.body()[..]),
        (200, DEAL.as_bytes())
    );
    let call = get();
    let waits = tokio::task::spawn_blocking(move || call.send_blocking());
    waits.await.unwrap().unwrap();
    for method in ["before_attempt", "after_attempt", "after_call"].repeat(2) {
        assert_eq!(started.recv().await, Some(method));
    }
}

/// Nothing was sent, so the quota counts nothing, and no other call waits.
#[tokio::test]
async fn a_call_that_is_dropped_while_a_hook_waits_gives_its_permit_back() {
    let server = Server::start([deal()]).await;
    let (wait, mut started) = Wait::new();
    let retry = RetryPolicy::never();
    let builder = server.builder(KEY).retry(retry).rate_limit(1);
    let client = builder.hook(SharedWait(Arc::clone(&wait))).build();
    let client = client.unwrap();
    let get = || get_deal(&client);
    let mut waits = Box::pin(get().into_future());
    let reached = async { started.recv().await.unwrap() };
    let method =
        tokio::select! { _ = &mut waits => panic!("it waits"), method = reached => method };
    assert_eq!((method, client.quota().used()), ("before_attempt", 1));
    drop(waits);
    assert_eq!(client.quota().used(), 0);
    assert!(server.recorded().is_empty());
    wait.gate.add_permits(3);
    get().await.unwrap();
}

#[tokio::test]
async fn the_deadline_ends_a_hook_that_never_returns() {
    struct Never;
    impl Hook for Never {
        async fn before_attempt(&self, _: &mut RequestParts<'_>) -> Result<(), BoxError> {
            std::future::pending().await
        }
    }
    let server = Server::start([deal()]).await;
    let client = client(&server, Never);
    let create = CreateDeal::new(
        "Gadgets",
        heffl::ClientId::new("clt_1"),
        heffl::PipelineId::new("dpl_1"),
    );
    let create = client.v2().deals().create(create);
    let error = create
        .deadline(Duration::from_millis(50))
        .await
        .unwrap_err();
    assert!(error.is_timeout() && !error.is_outcome_unknown(), "{error}");
    assert!(server.recorded().is_empty());
    assert_eq!(client.quota().used(), 0);
}

/// Panics after it has waited.
struct LatePanic(&'static str);

impl LatePanic {
    async fn pass(&self, method: &str) {
        tokio::task::yield_now().await;
        assert_ne!(self.0, method, "private mistake");
    }
}

impl Hook for LatePanic {
    async fn before_attempt(&self, _: &mut RequestParts<'_>) -> Result<(), BoxError> {
        self.pass("before_attempt").await;
        Ok(())
    }

    async fn after_attempt(&self, _: &AttemptInfo<'_>) {
        self.pass("after_attempt").await;
    }

    async fn after_call(&self, _: &CallInfo<'_>) {
        self.pass("after_call").await;
    }
}

#[tokio::test]
async fn a_hook_that_panics_after_it_waited_fails_its_call_and_no_other() {
    for method in ["before_attempt", "after_attempt", "after_call"] {
        let server = Server::start([deal()]).await;
        let client = client(&server, LatePanic(method));
        let call = || get_deal(&client);
        let error = call().await.unwrap_err();
        assert!(error.kind() == ErrorKind::Hook, "{method}: {error}");
        assert!(
            error.to_string().ends_with(&format!("`{method}`")),
            "{error}"
        );
        let error = tokio::task::spawn_blocking({
            let call = call();
            move || call.send_blocking().unwrap_err()
        });
        let error = error.await.unwrap();
        assert!(error.kind() == ErrorKind::Hook, "{method}: {error}");
    }
}
