//! Models: a static table and two short matches for each, and one reader and one writer for all.
//!
//! Derived code is generic: a copy of reader and writer for every model, which takes most of a build, and a buffer for
//! every record with custom fields. This reader is not generic. A model gives the names of its fields ([`Shape`]), and
//! lends a field by its number ([`Object::field`], [`Object::field_mut`]).

mod debug;
mod diff;
mod display;
mod foreign;
mod leaves;
mod limits;
mod maps;
mod methods;
mod read;
mod serde_impls;
mod value;
mod write;

pub(crate) use debug::debug;
pub(crate) use diff::diff;
pub(crate) use display::display;
pub(crate) use foreign::read_foreign;
pub(crate) use leaves::leaf;
pub(crate) use limits::Rule;
pub(crate) use methods::{custom_field_setters, from_json, setter, setters};
pub(crate) use read::{ReceivedKeys, read_list, read_object};
pub(crate) use serde_impls::{deserialize, plain_serde};
pub(crate) use value::Value;
pub(crate) use write::body;

use std::any::Any;

use crate::{
    json::{Reader, Stop},
    json_object::JsonObject,
    limit::Limit,
};

/// Makes a struct a model. Its fields are listed with their number, counted from 0, their
/// [`Presence`], and their key; [`Kept`] places for other keys come last.
macro_rules! model {
    ($name:ident {
        $($index:literal $presence:ident $field:ident = $wire:literal
            $([$($limit:ident($($bound:literal),*)),+])?,)*
        $(in $number:literal $place:ident: $kept:ident,)*
        $(items $items:literal,)?
        $(received $received:ident,)?
        $(rule $rule:ident($($argument:literal),+),)*
    }) => {
        // Not inlined: they are only called through tables, and would be compiled into every program.
        impl $crate::model::Object for $name {
            #[inline(never)]
            fn shape(&self) -> &'static $crate::model::Shape {
                &$crate::model::Shape {
                    name: ::core::stringify!($name),
                    fields: &[$($crate::model::Field {
                        quoted: ::core::concat!("\"", $wire, "\":"),
                        presence: $crate::model::Presence::$presence,
                    }),*],
                    limits: &[$($(($index, &[$($crate::limit::Limit::$limit($($bound),*)),+]),)?)*],
                    keeps: &[$($crate::model::Kept::$kept),*],
                    items: &[$($items)?],
                    rules: &[$($crate::model::Rule::$rule($($argument),+)),*],
                }
            }

            #[inline(never)]
            fn field(&self, index: usize) -> ::core::option::Option<&dyn $crate::model::Slot> {
                match index {
                    $($index => ::core::option::Option::Some(&self.$field),)*
                    $($number => ::core::option::Option::Some(&self.$place),)*
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
                    $($number => ::core::option::Option::Some(&mut self.$place),)*
                    _ => ::core::option::Option::None,
                }
            }

            $(
                fn receive(&mut self, keys: $crate::model::ReceivedKeys) {
                    self.$received = keys;
                }

                fn was_received(&self, index: usize) -> bool {
                    self.$received.has(index)
                }
            )?
        }

        impl $crate::model::Slot for $name {
            // Inlined in every constructor, it would be a large part of the crate's code.
            #[inline(never)]
            fn blank() -> Self {
                Self {
                    // Before the other fields, which would have to be dropped if these calls unwound.
                    $($place: $crate::model::Slot::blank(),)*
                    $($field: $crate::model::blank_field!($presence),)*
                    $($received: ::core::default::Default::default(),)?
                }
            }

            #[inline(never)]
            fn reset(&mut self) {
                *self = $crate::model::Slot::blank();
            }

            fn read(
                &mut self,
                reader: &mut $crate::json::Reader<'_>,
            ) -> ::core::result::Result<(), $crate::json::Stop> {
                $crate::model::read_object(self, reader)
            }

            fn value(&self) -> $crate::model::Value<'_> {
                $crate::model::Value::Object(self)
            }
        }

        // Derived, these two would be most of the code of a model.
        impl ::core::cmp::PartialEq for $name {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                (self as &dyn $crate::model::Object) == (other as &dyn $crate::model::Object)
            }
        }

        impl ::core::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::model::debug(self, formatter)
            }
        }

        /// For people: number, name and identifier, such as `D-7 Shelving (dl_1)`.
        impl ::core::fmt::Display for $name {
            #[inline]
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::model::display(self, formatter)
            }
        }

        $crate::model::plain_serde!($name);
    };
}

pub(crate) use model;

/// The initial value of a field. If its kind decides, no function is called: a call might unwind, and the code that
/// drops the earlier fields would be most of the code of a large model.
macro_rules! blank_field {
    (Required) => {
        $crate::model::Slot::blank()
    };
    (Patch) => {
        $crate::patch::Patch::Keep
    };
    ($presence:ident) => {
        ::core::option::Option::None
    };
}

pub(crate) use blank_field;

