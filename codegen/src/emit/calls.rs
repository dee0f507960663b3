//! A call of every operation through the generated crate, for the tests of that crate.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Context, Piece, Source, expressions};
use crate::{
    api::{Operation, Resource, Response},
    naming::{self, ident},
    requests::Pair,
};

/// The file of one version.
///
/// It has a `CALLS`, of functions that take a `Caller`: what that offers is written by hand in the package
/// of tests, around this file.
pub(crate) fn calls(context: &Context<'_>) -> Source {
    let api = context.api;
    let (mut entries, mut functions) = (Vec::new(), Vec::new());
    for resource in &api.resources {
        for operation in &resource.operations {
            if let Some(pair) = context.requests.get(&operation.id) {
                let (id, name) = (&operation.id, ident(&naming::field(&operation.id)));
                entries.push(quote!(Call::new(#id, |caller| Box::pin(#name(caller)))));
                functions.push(function(context, resource, operation, pair));
            }
        }
    }
    let items = quote! {
        use super::{Amount, Call, Caller, Outcome};
        /// The calls of all operations.
        pub const CALLS: &[Call] = &[#(#entries),*];
        #(#functions)*
    };
    Source {
        origin: context.document.file.clone(),
        docs: format!("Calls of all operations of API {}.", api.version),
        pieces: vec![Piece::Items(items)],
    }
}

fn function(
    context: &Context<'_>,
    resource: &Resource,
    operation: &Operation,
    pair: &Pair,
) -> TokenStream {
    let mut arguments = context.arguments(operation, pair);
    let mut statements = Vec::new();
    if let (Some(_), Some(all)) = (&operation.body, &pair.all.body) {
        let all_of_it = context.body(operation, all);
        let least = pair.least.body.as_ref();
        statements.push(match (operation.body_required, least) {
            (true, Some(least)) if least == all => quote!(let body = #all_of_it;),
            (true, Some(least)) => {
                let least = context.body(operation, least);
                quote!(let body = if caller.amount == Amount::All { #all_of_it } else { #least };)
            }
            _ => quote! {
                let body = if caller.amount == Amount::All { Some(#all_of_it) } else { None };
            },
        });
        arguments.push(quote!(body));
    }
    arguments.extend(operation.files.iter().map(expressions::file));
    let id = naming::field(&operation.id);
    let [version, handle, method, name] =
        [&context.api.module, &resource.module, &operation.name, &id].map(|name| ident(name));
    let mut call = quote!(caller.client.#version().#handle().#method(#(#arguments),*));
    if operation.has_builder() {
        let optional = operation.query.iter().filter(|p| !p.required);
        let setters = optional.filter_map(|p| {
            let value = context.parameter(p, pair.parameter(&p.wire)?);
            let setter = ident(&p.name);
            Some(quote!(.#setter(#value)))
        });
        statements.push(quote! {
            let mut call = #call;
            if caller.amount == Amount::All {
                call = call #(#setters)*;
            }
        });
        call = quote!(call.into_call());
    }
    let send = ident(match operation.response {
        Response::Page { .. } => "page",
        _ => "one",
    });
    let deprecated = operation.deprecated.then(|| quote!(#[allow(deprecated)]));
    quote! {
        #deprecated
        async fn #name(caller: &Caller<'_>) -> Outcome {
            #(#statements)*
            caller.#send(#call).await
        }
    }
}
