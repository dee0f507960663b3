//! Stage 5: components of a normal document → models: the input of the emitted types.

use std::collections::{BTreeMap, BTreeSet};

use quote::ToTokens as _;
use serde::Deserialize;
use serde_json::Value;
use syn::Type;

use crate::{
    docs,
    ids::Kind,
    json::{component, elements, entries, flag, step, text, texts},
    naming::{self, Names, Scope},
    normalise::{Foreign, Normal, Role, roles},
    rules::Rule,
};

/// A type to emit.
#[derive(Clone, Debug)]
pub enum Model {
    /// An object.
    Struct(Struct),
    /// An open enumeration.
    Enum(Enum),
    /// A choice of types.
    Choice(Choice),
    /// A type of the type generator.
    Foreign(String, Box<Foreign>),
}

/// A choice of types.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Description and evidence.
    pub docs: String,
    /// The member whose value selects the alternative; empty if there is none.
    pub discriminator: String,
    /// For each alternative: the variant, its type (`None` without content), and the values of the discriminator.
    pub alternatives: Vec<(syn::Ident, Option<Type>, Vec<String>)>,
}

/// An object.
#[derive(Clone, Debug)]
pub struct Struct {
    /// Description and evidence.
    pub docs: String,
    /// The uses of the object.
    pub role: Role,
    /// The fields, in the order of the document.
    pub fields: Vec<Field>,
    /// Whether it has `cf_*` keys in addition to its fields.
    pub custom_fields: bool,
    /// The envelope, if the object is a page of a list.
    pub page: Option<Page>,
    /// Rules about several fields: variants of the runtime's `Rule`.
    pub rules: Vec<String>,
    /// Two fields that name a record of one of several kinds.
    pub link: Option<Link>,
}

impl Struct {
    /// The field with that name on the wire.
    pub fn field(&self, wire: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.wire == wire)
    }

    /// The fields that may be left out.
    pub fn optional(&self) -> impl Iterator<Item = &Field> {
        let fields = self.fields.iter();
        fields.filter(|field| field.presence != Presence::Required)
    }

    /// The required fields in the order in which a constructor takes them: first the first text, which is the
    /// record's name, then identifiers in the alphabetical order of their kinds, then the others in the order of the document.
    /// So both versions of the API have the same concept in the same position.
    pub fn required(&self) -> Vec<&Field> {
        let required = || {
            let fields = self.fields.iter();
            fields.filter(|field| field.presence == Presence::Required)
        };
        let name = required().find(|field| type_text(&field.ty) == "String");
        let mut ids: Vec<&Field> = required()
            .filter(|field| id_of(&field.ty).is_some())
            .collect();
        ids.sort_by_key(|field| id_of(&field.ty));
        let is_other = |field: &&Field| {
            id_of(&field.ty).is_none() && name.is_none_or(|name| name.wire != field.wire)
        };
        let others = required().filter(is_other);
        name.into_iter().chain(ids).chain(others).collect()
    }
}

/// Two fields that name a record together. They are optional.
#[derive(Clone, Debug)]
pub struct Link {
    /// The name on the wire of the field for the kind of record.
    pub entity: String,
    /// The name on the wire of the field for the identifier.
    pub id: String,
    /// Values of the first field, and the kinds of identifiers of the second.
    pub kinds: Vec<(String, String)>,
}

/// The parts of a list envelope, as JSON pointers.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
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
    /// For a field of a body, its name on the wire in the record of the response, if the names differ.
    pub response_name: Option<String>,
    /// The type of a present value, without `Option` or `Patch`.
    pub ty: Type,
    /// Whether the field is always present.
    pub presence: Presence,
    /// The documentation allows null.
    pub nullable: bool,
    /// The limits of its values: `MinLength(1)`, a variant of the runtime's `Limit` each.
    pub limits: Vec<String>,
    /// Description and evidence.
    pub docs: String,
}

impl Field {
    /// Its name on the wire in the record of the response.
    pub fn in_record(&self) -> &str {
        self.response_name.as_deref().unwrap_or(&self.wire)
    }
}

/// Whether a field is always present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Always.
    Required,
    /// Sometimes; `Option`.
    Optional,
    /// Unchanged, cleared or set; `Patch`.
    Patch,
}

/// An open enumeration.
#[derive(Clone, Debug)]
pub struct Enum {
    /// Description and evidence.
    pub docs: String,
    /// The variants and their values, in the order of the document.
    pub variants: Vec<(syn::Ident, String)>,
}

/// The models of a normal document, one for each component.
pub fn read(normal: &Normal) -> BTreeMap<String, Model> {
    let components = normal.value.pointer("/components/schemas");
    let boxes = boxes(components);
    let roles = roles(&normal.value);
    let models = entries(components).map(|(name, schema)| {
        let model = if let Some(foreign) = normal.foreign.get(name) {
            let docs = docs::described(schema, || title(name, schema));
            Model::Foreign(docs, Box::new(foreign.clone()))
        } else if schema.get("x-heffl-codegen-choice").is_some() {
            Model::Choice(choice(name, schema, components))
        } else if schema.get("enum").is_some() {
            Model::Enum(enumeration(name, schema))
        } else {
            let role = roles.get(name).copied().unwrap_or_default();
            Model::Struct(structure(name, schema, role, &boxes))
        };
        (name.clone(), model)
    });
    models.collect()
}

