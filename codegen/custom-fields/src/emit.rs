//! Writes the source for definitions.

use std::collections::{HashMap, HashSet};

use heffl_finding::Finding;
use heffl_source::{Piece, Printer, Source, docs, names::ident};
use proc_macro2::TokenStream;
use quote::quote;
use serde_json::json;

use crate::{
    definitions::{Definition, Definitions, Entity, MARKER},
    kind::Kind,
    labels,
    names::{self, Style},
    open_enum::open_enum,
};

pub(super) fn emit(definitions: &Definitions) -> Result<String, Finding> {
    let name = definitions.file.rsplit(['/', '\\']).next();
    let name = labels::plain(name.unwrap_or_default());
    let only = match &definitions.only {
        Some(only) => format!(", {only}"),
        None => String::new(),
    };
    let source = Source {
        origin: format!("{name}{only} (sha256:{})", fingerprint(definitions)),
        docs: module_docs(definitions),
        pieces: vec![Piece::Items(items(definitions))],
    };
    let mut printer = Printer::new(MARKER);
    printer.add(&definitions.file, source)?;
    Ok(printer.finish()?.into_values().collect())
}

/// The hash of everything that the source depends on. Other members of a response do not change it.
fn fingerprint(definitions: &Definitions) -> String {
    let of_field = |(entity, field): (&Entity, &Definition)| {
        let choices = field.options.iter();
        json!([
            entity.name,
            field.key,
            field.label,
            field.type_name,
            field.note(),
            choices
                .map(|choice| json!([choice.value, choice.label]))
                .collect::<Vec<_>>(),
        ])
    };
    let fields: Vec<_> = definitions.fields().map(of_field).collect();
    names::fingerprint(&json!(fields).to_string())
}

fn module_docs(definitions: &Definitions) -> String {
    let named = |entity: &Entity| format!("`{}Fields`", base(entity));
    let names: Vec<String> = definitions.entities.iter().map(named).collect();
    format!(
        "The custom fields of a workspace, typed: {}.\n\n\
         Read these structs with `custom_fields.to()`, and put them into the body of a create. Put their `Patch` \
         forms into the body of an update. Reading ignores fields that are not defined here.",
        names.join(", ")
    )
}

/// `deals` → `Deal`
fn base(entity: &Entity) -> String {
    names::entity(&entity.name)
}

fn items(definitions: &Definitions) -> TokenStream {
    let enums = enum_names(definitions);
    let entities = definitions
        .entities
        .iter()
        .map(|entity| of_entity(entity, &enums));
    let has_relation = definitions
        .fields()
        .any(|(_, field)| field.kind == Kind::Relation);
    let relation = has_relation.then(relation);
    quote! {
        #![allow(
            dead_code,
            unreachable_pub,
            unused_qualifications,
            clippy::enum_variant_names,
            clippy::struct_field_names,
            clippy::too_many_lines,
            reason = "a program may use only some of the fields, and the workspace chose their names"
        )]

        /// The definition of a field when this file was generated.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct Definition {
            /// The key in records.
            pub key: &'static str,
            /// The label in the app.
            pub label: Option<&'static str>,
            /// The name of the type.
            pub type_name: Option<&'static str>,
        }

        impl Definition {
            const fn new(
                key: &'static str,
                label: Option<&'static str>,
                type_name: Option<&'static str>,
            ) -> Self {
                Self { key, label, type_name }
            }
        }

        #(#entities)*
        #relation
    }
}

/// The name of the enum of each field that has options, by kind of record and key.
fn enum_names(definitions: &Definitions) -> HashMap<(&str, &str), String> {
    let with_options: Vec<_> = definitions
        .fields()
        .filter(|(_, field)| field.kind.has_options())
        .collect();
    let wanted: Vec<_> = with_options
        .iter()
        .map(|(entity, field)| {
            let name = names::field_type(&field.key);
            let text = format!("{}/{}", entity.name, field.key);
            (text, format!("{}{name}", base(entity)))
        })
        .collect();
    let mut reserved = HashSet::from(["Definition".to_owned(), "Relation".to_owned()]);
    for entity in &definitions.entities {
        reserved.insert(format!("{}Fields", base(entity)));
        reserved.insert(format!("{}FieldsPatch", base(entity)));
    }
    let names = names::distinct(&wanted, Style::Pascal, &reserved);
    with_options
        .into_iter()
        .map(|(entity, field)| (entity.name.as_str(), field.key.as_str()))
        .zip(names)
        .collect()
}

