//! What lists send, and in which shapes they are read, over real sockets.

use heffl::{
    Error, Filter, JsonObject,
    v1::clients::ListClients,
    v2::{
        CompanyFilter, ContactFilter, DealFilter, DealOrderBy, DealStatus, LeadFilter,
        OrderDirection, QuotationFilter, TaskFilter,
        deals::{Deal, ListDeals},
    },
};
use heffl_tests::server::{Answer, Server};
use proptest::prelude::*;
use serde_json::{Value, json};

const EMPTY: &str = r#"{"data": [], "meta": {"nextCursor": null, "hasMore": false}}"#;

/// What arrives as `filters`.
async fn sent(build: impl FnOnce(ListDeals) -> ListDeals) -> Result<Value, Error> {
    let server = Server::start([Answer::json(200, EMPTY)]).await;
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
    let Err(error @ Error::InvalidRequest { .. }) = result else {
        panic!("not refused: {words:?}")
    };
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
async fn every_documented_field_and_operator_has_its_words() {
    fn written<R>(filter: &Filter<R>) -> String {
        let text = format!("{filter:?}");
        text.replace('"', "'")
    }
    for (filter, field, operator) in [
        (
            written(&ContactFilter::stage_id().is("cs_1")),
            "stageId",
            "is",
        ),
        (
            written(&ContactFilter::lead_stage_id().is_not("lstg_1")),
            "leadStageId",
            "is_not",
        ),
        (
            written(&CompanyFilter::stage_id().is_any_of(["cs_1"])),
            "stageId",
            "is_any_of",
        ),
        (
            written(&CompanyFilter::lead_stage_id().is_none_of(["lstg_1"])),
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
async fn conditions_that_cannot_be_told_apart_or_hold_nothing_are_refused() {
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
async fn conditions_join_those_that_are_given_as_json() {
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
    // Given later, JSON replaces everything.
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
    let server = Server::start([Answer::json(200, EMPTY)]).await;
    let client = server.client("secret");
    let deals = || client.v2().deals().list();
    for size in [0, 101, u32::MAX] {
        let words = ["listDeals", "pageSize", &size.to_string(), "from 1 to 100"];
        assert_refused(deals().page_size(size).await, &words);
        assert_refused(deals().page_size(size).stream().try_next().await, &words);
    }
    let clients = |list: ListClients| list.limit(101);
    assert_refused(
        clients(client.v1().clients().list()).await,
        &["listClients", "limit", "100"],
    );
    assert!(server.recorded().is_empty());
    // A value that replaces another is all that counts.
    deals().page_size(0).page_size(100).await.unwrap();
    assert_eq!(query(&server), [("pageSize".to_owned(), "100".to_owned())]);
}

#[tokio::test]
async fn sorting_has_words_of_its_own() {
    let server = Server::start([Answer::json(200, EMPTY)]).await;
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
    let server = Server::start([Answer::json(200, body)]).await;
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
            v2.iter().map(|deal| deal.id.to_string()).collect(),
            cursor(v2.next_cursor()),
            v2.has_more(),
        ),
        (
            v1.iter().map(|deal| deal.id.to_string()).collect(),
            cursor(v1.next_cursor()),
            v1.has_more(),
        ),
    ]
}

#[tokio::test]
async fn lists_are_read_in_every_envelope_that_programs_met() {
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
async fn places_are_those_of_the_answer_and_another_envelope_is_told() {
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
        let server = Server::start([Answer::json(200, body)]).await;
        let told = Arc::new(Mutex::new(Vec::new()));
        let hear = Arc::clone(&told);
        let hook = move |deviation: &heffl::Deviation| {
            hear.lock().unwrap().push(deviation.to_string());
        };
        let client = server.builder("secret").on_deviation(hook).build().unwrap();
        let page = client.v2().deals().list().await.unwrap();
        assert_eq!((page.len(), page.broken()[0].path.as_str()), (1, broken));
        let expected = format!("listDeals: expected another envelope at {place}, found the list");
        assert_eq!(*told.lock().unwrap(), [expected]);
    }
}

#[tokio::test]
async fn no_page_is_lost_in_another_envelope() {
    let pages = [
        r#"{"items": [{"id": "dl_1"}], "nextCursor": "c2", "hasMore": true}"#,
        r#"{"data": [{"id": "dl_2"}], "nextCursor": "c3"}"#,
        r#"[{"id": "dl_3"}]"#,
    ];
    let server = Server::start(pages.map(|page| Answer::json(200, page))).await;
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
async fn a_list_that_should_come_whole_is_read_on_when_it_does_not() {
    let pages = [
        r#"{"items": [{"id": "1", "name": "Web"}], "nextCursor": "c2", "hasMore": true}"#,
        r#"{"items": [{"id": "2", "name": "Fair"}]}"#,
    ];
    let server = Server::start(pages.map(|page| Answer::json(200, page))).await;
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
async fn what_is_no_list_is_not_taken_for_an_empty_one() {
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
        let server = Server::start([Answer::json(200, body)]).await;
        let result = server.client("secret").v2().deals().list().await;
        let Err(Error::Decode(error)) = result else {
            panic!("{body}")
        };
        assert_eq!((error.status, error.body.as_ref()), (200, body.as_bytes()));
    }
}

async fn get(body: &str) -> Result<Deal, Error> {
    let server = Server::start([Answer::json(200, body)]).await;
    server.client("secret").v2().deals().get("dl_1").await
}

#[tokio::test]
async fn a_record_is_read_bare_and_below_data() {
    static GET_NOTE: heffl::Operation = heffl::Operation::new("getNote", "GET", "v2", "/notes");

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
    let Err(Error::Decode(error)) = get(r#"{"data": {"price": 1, "id": true}}"#).await else {
        panic!("an identifier that is none was read");
    };
    assert_eq!(error.path, "data.id");
    for body in [r#"{"data": null}"#, r#"{"data": []}"#, r#"{"data": {}}"#] {
        assert!(matches!(get(body).await, Err(Error::Decode(_))), "{body}");
    }
    // What the caller asks for raw comes raw.
    let server = Server::start([Answer::json(200, r#"{"data": {"id": 1}}"#)]).await;
    let note: Value = server.client("secret").call(&GET_NOTE).await.unwrap();
    assert_eq!(note, json!({"data": {"id": 1}}));
}

#[tokio::test]
async fn a_list_goes_on_from_a_bookmark_of_any_item() {
    let page = |request: &heffl_tests::server::Recorded| {
        let (items, next) = match request.target.rsplit_once("cursor=") {
            None => (vec!["1", "2"], Some("a")),
            Some((_, "a")) => (vec![], Some("b")),
            Some((_, "b")) => (vec!["3", "4"], Some("c")),
            Some(_) => (vec!["5"], None),
        };
        let items: Vec<Value> = items.into_iter().map(|id| json!({ "id": id })).collect();
        let body = json!({"data": items, "meta": {"nextCursor": next, "hasMore": next.is_some()}});
        Some(Answer::json(200, &body.to_string()))
    };
    let server = Server::answering(page).await;
    let client = server.builder("secret").no_rate_limit().build().unwrap();
    for prefetch in [false, true] {
        for read in 0..=5 {
            let mut items = client.v2().deals().list().stream().prefetch(prefetch);
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
}
