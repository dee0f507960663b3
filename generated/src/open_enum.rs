//! Enumerations that keep words they do not know.

/// Gives an enumeration with an `Unknown(Box<str>)` variant its wire format and conversions.
///
/// A word that the enumeration does not name is kept in `Unknown` and written back as it came.
macro_rules! open_enum {
    ($name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $name {
            /// The values that the API documents, in its order.
            pub const VALUES: &'static [Self] = &[$(Self::$variant),+];

            /// The word as the API writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Unknown(word) => word,
                }
            }

            fn known(word: &str) -> ::core::option::Option<Self> {
                match word {
                    $($word => ::core::option::Option::Some(Self::$variant),)+
                    _ => ::core::option::Option::None,
                }
            }
        }

        impl ::core::convert::From<&str> for $name {
            fn from(word: &str) -> Self {
                Self::known(word).unwrap_or_else(|| Self::Unknown(word.into()))
            }
        }

        impl ::core::convert::From<::std::string::String> for $name {
            fn from(word: ::std::string::String) -> Self {
                Self::known(&word).unwrap_or_else(|| Self::Unknown(word.into_boxed_str()))
            }
        }

        impl ::core::str::FromStr for $name {
            type Err = ::core::convert::Infallible;

            fn from_str(word: &str) -> ::core::result::Result<Self, Self::Err> {
                ::core::result::Result::Ok(Self::from(word))
            }
        }

        impl ::core::convert::AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                $crate::open_enum::read(deserializer)
            }
        }
    };
}

pub(crate) use open_enum;

use std::{fmt, marker::PhantomData};

use serde::de::{Deserializer, Error, Visitor};

/// Reads a word of an open enumeration; a known word costs no allocation.
pub(crate) fn read<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: for<'word> From<&'word str>,
    D: Deserializer<'de>,
{
    deserializer.deserialize_str(WordVisitor(PhantomData))
}

struct WordVisitor<T>(PhantomData<fn() -> T>);

impl<T: for<'word> From<&'word str>> Visitor<'_> for WordVisitor<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a word")
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<T, E> {
        Ok(T::from(value))
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        unreachable_pub,
        reason = "the macro makes public items, as the generated code needs them"
    )]

    use serde_json::json;

    /// Colour of a gadget.
    #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub enum Colour {
        Red,
        DeepBlue,
        Unknown(Box<str>),
    }

    open_enum! { Colour { Red = "RED", DeepBlue = "deep blue" } }

    #[test]
    fn known_words_are_variants() {
        assert_eq!(
            serde_json::from_value::<Colour>(json!("RED")).unwrap(),
            Colour::Red
        );
        assert_eq!("deep blue".parse::<Colour>().unwrap(), Colour::DeepBlue);
        assert_eq!(Colour::from(String::from("RED")), Colour::Red);
        assert_eq!(Colour::VALUES, [Colour::Red, Colour::DeepBlue]);
        assert_eq!(format!("{:<4}|", Colour::Red), "RED |");
    }

    #[test]
    fn unknown_words_survive_a_round_trip() {
        for word in ["red", "", "GREEN", "Unknown", "a \"quoted\" word"] {
            let colour: Colour = serde_json::from_value(json!(word)).unwrap();
            assert_eq!(colour, Colour::Unknown(word.into()));
            assert_eq!(serde_json::to_value(&colour).unwrap(), json!(word));
        }
    }

    #[test]
    fn only_text_is_a_word() {
        for answer in [json!(null), json!(1), json!({}), json!(true)] {
            assert!(serde_json::from_value::<Colour>(answer).is_err());
        }
    }

    #[test]
    fn orders_as_documented() {
        assert!(Colour::Red < Colour::DeepBlue);
        assert!(Colour::DeepBlue < Colour::Unknown("a".into()));
    }
}
