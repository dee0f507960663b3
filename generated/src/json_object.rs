//! The members of a JSON object without a type: the storage of custom fields and of undocumented
//! keys.

use std::{borrow::Cow, collections::HashMap, fmt, iter};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value as Json;

use crate::{
    error::Error,
    json::{Fault, Reader, Refusal, Stop, separate, to_json, write_key, write_string},
    json_text::{self, DAMAGED_KEY, DAMAGED_START, JsonText, STORED_KEY},
};

/// The prefix of the keys of custom fields.
pub(crate) const PREFIX: &str = "cf_";

/// The state of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field<'a> {
    /// The key is missing.
    Absent,
    /// The value is `null`: the field is empty.
    Null,
    /// The key has this value.
    Value(JsonText<'a>),
}

/// A JSON object without a type of its own: an undocumented object, or the undocumented members of a record. The object
/// keeps its values exactly as received.
///
/// The `extra` of a record also contains the values of optional fields that cannot be read, each under the
/// key of its field. They are stored with the record, but never sent.
// The members as JSON text, without the braces: `"cf_a":1.50,"cf_b":null`.
//
// There is one allocation for all members, of the exact size, and every value is kept exactly as received. Records have
// about ten members, and most programs read a few: searching the text for a member costs less than building a map. The
// keys differ from each other, and there is no white space outside of strings. Values have the syntax of JSON: a lone
// surrogate or a number beyond floats is kept as received, and a value that is not JSON is an object that holds its
// text (`JsonText::damaged`).
#[derive(Clone, Default)]
pub struct JsonObject {
    pub(crate) text: Box<str>,
    /// Whether there are members, all keys are keys of custom fields, and no value was damaged.
    pub(crate) is_plain: bool,
}

impl JsonObject {
    /// An empty object.
    pub fn new() -> Self {
        Self::default()
    }

    /// Converts a value that serialises as a JSON object, such as a map or a struct.
    pub fn from_serialize<T: Serialize + ?Sized>(object: &T) -> Result<Self, Error> {
        let json = to_json(object).map_err(|Refusal { path, problem }| {
            Error::custom_field(&path, &format_args!("the value {problem}"))
        })?;
        let mut reader = Reader::new(&json);
        reader.is_stored = true;
        read(&mut reader).map_err(|Stop| {
            Error::custom_field(
                "",
                &"a type with custom fields must serialise as a JSON object",
            )
        })
    }

