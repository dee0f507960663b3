//! Lists of several pages: bookmarks, the end of a list, limits, and pages of any server.

use heffl::{Error, ErrorKind};
use heffl_tests::server::{Reply, Server};
use proptest::prelude::*;
use serde_json::{Value, json};

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
