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

/// An enum that keeps the words that it does not know.
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
    let words: Vec<&String> = field.options.iter().map(|choice| &choice.value).collect();
    let variant_docs = field.options.iter().map(labels::choice_docs);
    quote! {
        #docs
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, serde::Serialize)]
        #[serde(from = "String", into = "String")]
        #[non_exhaustive]
        pub enum #name {
            #(#variant_docs #variants,)*
            /// A word that was no option when this file was generated, as it came.
            Unknown(Box<str>),
        }

        impl #name {
            /// The options, in the order of the workspace.
            pub const VALUES: &'static [Self] = &[#(Self::#variants),*];

            /// The word as records hold it.
            pub fn as_str(&self) -> &str {
                match self {
                    #(Self::#variants => #words,)*
                    Self::Unknown(word) => word,
                }
            }
        }

        impl From<&str> for #name {
            fn from(word: &str) -> Self {
                let known = Self::VALUES.iter().find(|value| value.as_str() == word);
                known.map_or_else(|| Self::Unknown(word.into()), Self::clone)
            }
        }

        impl From<String> for #name {
            fn from(word: String) -> Self {
                Self::from(word.as_str())
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
