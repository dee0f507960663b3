//! The same schema, shown by several pages: one union of what they say.

use serde_json::{Map, Value, json};

use crate::{
    finding::Finding,
    fragment::{CUSTOM_FIELDS, EVIDENCE, Evidence, ID, RULE},
    openapi::{elements, entries, is_required, schema_name, set_required, text, type_of},
    yaml,
};

/// What two pages say differently. What was known first stays.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Contradiction {
    /// The place in the document, by the names that the rules give.
    pub(super) pointer: String,
    message: String,
    /// The fragments that say what is new, and those that said what stays.
    pub(super) files: [String; 2],
}

impl Contradiction {
    fn new(pointer: &str, message: impl Into<String>) -> Self {
        Self {
            pointer: pointer.to_owned(),
            message: message.into(),
            files: [String::new(), String::new()],
        }
    }

    /// The finding, unless somebody has chosen.
    pub(super) fn finding(&self) -> Finding {
        let [file, others] = &self.files;
        Finding::new("pages-contradict", &self.message)
            .file(file)
            .pointer(&self.pointer)
            .help(format!(
                "compare with {others}; record the choice in spec/conflicts.yaml with this place in `at`, and make it in an overlay"
            ))
    }
}

/// Bounds of a value.
pub(super) const LIMITS: [&str; 13] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "pattern",
];

/// What a schema says of the place where it stands rather than of the shape of a value.
pub(super) const OF_PLACE: [&str; 9] = [
    "nullable",
    "deprecated",
    "default",
    "readOnly",
    "writeOnly",
    "example",
    ID,
    EVIDENCE,
    RULE,
];

/// An object with properties, or with custom fields.
pub(super) fn is_object(schema: &Value) -> bool {
    schema.get(CUSTOM_FIELDS).is_some()
        || entries(schema.get("properties")).next().is_some() && schema.get("$ref").is_none()
}

/// An object of which nothing is known.
pub(super) fn is_open(schema: &Value) -> bool {
    type_of(schema) == Some("object")
        && !is_object(schema)
        && !schema
            .get("additionalProperties")
            .is_some_and(says_something)
}

/// Whether a schema is more than `true` or `{}`.
pub(super) fn says_something(schema: &Value) -> bool {
    !(schema == &json!(true)
        || schema
            .as_object()
            .is_some_and(|map| map.keys().all(|key| key == "description")))
}

/// One of several texts.
pub(super) fn is_enum(schema: &Value) -> bool {
    type_of(schema) == Some("string")
        && schema
            .get("enum")
            .and_then(Value::as_array)
            .is_some_and(|values| !values.is_empty() && values.iter().all(Value::is_string))
}

/// Whether a reference page prints any of an object.
pub(super) fn is_printed(object: &Value) -> bool {
    entries(object.get("properties"))
        .any(|(_, property)| Evidence::of(property) == Some(Evidence::Documented))
}

/// Merges `other` into `object`: properties in order of first appearance, required only if every page
/// that prints the schema says so, `null` if any does, the strongest evidence.
pub(super) fn merge_objects(
    object: &mut Value,
    other: &Value,
    pointer: &str,
    contradictions: &mut Vec<Contradiction>,
) {
    let (here, there) = (is_printed(object), is_printed(other));
    // A page that prints nothing of the schema has no say in what is required.
    let (here, there) = (here || !there, there || !here);
    let before = object.clone();
    let Value::Object(map) = object else { return };
    for key in [CUSTOM_FIELDS, "additionalProperties"] {
        if let Some(value) = other.get(key) {
            map.entry(key).or_insert_with(|| value.clone());
        }
    }
    let mut properties = match map.shift_remove("properties") {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    };
    if there {
        for name in properties.keys() {
            if other.pointer(&yaml::child("/properties", name)).is_none() {
                set_required(map, name, false);
            }
        }
    }
    for (name, property) in entries(other.get("properties")) {
        let pointer = yaml::child(&yaml::child(pointer, "properties"), name);
        let is_required_there = is_required(other, name);
        match properties.get_mut(name) {
            Some(known) => {
                let required =
                    (is_required(&before, name) || !here) && (is_required_there || !there);
                set_required(map, name, required);
                merge_properties(known, property, &pointer, contradictions);
            }
            None => {
                set_required(map, name, is_required_there && !here);
                properties.insert(name.clone(), property.clone());
            }
        }
    }
    map.insert("properties".to_owned(), properties.into());
}

