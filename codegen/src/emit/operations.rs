//! Resource handles, operations, and builders of optional parameters.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::{
    Piece, bodies, examples, filters,
    models::{self as emitted, Taking},
    option,
    parameters::{argument, identifier, limits, query_setter, step},
    response_type,
    scope::Scope,
    service,
};
use crate::{
    api::{Operation, Resource, Response},
    docs::attributes,
    models::Model,
    naming::{self, ident},
};

/// The constants of the operations, the handle, and the builders.
pub(super) fn handle(scope: &mut Scope<'_>, resource: &Resource) -> Vec<Piece> {
    let handle = ident(&resource.handle);
    let mut methods = Vec::new();
    let mut constants = Vec::new();
    let mut rest = Vec::new();
    let mut envelopes: Vec<&str> = Vec::new();
    for operation in &resource.operations {
        constants.push(constant(scope, operation));
        methods.push(method(scope, resource, operation));
        if operation.has_builder() {
            rest.push(Piece::Items(builder(scope, operation)));
        }
        if let Some(filters) = &operation.filters {
            rest.push(Piece::Items(filters::filter(scope, operation, filters)));
        }
        if let Response::Page { envelope, item } = &operation.response
            && !envelopes.contains(&envelope.as_str())
        {
            envelopes.push(envelope);
            rest.extend(list_envelope(scope, envelope, item).map(Piece::Items));
        }
    }
    let docs = attributes(&resource.docs);
    let mut pieces: Vec<Piece> = vec![Piece::Items(quote! {
        #docs
        #[derive(Clone, Copy, Debug)]
        pub struct #handle<'a> {
            pub(crate) client: &'a crate::Client,
        }
        impl #handle<'_> {
            #(#methods)*
        }
    })];
    pieces.extend(constants.into_iter().map(Piece::Items));
    pieces.extend(rest);
    pieces
}

/// Name of the static that describes an operation.
pub(super) fn constant_name(operation: &Operation) -> proc_macro2::Ident {
    ident(&naming::upper_snake(&operation.id))
}

