//! The operations of a normal document, read into a form that emission needs no more look-ups for.

mod filters;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use syn::Type;

use crate::{
    docs,
    ids::Kind,
    json::{component, elements, entries, events, flag, inner, percent_decoded, step, text},
    load::Document,
    models::rust_type,
    naming::{self, Names, Scope},
    normalise::{
        Normal, access,
        bodies::{FILES, FORM, MEDIA, PARTS, is_json},
    },
    service::{self, Key},
};

pub use filters::{FilterField, FilterKind, FilterOperator, Filters};

/// One version of an API.
#[derive(Clone, Debug)]
pub struct Api {
    /// The Rust module.
    pub module: String,
    /// Base URL.
    pub server: String,
    /// Last segment of the base URL.
    pub version: String,
    /// Documentation of the module.
    pub docs: String,
    /// Resources, in the order of their first operation.
    pub resources: Vec<Resource>,
    /// Kinds of fields that lists can be filtered by.
    pub filter_kinds: Vec<FilterKind>,
    /// Which resource's file each component goes to that an operation or an event uses; `None` is the shared one.
    /// Others, such as those of errors, are not emitted.
    pub placement: BTreeMap<String, Option<String>>,
}

/// A tag and its operations.
#[derive(Clone, Debug)]
pub struct Resource {
    /// The Rust module, also the method that gives the handle.
    pub module: String,
    /// The handle's type.
    pub handle: String,
    /// What the tag is.
    pub docs: String,
    /// Its operations.
    pub operations: Vec<Operation>,
}

/// An operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// `operationId`
    pub id: String,
    /// Upper case.
    pub method: String,
    /// Template below the base URL.
    pub path: String,
    /// Name of the Rust method on the handle: `list`, `get`, `create` … or the whole id in snake case.
    pub name: String,
    /// Summary, description, request line, evidence, source.
    pub docs: String,
    /// How well it is known.
    pub evidence: String,
    /// The vendor's page.
    pub source: String,
    /// The vendor calls it deprecated.
    pub deprecated: bool,
    /// Parameters of the path, in its order.
    pub path_parameters: Vec<Parameter>,
    /// Parameters of the query, and headers.
    pub query: Vec<Parameter>,
    /// What is in the query of every request, names and values.
    pub constant_query: Vec<(String, String)>,
    /// What its list can be filtered by.
    pub filters: Option<Filters>,
    /// The body.
    pub body: Option<Body>,
    /// The parts of the body that are files.
    pub files: Vec<File>,
    /// The body may not be left out.
    pub body_required: bool,
    /// The media type of a body that is written from JSON, where it is another one.
    pub body_media: Option<String>,
    /// The type of its builder, if it has one.
    pub builder: String,
    /// What comes back.
    pub answer: Answer,
    /// The server that it is called at, where that is not the one of the document.
    pub server: Option<String>,
    /// What is between the base URL and its path, where that is not the version.
    pub prefix: Option<String>,
    /// Its key, where that is not the one of the document.
    pub key: Option<Key>,
}

/// What the API calls the parameter that takes the size of a page.
const PAGE_SIZE: [&str; 2] = ["pageSize", "limit"];

impl Operation {
    /// Whether it has optional parameters, and so a builder.
    #[must_use]
    pub fn has_builder(&self) -> bool {
        self.query.iter().any(|parameter| !parameter.required)
    }

    /// Of a list with pages, the parameter that takes their size, and the largest size that is documented.
    #[must_use]
    pub fn largest_page(&self) -> Option<(&Parameter, u32)> {
        if !matches!(self.answer, Answer::Page { .. }) {
            return None;
        }
        self.query
            .iter()
            .filter(|parameter| PAGE_SIZE.contains(&parameter.wire.as_str()))
            .find_map(|parameter| {
                let mut limits = parameter.limits.iter().filter(|limit| !limit.is_length);
                let maximum = limits.find_map(|limit| limit.maximum)?;
                Some((parameter, u32::try_from(maximum).ok()?))
            })
    }
}

/// What an operation sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// A component: an object.
    Model(String),
    /// A value that is written by serde.
    Value(Box<Type>),
    /// Bytes of a media type.
    Bytes(String),
}

