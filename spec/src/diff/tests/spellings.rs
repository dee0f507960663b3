//! Equivalent documents with different spellings.

use serde_json::{Value, json};

use super::{assert_sound, document, ids, merge};

fn operation(patch: &Value) -> Value {
    document(&json!({"paths": {"/gadgets": {"post": patch}}}))
}

/// Asserts that there is no change between two documents, either way.
fn assert_same(one: &Value, other: &Value) {
    assert_eq!(assert_sound(one, other), [], "{one:#} {other:#}");
    assert_eq!(assert_sound(other, one), [], "{other:#} {one:#}");
}

#[test]
fn equivalent_spellings_are_not_a_change() {
    let schema = json!({"schema": {"type": "string"}});
    let content = |name: &str| json!({name: schema});
    let respond_with =
        |content: Value| operation(&json!({"responses": {"200": {"content": content}}}));
    assert_same(
        &respond_with(content("application/json")),
        &respond_with(content("Application/JSON; charset=utf-8")),
    );
    let body = |content: Value| operation(&json!({"requestBody": {"content": content}}));
    assert_same(
        &body(content("text/csv;header=present")),
        &body(content("text/csv; header=present; charset=utf-8")),
    );
    let server = |url: &str| document(&json!({"servers": [{"url": url}]}));
    assert_same(
        &server("https://api.example.test/v1"),
        &server("HTTPS://API.example.test:443/v1/"),
    );
    let header =
        |name: &str| operation(&json!({"responses": {"200": {"headers": {name: schema}}}}));
    assert_same(&header("X-Total"), &header("x-total"));
    let parameter = |name: &str| {
        operation(&json!({"parameters": [{"name": name, "in": "header", "schema": {}}]}))
    };
    assert_same(&parameter("X-Total"), &parameter("x-total"));
    let key =
        |scheme: Value| document(&json!({"components": {"securitySchemes": {"Key": scheme}}}));
    assert_same(
        &key(json!({"type": "apiKey", "in": "header", "name": "X-Key"})),
        &key(json!({"type": "apiKey", "in": "header", "name": "x-key"})),
    );
    assert_same(
        &key(json!({"type": "http", "scheme": "Bearer"})),
        &key(json!({"type": "http", "scheme": "bearer"})),
    );
    let statuses = |statuses: &[&str]| {
        let mut document = document(&json!({}));
        let responses: serde_json::Map<String, Value> = statuses
            .iter()
            .map(|status| {
                (
                    (*status).to_owned(),
                    json!({"content": content("text/csv")}),
                )
            })
            .collect();
        document["paths"]["/gadgets"]["post"]["responses"] = Value::Object(responses);
        document
    };
    assert_same(&statuses(&["200"]), &statuses(&["2XX"]));
    assert_same(&statuses(&["2xx"]), &statuses(&["2XX"]));
    assert_same(
        &statuses(&["200", "201", "404"]),
        &statuses(&["2XX", "4xx"]),
    );
}

#[test]
fn repeated_items_of_an_unordered_list_are_not_a_change() {
    let one = json!({"url": "https://one.example.test"});
    let again = json!({"url": "https://ONE.example.test/", "description": "The same."});
    let two = json!({"url": "https://two.example.test"});
    let of_document = |servers: &[&Value]| document(&json!({"servers": servers}));
    assert_same(&of_document(&[&one, &again]), &of_document(&[&one]));
    assert_same(
        &of_document(&[&one, &two, &again]),
        &of_document(&[&two, &one]),
    );
    let of_operation = |servers: &[&Value]| operation(&json!({"servers": servers}));
    assert_same(&of_operation(&[&one, &again]), &of_operation(&[&one]));
    let changes = assert_sound(&of_operation(&[&one, &again]), &of_operation(&[&one, &two]));
    assert_eq!(ids(&changes), ["operation-servers-changed"]);
    // The operation has the servers of the document, which repeats one of them.
    let mut inherited = of_document(&[&one, &again]);
    merge(&mut inherited, &of_operation(&[&one]));
    inherited["servers"] = json!([one, again]);
    assert_same(&inherited, &of_document(&[&one]));

    let key = json!({"type": "http", "scheme": "bearer"});
    let secured = |security: Value| {
        document(&json!({"security": security, "components": {"securitySchemes": {"Key": key}}}))
    };
    assert_same(
        &secured(json!([{"Key": []}, {"Key": []}])),
        &secured(json!([{"Key": []}])),
    );
    // No value fits exactly one of two equal alternatives.
    let text = json!({"type": "string"});
    let alternatives = |alternatives: &[&Value]| {
        let schema = json!({"oneOf": alternatives});
        operation(&json!({"requestBody": {"content": {"text/csv": {"schema": schema}}}}))
    };
    let number = json!({"type": "number"});
    let changes = assert_sound(
        &alternatives(&[&text, &number]),
        &alternatives(&[&text, &number, &number]),
    );
    assert_eq!(ids(&changes), ["request-alternative-added"]);
}

