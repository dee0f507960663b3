use serde_json::json;

use super::super::lines::Page;
use super::super::token::tokens;
use super::*;
use crate::fragment::EVIDENCE;

fn with_part<T>(
    section: Section,
    text: &str,
    read: impl Fn(&Part<'_>, &mut Notes) -> T,
) -> (T, Notes) {
    let page = Page::read(text).unwrap();
    let tokens = tokens(&page.lines);
    let part = Part {
        section,
        number: 1,
        tokens: &tokens,
    };
    let mut notes = Notes::default();
    let value = read(&part, &mut notes);
    (value, notes)
}

fn check_head(text: &str, status: &str, media_type: &str) {
    let text = format!("{text}\n\nid\nstring\n\nText");
    let ((found, response), notes) = with_part(Section::Response, &text, |part, notes| {
        response(part, Vec::new(), notes)
    });
    assert_eq!(found, status, "{text}");
    let schema = &response["content"][media_type]["schema"];
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
    let (response, notes) = with_part(Section::Response, "204\n\nGone", |part, notes| {
        response(part, vec![json!({ "error": "no" })], notes)
    });
    assert_eq!(response, ("204".to_owned(), json!({})));
    assert!(notes.findings.is_empty());
}

fn check_response_rule(text: &str, sample: &Value, expected: &str) {
    let (_, notes) = with_part(Section::Response, text, |part, notes| {
        response(part, vec![sample.clone()], notes)
    });
    let rules: Vec<_> = notes.findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, [expected]);
}

#[test]
fn responses_that_cannot_be_read() {
    check_response_rule(
        "404 - application/json\n\nGone",
        &json!({}),
        "response-not-success",
    );
    check_response_rule(
        "200 - application/json\n\nOK\n\nid\nstring",
        &json!({ "id": "<string>", "label": "<string>" }),
        "page-cut-off",
    );
    check_response_rule(
        "200 - application/json\n\nOK\n\nid\nstring\nMaximum string length: 9\nlabel",
        &json!({ "id": "<string>", "label": "<string>" }),
        "page-cut-off",
    );
    check_response_rule(
        "200 - application/json\nOption 1\nOption 2\n\nid\nstring",
        &json!({ "id": "<string>" }),
        "response-union",
    );
}

fn check_body_rule(text: &str, expected: &[&str]) {
    let (_, notes) = with_part(Section::Body, text, |part, notes| body(part, None, notes));
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
    let (body, _) = with_part(
        Section::Body,
        "application/json\n\nRequired array length: 1 - 9 elements",
        |part, notes| body(part, Some(json!([{ "id": "<string>" }])), notes),
    );
    let schema = &body["content"]["application/json"]["schema"];
    assert_eq!(schema["type"], "array");
    assert!(schema["items"]["properties"].get("id").is_some());
}

#[test]
fn a_body_of_unnamed_fields() {
    let (body, notes) = with_part(
        Section::Body,
        "application/json\nThe body is of type `object`.",
        |part, notes| body(part, Some(json!({ "id": "<string>" })), notes),
    );
    let schema = &body["content"]["application/json"]["schema"];
    assert_eq!(schema["properties"]["id"][EVIDENCE], "sampled");
    assert!(notes.findings.is_empty());
}
