//! Amounts of money, exact.

use std::{fmt, str::FromStr};

use rust_decimal::Decimal;
use serde::{
    de::{self, Deserialize, Deserializer, MapAccess, Visitor, value::MapAccessDeserializer},
    ser::{self, Serialize, Serializer},
};

use crate::Patch;

/// An amount of money: a decimal number, never rounded behind your back.
///
/// On the wire an amount is a JSON number. Reading also takes text. Writing fails when the number
/// that the text of the request stands for would not be exactly this amount, which happens only
/// beyond some 15 significant digits.
///
/// ```
/// use heffl::Money;
///
/// let price: Money = "19.90".parse()?;
/// assert_eq!(serde_json::to_string(&price)?, "19.9");
/// assert_eq!(Money::from(25_000).to_string(), "25000");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Money(Decimal);

impl Money {
    /// No money.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// Takes a decimal number as an amount.
    pub const fn new(amount: Decimal) -> Self {
        Self(amount)
    }

    /// The amount as a decimal number, to calculate with.
    pub const fn amount(self) -> Decimal {
        self.0
    }
}

/// Text or a number that is no amount of money, or has more digits than [`Money`] keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParseMoneyError;

impl fmt::Display for ParseMoneyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("not a decimal number of at most 28 digits")
    }
}

impl std::error::Error for ParseMoneyError {}

impl FromStr for Money {
    type Err = ParseMoneyError;

    /// Reads `1234.5`, `-3` and, as JSON may write it, `1.5e3`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        // The decimal library skips underscores, which no amount contains.
        if !text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
        {
            return Err(ParseMoneyError);
        }
        Decimal::from_str_exact(text)
            .or_else(|error| {
                if text.contains(['e', 'E']) {
                    from_scientific(text).ok_or(error)
                } else {
                    Err(error)
                }
            })
            .map(Self)
            .map_err(|_| ParseMoneyError)
    }
}

/// Reads `MANTISSAeEXPONENT` without rounding.
fn from_scientific(text: &str) -> Option<Decimal> {
    let (mantissa, exponent) = text.split_once(['e', 'E'])?;
    let mantissa = Decimal::from_str_exact(mantissa).ok()?.normalize();
    let exponent: i32 = exponent.parse().ok()?;
    if mantissa.is_zero() {
        return Some(Decimal::ZERO);
    }
    let scale = i64::from(mantissa.scale()) - i64::from(exponent);
    if let Ok(scale) = u32::try_from(scale) {
        return Decimal::try_from_i128_with_scale(mantissa.mantissa(), scale).ok();
    }
    let factor = 10_i128.checked_pow(u32::try_from(-scale).ok()?)?;
    Decimal::try_from_i128_with_scale(mantissa.mantissa().checked_mul(factor)?, 0).ok()
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl From<Decimal> for Money {
    fn from(amount: Decimal) -> Self {
        Self(amount)
    }
}

impl From<Money> for Decimal {
    fn from(money: Money) -> Self {
        money.0
    }
}

impl From<Decimal> for Patch<Money> {
    fn from(amount: Decimal) -> Self {
        Self::Set(Money(amount))
    }
}

macro_rules! from_integers {
    ($($integer:ty),+) => {$(
        impl From<$integer> for Money {
            fn from(amount: $integer) -> Self {
                Self(amount.into())
            }
        }

        impl From<$integer> for Patch<Money> {
            fn from(amount: $integer) -> Self {
                Self::Set(amount.into())
            }
        }
    )+};
}

from_integers!(u8, u16, u32, u64, i8, i16, i32, i64);

impl TryFrom<f64> for Money {
    type Error = ParseMoneyError;

    /// Takes the shortest decimal number that reads back as this float: `0.1` is one tenth.
    fn try_from(amount: f64) -> Result<Self, Self::Error> {
        if !amount.is_finite() {
            return Err(ParseMoneyError);
        }
        format!("{amount:e}").parse()
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let amount = self.0.normalize();
        if amount.scale() == 0 {
            if let Ok(whole) = i64::try_from(amount) {
                return serializer.serialize_i64(whole);
            }
            if let Ok(whole) = u64::try_from(amount) {
                return serializer.serialize_u64(whole);
            }
        }
        let float = amount.to_string().parse().map_err(ser::Error::custom)?;
        if Self::try_from(float) == Ok(Self(amount)) {
            serializer.serialize_f64(float)
        } else {
            Err(ser::Error::custom(
                "the amount of money has more digits than a JSON number carries exactly; round it first",
            ))
        }
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MoneyVisitor)
    }
}

