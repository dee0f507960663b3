//! Requests made from a document alone: every operation with the least, and with all it takes.

use heffl::reqwest::Url;
use serde_json::{Map, Value, json};

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The `operationId`, or method and path where there is none.
    pub operation: String,
    pub method: String,
    /// Path and query, encoded.
    pub target: String,
    pub body: Option<Value>,
}

/// How much a request says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Amount {
    Least,
    All,
}

/// Two requests for every operation: required parameters and body fields alone, and everything.
pub fn requests(document: &Value) -> Vec<Request> {
    let mut requests = Vec::new();
    for (path, item) in object(&document["paths"]) {
        for method in ["get", "post", "put", "patch", "delete"] {
            if let Some(operation) = item.get(method) {
                let parameters: Vec<&Value> = [item, operation]
                    .iter()
                    .filter_map(|part| part["parameters"].as_array())
                    .flatten()
                    .map(|parameter| resolved(document, parameter))
                    .collect();
                for amount in [Amount::Least, Amount::All] {
                    requests.push(Request {
                        operation: operation["operationId"]
                            .as_str()
                            .map_or_else(|| format!("{method} {path}"), str::to_owned),
                        method: method.to_uppercase(),
                        target: target(document, path, &parameters, amount),
                        body: body(document, operation, amount),
                    });
                }
            }
        }
    }
    requests
}

fn target(document: &Value, path: &str, parameters: &[&Value], amount: Amount) -> String {
    // Only path and query are used; the host is needed to have a URL.
    let Ok(mut url) = Url::parse("http://host/") else {
        return path.to_owned();
    };
    let mut filled = path.to_owned();
    for parameter in parameters {
        let name = parameter["name"].as_str().unwrap_or_default();
        let value = || text(&example(document, parameter));
        match parameter["in"].as_str() {
            Some("path") => filled = filled.replace(&format!("{{{name}}}"), &value()),
            Some("query") if amount == Amount::All || parameter["required"] == true => {
                url.query_pairs_mut().append_pair(name, &value());
            }
            _ => {}
        }
    }
    url.set_path(&filled);
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

/// The example of the body; with the least, of its required fields.
fn body(document: &Value, operation: &Value, amount: Amount) -> Option<Value> {
    let body = resolved(document, operation.get("requestBody")?);
    let media = &body["content"]["application/json"];
    let example = media.get("example")?.clone();
    match (amount, example) {
        (Amount::Least, Value::Object(fields)) => {
            let required = required(document, &media["schema"]);
            let kept = fields
                .into_iter()
                .filter(|(name, _)| required.contains(name));
            Some(Value::Object(kept.collect()))
        }
        (_, example) => Some(example),
    }
}

fn required(document: &Value, schema: &Value) -> Vec<String> {
    let schema = resolved(document, schema);
    let own = schema["required"].as_array().into_iter().flatten();
    let mut names: Vec<String> = own
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        names.extend(required(document, part));
    }
    names
}

/// A value that a parameter takes.
fn example(document: &Value, parameter: &Value) -> Value {
    if let Some(example) = parameter.get("example") {
        return example.clone();
    }
    let prefix = parameter["x-heffl-id"]["prefix"].as_str();
    if parameter["x-heffl-json"] == true {
        return json!(r#"{"status":{"operator":"is","values":["ACTIVE"]}}"#);
    }
    value(document, &parameter["schema"], prefix.unwrap_or_default())
}

fn value(document: &Value, schema: &Value, prefix: &str) -> Value {
    let schema = resolved(document, schema);
    let given = [schema.get("example"), schema.pointer("/enum/0")];
    if let Some(given) = given
        .into_iter()
        .chain([schema.get("default")])
        .flatten()
        .next()
    {
        return given.clone();
    }
    if let Some(part) = schema.pointer("/allOf/0") {
        return value(document, part, prefix);
    }
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("integer" | "number"), _) => schema.get("minimum").cloned().unwrap_or(json!(1)),
        (Some("boolean"), _) => json!(true),
        (Some("array"), _) => json!([value(document, &schema["items"], prefix)]),
        (_, Some("date-time")) => json!("2026-03-02T08:15:00.000Z"),
        (_, Some("date")) => json!("2026-03-02"),
        _ => json!(format!("{prefix}1")),
    }
}

/// As a parameter is written in a URL.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// What a reference within the document stands for. References to references end in `null` rather
/// than in a circle.
fn resolved<'a>(document: &'a Value, node: &'a Value) -> &'a Value {
    match node["$ref"].as_str() {
        Some(reference) => reference
            .strip_prefix('#')
            .and_then(|pointer| document.pointer(pointer))
            .unwrap_or(&Value::Null),
        None => node,
    }
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_asked_with_the_least_and_with_all() {
        let document = json!({
            "components": {
                "parameters": {"Size": {"name": "size", "in": "query", "schema": {"type": "integer", "minimum": 5}}},
                "schemas": {
                    "Colour": {"type": "string", "enum": ["RED", "BLUE"]},
                    "Gadget": {"allOf": [{"required": ["name"]}]},
                },
            },
            "paths": {"/gadgets/{id}": {
                "parameters": [{"name": "id", "in": "path", "x-heffl-id": {"prefix": "g_"}, "schema": {"type": "string"}}],
                "patch": {
                    "operationId": "updateGadget",
                    "parameters": [
                        {"$ref": "#/components/parameters/Size"},
                        {"name": "colour", "in": "query", "required": true, "schema": {"allOf": [{"$ref": "#/components/schemas/Colour"}]}},
                        {"name": "note", "in": "query", "example": "a&b c", "schema": {"type": "string"}},
                    ],
                    "requestBody": {"content": {"application/json": {
                        "schema": {"$ref": "#/components/schemas/Gadget"},
                        "example": {"name": "one", "weight": 2},
                    }}},
                },
                "delete": {},
            }},
        });
        let request = |operation: &str, method: &str, target: &str, body| Request {
            operation: operation.to_owned(),
            method: method.to_owned(),
            target: target.to_owned(),
            body,
        };
        let delete = request("delete /gadgets/{id}", "DELETE", "/gadgets/g_1", None);
        let expected = [
            request(
                "updateGadget",
                "PATCH",
                "/gadgets/g_1?colour=RED",
                Some(json!({"name": "one"})),
            ),
            request(
                "updateGadget",
                "PATCH",
                "/gadgets/g_1?size=5&colour=RED&note=a%26b+c",
                Some(json!({"name": "one", "weight": 2})),
            ),
            delete.clone(),
            delete,
        ];
        assert_eq!(requests(&document), expected);
    }

    #[test]
    fn a_document_that_makes_no_sense_makes_no_panic() {
        for document in [
            json!(null),
            json!({"paths": []}),
            json!({"paths": {"/a": {"get": {"parameters": [{"$ref": "#/nowhere"}, 3]}}}}),
        ] {
            requests(&document);
        }
    }
}
