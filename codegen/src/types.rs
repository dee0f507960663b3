//! Stage 4: types for the schemas that the tables cannot hold, by progenitor.
//!
//! progenitor (and typify inside it) knows how schemas of several parts become Rust types: it merges the parts, and
//! makes an enumeration of what remains possible. Only that is taken from it: it sees one schema at a time, in a
//! document without operations, and of its output only structs and enumerations are kept. What it refuses stays raw JSON.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    panic,
    sync::Once,
};

use progenitor::{CrateVers, GenerationSettings, Generator};
use quote::{ToTokens as _, quote};
use serde_json::{Value, json};
use syn::{Attribute, Fields, Ident, Item, Type, visit_mut::VisitMut};

use crate::{
    docs::{self, attributes},
    json::{component, entries, reference, step},
    load::Document,
    models::{nullable_type, type_text},
    naming::{self, Names},
    normalise::{
        Foreign, Normal,
        foreign::{LEAVES, parts},
        roles,
        schemas::FOREIGN,
    },
    problem,
};

/// The type of an outline, before it has its name.
const ROOT: &str = "Root";

/// Types within one another that are looked into for a blank value.
const MOST_LEVELS: usize = 8;

/// Types every outline, and makes raw JSON of those that have no type.
pub fn types(document: &Document, mut normal: Normal) -> Normal {
    let components = || entries(normal.value.pointer("/components/schemas"));
    if components().all(|(_, schema)| schema.get(FOREIGN).is_none()) {
        return normal;
    }
    let (mut typed, mut raw, mut warnings) = (BTreeMap::new(), BTreeSet::new(), Vec::new());
    for (name, schema) in components() {
        let Some((outline, _, at, why)) = parts(schema) else {
            continue;
        };
        match group(outline, name, &mut normal.names) {
            Ok(group) => {
                typed.insert(name.clone(), group);
            }
            Err(error) => {
                raw.insert(name.clone());
                let message = format!("{why} (no type for it: {error})");
                let mut at = at;
                while document.value.pointer(at).is_none()
                    && let Some((outer, _)) = at.rsplit_once('/')
                {
                    at = outer;
                }
                warnings.push(problem::of("raw-json", &document.file, message).pointer(at));
            }
        }
    }
    normal.warnings.extend(warnings);
    forget(&mut normal.value, &raw);
    for (name, group) in typed {
        let leaves = leaves(&normal.value, &name);
        for (part, mut item) in group.items {
            let is_root = part == name;
            Finish { leaves: &leaves }.visit_item_mut(&mut item);
            document_item(&mut item, &name, is_root);
            let foreign = Foreign {
                item: item.to_token_stream(),
                blank: is_root.then(|| group.blank.clone()),
            };
            normal.foreign.insert(part.clone(), foreign);
            let schemas = normal.value.pointer_mut("/components/schemas");
            if let (false, Some(schemas)) = (is_root, schemas) {
                let docs = format!("A part of `{name}`.");
                schemas[&part] = json!({FOREIGN: {}, "description": docs});
                schemas[&name][FOREIGN]["places"][&part] = reference(&part);
            }
        }
    }
    normal.roles = roles(&normal.value);
    normal
}

/// Makes raw JSON of what refers to `raw`.
fn forget(value: &mut Value, raw: &BTreeSet<String>) {
    if component(value).is_some_and(|name| raw.contains(name))
        && let Some(place) = value.as_object_mut()
    {
        place.shift_remove("$ref");
        place.shift_remove("allOf");
    }
    match value {
        Value::Array(list) => list.iter_mut().for_each(|value| forget(value, raw)),
        Value::Object(map) => map.values_mut().for_each(|value| forget(value, raw)),
        _ => {}
    }
    if let Some(Value::Object(schemas)) = value.pointer_mut("/components/schemas") {
        schemas.retain(|name, _| !raw.contains(name));
    }
}

