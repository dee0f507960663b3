//! The order of keys in a document. Maps from names (paths, properties, responses) keep theirs.

use serde_json::{Map, Value};

const DOCUMENT: &[&str] = &[
    "openapi",
    "info",
    "servers",
    "security",
    "tags",
    "externalDocs",
    "paths",
    "components",
];
const COMPONENTS: &[&str] = &[
    "securitySchemes",
    "parameters",
    "headers",
    "responses",
    "schemas",
];
const OPERATION: &[&str] = &[
    "operationId",
    "summary",
    "description",
    "tags",
    "deprecated",
    "externalDocs",
    "security",
    "parameters",
    "requestBody",
    "responses",
];
const PARAMETER: &[&str] = &[
    "$ref",
    "name",
    "in",
    "description",
    "required",
    "deprecated",
    "schema",
    "content",
    "example",
];
const CONTENT: &[&str] = &["$ref", "description", "required", "headers", "content"];
const MEDIA_TYPE: &[&str] = &["schema", "example", "examples"];
const SCHEMA: &[&str] = &[
    "$ref",
    "allOf",
    "oneOf",
    "anyOf",
    "title",
    "description",
    "type",
    "format",
    "nullable",
    "deprecated",
    "enum",
    "default",
    "minimum",
    "exclusiveMinimum",
    "maximum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "items",
    "required",
    "properties",
    "additionalProperties",
    "example",
];

/// Puts the keys of a document in order, extensions last, and sorts what has no order of its own.
pub(crate) fn document(document: &mut Value) {
    sort(document, DOCUMENT);
    each(document.get_mut("paths"), |path| {
        sort(path, super::METHODS);
        each(Some(path), operation);
    });
    each(document.get_mut("x-webhooks"), |event| {
        each(Some(event), operation);
    });
    let Some(components) = document.get_mut("components") else {
        return;
    };
    sort(components, COMPONENTS);
    if let Some(Value::Object(schemas)) = components.get_mut("schemas") {
        schemas.sort_keys();
    }
    each(components.get_mut("schemas"), schema);
    each(components.get_mut("responses"), content);
    each(components.get_mut("parameters"), parameter);
    each(components.get_mut("headers"), parameter);
}

fn operation(value: &mut Value) {
    sort(value, OPERATION);
    if let Some(Value::Array(parameters)) = value.get_mut("parameters") {
        parameters.iter_mut().for_each(parameter);
    }
    if let Some(body) = value.get_mut("requestBody") {
        content(body);
    }
    if let Some(Value::Object(responses)) = value.get_mut("responses") {
        responses.sort_keys();
    }
    each(value.get_mut("responses"), content);
}

fn parameter(value: &mut Value) {
    sort(value, PARAMETER);
    if let Some(inner) = value.get_mut("schema") {
        schema(inner);
    }
}

fn content(value: &mut Value) {
    sort(value, CONTENT);
    each(value.get_mut("headers"), parameter);
    each(value.get_mut("content"), |media_type| {
        sort(media_type, MEDIA_TYPE);
        if let Some(inner) = media_type.get_mut("schema") {
            schema(inner);
        }
    });
}

fn schema(value: &mut Value) {
    sort(value, SCHEMA);
    each(value.get_mut("properties"), schema);
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = value.get_mut(key) {
            schema(inner);
        }
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        if let Some(Value::Array(parts)) = value.get_mut(key) {
            parts.iter_mut().for_each(schema);
        }
    }
}

fn each(map: Option<&mut Value>, visit: impl FnMut(&mut Value)) {
    if let Some(map) = map.and_then(Value::as_object_mut) {
        map.values_mut().for_each(visit);
    }
}

/// Known keys first, in the order of `known`; then the others as they come; extensions last.
fn sort(value: &mut Value, known: &[&str]) {
    let Value::Object(map) = value else {
        return;
    };
    let mut entries: Vec<(String, Value)> = std::mem::take(map).into_iter().collect();
    entries.sort_by_key(|(key, _)| {
        let position = known.iter().position(|known| known == key);
        (key.starts_with("x-"), position.unwrap_or(usize::MAX))
    });
    *map = entries.into_iter().collect::<Map<_, _>>();
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn known_keys_first_extensions_last_names_untouched() {
        let mut value = json!({
            "components": {"schemas": {
                "B": {"properties": {"type": {"x-a": 1, "description": "d", "type": "string"}, "a": {}}, "type": "object"},
                "A": {},
            }},
            "openapi": "3.0.3",
        });
        super::document(&mut value);
        assert_eq!(
            value.to_string(),
            r#"{"openapi":"3.0.3","components":{"schemas":{"A":{},"B":{"type":"object","properties":{"type":{"description":"d","type":"string","x-a":1},"a":{}}}}}}"#
        );
    }
}
