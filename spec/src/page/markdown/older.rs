//! The older dialect: the site's own tree, turned into the OpenAPI document it was made of.
//!
//! Only the top of a body is in tree form; what lies deeper is OpenAPI already.

use serde_json::{Map, Value, json};

/// Whether `document` has the tree instead of OpenAPI's `paths`.
pub(super) fn is_tree(document: &Value) -> bool {
    document
        .pointer("/paths/path")
        .is_some_and(Value::is_string)
        && document.pointer("/paths/method").is_some()
}

/// The document that the tree was made of, as far as the tree tells.
pub(super) fn document(tree: &Value) -> Value {
    let paths = tree.get("paths").unwrap_or(&Value::Null);
    let text = |key: &str| paths.get(key).and_then(Value::as_str).unwrap_or_default();
    let mut components = object(tree.get("components"));
    let (security, schemes) = security(paths.pointer("/request/security"));
    components.insert("securitySchemes".to_owned(), Value::Object(schemes));
    let mut operation = Map::new();
    operation.insert("security".to_owned(), security);
    operation.insert("parameters".to_owned(), parameters(paths));
    if let Some(body) = paths
        .pointer("/request/body")
        .and_then(Value::as_object)
        .filter(|body| !body.is_empty())
    {
        let required = body
            .values()
            .flat_map(|media| entries(media.get("schemaArray")))
            .any(|entry| is_required(&entry));
        operation.insert(
            "requestBody".to_owned(),
            json!({"required": required, "content": content(body)}),
        );
    }
    let responses: Map<String, Value> = object(paths.get("response"))
        .into_iter()
        .map(|(status, response)| {
            let content = response.as_object().map(content).unwrap_or_default();
            (status, json!({ "content": content }))
        })
        .collect();
    operation.insert("responses".to_owned(), Value::Object(responses));
    for key in ["servers", "deprecated", "operationId"] {
        if let Some(value) = paths.get(key) {
            operation.insert(key.to_owned(), value.clone());
        }
    }
    let mut item = Map::new();
    item.insert(
        text("method").to_ascii_lowercase(),
        Value::Object(operation),
    );
    let mut all = Map::new();
    all.insert(text("path").to_owned(), Value::Object(item));
    json!({"paths": all, "components": components})
}

fn object(value: Option<&Value>) -> Map<String, Value> {
    value
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}

/// Each entry names the parameters that carry the credentials.
fn security(entries: Option<&Value>) -> (Value, Map<String, Value>) {
    let mut alternatives = Vec::new();
    let mut schemes = Map::new();
    for entry in entries.and_then(Value::as_array).into_iter().flatten() {
        let mut alternative = Map::new();
        for location in ["header", "query", "cookie"] {
            let carried = entry
                .get("parameters")
                .and_then(|parameters| parameters.get(location));
            for name in object(carried).keys() {
                let scheme = format!("{location} {name}");
                alternative.insert(scheme.clone(), json!([]));
                schemes.insert(
                    scheme,
                    json!({"type": "apiKey", "in": location, "name": name}),
                );
            }
        }
        alternatives.push(Value::Object(alternative));
    }
    (Value::Array(alternatives), schemes)
}

fn parameters(paths: &Value) -> Value {
    let mut parameters = Vec::new();
    for location in ["path", "query", "header", "cookie"] {
        let named = paths
            .pointer("/request/parameters")
            .and_then(|parameters| parameters.get(location));
        for (name, parameter) in object(named) {
            let entries = entries(parameter.get("schema"));
            let description = entries.iter().find_map(|entry| entry.get("description"));
            let mut written = Map::new();
            written.insert("in".to_owned(), json!(location));
            written.insert("name".to_owned(), json!(name));
            written.insert(
                "required".to_owned(),
                json!(entries.iter().any(is_required)),
            );
            for key in ["style", "explode"] {
                if let Some(value) = parameter.get(key) {
                    written.insert(key.to_owned(), value.clone());
                }
            }
            if let Some(description) = description {
                written.insert("description".to_owned(), description.clone());
            }
            written.insert("schema".to_owned(), one_of(&entries));
            parameters.push(Value::Object(written));
        }
    }
    Value::Array(parameters)
}

/// Media types with their schemas. An answer without content has a placeholder instead.
fn content(types: &Map<String, Value>) -> Map<String, Value> {
    types
        .iter()
        .filter(|(media_type, media)| {
            media_type.contains('/') && !media_type.starts_with("_mintlify/") && media.is_object()
        })
        .map(|(media_type, media)| {
            let mut written = Map::new();
            let entries = entries(media.get("schemaArray"));
            if !entries.is_empty() {
                written.insert("schema".to_owned(), one_of(&entries));
            }
            for key in ["example", "examples"] {
                if let Some(value) = media.get(key) {
                    written.insert(key.to_owned(), value.clone());
                }
            }
            (media_type.clone(), Value::Object(written))
        })
        .collect()
}

fn entries(list: Option<&Value>) -> Vec<Map<String, Value>> {
    list.and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.as_object().cloned())
        .collect()
}

/// The tree says at the top of a schema whether its place must be filled.
fn is_required(entry: &Map<String, Value>) -> bool {
    entry.get("required") == Some(&Value::Bool(true))
}

/// Several entries are alternatives.
fn one_of(entries: &[Map<String, Value>]) -> Value {
    match entries {
        [only] => schema(only),
        several => json!({"oneOf": several.iter().map(schema).collect::<Vec<_>>()}),
    }
}

/// An entry of the tree as a schema: `required` is a flag of the place, `requiredProperties` the
/// schema's own, and `enum<string>` a string.
fn schema(entry: &Map<String, Value>) -> Value {
    let mut written = Map::new();
    for (key, value) in entry {
        match (key.as_str(), value) {
            ("required", Value::Bool(_)) => {}
            ("requiredProperties", required) => {
                written.insert("required".to_owned(), required.clone());
            }
            ("type", Value::String(ty)) => {
                let inner = ty
                    .strip_prefix("enum<")
                    .and_then(|rest| rest.strip_suffix('>'))
                    .unwrap_or(ty);
                if inner != "any" {
                    written.insert(key.clone(), json!(inner));
                }
            }
            _ => {
                written.insert(key.clone(), value.clone());
            }
        }
    }
    Value::Object(written)
}
