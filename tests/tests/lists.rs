//! The requests of lists, and the envelopes that they read, over real sockets.

use heffl::{
    Error, ErrorKind, Filter, JsonObject,
    v1::clients::ListClients,
    v2::{
        CompanyFilter, ContactFilter, DealFilter, DealOrderBy, DealStatus, LeadFilter,
        OrderDirection, QuotationFilter, TaskFilter,
        deals::{Deal, ListDeals},
    },
};
use heffl_tests::server::{Reply, Server};
use proptest::prelude::*;
use serde_json::{Value, json};

const EMPTY: &str = r#"{"data": [], "meta": {"nextCursor": null, "hasMore": false}}"#;

/// The received parameter `filters`.
async fn sent(build: impl FnOnce(ListDeals) -> ListDeals) -> Result<Value, Error> {
    let server = Server::start([Reply::json(200, EMPTY)]).await;
    let client = server.client("secret");
    let result = build(client.v2().deals().list()).await;
    assert_eq!(server.recorded().len(), usize::from(result.is_ok()));
    result?;
    let filters = query(&server)
        .into_iter()
        .find(|(name, _)| name == "filters");
    Ok(serde_json::from_str(&filters.unwrap().1).unwrap())
}

fn query(server: &Server) -> Vec<(String, String)> {
    let url = heffl::reqwest::Url::parse(&format!("http://host{}", server.only().target)).unwrap();
    url.query_pairs().into_owned().collect()
}

fn assert_refused<T>(result: Result<T, Error>, words: &[&str]) {
    let Err(error) = result else {
        panic!("not refused: {words:?}")
    };
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{words:?}");
    for word in words {
        assert!(error.to_string().contains(word), "{error}: {word}");
    }
}

#[tokio::test]
async fn conditions_are_one_object_in_one_parameter() {
    let pipeline = heffl::PipelineId::new("dpl_1");
    let filters = sent(|list| {
        list.filter(DealFilter::pipeline_id().is(&pipeline))
            .filter(DealFilter::status().is_any_of([DealStatus::Won, DealStatus::Lost]))
            .filter(DealFilter::custom("cf_region").operator("contains", ["north & \"south\""]))
            .filter(DealFilter::field("price").operator("between", [1, 1000]))
            .filter(DealFilter::field("tags").operator("is_empty", [0; 0]))
    });
    assert_eq!(
        filters.await.unwrap(),
        json!({
            "pipelineId": {"operator": "is", "values": ["dpl_1"]},
            "status": {"operator": "is_any_of", "values": ["WON", "LOST"]},
            "cf_region": {"operator": "contains", "values": ["north & \"south\""]},
            "price": {"operator": "between", "values": [1, 1000]},
            "tags": {"operator": "is_empty", "values": []},
        })
    );
}

#[tokio::test]
async fn every_documented_field_and_operator_is_sent_by_its_name() {
    fn written<R>(filter: &Filter<R>) -> String {
        let text = format!("{filter:?}");
        text.replace('"', "'")
    }
    for (filter, field, operator) in [
        (
            written(&ContactFilter::stage_id().is(heffl::ClientStageId::new("cs_1"))),
            "stageId",
            "is",
        ),
        (
            written(&ContactFilter::lead_stage_id().is_not(heffl::LeadStageId::new("lstg_1"))),
            "leadStageId",
            "is_not",
        ),
        (
            written(&CompanyFilter::stage_id().is_any_of([heffl::ClientStageId::new("cs_1")])),
            "stageId",
            "is_any_of",
        ),
        (
            written(
                &CompanyFilter::lead_stage_id().is_none_of([heffl::LeadStageId::new("lstg_1")]),
            ),
            "leadStageId",
            "is_none_of",
        ),
        (
            written(&QuotationFilter::field("a").operator("b", [1])),
            "a",
            "b",
        ),
        (
            written(&TaskFilter::custom("cf_a").operator("b", [1])),
            "cf_a",
            "b",
        ),
        (
            written(&LeadFilter::field("a").operator("b", [1])),
            "a",
            "b",
        ),
    ] {
        let expected = format!("Filter {{ field: '{field}', operator: '{operator}', .. }}");
        assert_eq!(filter, expected, "the values are personal data");
    }
}

