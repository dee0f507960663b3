//! Small helpers over JSON values: pointers, references, and a walk over every schema.

use serde_json::{Map, Value, json};

/// One more step of a JSON pointer, escaped.
pub(crate) fn step(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// The entries of an object, none for anything else.
pub(crate) fn entries(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

/// The elements of an array, none for anything else.
pub(crate) fn elements(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

/// A text below `key`.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

/// A flag below `key`, false when absent.
pub(crate) fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// What `#/…` points at.
pub(crate) fn resolve<'a>(root: &'a Value, reference: &str) -> Option<&'a Value> {
    root.pointer(reference.strip_prefix('#')?)
}

/// `value`, or what it refers to when it is a reference. One level: components are not references.
pub(crate) fn follow<'a>(root: &'a Value, value: &'a Value) -> Option<&'a Value> {
    match text(value, "$ref") {
        Some(reference) => resolve(root, reference),
        None => Some(value),
    }
}

/// The component that a property, element or body refers to: by `$ref`, or by an `allOf` of just one.
pub(crate) fn component(schema: &Value) -> Option<&str> {
    let reference =
        text(schema, "$ref").or_else(|| match schema.get("allOf")?.as_array()?.as_slice() {
            [one] => text(one, "$ref"),
            _ => None,
        })?;
    reference.strip_prefix("#/components/schemas/")
}

/// Reads a choice between a schema and null as that schema with `nullable`, so that later stages know one form.
pub(crate) fn read_choices(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(read_choices),
        Value::Object(map) => {
            map.values_mut().for_each(read_choices);
            let choice = map.get("anyOf").and_then(Value::as_array);
            let Some([one, other]) = choice.map(Vec::as_slice) else {
                return;
            };
            let null = json!({"enum": [null]});
            let part = match (*one == null, *other == null) {
                (false, true) => one.clone(),
                (true, false) => other.clone(),
                _ => return,
            };
            map.shift_remove("anyOf");
            map.insert("allOf".to_owned(), json!([part]));
            map.insert("nullable".to_owned(), Value::Bool(true));
        }
        _ => {}
    }
}

/// A reference to a component.
pub(crate) fn reference(name: &str) -> Value {
    let mut map = Map::new();
    map.insert(
        "$ref".to_owned(),
        Value::String(format!("#/components/schemas/{name}")),
    );
    Value::Object(map)
}

/// The bodies of events, under `x-webhooks`: each with the operation that describes its delivery and
/// the pointer of that. Nobody calls these operations; what they carry is read by who receives them.
pub(crate) fn events(root: &Value) -> impl Iterator<Item = (&Value, String)> {
    entries(root.get("x-webhooks")).flat_map(|(name, item)| {
        let at = step("/x-webhooks", name);
        entries(Some(item)).map(move |(method, operation)| (operation, step(&at, method)))
    })
}

/// Calls `visit` for `schema` and every schema inside it, with the pointer of each.
pub(crate) fn walk_schema(schema: &Value, pointer: &str, visit: &mut impl FnMut(&Value, &str)) {
    visit(schema, pointer);
    for (key, property) in entries(schema.get("properties")) {
        walk_schema(property, &step(&step(pointer, "properties"), key), visit);
    }
    for key in ["items", "additionalProperties", "not"] {
        if let Some(inner) = schema.get(key).filter(|inner| inner.is_object()) {
            walk_schema(inner, &step(pointer, key), visit);
        }
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        for (index, inner) in elements(schema.get(key)).enumerate() {
            walk_schema(inner, &format!("{pointer}/{key}/{index}"), visit);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_component_is_found_through_ref_and_single_all_of() {
        assert_eq!(
            component(&json!({"$ref": "#/components/schemas/A"})),
            Some("A")
        );
        assert_eq!(
            component(&json!({"allOf": [{"$ref": "#/components/schemas/A"}], "nullable": true})),
            Some("A")
        );
        assert_eq!(component(&json!({"allOf": [{"type": "string"}]})), None);
        assert_eq!(component(&json!({"type": "string"})), None);
    }

    #[test]
    fn pointers_are_escaped() {
        assert_eq!(step("/paths", "/a/{id}~"), "/paths/~1a~1{id}~0");
    }

    #[test]
    fn the_walk_reaches_every_schema() {
        let schema = json!({
            "properties": {"a": {"type": "array", "items": {"type": "string"}}},
            "additionalProperties": {"oneOf": [{"type": "string"}]},
        });
        let mut seen = Vec::new();
        walk_schema(&schema, "", &mut |_, pointer| seen.push(pointer.to_owned()));
        assert_eq!(
            seen,
            [
                "",
                "/properties/a",
                "/properties/a/items",
                "/additionalProperties",
                "/additionalProperties/oneOf/0"
            ]
        );
    }
}
