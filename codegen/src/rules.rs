//! `x-heffl-rules`: rules about several fields of an object.

use serde_json::Value;

use crate::json::{elements, entries, text};

/// One rule. Fields are named by their keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule<'a> {
    /// Both or neither.
    Together(&'a str, &'a str),
    /// If a field has a value, another field is required.
    When {
        /// The field.
        key: &'a str,
        /// Its value.
        value: &'a str,
        /// The other field.
        needs: &'a str,
    },
}

impl<'a> Rule<'a> {
    /// Reads one rule.
    ///
    /// # Errors
    ///
    /// The text of the problem.
    pub fn read(value: &'a Value) -> Result<Self, &'static str> {
        let together: Vec<&str> = elements(value.get("together"))
            .filter_map(Value::as_str)
            .collect();
        match (together.as_slice(), text(value, "when")) {
            ([one, other], None) => Ok(Self::Together(one, other)),
            ([], Some(key)) => Ok(Self::When {
                key,
                value: text(value, "is")
                    .ok_or("a rule with `when` needs `is`: the value of that field")?,
                needs: text(value, "needs").ok_or("a rule with `when` says what it `needs`")?,
            }),
            _ => Err("a rule names two fields with `together`, or one with `when`"),
        }
    }

    /// For a rule with `together` whose two fields name a record: the values of the first field, each with the kind of
    /// identifier in the second. Empty if they name no records.
    pub fn kinds(value: &'a Value) -> impl Iterator<Item = (&'a str, &'a str)> {
        entries(value.get("kinds")).filter_map(|(value, of)| Some((value.as_str(), of.as_str()?)))
    }

    /// The fields that the rule names.
    pub fn keys(self) -> [&'a str; 2] {
        match self {
            Self::Together(one, other) => [one, other],
            Self::When { key, needs, .. } => [key, needs],
        }
    }
}
