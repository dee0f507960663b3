//! The module of one API version: the view on the client, its constants, and re-exports.

use std::collections::{BTreeMap, BTreeSet};

use quote::quote;

use super::{Context, Piece, SHARED, operations};
use crate::{
    api::Api,
    docs::attributes,
    models::Model,
    naming::{self, ident},
};

pub(super) fn module(context: &Context<'_>, has_shared: bool) -> Vec<Piece> {
    let api = context.api;
    let view = ident(&naming::pascal(&api.module));
    let modules = api
        .resources
        .iter()
        .map(|resource| resource.module.as_str());
    let modules: BTreeSet<&str> = modules.collect();
    let modules = modules
        .into_iter()
        .chain(has_shared.then_some(SHARED))
        .map(ident);
    let accessors = api.resources.iter().map(|resource| {
        let (module, handle) = (ident(&resource.module), ident(&resource.handle));
        let docs = attributes(&resource.docs);
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
    let structs = context.models.iter().filter_map(|(name, model)| {
        let is_emitted = api.placement.contains_key(name) && matches!(model, Model::Struct(_));
        is_emitted.then(|| ident(name))
    });
    let (server, fingerprint) = (&api.server, &context.document.fingerprint);
    let (version, module) = (&api.version, &api.module);
    let view_docs = attributes(&format!(
        "The operations of API {version}; made by [`Client::{module}`](crate::Client::{module})."
    ));
    let client_docs = attributes(&format!("The operations of API {version}."));
    let module = ident(module);
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
    [items, exports(api), rest].map(Piece::Items).into()
}

/// The module of the version re-exports every model and every condition on a list: `heffl::v2::CreateDeal`.
fn exports(api: &Api) -> proc_macro2::TokenStream {
    let mut by_module: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (component, place) in &api.placement {
        let module = place.as_deref().unwrap_or(SHARED);
        by_module.entry(module).or_default().push(component);
    }
    for resource in &api.resources {
        let operations = resource.operations.iter();
        let filters = operations.flat_map(|operation| &operation.filters);
        let names = by_module.entry(&resource.module).or_default();
        names.extend(filters.map(|filters| filters.type_name.as_str()));
    }
    by_module.retain(|_, names| !names.is_empty());
    let exports = by_module.into_iter().map(|(module, names)| {
        let module = ident(module);
        let names = names.into_iter().map(ident);
        quote!(#[doc(no_inline)] pub use #module::{#(#names),*};)
    });
    quote!(#(#exports)*)
}
