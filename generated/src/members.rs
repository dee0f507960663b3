//! The members of a JSON object that has no type: the storage of custom fields and of what no
//! document names.

use std::{borrow::Cow, collections::BinaryHeap, fmt};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Error, Field, JsonText,
    json::{Fault, Reader, Stop, What, find_special, to_json, write_string},
    json_text::{self, DAMAGED_START},
    model::Refusal,
};

/// Members as JSON text, without the braces: `"cf_a":1.50,"cf_b":null`.
///
/// One allocation for all of them, no larger than what it holds, and every value is what came, to
/// the last digit. Records have some ten members, and most programs look at a few: finding one by
/// walking over the text costs less than building a map did. The keys differ from each other, and
/// there is no white space outside of texts. Values are JSON by their form: half a character or a
/// number beyond floats is kept as it came, and what is not JSON is an object that holds its text
/// ([`JsonText::damaged`]).
#[derive(Clone, Default)]
pub(crate) struct Members(Box<str>);

impl Members {
    /// As JSON text, without the braces.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn iter(&self) -> Iter<'_> {
        Iter {
            reader_at: 0,
            text: &self.0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.iter().count()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether all keys begin so, and no value came damaged. `false` where a key is spelled with escapes.
    ///
    /// The text is known to be JSON, so that values are passed over without a look at what they are.
    pub(crate) fn are_plain(&self, prefix: &str) -> bool {
        let bytes = self.0.as_bytes();
        let (mut at, mut depth, mut is_key) = (0, 0_usize, true);
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => {
                    let key = rest(bytes, at + 1);
                    if is_key && depth == 0 && !key.starts_with(prefix.as_bytes()) {
                        return false;
                    }
                    at = text_end(bytes, at);
                }
                b'{' if depth == 0 && rest(bytes, at).starts_with(DAMAGED_START.as_bytes()) => {
                    return false;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                b',' => is_key = true,
                b':' => is_key = false,
                _ => {}
            }
            at += 1;
        }
        true
    }

    pub(crate) fn get(&self, key: &str) -> Option<JsonText<'_>> {
        self.iter()
            .find_map(|(name, value)| (name == key).then_some(value))
    }

    pub(crate) fn field(&self, key: &str) -> Field<'_> {
        match self.get(key) {
            None => Field::Absent,
            Some(value) if value.is_null() => Field::Null,
            Some(value) => Field::Value(value),
        }
    }

    pub(crate) fn read<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Error> {
        match self.field(key) {
            Field::Value(value) => value.to().map(Some),
            Field::Absent | Field::Null => Ok(None),
        }
    }

    /// Puts a value under a key: in the place of the old one, or at the end.
    pub(crate) fn set(&mut self, key: &str, value: &impl Serialize) -> Result<(), Error> {
        let json = to_json(value).map_err(|refusal| Error::custom_field(key, &refusal))?;
        // What is nested too deep is refused here rather than by the server.
        let mut reader = Reader::new(&json);
        if reader.value().and_then(|_| reader.end()).is_err() {
            return Err(Error::custom_field(key, &"the value is nested too deep"));
        }
        let mut text = String::with_capacity(self.0.len() + key.len() + json.len() + 4);
        let mut placed = false;
        for (name, old) in self.iter() {
            let replaced = name == key;
            placed |= replaced;
            push(
                &mut text,
                &name,
                if replaced { &json } else { old.as_json() },
            );
        }
        if !placed {
            push(&mut text, key, &json);
        }
        self.0 = text.into_boxed_str();
        Ok(())
    }

    /// Takes a member out; `false` where there is none.
    pub(crate) fn remove(&mut self, key: &str) -> bool {
        let others = self.iter().filter(|(name, _)| name != key);
        let kept: Self = others
            .map(|(name, value)| (name, value.as_json()))
            .collect();
        let removed = kept.0.len() < self.0.len();
        *self = kept;
        removed
    }

    /// Puts all members of another object, under the rules of [`set`](Self::set).
    pub(crate) fn merge(&mut self, other: Self) {
        if self.is_empty() {
            *self = other;
            return;
        }
        let text = format!(
            "{}{}{}",
            self.0,
            if other.is_empty() { "" } else { "," },
            other.0
        );
        *self = distinct(&Self(text.into_boxed_str()));
    }

    /// As a JSON object.
    pub(crate) fn to_json(&self) -> String {
        format!("{{{}}}", self.0)
    }

    /// Reads all members into a type of the caller's.
    pub(crate) fn to<T: DeserializeOwned>(&self) -> Result<T, Error> {
        if let Some((key, _)) = self.iter().find(|(_, value)| value.is_damaged()) {
            return Err(json_text::unreadable(&key));
        }
        let json = self.to_json();
        let mut deserializer = serde_json::Deserializer::from_str(&json);
        serde_path_to_error::deserialize(&mut deserializer)
            .map_err(|error| Error::custom_field(&error.path().to_string(), error.inner()))
    }

    /// Takes the members of a type of the caller's.
    pub(crate) fn from_serialize<T: Serialize + ?Sized>(value: &T) -> Result<Self, Error> {
        let json = to_json(value).map_err(|Refusal { path, problem }| {
            Error::custom_field(&path, &format_args!("the value {problem}"))
        })?;
        let mut reader = Reader::new(&json);
        if reader.peek() != b'{' {
            return Err(Error::custom_field(
                "",
                &"what holds fields must serialise as a JSON object",
            ));
        }
        read_members(&mut reader).map_err(|Stop| Error::custom_field("", &"it is nested too deep"))
    }

    /// The members in the order of their keys, each with its place; equal keys as they came.
    pub(crate) fn sorted(&self) -> Sorted<'_> {
        let members = self.iter().enumerate();
        let heap: BinaryHeap<_> = members
            .map(|(place, (key, value))| (key, place, value.as_json()))
            .collect();
        // Rarely needed, and a tenth of what the compiler gets for `sort`.
        Sorted(heap.into_sorted_vec())
    }
}