#[test]
fn a_status_and_its_range_are_compared() {
    let with = |status: &str, kind: &str| {
        let content = json!({"text/csv": {"schema": {"type": kind}}});
        let mut document = document(&json!({}));
        document["paths"]["/gadgets"]["post"]["responses"] = json!({status: {"content": content}});
        document
    };
    for (old, new) in [("200", "2XX"), ("2XX", "200")] {
        let changes = assert_sound(&with(old, "string"), &with(new, "boolean"));
        assert_eq!(ids(&changes), ["response-type-changed"], "{old} {new}");
    }
}

#[test]
fn two_spellings_in_a_list_are_not_a_change() {
    let content = |names: &[&str]| {
        let content: serde_json::Map<String, Value> = names
            .iter()
            .map(|name| ((*name).to_owned(), json!({"schema": {"type": "string"}})))
            .collect();
        operation(&json!({"responses": {"200": {"content": content}}}))
    };
    let both = content(&["application/json", "application/json; charset=utf-8"]);
    assert_eq!(assert_sound(&both, &both), []);
    let mut other = both.clone();
    let at = "/paths/~1gadgets/post/responses/200/content/application~1json; charset=utf-8/schema";
    *other.pointer_mut(at).unwrap() = json!({"type": "boolean"});
    let changes = assert_sound(&both, &other);
    assert_eq!(ids(&changes), ["response-type-changed"]);
    assert_eq!(changes[0].pointer, format!("{at}/type"));
}

#[test]
fn paths_that_differ_in_a_parameters_name_are_distinguished() {
    let get = |name: &str, kind: &str| {
        let parameter =
            json!({"name": name, "in": "path", "required": true, "schema": {"type": kind}});
        json!({"get": {"operationId": format!("by_{name}"), "parameters": [parameter], "responses": {}}})
    };
    let with = |paths: [(&str, Value); 2]| {
        let mut document = document(&json!({}));
        document["paths"] = Value::Object(
            paths
                .map(|(path, item)| (path.to_owned(), item))
                .into_iter()
                .collect(),
        );
        document
    };
    let (id, nr) = (
        ("/c/{id}", get("id", "string")),
        ("/c/{nr}", get("nr", "integer")),
    );
    let old = with([id.clone(), nr.clone()]);
    assert_same(&old, &with([nr, id.clone()]));
    let changes = assert_sound(&old, &with([("/c/{nr}", get("nr", "number")), id]));
    assert_eq!(ids(&changes), ["parameter-type-widened"]);
    assert_eq!(changes[0].operation.as_deref(), Some("GET /c/{nr}"));
}

#[test]
fn several_ways_to_use_one_scheme_are_distinguished() {
    let ways = |ways: Value| operation(&json!({"security": ways}));
    let old = ways(json!([{"oauth": ["read"]}, {"oauth": ["write"]}]));
    assert_same(
        &old,
        &ways(json!([{"oauth": ["write"]}, {"oauth": ["read"]}])),
    );
    let new = ways(json!([{"oauth": ["read"]}, {"oauth": ["admin"]}]));
    assert_eq!(
        ids(&assert_sound(&old, &new)),
        ["security-scope-added", "security-scope-removed"]
    );
    let new = ways(json!([{"oauth": ["read"]}]));
    assert_eq!(
        ids(&assert_sound(&old, &new)),
        ["security-alternative-removed"]
    );
}

