//! Finds the allowed values of a field. Their key in a definition is not documented.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use crate::definitions::Choice;

/// Possible keys of the list, in lower case and without other characters; the most likely first.
const NAMES: [&str; 8] = [
    "options",
    "allowedvalues",
    "values",
    "choices",
    "enum",
    "enumvalues",
    "possiblevalues",
    "optionvalues",
];

/// The allowed values of a definition.
pub(super) enum Options {
    /// No list, or an empty one.
    None,
    /// The key of the list, and the values.
    Values(String, Vec<Choice>),
    /// There is a list, but it is not clear which values records hold.
    Unclear,
}

/// Finds the list by a likely key. Otherwise takes the only list that has the form of options.
pub(super) fn find(members: &BTreeMap<String, Value>) -> Options {
    let lists = || {
        members.iter().filter_map(|(key, value)| {
            let list = value.as_array().filter(|list| !list.is_empty())?;
            Some((key, list))
        })
    };
    let named = NAMES
        .iter()
        .find_map(|name| lists().find(|(key, _)| plain(key) == *name));
    if let Some((key, list)) = named {
        return match values(list) {
            Some(values) => Options::Values(key.clone(), values),
            None => Options::Unclear,
        };
    }
    let mut alike = lists().filter_map(|(key, list)| Some((key, values(list)?)));
    match (alike.next(), alike.next()) {
        (Some((key, values)), None) => Options::Values(key.clone(), values),
        (Some(_), Some(_)) => Options::Unclear,
        (None, _) => Options::None,
    }
}

fn plain(key: &str) -> String {
    key.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|character| character.to_ascii_lowercase())
        .collect()
}

/// The distinct values of the list, if each element has a value.
fn values(list: &[Value]) -> Option<Vec<Choice>> {
    let choices: Option<Vec<Choice>> = list.iter().map(choice).collect();
    let mut seen = HashSet::new();
    let mut choices = choices?;
    choices.retain(|choice| seen.insert(choice.value.clone()));
    Some(choices)
}

/// A string is its own value. An object has a `value`, or its label is the value.
fn choice(element: &Value) -> Option<Choice> {
    if let Some(text) = element.as_str() {
        return Some(Choice {
            value: text.to_owned(),
            label: None,
        });
    }
    let label = ["label", "name", "title"]
        .iter()
        .find_map(|key| element.get(key)?.as_str());
    let value = match element.get("value") {
        Some(value) => value.as_str()?,
        None => label?,
    };
    Some(Choice {
        value: value.to_owned(),
        label: label.filter(|label| *label != value).map(str::to_owned),
    })
}
