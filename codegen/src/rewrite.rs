//! Stage 5: progenitor's items → models: what the emitted types are made of.
//!
//! Read from the items: names and Rust types. Read from the document: the order of fields, what they
//! mean, and what the type generator has no notion of (custom fields, three states, open enums).
//! Everything else that progenitor emits (serde attributes, conversions, error types) is dropped.
//! Each rule counts what it applied to; a count that does not fit the document is an error, so a new
//! progenitor cannot change our output in silence.

use std::collections::BTreeMap;

use quote::ToTokens as _;
use serde_json::Value;
use syn::{Fields, Item, Type, visit_mut::VisitMut};

use crate::{
    docs,
    json::{elements, entries, flag, step, text},
    load::Document,
    normalise::{Normal, RUNTIME_CRATE, Role},
    problem::{self, Problem},
    rules::Rule,
};

/// A type to emit.
#[derive(Clone, Debug)]
pub enum Model {
    /// An object.
    Struct(Struct),
    /// An open set of words.
    Enum(Enum),
}

/// An object.
#[derive(Clone, Debug)]
pub struct Struct {
    /// Description and evidence.
    pub docs: String,
    /// What it is used for.
    pub role: Role,
    /// In the order of the document.
    pub fields: Vec<Field>,
    /// It carries `cf_*` keys beside its fields.
    pub custom_fields: bool,
    /// It is a page of a list.
    pub page: Option<Page>,
    /// What holds for several fields together: variants of the runtime's `Rule`.
    pub rules: Vec<String>,
    /// Two fields that name a record of one of several kinds.
    pub link: Option<Link>,
}

impl Struct {
    /// The required fields in the order in which a constructor takes them: first the first text, which is what the record
    /// is called, then identifiers in the alphabetical order of their kinds, then the others in the order of the document.
    /// So both versions of the API have what they share in the same places.
    pub fn required(&self) -> Vec<&Field> {
        let required = || {
            let fields = self.fields.iter();
            fields.filter(|field| field.presence == Presence::Required)
        };
        let name = required().find(|field| type_text(&field.ty) == "String");
        let mut ids: Vec<(String, &Field)> = required()
            .filter_map(|field| Some((field.id()?, field)))
            .collect();
        ids.sort_by(|(one, _), (other, _)| one.cmp(other));
        let others = required().filter(|field| {
            field.id().is_none() && name.is_none_or(|name| name.wire != field.wire)
        });
        let ids = ids.into_iter().map(|(_, field)| field);
        name.into_iter().chain(ids).chain(others).collect()
    }
}

/// Two fields that name a record together. They are optional.
#[derive(Clone, Debug)]
pub struct Link {
    /// The field with the word for the kind, on the wire.
    pub entity: String,
    /// The field with the identifier, on the wire.
    pub id: String,
    /// Words, and what their identifiers are of.
    pub kinds: Vec<(String, String)>,
}

/// Where a list envelope keeps things: JSON pointers.
#[derive(Clone, Debug)]
pub struct Page {
    /// The array of items.
    pub items: String,
    /// The cursor of the next page.
    pub next_cursor: Option<String>,
    /// Whether there is a next page.
    pub has_more: Option<String>,
    /// The query parameter that takes a cursor.
    pub cursor_parameter: Option<String>,
}

/// A field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Name in Rust.
    pub name: syn::Ident,
    /// Name on the wire.
    pub wire: String,
    /// In a body: what the record in the response calls it, if that is another name on the wire.
    pub response_name: Option<String>,
    /// The type of a value that is there: without `Option` or `Patch`.
    pub ty: Type,
    /// When it is there.
    pub presence: Presence,
    /// It is documented to be null at times.
    pub nullable: bool,
    /// What is asked of its values: `MinLength(1)`, a variant of the runtime's `Limit` each.
    pub limits: Vec<String>,
    /// Description and evidence.
    pub docs: String,
}

impl Field {
    /// What the record in the response calls it, on the wire.
    pub fn in_record(&self) -> &str {
        self.response_name.as_deref().unwrap_or(&self.wire)
    }

    /// The type of the identifier that it holds: `DealId`.
    fn id(&self) -> Option<String> {
        let ty = type_text(&self.ty);
        ty.strip_prefix("crate::ids::").map(str::to_owned)
    }
}

/// When a field is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Always.
    Required,
    /// Sometimes; `Option`.
    Optional,
    /// Left alone, cleared or set; `Patch`.
    Patch,
}

