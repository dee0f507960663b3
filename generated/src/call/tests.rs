//! Calls over a socket, for features that Heffl's API does not use.

use std::{
    collections::VecDeque,
    convert::Infallible,
    future::poll_fn,
    io::{Read as _, Write as _},
    net::TcpListener,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    task::{Context, Poll},
    thread::{self, JoinHandle},
    time::Duration,
};

use bytes::Bytes;
use hyper::body::{Body, Frame};
use serde_json::json;

use crate::{
    Call, Client, ErrorKind, RetryPolicy, choice,
    error::BoxError,
    json::{Refusal, to_json},
    key::Key,
    limit::Limit,
    operation::{Access, Spec},
    request::Members,
};

static POST: Spec = Spec {
    id: std::borrow::Cow::Borrowed("sendGadget"),
    method: std::borrow::Cow::Borrowed("POST"),
    path: std::borrow::Cow::Borrowed("/gadgets"),
    ..Spec::NONE
};

static FIND: Spec = Spec {
    id: std::borrow::Cow::Borrowed("findGadgets"),
    method: std::borrow::Cow::Borrowed("GET"),
    path: std::borrow::Cow::Borrowed("/gadgets/{ids}"),
    limits: &[
        ("ids", &[Limit::MaxLength(3)]),
        ("tags", &[Limit::MaxItems(2)]),
        ("X-Sizes", &[Limit::Maximum(9.0)]),
        ("sid", &[Limit::MaxLength(3)]),
    ],
    ..Spec::NONE
};

static PUT: Spec = Spec {
    method: std::borrow::Cow::Borrowed("PUT"),
    path: std::borrow::Cow::Borrowed("/gadgets"),
    ..Spec::NONE
};

static HEAD: Spec = Spec {
    method: std::borrow::Cow::Borrowed("HEAD"),
    path: std::borrow::Cow::Borrowed("/gadgets"),
    ..Spec::NONE
};

/// A client of a server that responds once, and the request that the server gets.
fn server(response: &str) -> (Client, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}/api", listener.local_addr().unwrap());
    let response = response.to_owned();
    let request = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut request, mut chunk) = (Vec::new(), [0; 4096]);
        loop {
            let count = stream.read(&mut chunk).unwrap();
            request.extend_from_slice(&chunk[..count]);
            let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
            let length = text
                .split_once("content-length: ")
                .and_then(|(_, rest)| rest.split("\r\n").next()?.parse().ok())
                .unwrap_or(0);
            let is_chunked = text.contains("transfer-encoding: chunked");
            if let Some((_, body)) = text.split_once("\r\n\r\n")
                && body.len() >= length
                && (!is_chunked || body.ends_with("0\r\n\r\n"))
            {
                break;
            }
        }
        stream.write_all(response.as_bytes()).unwrap();
        String::from_utf8(request).unwrap()
    });
    let client = Client::builder()
        .api_key("s3cr3t")
        .base_url(base_url)
        .build()
        .unwrap();
    (client, request)
}

fn response(status: u16, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} Told\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

