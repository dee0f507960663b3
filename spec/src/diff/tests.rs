//! A small example of every rule, and properties of all comparisons.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Value, json};

use super::{Change, Severity, Side, compare, rules, rules_markdown};

mod corpus;
mod documents;
mod schemas;
mod spellings;
mod unread;

/// A document with one operation: the patch is merged into it.
pub(super) fn document(patch: &Value) -> Value {
    let mut document = json!({
        "openapi": "3.0.3",
        "info": {"title": "Gadgets", "version": "1"},
        "servers": [{"url": "https://gadgets.example"}],
        "paths": {"/gadgets": {"post": {
            "operationId": "makeGadget",
            "tags": ["gadgets"],
            "responses": {"200": {"description": "Done."}},
        }}},
    });
    merge(&mut document, patch);
    document
}

/// Merges objects; `null` removes a key, everything else replaces.
fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (key, value) in patch {
                if value.is_null() {
                    target.shift_remove(key);
                } else {
                    let entry = target.entry(key.as_str()).or_insert(Value::Null);
                    if !entry.is_object() {
                        *entry = if value.is_object() {
                            json!({})
                        } else {
                            Value::Null
                        };
                    }
                    merge(entry, value);
                }
            }
        }
        (target, patch) => *target = patch.clone(),
    }
}

pub(super) fn ids(changes: &[Change]) -> Vec<&'static str> {
    let mut ids: Vec<_> = changes.iter().map(|change| change.rule.id).collect();
    ids.sort_unstable();
    ids
}

/// Compares, and checks properties of every comparison.
pub(super) fn assert_sound(old: &Value, new: &Value) -> Vec<Change> {
    let changes = compare(old, new);
    let mut fingerprints = HashSet::new();
    for change in &changes {
        let document = match change.side {
            Side::Old => old,
            Side::New => new,
        };
        assert!(document.pointer(&change.pointer).is_some(), "{change:#?}");
        assert!(
            fingerprints.insert(change.fingerprint.clone()),
            "{change:#?}"
        );
        let text = change.fingerprint.as_str();
        assert!(
            text.len() == 12
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        );
        assert!(change.message.ends_with('.'), "{}", change.message);
        assert_eq!(change.severity, change.rule.severity);
    }
    assert_eq!(changes, compare(old, new), "not deterministic");
    changes
}

#[test]
fn every_rule_has_an_example() {
    let mut seen = BTreeSet::new();
    for (old, new, expected) in documents::examples() {
        let (old, new) = (document(&old), document(&new));
        let changes = assert_sound(&old, &new);
        assert_eq!(ids(&changes), expected, "{old:#}\n{new:#}");
        seen.extend(expected);
    }
    seen.extend(schemas::assert_examples());
    let missing: Vec<_> = rules()
        .iter()
        .map(|rule| rule.id)
        .filter(|id| !seen.contains(id))
        .collect();
    assert!(missing.is_empty(), "rules without an example: {missing:#?}");
}

#[test]
fn the_table_of_rules_is_in_order() {
    assert!(rules().len() >= 120, "{}", rules().len());
    assert!(rules().is_sorted_by(|a, b| a.id < b.id));
    for rule in rules() {
        assert!(
            rule.id
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-'),
            "{}",
            rule.id
        );
        assert!(
            !rule.title.ends_with('.') && rule.why.ends_with('.'),
            "{}",
            rule.id
        );
    }
    let page = rules_markdown(&[]);
    for rule in rules() {
        assert!(page.contains(&format!("| `{}` | {} |", rule.id, rule.severity.as_str())));
    }
}

/// Two operations that share components in both directions.
fn shared(gadget: &Value, name: &str) -> Value {
    let reference = json!({"$ref": format!("#/components/schemas/{name}")});
    let content = json!({"content": {"application/json": {"schema": reference}}});
    let response = |path: &str| json!({path: {"get": {"responses": {"200": content}}}});
    let mut document = document(&json!({"components": {"schemas": {name: gadget}}}));
    merge(&mut document, &json!({"paths": response("/b")}));
    merge(&mut document, &json!({"paths": response("/a")}));
    document
}

