//! Enums that keep unknown values.

/// Declares an enumeration of the values that the API documents, with a variant `Unknown` for others.
///
/// An undocumented value is kept in `Unknown` and written back unchanged. For
/// text, [`FromStr`](std::str::FromStr) refuses such values, and `unknown` accepts them
/// explicitly. No conversion accepts them silently.
macro_rules! open_enum {
    (
        $(#[$attribute:meta])*
        pub enum $name:ident { $($(#[$about:meta])* $variant:ident = $value:literal),+ $(,)? }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(
                $(#[$about])*
                #[doc = ""]
                #[doc = ::core::concat!("`", $value, "`")]
                $variant,
            )+
            /// An unknown value, as it was received.
            Unknown($crate::open_enum::UnknownValue),
        }

        impl $name {
            /// The documented values, in the order of the documentation.
            pub const VALUES: &'static [Self] = &[$(Self::$variant),+];

            /// The value as the API writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $value,)+
                    Self::Unknown(value) => value.as_str(),
                }
            }

            /// Creates a value that may be undocumented. A documented value becomes its own variant.
            pub fn unknown(value: impl ::core::convert::AsRef<str>) -> Self {
                Self::of(value.as_ref())
            }

            fn of(value: &str) -> Self {
                match value {
                    $($value => Self::$variant,)+
                    _ => Self::Unknown($crate::open_enum::UnknownValue::new(value)),
                }
            }
        }

        impl ::core::str::FromStr for $name {
            type Err = $crate::parse_error::ParseError;

            #[inline]
            fn from_str(
                value: &str,
            ) -> ::core::result::Result<Self, $crate::parse_error::ParseError> {
                match Self::of(value) {
                    Self::Unknown(value) => ::core::result::Result::Err(value.refused()),
                    known => ::core::result::Result::Ok(known),
                }
            }
        }

        impl ::core::convert::AsRef<str> for $name {
            #[inline]
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl ::core::fmt::Display for $name {
            #[inline]
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        $crate::model::leaf!(
            $name: Self::Unknown($crate::open_enum::UnknownValue::new("")),
            reader => {
                let (at, value) = (reader.peek_at(), Self::of(&reader.text("text")?));
                if let Self::Unknown(value) = &value {
                    $crate::open_enum::note(reader, at, value.as_str());
                }
                ::core::result::Result::Ok(value)
            },
            value => $crate::model::Value::Text(value.as_str())
        );

        $crate::model::plain_serde!($name);
    };
}

pub(crate) use open_enum;

use std::fmt;

use crate::{json::Reader, parse_error::ParseError};

/// A value that an enumeration does not know.
///
/// Such a value comes from a response, or from `unknown`, the constructor of each enumeration. Parsing
/// text never creates an unknown value, so it reports typing errors.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnknownValue(Box<str>);

impl UnknownValue {
    pub(crate) fn new(value: &str) -> Self {
        Self(value.into())
    }

    /// The error of text that should be a documented value.
    pub(crate) fn refused(&self) -> ParseError {
        ParseError::new("a documented value (`unknown` takes any other)", &self.0)
    }

    /// The value as it was received.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UnknownValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

/// The longest unknown value that a note repeats: values of an enumeration are short.
const LONGEST: usize = 60;

/// Notes a value that is not documented.
#[cold]
pub(crate) fn note(reader: &mut Reader<'_>, at: usize, value: &str) {
    let value = value.get(..LONGEST).unwrap_or(value);
    let found = format!("the value `{value}`");
    reader.deviate(at, "a documented value", Some(&found));
}

#[cfg(test)]
mod tests {
    #![allow(
        unreachable_pub,
        reason = "the macro makes public items, as the generated code needs them"
    )]

    use serde_json::json;

    open_enum! {
        /// Colour of a gadget.
        pub enum Colour { Red = "RED", DeepBlue = "deep blue" }
    }

    #[test]
    fn known_values_are_variants() {
        assert_eq!(
            serde_json::from_value::<Colour>(json!("RED")).unwrap(),
            Colour::Red
        );
        assert_eq!("deep blue".parse::<Colour>().unwrap(), Colour::DeepBlue);
        assert_eq!(Colour::VALUES, [Colour::Red, Colour::DeepBlue]);
        assert_eq!(format!("{:<4}|", Colour::Red), "RED |");
    }

    #[test]
    fn unknown_values_survive_a_round_trip() {
        for value in ["red", "", "GREEN", "Unknown", "a \"quoted\" word"] {
            let colour: Colour = serde_json::from_value(json!(value)).unwrap();
            assert_eq!(colour, Colour::unknown(value));
            assert!(matches!(&colour, Colour::Unknown(unknown) if unknown.as_str() == value));
            assert_eq!(serde_json::to_value(&colour).unwrap(), json!(value));
        }
    }

    #[test]
    fn an_unknown_value_is_made_only_explicitly() {
        let error = "GREEN".parse::<Colour>().unwrap_err();
        assert_eq!(error.found(), "GREEN");
        assert!(error.to_string().contains("\"GREEN\""), "{error}");
        assert_eq!(Colour::unknown("GREEN").as_str(), "GREEN");
        assert_eq!(Colour::unknown("RED"), Colour::Red);
    }

    #[test]
    fn only_text_and_numbers_are_values() {
        assert_eq!(
            serde_json::from_value::<Colour>(json!(1)).unwrap(),
            Colour::unknown("1")
        );
        for json in [json!(null), json!([]), json!({}), json!(true)] {
            assert!(serde_json::from_value::<Colour>(json).is_err());
        }
    }

    #[test]
    fn orders_as_documented() {
        assert!(Colour::Red < Colour::DeepBlue);
        assert!(Colour::DeepBlue < Colour::unknown("a"));
    }
}
