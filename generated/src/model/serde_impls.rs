//! Models and serde, so that programs can store them: thin, and generic over nothing but the format.

use std::fmt;

use serde::{
    de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor},
    ser::{self, Serialize, SerializeMap, SerializeSeq, Serializer},
};
use serde_json::value::RawValue;

use super::{Kept, Object, Slot, Value, read_object};
use crate::{
    json::{Reader, Stop, kind, paths, write_float, write_integer, write_string},
    json_text,
    members::Members,
};

// ---- writing

/// Writes a value.
pub(crate) fn serialize<S: Serializer>(value: Value<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    value.serialize(serializer)
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Value::Absent | Value::Null => serializer.serialize_unit(),
            Value::Boolean(value) => serializer.serialize_bool(value),
            Value::Integer(value) => serializer.serialize_i64(value),
            Value::Float(value) => serializer.serialize_f64(value),
            Value::Money(money) => money.serialize(serializer),
            Value::DateTime(date_time) => date_time.serialize(serializer),
            Value::Text(text) | Value::Id(text, _) => serializer.serialize_str(text),
            Value::Secret(secret) => serializer.serialize_str(secret.expose()),
            Value::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for index in 0..items.len() {
                    list.serialize_element(&items.item(index))?;
                }
                list.end()
            }
            Value::Object(object) => serialize_object(object, serializer),
            Value::Members(members) => members.serialize(serializer),
            Value::Json(value) => value.serialize(serializer),
        }
    }
}

/// No key is written twice: fields go before custom fields, and these before other keys. What could not be read as a
/// field is among the other keys, and is written in its place.
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
    for (key, value) in custom.into_iter().flat_map(Members::iter) {
        if shape.index(&key).is_none() {
            map.serialize_entry(&*key, &Verbatim(value.as_json()))?;
        }
    }
    for (key, value) in object.kept(Kept::Extra).into_iter().flat_map(Members::iter) {
        let field = shape.index(&key).map(|index| object.value(index));
        let written = field.is_some_and(|value| !matches!(value, Value::Absent))
            || custom.is_some_and(|custom| custom.get(&key).is_some());
        if !written {
            map.serialize_entry(&*key, &Verbatim(value.as_json()))?;
        }
    }
    map.end()
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in self.iter() {
            map.serialize_entry(&*key, &Verbatim(value.as_json()))?;
        }
        map.end()
    }
}

/// JSON text: as it stands where the format is text by `serde_json`, by value elsewhere.
struct Verbatim<'a>(&'a str);

impl Serialize for Verbatim<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // The only formats that take a raw value as it is; others would write a strange struct.
        if std::any::type_name::<S>().contains("serde_json::ser::") {
            return serde_json::from_str::<&RawValue>(self.0)
                .map_err(ser::Error::custom)?
                .serialize(serializer);
        }
        match serde_json::from_str::<serde_json::Value>(self.0) {
            Ok(value) => value.serialize(serializer),
            // JSON by its form, with something in it that this format has no place for.
            Err(_) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry(json_text::DAMAGED_KEY, self.0)?;
                map.end()
            }
        }
    }
}

/// Serde for a type that is a [`Slot`](super::Slot) and no model.
macro_rules! plain_serde {
    ($name:ident) => {
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                $crate::model::serialize($crate::model::Slot::value(self), serializer)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                $crate::model::deserialize_slot(deserializer)
            }
        }
    };
}

pub(crate) use plain_serde;

// ---- reading

/// Reads a model from any format: the format's data becomes JSON text, which the one reader of models
/// reads.
pub(crate) fn deserialize<'de, T: Object + Slot, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let mut model = T::blank();
    fill(&mut model, deserializer)?;
    Ok(model)
}

/// Reads into a blank model.
pub(super) fn fill<'de, D: Deserializer<'de>>(
    object: &mut dyn Object,
    deserializer: D,
) -> Result<(), D::Error> {
    let json = text(deserializer)?;
    let mut reader = Reader::new(&json);
    if reader.peek() != b'{' {
        let found = kind(json.as_bytes());
        let name = object.shape().name;
        return Err(de::Error::custom(format_args!(
            "expected a JSON object ({name}), found {found}"
        )));
    }
    read_object(object, &mut reader).map_err(|_| error(&json, &reader))
}

/// Reads anything that stands in a field.
pub(crate) fn deserialize_slot<'de, T: Slot, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let mut slot = T::blank();
    let json = text(deserializer)?;
    let mut reader = Reader::new(&json);
    match slot.read(&mut reader) {
        Ok(()) => Ok(slot),
        Err(Stop) => Err(error(&json, &reader)),
    }
}

/// Reads the members of an object that has no type.
pub(crate) fn deserialize_members<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Members, D::Error> {
    let json = text(deserializer)?;
    let mut reader = Reader::new(&json);
    crate::members::read_members(&mut reader).map_err(|_| error(&json, &reader))
}

#[cold]
fn error<E: de::Error>(json: &str, reader: &Reader<'_>) -> E {
    let fault = reader.fault();
    let message = fault.message(json);
    match paths(json, &[fault.at]).pop() {
        Some(path) if path != "." => E::custom(format_args!("{message}, at {path}")),
        _ => E::custom(message),
    }
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let mut json = String::new();
    // By this name `serde_json` knows that the text of the value is asked for, with every digit as
    // it is. Other formats, and other versions of it, take the name for that of a wrapper, and
    // answer with what is in it.
    deserializer.deserialize_newtype_struct(RAW, Transcoder(&mut json))?;
    Ok(json)
}

/// The name of `serde_json`'s raw values.
const RAW: &str = "$serde_json::private::RawValue";
/// The name of its numbers, where a program turns on `arbitrary_precision`.
const NUMBER: &str = "$serde_json::private::Number";

/// Writes what a format holds as JSON text.
struct Transcoder<'a>(&'a mut String);

impl<'de> DeserializeSeed<'de> for Transcoder<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Transcoder<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value that JSON has")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<(), E> {
        self.0.push_str(if value { "true" } else { "false" });
        Ok(())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<(), E> {
        write_integer(self.0, value);
        Ok(())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<(), E> {
        write_integer(self.0, value);
        Ok(())
    }

    fn visit_i128<E: de::Error>(self, value: i128) -> Result<(), E> {
        write_integer(self.0, value);
        Ok(())
    }

    fn visit_u128<E: de::Error>(self, value: u128) -> Result<(), E> {
        write_integer(self.0, value);
        Ok(())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<(), E> {
        if write_float(self.0, value) {
            Ok(())
        } else {
            Err(E::custom("JSON has no such number"))
        }
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<(), E> {
        write_string(self.0, value);
        Ok(())
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        self.0.push_str("null");
        Ok(())
    }

    fn visit_none<E: de::Error>(self) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.0.push('[');
        let begin = self.0.len();
        loop {
            let end = self.0.len();
            if end > begin {
                self.0.push(',');
            }
            if items.next_element_seed(Transcoder(self.0))?.is_none() {
                self.0.truncate(end);
                break;
            }
        }
        self.0.push(']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        self.0.push('{');
        let begin = self.0.len();
        while let Some(key) = members.next_key::<String>()? {
            if key == RAW || key == NUMBER {
                self.0.truncate(begin - 1);
                self.0.push_str(&members.next_value::<String>()?);
                return Ok(());
            }
            if self.0.len() > begin {
                self.0.push(',');
            }
            write_string(self.0, &key);
            self.0.push(':');
            members.next_value_seed(Transcoder(self.0))?;
        }
        self.0.push('}');
        Ok(())
    }
}
