//! Identifiers: one type per kind of record.
//!
//! One kind does not pass for another, unless the API takes both:
//!
//! ```compile_fail,E0277
//! let lead = heffl::LeadId::new("ld_1");
//! heffl::v2::CreateDeal::new("Refit", "clt_1", lead);
//! ```
//!
//! ```
//! let contact = heffl::ContactId::new("clt_1");
//! heffl::v2::CreateDeal::new("Refit", contact, "dpl_1");
//! ```

use smol_str::SmolStr;

use crate::{
    Patch,
    invisible::is_invisible,
    json::{Reader, Stop, What},
};

/// Declares an identifier type: text that names one kind of record and no other.
///
/// Reading takes text and whole numbers, because older answers of the API show numbers. Writing
/// always gives text. Up to 23 bytes, which is every identifier seen so far, are held in place; longer
/// ones are shared by their clones.
macro_rules! id_type {
    ($(#[$attribute:meta])* $name:ident, prefix: $prefix:expr $(,)?) => {
        $crate::id::short_text! {
            $(#[$attribute])*
            $name
        }

        impl $name {
            /// What identifiers of this kind begin with, where the API documents it.
            pub const PREFIX: ::core::option::Option<&'static str> = $prefix;
        }
    };
}

pub(crate) use id_type;

/// Declares a type of its own for short text: an identifier, a code.
macro_rules! short_text {
    ($(#[$attribute:meta])* $name:ident) => {
        $(#[$attribute])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(::smol_str::SmolStr);

        impl $name {
            /// Takes the text as it is. Nothing is checked here: the API also hands out some that
            /// are not as documented.
            pub fn new(id: impl ::core::convert::AsRef<str>) -> Self {
                Self(::smol_str::SmolStr::new(id))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::core::convert::From<&str> for $name {
            #[inline]
            fn from(id: &str) -> Self {
                Self(id.into())
            }
        }

        impl ::core::convert::From<::std::string::String> for $name {
            #[inline]
            fn from(id: ::std::string::String) -> Self {
                Self(id.into())
            }
        }

        impl ::core::convert::From<&$name> for $name {
            #[inline]
            fn from(id: &$name) -> Self {
                id.clone()
            }
        }

        impl ::core::convert::From<$name> for ::std::string::String {
            #[inline]
            fn from(id: $name) -> Self {
                id.0.into()
            }
        }

        impl $crate::id::ShortText for $name {}

        impl ::core::str::FromStr for $name {
            type Err = ::core::convert::Infallible;

            #[inline]
            fn from_str(id: &str) -> ::core::result::Result<Self, Self::Err> {
                ::core::result::Result::Ok(id.into())
            }
        }

        impl ::core::convert::AsRef<str> for $name {
            #[inline]
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl ::core::cmp::PartialEq<str> for $name {
            #[inline]
            fn eq(&self, text: &str) -> bool {
                self.as_str() == text
            }
        }

        impl ::core::cmp::PartialEq<&str> for $name {
            #[inline]
            fn eq(&self, text: &&str) -> bool {
                self.as_str() == *text
            }
        }

        impl ::core::fmt::Display for $name {
            #[inline]
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl ::core::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                formatter.debug_tuple(::core::stringify!($name)).field(&self.as_str()).finish()
            }
        }

        impl $crate::model::Slot for $name {
            fn blank() -> Self {
                Self(::smol_str::SmolStr::default())
            }

            fn read(
                &mut self,
                reader: &mut $crate::json::Reader<'_>,
            ) -> ::core::result::Result<(), $crate::json::Stop> {
                self.0 = $crate::id::read(reader)?;
                ::core::result::Result::Ok(())
            }

            fn value(&self) -> $crate::model::Value<'_> {
                $crate::model::Value::Id(&self.0)
            }
        }

        $crate::model::plain_serde!($name);
    };
}

pub(crate) use short_text;

/// A type that [`short_text`] declares. Conversions into `Patch` are written once for all of them: each would be held
/// against all others whenever the crate is built.
pub trait ShortText: Clone + for<'a> From<&'a str> + From<String> {}

impl<T: ShortText> From<&str> for Patch<T> {
    fn from(text: &str) -> Self {
        Self::Set(text.into())
    }
}

impl<T: ShortText> From<String> for Patch<T> {
    fn from(text: String) -> Self {
        Self::Set(text.into())
    }
}

impl<T: ShortText> From<&T> for Patch<T> {
    fn from(text: &T) -> Self {
        Self::Set(text.clone())
    }
}

/// Reads the text of an identifier from text or from a whole number.
pub(crate) fn read(reader: &mut Reader<'_>) -> Result<SmolStr, Stop> {
    const EXPECTED: &str = "an identifier as text";
    if reader.peek() == b'"' {
        return reader.string().map(SmolStr::from);
    }
    let at = reader.peek_at();
    if !matches!(reader.peek(), b'-' | b'0'..=b'9') {
        return Err(reader.misfit(EXPECTED));
    }
    let number = reader.number()?;
    if !number.is_plain_integer() {
        return Err(reader.stop(at, What::Expected(EXPECTED)));
    }
    reader.deviate(at, EXPECTED, None);
    Ok(SmolStr::new(number.text))
}

/// Refuses what names no record, and what servers and proxies may take for a step to another path.
pub(crate) fn check(id: &str) -> Result<(), &'static str> {
    let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    match id {
        _ if !id.is_empty() && id.bytes().all(is_usual) => Ok(()),
        "" => Err("is empty"),
        "." | ".." => Err("would lead to another endpoint"),
        _ if id.contains('\\') => Err("has a backslash in it"),
        _ if id.contains(char::is_control) => Err("has control characters in it"),
        _ if id.contains(is_invisible) => Err("has invisible characters in it; type it anew"),
        _ if id.trim() != id => Err("begins or ends with white space"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        unreachable_pub,
        reason = "the macro makes public items, as the generated code needs them"
    )]

    use std::collections::HashMap;

    use serde_json::json;

    use crate::Patch;

    id_type! {
        /// Identifier of a gadget.
        GadgetId, prefix: Some("gdg_")
    }

    id_type! {
        /// Identifier of a widget.
        WidgetId, prefix: None
    }

    #[test]
    fn reads_text_and_whole_numbers_and_writes_text() {
        for (answer, text) in [
            (json!("gdg_1"), "gdg_1"),
            (json!(42), "42"),
            (json!(-7), "-7"),
            (json!(u64::MAX), "18446744073709551615"),
        ] {
            let id: GadgetId = serde_json::from_value(answer).unwrap();
            assert_eq!(id.as_str(), text);
            assert_eq!(serde_json::to_value(&id).unwrap(), json!(text));
        }
    }

    #[test]
    fn refuses_what_names_nothing() {
        for answer in [
            json!(null),
            json!(1.5),
            json!(true),
            json!({"id": "gdg_1"}),
            json!([]),
        ] {
            assert!(serde_json::from_value::<GadgetId>(answer).is_err());
        }
    }

    #[test]
    fn converts_from_what_people_have() {
        let id = GadgetId::new("gdg_1");
        assert_eq!(GadgetId::from("gdg_1"), id);
        assert_eq!(GadgetId::from(String::from("gdg_1")), id);
        assert_eq!(GadgetId::from(&id), id);
        assert_eq!("gdg_1".parse::<GadgetId>().unwrap(), id);
        assert_eq!(String::from(id.clone()), "gdg_1");
        assert_eq!(Patch::<GadgetId>::from("gdg_1"), Patch::Set(id.clone()));
        assert_eq!(Patch::<GadgetId>::from(&id), Patch::Set(id.clone()));
        assert_eq!(Patch::from(id.clone()), Patch::Set(id.clone()));
        assert_eq!(
            format!("{id} {id:?} {id:>7}"),
            "gdg_1 GadgetId(\"gdg_1\")   gdg_1"
        );
        assert_eq!((GadgetId::PREFIX, WidgetId::PREFIX), (Some("gdg_"), None));
        assert_eq!(HashMap::from([(id.clone(), 1)])[&id], 1);
    }
}