fn merge_properties(
    known: &mut Value,
    other: &Value,
    pointer: &str,
    contradictions: &mut Vec<Contradiction>,
) {
    let here = Evidence::of(known).unwrap_or(Evidence::Documented);
    let there = Evidence::of(other).unwrap_or(Evidence::Documented);
    let flags = ["nullable", "deprecated"].map(|key| (key, other.get(key) == Some(&json!(true))));
    if !merge_values(known, other, here, there, pointer, contradictions) {
        if there > here {
            // A type that is known less well yields.
            let place: Map<String, Value> = crate::openapi::map(known.clone())
                .into_iter()
                .filter(|(key, _)| OF_PLACE.contains(&key.as_str()))
                .collect();
            *known = other.clone();
            if let Value::Object(map) = known {
                for (key, value) in place {
                    map.entry(key).or_insert(value);
                }
            }
        } else if there == here {
            contradictions.push(Contradiction::new(
                pointer,
                format!(
                    "one page calls it {}, another {}, with the same evidence ({here})",
                    describe(known),
                    describe(other),
                ),
            ));
        }
    }
    let Value::Object(map) = known else { return };
    for (key, _) in flags.into_iter().filter(|(_, is_set)| *is_set) {
        map.insert(key.to_owned(), json!(true));
    }
    if there > here {
        for key in [EVIDENCE, RULE] {
            match other.get(key) {
                Some(value) => map.insert(key.to_owned(), value.clone()),
                None => map.shift_remove(key),
            };
        }
    }
}

/// Merges two schemas and what they say of their place; no if they contradict each other in type.
fn merge_values(
    known: &mut Value,
    other: &Value,
    here: Evidence,
    there: Evidence,
    pointer: &str,
    contradictions: &mut Vec<Contradiction>,
) -> bool {
    if !merge_shapes(known, other, here, there, pointer, contradictions) {
        return false;
    }
    let Value::Object(map) = known else {
        return true;
    };
    let limits = |value: &Map<String, Value>| -> Map<String, Value> {
        value
            .iter()
            .filter(|(key, _)| LIMITS.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    };
    let Value::Object(other) = other else {
        return true;
    };
    let (own, more) = (limits(map), limits(other));
    if there > here {
        map.retain(|key, _| !LIMITS.contains(&key.as_str()));
        map.extend(more);
    } else if there == here && own.is_empty() {
        map.extend(more);
    } else if there == here && !more.is_empty() && own != more {
        contradictions.push(Contradiction::new(
            pointer,
            "two pages name different bounds".to_owned(),
        ));
    }
    for key in ["default", ID] {
        let Some(value) = other.get(key) else {
            continue;
        };
        match map.get_mut(key) {
            None => {
                map.insert(key.to_owned(), value.clone());
            }
            Some(known) if there > here => *known = value.clone(),
            Some(known) if there == here && key == ID && known != value => {
                contradictions.push(Contradiction::new(
                    pointer,
                    format!(
                        "one page says that its identifiers start with {}, another with {}",
                        text(known, "prefix").unwrap_or("nothing"),
                        text(value, "prefix").unwrap_or("nothing"),
                    ),
                ));
            }
            Some(_) => {}
        }
    }
    true
}

fn merge_shapes(
    known: &mut Value,
    other: &Value,
    here: Evidence,
    there: Evidence,
    pointer: &str,
    contradictions: &mut Vec<Contradiction>,
) -> bool {
    if shape(known) == shape(other) && !is_object(known) && type_of(known) != Some("array") {
        return true;
    }
    if is_object(known) && is_object(other) {
        merge_objects(known, other, pointer, contradictions);
        return true;
    }
    if is_enum(known) && is_enum(other) {
        if other.get("x-heffl-more-options").is_some() {
            known["x-heffl-more-options"] = json!(true);
        }
        if let Some(Value::Array(values)) = known.get_mut("enum") {
            for value in elements(other.get("enum")) {
                if !values.contains(value) {
                    values.push(value.clone());
                }
            }
        }
        return true;
    }
    if type_of(known) == Some("array")
        && type_of(other) == Some("array")
        && let (Some(items), Some(others)) = (known.get_mut("items"), other.get("items"))
    {
        return merge_values(items, others, here, there, pointer, contradictions);
    }
    // A page that names no format says less, and nothing else.
    let without_format = |value: &Value| {
        let mut shape = shape(value);
        shape.shift_remove("format");
        shape
    };
    if (known.get("format").is_none() || other.get("format").is_none())
        && type_of(known) != Some("array")
        && !is_object(known)
        && without_format(known) == without_format(other)
    {
        if let (Value::Object(map), Some(format)) = (known, other.get("format")) {
            map.entry("format").or_insert_with(|| format.clone());
        }
        return true;
    }
    // An object of which nothing is known says less, and nothing else.
    let is_some_object =
        |value: &Value| type_of(value) == Some("object") || schema_name(value).is_some();
    if is_open(other) && is_some_object(known) {
        return true;
    }
    if is_open(known) && is_some_object(other) {
        let place: Map<String, Value> = crate::openapi::map(known.clone())
            .into_iter()
            .filter(|(key, _)| OF_PLACE.contains(&key.as_str()))
            .collect();
        let mut new = shape(other);
        new.extend(place);
        *known = Value::Object(new);
        return true;
    }
    false
}

/// A schema without what it says of its place, and without bounds.
fn shape(schema: &Value) -> Map<String, Value> {
    entries(Some(schema))
        .filter(|(key, _)| !OF_PLACE.contains(&key.as_str()) && !LIMITS.contains(&key.as_str()))
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
        (None, _)
            if ["oneOf", "anyOf", "allOf"]
                .iter()
                .any(|key| schema.get(key).is_some()) =>
        {
            "one of several types".to_owned()
        }
        (None, _) => "any value".to_owned(),
    }
}
