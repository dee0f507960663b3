//! The effect of the settings of a client on requests, and the access to responses.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use heffl::{ErrorKind, reqwest, v2::CreateDeal};
use heffl_tests::{
    server::{Reply, Server, get_deal},
    workspace,
};
use serde_json::{Value, json};

const KEY: &str = "s3cr3t-key";
const DEAL: &str = r#"{"id": "dl_1"}"#;

/// The guide and the README have the same table, with every feature.
#[test]
fn the_table_of_features_is_complete() {
    let read = |path: &str| std::fs::read_to_string(workspace().join(path)).unwrap();
    let table = |text: &str| -> Vec<String> {
        let lines = text.lines().map(|line| line.trim_start_matches("//! "));
        let table = lines.skip_while(|line| !line.starts_with("| feature |"));
        let rows = table.take_while(|line| line.starts_with('|'));
        rows.map(str::to_owned).collect()
    };
    let readme = table(&read("generated/README.md"));
    assert_eq!(table(&read("generated/src/lib.rs")), readme);
    let manifest = read("generated/Cargo.toml");
    let (_, features) = manifest.split_once("\n[features]\n").unwrap();
    let (features, _) = features.split_once("\n[").unwrap();
    let lines = features
        .lines()
        .filter(|line| !line.starts_with([' ', '#', ']']));
    let mut named = lines.filter_map(|line| line.split_once(" = "));
    let (_, default) = named.next().unwrap();
    for (feature, _) in named {
        let is_in = |row: &&String| {
            row.split('|')
                .nth(1)
                .unwrap()
                .contains(&format!("`{feature}`"))
        };
        let row = readme.iter().find(is_in).expect(feature);
        let is_default = default.contains(&format!("\"{feature}\""));
        let word = if is_default { "| yes |" } else { "| no |" };
        assert!(row.contains(word), "{row}");
    }
}

fn deal() -> Reply {
    Reply::json(200, DEAL)
}

#[tokio::test]
async fn settings_of_the_http_client_are_used() {
    let server = Server::start([deal()]).await;
    let client = server
        .builder(KEY)
        .http(|http| {
            http.default_headers(
                [("x-note".parse().unwrap(), "own".parse().unwrap())]
                    .into_iter()
                    .collect(),
            )
        })
        .build()
        .unwrap();
    get_deal(&client).await.unwrap();
    assert_eq!(server.only().header("x-note"), ["own"]);
}

#[tokio::test]
async fn redirects_are_not_followed_with_any_setting() {
    let other = Server::start([deal()]).await;
    let location = format!("location: {}/api/v2/deals/dl_1", other.url());
    let server = Server::start([Reply::with_headers(307, &[&location], "")]).await;
    let client = server
        .builder(KEY)
        .http(|http| http.redirect(reqwest::redirect::Policy::limited(5)))
        .build()
        .unwrap();
    let error = get_deal(&client).await.unwrap_err();
    assert_eq!(error.status(), Some(307));
    assert!(other.recorded().is_empty());
}