    /// Reads a field as the type that you expect. `None` if the key is missing or the value is `null`;
    /// [`field`](Self::field) distinguishes these two. Fails if the value has another type.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Error> {
        match self.field(key) {
            Field::Value(value) => value.to().map(Some),
            Field::Absent | Field::Null => Ok(None),
        }
    }

    /// Returns whether a field is missing, `null`, or has a value.
    pub fn field(&self, key: &str) -> Field<'_> {
        match self.value(key) {
            None => Field::Absent,
            Some(value) if value.is_null() => Field::Null,
            Some(value) => Field::Value(value),
        }
    }

    /// Whether the key exists, even with `null`.
    pub fn contains_key(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// Iterates over keys and values in their order.
    pub fn iter(&self) -> impl Iterator<Item = (Cow<'_, str>, JsonText<'_>)> + Clone {
        let mut reader = Reader::new(&self.text);
        iter::from_fn(move || {
            let start = reader.at;
            let key = reader.key().ok()?;
            let quoted = reader.slice(start + 1, reader.at - 2);
            let value = JsonText::new(quoted, reader.drop_value().ok()?);
            reader.take(",");
            Some((key, value))
        })
    }

    /// Number of fields, counted on each call.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there are no fields.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Reads all fields into a type of your own, whose fields have the names of the keys.
    pub fn to<T: DeserializeOwned>(&self) -> Result<T, Error> {
        if let Some((key, _)) = self.iter().find(|(_, value)| value.is_damaged()) {
            return Err(json_text::unreadable(&key));
        }
        let json = self.to_json();
        let mut deserializer = serde_json::Deserializer::from_str(&json);
        serde_path_to_error::deserialize(&mut deserializer)
            .map_err(|error| Error::custom_field(&error.path().to_string(), error.inner()))
    }

    /// All fields as the text of a JSON object.
    pub fn to_json(&self) -> String {
        format!("{{{}}}", self.text)
    }

    /// Sets a member: replaces the existing member, or adds one at the end. Fails if the value cannot be
    /// written as JSON, such as NaN and infinity.
    pub fn insert(&mut self, key: impl AsRef<str>, value: impl Serialize) -> Result<(), Error> {
        let key = key.as_ref();
        let json = to_json(&value).map_err(|refusal| Error::custom_field(key, &refusal))?;
        // Values that are nested too deep are refused here rather than by the server.
        if serde_json::from_str::<Json>(&json).is_err() {
            return Err(Error::custom_field(key, &"the value is nested too deep"));
        }
        *self = Self::of(self.pairs().chain([(key.into(), &*json)])).distinct();
        Ok(())
    }

    /// Removes a member, and returns `false` if it does not exist.
    pub fn remove(&mut self, key: &str) -> bool {
        let kept = Self::of(self.pairs().filter(|(name, _)| name != key));
        let removed = kept.text.len() < self.text.len();
        *self = kept;
        removed
    }

    /// Inserts all members of another object, as [`insert`](Self::insert) does.
    pub(crate) fn merge(&mut self, other: &Self) {
        *self = Self::of(self.pairs().chain(other.pairs())).distinct();
    }

    pub(crate) fn value(&self, key: &str) -> Option<JsonText<'_>> {
        self.iter()
            .find_map(|(name, value)| (name == key).then_some(value))
    }

    /// The members by their keys.
    pub(crate) fn by_key(&self) -> HashMap<Cow<'_, str>, &str> {
        self.pairs().collect()
    }

    /// Makes an object of distinct keys with JSON text.
    pub(crate) fn of<'a>(members: impl IntoIterator<Item = (Cow<'a, str>, &'a str)>) -> Self {
        let (mut text, mut is_plain) = (String::new(), true);
        for (key, json) in members {
            push(&mut text, &key, json);
            is_plain &= key.starts_with(PREFIX) && !json.starts_with(DAMAGED_START);
        }
        Self {
            is_plain: is_plain && !text.is_empty(),
            text: text.into_boxed_str(),
        }
    }

    fn pairs(&self) -> impl Iterator<Item = (Cow<'_, str>, &str)> {
        self.iter().map(|(key, value)| (key, value.as_json()))
    }

    /// The object without repeated keys: each keeps its first position and its last value, as in other JSON readers.
    fn distinct(&self) -> Self {
        let mut last = self.by_key();
        let keys = self.pairs().map(|(key, _)| key);
        Self::of(keys.filter_map(|key| last.remove_entry(&*key)))
    }
}

fn push(text: &mut String, key: &str, json: &str) {
    write_key(text, key);
    text.push_str(json);
}

/// Two objects are equal if they have the same keys with the same values, in any order.
impl PartialEq for JsonObject {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text || {
            let theirs = other.by_key();
            let is_theirs = |(key, json): (Cow<'_, str>, &str)| {
                theirs.get(&key).is_some_and(|other| is_same(json, other))
            };
            self.len() == other.len() && self.pairs().all(is_theirs)
        }
    }
}

impl Eq for JsonObject {}

impl fmt::Debug for JsonObject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(self.iter()).finish()
    }
}

/// The number of keys that are compared by their prints; an object with more keys is sorted instead.
const PRINTS: usize = 24;

/// Collects members while an object is read.
#[derive(Default)]
pub(crate) struct MembersBuilder {
    text: String,
    /// A small hash of each key so far.
    prints: [u32; PRINTS],
    count: usize,
    /// Whether a key may be repeated.
    doubtful: bool,
    /// Whether some member cannot be sent unchanged: see [`JsonObject`].
    is_mixed: bool,
}

