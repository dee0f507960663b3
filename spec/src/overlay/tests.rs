use serde_json::{Value, json};

use super::*;

fn overlay(actions: &str) -> Overlay {
    parse(&text(actions), "o.yaml").unwrap()
}

fn text(actions: &str) -> String {
    format!("overlay: 1.0.0\ninfo: {{title: t, version: '1'}}\nactions:\n{actions}")
}

fn applied(document: Value, actions: &str) -> Value {
    let mut document = document;
    assert_eq!(apply(&mut document, &overlay(actions)), []);
    document
}

const TAIL: &str = "x-heffl-reason: because, x-heffl-evidence: described, x-heffl-matches:";

#[test]
fn update_merges_objects_joins_arrays_and_replaces_scalars() {
    let result = applied(
        json!({"a": {"list": [1], "deep": {"x": 1, "y": 2}, "word": "old"}}),
        &format!("- {{target: $.a, update: {{list: [2], deep: {{y: 3}}, word: new}}, {TAIL} 1}}"),
    );
    assert_eq!(
        result,
        json!({"a": {"list": [1, 2], "deep": {"x": 1, "y": 3}, "word": "new"}})
    );
}

#[test]
fn update_of_an_array_appends_one_entry() {
    let result = applied(
        json!({"tags": [{"name": "a"}]}),
        &format!("- {{target: $.tags, update: {{name: b}}, {TAIL} 1}}"),
    );
    assert_eq!(result, json!({"tags": [{"name": "a"}, {"name": "b"}]}));
}

#[test]
fn remove_removes_several_indices_and_keeps_the_order_of_keys() {
    let result = applied(
        json!({"list": [0, 1, 2, 3, 4], "a": 1, "b": 2, "c": 3}),
        &format!(
            "- {{target: '$.list[1,3,0]', remove: true, {TAIL} 3}}\n- {{target: $.a, remove: true, {TAIL} 1}}"
        ),
    );
    assert_eq!(result.to_string(), r#"{"list":[2,4],"b":2,"c":3}"#);
}

#[test]
fn nested_matches_are_removed_inside_out_and_counted_once() {
    let result = applied(
        json!({"a": [{"x": {"x": 1}}, {"x": 2}]}),
        &format!("- {{target: '$..x', remove: true, {TAIL} 3}}"),
    );
    assert_eq!(result, json!({"a": [{}, {}]}));
    let result = applied(
        json!({"a": [1, 2]}),
        &format!("- {{target: '$.a[0, 0]', remove: true, {TAIL} 1}}"),
    );
    assert_eq!(result, json!({"a": [2]}));
}

#[test]
fn a_failing_action_changes_nothing_and_says_how_to_fix_it() {
    for (target, update, found, help) in [
        ("$.none", "{x: 1}", "expects 1 node, found 0", "caught up"),
        (
            "$.list[*]",
            "{x: 1}",
            "expects 1 node, found 2",
            "set x-heffl-matches to 2",
        ),
        ("$.word", "{x: 1}", "/word: only objects", "around it"),
        (
            "$.object",
            "5",
            "/object: an object can only be updated with an object",
            "around it",
        ),
    ] {
        let mut document = json!({"list": [{}, {}], "word": "w", "object": {}});
        let before = document.clone();
        let findings = apply(
            &mut document,
            &overlay(&format!(
                "- {{target: '{target}', update: {update}, {TAIL} 1}}"
            )),
        );
        assert_eq!(findings.len(), 1);
        let finding = findings[0].to_string();
        assert!(finding.starts_with("o.yaml #/actions/0: action 1, target "));
        assert!(finding.contains(found), "{finding}");
        assert!(finding.contains(help), "{finding}");
        assert_eq!(document, before);
    }
    let mut document = json!({});
    let findings = apply(
        &mut document,
        &overlay(&format!("- {{target: $, remove: true, {TAIL} 1}}")),
    );
    assert!(findings[0].message.contains("whole document"));
}

#[test]
fn invalid_overlays_are_refused() {
    let action = |action: &str| text(&format!("- {action}"));
    for (text, expected) in [
        ("overlay: 1.0.0".to_owned(), "missing field `info`"),
        (
            "overlay: 1.1.0\ninfo: {title: t, version: '1'}\nactions: []".to_owned(),
            "version 1.1.0",
        ),
        (
            "overlay: 1.0.0\ninfo: {title: t, version: '1'}\nactions: []".to_owned(),
            "the overlay has no actions",
        ),
        (
            "overlay: 1.0.0\nextends: x\ninfo: {title: t, version: '1'}\nactions: []".to_owned(),
            "unknown field `extends`",
        ),
        (
            action(&format!("{{target: $.a, {TAIL} 1}}")),
            "neither updates nor removes",
        ),
        (
            action(&format!(
                "{{target: $.a, update: {{}}, remove: true, {TAIL} 1}}"
            )),
            "both",
        ),
        (
            action(&format!("{{target: '$.a[', remove: true, {TAIL} 1}}")),
            "not a JSONPath",
        ),
        (
            action(&format!("{{target: $.a, remove: true, {TAIL} 0}}")),
            "x-heffl-matches is 0",
        ),
        (
            action(&format!(
                "{{target: $.a, remove: true, because: x, {TAIL} 1}}"
            )),
            "unknown field `because`",
        ),
        (
            action("{target: $.a, remove: true, x-heffl-evidence: described, x-heffl-matches: 1}"),
            "missing field `x-heffl-reason`",
        ),
        (
            action(
                "{target: $.a, remove: true, x-heffl-reason: ' ', x-heffl-evidence: described, x-heffl-matches: 1}",
            ),
            "x-heffl-reason is empty",
        ),
        (
            action("{target: $.a, remove: true, x-heffl-reason: r, x-heffl-evidence: described}"),
            "missing field `x-heffl-matches`",
        ),
        (
            action("{target: $.a, remove: true, x-heffl-reason: r, x-heffl-matches: 1}"),
            "missing field `x-heffl-evidence`",
        ),
        (
            action("{target: $.a, update: {type: string}, x-heffl-reason: r, x-heffl-matches: 1}"),
            "missing field `x-heffl-evidence`",
        ),
        (
            action(
                "{target: $.a, remove: true, x-heffl-reason: r, x-heffl-evidence: sure, x-heffl-matches: 1}",
            ),
            "unknown variant `sure`",
        ),
    ] {
        let findings = parse(&text, "o.yaml").unwrap_err();
        assert!(findings[0].message.contains(expected), "{findings:?}");
        assert_eq!(findings[0].file.as_deref(), Some("o.yaml"));
    }
}

#[test]
fn an_action_may_match_at_least_a_number_of_nodes() {
    let at_least = |number: u64| {
        let mut document = json!({"a": {}, "b": {}});
        let action = format!("- {{target: '$[*]', remove: true, {TAIL} at least {number}}}");
        apply(&mut document, &overlay(&action)).len()
    };
    assert_eq!((at_least(1), at_least(2), at_least(3)), (0, 0, 1));
}
