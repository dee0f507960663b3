//! Parts of a JSON text, with their places.

use std::{collections::HashSet, fmt};

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A value in the text.
#[derive(Clone)]
pub(super) struct Node<'a> {
    pub(super) raw: &'a RawValue,
    /// The JSON pointer, from the outermost value.
    pub(super) pointer: String,
}

impl Node<'_> {
    /// The first byte, which determines the type of the value.
    pub(super) fn first(&self) -> u8 {
        self.raw.get().bytes().next().unwrap_or_default()
    }
}

/// The members of an object, in order. A duplicate key is an error; `serde_json` would silently take the last value.
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
                        return Err(A::Error::custom(format_args!("duplicate key `{key}`")));
                    }
                    members.push((key, value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(MembersVisitor)
    }
}

/// Appends a key to a JSON pointer.
pub(super) fn step(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// A text and its lines.
pub(super) struct Text<'a> {
    pub(super) text: &'a str,
    /// The positions of line breaks.
    breaks: Vec<usize>,
}

impl<'a> Text<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        // Some programs write a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self {
            text,
            breaks: text.match_indices('\n').map(|(at, _)| at).collect(),
        }
    }

    /// The line on which a value starts.
    pub(super) fn line(&self, raw: &RawValue) -> usize {
        let at = raw.get().as_ptr().addr() - self.text.as_ptr().addr();
        self.breaks.partition_point(|position| *position < at) + 1
    }
}

/// The message of an error in a part of the text, without its position, which is relative to that part.
pub(super) fn within(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text.get(..end).unwrap_or_default().to_owned(),
        None => text,
    }
}
