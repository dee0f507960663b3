//! Compares JSON values by their meaning.

use serde_json::Value;

/// The first difference between two values. A null field and an absent one are the
/// same, and so are 1 and 1.0.
pub fn difference(left: &Value, right: &Value) -> Option<String> {
    differences(left, right)
        .into_iter()
        .next()
        .map(|found| found.to_string())
}

/// A difference between two values.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// JSON pointer.
    pub at: String,
    pub left: Value,
    pub right: Value,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { at, left, right } = self;
        write!(f, "`{at}`: {left} and {right}")
    }
}

/// All differences between two values; see [`difference`].
pub fn differences(left: &Value, right: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare("", left, right, &mut found);
    found
}

fn compare(at: &str, left: &Value, right: &Value, found: &mut Vec<Difference>) {
    match (left, right) {
        (Value::Object(some), Value::Object(others)) => {
            let mut names: Vec<&String> = some.keys().collect();
            names.extend(others.keys().filter(|name| !some.contains_key(*name)));
            for name in names {
                let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                let of = |map: &'_ serde_json::Map<String, Value>| {
                    map.get(name).cloned().unwrap_or_default()
                };
                compare(&at, &of(some), &of(others), found);
            }
        }
        (Value::Array(some), Value::Array(others)) if some.len() == others.len() => {
            for (index, (left, right)) in some.iter().zip(others).enumerate() {
                compare(&format!("{at}/{index}"), left, right, found);
            }
        }
        (Value::Number(some), Value::Number(other)) if some.as_f64() == other.as_f64() => {}
        _ if left == right => {}
        _ => found.push(Difference {
            at: at.to_owned(),
            left: left.clone(),
            right: right.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn null_and_absent_are_the_same_and_so_are_1_and_1_0() {
        let cases = [
            (json!({"a": null}), json!({}), None),
            (json!([1, {"b": 2.5}]), json!([1.0, {"b": 2.5}]), None),
            (json!({"a": 1}), json!({}), Some("`/a`: 1 and null")),
            (json!([1]), json!([1, 2]), Some("``: [1] and [1,2]")),
            (
                json!({"a": [{"b/c": "1"}]}),
                json!({"a": [{"b/c": 1}]}),
                Some("`/a/0/b~1c`: \"1\" and 1"),
            ),
        ];
        for (left, right, expected) in cases {
            assert_eq!(difference(&left, &right).as_deref(), expected);
        }
    }
}