impl MembersBuilder {
    /// Takes the value at the reader, under a key that was read before and begins at `start`. A member that is not
    /// JSON, because of `fault` or of its value, is kept as text and reported as a deviation; the result is then
    /// `true`.
    pub(crate) fn take(
        &mut self,
        reader: &mut Reader<'_>,
        start: usize,
        key: &str,
        fault: Option<Box<Fault>>,
    ) -> Result<bool, Stop> {
        let after_key = reader.at;
        let value = match fault {
            Some(fault) => Err(fault),
            None => reader.drop_value().map_err(|Stop| reader.fault().into()),
        };
        let value = match value {
            Ok(value) => value,
            Err(fault) => {
                reader.at = after_key;
                return self.take_damaged(reader, key, &fault).map(|()| true);
            }
        };
        self.note(key, reader);
        let member = reader.slice(start, reader.at);
        let is_nested = value.starts_with(['[', '{']);
        let is_spaced = || value.bytes().any(|byte| byte.is_ascii_whitespace());
        if reader.is_stored
            && let Some(json) = stored(value)
        {
            push(&mut self.text, key, &json);
        // Only quotes and a colon surround the key; escapes would make it longer.
        } else if member.len() == key.len() + 3 + value.len() && !(is_nested && is_spaced()) {
            separate(&mut self.text);
            self.text.push_str(member);
        } else {
            push(&mut self.text, key, &compact(value));
        }
        Ok(false)
    }

    #[cold]
    fn take_damaged(
        &mut self,
        reader: &mut Reader<'_>,
        key: &str,
        fault: &Fault,
    ) -> Result<(), Stop> {
        let Ok(raw) = reader.damaged_value() else {
            return Err(reader.stop(fault.at, fault.what));
        };
        let mut json = format!("{{\"{DAMAGED_KEY}\":");
        write_string(&mut json, &reader.without_stand_in(raw));
        json.push('}');
        self.note(key, reader);
        self.is_mixed = true;
        push(&mut self.text, key, &json);
        reader.set_aside(fault);
        Ok(())
    }

    fn note(&mut self, key: &str, reader: &mut Reader<'_>) {
        if self.count == 0 {
            // Enough for the custom fields of most records.
            let buffer = reader.buffers.pop();
            self.text = buffer.unwrap_or_else(|| String::with_capacity(1024));
        }
        self.is_mixed |= !key.starts_with(PREFIX);
        let print = print(key);
        let known = self.prints.iter().take(self.count);
        self.doubtful |= self.count == PRINTS || known.into_iter().any(|other| *other == print);
        if let Some(place) = self.prints.get_mut(self.count) {
            *place = print;
            self.count += 1;
        }
    }

    /// The collected members, if there are any.
    pub(crate) fn finish(&mut self, reader: &mut Reader<'_>) -> Option<JsonObject> {
        if self.count == 0 {
            return None;
        }
        let members = JsonObject {
            text: self.text.as_str().into(),
            is_plain: !self.is_mixed,
        };
        self.text.clear();
        reader.buffers.push(std::mem::take(&mut self.text));
        Some(if self.doubtful {
            members.distinct()
        } else {
            members
        })
    }
}

/// A small hash of a key: of its length and its end.
fn print(key: &str) -> u32 {
    let bytes = key.as_bytes();
    let end = match bytes.last_chunk::<8>() {
        Some(end) => u64::from_le_bytes(*end),
        None => bytes
            .iter()
            .fold(0, |end, byte| end << 8 | u64::from(*byte)),
    };
    ((end ^ bytes.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

/// JSON without white space outside of texts.
fn compact(json: &str) -> String {
    let (mut is_text, mut is_escaped) = (false, false);
    json.chars()
        .filter(|character| {
            let is_kept = is_text || !character.is_ascii_whitespace();
            is_text ^= *character == '"' && !is_escaped;
            is_escaped = *character == '\\' && !is_escaped;
            is_kept
        })
        .collect()
}

/// The value that serde stored as text, see [`carried`].
fn stored(json: &str) -> Option<String> {
    let object: serde_json::Map<String, Json> = json
        .starts_with('{')
        .then(|| serde_json::from_str(json).ok())??;
    let text = object.get(STORED_KEY).filter(|_| object.len() == 1)?;
    let mut reader = Reader::new(text.as_str()?);
    let value = reader.drop_value().ok()?;
    reader.end().ok().map(|()| value.to_owned())
}

/// Whether two values are equal: as they are written, or as serde stores them.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    let are_equal = || Some(is_equal(&carried(one)?, &carried(other)?));
    one == other || are_equal().unwrap_or(false)
}

/// Whether two values are equal; `30` and `30.0` are.
fn is_equal(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Number(one), Json::Number(other)) if one.is_f64() != other.is_f64() => {
            one.as_f64() == other.as_f64()
        }
        (Json::Array(one), Json::Array(other)) => {
            one.len() == other.len()
                && iter::zip(one, other).all(|(one, other)| is_equal(one, other))
        }
        (Json::Object(one), Json::Object(other)) => {
            let is_theirs = |(key, one)| other.get(key).is_some_and(|other| is_equal(one, other));
            one.len() == other.len() && one.iter().all(is_theirs)
        }
        _ => one == other,
    }
}

