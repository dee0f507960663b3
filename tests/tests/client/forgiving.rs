//! Undocumented responses over a real socket: values are converted if the type can represent them, every deviation is
//! reported, and at most an item is lost.

use std::sync::{Arc, Mutex};

use heffl::{Client, Error, ErrorKind, v2};
use heffl_tests::server::{Reply, Server};

const PAGE: &str = r#"{
    "data": [
        {"id": "dl_1", "title": "good", "cf_a": 1.50},
        {"id": {"private": "\ud83d"}, "cf_b": [1, 2]},
        {"id": 3, "title": 4, "price": "5.60", "status": "PAUSED", "colour": "private", "number": null},
        {"title": "no id"},
        "private",
        {"id": "dl_6"}
    ],
    "meta": {"nextCursor": "c2", "hasMore": true}
}"#;

async fn with_deviations(replies: &[&str]) -> (Server, Client, Arc<Mutex<Vec<String>>>) {
    let server = Server::start(replies.iter().map(|body| Reply::json(200, body))).await;
    let deviations = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&deviations);
    let client = server
        .builder("secret")
        .on_deviation(move |deviation| log.lock().unwrap().push(deviation.to_string()))
        .build()
        .unwrap();
    (server, client, deviations)
}

#[tokio::test]
async fn a_broken_item_does_not_affect_the_others() {
    let (_server, client, deviations) = with_deviations(&[PAGE]).await;
    let page = client.v2().deals().list().await.unwrap();
    let ids: Vec<&str> = page.items().iter().map(|deal| deal.id.as_str()).collect();
    assert_eq!(ids, ["dl_1", "3", "dl_6"]);
    assert_eq!(page.next_cursor(), Some("c2"));
    let broken: Vec<_> = page
        .broken()
        .iter()
        .map(|item| {
            (
                item.item_index().unwrap(),
                item.path().unwrap(),
                item.message(),
            )
        })
        .collect();
    assert_eq!(
        broken,
        [
            (
                1,
                "data[1].id",
                "expected an identifier as text, found an object"
            ),
            (3, "data[3]", "missing field `id`"),
            (4, "data[4]", "expected an object, found text"),
        ]
    );
    let json = std::str::from_utf8(page.broken()[0].body().unwrap()).unwrap();
    assert!(
        json.starts_with(r#"{"id": {"private""#) && json.ends_with(r#""cf_b": [1, 2]}"#),
        "{json}"
    );
    assert!(!format!("{:?} {}", page.broken(), page.broken()[0]).contains("private"));

    // Each converted value is reported without its content.
    assert_eq!(
        *deviations.lock().unwrap(),
        [
            "listDeals: expected an identifier as text at data[2].id, found a number",
            "listDeals: expected text at data[2].title, found a number",
            "listDeals: expected a decimal number at data[2].price, found text",
            "listDeals: expected a documented value at data[2].status, found the value `PAUSED`",
            "listDeals: expected a documented key at data[2].colour, found the key `colour`",
        ]
    );
    let odd = &page.items()[1];
    assert_eq!(odd.title.as_deref(), Some("4"));
    assert_eq!(odd.price, Some("5.60".parse().unwrap()));
    assert_eq!(odd.status, Some(v2::DealStatus::unknown("PAUSED")));
    assert_eq!(
        odd.extra.get::<String>("colour").unwrap().as_deref(),
        Some("private")
    );
}

#[tokio::test]
async fn a_stream_returns_broken_items_in_order_and_continues() {
    let last = r#"{"data": [[], {"id": "dl_7"}], "meta": {"hasMore": false}}"#;
    let (server, client, _) = with_deviations(&[PAGE, last]).await;
    let mut deals = client.v2().deals().list().stream();
    let mut seen = Vec::new();
    loop {
        match deals.try_next().await {
            Ok(None) => break,
            Ok(Some(deal)) => seen.push(deal.id.to_string()),
            Err(error) => seen.push(format!(
                "broken {}",
                error.item_index().expect("only items are broken")
            )),
        }
    }
    let expected = [
        "dl_1", "broken 1", "3", "broken 3", "broken 4", "dl_6", "broken 0", "dl_7",
    ];
    assert_eq!(seen, expected);
    assert_eq!(server.recorded().len(), 2);
}

#[tokio::test]
async fn a_page_that_is_not_json_is_an_error() {
    for page in [
        r#"{"data": [{"id": "dl_1"}, {"id": "dl_2}], "meta": {}}"#,
        r#"{"data": [{"id": "dl_1"}], "meta": {}"#,
        r#"{"data": {"id": "dl_1"}, "meta": {}}"#,
    ] {
        let (_server, client, _) = with_deviations(&[page]).await;
        let error = client.v2().deals().list().await.unwrap_err();
        assert!(error.kind() == ErrorKind::Decode, "{error}");
    }
}

#[tokio::test]
async fn a_documented_response_reports_no_deviation() {
    let (_server, client, deviations) = with_deviations(&[
        r#"{"data": [{"id": "dl_1", "cf_new": 1}], "meta": {"hasMore": false}}"#,
    ])
    .await;
    client.v2().deals().list().await.unwrap();
    assert_eq!(*deviations.lock().unwrap(), [""; 0]);
}

#[tokio::test]
async fn documented_rules_are_checked_before_sending() {
    let (server, client, _) = with_deviations(&[]).await;
    let deal = |id: &str| {
        v2::CreateDeal::new(
            "Gadgets",
            heffl::ClientId::new(id),
            heffl::PipelineId::new("dpl_1"),
        )
    };
    let line = || {
        v2::DealLine::new()
            .price(heffl::Money::from(1))
            .quantity(f64::NAN)
    };
    let calls = [
        (client.v2().deals().create(deal("")), "`clientId` is empty"),
        (
            client.v2().deals().create(deal("..")),
            "`clientId` would lead to another endpoint",
        ),
        (
            client
                .v2()
                .deals()
                .create(deal("clt_1").price("9007199254740993".parse::<heffl::Money>().unwrap())),
            "`price` has more digits",
        ),
        (
            client
                .v2()
                .deals()
                .create(deal("clt_1").products([v2::DealLine::new(), line()])),
            "`products[1].quantity` is a number that JSON cannot hold",
        ),
    ];
    for (call, problem) in calls {
        refused(&call.await.unwrap_err(), problem);
    }
    let mut linked = v2::CreateTask::new("Call");
    linked.entity = Some(v2::TaskEntity::Deals);
    refused(
        &client.v2().tasks().create(linked).await.unwrap_err(),
        "`entityId` is required with `entity`",
    );
    let nobody = heffl::v1::CreateClient::new().first_name("Ann");
    let error = client.v1().clients().create(nobody).await.unwrap_err();
    refused(&error, "`name` is required if `type` is `company`");
    let negative = v2::CreateTask::new("Call").duration_minutes(-1.0);
    refused(
        &client.v2().tasks().create(negative).await.unwrap_err(),
        "`durationMinutes` must be at least 0",
    );
    assert!(server.recorded().is_empty());
}

#[tokio::test]
async fn nan_and_infinity_are_refused_before_sending() {
    #[derive(serde::Serialize)]
    struct Own {
        title: &'static str,
        #[serde(flatten)]
        scores: std::collections::BTreeMap<&'static str, Vec<f32>>,
    }
    let (server, client, _) = with_deviations(&[]).await;
    let own = Own {
        title: "Gadgets",
        scores: [("cf_scores", vec![0.5, f32::NAN])].into(),
    };
    let update = || {
        client
            .v2()
            .deals()
            .update(heffl::DealId::new("dl_1"), v2::UpdateDeal::new())
    };
    let list = || client.v2().deals().list();
    let filter = |value: f64| v2::DealFilter::field("score").operator("is", [value]);
    for (error, problem) in [
        (
            update().json(&own).await.unwrap_err(),
            "updateDeal: the body cannot be sent: `cf_scores[1]` is a number that JSON cannot hold",
        ),
        (
            update().json(&f64::INFINITY).await.unwrap_err(),
            "the body cannot be sent: the value is a number",
        ),
        (
            list().filter(filter(f64::NAN)).await.unwrap_err(),
            "listDeals: parameter filters: `score[0]` is a number that JSON cannot hold",
        ),
        (
            list()
                .filter(filter(1.0))
                .filter(filter(f64::NAN))
                .await
                .unwrap_err(),
            "`score[0]` is a number that JSON cannot hold",
        ),
        (
            list()
                .into_call()
                .query_json("range", &(0.0, f64::NEG_INFINITY))
                .await
                .unwrap_err(),
            "parameter range: `[1]` is a number that JSON cannot hold",
        ),
    ] {
        refused(&error, problem);
    }
    // The comparison of two records does not treat it as an empty field.
    let old = r#"{"id": "prj_1", "number": "1", "title": "Hall", "budgetedHours": 5}"#;
    let old: v2::Project = serde_json::from_str(old).unwrap();
    let mut new = old.clone();
    new.budgeted_hours = Some(f64::NAN);
    refused(
        &v2::UpdateProject::diff(&old, &new).unwrap_err(),
        "`budgetedHours` is a number that JSON cannot hold",
    );
    assert!(server.recorded().is_empty());
}

fn refused(error: &Error, problem: &str) {
    assert!(error.kind() == ErrorKind::InvalidRequest, "{error}");
    assert!(error.to_string().contains(problem), "{error}");
}

#[tokio::test]
async fn custom_fields_are_sent_with_the_values_that_were_read() {
    let read = r#"{"id": "dl_1", "cf_a" : 1.50, "cf_b":123456789012345678901234567890, "cf_c":{"x": [null, "\u00e9"]}, "cf_a":1.250}"#;
    let (server, client, _) = with_deviations(&[read, read]).await;
    let deal = client
        .v2()
        .deals()
        .get(heffl::DealId::new("dl_1"))
        .await
        .unwrap();
    let update = v2::UpdateDeal::new()
        .custom_fields(&deal.custom_fields)
        .unwrap();
    client
        .v2()
        .deals()
        .update(heffl::DealId::new("dl_1"), update)
        .await
        .unwrap();
    let sent = server.recorded().pop().unwrap();
    assert_eq!(
        sent.text(),
        r#"{"cf_a":1.25,"cf_b":123456789012345678901234567890,"cf_c":{"x":[null,"\u00e9"]}}"#
    );
    // The same after storing and loading.
    let stored = serde_json::to_string(&deal).unwrap();
    assert!(
        stored.contains(r#""cf_b":{"$json":"123456789012345678901234567890"}"#),
        "{stored}"
    );
    assert_eq!(serde_json::from_str::<v2::Deal>(&stored).unwrap(), deal);
}

#[test]
fn a_diff_is_the_smallest_update() {
    let deal = |json: serde_json::Value| serde_json::from_value::<v2::Deal>(json).unwrap();
    let old = deal(serde_json::json!({
        "id": "dl_1", "title": "Old", "price": 5, "status": "ACTIVE", "expectedCloseDate": "2026-03-01",
        "cf_a": 1, "cf_b": "same", "cf_c": [1], "number": "7",
    }));
    let new = deal(serde_json::json!({
        "id": "dl_1", "title": "New", "price": 5, "status": "ACTIVE", "expectedCloseDate": null, "cf_a": 2,
        "cf_b": "same", "cf_c": null, "cf_d": null, "number": "8",
    }));
    let update = v2::UpdateDeal::diff(&old, &new).unwrap();
    let mut expected = v2::UpdateDeal::new()
        .title("New")
        .expected_close_date(heffl::Patch::Clear);
    for (key, value) in [("cf_a", Some(2)), ("cf_c", None), ("cf_d", None)] {
        expected = expected.custom_field(key, value).unwrap();
    }
    assert_eq!(update, expected);
    assert_eq!(
        v2::UpdateDeal::diff(&old, &old).unwrap(),
        v2::UpdateDeal::new()
    );
}

#[test]
fn from_json_reads_a_record_like_a_response() {
    let client = Client::new("secret").unwrap();
    let call = client.v2().deals().get(heffl::DealId::new("dl_1"));
    for json in [
        r#"{"id": "dl_1", "title": "Hall", "price": 9.50, "cf_a": 1.50}"#,
        r#"{"data": {"id": "dl_1", "number": 7}}"#,
        "\u{feff}{\"id\": 1, \"price\": \"9.50\", \"createdAt\": \"soon\", \"more\": [1]}",
        r#" {"id": "dl_1", "status": "NEW_WORD", "expectedCloseDate": null} "#,
    ] {
        let deal = v2::Deal::from_json(json).unwrap();
        assert_eq!(deal, call.read(json.as_bytes()).unwrap(), "{json}");
    }
    assert_eq!(
        v2::Deal::from_json(String::from(r#"{"id": "dl_1"}"#))
            .unwrap()
            .id,
        "dl_1"
    );
    for (json, place) in [
        ("", "."),
        ("null", "."),
        ("[]", "."),
        (r#"{"title": "secret"}"#, "."),
        (r#"{"id": {"secret": 1}}"#, "id"),
        (r#"{"data": {"id": ["secret"]}}"#, "data.id"),
        (r#"{"id": "dl_1"} secret"#, "."),
    ] {
        let error = v2::Deal::from_json(json).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
        assert_eq!(error.path(), Some(place), "{json}: {error}");
        assert!(
            !format!("{error} {error:?}").contains("secret"),
            "{error:?}"
        );
    }
}
