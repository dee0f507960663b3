//! The requests of lists, and the envelopes that they read, over real sockets.

mod pages;

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