#[tokio::test]
async fn ambiguous_and_empty_conditions_are_refused() {
    let won = || DealFilter::status().is(DealStatus::Won);
    let twice = |list: ListDeals| {
        list.filter(won())
            .filter(DealFilter::status().is_not(DealStatus::Lost))
    };
    assert_refused(
        sent(twice).await,
        &["listDeals", "filters", "status", "takes one"],
    );
    let raw = json!({"status": {"operator": "is", "values": ["LOST"]}});
    assert_refused(
        sent(|list| list.filters(&raw).filter(won())).await,
        &["status"],
    );
    let none = |list: ListDeals| list.filter(DealFilter::status().is_any_of([] as [DealStatus; 0]));
    assert_refused(sent(none).await, &["status", "no values"]);
    for key in ["region", "cf_", "cf_\n"] {
        let custom = |list: ListDeals| list.filter(DealFilter::custom(key).operator("is", ["a"]));
        assert_refused(sent(custom).await, &["custom field"]);
    }
    assert_refused(
        sent(|list| list.filters(&[1]).filter(won())).await,
        &["JSON object"],
    );
}

#[tokio::test]
async fn conditions_are_added_to_conditions_in_json() {
    let raw = json!({"tags": {"operator": "is", "values": ["}"]}});
    let joined = sent(|list| {
        list.filters(&raw)
            .filter(DealFilter::status().is(DealStatus::Won))
    });
    assert_eq!(
        joined.await.unwrap(),
        json!({"tags": {"operator": "is", "values": ["}"]}, "status": {"operator": "is", "values": ["WON"]}})
    );
    let empty = sent(|list| {
        list.filters(&JsonObject::new())
            .filter(DealFilter::status().is(DealStatus::Won))
    });
    assert_eq!(
        empty.await.unwrap(),
        json!({"status": {"operator": "is", "values": ["WON"]}})
    );
    // Later JSON replaces everything.
    let replaced = sent(|list| {
        list.filter(DealFilter::status().is(DealStatus::Won))
            .filters(&raw)
    });
    assert_eq!(replaced.await.unwrap(), raw);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_arrives_exactly(field in ".*", operator in ".*", values in prop::collection::vec(".*", 0..4)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let filters = runtime.block_on(sent(|list| {
            list.filter(DealFilter::field(field.clone()).operator(operator.clone(), &values))
        }));
        prop_assert_eq!(filters.unwrap(), json!({field: {"operator": operator, "values": values}}));
    }
}

#[tokio::test]
async fn parameters_keep_to_their_documented_limits() {
    let server = Server::start([Reply::json(200, EMPTY)]).await;
    let client = server.client("secret");
    let deals = || client.v2().deals().list();
    let most = "must be at most 100";
    for (size, bound) in [(0, "must be at least 1"), (101, most), (u32::MAX, most)] {
        let words = ["listDeals", "pageSize", bound];
        assert_refused(deals().page_size(size).await, &words);
        assert_refused(deals().page_size(size).stream().try_next().await, &words);
    }
    let clients = |list: ListClients| list.limit(101);
    assert_refused(
        clients(client.v1().clients().list()).await,
        &["listClients", "limit", "100"],
    );
    assert!(server.recorded().is_empty());
    // Only the last value of a parameter is checked.
    deals().page_size(0).page_size(100).await.unwrap();
    assert_eq!(query(&server), [("pageSize".to_owned(), "100".to_owned())]);
}

