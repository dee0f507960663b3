//! The envelopes of lists: which property holds the list, and how to page through it.

use serde_json::{Value, json};

use crate::openapi::{component_name, type_of};

/// The property of a list envelope that holds the list.
pub(super) fn list_name(envelope: &Value) -> Option<&'static str> {
    let properties = envelope.get("properties")?;
    let is_list = |name: &&str| properties.get(name).and_then(type_of) == Some("array");
    ["data", "items"].into_iter().find(is_list)
}

/// The schema of a list in its envelope.
pub(super) fn list_of(envelope: &Value) -> Option<&Value> {
    envelope["properties"].get(list_name(envelope)?)
}

/// `x-heffl-page`, if the object is the envelope of a list.
/// `schema` finds a component.
pub(super) fn page<'a>(
    object: &Value,
    schema: impl FnOnce(&str) -> Option<&'a Value>,
) -> Option<Value> {
    let mut page = json!({"items": format!("/{}", list_name(object)?)});
    let has_cursor = |object: &Value| {
        ["nextCursor", "hasMore"]
            .iter()
            .all(|name| object["properties"].get(name).is_some())
    };
    let meta = object["properties"].get("meta").and_then(component_name);
    let meta = meta.and_then(schema);
    let place = if has_cursor(object) {
        ""
    } else if meta.is_some_and(has_cursor) {
        "/meta"
    } else {
        return Some(page);
    };
    page["nextCursor"] = json!(format!("{place}/nextCursor"));
    page["hasMore"] = json!(format!("{place}/hasMore"));
    page["cursorParameter"] = json!("cursor");
    Some(page)
}
