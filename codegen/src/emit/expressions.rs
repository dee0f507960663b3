//! Rust expressions for JSON values, as a user of the crate would write them.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens as _, quote};
use serde_json::{Map, Value};
use syn::{Type, visit_mut::VisitMut};

use super::Context;
use crate::{
    api::{Body, File, Operation, Parameter},
    ids::Kind,
    models::{Field, Link, Model, Presence, Struct, item_of, type_text},
    naming::ident,
    requests::Pair,
};

/// The path of identifier types in the types of fields.
const IDS: &str = "crate::ids::";

impl Context<'_> {
    /// `heffl::v2::CreateDeal::new("…", …).stage_id("…")`: required fields, and the fields of `value`.
    pub(super) fn body(&self, operation: &Operation, value: &Value) -> TokenStream {
        match &operation.body {
            Some(Body::Model(name)) => {
                let name = ident(name);
                self.value(&syn::parse_quote!(#name), value)
            }
            Some(Body::Value(ty)) => read(&self.outside(ty), value),
            _ if operation.body_required => quote!("bytes"),
            _ => quote!(bytes::Bytes::from("bytes")),
        }
    }

    /// Parameters of the path, and those of the query that are required.
    pub(super) fn arguments(&self, operation: &Operation, pair: &Pair) -> Vec<TokenStream> {
        let required = operation.query.iter().filter(|p| p.required);
        let parameters = operation.path_parameters.iter().chain(required);
        let values = parameters.filter_map(|p| Some(self.parameter(p, pair.parameter(&p.wire)?)));
        values.collect()
    }

    /// An argument for a parameter.
    pub(super) fn parameter(&self, parameter: &Parameter, value: &Value) -> TokenStream {
        if let Some(item) = item_of(&parameter.ty, "Vec") {
            let values = value.as_array();
            let values = values.map_or(std::slice::from_ref(value), Vec::as_slice);
            let items = values.iter().map(|value| self.value(item, value));
            return quote!([#(#items),*]);
        }
        if type_text(&parameter.ty) != "serde_json::Value" {
            return self.value(&parameter.ty, value);
        }
        let parsed = value
            .as_str()
            .and_then(|text| serde_json::from_str(text).ok());
        let json = json(parsed.as_ref().unwrap_or(value));
        quote!(&#json)
    }

    fn structure(&self, name: &str, model: &Struct, fields: &Map<String, Value>) -> TokenStream {
        let path = self.path(name);
        let null = Value::Null;
        let required = model.required().into_iter();
        let arguments =
            required.map(|field| self.field(field, fields.get(&field.wire).unwrap_or(&null)));
        let mut setters = Vec::new();
        for field in &model.fields {
            let value = fields.get(&field.wire);
            let setter = &field.name;
            if let Some(link) = &model.link {
                if field.wire == link.id {
                    continue;
                }
                if let Some(record) = linked(link, field, fields) {
                    setters.push(quote!(.#setter(#record)));
                    continue;
                }
            }
            match (field.presence, value) {
                (Presence::Patch, Some(Value::Null)) => {
                    setters.push(quote!(.#setter(heffl::Patch::Clear)));
                }
                (Presence::Optional | Presence::Patch, Some(value)) => {
                    let value = self.field(field, value);
                    setters.push(quote!(.#setter(#value)));
                }
                // Required fields are arguments.
                (Presence::Required, _) | (_, None) => {}
            }
        }
        if model.custom_fields {
            for (key, value) in fields.iter().filter(|(key, _)| model.field(key).is_none()) {
                let value = json_token(value);
                setters.push(quote!(.custom_field(#key, #value)?));
            }
        }
        quote!(#path::new(#(#arguments),*) #(#setters)*)
    }

    fn field(&self, field: &Field, value: &Value) -> TokenStream {
        match (item_of(&field.ty, "Vec"), value) {
            (Some(item), Value::Array(values)) => {
                let items = values.iter().map(|value| self.value(item, value));
                quote!([#(#items),*])
            }
            _ => self.value(&field.ty, value),
        }
    }

    fn value(&self, ty: &Type, value: &Value) -> TokenStream {
        let name = &*type_text(ty);
        match (name, value) {
            ("String", _) if !value.is_null() => text(value),
            ("crate::Secret" | "crate::Currency", Value::String(_)) => text(value),
            (id, _) if id.starts_with(IDS) => identifier(id.trim_start_matches(IDS), value),
            ("u32", Value::Number(number)) => number.to_string().parse().unwrap_or_default(),
            ("bool", Value::Bool(_)) | ("i64", Value::Number(_)) => json_token(value),
            ("f64", Value::Number(number)) => {
                Literal::f64_unsuffixed(number.as_f64().unwrap_or_default()).into_token_stream()
            }
            ("crate::Money" | "crate::Decimal", Value::Number(number)) if number.is_i64() => {
                json_token(value)
            }
            ("crate::Money" | "crate::Decimal", Value::Number(number)) => {
                parsed(&number.to_string(), name)
            }
            ("crate::DateTime", Value::String(text)) => parsed(text, name),
            ("serde_json::Value", _) => json(value),
            _ => match (self.models.get(name), value) {
                (Some(Model::Struct(model)), Value::Object(fields)) => {
                    self.structure(name, model, fields)
                }
                (Some(Model::Enum(model)), Value::String(text)) => {
                    let (path, mut variants) = (self.path(name), model.variants.iter());
                    match variants.find(|(_, known)| known == text) {
                        Some((variant, _)) => quote!(#path::#variant),
                        None => read(&path, value),
                    }
                }
                (Some(_), _) => read(&self.path(name), value),
                (None, _) => read(&self.outside(ty), value),
            },
        }
    }

    /// A type as it is called from outside.
    fn outside(&self, ty: &Type) -> TokenStream {
        let mut ty = ty.clone();
        Outside(self).visit_type_mut(&mut ty);
        ty.to_token_stream()
    }

    /// `heffl::v2::Deal`
    fn path(&self, name: &str) -> TokenStream {
        let (module, name) = (ident(&self.api.module), ident(name));
        quote!(heffl::#module::#name)
    }
}

/// The record that two fields name, for the setter of the first.
fn linked(link: &Link, field: &Field, fields: &Map<String, Value>) -> Option<TokenStream> {
    if field.wire != link.entity {
        return None;
    }
    let (entity, id) = (fields.get(&link.entity)?.as_str()?, fields.get(&link.id)?);
    let of = link.kinds.iter().find(|(value, _)| value == entity);
    Some(match of {
        Some((_, of)) => identifier(&Kind::type_name(of), id),
        None => {
            let id = text(id);
            quote!(heffl::EntityRef::new(#entity, #id))
        }
    })
}

/// `heffl::DealId::new("dl_1")`
fn identifier(ty: &str, value: &Value) -> TokenStream {
    let (ty, id) = (ident(ty), text(value));
    quote!(heffl::#ty::new(#id))
}

/// Turns the names of models, and paths within the crate, into paths from outside of it.
struct Outside<'a>(&'a Context<'a>);

impl VisitMut for Outside<'_> {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        syn::visit_mut::visit_path_mut(self, path);
        let Some(first) = path.segments.first_mut() else {
            return;
        };
        if first.ident == "crate" {
            first.ident = ident("heffl");
        } else if path.segments.len() == 1
            && let Some(segment) = path.segments.first()
            && self.0.models.contains_key(&segment.ident.to_string())
            && let Ok(full) = syn::parse2(self.0.path(&segment.ident.to_string()))
        {
            *path = full;
        }
    }
}

/// A file: its name and its content.
pub(super) fn file(file: &File) -> TokenStream {
    match (file.is_list, file.required) {
        (true, _) => quote!([("a.txt".to_owned(), "text".into())]),
        (false, true) => quote!(("a.txt", "text")),
        (false, false) => quote!(Some(("a.txt".to_owned(), "text".into()))),
    }
}

/// `"…".parse::<heffl::DateTime>()?`
fn parsed(text: &str, ty: &str) -> TokenStream {
    let ty = ident(ty.trim_start_matches("crate::"));
    quote!(#text.parse::<heffl::#ty>()?)
}

/// For what nobody writes as a literal: read from JSON.
fn read(ty: &TokenStream, value: &Value) -> TokenStream {
    let json = json(value);
    quote!(serde_json::from_value::<#ty>(#json)?)
}

fn text(value: &Value) -> TokenStream {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    quote!(#text)
}

fn json(value: &Value) -> TokenStream {
    let tokens = json_token(value);
    quote!(serde_json::json!(#tokens))
}

/// JSON as the macro `json!` takes it; scalars are Rust's own.
fn json_token(value: &Value) -> TokenStream {
    match value {
        Value::Null => quote!(null),
        Value::Bool(flag) => quote!(#flag),
        Value::String(text) => quote!(#text),
        // A literal without a suffix is an `i32`, unless another type is required.
        Value::Number(number) => match number.as_i64() {
            Some(large) if i32::try_from(large).is_err() => {
                Literal::i64_suffixed(large).into_token_stream()
            }
            _ => number.to_string().parse().unwrap_or_default(),
        },
        Value::Array(items) => {
            let items = items.iter().map(json_token);
            quote!([#(#items),*])
        }
        Value::Object(fields) => {
            let fields = fields.iter().map(|(key, value)| {
                let value = json_token(value);
                quote!(#key: #value)
            });
            quote!({ #(#fields),* })
        }
    }
}
