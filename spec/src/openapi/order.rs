//! The order of keys in a document. Maps from names (paths, properties, responses) keep theirs.

use serde_json::{Map, Value};

use super::{Kind, METHODS, visit_mut};

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
    visit_mut(document, Kind::Document, &mut |value, kind| match kind {
        Kind::Document => sort(value, DOCUMENT),
        Kind::Components => {
            sort(value, COMPONENTS);
            sort_names(value, "schemas");
        }
        Kind::PathItem => sort(value, &METHODS),
        Kind::Operation => {
            sort(value, OPERATION);
            sort_names(value, "responses");
        }
        Kind::Parameter => sort(value, PARAMETER),
        Kind::Body | Kind::Response => sort(value, CONTENT),
        Kind::Media => sort(value, MEDIA_TYPE),
        Kind::Schema | Kind::Property => sort(value, SCHEMA),
        _ => {}
    });
}

fn sort_names(value: &mut Value, key: &str) {
    if let Some(Value::Object(map)) = value.get_mut(key) {
        map.sort_keys();
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
