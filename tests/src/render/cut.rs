//! The document as its owner would have written it, cut down to one operation.

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
    say(&mut document, false);
    document
}

fn say(value: &mut Value, names: bool) {
    match value {
        Value::Object(entries) if names => {
            entries.values_mut().for_each(|value| say(value, false));
        }
        Value::Object(entries) => {
            let said = words(entries);
            entries.retain(|key, _| !key.starts_with("x-") && !NOT_FACTS.contains(&key.as_str()));
            if said.contains_key("anyOf") {
                entries.retain(|key, _| key != "type" && key != "enum");
            }
            for (key, value) in entries.iter_mut() {
                say(value, NAMES.contains(&key.as_str()));
            }
            entries.extend(said);
        }
        Value::Array(values) => values.iter_mut().for_each(|value| say(value, false)),
        _ => {}
    }
}

/// Our extensions in plain OpenAPI and prose.
fn words(entries: &Map<String, Value>) -> Map<String, Value> {
    let is_set = |key: &str| entries.get(key) == Some(&json!(true));
    let mut said = Map::new();
    let items = entries.get("items").and_then(Value::as_object);
    let id = |of: &Map<String, Value>| of.get("x-heffl-id").cloned();
    let id = id(entries).or_else(|| id(items?));
    if let Some(prefix) = id.as_ref().and_then(|id| id["prefix"].as_str()) {
        let words = json!(format!("Words ({prefix} prefix)"));
        said.insert("description".to_owned(), words);
    }
    if is_set("x-heffl-json") {
        said.insert("schema".to_owned(), json!({"type": "object"}));
    }
    if is_set("x-heffl-custom-fields") {
        let keys = json!({"description": "Words about cf_ keys"});
        said.insert("additionalProperties".to_owned(), keys);
    }
    if is_set("x-heffl-more-options") {
        let any_of = json!([{"type": "string", "enum": entries["enum"]}, {"type": "string"}]);
        said.insert("anyOf".to_owned(), any_of);
    }
    said
}

/// The document, cut down to an operation and what it refers to.
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
    let mut open = Vec::new();
    references(page, &mut open);
    while let Some(reference) = open.pop() {
        let parts: Vec<&str> = reference.split('/').collect();
        let ["#", "components", kind, name] = parts[..] else {
            panic!("`{reference}` is no component");
        };
        if components[kind].get(name).is_none() {
            let component = &document["components"][kind][name];
            references(component, &mut open);
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
    newer(page, false);
}

fn newer(value: &mut Value, names: bool) {
    match value {
        Value::Object(entries) => {
            if !names {
                keywords(entries);
            }
            for (key, value) in entries {
                newer(value, !names && NAMES.contains(&key.as_str()));
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| newer(value, false)),
        _ => {}
    }
}

fn keywords(entries: &mut Map<String, Value>) {
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
        if let Some(Value::Array(words)) = entries.get_mut("enum") {
            words.push(Value::Null);
        }
        entries.insert("type".to_owned(), json!([ty, "null"]));
    } else if let Some(Value::Array(members)) = entries.get_mut("anyOf") {
        members.push(json!({"type": "null"}));
    }
}
