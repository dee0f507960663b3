//! Models and serde, so that programs can store them in any format.
//!
//! Values pass through `serde_json::Value`. What it cannot represent exactly (see [`carried`]) is stored as the object
//! `{"$json": "<its text>"}`, and read back from there.

use serde::{
    Deserialize,
    de::{self, Deserializer},
    ser::{Error as _, Serialize, SerializeMap, Serializer},
};
use serde_json::Value as Json;

use super::{Kept, Object, Slot, Value, write::write_value};
use crate::{
    json::{Reader, Refusal, Stop},
    json_object::{JsonObject, carried},
    json_text::STORED_KEY,
};

// ---- writing

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Value::Absent | Value::Null => serializer.serialize_unit(),
            Value::Boolean(value) => serializer.serialize_bool(value),
            Value::Integer(value) => serializer.serialize_i64(value),
            Value::Float(value) => serializer.serialize_f64(value),
            Value::Money(_) | Value::DateTime(_) => match (written(self), self) {
                (Ok(json), _) => json.serialize(serializer),
                // Not every format represents it exactly as a number.
                (Err(_), Value::Money(money)) => {
                    serializer.collect_str(&money.amount().normalize())
                }
                (Err(problem), _) => Err(S::Error::custom(problem)),
            },
            Value::Text(text) | Value::Id(text, _) => serializer.serialize_str(text),
            Value::Secret(secret) => serializer.serialize_str(secret.expose()),
            Value::List(items) => {
                serializer.collect_seq((0..items.len()).map(|index| items.item(index)))
            }
            Value::Object(object) => serialize_object(object, serializer),
            Value::Members(members) => {
                let members = members
                    .iter()
                    .map(|(key, value)| (key, Stored(value.as_json())));
                serializer.collect_map(members)
            }
            Value::Map(map) => serializer.collect_map(map.entries()),
            Value::Json(value) => value.serialize(serializer),
            Value::Foreign(value) => {
                let json = value.json().map_err(S::Error::custom)?;
                json.serialize(serializer)
            }
        }
    }
}

/// A value as it is sent.
fn written(value: &Value<'_>) -> Result<Json, Refusal> {
    let mut json = String::new();
    write_value(&mut json, value)?;
    serde_json::from_str(&json).map_err(|error| Refusal::new(error.to_string()))
}

/// No key is written twice: fields go before custom fields, and these before other keys. A field that could not be read
/// is among the other keys, and is written from there.
fn serialize_object<S: Serializer>(object: &dyn Object, serializer: S) -> Result<S::Ok, S::Error> {
    let shape = object.shape();
    let mut map = serializer.serialize_map(None)?;
    for (index, field) in shape.fields.iter().enumerate() {
        let value = object.value(index);
        if !matches!(value, Value::Absent) {
            map.serialize_entry(field.key(), &value)?;
        }
    }
    let custom = object.kept(Kept::CustomFields);
    let is_field = |key: &str| shape.index(key).is_some();
    let is_written = |key: &str| {
        let field = shape.index(key).map(|index| object.value(index));
        field.is_some_and(|value| !matches!(value, Value::Absent))
            || custom.is_some_and(|custom| custom.contains_key(key))
    };
    let extra = object
        .kept(Kept::Extra)
        .into_iter()
        .flat_map(JsonObject::iter);
    let custom = custom.into_iter().flat_map(JsonObject::iter);
    let members = custom
        .filter(|(key, _)| !is_field(key))
        .chain(extra.filter(|(key, _)| !is_written(key)));
    for (key, value) in members {
        map.serialize_entry(&*key, &Stored(value.as_json()))?;
    }
    map.end()
}

/// JSON text.
struct Stored<'a>(&'a str);

impl Serialize for Stored<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match carried(self.0) {
            Some(value) => value.serialize(serializer),
            None => serializer.collect_map([(STORED_KEY, self.0)]),
        }
    }
}

/// Serde for a type that is a [`Slot`](super::Slot).
macro_rules! plain_serde {
    ($name:ident) => {
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                ::serde::Serialize::serialize(&$crate::model::Slot::value(self), serializer)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                $crate::model::deserialize(deserializer)
            }
        }
    };
}

pub(crate) use plain_serde;

// ---- reading

/// Reads from any format: its data becomes JSON text, which is read like a response.
pub(crate) fn deserialize<'de, T: Slot, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let json = Json::deserialize(deserializer)?.to_string();
    let mut slot = T::blank();
    read(&json, &mut |reader| slot.read(reader)).map_err(de::Error::custom)?;
    Ok(slot)
}

/// Reads JSON text. An error is a sentence.
pub(super) fn read(
    json: &str,
    read: &mut dyn FnMut(&mut Reader<'_>) -> Result<(), Stop>,
) -> Result<(), String> {
    let mut reader = Reader::new(json);
    reader.is_stored = true;
    read(&mut reader).map_err(|_| {
        let fault = reader.fault();
        let message = fault.message(json);
        match fault.path.as_str() {
            "" => message,
            path => format!("{message}, at {path}"),
        }
    })
}