/// An open set of words.
#[derive(Clone, Debug)]
pub struct Enum {
    /// Description and evidence.
    pub docs: String,
    /// Variant and word, in the order of the document.
    pub variants: Vec<(syn::Ident, String)>,
}

/// Turns items into models, one for each component.
///
/// # Errors
///
/// The items are not what the rules expect, see [the module](self).
pub fn rewrite(
    document: &Document,
    normal: &Normal,
    items: Vec<Item>,
) -> Result<BTreeMap<String, Model>, Vec<Problem>> {
    let mut models = BTreeMap::new();
    let mut problems = Vec::new();
    let mut hits = Hits::default();
    let components = normal.value.pointer("/components/schemas");
    for item in items {
        let (name, model) = match item {
            Item::Struct(item) => {
                let name = item.ident.to_string();
                let schema = components.and_then(|components| components.get(&name));
                let role = normal.roles.get(&name).copied().unwrap_or_default();
                (
                    name,
                    schema
                        .map(|schema| structure(schema, role, item, &mut hits).map(Model::Struct)),
                )
            }
            Item::Enum(item) => {
                let name = item.ident.to_string();
                let schema = components.and_then(|components| components.get(&name));
                (
                    name,
                    schema.map(|schema| enumeration(schema, &item, &mut hits).map(Model::Enum)),
                )
            }
            _ => continue,
        };
        let at = step("/components/schemas", &name);
        let problem =
            |message: String| problem::of("rewrite", &document.file, message).pointer(&at);
        match model {
            None => problems.push(problem(format!(
                "the type generator made `{name}`, which is no component"
            ))),
            Some(Err(message)) => problems.push(problem(message)),
            Some(Ok(model)) => {
                models.insert(name, model);
            }
        }
    }
    for (name, _) in entries(components).filter(|(name, _)| !models.contains_key(*name)) {
        let message = format!("the type generator made nothing of `{name}`");
        problems.push(
            problem::of("rewrite", &document.file, message)
                .pointer(step("/components/schemas", name)),
        );
    }
    problems.extend(hits.compare(&document.file, normal));
    if problems.is_empty() {
        Ok(models)
    } else {
        Err(problems)
    }
}

/// How often each rule applied.
#[derive(Debug, Default, PartialEq, Eq)]
struct Hits {
    custom_fields: usize,
    open_enums: usize,
    patches: usize,
}

impl Hits {
    /// The document says how often each rule has to apply.
    fn expected(normal: &Normal) -> Self {
        let mut expected = Self::default();
        for (name, schema) in entries(normal.value.pointer("/components/schemas")) {
            expected.custom_fields += usize::from(flag(schema, "x-heffl-custom-fields"));
            expected.open_enums += usize::from(schema.get("enum").is_some());
            if normal.roles.get(name).is_some_and(|role| role.update) {
                expected.patches += entries(schema.get("properties"))
                    .filter(|(_, p)| flag(p, "nullable"))
                    .count();
            }
        }
        expected
    }

    fn compare(&self, file: &str, normal: &Normal) -> Option<Problem> {
        let expected = Self::expected(normal);
        (*self != expected).then(|| {
            let message =
                format!("the rules applied {self:?} times, the document asks for {expected:?}");
            problem::of("rewrite-hits", file, message).pointer("/components/schemas")
        })
    }
}

fn structure(
    schema: &Value,
    role: Role,
    item: syn::ItemStruct,
    hits: &mut Hits,
) -> Result<Struct, String> {
    let Fields::Named(named) = item.fields else {
        return Err("the type generator made no struct with named fields of it".to_owned());
    };
    let mut made = BTreeMap::new();
    for field in named.named {
        let Some(name) = field.ident.clone() else {
            continue;
        };
        made.insert(
            serde_rename(&field.attrs).unwrap_or_else(|| name.to_string()),
            (name, field.ty),
        );
    }
    let mut fields = Vec::new();
    for (wire, property) in entries(schema.get("properties")) {
        let (name, ty) = made
            .remove(wire)
            .ok_or_else(|| format!("the field `{wire}` is missing from the struct"))?;
        let (presence, ty) = presence(plain(ty));
        hits.patches += usize::from(presence == Presence::Patch);
        fields.push(Field {
            name,
            wire: wire.clone(),
            response_name: text(property, "x-heffl-response-name").map(str::to_owned),
            ty,
            presence,
            nullable: flag(property, "nullable"),
            limits: limits(property),
            docs: docs::described(property),
        });
    }
    if let Some(left) = made.keys().next() {
        return Err(format!(
            "the struct has a field `{left}` that the component has not"
        ));
    }
    let custom_fields = flag(schema, "x-heffl-custom-fields");
    hits.custom_fields += usize::from(custom_fields);
    Ok(Struct {
        docs: docs::described(schema),
        role,
        fields,
        custom_fields,
        page: page(schema),
        rules: rules(schema),
        link: link(schema),
    })
}

