use serde_json::json;

use super::super::lines::Page;
use super::*;
use crate::fragment::EVIDENCE;

fn with_section<T>(
    heading: &'static str,
    text: &str,
    read: impl Fn(&Section<'_>, &mut Notes) -> T,
) -> (T, Notes) {
    let page = Page::read(text).unwrap();
    let section = Section {
        heading,
        lines: &page.lines,
        ..Section::default()
    };
    let mut notes = Notes::default();
    let value = read(&section, &mut notes);
    (value, notes)
}

fn check_head(text: &str, status: &str, media_type: &str) {
    let text = format!("{text}\n\nid\nstring\n\nText");
    let (responses, notes) = with_section("Response", &text, |section, notes| {
        response(section, Vec::new(), notes)
    });
    let schema = &responses[status]["content"][media_type]["schema"];
    assert_eq!(
        schema["properties"],
        json!({"id": {"type": "string"}}),
        "{text}"
    );
    assert_eq!(notes.losses, [], "{text}");
}

#[test]
fn response_heads() {
    let json = "application/json";
    check_head("200 - application/json\n\nOK\n\nA gadget", "200", json);
    check_head("201\napplication/json\nMade", "201", json);
    check_head("200\n2004XX\napplication/json", "200", json);
    check_head(
        "200\n200404\napplication/vnd.api+json\nOK",
        "200",
        "application/vnd.api+json",
    );
    check_head("OK", "2XX", json);
    check_head("OK\n\nOK", "2XX", json);
    check_head("2XX - application/json", "2XX", json);
}

#[test]
fn a_response_without_fields_has_no_content() {
    let (response, notes) = with_section("Response", "204\n\nGone", |section, notes| {
        response(section, vec![json!({ "error": "no" })], notes)
    });
    assert_eq!(response, json!({"204": {}}));
    assert!(notes.findings.is_empty());
}

#[test]
fn responses_that_cannot_be_read() {
    for (text, expected) in [
        ("404 - application/json\n\nGone", "response-not-success"),
        (
            "200 - application/json\nOption 1\nOption 2\n\nid\nstring",
            "response-union",
        ),
    ] {
        let (_, notes) = with_section("Response", text, |section, notes| {
            response(section, vec![json!({ "id": 1 })], notes)
        });
        let rules: Vec<_> = notes.findings.iter().map(|finding| finding.rule).collect();
        assert_eq!(rules, [expected]);
    }
}

#[test]
fn a_sample_shows_that_fields_are_missing_at_the_end() {
    let check = |end: &str, expected: &[&str]| {
        let text = format!("200 - application/json\n\nOK\n\nid\nstring\n{end}");
        let sample = json!({ "id": "<string>", "label": "<string>" });
        let (_, notes) = with_section("Response", &text, |section, notes| {
            response(section, vec![sample.clone()], notes)
        });
        let rules: Vec<_> = notes.findings.iter().map(|finding| finding.rule).collect();
        assert_eq!(rules, expected, "{end}");
    };
    check("", &["page-cut-off"]);
    check("Maximum string length: 9\nlabel", &["page-cut-off"]);
    check("label\nstring", &[]);
    check(
        "Maximum string length: 9\nWords of a field without a name",
        &[],
    );
}

fn check_body_rule(text: &str, expected: &[&str]) {
    let (_, notes) = with_section("Body", text, |section, notes| body(section, None, notes));
    let rules: Vec<_> = notes.findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, expected, "{text}");
}

#[test]
fn union_bodies_are_refused() {
    let union = &["body-union"][..];
    check_body_rule("application/json\nOption 1\nOption 2\nid\nstring", union);
    check_body_rule("application/json\nobject\nobject[]\nid\nstring", union);
    check_body_rule("application/json\nGadget\nWidget Group\nid\nstring", union);
    check_body_rule("application/json\n\nA gadget\n\nid\nstring", &[]);
    check_body_rule("application/json\nnumber\nstring\nid\nstring", &[]);
}

#[test]
fn a_body_that_is_a_list() {
    let (body, _) = with_section(
        "Body",
        "application/json\n\nRequired array length: 1 - 9 elements",
        |section, notes| body(section, Some(json!([{ "id": "<string>" }])), notes),
    );
    let schema = &body["content"]["application/json"]["schema"];
    assert_eq!(schema["type"], "array");
    assert!(schema["items"]["properties"].get("id").is_some());
}

#[test]
fn a_body_of_unnamed_fields() {
    let (body, notes) = with_section(
        "Body",
        "application/json\nThe body is of type `object`.",
        |section, notes| body(section, Some(json!({ "id": "<string>" })), notes),
    );
    let schema = &body["content"]["application/json"]["schema"];
    assert_eq!(schema["properties"]["id"][EVIDENCE], "sampled");
    assert!(notes.findings.is_empty());
}

fn head_of(text: &str) -> Result<(Route, Vec<Value>), Finding> {
    let page = Page::read(text).unwrap();
    let mut route = route(&page.lines).unwrap();
    let lines = &page.lines[route.end..];
    let (_, responses) = head(&mut route, lines, &mut Notes::default())?;
    Ok((route, responses))
}

fn check_route(text: &str, path: &str, server: Option<&str>, responses: usize) {
    let (route, found) = head_of(text).unwrap();
    assert_eq!(route.path, path);
    assert_eq!(route.server.as_deref(), server);
    assert_eq!(found.len(), responses);
}