#[tokio::test]
async fn parts_and_files_arrive_with_their_names_and_media_types() {
    let (client, request) = server(&response(204, ""));
    Call::unread(&client, &POST)
        .parts(to_json(
            &json!({"title": "a b", "tags": ["x", "y"], "size": {"w": 1}, "gone": null}),
        ))
        .files(
            "photo",
            "image/png",
            [("p.png".to_owned(), Bytes::from_static(b"\r\n--\r\n").into())],
        )
        .await
        .unwrap();
    let request = request.join().unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let media = "content-type: multipart/form-data; boundary=";
    let boundary = head
        .lines()
        .find_map(|line| line.strip_prefix(media))
        .unwrap();
    let mut parts: Vec<&str> = body.split(&format!("--{boundary}")).collect();
    assert_eq!((parts.remove(0), parts.pop()), ("", Some("--\r\n")));
    let field = |name: &str, value: &str| {
        format!("\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let file = "\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"p.png\"\r\n\
        Content-Type: image/png\r\n\r\n\r\n--\r\n\r\n";
    let object = "\r\nContent-Disposition: form-data; name=\"size\"\r\n\
        Content-Type: application/json\r\n\r\n{\"w\":1}\r\n";
    let mut expected = [
        object.to_owned(),
        field("tags", "x"),
        field("tags", "y"),
        field("title", "a b"),
        file.to_owned(),
    ];
    // The order of fields depends on a feature of serde_json.
    parts.sort_unstable();
    expected.sort_unstable();
    assert_eq!(parts, expected);
}

#[tokio::test]
async fn parameters_arrive_where_and_as_the_document_describes_them() {
    let (client, request) = server(&response(204, ""));
    let json = |json: &str| Ok(json.to_owned());
    let filter = json(r#"{"size":[1,2.50],"name":"a&b","gone":null}"#);
    Call::unread(&client, &FIND)
        .path_list("ids", ["a", "b"], ",")
        .query_object("filter", filter, Members::Deep)
        .query_object(
            "more",
            json(r#"{"page":3,"tags":["x","y"]}"#),
            Members::Apart,
        )
        .query_object(
            "sort",
            json(r#"{"name":"up","size":true}"#),
            Members::Joined,
        )
        .header_values("X-Sizes", [1, 2], ",")
        .header_values("X-Note", ["a,b"], "")
        .cookie("sid", "old")
        .cookie("theme", "dark")
        .cookie("sid", "é;%")
        .await
        .unwrap();
    let request = request.join().unwrap();
    let mut lines = request.lines();
    let target = "/api/gadgets/a,b?filter%5Bsize%5D=1&filter%5Bsize%5D=2.50&filter%5Bname%5D=a%26b\
        &page=3&tags=x&tags=y&sort=name%2Cup%2Csize%2Ctrue";
    assert_eq!(lines.next(), Some(&*format!("GET {target} HTTP/1.1")));
    let mut sent: Vec<&str> = lines.filter(|it| it.starts_with(['x', 'c'])).collect();
    sent.sort_unstable();
    let cookies = "cookie: theme=dark; sid=%C3%A9%3B%25";
    let key = "x-api-key: s3cr3t";
    assert_eq!(sent, [cookies, key, "x-note: a,b", "x-sizes: 1,2"]);
}

#[test]
fn values_that_the_document_does_not_allow_are_refused_before_they_are_sent() {
    let client = Client::new("s3cr3t").unwrap();
    let call = || Call::unread(&client, &FIND).path("ids", "a");
    let json = |json: &str| Ok(json.to_owned());
    assert!(call().url().is_ok());
    for (call, problem) in [
        (
            call().query_list("tags", ["a", "b", "c"], Some(",")),
            "parameter tags takes at most 2 items",
        ),
        (
            call().query_list("tags", ["a,b"], Some(",")),
            "parameter tags has an item with the separator `,` in it",
        ),
        (
            call().path_list("ids", ["a", "long"], ","),
            "parameter ids takes at most 3 characters",
        ),
        (
            call().header_values("X-Sizes", [1, 12], ","),
            "parameter X-Sizes must be at most 9",
        ),
        (
            call().cookie("sid", "long"),
            "parameter sid takes at most 3 characters",
        ),
        (
            call().query_object("filter", json(r#"{"a":{}}"#), Members::Deep),
            "parameter filter: `a` is an object or a list of lists, for which a query has no form",
        ),
        (
            call().query_object(
                "filter",
                Err(Refusal::new("is bad").below("a")),
                Members::Deep,
            ),
            "parameter filter: `a` is bad",
        ),
    ] {
        let error = call.url().unwrap_err().to_string();
        let expected = format!("invalid request: findGadgets: {problem}");
        assert_eq!(error, expected);
    }
}

/// A stream that gives these parts.
struct Parts(VecDeque<&'static str>);

impl Body for Parts {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = self.0.pop_front();
        Poll::Ready(next.map(|part| Ok(Frame::data(part.into()))))
    }
}

fn stream(parts: impl IntoIterator<Item = &'static str>) -> reqwest::Body {
    reqwest::Body::wrap(Parts(parts.into_iter().collect()))
}

#[tokio::test]
async fn files_that_are_streams_arrive_between_the_other_parts_and_are_sent_once() {
    let (client, request) = server(&response(503, ""));
    let call = Call::unread(&client, &PUT)
        .files(
            "a",
            "text/plain",
            [("a.txt".to_owned(), stream(["on", "e"]))],
        )
        .files("b", "text/plain", [("b.txt".to_owned(), "two".into())])
        .files("c", "text/plain", [("c.txt".to_owned(), stream(["three"]))]);
    assert_eq!(call.request_body(), None);
    assert!(
        call.to_curl()
            .unwrap_err()
            .to_string()
            .contains("is not text")
    );
    let again = call.clone();
    let error = call.await.unwrap_err();
    assert_eq!((error.status(), error.attempts()), (Some(503), Some(1)));
    let message = error.to_string();
    let expected = " (not sent again: the body has a stream; make a new call with a new stream)";
    assert!(message.ends_with(expected), "{message}");
    let error = again.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.to_string().contains("sent before"), "{error}");

    let request = request.join().unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("transfer-encoding: chunked"), "{head}");
    let boundary = head
        .split_once("boundary=")
        .unwrap()
        .1
        .lines()
        .next()
        .unwrap();
    let body = unchunked(body);
    let mut parts: Vec<&str> = body.split(&format!("--{boundary}")).collect();
    assert_eq!((parts.remove(0), parts.pop()), ("", Some("--\r\n")));
    let part = |name: &str, content: &str| {
        format!(
            "\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{name}.txt\"\r\n\
             Content-Type: text/plain\r\n\r\n{content}\r\n"
        )
    };
    assert_eq!(
        parts,
        [part("a", "one"), part("b", "two"), part("c", "three")]
    );
}

#[tokio::test]
async fn a_stream_that_was_not_read_is_sent_with_the_next_attempt() {
    let attempts = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&attempts);
    let client = Client::builder()
        .api_key("s3cr3t")
        .retry(RetryPolicy::new().base_delay(Duration::ZERO))
        .transport(move |mut request: reqwest::Request| {
            let attempt = counted.fetch_add(1, Ordering::Relaxed);
            async move {
                if attempt == 0 {
                    return Err(BoxError::from("no connection"));
                }
                let mut text = String::new();
                let body = request.body_mut().as_mut().unwrap();
                while let Some(frame) = poll_fn(|it| Pin::new(&mut *body).poll_frame(it)).await {
                    text.push_str(str::from_utf8(frame?.data_ref().unwrap()).unwrap());
                }
                assert!(text.contains("\r\n\r\none\r\n--"), "{text}");
                Ok(http::Response::builder()
                    .status(204)
                    .body("")
                    .unwrap()
                    .into())
            }
        })
        .build()
        .unwrap();
    let files = [("a.txt".to_owned(), stream(["on", "e"]))];
    let call = Call::unread(&client, &PUT).files("a", "text/plain", files);
    call.await.unwrap();
    assert_eq!(attempts.load(Ordering::Relaxed), 2);
}

/// A body without the lines that have the length of each part.
fn unchunked(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((length, rest)) = body.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).unwrap();
        whole.push_str(&rest[..length]);
        body = rest[length..].trim_start_matches("\r\n");
    }
    whole
}

#[test]
fn a_curl_line_has_the_media_type_of_its_body() {
    let client = Client::new("s3cr3t").unwrap();
    let call = || Call::unread(&client, &POST);
    let form = call().form(to_json(&json!({"title": "a b", "tags": ["x", "y"]})));
    let line = form.to_curl().unwrap();
    assert!(line.contains("'content-type: application/x-www-form-urlencoded'"));
    assert!(
        line.contains("title=a+b") && !line.contains("json"),
        "{line}"
    );

    let parts = call().parts(to_json(&json!({"title": "it's"})));
    let body = String::from_utf8_lossy(parts.request_body().unwrap()).into_owned();
    let boundary = body.lines().next().unwrap().trim_start_matches('-');
    let line = parts.to_curl().unwrap();
    let media = format!("'content-type: multipart/form-data; boundary={boundary}'");
    assert!(line.contains(&media) && !line.contains("json"), "{line}");
    assert!(line.contains(&format!(" --data-raw '{}'", body.replace('\'', r"'\''"))));

    let text = call().bytes("text/plain", Bytes::from_static(b"@a"));
    let line = text.header("x-gateway", "private").to_curl().unwrap();
    assert!(
        line.contains("--header 'content-type: text/plain'"),
        "{line}"
    );
    assert!(line.contains("--header 'x-gateway: …'") && line.ends_with(" --data-raw '@a'"));
    let json = call().json(&[1]).to_curl().unwrap();
    assert!(
        json.ends_with(" --header 'content-type: application/json' --data-raw '[1]'"),
        "{json}"
    );

    let image = Bytes::from_static(b"\xff\xd8");
    let error = call().bytes("image/jpeg", image).to_curl().unwrap_err();
    assert!(error.to_string().contains("request_body()"), "{error}");
}

/// A response, by its status.
#[derive(Clone, Debug, PartialEq)]
enum Success {
    Done(i64),
    Later(Vec<String>),
    Empty,
    Unknown(serde_json::Value),
}

choice! {
    Success by ":status" {
        Done(value: i64) ["200", "201"],
        Later(value: Vec<String>) ["202"],
        Empty ["2XX"],
    }
}

#[tokio::test]
async fn the_status_decides_how_a_response_is_read() {
    for (status, body, expected) in [
        (200, "1", Success::Done(1)),
        (201, "2", Success::Done(2)),
        (202, r#"["a"]"#, Success::Later(vec!["a".to_owned()])),
        // Each of these could be read as one of the others.
        (202, "[]", Success::Later(Vec::new())),
        (204, "", Success::Empty),
        // A status that the document does not describe is read as the variant that fits.
        (203, "3", Success::Done(3)),
        (200, "null", Success::Empty),
        (200, r#"{"a": 1}"#, Success::Unknown(json!({"a": 1}))),
    ] {
        let (client, _) = server(&response(status, body));
        let read = Call::<Success>::new(&client, &POST).await.unwrap();
        assert_eq!(read, expected, "{status} {body}");
    }
}

#[tokio::test]
async fn a_response_to_head_has_no_body_and_no_body_has_no_media_type() {
    let (client, request) =
        server("HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\n");
    Call::unread(&client, &HEAD).await.unwrap();
    assert!(
        request
            .join()
            .unwrap()
            .starts_with("HEAD /api/gadgets HTTP/1.1\r\n")
    );
    let (client, request) = server(&response(204, ""));
    Call::unread(&client, &POST).await.unwrap();
    let request = request.join().unwrap();
    assert!(request.contains("content-length: 0\r\n") && !request.contains("content-type"));
}

const fn spec(access: Access) -> Spec {
    Spec {
        method: std::borrow::Cow::Borrowed("GET"),
        version: std::borrow::Cow::Borrowed("v1"),
        path: std::borrow::Cow::Borrowed("/gadgets"),
        access,
        ..Spec::NONE
    }
}

const fn keyed(key: Key) -> Spec {
    spec(Access { server: None, key })
}

#[tokio::test]
async fn the_key_is_sent_only_where_the_operation_needs_it() {
    static TOKEN: Spec = keyed(Key::Header {
        name: "authorization",
        prefix: "Bearer ",
    });
    static SESSION: Spec = keyed(Key::Header {
        name: "cookie",
        prefix: "sid=",
    });
    static QUERY: Spec = keyed(Key::Query("k e y"));
    static PUBLIC: Spec = keyed(Key::None);
    for (spec, expected, curl) in [
        (
            &TOKEN,
            "authorization: Bearer s3cr3t",
            "--header \"authorization: Bearer $HEFFL_API_KEY\"",
        ),
        (
            &SESSION,
            "cookie: a=b; sid=s3cr3t",
            "--header \"cookie: sid=$HEFFL_API_KEY\"",
        ),
        (
            &QUERY,
            "GET /api/v1/gadgets?q=1&k+e+y=s3cr3t HTTP/1.1",
            "--url-query \"k e y=$HEFFL_API_KEY\"",
        ),
        (&PUBLIC, "", ""),
    ] {
        let (client, request) = server(&response(204, ""));
        let call = Call::unread(&client, spec)
            .query("q", 1)
            .header("cookie", "a=b");
        assert!(call.to_curl().unwrap().contains(curl));
        call.await.unwrap();
        let request = request.join().unwrap();
        let count = usize::from(!expected.is_empty());
        assert_eq!(request.matches("s3cr3t").count(), count, "{request}");
        assert!(request.contains(expected), "{request}");
    }
}

#[tokio::test]
async fn an_operation_of_another_server_is_called_there_unless_a_base_url_is_given() {
    static OTHER: Spec = spec(Access {
        server: Some("https://files.example.com/store/v3"),
        ..Access::USUAL
    });
    static SAME: Spec = spec(Access::USUAL);
    for (base_url, spec, expected) in [
        (None, &OTHER, "https://files.example.com/store/v3/gadgets"),
        (None, &SAME, "https://api.heffl.com/api/v1/gadgets"),
        (
            Some("http://localhost:1/api"),
            &OTHER,
            "http://localhost:1/api/v1/gadgets",
        ),
    ] {
        let client = Client::builder().api_key("s3cr3t");
        let client = match base_url {
            Some(base_url) => client.base_url(base_url),
            None => client,
        };
        let client = client.transport(move |request: reqwest::Request| {
            assert_eq!(request.url().as_str(), expected);
            let response = reqwest::Response::from(http::Response::new(""));
            std::future::ready(Ok::<_, std::io::Error>(response))
        });
        Call::unread(&client.build().unwrap(), spec).await.unwrap();
    }
}

#[tokio::test]
async fn a_call_whose_response_is_read_as_another_type_has_the_same_request() {
    let (client, request) = server(&response(200, r#"{"id": 1}"#));
    let call = Call::unread(&client, &POST)
        .query("q", "a b")
        .json(&json!({"size": 2}))
        .with_response::<serde_json::Value>();
    let url = call.url().unwrap();
    assert_eq!((url.path(), url.query()), ("/api/gadgets", Some("q=a+b")));
    assert_eq!(call.await.unwrap(), json!({"id": 1}));
    let request = request.join().unwrap();
    assert!(request.starts_with("POST /api/gadgets?q=a+b "), "{request}");
    assert!(request.ends_with(r#"{"size":2}"#), "{request}");
}