/// A part of a body that is a file.
#[derive(Clone, Debug)]
pub struct File {
    /// Name on the wire.
    pub wire: String,
    /// Name in Rust.
    pub name: String,
    /// Its media type.
    pub media: String,
    /// It may not be left out.
    pub required: bool,
    /// There may be any number of them.
    pub is_list: bool,
}

/// What an operation answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing that is read.
    Nothing,
    /// Bytes of a media type.
    Bytes(String),
    /// A value that is no object, or may be missing.
    Value(Box<Type>),
    /// An object.
    One(String),
    /// An object that is a page of a list.
    Page {
        /// The envelope.
        envelope: String,
        /// What is in it.
        item: String,
    },
    /// A bare array.
    Many(String),
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Name on the wire.
    pub wire: String,
    /// Name in Rust.
    pub name: String,
    /// Type.
    pub ty: ParameterType,
    /// It must be given.
    pub required: bool,
    /// Description, limits, evidence.
    pub docs: String,
    /// What its values are bounded by.
    pub limits: Vec<Limit>,
    /// It is a header.
    pub is_header: bool,
}

/// Bounds of a parameter, both of them allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What is bounded: the characters of a text, or else a number.
    pub is_length: bool,
    /// `minimum` or `minLength`.
    pub minimum: Option<i64>,
    /// `maximum` or `maxLength`.
    pub maximum: Option<i64>,
}

/// The type of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterType {
    /// Any text.
    Text,
    /// A whole number from 0.
    Unsigned,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// JSON text of any value.
    Json,
    /// An instant.
    DateTime,
    /// A type of `ids`.
    Id(String),
    /// A component: an enum.
    Component(String),
    /// A list, joined by a separator; without one, the parameter is there once for each item.
    List(Box<Self>, Option<String>),
}

/// Reads the operations.
pub fn read(document: &Document, normal: &Normal) -> Api {
    let root = &normal.value;
    let server = service::server(root).unwrap_or_default().to_owned();
    let mut types = Names::new(Scope::Type);
    types.reserve(&naming::pascal(&document.module));
    for (name, _) in entries(root.pointer("/components/schemas")) {
        types.reserve(name);
    }
    let mut module_names = Names::new(Scope::Module);
    let mut modules: BTreeMap<String, String> = BTreeMap::new();
    let mut resources: Vec<Resource> = Vec::new();
    let mut users: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, item) in entries(root.get("paths")) {
        for (method, value) in entries(Some(item)) {
            let tag = elements(value.get("tags"))
                .find_map(Value::as_str)
                .unwrap_or_default();
            // Tags that differ in case and signs alone are one resource.
            let module = modules
                .entry(naming::snake(&naming::ascii(tag)))
                .or_insert_with(|| module_names.take(tag))
                .clone();
            let operation = operation(root, path, method, value);
            for name in reached(root, value) {
                users.entry(name).or_default().insert(module.clone());
            }
            match resources
                .iter_mut()
                .find(|resource| resource.module == module)
            {
                Some(resource) => resource.operations.push(operation),
                None => resources.push(Resource {
                    handle: String::new(),
                    docs: tag_docs(root, tag),
                    module,
                    operations: vec![operation],
                }),
            }
        }
    }
    for resource in &mut resources {
        let name = naming::pascal(&resource.module);
        let is_taken = RUNTIME_TYPES.contains(&name.as_str()) || !types.is_free(&name);
        resource.handle = types.take(&if is_taken { name + "Handle" } else { name });
    }
    for (event, _) in events(root) {
        // Types of events stand with the operations of the same tag.
        let module = elements(event.get("tags"))
            .find_map(Value::as_str)
            .and_then(|tag| modules.get(&naming::snake(&naming::ascii(tag))).cloned());
        for name in reached(root, event) {
            users
                .entry(name)
                .or_default()
                .insert(module.clone().unwrap_or_default());
        }
    }
    if resources.is_empty() {
        // There is nothing to call, and every component is a type of its own.
        let components = entries(root.pointer("/components/schemas"));
        users.extend(components.map(|(name, _)| (name.clone(), BTreeSet::new())));
    }
    for resource in &mut resources {
        shorten(resource);
        for operation in &mut resource.operations {
            if operation.has_builder() {
                let is_free = types.is_free(&operation.id);
                let suffix = if is_free { "" } else { "Builder" };
                operation.builder =
                    types.take(&format!("{}{suffix}", naming::pascal(&operation.id)));
            }
        }
    }
    let placement = users
        .into_iter()
        .map(|(name, users)| {
            let only = users
                .first()
                .filter(|only| users.len() == 1 && !only.is_empty());
            (name, only.cloned())
        })
        .collect();
    let docs = root
        .pointer("/info/description")
        .and_then(Value::as_str)
        .map(docs::sanitise)
        .unwrap_or_default();
    Api {
        module: document.module.clone(),
        version: service::version(&server),
        server,
        docs,
        resources,
        filter_kinds: filters::kinds(root),
        placement,
    }
}

