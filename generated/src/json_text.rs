//! A JSON value as it stands in an answer.

use std::{borrow::Cow, fmt};

use serde::de::DeserializeOwned;

use crate::{Error, json::Reader};

/// A JSON value as text: every digit as it came.
///
/// ```
/// let mut fields = heffl::CustomFields::new();
/// fields.insert("cf_seats", 250)?;
/// let value = fields.iter().next().expect("one field").1;
/// assert_eq!((value.as_json(), value.as_str()), ("250", None));
/// assert_eq!(value.to::<u32>()?, 250);
/// # Ok::<(), heffl::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct JsonText<'a> {
    key: &'a str,
    json: &'a str,
}

impl<'a> JsonText<'a> {
    /// The value of a member. The key stands in messages; without its escapes, if it has any.
    pub(crate) fn new(key: &'a str, json: &'a str) -> Self {
        Self { key, json }
    }

    /// The value as JSON.
    pub fn as_json(self) -> &'a str {
        self.json
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        self.json == "null"
    }

    /// The text, if it is one.
    pub fn as_str(self) -> Option<Cow<'a, str>> {
        if !self.json.starts_with('"') {
            return None;
        }
        Reader::new(self.json).string().ok()
    }

    /// Reads it as the type you expect.
    pub fn to<T: DeserializeOwned>(self) -> Result<T, Error> {
        serde_json::from_str(self.json).map_err(|error| Error::custom_field(self.key, &error))
    }
}

/// As JSON.
impl fmt::Display for JsonText<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.json)
    }
}

/// As JSON.
impl fmt::Debug for JsonText<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.json)
    }
}
