//! Enumerations that keep words they do not know.

/// Gives an enumeration with an `Unknown(UnknownWord)` variant its wire format and conversions.
///
/// A word that the enumeration does not name is kept in `Unknown` and written back as it came. From
/// text there is a way that refuses such words ([`FromStr`](std::str::FromStr)) and one that takes
/// them on purpose (`unknown`), and none that does so silently.
macro_rules! open_enum {
    ($name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $name {
            /// The values that the API documents, in its order.
            pub const VALUES: &'static [Self] = &[$(Self::$variant),+];

            /// The word as the API writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Unknown(word) => word.as_str(),
                }
            }

            /// A word that this version of the crate may not know, on purpose. One that it does know
            /// becomes the variant of its own.
            pub fn unknown(word: impl ::core::convert::AsRef<str>) -> Self {
                Self::of(word.as_ref())
            }

            fn of(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)+
                    _ => Self::Unknown($crate::UnknownWord::new(word)),
                }
            }
        }

        impl ::core::str::FromStr for $name {
            type Err = $crate::UnknownWordError;

            #[inline]
            fn from_str(word: &str) -> ::core::result::Result<Self, Self::Err> {
                match Self::of(word) {
                    Self::Unknown(word) => {
                        ::core::result::Result::Err($crate::UnknownWordError::new(word))
                    }
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

        impl $crate::model::Slot for $name {
            fn blank() -> Self {
                Self::Unknown($crate::UnknownWord::new(""))
            }

            fn read(
                &mut self,
                reader: &mut $crate::json::Reader<'_>,
            ) -> ::core::result::Result<(), $crate::json::Stop> {
                let at = reader.peek_at();
                *self = Self::of(&reader.text("a word")?);
                if let Self::Unknown(word) = self {
                    $crate::open_enum::note(reader, at, word.as_str());
                }
                ::core::result::Result::Ok(())
            }

            fn value(&self) -> $crate::model::Value<'_> {
                $crate::model::Value::Text(self.as_str())
            }
        }

        $crate::model::plain_serde!($name);
    };
}

pub(crate) use open_enum;

use std::fmt;

use crate::json::Reader;

/// A word that an enumeration of this version of the crate does not name.
///
/// Answers make it, and `unknown`, the constructor of each enumeration, for those who know a word
/// before this crate does: nobody comes by one through a typing error.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnknownWord(Box<str>);

impl UnknownWord {
    pub(crate) fn new(word: &str) -> Self {
        Self(word.into())
    }

    /// The word as it came.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

/// Text that is none of the words that an enumeration names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWordError(UnknownWord);

impl UnknownWordError {
    pub(crate) fn new(word: UnknownWord) -> Self {
        Self(word)
    }

    /// The text.
    pub fn word(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for UnknownWordError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:?} is none of the documented words; `unknown` takes it all the same",
            self.word()
        )
    }
}

impl std::error::Error for UnknownWordError {}

/// The longest unknown word that a note repeats: words of an enumeration are short.
const LONGEST: usize = 60;

/// Notes a word that is not documented.
#[cold]
pub(crate) fn note(reader: &mut Reader<'_>, at: usize, word: &str) {
    let word = word.get(..LONGEST).unwrap_or(word);
    reader.deviate(at, "a documented word", Some(&format!("the word `{word}`")));
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
        Unknown(crate::UnknownWord),
    }

    open_enum! { Colour { Red = "RED", DeepBlue = "deep blue" } }

    #[test]
    fn known_words_are_variants() {
        assert_eq!(
            serde_json::from_value::<Colour>(json!("RED")).unwrap(),
            Colour::Red
        );
        assert_eq!("deep blue".parse::<Colour>().unwrap(), Colour::DeepBlue);
        assert_eq!(Colour::VALUES, [Colour::Red, Colour::DeepBlue]);
        assert_eq!(format!("{:<4}|", Colour::Red), "RED |");
    }

    #[test]
    fn unknown_words_survive_a_round_trip() {
        for word in ["red", "", "GREEN", "Unknown", "a \"quoted\" word"] {
            let colour: Colour = serde_json::from_value(json!(word)).unwrap();
            assert_eq!(colour, Colour::unknown(word));
            assert!(matches!(&colour, Colour::Unknown(unknown) if unknown.as_str() == word));
            assert_eq!(serde_json::to_value(&colour).unwrap(), json!(word));
        }
    }

    #[test]
    fn an_unknown_word_is_made_on_purpose_only() {
        let error = "GREEN".parse::<Colour>().unwrap_err();
        assert_eq!(error.word(), "GREEN");
        assert!(error.to_string().contains("\"GREEN\""), "{error}");
        assert_eq!(Colour::unknown("GREEN").as_str(), "GREEN");
        assert_eq!(Colour::unknown("RED"), Colour::Red);
    }

    #[test]
    fn only_text_and_numbers_are_words() {
        assert_eq!(
            serde_json::from_value::<Colour>(json!(1)).unwrap(),
            Colour::unknown("1")
        );
        for answer in [json!(null), json!([]), json!({}), json!(true)] {
            assert!(serde_json::from_value::<Colour>(answer).is_err());
        }
    }

    #[test]
    fn orders_as_documented() {
        assert!(Colour::Red < Colour::DeepBlue);
        assert!(Colour::DeepBlue < Colour::unknown("a"));
    }
}
