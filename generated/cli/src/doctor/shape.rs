//! The shape of a response: names and JSON types, without values.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::table::CUSTOM_FIELD;

/// The JSON types at each path, such as `data[].id`.
pub(super) type Shape = BTreeMap<String, BTreeSet<&'static str>>;

/// The shape of a body.
pub(super) fn of(body: &Value) -> Shape {
    let mut shape = Shape::new();
    add(&mut shape, "", body);
    shape
}

fn add(shape: &mut Shape, path: &str, value: &Value) {
    shape
        .entry(path.to_owned())
        .or_default()
        .insert(type_of(value));
    match value {
        Value::Array(items) => {
            let path = format!("{path}[]");
            for item in items {
                add(shape, &path, item);
            }
        }
        Value::Object(members) => {
            for (key, value) in members {
                add(shape, &below(path, name(key)), value);
            }
        }
        _ => {}
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// The key in the report. It hides the keys of custom fields, which the workspace chose, and keys that may be data.
pub(super) fn name(key: &str) -> &str {
    let letters = key
        .strip_suffix(|last: char| last.is_ascii_digit())
        .unwrap_or(key);
    let is_name = letters.starts_with(|first: char| first.is_ascii_alphabetic())
        && letters
            .chars()
            .all(|it| it.is_ascii_alphabetic() || it == '_')
        && key.len() <= 40;
    if key.starts_with(CUSTOM_FIELD) {
        "cf_*"
    } else if is_name {
        key
    } else {
        "*"
    }
}

/// A path of the client, such as `data[3].cf_region`, without indexes and without names of the workspace.
pub(super) fn path(path: &str) -> String {
    let mut plain = String::new();
    for step in path.split('.') {
        let (key, indexes) = step.split_at(step.find('[').unwrap_or(step.len()));
        let key = if key.is_empty() { key } else { name(key) };
        let count = indexes.matches('[').count();
        plain = format!("{}{}", below(&plain, key), "[]".repeat(count));
    }
    plain
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{name, of, path};

    #[test]
    fn a_shape_has_names_and_types_and_no_values() {
        let body = json!({
            "data": [
                {"id": "dl_1", "price": 3, "cf_secret_plan": "x", "address1": null},
                {"id": "dl_2", "price": 2.5, "owners": {"ada@example.com": 1, "usr_000001": 2}},
            ],
        });
        let shape = of(&body);
        let text = serde_json::to_string(&shape).unwrap();
        for value in ["dl_1", "secret", "ada", "usr", "2.5"] {
            assert!(!text.contains(value), "{text}");
        }
        let types = |path: &str| shape[path].iter().copied().collect::<Vec<_>>();
        assert_eq!(types("data[].price"), ["integer", "number"]);
        assert_eq!(types("data[].address1"), ["null"]);
        assert_eq!(types("data[].cf_*"), ["string"]);
        assert_eq!(types("data[].owners.*"), ["integer"]);
    }

    #[test]
    fn paths_have_no_indexes() {
        assert_eq!(path("data[3].lines[0].price"), "data[].lines[].price");
        assert_eq!(path("data[3].cf_region"), "data[].cf_*");
        assert_eq!(path("[2].id"), "[].id");
        for key in ["", "2026", "a b", "usr_01", "größe"] {
            assert_eq!(name(key), "*", "{key}");
        }
    }
}
