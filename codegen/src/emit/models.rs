//! Structs, open enums, constructors and setters.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::Type;

use super::{Piece, scope::Scope};
use crate::{
    docs::{self, attributes},
    ids::Kind,
    models::{Choice, Enum, Field, Link, Model, Presence, Struct, type_text},
    naming::ident,
    normalise::{Foreign, bodies::STATUS},
};

/// The given components, in their order.
pub(super) fn models(
    scope: &mut Scope<'_>,
    names: &[String],
    models: &BTreeMap<String, Model>,
    records: &BTreeMap<&str, &str>,
) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for name in names {
        match models.get(name) {
            Some(Model::Struct(model)) => {
                let record = records.get(name.as_str()).copied();
                let record = record.and_then(|record| match models.get(record) {
                    Some(Model::Struct(model)) => Some((record, model)),
                    _ => None,
                });
                let is_record = records.values().any(|record| record == name);
                structure(scope, name, model, record, is_record, &mut pieces);
            }
            Some(Model::Enum(model)) => enumeration(name, model, &mut pieces),
            Some(Model::Choice(model)) => choice(scope, name, model, &mut pieces),
            Some(Model::Foreign(docs, model)) => {
                pieces.extend(foreign(scope, name, docs, model));
            }
            None => {}
        }
    }
    pieces
}

