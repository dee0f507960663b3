//! Schemas of OpenAPI 3.0 and 3.1 in one form, that of 3.0.3.
//!
//! What 3.0 writes in another way is rewritten. What it cannot say stays under a key of its own
//! (`x-jsonschema-…`) and gives a warning, so that the rest of the page still counts.

use serde_json::{Map, Value, json};

use crate::{finding::Finding, openapi::Kind, yaml::child};

/// The keywords that a schema of OpenAPI 3.0 may have.
const KEYWORDS: [&str; 35] = [
    "$ref",
    "allOf",
    "oneOf",
    "anyOf",
    "not",
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
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "items",
    "minProperties",
    "maxProperties",
    "required",
    "properties",
    "additionalProperties",
    "discriminator",
    "readOnly",
    "writeOnly",
    "xml",
    "example",
];

/// What a keyword that OpenAPI 3.0 does not have is kept under.
const FOREIGN: &str = "x-jsonschema-";

/// Rewrites all schemas of a document.
pub(crate) fn normalise(document: &mut Value, warnings: &mut Vec<Finding>) {
    below(document, Kind::Document, &mut String::new(), warnings);
}

fn below(value: &mut Value, kind: Kind, pointer: &mut String, warnings: &mut Vec<Finding>) {
    if kind == Kind::Data {
        return;
    }
    let length = pointer.len();
    match value {
        Value::Object(map) => {
            for (key, inner) in map.iter_mut() {
                *pointer = child(pointer, key);
                below(inner, kind.child(key), pointer, warnings);
                pointer.truncate(length);
            }
            if kind.is_schema() {
                schema(map, pointer, warnings);
            } else if kind == Kind::Media
                && let Some(Value::Object(examples)) = map.get("examples")
                && let Some(first) = examples
                    .values()
                    .next()
                    .and_then(|first| first.get("value"))
            {
                let first = first.clone();
                map.shift_remove("examples");
                map.entry("example").or_insert(first);
            }
        }
        Value::Array(list) => {
            for (index, inner) in list.iter_mut().enumerate() {
                *pointer = child(pointer, index);
                below(inner, kind.child(""), pointer, warnings);
                pointer.truncate(length);
            }
        }
        Value::Bool(anything)
            if kind.is_schema() && !pointer.ends_with("/additionalProperties") =>
        {
            *value = if *anything {
                json!({})
            } else {
                json!({"not": {}})
            };
        }
        _ => {}
    }
}

fn schema(map: &mut Map<String, Value>, pointer: &str, warnings: &mut Vec<Finding>) {
    types(map);
    without_null(map, "anyOf");
    without_null(map, "oneOf");
    if let Some(value) = map.shift_remove("const") {
        map.insert("enum".to_owned(), json!([value]));
    }
    if let Some(Value::Array(values)) = map.get_mut("enum")
        && values.len() > 1
        && values.contains(&Value::Null)
    {
        values.retain(|value| !value.is_null());
        map.insert("nullable".to_owned(), json!(true));
    }
    if let Some(Value::Array(values)) = map.get("enum")
        && !map.contains_key("type")
    {
        let is_all = |is: fn(&Value) -> bool| !values.is_empty() && values.iter().all(is);
        let ty = [
            ("string", is_all(Value::is_string)),
            ("boolean", is_all(Value::is_boolean)),
            ("integer", is_all(|value| value.is_i64() || value.is_u64())),
            ("number", is_all(Value::is_number)),
        ]
        .into_iter()
        .find_map(|(ty, fits)| fits.then_some(ty));
        if let Some(ty) = ty {
            map.insert("type".to_owned(), json!(ty));
        }
    }
    exclusive(map, "minimum", "exclusiveMinimum", |one, other| one > other);
    exclusive(map, "maximum", "exclusiveMaximum", |one, other| one < other);
    if let Some(Value::Array(examples)) = map.shift_remove("examples")
        && let Some(first) = examples.into_iter().next()
    {
        map.entry("example").or_insert(first);
    }
    if map.get("type") == Some(&json!("file")) {
        map.insert("type".to_owned(), json!("string"));
        map.insert("format".to_owned(), json!("binary"));
    }
    match map.get("contentEncoding").and_then(Value::as_str) {
        Some("base64") => {
            map.shift_remove("contentEncoding");
            map.entry("format").or_insert(json!("byte"));
        }
        None if map.get("contentMediaType") == Some(&json!("application/octet-stream")) => {
            map.shift_remove("contentMediaType");
            map.entry("format").or_insert(json!("binary"));
        }
        _ => {}
    }
    tuple(map);
    if let Some(Value::Object(patterns)) = map.get("patternProperties")
        && let [(pattern, values)] = patterns.iter().collect::<Vec<_>>().as_slice()
        && pattern.starts_with("^cf_")
    {
        let values = (*values).clone();
        map.shift_remove("patternProperties");
        map.insert(super::CUSTOM_FIELDS.to_owned(), json!(true));
        map.insert("additionalProperties".to_owned(), values);
    }
    if map.get("type") == Some(&json!("array")) {
        map.entry("items").or_insert(json!({}));
    }
    let foreign: Vec<String> = map
        .keys()
        .filter(|key| !KEYWORDS.contains(&key.as_str()) && !key.starts_with("x-"))
        .cloned()
        .collect();
    for key in foreign {
        warnings.push(
            Finding::new(
                "keyword-not-in-3.0",
                format!(
                    "OpenAPI 3.0 has no keyword `{}`: it is kept as `{FOREIGN}{0}`",
                    key.escape_debug()
                ),
            )
            .pointer(child(pointer, &key))
            .help("nothing needs to be done; other tools do not see it"),
        );
        if let Some(value) = map.shift_remove(&key) {
            map.insert(format!("{FOREIGN}{key}"), value);
        }
    }
}

