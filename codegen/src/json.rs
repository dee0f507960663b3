//! Small helpers over JSON values: pointers, references, and a walk over every schema.

use std::{borrow::Cow, collections::BTreeSet};

use serde_json::{Value, json};

/// One more step of a JSON pointer, escaped.
pub(crate) fn step(pointer: &str, key: &str) -> String {
    [pointer, "/", &escaped(key)].concat()
}

fn escaped(key: &str) -> Cow<'_, str> {
    if key.contains(['~', '/']) {
        Cow::Owned(key.replace('~', "~0").replace('/', "~1"))
    } else {
        Cow::Borrowed(key)
    }
}

/// The entries of an object; empty for other values.
pub(crate) fn entries(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

/// The elements of an array; empty for other values.
pub(crate) fn elements(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

/// The texts in an array; empty for other values.
pub(crate) fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    elements(value).filter_map(Value::as_str)
}

/// The place in the document, or the place around it if there is no value.
pub(crate) fn nearest<'a>(root: &Value, at: &'a str) -> &'a str {
    let outer = std::iter::successors(Some(at), |at| Some(at.rsplit_once('/')?.0));
    let mut places = outer.filter(|at| root.pointer(at).is_some());
    places.next().unwrap_or_default()
}

/// A text below `key`.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

/// A flag below `key`, false when absent.
pub(crate) fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// The target of `#/…`. A pointer in a URL may be percent-encoded.
pub(crate) fn resolve<'a>(root: &'a Value, reference: &str) -> Option<&'a Value> {
    let pointer = reference.strip_prefix('#')?;
    root.pointer(pointer)
        .or_else(|| root.pointer(&percent_decoded(pointer)))
}

/// The percent-decoded text; unchanged if the result is not UTF-8.
pub(crate) fn percent_decoded(text: &str) -> Cow<'_, str> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    decoded.unwrap_or(Cow::Borrowed(text))
}

/// `value`, or its target if it is a reference. One step is enough: components are not references.
pub(crate) fn follow<'a>(root: &'a Value, value: &'a Value) -> Option<&'a Value> {
    match text(value, "$ref") {
        Some(reference) => resolve(root, reference),
        None => Some(value),
    }
}

/// The schema of a component.
pub(crate) fn schema_of<'a>(root: &'a Value, name: &str) -> Option<&'a Value> {
    root.pointer(&step("/components/schemas", name))
}

/// The schema of the JSON in a body or a response.
pub(crate) fn json_schema(holder: &Value) -> Option<&Value> {
    holder.pointer("/content/application~1json/schema")
}

/// All operations, with path and method.
pub(crate) fn operations(root: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    entries(root.get("paths")).flat_map(|(path, item)| {
        let operations = entries(Some(item));
        operations.map(move |(method, operation)| (path, method, operation))
    })
}

/// The parameters of an operation, with those of its path before them.
pub(crate) fn parameters<'a>(
    root: &'a Value,
    path: &str,
    operation: &'a Value,
) -> impl Iterator<Item = &'a Value> {
    let item = root.get("paths").and_then(|paths| paths.get(path));
    let holders = [item, Some(operation)].into_iter().flatten();
    let parameters = holders.flat_map(|holder| elements(holder.get("parameters")));
    parameters.filter_map(|parameter| follow(root, parameter))
}

/// The component that a property, element or body refers to: by `$ref`, or by an `allOf` with one part.
pub(crate) fn component(schema: &Value) -> Option<&str> {
    let reference =
        text(schema, "$ref").or_else(|| match schema.get("allOf")?.as_array()?.as_slice() {
            [one] => text(one, "$ref"),
            _ => None,
        })?;
    reference.strip_prefix("#/components/schemas/")
}

/// Converts a choice between a schema and null to that schema with `nullable`, so that later stages handle one form.
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

/// The normal schemas inside a normal schema: of its members, its items, its values, its alternatives, and its leaves.
pub(crate) fn inner(schema: &Value) -> impl Iterator<Item = &Value> {
    let members = entries(schema.get("properties"));
    let leaves = entries(schema.pointer("/x-heffl-codegen-foreign/places"));
    let alternatives = elements(schema.get("x-heffl-codegen-choice"));
    let alternatives = alternatives.filter_map(|alternative| alternative.get("schema"));
    let others = [schema.get("items"), schema.get("additionalProperties")];
    let named = members.chain(leaves).map(|(_, schema)| schema);
    named
        .chain(alternatives)
        .chain(others.into_iter().flatten())
}

/// Notes the components that a normal schema reaches.
pub(crate) fn reach(root: &Value, schema: &Value, names: &mut BTreeSet<String>) {
    if let Some(name) = component(schema)
        && names.insert(name.to_owned())
        && let Some(schema) = schema_of(root, name)
    {
        reach(root, schema, names);
    }
    for schema in inner(schema) {
        reach(root, schema, names);
    }
}

/// Visits a value, and the objects and lists in it, each with its location and depth. If `visit` returns false for a
/// value, the values in it are skipped.
pub(crate) fn walk<'a>(
    value: &'a Value,
    at: &mut String,
    depth: usize,
    visit: &mut impl FnMut(&'a Value, &str, usize) -> bool,
) {
    if !(value.is_object() || value.is_array()) || !visit(value, at, depth) {
        return;
    }
    let end = at.len();
    let mut inside = |key: &str, inner| {
        at.push('/');
        at.push_str(key);
        walk(inner, at, depth + 1, visit);
        at.truncate(end);
    };
    for (key, inner) in entries(Some(value)) {
        inside(&escaped(key), inner);
    }
    for (index, inner) in elements(Some(value)).enumerate() {
        inside(&index.to_string(), inner);
    }
}

/// A reference to a component.
pub(crate) fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
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
}
