//! Retries, pages and limits of the client, over real sockets.

use std::{future::ready, time::Duration};

use futures_util::{StreamExt as _, future::join_all};
use heffl::{
    Bookmark, Client, Error, ErrorCode, ErrorKind, RetryPolicy,
    v2::{CreateDeal, Deal, UpdateDeal},
};
use heffl_tests::server::{ClosedPort, Reply, Server};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::common::quick;

const DEAL: &str = r#"{"id": "dl_1"}"#;

fn client(server: &Server) -> Client {
    server.builder("secret").retry(quick()).build().unwrap()
}

fn deal() -> Reply {
    Reply::json(200, DEAL)
}

fn status(status: u16) -> Reply {
    Reply::json(
        status,
        r#"{"error": {"code": "WHATEVER", "message": "no"}}"#,
    )
}

fn refused(status: u16) -> Reply {
    Reply::with_headers(status, &["retry-after: 0"], "")
}

fn cut_off() -> Reply {
    Reply::truncated(200, DEAL)
}

fn no_response() -> Reply {
    Reply::Bytes(Vec::new())
}

/// The end of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Done,
    Failed,
    Unknown,
}

fn end<T>(result: &Result<T, Error>) -> End {
    match result {
        Ok(_) => End::Done,
        Err(error) if error.is_outcome_unknown() => End::Unknown,
        Err(_) => End::Failed,
    }
}

/// Makes calls against lists of responses, and checks how each ends and how often it was sent.
#[tokio::test]
async fn failed_requests_are_sent_again_if_that_does_no_harm() {
    use End::{Done, Failed, Unknown};

    let rows: Vec<(&str, Vec<Reply>, &str, End, usize)> = vec![
        // Every refused request is sent again.
        ("429 once", vec![refused(429), deal()], "get", Done, 2),
        ("429 once", vec![refused(429), deal()], "create", Done, 2),
        (
            "429 without a body",
            vec![status(429), deal()],
            "create",
            Done,
            2,
        ),
        ("425", vec![status(425), deal()], "create", Done, 2),
        ("429 for ever", vec![refused(429)], "get", Failed, 4),
        ("429 for ever", vec![refused(429)], "create", Failed, 4),
        // A request that may have been processed is sent again if that does no harm.
        ("500 once", vec![status(500), deal()], "get", Done, 2),
        ("500 once", vec![status(500), deal()], "update", Done, 2),
        ("500 once", vec![status(500), deal()], "delete", Done, 2),
        ("500 once", vec![status(500), deal()], "create", Unknown, 1),
        ("502 once", vec![status(502), deal()], "create", Unknown, 1),
        (
            "503 without Retry-After",
            vec![status(503), deal()],
            "create",
            Unknown,
            1,
        ),
        (
            "503 with Retry-After",
            vec![refused(503), deal()],
            "create",
            Unknown,
            1,
        ),
        ("408", vec![status(408), deal()], "create", Unknown, 1),
        ("408", vec![status(408), deal()], "update", Done, 2),
        ("504 once", vec![status(504), deal()], "get", Done, 2),
        ("no response", vec![no_response(), deal()], "get", Done, 2),
        (
            "no response",
            vec![no_response(), deal()],
            "create",
            Unknown,
            1,
        ),
        (
            "cut off in the body",
            vec![cut_off(), deal()],
            "get",
            Done,
            2,
        ),
        (
            "cut off in the body",
            vec![cut_off(), deal()],
            "create",
            Unknown,
            1,
        ),
        ("500 for ever", vec![status(500)], "get", Failed, 4),
        // Creates too, if the policy allows it.
        (
            "500 once, allowed",
            vec![status(500), deal()],
            "create twice",
            Done,
            2,
        ),
        (
            "no response, allowed",
            vec![no_response(), deal()],
            "create twice",
            Done,
            2,
        ),
        (
            "500 for ever, allowed",
            vec![status(500)],
            "create twice",
            Unknown,
            4,
        ),
        // Failures that another attempt would repeat.
        ("400", vec![status(400), deal()], "get", Failed, 1),
        ("401", vec![status(401), deal()], "get", Failed, 1),
        ("403", vec![status(403), deal()], "get", Failed, 1),
        ("404", vec![status(404), deal()], "get", Failed, 1),
        ("409", vec![status(409), deal()], "create", Failed, 1),
        ("301", vec![status(301), deal()], "get", Failed, 1),
        (
            "not JSON",
            vec![Reply::json(200, "<html>"), deal()],
            "get",
            Failed,
            1,
        ),
        (
            "not JSON",
            vec![Reply::json(200, "<html>"), deal()],
            "create",
            Failed,
            1,
        ),
        // A wait that is longer than allowed is not started.
        (
            "an hour",
            vec![Reply::with_headers(429, &["retry-after: 3600"], ""), deal()],
            "get",
            Failed,
            1,
        ),
        ("never", vec![status(500), deal()], "get once", Failed, 1),
    ];
    let plays = rows
        .into_iter()
        .map(async |(name, replies, what, expected, sent)| {
            let server = Server::start(replies).await;
            let client = client(&server);
            let deals = client.v2().deals();
            let create = || {
                deals.create(CreateDeal::new(
                    "Gadgets",
                    heffl::ClientId::new("clt_1"),
                    heffl::PipelineId::new("dpl_1"),
                ))
            };
            let ended = match what {
                "get" => end(&deals.get(heffl::DealId::new("dl_1")).await),
                "get once" => end(&deals
                    .get(heffl::DealId::new("dl_1"))
                    .retry(RetryPolicy::never())
                    .await),
                "update" => end(&deals
                    .update(
                        heffl::DealId::new("dl_1"),
                        UpdateDeal::new().title("Gadgets"),
                    )
                    .await),
                "delete" => end(&deals.delete(heffl::DealId::new("dl_1")).await),
                "create" => end(&create().await),
                _ => end(&create().retry(quick().repeat_creates(true)).await),
            };
            assert_eq!(
                (ended, server.recorded().len()),
                (expected, sent),
                "{name}, {what}"
            );
        });
    join_all(plays).await;
}

