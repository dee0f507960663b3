//! Names of places and values for people.

use serde_json::Value;

use super::{
    node::{At, Node, resolve},
    schema_rules::Direction,
};

/// What a place is called, such as `Deal.lineItems[].price` or `data[].id of response 200`.
pub(super) fn subject(at: &At<'_>, direction: Direction) -> String {
    let (root, _, keys) = at.way();
    let mut name = match root.strip_prefix("/components/") {
        Some(component) => component.rsplit('/').next().unwrap_or(component).to_owned(),
        None => String::new(),
    };
    let mut status = None;
    let mut keys = keys.into_iter();
    while let Some((key, _)) = keys.next() {
        match key {
            "parameters" => {
                name = keys
                    .next()
                    .map(|(key, stable)| parameter(stable.unwrap_or(key)))
                    .unwrap_or_default();
            }
            "responses" => status = keys.next().map(|(status, _)| status),
            "x-heffl-filter-kinds" | "operators" => {
                if let Some((member, _)) = keys.next() {
                    member.clone_into(&mut name);
                }
            }
            "headers" => {
                name = keys
                    .next()
                    .map(|(name, _)| name.to_owned())
                    .unwrap_or_default();
            }
            "x-heffl-filters" => {
                if let Some((field, _)) = keys.next() {
                    name.push('.');
                    name.push_str(field);
                }
            }
            "content" | "oneOf" | "anyOf" | "allOf" => drop(keys.next()),
            "items" => name.push_str("[]"),
            "additionalProperties" => name.push_str(".*"),
            "properties" => {
                if let Some((property, _)) = keys.next() {
                    if !name.is_empty() {
                        name.push('.');
                    }
                    name.push_str(property);
                }
            }
            "schema" | "requestBody" => {}
            _ => break,
        }
    }
    match (status, name.is_empty(), direction) {
        (Some(status), true, _) => format!("the body of response {status}"),
        (Some(status), false, _) => format!("`{name}` of response {status}"),
        (None, true, Direction::Request) => "the body".to_owned(),
        (None, true, _) => "the whole".to_owned(),
        (None, false, _) => format!("`{name}`"),
    }
}

/// The name in the stable name of a parameter, which is `query cursor`.
fn parameter(stable: &str) -> String {
    stable
        .split_once(' ')
        .map_or(stable, |(_, name)| name)
        .to_owned()
}

/// The type of a schema in a few words, such as `array of string`. It never names a component, so
/// that it stays while components are renamed.
pub(super) fn shape<'a>(root: &'a Value, schema: &Node<'a>) -> Value {
    const DEEPEST: usize = 6;
    let mut words = String::new();
    let mut schema = resolve(root, schema);
    for _ in 0..DEEPEST {
        if let Some(member) = schema
            .get("allOf")
            .and_then(|members| members.items().next())
            && schema.text("type").is_none()
        {
            schema = resolve(root, &member);
        } else if schema.text("type") == Some("array") {
            words.push_str("array of ");
            schema = resolve(root, &schema.get_or_missing("items", 1));
        } else {
            break;
        }
    }
    words.push_str(schema.text("type").unwrap_or("anything"));
    Value::from(words)
}

/// A value in a sentence.
pub(super) fn value(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}

/// `before → after`, or the one that there is.
pub(super) fn step(before: Option<&Value>, after: Option<&Value>) -> String {
    match (before, after) {
        (Some(before), Some(after)) => format!(": {} → {}", value(before), value(after)),
        (Some(one), None) | (None, Some(one)) => format!(": {}", value(one)),
        (None, None) => String::new(),
    }
}
