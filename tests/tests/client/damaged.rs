//! Responses with values that cannot be read, or are not JSON: only that value is lost, and its text is kept.

use std::sync::{Arc, LazyLock, Mutex};

use heffl::{Call, Client, DealId, Error, ErrorKind, Field, JsonObject, QuotationId, v2};
use heffl_tests::server::{Reply, Server};
use proptest::{prelude::*, sample::Index};
use serde_json::{Value, json};

fn client() -> &'static Client {
    static CLIENT: LazyLock<Client> = LazyLock::new(|| Client::new("secret").unwrap());
    &CLIENT
}

/// A client with a hook for deviations.
fn strict() -> &'static Client {
    static CLIENT: LazyLock<Client> = LazyLock::new(|| {
        let client = Client::builder().api_key("secret");
        let client = client.on_deviation(|deviation| assert!(!deviation.to_string().is_empty()));
        client.build().unwrap()
    });
    &CLIENT
}

fn get() -> Call<v2::Deal> {
    client().v2().deals().get(DealId::new("dl_1"))
}

/// The text of an item that cannot be read.
fn item_json(error: &Error) -> &str {
    std::str::from_utf8(error.body().unwrap()).unwrap()
}

fn list() -> Call<heffl::Page<v2::Deal>> {
    client().v2().deals().list().into_call()
}

/// The kept value: its JSON, or its text if that is not JSON.
fn kept(field: Field<'_>) -> Option<String> {
    let Field::Value(json) = field else {
        return None;
    };
    let damaged = json.damaged().map(std::borrow::Cow::into_owned);
    Some(damaged.unwrap_or_else(|| json.as_json().to_owned()))
}

fn in_extra(deal: &v2::Deal, key: &str) -> Option<String> {
    kept(deal.extra.field(key))
}

/// A response with any bytes as its body.
fn bytes(body: &[u8]) -> Reply {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    Reply::Bytes([head.as_bytes(), body].concat())
}

