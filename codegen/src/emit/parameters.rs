//! Parameters of operations: limits, arguments of methods, and setters of builders.

use proc_macro2::{Ident, TokenStream};
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

/// The limits of a parameter, if it has any.
pub(super) fn limits(parameter: &Parameter) -> Option<TokenStream> {
    let (name, limits) = (&parameter.wire, parameter.limits.iter());
    let limits: Vec<TokenStream> = limits.filter_map(|it| it.parse().ok()).collect();
    (!limits.is_empty()).then(|| quote!(#name => #(#limits),*;))
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
    let (input, value) = emitted::input(scope, &parameter.ty, name, is_plain);
    let ty = scope.ty(&parameter.ty);
    let conversion = value.map(|value| quote!(let #name: #ty = #value;));
    (input, conversion)
}

/// The step of a call that sets a parameter.
pub(super) fn step(parameter: &Parameter, name: &Ident) -> TokenStream {
    let (wire, form) = (&parameter.wire, parameter.form.as_deref());
    let is_list = item_of(&parameter.ty, "Vec").is_some();
    let ty = type_text(&parameter.ty);
    match parameter.place.as_str() {
        "path" if is_list => quote!(.path_list(#wire, #name, #form)),
        "path" => match ty.as_str() {
            "String" => quote!(.path(#wire, &#name)),
            "u32" | "i64" | "f64" | "bool" | "crate::DateTime" => {
                quote!(.path(#wire, &#name.to_string()))
            }
            _ => quote!(.path(#wire, #name.as_str())),
        },
        "header" if is_list => quote!(.header_values(#wire, #name, #form)),
        "header" => quote!(.header_values(#wire, [#name], "")),
        "cookie" => quote!(.cookie(#wire, #name)),
        _ if is_list => {
            let separator = option(form);
            quote!(.query_list(#wire, #name, #separator))
        }
        _ if ty == JSON => quote!(.query_json(#wire, #name)),
        _ if form.is_some() => {
            let form = form.map(ident);
            let json = written(!ty.contains("::"), name);
            quote!(.query_object(#wire, #json, crate::request::Members::#form))
        }
        _ => quote!(.query(#wire, #name)),
    }
}

/// The JSON text of a value. A model is checked against its limits.
pub(super) fn written(is_model: bool, name: &Ident) -> TokenStream {
    if is_model {
        quote!(crate::model::body(&#name))
    } else {
        quote!(crate::json::to_json(&#name))
    }
}

pub(super) fn query_setter(scope: &mut Scope<'_>, parameter: &Parameter) -> TokenStream {
    let (docs, name) = (attributes(&parameter.docs), ident(&parameter.name));
    let step = step(parameter, &ident("value"));
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
