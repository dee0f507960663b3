//! Models: a static table and two short matches for each, and one reader and one writer for all.
//!
//! Derived code would be generic: a copy of reader and writer for every model, which costs most of a
//! build, and a buffer for every record with keys of its own. Here nothing of the reader is generic.
//! A model tells what its fields are called ([`Shape`]), and hands out a field by its number
//! ([`Object::read`], [`Object::value`]).

mod diff;
mod leaves;
mod limits;
mod read;
mod serde_impls;
mod value;
mod write;

pub(crate) use diff::diff;
pub(crate) use limits::{Limit, Rule};
pub(crate) use read::{read_list, read_object};
pub(crate) use serde_impls::{
    deserialize, deserialize_members, deserialize_slot, plain_serde, serialize,
};
pub(crate) use value::Value;
pub(crate) use write::{Refusal, body};

use crate::{
    json::{Reader, Stop},
    members::Members,
};

/// Makes a struct a model. Its fields are listed with their number, counted from 0, their
/// [`Presence`], and their key; [`Kept`] places for other keys come last.
macro_rules! model {
    ($name:ident {
        $($index:literal $presence:ident $field:ident = $wire:literal
            $([$($limit:ident($($bound:literal),*)),+])?,)*
        $(in $place:ident: $kept:ident,)*
        $(items $items:literal,)?
        $(rule $rule:ident($($word:literal),+),)*
    }) => {
        // None is inlined: they are called through tables alone, and would be compiled into every program.
        impl $crate::model::Object for $name {
            #[inline(never)]
            fn shape(&self) -> &'static $crate::model::Shape {
                const SHAPE: &$crate::model::Shape = &$crate::model::Shape {
                    name: ::core::stringify!($name),
                    fields: &[$($crate::model::Field {
                        quoted: ::core::concat!("\"", $wire, "\":"),
                        presence: $crate::model::Presence::$presence,
                        limits: &[$($($crate::model::Limit::$limit($($bound),*)),+)?],
                    }),*],
                    keeps: 0 $(| 1 << $crate::model::Kept::$kept as u8)*,
                    items: &[$($items)?],
                    rules: &[$($crate::model::Rule::$rule($($word),+)),*],
                };
                SHAPE
            }

            #[inline(never)]
            fn field(&self, index: usize) -> ::core::option::Option<&dyn $crate::model::Slot> {
                match index {
                    $($index => ::core::option::Option::Some(&self.$field),)*
                    _ => ::core::option::Option::None,
                }
            }

            #[inline(never)]
            fn field_mut(
                &mut self,
                index: usize,
            ) -> ::core::option::Option<&mut dyn $crate::model::Slot> {
                match index {
                    $($index => ::core::option::Option::Some(&mut self.$field),)*
                    _ => ::core::option::Option::None,
                }
            }

            #[inline(never)]
            fn kept_mut(
                &mut self,
                kept: $crate::model::Kept,
            ) -> ::core::option::Option<&mut $crate::members::Members> {
                match kept {
                    $($crate::model::Kept::$kept => ::core::option::Option::Some(self.$place.members_mut()),)*
                    #[allow(unreachable_patterns, reason = "a model may keep every kind")]
                    _ => ::core::option::Option::None,
                }
            }

            #[inline(never)]
            fn kept(
                &self,
                kept: $crate::model::Kept,
            ) -> ::core::option::Option<&$crate::members::Members> {
                match kept {
                    $($crate::model::Kept::$kept => ::core::option::Option::Some(self.$place.members()),)*
                    #[allow(unreachable_patterns, reason = "a model may keep every kind")]
                    _ => ::core::option::Option::None,
                }
            }
        }

        impl $crate::model::Slot for $name {
            // Inlined wherever a model is made, it would be a good part of the crate's code.
            #[inline(never)]
            fn blank() -> Self {
                Self {
                    $($field: $crate::model::Slot::blank(),)*
                    $($place: ::core::default::Default::default(),)*
                }
            }

            fn read(
                &mut self,
                reader: &mut $crate::json::Reader<'_>,
            ) -> ::core::result::Result<(), $crate::json::Stop> {
                *self = $crate::model::Slot::blank();
                $crate::model::read_object(self, reader)
            }

            fn fill(
                &mut self,
                reader: &mut $crate::json::Reader<'_>,
            ) -> ::core::result::Result<(), $crate::json::Stop> {
                $crate::model::read_object(self, reader)
            }

            fn value(&self) -> $crate::model::Value<'_> {
                $crate::model::Value::Object(self)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                $crate::model::serialize($crate::model::Value::Object(self), serializer)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                $crate::model::deserialize(deserializer)
            }
        }
    };
}

