//! The retries of failed requests, their waits, and their errors, over real sockets.

use std::{
    collections::VecDeque,
    io::{Read as _, Write as _},
    net::TcpListener,
    ops::RangeInclusive,
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use heffl::{
    Call, Client, Error, ErrorKind, RetryPolicy,
    hook::{AttemptInfo, Hook},
    v1, v2,
    v2::{CreateDeal, Deal, UpdateDeal},
};
use heffl_tests::{
    hostile::{Act, Hostile, reply},
    server::{Reply, Server},
};
use serde_json::Value;

use super::common::quick;

const DEAL: &str = r#"{"id": "dl_1"}"#;

fn client(server: &Server) -> Client {
    server.builder("key").retry(quick()).build().unwrap()
}

fn create(client: &Client) -> Call<Deal> {
    let deals = client.v2().deals();
    deals.create(CreateDeal::new(
        "Gadgets",
        heffl::ClientId::new("clt_1"),
        heffl::PipelineId::new("dpl_1"),
    ))
}

fn update(client: &Client) -> Call<Deal> {
    let deals = client.v2().deals();
    deals.update(
        heffl::DealId::new("dl_1"),
        UpdateDeal::new().title("Gadgets"),
    )
}

/// A response without a body.
fn empty(status: u16) -> Reply {
    Reply::Bytes(
        format!("HTTP/1.1 {status} Status\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
            .into(),
    )
}

/// The rows of the guide's table with statuses: the statuses, the behaviour of reads, changes and
/// deletions, and the behaviour of creates.
fn guide() -> Vec<(Vec<RangeInclusive<u16>>, &'static str, &'static str)> {
    let text = include_str!("../../../generated/guide/errors.md");
    let range = |text: &str| {
        let (from, to) = text.split_once('–').unwrap_or((text, text));
        Some(from.parse().ok()?..=to.parse().ok()?)
    };
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [statuses, _, others, creates] = cells[..] else {
            return None;
        };
        let statuses: Option<_> = statuses.split(", ").map(range).collect();
        Some((statuses?, others, creates))
    });
    rows.collect()
}

#[tokio::test]
async fn every_status_ends_as_documented_in_the_guide() {
    let rows = guide();
    assert!(rows.len() >= 5, "{rows:?}");
    // One client for all rows, because loading the certificates takes time.
    let http = heffl::reqwest::Client::builder().redirect(heffl::reqwest::redirect::Policy::none());
    let http = http.build().unwrap();
    for status in 300..=599 {
        // The last row counts: exceptions follow the rule.
        let has =
            |ranges: &[RangeInclusive<u16>]| ranges.iter().any(|range| range.contains(&status));
        let (_, others, creates) = rows.iter().rfind(|(ranges, ..)| has(ranges)).unwrap();
        // `Retry-After` changes only the wait, and not which requests are sent again.
        let headers: [&[&str]; 2] = [&[], &["retry-after: 0"]];
        for headers in &headers[usize::from(status == 429)..] {
            let fails = Reply::with_headers(status, headers, "");
            for (name, expected) in [
                ("get", others),
                ("update", others),
                ("delete", others),
                ("create", creates),
            ] {
                let server = Server::start([fails.clone()]).await;
                let client = Client::builder()
                    .api_key("key")
                    .base_url(format!("{}/api", server.url()))
                    .retry(quick().max_attempts(2))
                    .transport({
                        let http = http.clone();
                        move |request| http.execute(request)
                    })
                    .build()
                    .unwrap();
                let deals = client.v2().deals();
                let result = match name {
                    "get" => deals.get(heffl::DealId::new("dl_1")).await.map(drop),
                    "update" => update(&client).await.map(drop),
                    "delete" => deals.delete(heffl::DealId::new("dl_1")).await.map(drop),
                    _ => create(&client).await.map(drop),
                };
                let error = result.unwrap_err();
                let found = match (server.recorded().len(), error.is_outcome_unknown()) {
                    (2, false) => "sent again",
                    (1, true) => "outcome unknown",
                    (1, false) => "fails",
                    other => panic!("{status}, {name}: {other:?}"),
                };
                assert_eq!(found, *expected, "{status}, {name}, {headers:?}");
                let again = found == "sent again";
                assert_eq!(error.is_retryable(), again, "{status}, {name}: {error}");
                assert_eq!(error.status(), Some(status), "{name}");
            }
        }
    }
}