/// The value, if serde's data model can represent it exactly: without lone surrogates, not nested too deep, and without
/// numbers of more digits than floats or 64 bits hold. In doubt, the result is `None`.
pub(crate) fn carried(json: &str) -> Option<Json> {
    let numbers = || json.split(|character: char| !character.is_ascii_digit() && character != '.');
    let has_exponent = |pair: &[u8]| pair[0].is_ascii_digit() && matches!(pair[1], b'e' | b'E');
    let has_short_numbers = || {
        numbers().all(|number| number.len() <= 18) && !json.as_bytes().windows(2).any(has_exponent)
    };
    // Some numbers of 16 and 17 digits are exact floats: those whose text is the same after parsing and writing.
    let is_long = |number: &str| number.contains('.') && number.len() > 16;
    let is_text = json.starts_with('"') || json.starts_with(DAMAGED_START);
    // A value that looks like stored text is itself stored as text.
    if !(is_text || has_short_numbers()) || stored(json).is_some() {
        return None;
    }
    let value: Json = serde_json::from_str(json).ok()?;
    let is_same = || serde_json::to_string(&value).is_ok_and(|text| text == json);
    (is_text || !numbers().any(is_long) || is_same()).then_some(value)
}

/// Reads the members of an object.
pub(crate) fn read(reader: &mut Reader<'_>) -> Result<JsonObject, Stop> {
    let mut builder = MembersBuilder::default();
    let mut more = reader.open(b'{', b'}', "an object")?;
    while more {
        let start = reader.at;
        let (key, fault) = reader.any_key()?;
        builder.take(reader, start, &key, fault)?;
        more = reader.more(b'}')?;
    }
    Ok(builder.finish(reader).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{JsonObject, carried, is_same};
    use crate::model::tests::read;

    #[test]
    fn members_are_plain_if_they_can_be_sent_unchanged() {
        for (json, is_plain) in [
            ("{}", false),
            (r#"{"cf_a":1,"cf_b":null}"#, true),
            (r#"{"cf_a":{"b":[",\"x\":",{"c":"}"}]},"cf_d":"\\"}"#, true),
            (r#"{"cf_a":[1,"b"],"b":1}"#, false),
            (r#"{"cf_a":1,"cf_b":NaN}"#, false),
            (r#"{"cf_a":{"b":{"$damaged":"NaN"}}}"#, true),
        ] {
            let members: JsonObject = read(json);
            assert_eq!(members.is_plain, is_plain, "{json}");
            let copied = JsonObject::of(members.pairs());
            assert_eq!(copied.is_plain, is_plain, "{json}");
        }
    }

    #[test]
    fn serde_represents_only_exact_values() {
        for (json, is_carried) in [
            ("1.50", true),
            ("123456789012345678", true),
            ("\"12345678901234567890\"", true),
            (r#"{"a":[1,"2026-03-01",null]}"#, true),
            ("12345678901234567890", false),
            ("37875466.94959691", true),
            (r#"{"a":-0.0011234567891234}"#, true),
            ("1.23456789012345671", false),
            ("9123456.7890123457", false),
            ("[1e-400]", false),
            (r#""half \ud83d""#, false),
            (r#"{"$json":"1"}"#, false),
        ] {
            assert_eq!(carried(json).is_some(), is_carried, "{json}");
        }
    }

    #[test]
    fn numbers_are_equal_by_their_value() {
        for (one, other, are_same) in [
            ("30", "30.0", true),
            ("1.50", "1.5", true),
            (r#"[{"a":0},1]"#, r#"[{"a":0.0},1]"#, true),
            ("30", "\"30\"", false),
            ("30", "30.5", false),
            ("[1]", "[1,1]", false),
            (r#"{"a":1}"#, r#"{"b":1}"#, false),
            ("9007199254740993", "9007199254740992", false),
        ] {
            assert_eq!(is_same(one, other), are_same, "{one} {other}");
        }
    }
}