struct MoneyVisitor;

impl<'de> Visitor<'de> for MoneyVisitor {
    type Value = Money;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an amount of money as a number or as text")
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Money, E> {
        Ok(value.into())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Money, E> {
        Ok(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Money, E> {
        Money::try_from(value).map_err(E::custom)
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Money, E> {
        value.parse().map_err(E::custom)
    }

    /// Numbers arrive as maps when another crate of the program turns on `arbitrary_precision`.
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Money, A::Error> {
        let number = serde_json::Number::deserialize(MapAccessDeserializer::new(map))
            .map_err(|_| de::Error::invalid_type(de::Unexpected::Map, &self))?;
        number.to_string().parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{Money, Patch};

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn reads_numbers_and_text_exactly() {
        for (json, text) in [
            ("0", "0"),
            ("-0.0", "0"),
            ("25000", "25000"),
            ("0.1", "0.1"),
            ("19.90", "19.9"),
            ("-12.345", "-12.345"),
            ("1e3", "1000"),
            ("1.5E-2", "0.015"),
            ("123456789012.345", "123456789012.345"),
            ("\"19.90\"", "19.90"),
            ("\" 7 \"", "7"),
            ("18446744073709551615", "18446744073709551615"),
            ("\"12345678901234567.89\"", "12345678901234567.89"),
        ] {
            let read: Money = serde_json::from_str(json).unwrap();
            assert_eq!(read, money(text), "{json}");
        }
    }

    #[test]
    fn refuses_what_is_no_amount() {
        for json in [
            "null",
            "true",
            "\"\"",
            "\"1_000\"",
            "\"1,5\"",
            "\"€ 5\"",
            "1e300",
            "1e-300",
            "{}",
            "[1]",
            "\"NaN\"",
        ] {
            assert!(serde_json::from_str::<Money>(json).is_err(), "{json}");
        }
        for float in [f64::NAN, f64::INFINITY, 1e40] {
            assert!(Money::try_from(float).is_err());
        }
    }

    #[test]
    fn writes_a_number_exactly_or_not_at_all() {
        for (text, json) in [
            ("0", "0"),
            ("-0", "0"),
            ("25000.00", "25000"),
            ("0.1", "0.1"),
            ("-12.345", "-12.345"),
            ("999999999999.999", "999999999999.999"),
            ("9007199254740993", "9007199254740993"),
            ("18446744073709551615", "18446744073709551615"),
        ] {
            assert_eq!(serde_json::to_string(&money(text)).unwrap(), json);
        }
        for text in [
            "12345678901234567.89",
            "0.1234567890123456789",
            "79228162514264337593543950335",
        ] {
            let error = serde_json::to_string(&money(text)).unwrap_err();
            assert!(
                error.to_string().contains("round it first"),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn fifteen_digits_survive_a_round_trip() {
        let mut digits: u64 = 123_456_789_012_345;
        for step in 0..5_000_u64 {
            digits = (digits
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(step))
                % 1_000_000_000_000_000;
            let amount = Money::new(rust_decimal::Decimal::new(
                i64::try_from(digits).unwrap(),
                u32::try_from(step % 12).unwrap(),
            ));
            let json = serde_json::to_string(&amount).unwrap();
            assert_eq!(
                serde_json::from_str::<Money>(&json).unwrap(),
                amount,
                "{json}"
            );
        }
    }

    #[test]
    fn goes_into_updates() {
        assert_eq!(Patch::<Money>::from(5), Patch::Set(Money::from(5)));
        assert_eq!(
            Patch::<Money>::from(rust_decimal::Decimal::ONE),
            Patch::Set(Money::from(1))
        );
        assert_eq!(Patch::from(Money::ZERO), Patch::Set(Money::from(0)));
    }
}
