//! Keys and values in the order they came: the storage of custom and of extra fields.

use std::fmt;

use serde::{
    de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor},
    ser::{Serialize, SerializeMap, Serializer},
};
use serde_json::Value;

use crate::{Error, Field};

/// A short list of entries with distinct keys. Records have some ten of them, for which a list is
/// smaller and faster than a map.
#[derive(Clone, Default)]
pub(crate) struct Entries(Vec<(Box<str>, Value)>);

impl Entries {
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.iter()
            .find_map(|(name, value)| (name == key).then_some(value))
    }

    pub(crate) fn state(&self, key: &str) -> Field<'_> {
        match self.get(key) {
            None => Field::Absent,
            Some(Value::Null) => Field::Null,
            Some(value) => Field::Value(value),
        }
    }

    pub(crate) fn read<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Error> {
        let Field::Value(value) = self.state(key) else {
            return Ok(None);
        };
        T::deserialize(value)
            .map(Some)
            .map_err(|error| Error::custom_field(key, &error))
    }

    /// Puts a value under a key: in the place of the old one, or at the end.
    pub(crate) fn set(&mut self, key: Box<str>, value: Value) -> Option<Value> {
        match self.0.iter_mut().find(|(name, _)| *name == key) {
            Some((_, old)) => Some(std::mem::replace(old, value)),
            None => {
                self.0.push((key, value));
                None
            }
        }
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<Value> {
        let position = self.0.iter().position(|(name, _)| &**name == key)?;
        Some(self.0.remove(position).1)
    }

    pub(crate) fn iter(
        &self,
    ) -> impl ExactSizeIterator<Item = (&str, &Value)> + DoubleEndedIterator + Clone {
        self.0.iter().map(|(key, value)| (&**key, value))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Reads all entries into a type of the caller's.
    pub(crate) fn to<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let object = self
            .iter()
            .map(|(key, value)| (key.to_owned(), value.clone()))
            .collect();
        serde_path_to_error::deserialize(Value::Object(object))
            .map_err(|error| Error::custom_field(&error.path().to_string(), error.inner()))
    }
}

/// Collects entries from an answer. A repeated key keeps its first place and its last value, as
/// in other JSON readers. Checked once at the end, so that a long
/// list costs no more than sorting.
#[derive(Default)]
pub(crate) struct EntriesReader(Vec<(Box<str>, Value)>);

impl EntriesReader {
    pub(crate) fn push(&mut self, key: Box<str>, value: Value) {
        self.0.push((key, value));
    }

    pub(crate) fn finish(self) -> Entries {
        if self.is_short_and_distinct() {
            return Entries(self.0);
        }
        let mut keyed: Vec<_> = self.0.into_iter().enumerate().collect();
        // The sort is stable, so equal keys stay in the order they came.
        keyed.sort_by(|(_, (left, _)), (_, (right, _))| left.cmp(right));
        keyed.dedup_by(|(_, later), (_, earlier)| {
            let repeated = later.0 == earlier.0;
            if repeated {
                earlier.1 = std::mem::take(&mut later.1);
            }
            repeated
        });
        keyed.sort_unstable_by_key(|(position, _)| *position);
        Entries(keyed.into_iter().map(|(_, entry)| entry).collect())
    }

    /// Comparing the keys of a short list pairwise costs less than sorting them, and allocates
    /// nothing.
    fn is_short_and_distinct(&self) -> bool {
        const SHORT: usize = 32;
        self.0.len() <= SHORT
            && self.0.iter().enumerate().all(|(position, (key, _))| {
                self.0.iter().take(position).all(|(other, _)| other != key)
            })
    }
}

/// Equal when they hold the same keys with the same values, in whatever order: that is what a
/// JSON object says.
impl PartialEq for Entries {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self
                .iter()
                .all(|(key, value)| other.get(key) == Some(value))
    }
}

impl fmt::Debug for Entries {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for Entries {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (key, value) in self.iter() {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object of custom fields")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
        let mut reader = EntriesReader::default();
        while let Some((key, value)) = map.next_entry::<Box<str>, Value>()? {
            reader.push(key, value);
        }
        Ok(reader.finish())
    }
}