#[tokio::test]
async fn an_error_has_a_wait_if_another_attempt_may_succeed() {
    let reset = "ratelimit-reset: 45";
    let (date, stamp) = (
        "date: Fri, 20 Nov 2026 10:00:00 GMT",
        "x-ratelimit-reset: 2026-11-20T10:00:01Z",
    );
    for (status, headers, seconds) in [
        // The end of the quota's window.
        (429, &[reset][..], Some(45.0)),
        (429, &[reset, "retry-after: 7"], Some(7.0)),
        (500, &[reset], None),
        (502, &[reset], None),
        (503, &[reset], None),
        (404, &[reset], None),
        (400, &[reset], None),
        // The wait that the server requests.
        (500, &[reset, "retry-after: 7"], Some(7.0)),
        (503, &["retry-after: 7"], Some(7.0)),
        (404, &["retry-after: 7"], None),
        (301, &["retry-after: 7"], None),
        (501, &["retry-after: 7"], None),
        // In every unit.
        (429, &[date, stamp], Some(1.0)),
        (429, &["x-ratelimit-reset: 500ms"], Some(0.5)),
        (429, &["x-ratelimit-reset: 1m30s"], Some(90.0)),
        (
            429,
            &[date, "x-ratelimit-reset: 1795168801000000"],
            Some(1.0),
        ),
        (429, &["x-ratelimit-reset: 1795168801000000"], None),
        (429, &["x-ratelimit-reset: 12 monkeys"], None),
        (
            503,
            &[date, "retry-after: Fri, 20 Nov 2026 10:00:01 GMT"],
            Some(1.0),
        ),
        (
            503,
            &[date, "retry-after: Fri, 20 Nov 2026 09:59:59 GMT"],
            None,
        ),
        (503, &["retry-after: 7 or so"], None),
    ] {
        let server = Server::start([Reply::with_headers(status, headers, "")]).await;
        let client = server.client("key");
        let error = client
            .v2()
            .deals()
            .get(heffl::DealId::new("dl_1"))
            .await
            .unwrap_err();
        let expected = seconds.map(Duration::from_secs_f64);
        assert_eq!(error.retry_after(), expected, "{status}, {headers:?}");
    }
}

/// Records the waits between attempts.
#[derive(Clone, Default)]
struct Waits(Arc<Mutex<Vec<Duration>>>);

impl Hook for Waits {
    async fn after_attempt(&self, attempt: &AttemptInfo<'_>) {
        self.0.lock().unwrap().extend(attempt.retry_in());
    }
}

#[tokio::test]
async fn the_wait_is_the_servers_or_the_backoff() {
    let date = "date: Fri, 20 Nov 2026 10:00:00 GMT";
    let millisecond = Duration::ZERO..=Duration::from_millis(1);
    // The server's wait with a random addition.
    let half_a_second = Duration::from_millis(500)..=Duration::from_millis(501);
    for (status, headers, expected) in [
        (500, &["ratelimit-reset: 45"][..], &millisecond),
        (
            503,
            &["ratelimit-reset: 45", "ratelimit-remaining: 59"],
            &millisecond,
        ),
        (
            503,
            &[date, "retry-after: Fri, 20 Nov 2026 09:00:00 GMT"],
            &millisecond,
        ),
        (503, &["retry-after: 0.5"], &half_a_second),
        (429, &["x-ratelimit-reset: 500ms"], &half_a_second),
    ] {
        let fails = Reply::with_headers(status, headers, "");
        let server = Server::start([fails, Reply::json(200, DEAL)]).await;
        let waits = Waits::default();
        let client = server.builder("key").retry(quick()).hook(waits.clone());
        let client = client.build().unwrap();
        client
            .v2()
            .deals()
            .get(heffl::DealId::new("dl_1"))
            .await
            .unwrap();
        let waits = waits.0.lock().unwrap();
        assert!(
            waits.len() == 1 && expected.contains(&waits[0]),
            "{status}, {headers:?}: {waits:?}"
        );
    }
}

