//! Identifiers: one type per kind of record.

use std::fmt;

use serde::de::{
    Deserialize, Deserializer, Error, MapAccess, Unexpected, Visitor, value::MapAccessDeserializer,
};

/// Declares an identifier type: text that names one kind of record and no other.
///
/// Reading takes text and whole numbers, because older answers of the API show numbers. Writing
/// always gives text.
macro_rules! id_type {
    ($(#[$attribute:meta])* $name:ident, prefix: $prefix:expr $(,)?) => {
        $(#[$attribute])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(::std::boxed::Box<str>);

        impl $name {
            /// What identifiers of this kind begin with, where the API documents it.
            pub const PREFIX: ::core::option::Option<&'static str> = $prefix;

            /// Takes the text of an identifier as it is. Nothing is checked here: the API also
            /// hands out identifiers without the documented prefix.
            pub fn new(id: impl ::core::convert::Into<::std::boxed::Box<str>>) -> Self {
                Self(id.into())
            }

            /// The text of the identifier.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::core::convert::From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.into())
            }
        }

        impl ::core::convert::From<::std::string::String> for $name {
            fn from(id: ::std::string::String) -> Self {
                Self(id.into_boxed_str())
            }
        }

        impl ::core::convert::From<&$name> for $name {
            fn from(id: &$name) -> Self {
                id.clone()
            }
        }

        impl ::core::convert::From<$name> for ::std::string::String {
            fn from(id: $name) -> Self {
                id.0.into_string()
            }
        }

        impl ::core::convert::From<&str> for $crate::Patch<$name> {
            fn from(id: &str) -> Self {
                $crate::Patch::Set(id.into())
            }
        }

        impl ::core::convert::From<::std::string::String> for $crate::Patch<$name> {
            fn from(id: ::std::string::String) -> Self {
                $crate::Patch::Set(id.into())
            }
        }

        impl ::core::convert::From<&$name> for $crate::Patch<$name> {
            fn from(id: &$name) -> Self {
                $crate::Patch::Set(id.clone())
            }
        }

        impl ::core::str::FromStr for $name {
            type Err = ::core::convert::Infallible;

            fn from_str(id: &str) -> ::core::result::Result<Self, Self::Err> {
                ::core::result::Result::Ok(id.into())
            }
        }

        impl ::core::convert::AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                formatter.pad(&self.0)
            }
        }

        impl ::core::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                formatter.debug_tuple(::core::stringify!($name)).field(&&*self.0).finish()
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                $crate::id::read(deserializer).map(Self)
            }
        }
    };
}

pub(crate) use id_type;

/// Reads the text of an identifier from text or from a whole number.
pub(crate) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Box<str>, D::Error> {
    deserializer.deserialize_any(IdVisitor)
}

struct IdVisitor;

impl<'de> Visitor<'de> for IdVisitor {
    type Value = Box<str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an identifier as text or as a whole number")
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(value.into())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Self::Value, E> {
        Ok(value.into_boxed_str())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(value.to_string().into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(value.to_string().into())
    }

    /// Numbers arrive as maps when another crate of the program turns on `arbitrary_precision`.
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let number = serde_json::Number::deserialize(MapAccessDeserializer::new(map))
            .map_err(|_| A::Error::invalid_type(Unexpected::Map, &self))?;
        if number.is_u64() || number.is_i64() {
            Ok(number.to_string().into())
        } else {
            Err(A::Error::invalid_type(Unexpected::Other("number"), &self))
        }
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