#[tokio::test]
async fn a_refused_connection_is_retried_and_the_create_is_certainly_not_processed() {
    let closed = ClosedPort::reserve();
    // Without a connection, a create is certainly not processed.
    let error = closed
        .builder("secret")
        .retry(quick())
        .build()
        .unwrap()
        .v2()
        .deals()
        .create(CreateDeal::new(
            "Gadgets",
            heffl::ClientId::new("clt_1"),
            heffl::PipelineId::new("dpl_1"),
        ))
        .await
        .unwrap_err();
    assert!(error.kind() == ErrorKind::Transport, "{error}");
}

#[tokio::test]
async fn an_error_of_unknown_outcome_has_its_cause() {
    let body = r#"{"error": {"code": "INTERNAL_SERVER_ERROR", "message": "oops"}}"#;
    let server = Server::start([Reply::json(500, body)]).await;
    let error = client(&server)
        .v2()
        .deals()
        .create(CreateDeal::new(
            "a",
            heffl::ClientId::new("clt_1"),
            heffl::PipelineId::new("dpl_1"),
        ))
        .await
        .unwrap_err();
    assert_eq!(
        (error.status(), error.code()),
        (Some(500), Some(&ErrorCode::InternalServerError))
    );
    assert!(!error.is_retryable());
    assert!(
        error
            .to_string()
            .ends_with("(outcome unknown: it may have been done)"),
        "{error}"
    );
}

#[tokio::test]
async fn the_servers_wait_is_kept_and_reported() {
    let refusal = Reply::with_headers(429, &["ratelimit-reset: 1", "ratelimit-remaining: 0"], "");
    let server = Server::start([refusal.clone(), deal()]).await;
    let response = client(&server)
        .v2()
        .deals()
        .get(heffl::DealId::new("dl_1"))
        .send_for_response()
        .await
        .unwrap();
    assert_eq!((response.status(), response.attempts()), (200, 2));
    assert!(
        response.elapsed() >= Duration::from_secs(1),
        "{:?}",
        response.elapsed()
    );
    assert_eq!(response.body(), DEAL);

    let server = Server::start([refusal]).await;
    let error = client(&server)
        .v2()
        .deals()
        .get(heffl::DealId::new("dl_1"))
        .retry(RetryPolicy::never())
        .await
        .unwrap_err();
    assert!(error.is_rate_limited());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
}

