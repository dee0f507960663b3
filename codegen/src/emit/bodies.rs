//! The body of an operation, as an argument of its method.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};

use super::scope::Scope;
use crate::{
    api::{Body, Operation},
    normalise::bodies::FORM,
};

/// The argument, if the operation has a body, and the call with the body.
///
/// A body that may be left out is an argument too, which takes `None`: many documents leave out `required` where they
/// mean it, and nobody forgets an argument. A program that gives the body compiles with either document.
pub(super) fn body(
    scope: &mut Scope<'_>,
    operation: &Operation,
    call: TokenStream,
) -> (Option<TokenStream>, TokenStream) {
    let Some(body) = &operation.body else {
        return (None, call);
    };
    let (ty, step) = match body {
        Body::Model(name) => (scope.component(name), quote!(.body(&body))),
        Body::Value(ty) => (scope.ty(ty).to_token_stream(), quote!(.json(&body))),
        Body::Bytes(media) if operation.body_required => (
            quote!(impl Into<bytes::Bytes>),
            quote!(.bytes(#media, body.into())),
        ),
        Body::Bytes(media) => (quote!(bytes::Bytes), quote!(.bytes(#media, body))),
    };
    let step = match operation.body_media.as_deref() {
        Some(FORM) => quote!(.form(&body)),
        Some(media) => quote!(#step.content_type(#media)),
        None => step,
    };
    if operation.body_required {
        return (Some(quote!(body: #ty)), quote!(#call #step));
    }
    let call = quote! {{
        let call = #call;
        match body.into() {
            Some(body) => call #step,
            None => call,
        }
    }};
    (Some(quote!(body: impl Into<Option<#ty>>)), call)
}