pub(crate) use model;

/// A struct whose fields have numbers.
pub(crate) trait Object {
    /// Its table.
    fn shape(&self) -> &'static Shape;

    /// A field, by its number: for the compiler no more than a table of places and kinds.
    fn field(&self, index: usize) -> Option<&dyn Slot>;

    /// A field, to be read into.
    fn field_mut(&mut self, index: usize) -> Option<&mut dyn Slot>;

    /// Where members go that no field takes.
    fn kept_mut(&mut self, kept: Kept) -> Option<&mut Members>;

    /// The members that were kept.
    fn kept(&self, kept: Kept) -> Option<&Members>;
}

impl dyn Object + '_ {
    /// Reads the value at the reader into a field.
    pub(crate) fn read(&mut self, index: usize, reader: &mut Reader<'_>) -> Result<(), Stop> {
        match self.field_mut(index) {
            Some(field) => field.read(reader),
            None => reader.drop_value().map(drop),
        }
    }

    /// What a field holds.
    pub(crate) fn value(&self, index: usize) -> Value<'_> {
        self.field(index).map_or(Value::Absent, Slot::value)
    }
}

/// What stands in a field, be it a model, text, or a number; with or without `Option` around it.
pub(crate) trait Slot {
    /// What is there before reading.
    fn blank() -> Self
    where
        Self: Sized;

    /// Reads the value at the reader, whatever was there before.
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Stop>;

    /// Reads the value at the reader into what is [`blank`](Self::blank).
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), Stop> {
        self.read(reader)
    }

    /// What is there.
    fn value(&self) -> Value<'_>;
}

/// What is known of a model before anything is read.
pub(crate) struct Shape {
    /// The Rust name, for messages.
    pub(crate) name: &'static str,
    /// In the order of the document, which is the order of most answers.
    pub(crate) fields: &'static [Field],
    /// A bit for each kind of [`Kept`] that has a place.
    pub(crate) keeps: u8,
    /// The number of the field that holds the items of a list, in an envelope.
    pub(crate) items: &'static [usize],
    /// What holds for several fields together.
    pub(crate) rules: &'static [Rule],
}

impl Shape {
    pub(crate) fn keeps(&self, kept: Kept) -> bool {
        self.keeps & 1 << kept as u8 != 0
    }

    /// The number of a field.
    pub(crate) fn index(&self, key: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.key() == key)
    }
}

/// What is known of a field.
pub(crate) struct Field {
    /// The key in quotes, and the colon behind it: so it stands in most answers.
    pub(crate) quoted: &'static str,
    pub(crate) presence: Presence,
    /// What the documentation asks of a value that is sent.
    pub(crate) limits: &'static [Limit],
}

impl Field {
    pub(crate) fn key(&self) -> &'static str {
        self.quoted
            .get(1..self.quoted.len() - 2)
            .unwrap_or_default()
    }
}

/// Whether a key must be there, and what its absence and `null` mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// The field is a `T`; there is no record without it.
    Required,
    /// The field is an `Option<T>`; `null` reads as `None`, though nobody documents it.
    Optional,
    /// The field is an `Option<T>`, and documented to be `null` at times.
    Nullable,
    /// The field is a `Patch<T>`: absent is `Keep`, `null` is `Clear`.
    Patch,
}

/// Keys that no field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Those that begin with `cf_`.
    CustomFields,
    /// The others.
    Extra,
}

/// Makes a blank model.
#[cfg(test)]
pub(crate) type Make = fn() -> Box<dyn Object>;

#[cfg(test)]
pub(crate) fn blank<T: Object + Slot + 'static>() -> Box<dyn Object> {
    Box::new(T::blank())
}

#[cfg(test)]
#[cfg(all(feature = "v1", feature = "v2"))]
mod properties;
#[cfg(test)]
mod tests;
