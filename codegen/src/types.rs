//! Stage 4: types for the schemas that tables cannot represent, by progenitor.
//!
//! progenitor (and typify inside it) knows how schemas of several parts become Rust types: it merges the parts, and
//! makes an enumeration of what remains possible. This stage uses only that part of progenitor. It passes one
//! schema at a time, in a document without operations, and keeps only the structs and enumerations of the output. A
//! schema that progenitor refuses stays raw JSON.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    panic,
    sync::Once,
};

use proc_macro2::TokenStream;
use progenitor::{CrateVers, GenerationSettings, Generator};
use quote::{ToTokens as _, quote};
use serde_json::{Value, json};
use syn::{
    Attribute, Expr, Fields, Ident, Item, Type, Variant,
    visit_mut::{self, VisitMut},
};

use crate::{
    docs,
    json::{component, entries, nearest, reference, schema_of, text},
    load::Document,
    models::{item_of, nullable_type},
    naming::{self, Names},
    normalise::{Foreign, Normal, foreign::LEAVES, schemas::FOREIGN},
    problem,
};

/// The type of an outline, before it has its name.
const ROOT: &str = "Root";

/// The maximum nesting of types that a blank value covers.
const MOST_LEVELS: usize = 8;

/// Generates a type for every outline, or uses raw JSON if progenitor cannot type it.
pub fn types(document: &Document, mut normal: Normal) -> Normal {
    let (mut typed, mut raw) = (BTreeMap::new(), BTreeSet::new());
    for (name, schema) in entries(normal.value.pointer("/components/schemas")) {
        let Some(foreign) = schema.get(FOREIGN) else {
            continue;
        };
        match group(&foreign["schema"], name, &mut normal.names) {
            Ok(group) => {
                typed.insert(name.clone(), group);
            }
            Err(error) => {
                raw.insert(name.clone());
                let [at, why] = ["at", "why"].map(|key| text(foreign, key).unwrap_or_default());
                let message = format!("{why} (no type for it: {error})");
                let problem = problem::of("raw-json", &document.file, message);
                let at = nearest(&document.value, at);
                normal.warnings.push(problem.pointer(at));
            }
        }
    }
    forget(&mut normal.value, &raw);
    for (name, mut group) in typed {
        let mut finish = Finish {
            names: group.names,
            leaves: leaves(&normal.value, &name),
            root: &name,
        };
        finish.visit_expr_mut(&mut group.blank);
        for (part, mut item) in group.items {
            finish.visit_item_mut(&mut item);
            let part = finish.names[&part].clone();
            let is_root = part == name;
            let blank = is_root.then(|| group.blank.clone());
            normal.foreign.insert(part.clone(), Foreign { item, blank });
            let schemas = normal.value.pointer_mut("/components/schemas");
            if let (false, Some(schemas)) = (is_root, schemas) {
                let docs = format!("A part of `{name}`.");
                schemas[&part] = json!({FOREIGN: {}, "description": docs});
                schemas[&name][FOREIGN]["places"][&part] = reference(&part);
            }
        }
    }
    normal
}

/// Replaces references to the components in `raw` by raw JSON.
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

