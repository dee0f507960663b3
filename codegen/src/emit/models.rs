//! Structs, open enums, constructors and setters.

use std::collections::BTreeMap;

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::Type;

use super::{Piece, scope::Scope};
use crate::{
    docs::{self, alternative_docs, attributes},
    ids::Kind,
    models::{Choice, Enum, Field, Link, Model, Presence, Struct, item_of, type_text},
    naming::ident,
    normalise::{Foreign, bodies::STATUS},
};

/// The components of one module.
pub(super) fn models(scope: &mut Scope<'_>, module: Option<&str>) -> Vec<Piece> {
    let (api, models) = (scope.context.api, scope.context.models);
    let mut pieces = Vec::new();
    let placement = api.placement.iter();
    for (name, _) in placement.filter(|(_, place)| place.as_deref() == module) {
        match models.get(name) {
            Some(Model::Struct(model)) => structure(scope, name, model, &mut pieces),
            Some(Model::Enum(model)) => enumeration(name, model, &mut pieces),
            Some(Model::Choice(model)) => choice(scope, name, model, &mut pieces),
            Some(Model::Foreign(docs, model)) => {
                pieces.push(foreign(scope, name, docs, model));
            }
            None => {}
        }
    }
    pieces
}

fn structure(scope: &mut Scope<'_>, name: &str, model: &Struct, pieces: &mut Vec<Piece>) {
    let ident = ident(name);
    let docs = attributes(&model.docs);
    let mut fields = Vec::new();
    let mut lines = Vec::new();
    for field in &model.fields {
        let (docs, name, ty) = (attributes(&field.docs), &field.name, scope.ty(&field.ty));
        let full = optional(field.presence, &ty);
        fields.push(quote!(#docs pub #name: #full));
        let presence = match field.presence {
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
        let (index, wire) = (lines.len(), &field.wire);
        lines.push(format!("    {index} {presence} {name} = {wire:?}{limits},"));
    }
    if model.custom_fields {
        fields.push(quote! {
            /// The workspace's own fields, the `cf_*` keys.
            pub custom_fields: crate::CustomFields
        });
        let index = lines.len();
        lines.push(format!("    in {index} custom_fields: CustomFields,"));
    }
    if model.role.response || !model.role.request {
        fields.push(quote! {
            /// Other keys of the response, and values of optional fields that cannot be read.
            pub extra: crate::JsonObject
        });
        lines.push(format!("    in {} extra: Extra,", lines.len()));
    }
    let page = model.page.as_ref();
    let items = page.and_then(|page| page.items.strip_prefix('/'));
    let items = items.and_then(|key| model.fields.iter().position(|field| field.wire == key));
    lines.extend(items.map(|index| format!("    items {index},")));
    let mut records = scope.context.records.values();
    if records.any(|record| *record == name) {
        fields.push(quote!(pub(crate) received_keys: crate::model::ReceivedKeys));
        lines.push("    received received_keys,".to_owned());
    }
    let has_default = model.required().is_empty();
    let default = has_default.then(|| quote!(, Default));
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
        constructors(scope, name, model, pieces);
    } else if let Some(getter) = linked(name, model) {
        pieces.push(Piece::Items(getter));
    }
    if model.role.response && model.page.is_none() {
        pieces.push(Piece::Items(quote!(crate::model::from_json!(#ident);)));
    }
}

/// The constructor and the setters of a request: required fields are arguments, the other fields have setters.
fn constructors(scope: &mut Scope<'_>, name: &str, model: &Struct, pieces: &mut Vec<Piece>) {
    let ident = ident(name);
    let new = new(scope, model);
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
    let context = scope.context;
    let diff = context.records.get(name).and_then(|name| {
        let Model::Struct(record) = context.models.get(*name)? else {
            return None;
        };
        Some(diff(&scope.component(name), model, record))
    });
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

/// For the body of an update, where the response is the whole record.
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
    let mut compared = vec![
        "The update that turns `old` into `new`: the fields that differ, and no others.".to_owned(),
    ];
    let (mut renamed, mut kept, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for field in &model.fields {
        let name = &field.name;
        let Some(of_record) = record.field(field.in_record()) else {
            others.push(format!("`{name}`"));
            continue;
        };
        if field.response_name.is_some() {
            renamed.push(format!("`{name}` as `{}`", of_record.name));
        }
        let mut limits = field.limits.iter();
        if limits.any(|limit| limit.starts_with("MinItems")) {
            kept.push(format!(
                "An empty list for `{name}` is left alone, since an update needs items there."
            ));
        }
    }
    if !renamed.is_empty() {
        compared.push(format!("The record has {}.", renamed.join(", ")));
    }
    let left_alone = "A field that the JSON of `new` did not have is left alone; \
                      [`Patch::Clear`](crate::Patch::Clear) clears it.";
    compared.push(left_alone.to_owned());
    compared.extend(kept);
    if model.custom_fields && !record.custom_fields {
        others.push("custom fields".to_owned());
    }
    let others = (!others.is_empty()).then(|| others.join(", "));
    let others =
        others.map(|others| format!("Not compared, since responses do not have them: {others}."));
    let errors = "# Errors\n\nAn update cannot give a field the value that it has in `new`.";
    docs::paragraphs([Some(compared.join(" ")), others, Some(errors.to_owned())])
}

fn new(scope: &mut Scope<'_>, model: &Struct) -> TokenStream {
    if model.required().is_empty() {
        return quote! {
            /// Creates an empty value; setters add fields.
            #[must_use]
            #[inline]
            pub fn new() -> Self {
                Self::default()
            }
        };
    }
    let plain = ["bool", "i64", "crate::JsonObject", "crate::CustomFields"];
    let (mut arguments, mut values) = (Vec::new(), Vec::new());
    for field in model.required() {
        let name = &field.name;
        let is_plain = plain.contains(&&*type_text(&field.ty));
        let (ty, value) = input(scope, &field.ty, name, is_plain);
        let value = value.map(|value| quote!(: #value));
        arguments.push(quote!(#name: #ty));
        values.push(quote!(#name #value));
    }
    let others = (values.len() < model.fields.len() || model.custom_fields || model.role.response)
        .then(|| quote!(..crate::model::Slot::blank()));
    quote! {
        /// Creates a value with the required fields; setters add the others.
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
    let (kind, ty) = match (item_of(&ty, "Vec"), type_text(&ty)) {
        (Some(item), _) => ("List", type_text(item)),
        (None, text) if text == "serde_json::Value" => ("Json", text),
        (None, text) => ("", text),
    };
    format!("    {presence}{kind} {name}: {ty},")
}

/// A link to a field of the struct, which has a setter of the same name.
fn field_link(name: &Ident) -> String {
    format!("[`{name}`](field@Self::{name})")
}

/// The argument of the setter of an `Option` or a `Patch`, whose `M` is a parameter of the method.
pub(super) fn given(presence: Presence, ty: &Type) -> TokenStream {
    let marker = item_of(ty, "Vec").map_or(quote!(M), |_| quote!(Vec<M>));
    let ty = optional(presence, ty);
    quote!(impl crate::IntoField<#ty, #marker>)
}

/// The type of a field.
fn optional(presence: Presence, ty: &Type) -> TokenStream {
    match presence {
        Presence::Required => quote!(#ty),
        Presence::Optional => quote!(Option<#ty>),
        Presence::Patch => quote!(crate::Patch<#ty>),
    }
}

/// Sets both fields that name a record, so that neither is forgotten or of another kind than the other.
fn link_setter(model: &Struct, link: &Link) -> Option<TokenStream> {
    let (entity, id) = (model.field(&link.entity)?, model.field(&link.id)?);
    let (entity_name, id_name) = (&entity.name, &id.name);
    let name = |(_, of): &(String, String)| format!("`{}`", Kind::type_name(of));
    let ids: Vec<String> = link.kinds.iter().map(name).collect();
    let mut docs = format!(
        "Sets {} and {}, from {}, or an [`EntityRef`](crate::EntityRef).",
        field_link(entity_name),
        field_link(id_name),
        ids.join(", ")
    );
    let entity_value = match &entity.ty {
        ty if type_text(ty) == "String" => quote!(value.entity().to_owned()),
        ty => quote!(#ty::unknown(value.entity())),
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
                self.#entity_name = record.as_ref().map(|value| #entity_value);
                self.#id_name = record.map(|value| value.id().to_owned());
            }
        }
    } else {
        let entity_value = value_of(entity, entity_value);
        let id = value_of(id, quote!(value.id().to_owned()));
        quote! {
            if let Some(value) = crate::setter::given(value) {
                let value: crate::EntityRef = value;
                self.#entity_name = #entity_value;
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

/// The record that two fields of a response name.
fn linked(name: &str, model: &Struct) -> Option<TokenStream> {
    let link = model.link.as_ref()?;
    let (entity, id) = (
        &model.field(&link.entity)?.name,
        &model.field(&link.id)?.name,
    );
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

/// How a caller gives a value: the type of the argument, and the value if it is not the argument itself. The argument is
/// converted, unless it is `plain`.
pub(super) fn input(
    scope: &mut Scope<'_>,
    ty: &Type,
    argument: &Ident,
    is_plain: bool,
) -> (TokenStream, Option<TokenStream>) {
    let ty = scope.ty(ty);
    if let Some(item) = item_of(&ty, "Vec") {
        let value = quote!(#argument.into_iter().map(Into::into).collect());
        return (
            quote!(impl IntoIterator<Item = impl Into<#item>>),
            Some(value),
        );
    }
    if is_plain {
        return (quote!(#ty), None);
    }
    (quote!(impl Into<#ty>), Some(quote!(#argument.into())))
}

/// Whether a member is moved out of `self`, or copied so that the rest can still be moved.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Taking {
    Moved,
    Copied,
}

/// An expression for a member of `self`, found by JSON pointer, and whether it is an `Option`.
pub(super) fn member(
    model: &Struct,
    pointer: &str,
    models: &BTreeMap<String, Model>,
    taking: Taking,
) -> Option<(TokenStream, bool)> {
    let (mut value, mut is_optional) = (quote!(self), false);
    let mut current = Some(model);
    for part in pointer.split('/').skip(1) {
        let field = current?.field(part)?;
        let name = &field.name;
        let is_inner_optional = field.presence == Presence::Optional;
        value = if is_optional {
            let copied = (taking == Taking::Copied).then(|| quote!(.as_ref()));
            let step = ident(if is_inner_optional { "and_then" } else { "map" });
            quote!(#value #copied.#step(|outer| outer.#name))
        } else {
            quote!(#value.#name)
        };
        is_optional |= is_inner_optional;
        current = match models.get(&type_text(&field.ty)) {
            Some(Model::Struct(inner)) => Some(inner),
            _ => None,
        };
    }
    Some((value, is_optional))
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

/// A type of the type generator. If fields use it, it is a leaf of tables.
fn foreign(scope: &mut Scope<'_>, name: &str, docs: &str, model: &Foreign) -> Piece {
    let mut item = model.item.clone();
    scope.item(&mut item);
    let Some(blank) = &model.blank else {
        return Piece::Items(quote!(#item));
    };
    let (ident, docs) = (ident(name), attributes(docs));
    Piece::Items(quote! {
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
    })
}

fn choice(scope: &mut Scope<'_>, name: &str, model: &Choice, pieces: &mut Vec<Piece>) {
    let ident = ident(name);
    let docs = attributes(&model.docs);
    let mut variants = Vec::new();
    let mut conversions = Vec::new();
    let mut lines = vec![format!("{name} by {:?} {{", model.discriminator)];
    for (variant, ty, values) in &model.alternatives {
        let list = docs::sanitise(&values.join("`, `"));
        let docs = match (ty, model.discriminator.as_str()) {
            (_, STATUS) => format!("Status `{list}`."),
            (Some(ty), _) if values.is_empty() => alternative_docs(ty),
            (_, member) => format!("`{}` is `{list}`.", docs::sanitise(member)),
        };
        let docs = attributes(&docs);
        let values: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
        let values = values.join(", ");
        let Some(ty) = ty else {
            variants.push(quote!(#docs #variant));
            lines.push(format!("    {variant} [{values}],"));
            continue;
        };
        let ty = scope.ty(ty);
        variants.push(quote!(#docs #variant(#ty)));
        conversions.push(quote! {
            impl From<#ty> for #ident {
                fn from(value: #ty) -> Self { Self::#variant(value) }
            }
        });
        if let Some(boxed) = item_of(&ty, "Box") {
            conversions.push(quote! {
                impl From<#boxed> for #ident {
                    fn from(value: #boxed) -> Self { Self::#variant(Box::new(value)) }
                }
            });
        }
        let ty = type_text(&ty);
        lines.push(format!("    {variant}(value: {ty}) [{values}],"));
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
