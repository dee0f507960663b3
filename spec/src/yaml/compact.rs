//! The layout of files that people edit: a value that fits on a line is on one line.

use serde_json::Value;

use super::is_misread;

/// The longest line.
const WIDTH: usize = 120;

/// The deepest nesting of brackets on one line.
const DEPTH: usize = 3;

/// Writes a JSON value as YAML, with small objects and lists on one line each. The same value always
/// gives the same bytes.
pub fn write_compact(value: &Value) -> String {
    let mut out = String::new();
    if is_flat(value) {
        out = flow(value) + "\n";
    } else {
        block(value, 0, &mut out);
    }
    out
}

/// Whether the value is empty.
fn is_flat(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => true,
    }
}

/// Writes a value that is not empty on several lines, the first of which may have started.
fn block(value: &Value, indent: usize, out: &mut String) {
    let margin = " ".repeat(indent);
    for (key, inner) in value.as_object().into_iter().flatten() {
        if out.is_empty() || out.ends_with('\n') {
            out.push_str(&margin);
        }
        let key = scalar(key);
        out.push_str(&key);
        out.push(':');
        // A list has the indentation of its key.
        let deeper = if inner.is_array() { indent } else { indent + 2 };
        after_key(inner, indent + key.chars().count() + 2, deeper, out);
    }
    for inner in value.as_array().into_iter().flatten() {
        out.push_str(&margin);
        out.push('-');
        if inner.is_object() && !is_flat(inner) && !fits(inner, indent + 2) {
            out.push(' ');
            block(inner, indent + 2, out);
        } else {
            after_key(inner, indent + 2, indent + 2, out);
        }
    }
}

/// Writes the value after a key or a dash: on the same line, or on the lines below.
fn after_key(value: &Value, column: usize, deeper: usize, out: &mut String) {
    if is_flat(value) || fits(value, column) {
        out.extend([" ", &flow(value), "\n"]);
    } else {
        out.push('\n');
        block(value, deeper, out);
    }
}

fn fits(value: &Value, column: usize) -> bool {
    depth(value) <= DEPTH && column + flow(value).chars().count() <= WIDTH
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or_default(),
        Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

fn flow(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let entry = |(key, value): (&String, _)| format!("{}: {}", scalar(key), flow(value));
            let entries: Vec<String> = map.iter().map(entry).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Array(list) => {
            let items: Vec<String> = list.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Value::String(text) => scalar(text),
        other => other.to_string(),
    }
}

/// Text, in quotes unless every YAML reader reads it as text without them.
fn scalar(text: &str) -> String {
    let is_plain =
        |character: char| character.is_ascii_alphanumeric() || "_./$- ".contains(character);
    let starts_plain =
        text.starts_with(|first: char| first.is_ascii_alphabetic() || "_/$".contains(first));
    let is_plain = starts_plain && text.chars().all(is_plain) && !text.ends_with(' ');
    if is_plain && !is_misread(text) {
        text.to_owned()
    } else if text.chars().any(char::is_control) || text.contains(is_special) {
        // JSON is YAML, with the escapes that single quotes do not have.
        let quoted: String = Value::from(text).to_string();
        let escape = |character: char| -> String {
            if character.is_control() || is_special(character) {
                format!("\\u{:04x}", u32::from(character))
            } else {
                character.to_string()
            }
        };
        quoted.chars().map(escape).collect()
    } else if text.contains('\'') && !text.contains(['"', '\\']) {
        format!("\"{text}\"")
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

/// Characters that YAML must escape, or reads as the end of a line.
fn is_special(character: char) -> bool {
    matches!(
        character,
        '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::yaml::{read, tests::any_value};

    #[test]
    fn values_that_fit_on_a_line_are_on_one_line() {
        let long = "word ".repeat(30) + "end";
        let value = json!({
            "paths": {"/gadgets/{id}": {"get": {"parameters": [{"name": "id", "in": "path", "schema": {"type": "string"}}]}}},
            "empty": {},
            "long": {"a": long, "b": ["x", "on", "1"]},
        });
        let expected = format!(
            "paths:\n  '/gadgets/{{id}}':\n    get:\n      parameters: [{{name: id, in: path, schema: {{type: string}}}}]\nempty: {{}}\nlong:\n  a: {long}\n  b: [x, 'on', '1']\n"
        );
        assert_eq!(write_compact(&value), expected);
        assert_eq!(read(&expected, "x").unwrap(), value);
    }

    proptest! {
        #[test]
        fn written_values_are_read_back(value in any_value()) {
            let text = write_compact(&value);
            prop_assert_eq!(read(&text, "x").unwrap(), value);
        }
    }
}
