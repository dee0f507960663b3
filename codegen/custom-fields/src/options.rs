//! The allowed values of a field, under whatever key they are.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use crate::definitions::Choice;

/// What the list may be called, without case and anything between letters; the likeliest first.
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

/// What a response says of the allowed values.
pub(super) enum Options {
    /// No list, or an empty one.
    None,
    /// The key of the list, and the words.
    Words(String, Vec<Choice>),
    /// There is a list, but it does not tell which words records hold.
    Unclear,
}

/// Looks for the list: under a likely name, or else the only one that looks like it.
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
        return match words(list) {
            Some(words) => Options::Words(key.clone(), words),
            None => Options::Unclear,
        };
    }
    let mut alike = lists().filter_map(|(key, list)| Some((key, words(list)?)));
    match (alike.next(), alike.next()) {
        (Some((key, words)), None) => Options::Words(key.clone(), words),
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

/// The words of the list, each once, if all of its elements have one.
fn words(list: &[Value]) -> Option<Vec<Choice>> {
    let choices: Option<Vec<Choice>> = list.iter().map(choice).collect();
    let mut seen = HashSet::new();
    let mut choices = choices?;
    choices.retain(|choice| seen.insert(choice.value.clone()));
    Some(choices)
}

/// Text stands for itself. Of an object, records hold its `value`; without one, what people see.
fn choice(element: &Value) -> Option<Choice> {
    if let Some(word) = element.as_str() {
        return Some(Choice {
            value: word.to_owned(),
            label: None,
        });
    }
    let label = ["label", "name", "title"]
        .iter()
        .find_map(|key| element.get(key)?.as_str());
    let word = match element.get("value") {
        Some(value) => value.as_str()?,
        None => label?,
    };
    Some(Choice {
        value: word.to_owned(),
        label: label.filter(|label| *label != word).map(str::to_owned),
    })
}
