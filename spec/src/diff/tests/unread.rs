//! Changes that no rule covers are always reported.

use serde_json::{Value, json};

use super::{assert_sound, document, ids, merge};
use crate::diff::{Change, Severity, Side};

const SCHEMA: &str = "/paths/~1gadgets/post/responses/200/content/application~1json/schema";

fn response(schema: &Value) -> Value {
    let content = json!({"application/json": {"schema": schema}});
    document(
        &json!({"paths": {"/gadgets": {"post": {"responses": {"200": {"content": content}}}}}}),
    )
}

#[test]
fn unknown_keys_are_reported_in_every_object() {
    let mut base = json!({
        "openapi": "3.0.3",
        "info": {"title": "Gadgets", "version": "1"},
        "servers": [{"url": "https://gadgets.example"}],
        "security": [{"Key": []}],
        "paths": {"/gadgets": {"post": {
            "parameters": {},
            "requestBody": {"content": {"application/json": {"schema": {"type": "string"}}}},
            "callbacks": {"done": {"{$url}": {"post": {"requestBody": {"content": {"text/csv": {"schema": {}}}}}}}},
            "responses": {"200": {
                "headers": {"X-Total": {"schema": {"type": "integer"}}},
                "content": {"application/json": {"schema": {
                    "discriminator": {"propertyName": "kind"},
                    "oneOf": [{"type": "string"}, {"type": "object", "properties": {"a": {"items": {}}}}],
                }}},
            }},
        }}},
        "x-webhooks": {"made": {"post": {"requestBody": {"content": {"text/csv": {"schema": {}}}}}}},
        "components": {"securitySchemes": {"Key": {"type": "apiKey", "in": "header", "name": "key"}}},
    });
    base["paths"]["/gadgets"]["post"]["parameters"] = json!([]);
    let mut places = Vec::new();
    objects(&base, String::new(), &mut places);
    assert!(places.len() > 30, "{places:#?}");
    for place in places {
        let key = place.rsplit('/').next().unwrap();
        if matches!(
            key,
            "properties"
                | "content"
                | "headers"
                | "callbacks"
                | "paths"
                | "x-webhooks"
                | "securitySchemes"
        ) || place.starts_with("/security/")
        {
            // The keys of these objects are names.
            continue;
        }
        for value in [
            json!(1),
            json!({"description": "a"}),
            json!([{"title": "b"}]),
        ] {
            let mut other = base.clone();
            let unknown = if key == "responses" || key == "done" {
                "x-unknown"
            } else {
                "unknown"
            };
            other.pointer_mut(&place).unwrap()[unknown] = value;
            for (old, new, side) in [(&base, &other, Side::New), (&other, &base, Side::Old)] {
                let changes = assert_sound(old, new);
                let [change] = &*changes else {
                    panic!("{place}: {changes:#?}");
                };
                assert!(
                    change.rule.id.ends_with("-not-compared"),
                    "{place}: {change:#?}"
                );
                assert_eq!(change.pointer, format!("{place}/{unknown}"));
                assert_eq!(change.side, side);
            }
        }
    }
}

