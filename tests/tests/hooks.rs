//! Code of the user around every call, over real sockets.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use heffl::{
    Client, Error, Hook, Priority, RetryPolicy,
    hook::{AttemptInfo, BoxError, CallInfo, RequestParts},
    v2::CreateDeal,
};
use heffl_tests::server::{Answer, Server};

const KEY: &str = "s3cr3t-key";
const DEAL: &str = r#"{"id": "dl_1"}"#;

fn deal() -> Answer {
    Answer::json(200, DEAL)
}

fn refused() -> Answer {
    Answer::with_headers(429, &["retry-after: 0", "x-request-id: req_1"], "later")
}

type Log = Arc<Mutex<Vec<String>>>;

/// Notes everything that it is told.
struct Watch(&'static str, Log);

impl Watch {
    fn note(&self, line: &str) {
        self.1.lock().unwrap().push(format!("{} {line}", self.0));
    }
}

impl Hook for Watch {
    fn before_attempt(&self, request: &mut RequestParts<'_>) -> Result<(), BoxError> {
        let (id, attempt) = (request.operation().id, request.attempt());
        self.note(&format!("before {id} {attempt}"));
        Ok(())
    }

    fn after_attempt(&self, attempt: &AttemptInfo<'_>) {
        let (id, number, status) = (attempt.operation().id, attempt.attempt(), attempt.status());
        let next = attempt.retry_in().is_some();
        self.note(&format!("after {id} {number} {status:?} {next}"));
    }

    fn after_call(&self, call: &CallInfo<'_>) {
        let (id, attempts, status) = (call.operation().id, call.attempts(), call.status());
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
    client.v2().deals().get("dl_1").await.unwrap();
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

/// The end of a call is told whatever it is: refused before sending, no answer, or one that cannot be
/// read.
#[tokio::test]
async fn the_end_of_every_call_is_told_once() {
    for (answer, id, expected) in [
        (deal(), "..", "a call getDeal 0 None true"),
        (
            Answer::json(404, ""),
            "dl_1",
            "a call getDeal 1 Some(404) true",
        ),
        (
            Answer::json(200, "[]"),
            "dl_1",
            "a call getDeal 1 Some(200) true",
        ),
    ] {
        let server = Server::start([answer]).await;
        let log = Log::default();
        let client = client(&server, Watch("a", Arc::clone(&log)));
        client.v2().deals().get(id).await.unwrap_err();
        let log = log.lock().unwrap();
        let calls: Vec<_> = log.iter().filter(|line| line.contains("call")).collect();
        assert_eq!(calls, [expected]);
    }
}

/// Signs with what it sees, and tries what it must not do.
struct Sign;

impl Hook for Sign {
    fn before_attempt(&self, request: &mut RequestParts<'_>) -> Result<(), BoxError> {
        assert!(!request.headers().contains_key("x-api-key"));
        assert!(!format!("{:?} {request:?}", request.headers()).contains(KEY));
        for name in ["x-api-key", "host", "content-length", "X-API-Key", "a b"] {
            let error = request.set_header(name, "a").unwrap_err();
            assert!(matches!(error, Error::InvalidRequest { .. }), "{name}");
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
    let body = CreateDeal::new("Gadgets", "clt_1", "dpl_1");
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
    fn before_attempt(&self, request: &mut RequestParts<'_>) -> Result<(), BoxError> {
        match request.operation().method {
            "GET" => Ok(()),
            _ => Err("this program only reads".into()),
        }
    }
}

#[tokio::test]
async fn a_hook_refuses_what_should_not_be_sent() {
    let server = Server::start([deal()]).await;
    let client = client(&server, Refuse);
    let error = client.v2().deals().delete("dl_1").await.unwrap_err();
    assert!(matches!(error, Error::Hook(_)) && !error.is_retryable());
    assert_eq!(
        error.to_string(),
        "deleteDeal: a hook would not have it sent: this program only reads"
    );
    assert!(server.recorded().is_empty());
    // Its place in the quota is free.
    assert_eq!(client.quota().used, 0);
    client.v2().deals().get("dl_1").await.unwrap();
}

/// What hooks get is theirs to read, and shows nothing of itself.
struct Look(Arc<AtomicBool>);

impl Hook for Look {
    fn before_attempt(&self, request: &mut RequestParts<'_>) -> Result<(), BoxError> {
        assert!(request.url().query().unwrap().contains("private"));
        assert!(!format!("{request:?}").contains("private"));
        Ok(())
    }

    fn after_attempt(&self, attempt: &AttemptInfo<'_>) {
        assert_eq!(attempt.headers().unwrap()["x-request-id"], "req_1");
        assert!(attempt.body().unwrap().starts_with(b"private"));
        assert_eq!(attempt.error().unwrap().status(), attempt.status());
        assert!(!attempt.elapsed().is_zero() && attempt.waited() < Duration::from_secs(1));
        assert!(!format!("{attempt:?} {}", attempt.error().unwrap()).contains("private"));
    }

    fn after_call(&self, call: &CallInfo<'_>) {
        assert!(!call.elapsed().is_zero());
        assert!(!format!("{call:?}").contains("private"));
        self.0.store(true, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn hooks_see_everything_but_debug_shows_nothing() {
    let answer = Answer::with_headers(404, &["x-request-id: req_1"], "private");
    let server = Server::start([answer]).await;
    let seen = Arc::new(AtomicBool::new(false));
    let client = client(&server, Look(Arc::clone(&seen)));
    let list = client.v2().deals().list().search("private");
    list.call().header("x-note", "private").await.unwrap_err();
    assert!(seen.load(Ordering::Relaxed));
}

struct Panic(AtomicBool);

impl Hook for Panic {
    fn before_attempt(&self, _: &mut RequestParts<'_>) -> Result<(), BoxError> {
        assert!(self.0.swap(true, Ordering::Relaxed), "a hook that panics");
        Ok(())
    }
}

#[tokio::test]
async fn a_hook_that_panics_takes_down_its_call_alone() {
    let server = Server::start([deal()]).await;
    let client = client(&server, Panic(AtomicBool::new(false)));
    let call = client.v2().deals().get("dl_1").into_future();
    let task = tokio::spawn(AssertUnwindSafe(call).0);
    assert!(task.await.unwrap_err().is_panic());
    let calls = (0..3).map(|_| client.v2().deals().get("dl_1").priority(Priority::Normal));
    for call in calls {
        call.await.unwrap();
    }
    assert_eq!(server.recorded().len(), 3);
}
