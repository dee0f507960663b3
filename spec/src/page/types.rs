//! The pages' notation for types: `string<date-time> | null`, `enum<string>[]`, `object`.

use serde_json::{Map, Value, json};

/// A type as a page prints it. `null` is not an alternative but a flag.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Type {
    /// Schemas of what the value may be, `null` aside. Never empty.
    pub(super) alternatives: Vec<Value>,
    pub(super) nullable: bool,
}

/// More alternatives than this are no type. Types are compared with each other, so many would take long.
const MAX_ALTERNATIVES: usize = 100;

/// Deeper lists are not believed.
const MAX_LISTS: usize = 16;

impl Type {
    /// Reads a type, also one with a list of titled alternatives: `(Text · object | File · object)[]`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some(ty) = Self::parse_plain(text) {
            return Some(ty);
        }
        let (inner, lists) = match text.strip_prefix('(') {
            Some(rest) => rest.rsplit_once(')')?,
            None if text.contains('·') => (text, ""),
            None => return None,
        };
        let untitled: Vec<String> = inner
            .split('|')
            .map(|part| {
                let ty = part.rsplit('·').next().unwrap_or(part).trim();
                if ty == "null" {
                    ty.to_owned()
                } else {
                    format!("{ty}{lists}")
                }
            })
            .collect();
        Self::parse_plain(&untitled.join(" | "))
    }

    fn parse_plain(text: &str) -> Option<Self> {
        let mut ty = Self {
            alternatives: Vec::new(),
            nullable: false,
        };
        for part in text.split('|') {
            let part = part.trim();
            if part == "null" {
                if ty.nullable {
                    return None;
                }
                ty.nullable = true;
            } else if ty.alternatives.len() == MAX_ALTERNATIVES {
                return None;
            } else {
                ty.add(alternative(part)?);
            }
        }
        (!ty.alternatives.is_empty()).then_some(ty)
    }

    /// Adds an alternative unless it is there already; titles aside, it says nothing new then.
    fn add(&mut self, alternative: Value) {
        if !self.alternatives.contains(&alternative) {
            self.alternatives.push(alternative);
        }
    }

    /// Adds the alternatives of a type printed below.
    pub(super) fn join(&mut self, other: &Self) {
        for alternative in &other.alternatives {
            self.add(alternative.clone());
        }
        self.nullable |= other.nullable;
    }

    /// The schema of such a value.
    pub(super) fn schema(mut self) -> Value {
        let mut schema = match self.alternatives.pop() {
            Some(only) if self.alternatives.is_empty() => only,
            last => {
                self.alternatives.extend(last);
                json!({"oneOf": self.alternatives})
            }
        };
        if self.nullable {
            schema["nullable"] = json!(true);
        }
        schema
    }
}

fn alternative(text: &str) -> Option<Value> {
    let mut rest = text;
    let mut lists = 0;
    while let Some(shorter) = rest.strip_suffix("[]") {
        rest = shorter;
        lists += 1;
    }
    let (name, argument) = match rest.split_once('<') {
        Some((name, argument)) => (name, Some(argument.strip_suffix('>')?)),
        None => (rest, None),
    };
    let is_argument = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_./:".contains(c))
    };
    if lists > MAX_LISTS || argument.is_some_and(|argument| !is_argument(argument)) {
        return None;
    }
    let mut schema = match (name, argument) {
        ("any", _) => json!({}),
        ("file", _) => json!({"type": "string", "format": "binary"}),
        // Its values follow further down.
        ("enum", Some("number" | "integer" | "boolean")) => json!({"type": argument, "enum": []}),
        ("enum", _) => json!({"type": "string", "enum": []}),
        ("string" | "number" | "integer", Some(format)) => json!({"type": name, "format": format}),
        ("string" | "number" | "integer" | "boolean" | "object", _) => json!({"type": name}),
        _ => return None,
    };
    for _ in 0..lists {
        schema = json!({"type": "array", "items": schema});
    }
    Some(schema)
}

/// Calls `visit` on the schema, or on those of its alternatives and elements: wherever a single value is
/// described.
pub(super) fn each_value(schema: &mut Value, visit: &mut dyn FnMut(&mut Map<String, Value>)) {
    let Value::Object(map) = schema else { return };
    if let Some(items) = map.get_mut("items") {
        return each_value(items, visit);
    }
    match map.get_mut("oneOf") {
        Some(Value::Array(parts)) => parts.iter_mut().for_each(|part| each_value(part, visit)),
        _ => visit(map),
    }
}

/// Writes what a page says below a field: of a list, bounds of its length are its own, the rest is said of
/// its elements.
pub(super) fn put(schema: &mut Value, key: &str, value: Value) {
    let Value::Object(map) = schema else { return };
    match map.get_mut("items") {
        Some(items) if !key.ends_with("Items") => put(items, key, value),
        _ => {
            map.insert(key.to_owned(), value);
        }
    }
}

/// The schema as [`Type::parse`] would read it, for messages.
pub(super) fn show(schema: &Value) -> String {
    let name = match schema.get("oneOf").and_then(Value::as_array) {
        Some(parts) => parts.iter().map(show).collect::<Vec<_>>().join(" | "),
        None => {
            let text = |key: &str| schema.get(key).and_then(Value::as_str);
            match (text("type"), text("format")) {
                (None, _) => "any".to_owned(),
                (Some("array"), _) => format!("{}[]", show(&schema["items"])),
                (Some(ty), _) if schema.get("enum").is_some() => format!("enum<{ty}>"),
                (Some(ty), Some(format)) => format!("{ty}<{format}>"),
                (Some(ty), None) => ty.to_owned(),
            }
        }
    };
    if schema.get("nullable").is_some() {
        name + " | null"
    } else {
        name
    }
}

/// The value can have properties.
pub(super) fn holds_objects(schema: &Value) -> bool {
    let mut found = false;
    each_value(&mut schema.clone(), &mut |value| {
        found |= value.get("type").is_none_or(|ty| ty == "object");
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_schemas() {
        for (text, expected) in [
            (
                "string<date-time> | null",
                json!({"type": "string", "format": "date-time", "nullable": true}),
            ),
            (
                "enum<string>[]",
                json!({"type": "array", "items": {"type": "string", "enum": []}}),
            ),
            ("any", json!({})),
            ("file", json!({"type": "string", "format": "binary"})),
            (
                "string | integer",
                json!({"oneOf": [{"type": "string"}, {"type": "integer"}]}),
            ),
            (
                "(Text · object | File · object)[]",
                json!({"type": "array", "items": {"type": "object"}}),
            ),
            (
                "(string | null)[]",
                json!({"type": "array", "items": {"type": "string"}, "nullable": true}),
            ),
        ] {
            assert_eq!(
                Type::parse(text).map(Type::schema),
                Some(expected),
                "{text}"
            );
        }
        for text in [
            "",
            "null",
            "null | null",
            "words",
            "string<a b>",
            "string<>",
            "object[",
            "number | gadget",
        ] {
            assert_eq!(Type::parse(text), None, "{text}");
        }
    }

    #[test]
    fn schemas_are_shown_as_pages_print_them() {
        for text in [
            "string<date-time> | null",
            "enum<string>[]",
            "any",
            "string | object[]",
        ] {
            assert_eq!(show(&Type::parse(text).unwrap().schema()), text);
        }
    }
}
