//! Lists whose pages fail, repeat themselves or never end.

use serde_json::json;

use super::{Act, Call, End, Row, row, status};

/// A page with these deals.
fn page(ids: &[&str], cursor: Option<&str>, has_more: Option<bool>) -> Act {
    let data: Vec<_> = ids.iter().map(|id| json!({ "id": id })).collect();
    let meta = json!({"nextCursor": cursor, "hasMore": has_more});
    Act::reply(200, &[], json!({"data": data, "meta": meta}).to_string())
}

pub(super) fn rows() -> Vec<Row> {
    let first = || page(&["dl_1", "dl_2"], Some("c2"), Some(true));
    let second = || page(&["dl_3"], Some("c3"), Some(true));
    let last = || page(&["dl_4"], None, Some(false));
    let all = || vec!["dl_1", "dl_2", "dl_3", "dl_4"];
    let mut rows = Vec::new();
    // After any fault between pages, no item is lost and none is returned twice.
    for (name, trouble, arrives) in [
        ("three pages", None, 0),
        (
            "a refusal between pages",
            Some(status(429, &["retry-after: 0"])),
            1,
        ),
        ("a failure between pages", Some(status(502, &[])), 1),
        ("a cut before a page", Some(Act::HangUpOnRequest), 1),
        (
            "a cut within a page",
            Some(Act::Send(
                b"HTTP/1.1 200 Status\r\ncontent-length: 900\r\n\r\n{\"data\": [{\"id\": \"dl_3\"},"
                    .to_vec(),
            )),
            1,
        ),
    ] {
        let mut acts = vec![first(), second(), last()];
        acts.splice(1..1, trouble);
        rows.push(row(name, acts, Call::List, End::Items(all()), 3 + arrives));
    }
    for (name, acts, end, requests) in [
        (
            "the same page again and again",
            vec![page(&["dl_1"], Some("c"), Some(true))],
            End::Paging(vec!["dl_1", "dl_1"]),
            2,
        ),
        (
            "pages in a circle",
            vec![
                page(&["dl_1"], Some("a"), Some(true)),
                page(&["dl_2"], Some("b"), Some(true)),
                page(&["dl_3"], Some("a"), Some(true)),
            ],
            End::Paging(vec!["dl_1", "dl_2", "dl_3"]),
            3,
        ),
        (
            "no more, and a cursor",
            vec![page(&["dl_1"], Some("c"), Some(false))],
            End::Items(vec!["dl_1"]),
            1,
        ),
        (
            "more, and no cursor",
            vec![page(&["dl_1"], None, Some(true))],
            End::Paging(vec!["dl_1"]),
            1,
        ),
        (
            "more, and an empty cursor",
            vec![page(&["dl_1"], Some(""), Some(true))],
            End::Paging(vec!["dl_1"]),
            1,
        ),
        (
            "an empty last page that repeats its cursor",
            vec![
                page(&["dl_1"], Some("a"), None),
                page(&["dl_2"], Some("b"), None),
                page(&[], Some("b"), None),
            ],
            End::Items(vec!["dl_1", "dl_2"]),
            3,
        ),
        (
            "an empty list with a cursor",
            vec![page(&[], Some("a"), None)],
            End::Items(vec![]),
            2,
        ),
        (
            "an empty page that repeats its cursor and claims more",
            vec![page(&[], Some("a"), Some(true))],
            End::Paging(vec![]),
            2,
        ),
        (
            "empty pages in between",
            vec![
                page(&[], Some("a"), Some(true)),
                page(&["dl_1"], Some("b"), Some(true)),
                page(&[], None, None),
            ],
            End::Items(vec!["dl_1"]),
            3,
        ),
        (
            "a cursor with a header in it",
            vec![
                page(&["dl_1"], Some("c\r\nx-evil: 1"), Some(true)),
                page(&[], None, None),
            ],
            End::Items(vec!["dl_1"]),
            2,
        ),
        (
            "a cursor that is an address",
            vec![
                page(&["dl_1"], Some("http://example.com/#&?"), Some(true)),
                page(&[], None, None),
            ],
            End::Items(vec!["dl_1"]),
            2,
        ),
        (
            "no list",
            vec![Act::reply(200, &[], r#"{"data": 5}"#)],
            End::Undecodable,
            1,
        ),
    ] {
        rows.push(row(name, acts, Call::List, end, requests));
    }
    rows
}