/// A response with a schema, and components.
fn response(schema: &Value, components: &Value) -> Value {
    let content = json!({"application/json": {"schema": schema}});
    let mut document = operation(&json!({"responses": {"200": {"content": content}}}));
    merge(
        &mut document,
        &json!({"components": {"schemas": components}}),
    );
    document
}

#[test]
fn equivalent_schemas_are_not_a_change() {
    let string = json!({"type": "string", "nullable": true});
    for (one, other) in [
        (
            json!({"type": "integer", "minimum": 0, "exclusiveMinimum": true}),
            json!({"type": "integer", "minimum": 1}),
        ),
        (
            json!({"type": "integer", "maximum": 10, "exclusiveMaximum": true}),
            json!({"type": "integer", "maximum": 9.5}),
        ),
        (
            json!({"minimum": 0, "exclusiveMinimum": true}),
            json!({"exclusiveMinimum": 0}),
        ),
        (json!({"oneOf": [string]}), string.clone()),
        (json!({"anyOf": [string]}), json!({"allOf": [string]})),
        (json!({"type": ["string", "null"]}), string.clone()),
        (
            json!({"type": ["string"], "nullable": true}),
            string.clone(),
        ),
        (
            json!({"oneOf": [{"type": "string"}, {"type": "null"}]}),
            string.clone(),
        ),
        (json!({"const": "a"}), json!({"enum": ["a"]})),
        (
            json!({"$ref": "#/components/schemas/A%20B%7B"}),
            string.clone(),
        ),
        (
            json!({"$ref": "#/components/schemas/Holder/properties/a"}),
            string.clone(),
        ),
        (
            json!({"allOf": [{"type": "string", "enum": ["a", "b"], "maxLength": 5}, {"enum": ["b", "c"], "maxLength": 3}]}),
            json!({"type": "string", "enum": ["b"], "maxLength": 3}),
        ),
        (
            json!({"allOf": [{"type": "number"}, {"type": "integer"}]}),
            json!({"type": "integer"}),
        ),
    ] {
        let components = json!({"A B{": string, "Holder": {"properties": {"a": string}}});
        let other = response(&other, &components);
        assert_same(&response(&one, &components), &other);
        // References to renamed components have other names.
        let moved = one
            .to_string()
            .replace("A%20B%7B", "Other")
            .replace("/Holder/", "/Has~1it/");
        let moved: Value = serde_json::from_str(&moved.replace("Has~1it", "Has~01")).unwrap();
        let components = json!({"Other": string, "Has~1": {"properties": {"a": string}}});
        assert_same(&response(&moved, &components), &other);
    }
}

#[test]
fn alternatives_are_paired_despite_other_names_and_positions() {
    let part = |kind: &str| json!({"type": "object", "properties": {"a": {"type": kind}, "next": {"$ref": "#/components/schemas/NAME"}}});
    let with = |names: [&str; 2], kinds: [&str; 2]| {
        let schemas: serde_json::Map<String, Value> = names
            .iter()
            .zip(kinds)
            .map(|(name, kind)| {
                let text = part(kind).to_string().replace("NAME", name);
                ((*name).to_owned(), serde_json::from_str(&text).unwrap())
            })
            .collect();
        let one_of = names.map(|name| json!({"$ref": format!("#/components/schemas/{name}")}));
        response(&json!({"oneOf": one_of}), &Value::Object(schemas))
    };
    let old = with(["A", "B"], ["string", "integer"]);
    assert_same(&old, &with(["B", "A"], ["integer", "string"]));
    assert_same(&old, &with(["C", "A"], ["integer", "string"]));
    let changes = assert_sound(&old, &with(["A", "B"], ["string", "number"]));
    assert_eq!(ids(&changes), ["response-type-widened"]);
    let changes = assert_sound(&old, &with(["A", "C"], ["string", "number"]));
    assert_eq!(ids(&changes), ["response-type-widened"]);
}
