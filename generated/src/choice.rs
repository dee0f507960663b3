//! Values of one of several types.
#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "only some documents have such values"
)]

use serde_json::Value as Json;

use crate::{
    json::{Reader, Stop},
    model::Slot,
};

/// Implements reading and writing for an enum of types, with an `Unknown` variant for any JSON.
///
/// The discriminator or the status selects the alternative. Without either, the value is read as the first
/// alternative that fits without a deviation, or else as the first that can hold it. `Unknown` keeps any other
/// value, and writes it back unchanged.
macro_rules! choice {
    (@read $variant:expr, $reader:ident) => { $crate::choice::nothing($reader).map(|()| $variant) };
    (@read $variant:expr, $reader:ident, $ty:ty) => { $crate::choice::attempt::<$ty>($reader).map($variant) };
    (@value) => { $crate::model::Value::Null };
    (@value $value:ident) => { $crate::model::Slot::value($value) };
    ($name:ident by $key:literal { $($variant:ident $(($value:ident: $ty:ty))? [$($literal:literal),*],)* }) => {
        impl $crate::model::Slot for $name {
            fn blank() -> Self {
                Self::Unknown(::serde_json::Value::Null)
            }

            fn read(
                &mut self,
                reader: &mut $crate::json::Reader<'_>,
            ) -> ::core::result::Result<(), $crate::json::Stop> {
                *self = $crate::choice::read(
                    reader,
                    $key,
                    &[$((
                        &[$($literal),*],
                        |reader| $crate::choice!(@read Self::$variant, reader $(, $ty)?),
                    )),*],
                    Self::Unknown,
                )?;
                ::core::result::Result::Ok(())
            }

            fn value(&self) -> $crate::model::Value<'_> {
                match self {
                    $(Self::$variant $(($value))? => $crate::choice!(@value $($value)?),)*
                    Self::Unknown(value) => $crate::model::Slot::value(value),
                }
            }
        }

        $crate::model::plain_serde!($name);
    };
}

pub(crate) use choice;

/// The key for a choice that the status of the response decides.
const STATUS: &str = ":status";

/// The deepest nesting of choices that is read. Each level may multiply the cost of reading.
const MOST_CHOICES: u8 = 6;

/// The values of the discriminator for an alternative, and its reader.
type Alternative<T> = (
    &'static [&'static str],
    fn(&mut Reader<'_>) -> Result<T, Stop>,
);

/// Reads the value at the reader as one of the alternatives.
pub(crate) fn read<T>(
    reader: &mut Reader<'_>,
    key: &str,
    alternatives: &[Alternative<T>],
    unknown: fn(Json) -> T,
) -> Result<T, Stop> {
    let mut json = Json::blank();
    let ahead = reader.again();
    json.read(reader)?;
    if ahead.choices > MOST_CHOICES {
        return Ok(unknown(json));
    }
    let status = ahead.status.to_string();
    let values = match json.get(key).and_then(Json::as_str) {
        _ if key == STATUS => vec![status.as_str(), "2XX"],
        value => value.into_iter().filter(|_| !key.is_empty()).collect(),
    };
    let attempt = |read: fn(&mut Reader<'_>) -> Result<T, Stop>, strictly: bool| {
        let mut reader = ahead.clone();
        let value = read(&mut reader).ok()?;
        (!strictly || reader.notes.is_empty()).then_some(value)
    };
    let named = |value| {
        alternatives
            .iter()
            .find(|(values, _)| values.contains(&value))
    };
    let named = values.into_iter().find_map(named);
    let first = |strictly| {
        let mut alternatives = alternatives.iter();
        alternatives.find_map(|(_, read)| attempt(*read, strictly))
    };
    let value = named.and_then(|(_, read)| attempt(*read, false));
    let value = value.or_else(|| first(true)).or_else(|| first(false));
    Ok(value.unwrap_or_else(|| unknown(json)))
}

/// Reads one alternative.
pub(crate) fn attempt<T: Slot>(reader: &mut Reader<'_>) -> Result<T, Stop> {
    let mut value = T::blank();
    value.read(reader)?;
    Ok(value)
}

/// Reads an alternative without content.
pub(crate) fn nothing(reader: &mut Reader<'_>) -> Result<(), Stop> {
    reader.peek();
    reader.literal("null")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    /// A size.
    #[derive(Clone, Debug, PartialEq)]
    enum Size {
        Integer(i64),
        List(Vec<Size>),
        String(String),
        Unknown(serde_json::Value),
    }

    choice! {
        Size by "" {
            Integer(value: i64) [],
            List(value: Vec<Size>) [],
            String(value: String) [],
        }
    }

    #[test]
    fn the_best_alternative_is_chosen_and_any_value_survives_a_round_trip() {
        for (value, size) in [
            (json!(1), Size::Integer(1)),
            // A number in quotes could be read as one.
            (json!("1"), Size::String("1".to_owned())),
            (
                json!([1, "a"]),
                Size::List(vec![Size::Integer(1), Size::String("a".to_owned())]),
            ),
            (json!({"a": null}), Size::Unknown(json!({"a": null}))),
        ] {
            let read: Size = serde_json::from_value(value.clone()).unwrap();
            assert_eq!(read, size);
            assert_eq!(serde_json::to_value(&read).unwrap(), value);
        }
    }
}
