//! What JSON samples tell: children of collapsed objects, with rough types.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::record::{Alternative, Base, Evidence, Field, TypeExpr};

use super::nest::holds_objects;
use super::prose::CUSTOM_FIELD_PREFIX;

/// The object that a sample shows: itself, or the first element of a list.
pub(super) fn object(sample: &Value) -> Option<&Map<String, Value>> {
    match sample {
        Value::Object(object) => Some(object),
        Value::Array(elements) => elements.first().and_then(object),
        _ => None,
    }
}

/// Adds to `fields` what only the sample knows, at any depth.
pub(super) fn complete(fields: &mut Vec<Field>, sample: &Map<String, Value>) {
    for field in fields.iter_mut().filter(|field| holds_objects(&field.ty)) {
        if let Some(inner) = sample.get(&field.name).and_then(object) {
            complete(&mut field.fields, inner);
        }
    }
    let known: HashSet<String> = fields.iter().map(|field| field.name.clone()).collect();
    for (name, value) in sample {
        if !known.contains(name) && is_field(name) {
            fields.push(sampled(name, value));
        }
    }
}

/// The sample that shows the successful answer: the one that shares most names with the printed
/// fields. A sample that shares none is of another answer, for example of an error.
pub(super) fn choose(samples: Vec<Value>, fields: &[Field]) -> Option<Value> {
    if fields.is_empty() {
        return samples.into_iter().find(|sample| !is_error(sample));
    }
    let names: HashSet<&str> = fields.iter().map(|field| field.name.as_str()).collect();
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
pub(super) fn missing_at_end(fields: &[Field], sample: &Value) -> Option<String> {
    let object = object(sample).filter(|_| is_generated(sample))?;
    let printed: HashSet<&str> = fields
        .iter()
        .filter(|field| field.evidence == Evidence::Documented)
        .map(|field| field.name.as_str())
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

fn sampled(name: &str, value: &Value) -> Field {
    let mut fields = Vec::new();
    if let Some(inner) = object(value) {
        complete(&mut fields, inner);
    }
    Field {
        fields,
        ..Field::new(name, type_of(value), Evidence::Sampled)
    }
}

fn type_of(value: &Value) -> TypeExpr {
    match value {
        Value::Null => TypeExpr {
            nullable: true,
            ..TypeExpr::of(Base::Any)
        },
        Value::Bool(_) => TypeExpr::of(Base::Boolean),
        Value::Number(_) => TypeExpr::of(Base::Number),
        Value::String(text) => type_of_text(text),
        Value::Object(_) => TypeExpr::of(Base::Object),
        Value::Array(elements) => {
            let mut ty = elements
                .first()
                .map_or_else(|| TypeExpr::of(Base::Any), type_of);
            ty.nullable = false;
            for alternative in &mut ty.alternatives {
                alternative.lists = alternative.lists.saturating_add(1);
            }
            ty
        }
    }
}

fn type_of_text(text: &str) -> TypeExpr {
    let format = match text {
        "<unknown>" | "<any>" => return TypeExpr::of(Base::Any),
        "user@example.com" | "jsmith@example.com" => "email",
        _ if has_shape(text, "dddd-dd-ddTdd:dd:dd") => "date-time",
        _ if has_shape(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx") && text.len() == 36 => "uuid",
        _ => return TypeExpr::of(Base::String),
    };
    TypeExpr {
        alternatives: vec![Alternative {
            base: Base::String,
            argument: Some(format.to_owned()),
            lists: 0,
        }],
        nullable: false,
    }
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
    use super::*;
    use serde_json::json;

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
            assert_eq!(type_of(&value).to_string(), expected, "{value}");
        }
    }

    fn names(fields: &[Field]) -> Vec<&str> {
        fields.iter().map(|field| field.name.as_str()).collect()
    }

    #[test]
    fn children_come_from_the_first_element() {
        let mut parts = sampled("parts", &json!([]));
        parts.ty = "object[] | null".parse().unwrap();
        let mut fields = vec![parts];
        let sample = json!({ "parts": [{ "size": { "w": 1 } }, { "other": 1 }], "cf_x": 1 });
        complete(&mut fields, sample.as_object().unwrap());
        assert_eq!(names(&fields), ["parts"]);
        let children = &fields[0].fields;
        assert_eq!(names(children), ["size"]);
        assert_eq!(children[0].evidence, Evidence::Sampled);
        assert_eq!(names(&children[0].fields), ["w"]);
    }

    #[test]
    fn the_sample_of_another_answer_is_not_chosen() {
        let fields = [sampled("id", &json!("<string>"))];
        let error = json!({ "error": "no" });
        let right = json!({ "id": "<string>" });
        assert_eq!(
            choose(vec![error.clone(), right.clone()], &fields),
            Some(right)
        );
        assert_eq!(choose(vec![error.clone()], &fields), None);
        assert_eq!(choose(vec![error], &[]), None);
    }

    #[test]
    fn fields_after_the_last_printed_one_are_missed() {
        let mut printed = sampled("b", &json!(1));
        printed.evidence = Evidence::Documented;
        let fields = [printed];
        let check = |sample: Value, expected: Option<&str>| {
            assert_eq!(missing_at_end(&fields, &sample).as_deref(), expected);
        };
        check(
            json!({ "a": "<string>", "b": 1, "c": 1, "cf_x": 1 }),
            Some("c"),
        );
        check(json!({ "a": "<string>", "b": 1 }), None);
        check(json!({ "b": 1, "c": "written by hand" }), None);
    }
}