/// The runtime's types that resources may be called after: a handle of that name would be taken for one of them.
pub const RUNTIME_TYPES: [&str; 9] = [
    "CustomFields",
    "DateTime",
    "Deviation",
    "Items",
    "Lookup",
    "Money",
    "Pages",
    "Patch",
    "Results",
];

fn tag_docs(root: &Value, tag: &str) -> String {
    let description = elements(root.get("tags"))
        .find(|value| text(value, "name") == Some(tag))
        .and_then(|value| text(value, "description"));
    let description = description
        .map(docs::sanitise)
        .filter(|text| !text.is_empty());
    description.unwrap_or_else(|| format!("Operations on {}.", docs::sanitise(tag)))
}

/// On the handle `deals()`, `listDeals` is just `list`, as long as that is the only one.
fn shorten(resource: &mut Resource) {
    let short: Vec<Option<String>> = resource
        .operations
        .iter()
        .map(|operation| {
            let verb = operation.name.split('_').next()?.to_owned();
            let noun = operation.name.get(verb.len() + 1..)?;
            // `documents` of `document_templates` is another noun; `deal` and `deals` are the resource.
            let same = |a: &str, b: &str| a == b || naming::singular(a) == naming::singular(b);
            (same(noun, &resource.module) && !naming::is_keyword(&verb)).then_some(verb)
        })
        .collect();
    let count = |name: &str| {
        let short = short.iter().flatten().filter(|other| *other == name);
        short.count()
            + resource
                .operations
                .iter()
                .filter(|other| other.name == name)
                .count()
    };
    let short: Vec<Option<&String>> = short
        .iter()
        .map(|name| name.as_ref().filter(|name| count(name) == 1))
        .collect();
    let mut names = Names::new(Scope::Method);
    let names: Vec<String> = resource
        .operations
        .iter()
        .zip(short)
        .map(|(operation, short)| names.take(short.unwrap_or(&operation.name)))
        .collect();
    for (operation, name) in resource.operations.iter_mut().zip(names) {
        operation.name = name;
    }
}

