//! The module of one API version: the view on the client, its constants, and re-exports.

use std::collections::BTreeMap;

use quote::quote;

use super::{Piece, SHARED, Source, operations};
use crate::{
    api::Api,
    docs::attributes,
    load::Document,
    models::Model,
    naming::{self, ident},
};

pub(super) fn module(
    document: &Document,
    api: &Api,
    models: &BTreeMap<String, Model>,
    origin: String,
    has_shared: bool,
) -> Source {
    let view = ident(&naming::pascal(&api.module));
    let mut modules: Vec<&str> = api
        .resources
        .iter()
        .map(|resource| resource.module.as_str())
        .collect();
    modules.sort_unstable();
    if has_shared {
        modules.push(SHARED);
    }
    let modules = modules.iter().map(|module| ident(module));
    let accessors = api.resources.iter().map(|resource| {
        let (module, handle, docs) = (
            ident(&resource.module),
            ident(&resource.handle),
            attributes(&resource.docs),
        );
        quote! {
            #docs
            pub fn #module(self) -> #module::#handle<'a> { #module::#handle { client: self.client } }
        }
    });
    let operations = api.resources.iter().flat_map(|resource| {
        let module = ident(&resource.module);
        resource.operations.iter().map(move |operation| {
            let name = operations::constant_name(operation);
            quote!(crate::Operation::documented(&#module::#name))
        })
    });
    let structs = models
        .iter()
        .filter(|(name, model)| {
            api.placement.contains_key(*name) && matches!(model, Model::Struct(_))
        })
        .map(|(name, _)| ident(name));
    let (server, fingerprint) = (&api.server, &document.fingerprint);
    let view_docs = attributes(&format!(
        "The operations of API {}; made by [`Client::{}`](crate::Client::{}).",
        api.version, api.module, api.module
    ));
    let client_docs = attributes(&format!("The operations of API {}.", api.version));
    let module = ident(&api.module);
    let items = quote!(#(pub mod #modules;)*);
    let rest = quote! {
        /// Base URL of this version.
        pub const SERVER: &str = #server;

        /// Hash of the document that this module was generated from.
        pub const FINGERPRINT: &str = #fingerprint;

        /// All operations of this version.
        pub const OPERATIONS: &[crate::Operation] = &[#(#operations),*];

        /// Every model of this version, blank.
        #[cfg(test)]
        pub(crate) const MODELS: &[crate::model::Make] = &[#(crate::model::blank::<#structs>),*];

        #view_docs
        #[derive(Clone, Copy, Debug)]
        pub struct #view<'a> {
            pub(crate) client: &'a crate::Client,
        }
        impl<'a> #view<'a> {
            #(#accessors)*
        }

        impl crate::Client {
            #client_docs
            pub fn #module(&self) -> #view<'_> { #view { client: self } }
        }
    };
    let docs = format!(
        "API {}: models and operations.\n\n{}",
        api.version, api.docs
    );
    Source {
        origin,
        docs,
        pieces: vec![
            Piece::Items(items),
            Piece::Items(exports(api)),
            Piece::Items(rest),
        ],
    }
}

/// Every model, and every condition on a list, is named by the version's module as well: `heffl::v2::CreateDeal`.
fn exports(api: &Api) -> proc_macro2::TokenStream {
    let mut by_module: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (component, place) in &api.placement {
        by_module
            .entry(place.as_deref().unwrap_or(SHARED))
            .or_default()
            .push(component);
    }
    for resource in &api.resources {
        let filters = resource
            .operations
            .iter()
            .flat_map(|operation| &operation.filters);
        by_module
            .entry(&resource.module)
            .or_default()
            .extend(filters.map(|filters| filters.type_name.as_str()));
    }
    by_module.retain(|_, names| !names.is_empty());
    let exports = by_module.into_iter().map(|(module, names)| {
        let module = ident(module);
        let names = names.into_iter().map(ident);
        quote!(#[doc(no_inline)] pub use #module::{#(#names),*};)
    });
    quote!(#(#exports)*)
}