/// What names a record, if two fields do.
fn link(schema: &Value) -> Option<Link> {
    elements(schema.get("x-heffl-rules")).find_map(|rule| {
        let kinds: Vec<_> = Rule::kinds(rule)
            .map(|(word, of)| (word.to_owned(), of.to_owned()))
            .collect();
        match Rule::read(rule).ok()? {
            Rule::Together(entity, id) if !kinds.is_empty() => Some(Link {
                entity: entity.to_owned(),
                id: id.to_owned(),
                kinds,
            }),
            _ => None,
        }
    })
}

/// The rules of an object, in the words of the runtime.
fn rules(schema: &Value) -> Vec<String> {
    let rules = elements(schema.get("x-heffl-rules"));
    let rules = rules.filter_map(|rule| match Rule::read(rule).ok()? {
        Rule::Together(one, other) => {
            let mut rules = vec![format!("Together({one:?}, {other:?})")];
            if Rule::kinds(rule).next().is_some() {
                rules.push(format!("Record({one:?}, {other:?})"));
            }
            Some(rules)
        }
        Rule::When { key, word, needs } => {
            let default = schema.pointer(&step("/properties", key))?.get("default");
            let by_default = default.and_then(Value::as_str) == Some(word);
            Some(vec![format!(
                "When({key:?}, {word:?}, {needs:?}, {by_default})"
            )])
        }
    });
    rules.flatten().collect()
}

/// The limits of a property, in the words of the runtime.
fn limits(property: &Value) -> Vec<String> {
    const COUNTS: [(&str, &str); 4] = [
        ("minLength", "MinLength"),
        ("maxLength", "MaxLength"),
        ("minItems", "MinItems"),
        ("maxItems", "MaxItems"),
    ];
    let counts = COUNTS.iter().filter_map(|(key, limit)| {
        let count = property.get(key)?.as_u64()?;
        Some(format!("{limit}({count})"))
    });
    let bounds = [("minimum", "Minimum"), ("maximum", "Maximum")];
    let bounds = bounds.iter().filter_map(|(key, limit)| {
        let bound = property.get(key)?.as_f64()?;
        Some(format!("{limit}({bound:?})"))
    });
    counts.chain(bounds).collect()
}

fn page(schema: &Value) -> Option<Page> {
    let page = schema.get("x-heffl-page")?;
    let pointer = |key: &str| text(page, key).map(str::to_owned);
    Some(Page {
        items: pointer("items")?,
        next_cursor: pointer("nextCursor"),
        has_more: pointer("hasMore"),
        cursor_parameter: pointer("cursorParameter"),
    })
}

fn enumeration(schema: &Value, item: &syn::ItemEnum, hits: &mut Hits) -> Result<Enum, String> {
    let mut variants = Vec::new();
    for variant in &item.variants {
        if !matches!(variant.fields, Fields::Unit) {
            return Err(format!("the variant `{}` is not plain", variant.ident));
        }
        let word = serde_rename(&variant.attrs).unwrap_or_else(|| variant.ident.to_string());
        variants.push((variant.ident.clone(), word));
    }
    let words: Vec<&str> = elements(schema.get("enum"))
        .filter_map(Value::as_str)
        .collect();
    if !words.iter().eq(variants.iter().map(|(_, word)| word)) {
        return Err("the variants are not the words of the component".to_owned());
    }
    hits.open_enums += 1;
    Ok(Enum {
        docs: docs::described(schema),
        variants,
    })
}

/// `#[serde(rename = "…")]`
fn serde_rename(attributes: &[syn::Attribute]) -> Option<String> {
    let mut renamed = None;
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("serde"))
    {
        // Entries that are not `rename = "…"` are skipped; how they look does not matter.
        let _ = attribute.parse_nested_meta(|meta| {
            if let Ok(value) = meta.value() {
                let literal: syn::Expr = value.parse()?;
                if let syn::Expr::Lit(syn::ExprLit {
                    lit: syn::Lit::Str(text),
                    ..
                }) = literal
                    && meta.path.is_ident("rename")
                {
                    renamed = Some(text.value());
                }
            }
            Ok(())
        });
    }
    renamed
}

