//! The document with only one operation, and without our extensions.

use serde_json::{Map, Value, json};

/// The keywords whose value is prose, or is not a fact.
const NOT_FACTS: [&str; 4] = ["description", "title", "example", "examples"];

/// Keywords below which keys are names.
const NAMES: [&str; 6] = [
    "properties",
    "schemas",
    "responses",
    "parameters",
    "securitySchemes",
    "paths",
];

/// Expresses our extensions in plain OpenAPI and prose, and drops all other prose.
pub(super) fn for_page(document: &Value) -> Value {
    let mut document = document.clone();
    replace_extensions(&mut document, false);
    document
}

fn replace_extensions(value: &mut Value, names: bool) {
    match value {
        Value::Object(entries) if names => {
            entries
                .values_mut()
                .for_each(|value| replace_extensions(value, false));
        }
        Value::Object(entries) => {
            let plain = plain_keywords(entries);
            entries.retain(|key, _| !key.starts_with("x-") && !NOT_FACTS.contains(&key.as_str()));
            if plain.contains_key("anyOf") {
                entries.retain(|key, _| key != "type" && key != "enum");
            }
            for (key, value) in entries.iter_mut() {
                replace_extensions(value, NAMES.contains(&key.as_str()));
            }
            entries.extend(plain);
        }
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| replace_extensions(value, false)),
        _ => {}
    }
}

/// Our extensions in plain OpenAPI and prose.
fn plain_keywords(entries: &Map<String, Value>) -> Map<String, Value> {
    let is_set = |key: &str| entries.get(key) == Some(&json!(true));
    let mut plain = Map::new();
    let items = entries.get("items").and_then(Value::as_object);
    let id = |of: &Map<String, Value>| of.get("x-heffl-id").cloned();
    let id = id(entries).or_else(|| id(items?));
    if let Some(prefix) = id.as_ref().and_then(|id| id["prefix"].as_str()) {
        let words = json!(format!("Words ({prefix} prefix)"));
        plain.insert("description".to_owned(), words);
    }
    if is_set("x-heffl-json") {
        plain.insert("schema".to_owned(), json!({"type": "object"}));
    }
    if is_set("x-heffl-custom-fields") {
        let keys = json!({"description": "Words about cf_ keys"});
        plain.insert("additionalProperties".to_owned(), keys);
    }
    if is_set("x-heffl-more-options") {
        let any_of = json!([{"type": "string", "enum": entries["enum"]}, {"type": "string"}]);
        plain.insert("anyOf".to_owned(), any_of);
    }
    plain
}

/// The document with only an operation and its components.
pub(super) fn operation(document: &Value, path: &str, method: &str) -> Value {
    let item = &document["paths"][path];
    let mut kept = Map::new();
    if let Some(parameters) = item.get("parameters") {
        kept.insert("parameters".to_owned(), parameters.clone());
    }
    kept.insert(method.to_owned(), item[method].clone());
    let mut page = json!({
        "openapi": document["openapi"],
        "info": {"title": "Workshop", "version": document["info"]["version"]},
        "servers": document["servers"],
        "paths": {path: kept},
    });
    if let Some(security) = document.get("security") {
        page["security"] = security.clone();
    }
    page["components"] = reachable(document, &page);
    page
}

/// The components that a page refers to, directly or not, and the security schemes.
pub(super) fn reachable(document: &Value, page: &Value) -> Value {
    let mut components = json!({});
    if let Some(schemes) = document["components"].get("securitySchemes") {
        components["securitySchemes"] = schemes.clone();
    }
    let mut pending = Vec::new();
    references(page, &mut pending);
    while let Some(reference) = pending.pop() {
        let parts: Vec<&str> = reference.split('/').collect();
        let ["#", "components", kind, name] = parts[..] else {
            panic!("`{reference}` is not a component");
        };
        if components[kind].get(name).is_none() {
            let component = &document["components"][kind][name];
            references(component, &mut pending);
            components[kind][name] = component.clone();
        }
    }
    components
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            if let Some(Value::String(reference)) = entries.get("$ref") {
                found.push(reference.clone());
            }
            entries.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

/// A page of OpenAPI 3.0 as one of 3.1.
pub(super) fn to_3_1(page: &mut Value) {
    page["openapi"] = json!("3.1.0");
    convert_to_3_1(page, false);
}

fn convert_to_3_1(value: &mut Value, names: bool) {
    match value {
        Value::Object(entries) => {
            if !names {
                keywords_to_3_1(entries);
            }
            for (key, value) in entries {
                convert_to_3_1(value, !names && NAMES.contains(&key.as_str()));
            }
        }
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| convert_to_3_1(value, false)),
        _ => {}
    }
}

fn keywords_to_3_1(entries: &mut Map<String, Value>) {
    for (flag, bound) in [
        ("exclusiveMinimum", "minimum"),
        ("exclusiveMaximum", "maximum"),
    ] {
        if entries.get(flag) == Some(&json!(true))
            && let Some(value) = entries.remove(bound)
        {
            entries.insert(flag.to_owned(), value);
        }
    }
    if entries.remove("nullable") != Some(json!(true)) {
        return;
    }
    if let Some(Value::Array(members)) = entries.get_mut("oneOf").or(None) {
        members.push(json!({"type": "null"}));
    } else if let Some(parts) = entries.remove("allOf") {
        entries.remove("type");
        entries.insert(
            "anyOf".to_owned(),
            json!([{"allOf": parts}, {"type": "null"}]),
        );
    } else if let Some(ty) = entries.remove("type") {
        if let Some(Value::Array(values)) = entries.get_mut("enum") {
            values.push(Value::Null);
        }
        entries.insert("type".to_owned(), json!([ty, "null"]));
    } else if let Some(Value::Array(members)) = entries.get_mut("anyOf") {
        members.push(json!({"type": "null"}));
    }
}
