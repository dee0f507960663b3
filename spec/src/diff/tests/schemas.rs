//! Every rule for schemas, in each of the three directions.

use serde_json::{Value, json};

use super::{assert_sound, document, ids};

/// A schema in a parameter, a request body or a response.
fn placed(direction: &str, schema: &Value) -> Value {
    let content = json!({"application/json": {"schema": schema}});
    let operation = match direction {
        "parameter" => {
            json!({"parameters": [{"name": "gadget", "in": "query", "content": content}]})
        }
        "request" => json!({"requestBody": {"content": content}}),
        _ => json!({"responses": {"200": {"description": "", "content": content}}}),
    };
    document(&json!({"paths": {"/gadgets": {"post": operation}}}))
}

/// `(one, other, rule from one to the other, rule back)`. An empty rule: this way is not an example.
#[expect(clippy::too_many_lines, reason = "a table")]
fn examples() -> Vec<(Value, Value, &'static str, &'static str)> {
    let text = |key: &str, value: Value| json!({"type": "string", key: value});
    let number = |key: &str, value: Value| json!({"type": "number", key: value});
    let list = |key: &str, value: Value| json!({"type": "array", "items": {}, key: value});
    let object = |key: &str, value: Value| json!({"type": "object", key: value});
    let string = || json!({"type": "string"});
    let array = || json!({"type": "array", "items": {}});
    let size = || json!({"type": "object", "properties": {"size": {"type": "string"}}});
    let one_of = |kinds: &[&str]| {
        let kinds: Vec<_> = kinds.iter().map(|kind| json!({"type": kind})).collect();
        json!({"oneOf": kinds})
    };
    let tagged = |discriminator: Value| json!({"oneOf": [{"type": "object"}, {"type": "array"}], "discriminator": discriminator});
    vec![
        (
            string(),
            text("x-unknown", json!({"a": 1})),
            "not-compared",
            "not-compared",
        ),
        (
            string(),
            json!({"type": "boolean"}),
            "type-changed",
            "type-changed",
        ),
        (
            json!({"type": "number"}),
            json!({"type": "integer"}),
            "type-narrowed",
            "type-widened",
        ),
        (
            json!({"description": "a"}),
            string(),
            "type-narrowed",
            "type-widened",
        ),
        (
            string(),
            text("format", json!("date")),
            "format-added",
            "format-removed",
        ),
        (
            text("format", json!("date")),
            text("format", json!("date-time")),
            "format-changed",
            "format-changed",
        ),
        (
            string(),
            text("enum", json!(["a"])),
            "enum-added",
            "enum-removed",
        ),
        (
            text("enum", json!(["a"])),
            text("enum", json!(["b", "a"])),
            "enum-value-added",
            "enum-value-removed",
        ),
        (
            json!({"enum": ["a"]}),
            json!({"enum": ["a"], "x-heffl-more-options": true}),
            "enum-opened",
            "enum-closed",
        ),
        (
            json!({"enum": ["a"]}),
            json!({"enum": ["a"], "x-heffl-closed": true}),
            "enum-closed",
            "enum-opened",
        ),
        (
            string(),
            text("default", json!("a")),
            "default-added",
            "default-removed",
        ),
        (
            text("default", json!("a")),
            text("default", json!("b")),
            "default-changed",
            "default-changed",
        ),
        (
            number("minimum", json!(1)),
            number("minimum", json!(2)),
            "minimum-raised",
            "minimum-lowered",
        ),
        (
            json!({"type": "number"}),
            number("minimum", json!(2)),
            "minimum-raised",
            "minimum-lowered",
        ),
        (
            number("minimum", json!(1)),
            json!({"type": "number", "minimum": 1, "exclusiveMinimum": true}),
            "minimum-excluded",
            "minimum-included",
        ),
        (
            number("maximum", json!(1)),
            number("maximum", json!(2)),
            "maximum-raised",
            "maximum-lowered",
        ),
        (
            number("maximum", json!(1)),
            json!({"type": "number", "maximum": 1, "exclusiveMaximum": true}),
            "maximum-excluded",
            "maximum-included",
        ),
        (
            text("minLength", json!(1)),
            text("minLength", json!(2)),
            "min-length-raised",
            "min-length-lowered",
        ),
        (
            text("maxLength", json!(1)),
            text("maxLength", json!(2)),
            "max-length-raised",
            "max-length-lowered",
        ),
        (
            array(),
            list("minItems", json!(2)),
            "min-items-raised",
            "min-items-lowered",
        ),
        (
            list("maxItems", json!(1)),
            list("maxItems", json!(2)),
            "max-items-raised",
            "max-items-lowered",
        ),
        (
            object("minProperties", json!(1)),
            object("minProperties", json!(2)),
            "min-properties-raised",
            "min-properties-lowered",
        ),
        (
            object("maxProperties", json!(1)),
            object("maxProperties", json!(2)),
            "max-properties-raised",
            "max-properties-lowered",
        ),
        (
            string(),
            text("pattern", json!("a")),
            "pattern-added",
            "pattern-removed",
        ),
        (
            text("pattern", json!("a")),
            text("pattern", json!("b")),
            "pattern-changed",
            "pattern-changed",
        ),
        (
            array(),
            list("uniqueItems", json!(true)),
            "unique-items-added",
            "unique-items-removed",
        ),
        (
            number("multipleOf", json!(2)),
            number("multipleOf", json!(4)),
            "multiple-of-tightened",
            "multiple-of-loosened",
        ),
        (
            json!({"type": "number"}),
            number("multipleOf", json!(4)),
            "multiple-of-tightened",
            "multiple-of-loosened",
        ),
        (
            number("multipleOf", json!(2)),
            number("multipleOf", json!(3)),
            "multiple-of-changed",
            "multiple-of-changed",
        ),
        (
            string(),
            text("nullable", json!(true)),
            "became-nullable",
            "became-not-nullable",
        ),
        (
            json!({"type": "object"}),
            size(),
            "property-added",
            "property-removed",
        ),
        (
            json!({"type": "object"}),
            json!({"type": "object", "required": ["size"], "properties": {"size": {"type": "string"}}}),
            "property-added-required",
            "property-removed",
        ),
        (
            size(),
            json!({"type": "object", "required": ["size"], "properties": {"size": {"type": "string"}}}),
            "property-became-required",
            "property-became-optional",
        ),
        (
            object("additionalProperties", json!(false)),
            json!({"type": "object"}),
            "additional-properties-opened",
            "additional-properties-closed",
        ),
        (
            object("additionalProperties", json!({})),
            object("additionalProperties", string()),
            "additional-properties-typed",
            "additional-properties-untyped",
        ),
        (
            object("additionalProperties", json!({"type": "number"})),
            object("additionalProperties", string()),
            "type-changed",
            "type-changed",
        ),
        (
            list("items", string()),
            list("items", json!({"type": "number"})),
            "type-changed",
            "type-changed",
        ),
        (
            array(),
            list("items", string()),
            "type-narrowed",
            "type-widened",
        ),
        (
            string(),
            text("readOnly", json!(true)),
            "read-only-added",
            "read-only-removed",
        ),
        (
            string(),
            text("writeOnly", json!(true)),
            "write-only-added",
            "write-only-removed",
        ),
        (
            json!({"oneOf": [{"type": "object"}, {"type": "array"}]}),
            tagged(json!({"propertyName": "a"})),
            "discriminator-added",
            "discriminator-removed",
        ),
        (
            tagged(json!({"propertyName": "a"})),
            tagged(json!({"propertyName": "b"})),
            "discriminator-property-changed",
            "discriminator-property-changed",
        ),
        (
            tagged(json!({"propertyName": "a"})),
            tagged(json!({"propertyName": "a", "mapping": {"x": "#/a"}})),
            "discriminator-mapping-changed",
            "discriminator-mapping-changed",
        ),
        (
            json!({"description": "a"}),
            one_of(&["string", "integer"]),
            "alternatives-added",
            "alternatives-removed",
        ),
        (
            json!({"oneOf": [string(), {"type": "array"}]}),
            json!({"anyOf": [string(), {"type": "array"}]}),
            "alternatives-kind-changed",
            "alternatives-kind-changed",
        ),
        (
            one_of(&["string", "integer"]),
            one_of(&["integer", "boolean", "string"]),
            "alternative-added",
            "alternative-removed",
        ),
        (
            one_of(&["string", "number"]),
            one_of(&["integer", "string"]),
            "type-narrowed",
            "type-widened",
        ),
        (
            string(),
            text("not", json!({"enum": ["a"]})),
            "exclusion-changed",
            "exclusion-changed",
        ),
        (
            string(),
            text("x-heffl-id", json!({"of": "gadget"})),
            "identifier-added",
            "identifier-removed",
        ),
        (
            text("x-heffl-id", json!({"of": "gadget"})),
            text("x-heffl-id", json!({"of": "tool"})),
            "identifier-kind-changed",
            "identifier-kind-changed",
        ),
        (
            text("x-heffl-id", json!({"of": "gadget"})),
            text("x-heffl-id", json!({"of": "gadget", "prefix": "gd_"})),
            "identifier-prefix-changed",
            "identifier-prefix-changed",
        ),
        (
            json!({"type": "number"}),
            number("x-heffl-money", json!(true)),
            "money-added",
            "money-removed",
        ),
        (
            string(),
            text("x-heffl-secret", json!(true)),
            "secret-added",
            "secret-removed",
        ),
        (
            string(),
            text("x-heffl-currency", json!(true)),
            "currency-added",
            "currency-removed",
        ),
        (
            string(),
            text("x-heffl-response-name", json!("other")),
            "response-name-added",
            "response-name-removed",
        ),
        (
            text("x-heffl-response-name", json!("one")),
            text("x-heffl-response-name", json!("other")),
            "response-name-changed",
            "response-name-changed",
        ),
        (
            json!({"type": "object"}),
            object("x-heffl-custom-fields", json!(true)),
            "custom-fields-added",
            "custom-fields-removed",
        ),
        (
            json!({"type": "object"}),
            object("x-heffl-rules", json!([{"together": ["a", "b"]}])),
            "rule-added",
            "rule-removed",
        ),
        (
            string(),
            text("deprecated", json!(true)),
            "deprecated",
            "undeprecated",
        ),
        (
            text("x-heffl-evidence", json!("sampled")),
            text("x-heffl-evidence", json!("documented")),
            "evidence-strengthened",
            "evidence-weakened",
        ),
    ]
}

