//! The facts of a cut-down OpenAPI document: everything but its prose.

use serde_json::{Map, Value, json};

use crate::fragment::{CUSTOM_FIELDS, ID};
use crate::openapi::{Kind, entries, text};
use crate::page::prose;
use crate::page::types::put;

/// The document without prose, and with nothing but the operation that the page is about; none if it
/// does not have that. Prose goes to `wording`.
pub(super) fn read(
    mut tree: Value,
    method: &str,
    path: &str,
    wording: &mut Vec<String>,
) -> Option<Map<String, Value>> {
    let method = method.to_ascii_lowercase();
    let mut item = tree.get_mut("paths")?.get_mut(path)?.take();
    if let Some(target) = text(&item, "$ref").and_then(|reference| reference.strip_prefix('#')) {
        item = tree.pointer(target)?.clone();
    }
    let mut item = item.as_object()?.clone();
    item.get(&method)
        .filter(|operation| operation.is_object())?;
    item.retain(|key, _| *key == method || Kind::PathItem.child(key) != Kind::Operation);
    let mut tree = crate::openapi::map(tree);
    let version = tree
        .get("info")
        .and_then(|info| info.get("version"))
        .cloned();
    for key in ["info", "tags"] {
        if let Some(value) = tree.get_mut(key) {
            strip(value, Kind::DescribedMap, wording);
            strip(value, Kind::Described, wording);
        }
    }
    tree.retain(|key, _| !matches!(key.as_str(), "tags" | "externalDocs" | "paths" | "info"));
    if let Some(version) = version.filter(Value::is_string) {
        tree.insert("info".to_owned(), json!({"version": version}));
    }
    tree.insert("paths".to_owned(), json!({path: item}));
    let mut facts = Map::new();
    for key in ["openapi", "info", "servers", "security", "paths"] {
        if let Some(value) = tree.shift_remove(key) {
            facts.insert(key.to_owned(), value);
        }
    }
    facts.extend(tree);
    let mut document = Value::Object(facts);
    strip(&mut document, Kind::Document, wording);
    // Schemas are all that a page repeats of others; none is a fact.
    let components = document
        .get_mut("components")
        .and_then(Value::as_object_mut);
    if let Some(components) = components {
        components.retain(|_, value| value.as_object().is_none_or(|map| !map.is_empty()));
        if components.is_empty() {
            document
                .as_object_mut()
                .map(|map| map.shift_remove("components"));
        }
    }
    Some(crate::openapi::map(document))
}

/// Takes prose out of a value, after the facts that stand in descriptions only.
fn strip(value: &mut Value, kind: Kind, wording: &mut Vec<String>) {
    match value {
        Value::Array(list) => {
            for inner in list {
                strip(inner, kind.child(""), wording);
            }
        }
        Value::Object(map) if kind != Kind::Data => {
            if kind.is_schema() {
                custom_fields(map);
            }
            if kind.is_schema() || kind == Kind::Parameter {
                let prefix = map
                    .get("description")
                    .and_then(Value::as_str)
                    .and_then(prose::prefix);
                if let Some(prefix) = prefix {
                    let id = json!({"prefix": prefix});
                    if kind == Kind::Parameter {
                        map.insert(ID.to_owned(), id);
                    } else {
                        let mut schema = Value::Object(std::mem::take(map));
                        put(&mut schema, ID, id);
                        *map = crate::openapi::map(schema);
                    }
                }
            }
            if !kind.is_map() {
                map.retain(|key, value| {
                    let is_prose = is_prose(key, value);
                    if is_prose {
                        collect(value, wording);
                    }
                    !is_prose
                });
            }
            for (key, inner) in map.iter_mut() {
                match (kind, key.as_str(), &mut *inner) {
                    (Kind::Media | Kind::Parameter, "examples", Value::Object(examples)) => {
                        for example in examples.values_mut().filter_map(Value::as_object_mut) {
                            example.retain(|key, value| {
                                let is_prose = is_prose(key, value);
                                if is_prose {
                                    collect(value, wording);
                                }
                                !is_prose
                            });
                        }
                    }
                    (Kind::Described, "flows", Value::Object(flows)) => {
                        let scopes = flows.values_mut().filter_map(|flow| flow.get_mut("scopes"));
                        for scope in scopes
                            .filter_map(Value::as_object_mut)
                            .flat_map(Map::values_mut)
                        {
                            collect(scope, wording);
                            *scope = json!("");
                        }
                    }
                    (kind, key, inner) => strip(inner, kind.child(key), wording),
                }
            }
        }
        _ => {}
    }
}

/// Whether a key of OpenAPI holds what is written for people.
fn is_prose(key: &str, value: &Value) -> bool {
    match key {
        "description" | "summary" | "title" | "$comment" => value.is_string(),
        "externalDocs" => true,
        key if key.starts_with("x-") && !key.starts_with("x-heffl-") => has_sentence(value),
        _ => false,
    }
}

fn has_sentence(value: &Value) -> bool {
    match value {
        Value::String(text) => text.split_whitespace().nth(3).is_some(),
        Value::Array(list) => list.iter().any(has_sentence),
        Value::Object(map) => map.values().any(has_sentence),
        _ => false,
    }
}

fn collect(value: &Value, wording: &mut Vec<String>) {
    match value {
        Value::String(text) => wording.push(text.clone()),
        other => wording.push(other.to_string()),
    }
}

/// A property `cf_`, or a description that speaks of such keys, stands for custom fields.
fn custom_fields(schema: &mut Map<String, Value>) {
    let speaks =
        |value: &Value| text(value, "description").is_some_and(prose::speaks_of_custom_fields);
    let is_pattern = |name: &str, property: &Value| {
        name == prose::CUSTOM_FIELD_PREFIX || (name.ends_with('_') && speaks(property))
    };
    let patterns: Vec<String> = entries(schema.get("properties"))
        .filter(|(name, property)| is_pattern(name, property))
        .map(|(name, _)| name.clone())
        .collect();
    let values = schema
        .get("additionalProperties")
        .filter(|values| **values != json!(false));
    let is_said = values.is_some_and(|values| {
        speaks(values)
            || schema
                .get("description")
                .and_then(Value::as_str)
                .is_some_and(prose::speaks_of_custom_fields)
    });
    if patterns.is_empty() && !is_said {
        return;
    }
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        for name in &patterns {
            properties.shift_remove(name);
        }
    }
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        required.retain(|name| patterns.iter().all(|pattern| name != pattern));
    }
    schema.insert(CUSTOM_FIELDS.to_owned(), json!(true));
}