/// The Rust types of the leaves of a component. What holds itself needs a box.
fn leaves(root: &Value, name: &str) -> BTreeMap<String, Type> {
    let schema = |name: &str| root.pointer(&step("/components/schemas", name));
    let places = schema(name).and_then(|schema| schema.get(FOREIGN)?.get("places"));
    let leaves = entries(places).map(|(leaf, place)| {
        let ty = nullable_type(place);
        let is_object = component(place)
            .and_then(schema)
            .is_some_and(|schema| schema.get("enum").is_none());
        let ty = if is_object {
            syn::parse_quote!(Box<#ty>)
        } else {
            ty
        };
        (leaf.clone(), ty)
    });
    leaves.collect()
}

/// The types of one outline.
struct Group {
    /// In the order of the generator, with leaves by their names.
    items: Vec<(String, Item)>,
    blank: proc_macro2::TokenStream,
}

fn group(outline: &Value, name: &str, names: &mut Names) -> Result<Group, String> {
    let items = generated(outline)?;
    let ident_of = |item: &Item| match item {
        Item::Struct(item) => item.ident.clone(),
        Item::Enum(item) => item.ident.clone(),
        _ => naming::ident(ROOT),
    };
    let known: BTreeMap<String, &Item> = items
        .iter()
        .map(|item| (ident_of(item).to_string(), item))
        .collect();
    // All checks come before the first name is taken.
    blank(ROOT, &known, 0).ok_or("its values have no common beginning")?;
    let mut renamed = BTreeMap::from([(ROOT.to_owned(), name.to_owned())]);
    for part in known.keys().filter(|part| *part != ROOT) {
        let rest = part.strip_prefix(ROOT).unwrap_or(part);
        renamed.insert(part.clone(), names.take(&format!("{name}{rest}")));
    }
    let mut named = Vec::new();
    for mut item in items {
        let old = ident_of(&item).to_string();
        Rename(&renamed).visit_item_mut(&mut item);
        named.push((renamed.get(&old).cloned().unwrap_or(old), item));
    }
    let known = named
        .iter()
        .map(|(name, item)| (name.clone(), item))
        .collect();
    let blank = blank(name, &known, 0).ok_or("its values have no common beginning")?;
    Ok(Group {
        items: named,
        blank,
    })
}

/// The structs and enumerations of progenitor's `mod types`.
fn generated(outline: &Value) -> Result<Vec<Item>, String> {
    if outline.is_null() {
        return Err("it is too large".to_owned());
    }
    let document = json!({
        "openapi": "3.0.3",
        "info": {"title": "types", "version": "1"},
        "paths": {},
        "components": {"schemas": {ROOT: outline}},
    });
    let document = serde_json::from_value(document).map_err(|error| error.to_string())?;
    let tokens = quietly(|| {
        let mut settings = GenerationSettings::default();
        settings
            .with_crate(LEAVES, CrateVers::Any, None)
            .with_map_type("::std::collections::BTreeMap")
            .with_derive("PartialEq");
        let mut generator = Generator::new(&settings);
        let tokens = generator.generate_tokens(&document);
        tokens.map_err(|error| error.to_string())
    })
    .ok_or("the type generator panicked")??;
    let file: syn::File = syn::parse2(tokens).map_err(|error| error.to_string())?;
    let types = file.items.into_iter().find_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => module.content.map(|(_, items)| items),
        _ => None,
    });
    let mut items = Vec::new();
    for item in types.ok_or("the type generator has no types")? {
        let (attributes, is_empty) = match &item {
            Item::Struct(item) => (&item.attrs, false),
            Item::Enum(item) => (&item.attrs, item.variants.is_empty()),
            _ => continue,
        };
        if is_empty {
            return Err("no value fits all of its parts".to_owned());
        }
        let derives = attributes
            .iter()
            .map(|attribute| attribute.to_token_stream().to_string());
        let derives: String = derives.collect();
        if !derives.contains("Deserialize")
            || item.to_token_stream().to_string().contains("defaults ::")
        {
            return Err("the type generator reads it by code of its own".to_owned());
        }
        items.push(item);
    }
    Ok(items)
}

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

static HOOK: Once = Once::new();

/// `None` where `run` panics, of which nothing is printed.
fn quietly<T>(run: impl FnOnce() -> T + panic::UnwindSafe) -> Option<T> {
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IS_QUIET.get() {
                usual(info);
            }
        }));
    });
    IS_QUIET.set(true);
    let result = panic::catch_unwind(run);
    IS_QUIET.set(false);
    result.ok()
}

