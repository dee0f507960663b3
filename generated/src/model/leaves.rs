//! Reads plain values.
//!
//! A value of another kind is converted if the type can hold it: a number as text, a number in quotes, `2.0` for an
//! integer. Each conversion is reported as a [`Deviation`](crate::Deviation).

use std::borrow::Cow;

use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::{Slot, Value, plain_serde, read_foreign, read_list};
use crate::{
    custom_fields::CustomFields,
    date_time::{self, DateTime},
    json::{Number, Reader, Stop, What},
    json_object::{self, JsonObject},
    money::{Money, read_decimal},
    patch::Patch,
    secret::Secret,
};

impl<'a> Reader<'a> {
    /// A text, or a number as it is written.
    #[inline]
    pub(crate) fn text(&mut self, expected: &'static str) -> Result<Cow<'a, str>, Stop> {
        if self.peek() == b'"' {
            return self.string();
        }
        self.text_of_number(expected)
    }

    #[cold]
    fn text_of_number(&mut self, expected: &'static str) -> Result<Cow<'a, str>, Stop> {
        let at = self.at;
        if !matches!(self.peek(), b'-' | b'0'..=b'9') {
            return Err(self.mismatch(expected));
        }
        let number = self.number()?;
        self.deviate(at, expected, None);
        Ok(Cow::Borrowed(number.text))
    }

    /// Converts a number, or a number in quotes. `unfit` describes a number that the type cannot hold.
    pub(crate) fn numeric<T>(
        &mut self,
        expected: &'static str,
        unfit: &'static str,
        convert: impl Fn(&Number<'_>) -> Option<T>,
    ) -> Result<T, Stop> {
        let first = self.peek();
        let at = self.at;
        let converted = match first {
            b'-' | b'0'..=b'9' => convert(&self.number()?),
            b'"' => {
                let text = self.string()?;
                let Some(number) = Number::parse(text.trim()) else {
                    return Err(self.stop(at, What::Expected(expected)));
                };
                let converted = convert(&number);
                if converted.is_some() {
                    self.deviate(at, expected, None);
                }
                converted
            }
            _ => return Err(self.mismatch(expected)),
        };
        converted.ok_or_else(|| self.stop(at, What::Refused(unfit)))
    }
}

/// Implements [`Slot`](super::Slot) for a type that is one value of JSON.
macro_rules! leaf {
    (
        $name:ty: $blank:expr, $reader:ident => $read:expr, $this:ident => $value:expr
        $(, $members:ident => $object:expr)?
    ) => {
        impl $crate::model::Slot for $name {
            fn blank() -> Self {
                $blank
            }

            fn read(
                &mut self,
                $reader: &mut $crate::json::Reader<'_>,
            ) -> ::core::result::Result<(), $crate::json::Stop> {
                *self = $read?;
                ::core::result::Result::Ok(())
            }

            fn value(&self) -> $crate::model::Value<'_> {
                let $this = self;
                $value
            }

            $(
                fn members_mut(&mut self) -> ::core::option::Option<&mut $crate::json_object::JsonObject> {
                    let $members = self;
                    ::core::option::Option::Some($object)
                }
            )?
        }
    };
}

pub(crate) use leaf;

leaf!(String: Self::new(), reader => reader.text("text").map(Cow::into_owned), text => Value::Text(text));
leaf!(bool: false, reader => read_boolean(reader), boolean => Value::Boolean(*boolean));
leaf!(i64: 0, reader => read_integer(reader), integer => Value::Integer(*integer));
leaf!(f64: 0.0, reader => read_float(reader), float => Value::Float(*float));
leaf!(Json: Self::Null, reader => read_foreign(reader), json => Value::Json(json));
leaf!(Decimal: Self::ZERO, reader => read_decimal(reader), amount => Value::Money((*amount).into()));
leaf!(Money: Self::ZERO, reader => read_decimal(reader).map(Self::new), money => Value::Money(*money));
leaf!(DateTime: date_time::BLANK, reader => date_time::read(reader), time => Value::DateTime(time));
leaf!(Secret: Self::from(""), reader => reader.text("text").map(|text| Self::from(&*text)), secret => Value::Secret(secret));
leaf!(
    JsonObject: Self::default(), reader => json_object::read(reader), object => Value::Members(object),
    members => members
);
// Reading accepts all keys: v1 omits `cf_` in its object of custom fields.
leaf!(
    CustomFields: Self::default(), reader => json_object::read(reader).map(Self), fields => Value::Members(fields),
    fields => &mut fields.0
);
// Money is stored as a number if the format represents it exactly, and as text otherwise.
plain_serde!(Money);
plain_serde!(DateTime);
plain_serde!(Secret);
plain_serde!(JsonObject);
plain_serde!(CustomFields);

fn read_boolean(reader: &mut Reader<'_>) -> Result<bool, Stop> {
    match reader.peek() {
        b't' => reader.literal("true").map(|()| true),
        b'f' => reader.literal("false").map(|()| false),
        _ => {
            let at = reader.at;
            let value = reader.take("\"true\"");
            if !value && !reader.take("\"false\"") {
                return Err(reader.mismatch("a boolean"));
            }
            reader.deviate(at, "a boolean", None);
            Ok(value)
        }
    }
}

fn read_integer(reader: &mut Reader<'_>) -> Result<i64, Stop> {
    let at = reader.peek_at();
    let unfit = "a number that is not whole, or beyond 64 bits";
    let (value, plain) = reader.numeric("a whole number", unfit, |number| {
        Some((number.whole()?, number.is_plain_integer))
    })?;
    if !plain {
        reader.deviate(at, "a whole number", None);
    }
    Ok(value)
}

#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the method is not general over the lifetime of its number"
)]
fn read_float(reader: &mut Reader<'_>) -> Result<f64, Stop> {
    let unfit = "a number beyond the range of floats";
    reader.numeric("a number", unfit, |number| number.float())
}

