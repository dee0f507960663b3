//! What the comparison reads of an object: its keys, and the form of their values.

use serde_json::Value;

/// What the value of a key must be, for the comparison to read it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    Anything,
    Flag,
    Number,
    Text,
    Texts,
    List,
    Object,
    Objects,
    /// A text, or a list of texts.
    TextOrTexts,
    /// A truth value or an object.
    FlagOrObject,
    /// A truth value in OpenAPI 3.0, a number since 3.1.
    FlagOrNumber,
}

/// The keys that are read of some kind of object.
pub(super) type Known = [(&'static str, Form)];

impl Form {
    pub(super) fn fits(self, value: &Value) -> bool {
        let all = |test: fn(&Value) -> bool| {
            let items = value.as_array();
            items.is_some_and(|items| items.iter().all(test))
        };
        match self {
            Self::Anything => true,
            Self::Flag => value.is_boolean(),
            Self::Number => value.is_number(),
            Self::Text => value.is_string(),
            Self::Texts => all(Value::is_string),
            Self::List => value.is_array(),
            Self::Object => value.is_object(),
            Self::Objects => all(Value::is_object),
            Self::TextOrTexts => value.is_string() || all(Value::is_string),
            Self::FlagOrObject => value.is_boolean() || value.is_object(),
            Self::FlagOrNumber => value.is_boolean() || value.is_number(),
        }
    }
}
