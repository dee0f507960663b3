//! Types of conditions that lists are filtered by: one name for each list, with a constructor for
//! each documented field, and the operators of each kind of field.

use proc_macro2::TokenStream;
use quote::quote;

use super::{models::given as given_to, scope::Scope};
use crate::{
    api::{FilterKind, Filters, Operation},
    docs::attributes,
    models::Presence,
    naming::ident,
};

/// The type of the conditions on one list.
pub(super) fn filter(
    scope: &mut Scope<'_>,
    operation: &Operation,
    filters: &Filters,
) -> TokenStream {
    let record = scope.component(&filters.record);
    let name = ident(&filters.type_name);
    let docs = attributes(&format!(
        "A condition on the records of `{}`, for [`{}::filter`]; see [`Filter`](crate::Filter).",
        operation.id, operation.builder
    ));
    let fields = filters.fields.iter().map(|field| {
        let docs = attributes(&field.docs);
        let (wire, name) = (&field.wire, ident(&field.name));
        let (ty, kind) = (scope.ty(&field.ty), scope.shared(&field.kind));
        quote! {
            #docs
            pub fn #name() -> crate::FilterField<#record, #ty, #kind> {
                crate::FilterField::new(#wire)
            }
        }
    });
    let fields: Vec<TokenStream> = fields.collect();
    let constructors = (!fields.is_empty()).then(|| {
        quote! {
            impl crate::Filter<#record> { #(#fields)* }
        }
    });
    quote! {
        #docs
        pub type #name = crate::Filter<#record>;
        #constructors
    }
}

/// The setter of the builder.
pub(super) fn setter(filters: &Filters) -> TokenStream {
    let (parameter, name) = (&filters.parameter, ident(&filters.type_name));
    let given = given_to(Presence::Optional, &syn::parse_quote!(#name));
    let docs = attributes(&format!(
        "Adds a condition. Several are sent together, one for each field; that all of them must hold \
         is inferred from an example. Goes to the parameter `{parameter}`."
    ));
    quote! {
        #docs
        pub fn filter<M>(mut self, condition: #given) -> Self {
            if let Some(condition) = crate::setter::given(condition) {
                self.call = self.call.filter(#parameter, &condition);
            }
            self
        }
    }
}

/// A kind of field: its operators, for the fields of every list.
pub(super) fn kind(kind: &FilterKind) -> TokenStream {
    let name = ident(&kind.type_name);
    let docs = attributes(&kind.docs);
    let operators = kind.operators.iter().map(|operator| {
        let docs = attributes(&operator.docs);
        let (wire, name) = (&operator.wire, ident(&operator.name));
        if operator.takes_many {
            quote! {
                #docs
                pub fn #name(self, values: impl IntoIterator<Item = impl Into<V>>) -> crate::Filter<R> {
                    self.many(#wire, values)
                }
            }
        } else {
            quote! {
                #docs
                pub fn #name(self, value: impl Into<V>) -> crate::Filter<R> { self.one(#wire, value) }
            }
        }
    });
    quote! {
        #docs
        #[derive(Debug)]
        pub enum #name {}
        impl<R, V: serde::Serialize> crate::FilterField<R, V, #name> { #(#operators)* }
    }
}
