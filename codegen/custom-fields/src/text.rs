//! Pieces of JSON text that know where they stand.

use std::{collections::HashSet, fmt};

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A piece of the text.
#[derive(Clone)]
pub(super) struct Node<'a> {
    pub(super) raw: &'a RawValue,
    /// From the value of the text that it belongs to.
    pub(super) pointer: String,
}

impl Node<'_> {
    /// The first character.
    pub(super) fn first(&self) -> u8 {
        self.raw.get().bytes().next().unwrap_or_default()
    }
}

/// The members of an object in their order; a key that comes twice is an error, as the reader of JSON
/// lets the last one win.
pub(super) struct Members<'a>(pub(super) Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    pub(super) fn get(&self, key: &str) -> Option<&'a RawValue> {
        self.0
            .iter()
            .find_map(|(name, raw)| (name == key).then_some(*raw))
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;
        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let (mut members, mut known) = (Vec::new(), HashSet::new());
                while let Some((key, value)) = map.next_entry::<String, &RawValue>()? {
                    if !known.insert(key.clone()) {
                        return Err(A::Error::custom(format_args!(
                            "the key `{key}` is there twice"
                        )));
                    }
                    members.push((key, value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(MembersVisitor)
    }
}

/// One more step of a JSON pointer, escaped.
pub(super) fn step(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// A text and its lines.
pub(super) struct Text<'a> {
    pub(super) text: &'a str,
    /// Where line breaks are.
    breaks: Vec<usize>,
}

impl<'a> Text<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        // Some programs put a byte order mark in front.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self {
            text,
            breaks: text.match_indices('\n').map(|(at, _)| at).collect(),
        }
    }

    /// The line that a piece of the text starts on.
    pub(super) fn line(&self, raw: &RawValue) -> usize {
        let at = raw.get().as_ptr().addr() - self.text.as_ptr().addr();
        self.breaks.partition_point(|position| *position < at) + 1
    }
}

/// An error of a part, whose own position means nothing to the reader of the whole.
pub(super) fn within(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text.get(..end).unwrap_or_default().to_owned(),
        None => text,
    }
}