#[test]
fn a_change_of_a_shared_component_is_one_change() {
    let old = shared(
        &json!({"type": "object", "properties": {"size": {"type": "string"}}}),
        "Gadget",
    );
    let new = shared(
        &json!({"type": "object", "properties": {"size": {"type": "integer"}}}),
        "Gadget",
    );
    let changes = assert_sound(&old, &new);
    let [change] = &*changes else {
        panic!("{changes:#?}");
    };
    assert_eq!(change.operation.as_deref(), Some("GET /a"));
    assert_eq!(change.also, ["GET /b"]);
    assert_eq!(
        change.pointer,
        "/components/schemas/Gadget/properties/size/type"
    );
    assert_eq!(
        change.message,
        "Gadget.size: a part of a response changes its type: string → integer. Reaches GET /a, GET /b."
    );
}

#[test]
fn a_renamed_component_is_not_a_change() {
    let schema = json!({"type": "object", "properties": {"size": {"type": "string"}}});
    assert_eq!(
        assert_sound(&shared(&schema, "Gadget"), &shared(&schema, "Widget")),
        []
    );
}

#[test]
fn names_of_path_parameters_are_not_changes() {
    let path = |name: &str| {
        let parameter =
            json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}});
        document(
            &json!({"paths": {format!("/gadgets/{{{name}}}"): {"get": {"parameters": [parameter]}}}}),
        )
    };
    assert_eq!(assert_sound(&path("id"), &path("gadgetId")), []);
}

#[test]
fn cycles_end() {
    let tree = |kind: &str| {
        shared(
            &json!({"type": "object", "properties": {
                "label": {"type": kind},
                "children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
                "parent": {"allOf": [{"$ref": "#/components/schemas/Tree"}], "nullable": true},
            }}),
            "Tree",
        )
    };
    assert_eq!(
        ids(&assert_sound(&tree("string"), &tree("boolean"))),
        ["response-type-changed"]
    );
    for bad in [
        json!({"$ref": "#/components/schemas/Loop"}),
        json!({"allOf": [{"$ref": "#/components/schemas/Loop"}]}),
        json!({"oneOf": [{"$ref": "#/components/schemas/Loop"}, {"$ref": "#/nowhere"}, {"type": "string"}]}),
    ] {
        assert_sound(
            &shared(&bad, "Loop"),
            &shared(&json!({"type": "string"}), "Loop"),
        );
        assert_sound(
            &shared(&json!({"type": "string"}), "Loop"),
            &shared(&bad, "Loop"),
        );
        assert_sound(&shared(&bad, "Loop"), &shared(&bad, "Knot"));
    }
}

#[test]
fn long_chains_of_references_do_no_harm() {
    const LENGTH: usize = 1_000;
    let to = |number: usize| json!({"$ref": format!("#/components/schemas/Link{number}")});
    let links: [&dyn Fn(Value) -> Value; 4] = [
        &|next| next,
        &|next| json!({"allOf": [next, {"description": "a"}]}),
        &|next| json!({"oneOf": [next]}),
        &|next| json!({"properties": {"next": next}}),
    ];
    for link in links {
        let chain = |kind: &str| {
            let mut document = shared(&to(0), "Chain");
            for number in 0..LENGTH {
                document["components"]["schemas"][format!("Link{number}")] = link(to(number + 1));
            }
            document["components"]["schemas"][format!("Link{LENGTH}")] = json!({"type": kind});
            document
        };
        let changes = assert_sound(&chain("string"), &chain("boolean"));
        assert_eq!(ids(&changes), ["response-type-changed"]);
        assert_eq!(changes[0].also, ["GET /b"]);
    }
}

