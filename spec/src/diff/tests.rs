//! Every rule, by a small example; and what holds for all comparisons.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Value, json};

use super::{Change, Severity, Side, Step, compare, rules, rules_markdown, suggested_step};

mod schemas;

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

/// What must hold for any comparison.
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

/// `(old, new, expected)`, each part merged into [`document`].
fn cases() -> Vec<(Value, Value, Vec<&'static str>)> {
    let operation = |patch: Value| json!({"paths": {"/gadgets": {"post": patch}}});
    let parameter = |patch: Value| {
        let mut parameter = json!({"name": "size", "in": "query", "schema": {"type": "string"}});
        merge(&mut parameter, &patch);
        operation(json!({"parameters": [parameter]}))
    };
    let body = |patch: Value| operation(json!({"requestBody": patch}));
    let answer = |patch: Value| operation(json!({"responses": {"200": patch}}));
    let scheme = |patch: Value| json!({"components": {"securitySchemes": {"Key": patch}}});
    let page = |patch: Value| {
        answer(json!({"content": {"application/json": {"schema": {"x-heffl-page": patch}}}}))
    };
    let nothing = || json!({});
    let text = || json!({"application/json": {"schema": {"type": "string"}}});
    let both = || json!({"application/json": {"schema": {"type": "string"}}, "text/csv": {"schema": {"type": "string"}}});
    let key = || json!({"type": "apiKey", "in": "header", "name": "x-key"});

    let mut cases = vec![
        (
            nothing(),
            json!({"servers": [{"url": "https://widgets.example"}]}),
            vec!["base-url-changed"],
        ),
        (
            nothing(),
            json!({"info": {"version": "2"}}),
            vec!["document-version-changed"],
        ),
        (
            json!({"servers": [{"url": "a"}]}),
            json!({"servers": [{"url": "b"}, {"url": "a"}]}),
            vec!["server-added"],
        ),
        (
            json!({"servers": [{"url": "a"}, {"url": "b"}]}),
            json!({"servers": [{"url": "b"}]}),
            vec!["server-removed"],
        ),
        (
            json!({"servers": [{"url": "{a}", "variables": {"a": {"default": "b"}}}]}),
            json!({"servers": [{"url": "{a}", "variables": {"a": {"default": "c"}}}]}),
            vec!["server-variables-changed"],
        ),
        (
            operation(json!({})),
            operation(json!({"operationId": "buildGadget"})),
            vec!["operation-id-changed"],
        ),
        (
            operation(json!({})),
            operation(json!({"tags": ["gadgets", "tools"]})),
            vec!["operation-tag-added"],
        ),
        (
            operation(json!({"tags": ["gadgets", "tools"]})),
            operation(json!({})),
            vec!["operation-tag-removed"],
        ),
        (
            nothing(),
            operation(json!({"servers": [{"url": "https://elsewhere.example"}]})),
            vec!["operation-servers-changed"],
        ),
        (
            nothing(),
            json!({"paths": {"/gadgets": null, "/tools": {"post": document(&nothing())["paths"]["/gadgets"]["post"].clone()}}}),
            vec!["operation-path-changed"],
        ),
        (
            nothing(),
            json!({"paths": {"/gadgets": {"post": null, "put": document(&nothing())["paths"]["/gadgets"]["post"].clone()}}}),
            vec!["operation-method-changed"],
        ),
        (
            parameter(json!({})),
            parameter(json!({"in": "header"})),
            vec!["parameter-location-changed"],
        ),
        (
            parameter(json!({})),
            operation(json!({"parameters": []})),
            vec!["parameter-removed"],
        ),
        (
            operation(json!({"parameters": []})),
            parameter(json!({})),
            vec!["parameter-added"],
        ),
        (
            operation(json!({"parameters": []})),
            parameter(json!({"required": true})),
            vec!["parameter-added-required"],
        ),
        (
            parameter(json!({})),
            parameter(json!({"style": "pipeDelimited"})),
            vec!["parameter-style-changed"],
        ),
        (
            parameter(json!({})),
            parameter(json!({"explode": false})),
            vec!["parameter-explode-changed"],
        ),
        (
            parameter(json!({})),
            parameter(json!({"schema": null, "content": text()})),
            vec!["parameter-content-changed"],
        ),
        (
            body(nothing()),
            operation(json!({"requestBody": null})),
            vec!["request-body-removed"],
        ),
        (
            nothing(),
            body(json!({"content": text()})),
            vec!["request-body-added"],
        ),
        (
            nothing(),
            body(json!({"content": text(), "required": true})),
            vec!["request-body-added-required"],
        ),
        (
            body(json!({"content": text()})),
            body(json!({"content": both()})),
            vec!["request-media-type-added"],
        ),
        (
            body(json!({"content": both()})),
            body(json!({"content": text()})),
            vec!["request-media-type-removed"],
        ),
        (
            body(
                json!({"content": {"multipart/form-data": {"encoding": {"a": {"contentType": "text/csv"}}}}}),
            ),
            body(
                json!({"content": {"multipart/form-data": {"encoding": {"a": {"contentType": "image/png"}}}}}),
            ),
            vec!["request-encoding-changed"],
        ),
        (
            answer(json!({"content": text()})),
            answer(json!({"content": both()})),
            vec!["response-media-type-added"],
        ),
        (
            answer(json!({"content": both()})),
            answer(json!({"content": text()})),
            vec!["response-media-type-removed"],
        ),
        (
            page(json!({"items": "/data"})),
            page(json!({"items": "/list"})),
            vec!["response-paging-changed"],
        ),
        (
            answer(
                json!({"content": {"application/json": {"schema": {"enum": ["a"], "x-heffl-closed": true}}}}),
            ),
            answer(
                json!({"content": {"application/json": {"schema": {"enum": ["a", "b"], "x-heffl-closed": true}}}}),
            ),
            vec!["response-closed-enum-value-added"],
        ),
        (
            json!({"security": [{"Key": ["read"]}]}),
            json!({"security": [{"Key": ["write"]}]}),
            vec!["security-scope-added", "security-scope-removed"],
        ),
        // No changes of meaning.
        (
            scheme(key()),
            json!({"components": {"securitySchemes": {"Other": key()}}}),
            vec![],
        ),
    ];
    // Pairs of opposites: `(without, with, came, went)`.
    for (without, with, came, went) in [
        (
            nothing(),
            json!({"x-webhooks": {"gadgetMade": {"post": {}}}}),
            "webhook-added",
            "webhook-removed",
        ),
        (
            nothing(),
            json!({"paths": {"/tools": {"get": {"responses": {}}}}}),
            "operation-added",
            "operation-removed",
        ),
        (
            nothing(),
            operation(json!({"deprecated": true})),
            "operation-deprecated",
            "operation-undeprecated",
        ),
        (
            operation(json!({"x-heffl-evidence": "sampled"})),
            operation(json!({"x-heffl-evidence": "documented"})),
            "operation-evidence-strengthened",
            "operation-evidence-weakened",
        ),
        (
            nothing(),
            json!({"security": [{"Key": []}]}),
            "security-introduced",
            "security-dropped",
        ),
        (
            json!({"security": [{"Key": []}]}),
            operation(json!({"security": [{"Key": []}, {"Other": []}]})),
            "",
            "",
        ),
        (
            json!({"security": [{"Key": []}]}),
            json!({"security": [{"Key": []}, {"Other": []}]}),
            "security-alternative-added",
            "security-alternative-removed",
        ),
        (
            scheme(key()),
            json!({"components": {"securitySchemes": {"Key": key(), "Other": {"type": "http"}}}}),
            "security-scheme-added",
            "security-scheme-removed",
        ),
        (
            scheme(json!({"type": "http"})),
            scheme(json!({"type": "openIdConnect"})),
            "security-scheme-type-changed",
            "security-scheme-type-changed",
        ),
        (
            scheme(key()),
            scheme(json!({"type": "apiKey", "in": "query", "name": "x-key"})),
            "security-scheme-place-changed",
            "security-scheme-place-changed",
        ),
        (
            scheme(key()),
            scheme(json!({"type": "apiKey", "in": "header", "name": "key"})),
            "security-scheme-name-changed",
            "security-scheme-name-changed",
        ),
        (
            scheme(json!({"type": "http", "scheme": "basic"})),
            scheme(json!({"type": "http", "scheme": "bearer"})),
            "security-scheme-http-changed",
            "security-scheme-http-changed",
        ),
        (
            scheme(json!({"type": "http", "bearerFormat": "a"})),
            scheme(json!({"type": "http", "bearerFormat": "b"})),
            "security-scheme-format-changed",
            "security-scheme-format-changed",
        ),
        (
            scheme(json!({"type": "oauth2", "flows": {}})),
            scheme(json!({"type": "oauth2", "flows": {"implicit": {}}})),
            "security-scheme-flows-changed",
            "security-scheme-flows-changed",
        ),
        (
            scheme(json!({"type": "openIdConnect", "openIdConnectUrl": "a"})),
            scheme(json!({"type": "openIdConnect", "openIdConnectUrl": "b"})),
            "security-scheme-discovery-changed",
            "security-scheme-discovery-changed",
        ),
        (
            parameter(json!({})),
            parameter(json!({"required": true})),
            "parameter-became-required",
            "parameter-became-optional",
        ),
        (
            parameter(json!({})),
            parameter(json!({"allowReserved": true})),
            "parameter-reserved-allowed",
            "parameter-reserved-refused",
        ),
        (
            parameter(json!({})),
            parameter(json!({"allowEmptyValue": true})),
            "parameter-empty-allowed",
            "parameter-empty-refused",
        ),
        (
            parameter(json!({})),
            parameter(json!({"x-heffl-json": true})),
            "parameter-json-added",
            "parameter-json-removed",
        ),
        (
            parameter(json!({})),
            parameter(json!({"deprecated": true})),
            "parameter-deprecated",
            "parameter-undeprecated",
        ),
        (
            body(json!({"content": text()})),
            body(json!({"content": text(), "required": true})),
            "request-body-became-required",
            "request-body-became-optional",
        ),
        (
            nothing(),
            operation(json!({"responses": {"201": {"description": ""}}})),
            "response-success-added",
            "response-success-removed",
        ),
        (
            nothing(),
            operation(json!({"responses": {"404": {"description": ""}}})),
            "response-error-added",
            "response-error-removed",
        ),
        (
            nothing(),
            answer(json!({"content": text()})),
            "response-body-added",
            "response-body-removed",
        ),
        (
            nothing(),
            answer(json!({"headers": {"X-Rate": {}}})),
            "response-header-added",
            "response-header-removed",
        ),
        (
            answer(json!({"headers": {"X-Rate": {}}})),
            answer(json!({"headers": {"x-rate": {"required": true}}})),
            "response-header-became-required",
            "response-header-became-optional",
        ),
        (
            page(json!({})),
            answer(json!({"content": {"application/json": {"schema": {}}}})),
            "response-paging-removed",
            "response-paging-added",
        ),
    ] {
        if came.is_empty() {
            // An operation that says otherwise than its document.
            cases.push((
                without.clone(),
                merged(&without, &with),
                vec!["security-alternative-added"],
            ));
            cases.push((
                merged(&without, &with),
                without,
                vec!["security-alternative-removed"],
            ));
        } else {
            cases.push((without.clone(), with.clone(), vec![came]));
            cases.push((with, without, vec![went]));
        }
    }
    cases
}

