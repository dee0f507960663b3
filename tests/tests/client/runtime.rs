//! Requests and responses of the runtime, over real sockets.

use std::time::{Duration, Instant};

use heffl::{
    Call, CallFuture, Client, Error, ErrorCode, ErrorKind, Money, Page, Patch,
    v2::deals::{CreateDeal, Deal, DealStatus, ListDeals, UpdateDeal},
};
use heffl_tests::server::{ClosedPort, Reply, Server};
use serde_json::json;

const KEY: &str = "s3cr3t-key";
const DEAL: &str =
    r#"{"id": "dl_1", "title": "Gadgets", "price": 19.9, "cf_region": "north", "mood": "good"}"#;

async fn get(reply: Reply) -> Result<Deal, Error> {
    let server = Server::start([reply]).await;
    server
        .client(KEY)
        .v2()
        .deals()
        .get(heffl::DealId::new("dl_1"))
        .await
}

/// Checks that no text of an error shows the key.
fn assert_quiet(error: &Error) {
    use std::{error::Error as _, fmt::Write as _};

    let mut texts = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(source) = cause {
        write!(texts, " {source} {source:?}").unwrap();
        cause = source.source();
    }
    assert!(!texts.contains(KEY), "{texts}");
    let line = error.to_string();
    assert!(
        !line.contains("127.0.0.1") && !line.contains('\n'),
        "{line}"
    );
}

#[tokio::test]
async fn a_get_sends_only_the_expected_headers() {
    let server = Server::start([Reply::json(200, DEAL)]).await;
    let deal = server
        .client(KEY)
        .v2()
        .deals()
        .get(heffl::DealId::new("dl_1"))
        .await
        .unwrap();
    assert_eq!(
        (deal.id.as_str(), deal.title.as_deref()),
        ("dl_1", Some("Gadgets"))
    );
    assert_eq!(deal.price, Some("19.9".parse::<Money>().unwrap()));
    assert_eq!(
        deal.custom_fields
            .get::<String>("cf_region")
            .unwrap()
            .as_deref(),
        Some("north")
    );
    assert_eq!(
        deal.extra.get::<String>("mood").unwrap().as_deref(),
        Some("good")
    );

    let request = server.only();
    assert_eq!(
        (request.method.as_str(), request.target.as_str()),
        ("GET", "/api/v2/deals/dl_1")
    );
    assert_eq!(request.header("x-api-key"), [KEY]);
    assert_eq!(request.header("accept"), ["application/json"]);
    assert!(request.header("user-agent")[0].starts_with("heffl-rust/"));
    for absent in [
        "content-type",
        "content-length",
        "cookie",
        "referer",
        "authorization",
    ] {
        assert!(request.header(absent).is_empty(), "{absent}");
    }
    assert!(request.body.is_empty());
}

#[tokio::test]
async fn bodies_are_exact() {
    let server = Server::start([Reply::json(200, DEAL)]).await;
    let client = server.client(KEY);
    let create = CreateDeal::new(
        "Gadgets",
        heffl::ClientId::new("clt_1"),
        heffl::PipelineId::new("dpl_1"),
    )
    .price(25_000)
    .tags([heffl::TagId::new("tag_1")])
    .custom_field("cf_region", "north")
    .unwrap();
    client.v2().deals().create(create).await.unwrap();
    let update = UpdateDeal::new()
        .title("Widgets")
        .expected_close_date(Patch::Clear)
        .status(DealStatus::Won);
    client
        .v2()
        .deals()
        .update(heffl::DealId::new("dl_1"), update)
        .await
        .unwrap();

    let [create, update] = server.recorded().try_into().unwrap();
    assert_eq!(
        (create.method.as_str(), create.target.as_str()),
        ("POST", "/api/v2/deals")
    );
    assert_eq!(
        create.text(),
        r#"{"title":"Gadgets","clientId":"clt_1","pipelineId":"dpl_1","price":25000,"tags":["tag_1"],"cf_region":"north"}"#
    );
    assert_eq!(create.header("content-type"), ["application/json"]);
    assert_eq!(
        (update.method.as_str(), update.target.as_str()),
        ("PATCH", "/api/v2/deals/dl_1")
    );
    assert_eq!(
        update.text(),
        r#"{"title":"Widgets","expectedCloseDate":null,"status":"WON"}"#
    );
}

