//! Open enums of options.

use std::collections::HashSet;

use heffl_source::{docs, names::ident};
use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    definitions::Definition,
    labels,
    names::{self, Style},
};

/// An enum of the options that keeps unknown values.
pub(super) fn open_enum(name: &str, field: &Definition, of: &str) -> TokenStream {
    let wanted: Vec<_> = field
        .options
        .iter()
        .map(|choice| (choice.value.clone(), names::variant(&choice.value)))
        .collect();
    let variants: Vec<_> = names::distinct(&wanted, Style::Pascal, &HashSet::new())
        .iter()
        .map(|name| ident(name))
        .collect();
    let name = ident(name);
    let docs = docs::attributes(&format!("The options of {} of {of}.", labels::label(field)));
    let values: Vec<&String> = field.options.iter().map(|choice| &choice.value).collect();
    let variant_docs = field.options.iter().map(labels::choice_docs);
    quote! {
        #docs
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, serde::Serialize)]
        #[serde(from = "String", into = "String")]
        #[non_exhaustive]
        pub enum #name {
            #(#variant_docs #variants,)*
            /// A value that was not an option when this file was generated.
            Unknown(Box<str>),
        }

        impl #name {
            /// The options, in the order of the workspace.
            pub const VALUES: &'static [Self] = &[#(Self::#variants),*];

            /// The value in records.
            pub fn as_str(&self) -> &str {
                match self {
                    #(Self::#variants => #values,)*
                    Self::Unknown(value) => value,
                }
            }
        }

        impl From<&str> for #name {
            fn from(value: &str) -> Self {
                let known = Self::VALUES.iter().find(|known| known.as_str() == value);
                known.map_or_else(|| Self::Unknown(value.into()), Self::clone)
            }
        }

        impl From<String> for #name {
            fn from(value: String) -> Self {
                Self::from(value.as_str())
            }
        }

        impl From<#name> for String {
            fn from(value: #name) -> Self {
                value.as_str().to_owned()
            }
        }

        impl std::fmt::Display for #name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }
    }
}
