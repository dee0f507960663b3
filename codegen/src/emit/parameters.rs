//! Parameters of operations: limits, arguments of methods, and setters of builders.

use proc_macro2::TokenStream;
use quote::quote;

use super::{models as emitted, scope::Scope};
use crate::{
    api::{Limit, Parameter, ParameterType},
    docs::attributes,
    models::Presence,
    naming::ident,
};

/// A parameter, or a field that it filters by, if it holds identifiers.
pub(super) fn identifier(
    scope: &mut Scope<'_>,
    parameter: &str,
    field: Option<&str>,
    ty: &ParameterType,
) -> Option<TokenStream> {
    let ParameterType::Id(id) = ty else {
        return None;
    };
    let id = scope.id(id);
    let field = match field {
        Some(field) => quote!(Some(#field)),
        None => quote!(None),
    };
    Some(quote!(crate::operation::Identifier::new(#parameter, #field, #id::KIND)))
}

pub(super) fn limit(parameter: &Parameter, limit: Limit) -> TokenStream {
    let name = &parameter.wire;
    let measure = ident(if limit.is_length { "length" } else { "value" });
    let bound = |bound: Option<i64>| match bound {
        Some(bound) => {
            let bound = proc_macro2::Literal::i64_unsuffixed(bound);
            quote!(Some(#bound))
        }
        None => quote!(None),
    };
    let (minimum, maximum) = (bound(limit.minimum), bound(limit.maximum));
    quote!(crate::operation::Limit::#measure(#name, #minimum, #maximum))
}

/// How a parameter is an argument of a method.
pub(super) struct Argument {
    pub(super) ty: TokenStream,
    /// The statement that makes the argument what is sent.
    pub(super) conversion: Option<TokenStream>,
}

pub(super) fn argument(
    scope: &mut Scope<'_>,
    parameter: &Parameter,
    name: &proc_macro2::Ident,
) -> Argument {
    let plain = |ty: TokenStream| Argument {
        ty,
        conversion: None,
    };
    let into = |ty: TokenStream| Argument {
        conversion: Some(quote!(let #name: #ty = #name.into();)),
        ty: quote!(impl Into<#ty>),
    };
    let ty = scope.value_type(&parameter.ty);
    match &parameter.ty {
        ParameterType::Text | ParameterType::DateTime | ParameterType::Id(_) => into(ty),
        ParameterType::Json => plain(quote!(&(impl serde::Serialize + ?Sized))),
        ParameterType::List(item, _) => {
            let item = scope.value_type(item);
            Argument {
                conversion: Some(
                    quote!(let #name: #ty = #name.into_iter().map(Into::into).collect();),
                ),
                ty: quote!(impl IntoIterator<Item = impl Into<#item>>),
            }
        }
        _ => plain(ty),
    }
}

pub(super) fn query_step(parameter: &Parameter, name: &proc_macro2::Ident) -> TokenStream {
    let wire = &parameter.wire;
    match &parameter.ty {
        ParameterType::List(..) if parameter.is_header => quote!(.header_list(#wire, #name)),
        ParameterType::List(_, separator) => {
            let separator = match separator {
                Some(separator) => quote!(Some(#separator)),
                None => quote!(None),
            };
            quote!(.query_list(#wire, #name, #separator))
        }
        _ if parameter.is_header => quote!(.header(#wire, &#name.to_string())),
        ParameterType::Json => quote!(.query_json(#wire, #name)),
        _ => quote!(.query(#wire, #name)),
    }
}

pub(super) fn query_setter(scope: &mut Scope<'_>, parameter: &Parameter) -> TokenStream {
    let (docs, name) = (attributes(&parameter.docs), ident(&parameter.name));
    let step = query_step(parameter, &ident("value"));
    let (generics, ty, given) = match parameter.ty {
        ParameterType::Json => (
            quote!(<'a, T: serde::Serialize + ?Sized + 'a>),
            quote!(impl Into<Option<&'a T>>),
            quote!(value.into()),
        ),
        // If other numbers were converted, the type of a literal would not be inferred.
        ParameterType::Unsigned => (
            quote!(),
            quote!(impl Into<Option<u32>>),
            quote!(value.into()),
        ),
        _ => {
            let ty = scope.value_type(&parameter.ty);
            let given = emitted::given(Presence::Optional, &syn::parse_quote!(#ty));
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
