//! Reads the notation of pages for types (`string<date-time> | null`), literals and bounds.

use serde_json::{Map, Value, json};

use crate::openapi::{elements, type_of};

/// The largest number of alternatives in a type; comparing more would take too long.
const MAX_ALTERNATIVES: usize = 100;

/// The deepest nesting of lists; deeper ones are a misread page.
const MAX_LISTS: usize = 16;

/// The schema of types that a page prints on consecutive lines: they are alternatives. A list of titled
/// alternatives is also a type: `(Text · object | File · object)[]`.
pub(super) fn schema<'a>(texts: impl IntoIterator<Item = &'a str>) -> Option<Value> {
    let mut alternatives = Vec::new();
    let mut is_nullable = false;
    for text in texts {
        let (inner, lists) = match text.strip_prefix('(') {
            Some(rest) => rest.rsplit_once(')')?,
            None => (text, ""),
        };
        let mut has_null = false;
        for part in inner.split('|') {
            let ty = part.rsplit('·').next().unwrap_or(part).trim();
            if ty == "null" {
                if std::mem::replace(&mut has_null, true) {
                    return None;
                }
                continue;
            }
            let schema = alternative(&format!("{ty}{lists}"))?;
            // A selector repeats the alternative that it shows, without its title.
            if !alternatives.contains(&schema) {
                alternatives.push(schema);
            }
            if alternatives.len() > MAX_ALTERNATIVES {
                return None;
            }
        }
        is_nullable |= has_null;
    }
    let mut schema = match alternatives.len() {
        0 => return None,
        1 => alternatives.remove(0),
        _ => json!({"oneOf": alternatives}),
    };
    if is_nullable {
        schema["nullable"] = json!(true);
    }
    Some(schema)
}

pub(super) fn is_type(text: &str) -> bool {
    schema([text]).is_some()
}

/// Whether the text starts like a type.
pub(super) fn looks_like_type(text: &str) -> bool {
    const WORDS: [&str; 9] = [
        "string", "number", "integer", "boolean", "object", "any", "file", "enum", "null",
    ];
    let starts = |word: &str| {
        let rest = text.strip_prefix(word);
        rest.is_some_and(|rest| rest.starts_with(['<', '[']) || rest.starts_with(" |"))
    };
    matches!(text, "null" | "enum") || WORDS.into_iter().any(starts)
}