#[tokio::test]
async fn a_proxy_is_used_for_this_machine_only_if_the_program_sets_it() {
    let proxy = Server::start([deal()]).await;
    let client = proxy
        .builder(KEY)
        .base_url("http://localhost:1/api")
        .proxy(proxy.url())
        .build()
        .unwrap();
    get_deal(&client).await.unwrap();
    assert_eq!(proxy.only().target, "http://localhost:1/api/v2/deals/dl_1");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn gzipped(body: &[u8]) -> Reply {
    let mut reply = format!(
        "HTTP/1.1 200 Status\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    reply.extend_from_slice(body);
    Reply::Bytes(reply)
}

#[tokio::test]
async fn responses_are_requested_compressed_and_decompressed() {
    let server = Server::start([gzipped(&gzip(DEAL.as_bytes()))]).await;
    let call = server
        .client(KEY)
        .v2()
        .deals()
        .get(heffl::DealId::new("dl_1"));
    let response = call.send_for_response().await.unwrap();
    assert_eq!(response.body(), DEAL);
    assert_eq!(server.only().header("accept-encoding"), ["gzip"]);
}

/// The limit of a response applies to its decompressed size.
#[tokio::test]
async fn a_decompression_bomb_is_an_error() {
    const LIMIT: usize = 1 << 20;
    let bomb = gzip(&vec![b' '; 64 << 20]);
    assert!(bomb.len() < LIMIT);
    let server = Server::start([gzipped(&bomb)]).await;
    let client = server.builder(KEY).response_limit(LIMIT).build().unwrap();
    let error = get_deal(&client).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Decode, "{error}");
    assert!(error.to_string().contains("limit of 1048576"), "{error}");
    assert!(error.body().unwrap().len() <= LIMIT);
}

/// A response that is complete but cannot be decompressed is not requested again. After a broken connection it is.
#[tokio::test]
async fn broken_compression_is_distinguished_from_a_broken_connection() {
    let whole = gzip(DEAL.as_bytes());
    let Reply::Bytes(mut cut_off) = gzipped(&whole) else {
        unreachable!("it arrives at once")
    };
    cut_off.truncate(cut_off.len() - 6);
    for (reply, is_whole) in [
        (gzipped(&whole[..whole.len() - 6]), true),
        (gzipped(b"this is not gzip"), true),
        (Reply::Bytes(cut_off), false),
    ] {
        let server = Server::start([reply]).await;
        let error = server
            .client(KEY)
            .v2()
            .deals()
            .get(heffl::DealId::new("dl_1"))
            .await
            .unwrap_err();
        assert_eq!(error.kind() == ErrorKind::Decode, is_whole, "{error}");
        assert_eq!(error.kind() == ErrorKind::Transport, !is_whole, "{error}");
    }
}

#[tokio::test]
async fn the_response_of_a_list_is_accessible() {
    let body = r#"{"data": [{"id": "dl_1"}], "meta": {"hasMore": false}}"#;
    let server = Server::start([Reply::with_headers(200, &["x-request-id: req_1"], body)]).await;
    let list = server.client(KEY).v2().deals().list().page_size(10);
    let response = list.into_call().send_for_response().await.unwrap();
    assert_eq!((response.value().len(), response.status()), (1, 200));
    assert_eq!(
        (response.request_id(), response.attempts()),
        (Some("req_1"), 1)
    );
    assert_eq!(response.body(), body);
    assert!(!response.elapsed().is_zero());
}

/// Every failure has the number of attempts and the operation.
#[tokio::test]
async fn every_error_has_attempts_operation_and_status() {
    for (reply, status) in [
        (Reply::json(404, "{}"), Some(404)),
        (Reply::json(200, "[]"), Some(200)),
        (Reply::Bytes(Vec::new()), None),
    ] {
        let server =
            Server::start([Reply::with_headers(429, &["retry-after: 0"], ""), reply]).await;
        let client = server
            .builder(KEY)
            .retry(
                heffl::RetryPolicy::new()
                    .max_attempts(2)
                    .base_delay(std::time::Duration::from_millis(1)),
            )
            .build()
            .unwrap();
        let error = get_deal(&client).await.unwrap_err();
        assert_eq!(error.status(), status, "{error}");
        assert_eq!(error.attempts(), Some(2), "{error}");
        assert!(error.elapsed().is_some_and(|elapsed| !elapsed.is_zero()));
        assert_eq!(error.operation().unwrap().id(), "getDeal");
        assert_eq!(error.headers().is_some(), status.is_some());
    }
}

/// For operations with and without parameters of their own, for a page and for a stream.
#[tokio::test]
async fn undocumented_parameters_can_be_sent_with_every_call() {
    let empty = r#"{"data": [], "meta": {"hasMore": false}}"#;
    let server = Server::start([deal(), Reply::json(200, empty)]).await;
    let client = server.client(KEY);
    let deals = client.v2().deals();
    deals
        .get(heffl::DealId::new("dl_1"))
        .query("expand", "lines")
        .await
        .unwrap();
    let list = || {
        deals
            .list()
            .page_size(10)
            .into_call()
            .query("archived", true)
    };
    list().await.unwrap();
    list().stream().try_collect().await.unwrap();
    let filter = json!({"any": [1, 2]});
    list().query_json("where", &filter).await.unwrap();
    let targets: Vec<String> = server
        .recorded()
        .into_iter()
        .map(|request| request.target)
        .collect();
    assert_eq!(
        targets,
        [
            "/api/v2/deals/dl_1?expand=lines",
            "/api/v2/deals?pageSize=10&archived=true",
            "/api/v2/deals?pageSize=10&archived=true",
            "/api/v2/deals?pageSize=10&archived=true&where=%7B%22any%22%3A%5B1%2C2%5D%7D",
        ]
    );
}

/// A body is written by the model, or is replaced.
#[tokio::test]
async fn undocumented_keys_can_be_sent_in_a_body() {
    let server = Server::start([deal()]).await;
    let body = CreateDeal::new(
        "Gadgets",
        heffl::ClientId::new("clt_1"),
        heffl::PipelineId::new("dpl_1"),
    );
    let mut undocumented = serde_json::to_value(&body).unwrap();
    undocumented["colour"] = json!("red");
    let call = server.client(KEY).v2().deals().create(body);
    call.json(&undocumented).await.unwrap();
    let sent: Value = serde_json::from_str(server.only().text()).unwrap();
    assert_eq!(sent, undocumented);
}

#[tokio::test]
async fn the_curl_line_of_a_list_masks_possible_secrets() {
    let client = heffl::Client::new(KEY).unwrap();
    let call = client.v2().deals().list().search("it's").into_call();
    assert_eq!(
        call.header("x-gateway", "private").to_curl().unwrap(),
        "curl --request GET --url 'https://api.heffl.com/api/v2/deals?search=it%27s' \
         --header \"x-api-key: $HEFFL_API_KEY\" --header 'x-gateway: …'"
    );
}
