//! Merges the schemas that several pages show of one object.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use crate::{
    fragment::{CUSTOM_FIELDS, Evidence, ID},
    openapi::{
        PARTS, add_new, elements, entries, is_required, map, put_default, schema_name, set,
        set_required, take, text, type_of,
    },
    yaml::child,
};

/// Marks an enum whose values are examples, so that other values exist.
pub(super) const MORE_OPTIONS: &str = "x-heffl-more-options";

/// Bounds of a value.
const LIMITS: &str = "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength \
                      minItems maxItems uniqueItems minProperties maxProperties pattern";

/// Keywords that describe the place of a schema, rather than the form of its values.
const OF_PLACE: &str = "nullable deprecated default readOnly writeOnly example x-heffl-id \
                        x-heffl-evidence x-heffl-rule";

pub(super) fn is_limit(key: &str) -> bool {
    LIMITS.split_whitespace().any(|known| known == key)
}

pub(super) fn is_of_place(key: &str) -> bool {
    OF_PLACE.split_whitespace().any(|known| known == key)
}

/// An object with properties, or with custom fields.
pub(super) fn is_object(schema: &Value) -> bool {
    schema.get(CUSTOM_FIELDS).is_some()
        || entries(schema.get("properties")).next().is_some() && schema.get("$ref").is_none()
}

/// An object without known properties.
pub(super) fn is_open(schema: &Value) -> bool {
    type_of(schema) == Some("object")
        && !is_object(schema)
        && !schema
            .get("additionalProperties")
            .is_some_and(says_something)
}

/// Whether a schema has any keyword.
pub(super) fn says_something(schema: &Value) -> bool {
    !(schema == &json!(true)
        || schema
            .as_object()
            .is_some_and(|map| map.keys().all(|key| key == "description")))
}

/// Whether this is an enum of texts.
pub(super) fn is_enum(schema: &Value) -> bool {
    type_of(schema) == Some("string")
        && elements(schema.get("enum")).next().is_some()
        && elements(schema.get("enum")).all(Value::is_string)
}

/// Whether a page prints any property of an object.
pub(super) fn is_printed(object: &Value) -> bool {
    entries(object.get("properties"))
        .any(|(_, property)| Evidence::of(property) == Some(Evidence::Documented))
}

/// Reports a difference of two pages: the place in the document, and a message.
type Report<'a> = dyn FnMut(&str, String) + 'a;

/// Merges `other` into `object`: properties in order of first appearance, required only if every page
/// that prints the schema has it so, `null` if any does, the strongest evidence.
pub(super) fn merge_objects(
    object: &mut Value,
    other: &Value,
    pointer: &str,
    report: &mut Report<'_>,
) {
    let (here, there) = (is_printed(object), is_printed(other));
    // A page that prints nothing of the schema does not decide which fields are required.
    let (here, there) = (here || !there, there || !here);
    for key in [CUSTOM_FIELDS, "additionalProperties"] {
        if let Some(value) = other.get(key) {
            put_default(object, key, value.clone());
        }
    }
    let before: Vec<Value> = elements(object.get("required")).cloned().collect();
    let mut properties = map(take(object, "properties").unwrap_or_default());
    let Value::Object(map) = object else { return };
    for name in properties.keys() {
        if there && other["properties"].get(name).is_none() {
            set_required(map, name, false);
        }
    }
    for (name, property) in entries(other.get("properties")) {
        let pointer = child(&child(pointer, "properties"), name);
        let is_required_there = is_required(other, name);
        if let Some(known) = properties.get_mut(name) {
            let is_required_here = !here || before.iter().any(|known| known == name);
            let is_required = is_required_here && (is_required_there || !there);
            set_required(map, name, is_required);
            merge_properties(known, property, &pointer, report);
        } else {
            set_required(map, name, is_required_there && !here);
            properties.insert(name.clone(), property.clone());
        }
    }
    map.insert("properties".to_owned(), properties.into());
}

fn merge_properties(known: &mut Value, other: &Value, pointer: &str, report: &mut Report<'_>) {
    let evidence = |schema: &Value| Evidence::of(schema).unwrap_or(Evidence::Documented);
    let (here, there) = (evidence(known), evidence(other));
    let order = there.cmp(&here);
    if !merge_values(known, other, order, pointer, report) {
        match order {
            // The type with weaker evidence is dropped.
            Ordering::Greater => {
                let place = of_place(known);
                *known = other.clone();
                for (key, value) in place {
                    put_default(known, &key, value);
                }
            }
            Ordering::Equal => report(
                pointer,
                format!(
                    "one page calls it {}, another {}, with the same evidence ({here})",
                    describe(known),
                    describe(other),
                ),
            ),
            Ordering::Less => {}
        }
    }
    for key in ["nullable", "deprecated"] {
        if other.get(key) == Some(&json!(true)) {
            set(known, key, other.get(key));
        }
    }
    if order == Ordering::Greater {
        Evidence::copy(known, other);
    }
}