#[tokio::test]
async fn the_end_of_a_window_is_measured_by_the_servers_clock() {
    let headers = [
        "date: Fri, 20 Nov 2026 10:00:00 GMT",
        "x-ratelimit-limit: 60",
        "x-ratelimit-remaining: 0",
        "x-ratelimit-reset: 2026-11-20T10:00:02Z",
    ];
    let server = Server::start([Reply::with_headers(200, &headers, DEAL)]).await;
    let client = client(&server);
    client
        .v2()
        .deals()
        .get(heffl::DealId::new("dl_1"))
        .await
        .unwrap();
    let next = client.quota().next_in();
    assert!(
        next <= Duration::from_secs(2) && !next.is_zero(),
        "{next:?}"
    );
}

/// Successful responses without content.
fn without_body() -> Vec<(&'static str, Reply)> {
    vec![
        (
            "204",
            Reply::Bytes(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_vec()),
        ),
        ("200", empty(200)),
        ("202", empty(202)),
        ("205", empty(205)),
        (
            "200 of no length",
            Reply::Bytes(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()),
        ),
        ("200 and white space", Reply::json(200, " \r\n")),
        ("200 and null", Reply::json(200, "null")),
    ]
}

#[tokio::test]
async fn a_deletion_without_a_body_succeeds() {
    for (name, reply) in without_body() {
        let server = Server::start([reply]).await;
        let deviations = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&deviations);
        let client = server
            .builder("key")
            .on_deviation(move |deviation| heard.lock().unwrap().push(deviation.to_string()))
            .build()
            .unwrap();
        let (v1, v2) = (client.v1(), client.v2());
        let deletions = [
            v2.deals().delete(heffl::DealId::new("dl_1")),
            v2.contacts().delete(heffl::ContactId::new("clt_1")),
            v2.companies().delete(heffl::CompanyId::new("clt_1")),
            v2.quotations().delete(heffl::QuotationId::new("qtn_1")),
            v2.tasks().delete(heffl::TaskId::new("tsk_1")),
        ];
        for deletion in deletions {
            let response = deletion.send_for_response().await.unwrap();
            assert_eq!(*response.value(), v2::DeleteResult::default(), "{name}");
            assert!((200..300).contains(&response.status()), "{name}");
        }
        let deletions = [
            v1.clients().delete(heffl::ClientId::new("1")),
            v1.deals().delete(heffl::DealId::new("1")),
            v1.leads().delete(heffl::LeadId::new("1")),
            v1.tasks().delete(heffl::TaskId::new("1")),
        ];
        for deletion in deletions {
            assert_eq!(
                deletion.await.unwrap(),
                v1::DeleteResult::default(),
                "{name}"
            );
        }
        let found = if name == "200 and null" {
            "null"
        } else {
            "no body"
        };
        let deviations = deviations.lock().unwrap();
        assert_eq!(deviations.len(), 9, "{name}");
        assert_eq!(
            deviations[0],
            format!("deleteDeal: expected a record at ., found {found}")
        );
    }
}

/// There is no record to return, and an empty list would be wrong.
#[tokio::test]
async fn other_calls_without_a_body_fail_with_an_error_that_the_server_accepted_them() {
    for (name, reply) in without_body() {
        for call in ["get", "list", "update", "create"] {
            let server = Server::start([reply.clone()]).await;
            let client = client(&server);
            let deals = client.v2().deals();
            let result = match call {
                "get" => deals.get(heffl::DealId::new("dl_1")).await.map(drop),
                "list" => deals.list().await.map(drop),
                "update" => update(&client).await.map(drop),
                _ => create(&client).await.map(drop),
            };
            let error = result.unwrap_err();
            assert!(error.kind() == ErrorKind::Decode, "{name}, {call}: {error}");
            assert!(!error.is_retryable(), "{name}, {call}");
            assert_eq!(server.recorded().len(), 1, "{name}, {call}");
            let says = error
                .to_string()
                .contains("the server accepted the request");
            assert!(says || name == "200 and null", "{name}, {call}: {error}");
        }
    }
}

