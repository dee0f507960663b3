//! Reads YAML directly into JSON values, without an intermediate tree.

use std::{cell::Cell, fmt};

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_path_to_error::Track;

/// Why a text is refused.
pub(crate) struct Refusal {
    pub(crate) error: serde_yaml::Error,
    /// The value that JSON would lose, with its place; `None` if the text is not YAML, repeats a key, or has too many
    /// aliases.
    pub(crate) lost: Option<(&'static str, String)>,
}

/// Reads YAML into JSON values.
pub(crate) struct Reader {
    /// Keys that are numbers become text: statuses are often written as numbers.
    number_keys: bool,
    /// The remaining number of values and bytes of text, which aliases multiply.
    budget: Cell<usize>,
    lost: Cell<Option<&'static str>>,
}

impl Reader {
    /// Accepts only values that JSON has.
    pub(crate) fn strict() -> Self {
        Self {
            number_keys: false,
            budget: Cell::new(usize::MAX),
            lost: Cell::new(None),
        }
    }

    /// Also accepts keys that are numbers, and returns at most `budget` values and bytes of text.
    pub(crate) fn lenient(budget: usize) -> Self {
        Self {
            number_keys: true,
            budget: Cell::new(budget),
            ..Self::strict()
        }
    }

    /// Reads one document.
    pub(crate) fn read(&self, text: &str) -> Result<Value, Refusal> {
        let mut track = Track::new();
        let yaml = serde_yaml::Deserializer::from_str(text);
        let result = self.deserialize(serde_path_to_error::Deserializer::new(yaml, &mut track));
        result.map_err(|error| Refusal {
            error,
            lost: self
                .lost
                .get()
                .map(|lost| (lost, super::pointer(&track.path()))),
        })
    }

    fn spend<E: Error>(&self, bytes: usize) -> Result<(), E> {
        let rest = self.budget.get().checked_sub(bytes.saturating_add(1));
        self.budget.set(rest.unwrap_or(0));
        rest.map(drop)
            .ok_or_else(|| E::custom("its aliases repeat too much"))
    }

    fn lose<T, E: Error>(&self, message: &'static str) -> Result<T, E> {
        self.lost.set(Some(message));
        Err(E::custom(message))
    }
}

impl<'de> DeserializeSeed<'de> for &Reader {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that JSON has")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        self.spend(0).map(|()| Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        self.visit_unit()
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        self.spend(0).map(|()| value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        self.spend(0).map(|()| value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        self.spend(0).map(|()| value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        self.spend(0)?;
        match Number::from_f64(value) {
            Some(number) => Ok(Value::Number(number)),
            None => self.lose("JSON has no such number"),
        }
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.spend(value.len()).map(|()| value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        self.spend(0)?;
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        self.spend(0)?;
        let mut map = Map::new();
        while let Some(key) = access.next_key_seed(self)? {
            let key = match key {
                Value::String(key) => key,
                Value::Number(number) if self.number_keys => number.to_string(),
                _ => return self.lose("a key is not text; put it into quotes"),
            };
            if map.contains_key(&key) {
                let message = format!("duplicate entry with key {key:?}");
                return Err(A::Error::custom(message));
            }
            let value = access.next_value_seed(self)?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<Value, A::Error> {
        self.lose("a value carries a YAML tag; remove it")
    }
}
