//! From the members of a definition to what it says.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    definitions::{Definition, Place},
    kind::Kind,
    options::{self, Options},
};

pub(super) fn definition(
    key: String,
    mut details: BTreeMap<String, Value>,
    place: Place,
) -> Definition {
    let label = match details.remove("label") {
        Some(Value::String(label)) => Some(label),
        _ => None,
    };
    let type_name = match details.remove("type") {
        Some(Value::String(word)) => Some(word),
        None | Some(Value::Null) => None,
        Some(other) => Some(other.to_string()),
    };
    let mut kind = type_name
        .as_deref()
        .and_then(Kind::of)
        .unwrap_or(Kind::Json);
    let mut options = Vec::new();
    if kind.has_options() {
        match options::find(&details) {
            Options::Words(key, words) => {
                details.remove(&key);
                options = words;
            }
            Options::None => kind = kind.without_options(),
            Options::Unclear => kind = Kind::Json,
        }
    }
    Definition {
        key,
        label,
        type_name,
        kind,
        options,
        details,
        place,
    }
}

impl Definition {
    /// What a user should know about the type, where it is not the obvious one.
    pub fn note(&self) -> Option<&'static str> {
        let word = self.type_name.as_deref().and_then(Kind::of);
        match (word, self.kind) {
            (None | Some(Kind::Json), _) => {
                Some("What values of this type look like is not known, so that they stay JSON.")
            }
            (Some(Kind::Choice | Kind::Choices), Kind::Json) => {
                Some("The options do not tell what records hold, so that values stay JSON.")
            }
            (Some(Kind::Choice | Kind::Choices), Kind::Text | Kind::Texts) => {
                Some("The definition lists no options.")
            }
            _ => None,
        }
    }

    /// Whether two definitions differ in nothing but their place.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        let there = Self {
            place: other.place.clone(),
            ..self.clone()
        };
        there == *other
    }
}