/// Members in the order of their keys, each with its place and its value as JSON.
pub(crate) struct Sorted<'a>(Vec<(Cow<'a, str>, usize, &'a str)>);

impl<'a> Sorted<'a> {
    /// The value of a member as JSON, where no key comes twice.
    pub(crate) fn get(&self, key: &str) -> Option<&'a str> {
        let place = self.0.binary_search_by(|(known, ..)| (**known).cmp(key));
        self.0.get(place.ok()?).map(|(.., value)| *value)
    }
}

/// Of keys that differ from each other, with JSON text.
impl<'a, K: AsRef<str>> FromIterator<(K, &'a str)> for Members {
    fn from_iter<T: IntoIterator<Item = (K, &'a str)>>(members: T) -> Self {
        let mut text = String::new();
        for (key, json) in members {
            push(&mut text, key.as_ref(), json);
        }
        Self(text.into_boxed_str())
    }
}

fn rest(bytes: &[u8], at: usize) -> &[u8] {
    bytes.get(at..).unwrap_or_default()
}

/// Where the quote is that ends the text which begins at `start`.
fn text_end(bytes: &[u8], start: usize) -> usize {
    let mut at = find_special(bytes, start + 1);
    while bytes.get(at) == Some(&b'\\') {
        at = find_special(bytes, at + 2);
    }
    at
}

fn push(text: &mut String, key: &str, json: &str) {
    if !text.is_empty() {
        text.push(',');
    }
    write_string(text, key);
    text.push(':');
    text.push_str(json);
}

/// Equal when they hold the same keys with the same values, in whatever order: that is what a JSON
/// object says. Values are compared as they are written: `1.5` is not `1.50`.
impl PartialEq for Members {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
            || (self.0.len() == other.0.len() && self.len() == other.len() && {
                let theirs = other.sorted();
                self.iter()
                    .all(|(key, value)| theirs.get(&key) == Some(value.as_json()))
            })
    }
}

impl Eq for Members {}

impl fmt::Debug for Members {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(self.iter()).finish()
    }
}

/// Walks over members.
#[derive(Clone, Debug)]
pub(crate) struct Iter<'a> {
    text: &'a str,
    reader_at: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = (Cow<'a, str>, JsonText<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.text.get(self.reader_at..)?;
        let mut reader = Reader::new(rest);
        let key = reader.key().ok()?;
        let raw = reader.slice(1, reader.at() - 2);
        let value = JsonText::new(raw, reader.drop_value().ok()?);
        self.reader_at += reader.at() + 1;
        Some((key, value))
    }
}

