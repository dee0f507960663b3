//! The older tree: the top of parameters, bodies and answers in a notation of its own, OpenAPI below.

use serde_json::{Map, Value, json};

use super::cut;
use crate::facts::{self, joined, target};

/// The tree of an operation.
pub(super) fn tree(document: &Value, path: &str, method: &str) -> Value {
    let operation = &document["paths"][path][method];
    let mut parameters = json!({"path": {}, "query": {}, "header": {}, "cookie": {}});
    for parameter in facts::parameters(document, path, method) {
        let mut entries = top(document, &parameter["schema"]);
        for entry in &mut entries {
            entry["required"] = json!(parameter.get("required") == Some(&json!(true)));
            for key in ["description", "deprecated"] {
                if let Some(value) = parameter.get(key) {
                    entry[key] = value.clone();
                }
            }
        }
        let [location, name] =
            ["in", "name"].map(|key| parameter[key].as_str().unwrap_or_default());
        parameters[location][name] = json!({"schema": entries});
    }
    let header: Map<String, Value> = document["components"]["securitySchemes"]
        .as_object()
        .into_iter()
        .flat_map(Map::values)
        .filter_map(|scheme| {
            Some((
                scheme["name"].as_str()?.to_owned(),
                json!({"type": "apiKey"}),
            ))
        })
        .collect();
    let mut request = json!({
        "security": [{"title": "Key", "parameters": {"query": {}, "header": header, "cookie": {}}}],
        "parameters": parameters,
        "body": {},
    });
    if let Some(body) = operation.get("requestBody") {
        request["body"] = content(document, body);
        let required = target(document, body).get("required") == Some(&json!(true));
        for media in request["body"]
            .as_object_mut()
            .into_iter()
            .flat_map(Map::values_mut)
        {
            for entry in media["schemaArray"].as_array_mut().into_iter().flatten() {
                entry["required"] = json!(required);
            }
        }
    }
    let mut response = Map::new();
    for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
        response.insert(status.clone(), content(document, answer));
    }
    let paths = json!({
        "path": path,
        "method": method,
        "servers": document["servers"],
        "request": request,
        "response": response,
        "deprecated": operation.get("deprecated") == Some(&json!(true)),
        "type": "path",
    });
    let mut components = cut::reachable(document, &paths);
    components
        .as_object_mut()
        .map(|all| all.remove("securitySchemes"));
    json!({"paths": paths, "components": components})
}

fn content(document: &Value, message: &Value) -> Value {
    match facts::media(document, message) {
        Some((media_type, schema)) => json!({media_type: {"schemaArray": top(document, schema)}}),
        None => json!({"_mintlify/placeholder": {"schemaArray": [{"type": "any"}]}}),
    }
}

/// A schema as entries of the tree: several for alternatives.
fn top(document: &Value, schema: &Value) -> Vec<Value> {
    let all = joined(document, schema);
    for keyword in ["oneOf", "anyOf"] {
        let mut place = all.clone();
        if let Some(Value::Array(members)) = place.remove(keyword) {
            let mut entries: Vec<Value> = members
                .iter()
                .flat_map(|member| top(document, member))
                .collect();
            // What belongs to the place is repeated for each alternative.
            for entry in entries.iter_mut().filter_map(Value::as_object_mut) {
                entry.extend(place.clone());
            }
            return entries;
        }
    }
    let mut entry = all.clone();
    if let Some(required) = entry.remove("required") {
        entry.insert("requiredProperties".to_owned(), required);
    }
    if entry.contains_key("enum") {
        let ty = entry
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or("string");
        let ty = json!(format!("enum<{ty}>"));
        entry.insert("type".to_owned(), ty);
    } else if !entry.contains_key("type") {
        entry.insert("type".to_owned(), json!("any"));
    }
    for property in entry
        .get_mut("properties")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flat_map(Map::values_mut)
    {
        *property = json!({"allOf": [property.take()]});
    }
    if let Some(reference) = schema.get("$ref") {
        entry.insert("refIdentifier".to_owned(), reference.clone());
    }
    vec![Value::Object(entry)]
}