fn of_entity(entity: &Entity, enums: &HashMap<(&str, &str), String>) -> TokenStream {
    let wanted: Vec<_> = entity
        .fields
        .iter()
        .map(|field| (field.key.clone(), names::field(&field.key)))
        .collect();
    let names: Vec<_> = names::distinct(&wanted, Style::Snake, &HashSet::new())
        .iter()
        .map(|name| ident(name))
        .collect();
    let (view, patch) = (
        ident(&format!("{}Fields", base(entity))),
        ident(&format!("{}FieldsPatch", base(entity))),
    );
    let of = labels::entity(&entity.name);
    let view_docs = docs::attributes(&format!(
        "The custom fields of {of}, for reading and for the body of a create."
    ));
    let patch_docs = docs::attributes(&format!(
        "The changes of an update to the custom fields of {of}."
    ));
    let keys: HashSet<&str> = entity
        .fields
        .iter()
        .map(|field| field.key.as_str())
        .collect();
    let (mut read, mut change, mut between) = (Vec::new(), Vec::new(), Vec::new());
    let (mut definitions, mut choices) = (Vec::new(), Vec::new());
    for (field, name) in entity.fields.iter().zip(&names) {
        let docs = labels::field_docs(field);
        let enumeration = enums.get(&(entity.name.as_str(), field.key.as_str()));
        let ty = rust_type(field, enumeration.map(String::as_str));
        let key = &field.key;
        // Records of v1 may have keys without the prefix.
        let bare = key.strip_prefix("cf_").filter(|bare| !keys.contains(bare));
        let alias = bare.map(|bare| quote!(, alias = #bare));
        read.push(quote! {
            #docs
            #[serde(rename = #key #alias)]
            #[serde(skip_serializing_if = "Option::is_none")]
            pub #name: Option<#ty>
        });
        change.push(quote! {
            #docs
            #[serde(rename = #key, skip_serializing_if = "heffl::Patch::is_keep")]
            pub #name: heffl::Patch<#ty>
        });
        between.push(quote! {
            #name: heffl::Patch::between(before.#name.as_ref(), after.#name.as_ref())
        });
        let (label, type_name) = (
            option(field.label.as_ref()),
            option(field.type_name.as_ref()),
        );
        definitions.push(quote!(Definition::new(#key, #label, #type_name)));
        if let Some(enumeration) = enumeration {
            choices.push(open_enum(enumeration, field, &of));
        }
    }
    // Without fields, the parameters are not used.
    let (before, after) = if entity.fields.is_empty() {
        (quote!(_before), quote!(_after))
    } else {
        (quote!(before), quote!(after))
    };
    quote! {
        #view_docs
        #[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
        pub struct #view { #(#read),* }

        impl #view {
            /// The definitions of the fields when this file was generated.
            pub const DEFINITIONS: &'static [Definition] = &[#(#definitions),*];
        }

        #patch_docs
        ///
        /// By default, every field keeps its value.
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
        pub struct #patch { #(#change),* }

        impl #patch {
            /// The update with the fields that differ between the two states.
            #[must_use]
            pub fn between(#before: &#view, #after: &#view) -> Self {
                Self { #(#between),* }
            }
        }

        #(#choices)*
    }
}

fn option(text: Option<&String>) -> TokenStream {
    text.map_or_else(|| quote!(None), |text| quote!(Some(#text)))
}

fn rust_type(field: &Definition, enumeration: Option<&str>) -> TokenStream {
    let enumeration = enumeration.map(ident);
    match field.kind {
        Kind::Text => quote!(String),
        Kind::Texts => quote!(Vec<String>),
        Kind::Number => quote!(f64),
        Kind::Integer => quote!(i64),
        Kind::Money => quote!(heffl::Money),
        Kind::DateTime => quote!(heffl::DateTime),
        Kind::Flag => quote!(bool),
        Kind::Choice => quote!(#enumeration),
        Kind::Choices => quote!(Vec<#enumeration>),
        Kind::Relation => quote!(Relation),
        Kind::Json => quote!(heffl::serde_json::Value),
    }
}

fn relation() -> TokenStream {
    quote! {
        /// The identifiers of the records of a relation. The documentation does not say whether it is one identifier or
        /// several. A value is written in the form in which it was read.
        #[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
        #[serde(untagged)]
        pub enum Relation {
            /// One identifier.
            One(String),
            /// Several identifiers.
            Many(Vec<String>),
            /// Any other value.
            Other(heffl::serde_json::Value),
        }

        impl Relation {
            /// The identifiers.
            pub fn ids(&self) -> &[String] {
                match self {
                    Self::One(id) => std::slice::from_ref(id),
                    Self::Many(ids) => ids,
                    Self::Other(_) => &[],
                }
            }
        }
    }
}
