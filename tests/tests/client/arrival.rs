//! Any text in a call either arrives at the server unchanged, or is refused
//! before anything is sent. Other code than the client's decodes the request.

use std::sync::LazyLock;

use heffl::{Client, Error, ErrorKind, v2::CreateDeal};
use heffl_tests::{
    cases,
    server::{Recorded, Reply, Server},
};
use percent_encoding::percent_decode_str;
use proptest::{prelude::*, sample::select};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// Shared, because making a runtime takes longer than a call.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// Text of all kinds, often with special characters of URLs, headers and JSON.
fn text() -> impl Strategy<Value = String> {
    let pieces = vec![
        "",
        ".",
        "..",
        "/",
        "\\",
        "%",
        "%2e",
        "%2F",
        "%00",
        "?",
        "#",
        "&",
        "=",
        "+",
        " ",
        ";",
        ":",
        "@",
        "\r\n",
        "\n",
        "\t",
        "\0",
        "\u{7f}",
        "\u{85}",
        "\u{feff}",
        "\u{2028}",
        "é",
        "日本",
        "😀",
        "\"",
        "'",
        "{",
        "}",
        "[",
        "]",
        "<",
        "cf_",
        "a",
        "dl_1",
        "x-api-key: b",
        "http://example.com/",
        ",",
    ];
    prop_oneof![
        any::<String>(),
        "[ -~]{0,40}",
        prop::collection::vec(select(pieces), 0..6).prop_map(|pieces| pieces.concat()),
        prop::collection::vec(any::<char>(), 0..20).prop_map(|text| text.into_iter().collect()),
        "[a-z]{1,3}".prop_map(|text| text.repeat(700)),
    ]
}

/// Values of custom fields and filters.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(text(), inner, 0..4)
                .prop_map(|entries| entries.into_iter().collect()),
        ]
    })
}

/// Makes a call, and returns the received request, or `None` if the call was refused before sending.
fn received_request(call: impl AsyncFnOnce(&Client) -> Result<(), Error>) -> Option<Recorded> {
    RUNTIME.block_on(async {
        let server = Server::start([Reply::json(
            200,
            r#"{"id": "dl_1", "data": [], "meta": {}}"#,
        )])
        .await;
        let client = server
            .builder("s3cret")
            .http(|http| http.tls_certs_only([]));
        match call(&client.build().unwrap()).await {
            Err(error)
                if [ErrorKind::InvalidRequest, ErrorKind::CustomField].contains(&error.kind()) =>
            {
                assert!(server.recorded().is_empty());
                None
            }
            Err(error) => panic!("{error}"),
            Ok(()) => {
                let request = server.only();
                assert_eq!(request.header("x-api-key"), ["s3cret"]);
                assert_eq!(request.header("host").len(), 1);
                Some(request)
            }
        }
    })
}

/// The segments of the path, each decoded separately.
fn segments(request: &Recorded) -> Vec<String> {
    let path = request.target.split('?').next().unwrap();
    let decode = |segment| {
        percent_decode_str(segment)
            .decode_utf8()
            .unwrap()
            .into_owned()
    };
    path.split('/').skip(1).map(decode).collect()
}

/// The parameters of the query.
fn query(request: &Recorded) -> Vec<(String, String)> {
    let (_, query) = request.target.split_once('?').unwrap_or_default();
    let decode = |text: &str| {
        percent_decode_str(&text.replace('+', " "))
            .decode_utf8()
            .unwrap()
            .into_owned()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases(64))
    })]

    #[test]
    fn identifiers_arrive(id in text()) {
        if let Some(request) = received_request(async |client| client.v2().deals().get(heffl::DealId::new(&id)).await.map(drop)) {
            prop_assert_eq!(segments(&request), ["api", "v2", "deals", id.as_str()]);
            prop_assert_eq!(query(&request), []);
        } else {
            // Only text that servers or people may misread is refused.
            let is_hidden = |character: char| {
                character.escape_debug().len() > 1
                    || matches!(character, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}')
            };
            let is_odd = id.contains('\\') || id.contains(is_hidden) || id.trim() != id;
            prop_assert!(is_odd || matches!(id.as_str(), "" | "." | ".."), "{:?}", id);
        }
    }

    #[test]
    fn parameters_of_paths_and_queries_arrive(
        parts in (text(), text()),
        parameters in prop::collection::btree_map(text(), text(), 0..4),
    ) {
        let request = received_request(async |client| {
            let call = client.request::<Value>("GET", "/v2/notes/{id}/{part}").path("id", &parts.0).path("part", &parts.1);
            let call = parameters
                .iter()
                .fold(call, |call, (name, value)| call.query(name.clone(), value));
            call.await.map(drop)
        });
        if let Some(request) = request {
            prop_assert_eq!(segments(&request), ["api", "v2", "notes", &parts.0, &parts.1]);
            let expected: Vec<_> = parameters.into_iter().collect();
            prop_assert_eq!(query(&request), expected);
        }
    }

    #[test]
    fn searches_filters_and_cursors_arrive(
        search in text(),
        cursor in text(),
        field in text(),
        filter in value(),
    ) {
        let filters = json!({ field: {"operator": "is", "values": [filter]} });
        let request = received_request(async |client| {
            let list = client.v2().deals().list();
            list.search(search.as_str()).filters(&filters).cursor(cursor.as_str()).await.map(drop)
        });
        let mut query = query(&request.expect("all values are allowed"));
        query.sort();
        let names: Vec<_> = query.iter().map(|(name, _)| name.as_str()).collect();
        prop_assert_eq!(names, ["cursor", "filters", "search"]);
        prop_assert_eq!((&query[0].1, &query[2].1), (&cursor, &search));
        prop_assert_eq!(serde_json::from_str::<Value>(&query[1].1).unwrap(), filters);
    }

    #[test]
    fn custom_fields_arrive(key in text(), prefix in any::<bool>(), field in value(), title in text()) {
        let key = if prefix { format!("cf_{key}") } else { key };
        let request = received_request(async |client| {
            let body = CreateDeal::new(title.as_str(), heffl::ClientId::new("clt_1"), heffl::PipelineId::new("dpl_1"));
            let body = body.custom_field(key.as_str(), &field)?;
            client.v2().deals().create(body).await.map(drop)
        });
        if let Some(request) = request {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let expected = json!({"title": title, "clientId": "clt_1", "pipelineId": "dpl_1", key: field});
            prop_assert_eq!(body, expected);
        } else {
            let is_odd = key == "cf_" || key.contains(char::is_control);
            prop_assert!(is_odd || !key.starts_with("cf_"), "{:?}", key);
        }
    }

    #[test]
    fn headers_arrive(name in prop_oneof![Just("X-Note".to_owned()), text()], value in text()) {
        let request = received_request(async |client| {
            client.v2().deals().get(heffl::DealId::new("dl_1")).header(&name, &value).await.map(drop)
        });
        if let Some(request) = request {
            prop_assert_eq!(request.header(&name), [value.as_str()]);
        } else if name == "X-Note" {
            let is_plain = value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
            prop_assert!(!is_plain || value.trim() != value, "{:?}", value);
        }
    }
}
