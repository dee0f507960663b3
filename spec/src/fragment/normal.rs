//! Converts schemas of OpenAPI 3.0 and 3.1 to OpenAPI 3.0.3.
//!
//! Keywords that 3.0 writes differently are converted. Keywords that it does not have are renamed (`x-jsonschema-…`),
//! with a warning.

use serde_json::{Value, json};

use super::CUSTOM_FIELDS;
use crate::{
    finding::Finding,
    openapi::{Kind, Place, elements, entries, order, put_default, take, text, visit_mut},
    yaml::child,
};

/// The prefix of keywords that OpenAPI 3.0 does not have.
const FOREIGN: &str = "x-jsonschema-";

/// Rewrites all schemas of a document.
pub(crate) fn normalise(document: &mut Value, warnings: &mut Vec<Finding>) {
    visit_mut(document, Kind::Document, &mut |value, place| {
        let is_schema = place.kind.is_schema();
        match value {
            Value::Object(_) if is_schema => schema(value, place, warnings),
            Value::Object(_) if place.kind == Kind::Media => {
                let examples = value.get("examples");
                let first = entries(examples).next().and_then(|(_, it)| it.get("value"));
                if let Some(first) = first.cloned() {
                    take(value, "examples");
                    put_default(value, "example", first);
                }
            }
            Value::Bool(is_anything) if is_schema && place.key() != "additionalProperties" => {
                *value = if *is_anything {
                    json!({})
                } else {
                    json!({"not": {}})
                };
            }
            _ => {}
        }
    });
}

fn schema(schema: &mut Value, place: &Place<'_>, warnings: &mut Vec<Finding>) {
    types(schema);
    without_null(schema, "anyOf");
    without_null(schema, "oneOf");
    if let Some(value) = take(schema, "const") {
        schema["enum"] = json!([value]);
    }
    values(schema);
    exclusive(schema, "minimum", "exclusiveMinimum", |one, other| {
        one > other
    });
    exclusive(schema, "maximum", "exclusiveMaximum", |one, other| {
        one < other
    });
    if let Some(Value::Array(examples)) = take(schema, "examples")
        && let Some(first) = examples.into_iter().next()
    {
        put_default(schema, "example", first);
    }
    if text(schema, "type") == Some("file") {
        schema["type"] = json!("string");
        schema["format"] = json!("binary");
    }
    match text(schema, "contentEncoding") {
        Some("base64") => {
            take(schema, "contentEncoding");
            put_default(schema, "format", json!("byte"));
        }
        None if text(schema, "contentMediaType") == Some("application/octet-stream") => {
            take(schema, "contentMediaType");
            put_default(schema, "format", json!("binary"));
        }
        _ => {}
    }
    tuple(schema);
    let patterns: Vec<_> = entries(schema.get("patternProperties")).collect();
    if let [(pattern, values)] = patterns.as_slice()
        && pattern.starts_with("^cf_")
    {
        let values = (*values).clone();
        take(schema, "patternProperties");
        schema[CUSTOM_FIELDS] = json!(true);
        schema["additionalProperties"] = values;
    }
    if text(schema, "type") == Some("array") {
        put_default(schema, "items", json!({}));
    }
    let keys = entries(Some(schema)).map(|(key, _)| key.clone());
    let is_foreign =
        |key: &String| !key.starts_with("x-") && !order::has_key(Kind::Schema, key, false);
    for key in keys.filter(is_foreign).collect::<Vec<_>>() {
        let message = format!(
            "OpenAPI 3.0 has no keyword `{}`: it is kept as `{FOREIGN}{0}`",
            key.escape_debug()
        );
        warnings.push(
            Finding::new("keyword-not-in-3.0", message)
                .pointer(child(&place.pointer(), &key))
                .help("nothing needs to be done; other tools do not see it"),
        );
        schema[format!("{FOREIGN}{key}")] = take(schema, &key).unwrap_or_default();
    }
}