/// A list of types: null is a flag, several others are alternatives.
fn types(map: &mut Map<String, Value>) {
    let mut types = match map.get("type") {
        Some(Value::Array(types)) => types.clone(),
        Some(null) if null == "null" => vec![null.clone()],
        _ => return,
    };
    map.shift_remove("type");
    let before = types.len();
    types.retain(|ty| ty != "null");
    if types.len() < before {
        map.insert("nullable".to_owned(), json!(true));
    }
    match types.as_slice() {
        [] => {
            map.insert("enum".to_owned(), json!([null]));
        }
        [one] => {
            map.insert("type".to_owned(), one.clone());
        }
        _ => {
            let keywords = |ty: &Value| -> &'static [&'static str] {
                match ty.as_str() {
                    Some("array") => &[
                        "items",
                        "prefixItems",
                        "minItems",
                        "maxItems",
                        "uniqueItems",
                    ],
                    Some("object") => &["properties", "required", "additionalProperties"],
                    Some("string") => &["format", "pattern", "minLength", "maxLength"],
                    _ => &[],
                }
            };
            let members: Vec<Value> = types
                .iter()
                .map(|ty| {
                    let mut member = json!({"type": ty});
                    for key in keywords(ty) {
                        if let Some(value) = map.shift_remove(*key) {
                            member[*key] = value;
                        }
                    }
                    if ty == "array" && member.get("items").is_none() {
                        member["items"] = json!({});
                    }
                    member
                })
                .collect();
            map.insert("anyOf".to_owned(), json!(members));
        }
    }
}

/// Null among alternatives becomes a flag. A single remaining alternative replaces the list.
fn without_null(map: &mut Map<String, Value>, key: &str) {
    let Some(Value::Array(members)) = map.get_mut(key) else {
        return;
    };
    let is_null =
        |member: &Value| member.get("enum") == Some(&json!([null])) && member.get("type").is_none();
    let before = members.len();
    members.retain(|member| !is_null(member));
    let had_null = members.len() < before;
    if had_null {
        map.insert("nullable".to_owned(), json!(true));
    }
    let Some(Value::Array(members)) = map.get(key) else {
        return;
    };
    match members.as_slice() {
        [] => {
            map.shift_remove(key);
        }
        [only] => {
            let only = only.clone();
            map.shift_remove(key);
            let clashes = only.as_object().is_none_or(|only| {
                only.keys()
                    .any(|key| map.contains_key(key) && key != "nullable")
            });
            if clashes || only.get("$ref").is_some() {
                if let Some(Value::Array(parts)) = map.get_mut("allOf") {
                    parts.push(only);
                } else {
                    map.insert("allOf".to_owned(), json!([only]));
                }
            } else if let Value::Object(only) = only {
                map.extend(only);
            }
        }
        _ => {}
    }
}

/// A bound that excludes itself is a number in 3.1, and a flag in 3.0.
fn exclusive(
    map: &mut Map<String, Value>,
    plain: &str,
    key: &str,
    is_tighter: fn(f64, f64) -> bool,
) {
    let Some(Value::Number(bound)) = map.get(key) else {
        return;
    };
    let bound = bound.clone();
    map.shift_remove(key);
    let tighter = match (map.get(plain).and_then(Value::as_f64), bound.as_f64()) {
        (Some(plain), Some(bound)) => !is_tighter(plain, bound),
        _ => true,
    };
    if tighter {
        map.insert(plain.to_owned(), bound.into());
        map.insert(key.to_owned(), json!(true));
    }
}

/// A list whose elements have a schema each, as one whose elements have one of these.
fn tuple(map: &mut Map<String, Value>) {
    let Some(Value::Array(parts)) = map.get("prefixItems") else {
        return;
    };
    let mut members: Vec<Value> = Vec::new();
    for part in parts {
        if !members.contains(part) {
            members.push(part.clone());
        }
    }
    let count = parts.len();
    let is_closed = map.get("items") == Some(&json!({"not": {}}));
    if is_closed || map.get("items").is_none() {
        let items = match members.as_slice() {
            [only] => only.clone(),
            _ => json!({"anyOf": members}),
        };
        map.insert("items".to_owned(), items);
        if is_closed {
            map.entry("maxItems").or_insert(json!(count));
        }
    }
}