/// Checks all examples, and returns their rules.
pub(super) fn assert_examples() -> Vec<&'static str> {
    let mut seen = Vec::new();
    for (one, other, there, back) in examples() {
        for direction in ["parameter", "request", "response"] {
            for (old, new, rule) in [(&one, &other, there), (&other, &one, back)] {
                // The same changes must be found below a property, and through a reference next to `allOf`.
                let wrapped =
                    |schema: &Value| json!({"type": "object", "properties": {"part": schema}});
                for (old, new) in [(old.clone(), new.clone()), (wrapped(old), wrapped(new))] {
                    let changes = assert_sound(&placed(direction, &old), &placed(direction, &new));
                    assert_eq!(
                        ids(&changes),
                        [format!("{direction}-{rule}")],
                        "{old:#}\n{new:#}"
                    );
                    seen.extend(ids(&changes));
                }
                let referring = |schema: &Value| {
                    let whole = json!({"allOf": [{"$ref": "#/components/schemas/Part"}], "description": "A part."});
                    let mut document = placed(direction, &whole);
                    document["components"] = json!({"schemas": {"Part": schema}});
                    document
                };
                let changes = assert_sound(&referring(old), &referring(new));
                assert_eq!(
                    ids(&changes),
                    [format!("{direction}-{rule}")],
                    "{old:#}\n{new:#}"
                );
            }
        }
    }
    seen
}