#[tokio::test]
async fn lists_send_their_parameters_and_return_pages() {
    let body = json!({"data": [{"id": "dl_1"}, {"id": 2}], "meta": {"nextCursor": "c/2", "hasMore": true}});
    let server = Server::start([Reply::json(200, &body.to_string())]).await;
    let client = server.client(KEY);
    let list = client
        .v2()
        .deals()
        .list()
        .page_size(5)
        .search("a&b=c d/é")
        .page_size(10);
    let list = list.filters(&json!({"status": {"operator": "is", "values": ["WON"]}}));
    let page = list.clone().await.unwrap();
    assert_eq!(
        page.items()
            .iter()
            .map(|deal| deal.id.as_str())
            .collect::<Vec<_>>(),
        ["dl_1", "2"]
    );
    assert_eq!((page.next_cursor(), page.has_more()), (Some("c/2"), true));
    list.cursor(page.next_cursor().unwrap())
        .send()
        .await
        .unwrap();

    let [first, second] = server.recorded().try_into().unwrap();
    let query = "pageSize=10&search=a%26b%3Dc+d%2F%C3%A9\
        &filters=%7B%22status%22%3A%7B%22operator%22%3A%22is%22%2C%22values%22%3A%5B%22WON%22%5D%7D%7D";
    assert_eq!(first.target, format!("/api/v2/deals?{query}"));
    assert_eq!(second.target, format!("/api/v2/deals?{query}&cursor=c%2F2"));
    assert!(first.body.is_empty());
}

#[tokio::test]
async fn redirects_are_not_followed_and_other_hosts_get_no_key() {
    for status in [301, 302, 303, 307, 308] {
        let other = Server::start([Reply::json(200, DEAL)]).await;
        let location = format!("location: {}/api/v2/deals/dl_1", other.url());
        let server = Server::start([Reply::with_headers(status, &[&location], "")]).await;
        let error = server
            .client(KEY)
            .v2()
            .deals()
            .get(heffl::DealId::new("dl_1"))
            .await
            .unwrap_err();
        assert_eq!(error.status(), Some(status));
        assert!(error.to_string().contains("redirect"), "{error}");
        assert_quiet(&error);
        assert_eq!(other.recorded().len(), 0);
        assert_eq!(server.recorded().len(), 1);
    }
}

#[tokio::test]
async fn path_parameters_cannot_reach_another_endpoint() {
    for (id, target) in [
        ("a/b", "/api/v2/deals/a%2Fb"),
        ("a?b", "/api/v2/deals/a%3Fb"),
        ("a#b", "/api/v2/deals/a%23b"),
        ("%2e%2e", "/api/v2/deals/%252e%252e"),
        ("../contacts", "/api/v2/deals/..%2Fcontacts"),
        ("a b", "/api/v2/deals/a%20b"),
    ] {
        let server = Server::start([Reply::json(200, DEAL)]).await;
        let id = heffl::DealId::new(id);
        server.client(KEY).v2().deals().get(id).await.unwrap();
        assert_eq!(server.only().target, target);
    }
    let server = Server::start([Reply::json(200, DEAL)]).await;
    for id in ["", ".", "..", "..\\deals\\dl_1", "a\\b", "a\r\nb", "\t"] {
        let error = server
            .client(KEY)
            .v2()
            .deals()
            .delete(heffl::DealId::new(id))
            .await
            .unwrap_err();
        assert!(error.kind() == ErrorKind::InvalidRequest, "{id:?}: {error}");
    }
    assert!(server.recorded().is_empty());
}

#[tokio::test]
async fn both_error_shapes_are_read() {
    let v2 = r#"{"error": {"code": "VALIDATION_ERROR", "message": "Bad deal",
        "details": {"issues": [{"field": "title", "message": "Required"}]}}}"#;
    let reply = Reply::with_headers(400, &["x-request-id: req_1"], v2);
    let error = get(reply).await.unwrap_err();
    assert_eq!(
        (error.code(), error.request_id()),
        (Some(&ErrorCode::ValidationError), Some("req_1"))
    );
    assert_eq!(error.body().unwrap(), v2.as_bytes());
    assert_eq!(
        error.to_string(),
        "getDeal: 400 VALIDATION_ERROR: Bad deal (title: Required)"
    );
    let [issue] = error.issues() else {
        panic!("{error}")
    };
    assert_eq!(
        (issue.field(), issue.message()),
        (Some("title"), "Required")
    );

    let error = get(Reply::json(
        404,
        r#"{"code": "NOT_FOUND", "message": "No deal"}"#,
    ))
    .await
    .unwrap_err();
    assert_eq!(
        (error.code(), error.is_not_found()),
        (Some(&ErrorCode::NotFound), true)
    );
    assert!(!error.is_retryable() && error.issues().is_empty());
}