#[tokio::test]
async fn a_deadline_covers_everything() {
    // A failing server.
    let server = Server::start([status(500)]).await;
    let slow = RetryPolicy::new()
        .max_attempts(100)
        .base_delay(Duration::from_secs(3600))
        .max_delay(Duration::from_secs(3600));
    let call = client(&server)
        .v2()
        .deals()
        .get(heffl::DealId::new("dl_1"))
        .retry(slow)
        .deadline(Duration::from_millis(200));
    let started = std::time::Instant::now();
    assert_eq!(call.await.unwrap_err().status(), Some(500));
    assert!(started.elapsed() < Duration::from_secs(5));
    // A used-up quota.
    let server = Server::start([deal()]).await;
    let client = server.builder("secret").rate_limit(1).build().unwrap();
    client
        .v2()
        .deals()
        .get(heffl::DealId::new("dl_1"))
        .await
        .unwrap();
    let error = client
        .v2()
        .deals()
        .get(heffl::DealId::new("dl_1"))
        .deadline(Duration::from_secs(40))
        .await
        .unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(20));
    assert_eq!(error.kind(), ErrorKind::QuotaWait, "{error}");
    assert!(error.retry_after().unwrap() > Duration::from_secs(50));
    assert_eq!(server.recorded().len(), 1);
    let quota = client.quota();
    assert_eq!((quota.limit(), quota.used(), quota.remaining()), (1, 1, 0));
}

/// The call fails at once, so that the caller can do something else.
#[tokio::test]
async fn a_deadline_that_cannot_be_met_fails_the_call_at_once() {
    let refusal = |header| Reply::with_headers(429, &[header], "");
    for (name, reply, requests_a_minute) in [
        (
            "the server requests a longer wait",
            refusal("retry-after: 40"),
            60,
        ),
        ("its window ends later", refusal("ratelimit-reset: 40"), 60),
        ("the quota is used up", status(503), 1),
    ] {
        let server = Server::start([reply.clone()]).await;
        let client = server.builder("secret").rate_limit(requests_a_minute);
        let client = client.retry(RetryPolicy::new()).build().unwrap();
        let call = client.v2().deals().get(heffl::DealId::new("dl_1"));
        let started = std::time::Instant::now();
        let error = call.deadline(Duration::from_secs(30)).await.unwrap_err();
        assert!(started.elapsed() < Duration::from_secs(20), "{name}");
        // The error is the failure, and not the missing time for another attempt.
        assert!(matches!(error.status(), Some(429 | 503)), "{name}: {error}");
        assert_eq!(server.recorded().len(), 1, "{name}");
    }
    // No time remains, so nothing is sent.
    let server = Server::start([deal()]).await;
    let call = client(&server).v2().deals().get(heffl::DealId::new("dl_1"));
    let error = call.deadline(Duration::ZERO).await.unwrap_err();
    assert!(error.kind() == ErrorKind::QuotaWait, "{error}");
    assert!(server.recorded().is_empty());
}