#[test]
fn fingerprints_survive_unrelated_changes() {
    let parameter =
        |name: &str, kind: &str| json!({"name": name, "in": "query", "schema": {"type": kind}});
    let with = |parameters: &[Value], more: Value| {
        let mut document =
            document(&json!({"paths": {"/gadgets": {"post": {"parameters": parameters}}}}));
        merge(&mut document, &more);
        document
    };
    let (a, b) = (parameter("a", "string"), parameter("b", "string"));
    let changed = parameter("b", "integer");
    let find = |old: &Value, new: &Value| -> BTreeMap<&str, String> {
        let changes = assert_sound(old, new).into_iter();
        changes
            .map(|change| (change.rule.id, change.fingerprint.to_string()))
            .collect()
    };
    let one = find(
        &with(&[a.clone(), b.clone()], json!({})),
        &with(&[a.clone(), changed.clone()], json!({})),
    );
    let more = json!({"paths": {"/tools": {"get": {"responses": {}}}}});
    let other = find(
        &with(&[b, a.clone()], json!({})),
        &with(&[parameter("c", "string"), changed, a], more),
    );
    assert_eq!(
        one.get("parameter-type-changed"),
        other.get("parameter-type-changed")
    );
    assert!(
        one.contains_key("parameter-type-changed") && other.len() == 3,
        "{other:?}"
    );
}

#[test]
fn severities_are_in_order() {
    assert!(Severity::Info < Severity::Warning && Severity::Warning < Severity::Breaking);
}

/// Many operations with components of their own, the body of each different in `kind`.
fn large(operations: usize, kind: &str) -> Value {
    let mut document = document(&json!({}));
    let mut schemas = serde_json::Map::new();
    for number in 0..operations {
        let name = format!("Gadget{number}");
        let reference = json!({"$ref": format!("#/components/schemas/{name}")});
        let content = json!({"application/json": {"schema": reference}});
        document["paths"][format!("/gadgets/{number}/{{id}}")] = json!({"patch": {
            "operationId": format!("updateGadget{number}"),
            "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
            "requestBody": {"content": content},
            "responses": {"200": {"content": content}, "404": {"$ref": "#/components/responses/NotFound"}},
        }});
        schemas.insert(name, json!({"type": "object", "description": kind, "properties": {
            "id": {"type": "string"}, "size": {"type": kind}, "next": {"allOf": [{"$ref": "#/components/schemas/Shared"}]},
            "list": {"type": "array", "items": {"type": "object", "properties": {"price": {"type": "number"}}}},
        }}));
    }
    schemas.insert(
        "Shared".to_owned(),
        json!({"type": "object", "properties": {"size": {"type": kind}}}),
    );
    document["components"] = json!({
        "schemas": schemas,
        "responses": {"NotFound": {"description": kind, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Shared"}}}}},
    });
    document
}

#[test]
fn every_operation_of_many_is_compared() {
    let (old, new) = (large(5_000, "string"), large(5_000, "integer"));
    assert_eq!(compare(&old, &new).len(), 2 * 5_000 + 2);
}

#[test]
fn changes_of_one_keyword_have_different_fingerprints() {
    let id = |prefix: &str, of: &str| {
        shared(
            &json!({"type": "object", "properties": {
                "id": {"type": "string", "x-heffl-id": {"prefix": prefix, "of": of}},
            }}),
            "Gadget",
        )
    };
    let find = |old: &Value, new: &Value| -> BTreeMap<&str, String> {
        let changes = assert_sound(old, new).into_iter();
        changes
            .map(|change| (change.rule.id, change.fingerprint.to_string()))
            .collect()
    };
    let one = find(&id("a_", "gadget"), &id("b_", "gadget"));
    let both = find(&id("a_", "gadget"), &id("b_", "widget"));
    let rule = "response-identifier-prefix-changed";
    assert_eq!((one.len(), both.len()), (1, 2));
    assert_eq!(one.get(rule), both.get(rule));
}