#[tokio::test]
async fn the_404_of_a_repeated_deletion_mentions_the_repetition() {
    let status = |status| Reply::with_headers(status, &["retry-after: 0"], "");
    let lost = || Reply::Bytes(Vec::new());
    for (name, replies, call, possibly_done) in [
        ("500", vec![status(500), status(404)], "delete", true),
        ("408", vec![status(408), status(404)], "delete", true),
        ("lost", vec![lost(), status(404)], "delete", true),
        ("lost", vec![lost(), status(410)], "delete", true),
        // After a refusal, the outcome of the first attempt is still unknown.
        (
            "lost",
            vec![lost(), status(429), status(404)],
            "delete",
            true,
        ),
        ("lost", vec![lost(), status(409)], "update", true),
        // Certainly not processed.
        ("at once", vec![status(404)], "delete", false),
        ("429", vec![status(429), status(404)], "delete", false),
        ("lost", vec![lost(), status(404)], "get", false),
    ] {
        let attempts = replies.len();
        let server = Server::start(replies).await;
        let client = client(&server);
        let deals = client.v2().deals();
        let result = match call {
            "get" => deals.get(heffl::DealId::new("dl_1")).await.map(drop),
            "update" => update(&client).await.map(drop),
            _ => deals.delete(heffl::DealId::new("dl_1")).await.map(drop),
        };
        let error = result.unwrap_err();
        let text = error.to_string();
        assert_eq!(error.kind(), ErrorKind::Api, "{name}, {call}");
        assert_eq!(error.may_have_been_done(), possibly_done, "{name}, {call}");
        let says = text.contains(&format!("sent {attempts} times"));
        assert_eq!(says, possibly_done, "{name}, {call}: {text}");
    }
}

/// Checks which requests the server may have processed, after a single attempt.
#[tokio::test]
async fn an_error_reports_whether_the_request_may_have_been_processed() {
    let lost = || Reply::Bytes(Vec::new());
    let unreadable = || Reply::json(200, r#"{"id": []}"#);
    for (name, reply, [get, update, create_one]) in [
        ("lost", lost(), [false, true, true]),
        ("500", Reply::json(500, ""), [false, true, true]),
        ("unreadable", unreadable(), [false, true, true]),
        ("404", Reply::json(404, ""), [false; 3]),
        ("429", Reply::json(429, ""), [false; 3]),
        ("501", Reply::json(501, ""), [false; 3]),
    ] {
        for (call, expected) in [("get", get), ("update", update), ("create", create_one)] {
            let server = Server::start([reply.clone()]).await;
            let client = server.builder("key").retry(RetryPolicy::never());
            let client = client.build().unwrap();
            let result = match call {
                "get" => {
                    let id = heffl::DealId::new("dl_1");
                    client.v2().deals().get(id).await.map(drop)
                }
                "update" => self::update(&client).await.map(drop),
                _ => create(&client).await.map(drop),
            };
            let error = result.unwrap_err();
            assert_eq!(
                error.may_have_been_done(),
                expected,
                "{name}, {call}: {error}"
            );
        }
    }
}

/// Responds to each request on a single connection. Closes it on a message, and confirms that.
fn idle_server(rounds: usize) -> (u16, mpsc::Sender<()>, mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (close, told) = mpsc::channel::<()>();
    let (has_closed, closed) = mpsc::channel();
    std::thread::spawn(move || {
        let reply = reply(200, &[], DEAL.as_bytes());
        for _ in 0..=rounds {
            let Ok((mut stream, _)) = listener.accept() else {
                return;
            };
            let mut bytes: Vec<u8> = Vec::new();
            while !bytes.windows(4).any(|window| window == b"\r\n\r\n") {
                let mut buffer = [0; 4096];
                let Ok(count @ 1..) = stream.read(&mut buffer) else {
                    return;
                };
                bytes.extend(&buffer[..count]);
            }
            stream.write_all(&reply).unwrap();
            if told.recv().is_err() {
                return;
            }
            drop(stream);
            let _ = has_closed.send(());
        }
    });
    (port, close, closed)
}

/// Each create uses a connection that the server has closed while the program did something else.
async fn create_on_closed_connections() {
    const ROUNDS: usize = 20;
    let (port, close, closed) = idle_server(ROUNDS);
    let client = Client::builder()
        .api_key("key")
        .base_url(format!("http://127.0.0.1:{port}/api"))
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    client
        .v2()
        .deals()
        .get(heffl::DealId::new("dl_1"))
        .await
        .unwrap();
    for round in 0..ROUNDS {
        close.send(()).unwrap();
        // Blocks the thread, as a long computation does.
        closed.recv().unwrap();
        let created = create(&client).await;
        assert!(created.is_ok(), "round {round}: {created:?}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_create_succeeds_after_its_connection_was_closed_while_the_only_thread_was_busy() {
    create_on_closed_connections().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_create_succeeds_after_its_connection_was_closed_while_the_only_worker_was_busy() {
    tokio::spawn(create_on_closed_connections()).await.unwrap();
}

/// Reads only the beginning of a request, responds, and closes the connection: at once, or after the
/// client has closed it.
fn impatient_server(reply: Vec<u8>, at_once: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0; 64]).unwrap();
        stream.write_all(&reply).unwrap();
        if !at_once {
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            // Further bytes of the client are read and dropped.
            while matches!(stream.read(&mut [0; 4096]), Ok(1..)) {}
        }
    });
    port
}

