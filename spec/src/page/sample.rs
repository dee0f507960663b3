//! What JSON samples tell: children of collapsed objects, with rough types.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::fragment::{EVIDENCE, Evidence};
use crate::openapi::entries;

use super::nest::each_object;
use super::prose::CUSTOM_FIELD_PREFIX;

/// The object that a sample shows: itself, or the first element of a list.
pub(super) fn object(sample: &Value) -> Option<&Map<String, Value>> {
    match sample {
        Value::Object(object) => Some(object),
        Value::Array(elements) => elements.first().and_then(object),
        _ => None,
    }
}

/// Adds to an object what only the sample knows, at any depth.
pub(super) fn complete(schema: &mut Value, sample: &Map<String, Value>) {
    each_object(schema, &mut |object| {
        let mut properties = match object.shift_remove("properties") {
            Some(Value::Object(properties)) => properties,
            _ => Map::new(),
        };
        for (name, property) in &mut properties {
            if let Some(inner) = sample.get(name).and_then(self::object) {
                complete(property, inner);
            }
        }
        for (name, value) in sample {
            if !properties.contains_key(name) && is_field(name) {
                let mut property = sampled(value);
                Evidence::Sampled.write(&mut property);
                properties.insert(name.clone(), property);
            }
        }
        if !properties.is_empty() {
            object.insert("properties".to_owned(), properties.into());
        }
    });
}

/// The sample that shows the successful response: the one that shares most names with the printed
/// fields. A sample that shares none is of another response, for example of an error.
pub(super) fn choose(samples: Vec<Value>, schema: &Value) -> Option<Value> {
    let names: HashSet<&str> = entries(schema.get("properties"))
        .map(|(name, _)| name.as_str())
        .collect();
    if names.is_empty() {
        return samples.into_iter().find(|sample| !is_error(sample));
    }
    let shared = |sample: &Value| {
        object(sample).map_or(0, |object| {
            object
                .keys()
                .filter(|key| names.contains(key.as_str()))
                .count()
        })
    };
    let mut best: Option<(usize, Value)> = None;
    for sample in samples {
        let count = shared(&sample);
        if count > best.as_ref().map_or(0, |(most, _)| *most) {
            best = Some((count, sample));
        }
    }
    best.map(|(_, sample)| sample)
}

/// The first name that a generated sample shows after the last printed field. Samples and fields
/// have the same order, so the field was cut off.
pub(super) fn missing_at_end(schema: &Value, sample: &Value) -> Option<String> {
    let object = object(sample).filter(|_| is_generated(sample))?;
    let printed: HashSet<&str> = entries(schema.get("properties"))
        .filter(|(_, property)| property.get(EVIDENCE).is_none())
        .map(|(name, _)| name.as_str())
        .collect();
    let last = object
        .keys()
        .rposition(|key| printed.contains(key.as_str()));
    object
        .keys()
        .skip(last.map_or(0, |last| last + 1))
        .find(|key| is_field(key))
        .cloned()
}

/// The sample is made of placeholders, not written by a person.
fn is_generated(sample: &Value) -> bool {
    match sample {
        Value::String(text) => text == "<string>",
        Value::Array(elements) => elements.iter().any(is_generated),
        Value::Object(object) => object.values().any(is_generated),
        _ => false,
    }
}

fn is_error(sample: &Value) -> bool {
    const ERROR_KEYS: [&str; 6] = ["error", "code", "message", "detail", "details", "status"];
    sample.as_object().is_some_and(|object| {
        !object.is_empty() && object.keys().all(|key| ERROR_KEYS.contains(&key.as_str()))
    })
}

/// Custom fields differ from workspace to workspace, and placeholders for keys name nothing.
fn is_field(key: &str) -> bool {
    !key.starts_with(CUSTOM_FIELD_PREFIX)
        && key
            .chars()
            .next()
            .is_some_and(|first| first.is_alphanumeric() || "_$@".contains(first))
}

/// The schema that a value of a sample shows, with rough types.
pub(crate) fn sampled(value: &Value) -> Value {
    let mut schema = match value {
        Value::Null => json!({"nullable": true}),
        Value::Bool(_) => json!({"type": "boolean"}),
        Value::Number(_) => json!({"type": "number"}),
        Value::String(text) => sampled_text(text),
        Value::Object(_) => json!({"type": "object"}),
        Value::Array(elements) => {
            let mut items = elements.first().map_or_else(|| json!({}), sampled_outline);
            items
                .as_object_mut()
                .map(|items| items.shift_remove("nullable"));
            json!({"type": "array", "items": items})
        }
    };
    if let Some(inner) = object(value) {
        fill(&mut schema, inner);
    }
    schema
}

