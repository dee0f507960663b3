//! From YAML straight to JSON values, without a tree of YAML in between.

use std::{cell::RefCell, fmt};

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Number, Value};

use super::child;

/// Why a text is not read.
pub(super) enum Refusal {
    /// It holds more than fits into memory for sure.
    TooMany,
    /// It is not YAML, or repeats a key.
    Syntax(serde_yaml::Error),
    /// JSON would lose something.
    NotJson {
        message: String,
        pointer: String,
        line: Option<usize>,
    },
}

/// The most values that a text may hold. The library keeps up to a kibibyte for each while it reads; the largest
/// document of this workspace has a hundredth of them.
const MAX_VALUES: usize = 2_000_000;

/// Reads one document.
pub(super) fn read(text: &str) -> Result<Value, Refusal> {
    if has_too_many_values(text) {
        return Err(Refusal::TooMany);
    }
    let lost = RefCell::new(None);
    let result = Strict { lost: &lost }.deserialize(serde_yaml::Deserializer::from_str(text));
    result.map_err(|error| match lost.into_inner() {
        Some(Lost { message, way }) => Refusal::NotJson {
            message,
            pointer: way
                .iter()
                .rev()
                .fold(String::new(), |pointer, step| child(&pointer, step)),
            line: error.location().map(|location| location.line()),
        },
        None => Refusal::Syntax(error),
    })
}

/// Counts what may start a value, whether it does so or stands in the middle of a text.
fn has_too_many_values(text: &str) -> bool {
    let bytes = text.as_bytes();
    let starts = bytes.windows(2).filter(|pair| {
        matches!(
            pair,
            [b'\n' | b',' | b'[' | b'{', _] | [b'-' | b':' | b'?', b' ']
        )
    });
    bytes.len() > MAX_VALUES && starts.count() > MAX_VALUES
}

/// What JSON would lose, and the way there, from its end.
struct Lost {
    message: String,
    way: Vec<String>,
}

/// Reads one value.
#[derive(Clone, Copy)]
struct Strict<'a> {
    lost: &'a RefCell<Option<Lost>>,
}

impl Strict<'_> {
    fn refuse<E: serde::de::Error>(self, message: &str) -> E {
        *self.lost.borrow_mut() = Some(Lost {
            message: message.to_owned(),
            way: Vec::new(),
        });
        E::custom(message)
    }

    /// Adds a step to the way, if something below would be lost.
    fn came_from(self, step: &impl ToString) {
        if let Some(lost) = &mut *self.lost.borrow_mut() {
            lost.way.push(step.to_string());
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that JSON has")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        match Number::from_f64(value) {
            Some(number) => Ok(Value::Number(number)),
            None => Err(self.refuse("JSON has no such number")),
        }
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access
            .next_element_seed(self)
            .inspect_err(|_| self.came_from(&items.len()))?
        {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = access.next_key_seed(self)? {
            let Value::String(key) = key else {
                return Err(self.refuse("a key is not text; put it into quotes"));
            };
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!(
                    "duplicate entry with key {key:?}"
                )));
            }
            let value = access
                .next_value_seed(self)
                .inspect_err(|_| self.came_from(&key))?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<Value, A::Error> {
        Err(self.refuse("a value carries a YAML tag; remove it"))
    }
}