/// Takes `Option<Patch<T>>` to `Patch`, `Option<T>` to `Optional`, everything else to `Required`. Where a type contains
/// itself, the type generator puts a `Box` on either side of the `Option`.
fn presence(ty: Type) -> (Presence, Type) {
    if let Some(inner) = argument(&ty, "Box").and_then(|boxed| argument(&boxed, "Option")) {
        let (presence, inner) = presence(syn::parse_quote!(Option<#inner>));
        return (presence, syn::parse_quote!(Box<#inner>));
    }
    let Some(inner) = argument(&ty, "Option") else {
        return (Presence::Required, ty);
    };
    match argument(&inner, "Patch") {
        Some(value) => (Presence::Patch, value),
        None => (Presence::Optional, inner),
    }
}

/// The `T` of `name<T>`.
fn argument(ty: &Type, name: &str) -> Option<Type> {
    let Type::Path(path) = ty else { return None };
    let last = path
        .path
        .segments
        .last()
        .filter(|last| last.ident == name)?;
    match &last.arguments {
        syn::PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
            syn::GenericArgument::Type(inner) => Some(inner.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Paths as a person would write them: the prelude's names alone, the runtime's from `crate`.
fn plain(mut ty: Type) -> Type {
    PlainPaths.visit_type_mut(&mut ty);
    ty
}

struct PlainPaths;

impl VisitMut for PlainPaths {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        syn::visit_mut::visit_path_mut(self, path);
        let text = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect::<Vec<_>>()
            .join("::");
        match text.as_str() {
            "std::option::Option" | "std::vec::Vec" | "std::string::String" | "std::boxed::Box" => {
                path.leading_colon = None;
                if let Some(last) = path.segments.last().cloned() {
                    path.segments = std::iter::once(last).collect();
                }
            }
            _ if path
                .segments
                .first()
                .is_some_and(|first| first.ident == RUNTIME_CRATE) =>
            {
                path.leading_colon = None;
                if let Some(first) = path.segments.first_mut() {
                    first.ident = syn::Ident::new("crate", first.ident.span());
                }
            }
            _ => path.leading_colon = None,
        }
    }
}

/// The source text of a type.
pub(crate) fn type_text(ty: &Type) -> String {
    // Tokens print with a space around every punctuation mark; no type that is made here needs one.
    ty.to_token_stream().to_string().replace(' ', "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lint::tests::{GADGETS, document},
        normalise::normalise,
        types::types,
    };

    fn models() -> BTreeMap<String, Model> {
        let document = document(GADGETS);
        let normal = normalise(&document).unwrap();
        rewrite(&document, &normal, types(&document, &normal).unwrap()).unwrap()
    }

    fn field(
        models: &BTreeMap<String, Model>,
        model: &str,
        wire: &str,
    ) -> (String, String, Presence) {
        let Model::Struct(model) = &models[model] else {
            panic!("{model} is no struct")
        };
        let field = model
            .fields
            .iter()
            .find(|field| field.wire == wire)
            .unwrap();
        (field.name.to_string(), type_text(&field.ty), field.presence)
    }

    #[test]
    fn fields_have_plain_types_and_presence() {
        let models = models();
        for (model, wire, name, ty, presence) in [
            (
                "Gadget",
                "id",
                "id",
                "crate::ids::GadgetId",
                Presence::Required,
            ),
            (
                "Gadget",
                "status",
                "status",
                "GadgetStatus",
                Presence::Optional,
            ),
            (
                "Gadget",
                "price",
                "price",
                "crate::Money",
                Presence::Optional,
            ),
            ("Gadget", "weight", "weight", "f64", Presence::Optional),
            ("Gadget", "count", "count", "i64", Presence::Optional),
            ("Gadget", "active", "active", "bool", Presence::Optional),
            (
                "Gadget",
                "anything",
                "anything",
                "serde_json::Value",
                Presence::Optional,
            ),
            (
                "Gadget",
                "details",
                "details",
                "crate::JsonObject",
                Presence::Optional,
            ),
            (
                "Gadget",
                "madeAt",
                "made_at",
                "crate::DateTime",
                Presence::Optional,
            ),
            (
                "Gadget",
                "partIds",
                "part_ids",
                "Vec<crate::ids::PartId>",
                Presence::Optional,
            ),
            ("Gadget", "size", "size", "GadgetSize", Presence::Optional),
            (
                "CreateGadget",
                "parts",
                "parts",
                "Vec<Part>",
                Presence::Required,
            ),
            (
                "CreateGadget",
                "type",
                "type_",
                "String",
                Presence::Optional,
            ),
            ("UpdateGadget", "name", "name", "String", Presence::Optional),
            (
                "UpdateGadget",
                "price",
                "price",
                "crate::Money",
                Presence::Patch,
            ),
            (
                "UpdateGadget",
                "parts",
                "parts",
                "Vec<Part>",
                Presence::Patch,
            ),
        ] {
            let expected = (name.to_owned(), ty.to_owned(), presence);
            assert_eq!(field(&models, model, wire), expected, "{model}.{wire}");
        }
    }

    #[test]
    fn fields_keep_the_order_of_the_document() {
        let models = models();
        let Model::Struct(gadget) = &models["Gadget"] else {
            panic!()
        };
        assert_eq!(
            gadget
                .fields
                .iter()
                .map(|f| f.wire.as_str())
                .take(3)
                .collect::<Vec<_>>(),
            ["id", "name", "status"]
        );
    }

    #[test]
    fn constructors_take_the_name_then_identifiers_by_kind_then_the_rest() {
        let field = |wire: &str, ty: Type, presence| Field {
            name: syn::Ident::new(wire, proc_macro2::Span::call_site()),
            wire: wire.to_owned(),
            response_name: None,
            ty,
            presence,
            nullable: false,
            limits: Vec::new(),
            docs: String::new(),
        };
        let model = |fields: Vec<Field>| Struct {
            docs: String::new(),
            role: Role::default(),
            fields,
            custom_fields: false,
            page: None,
            rules: Vec::new(),
            link: None,
        };
        let fields = |reversed: bool| {
            let mut fields = vec![
                field("size", syn::parse_quote!(i64), Presence::Required),
                field(
                    "owner",
                    syn::parse_quote!(crate::ids::UserId),
                    Presence::Required,
                ),
                field(
                    "part",
                    syn::parse_quote!(crate::ids::PartId),
                    Presence::Required,
                ),
                field("name", syn::parse_quote!(String), Presence::Required),
                field(
                    "spare",
                    syn::parse_quote!(crate::ids::PartId),
                    Presence::Optional,
                ),
            ];
            if reversed {
                fields.reverse();
            }
            fields
        };
        for reversed in [false, true] {
            let model = model(fields(reversed));
            let order: Vec<&str> = model.required().iter().map(|field| &*field.wire).collect();
            assert_eq!(order, ["name", "part", "owner", "size"]);
        }
        // Two of one kind, and two texts, keep the order of the document.
        let model = model(vec![
            field(
                "to",
                syn::parse_quote!(crate::ids::UserId),
                Presence::Required,
            ),
            field("subject", syn::parse_quote!(String), Presence::Required),
            field(
                "from",
                syn::parse_quote!(crate::ids::UserId),
                Presence::Required,
            ),
            field("colour", syn::parse_quote!(String), Presence::Required),
        ]);
        let order: Vec<&str> = model.required().iter().map(|field| &*field.wire).collect();
        assert_eq!(order, ["subject", "to", "from", "colour"]);
    }

    #[test]
    fn enums_keep_words_and_order() {
        let models = models();
        let Model::Enum(status) = &models["GadgetStatus"] else {
            panic!()
        };
        let variants: Vec<_> = status
            .variants
            .iter()
            .map(|(name, word)| (name.to_string(), word.as_str()))
            .collect();
        assert_eq!(
            variants,
            [
                ("Active".to_owned(), "ACTIVE"),
                ("OnHold".to_owned(), "ON_HOLD")
            ]
        );
    }

    #[test]
    fn an_item_too_many_or_too_few_is_an_error() {
        let document = document(GADGETS);
        let normal = normalise(&document).unwrap();
        let mut items = types(&document, &normal).unwrap();
        items.push(syn::parse_quote!(
            pub struct Stranger {
                pub name: String,
            }
        ));
        let problems = rewrite(&document, &normal, items).unwrap_err();
        assert_eq!(
            problems[0].pointer.as_deref(),
            Some("/components/schemas/Stranger")
        );
        let problems = rewrite(&document, &normal, Vec::new()).unwrap_err();
        assert!(
            problems
                .iter()
                .any(|problem| problem.rule == "rewrite-hits")
        );
    }
}
