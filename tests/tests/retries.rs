//! Which failures are sent again, after which wait, and what a caller learns of them, over real sockets.

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
    hostile::{Act, Hostile, answer},
    server::{Answer, Server},
};
use serde_json::Value;

const DEAL: &str = r#"{"id": "dl_1"}"#;

/// Retries without waiting.
fn quick() -> RetryPolicy {
    RetryPolicy::new().base_delay(Duration::from_millis(1))
}

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
fn empty(status: u16) -> Answer {
    Answer::Bytes(
        format!("HTTP/1.1 {status} Told\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").into(),
    )
}

/// The rows of the guide's table that are about statuses: which, what happens with reads, changes and
/// deletions, and what with creates.
fn guide() -> Vec<(Vec<RangeInclusive<u16>>, &'static str, &'static str)> {
    let text = include_str!("../../generated/guide/errors.md");
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
async fn every_status_ends_as_the_guide_says() {
    let rows = guide();
    assert!(rows.len() >= 5, "{rows:?}");
    // One for all, as it takes time to load the certificates.
    let http = heffl::reqwest::Client::builder().redirect(heffl::reqwest::redirect::Policy::none());
    let http = http.build().unwrap();
    for status in 300..=599 {
        // The last row counts: exceptions stand below the rule.
        let has =
            |ranges: &[RangeInclusive<u16>]| ranges.iter().any(|range| range.contains(&status));
        let (_, others, creates) = rows.iter().rfind(|(ranges, ..)| has(ranges)).unwrap();
        // `Retry-After` makes no difference to what is sent again, only to when.
        let headers: [&[&str]; 2] = [&[], &["retry-after: 0"]];
        for headers in &headers[usize::from(status == 429)..] {
            let fails = Answer::with_headers(status, headers, "");
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
async fn an_error_has_a_wait_where_another_attempt_makes_sense() {
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
        // What the server asks for.
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
        let server = Server::start([Answer::with_headers(status, headers, "")]).await;
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

/// Notes the waits between attempts.
#[derive(Clone, Default)]
struct Waits(Arc<Mutex<Vec<Duration>>>);

impl Hook for Waits {
    async fn after_attempt(&self, attempt: &AttemptInfo<'_>) {
        self.0.lock().unwrap().extend(attempt.retry_in());
    }
}

#[tokio::test]
async fn a_wait_is_the_servers_or_else_the_backoff() {
    let date = "date: Fri, 20 Nov 2026 10:00:00 GMT";
    let millisecond = Duration::ZERO..=Duration::from_millis(1);
    // The server's wait and a little more.
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
        let fails = Answer::with_headers(status, headers, "");
        let server = Server::start([fails, Answer::json(200, DEAL)]).await;
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
async fn a_window_that_ends_at_a_time_is_waited_for_by_the_servers_clock() {
    let headers = [
        "date: Fri, 20 Nov 2026 10:00:00 GMT",
        "x-ratelimit-limit: 60",
        "x-ratelimit-remaining: 0",
        "x-ratelimit-reset: 2026-11-20T10:00:02Z",
    ];
    let server = Server::start([Answer::with_headers(200, &headers, DEAL)]).await;
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

/// What a server answers that has done the work and has nothing to say about it.
fn without_body() -> Vec<(&'static str, Answer)> {
    vec![
        (
            "204",
            Answer::Bytes(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_vec()),
        ),
        ("200", empty(200)),
        ("202", empty(202)),
        ("205", empty(205)),
        (
            "200 of no length",
            Answer::Bytes(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()),
        ),
        ("200 and white space", Answer::json(200, " \r\n")),
        ("200 and null", Answer::json(200, "null")),
    ]
}

#[tokio::test]
async fn a_deletion_without_a_body_succeeds() {
    for (name, answer) in without_body() {
        let server = Server::start([answer]).await;
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

/// There is no record to return, and an empty list would be a lie.
#[tokio::test]
async fn other_calls_without_a_body_fail_and_say_that_the_server_accepted_them() {
    for (name, answer) in without_body() {
        for call in ["get", "list", "update", "create"] {
            let server = Server::start([answer.clone()]).await;
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
async fn a_repeated_deletion_that_meets_404_says_that_it_was_repeated() {
    let status = |status| Answer::with_headers(status, &["retry-after: 0"], "");
    let lost = || Answer::Bytes(Vec::new());
    for (name, answers, call, possibly_done) in [
        ("500", vec![status(500), status(404)], "delete", true),
        ("408", vec![status(408), status(404)], "delete", true),
        ("lost", vec![lost(), status(404)], "delete", true),
        ("lost", vec![lost(), status(410)], "delete", true),
        // Refused in between: what became of the first attempt is still not known.
        (
            "lost",
            vec![lost(), status(429), status(404)],
            "delete",
            true,
        ),
        ("lost", vec![lost(), status(409)], "update", true),
        // Nothing can have been done.
        ("at once", vec![status(404)], "delete", false),
        ("429", vec![status(429), status(404)], "delete", false),
        ("lost", vec![lost(), status(404)], "get", false),
    ] {
        let attempts = answers.len();
        let server = Server::start(answers).await;
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

/// One attempt: what the server may have changed, and what it cannot have.
#[tokio::test]
async fn an_error_says_whether_the_work_may_have_been_done() {
    let lost = || Answer::Bytes(Vec::new());
    let unreadable = || Answer::json(200, r#"{"id": []}"#);
    for (name, answer, [get, update, create_one]) in [
        ("lost", lost(), [false, true, true]),
        ("500", Answer::json(500, ""), [false, true, true]),
        ("unreadable", unreadable(), [false, true, true]),
        ("404", Answer::json(404, ""), [false; 3]),
        ("429", Answer::json(429, ""), [false; 3]),
        ("501", Answer::json(501, ""), [false; 3]),
    ] {
        for (call, expected) in [("get", get), ("update", update), ("create", create_one)] {
            let server = Server::start([answer.clone()]).await;
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

/// Answers each request on the one connection, closes it when told, and says when it has.
fn idle_server(rounds: usize) -> (u16, mpsc::Sender<()>, mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (close, told) = mpsc::channel::<()>();
    let (has_closed, closed) = mpsc::channel();
    std::thread::spawn(move || {
        let reply = answer(200, &[], DEAL.as_bytes());
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

/// Each create meets a connection that the server has closed since, while the program did something else.
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
        // Keeps the thread, as a program does that computes.
        closed.recv().unwrap();
        let created = create(&client).await;
        assert!(created.is_ok(), "round {round}: {created:?}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_create_meets_an_idle_connection_that_was_closed_while_its_only_thread_was_busy() {
    create_on_closed_connections().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_create_meets_an_idle_connection_that_was_closed_while_its_only_worker_was_busy() {
    tokio::spawn(create_on_closed_connections()).await.unwrap();
}

/// Reads the beginning of a request and no more, answers, and closes the connection: at once, or when the
/// client has gone.
fn impatient_server(reply: Vec<u8>, at_once: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0; 64]).unwrap();
        stream.write_all(&reply).unwrap();
        if !at_once {
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            // What the client still writes is read and dropped.
            while matches!(stream.read(&mut [0; 4096]), Ok(1..)) {}
        }
    });
    port
}

/// Calls a server that does not read the whole body.
async fn create_large(status: u16, at_once: bool) -> Error {
    let body = r#"{"error": {"code": "TOO_LARGE", "message": "At most one megabyte."}}"#;
    let reply = answer(status, &["connection: close"], body.as_bytes());
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

/// A server that closes with bytes unread breaks the connection. Whether the client has read the response by
/// then is a matter of time.
#[tokio::test]
async fn a_connection_that_breaks_while_a_large_body_is_written_gives_the_response_or_an_unknown_outcome()
 {
    for _ in 0..5 {
        let error = create_large(413, true).await;
        let is_read = error.status() == Some(413) && !error.is_outcome_unknown();
        let is_lost = error.status().is_none() && error.is_outcome_unknown();
        assert!(is_read || is_lost, "{error}");
    }
}

#[tokio::test]
async fn a_request_that_could_have_a_body_and_has_none_says_so() {
    for (method, length) in [
        ("POST", Some("0")),
        ("PUT", Some("0")),
        ("PATCH", Some("0")),
        ("GET", None),
        ("DELETE", None),
    ] {
        let call = |server| client(server).request::<Value>(method, "/v2/touch");
        let server = Server::start([Answer::json(200, "{}")]).await;
        call(&server).await.unwrap();
        let lengths = server.only();
        let lengths = lengths.header("content-length");
        assert_eq!(lengths, Vec::from_iter(length), "{method}");
        // With a body, its length is there once.
        let server = Server::start([Answer::json(200, "{}")]).await;
        call(&server).json(&1).await.unwrap();
        assert_eq!(server.only().header("content-length"), ["1"], "{method}");
    }
}

/// A connection that is lost right after it was made may be lost before or after the request is written to it.
#[tokio::test]
async fn a_create_that_was_never_written_is_not_called_unknown() {
    let acts: VecDeque<Act> = (0..3)
        .map(|_| Act::HangUp)
        .chain([Act::answer(200, &[], DEAL)])
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