/// The components that each component holds as a member, if these hold it in turn: without a box such a type would
/// have no size.
fn boxes(components: Option<&Value>) -> BTreeSet<(&str, &str)> {
    let mut held: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, schema) in entries(components) {
        let members = entries(schema.get("properties"));
        let members = members.filter_map(|(_, property)| component(property));
        held.insert(name, members.collect());
    }
    let mut boxes = BTreeSet::new();
    for (name, members) in &held {
        for member in members {
            let (mut seen, mut waiting) = (BTreeSet::new(), vec![*member]);
            while let Some(next) = waiting.pop() {
                if next == *name {
                    boxes.insert((*name, *member));
                    break;
                }
                if seen.insert(next) {
                    waiting.extend(held.get(next).into_iter().flatten());
                }
            }
        }
    }
    boxes
}

fn structure(name: &str, schema: &Value, role: Role, boxes: &BTreeSet<(&str, &str)>) -> Struct {
    let custom_fields = flag(schema, "x-heffl-custom-fields");
    let mut names = Names::new(Scope::Field);
    if custom_fields {
        names.reserve("custom_field");
        names.reserve("custom_fields");
    }
    let mut fields = Vec::new();
    for (wire, property) in entries(schema.get("properties")) {
        // A property that only the server sets is not sent.
        if flag(property, "readOnly") && role.request && !role.response {
            continue;
        }
        let nullable = flag(property, "nullable");
        let is_one_way = role.request && flag(property, "readOnly")
            || role.response && flag(property, "writeOnly");
        let required = !is_one_way && texts(schema.get("required")).any(|name| name == wire);
        let mut ty = rust_type(property);
        if component(property).is_some_and(|member| boxes.contains(&(name, member))) {
            ty = syn::parse_quote!(Box<#ty>);
        }
        let presence = match (required, nullable) {
            (true, false) => Presence::Required,
            // The field must be sent, even if it is null.
            (true, true) if role.request => {
                ty = syn::parse_quote!(Option<#ty>);
                Presence::Required
            }
            (_, true) if role.update => Presence::Patch,
            _ => Presence::Optional,
        };
        fields.push(Field {
            name: naming::ident(&names.take(wire)),
            wire: wire.clone(),
            response_name: text(property, "x-heffl-response-name").map(str::to_owned),
            ty,
            presence,
            nullable,
            limits: limits(property),
            docs: docs::described(property, || format!("`{wire}`.")),
        });
    }
    Struct {
        docs: docs::described(schema, || title(name, schema)),
        role,
        fields,
        custom_fields,
        page: schema
            .get("x-heffl-page")
            .and_then(|page| Page::deserialize(page).ok()),
        rules: rules(schema),
        link: link(schema),
    }
}

/// Alternatives of the same type are one.
fn choice(name: &str, schema: &Value, components: Option<&Value>) -> Choice {
    let mut names = Names::new(Scope::Variant);
    let mut alternatives: Vec<(syn::Ident, Option<Type>, Vec<String>)> = Vec::new();
    for alternative in elements(schema.get("x-heffl-codegen-choice")) {
        let schema = alternative.get("schema");
        let mut ty = schema.map(rust_type);
        let variant = match schema.and_then(component) {
            // A type that holds itself needs a box, and a choice is as large as its largest alternative.
            Some(member) => {
                let values = components.and_then(|components| components.get(member)?.get("enum"));
                if values.is_none() {
                    ty = ty.map(|ty| syn::parse_quote!(Box<#ty>));
                }
                member
            }
            None => match schema.map(|schema| text(schema, "type").unwrap_or_default()) {
                Some("array") => "List",
                Some(other) => other,
                None => "Empty",
            },
        };
        let values = texts(alternative.get("values")).map(str::to_owned);
        match alternatives.iter_mut().find(|(_, known, _)| *known == ty) {
            Some((.., known)) => known.extend(values),
            None => {
                let variant = naming::ident(&names.take(variant));
                alternatives.push((variant, ty, values.collect()));
            }
        }
    }
    let discriminator = schema.get("discriminator");
    let discriminator = discriminator.and_then(|it| text(it, "propertyName"));
    Choice {
        docs: docs::described(schema, || title(name, schema)),
        discriminator: discriminator.unwrap_or_default().to_owned(),
        alternatives,
    }
}

/// The description of a type without a description.
fn title(name: &str, schema: &Value) -> String {
    let title = text(schema, "title").filter(|title| !title.trim().is_empty());
    title.map_or_else(|| format!("`{name}`"), docs::sanitise) + "."
}

/// The Rust type of the values of a normal schema, ignoring null.
pub(crate) fn rust_type(schema: &Value) -> Type {
    let runtime = |name: &str| -> Type {
        let name = naming::ident(name);
        syn::parse_quote!(crate::#name)
    };
    if let Some(name) = component(schema) {
        let name = naming::ident(name);
        return syn::parse_quote!(#name);
    }
    if let Some(kind) = schema.get("x-heffl-id").and_then(|id| Kind::read(id).ok()) {
        let id = naming::ident(&Kind::type_name(&kind.of));
        return syn::parse_quote!(crate::ids::#id);
    }
    for (key, name) in [
        ("x-heffl-money", "Money"),
        ("x-heffl-secret", "Secret"),
        ("x-heffl-currency", "Currency"),
        ("x-heffl-custom-fields", "CustomFields"),
    ] {
        if flag(schema, key) {
            return runtime(name);
        }
    }
    match (text(schema, "type"), text(schema, "format")) {
        (Some("string"), Some("date-time")) => runtime("DateTime"),
        (Some("number"), Some("decimal")) => runtime("Decimal"),
        (Some("object"), _) => match schema.get("additionalProperties").map(nullable_type) {
            Some(values) if type_text(&values) != "serde_json::Value" => {
                syn::parse_quote!(std::collections::BTreeMap<String, #values>)
            }
            _ => runtime("JsonObject"),
        },
        (Some("string"), _) => syn::parse_quote!(String),
        (Some("integer"), _) => syn::parse_quote!(i64),
        (Some("number"), _) => syn::parse_quote!(f64),
        (Some("boolean"), _) => syn::parse_quote!(bool),
        (Some("array"), _) => {
            let item = nullable_type(schema.get("items").unwrap_or(&Value::Null));
            syn::parse_quote!(Vec<#item>)
        }
        _ => syn::parse_quote!(serde_json::Value),
    }
}

/// The Rust type of items and of values of maps. JSON of any kind may be null anyway.
pub(crate) fn nullable_type(schema: &Value) -> Type {
    let ty = rust_type(schema);
    if flag(schema, "nullable") && type_text(&ty) != "serde_json::Value" {
        syn::parse_quote!(Option<#ty>)
    } else {
        ty
    }
}

/// The two fields that name a record together, if there are such fields.
fn link(schema: &Value) -> Option<Link> {
    elements(schema.get("x-heffl-rules")).find_map(|rule| {
        let kinds = Rule::kinds(rule).map(|(value, of)| (value.to_owned(), of.to_owned()));
        let kinds: Vec<_> = kinds.collect();
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

/// The rules of an object, as source text of the runtime's `Rule`.
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
        Rule::When { key, value, needs } => {
            let default = schema.pointer(&step("/properties", key))?.get("default");
            let by_default = default.and_then(Value::as_str) == Some(value);
            let rule = format!("When({key:?}, {value:?}, {needs:?}, {by_default})");
            Some(vec![rule])
        }
    });
    rules.flatten().collect()
}

/// The limits of a property, as source text of the runtime's `Limit`.
pub(crate) fn limits(property: &Value) -> Vec<String> {
    let counts = ["minLength", "maxLength", "minItems", "maxItems"].into_iter();
    let counts = counts.filter_map(|key| {
        let count = property.get(key)?.as_u64()?;
        Some(format!("{}({count})", naming::pascal(key)))
    });
    let bounds = ["minimum", "maximum"].into_iter().filter_map(|key| {
        let bound = property.get(key)?.as_f64()?;
        Some(format!("{}({bound:?})", naming::pascal(key)))
    });
    counts.chain(bounds).collect()
}

fn enumeration(name: &str, schema: &Value) -> Enum {
    let mut names = Names::new(Scope::Variant);
    let values = texts(schema.get("enum"));
    let variants = values.map(|value| (naming::ident(&names.take(value)), value.to_owned()));
    Enum {
        docs: docs::described(schema, || title(name, schema)),
        variants: variants.collect(),
    }
}

/// The name of a type of identifiers.
pub(crate) fn id_of(ty: &Type) -> Option<String> {
    type_text(ty)
        .strip_prefix("crate::ids::")
        .map(str::to_owned)
}

/// The `T` of `Vec<T>`, or of another type with one parameter.
pub(crate) fn item_of<'a>(ty: &'a Type, outer: &str) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let last = path
        .path
        .segments
        .last()
        .filter(|last| last.ident == outer)?;
    match &last.arguments {
        syn::PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
            syn::GenericArgument::Type(item) => Some(item),
            _ => None,
        },
        _ => None,
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
    };

    fn models() -> BTreeMap<String, Model> {
        read(&normalise(&document(GADGETS)))
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
            .map(|(name, value)| (name.to_string(), value.as_str()))
            .collect();
        assert_eq!(
            variants,
            [
                ("Active".to_owned(), "ACTIVE"),
                ("OnHold".to_owned(), "ON_HOLD")
            ]
        );
    }
}