#[test]
fn equivalent_schemas_are_not_a_change() {
    for (one, other) in [
        (
            json!({"type": "string", "description": "a"}),
            json!({"description": "b", "type": "string", "example": "c"}),
        ),
        (json!({"enum": ["a", "b"]}), json!({"enum": ["b", "a"]})),
        (
            json!({"type": "array"}),
            json!({"type": "array", "items": {}}),
        ),
        (
            json!({"type": "object"}),
            json!({"type": "object", "additionalProperties": {"description": "a"}}),
        ),
        (
            json!({"type": "string"}),
            json!({"type": "string", "nullable": false, "minLength": 0}),
        ),
        (json!({"minimum": 1}), json!({"minimum": 1.0})),
        (
            json!({"x-heffl-rules": [{"together": ["a", "b"]}, {"together": ["c", "d"]}]}),
            json!({"x-heffl-rules": [{"together": ["d", "c"]}, {"together": ["a", "b"]}]}),
        ),
        (
            json!({"oneOf": [{"type": "string"}, {"type": "number"}]}),
            json!({"oneOf": [{"type": "number"}, {"type": "string"}]}),
        ),
        (
            json!({"type": "string"}),
            json!({"allOf": [{"type": "string"}]}),
        ),
        (
            json!({"required": ["a", "b"], "properties": {"a": {}, "b": {}}}),
            json!({"required": ["b", "a"], "properties": {"b": {}, "a": {}}}),
        ),
    ] {
        for direction in ["parameter", "request", "response"] {
            for (old, new) in [(&one, &other), (&other, &one)] {
                assert_eq!(
                    assert_sound(&placed(direction, old), &placed(direction, new)),
                    [],
                    "{old} {new}"
                );
            }
        }
    }
}

#[test]
fn properties_that_are_not_sent_are_not_compared() {
    let property = |key: &str, kind: &str| json!({"type": "object", "properties": {"size": {"type": kind, key: true}}});
    for (direction, key, expected) in [
        ("request", "readOnly", 0),
        ("request", "writeOnly", 1),
        ("response", "readOnly", 1),
        ("response", "writeOnly", 0),
    ] {
        let (old, new) = (property(key, "string"), property(key, "number"));
        let changes = assert_sound(&placed(direction, &old), &placed(direction, &new));
        assert_eq!(changes.len(), expected, "{direction} {key}");
    }
}

#[test]
fn properties_that_are_never_sent_can_be_added_and_removed() {
    let without = json!({"type": "object", "properties": {"name": {"type": "string"}}});
    for (direction, key) in [("request", "readOnly"), ("response", "writeOnly")] {
        let mut with = without.clone();
        with["properties"]["size"] = json!({"type": "string", key: true});
        with["required"] = json!(["size"]);
        for (old, new) in [(&with, &without), (&without, &with)] {
            assert_eq!(
                assert_sound(&placed(direction, old), &placed(direction, new)),
                [],
                "{direction} {key}"
            );
        }
    }
}
