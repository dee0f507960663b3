//! Constraint lines: `Required range: 1 <= x <= 100`, `Maximum string length: 80`, `Pattern: ^a`.

use serde_json::Number;

use crate::record::Limits;

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

    /// Writes `value` into `limits`; `None` when the value cannot be read.
    pub(super) fn apply(self, value: &str, limits: &mut Limits) -> Option<()> {
        match self {
            Self::Range => range(value, limits)?,
            Self::Length => {
                (limits.min_length, limits.max_length) = counts(value)?;
            }
            Self::MinimumLength => limits.min_length = Some(count(value)?),
            Self::MaximumLength => limits.max_length = Some(count(value)?),
            Self::Items => {
                (limits.min_items, limits.max_items) = counts(value)?;
            }
            Self::MinimumItems => limits.min_items = Some(count(value)?),
            Self::MaximumItems => limits.max_items = Some(count(value)?),
            Self::Pattern if value.is_empty() => return None,
            Self::Pattern => limits.pattern = Some(value.to_owned()),
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
fn range(value: &str, limits: &mut Limits) -> Option<()> {
    let words: Vec<_> = value.split_whitespace().collect();
    match words.as_slice() {
        ["x", sign, bound] => upper_or_lower(sign, bound, limits),
        [
            low,
            low_sign @ ("<" | "<="),
            "x",
            high_sign @ ("<" | "<="),
            high,
        ] => {
            limits.minimum = Some(number(low)?);
            limits.exclusive_minimum = *low_sign == "<";
            limits.maximum = Some(number(high)?);
            limits.exclusive_maximum = *high_sign == "<";
            Some(())
        }
        _ => None,
    }
}

fn upper_or_lower(sign: &str, bound: &str, limits: &mut Limits) -> Option<()> {
    let bound = Some(number(bound)?);
    match sign {
        ">" | ">=" => {
            limits.minimum = bound;
            limits.exclusive_minimum = sign == ">";
        }
        "<" | "<=" => {
            limits.maximum = bound;
            limits.exclusive_maximum = sign == "<";
        }
        _ => return None,
    }
    Some(())
}

fn number(text: &str) -> Option<Number> {
    text.parse().ok()
}

/// `1 - 255`, or one number for both.
fn counts(value: &str) -> Option<(Option<u64>, Option<u64>)> {
    if let Some((low, high)) = value.split_once(" - ") {
        return Some((Some(count(low)?), Some(count(high)?)));
    }
    let both = Some(count(value)?);
    Some((both, both))
}

/// A number, with or without the unit that some pages print.
fn count(value: &str) -> Option<u64> {
    let mut words = value.split_whitespace();
    let number = words.next()?.parse().ok()?;
    match words.next() {
        None | Some("characters" | "character" | "elements" | "element") => {
            words.next().is_none().then_some(number)
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Option<&str>) {
        let (label, value) = LimitLabel::split(line).unwrap();
        let mut limits = Limits::default();
        let read = label
            .apply(value, &mut limits)
            .map(|()| serde_json::to_string(&limits).unwrap());
        assert_eq!(read.as_deref(), expected, "{line}");
    }

    #[test]
    fn ranges() {
        check("Required range: x >= 0", Some(r#"{"minimum":0}"#));
        check(
            "Required range: x < 2.5",
            Some(r#"{"maximum":2.5,"exclusive_maximum":true}"#),
        );
        check(
            "Required range: `1 <= x <= 100`",
            Some(r#"{"minimum":1,"maximum":100}"#),
        );
        check(
            "Required range: -1 < x <= 1",
            Some(r#"{"minimum":-1,"maximum":1,"exclusive_minimum":true}"#),
        );
        for bad in ["", "x", "1 <= x", "1 >= x >= 0", "x >= many", "x = 1"] {
            check(&format!("Required range: {bad}"), None);
        }
    }

    #[test]
    fn lengths() {
        check(
            "Required string length: 1 - 255",
            Some(r#"{"min_length":1,"max_length":255}"#),
        );
        check(
            "Required array length: 2 elements",
            Some(r#"{"min_items":2,"max_items":2}"#),
        );
        check("Minimum array length: 1", Some(r#"{"min_items":1}"#));
        check("Maximum string length: some", None);
        check("Maximum string length: -4", None);
    }

    #[test]
    fn patterns() {
        check("Pattern: ^[a-z]+$", Some(r#"{"pattern":"^[a-z]+$"}"#));
        check("Pattern:", None);
    }
}