fn operation(root: &Value, path: &str, method: &str, value: &Value) -> Operation {
    let id = text(value, "operationId").unwrap_or_default().to_owned();
    let method = method.to_uppercase();
    let source = value
        .pointer("/x-heffl-source/page")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let parameters: Vec<&Value> = elements(value.get("parameters")).collect();
    // In the order of the path; each has its name from there on.
    let place = |parameter: &Value| {
        let name = format!("{{{}}}", text(parameter, "name").unwrap_or_default());
        path.find(&name).unwrap_or(usize::MAX)
    };
    let mut names = Names::new(Scope::Parameter);
    let mut of_path: Vec<&Value> = parameters.clone();
    of_path.retain(|p| text(p, "in") == Some("path"));
    of_path.sort_by_key(|p| place(p));
    let path_parameters = of_path
        .into_iter()
        .map(|p| parameter(p, &mut names))
        .collect();
    let query = parameters
        .iter()
        .filter(|p| text(p, "in") != Some("path"))
        .map(|p| parameter(p, &mut names))
        .collect();
    let body = value.get("requestBody");
    let body_media = body
        .and_then(|body| text(body, MEDIA))
        .filter(|media| [FORM, PARTS].contains(media) || is_json(media));
    let files = elements(body.and_then(|body| body.get(FILES)));
    let files = files.map(|file| {
        let wire = text(file, "name").unwrap_or_default().to_owned();
        File {
            name: names.take(&wire),
            media: text(file, "media").unwrap_or_default().to_owned(),
            required: flag(file, "required"),
            is_list: flag(file, "list"),
            wire,
        }
    });
    let files = files.collect();
    let answer = answer(root, value);
    let filters = match &answer {
        Answer::Page { item, .. } => filters::read(&parameters, item),
        _ => None,
    };
    Operation {
        name: naming::snake(&id),
        docs: operation_docs(value, &method, path, &source),
        evidence: text(value, "x-heffl-evidence")
            .unwrap_or_default()
            .to_owned(),
        deprecated: flag(value, "deprecated"),
        body: body
            .filter(|body| body.get("content").is_some())
            .map(|body| self::body(root, body)),
        files,
        body_required: body.is_some_and(|body| flag(body, "required")),
        body_media: body_media.map(str::to_owned),
        builder: String::new(),
        answer,
        filters,
        server: text(value, access::SERVER).map(str::to_owned),
        prefix: text(value, access::PREFIX).map(str::to_owned),
        key: Some(service::key(root, value).0).filter(|key| *key != service::usual_key(root)),
        path: path.split('?').next().unwrap_or_default().to_owned(),
        constant_query: path
            .split(['?', '&'])
            .skip(1)
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (percent_decoded(name), percent_decoded(value)))
            .collect(),
        id,
        method,
        source,
        path_parameters,
        query,
    }
}

fn body(root: &Value, body: &Value) -> Body {
    if let Some(media) = text(body, MEDIA)
        && ![FORM, PARTS].contains(&media)
        && !is_json(media)
    {
        return Body::Bytes(media.to_owned());
    }
    let schema = body
        .pointer("/content/application~1json/schema")
        .unwrap_or(&Value::Null);
    let model = component(schema).filter(|name| {
        let schema = root.pointer(&step("/components/schemas", name));
        schema.is_some_and(|schema| schema.get("properties").is_some())
    });
    model.map_or_else(
        || Body::Value(Box::new(rust_type(schema))),
        |name| Body::Model(name.to_owned()),
    )
}

fn operation_docs(value: &Value, method: &str, path: &str, source: &str) -> String {
    let mut paragraphs = Vec::new();
    let summary = docs::sanitise(text(value, "summary").unwrap_or_default());
    paragraphs.push(if summary.ends_with('.') {
        summary
    } else {
        format!("{summary}.")
    });
    paragraphs.extend(text(value, "description").map(docs::sanitise));
    paragraphs.push(format!("`{method} {path}`"));
    let page = (!source.is_empty()).then(|| format!("[Documentation]({source})"));
    paragraphs.extend(match (docs::evidence(value), page) {
        (Some(evidence), Some(page)) => Some(format!("{page}. {evidence}")),
        (evidence, page) => evidence.or(page),
    });
    paragraphs.join("\n\n")
}

