//! Identifiers: one type per kind of record.
//!
//! An identifier comes from a response, from [`new`](crate::DealId::new) for a literal, or from `parse` for
//! input. An identifier of another kind does not compile, unless the API accepts both kinds:
//!
//! ```
//! use heffl::{ContactId, PipelineId, v2::CreateDeal};
//!
//! let (contact, pipeline) = (ContactId::new("clt_1"), PipelineId::new("dpl_1"));
//! let body = CreateDeal::new("Refit", &contact, &pipeline);
//! ```
//!
//! ```compile_fail,E0277
//! use heffl::{LeadId, PipelineId, v2::CreateDeal};
//!
//! let (lead, pipeline) = (LeadId::new("ld_1"), PipelineId::new("dpl_1"));
//! let body = CreateDeal::new("Refit", &lead, &pipeline);
//! ```
//!
//! ```compile_fail,E0277
//! # fn example(heffl: heffl::Client, contact: heffl::ContactId) {
//! let call = heffl.v2().deals().get(contact);
//! # }
//! ```
//!
//! Text does not compile either:
//!
//! ```compile_fail,E0277
//! # fn example(heffl: heffl::Client) {
//! let call = heffl.v2().deals().get("dl_1");
//! # }
//! ```
//!
//! ```compile_fail,E0277
//! let body = heffl::v2::UpdateDeal::new().stage_id("dps_1");
//! ```

use kstring::KString;

use crate::{
    invisible::is_invisible,
    json::{Reader, Stop, What},
    text::one_line,
};

/// The documentation of the identifiers of one kind of record.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Kind {
    /// The kind with its article: `a deal`.
    pub(crate) name: &'static str,
    /// The prefix of the identifiers.
    pub(crate) prefix: Option<&'static str>,
    /// Prefixes of other kinds whose identifiers are valid for this kind too.
    pub(crate) included: &'static [&'static str],
    /// The value of `entity` for this kind; see [`EntityRef`](crate::EntityRef).
    pub(crate) entity: Option<&'static str>,
}

impl Kind {
    /// Checks an identifier that is sent where one of these kinds is expected. The problem is a predicate, which
    /// follows the name of the parameter or field.
    pub(crate) fn check(&self, id: &str, kinds: &[&Self]) -> Result<(), String> {
        check(id)?;
        let mut accepted = self.prefix.iter().chain(self.included);
        if accepted.any(|prefix| id.starts_with(prefix)) {
            return Ok(());
        }
        let begins = |kind: &&&Self| kind.prefix.is_some_and(|prefix| id.starts_with(prefix));
        let names = kinds.iter().filter(begins).map(|kind| kind.name);
        let names = names.collect::<Vec<_>>().join(" or ");
        if names.is_empty() {
            return Ok(());
        }
        Err(format!(
            "names another kind of record: `{}` is the identifier of {names}, and {} is expected",
            one_line(id),
            self.name
        ))
    }
}

