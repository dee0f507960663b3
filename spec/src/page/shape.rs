//! The schema of a JSON sample: children of collapsed objects, with rough types.

use serde_json::{Map, Value, json};

use crate::fragment::{EVIDENCE, Evidence};

use super::prose::CUSTOM_FIELD_PREFIX;
use super::types::each_object;

/// The object that a sample shows: itself, or the first element of a list.
pub(super) fn object(sample: &Value) -> Option<&Map<String, Value>> {
    match sample {
        Value::Object(object) => Some(object),
        Value::Array(elements) => elements.first().and_then(object),
        _ => None,
    }
}

/// Adds the fields that only the sample shows, at any depth.
pub(super) fn complete(schema: &mut Value, sample: &Map<String, Value>) {
    each_object(schema, &mut |object| {
        let properties = object.shift_remove("properties").unwrap_or_default();
        let mut properties = crate::openapi::map(properties);
        for (name, value) in sample {
            match (properties.get_mut(name), self::object(value)) {
                (Some(property), Some(inner)) => complete(property, inner),
                (None, _) if is_field(name) => {
                    let mut property = sampled(value);
                    Evidence::Sampled.write(&mut property);
                    properties.insert(name.clone(), property);
                }
                _ => {}
            }
        }
        if !properties.is_empty() {
            object.insert("properties".to_owned(), properties.into());
        }
    });
}

/// The sample that shows the successful response: the one that shares most names with the printed
/// fields. A sample that shares none belongs to another response, for example an error.
pub(super) fn choose(mut samples: Vec<Value>, schema: &Value) -> Option<Value> {
    let printed = |name: &String| schema.get("properties")?.get(name);
    let shared = |sample: &Value| {
        let names = object(sample).into_iter().flat_map(Map::keys);
        names.filter(|name| printed(name).is_some()).count()
    };
    if schema.get("properties").is_none() {
        return samples.into_iter().find(|sample| !is_error(sample));
    }
    // The first of equally good samples.
    samples.reverse();
    let best = samples.into_iter().max_by_key(|sample| shared(sample));
    best.filter(|sample| shared(sample) > 0)
}

/// The first name that a generated sample shows after the last printed field. Samples and fields
/// have the same order, so the field was cut off.
pub(super) fn missing_at_end(schema: &Value, sample: &Value) -> Option<String> {
    let object = object(sample).filter(|_| is_generated(sample))?;
    let is_printed = |name: &String| {
        let property = schema.get("properties").and_then(|it| it.get(name));
        property.is_some_and(|property| property.get(EVIDENCE).is_none())
    };
    let last = object.keys().rposition(is_printed);
    let mut after = object.keys().skip(last.map_or(0, |last| last + 1));
    after.find(|key| is_field(key)).cloned()
}

/// Whether the sample was generated from placeholders.
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

/// Whether a key is a fact: keys of custom fields differ between workspaces, and placeholders are not names.
fn is_field(key: &str) -> bool {
    let is_start = |c: char| c.is_alphanumeric() || "_$@".contains(c);
    !key.starts_with(CUSTOM_FIELD_PREFIX) && key.starts_with(is_start)
}

/// The schema that a value of a sample shows, with rough types.
pub(crate) fn sampled(value: &Value) -> Value {
    match value {
        Value::Null => json!({"nullable": true}),
        Value::Bool(_) => json!({"type": "boolean"}),
        Value::Number(_) => json!({"type": "number"}),
        Value::String(text) => sampled_text(text),
        Value::Object(sample) => {
            let fields = sample.iter().filter(|(name, _)| is_field(name));
            let properties: Map<String, Value> = fields
                .map(|(name, value)| (name.clone(), sampled(value)))
                .collect();
            if properties.is_empty() {
                return json!({"type": "object"});
            }
            json!({"type": "object", "properties": properties})
        }
        Value::Array(elements) => {
            let mut items = elements.first().map_or_else(|| json!({}), sampled);
            if let Some(items) = items.as_object_mut() {
                items.shift_remove("nullable");
            }
            json!({"type": "array", "items": items})
        }
    }
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

/// Whether `text` starts with `shape`: `d` is a digit, `x` a hexadecimal digit, and other characters are literal.
fn has_shape(text: &str, shape: &str) -> bool {
    let fits = |(expected, found): (u8, u8)| match expected {
        b'd' => found.is_ascii_digit(),
        b'x' => found.is_ascii_hexdigit(),
        other => found == other,
    };
    text.len() >= shape.len() && shape.bytes().zip(text.bytes()).all(fits)
}

#[cfg(test)]
mod tests {
    use super::super::types::schema;
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
        ] {
            assert_eq!(Some(sampled(&value)), schema([expected]), "{value}");
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
    fn missing_fields_after_the_last_printed_one_are_detected() {
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
