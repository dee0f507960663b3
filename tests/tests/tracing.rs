//! Spans of calls and attempts, and what is not in them, over real sockets.

use std::{
    collections::BTreeMap,
    fmt,
    io::Write,
    sync::{Arc, Mutex},
    time::Duration,
};

use heffl::{Client, RetryPolicy, v2::CreateDeal};
use heffl_tests::server::{Answer, Server};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer, Registry,
    fmt::MakeWriter,
    layer::{Context, SubscriberExt as _},
    registry::LookupSpan,
};

const KEY: &str = "s3cr3t-key";

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
}

impl Entry {
    fn get(&self, field: &str) -> Option<&str> {
        self.fields.0.get(field).map(String::as_str)
    }
}

/// Collects what is closed, in order.
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
    let refused = Answer::with_headers(429, &["retry-after: 0"], "");
    let server = Server::start([refused, Answer::json(200, r#"{"id": "dl_1"}"#)]).await;
    client(&server).v2().deals().get("dl_1").await.unwrap();

    let entries = collect.0.lock().unwrap().clone();
    let names: Vec<_> = entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "heffl.attempt",
            "to be sent again",
            "heffl.attempt",
            "heffl.call"
        ]
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
    assert_eq!(second.get("http.request.resend_count"), Some("1"));
    assert_eq!(second.get("error.type"), None);
    assert_eq!(call.parent, None);
    assert_eq!(call.get("heffl.operation"), Some("getDeal"));
    assert_eq!(call.get("heffl.attempts"), Some("2"));
    assert_eq!(call.get("http.response.status_code"), Some("200"));
    assert_eq!(call.get("otel.status_code"), None);
}

#[tokio::test]
async fn the_kind_of_error_is_told() {
    for (answer, id, kind, attempts) in [
        (Answer::json(404, ""), "dl_1", "404", "1"),
        (Answer::json(200, "[]"), "dl_1", "decode", "1"),
        (Answer::Bytes(Vec::new()), "dl_1", "transport", "1"),
        (Answer::json(200, ""), "..", "invalid_request", "0"),
    ] {
        let collect = Collect::default();
        let _guard = tracing::subscriber::set_default(Registry::default().with(collect.clone()));
        let server = Server::start([answer]).await;
        let call = client(&server).v2().deals().get(id);
        call.retry(RetryPolicy::never()).await.unwrap_err();
        let entries = collect.0.lock().unwrap();
        let call = entries.last().unwrap();
        assert_eq!(call.get("error.type"), Some(kind));
        assert_eq!(call.get("heffl.attempts"), Some(attempts));
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

/// At the finest level, from this crate and all that it is built on.
#[tokio::test]
async fn no_level_of_detail_shows_key_values_or_bodies() {
    let everything = Everything::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(everything.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    for (status, body) in [
        (200, r#"{"id": "dl_1", "title": "private"}"#),
        (200, r#"{"title": "private"}"#),
        (
            400,
            r#"{"error": {"code": "BAD_REQUEST", "message": "private"}}"#,
        ),
    ] {
        let server =
            Server::start([Answer::with_headers(status, &["x-note: private"], body)]).await;
        let client = client(&server);
        let deals = client.v2().deals();
        let _ = deals.get("private").query("private", "private").await;
        let _ = deals.get("dl_1").header("x-note", "private").await;
        let _ = deals.list().search("private").await;
        let _ = deals
            .create(CreateDeal::new("private", "clt_1", "dpl_1"))
            .await;
    }
    let text = String::from_utf8(everything.0.lock().unwrap().clone()).unwrap();
    assert!(
        text.contains("createDeal") && text.contains("heffl.attempt"),
        "{text}"
    );
    assert!(!text.contains(KEY), "{text}");
    assert!(!text.contains("private"), "{text}");
}