fn alternative(text: &str) -> Option<Value> {
    let plain = text.trim_end_matches("[]");
    let lists = (text.len() - plain.len()) / 2;
    let (name, argument) = match plain.split_once('<') {
        Some((name, argument)) => (name, Some(argument.strip_suffix('>')?)),
        None => (plain, None),
    };
    let is_argument = |text: &str| {
        let mut letters = text.chars();
        !text.is_empty() && letters.all(|c| c.is_ascii_alphanumeric() || "-_./:".contains(c))
    };
    if lists > MAX_LISTS || argument.is_some_and(|argument| !is_argument(argument)) {
        return None;
    }
    let mut schema = match (name, argument) {
        ("any", _) => json!({}),
        ("file", _) => json!({"type": "string", "format": "binary"}),
        // Its values follow on later lines.
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

/// Calls `visit` on the schema, or on the schemas of its alternatives and elements: every schema of a single
/// value.
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

/// Calls `visit` on the objects that a value may be.
pub(super) fn each_object(schema: &mut Value, visit: &mut dyn FnMut(&mut Map<String, Value>)) {
    each_value(schema, &mut |value| {
        if value.get("type").is_some_and(|ty| ty == "object") {
            visit(value);
        }
    });
}

/// Adds the facts below a field to its schema. For a list, the bounds of its length belong to the list, all others to
/// its elements.
pub(super) fn put(schema: &mut Value, key: &str, value: Value) {
    let Value::Object(map) = schema else { return };
    match map.get_mut("items") {
        Some(items) if !key.ends_with("Items") => put(items, key, value),
        _ => drop(map.insert(key.to_owned(), value)),
    }
}

/// The value of `text` as a default of this schema.
pub(super) fn literal(text: &str, schema: &Value) -> Option<Value> {
    if schema.get("oneOf").is_some() {
        return elements(schema.get("oneOf")).find_map(|part| literal(text, part));
    }
    let json = serde_json::from_str::<Value>(text).ok();
    match type_of(schema) {
        None => Some(json.unwrap_or_else(|| text.into())),
        // Some dumps print texts with their quotation marks.
        Some("string") => {
            let quoted = text.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
            Some(quoted.unwrap_or(text).into())
        }
        Some(ty) => json.filter(|json| match ty {
            "array" => json.is_array(),
            "boolean" => json.is_boolean(),
            "integer" => json.is_i64() || json.is_u64(),
            "number" => json.is_number(),
            _ => json.is_object(),
        }),
    }
}

/// The value of `text` as an option of this schema. The options of a list are options of its elements.
pub(super) fn option(text: &str, schema: &Value) -> Option<Value> {
    match (schema.get("oneOf"), schema.get("items")) {
        (Some(parts), _) => elements(Some(parts)).find_map(|part| option(text, part)),
        (_, Some(items)) => option(text, items),
        _ => literal(text, schema),
    }
}

/// The labels of bounds, and the keywords that take their numbers.
const BOUNDS: [(&str, &[&str]); 8] = [
    ("Required range:", &[]),
    ("Required string length:", &["minLength", "maxLength"]),
    ("Minimum string length:", &["minLength"]),
    ("Maximum string length:", &["maxLength"]),
    ("Required array length:", &["minItems", "maxItems"]),
    ("Minimum array length:", &["minItems"]),
    ("Maximum array length:", &["maxItems"]),
    ("Pattern:", &["pattern"]),
];

/// Splits the line of a bound into its keywords and its value. Some dumps set values in backticks.
pub(super) fn bound(text: &str) -> Option<(&'static [&'static str], &str)> {
    BOUNDS.iter().find_map(|(label, keywords)| {
        let value = text.strip_prefix(label)?.trim();
        let quoted = value.strip_prefix('`').and_then(|it| it.strip_suffix('`'));
        Some((*keywords, quoted.unwrap_or(value)))
    })
}

/// Writes a bound into a schema; `None` if its value cannot be read.
pub(super) fn put_bound(keywords: &[&str], value: &str, schema: &mut Value) -> Option<()> {
    if keywords.is_empty() {
        return put_range(value, schema);
    }
    if keywords == ["pattern"] {
        return (!value.is_empty()).then(|| put(schema, "pattern", value.into()));
    }
    let counts: Vec<u64> = value.split(" - ").map(count).collect::<Option<_>>()?;
    let counts = match (keywords.len(), counts.as_slice()) {
        (2, [both]) => [*both, *both],
        (1, [one]) => [*one, 0],
        (2, [least, most]) => [*least, *most],
        _ => return None,
    };
    for (keyword, count) in keywords.iter().zip(counts) {
        put(schema, keyword, count.into());
    }
    Some(())
}

/// A number, with or without the unit that some pages print.
fn count(value: &str) -> Option<u64> {
    match *value.split_whitespace().collect::<Vec<_>>().as_slice() {
        [number] | [number, "characters" | "character" | "elements" | "element"] => {
            number.parse().ok()
        }
        _ => None,
    }
}

/// `x >= 0`, `x < 5`, `1 <= x <= 100`.
fn put_range(value: &str, schema: &mut Value) -> Option<()> {
    let words: Vec<_> = value.split_whitespace().collect();
    let bounds = match *words.as_slice() {
        ["x", sign, bound] => vec![(sign, bound)],
        [low, "<", "x", sign @ ("<" | "<="), high] => vec![(">", low), (sign, high)],
        [low, "<=", "x", sign @ ("<" | "<="), high] => vec![(">=", low), (sign, high)],
        _ => return None,
    };
    for (sign, bound) in bounds {
        let (keyword, excluded) = match sign {
            ">" => ("minimum", Some("exclusiveMinimum")),
            ">=" => ("minimum", None),
            "<" => ("maximum", Some("exclusiveMaximum")),
            "<=" => ("maximum", None),
            _ => return None,
        };
        put(schema, keyword, Value::Number(bound.parse().ok()?));
        if let Some(excluded) = excluded {
            put(schema, excluded, json!(true));
        }
    }
    Some(())
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
            assert_eq!(schema([text]), Some(expected), "{text}");
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
            assert!(!is_type(text), "{text}");
        }
    }

    #[test]
    fn unreadable_types_are_distinguished_from_prose() {
        for text in ["string<two words>", "null", "object[", "number | gadget"] {
            assert!(looks_like_type(text), "{text}");
        }
        assert!(!looks_like_type("string of characters"));
    }

    #[test]
    fn defaults_have_the_type_of_their_field() {
        for (text, ty, expected) in [
            ("false", "boolean", Some(json!(false))),
            ("30", "integer", Some(json!(30))),
            ("0", "number", Some(json!(0))),
            ("DRAFT", "enum<string>", Some(json!("DRAFT"))),
            ("2", "enum<number>", Some(json!(2))),
            ("30", "string", Some(json!("30"))),
            ("", "string", Some(json!(""))),
            ("[]", "string[]", Some(json!([]))),
            ("4", "boolean | number", Some(json!(4))),
            ("many", "number", None),
            ("1.5", "integer", None),
            ("", "boolean", None),
            ("red", "string[]", None),
        ] {
            let schema = schema([ty]).unwrap();
            assert_eq!(literal(text, &schema), expected, "{text} as {ty}");
        }
    }

    #[test]
    fn options_of_a_list_are_options_of_its_elements() {
        let ty = schema(["enum<number>[]"]).unwrap();
        assert_eq!(option("3", &ty), Some(json!(3)));
        assert_eq!(option("three", &ty), None);
    }

    fn check(line: &str, expected: Option<&str>) {
        let (keywords, value) = bound(line).unwrap();
        let mut schema = json!({});
        let read = put_bound(keywords, value, &mut schema).map(|()| schema.to_string());
        assert_eq!(read.as_deref(), expected, "{line}");
    }

    #[test]
    fn ranges() {
        check("Required range: x >= 0", Some(r#"{"minimum":0}"#));
        check(
            "Required range: x < 2.5",
            Some(r#"{"maximum":2.5,"exclusiveMaximum":true}"#),
        );
        check(
            "Required range: `1 <= x <= 100`",
            Some(r#"{"minimum":1,"maximum":100}"#),
        );
        check(
            "Required range: -1 < x <= 1",
            Some(r#"{"minimum":-1,"exclusiveMinimum":true,"maximum":1}"#),
        );
        for bad in ["", "x", "1 <= x", "1 >= x >= 0", "x >= many", "x = 1"] {
            check(&format!("Required range: {bad}"), None);
        }
    }

    #[test]
    fn lengths_and_patterns() {
        check(
            "Required string length: 1 - 255",
            Some(r#"{"minLength":1,"maxLength":255}"#),
        );
        check(
            "Required array length: 2 elements",
            Some(r#"{"minItems":2,"maxItems":2}"#),
        );
        check("Minimum array length: 1", Some(r#"{"minItems":1}"#));
        check("Maximum string length: some", None);
        check("Maximum string length: -4", None);
        check("Maximum string length: 1 - 4", None);
        check("Pattern: ^[a-z]+$", Some(r#"{"pattern":"^[a-z]+$"}"#));
        check("Pattern:", None);
    }
}
