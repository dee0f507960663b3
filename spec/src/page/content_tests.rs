use serde_json::json;

use super::super::lines::Page;
use super::super::token::tokens;
use super::*;
use crate::record::Evidence;

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

fn check_head(text: &str, status: Option<u16>, media_type: Option<&str>, losses: usize) {
    let text = format!("{text}\n\nid\nstring\n\nText");
    let (response, notes) = with_part(Section::Response, &text, |part, notes| {
        response(part, Vec::new(), notes)
    });
    assert_eq!(response.status, status, "{text}");
    assert_eq!(response.content.media_type.as_deref(), media_type, "{text}");
    assert_eq!(response.content.fields.len(), 1, "{text}");
    assert_eq!(notes.losses.len(), losses, "{text}");
}

#[test]
fn response_heads() {
    let json = Some("application/json");
    check_head(
        "200 - application/json\n\nOK\n\nA gadget",
        Some(200),
        json,
        0,
    );
    check_head("201\napplication/json\nMade", Some(201), json, 0);
    check_head("200\n2004XX\napplication/json", Some(200), json, 0);
    check_head(
        "200\n200404\napplication/vnd.api+json\nOK",
        Some(200),
        Some("application/vnd.api+json"),
        0,
    );
    check_head("OK", None, None, 1);
    check_head("OK\n\nOK", None, None, 1);
    check_head("2XX - application/json", None, json, 1);
}

#[test]
fn a_response_without_fields() {
    let (response, notes) = with_part(Section::Response, "204\n\nGone", |part, notes| {
        response(part, vec![json!({ "error": "no" })], notes)
    });
    assert_eq!(response.status, Some(204));
    assert_eq!(response.content, Content::default());
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
    let (content, _) = with_part(
        Section::Body,
        "application/json\n\nRequired array length: 1 - 9 elements",
        |part, notes| body(part, Some(json!([{ "id": "<string>" }])), notes),
    );
    assert!(content.list);
    assert_eq!(content.fields[0].name, "id");
}

#[test]
fn a_body_of_unnamed_fields() {
    let (content, notes) = with_part(
        Section::Body,
        "application/json\nThe body is of type `object`.",
        |part, notes| body(part, Some(json!({ "id": "<string>" })), notes),
    );
    assert!(!content.list);
    assert_eq!(content.fields[0].evidence, Evidence::Sampled);
    assert!(notes.findings.is_empty());
}