#[tokio::test]
async fn sorting_has_parameters_of_its_own() {
    let server = Server::start([Reply::json(200, EMPTY)]).await;
    let list = server.client("secret").v2().deals().list();
    list.order_by(DealOrderBy::Price)
        .order_dir(OrderDirection::Asc)
        .await
        .unwrap();
    let expected = [("orderBy", "price"), ("orderDir", "asc")];
    assert_eq!(
        query(&server),
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

/// A list of v2 and one of v1, in the same envelope: the items, the cursor, and whether there is more.
async fn both(body: &str) -> [(Vec<String>, Option<String>, bool); 2] {
    let server = Server::start([Reply::json(200, body)]).await;
    let client = server.client("secret");
    let v2 = client
        .v2()
        .deals()
        .list()
        .await
        .unwrap_or_else(|error| panic!("{body}: {error}"));
    let v1 = client
        .v1()
        .deals()
        .list()
        .await
        .unwrap_or_else(|error| panic!("{body}: {error}"));
    let cursor = |cursor: Option<&str>| cursor.map(str::to_owned);
    [
        (
            v2.items().iter().map(|deal| deal.id.to_string()).collect(),
            cursor(v2.next_cursor()),
            v2.has_more(),
        ),
        (
            v1.items().iter().map(|deal| deal.id.to_string()).collect(),
            cursor(v1.next_cursor()),
            v1.has_more(),
        ),
    ]
}

#[tokio::test]
async fn lists_are_read_in_every_known_envelope() {
    let deal = r#"{"id": "dl_1", "title": "a", "createdAt": "2026-03-02T08:15:00Z"}"#;
    for (body, cursor, more) in [
        (
            format!(r#"{{"items": [{deal}], "nextCursor": "c", "hasMore": true}}"#),
            Some("c"),
            true,
        ),
        (
            format!(r#"{{"data": [{deal}], "meta": {{"nextCursor": "c", "hasMore": true}}}}"#),
            Some("c"),
            true,
        ),
        (
            format!(r#"{{"data": [{deal}], "nextCursor": "c", "hasMore": true}}"#),
            Some("c"),
            true,
        ),
        (
            format!(r#"{{"items": [{deal}], "meta": {{"nextCursor": "c"}}}}"#),
            Some("c"),
            true,
        ),
        (
            format!(r#"{{"data": {{"items": [{deal}], "nextCursor": 7, "hasMore": true}}}}"#),
            Some("7"),
            true,
        ),
        (
            format!(r#"{{"items": [{deal}], "meta": {{"count": 1, "total": 9, "pageNo": 1}}}}"#),
            None,
            false,
        ),
        (
            format!(r#"{{"items": [{deal}], "nextCursor": "c", "hasMore": false}}"#),
            Some("c"),
            false,
        ),
        (format!(r#"{{"data": [{deal}]}}"#), None, false),
        (
            format!(r#"{{"items": [{deal}], "hasMore": true}}"#),
            None,
            true,
        ),
        (format!(" [{deal}] "), None, false),
    ] {
        let expected = (vec!["dl_1".to_owned()], cursor.map(str::to_owned), more);
        assert_eq!(both(&body).await, [expected.clone(), expected], "{body}");
    }
    for body in ["[]", r#"{"items": []}"#, r#"{"data": [], "meta": {}}"#] {
        assert_eq!(
            both(body).await,
            [(vec![], None, false), (vec![], None, false)]
        );
    }
}

#[tokio::test]
async fn paths_are_paths_of_the_response_and_another_envelope_is_reported() {
    use std::sync::{Arc, Mutex};

    for (body, place, broken) in [
        (
            r#"{"items": [{"id": "dl_1"}, {"id": {}}], "hasMore": false}"#,
            "items",
            "items[1].id",
        ),
        (
            r#"{"data": {"items": [{"id": "dl_1"}, {"id": {}}]}}"#,
            "data.items",
            "data.items[1].id",
        ),
        (r#"[{"id": "dl_1"}, {"id": {}}]"#, ".", "[1].id"),
    ] {
        let server = Server::start([Reply::json(200, body)]).await;
        let deviations = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&deviations);
        let hook = move |deviation: &heffl::Deviation| {
            log.lock().unwrap().push(deviation.to_string());
        };
        let client = server.builder("secret").on_deviation(hook).build().unwrap();
        let page = client.v2().deals().list().await.unwrap();
        assert_eq!((page.len(), page.broken()[0].path()), (1, Some(broken)));
        let expected = format!("listDeals: expected another envelope at {place}, found the list");
        assert_eq!(*deviations.lock().unwrap(), [expected]);
    }
}

#[tokio::test]
async fn no_page_is_lost_in_another_envelope() {
    let pages = [
        r#"{"items": [{"id": "dl_1"}], "nextCursor": "c2", "hasMore": true}"#,
        r#"{"data": [{"id": "dl_2"}], "nextCursor": "c3"}"#,
        r#"[{"id": "dl_3"}]"#,
    ];
    let server = Server::start(pages.map(|page| Reply::json(200, page))).await;
    let deals = server
        .client("secret")
        .v2()
        .deals()
        .list()
        .stream()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(
        deals
            .iter()
            .map(|deal| deal.id.as_str())
            .collect::<Vec<_>>(),
        ["dl_1", "dl_2", "dl_3"]
    );
}

#[tokio::test]
async fn a_list_without_documented_pages_follows_an_undocumented_cursor() {
    let pages = [
        r#"{"items": [{"id": "1", "name": "Web"}], "nextCursor": "c2", "hasMore": true}"#,
        r#"{"items": [{"id": "2", "name": "Fair"}]}"#,
    ];
    let server = Server::start(pages.map(|page| Reply::json(200, page))).await;
    let sources = server
        .client("secret")
        .v1()
        .leads()
        .list_lead_sources()
        .stream();
    assert_eq!(sources.try_collect().await.unwrap().len(), 2);
    let targets: Vec<String> = server
        .recorded()
        .into_iter()
        .map(|request| request.target)
        .collect();
    assert_eq!(
        targets,
        ["/api/v1/leads/sources", "/api/v1/leads/sources?cursor=c2"]
    );
}

#[tokio::test]
async fn a_response_without_a_list_is_not_an_empty_list() {
    for body in [
        "{}",
        "null",
        "5",
        r#"{"items": null}"#,
        r#"{"items": {}}"#,
        r#"{"records": []}"#,
        r#"{"error": "no"}"#,
        r#"{"items": ["#,
    ] {
        let server = Server::start([Reply::json(200, body)]).await;
        let result = server.client("secret").v2().deals().list().await;
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
        assert_eq!(error.status(), Some(200));
        assert_eq!(error.body().unwrap(), body.as_bytes());
    }
}

async fn get(body: &str) -> Result<Deal, Error> {
    let server = Server::start([Reply::json(200, body)]).await;
    server
        .client("secret")
        .v2()
        .deals()
        .get(heffl::DealId::new("dl_1"))
        .await
}

#[tokio::test]
async fn a_record_is_read_bare_and_below_data() {
    for body in [
        r#"{"id": "dl_1", "title": "a"}"#,
        r#"{"data": {"id": "dl_1", "title": "a"}}"#,
        r#"{"success": true, "data": {"id": "dl_1", "title": "a"}}"#,
        r#"{"id": "dl_1", "title": "a", "data": {"id": "dl_2", "title": "b"}}"#,
    ] {
        let deal = get(body).await.unwrap();
        assert_eq!(
            (deal.id.as_str(), deal.title.as_deref()),
            ("dl_1", Some("a")),
            "{body}"
        );
    }
    let unreadable = get(r#"{"data": {"price": 1, "id": true}}"#).await;
    let error = unreadable.unwrap_err();
    assert_eq!(
        (error.kind(), error.path()),
        (ErrorKind::Decode, Some("data.id"))
    );
    for body in [r#"{"data": null}"#, r#"{"data": []}"#, r#"{"data": {}}"#] {
        let error = get(body).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
    }
    // A raw value is returned unchanged.
    let server = Server::start([Reply::json(200, r#"{"data": {"id": 1}}"#)]).await;
    let note = server.client("secret").request::<Value>("GET", "/v2/notes");
    let note = note.await.unwrap();
    assert_eq!(note, json!({"data": {"id": 1}}));
}

#[tokio::test]
async fn a_list_continues_from_a_bookmark_of_any_item() {
    let page = |request: &heffl_tests::server::Recorded| {
        let (items, next) = match request.target.rsplit_once("cursor=") {
            None => (vec!["1", "2"], Some("a")),
            Some((_, "a")) => (vec![], Some("b")),
            Some((_, "b")) => (vec!["3", "4"], Some("c")),
            Some(_) => (vec!["5"], None),
        };
        let items: Vec<Value> = items.into_iter().map(|id| json!({ "id": id })).collect();
        let body = json!({"data": items, "meta": {"nextCursor": next, "hasMore": next.is_some()}});
        Some(Reply::json(200, &body.to_string()))
    };
    let server = Server::respond_with(page).await;
    let client = server.builder("secret").no_rate_limit().build().unwrap();
    for read in 0..=5 {
        let mut items = client.v2().deals().list().stream();
        for _ in 0..read {
            items.try_next().await.unwrap().unwrap();
        }
        let stored = serde_json::to_string(&items.bookmark()).unwrap();
        let bookmark = serde_json::from_str(&stored).unwrap();
        let rest = client
            .v2()
            .deals()
            .list()
            .stream()
            .resume(bookmark)
            .try_collect();
        let rest: Vec<String> = rest
            .await
            .unwrap()
            .into_iter()
            .map(|deal| deal.id.to_string())
            .collect();
        let expected: Vec<String> = (read + 1..=5).map(|id: usize| id.to_string()).collect();
        assert_eq!(rest, expected, "after {read} items: {stored}");
    }
}

/// Reads a list to its end: the identifiers of its items, and the error, if it ends with one.
async fn read_out(client: &heffl::Client) -> (Vec<String>, Result<(), Error>) {
    let mut items = client.v2().deals().list().stream();
    let mut ids = Vec::new();
    loop {
        match items.try_next().await {
            Ok(Some(deal)) => ids.push(deal.id.to_string()),
            Ok(None) => {
                assert!(!items.is_truncated(), "nothing limits this list");
                return (ids, Ok(()));
            }
            Err(error) => {
                assert!(items.try_next().await.unwrap().is_none());
                assert!(items.is_truncated(), "{error}");
                return (ids, Err(error));
            }
        }
    }
}

#[tokio::test]
async fn a_further_page_without_a_cursor_is_an_error_after_the_items() {
    for body in [
        r#"{"data": [{"id": "a"}], "meta": {"hasMore": true}}"#,
        r#"{"data": [{"id": "a"}], "meta": {"hasMore": true, "nextCursor": null}}"#,
        r#"{"data": [{"id": "a"}], "meta": {"hasMore": true, "nextCursor": ""}}"#,
        r#"{"data": [{"id": "a"}], "meta": {"hasMore": true, "nextCursor": {"after": "a"}}}"#,
        r#"{"data": [{"id": "a"}], "meta": {"hasMore": true, "nextCursor": ["a"]}}"#,
        r#"{"data": [{"id": "a"}], "meta": {"hasMore": true, "nextCursor": true}}"#,
        r#"{"data": [{"id": "a"}], "hasMore": true}"#,
        r#"{"items": [{"id": "a"}], "hasMore": true, "nextCursor": ""}"#,
        r#"{"data": {"items": [{"id": "a"}], "hasMore": true}}"#,
        r#"{"data": {"items": [{"id": "a"}]}, "meta": {"hasMore": true}}"#,
        // Values that are not booleans, and a cursor that cannot be sent.
        r#"{"data": [{"id": "a"}], "meta": {"hasMore": "true"}}"#,
        r#"{"data": [{"id": "a"}], "meta": {"hasMore": 1}}"#,
        r#"{"data": [{"id": "a"}], "meta": {"nextCursor": {"after": "a"}}}"#,
        r#"{"data": [{"id": "a"}], "pagination": {"hasMore": true}}"#,
    ] {
        let server = Server::start([Reply::json(200, body)]).await;
        let (ids, end) = read_out(&server.client("secret")).await;
        assert_eq!(ids, ["a"], "{body}");
        let error = end.expect_err(body);
        assert!(error.kind() == ErrorKind::Paging, "{body}: {error}");
        assert!(error.to_string().contains("gives no cursor"), "{error}");
        assert!(!error.is_retryable());
        assert_eq!(server.recorded().len(), 1);
    }
}

#[tokio::test]
async fn a_page_without_more_is_the_end_with_any_cursor() {
    for body in [
        r#"{"data": [{"id": "a"}], "meta": {"hasMore": false, "nextCursor": "c"}}"#,
        r#"{"data": [{"id": "a"}], "meta": {"hasMore": false, "nextCursor": {"after": "a"}}}"#,
        r#"{"data": [{"id": "a"}], "meta": {"hasMore": null, "nextCursor": null}}"#,
        r#"{"data": [{"id": "a"}], "meta": {"hasMore": "false"}}"#,
        r#"{"data": [{"id": "a"}], "meta": {"hasMore": 0, "nextCursor": {}}}"#,
        r#"{"data": [{"id": "a"}], "meta": {"nextCursor": false}}"#,
        r#"{"data": [{"id": "a"}], "meta": {}}"#,
        r#"[{"id": "a"}]"#,
    ] {
        let server = Server::start([Reply::json(200, body)]).await;
        let (ids, end) = read_out(&server.client("secret")).await;
        assert_eq!(ids, ["a"], "{body}");
        end.expect(body);
        assert_eq!(server.recorded().len(), 1, "{body}");
    }
}

#[tokio::test]
async fn a_cursor_is_found_in_every_known_envelope() {
    for body in [
        r#"{"data": [{"id": "a"}], "meta": {"hasMore": true}, "nextCursor": "c"}"#,
        r#"{"data": {"items": [{"id": "a"}]}, "meta": {"nextCursor": "c"}}"#,
        r#"{"data": [{"id": "a"}], "pagination": {"nextCursor": "c", "hasMore": true}}"#,
        r#"{"data": [{"id": "a"}], "meta": {"hasMore": true, "nextCursor": 7}}"#,
    ] {
        let last = r#"{"data": [{"id": "b"}], "meta": {"hasMore": false}}"#;
        let server = Server::start([body, last].map(|body| Reply::json(200, body))).await;
        let (ids, end) = read_out(&server.client("secret")).await;
        end.expect(body);
        assert_eq!(ids, ["a", "b"], "{body}");
    }
}

#[tokio::test]
async fn an_endless_list_without_new_items_is_an_error() {
    for (data, given) in [("", 0), (r#"{"id": "a"}"#, 102)] {
        let mut number = 0;
        let server = Server::respond_with(move |_| {
            number += 1;
            let body = format!(
                r#"{{"data": [{data}], "meta": {{"nextCursor": "c{number}", "hasMore": true}}}}"#
            );
            Some(Reply::json(200, &body))
        })
        .await;
        let client = server.builder("secret").no_rate_limit().build().unwrap();
        let (ids, end) = read_out(&client).await;
        let error = end.unwrap_err();
        assert!(error.kind() == ErrorKind::Paging, "{error}");
        assert!(
            error.to_string().contains("more than 100 pages in a row"),
            "{error}"
        );
        assert_eq!(ids.len(), given);
        assert_eq!(server.recorded().len(), 101 + given.min(1));
    }
}

#[tokio::test]
async fn a_hundred_empty_pages_in_a_row_are_tolerated() {
    let mut number = 0;
    let server = Server::respond_with(move |_| {
        number += 1;
        let data = if number % 101 == 0 {
            format!(r#"{{"id": "dl_{number}"}}"#)
        } else {
            String::new()
        };
        let more = number < 202;
        let body = format!(
            r#"{{"data": [{data}], "meta": {{"nextCursor": "c{number}", "hasMore": {more}}}}}"#
        );
        Some(Reply::json(200, &body))
    })
    .await;
    let client = server.builder("secret").no_rate_limit().build().unwrap();
    let (ids, end) = read_out(&client).await;
    end.unwrap();
    assert_eq!(ids, ["dl_101", "dl_202"]);
}

#[tokio::test]
async fn the_first_cursor_counts_as_followed() {
    let stuck = r#"{"data": [{"id": "a"}], "meta": {"nextCursor": "c2", "hasMore": true}}"#;
    let server = Server::start([Reply::json(200, stuck)]).await;
    let client = server.client("secret");
    let deals = || client.v2().deals();
    let bookmark = serde_json::from_str(r#"{"cursor": "c2", "items": 0}"#).unwrap();
    for mut items in [
        deals().list().cursor("c2").stream(),
        deals().list().into_call().query("cursor", "c2").stream(),
        deals().list().stream().resume(bookmark),
    ] {
        let before = server.recorded().len();
        assert!(items.try_next().await.unwrap().is_some());
        let error = items.try_next().await.unwrap_err();
        assert!(error.kind() == ErrorKind::Paging, "{error}");
        assert_eq!(
            server.recorded().len(),
            before + 1,
            "the item is not returned twice"
        );
    }
}

/// A list of five items on pages of two; an empty last page may follow.
async fn five(has_empty_page: bool) -> Server {
    Server::respond_with(move |request| {
        let (ids, next): (&[&str], _) = match request.target.rsplit_once("cursor=") {
            None => (&["1", "2"], Some("a")),
            Some((_, "a")) => (&["3", "4"], Some("b")),
            Some((_, "b")) => (&["5"], has_empty_page.then_some("c")),
            Some(_) => (&[], None),
        };
        let data: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
        let body = json!({"data": data, "meta": {"nextCursor": next, "hasMore": next.is_some()}});
        Some(Reply::json(200, &body.to_string()))
    })
    .await
}

#[tokio::test]
async fn a_list_reports_whether_its_limit_cut_it() {
    for (has_empty_page, items, pages, is_cut) in [
        (false, None, None, false),
        (true, None, None, false),
        (false, Some(0), None, true),
        (false, Some(1), None, true),
        // At the end of a page that is not the last.
        (false, Some(2), None, true),
        (false, Some(4), None, true),
        // At the very end.
        (false, Some(5), None, false),
        (false, Some(6), None, false),
        // At the end, although the server announces another page.
        (true, Some(5), None, true),
        (true, Some(6), None, false),
        (false, None, Some(0), true),
        (false, None, Some(2), true),
        (false, None, Some(3), false),
        (false, None, Some(4), false),
        (true, None, Some(3), true),
        (true, None, Some(4), false),
        // The limit that is reached first counts.
        (false, Some(3), Some(2), true),
        (false, Some(5), Some(3), false),
        (false, Some(9), Some(1), true),
    ] {
        let case = format!("{has_empty_page} {items:?} {pages:?}");
        let server = five(has_empty_page).await;
        let client = server.client("secret");
        let mut list = client.v2().deals().list().stream();
        if let Some(items) = items {
            list = list.max_items(items);
        }
        if let Some(pages) = pages {
            list = list.max_pages(pages);
        }
        let mut read = 0;
        let limit = items
            .unwrap_or(u64::MAX)
            .min(pages.map_or(5, |pages| pages * 2))
            .min(5);
        loop {
            assert!(
                read == limit || !list.is_truncated(),
                "{case}: it continues after {read}"
            );
            if list.try_next().await.unwrap().is_none() {
                break;
            }
            read += 1;
        }
        assert_eq!((read, list.is_truncated()), (limit, is_cut), "{case}");
        let None = items else { continue };
        let mut list = client.v2().deals().list().pages();
        if let Some(pages) = pages {
            list = list.max_pages(pages);
        }
        while !list.is_finished() {
            assert!(!list.is_truncated(), "{case}");
            list.try_next().await.unwrap();
        }
        assert_eq!(list.is_truncated(), is_cut, "{case}: pages");
    }
}

#[tokio::test]
async fn whole_lists_are_requested_in_the_largest_documented_pages() {
    let server = Server::start([Reply::json(200, r#"{"data": [], "meta": {}}"#)]).await;
    let client = server.builder("secret").no_rate_limit().build().unwrap();
    let (v1, v2) = (client.v1(), client.v2());
    let deals = || v2.deals().list();
    let _ = deals().stream().try_next().await.unwrap();
    let _ = deals().pages().try_next().await.unwrap();
    let _ = deals().into_call().stream().try_next().await.unwrap();
    let _ = deals().page_size(7).stream().try_next().await.unwrap();
    let _ = deals()
        .into_call()
        .query("pageSize", 8)
        .pages()
        .try_next()
        .await
        .unwrap();
    let _ = v1.clients().list().stream().try_next().await.unwrap();
    let _ = v1
        .clients()
        .list()
        .limit(9)
        .stream()
        .try_next()
        .await
        .unwrap();
    // These have no documented maximum, or no page size.
    let _ = v2
        .document_templates()
        .list()
        .stream()
        .try_next()
        .await
        .unwrap();
    let _ = v1
        .leads()
        .list_lead_sources()
        .stream()
        .try_next()
        .await
        .unwrap();
    // A single page has the size that the server chooses.
    deals().await.unwrap();
    deals().into_call().await.unwrap();
    let targets: Vec<String> = server
        .recorded()
        .into_iter()
        .map(|request| request.target)
        .collect();
    assert_eq!(
        targets,
        [
            "/api/v2/deals?pageSize=100",
            "/api/v2/deals?pageSize=100",
            "/api/v2/deals?pageSize=100",
            "/api/v2/deals?pageSize=7",
            "/api/v2/deals?pageSize=8",
            "/api/v1/clients?limit=100",
            "/api/v1/clients?limit=9",
            "/api/v2/document-templates",
            "/api/v1/leads/sources",
            "/api/v2/deals",
            "/api/v2/deals",
        ]
    );
}

/// A page of any server.
#[derive(Clone, Debug)]
struct MadeUp {
    items: usize,
    cursor: Cursor,
    /// The JSON of the value; `None` if it is absent.
    has_more: Option<bool>,
}

#[derive(Clone, Debug)]
enum Cursor {
    Absent,
    /// An unusable value: `null`, `""`, an object, …
    Unusable(&'static str),
    New,
    /// The cursor of an earlier page.
    Repeated(prop::sample::Index),
}

fn made_up() -> impl Strategy<Value = MadeUp> {
    let cursor = prop_oneof![
        1 => Just(Cursor::Absent),
        1 => prop::sample::select(vec!["null", r#""""#, "{}", r#"{"id": "x"}"#, "[1]", "true", "false"])
            .prop_map(Cursor::Unusable),
        6 => Just(Cursor::New),
        1 => any::<prop::sample::Index>().prop_map(Cursor::Repeated),
    ];
    let has_more = prop_oneof![3 => Just(None), 6 => Just(Some(true)), 1 => Just(Some(false))];
    (0..3_usize, cursor, has_more).prop_map(|(items, cursor, has_more)| MadeUp {
        items,
        cursor,
        has_more,
    })
}

impl MadeUp {
    /// The text of the page, given its number and the cursors before it.
    fn written(&self, number: usize, cursors: &[String]) -> (String, Option<String>) {
        let items: Vec<Value> = (0..self.items)
            .map(|item| json!({"id": format!("{number}-{item}")}))
            .collect();
        let usable = match &self.cursor {
            Cursor::Repeated(index) if !cursors.is_empty() => Some(index.get(cursors).clone()),
            Cursor::New | Cursor::Repeated(_) => Some(format!("c{number}")),
            Cursor::Absent | Cursor::Unusable(_) => None,
        };
        let mut meta = Vec::new();
        if let Cursor::Unusable(text) = self.cursor {
            meta.push(format!(r#""nextCursor": {text}"#));
        }
        meta.extend(
            usable
                .as_ref()
                .map(|cursor| format!(r#""nextCursor": "{cursor}""#)),
        );
        meta.extend(self.has_more.map(|more| format!(r#""hasMore": {more}"#)));
        let items = json!(items);
        (
            format!(r#"{{"data": {items}, "meta": {{{}}}}}"#, meta.join(", ")),
            usable,
        )
    }

    /// Whether a list may end without an error after this page.
    fn allows_the_end(&self, is_repeated: bool) -> bool {
        match (self.has_more, &self.cursor) {
            (Some(more), _) => !more,
            (None, Cursor::Absent | Cursor::Unusable("null" | r#""""# | "{}" | "false")) => true,
            (None, Cursor::Unusable(_)) => false,
            (None, Cursor::New | Cursor::Repeated(_)) => is_repeated && self.items == 0,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn with_any_pages_a_list_ends_loses_nothing_and_is_never_cut_silently(
        script in prop::collection::vec(made_up(), 1..12),
    ) {
        let mut cursors: Vec<String> = Vec::new();
        let (mut texts, mut expected, mut is_ok) = (Vec::new(), Vec::new(), true);
        // The last page of the script is repeated with new items and, if it has a cursor, a new cursor.
        for (number, page) in script.iter().chain(std::iter::repeat_n(script.last().unwrap(), 200)).enumerate() {
            let (text, cursor) = page.written(number, &cursors);
            let is_repeated = cursor.as_ref().is_some_and(|cursor| cursors.contains(cursor));
            texts.push((text, page.items, page.allows_the_end(is_repeated), cursor.is_some() && !is_repeated));
            cursors.extend(cursor);
        }
        let served: Vec<Reply> = texts.iter().map(|(text, ..)| Reply::json(200, text)).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (ids, is_end, requests) = runtime.block_on(async {
            let server = Server::start(served).await;
            let client = server.builder("secret").no_rate_limit().build().unwrap();
            let mut items = client.v2().deals().list().stream().max_pages(120);
            let mut ids = Vec::new();
            let end = loop {
                match items.try_next().await {
                    Ok(Some(deal)) => ids.push(deal.id.to_string()),
                    Ok(None) => break Ok(items.is_truncated()),
                    Err(error) => break Err(error),
                }
            };
            (ids, end, server.recorded().len())
        });
        // No received item is lost, and none is returned twice.
        for (number, (_, items, ..)) in texts.iter().take(requests).enumerate() {
            expected.extend((0..*items).map(|item| format!("{number}-{item}")));
        }
        prop_assert_eq!(ids, expected);
        // Pages are followed exactly as long as they have a usable cursor.
        for (_, _, allows_the_end, leads_on) in &texts[..requests - 1] {
            prop_assert!(!allows_the_end && *leads_on);
        }
        let (_, _, allows_the_end, leads_on) = texts[requests - 1];
        match is_end {
            Ok(false) => prop_assert!(allows_the_end),
            Ok(true) => prop_assert!(requests == 120 && !allows_the_end && leads_on),
            Err(error) => {
                is_ok = error.kind() == ErrorKind::Paging;
                let empty = texts[..requests].iter().rev().take_while(|(_, items, ..)| *items == 0).count();
                prop_assert!(!allows_the_end && (!leads_on || empty > 100), "{}", error);
            }
        }
        prop_assert!(is_ok);
    }
}