#[test]
fn paths_and_servers() {
    check_route(
        "GET\n/\ngadgets\n/\n{id}\nGet a gadget\ncurl --request GET --url https://api.example.test/v1/gadgets/{id}\n{}\n{}\n\nprose {",
        "/gadgets/{id}",
        Some("https://api.example.test/v1"),
        2,
    );
    check_route(
        "GET\nhttps://api.example.test/\n/\ngadgets",
        "/gadgets",
        Some("https://api.example.test"),
        0,
    );
    check_route(
        "GET\n/\ngadgets\ncurl --url https://api.example.test/v1/gadgets/",
        "/gadgets/",
        Some("https://api.example.test/v1"),
        0,
    );
    check_route(
        "GET\n/\ngadgets\ncurl --url http://{host}/gadgets",
        "/gadgets",
        Some("http://{host}"),
        0,
    );
    let page = Page::read("GET\nready").unwrap();
    assert_eq!(route(&page.lines), None);
}

#[test]
fn samples_in_other_languages_are_skipped() {
    check_route(
        "POST\n/\ngadgets\nGo\nfunc main() {\n{\n}\n}\n{\n\"id\": 1\n}",
        "/gadgets",
        None,
        2,
    );
}

#[test]
fn status_tabs_are_skipped() {
    check_route(
        "GET\n/\na\ncurl --url https://x.test/a\n200\n4XX\n{}\n\"text\"",
        "/a",
        Some("https://x.test"),
        2,
    );
}

#[test]
fn disagreement_and_broken_samples_are_found() {
    let check = |text: &str, rule: &str| {
        let found = head_of(&format!("GET\n/\na\ncurl {text}"));
        assert_eq!(found.err().map(|it| it.rule), Some(rule), "{text}");
    };
    check(
        "--request PUT --url https://x.test/a",
        "page-methods-disagree",
    );
    check("--url https://x.test/b", "page-paths-disagree");
    check("--url https://x.test/a\n{ \"a\":", "page-sample-broken");
    check("--url https://x.test/a\n{ a }", "page-sample-broken");
    check("--url https://x.test/a --data '{", "page-sample-broken");
}

fn check_headings(text: &str, expected: &[(usize, &str)]) {
    let page = Page::read(text).unwrap();
    let found: Vec<_> = sections(&page.lines)
        .iter()
        .map(|section| (section.index, section.heading))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn the_last_block_of_sections_counts() {
    check_headings(
        "Response\nprose\nAuthorizations\nx\nstring\nResponse\nOK",
        &[(2, "Authorizations"), (5, "Response")],
    );
    check_headings(
        "Response\nprose\nQuery Parameters\nx\nstring\nResponse\nOK",
        &[(2, "Query Parameters"), (5, "Response")],
    );
}

#[test]
fn a_field_may_be_named_like_a_heading() {
    check_headings(
        "Body\napplication/json\nBody\nstring\nResponse\nOK",
        &[(0, "Body"), (4, "Response")],
    );
}

#[test]
fn repeated_sections_are_refused() {
    let page =
        Page::read("GET\n/\na\nAuthorizations\na\nstring\nBody\na\nBody\nSome words").unwrap();
    let route = route(&page.lines).unwrap();
    let finding = read(&page.lines, route, &mut Notes::default()).unwrap_err();
    assert_eq!(
        (finding.rule, finding.line),
        ("page-section-twice", Some(9))
    );
}

fn read_page(text: &str) -> (Map<String, Value>, Notes) {
    let page = Page::read(text).unwrap();
    let mut notes = Notes::default();
    let facts = read(&page.lines, route(&page.lines).unwrap(), &mut notes);
    (facts.unwrap(), notes)
}

/// If a page is truncated anywhere between its first and its last section, it is read up to that point with a loss,
/// and has only facts of the complete page.
#[test]
fn a_page_may_be_truncated_anywhere_in_its_sections() {
    let body = "Body\napplication/json\nlabel\nstring\nrequired\n\nWords on it.\n\nkind\nenum<string>\ndefault:big\n\nIts kind.\n\nAvailable options:\nbig,\nsmall\nsize\nnumber\n\nRequired range: x >= 10\n";
    let start = "POST\n/\ngadgets\ncurl --request POST --url https://x.test/gadgets\n{}\nAuthorizations\nx-key\nstring\nheader\nrequired\n\nKey of it.\n\n";
    let whole = format!("{start}{body}Response\n200\n\nMade");
    let (facts, notes) = read_page(&whole);
    assert_eq!(notes.losses, []);
    let place = "/paths/~1gadgets/post/requestBody/content/application~1json/schema/properties";
    let facts = Value::from(facts);
    let printed = facts.pointer(place).unwrap();
    let heading = start.find("\nx-key").unwrap();
    for end in [heading]
        .into_iter()
        .chain(start.len()..start.len() + body.len())
    {
        let (facts, notes) = read_page(&whole[..end]);
        assert_eq!(notes.losses, [Loss::End {}], "{end}");
        assert_eq!(notes.findings, [], "{end}");
        for (name, property) in entries(Value::from(facts).pointer(place)) {
            for (key, value) in entries(Some(property)) {
                assert_eq!(printed[name].get(key), Some(value), "{end}: {name}");
            }
        }
    }
}
