//! Documents that are changed at random: whatever they say, generating ends soon, in code or in problems.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::{
    panic,
    time::{Duration, Instant},
};

use heffl_codegen::{Api, generate_with_calls};
use serde_json::{Value, json};

/// Numbers that look random, and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// One of everything that `gadgets.yaml` does not have.
fn everything() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {"title": "All", "version": "1"},
        "paths": {
            "/a/{id}.json": {
                "parameters": [{"$ref": "#/components/parameters/Id"}],
                "get": {
                    "parameters": [
                        {"name": "ids", "in": "query", "schema": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}}},
                        {"name": "X-H", "in": "header", "schema": {"type": "integer"}},
                    ],
                    "responses": {"200": {"$ref": "#/components/responses/One"}, "204": {"description": ""}},
                },
                "post": {"requestBody": {"$ref": "#/components/requestBodies/Body"}, "responses": {"default": {"description": ""}}},
            },
            "/b": {"put": {
                "operationId": "b", "tags": ["x y"],
                "requestBody": {"content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/tree"}}}}},
                "responses": {"201": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Choice"}}}}},
            }},
        },
        "components": {
            "parameters": {"Id": {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}},
            "requestBodies": {"Body": {"content": {"application/json": {"schema": {"allOf": [{"$ref": "#/components/schemas/tree"}, {"type": "object", "required": ["more"], "properties": {"more": {"type": ["string", "null"]}}}]}}}}},
            "responses": {"One": {"description": "", "content": {"application/json": {"schema": {"type": "object", "properties": {"inner": {"properties": {"k": {"enum": ["ERROR", "Self", "", "1.1"]}}}}}}}}},
            "schemas": {
                "tree": {"type": "object", "properties": {"left": {"$ref": "#/components/schemas/tree"}, "kids": {"type": "array", "items": {"$ref": "#/components/schemas/tree"}}, "new": {"const": "x"}}},
                "Choice": {"oneOf": [{"$ref": "#/components/schemas/tree"}, {"$ref": "#/components/schemas/Map"}, {"type": "string"}], "discriminator": {"propertyName": "new", "mapping": {"t": "#/components/schemas/tree"}}},
                "Map": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Choice"}},
                "Either": {"anyOf": [{"type": "null"}, {"$ref": "#/components/schemas/Choice"}]},
            },
        },
    })
}

/// The pointers of all values below `value`.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let key = key.replace('~', "~0").replace('/', "~1");
                pointers(inner, &format!("{at}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                pointers(inner, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

fn mutate(document: &mut Value, numbers: &mut Numbers) {
    const KEYS: [&str; 24] = [
        "Self",
        "type",
        "new",
        "default",
        "Into",
        "ERROR",
        "",
        "2nd",
        "größe",
        "\u{202e}x",
        "items",
        "properties",
        "allOf",
        "oneOf",
        "enum",
        "$ref",
        "additionalProperties",
        "content",
        "schema",
        "a\"b",
        "nullable",
        "required",
        "x-heffl-id",
        "send",
    ];
    let mut found = Vec::new();
    pointers(document, "", &mut found);
    let pointer = numbers.one(&found).clone();
    let other = document
        .pointer(numbers.one(&found).as_str())
        .cloned()
        .unwrap_or_default();
    let reference = json!({"$ref": format!("#{}", numbers.one(&found))});
    let palette = [
        Value::Null,
        json!(true),
        json!(-1),
        json!(1e300),
        json!(u64::MAX),
        json!("x"),
        json!([]),
        json!({}),
        json!({"type": "object"}),
        json!({"type": ["string", "integer", "null"]}),
        json!({"enum": [1, "a", null]}),
        reference,
    ];
    let key = (*numbers.one(&KEYS)).to_owned();
    let kind = numbers.below(4);
    let value = numbers.one(&palette).clone();
    let Some(place) = document.pointer_mut(&pointer) else {
        return;
    };
    match (kind, place) {
        (0, place) => *place = value,
        (1, place) => *place = other,
        (2, Value::Object(map)) => {
            map.insert(key, value);
        }
        (3, Value::Object(map)) if !map.is_empty() => {
            let index = numbers.below(map.len());
            let old = map.keys().nth(index).cloned().unwrap();
            if let Some(value) = map.remove(&old) {
                map.insert(key, value);
            }
        }
        (_, Value::Array(items)) => items.push(value),
        (_, place) => *place = value,
    }
}

#[test]
fn a_document_that_is_changed_at_random_ends_in_code_or_in_problems() {
    // A fuzzer may ask for more.
    let count = std::env::var("HEFFL_MUTATIONS")
        .ok()
        .and_then(|count| count.parse().ok());
    let gadgets: Value = serde_yaml::from_str(include_str!("gadgets.yaml")).unwrap();
    let mut numbers = Numbers(7);
    for round in 0..count.unwrap_or(60) {
        let mut document = if round % 2 == 0 {
            gadgets.clone()
        } else {
            everything()
        };
        for _ in 0..=numbers.below(6) {
            mutate(&mut document, &mut numbers);
        }
        let text = document.to_string();
        if let Ok(folder) = std::env::var("HEFFL_MUTATIONS_DIR") {
            std::fs::write(format!("{folder}/{round:04}.json"), &text).unwrap();
            continue;
        }
        let begin = Instant::now();
        let api = Api {
            module: "v1",
            file: "mutated.json",
            text: &text,
        };
        let outcome = panic::catch_unwind(|| generate_with_calls("heffl", &[api]));
        let Ok(outcome) = outcome else {
            panic!("it panics: {text}")
        };
        // What only the formatter refuses is no Rust.
        if let Err(problems) = outcome {
            assert!(
                problems.iter().all(|problem| problem.rule != "print"),
                "{problems:?}: {text}"
            );
        }
        assert!(
            begin.elapsed() < Duration::from_secs(10),
            "it takes {:?}: {text}",
            begin.elapsed()
        );
    }
}
