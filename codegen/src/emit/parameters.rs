//! Parameters of operations: limits, arguments of methods, and setters of builders.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;
use syn::Type;

use super::{models as emitted, option, scope::Scope};
use crate::{
    api::Parameter,
    docs::attributes,
    models::{Presence, id_of, item_of, type_text},
    naming::ident,
};

/// The type of a parameter that is JSON text.
const JSON: &str = "serde_json::Value";

/// A parameter, or a field that it filters by, if it holds identifiers.
pub(super) fn identifier(
    scope: &mut Scope<'_>,
    parameter: &str,
    field: Option<&String>,
    ty: &Type,
) -> Option<TokenStream> {
    let id = scope.id(&id_of(ty)?);
    let field = option(field);
    Some(quote!(crate::operation::Identifier::new(#parameter, #field, #id::KIND)))
}

pub(super) fn limit(parameter: &Parameter) -> Option<TokenStream> {
    let (name, limit) = (&parameter.wire, parameter.limit?);
    let measure = ident(if limit.is_length { "length" } else { "value" });
    let bound = |bound: Option<i64>| option(bound.map(Literal::i64_unsuffixed));
    let (minimum, maximum) = (bound(limit.minimum), bound(limit.maximum));
    Some(quote!(crate::operation::Limit::#measure(#name, #minimum, #maximum)))
}

/// A parameter as an argument of a method: its type, and the statement that converts it.
pub(super) fn argument(
    scope: &mut Scope<'_>,
    parameter: &Parameter,
    name: &Ident,
) -> (TokenStream, Option<TokenStream>) {
    let ty = type_text(&parameter.ty);
    if ty == JSON {
        return (quote!(&(impl serde::Serialize + ?Sized)), None);
    }
    let is_plain = ty != "String" && !ty.starts_with("crate::");
    let input = emitted::input(scope, &parameter.ty, name, is_plain);
    let ty = scope.ty(&parameter.ty);
    let conversion = input.value.map(|value| quote!(let #name: #ty = #value;));
    (input.ty, conversion)
}

pub(super) fn query_step(parameter: &Parameter, name: &Ident) -> TokenStream {
    let wire = &parameter.wire;
    let is_list = item_of(&parameter.ty, "Vec").is_some();
    match (parameter.is_header, is_list) {
        (true, true) => quote!(.header_list(#wire, #name)),
        (true, false) => quote!(.header(#wire, &#name.to_string())),
        (false, true) => {
            let separator = option(parameter.separator.as_ref());
            quote!(.query_list(#wire, #name, #separator))
        }
        _ if type_text(&parameter.ty) == JSON => quote!(.query_json(#wire, #name)),
        _ => quote!(.query(#wire, #name)),
    }
}

pub(super) fn query_setter(scope: &mut Scope<'_>, parameter: &Parameter) -> TokenStream {
    let (docs, name) = (attributes(&parameter.docs), ident(&parameter.name));
    let step = query_step(parameter, &ident("value"));
    let (generics, ty, given) = match type_text(&parameter.ty).as_str() {
        JSON => (
            quote!(<'a, T: serde::Serialize + ?Sized + 'a>),
            quote!(impl Into<Option<&'a T>>),
            quote!(value.into()),
        ),
        // If other numbers were converted, the type of a literal would not be inferred.
        "u32" => (
            quote!(),
            quote!(impl Into<Option<u32>>),
            quote!(value.into()),
        ),
        _ => {
            let given = emitted::given(Presence::Optional, &scope.ty(&parameter.ty));
            (quote!(<M>), given, quote!(crate::setter::given(value)))
        }
    };
    quote! {
        #docs
        pub fn #name #generics(mut self, value: #ty) -> Self {
            if let Some(value) = #given {
                self.call = self.call #step;
            }
            self
        }
    }
}