fn constant(scope: &mut Scope<'_>, operation: &Operation) -> TokenStream {
    let name = constant_name(operation);
    let (id, method) = (&operation.id, &operation.method);
    let (evidence, source) = (&operation.evidence, &operation.source);
    // A prefix is a part of the path for the runtime.
    let (version, prefix) = match &operation.prefix {
        Some(prefix) => ("", prefix.as_str()),
        None => (scope.context.api.version.as_str(), ""),
    };
    let path = format!("{prefix}{}", operation.path);
    let parameters = || operation.path_parameters.iter().chain(&operation.query);
    let limits: Vec<_> = parameters().filter_map(limits).collect();
    let limits = (!limits.is_empty()).then(|| quote!(.limits(crate::limit::limits!(#(#limits)*))));
    let mut typed: Vec<_> = parameters().map(|it| (&it.wire, None, &it.ty)).collect();
    if let Some(filters) = &operation.filters {
        let fields = filters.fields.iter();
        typed.extend(fields.map(|field| (&filters.parameter, Some(&field.wire), &field.ty)));
    }
    let ids = typed.into_iter();
    let ids = ids.filter_map(|(parameter, field, ty)| identifier(scope, parameter, field, ty));
    let ids: Vec<_> = ids.collect();
    let identifiers = (!ids.is_empty()).then(|| quote!(.identifiers(&[#(#ids),*])));
    let largest_page = operation.largest_page().map(|(parameter, size)| {
        let (parameter, size) = (&parameter.wire, Literal::u32_unsuffixed(size));
        quote!(.largest_page(#parameter, #size))
    });
    let access = access(operation);
    quote! {
        pub(crate) static #name: crate::operation::Spec = crate::operation::Spec::documented(
            #id, #method, #version, #path, #evidence, #source
        ) #limits #identifiers #largest_page #access;
    }
}

/// Where an operation is called, and with which key, if not as the others.
fn access(operation: &Operation) -> Option<TokenStream> {
    let (server, key) = (&operation.server, &operation.key);
    if server.is_none() && key.is_none() {
        return None;
    }
    let server = option(server.as_ref());
    let key = key.as_ref().map_or(quote!(crate::api::KEY), service::key);
    Some(quote!(.access(#server, #key)))
}

fn method(scope: &mut Scope<'_>, resource: &Resource, operation: &Operation) -> TokenStream {
    let name = ident(&operation.name);
    let constant = constant_name(operation);
    let example = examples::example(scope.context, resource, operation);
    let docs = attributes(&format!("{}\n\n{example}", operation.docs));
    let deprecated = quote!(#[deprecated(note = "deprecated in the documentation of the API")]);
    let deprecated = operation.deprecated.then_some(deprecated);
    let (mut arguments, mut conversions, mut steps) = (Vec::new(), Vec::new(), Vec::new());
    for (name, value) in &operation.constant_query {
        steps.push(quote!(.query(#name, #value)));
    }
    let required = operation.query.iter().filter(|it| it.required);
    for parameter in operation.path_parameters.iter().chain(required) {
        let name = ident(&parameter.name);
        let (ty, conversion) = argument(scope, parameter, &name);
        arguments.push(quote!(#name: #ty));
        conversions.extend(conversion);
        steps.push(step(parameter, &name));
    }
    let mut call = match &operation.response {
        Response::Nothing => quote!(crate::Call::unread(self.client, &#constant)),
        Response::Bytes(media) => quote!(crate::Call::received(self.client, &#constant, #media)),
        Response::Page { envelope, .. } => {
            let envelope = scope.component(envelope);
            quote!(crate::Call::page::<#envelope>(self.client, &#constant))
        }
        _ => quote!(crate::Call::new(self.client, &#constant)),
    };
    call.extend(quote!(#(#steps)*));
    let (of_body, call) = bodies::body(scope, operation, call);
    arguments.extend(of_body);
    let response = response_type(scope, &operation.response);
    let (ty, value) = if operation.has_builder() {
        let builder = ident(&operation.builder);
        (quote!(#builder), quote!(#builder { call: #call }))
    } else {
        (quote!(crate::Call<#response>), call)
    };
    quote! {
        #docs
        #deprecated
        pub fn #name(self #(, #arguments)*) -> #ty {
            #(#conversions)*
            #value
        }
    }
}

fn builder(scope: &mut Scope<'_>, operation: &Operation) -> TokenStream {
    let name = ident(&operation.builder);
    let output = response_type(scope, &operation.response);
    let optional = operation.query.iter().filter(|it| !it.required);
    let setters = optional.map(|parameter| query_setter(scope, parameter));
    let setters = setters.chain(operation.filters.as_ref().map(filters::setter));
    let setters: Vec<TokenStream> = setters.collect();
    let docs = attributes(&format!(
        "The parameters of `{}`; sent by `.await` or [`send`](Self::send).",
        operation.id
    ));
    let methods = match &operation.response {
        Response::Page { item, .. } => {
            let item = scope.component(item);
            quote!(crate::parameters!(#name, Page<#item>);)
        }
        _ => quote!(crate::parameters!(#name, #output);),
    };
    quote! {
        #docs
        #[derive(Clone, Debug)]
        #[must_use = "a request does nothing until it is awaited"]
        pub struct #name {
            call: crate::Call<#output>,
        }
        impl #name {
            #(#setters)*
        }
        #methods
    }
}

/// How a page is read out of its envelope.
fn list_envelope(scope: &mut Scope<'_>, envelope: &str, item: &str) -> Option<TokenStream> {
    let models = scope.context.models;
    let Some(Model::Struct(model)) = models.get(envelope) else {
        return None;
    };
    let page = model.page.as_ref()?;
    let (envelope, item) = (scope.component(envelope), scope.component(item));
    let (items, _) = emitted::member(model, &page.items, models, Taking::Moved)?;
    let member = |at: &Option<String>, taking| {
        let member = emitted::member(model, at.as_deref()?, models, taking);
        member.map(|(value, is_optional)| {
            if is_optional {
                value
            } else {
                quote!(Some(#value))
            }
        })
    };
    let none = || quote!(None);
    let cursor = member(&page.next_cursor, Taking::Moved).unwrap_or_else(none);
    let more = member(&page.has_more, Taking::Copied).unwrap_or_else(none);
    let items_at = &page.items;
    let cursor_at = option(page.next_cursor.as_ref());
    let more_at = option(page.has_more.as_ref());
    let cursor_parameter = page.cursor_parameter.as_ref();
    let cursor_parameter = cursor_parameter
        .map(|parameter| quote!(const CURSOR_PARAMETER: Option<&'static str> = Some(#parameter);));
    Some(quote! {
        impl crate::page::ListEnvelope for #envelope {
            type Item = #item;
            #cursor_parameter
            const SHAPE: crate::envelope::ListShape = crate::envelope::ListShape {
                items: #items_at,
                next_cursor: #cursor_at,
                has_more: #more_at,
            };
            fn into_page(self) -> crate::Page<#item> {
                let has_more = #more;
                crate::Page::new(#items, #cursor, has_more)
            }
        }
    })
}