fn answer(root: &Value, operation: &Value) -> Answer {
    let response = entries(operation.get("responses")).next();
    if let Some(media) = response.and_then(|(_, response)| text(response, MEDIA)) {
        return Answer::Bytes(media.to_owned());
    }
    let schema =
        response.and_then(|(_, response)| response.pointer("/content/application~1json/schema"));
    let Some(schema) = schema else {
        return Answer::Nothing;
    };
    let nullable = flag(schema, "nullable");
    let items = schema.get("items");
    if let Some(item) = items
        .filter(|items| !nullable && !flag(items, "nullable"))
        .and_then(component)
    {
        return Answer::Many(item.to_owned());
    }
    let Some(name) = component(schema).filter(|_| !nullable) else {
        let ty = rust_type(schema);
        return Answer::Value(Box::new(if nullable {
            syn::parse_quote!(Option<#ty>)
        } else {
            ty
        }));
    };
    let envelope = root.pointer(&step("/components/schemas", name));
    let items = envelope
        .and_then(|schema| text(schema.get("x-heffl-page")?, "items"))
        .and_then(|pointer| Some((envelope?, pointer.strip_prefix('/')?)))
        .and_then(|(schema, key)| component(schema.get("properties")?.get(key)?.get("items")?));
    match items {
        Some(item) => Answer::Page {
            envelope: name.to_owned(),
            item: item.to_owned(),
        },
        None => Answer::One(name.to_owned()),
    }
}

fn parameter(value: &Value, names: &mut Names) -> Parameter {
    let wire = text(value, "name").unwrap_or_default();
    let schema = value.get("schema").unwrap_or(&Value::Null);
    let limits = limits(schema);
    let description = docs::description(value, || format!("`{wire}`."));
    let docs = docs::with_note(description, limits_and_default(&limits, schema));
    let docs = docs::with_note(docs, docs::evidence(value));
    Parameter {
        name: names.take(wire),
        is_header: text(value, "in") == Some("header"),
        ty: parameter_type(value, schema),
        required: flag(value, "required"),
        docs,
        limits,
        wire: wire.to_owned(),
    }
}

/// Bounds that are no whole numbers, or allow nothing, are not checked.
fn limits(schema: &Value) -> Vec<Limit> {
    let bound = |key: &str| schema.get(key).and_then(Value::as_i64);
    let limit = match text(schema, "type") {
        Some("integer" | "number") => (false, bound("minimum"), bound("maximum")),
        Some("string") => (true, bound("minLength"), bound("maxLength")),
        _ => return Vec::new(),
    };
    let (is_length, minimum, maximum) = limit;
    let is_possible = minimum.is_none_or(|low| maximum.is_none_or(|high| low <= high));
    let is_limit = is_possible && (minimum.is_some() || maximum.is_some());
    is_limit
        .then_some(Limit {
            is_length,
            minimum,
            maximum,
        })
        .into_iter()
        .collect()
}

/// `From 1 to 100; the server's default is 30.`
fn limits_and_default(limits: &[Limit], schema: &Value) -> Option<String> {
    let range = limits.first().map(|limit| {
        let range = match (limit.minimum, limit.maximum) {
            (Some(low), Some(high)) => format!("From {low} to {high}"),
            (Some(low), None) => format!("At least {low}"),
            (None, Some(high)) => format!("At most {high}"),
            (None, None) => String::new(),
        };
        let unit = if limit.is_length { " characters" } else { "" };
        range + unit
    });
    let default = schema.get("default").map(|value| match value {
        Value::String(word) => format!("`{word}`"),
        other => other.to_string(),
    });
    match (range, default) {
        (Some(range), Some(default)) => {
            Some(format!("{range}; the server's default is {default}."))
        }
        (Some(range), None) => Some(format!("{range}.")),
        (None, Some(default)) => Some(format!("The server's default is {default}.")),
        (None, None) => None,
    }
}

fn parameter_type(value: &Value, schema: &Value) -> ParameterType {
    if flag(value, "x-heffl-json") || flag(schema, "x-heffl-json") {
        return ParameterType::Json;
    }
    if let Some(name) = component(schema) {
        return ParameterType::Component(name.to_owned());
    }
    if let (Some("array"), Some(items)) = (text(schema, "type"), schema.get("items")) {
        let separator = text(value, "x-heffl-codegen-separator").map(str::to_owned);
        return ParameterType::List(Box::new(parameter_type(&Value::Null, items)), separator);
    }
    let id = value.get("x-heffl-id").or_else(|| schema.get("x-heffl-id"));
    if let Some(kind) = id.and_then(|id| Kind::read(id).ok()) {
        return ParameterType::Id(Kind::type_name(&kind.of));
    }
    match (text(schema, "type"), text(schema, "format")) {
        (Some("integer"), _)
            if schema
                .get("minimum")
                .and_then(Value::as_f64)
                .is_some_and(|low| low >= 0.0)
                && is_small(schema) =>
        {
            ParameterType::Unsigned
        }
        (Some("integer"), _) => ParameterType::Integer,
        (Some("number"), _) => ParameterType::Number,
        (Some("boolean"), _) => ParameterType::Boolean,
        (_, Some("date-time")) => ParameterType::DateTime,
        _ => ParameterType::Text,
    }
}

/// Whether the values of a whole number fit into 32 bits, for all that is said of them.
fn is_small(schema: &Value) -> bool {
    let maximum = schema.get("maximum").and_then(Value::as_f64);
    text(schema, "format") != Some("int64")
        && maximum.is_none_or(|high| high <= f64::from(u32::MAX))
}

/// The components that an operation reaches.
fn reached(root: &Value, operation: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for parameter in elements(operation.get("parameters")) {
        reach(root, parameter.get("schema"), &mut names);
        for (_, field) in entries(parameter.get("x-heffl-filters")) {
            reach(root, field.get("schema"), &mut names);
        }
    }
    reach(
        root,
        operation.pointer("/requestBody/content/application~1json/schema"),
        &mut names,
    );
    for (_, response) in entries(operation.get("responses")) {
        reach(
            root,
            response.pointer("/content/application~1json/schema"),
            &mut names,
        );
    }
    names
}

fn reach(root: &Value, schema: Option<&Value>, names: &mut BTreeSet<String>) {
    let Some(schema) = schema else { return };
    if let Some(name) = component(schema)
        && names.insert(name.to_owned())
    {
        reach(
            root,
            root.pointer(&step("/components/schemas", name)),
            names,
        );
    }
    for schema in inner(schema) {
        reach(root, Some(schema), names);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lint::tests::{GADGETS, document},
        normalise::normalise,
    };

    fn gadgets() -> Api {
        let document = document(GADGETS);
        read(&document, &normalise(&document))
    }

    #[test]
    fn operations_are_grouped_by_tag_and_named_by_verb() {
        let api = gadgets();
        let names: Vec<Vec<&str>> = api
            .resources
            .iter()
            .map(|r| r.operations.iter().map(|o| o.name.as_str()).collect())
            .collect();
        assert_eq!(
            names,
            [vec!["list", "create", "get", "update"], vec!["list"]]
        );
        assert_eq!(api.version, "v1");
    }

    #[test]
    fn answers_are_told_apart() {
        let api = gadgets();
        let answers: Vec<&Answer> = api
            .resources
            .iter()
            .flat_map(|r| &r.operations)
            .map(|o| &o.answer)
            .collect();
        assert_eq!(
            *answers[0],
            Answer::Page {
                envelope: "GadgetList".to_owned(),
                item: "Gadget".to_owned()
            }
        );
        assert_eq!(*answers[1], Answer::One("Gadget".to_owned()));
        assert_eq!(*answers[4], Answer::Many("Part".to_owned()));
    }

    #[test]
    fn components_of_several_resources_are_shared() {
        let api = gadgets();
        assert_eq!(api.placement["Gadget"].as_deref(), Some("gadgets"));
        assert_eq!(api.placement["Part"], None);
    }

    #[test]
    fn types_of_events_stand_with_the_operations_of_their_tag() {
        for (tag, place) in [("parts", Some("parts")), ("widgets", None)] {
            let event = crate::lint::tests::EVENT.replace("[parts]", &format!("[{tag}]"));
            let document = document(&format!("{GADGETS}{event}"));
            let api = read(&document, &normalise(&document));
            assert_eq!(api.placement["GadgetEvent"].as_deref(), place);
            assert_eq!(api.resources.len(), 2, "an event is no operation");
        }
    }

    #[test]
    fn parameters_have_types_and_limits() {
        let api = gadgets();
        let query = &api.resources[0].operations[0].query;
        let types: Vec<&ParameterType> = query.iter().map(|p| &p.ty).collect();
        assert_eq!(
            types,
            [
                &ParameterType::Unsigned,
                &ParameterType::Text,
                &ParameterType::Component("GadgetOrderBy".to_owned()),
                &ParameterType::Id("PartId".to_owned()),
                &ParameterType::Json,
                &ParameterType::Boolean,
            ]
        );
        assert_eq!(query[0].docs, "Gadgets a page. From 1 to 100.");
    }
}