#[tokio::test]
async fn a_damaged_value_affects_neither_its_page_nor_later_pages() {
    for damaged in [
        &b"\"caf\xe9\""[..],
        b"\"caf\xc3\"",
        b"\"two\nlines\"",
        b"\"nul\x00\"",
        b"\"no \\escape\"",
        b"\"no \\u12 escape\"",
        b"NaN",
        b"-Infinity",
        b"1.2.3",
        b"01",
        b"None",
        b"[1 2]",
    ] {
        // In an optional field, and in a required one.
        for (key, is_broken) in [("title", false), ("id", true)] {
            let mut second =
                format!(r#"{{"data":[{{"id":"b"}},{{"cf_a":1,"id":"c","{key}":"#).into_bytes();
            second.extend(damaged);
            second.extend(br#"},{"id":"x"}],"meta":{"hasMore":true,"nextCursor":"c2"}}"#);
            let server = Server::start([
                Reply::json(
                    200,
                    r#"{"data":[{"id":"a"}],"meta":{"hasMore":true,"nextCursor":"c1"}}"#,
                ),
                bytes(&second),
                Reply::json(200, r#"{"data":[{"id":"d"}],"meta":{"hasMore":false}}"#),
            ])
            .await;
            let client = server.client("secret");
            let mut deals = client.v2().deals().list().stream();
            let mut seen = Vec::new();
            loop {
                match deals.try_next().await {
                    Ok(None) => break,
                    Ok(Some(deal)) => {
                        if deal.id.as_str() == "c" {
                            assert_eq!(deal.title, None);
                            let text = String::from_utf8_lossy(damaged).into_owned();
                            assert_eq!(in_extra(&deal, key), Some(text));
                        }
                        seen.push(deal.id.to_string());
                    }
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::BrokenItem, "{error}");
                        let text = String::from_utf8_lossy(damaged).into_owned();
                        let json = item_json(&error);
                        assert!(json.contains(&text), "{json}");
                        assert_eq!(error.path(), Some("data[1].id"), "{json}");
                        seen.push(format!("broken {}", error.item_index().unwrap()));
                    }
                }
            }
            let third = if is_broken { "broken 1" } else { "c" };
            assert_eq!(seen, ["a", "b", third, "x", "d"]);
            assert_eq!(server.recorded().len(), 3);
        }
    }
}

#[test]
fn an_optional_value_that_cannot_be_read_is_none_and_is_kept() {
    for (key, json) in [
        ("createdAt", r#""""#),
        ("createdAt", r#""0000-00-00 00:00:00""#),
        ("createdAt", r#""0000-00-00""#),
        ("createdAt", r#""2026-03-01T09:30:00""#),
        ("createdAt", r#""2026-03-01T09:30:00+0400""#),
        ("createdAt", r#""9999-12-31T23:59:59.999-23:59""#),
        ("createdAt", "1772357400"),
        ("price", r#""""#),
        ("price", "0.1000000000000000055511151231257827"),
        ("price", "1e400"),
        ("price", r#""a lot""#),
        ("title", r#""cut \ud83d""#),
        ("title", "[]"),
        ("title", "{}"),
        ("title", "false"),
        ("status", r#""\udc00""#),
        ("contactEmails", r#""a@example.com""#),
        ("contactEmails", r#"["a@example.com",{"b":1}]"#),
        ("clientId", "1.5"),
    ] {
        // With neighbours, and with white space.
        let body = format!(r#"{{ "number" : "7" , "{key}" : {json} , "id":"dl_1", "cf_a":1}}"#);
        let deviations = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&deviations);
        let client = Client::builder()
            .api_key("secret")
            .on_deviation(move |deviation| log.lock().unwrap().push(deviation.clone()))
            .build()
            .unwrap();
        let deal = client
            .v2()
            .deals()
            .get(DealId::new("dl_1"))
            .read(body.as_bytes());
        let deal = deal.unwrap_or_else(|error| panic!("{body}: {error}"));
        assert_eq!(deal.number.as_deref(), Some("7"), "{body}");
        assert_eq!(deal.custom_fields.get("cf_a").unwrap(), Some(1));
        let is_unknown = match key {
            "createdAt" => deal.created_at.is_none(),
            "price" => deal.price.is_none(),
            "title" => deal.title.is_none(),
            "status" => deal.status.is_none(),
            "contactEmails" => deal.contact_emails.is_none(),
            _ => deal.client_id.is_none(),
        };
        assert!(is_unknown, "{body}");
        assert_eq!(in_extra(&deal, key).as_deref(), Some(json));
        let deviations = deviations.lock().unwrap();
        assert!(
            deviations
                .iter()
                .any(|deviation| deviation.path().starts_with(key) && deviation.is_unreadable()),
            "{body}: {deviations:?}"
        );

        // Storing and loading keeps it, and no update sends it.
        let stored = serde_json::to_string(&deal).unwrap();
        let loaded: v2::Deal = serde_json::from_str(&stored).unwrap();
        assert_eq!(loaded, deal, "{stored}");
        assert_eq!(serde_json::to_string(&loaded).unwrap(), stored);
        assert_eq!(
            v2::UpdateDeal::diff(&deal, &loaded).unwrap(),
            v2::UpdateDeal::new()
        );
    }
}

#[test]
fn an_update_is_not_made_of_a_value_that_could_not_be_read() {
    let read = |json: &str| get().read(json.as_bytes()).unwrap();
    let good = read(r#"{"id":"dl_1","title":"Shelves","cf_note":"x"}"#);
    let odd = read(r#"{"id":"dl_1","title":"Shel\ud83d","cf_note":"x"}"#);
    // The update would clear the field, or overwrite it with the readable part.
    let error = v2::UpdateDeal::diff(&good, &odd).unwrap_err();
    assert!(error.to_string().contains("`title`"), "{error}");
    let update = v2::UpdateDeal::diff(&odd, &good).unwrap();
    assert_eq!(update, v2::UpdateDeal::new().title("Shelves"));

    let damaged = read("{\"id\":\"dl_1\",\"cf_note\":\"two\nlines\",\"cf_a\":1}");
    let refused = v2::UpdateDeal::new().custom_fields(&damaged.custom_fields);
    let error = refused.unwrap_err();
    assert!(
        error.kind() == ErrorKind::CustomField && error.path() == Some("cf_note"),
        "{error}"
    );
    let mut update = v2::UpdateDeal::new();
    update.custom_fields = damaged.custom_fields.clone();
    let call = client()
        .v2()
        .deals()
        .update(DealId::new("dl_1"), update.clone());
    assert!(call.request_body().is_none());
    let error = call.to_curl().unwrap_err();
    assert!(
        error.to_string().contains("`cf_note` was damaged"),
        "{error}"
    );
    assert!(update.custom_fields.remove("cf_note"));
    let call = client().v2().deals().update(DealId::new("dl_1"), update);
    assert_eq!(call.request_body(), Some(&br#"{"cf_a":1}"#[..]));
}

#[test]
fn damaged_custom_fields_and_unknown_keys_do_not_affect_the_record() {
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    for (value, json, text) in [
        (&br#""cut \ud83d""#[..], true, Some("cut \u{fffd}")),
        (br#"["cut \udc00"]"#, true, None),
        (b"1e400", true, None),
        (deep.as_bytes(), true, None),
        (b"\"caf\xe9\"", false, Some("caf\u{fffd}")),
        (b"\"a\tb\"", false, Some("a\tb")),
        (br#""no \escape""#, false, Some("no \\escape")),
        (b"NaN", false, None),
        (b"{\"a\":[1,NaN]}", false, None),
    ] {
        for key in ["cf_note", "mood"] {
            let body = [
                br#"{"id":"dl_1","cf_a":1.50,""#,
                key.as_bytes(),
                br#"":"#,
                value,
                br#","cf_b":2,"title":"t"}"#,
            ]
            .concat();
            let deal = get().read(&body).unwrap();
            assert_eq!(deal.title.as_deref(), Some("t"));
            assert_eq!(deal.custom_fields.get("cf_b").unwrap(), Some(2));
            let field = match key {
                "mood" => deal.extra.field(key),
                _ => deal.custom_fields.field(key),
            };
            let lossy = String::from_utf8_lossy(value);
            assert_eq!(kept(field).as_deref(), Some(&*lossy));
            let Field::Value(field) = field else {
                unreachable!()
            };
            assert_eq!(field.damaged().is_none(), json, "{lossy}");
            assert_eq!(field.as_str().as_deref(), text);
            // A clear error, which does not repeat the value.
            if let Err(error) = field.to::<String>() {
                let error = error.to_string();
                assert!(error.contains(key) && !error.contains("caf"), "{error}");
            }
            if !json {
                assert!(field.to::<Value>().is_err());
            }
            assert!(!format!("{deal:?} {field}").is_empty());
            // In any format.
            let stored = serde_json::to_string(&deal).unwrap();
            assert_eq!(serde_json::from_str::<v2::Deal>(&stored).unwrap(), deal);
            let value = serde_json::to_value(&deal).unwrap();
            let loaded: v2::Deal = serde_json::from_value(value).unwrap();
            assert_eq!(loaded.title, deal.title);
            let yaml = serde_yaml::to_string(&deal).unwrap();
            let loaded: v2::Deal = serde_yaml::from_str(&yaml).unwrap();
            assert_eq!(loaded.title, deal.title);
        }
    }
}

#[test]
fn a_damaged_key_affects_only_its_member() {
    let body = b"{\"id\":\"dl_1\",\"ti\xe9tle\" : \"t\",\"cf_\x01x\":1,\"ab\\qc\":[1],\"\\ud83d\":2,\"number\":\"7\"}";
    let deal = get().read(body).unwrap();
    assert_eq!(deal.number.as_deref(), Some("7"));
    let custom = kept(deal.custom_fields.field("cf_\u{fffd}x"));
    assert_eq!(custom.as_deref(), Some("1"));
    for (key, json) in [
        ("ti\u{fffd}tle", r#""t""#),
        ("ab\u{fffd}qc", "[1]"),
        ("\u{fffd}", "2"),
    ] {
        assert_eq!(in_extra(&deal, key).as_deref(), Some(json), "{key}");
    }
    assert!(
        v2::UpdateDeal::new()
            .custom_fields(&deal.custom_fields)
            .is_err()
    );
    let stored = serde_json::to_string(&deal).unwrap();
    assert_eq!(serde_json::from_str::<v2::Deal>(&stored).unwrap(), deal);
}

#[test]
fn nested_records_lose_only_their_own_value() {
    let quotation = |lines: &str| {
        let body = format!(
            r#"{{"id":"qt_1","number":"1","date":"2026-03-01","status":"DRAFT","currency":"AED","lineItems":{lines},
            "createdAt":"2026-03-01"}}"#
        );
        let call = client().v2().quotations().get(QuotationId::new("qt_1"));
        call.read(body.as_bytes()).unwrap()
    };
    let odd = quotation(r#"[{"name":"a","price":""},{"name":"b","price":2,"quantity":{}}]"#);
    let lines = odd.line_items.unwrap();
    assert_eq!((lines[0].price, lines[1].price), (None, Some(2.into())));
    assert_eq!(kept(lines[0].extra.field("price")).as_deref(), Some("\"\""));
    assert_eq!(
        kept(lines[1].extra.field("quantity")).as_deref(),
        Some("{}")
    );
    assert_eq!(lines[1].name.as_deref(), Some("b"));
    assert!(odd.extra.is_empty());

    // A list with an unreadable item is unreadable: without the item it would be another list.
    let odd = quotation(r#"[{"name":"a"}, 5]"#);
    assert_eq!(odd.line_items, None);
    assert_eq!(
        kept(odd.extra.field("lineItems")).as_deref(),
        Some(r#"[{"name":"a"},5]"#)
    );
}

#[test]
fn a_cursor_that_cannot_be_read_is_not_the_end() {
    for meta in [
        &br#"{"nextCursor":{"a":1}}"#[..],
        b"{\"nextCursor\":\"c\xe9\"}",
        br#"{"nextCursor":"\ud83d","hasMore":true}"#,
    ] {
        let body = [br#"{"data":[{"id":"a"}],"meta":"#, meta, b"}"].concat();
        let page = list().read(&body).unwrap();
        assert_eq!((page.len(), page.next_cursor()), (1, None));
        assert!(page.has_more(), "{}", String::from_utf8_lossy(meta));
    }
    for meta in [
        r#"{"nextCursor":null,"hasMore":"no"}"#,
        r#"{"nextCursor":{},"hasMore":false}"#,
        "{}",
    ] {
        let body = format!(r#"{{"data":[{{"id":"a"}}],"meta":{meta}}}"#);
        assert!(!list().read(body.as_bytes()).unwrap().has_more(), "{meta}");
    }
    // In every envelope.
    for (body, cursor) in [
        (
            &b"{\"items\":[{\"id\":\"a\",\"title\":\"\xe9\"},{\"id\":NaN}],\"nextCursor\":\"c\"}"[..],
            Some("c"),
        ),
        (b"[{\"id\":\"a\"},{\"id\":\"\xe9\"}]", None),
        (
            b"\xef\xbb\xbf{\"data\":[{\"id\":\"a\"},NaN],\"meta\":{\"nextCursor\":\"c\"}}",
            Some("c"),
        ),
    ] {
        let page = list().read(body).unwrap();
        assert_eq!((page.len(), page.broken().len()), (1, 1));
        assert_eq!(page.next_cursor(), cursor);
    }
}

#[test]
fn invalid_text_after_an_item_counts_as_another_item() {
    let page = list()
        .read(br#"{"data":[{"id":"a"} oops, {"id":"b"},, {"id":"c"}],"meta":{"nextCursor":"c"}}"#)
        .unwrap();
    let ids: Vec<&str> = page.items().iter().map(|deal| deal.id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "c"]);
    let broken: Vec<(usize, &str)> = page
        .broken()
        .iter()
        .map(|item| (item.item_index().unwrap(), item_json(item)))
        .collect();
    assert_eq!(broken, [(1, "oops"), (3, "")]);
    assert_eq!(page.next_cursor(), Some("c"));
}

#[test]
fn a_response_whose_brackets_do_not_match_is_an_error_as_a_whole() {
    for body in [
        &br#"{"data":[{"id":"a"},{"id":"b"]],"meta":{}}"#[..],
        br#"{"data":[{"id":"a"},{"id":"b}],"meta":{}}"#,
        b"{\"data\":[{\"id\":\"a\"},{\"id\":\"\xe9",
        b"\xff\xfe",
        b"<html>",
    ] {
        let error = list().read(body).unwrap_err();
        assert!(error.kind() == ErrorKind::Decode, "{error}");
    }
    let other = client()
        .request::<Value>("GET", "/v2/notes/{id}")
        .path("id", "nt_1")
        .read(b"{\"a\":\"\xe9\"}");
    let error = other.unwrap_err().to_string();
    assert!(error.contains("not UTF-8"), "{error}");
}

#[test]
fn the_message_about_a_long_number_has_the_reason() {
    let error = serde_json::from_str::<heffl::Money>("\"0.1000000000000000055511151231257827\"");
    let error = error.unwrap_err().to_string();
    assert!(error.contains("more than 28 digits"), "{error}");
}

#[tokio::test]
async fn a_record_with_an_unreadable_address_is_not_ignored_by_a_search() {
    let body = br#"{"data":[{"id":"ct_1","name":"Ann","email":"ann\ud83d@example.com"}],"meta":{"hasMore":false}}"#;
    let server = Server::start([bytes(body), bytes(body)]).await;
    let contacts = server.client("secret");
    let contacts = contacts.v2().contacts();
    let create = v2::CreateContact::new("Ann").email("ann@example.com");
    let error = contacts
        .find_or_create_by_email(create)
        .send()
        .await
        .unwrap_err();
    assert!(error.kind() == ErrorKind::BrokenItem, "{error}");
    assert_eq!(server.recorded().len(), 1);
}

/// A member of a deal: its key, and its value as text.
type Member = (String, String);

fn members() -> impl Strategy<Value = Vec<Member>> {
    let text = || any::<String>().prop_map(|text| json!(text).to_string());
    let custom = prop_oneof![
        text(),
        Just("1.50".to_owned()),
        Just(r#"{"a":[null,"x\\"]}"#.to_owned()),
        Just("null".to_owned()),
    ];
    let typed = (
        text(),
        prop_oneof![Just("25000"), Just("19.90"), Just("\"5\""), Just("-0.5")],
        prop_oneof![Just("\"2026-03-01T09:30:00.000Z\""), Just("\"2026-03-01\"")],
        prop::collection::vec(text(), 0..3),
        prop_oneof![Just("\"WON\""), Just("\"PAUSED\"")],
    );
    (
        typed,
        prop::collection::vec(custom, 0..4),
        text(),
        any::<u8>(),
    )
        .prop_map(
            |((title, price, created, emails, status), custom, mood, bits)| {
                let typed = [
                    ("title", title),
                    ("price", price.to_owned()),
                    ("createdAt", created.to_owned()),
                    ("contactEmails", format!("[{}]", emails.join(", "))),
                    ("status", status.to_owned()),
                    ("mood", mood),
                ];
                let chosen = typed
                    .into_iter()
                    .enumerate()
                    .filter(|(index, _)| bits >> index & 1 == 1);
                let chosen = chosen.map(|(_, (key, value))| (key.to_owned(), value));
                let custom = custom.into_iter().enumerate();
                chosen
                    .chain(custom.map(|(index, value)| (format!("cf_{index}"), value)))
                    .collect()
            },
        )
}

/// Damages the inside of a value; `false` if that is not possible without changing quotes or brackets.
fn damage(value: &mut Vec<u8>, place: Index, how: usize) -> bool {
    // Bytes that are invalid in UTF-8, and control characters.
    const BYTES: [u8; 8] = [0xc0, 0xff, 0xf8, 0x01, b'\n', 0x00, 0x1a, 0x1f];
    const TEXTS: [&[u8]; 6] = [b"\\q", b"\\u1z", b"\\ud83d", b"\x02", b"\xf0\x9f", b"NaN"];
    let at = place.index(value.len());
    let is_fixed = |byte: u8| b"\"[]{},:\\ ".contains(&byte);
    if is_fixed(value[at])
        || at
            .checked_sub(1)
            .is_some_and(|before| value[before] == b'\\')
    {
        return false;
    }
    let is_text = b"\"[{".contains(&value[0]);
    let is_harmless = match how.checked_sub(BYTES.len()) {
        Some(text) => is_text && TEXTS[text] == b"NaN",
        None => !is_text && BYTES[how] == b'\n',
    };
    if is_harmless {
        return false;
    }
    // This may also hit the digits of an escape, or the bytes of a character.
    match BYTES.get(how) {
        Some(byte) => value[at] = *byte,
        None => {
            value.splice(at..at, TEXTS[how - BYTES.len()].iter().copied());
        }
    }
    true
}

struct Item {
    text: Vec<u8>,
    is_broken: bool,
    /// The original members, with the damaged value if there is one.
    members: Vec<(String, String, Option<Vec<u8>>)>,
}

fn item(
    index: usize,
    members: Vec<Member>,
    spaced: bool,
    harm: &[(usize, Index, Index, usize)],
) -> Item {
    let id = ("id".to_owned(), format!("\"dl_{index}\""));
    let mut members: Vec<_> = std::iter::once(id)
        .chain(members)
        .map(|(key, value)| (key, value, None::<Vec<u8>>))
        .collect();
    for (_, member, place, how) in harm.iter().filter(|(item, ..)| *item == index) {
        let member = member.index(members.len());
        let (_, value, damaged) = &mut members[member];
        let mut bytes = damaged
            .clone()
            .unwrap_or_else(|| value.clone().into_bytes());
        if damage(&mut bytes, *place, *how) {
            *damaged = Some(bytes);
        }
    }
    let is_broken = members[0].2.is_some();
    let space = if spaced { " \n" } else { "" };
    let mut text = b"{".to_vec();
    for (index, (key, value, damaged)) in members.iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        text.extend(format!("{comma}{space}\"{key}\":{space}").into_bytes());
        text.extend(damaged.as_deref().unwrap_or(value.as_bytes()));
        text.extend(space.as_bytes());
    }
    text.push(b'}');
    Item {
        text,
        is_broken,
        members,
    }
}

fn check(item: &Item, deal: &v2::Deal) {
    let whole = {
        let members: Vec<_> = item
            .members
            .iter()
            .map(|(key, value, _)| format!("\"{key}\":{value}"))
            .collect();
        get()
            .read(format!("{{{}}}", members.join(",")).as_bytes())
            .unwrap()
    };
    let (whole, read) = (json!(whole), json!(deal));
    for (key, _, damaged) in &item.members {
        let Some(damaged) = damaged else {
            assert_eq!(whole.get(key), read.get(key), "{key}");
            continue;
        };
        let field = if key.starts_with("cf_") {
            deal.custom_fields.field(key)
        } else {
            deal.extra.field(key)
        };
        let expected = String::from_utf8_lossy(damaged).into_owned();
        let found = kept(field).unwrap_or_else(|| panic!("{key} is lost"));
        // White space between values is not kept.
        assert_eq!(found.replace(' ', ""), expected.replace(' ', ""), "{key}");
    }
    let known: JsonObject = serde_json::from_value(read).unwrap();
    assert_eq!(known.len(), item.members.len());
}

/// A repeated key has its last value; a damaged value before it is dropped.
#[test]
fn the_last_value_of_a_key_counts() {
    for (body, status, extra) in [
        (r#"{"id":"dl_1","status":"WON","status":tru}"#, None, 1),
        (
            r#"{"id":"dl_1","status":tru,"status":"WON"}"#,
            Some(v2::DealStatus::Won),
            0,
        ),
    ] {
        let deal: v2::Deal = get().read(body.as_bytes()).unwrap();
        assert_eq!((&deal.status, deal.extra.len()), (&status, extra), "{body}");
        let stored = serde_json::to_string(&deal).unwrap();
        assert_eq!(
            serde_json::from_str::<v2::Deal>(&stored).unwrap(),
            deal,
            "{body}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damage_affects_only_the_damaged_values(
        records in prop::collection::vec(members(), 0..6),
        harm in prop::collection::vec((0..6_usize, any::<Index>(), any::<Index>(), 0..14_usize), 0..6),
        spaced in any::<bool>(),
    ) {
        let records = records.into_iter().enumerate();
        let items: Vec<Item> = records.map(|(index, members)| item(index, members, spaced, &harm)).collect();
        let texts: Vec<&[u8]> = items.iter().map(|item| item.text.as_slice()).collect();
        let body = [
            br#"{"data":["#,
            texts.join(&b","[..]).as_slice(),
            br#"],"meta":{"nextCursor":"c2","hasMore":true}}"#,
        ].concat();
        let page = list().read(&body).unwrap();
        prop_assert_eq!(page.next_cursor(), Some("c2"));
        let results: Vec<_> = page.into_results().collect();
        prop_assert_eq!(results.len(), items.len());
        for (index, (item, result)) in items.iter().zip(results).enumerate() {
            match result {
                Ok(deal) => {
                    prop_assert!(!item.is_broken);
                    check(item, &deal);
                    let stored = serde_json::to_string(&deal).unwrap();
                    prop_assert_eq!(serde_json::from_str::<v2::Deal>(&stored).unwrap(), deal);
                }
                Err(broken) => {
                    prop_assert!(item.is_broken, "{}", broken);
                    prop_assert_eq!(broken.item_index(), Some(index));
                    prop_assert_eq!(item_json(&broken), &*String::from_utf8_lossy(&item.text));
                    prop_assert_eq!(broken.path().unwrap(), format!("data[{index}].id"));
                }
            }
        }
    }

    #[test]
    fn damage_never_causes_a_panic(
        records in prop::collection::vec(members(), 0..4),
        harm in prop::collection::vec((any::<Index>(), any::<u8>(), 0..3_u8), 1..6),
    ) {
        let records = records.into_iter().enumerate();
        let items: Vec<Item> = records.map(|(index, members)| item(index, members, false, &[])).collect();
        let texts: Vec<&[u8]> = items.iter().map(|item| item.text.as_slice()).collect();
        let mut body = [
            br#"{"data":["#,
            texts.join(&b","[..]).as_slice(),
            br#"],"meta":{"nextCursor":"c2","hasMore":true}}"#,
        ].concat();
        for (place, byte, how) in harm {
            let at = place.index(body.len());
            match how {
                0 => body[at] = byte,
                1 => body.insert(at, b"\"\\{}[],:\n"[usize::from(byte) % 9]),
                _ => { body.remove(at); }
            }
        }
        let client = strict();
        for read in [
            client.v2().deals().list().into_call().read(&body).map(|page| {
                page.into_results().filter_map(Result::ok).collect::<Vec<_>>()
            }),
            client.v2().deals().get(DealId::new("dl_1")).read(&body).map(|deal| vec![deal]),
        ] {
            for deal in read.unwrap_or_default() {
                let stored = serde_json::to_string(&deal).unwrap();
                prop_assert_eq!(serde_json::from_str::<v2::Deal>(&stored).unwrap(), deal);
            }
        }
    }
}
