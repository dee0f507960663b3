//! Examples of error responses that name a field of their operation.

use serde_json::{Map, Value, json};

use crate::{
    case::{pascal, words},
    openapi::{elements, entries, operations, target, text},
    yaml::child,
};

const RESPONSES: &str = "/components/responses";

/// The list of problems in the example of a response.
const ISSUES: &str = "/content/application~1json/example/error/details/issues";

/// All operations refer to one response for an invalid request. Its example cannot name a field that each of
/// them has, so an operation gets a copy that names its own first field; operations with the same field share it.
pub(super) fn name_fields(document: &mut Value) {
    let mut added = Map::new();
    let mut references = Vec::new();
    for (path, method, operation) in operations(document) {
        let Some((field, message)) = first_field(document, operation) else {
            continue;
        };
        let place = child(&child(&child("/paths", path), method), "responses");
        for (status, response) in entries(operation.get("responses")) {
            let Some(name) = text(response, "$ref").and_then(|it| it.rsplit('/').next()) else {
                continue;
            };
            let Some(shared) = target(document, response) else {
                continue;
            };
            if shared.pointer(ISSUES).is_none() {
                continue;
            }
            let name = format!("{name}{}", pascal(&words(&field)));
            let copy = added.entry(name.as_str()).or_insert_with(|| shared.clone());
            if let Some(issues) = copy.pointer_mut(ISSUES) {
                *issues = json!([{"field": field, "message": message}]);
            }
            references.push((child(&place, status), format!("#{RESPONSES}/{name}")));
        }
    }
    for (place, reference) in references {
        if let Some(response) = document.pointer_mut(&place) {
            *response = json!({"$ref": reference});
        }
    }
    if let Some(Value::Object(responses)) = document.pointer_mut(RESPONSES) {
        responses.extend(added);
    }
}

/// The first field of an operation that can be invalid, with its problem: a required field of the body,
/// else another field of the body, else a parameter of the query.
fn first_field(document: &Value, operation: &Value) -> Option<(String, &'static str)> {
    let body = operation.pointer("/requestBody/content/application~1json/schema");
    let body = body.and_then(|schema| target(document, schema));
    let required = elements(body.and_then(|body| body.get("required"))).next();
    if let Some(field) = required.and_then(Value::as_str) {
        return Some((field.to_owned(), "Required"));
    }
    let optional = entries(body.and_then(|body| body.get("properties"))).next();
    let parameters = elements(operation.get("parameters"));
    let mut query = parameters
        .filter_map(|parameter| target(document, parameter))
        .filter(|parameter| text(parameter, "in") == Some("query"));
    let field = match optional {
        Some((name, _)) => name.as_str(),
        None => query.find_map(|parameter| text(parameter, "name"))?,
    };
    Some((field.to_owned(), "Invalid"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_an_invalid_request_names_a_field_of_the_operation() {
        let response = json!({"content": {"application/json": {
            "example": {"error": {"details": {"issues": [{"message": "The key is not documented."}]}}},
        }}});
        let shared = json!({"$ref": "#/components/responses/Invalid"});
        let body = |schema: Value| {
            json!({
                "requestBody": {"content": {"application/json": {"schema": schema}}},
                "responses": {"400": shared},
            })
        };
        let mut document = json!({
            "paths": {
                "/gadgets": {
                    "get": {"parameters": [{"name": "limit", "in": "query"}], "responses": {"400": shared}},
                    "post": body(json!({"$ref": "#/components/schemas/Gadget"})),
                },
                "/parts": {
                    "get": {"responses": {"400": shared}},
                    "patch": body(json!({"properties": {"unitSize": {}}})),
                },
            },
            "components": {
                "responses": {"Invalid": response},
                "schemas": {"Gadget": {"required": ["title"], "properties": {"id": {}, "title": {}}}},
            },
        });
        name_fields(&mut document);
        let issues = |method: &str, path: &str| {
            let response = &document["paths"][path][method]["responses"]["400"];
            target(&document, response)
                .unwrap()
                .pointer(ISSUES)
                .unwrap()[0]
                .clone()
        };
        assert_eq!(
            issues("get", "/gadgets"),
            json!({"field": "limit", "message": "Invalid"})
        );
        assert_eq!(
            issues("post", "/gadgets"),
            json!({"field": "title", "message": "Required"})
        );
        assert_eq!(
            issues("patch", "/parts"),
            json!({"field": "unitSize", "message": "Invalid"})
        );
        assert_eq!(
            issues("get", "/parts"),
            json!({"message": "The key is not documented."})
        );
        let names: Vec<&String> = entries(document.pointer(RESPONSES))
            .map(|(name, _)| name)
            .collect();
        assert_eq!(
            names,
            ["Invalid", "InvalidLimit", "InvalidTitle", "InvalidUnitSize"]
        );
    }
}
