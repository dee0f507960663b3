//! The wire format of models: one visitor and one writer instead of derived code.
//!
//! Derived code with a flattened map would read every answer into a buffer first. Here unknown
//! keys go straight to where they belong.

pub(crate) mod slot;
mod writer;

use std::{fmt, marker::PhantomData};

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

pub(crate) use writer::Writer;

/// Implements `Serialize` and `Deserialize` for a struct whose fields are listed with their kind:
///
/// - `required name: Type = "key"`: the field is a `Type`; reading fails without it.
/// - `optional name: Type = "key"`: the field is an `Option<Type>`; absent and `null` read as
///   `None`, and `None` isn't written.
/// - `patch name: Type = "key"`: the field is a `Patch<Type>`; absent reads as `Keep`, `null` as
///   `Clear`.
/// - `custom_fields name`: takes the unknown keys that begin with `cf_`.
/// - `extra name`: takes the other unknown keys; without it they are left out.
///
/// Fields are written in this order, which must have `custom_fields` and `extra` last; of their
/// keys, one that was already written is left out. When an answer repeats a key, the last one
/// counts.
macro_rules! model {
    // What one kind of field does with an unknown key.
    (@unknown custom_fields $field:ident $key:ident $map:ident) => {
        if $key.is_custom() {
            $field.read($key, &mut $map)?;
            continue;
        }
    };
    (@unknown extra $field:ident $key:ident $map:ident) => {
        $field.read($key, &mut $map)?;
        continue;
    };
    (@unknown $named:ident $field:ident $key:ident $map:ident) => {};

    // Nothing can follow `extra`; without it unknown keys are passed over.
    (@ignore [extra] $map:ident) => {};
    (@ignore [$kind:ident] $map:ident) => {
        $map.next_value::<::serde::de::IgnoredAny>()?;
    };
    (@ignore [$kind:ident $($rest:ident)+] $map:ident) => {
        $crate::model!(@ignore [$($rest)+] $map)
    };

    ($name:ident { $($kind:ident $field:ident $(: $type:ty = $wire:literal)?),+ $(,)? }) => {
        impl $crate::model::Model for $name {
            const NAME: &'static str = ::core::stringify!($name);

            fn read<'de, A: ::serde::de::MapAccess<'de>>(
                mut map: A,
            ) -> ::core::result::Result<Self, A::Error> {
                $(let mut $field = $crate::model::slot::$kind $(::<$type>)? ();)+
                while let ::core::option::Option::Some(key) =
                    map.next_key::<$crate::model::Key<'de>>()?
                {
                    match key.as_str() {
                        $($($wire => $field.read(&mut map)?,)?)+
                        _ => {
                            $($crate::model!(@unknown $kind $field key map);)+
                            $crate::model!(@ignore [$($kind)+] map);
                        }
                    }
                }
                ::core::result::Result::Ok(Self {
                    $($field: $field.finish::<A::Error>($($wire)?)?,)+
                })
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                let mut writer = $crate::model::Writer::<S>::new(
                    serializer,
                    &[$($($wire,)?)+],
                )?;
                $(writer.$kind($($wire,)? &self.$field)?;)+
                writer.finish()
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                deserializer.deserialize_map($crate::model::ModelVisitor::<Self>::new())
            }
        }
    };
}

pub(crate) use model;

/// A type that is read from a JSON object.
pub(crate) trait Model: Sized {
    const NAME: &'static str;

    fn read<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error>;
}

/// Hands a JSON object to the model, and refuses everything else in its name.
pub(crate) struct ModelVisitor<T>(PhantomData<fn() -> T>);

impl<T> ModelVisitor<T> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<'de, T: Model> Visitor<'de> for ModelVisitor<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a JSON object ({})", T::NAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::read(map)
    }
}

/// A key of a JSON object; borrowed from the answer unless it has escapes in it.
pub(crate) enum Key<'de> {
    Borrowed(&'de str),
    Owned(Box<str>),
}

impl Key<'_> {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Borrowed(key) => key,
            Self::Owned(key) => key,
        }
    }

    pub(crate) fn is_custom(&self) -> bool {
        self.as_str().starts_with(crate::custom_fields::PREFIX)
    }

    pub(crate) fn into_boxed(self) -> Box<str> {
        match self {
            Self::Borrowed(key) => key.into(),
            Self::Owned(key) => key,
        }
    }
}

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_identifier(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_borrowed_str<E: Error>(self, key: &'de str) -> Result<Key<'de>, E> {
        Ok(Key::Borrowed(key))
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Key<'de>, E> {
        Ok(Key::Owned(key.into()))
    }

    fn visit_string<E: Error>(self, key: String) -> Result<Key<'de>, E> {
        Ok(Key::Owned(key.into_boxed_str()))
    }
}

#[cfg(test)]
mod tests;