/// Reads the object at the reader as members.
pub(crate) fn read_members(reader: &mut Reader<'_>) -> Result<Members, Stop> {
    let mut gatherer = Gatherer::new(reader, 0);
    if reader.open(b'{', b'}', "an object")? {
        loop {
            let start = reader.at();
            match reader.key() {
                Ok(key) => gatherer.take(reader, start, &key).map(drop)?,
                Err(_) => {
                    let key = reader.damaged_key(start)?;
                    gatherer.take_damaged(reader, &key, reader.fault())?;
                }
            }
            if !reader.more(b'}')? {
                break;
            }
        }
    }
    Ok(gatherer.finish(reader))
}

/// How many keys are compared by their prints before the rest is left to sorting.
const PRINTS: usize = 24;

/// Gathers members while an object is read.
///
/// Members that follow each other in a text without white space are not copied one by one, but as
/// they stand, commas included.
pub(crate) struct Gatherer {
    /// Which of the reader's buffers it writes to.
    kind: usize,
    /// Where its own part of the buffer begins, and where it ends.
    begin: usize,
    end: usize,
    /// Members that stand together in the text, and are not in the buffer yet.
    run: (usize, usize),
    /// A print of every key so far.
    prints: [u32; PRINTS],
    count: usize,
    /// A key may have come twice.
    doubtful: bool,
}

impl Gatherer {
    pub(crate) fn new(reader: &Reader<'_>, kind: usize) -> Self {
        let begin = reader.gathered.get(kind).map_or(0, String::len);
        Self {
            kind,
            begin,
            end: begin,
            run: (0, 0),
            prints: [0; PRINTS],
            count: 0,
            doubtful: false,
        }
    }

    /// Where its part of the buffer ends: what is behind that belongs to nobody any more.
    pub(crate) fn end(&self) -> usize {
        self.end
    }

    /// Takes the value at the reader, under a key that was read before and begins at `start`. A value
    /// that is not JSON is kept as what it is, and is a deviation; `true` for one.
    pub(crate) fn take(
        &mut self,
        reader: &mut Reader<'_>,
        start: usize,
        key: &str,
    ) -> Result<bool, Stop> {
        let after_key = reader.at();
        reader.clear_spaced();
        let value = reader.drop_value();
        let (end, spaced) = (reader.at(), reader.was_spaced());
        let value = match value {
            Ok(value) if reader.is_at_end_of_value() => value,
            value => {
                let fault = match value {
                    Err(_) => reader.fault(),
                    Ok(_) => Fault {
                        at: reader.at(),
                        what: What::Syntax("expected a comma or a closing bracket"),
                    },
                };
                reader.rewind(after_key);
                return self.take_damaged(reader, key, fault).map(|()| true);
            }
        };
        // Quotes and colon, and nothing else, stand around the key; escapes would make it longer.
        let tight = after_key - start == key.len() + 3;
        if tight && !spaced {
            self.note(key);
            if self.run.1 + 1 == start && self.run.1 > 0 {
                self.run.1 = end;
            } else {
                self.flush(reader);
                self.run = (start, end);
            }
        } else {
            self.push(reader, key, &compact(value, spaced));
        }
        Ok(false)
    }

    /// Takes a member that is not JSON, because of `fault`: its value is at the reader.
    #[cold]
    pub(crate) fn take_damaged(
        &mut self,
        reader: &mut Reader<'_>,
        key: &str,
        fault: Fault,
    ) -> Result<(), Stop> {
        let Ok(raw) = reader.damaged_value() else {
            return Err(reader.stop(fault.at, fault.what));
        };
        let mut json = DAMAGED_START.to_owned();
        // The quote of the text is there already.
        json.pop();
        write_string(&mut json, &reader.without_stand_in(raw));
        json.push('}');
        self.push(reader, key, &json);
        reader.set_aside(&fault);
        Ok(())
    }

    fn push(&mut self, reader: &mut Reader<'_>, key: &str, json: &str) {
        self.note(key);
        self.flush(reader);
        if let Some(buffer) = reader.gathered.get_mut(self.kind) {
            separate(buffer, self.begin);
            write_string(buffer, key);
            buffer.push(':');
            buffer.push_str(json);
            self.end = buffer.len();
        }
    }

    fn note(&mut self, key: &str) {
        let print = print(key);
        self.doubtful |= self
            .prints
            .iter()
            .take(self.count)
            .any(|other| *other == print);
        match self.prints.get_mut(self.count) {
            Some(place) => *place = print,
            None => self.doubtful = true,
        }
        self.count = (self.count + 1).min(PRINTS);
    }