/// [`sampled`], without what stands in objects.
fn sampled_outline(value: &Value) -> Value {
    match value {
        Value::Object(_) => json!({"type": "object"}),
        Value::Array(elements) => {
            let mut items = elements.first().map_or_else(|| json!({}), sampled_outline);
            items
                .as_object_mut()
                .map(|items| items.shift_remove("nullable"));
            json!({"type": "array", "items": items})
        }
        other => sampled(other),
    }
}

/// Properties of an object that is sampled as a whole: they inherit its evidence.
fn fill(schema: &mut Value, sample: &Map<String, Value>) {
    each_object(schema, &mut |object| {
        let properties: Map<String, Value> = sample
            .iter()
            .filter(|(name, _)| is_field(name))
            .map(|(name, value)| (name.clone(), sampled(value)))
            .collect();
        if !properties.is_empty() {
            object.insert("properties".to_owned(), properties.into());
        }
    });
}

fn sampled_text(text: &str) -> Value {
    let format = match text {
        "<unknown>" | "<any>" => return json!({}),
        "user@example.com" | "jsmith@example.com" => "email",
        _ if has_shape(text, "dddd-dd-ddTdd:dd:dd") => "date-time",
        _ if has_shape(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx") && text.len() == 36 => "uuid",
        _ => return json!({"type": "string"}),
    };
    json!({"type": "string", "format": format})
}

/// `text` starts as `shape` says: `d` a digit, `x` a hexadecimal digit, anything else itself.
fn has_shape(text: &str, shape: &str) -> bool {
    let mut characters = text.chars();
    shape.chars().all(|expected| {
        characters.next().is_some_and(|found| match expected {
            'd' => found.is_ascii_digit(),
            'x' => found.is_ascii_hexdigit(),
            other => found == other,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::types::show;
    use super::*;

    #[test]
    fn placeholders_have_types() {
        for (value, expected) in [
            (json!("<string>"), "string"),
            (json!("fixed"), "string"),
            (json!("<unknown>"), "any"),
            (json!("user@example.com"), "string<email>"),
            (json!("2023-11-07T05:31:56Z"), "string<date-time>"),
            (
                json!("3c90c3cc-0d44-4b50-8888-8dd25736052a"),
                "string<uuid>",
            ),
            (json!(123), "number"),
            (json!(false), "boolean"),
            (json!({}), "object"),
            (json!(null), "any | null"),
            (json!([]), "any[]"),
            (json!([["<string>"]]), "string[][]"),
            (json!([{ "a": 1 }]), "object[]"),
        ] {
            assert_eq!(show(&sampled(&value)), expected, "{value}");
        }
    }

    #[test]
    fn children_come_from_the_first_element() {
        let parts = json!({"type": "array", "items": {"type": "object"}, "nullable": true});
        let mut schema = json!({"type": "object", "properties": {"parts": parts}});
        let sample = json!({ "parts": [{ "size": { "w": 1 } }, { "other": 1 }], "cf_x": 1 });
        complete(&mut schema, sample.as_object().unwrap());
        let size =
            json!({"type": "object", "properties": {"w": {"type": "number"}}, EVIDENCE: "sampled"});
        assert_eq!(
            schema["properties"]["parts"]["items"]["properties"],
            json!({"size": size})
        );
        assert_eq!(schema["properties"].as_object().unwrap().len(), 1);
    }

    #[test]
    fn the_sample_of_another_response_is_not_chosen() {
        let schema = json!({"properties": {"id": {"type": "string"}}});
        let error = json!({ "error": "no" });
        let right = json!({ "id": "<string>" });
        assert_eq!(
            choose(vec![error.clone(), right.clone()], &schema),
            Some(right)
        );
        assert_eq!(choose(vec![error.clone()], &schema), None);
        assert_eq!(choose(vec![error], &json!({})), None);
    }

    #[test]
    fn fields_after_the_last_printed_one_are_missed() {
        let schema = json!({"properties": {"b": {"type": "number"}}});
        let check = |sample: Value, expected: Option<&str>| {
            assert_eq!(missing_at_end(&schema, &sample).as_deref(), expected);
        };
        check(
            json!({ "a": "<string>", "b": 1, "c": 1, "cf_x": 1 }),
            Some("c"),
        );
        check(json!({ "a": "<string>", "b": 1 }), None);
        check(json!({ "b": 1, "c": "written by hand" }), None);
    }
}