fn merged(base: &Value, patch: &Value) -> Value {
    let mut base = base.clone();
    merge(&mut base, patch);
    base
}

#[test]
fn every_rule_has_an_example() {
    let mut seen = BTreeSet::new();
    for (old, new, expected) in cases() {
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
    let page = rules_markdown();
    for rule in rules() {
        assert!(page.contains(&format!("| `{}` | {} |", rule.id, rule.severity.as_str())));
    }
}

#[test]
fn the_step_is_that_of_the_largest_change() {
    let change = |patch: Value| compare(&document(&json!({})), &document(&patch));
    assert_eq!(suggested_step(&[]), Step::None);
    assert_eq!(
        suggested_step(&change(json!({"info": {"version": "2"}}))),
        Step::Patch
    );
    let added = json!({"info": {"version": "2"}, "paths": {"/tools": {"get": {}}}});
    assert_eq!(suggested_step(&change(added)), Step::Minor);
    assert_eq!(
        suggested_step(&change(json!({"paths": {"/gadgets": null}}))),
        Step::Major
    );
}

/// Two operations that share components in both directions.
fn shared(gadget: &Value, name: &str) -> Value {
    let reference = json!({"$ref": format!("#/components/schemas/{name}")});
    let content = json!({"content": {"application/json": {"schema": reference}}});
    let answer = |path: &str| json!({path: {"get": {"responses": {"200": content}}}});
    let mut document = document(&json!({"components": {"schemas": {name: gadget}}}));
    merge(&mut document, &json!({"paths": answer("/b")}));
    merge(&mut document, &json!({"paths": answer("/a")}));
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
        "Answer: `Gadget.size` changes its type: string → integer. Reaches GET /a, GET /b."
    );
}

#[test]
fn a_component_that_is_renamed_is_no_change() {
    let schema = json!({"type": "object", "properties": {"size": {"type": "string"}}});
    assert_eq!(
        assert_sound(&shared(&schema, "Gadget"), &shared(&schema, "Widget")),
        []
    );
}

#[test]
fn names_of_path_parameters_mean_nothing() {
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
fn time_grows_with_the_number_of_operations() {
    let mut times = Vec::new();
    for operations in [625, 5_000] {
        let (old, new) = (large(operations, "string"), large(operations, "integer"));
        let start = std::time::Instant::now();
        let changes = compare(&old, &new);
        times.push(start.elapsed());
        assert_eq!(changes.len(), 2 * operations + 2);
    }
    println!("625 and 5,000 operations, all changed: {times:?}");
    // Eight times the work; a quadratic algorithm would need sixty-four times the time.
    assert!(times[1] < times[0] * 32, "{times:?}");
}