/// A struct whose fields have numbers.
pub(crate) trait Object {
    /// Its table.
    fn shape(&self) -> &'static Shape;

    /// A field, by its number. The compiler makes a table of offsets and types from it. After the fields come the
    /// places for other members, in the order of [`Shape::keeps`].
    fn field(&self, index: usize) -> Option<&dyn Slot>;

    /// A field, to read into.
    fn field_mut(&mut self, index: usize) -> Option<&mut dyn Slot>;

    /// Stores the keys that were received, if the model remembers them.
    fn receive(&mut self, _keys: ReceivedKeys) {}

    /// Whether the key of a field was received; `false` if the model does not remember.
    fn was_received(&self, _index: usize) -> bool {
        false
    }
}

impl dyn Object + '_ {
    /// Reads the next value into a blank field.
    pub(crate) fn read(&mut self, index: usize, reader: &mut Reader<'_>) -> Result<(), Stop> {
        match self.field_mut(index) {
            Some(field) => field.read(reader),
            None => reader.drop_value().map(drop),
        }
    }

    /// The value of a field.
    pub(crate) fn value(&self, index: usize) -> Value<'_> {
        self.field(index).map_or(Value::Absent, Slot::value)
    }

    /// The members that no field takes. `None` if the model does not keep them.
    pub(crate) fn kept(&self, kept: Kept) -> Option<&JsonObject> {
        match self.value(self.shape().place(kept)?) {
            Value::Members(members) => Some(members),
            _ => None,
        }
    }

    /// The object for members that no field takes.
    pub(crate) fn kept_mut(&mut self, kept: Kept) -> Option<&mut JsonObject> {
        self.field_mut(self.shape().place(kept)?)?.members_mut()
    }
}

/// A type of a field: a model, text, a number; with or without `Option`.
pub(crate) trait Slot: Any + Send {
    /// The value before reading.
    fn blank() -> Self
    where
        Self: Sized;

    /// The value before reading, in a box. It is not inlined, because each caller would contain another copy of the drop
    /// code of the type.
    #[inline(never)]
    fn boxed() -> Box<dyn Slot>
    where
        Self: Sized,
    {
        Box::new(Self::blank())
    }

    /// Resets parts that reading does not replace.
    fn reset(&mut self) {}

    /// The members, if this field holds members.
    fn members_mut(&mut self) -> Option<&mut JsonObject> {
        None
    }

    /// Reads the next value. No earlier value may remain: see [`reset`](Self::reset).
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Stop>;

    /// The value.
    fn value(&self) -> Value<'_>;
}

/// The table of a model.
pub(crate) struct Shape {
    /// The Rust name, for messages.
    pub(crate) name: &'static str,
    /// In the order of the document, which is the order of most responses.
    pub(crate) fields: &'static [Field],
    /// Documented limits of values that are sent, by the number of the field.
    pub(crate) limits: &'static [(usize, &'static [Limit])],
    /// The kinds of other members that the model keeps.
    pub(crate) keeps: &'static [Kept],
    /// The number of the field that holds the items of a list, in an envelope.
    pub(crate) items: &'static [usize],
    /// Rules for several fields.
    pub(crate) rules: &'static [Rule],
}

impl Shape {
    pub(crate) fn keeps(&self, kept: Kept) -> bool {
        self.keeps.contains(&kept)
    }

    /// The documented limits of a field that is sent.
    pub(crate) fn limits(&self, index: usize) -> &'static [Limit] {
        let limits = self.limits.iter().find(|(number, _)| *number == index);
        limits.map_or(&[], |(_, limits)| limits)
    }

    /// The number of the place for members that no field takes.
    fn place(&self, kept: Kept) -> Option<usize> {
        let position = self.keeps.iter().position(|place| *place == kept)?;
        Some(self.fields.len() + position)
    }

    /// The key of a field.
    fn key(&self, index: usize) -> &'static str {
        self.fields.get(index).map_or("", Field::key)
    }

    /// The number of a field.
    pub(crate) fn index(&self, key: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.key() == key)
    }
}

/// The description of a field.
pub(crate) struct Field {
    /// The key in quotes with the colon, as in most responses.
    pub(crate) quoted: &'static str,
    pub(crate) presence: Presence,
}

impl Field {
    pub(crate) fn key(&self) -> &'static str {
        self.quoted
            .get(1..self.quoted.len() - 2)
            .unwrap_or_default()
    }
}

/// Whether a key is required, and what its absence and `null` mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// The field is a `T`; a record without it is unreadable.
    Required,
    /// The field is an `Option<T>`; `null` reads as `None`, although it is not documented.
    Optional,
    /// The field is an `Option<T>`; `null` is documented.
    Nullable,
    /// The field is a `Patch<T>`: absent is `Keep`, `null` is `Clear`.
    Patch,
}

/// Keys that no field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Keys that begin with `cf_`.
    CustomFields,
    /// Other keys.
    Extra,
}

#[cfg(test)]
mod properties;
#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
pub(crate) use tests::{Make, blank};
