//! Methods that many models have.

/// `from_json`, for models of responses and events.
macro_rules! from_json {
    ($name:ident) => {
        impl $name {
            /// Reads JSON as a response is read, for unit tests without a server.
            ///
            /// # Errors
            ///
            /// The text is not JSON, or a required field is missing or cannot be read.
            pub fn from_json(
                json: impl ::core::convert::AsRef<str>,
            ) -> ::core::result::Result<Self, $crate::Error> {
                $crate::call::from_json(json.as_ref())
            }
        }
    };
}

/// Setters of custom fields, for the bodies of requests that have them.
macro_rules! custom_field_setters {
    ($name:ident) => {
        impl $name {
            /// Sets a custom field.
            ///
            /// # Errors
            ///
            /// The key does not start with `cf_`, or the value cannot be written as JSON.
            pub fn custom_field(
                mut self,
                key: impl ::core::convert::AsRef<str>,
                value: impl ::serde::Serialize,
            ) -> ::core::result::Result<Self, $crate::Error> {
                self.custom_fields.insert(key, value)?;
                ::core::result::Result::Ok(self)
            }

            /// Sets several custom fields: [`CustomFields`]($crate::CustomFields), or a type of your own
            /// whose fields have the names of the keys. Other custom fields stay unchanged.
            ///
            /// # Errors
            ///
            /// A key does not start with `cf_`, or a value cannot be written as JSON.
            pub fn custom_fields(
                mut self,
                fields: impl ::serde::Serialize,
            ) -> ::core::result::Result<Self, $crate::Error> {
                self.custom_fields.merge(&fields)?;
                ::core::result::Result::Ok(self)
            }
        }
    };
}

/// A setter for each optional field, for the bodies of requests. A field that an update can clear is a `Patch`. For a
/// list, the type is the type of its items.
macro_rules! setters {
    ($name:ident { $($kind:ident $field:ident: $ty:ty),+ $(,)? }) => {
        impl $name {
            $($crate::model::setter! { $kind $field: $ty })+
        }
    };
}

macro_rules! setter {
    (Optional $field:ident: $ty:ty) => {
        $crate::model::setter! { "Sets", $field, ::core::option::Option<$ty>, M }
    };
    (Patch $field:ident: $ty:ty) => {
        $crate::model::setter! { "Sets or clears", $field, $crate::Patch<$ty>, M }
    };
    (OptionalList $field:ident: $ty:ty) => {
        $crate::model::setter! {
            "Sets", $field, ::core::option::Option<::std::vec::Vec<$ty>>, ::std::vec::Vec<M>
        }
    };
    (PatchList $field:ident: $ty:ty) => {
        $crate::model::setter! {
            "Sets or clears", $field, $crate::Patch<::std::vec::Vec<$ty>>, ::std::vec::Vec<M>
        }
    };
    ($sets:literal, $field:ident, $full:ty, $marker:ty) => {
        #[doc = ::core::concat!(
            $sets, " [`", ::core::stringify!($field), "`](field@Self::", ::core::stringify!($field), ")."
        )]
        #[must_use]
        pub fn $field<M>(mut self, value: impl $crate::IntoField<$full, $marker>) -> Self {
            value.into_field(&mut self.$field);
            self
        }
    };
    // `serde_json` makes a value of an `Option`, so nothing else may be converted.
    (OptionalJson $field:ident: $ty:ty) => {
        $crate::model::setter! { "Sets", $field, ::core::option::Option<$ty> }
    };
    (PatchJson $field:ident: $ty:ty) => {
        $crate::model::setter! { "Sets or clears", $field, $crate::Patch<$ty> }
    };
    ($sets:literal, $field:ident, $full:ty) => {
        #[doc = ::core::concat!(
            $sets, " [`", ::core::stringify!($field), "`](field@Self::", ::core::stringify!($field), ")."
        )]
        #[must_use]
        pub fn $field(mut self, value: impl ::core::convert::Into<$full>) -> Self {
            self.$field = value.into();
            self
        }
    };
}

pub(crate) use {custom_field_setters, from_json, setter, setters};