/// The last part of a path, and its generic argument.
fn last(ty: &Type) -> Option<(String, String, Option<&Type>)> {
    let Type::Path(path) = ty else { return None };
    let first = path.path.segments.first()?.ident.to_string();
    let last = path.path.segments.last()?;
    let argument = match &last.arguments {
        syn::PathArguments::AngleBracketed(arguments) => arguments.args.first(),
        _ => None,
    };
    let argument = match argument {
        Some(syn::GenericArgument::Type(ty)) => Some(ty),
        _ => None,
    };
    Some((first, last.ident.to_string(), argument))
}

/// What stands in a value before it is read.
fn blank(
    name: &str,
    known: &BTreeMap<String, &Item>,
    levels: usize,
) -> Option<proc_macro2::TokenStream> {
    if levels > MOST_LEVELS {
        return None;
    }
    let of_fields = |fields: &Fields| -> Option<proc_macro2::TokenStream> {
        let mut values = Vec::new();
        for field in fields {
            let value = blank_of(&field.ty, known, levels)?;
            values.push(match &field.ident {
                Some(name) => quote!(#name: #value),
                None => value,
            });
        }
        Some(match fields {
            Fields::Named(_) => quote!({ #(#values),* }),
            Fields::Unnamed(_) => quote!((#(#values),*)),
            Fields::Unit => quote!(),
        })
    };
    match known.get(name)? {
        Item::Struct(item) => {
            let (name, fields) = (&item.ident, of_fields(&item.fields)?);
            Some(quote!(#name #fields))
        }
        Item::Enum(item) => {
            // A scalar holds no model, which could hold this type in turn.
            let is_leaf = |variant: &&syn::Variant| {
                variant
                    .fields
                    .iter()
                    .any(|field| last(&field.ty).is_some_and(|(first, ..)| first == LEAVES))
            };
            let (leaves, others): (Vec<_>, Vec<_>) = item.variants.iter().partition(is_leaf);
            let name = &item.ident;
            others.into_iter().chain(leaves).find_map(|variant| {
                let (variant, fields) = (&variant.ident, of_fields(&variant.fields)?);
                Some(quote!(#name::#variant #fields))
            })
        }
        _ => None,
    }
}

fn blank_of(
    ty: &Type,
    known: &BTreeMap<String, &Item>,
    levels: usize,
) -> Option<proc_macro2::TokenStream> {
    let (first, name, argument) = last(ty)?;
    if first == LEAVES {
        return Some(quote!(crate::model::Slot::blank()));
    }
    match name.as_str() {
        "String" | "i64" | "f64" | "bool" | "Value" => Some(quote!(crate::model::Slot::blank())),
        "Option" | "Vec" | "BTreeMap" | "Map" => Some(quote!(::core::default::Default::default())),
        "Box" => {
            let value = blank_of(argument?, known, levels + 1)?;
            Some(quote!(Box::new(#value)))
        }
        name => blank(name, known, levels + 1),
    }
}

/// Gives the generated types their names, and takes what is not needed off them.
struct Rename<'a>(&'a BTreeMap<String, String>);

impl VisitMut for Rename<'_> {
    fn visit_item_mut(&mut self, item: &mut Item) {
        let ident = match item {
            Item::Struct(item) => &mut item.ident,
            Item::Enum(item) => &mut item.ident,
            _ => return,
        };
        if let Some(name) = self.0.get(&ident.to_string()) {
            *ident = naming::ident(name);
        }
        syn::visit_mut::visit_item_mut(self, item);
    }

    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        attributes.retain(|attribute| {
            attribute.path().is_ident("derive") || attribute.path().is_ident("serde")
        });
    }

    fn visit_type_path_mut(&mut self, ty: &mut syn::TypePath) {
        syn::visit_mut::visit_type_path_mut(self, ty);
        let path = &mut ty.path;
        let first = path.segments.first().map(|first| first.ident.to_string());
        path.leading_colon = None;
        if first.as_deref() == Some("std")
            && let Some(last) = path.segments.last().cloned()
            && ["String", "Vec", "Option", "Box"].contains(&last.ident.to_string().as_str())
        {
            path.segments = std::iter::once(last).collect();
        } else if path.segments.len() == 1
            && let Some(segment) = path.segments.first_mut()
            && let Some(name) = self.0.get(&segment.ident.to_string())
        {
            segment.ident = naming::ident(name);
        }
    }
}

/// Puts the types of leaves into their places.
struct Finish<'a> {
    leaves: &'a BTreeMap<String, Type>,
}

impl VisitMut for Finish<'_> {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        syn::visit_mut::visit_type_mut(self, ty);
        if let Some((first, name, _)) = last(ty)
            && first == LEAVES
        {
            *ty = self
                .leaves
                .get(&name)
                .cloned()
                .unwrap_or_else(|| syn::parse_quote!(serde_json::Value));
        }
    }
}

/// Documents what the generator has no words for. The type itself is documented where it is emitted.
fn document_item(item: &mut Item, root: &str, is_root: bool) {
    let mut doc = |attrs: &mut Vec<Attribute>, text: &str| {
        let tokens = attributes(text);
        let parsed: Result<Docs, _> = syn::parse2(tokens);
        if let Ok(Docs(docs)) = parsed {
            attrs.splice(0..0, docs);
        }
    };
    match item {
        Item::Struct(item) => {
            if !is_root {
                doc(&mut item.attrs, &format!("A part of [`{root}`]."));
            }
            document_fields(&mut item.fields, &mut doc);
        }
        Item::Enum(item) => {
            if !is_root {
                doc(&mut item.attrs, &format!("A part of [`{root}`]."));
            }
            for variant in &mut item.variants {
                let text = match &variant.fields {
                    Fields::Unit => {
                        format!("`{}`", wire(&variant.attrs, &variant.ident))
                    }
                    Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                        let types = fields.unnamed.iter().map(|field| type_text(&field.ty));
                        let types: String = types.collect();
                        let types = types.replace(['<', '>'], " ");
                        format!("One of the alternatives: {}.", types.trim())
                    }
                    _ => "One of the alternatives.".to_owned(),
                };
                doc(&mut variant.attrs, &text);
                if matches!(variant.fields, Fields::Named(_)) {
                    document_fields(&mut variant.fields, &mut doc);
                }
            }
        }
        _ => {}
    }
}

fn document_fields(fields: &mut Fields, doc: &mut impl FnMut(&mut Vec<Attribute>, &str)) {
    for field in fields {
        if let Some(name) = &field.ident {
            let text = format!("`{}`.", wire(&field.attrs, name));
            doc(&mut field.attrs, &text);
        }
    }
}

struct Docs(Vec<Attribute>);

impl syn::parse::Parse for Docs {
    fn parse(input: syn::parse::ParseStream<'_>) -> syn::Result<Self> {
        input.call(Attribute::parse_outer).map(Self)
    }
}

/// The name on the wire.
fn wire(attributes: &[Attribute], name: &Ident) -> String {
    let mut wire = None;
    for attribute in attributes.iter().filter(|a| a.path().is_ident("serde")) {
        let _ = attribute.parse_nested_meta(|meta| {
            if let Ok(value) = meta.value() {
                let text: syn::LitStr = value.parse()?;
                if meta.path.is_ident("rename") {
                    wire = Some(text.value());
                }
            }
            Ok(())
        });
    }
    let name = || name.to_string().trim_start_matches("r#").to_owned();
    docs::sanitise(&wire.unwrap_or_else(name)).replace('`', "'")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::naming::Scope;

    fn items(outline: &Value) -> Result<Vec<String>, String> {
        let group = group(outline, "Size", &mut Names::new(Scope::Type))?;
        Ok(group.items.into_iter().map(|(name, _)| name).collect())
    }

    #[test]
    fn parts_that_are_merged_have_the_name_of_the_whole_before_theirs() {
        let alternative = |key: &str| json!({"type": "object", "properties": {key: {"type": "string"}}, "required": [key]});
        let choice =
            |one: &str, other: &str| json!({"oneOf": [alternative(one), alternative(other)]});
        let names = items(&json!({"allOf": [choice("a", "b"), choice("c", "d")]})).unwrap();
        assert!(names.contains(&"Size".to_owned()), "{names:?}");
        assert!(
            names.iter().all(|name| name.starts_with("Size")),
            "{names:?}"
        );
    }

    #[test]
    fn what_no_value_fits_has_no_type_and_a_panic_is_an_error() {
        let none = json!({"allOf": [{"type": "string"}, {"type": "integer"}]});
        assert!(items(&none).is_err());
        assert!(items(&Value::Null).is_err());
        assert_eq!(quietly(|| panic!("of a generator")), None::<()>);
    }
}