impl<T: Slot> Slot for Option<T> {
    fn blank() -> Self {
        None
    }

    fn reset(&mut self) {
        *self = None;
    }

    // Assigning would drop an earlier value, and that code would be most of this function.
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Stop> {
        if reader.peek() == b'n' {
            return reader.literal("null");
        }
        self.get_or_insert_with(T::blank).read(reader)
    }

    // Inlined, it would take most of the time to compile the fields of all models.
    #[inline(never)]
    fn value(&self) -> Value<'_> {
        match self {
            Some(value) => value.value(),
            None => Value::Absent,
        }
    }
}

impl<T: Slot> Slot for Patch<T> {
    fn blank() -> Self {
        Self::Keep
    }

    fn reset(&mut self) {
        *self = Self::Keep;
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Stop> {
        let is_null = reader.peek() == b'n';
        if self.is_keep() {
            *self = if is_null {
                Self::Clear
            } else {
                Self::Set(T::blank())
            };
        }
        match self {
            Self::Set(value) if !is_null => value.read(reader),
            _ => reader.literal("null"),
        }
    }

    fn value(&self) -> Value<'_> {
        match self {
            Self::Keep => Value::Absent,
            Self::Clear => Value::Null,
            Self::Set(value) => value.value(),
        }
    }
}

impl<T: Slot> Slot for Box<T> {
    fn blank() -> Self {
        Self::new(T::blank())
    }

    fn reset(&mut self) {
        (**self).reset();
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Stop> {
        (**self).read(reader)
    }

    fn value(&self) -> Value<'_> {
        (**self).value()
    }
}

impl<T: Slot> Slot for Vec<T> {
    fn blank() -> Self {
        Self::new()
    }

    fn reset(&mut self) {
        *self = Self::new();
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Stop> {
        read_list(self, reader)
    }

    fn value(&self) -> Value<'_> {
        Value::List(self)
    }
}
