//! The body of an operation, as an argument of its method.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};

use super::{parameters::written, scope::Scope};
use crate::{
    api::{Body, File, Operation},
    naming::ident,
    normalise::bodies::{FORM, PARTS},
};

/// The arguments of the body, and the call with the body.
///
/// An optional body is an argument too, which also accepts `None`: many documents omit `required` by mistake, and a
/// caller cannot forget an argument. A program that passes the body compiles in either case.
pub(super) fn body(
    scope: &mut Scope<'_>,
    operation: &Operation,
    mut call: TokenStream,
) -> (Vec<TokenStream>, TokenStream) {
    let mut arguments = Vec::new();
    if let Some(body) = &operation.body {
        let (ty, step) = sent(scope, operation, body);
        if operation.body_required {
            arguments.push(quote!(body: #ty));
            call.extend(step);
        } else {
            arguments.push(quote!(body: impl Into<Option<#ty>>));
            call = quote! {{
                let call = #call;
                match body.into() {
                    Some(body) => call #step,
                    None => call,
                }
            }};
        }
    }
    for File {
        wire,
        name,
        media,
        required,
        is_list,
    } in &operation.files
    {
        let name = ident(name);
        let (ty, files) = match (is_list, required) {
            (true, _) => (
                quote!(impl IntoIterator<Item = (String, reqwest::Body)>),
                quote!(#name),
            ),
            (false, true) => (
                quote!((impl Into<String>, impl Into<reqwest::Body>)),
                quote!([(#name.0.into(), #name.1.into())]),
            ),
            (false, false) => (
                quote!(impl Into<Option<(String, reqwest::Body)>>),
                quote!(#name.into()),
            ),
        };
        arguments.push(quote!(#name: #ty));
        call.extend(quote!(.files(#wire, #media, #files)));
    }
    (arguments, call)
}

/// The type of the body, and the step of the call that sets it.
fn sent(scope: &mut Scope<'_>, operation: &Operation, body: &Body) -> (TokenStream, TokenStream) {
    let (ty, step) = match body {
        Body::Model(name) => (scope.component(name), quote!(.body(&body))),
        Body::Value(ty) => (scope.ty(ty).to_token_stream(), quote!(.json(&body))),
        Body::Bytes(media) if operation.body_required => (
            quote!(impl Into<bytes::Bytes>),
            quote!(.bytes(#media, body.into())),
        ),
        Body::Bytes(media) => (quote!(bytes::Bytes), quote!(.bytes(#media, body))),
    };
    let json = written(matches!(body, Body::Model(_)), &ident("body"));
    let step = match operation.body_media.as_deref() {
        Some(FORM) => quote!(.form(#json)),
        Some(PARTS) => quote!(.parts(#json)),
        Some(media) => quote!(#step.content_type(#media)),
        None => step,
    };
    (ty, step)
}