#[tokio::test]
async fn responses_are_limited_in_size() {
    let large = format!(r#"{{"id": "dl_1", "title": "{}"}}"#, "a".repeat(2000));
    for reply in [
        Reply::json(200, &large),
        Reply::Bytes(format!("HTTP/1.1 200 Status\r\n\r\n{large}").into_bytes()),
    ] {
        let server = Server::start([reply]).await;
        let client = server
            .builder("secret")
            .response_limit(1000)
            .build()
            .unwrap();
        let error = client
            .v2()
            .deals()
            .get(heffl::DealId::new("dl_1"))
            .await
            .unwrap_err();
        assert!(error.to_string().contains("limit of 1000 bytes"), "{error}");
        assert!(error.body().unwrap().len() <= 1000);
    }
    // Deeper than any record: it is kept without being parsed.
    let deep = format!(
        r#"{{"id": "dl_1", "x": {}{}}}"#,
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let server = Server::start([Reply::json(200, &deep)]).await;
    let deal = client(&server)
        .v2()
        .deals()
        .get(heffl::DealId::new("dl_1"))
        .await
        .unwrap();
    assert!(deal.extra.get::<Value>("x").is_err());
}

/// A page with these deals.
fn page(ids: &[&str], cursor: Option<&str>, has_more: Option<bool>) -> Reply {
    let data: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
    Reply::json(
        200,
        &json!({"data": data, "meta": {"nextCursor": cursor, "hasMore": has_more}}).to_string(),
    )
}

fn three_pages() -> Vec<Reply> {
    vec![
        page(&["dl_1", "dl_2"], Some("c2"), Some(true)),
        page(&["dl_3", "dl_4"], Some("c3"), Some(true)),
        page(&["dl_5"], None, Some(false)),
    ]
}

async fn ids(mut items: heffl::Items<heffl::v2::Deal>) -> Result<Vec<String>, Error> {
    let mut ids = Vec::new();
    while let Some(deal) = items.try_next().await? {
        ids.push(deal.id.to_string());
    }
    Ok(ids)
}

fn targets(server: &Server) -> Vec<String> {
    server
        .recorded()
        .into_iter()
        .map(|request| request.target)
        .collect()
}

#[tokio::test]
async fn all_items_of_all_pages() {
    let server = Server::start(three_pages()).await;
    let items = client(&server)
        .v2()
        .deals()
        .list()
        .page_size(2)
        .search("a")
        .stream();
    assert_eq!(
        ids(items).await.unwrap(),
        ["dl_1", "dl_2", "dl_3", "dl_4", "dl_5"]
    );
    assert_eq!(
        targets(&server),
        [
            "/api/v2/deals?pageSize=2&search=a",
            "/api/v2/deals?pageSize=2&search=a&cursor=c2",
            "/api/v2/deals?pageSize=2&search=a&cursor=c3",
        ]
    );
}

#[tokio::test]
async fn lists_end_when_the_server_says_so() {
    for (name, first, requests) in [
        (
            "no more, but a cursor",
            page(&["dl_1"], Some("c2"), Some(false)),
            1,
        ),
        ("an empty cursor", page(&["dl_1"], Some(""), None), 1),
        ("only a cursor", page(&["dl_1"], Some("c2"), None), 2),
        (
            "an empty page in between",
            page(&[], Some("c2"), Some(true)),
            2,
        ),
    ] {
        let server = Server::start([first, page(&[], None, Some(false))]).await;
        let items = client(&server).v2().deals().list().stream();
        ids(items).await.unwrap();
        assert_eq!(server.recorded().len(), requests, "{name}");
    }
}

#[tokio::test]
async fn limits_end_lists_without_further_requests() {
    let server = Server::start(three_pages()).await;
    let list = client(&server).v2().deals().list();
    assert_eq!(
        ids(list.clone().stream().max_items(2)).await.unwrap(),
        ["dl_1", "dl_2"]
    );
    assert_eq!(server.recorded().len(), 1);
    let server = Server::start(three_pages()).await;
    let items = client(&server).v2().deals().list().stream().max_pages(2);
    assert_eq!(ids(items).await.unwrap().len(), 4);
    assert_eq!(server.recorded().len(), 2);
    assert_eq!(ids(list.stream().max_items(0)).await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_repeated_cursor_is_an_error() {
    for cycle in [
        vec![page(&["dl_1"], Some("c"), Some(true))],
        vec![
            page(&["dl_1"], Some("a"), Some(true)),
            page(&["dl_2"], Some("b"), Some(true)),
            page(&["dl_3"], Some("a"), Some(true)),
        ],
    ] {
        let server = Server::start(cycle).await;
        let error = ids(client(&server).v2().deals().list().stream())
            .await
            .unwrap_err();
        assert!(error.kind() == ErrorKind::Paging, "{error}");
        assert!(server.recorded().len() <= 3);
    }
}

#[tokio::test]
async fn a_list_continues_after_an_error_and_from_a_bookmark() {
    let pages = three_pages();
    let server = Server::start([
        pages[0].clone(),
        status(404),
        pages[1].clone(),
        pages[2].clone(),
    ])
    .await;
    let mut items = client(&server).v2().deals().list().stream();
    let mut met = Vec::new();
    let mut bookmark = Bookmark::default();
    let mut errors = 0;
    loop {
        match items.try_next().await {
            Ok(Some(deal)) => met.push(deal.id.to_string()),
            Ok(None) => break,
            Err(_) => errors += 1,
        }
        if met.len() == 3 && bookmark == Bookmark::default() {
            let stored = serde_json::to_string(&items.bookmark()).unwrap();
            assert_eq!(stored, r#"{"cursor":"c2","items":1}"#);
            bookmark = serde_json::from_str(&stored).unwrap();
        }
    }
    assert_eq!((met.len(), errors), (5, 1));

    let server = Server::start([pages[1].clone(), pages[2].clone()]).await;
    let items = client(&server)
        .v2()
        .deals()
        .list()
        .stream()
        .resume(bookmark);
    assert_eq!(ids(items).await.unwrap(), ["dl_4", "dl_5"]);
    assert_eq!(targets(&server)[0], "/api/v2/deals?pageSize=100&cursor=c2");
}

/// An adaptor that skips errors comes to an end, and does not request the same page for ever.
#[tokio::test]
async fn a_stream_ends_with_a_permanent_error() {
    const LIMIT: Duration = Duration::from_secs(60);
    let server = Server::start([three_pages()[0].clone(), status(401)]).await;
    let mut items = client(&server).v2().deals().list().stream();
    let read = items.by_ref().filter_map(|item| ready(item.ok()));
    let read: Vec<Deal> = timeout(LIMIT, read.collect()).await.unwrap();
    assert_eq!(read.len(), 2);
    assert_eq!(server.recorded().len(), 2);
    // An explicit call continues, and the position is known.
    assert!(items.try_next().await.unwrap_err().is_unauthorized());
    assert_eq!(server.recorded().len(), 3);
    let bookmark = serde_json::to_value(items.bookmark()).unwrap();
    assert_eq!(bookmark, json!({"cursor": null, "items": 2}));

    let server = Server::start([three_pages()[0].clone(), status(401)]).await;
    let pages = client(&server).v2().deals().list().pages();
    let read = pages.filter_map(|page| ready(page.ok()));
    assert_eq!(timeout(LIMIT, read.count()).await.unwrap(), 1);
    assert_eq!(server.recorded().len(), 2);
}

/// It is an error of the item and not of the list.
#[tokio::test]
async fn a_stream_continues_after_an_unreadable_item() {
    let body = r#"{"data": [{"id": "dl_1"}, 7, {"id": "dl_3"}], "meta": {"hasMore": false}}"#;
    let server = Server::start([Reply::json(200, body)]).await;
    let items = client(&server).v2().deals().list().stream();
    let read: Vec<bool> = items.map(|item| item.is_ok()).collect().await;
    assert_eq!(read, [true, false, true]);
}

#[tokio::test]
async fn operations_without_a_method_have_the_same_retries_and_errors() {
    const GET_NOTE: &str = "/v2/notes/{id}";
    let server = Server::start([refused(429), Reply::json(200, r#"{"text": "hello"}"#)]).await;
    let call = client(&server)
        .request::<Value>("GET", GET_NOTE)
        .path("id", "nt/1")
        .query("expand", "a&b");
    assert!(
        call.to_curl()
            .unwrap()
            .contains("/api/v2/notes/nt%2F1?expand=a%26b'")
    );
    assert_eq!(call.await.unwrap()["text"], "hello");
    assert_eq!(targets(&server), ["/api/v2/notes/nt%2F1?expand=a%26b"; 2]);
    let error = client(&server)
        .request::<Value>("GET", GET_NOTE)
        .path("id", "..")
        .await
        .unwrap_err();
    assert!(error.kind() == ErrorKind::InvalidRequest);
    assert_eq!(error.operation().unwrap().id(), "GET /v2/notes/{id}");
}

#[tokio::test]
async fn an_invalid_request_is_refused_when_it_is_sent() {
    let server = Server::start([]).await;
    for (method, path, problem) in [
        ("fetch it", "/v2/notes", "the method is not one of HTTP"),
        ("GET", "/notes", "does not begin with a version"),
        ("GET", "/v2/notes?a=b", "the path has a query"),
        ("GET", "/v2/../deals", "has a segment"),
    ] {
        let call = client(&server).request::<Value>(method, path);
        let error = call.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        let begin = format!("invalid request: {method} {path}: ");
        let text = error.to_string();
        assert!(text.starts_with(&begin) && text.contains(problem), "{text}");
    }
    let methods = client(&server).request::<Value>(heffl::reqwest::Method::GET, "/v2/notes/{id}");
    let error = methods.await.unwrap_err();
    assert!(
        error.message().contains("parameter id is not given"),
        "{error}"
    );
    assert!(server.recorded().is_empty());
}

#[tokio::test]
async fn a_curl_line_holds_no_key() {
    let client = Client::new("s3cret").unwrap();
    let call = client.v2().deals().create(CreateDeal::new(
        "It's",
        heffl::ClientId::new("clt_1"),
        heffl::PipelineId::new("dpl_1"),
    ));
    let line = call.to_curl().unwrap();
    assert_eq!(
        line,
        "curl --request POST --url 'https://api.heffl.com/api/v2/deals' --header \"x-api-key: $HEFFL_API_KEY\" \
         --header 'content-type: application/json' \
         --data-raw '{\"title\":\"It'\\''s\",\"clientId\":\"clt_1\",\"pipelineId\":\"dpl_1\"}'"
    );
}
