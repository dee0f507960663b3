//! The facts of an OpenAPI document of a page: everything except its prose.

use serde_json::{Map, Value, json};

use crate::fragment::{CUSTOM_FIELDS, ID};
use crate::openapi::{Kind, entries, map, set_required, text};
use crate::page::prose;
use crate::page::types::put;

/// The document without prose, and with only the operation of the page; `None` if it
/// does not have that operation. Prose is added to `wording`.
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
    let mut tree = map(tree);
    for key in ["info", "tags"] {
        if let Some(value) = tree.get_mut(key) {
            strip(value, Kind::DescribedMap, wording);
            strip(value, Kind::Described, wording);
        }
    }
    tree.retain(|key, _| !matches!(key.as_str(), "tags" | "externalDocs"));
    if let Some(info) = tree.get_mut("info").and_then(Value::as_object_mut) {
        info.retain(|key, value| key == "version" && value.is_string());
    }
    tree.retain(|key, value| key != "info" || value.as_object().is_some_and(|it| !it.is_empty()));
    tree.insert("paths".to_owned(), json!({path: item}));
    let mut facts = Map::new();
    // The order of the wording is a part of its hash.
    for key in ["openapi", "info", "servers", "security", "paths"] {
        facts.extend(tree.shift_remove_entry(key));
    }
    facts.extend(tree);
    let mut document = Value::Object(facts);
    strip(&mut document, Kind::Document, wording);
    let mut document = map(document);
    // Pages repeat the schemas of other pages, so a schema alone is not a fact.
    if let Some(Value::Object(components)) = document.get_mut("components") {
        components.retain(|_, value| value.as_object().is_none_or(|map| !map.is_empty()));
    }
    document.retain(|key, value| key != "components" || *value != json!({}));
    Some(document)
}

/// Removes prose from a value, after reading the facts that are only in descriptions.
fn strip(value: &mut Value, kind: Kind, wording: &mut Vec<String>) {
    if kind.is_schema() {
        custom_fields(value);
    }
    if kind.is_schema() || kind == Kind::Parameter {
        match text(value, "description").and_then(prose::prefix) {
            Some(prefix) if kind.is_schema() => put(value, ID, json!({"prefix": prefix})),
            Some(prefix) => value[ID] = json!({"prefix": prefix}),
            None => {}
        }
    }
    match value {
        Value::Array(list) => {
            for inner in list {
                strip(inner, kind.child(""), wording);
            }
        }
        Value::Object(map) if kind != Kind::Data => {
            if !kind.is_map() {
                take_prose(map, wording);
            }
            for (key, inner) in map.iter_mut() {
                match (kind, key.as_str()) {
                    (Kind::Media | Kind::Parameter, "examples") => {
                        objects(inner).for_each(|example| take_prose(example, wording));
                    }
                    (Kind::Described, "flows") => {
                        let scopes = objects(inner).filter_map(|flow| flow.get_mut("scopes"));
                        let scopes = scopes.filter_map(Value::as_object_mut);
                        for scope in scopes.flat_map(Map::values_mut) {
                            collect(scope, wording);
                            *scope = json!("");
                        }
                    }
                    (kind, key) => strip(inner, kind.child(key), wording),
                }
            }
        }
        _ => {}
    }
}

/// The objects by name in an object.
fn objects(value: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let values = value.as_object_mut().into_iter().flat_map(Map::values_mut);
    values.filter_map(Value::as_object_mut)
}

fn take_prose(map: &mut Map<String, Value>, wording: &mut Vec<String>) {
    map.retain(|key, value| {
        let is_prose = is_prose(key, value);
        if is_prose {
            collect(value, wording);
        }
        !is_prose
    });
}

/// Whether a key of OpenAPI has prose.
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

/// A property `cf_`, or a description of such keys, marks an object with custom fields.
fn custom_fields(schema: &mut Value) {
    let speaks =
        |value: &Value| text(value, "description").is_some_and(prose::speaks_of_custom_fields);
    let is_pattern = |name: &str, property: &Value| {
        name == prose::CUSTOM_FIELD_PREFIX || (name.ends_with('_') && speaks(property))
    };
    let patterns: Vec<String> = entries(schema.get("properties"))
        .filter(|(name, property)| is_pattern(name, property))
        .map(|(name, _)| name.clone())
        .collect();
    let values = schema.get("additionalProperties");
    let values = values.filter(|values| **values != json!(false));
    if patterns.is_empty() && !values.is_some_and(|values| speaks(values) || speaks(schema)) {
        return;
    }
    let Value::Object(schema) = schema else {
        return;
    };
    for name in &patterns {
        set_required(schema, name, false);
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            properties.shift_remove(name);
        }
    }
    schema.insert(CUSTOM_FIELDS.to_owned(), json!(true));
}