/// Declares an identifier type: text that names one kind of record and no other.
///
/// Reading accepts text and whole numbers, because older responses of the API have numbers. Writing always
/// produces text. An identifier of up to 22 bytes, as all known ones are, is stored inline.
//
// `KString` frees a longer text directly. `SmolStr` shares it through a counter, whose code may unwind, so the compiler
// adds a second copy of the drop code of each record.
macro_rules! id_type {
    (
        $(#[$attribute:meta])*
        $name:ident {
            name: $kind:literal,
            prefix: $prefix:expr,
            included: $included:expr,
            entity: $entity:expr $(,)?
        }
    ) => {
        $crate::id::short_text! {
            $(#[$attribute])*
            $name
        }

        impl $name {
            /// The documented prefix of these identifiers.
            pub const PREFIX: ::core::option::Option<&'static str> = $prefix;

            pub(crate) const KIND: &'static $crate::id::Kind = &$crate::id::Kind {
                name: $kind,
                prefix: Self::PREFIX,
                included: &$included,
                entity: $entity,
            };
        }
    };
}

pub(crate) use id_type;

/// Declares a type for short text, such as an identifier or a code. The type has a constant `KIND`.
macro_rules! short_text {
    ($(#[$attribute:meta])* $name:ident) => {
        $(#[$attribute])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(::kstring::KString);

        impl $name {
            /// Takes the text unchanged. It is checked only when it is sent, because responses may contain
            /// undocumented identifiers.
            pub fn new(text: impl ::core::convert::AsRef<str>) -> Self {
                Self(::kstring::KString::from_ref(text.as_ref()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::core::convert::From<&$name> for $name {
            #[inline]
            fn from(text: &$name) -> Self {
                text.clone()
            }
        }

        impl ::core::convert::From<$name> for ::std::string::String {
            #[inline]
            fn from(text: $name) -> Self {
                text.0.into_string()
            }
        }

        /// Rejects text that could not be sent: empty, with white space around it, or with the prefix of
        /// another kind.
        impl ::core::str::FromStr for $name {
            type Err = $crate::error::Error;

            fn from_str(text: &str) -> ::core::result::Result<Self, Self::Err> {
                $crate::id::parse(text, Self::KIND, $crate::ids::KINDS)
                    .map(Self)
                    .map_err($crate::error::Error::invalid_request)
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

        $crate::model::leaf!(
            $name: Self(::kstring::KString::EMPTY),
            reader => $crate::id::read(reader).map(Self),
            text => $crate::model::Value::Id(&text.0, Self::KIND)
        );

        $crate::model::plain_serde!($name);
    };
}

pub(crate) use short_text;

/// Parses an identifier from text.
pub(crate) fn parse(text: &str, kind: &Kind, kinds: &[&Kind]) -> Result<KString, String> {
    let problem = |problem| format!("the text for the identifier of {} {problem}", kind.name);
    kind.check(text, kinds).map_err(problem)?;
    Ok(KString::from_ref(text))
}

/// Reads the text of an identifier from text or from a whole number.
pub(crate) fn read(reader: &mut Reader<'_>) -> Result<KString, Stop> {
    const EXPECTED: &str = "an identifier as text";
    let at = reader.peek_at();
    let is_number = reader.peek() != b'"';
    let text = reader.text(EXPECTED)?;
    if is_number && text.contains(['.', 'e', 'E']) {
        return Err(reader.stop(at, What::Expected(EXPECTED)));
    }
    Ok(KString::from_ref(&text))
}

/// Refuses text that cannot name a record, and text that servers and proxies may treat as a step to another path.
pub(crate) fn check(id: &str) -> Result<(), &'static str> {
    let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    match id {
        _ if !id.is_empty() && id.bytes().all(is_usual) => Ok(()),
        "" => Err("is empty"),
        "." | ".." => Err("would lead to another endpoint"),
        _ if id.contains('\\') => Err("contains a backslash"),
        _ if id.contains(char::is_control) => Err("contains control characters"),
        _ if id.contains(is_invisible) => Err("contains invisible characters; type it again"),
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

    id_type! {
        /// Identifier of a gadget.
        GadgetId { name: "a gadget", prefix: Some("gdg_"), included: ["ld_"], entity: None }
    }

    id_type! {
        /// Identifier of a widget.
        WidgetId { name: "a widget", prefix: None, included: [], entity: None }
    }

    #[test]
    fn text_and_integers_are_read_and_text_is_written() {
        for (json, text) in [
            (json!("gdg_1"), "gdg_1"),
            (json!(42), "42"),
            (json!(-7), "-7"),
            (json!(u64::MAX), "18446744073709551615"),
        ] {
            let id: GadgetId = serde_json::from_value(json).unwrap();
            assert_eq!(id.as_str(), text);
            assert_eq!(serde_json::to_value(&id).unwrap(), json!(text));
        }
    }

    #[test]
    fn other_json_is_refused() {
        for json in [
            json!(null),
            json!(1.5),
            json!(true),
            json!({"id": "gdg_1"}),
            json!([]),
        ] {
            assert!(serde_json::from_value::<GadgetId>(json).is_err());
        }
    }

    #[test]
    fn literals_and_strings_convert() {
        let id = GadgetId::new("gdg_1");
        assert_eq!(GadgetId::from(&id), id);
        assert_eq!("gdg_1".parse::<GadgetId>().unwrap(), id);
        assert_eq!(String::from(id.clone()), "gdg_1");
        assert_eq!(
            format!("{id} {id:?} {id:>7}"),
            "gdg_1 GadgetId(\"gdg_1\")   gdg_1"
        );
        assert_eq!((GadgetId::PREFIX, WidgetId::PREFIX), (Some("gdg_"), None));
        assert_eq!(HashMap::from([(id.clone(), 1)])[&id], 1);
    }

    #[test]
    fn valid_text_is_parsed_and_invalid_text_is_refused() {
        let gadget = |text: &str| text.parse::<GadgetId>().map_err(|error| error.to_string());
        // The prefix of the kind, an included prefix, an undocumented prefix, and no prefix.
        for text in ["gdg_1", "ld_1", "xyz_1", "1", "größe"] {
            assert_eq!(gadget(text).unwrap(), text);
        }
        let expected = "invalid request: the text for the identifier of a gadget ";
        for (text, problem) in [
            ("", "is empty"),
            (" gdg_1", "begins or ends with white space"),
            (
                "dl_1",
                "names another kind of record: `dl_1` is the identifier of a deal, and a gadget is expected",
            ),
            (
                "clt_1",
                "names another kind of record: `clt_1` is the identifier of a client or a company or a contact, and a \
                 gadget is expected",
            ),
        ] {
            assert_eq!(gadget(text).unwrap_err(), format!("{expected}{problem}"));
        }
        assert!("dl_1".parse::<WidgetId>().is_err());
    }

    #[test]
    fn a_response_with_the_prefix_of_another_kind_is_read() {
        let id: GadgetId = serde_json::from_value(json!("dl_1")).unwrap();
        assert_eq!(id, GadgetId::new("dl_1"));
        assert_eq!(serde_json::to_value(&id).unwrap(), json!("dl_1"));
    }
}