/// Null among the values of an enum becomes a flag. Values of one type have that type.
fn values(schema: &mut Value) {
    let Some(Value::Array(values)) = schema.get_mut("enum") else {
        return;
    };
    let has_null = values.len() > 1 && values.contains(&Value::Null);
    if has_null {
        values.retain(|value| !value.is_null());
    }
    let is_all = |is: fn(&Value) -> bool| !values.is_empty() && values.iter().all(is);
    let ty = [
        ("string", is_all(Value::is_string)),
        ("boolean", is_all(Value::is_boolean)),
        ("integer", is_all(|value| value.is_i64() || value.is_u64())),
        ("number", is_all(Value::is_number)),
    ]
    .into_iter()
    .find_map(|(ty, fits)| fits.then_some(ty));
    if has_null {
        schema["nullable"] = json!(true);
    }
    if let Some(ty) = ty {
        put_default(schema, "type", json!(ty));
    }
}

/// Converts a list of types: null becomes a flag, and several other types become alternatives.
fn types(schema: &mut Value) {
    let mut types = match schema.get("type") {
        Some(Value::Array(types)) => types.clone(),
        Some(null) if null == "null" => vec![null.clone()],
        _ => return,
    };
    take(schema, "type");
    if types.iter().any(|ty| ty == "null") {
        types.retain(|ty| ty != "null");
        schema["nullable"] = json!(true);
    }
    match types.as_slice() {
        [] => schema["enum"] = json!([null]),
        [one] => schema["type"] = one.clone(),
        _ => {
            let member = |ty: &Value| {
                let keywords = match ty.as_str() {
                    Some("array") => "items prefixItems minItems maxItems uniqueItems",
                    Some("object") => "properties required additionalProperties",
                    Some("string") => "format pattern minLength maxLength",
                    _ => "",
                };
                let mut member = json!({"type": ty});
                for key in keywords.split_whitespace() {
                    if let Some(value) = take(schema, key) {
                        member[key] = value;
                    }
                }
                if ty == "array" {
                    put_default(&mut member, "items", json!({}));
                }
                member
            };
            let members: Vec<Value> = types.iter().map(member).collect();
            schema["anyOf"] = json!(members);
        }
    }
}

/// Null among alternatives becomes a flag. A single remaining alternative replaces the list.
fn without_null(schema: &mut Value, key: &str) {
    let Some(Value::Array(members)) = schema.get_mut(key) else {
        return;
    };
    let is_null =
        |member: &Value| member.get("enum") == Some(&json!([null])) && member.get("type").is_none();
    let before = members.len();
    members.retain(|member| !is_null(member));
    let had_null = members.len() < before;
    let only = match members.as_slice() {
        [] => Some(json!({})),
        [only] => Some(only.clone()),
        _ => None,
    };
    if had_null {
        schema["nullable"] = json!(true);
    }
    let Some(only) = only else { return };
    take(schema, key);
    let clashes = |(key, _): (&String, &Value)| schema.get(key).is_some() && key != "nullable";
    let is_apart =
        !only.is_object() || only.get("$ref").is_some() || entries(Some(&only)).any(clashes);
    match (only, schema) {
        (only, schema) if is_apart => {
            let parts = elements(schema.get("allOf")).cloned();
            let parts: Vec<Value> = parts.chain([only]).collect();
            schema["allOf"] = json!(parts);
        }
        (Value::Object(only), Value::Object(map)) => map.extend(only),
        _ => {}
    }
}

/// Converts an exclusive bound: it is a number in 3.1, and a flag in 3.0.
fn exclusive(schema: &mut Value, plain: &str, key: &str, is_tighter: fn(f64, f64) -> bool) {
    let Some(bound) = schema.get(key).filter(|bound| bound.is_number()).cloned() else {
        return;
    };
    take(schema, key);
    let plain_bound = schema.get(plain).and_then(Value::as_f64);
    let bounds = plain_bound.zip(bound.as_f64());
    if bounds.is_none_or(|(plain, bound)| !is_tighter(plain, bound)) {
        schema[plain] = bound;
        schema[key] = json!(true);
    }
}

/// Converts a list with a schema for each position to a list whose elements have one of these schemas.
fn tuple(schema: &mut Value) {
    let Some(Value::Array(parts)) = schema.get("prefixItems") else {
        return;
    };
    let mut members: Vec<&Value> = Vec::new();
    for part in parts {
        if !members.contains(&part) {
            members.push(part);
        }
    }
    let items = match members.as_slice() {
        [only] => json!(only),
        _ => json!({"anyOf": members}),
    };
    let count = parts.len();
    let is_closed = schema.get("items") == Some(&json!({"not": {}}));
    if is_closed || schema.get("items").is_none() {
        schema["items"] = items;
    }
    if is_closed {
        put_default(schema, "maxItems", json!(count));
    }
}