/// Calls a server that does not read the whole body.
async fn create_large(status: u16, at_once: bool) -> Error {
    let body = r#"{"error": {"code": "TOO_LARGE", "message": "At most one megabyte."}}"#;
    let reply = reply(status, &["connection: close"], body.as_bytes());
    let client = Client::builder()
        .api_key("key")
        .base_url(format!(
            "http://127.0.0.1:{}/api",
            impatient_server(reply, at_once)
        ))
        .build()
        .unwrap();
    let deal = CreateDeal::new(
        "a".repeat(16 << 20),
        heffl::ClientId::new("clt_1"),
        heffl::PipelineId::new("dpl_1"),
    );
    client.v2().deals().create(deal).await.unwrap_err()
}

#[tokio::test]
async fn an_early_error_response_to_a_large_body_is_read() {
    for status in [401, 413] {
        let error = create_large(status, false).await;
        assert_eq!(error.status(), Some(status), "{error}");
        assert_eq!(error.code().unwrap().as_str(), "TOO_LARGE");
        assert!(!error.is_outcome_unknown(), "{error}");
    }
}

/// A server that closes with unread bytes breaks the connection. Whether the client has read the response by
/// then is a matter of time.
#[tokio::test]
async fn a_broken_connection_during_a_large_body_is_the_response_or_an_unknown_outcome() {
    for _ in 0..5 {
        let error = create_large(413, true).await;
        let is_read = error.status() == Some(413) && !error.is_outcome_unknown();
        let is_lost = error.status().is_none() && error.is_outcome_unknown();
        assert!(is_read || is_lost, "{error}");
    }
}

#[tokio::test]
async fn a_request_without_a_body_has_a_content_length_of_zero() {
    for (method, length) in [
        ("POST", Some("0")),
        ("PUT", Some("0")),
        ("PATCH", Some("0")),
        ("GET", None),
        ("DELETE", None),
    ] {
        let call = |server| client(server).request::<Value>(method, "/v2/touch");
        let server = Server::start([Reply::json(200, "{}")]).await;
        call(&server).await.unwrap();
        let lengths = server.only();
        let lengths = lengths.header("content-length");
        assert_eq!(lengths, Vec::from_iter(length), "{method}");
        // With a body, there is one content length.
        let server = Server::start([Reply::json(200, "{}")]).await;
        call(&server).json(&1).await.unwrap();
        assert_eq!(server.only().header("content-length"), ["1"], "{method}");
    }
}

/// A new connection may be lost before or after the request is written to it.
#[tokio::test]
async fn a_create_that_was_never_written_has_a_known_outcome() {
    let acts: VecDeque<Act> = (0..3)
        .map(|_| Act::HangUp)
        .chain([Act::reply(200, &[], DEAL)])
        .collect();
    let server = Hostile::start(acts).await;
    let client = Client::builder()
        .api_key("key")
        .base_url(format!("http://{}/api", server.address()))
        .retry(quick())
        .build()
        .unwrap();
    match create(&client).await {
        Ok(_) => assert_eq!(server.requests().len(), 1),
        Err(error) => assert!(error.is_outcome_unknown(), "{error}"),
    }
}
