//! Reads a definition from the members of its JSON object.

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
        Some(Value::String(name)) => Some(name),
        None | Some(Value::Null) => None,
        Some(other) => Some(other.to_string()),
    };
    let mut kind = type_name
        .as_deref()
        .and_then(Kind::named)
        .unwrap_or(Kind::Json);
    let mut options = Vec::new();
    if kind.has_options() {
        match options::find(&details) {
            Options::Values(key, values) => {
                details.remove(&key);
                options = values;
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
    /// The reason for the Rust type, if it is not the obvious one.
    pub fn note(&self) -> Option<&'static str> {
        let named = self.type_name.as_deref().and_then(Kind::named);
        match (named, self.kind) {
            (None | Some(Kind::Json), _) => {
                Some("The form of values of this type is not known, so they stay JSON.")
            }
            (Some(Kind::Choice | Kind::Choices), Kind::Json) => {
                Some("It is not clear which values the options stand for, so values stay JSON.")
            }
            (Some(Kind::Choice | Kind::Choices), Kind::Text | Kind::Texts) => {
                Some("The definition lists no options.")
            }
            _ => None,
        }
    }

    /// Whether two definitions are equal apart from their place.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let moved = Self {
            place: other.place.clone(),
            ..self.clone()
        };
        moved == *other
    }
}