fn structure(
    scope: &mut Scope<'_>,
    name: &str,
    model: &Struct,
    record: Option<(&str, &Struct)>,
    is_record: bool,
    pieces: &mut Vec<Piece>,
) {
    let ident = ident(name);
    let docs = attributes(&model.docs);
    let mut fields = Vec::new();
    let mut lines = Vec::new();
    for field in &model.fields {
        let (docs, name, ty) = (attributes(&field.docs), &field.name, scope.ty(&field.ty));
        let full = match field.presence {
            Presence::Required => quote!(#ty),
            Presence::Optional => quote!(Option<#ty>),
            Presence::Patch => quote!(crate::Patch<#ty>),
        };
        fields.push(quote!(#docs pub #name: #full));
        let word = match field.presence {
            Presence::Required => "Required",
            Presence::Optional if field.nullable => "Nullable",
            Presence::Optional => "Optional",
            Presence::Patch => "Patch",
        };
        let limits = if field.limits.is_empty() || !model.role.request {
            String::new()
        } else {
            format!(" [{}]", field.limits.join(", "))
        };
        lines.push(format!(
            "    {} {word} {name} = {:?}{limits},",
            lines.len(),
            field.wire
        ));
    }
    if model.custom_fields {
        fields.push(quote! {
            /// The workspace's own fields, the `cf_*` keys.
            pub custom_fields: crate::CustomFields
        });
        lines.push(format!(
            "    in {} custom_fields: CustomFields,",
            lines.len()
        ));
    }
    if model.role.answer || !model.role.request {
        fields.push(quote! {
            /// Other keys of the response, and values of optional fields that cannot be read.
            pub extra: crate::JsonObject
        });
        lines.push(format!("    in {} extra: Extra,", lines.len()));
    }
    let items = model
        .page
        .as_ref()
        .and_then(|page| page.items.strip_prefix('/'));
    if let Some(index) =
        items.and_then(|key| model.fields.iter().position(|field| field.wire == key))
    {
        lines.push(format!("    items {index},"));
    }
    if is_record {
        fields.push(quote!(pub(crate) received_keys: crate::model::ReceivedKeys));
        lines.push("    received received_keys,".to_owned());
    }
    let default = model
        .fields
        .iter()
        .all(|field| field.presence != Presence::Required)
        .then(|| quote!(, Default));
    pieces.push(Piece::Items(quote! {
        #docs
        #[derive(Clone #default)]
        #[non_exhaustive]
        pub struct #ident { #(#fields),* }
    }));
    if model.role.request {
        lines.extend(model.rules.iter().map(|rule| format!("    rule {rule},")));
    }
    lines.insert(0, format!("{name} {{"));
    lines.push("}".to_owned());
    pieces.push(Piece::Macro {
        path: "crate::model",
        lines,
    });
    if model.role.request {
        constructors(scope, name, model, record, is_record, pieces);
    } else if let Some(getter) = linked(name, model) {
        pieces.push(Piece::Items(getter));
    }
    if model.role.answer && model.page.is_none() {
        pieces.push(Piece::Items(quote!(crate::model::from_json!(#ident);)));
    }
}

/// What a request is made with: required fields as arguments, everything else by setters.
fn constructors(
    scope: &mut Scope<'_>,
    name: &str,
    model: &Struct,
    record: Option<(&str, &Struct)>,
    is_record: bool,
    pieces: &mut Vec<Piece>,
) {
    let ident = ident(name);
    let new = new(scope, model, is_record);
    let mut linked = None;
    let mut setters = vec![format!("{name} {{")];
    for field in &model.fields {
        match &model.link {
            _ if field.presence == Presence::Required => {}
            Some(link) if link.id == field.wire => {}
            Some(link) if link.entity == field.wire => linked = link_setter(model, link),
            _ => setters.push(setter(scope, field)),
        }
    }
    let diff = record.map(|(name, record)| diff(&scope.component(name), model, record));
    pieces.push(Piece::Items(quote!(impl #ident { #new #linked #diff })));
    if setters.len() > 1 {
        setters.push("}".to_owned());
        pieces.push(Piece::Macro {
            path: "crate::model::setters",
            lines: setters,
        });
    }
    if model.custom_fields {
        pieces.push(Piece::Items(quote!(
            crate::model::custom_field_setters! { #ident }
        )));
    }
}

/// The field of the record that a field of its update becomes.
fn in_record<'a>(field: &Field, record: &'a Struct) -> Option<&'a Field> {
    let mut fields = record.fields.iter();
    fields.find(|known| known.wire == field.in_record())
}

/// For the body of an update, where the answer is the whole record.
fn diff(name: &TokenStream, model: &Struct, record: &Struct) -> TokenStream {
    let docs = attributes(&diff_docs(model, record));
    let renamed = model.fields.iter().filter_map(|field| {
        let (of_update, of_record) = (&field.wire, field.response_name.as_ref()?);
        Some(quote!((#of_update, #of_record)))
    });
    quote! {
        #docs
        #[inline]
        pub fn diff(old: &#name, new: &#name) -> Result<Self, crate::Error> {
            crate::model::diff(old, new, &[#(#renamed),*])
        }
    }
}

fn diff_docs(model: &Struct, record: &Struct) -> String {
    let fields = || model.fields.iter();
    let mut compared = vec![
        "The update that turns `old` into `new`: the fields that differ, and no others.".to_owned(),
    ];
    let renamed: Vec<String> = fields()
        .filter(|field| field.response_name.is_some())
        .filter_map(|field| Some((&field.name, &in_record(field, record)?.name)))
        .map(|(of_update, of_record)| format!("`{of_update}` as `{of_record}`"))
        .collect();
    if !renamed.is_empty() {
        compared.push(format!("The record has {}.", renamed.join(", ")));
    }
    compared.push(
        "A field that the JSON of `new` did not have is left alone; [`Patch::Clear`](crate::Patch::Clear) clears it."
            .to_owned(),
    );
    let no_empty = fields()
        .filter(|field| in_record(field, record).is_some())
        .filter(|field| {
            field
                .limits
                .iter()
                .any(|limit| limit.starts_with("MinItems"))
        });
    compared.extend(no_empty.map(|Field { name, .. }| {
        format!("An empty list for `{name}` is left alone, since an update needs items there.")
    }));
    let mut others: Vec<String> = fields()
        .filter(|field| in_record(field, record).is_none())
        .map(|field| format!("`{}`", field.name))
        .collect();
    if model.custom_fields && !record.custom_fields {
        others.push("custom fields".to_owned());
    }
    let mut paragraphs = vec![compared.join(" ")];
    if !others.is_empty() {
        let others = others.join(", ");
        paragraphs.push(format!(
            "Not compared, since responses do not have them: {others}."
        ));
    }
    paragraphs.push("# Errors".to_owned());
    paragraphs.push("An update cannot give a field the value that it has in `new`.".to_owned());
    paragraphs.join("\n\n")
}

fn new(scope: &mut Scope<'_>, model: &Struct, is_record: bool) -> TokenStream {
    if model
        .fields
        .iter()
        .all(|field| field.presence != Presence::Required)
    {
        return quote! {
            /// Empty: nothing is sent but what is set.
            #[must_use]
            #[inline]
            pub fn new() -> Self {
                Self::default()
            }
        };
    }
    let mut inputs: BTreeMap<&str, Input> = BTreeMap::new();
    let mut arguments = Vec::new();
    for field in model.required() {
        let name = &field.name;
        let input = input(scope, field, name);
        let ty = &input.ty;
        arguments.push(quote!(#name: #ty));
        inputs.insert(&field.wire, input);
    }
    let values = model.required().into_iter().map(|field| {
        let name = &field.name;
        match inputs
            .remove(field.wire.as_str())
            .and_then(|input| input.value)
        {
            Some(value) => quote!(#name: #value),
            None => quote!(#name),
        }
    });
    let values: Vec<TokenStream> = values.collect();
    let others = (values.len() < model.fields.len()
        || model.custom_fields
        || model.role.answer
        || is_record)
        .then(|| quote!(..crate::model::Slot::blank()));
    quote! {
        /// With what is required; everything else is left out until it is set.
        #[must_use]
        pub fn new(#(#arguments),*) -> Self {
            Self { #(#values,)* #others }
        }
    }
}

/// A line of the runtime's `setters`.
fn setter(scope: &mut Scope<'_>, field: &Field) -> String {
    let (name, ty) = (&field.name, scope.ty(&field.ty));
    let presence = match field.presence {
        Presence::Patch => "Patch",
        _ => "Optional",
    };
    let (kind, ty) = match (item_of(&ty), type_text(&ty)) {
        (Some(item), _) => ("List", item.to_string().replace(' ', "")),
        (None, text) if text == "serde_json::Value" => ("Json", text),
        (None, text) => ("", text),
    };
    format!("    {presence}{kind} {name}: {ty},")
}

/// A link to a field of the struct, which has a setter of the same name.
fn field_link(name: &proc_macro2::Ident) -> String {
    format!("[`{name}`](field@Self::{name})")
}

/// The argument of the setter of an `Option` or a `Patch`, whose `M` is a parameter of the method.
pub(super) fn given(presence: Presence, ty: &Type) -> TokenStream {
    let marker = match item_of(ty) {
        Some(_) => quote!(Vec<M>),
        None => quote!(M),
    };
    match presence {
        Presence::Patch => quote!(impl crate::IntoField<crate::Patch<#ty>, #marker>),
        _ => quote!(impl crate::IntoField<Option<#ty>, #marker>),
    }
}

/// Sets both fields that name a record, so that neither is forgotten or of another kind than the other.
fn link_setter(model: &Struct, link: &Link) -> Option<TokenStream> {
    let field = |wire: &str| model.fields.iter().find(|field| field.wire == wire);
    let (entity, id) = (field(&link.entity)?, field(&link.id)?);
    let (entity_name, id_name) = (&entity.name, &id.name);
    let ids: Vec<_> = link
        .kinds
        .iter()
        .map(|(_, of)| format!("`{}`", Kind::type_name(of)))
        .collect();
    let mut docs = format!(
        "Sets {} and {}, from {}, or an [`EntityRef`](crate::EntityRef).",
        field_link(entity_name),
        field_link(id_name),
        ids.join(", ")
    );
    let word = match type_text(&entity.ty).as_str() {
        "String" => quote!(value.entity().to_owned()),
        _ => {
            let ty = &entity.ty;
            quote!(#ty::unknown(value.entity()))
        }
    };
    let value_of = |field: &Field, value: TokenStream| match field.presence {
        Presence::Patch => quote!(crate::Patch::Set(#value)),
        _ => quote!(Some(#value)),
    };
    let presence = match (entity.presence, id.presence) {
        (Presence::Patch, Presence::Patch) => Presence::Patch,
        _ => Presence::Optional,
    };
    let given = given(presence, &syn::parse_quote!(crate::EntityRef));
    let body = if presence == Presence::Patch {
        docs.push_str(" [`Patch::Clear`](crate::Patch::Clear) sends `null` for both.");
        quote! {
            let mut record = crate::Patch::Keep;
            value.into_field(&mut record);
            if !record.is_keep() {
                self.#entity_name = record.as_ref().map(|value| #word);
                self.#id_name = record.map(|value| value.id().to_owned());
            }
        }
    } else {
        let word = value_of(entity, word);
        let id = value_of(id, quote!(value.id().to_owned()));
        quote! {
            if let Some(value) = crate::setter::given(value) {
                let value: crate::EntityRef = value;
                self.#entity_name = #word;
                self.#id_name = #id;
            }
        }
    };
    let docs = attributes(&docs);
    Some(quote! {
        #docs
        #[must_use]
        pub fn #entity_name<M>(mut self, value: #given) -> Self {
            #body
            self
        }
    })
}

/// The record that two fields of an answer name.
fn linked(name: &str, model: &Struct) -> Option<TokenStream> {
    let link = model.link.as_ref()?;
    let field = |wire: &str| model.fields.iter().find(|field| field.wire == wire);
    let (entity, id) = (&field(&link.entity)?.name, &field(&link.id)?.name);
    let (model, getter) = (ident(name), quote::format_ident!("{entity}_ref"));
    let docs = attributes(&format!(
        "The record that `{entity}` and `{id}` name, if both are there."
    ));
    Some(quote! {
        impl #model {
            #docs
            pub fn #getter(&self) -> Option<crate::EntityRef> {
                Some(crate::EntityRef::new(self.#entity.as_ref()?, self.#id.as_ref()?))
            }
        }
    })
}

/// How a caller gives the value of a field.
struct Input {
    /// Type of the argument.
    ty: TokenStream,
    /// The field's value, where it is not the argument itself.
    value: Option<TokenStream>,
}

fn input(scope: &mut Scope<'_>, field: &Field, argument: &proc_macro2::Ident) -> Input {
    let ty = scope.ty(&field.ty);
    let into = Some(quote!(#argument.into()));
    if let Some(item) = item_of(&ty) {
        let value = Some(quote!(#argument.into_iter().map(Into::into).collect()));
        return Input {
            ty: quote!(impl IntoIterator<Item = impl Into<#item>>),
            value,
        };
    }
    match type_text(&ty).as_str() {
        "bool" | "i64" | "crate::JsonObject" | "crate::CustomFields" => Input {
            ty: quote!(#ty),
            value: None,
        },
        _ => Input {
            ty: quote!(impl Into<#ty>),
            value: into,
        },
    }
}

fn item_of(ty: &Type) -> Option<TokenStream> {
    let Type::Path(path) = ty else { return None };
    let last = path
        .path
        .segments
        .last()
        .filter(|last| last.ident == "Vec")?;
    match &last.arguments {
        syn::PathArguments::AngleBracketed(arguments) => Some(arguments.args.to_token_stream()),
        _ => None,
    }
}

/// An expression for a member of `self`, found by JSON pointer.
pub(super) struct Member {
    pub(super) value: TokenStream,
    pub(super) optional: bool,
}

/// Whether a member is moved out of `self`, or copied so that the rest can still be moved.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Taking {
    Moved,
    Copied,
}

pub(super) fn member(
    model: &Struct,
    pointer: &str,
    models: &BTreeMap<String, Model>,
    taking: Taking,
) -> Option<Member> {
    let mut current = Some(model);
    let mut found: Option<Member> = None;
    for part in pointer.split('/').skip(1) {
        let field = current?.fields.iter().find(|field| field.wire == part)?;
        let (name, optional) = (&field.name, field.presence == Presence::Optional);
        found = Some(match found {
            None => Member {
                value: quote!(self.#name),
                optional,
            },
            Some(Member {
                value,
                optional: false,
            }) => Member {
                value: quote!(#value.#name),
                optional,
            },
            Some(Member {
                value,
                optional: true,
            }) => {
                let value = if taking == Taking::Copied {
                    quote!(#value.as_ref())
                } else {
                    value
                };
                let step = ident(if optional { "and_then" } else { "map" });
                Member {
                    value: quote!(#value.#step(|outer| outer.#name)),
                    optional: true,
                }
            }
        });
        current = match models.get(&type_text(&field.ty)) {
            Some(Model::Struct(inner)) => Some(inner),
            _ => None,
        };
    }
    found
}

fn enumeration(name: &str, model: &Enum, pieces: &mut Vec<Piece>) {
    let mut lines = docs::comment(&model.docs);
    lines.push(format!("pub enum {name} {{"));
    let variants = model.variants.iter();
    lines.extend(variants.map(|(variant, value)| format!("    {variant} = {value:?},")));
    lines.push("}".to_owned());
    pieces.push(Piece::Macro {
        path: "crate::open_enum",
        lines,
    });
}

/// A type of the type generator, as a leaf of tables if it stands in fields.
fn foreign(scope: &mut Scope<'_>, name: &str, docs: &str, model: &Foreign) -> Option<Piece> {
    let mut item: syn::Item = syn::parse2(model.item.clone()).ok()?;
    scope.item(&mut item);
    let Some(blank) = &model.blank else {
        return Some(Piece::Items(quote!(#item)));
    };
    let (ident, docs) = (ident(name), attributes(docs));
    Some(Piece::Items(quote! {
        #docs
        #item
        impl crate::model::Slot for #ident {
            fn blank() -> Self {
                #blank
            }

            fn read(&mut self, reader: &mut crate::json::Reader<'_>) -> Result<(), crate::json::Stop> {
                *self = crate::model::read_foreign(reader)?;
                Ok(())
            }

            fn value(&self) -> crate::model::Value<'_> {
                crate::model::Value::Foreign(self)
            }
        }
    }))
}

fn choice(scope: &mut Scope<'_>, name: &str, model: &Choice, pieces: &mut Vec<Piece>) {
    let ident = ident(name);
    let docs = attributes(&model.docs);
    let mut variants = Vec::new();
    let mut conversions = Vec::new();
    let mut lines = vec![format!("{name} by {:?} {{", model.discriminator)];
    for (variant, ty, words) in &model.alternatives {
        let list = docs::sanitise(&words.join("`, `"));
        let docs = match (ty, model.discriminator.as_str()) {
            (_, STATUS) => format!("Status `{list}`."),
            (Some(ty), _) if words.is_empty() => format!(
                "One of the alternatives: {}.",
                type_text(ty).replace(['<', '>'], " ").trim()
            ),
            (_, member) => format!("`{}` is `{list}`.", docs::sanitise(member)),
        };
        let docs = attributes(&docs);
        let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
        let words = words.join(", ");
        let Some(ty) = ty else {
            variants.push(quote!(#docs #variant));
            lines.push(format!("    {variant} [{words}],"));
            continue;
        };
        let ty = scope.ty(ty);
        variants.push(quote!(#docs #variant(#ty)));
        conversions.push(quote! {
            impl From<#ty> for #ident {
                fn from(value: #ty) -> Self { Self::#variant(value) }
            }
        });
        if let Some(boxed) = boxed(&ty) {
            conversions.push(quote! {
                impl From<#boxed> for #ident {
                    fn from(value: #boxed) -> Self { Self::#variant(Box::new(value)) }
                }
            });
        }
        lines.push(format!(
            "    {variant}(value: {}) [{words}],",
            type_text(&ty)
        ));
    }
    lines.push("}".to_owned());
    pieces.push(Piece::Items(quote! {
        #docs
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum #ident {
            #(#variants,)*
            /// JSON that is none of these, as it came.
            Unknown(serde_json::Value),
        }
        #(#conversions)*
    }));
    pieces.push(Piece::Macro {
        path: "crate::choice",
        lines,
    });
}

/// The `T` of `Box<T>`.
fn boxed(ty: &Type) -> Option<TokenStream> {
    let Type::Path(path) = ty else { return None };
    let last = path
        .path
        .segments
        .last()
        .filter(|last| last.ident == "Box")?;
    match &last.arguments {
        syn::PathArguments::AngleBracketed(arguments) => Some(arguments.args.to_token_stream()),
        _ => None,
    }
}