fn objects(value: &Value, pointer: String, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                objects(value, crate::yaml::child(&pointer, key), found);
            }
            found.push(pointer);
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                objects(item, format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn values_of_another_form_are_reported() {
    for (key, odd) in [
        ("minLength", json!("5")),
        ("required", json!("a")),
        ("required", json!([1])),
        ("enum", json!("a")),
        ("deprecated", json!("true")),
        ("nullable", json!(1)),
        ("format", json!(["a"])),
        ("type", json!({"a": 1})),
        ("properties", json!([])),
        ("allOf", json!({"type": "string"})),
        ("xml", json!({"attribute": true})),
        ("patternProperties", json!({"^a": {"type": "string"}})),
        ("if", json!({"type": "string"})),
    ] {
        let (old, new) = (
            response(&json!({"description": "a"})),
            response(&json!({key: odd})),
        );
        for (old, new, side) in [(&old, &new, Side::New), (&new, &old, Side::Old)] {
            let changes = assert_sound(old, new);
            let is_told = |change: &Change| {
                change.rule.id == "response-not-compared"
                    && change.severity == Severity::Warning
                    && change.pointer == format!("{SCHEMA}/{key}")
                    && change.side == side
            };
            assert!(changes.iter().any(is_told), "{key}: {changes:#?}");
        }
    }
    for (old, new) in [
        (json!({"items": false}), json!({"items": {}})),
        (
            json!({"properties": {"a": true}}),
            json!({"properties": {"a": false}}),
        ),
        (
            json!({"properties": {"a": {}}}),
            json!({"properties": {"a": 5}}),
        ),
        (json!({"allOf": [{}, 5]}), json!({"allOf": [{}, 6]})),
    ] {
        let changes = assert_sound(&response(&old), &response(&new));
        assert_eq!(ids(&changes), ["response-not-compared"], "{old} {new}");
    }
}

#[test]
fn broken_and_external_references_are_reported() {
    let to = |target: &str| json!({"$ref": target});
    let with = |target: &str| response(&json!({"properties": {"a": to(target)}}));
    let at = format!("{SCHEMA}/properties/a");
    for (old, new) in [
        ("other.yaml#/A", "other.yaml#/B"),
        ("#/nowhere", "#/elsewhere"),
        ("#/nowhere", "other.yaml#/A"),
    ] {
        let changes = assert_sound(&with(old), &with(new));
        assert_eq!(ids(&changes), ["response-not-compared"], "{old} {new}");
        assert!(changes[0].pointer.starts_with(&at), "{changes:#?}");
    }
    assert_eq!(
        assert_sound(&with("other.yaml#/A"), &with("other.yaml#/A")),
        []
    );
    let known = response(&json!({"properties": {"a": {"type": "string"}}}));
    assert_eq!(
        ids(&assert_sound(&with("other.yaml#/A"), &known)),
        ["response-not-compared"]
    );
    assert_eq!(
        ids(&assert_sound(&known, &with("#/nowhere"))),
        ["response-not-compared"]
    );

    let operation = |patch: Value| document(&json!({"paths": {"/gadgets": {"post": patch}}}));
    for (old, new, rule) in [
        (
            operation(json!({"responses": {"400": to("a.yaml")}})),
            operation(json!({"responses": {"400": to("b.yaml")}})),
            "response-not-compared",
        ),
        (
            operation(json!({"requestBody": to("#/a")})),
            operation(json!({"requestBody": to("#/b")})),
            "request-not-compared",
        ),
        (
            document(&json!({"paths": {"/tools": to("a.yaml")}})),
            document(&json!({"paths": {"/tools": to("b.yaml")}})),
            "operation-not-compared",
        ),
        (
            document(&json!({})),
            document(&json!({"paths": {"/tools": to("b.yaml")}})),
            "operation-not-compared",
        ),
    ] {
        assert_eq!(ids(&assert_sound(&old, &new)), [rule], "{old:#} {new:#}");
    }
}

#[test]
fn keywords_next_to_a_reference_are_compared() {
    let with = |siblings: Value| {
        let mut schema = json!({"$ref": "#/components/schemas/A"});
        merge(&mut schema, &siblings);
        let mut document = response(&schema);
        document["components"] = json!({"schemas": {"A": {"type": "string"}}});
        document
    };
    let changes = assert_sound(&with(json!({})), &with(json!({"nullable": true})));
    assert_eq!(ids(&changes), ["response-became-nullable"]);
    assert_eq!(
        assert_sound(&with(json!({})), &with(json!({"description": "a"}))),
        []
    );
    let parameter = |siblings: Value| {
        let mut parameter = json!({"$ref": "#/components/parameters/A"});
        merge(&mut parameter, &siblings);
        let mut document =
            document(&json!({"paths": {"/gadgets": {"post": {"parameters": [parameter]}}}}));
        document["components"] = json!({"parameters": {"A": {"in": "query", "name": "a"}}});
        document
    };
    let changes = assert_sound(&parameter(json!({})), &parameter(json!({"required": true})));
    assert_eq!(ids(&changes), ["parameter-not-compared"]);
}

#[test]
fn every_part_of_a_schema_is_compared() {
    let all_of = |second: Value| {
        response(&json!({"allOf": [
            {"type": "string", "maxLength": 9, "enum": ["a", "b"], "format": "x", "pattern": "a", "nullable": true,
             "properties": {"a": {"type": "string"}}, "default": "a"},
            second,
        ]}))
    };
    let base = || {
        json!({"type": "string", "maxLength": 10, "enum": ["a", "b", "c"], "format": "y", "pattern": "b",
        "nullable": true, "properties": {"a": {"maxLength": 5}}, "default": "b"})
    };
    for (key, value, expected) in [
        ("maxLength", json!(11), &[][..]),
        ("maxLength", json!(8), &["response-max-length-lowered"]),
        ("enum", json!(["a", "b"]), &[]),
        ("enum", json!(["b", "c"]), &["response-enum-value-removed"]),
        ("format", json!("z"), &["response-format-changed"]),
        ("pattern", json!("c"), &["response-pattern-changed"]),
        ("default", json!("c"), &["response-default-changed"]),
        ("nullable", json!(false), &["response-became-not-nullable"]),
        (
            "properties",
            json!({"a": {"maxLength": 4}}),
            &["response-max-length-lowered"],
        ),
        (
            "items",
            json!({"type": "string"}),
            &["response-type-narrowed"],
        ),
        (
            "additionalProperties",
            json!(false),
            &["response-additional-properties-closed"],
        ),
        ("x-unknown", json!(1), &["response-not-compared"]),
    ] {
        let mut second = base();
        second[key] = value;
        let changes = assert_sound(&all_of(base()), &all_of(second.clone()));
        assert_eq!(ids(&changes), expected, "{key}");
        if let [change] = &*changes {
            let at = format!("{SCHEMA}/allOf/");
            assert!(change.pointer.starts_with(&at), "{change:#?}");
        }
        let back = assert_sound(&all_of(second), &all_of(base()));
        assert_eq!(back.len(), expected.len(), "{key}");
    }
}

#[test]
fn numbers_are_compared_exactly() {
    let with = |value: Value| response(&json!({"type": "integer", "maximum": value}));
    let (old, new) = (
        with(json!(9_007_199_254_740_993_u64)),
        with(json!(9_007_199_254_740_992_u64)),
    );
    assert_eq!(ids(&assert_sound(&old, &new)), ["response-maximum-lowered"]);
}

#[test]
fn callbacks_and_webhooks_have_the_opposite_direction() {
    let call = |schema: Value| json!({"post": {"requestBody": {"content": {"application/json": {"schema": schema}}}}});
    let callback = |schema: Value| {
        let callbacks = json!({"done": {"{$request.body#/url}": call(schema)}});
        document(&json!({"paths": {"/gadgets": {"post": {"callbacks": callbacks}}}}))
    };
    let webhook = |schema: Value| document(&json!({"webhooks": {"made": call(schema)}}));
    let property = |kind: &str| json!({"properties": {"a": {"type": kind}}});
    for (old, new) in [
        (callback(property("string")), callback(property("integer"))),
        (webhook(property("string")), webhook(property("integer"))),
    ] {
        assert_eq!(ids(&assert_sound(&old, &new)), ["response-type-changed"]);
    }
    let mut other = callback(json!({}));
    let operation =
        other.pointer_mut("/paths/~1gadgets/post/callbacks/done/{$request.body#~1url}/post");
    operation.unwrap()["responses"] = json!({"201": {}});
    assert_eq!(
        ids(&assert_sound(&callback(json!({})), &other)),
        ["operation-not-compared"]
    );
}

#[test]
fn schemas_that_only_a_discriminator_refers_to_are_compared() {
    let with = |kind: &str, mapping: Value, member: Value| {
        let mut discriminator = json!({"propertyName": "kind"});
        merge(&mut discriminator, &mapping);
        let mut document = response(&json!({"$ref": "#/components/schemas/Pet"}));
        document["components"] = json!({"schemas": {
            "Pet": {"type": "object", "discriminator": discriminator, "properties": {"kind": {"type": "string"}}},
            "Cat": {"allOf": [member, {"properties": {"lives": {"type": kind}}}]},
        }});
        document
    };
    let (none, pet) = (json!({}), json!({"$ref": "#/components/schemas/Pet"}));
    for (mapping, member) in [
        (json!({}), &pet),
        (
            json!({"mapping": {"cat": "#/components/schemas/Cat"}}),
            &none,
        ),
        (json!({"mapping": {"cat": "Cat"}}), &none),
    ] {
        let old = with("integer", mapping.clone(), member.clone());
        let new = with("string", mapping.clone(), member.clone());
        assert_eq!(
            ids(&assert_sound(&old, &new)),
            ["response-type-changed"],
            "{mapping}"
        );
    }
}