/// Merges two schemas and the keywords of their places; `false` if their types contradict each other. `order` is how
/// the evidence of the other compares with the evidence of the known one.
fn merge_values(
    known: &mut Value,
    other: &Value,
    order: Ordering,
    pointer: &str,
    report: &mut Report<'_>,
) -> bool {
    if !merge_shapes(known, other, order, pointer, report) {
        return false;
    }
    let limits = |schema: &Value| -> Vec<(String, Value)> {
        let all = LIMITS.split_whitespace();
        all.filter_map(|key| Some((key.to_owned(), schema.get(key)?.clone())))
            .collect()
    };
    let (own, more) = (limits(known), limits(other));
    let has_both = !own.is_empty() && !more.is_empty();
    if order == Ordering::Equal && has_both && own != more {
        report(pointer, "two pages give different bounds".to_owned());
    } else if order == Ordering::Greater || order == Ordering::Equal && own.is_empty() {
        for (key, _) in own {
            take(known, &key);
        }
        for (key, value) in more {
            set(known, &key, Some(&value));
        }
    }
    for key in ["default", ID] {
        let (Some(value), old) = (other.get(key), known.get(key)) else {
            continue;
        };
        match old {
            Some(old) if order == Ordering::Equal && key == ID && old != value => {
                let [one, another] = [old, value].map(|id| text(id, "prefix").unwrap_or("nothing"));
                let message = format!(
                    "one page says that its identifiers start with {one}, another with {another}"
                );
                report(pointer, message);
            }
            Some(_) if order != Ordering::Greater => {}
            _ => set(known, key, Some(value)),
        }
    }
    true
}

fn merge_shapes(
    known: &mut Value,
    other: &Value,
    order: Ordering,
    pointer: &str,
    report: &mut Report<'_>,
) -> bool {
    let are_lists = type_of(known) == Some("array") && type_of(other) == Some("array");
    if is_object(known) && is_object(other) {
        merge_objects(known, other, pointer, report);
        return true;
    }
    if is_enum(known) && is_enum(other) {
        if other.get(MORE_OPTIONS).is_some() {
            known[MORE_OPTIONS] = json!(true);
        }
        if let Some(Value::Array(values)) = known.get_mut("enum") {
            add_new(values, elements(other.get("enum")).cloned());
        }
        return true;
    }
    if are_lists && let (Some(items), Some(others)) = (known.get_mut("items"), other.get("items")) {
        return merge_values(items, others, order, pointer, report);
    }
    let (mut own, mut others) = (shape(known), shape(other));
    if own == others {
        return true;
    }
    // A page without a format is less specific, and contradicts nothing.
    let formats = [&mut own, &mut others].map(|shape| shape.shift_remove("format"));
    if let [None, format] | [format, None] = formats
        && own == others
        && !are_lists
        && !is_object(known)
    {
        if let Some(format) = format {
            put_default(known, "format", format);
        }
        return true;
    }
    // An object without known properties is less specific, and contradicts nothing.
    let is_some_object =
        |value: &Value| type_of(value) == Some("object") || schema_name(value).is_some();
    if is_open(other) && is_some_object(known) {
        return true;
    }
    if is_open(known) && is_some_object(other) {
        let place = of_place(known);
        let mut new = shape(other);
        new.extend(place);
        *known = Value::Object(new);
        return true;
    }
    false
}

/// The keywords of the place of a schema.
fn of_place(schema: &Value) -> Map<String, Value> {
    let all = entries(Some(schema)).filter(|(key, _)| is_of_place(key));
    all.map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// A schema without the keywords of its place, and without bounds.
fn shape(schema: &Value) -> Map<String, Value> {
    entries(Some(schema))
        .filter(|(key, _)| !is_of_place(key) && !is_limit(key))
        .map(|(key, value)| match key.as_str() {
            "items" => (key.clone(), Value::Object(shape(value))),
            _ => (key.clone(), value.clone()),
        })
        .collect()
}

fn describe(schema: &Value) -> String {
    if let Some(name) = schema_name(schema) {
        return format!("a {name}");
    }
    match (type_of(schema), text(schema, "format")) {
        _ if schema.get("enum").is_some() => "an enum".to_owned(),
        (Some("array"), _) => format!("a list of {}", describe(&schema["items"])),
        (Some("object"), _) => match schema.get("additionalProperties") {
            Some(values) if !is_object(schema) && says_something(values) => {
                format!("an object of values, each {}", describe(values))
            }
            _ => "an object".to_owned(),
        },
        (Some(ty), Some(format)) => format!("{ty}<{format}>"),
        (Some(ty), None) => ty.to_owned(),
        (None, _) if PARTS.iter().any(|key| schema.get(key).is_some()) => {
            "one of several types".to_owned()
        }
        (None, _) => "any value".to_owned(),
    }
}
