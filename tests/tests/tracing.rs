//! Spans and events of calls and attempts, without secrets and personal data, over real sockets.
//!
//! These tests are a program of their own, because `tracing` caches for the whole process whether anybody subscribes to
//! an event. If a test without a subscriber reaches an event first, the tests with one may miss it.

use std::{
    collections::BTreeMap,
    fmt,
    io::Write,
    sync::{Arc, Mutex},
    time::Duration,
};

use heffl::{Client, RetryPolicy, v2::CreateDeal};
use heffl_tests::server::{Reply, Server};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer, Registry,
    filter::LevelFilter,
    fmt::MakeWriter,
    layer::{Context, SubscriberExt as _},
    registry::LookupSpan,
};

const KEY: &str = "s3cr3t-key";
const AGAIN: &str = "the attempt failed, and the request is sent again";

#[derive(Clone, Debug, Default, PartialEq)]
struct Fields(BTreeMap<String, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}

/// A span or event of the crate: name or message, name of the span it is in, and fields.
#[derive(Clone, Debug, Default)]
struct Entry {
    name: String,
    parent: Option<String>,
    fields: Fields,
    level: Option<Level>,
}

impl Entry {
    fn get(&self, field: &str) -> Option<&str> {
        self.fields.0.get(field).map(String::as_str)
    }
}

