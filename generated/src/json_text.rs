//! A JSON value as text, exactly as received.

use std::{borrow::Cow, fmt};

use serde::de::DeserializeOwned;

use crate::{
    error::Error,
    json::{Reader, unescape_lossy},
};

/// A value that is not JSON is an object with this one key and the text of the value.
pub(crate) const DAMAGED_KEY: &str = "$damaged";
pub(crate) const DAMAGED_START: &str = r#"{"$damaged":""#;

/// A value that serde cannot represent exactly is stored as an object with this one key and the JSON text.
pub(crate) const STORED_KEY: &str = "$json";

/// Why a damaged value is not sent.
pub(crate) const DAMAGED: &str =
    "was damaged when it was received, and is not sent back; set it again, or remove it";

/// A JSON value as text, exactly as it was received.
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
    /// The value of a member. Messages contain the key, without its escapes.
    pub(crate) fn new(key: &'a str, json: &'a str) -> Self {
        Self { key, json }
    }

    /// The value as JSON. A [damaged](Self::damaged) value is an object with the key `$damaged`.
    pub fn as_json(self) -> &'a str {
        self.json
    }

    /// Whether the value is `null`.
    pub fn is_null(self) -> bool {
        self.json == "null"
    }

    /// The text, if the value is text. Invalid characters, such as a lone surrogate, become U+FFFD.
    pub fn as_str(self) -> Option<Cow<'a, str>> {
        if let Some(text) = self.damaged() {
            return inside(&text).map(|inside| Cow::Owned(unescape_lossy(inside)));
        }
        let inside = inside(self.json)?;
        if inside.contains('\\') {
            Some(Cow::Owned(unescape_lossy(inside)))
        } else {
            Some(Cow::Borrowed(inside))
        }
    }

    /// Reads the value as the type that you expect. Floats are exact to the last bit.
    pub fn to<T: DeserializeOwned>(self) -> Result<T, Error> {
        if self.is_damaged() {
            return Err(unreadable(self.key));
        }
        serde_json::from_str(self.json).map_err(|error| Error::custom_field(self.key, &error))
    }

    /// The text of a value that is not JSON, because it has bytes that are not UTF-8 (they become U+FFFD),
    /// raw control characters, an invalid escape, or something like `NaN`. `None` for JSON.
    ///
    /// Such a value cannot be read as a type, and is not sent back. Serde stores it as `{"$damaged": "<its
    /// text>"}`.
    ///
    /// ```
    /// # fn main() -> Result<(), heffl::Error> {
    /// # let heffl = heffl::Client::new("your-key")?;
    /// let call = heffl.v2().deals().get(heffl::DealId::new("dl_1"));
    /// let deal = call.read(br#"{"id": "dl_1", "cf_score": NaN}"#)?;
    /// let heffl::Field::Value(score) = deal.custom_fields.field("cf_score") else { panic!() };
    /// assert_eq!(score.damaged().as_deref(), Some("NaN"));
    /// assert!(score.to::<f64>().is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn damaged(self) -> Option<Cow<'a, str>> {
        let text = self.json.get(DAMAGED_START.len() - 1..)?;
        let text = self.is_damaged().then(|| Reader::new(text).string().ok());
        text.flatten()
    }

    pub(crate) fn is_damaged(self) -> bool {
        self.json.starts_with(DAMAGED_START)
    }
}

/// The error of reading such a value as a type.
#[cold]
pub(crate) fn unreadable(key: &str) -> Error {
    Error::custom_field(
        key,
        &"the value was damaged when it was received: it is not JSON",
    )
}

/// The part of a JSON string between its quotes.
fn inside(json: &str) -> Option<&str> {
    json.strip_prefix('"')?.strip_suffix('"')
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