/// The Rust types of the leaves of a component. A type that contains itself needs a box.
fn leaves(root: &Value, name: &str) -> BTreeMap<String, Type> {
    let is_object = |name| schema_of(root, name).is_some_and(|it| it.get("enum").is_none());
    let places = schema_of(root, name).and_then(|schema| schema.get(FOREIGN)?.get("places"));
    let leaves = entries(places).map(|(leaf, place)| {
        let mut ty = nullable_type(place);
        if component(place).is_some_and(is_object) {
            ty = syn::parse_quote!(Box<#ty>);
        }
        (leaf.clone(), ty)
    });
    leaves.collect()
}

/// The types of one outline.
struct Group {
    /// The items, by their names from the generator. Leaves have their own names.
    items: BTreeMap<String, Item>,
    /// The names of the types in the code, by their names from the generator.
    names: BTreeMap<String, String>,
    /// The expression for an empty value, which a reader then fills.
    blank: Expr,
}

fn group(outline: &Value, name: &str, names: &mut Names) -> Result<Group, String> {
    let items = generated(outline)?;
    // All checks come before the first name is taken.
    let root = naming::ident(ROOT);
    let blank = blank(&syn::parse_quote!(#root), &items, 0);
    let blank = blank.ok_or("its values have no common beginning")?;
    let named = items.keys().map(|part| {
        let named = match part.strip_prefix(ROOT).unwrap_or(part) {
            "" => name.to_owned(),
            rest => names.take(&format!("{name}{rest}")),
        };
        (part.clone(), named)
    });
    let names = named.collect();
    Ok(Group {
        items,
        names,
        blank,
    })
}

/// The structs and enumerations of progenitor's `mod types`.
fn generated(outline: &Value) -> Result<BTreeMap<String, Item>, String> {
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
    let mut items = BTreeMap::new();
    for mut item in types.ok_or("the type generator has no types")? {
        if matches!(&item, Item::Enum(item) if item.variants.is_empty()) {
            return Err("no value fits all of its parts".to_owned());
        }
        let Some((name, attributes)) = head(&mut item) else {
            continue;
        };
        let (name, attributes) = (name.to_string(), quote!(#(#attributes)*).to_string());
        let is_read = attributes.contains("Deserialize");
        if !is_read || item.to_token_stream().to_string().contains("defaults ::") {
            return Err("the type generator reads it by code of its own".to_owned());
        }
        items.insert(name, item);
    }
    Ok(items)
}

/// The name and the attributes of a struct or an enumeration.
fn head(item: &mut Item) -> Option<(&mut Ident, &mut Vec<Attribute>)> {
    match item {
        Item::Struct(item) => Some((&mut item.ident, &mut item.attrs)),
        Item::Enum(item) => Some((&mut item.ident, &mut item.attrs)),
        _ => None,
    }
}

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

static HOOK: Once = Once::new();

/// The result of `run`; `None` if it panics. The panic is not printed.
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

/// The first and the last part of a path.
fn ends(ty: &Type) -> Option<(String, String)> {
    let Type::Path(path) = ty else { return None };
    let (first, last) = (path.path.segments.first()?, path.path.segments.last()?);
    Some((first.ident.to_string(), last.ident.to_string()))
}

/// The expression for an empty value, which a reader then fills.
fn blank(ty: &Type, known: &BTreeMap<String, Item>, levels: usize) -> Option<Expr> {
    let is_leaf = |ty: &Type| ends(ty).is_some_and(|(first, _)| first == LEAVES);
    let (_, name) = ends(ty)?;
    let levels = levels + 1;
    if levels > MOST_LEVELS {
        return None;
    }
    let of_fields = |name: TokenStream, fields: &Fields| -> Option<Expr> {
        let values = fields.iter().map(|field| {
            let (name, value) = (field.ident.as_ref(), blank(&field.ty, known, levels)?);
            let name = name.map(|name| quote!(#name:));
            Some(quote!(#name #value))
        });
        let values: Vec<TokenStream> = values.collect::<Option<_>>()?;
        Some(match fields {
            Fields::Named(_) => syn::parse_quote!(#name { #(#values),* }),
            Fields::Unnamed(_) => syn::parse_quote!(#name(#(#values),*)),
            Fields::Unit => syn::parse_quote!(#name),
        })
    };
    match name.as_str() {
        _ if is_leaf(ty) => Some(syn::parse_quote!(crate::model::Slot::blank())),
        "String" | "i64" | "f64" | "bool" | "Value" => {
            Some(syn::parse_quote!(crate::model::Slot::blank()))
        }
        "Option" | "Vec" | "BTreeMap" | "Map" => Some(syn::parse_quote!(Default::default())),
        "Box" => {
            let value = blank(item_of(ty, "Box")?, known, levels)?;
            Some(syn::parse_quote!(Box::new(#value)))
        }
        name => match known.get(name)? {
            Item::Struct(item) => of_fields(item.ident.to_token_stream(), &item.fields),
            Item::Enum(item) => {
                // A scalar contains no model that could contain this type.
                let has_leaf = |variant: &&Variant| variant.fields.iter().any(|it| is_leaf(&it.ty));
                let (leaves, others): (Vec<_>, Vec<_>) = item.variants.iter().partition(has_leaf);
                let (name, mut variants) = (&item.ident, others.into_iter().chain(leaves));
                variants.find_map(|Variant { ident, fields, .. }| {
                    of_fields(quote!(#name::#ident), fields)
                })
            }
            _ => None,
        },
    }
}

/// Gives the generated types their names, puts the types of leaves into their places, removes attributes that are not
/// needed, and adds documentation. The emitter documents the type itself.
struct Finish<'a> {
    names: BTreeMap<String, String>,
    leaves: BTreeMap<String, Type>,
    root: &'a str,
}

fn document(attributes: &mut Vec<Attribute>, text: &str) {
    let docs = docs::attributes(text);
    let docs: Vec<Attribute> = syn::parse_quote!(#docs);
    attributes.splice(0..0, docs);
}

impl VisitMut for Finish<'_> {
    fn visit_item_mut(&mut self, item: &mut Item) {
        if let Some((ident, _)) = head(item)
            && let Some(name) = self.names.get(&ident.to_string())
        {
            *ident = naming::ident(name);
        }
        visit_mut::visit_item_mut(self, item);
        if let Some((ident, attributes)) = head(item)
            && ident != self.root
        {
            document(attributes, &format!("A part of [`{}`].", self.root));
        }
    }

    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        attributes.retain(|it| it.path().is_ident("derive") || it.path().is_ident("serde"));
    }

    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        visit_mut::visit_path_mut(self, path);
        path.leading_colon = None;
        let short = ["String", "Vec", "Option", "Box"];
        if let Some(last) = path.segments.last().cloned()
            && path
                .segments
                .first()
                .is_some_and(|first| first.ident == "std")
            && short.iter().any(|short| last.ident == short)
        {
            path.segments = std::iter::once(last).collect();
        } else if let Some(first) = path.segments.first_mut()
            && let Some(name) = self.names.get(&first.ident.to_string())
        {
            first.ident = naming::ident(name);
        }
    }

    fn visit_variant_mut(&mut self, variant: &mut Variant) {
        visit_mut::visit_variant_mut(self, variant);
        let text = match &variant.fields {
            Fields::Unit => format!("`{}`", wire(&variant.attrs, &variant.ident)),
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                docs::alternative_docs(&fields.unnamed[0].ty)
            }
            _ => "One of the alternatives.".to_owned(),
        };
        document(&mut variant.attrs, &text);
    }

    fn visit_field_mut(&mut self, field: &mut syn::Field) {
        visit_mut::visit_field_mut(self, field);
        if let Some(name) = &field.ident {
            let text = format!("`{}`.", wire(&field.attrs, name));
            document(&mut field.attrs, &text);
        }
    }

    fn visit_type_mut(&mut self, ty: &mut Type) {
        visit_mut::visit_type_mut(self, ty);
        if let Some((first, name)) = ends(ty)
            && first == LEAVES
        {
            let leaf = self.leaves.get(&name).cloned();
            *ty = leaf.unwrap_or_else(|| syn::parse_quote!(serde_json::Value));
        }
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
        Ok(group.names.into_values().collect())
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