/// Collects closed spans and events, in order.
#[derive(Clone, Default)]
struct Collect(Arc<Mutex<Vec<Entry>>>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Collect {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        context.span(id).unwrap().extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let span = context.span(id).unwrap();
        values.record(span.extensions_mut().get_mut::<Fields>().unwrap());
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if event.metadata().target().starts_with("heffl") {
            let mut fields = Fields::default();
            event.record(&mut fields);
            let name = fields.0.remove("message").unwrap_or_default();
            let parent = context.event_span(event).map(|span| span.name().to_owned());
            self.0.lock().unwrap().push(Entry {
                name,
                parent,
                fields,
                level: Some(*event.metadata().level()),
            });
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let span = context.span(&id).unwrap();
        if span.metadata().target().starts_with("heffl") {
            self.0.lock().unwrap().push(Entry {
                name: span.name().to_owned(),
                parent: span.parent().map(|parent| parent.name().to_owned()),
                fields: span.extensions().get::<Fields>().unwrap().clone(),
                level: None,
            });
        }
    }
}

fn client(server: &Server) -> Client {
    let retry = RetryPolicy::new().base_delay(Duration::from_millis(1));
    server.builder(KEY).retry(retry).build().unwrap()
}

#[tokio::test]
async fn a_call_is_a_span_and_so_is_each_attempt() {
    let collect = Collect::default();
    let _guard = tracing::subscriber::set_default(Registry::default().with(collect.clone()));
    let refused = Reply::with_headers(429, &["retry-after: 0"], "");
    let server = Server::start([refused, Reply::json(200, r#"{"id": "dl_1"}"#)]).await;
    client(&server)
        .v2()
        .deals()
        .get(heffl::DealId::new("dl_1"))
        .await
        .unwrap();

    let entries = collect.0.lock().unwrap().clone();
    let names: Vec<_> = entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(
        names,
        ["heffl.attempt", AGAIN, "heffl.attempt", "heffl.call"]
    );
    let [first, retry, second, call] = &entries[..] else {
        panic!("{entries:?}")
    };
    for attempt in [first, second] {
        assert_eq!(attempt.parent.as_deref(), Some("heffl.call"));
        assert_eq!(attempt.get("otel.kind"), Some("client"));
        assert_eq!(attempt.get("otel.name"), Some("GET /api/v2/deals/{id}"));
        assert!(attempt.get("heffl.quota.waited_ms").is_some());
    }
    for entry in [first, second, call] {
        assert_eq!(entry.get("http.request.method"), Some("GET"));
        assert_eq!(entry.get("url.template"), Some("/api/v2/deals/{id}"));
        assert_eq!(entry.get("server.address"), Some("127.0.0.1"));
        assert!(server.url().ends_with(entry.get("server.port").unwrap()));
    }
    assert_eq!(first.get("http.request.resend_count"), Some("0"));
    assert_eq!(first.get("http.response.status_code"), Some("429"));
    assert_eq!(first.get("error.type"), Some("429"));
    assert_eq!(first.get("otel.status_code"), Some("ERROR"));
    assert_eq!(retry.get("heffl.operation"), Some("getDeal"));
    assert!(retry.get("heffl.retry.wait_ms").is_some());
    assert_eq!(retry.get("error.type"), Some("429"));
    assert_eq!(
        retry.get("error.message"),
        Some("getDeal: 429: too many requests")
    );
    assert_eq!(second.get("http.request.resend_count"), Some("1"));
    assert_eq!(second.get("error.type"), None);
    assert_eq!(call.parent, None);
    assert_eq!(call.get("heffl.operation"), Some("getDeal"));
    assert_eq!(call.get("heffl.attempts"), Some("2"));
    assert_eq!(call.get("http.response.status_code"), Some("200"));
    assert_eq!(call.get("otel.status_code"), None);
}

#[tokio::test]
async fn the_spans_of_a_call_without_a_method_are_named_by_its_request() {
    let collect = Collect::default();
    let _guard = tracing::subscriber::set_default(Registry::default().with(collect.clone()));
    let server = Server::start([Reply::json(200, "{}")]).await;
    let client = client(&server);
    let note = client.request::<serde_json::Value>("GET", "/v2/notes/{id}");
    note.path("id", "nt_1").await.unwrap();
    let entries = collect.0.lock().unwrap().clone();
    let [attempt, call] = &entries[..] else {
        panic!("{entries:?}")
    };
    assert_eq!(attempt.get("otel.name"), Some("GET /api/v2/notes/{id}"));
    assert_eq!(call.get("otel.name"), Some("GET /v2/notes/{id}"));
    assert_eq!(call.get("heffl.operation"), Some("GET /v2/notes/{id}"));
    assert_eq!(call.get("url.template"), Some("/api/v2/notes/{id}"));
}

/// Another thread sends the request.
#[test]
fn a_blocking_call_is_in_the_span_of_its_caller() {
    let collect = Collect::default();
    let _guard = tracing::subscriber::set_default(Registry::default().with(collect.clone()));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(Server::start([Reply::json(200, r#"{"id": "dl_1"}"#)]));
    tracing::info_span!("import").in_scope(|| {
        let get = client(&server).v2().deals().get(heffl::DealId::new("dl_1"));
        get.send_blocking().unwrap();
    });
    let entries = collect.0.lock().unwrap().clone();
    let spans: Vec<_> = entries
        .iter()
        .map(|entry| (entry.name.as_str(), entry.parent.as_deref().unwrap()))
        .collect();
    assert_eq!(
        spans,
        [("heffl.attempt", "heffl.call"), ("heffl.call", "import")]
    );
}

#[tokio::test]
async fn the_kind_of_error_is_reported() {
    for (reply, id, kind, attempts) in [
        (Reply::json(404, ""), "dl_1", "404", "1"),
        (Reply::json(200, "[]"), "dl_1", "decode", "1"),
        (Reply::Bytes(Vec::new()), "dl_1", "transport", "1"),
        (Reply::json(200, ""), "..", "invalid_request", "0"),
    ] {
        let collect = Collect::default();
        let _guard = tracing::subscriber::set_default(Registry::default().with(collect.clone()));
        let server = Server::start([reply]).await;
        let call = client(&server).v2().deals().get(heffl::DealId::new(id));
        call.retry(RetryPolicy::never()).await.unwrap_err();
        let entries = collect.0.lock().unwrap();
        let [.., failure, call] = &entries[..] else {
            panic!("{entries:?}")
        };
        for entry in [failure, call] {
            assert_eq!(entry.get("error.type"), Some(kind));
            assert_eq!(entry.get("heffl.attempts"), Some(attempts));
            assert_eq!(entry.get("heffl.operation"), Some("getDeal"));
        }
        assert_eq!(failure.name, "the call failed");
        assert_eq!(failure.parent.as_deref(), Some("heffl.call"));
    }
}

/// Events that a program with the default level of detail sees when it waits or fails.
#[tokio::test]
async fn long_waits_retries_and_failures_are_visible_by_default() {
    let collect = Collect::default();
    let layer = collect.clone().with_filter(LevelFilter::INFO);
    let _guard = tracing::subscriber::set_default(Registry::default().with(layer));
    let broken = Reply::json(500, "");
    let server = Server::start([broken, Reply::json(200, r#"{"id": "dl_1"}"#)]).await;
    let retry = RetryPolicy::new().base_delay(Duration::from_millis(1));
    let client = server.builder(KEY).retry(retry).rate_limit(2);
    let client = client.build().unwrap();
    client
        .v2()
        .deals()
        .get(heffl::DealId::new("dl_1"))
        .await
        .unwrap();
    // The quota is used up for a minute, and the third call is sent in the minute after that: each logs its wait at
    // once, and once only.
    let waits = || client.v2().deals().get(heffl::DealId::new("dl_1"));
    let mut waits: Vec<_> = std::iter::repeat_with(|| waits().into_future())
        .take(3)
        .collect();
    for _ in 0..2 {
        for call in &mut waits {
            let nothing = tokio::time::timeout(Duration::ZERO, call).await;
            nothing.unwrap_err();
        }
    }
    drop(waits);
    client
        .v2()
        .deals()
        .get(heffl::DealId::new(".."))
        .await
        .unwrap_err();

    let entries = collect.0.lock().unwrap();
    let events: Vec<_> = entries
        .iter()
        .filter_map(|entry| Some((entry.level?, entry.name.as_str())))
        .collect();
    assert_eq!(
        events,
        [
            (Level::INFO, AGAIN),
            (Level::INFO, "waiting for the quota"),
            (Level::INFO, "waiting for the quota"),
            (Level::INFO, "waiting for the quota"),
            (Level::WARN, "the call failed"),
        ]
    );
    let waits = entries
        .iter()
        .filter(|entry| entry.name == "waiting for the quota");
    for (wait, expected) in waits.zip([30_000..60_001, 30_000..60_001, 90_000..120_001]) {
        assert_eq!(wait.get("heffl.operation"), Some("getDeal"));
        assert_eq!(wait.parent.as_deref(), Some("heffl.call"));
        let milliseconds: u64 = wait.get("heffl.quota.wait_ms").unwrap().parse().unwrap();
        assert!(expected.contains(&milliseconds), "{milliseconds}");
    }
}

#[derive(Clone, Default)]
struct Everything(Arc<Mutex<Vec<u8>>>);

impl Write for Everything {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Everything {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Personal data, in every text of a server or a caller.
const PERSONAL: &str = "private";

/// At the finest level, from this crate and its dependencies.
#[tokio::test]
async fn logs_never_contain_the_key_values_or_bodies() {
    let everything = Everything::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .with_writer(everything.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let refusal = |code: &str| {
        serde_json::json!({"error": {"code": code, "message": PERSONAL, "details": {
            "issues": [{"field": PERSONAL, "message": PERSONAL}, PERSONAL], PERSONAL: PERSONAL}}})
        .to_string()
    };
    for (status, body) in [
        (200, r#"{"id": "dl_1", "title": "private"}"#.to_owned()),
        (200, r#"{"title": "private"}"#.to_owned()),
        (
            200,
            r#"{"id": "dl_1", "price": {"private": "private"}}"#.to_owned(),
        ),
        (
            200,
            r#"{"data": [{"id": "dl_1", "price": {"private": 1}}]}"#.to_owned(),
        ),
        (200, "private".to_owned()),
        (302, "private".to_owned()),
        (400, refusal("BAD_REQUEST")),
        (400, refusal("private")),
        (
            401,
            r#"{"code": "private", "message": "s3cr3t-key is wrong"}"#.to_owned(),
        ),
        (409, r#"{"error": "private"}"#.to_owned()),
        (429, refusal("TOO_MANY_REQUESTS")),
        (500, "<p>private</p>".to_owned()),
    ] {
        let headers = [
            "x-note: private",
            "location: /private?private=1",
            "retry-after: 0",
        ];
        let server = Server::start([Reply::with_headers(status, &headers, &body)]).await;
        let retry = RetryPolicy::new()
            .max_attempts(2)
            .base_delay(Duration::from_millis(1));
        let client = server.builder(KEY).retry(retry).no_rate_limit();
        let client = client.build().unwrap();
        let deals = client.v2().deals();
        let _ = deals
            .get(heffl::DealId::new("private"))
            .query("private", "private")
            .await;
        if status == 429 {
            // After each refusal the waits get longer.
            continue;
        }
        let _ = deals
            .get(heffl::DealId::new("dl_1"))
            .header("x-note", "private")
            .await;
        let _ = deals
            .get(heffl::DealId::new("dl_1"))
            .header("private", "pri\nvate")
            .await;
        let _ = deals.get(heffl::DealId::new("private/../..\\")).await;
        let _ = deals.list().search("private").await;
        let _ = deals.list().search("private").stream().try_collect().await;
        let _ = deals
            .create(CreateDeal::new(
                "private",
                heffl::ClientId::new("clt_1"),
                heffl::PipelineId::new("dpl_1"),
            ))
            .await;
        let _ = client
            .v2()
            .contacts()
            .find_by_email("private@example.com")
            .await;
    }
    // Neither the error of a hook, nor the message of its panic.
    for hook in [Refuse(false), Refuse(true)] {
        let client = Client::builder().api_key(KEY).hook(hook).build().unwrap();
        let _ = client.v2().deals().get(heffl::DealId::new("private")).await;
    }
    let text = String::from_utf8(everything.0.lock().unwrap().clone()).unwrap();
    for part in [
        "createDeal",
        "heffl.attempt",
        AGAIN,
        "the call failed",
        "getDeal: 409",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    for line in text.lines() {
        assert!(!line.contains(KEY) && !line.contains(PERSONAL), "{line}");
    }
}

struct Refuse(bool);

impl heffl::Hook for Refuse {
    async fn before_attempt(
        &self,
        _: &mut heffl::hook::RequestParts<'_>,
    ) -> Result<(), heffl::hook::BoxError> {
        assert!(!self.0, "{PERSONAL}");
        Err(PERSONAL.into())
    }
}