    fn flush(&mut self, reader: &mut Reader<'_>) {
        let (from, to) = std::mem::take(&mut self.run);
        if to > 0 {
            let text = reader.slice(from, to);
            if let Some(buffer) = reader.gathered.get_mut(self.kind) {
                separate(buffer, self.begin);
                buffer.push_str(text);
                self.end = buffer.len();
            }
        }
    }

    /// What was gathered.
    pub(crate) fn finish(mut self, reader: &mut Reader<'_>) -> Members {
        let empty = reader
            .gathered
            .get(self.kind)
            .is_none_or(|buffer| buffer.len() == self.begin);
        if empty && !self.doubtful {
            return Members(reader.slice(self.run.0, self.run.1).into());
        }
        self.flush(reader);
        let Some(buffer) = reader.gathered.get_mut(self.kind) else {
            return Members::default();
        };
        let members = Members(buffer.get(self.begin..).unwrap_or_default().into());
        buffer.truncate(self.begin);
        if self.doubtful {
            distinct(&members)
        } else {
            members
        }
    }
}

fn separate(buffer: &mut String, begin: usize) {
    if buffer.len() > begin {
        buffer.push(',');
    }
}

/// A number that differs for most keys that differ.
fn print(key: &str) -> u32 {
    let bytes = key.as_bytes();
    let end = |bytes: Option<&[u8; 8]>| bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let (head, tail) = if bytes.len() >= 8 {
        (end(bytes.first_chunk()), end(bytes.last_chunk()))
    } else {
        let word = bytes
            .iter()
            .fold(0, |word, byte| word << 8 | u64::from(*byte));
        (word, word)
    };
    let mixed =
        (head ^ tail.rotate_left(23) ^ bytes.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 32) as u32
}

/// Without white space, where there was some.
fn compact(json: &str, spaced: bool) -> Cow<'_, str> {
    if !spaced {
        return Cow::Borrowed(json);
    }
    let mut text = String::with_capacity(json.len());
    let mut rest = json;
    // Outside of a text, then inside of one, and so on.
    while let Some((outside, quoted)) = rest.split_once('"') {
        text.extend(
            outside
                .chars()
                .filter(|character| !character.is_ascii_whitespace()),
        );
        let end = end_of_text(quoted);
        text.push('"');
        text.push_str(quoted.get(..end).unwrap_or_default());
        rest = quoted.get(end..).unwrap_or_default();
    }
    text.extend(
        rest.chars()
            .filter(|character| !character.is_ascii_whitespace()),
    );
    Cow::Owned(text)
}

/// Where a text ends, closing quote included.
fn end_of_text(quoted: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in quoted.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    quoted.len()
}

/// A repeated key keeps its first place and its last value, as in other JSON readers. Costs no more
/// than sorting, however many there are.
fn distinct(members: &Members) -> Members {
    let Sorted(sorted) = members.sorted();
    let mut placed = vec![None; sorted.len()];
    for same in sorted.chunk_by(|left, right| left.0 == right.0) {
        if let ([(key, first, _), ..], [.., (_, _, value)]) = (same, same)
            && let Some(place) = placed.get_mut(*first)
        {
            *place = Some((key, *value));
        }
    }
    if placed.iter().all(Option::is_some) {
        return members.clone();
    }
    placed.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whether_all_keys_begin_with_a_prefix_is_seen_without_reading_values() {
        for (json, all) in [
            ("{}", true),
            (r#"{"cf_a":1,"cf_b":null}"#, true),
            (r#"{"cf_a":{"b":[",\"x\":",{"c":"}"}]},"cf_d":"\\"}"#, true),
            (r#"{"cf_a":"\u0022,\"b\":1"}"#, true),
            (r#"{"cf_a":[1,"b"],"b":1}"#, false),
            (r#"{"cf_a":"\\","b":"x"}"#, false),
            (r#"{"b":1}"#, false),
            (r#"{"cf_a":1,"cf_b":{"$damaged":"NaN"}}"#, false),
            (r#"{"cf_a":{"b":{"$damaged":"NaN"}}}"#, true),
        ] {
            let members = read_members(&mut Reader::new(json)).unwrap();
            assert_eq!(members.are_plain("cf_"), all, "{json}");
        }
    }
}
