//! Constraint lines: `Required range: 1 <= x <= 100`, `Maximum string length: 80`, `Pattern: ^a`.

use serde_json::{Number, Value, json};

use super::types::put;

/// The label of a constraint line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LimitLabel {
    Range,
    Length,
    MinimumLength,
    MaximumLength,
    Items,
    MinimumItems,
    MaximumItems,
    Pattern,
}

const LABELS: [(&str, LimitLabel); 8] = [
    ("Required range:", LimitLabel::Range),
    ("Required string length:", LimitLabel::Length),
    ("Minimum string length:", LimitLabel::MinimumLength),
    ("Maximum string length:", LimitLabel::MaximumLength),
    ("Required array length:", LimitLabel::Items),
    ("Minimum array length:", LimitLabel::MinimumItems),
    ("Maximum array length:", LimitLabel::MaximumItems),
    ("Pattern:", LimitLabel::Pattern),
];

impl LimitLabel {
    /// Splits a constraint line into its label and its value.
    pub(super) fn split(text: &str) -> Option<(Self, &str)> {
        LABELS.iter().find_map(|(words, label)| {
            text.strip_prefix(words)
                .map(|value| (*label, unquote(value.trim())))
        })
    }

    /// Writes `value` into a schema; `None` when the value cannot be read.
    pub(super) fn apply(self, value: &str, schema: &mut Value) -> Option<()> {
        let mut set = |key: &str, value: Value| put(schema, key, value);
        match self {
            Self::Range => range(value, &mut set)?,
            Self::Length => {
                let (least, most) = counts(value)?;
                set("minLength", least);
                set("maxLength", most);
            }
            Self::MinimumLength => set("minLength", count(value)?),
            Self::MaximumLength => set("maxLength", count(value)?),
            Self::Items => {
                let (least, most) = counts(value)?;
                set("minItems", least);
                set("maxItems", most);
            }
            Self::MinimumItems => set("minItems", count(value)?),
            Self::MaximumItems => set("maxItems", count(value)?),
            Self::Pattern if value.is_empty() => return None,
            Self::Pattern => set("pattern", json!(value)),
        }
        Some(())
    }
}

/// Some dumps set values in backticks.
fn unquote(value: &str) -> &str {
    value
        .strip_prefix('`')
        .and_then(|inner| inner.strip_suffix('`'))
        .unwrap_or(value)
}

/// `x >= 0`, `x < 5`, `1 <= x <= 100`.
fn range(value: &str, set: &mut dyn FnMut(&str, Value)) -> Option<()> {
    let words: Vec<_> = value.split_whitespace().collect();
    match words.as_slice() {
        ["x", sign @ (">" | ">="), bound] => {
            set_bound("minimum", "exclusiveMinimum", bound, *sign == ">", set)
        }
        ["x", sign @ ("<" | "<="), bound] => {
            set_bound("maximum", "exclusiveMaximum", bound, *sign == "<", set)
        }
        [
            low,
            low_sign @ ("<" | "<="),
            "x",
            high_sign @ ("<" | "<="),
            high,
        ] => {
            set_bound("minimum", "exclusiveMinimum", low, *low_sign == "<", set)?;
            set_bound("maximum", "exclusiveMaximum", high, *high_sign == "<", set)
        }
        _ => None,
    }
}

fn set_bound(
    key: &str,
    flag: &str,
    bound: &str,
    is_excluded: bool,
    set: &mut dyn FnMut(&str, Value),
) -> Option<()> {
    set(key, Value::Number(bound.parse::<Number>().ok()?));
    if is_excluded {
        set(flag, json!(true));
    }
    Some(())
}

/// `1 - 255`, or one number for both.
fn counts(value: &str) -> Option<(Value, Value)> {
    if let Some((low, high)) = value.split_once(" - ") {
        return Some((count(low)?, count(high)?));
    }
    let both = count(value)?;
    Some((both.clone(), both))
}

/// A number, with or without the unit that some pages print.
fn count(value: &str) -> Option<Value> {
    let mut words = value.split_whitespace();
    let number: u64 = words.next()?.parse().ok()?;
    match words.next() {
        None | Some("characters" | "character" | "elements" | "element") => {
            words.next().is_none().then_some(json!(number))
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Option<&str>) {
        let (label, value) = LimitLabel::split(line).unwrap();
        let mut schema = json!({});
        let read = label.apply(value, &mut schema).map(|()| schema.to_string());
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
    fn lengths() {
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
    }

    #[test]
    fn patterns() {
        check("Pattern: ^[a-z]+$", Some(r#"{"pattern":"^[a-z]+$"}"#));
        check("Pattern:", None);
    }
}