#[tokio::test]
async fn other_error_bodies_are_kept() {
    let html = "<html><h1>Bad gateway</h1></html>";
    for (reply, body) in [
        (
            Reply::with_headers(502, &["content-type: text/html"], html),
            html,
        ),
        (Reply::json(502, ""), ""),
        (
            Reply::truncated(502, r#"{"error": {"code": "#),
            r#"{"error": {"code": "#,
        ),
    ] {
        let error = get(reply).await.unwrap_err();
        assert_eq!((error.status(), error.code()), (Some(502), None));
        assert_eq!(error.to_string(), "getDeal: 502: Bad Gateway");
        assert_eq!(error.body().unwrap(), body.as_bytes());
        assert!(error.is_retryable());
    }
    let error = get(Reply::json(
        401,
        &format!(r#"{{"message": "{KEY} is wrong"}}"#),
    ))
    .await
    .unwrap_err();
    assert!(error.is_unauthorized());
    assert_quiet(&error);
    let error = get(Reply::json(403, "")).await.unwrap_err();
    assert!(error.is_forbidden() && !error.is_unauthorized());
    assert!(!error.to_string().contains("key"), "{error}");
    assert!(
        get(Reply::json(429, ""))
            .await
            .unwrap_err()
            .is_rate_limited()
    );
}

#[tokio::test]
async fn unreadable_responses_are_errors_with_status_headers_and_body() {
    for (body, path, message) in [
        (
            r#"{"id": ["private"]}"#,
            "id",
            "expected an identifier as text, found an array",
        ),
        (
            "{\"id\": \"private\u{1}\"}",
            "id",
            "a control character in a text",
        ),
        (r#"{"title": "private"}"#, ".", "missing field `id`"),
        ("", ".", "no body"),
        ("<html>", ".", "expected a value"),
        (r#"{"id": "dl_1"} {"#, ".", "more text after the value"),
        (r#"["private"]"#, ".", "expected an object, found an array"),
        (
            r#"{"title": "private", "id": 1.5}"#,
            "id",
            "expected an identifier as text, found a number",
        ),
    ] {
        let error = get(Reply::with_headers(200, &["x-request-id: req_1"], body))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}: {error}");
        assert_eq!(
            (error.path(), error.status()),
            (Some(path), Some(200)),
            "{body}: {error}"
        );
        assert!(error.message().contains(message), "{body}: {error}");
        assert_eq!(error.body().unwrap(), body.as_bytes());
        assert_eq!(error.request_id(), Some("req_1"));
        assert!(!format!("{error} {error:?}").contains("private"), "{error}");
        assert_quiet(&error);
    }
    let garbage =
        Reply::Bytes(b"HTTP/1.1 200 Status\r\ncontent-length: 2\r\n\r\n\xff\xfe".to_vec());
    assert_eq!(get(garbage).await.unwrap_err().kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn broken_connections_are_transport_errors() {
    for reply in [
        Reply::Bytes(Vec::new()),
        Reply::Bytes(b"garbage\r\n\r\n".to_vec()),
        Reply::Bytes(b"HTTP/1.1 200 Status\r\ncontent-le".to_vec()),
        Reply::truncated(200, r#"{"id": "dl_1"}"#),
    ] {
        let error = get(reply).await.unwrap_err();
        assert!(error.kind() == ErrorKind::Transport, "{error}");
        assert!(error.is_retryable() && !error.is_timeout());
        assert_quiet(&error);
    }
    let closed = ClosedPort::reserve();
    let error = closed
        .builder(KEY)
        .build()
        .unwrap()
        .v2()
        .deals()
        .get(heffl::DealId::new("dl_1"))
        .await
        .unwrap_err();
    assert!(
        error.kind() == ErrorKind::Transport && error.is_connect(),
        "{error}"
    );
    assert_quiet(&error);
}

#[tokio::test]
async fn timeouts_apply_to_head_and_body() {
    let silence = Reply::json(200, DEAL).after(Duration::from_secs(20));
    let server = Server::start([silence]).await;
    let start = Instant::now();
    let client = server
        .builder(KEY)
        .timeout(Duration::from_millis(200))
        .build()
        .unwrap();
    let error = client
        .v2()
        .deals()
        .get(heffl::DealId::new("dl_1"))
        .await
        .unwrap_err();
    assert!(error.is_timeout() && error.is_retryable(), "{error}");
    assert_eq!(error.to_string(), "getDeal: no response in time");
    assert_quiet(&error);

    let error = server
        .client(KEY)
        .v2()
        .deals()
        .list()
        .into_call()
        .timeout(Duration::from_millis(200))
        .await
        .unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_limit_of_a_call_may_be_longer_than_the_clients() {
    let server = Server::start([Reply::json(200, DEAL).after(Duration::from_secs(1))]).await;
    let client = server
        .builder(KEY)
        .timeout(Duration::from_millis(100))
        .build()
        .unwrap();
    assert!(
        client
            .v2()
            .deals()
            .get(heffl::DealId::new("dl_1"))
            .await
            .unwrap_err()
            .is_timeout()
    );
    client
        .v2()
        .deals()
        .get(heffl::DealId::new("dl_1"))
        .timeout(Duration::from_secs(20))
        .await
        .unwrap();
}

#[tokio::test]
async fn headers_of_a_call_are_sent_and_checked() {
    let server = Server::start([Reply::json(200, DEAL)]).await;
    let client = server.client(KEY);
    let get = || client.v2().deals().get(heffl::DealId::new("dl_1"));
    get()
        .header("X-Note", "a")
        .header("x-note", "b")
        .header("user-agent", "import/1.0")
        .await
        .unwrap();
    let request = server.only();
    assert_eq!(request.header("x-note"), ["b"]);
    assert_eq!(request.header("user-agent"), ["import/1.0"]);
    assert_eq!(request.header("x-api-key"), [KEY]);

    for (name, value) in [
        ("x-api-key", "a"),
        ("Host", "a"),
        ("content-length", "1"),
        ("x-note", "a\r\nb: c"),
        ("é", "a"),
    ] {
        let error = get().header(name, value).await.unwrap_err();
        assert!(error.kind() == ErrorKind::InvalidRequest, "{error}");
    }
    assert_eq!(server.recorded().len(), 1);
}

#[tokio::test]
async fn a_body_that_cannot_be_written_is_not_sent() {
    let server = Server::start([Reply::json(200, DEAL)]).await;
    let price: Money = "12345678901234567.89".parse().unwrap();
    let error = server
        .client(KEY)
        .v2()
        .deals()
        .update(heffl::DealId::new("dl_1"), UpdateDeal::new().price(price))
        .await
        .unwrap_err();
    assert!(error.kind() == ErrorKind::InvalidRequest, "{error}");
    assert!(server.recorded().is_empty());
}

#[tokio::test]
async fn dropping_a_call_cancels_it() {
    let server = Server::start([
        Reply::json(200, DEAL).after(Duration::from_secs(20)),
        Reply::json(200, DEAL),
    ])
    .await;
    let client = server.client(KEY);
    let call = client
        .v2()
        .deals()
        .get(heffl::DealId::new("dl_1"))
        .into_future();
    assert!(
        tokio::time::timeout(Duration::from_millis(300), call)
            .await
            .is_err()
    );
    drop(client.v2().deals().get(heffl::DealId::new("dl_2")));
    assert_eq!(server.recorded().len(), 1);
    client
        .v2()
        .deals()
        .get(heffl::DealId::new("dl_3"))
        .await
        .unwrap();
}

#[tokio::test]
async fn both_versions_can_be_called() {
    use heffl::v1::{ClientType, CreateClient};

    let server = Server::start([Reply::json(
        200,
        r#"{"id": 7, "number": "C7", "name": "Gadget Works", "type": "company",
            "createdAt": "2026-03-02T08:15:00Z", "customFields": {"region": "north"}}"#,
    )])
    .await;
    let body = CreateClient::new()
        .type_(ClientType::Company)
        .name("Gadget Works");
    let created = server
        .client(KEY)
        .v1()
        .clients()
        .create(body)
        .await
        .unwrap();
    assert_eq!(created.id.as_str(), "7");
    assert_eq!(
        created
            .custom_fields
            .unwrap()
            .get::<String>("region")
            .unwrap()
            .as_deref(),
        Some("north")
    );
    assert_eq!(server.only().target, "/api/v1/clients");
}

#[test]
fn debug_shows_no_secret_and_no_personal_data() {
    let client = Client::new(KEY).unwrap();
    let update = UpdateDeal::new().title("private");
    let call = client
        .v2()
        .deals()
        .update(heffl::DealId::new("private"), update)
        .header("authorization", "private");
    let list = client.v2().deals().list().search("private");
    let texts = format!(
        "{client:?} {call:?} {list:?} {:?} {:?}",
        client.v2(),
        client.v2().deals()
    );
    assert!(
        !texts.contains(KEY) && !texts.contains("private"),
        "{texts}"
    );
    assert!(texts.contains("updateDeal"), "{texts}");
}

#[test]
fn public_types_are_send_and_sync() {
    fn send_and_sync<T: Send + Sync + Clone + 'static>() {}
    fn send<T: Send + 'static>(_: &T) {}
    fn error<T: std::error::Error + Send + Sync + 'static>() {}
    send_and_sync::<Client>();
    send_and_sync::<Call<Deal>>();
    send_and_sync::<ListDeals>();
    error::<Error>();
    let client = Client::new(KEY).unwrap();
    let future: CallFuture<Page<Deal>> = client.v2().deals().list().into_future();
    send(&future);
    send(&client.v2().deals().get(heffl::DealId::new("dl_1")).send());
    send(&client.v2().deals().list().send());
    assert!(size_of::<Error>() <= 32);
}
