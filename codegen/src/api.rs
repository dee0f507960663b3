//! The operations of a normal document, in a form in which the emitter needs no further look-ups.

mod filters;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;
use syn::Type;

use crate::{
    docs,
    json::{
        component, elements, entries, flag, json_schema, operations, percent_decoded, schema_of,
        text, texts,
    },
    load::Document,
    models::{limits, rust_type},
    naming::{self, Names, Scope},
    normalise::{
        Normal, access,
        bodies::{FILES, FORM, MEDIA, PARTS, RESPONSE, is_json},
        reached,
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

impl Api {
    /// The operations of all resources.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.resources
            .iter()
            .flat_map(|resource| &resource.operations)
    }
}

/// A tag and its operations.
#[derive(Clone, Debug)]
pub struct Resource {
    /// The Rust module, also the method that gives the handle.
    pub module: String,
    /// The handle's type.
    pub handle: String,
    /// The description of the tag.
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
    /// The evidence for the operation.
    pub evidence: String,
    /// The vendor's page.
    pub source: String,
    /// The vendor has deprecated the operation.
    pub deprecated: bool,
    /// Parameters of the path, in its order.
    pub path_parameters: Vec<Parameter>,
    /// Parameters of the query, and headers.
    pub query: Vec<Parameter>,
    /// The parameters in the query of every request.
    pub constant_query: Vec<(String, String)>,
    /// The filters of its list.
    pub filters: Option<Filters>,
    /// The body.
    pub body: Option<Body>,
    /// The parts of the body that are files.
    pub files: Vec<File>,
    /// The body is required.
    pub body_required: bool,
    /// The media type of a body that is made from JSON, if it is not JSON itself.
    pub body_media: Option<String>,
    /// The type of its builder, if it has one.
    pub builder: String,
    /// The response.
    pub response: Response,
    /// The server of the operation, if it is not the server of the document.
    pub server: Option<String>,
    /// The segments between the base URL and its path, if they are not the version.
    pub prefix: Option<String>,
    /// The key of the operation, if it is not the key of the document.
    pub key: Option<Key>,
}

/// The names of the parameter for the size of a page.
const PAGE_SIZE: [&str; 2] = ["pageSize", "limit"];

impl Operation {
    /// Whether it has optional parameters, and so a builder.
    #[must_use]
    pub fn has_builder(&self) -> bool {
        self.query.iter().any(|parameter| !parameter.required)
    }

    /// For a list with pages: the parameter for the page size, and the largest documented size.
    #[must_use]
    pub fn largest_page(&self) -> Option<(&Parameter, u32)> {
        if !matches!(self.response, Response::Page { .. }) {
            return None;
        }
        let mut query = self.query.iter();
        query.find_map(|parameter| {
            let is_size =
                parameter.place == "query" && PAGE_SIZE.contains(&parameter.wire.as_str());
            Some((parameter, parameter.maximum.filter(|_| is_size)?))
        })
    }
}

/// The body of a request.
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
#[derive(Clone, Debug, Deserialize)]
pub struct File {
    /// Name on the wire.
    pub wire: String,
    /// Name in Rust.
    #[serde(skip)]
    pub name: String,
    /// Its media type.
    pub media: String,
    /// The file is required.
    pub required: bool,
    /// The part may have any number of files.
    pub is_list: bool,
}

/// The response of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// No content.
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
        /// Its content.
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
    /// The type of its value; for JSON text, the type of the JSON.
    pub ty: Type,
    /// For a list, the separator of its items; `None` if the parameter is repeated for each item. For an object, a variant of
    /// the runtime's `Members`.
    pub form: Option<String>,
    /// The parameter is required.
    pub required: bool,
    /// Description, limits, evidence.
    pub docs: String,
    /// The limits of its values: `MinLength(1)`, a variant of the runtime's `Limit` each.
    pub limits: Vec<String>,
    /// The largest value of a number.
    pub maximum: Option<u32>,
    /// `header`, `cookie`, or another place.
    pub place: String,
}

/// Reads the operations.
pub fn read(document: &Document, normal: &Normal) -> Api {
    let root = &normal.value;
    let server = service::server(root).unwrap_or_default().to_owned();
    let mut types = Names::new(Scope::Type);
    types.reserve(&naming::pascal(&document.module));
    let components = || entries(root.pointer("/components/schemas")).map(|(name, _)| name);
    components().for_each(|name| types.reserve(name));
    let filter_kinds = filters::kinds(root, &mut types);
    let mut module_names = Names::new(Scope::Module);
    let mut modules: BTreeMap<String, String> = BTreeMap::new();
    let mut resources: Vec<Resource> = Vec::new();
    // Files that need each component.
    let mut users: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut conditions = BTreeMap::new();
    for (path, method, value) in operations(root) {
        let tag = texts(value.get("tags")).next().unwrap_or_default();
        let module = modules.entry(tag_key(tag));
        let module = module.or_insert_with(|| module_names.take(tag)).clone();
        let mut operation = operation(root, path, method, value);
        if let Response::Page { item, .. } = &operation.response {
            operation.filters = filters::read(value, item, &filter_kinds, &mut conditions);
        }
        for name in reached(root, value) {
            users.entry(name).or_default().insert(module.clone());
        }
        match resources.iter_mut().find(|known| known.module == module) {
            Some(resource) => resource.operations.push(operation),
            None => resources.push(Resource {
                handle: String::new(),
                docs: tag_docs(root, tag),
                module,
                operations: vec![operation],
            }),
        }
    }
    for resource in &mut resources {
        let name = naming::pascal(&resource.module);
        let is_taken = RUNTIME_TYPES.contains(&name.as_str()) || !types.is_free(&name);
        resource.handle = types.take(&if is_taken { name + "Handle" } else { name });
    }
    for event in elements(root.get("x-webhooks")) {
        // Types of events are in the file of the operations with the same tag.
        let tag = texts(event.get("tags")).next();
        let module = tag.and_then(|tag| modules.get(&tag_key(tag)));
        for name in reached(root, event) {
            let module = module.cloned().unwrap_or_default();
            users.entry(name).or_default().insert(module);
        }
    }
    if resources.is_empty() {
        // Without operations, every component gets a type.
        users.extend(components().map(|name| (name.clone(), BTreeSet::new())));
    }
    for resource in &mut resources {
        shorten(resource);
        for operation in &mut resource.operations {
            if operation.has_builder() {
                let is_free = types.is_free(&operation.id);
                let suffix = if is_free { "" } else { "Builder" };
                let name = format!("{}{suffix}", naming::pascal(&operation.id));
                operation.builder = types.take(&name);
            }
            if let Some(filters) = &mut operation.filters {
                filters.type_name = types.take(&filters.type_name);
            }
        }
    }
    let placement = users.into_iter().map(|(name, users)| {
        let is_shared = users.len() != 1 || users.contains("");
        (name, users.into_iter().next().filter(|_| !is_shared))
    });
    let docs = root.get("info").and_then(|info| text(info, "description"));
    Api {
        module: document.module.clone(),
        version: service::version(&server),
        server,
        docs: docs.map(docs::sanitise).unwrap_or_default(),
        resources,
        filter_kinds,
        placement: placement.collect(),
    }
}

/// Tags that differ in case and signs alone are one resource.
fn tag_key(tag: &str) -> String {
    naming::snake(&naming::ascii(tag))
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
    let described = elements(root.get("tags")).find(|value| text(value, "name") == Some(tag));
    let description = described.and_then(|value| text(value, "description"));
    let description = description.map(docs::sanitise);
    let description = description.filter(|text| !text.is_empty());
    description.unwrap_or_else(|| format!("Operations on {}.", docs::sanitise(tag)))
}

/// On the handle `deals()`, `listDeals` is just `list`, as long as that is the only one.
fn shorten(resource: &mut Resource) {
    let short = |operation: &Operation| {
        let (verb, noun) = operation.name.split_once('_')?;
        // `documents` of `document_templates` is another noun; `deal` and `deals` are the resource.
        let is_resource = naming::singular(noun) == naming::singular(&resource.module);
        (is_resource && !naming::is_keyword(verb)).then(|| verb.to_owned())
    };
    let short: Vec<Option<String>> = resource.operations.iter().map(short).collect();
    let full = resource.operations.iter().map(|operation| &operation.name);
    let all: Vec<String> = short.iter().flatten().chain(full).cloned().collect();
    let is_only = |name: &String| all.iter().filter(|other| *other == name).count() == 1;
    let mut names = Names::new(Scope::Method);
    for (operation, short) in resource.operations.iter_mut().zip(short) {
        let short = short.filter(is_only);
        operation.name = names.take(short.as_ref().unwrap_or(&operation.name));
    }
}

fn operation(root: &Value, path: &str, method: &str, value: &Value) -> Operation {
    let id = text(value, "operationId").unwrap_or_default().to_owned();
    let method = method.to_uppercase();
    let source = value.get("x-heffl-source");
    let source = source.and_then(|source| text(source, "page"));
    let source = source.unwrap_or_default().to_owned();
    let (mut of_path, others): (Vec<&Value>, Vec<&Value>) =
        elements(value.get("parameters")).partition(|it| text(it, "in") == Some("path"));
    // In the order of the path, which determines their names.
    of_path.sort_by_key(|parameter| {
        let name = format!("{{{}}}", text(parameter, "name").unwrap_or_default());
        path.find(&name).unwrap_or(usize::MAX)
    });
    let mut names = Names::new(Scope::Parameter);
    let mut read = |parameters: Vec<&Value>| -> Vec<Parameter> {
        let parameters = parameters.into_iter();
        parameters.map(|it| parameter(it, &mut names)).collect()
    };
    let (path_parameters, query) = (read(of_path), read(others));
    let body = value.get("requestBody");
    let media = body.and_then(|body| text(body, MEDIA));
    let files = body.and_then(|body| Vec::deserialize(body.get(FILES)?).ok());
    let mut files: Vec<File> = files.unwrap_or_default();
    for file in &mut files {
        file.name = names.take(&file.wire);
    }
    let (path, constant_query) = path.split_once('?').unwrap_or((path, ""));
    let pairs = constant_query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    Operation {
        name: naming::snake(&id),
        docs: operation_docs(value, &method, path, &source, &files),
        evidence: text(value, "x-heffl-evidence")
            .unwrap_or_default()
            .to_owned(),
        deprecated: flag(value, "deprecated"),
        body: body
            .filter(|body| body.get("content").is_some())
            .map(|body| self::body(root, body)),
        files,
        body_required: body.is_some_and(|body| flag(body, "required")),
        body_media: media.filter(|media| is_written(media)).map(str::to_owned),
        builder: String::new(),
        response: response(root, value),
        filters: None,
        server: text(value, access::SERVER).map(str::to_owned),
        prefix: text(value, access::PREFIX).map(str::to_owned),
        key: Some(service::key(root, value).0).filter(|key| *key != service::usual_key(root)),
        path: path.to_owned(),
        constant_query: pairs
            .map(|(name, value)| (percent_decoded(name).into(), percent_decoded(value).into()))
            .collect(),
        id,
        method,
        source,
        path_parameters,
        query,
    }
}

/// Whether a body of this media type is made from JSON.
fn is_written(media: &str) -> bool {
    [FORM, PARTS].contains(&media) || is_json(media)
}

fn body(root: &Value, body: &Value) -> Body {
    if let Some(media) = text(body, MEDIA).filter(|media| !is_written(media)) {
        return Body::Bytes(media.to_owned());
    }
    let schema = json_schema(body).unwrap_or(&Value::Null);
    let is_model = |name: &&str| {
        let schema = schema_of(root, name);
        schema.is_some_and(|schema| schema.get("properties").is_some())
    };
    match component(schema).filter(is_model) {
        Some(name) => Body::Model(name.to_owned()),
        None => Body::Value(Box::new(rust_type(schema))),
    }
}

fn operation_docs(value: &Value, method: &str, path: &str, source: &str, files: &[File]) -> String {
    let mut summary = docs::sanitise(text(value, "summary").unwrap_or_default());
    if !summary.ends_with('.') {
        summary.push('.');
    }
    let description = text(value, "description").map(docs::sanitise);
    let page = (!source.is_empty()).then(|| format!("[Documentation]({source})"));
    let known = match (docs::evidence(value), page) {
        (Some(evidence), Some(page)) => Some(format!("{page}. {evidence}")),
        (evidence, page) => evidence.or(page),
    };
    let request = format!("`{method} {path}`");
    let of_files =
        "A file is its name and its content: bytes, or a stream that is sent at most once.";
    let of_files = (!files.is_empty()).then(|| of_files.to_owned());
    docs::paragraphs([Some(summary), description, of_files, Some(request), known])
}

fn response(root: &Value, operation: &Value) -> Response {
    let response = operation.get(RESPONSE).unwrap_or(&Value::Null);
    if let Some(media) = text(response, MEDIA) {
        return Response::Bytes(media.to_owned());
    }
    let Some(schema) = response.get("schema") else {
        return Response::Nothing;
    };
    let there = Some(schema).filter(|schema| !flag(schema, "nullable"));
    let items = there.and_then(|schema| schema.get("items"));
    let item = items.filter(|items| !flag(items, "nullable"));
    if let Some(item) = item.and_then(component) {
        return Response::Many(item.to_owned());
    }
    let Some(name) = there.and_then(component) else {
        let ty = rust_type(schema);
        let ty = there.map_or_else(|| syn::parse_quote!(Option<#ty>), |_| ty.clone());
        return Response::Value(Box::new(ty));
    };
    let item = schema_of(root, name).and_then(|envelope| {
        let items = text(envelope.get("x-heffl-page")?, "items")?;
        let items = envelope.get("properties")?.get(items.strip_prefix('/')?)?;
        component(items.get("items")?)
    });
    let name = name.to_owned();
    match item.map(str::to_owned) {
        Some(item) => Response::Page {
            envelope: name,
            item,
        },
        None => Response::One(name),
    }
}

fn parameter(value: &Value, names: &mut Names) -> Parameter {
    let wire = text(value, "name").unwrap_or_default();
    let schema = value.get("schema").unwrap_or(&Value::Null);
    let items = schema.get("items").unwrap_or(&Value::Null);
    let description = docs::description(value, || format!("`{wire}`."));
    let docs = docs::with_note(description, limits_and_default(schema));
    let patterns = [schema, items]
        .into_iter()
        .filter_map(|it| text(it, "pattern"));
    let patterns = patterns.map(|it| docs::sanitise(&format!("Must match `{it}`.")));
    let docs = patterns.fold(docs, |docs, pattern| docs::with_note(docs, Some(pattern)));
    let docs = docs::with_note(docs, docs::evidence(value));
    let maximum = schema.get("maximum").and_then(Value::as_u64);
    Parameter {
        name: names.take(wire),
        place: text(value, "in").unwrap_or_default().to_owned(),
        ty: parameter_type(value, schema),
        form: text(value, "x-heffl-codegen-form").map(str::to_owned),
        required: flag(value, "required"),
        docs,
        limits: [schema, items].into_iter().flat_map(limits).collect(),
        maximum: maximum.and_then(|maximum| u32::try_from(maximum).ok()),
        wire: wire.to_owned(),
    }
}

/// `From 1 to 100; the server's default is 30.`
fn limits_and_default(schema: &Value) -> Option<String> {
    let bounds = [
        ("minimum", "maximum", ""),
        ("minLength", "maxLength", " characters"),
        ("minItems", "maxItems", " items"),
    ];
    let range = bounds.into_iter().find_map(|(low, high, unit)| {
        Some(match (schema.get(low), schema.get(high)) {
            (Some(low), Some(high)) => format!("From {low} to {high}{unit}"),
            (Some(low), None) => format!("At least {low}{unit}"),
            (None, high) => format!("At most {}{unit}", high?),
        })
    });
    let default = schema.get("default").map(|value| match value {
        Value::String(word) => format!("`{word}`"),
        other => other.to_string(),
    });
    Some(match (range, default) {
        (Some(range), Some(default)) => format!("{range}; the server's default is {default}."),
        (Some(range), None) => format!("{range}."),
        (None, default) => format!("The server's default is {}.", default?),
    })
}

/// The type of a parameter, or of a field to filter by.
fn parameter_type(value: &Value, schema: &Value) -> Type {
    if flag(value, "x-heffl-json") || flag(schema, "x-heffl-json") {
        return syn::parse_quote!(serde_json::Value);
    }
    if let (Some("array"), Some(items)) = (text(schema, "type"), schema.get("items")) {
        let item = parameter_type(&Value::Null, items);
        return syn::parse_quote!(Vec<#item>);
    }
    let is_named = |it: &&Value| component(it).is_some() || it.get("x-heffl-id").is_some();
    if let Some(named) = [schema, value].into_iter().find(is_named) {
        return rust_type(named);
    }
    match (text(schema, "type"), text(schema, "format")) {
        (Some("integer"), _) if is_small(schema) => syn::parse_quote!(u32),
        (Some("integer"), _) => syn::parse_quote!(i64),
        (Some("number"), _) => syn::parse_quote!(f64),
        (Some("boolean"), _) => syn::parse_quote!(bool),
        (Some("object"), _) => rust_type(schema),
        (_, Some("date-time")) => syn::parse_quote!(crate::DateTime),
        _ => syn::parse_quote!(String),
    }
}

/// Whether the values of a whole number fit into 32 bits without a sign, by its limits.
fn is_small(schema: &Value) -> bool {
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    text(schema, "format") != Some("int64")
        && bound("minimum").is_some_and(|low| low >= 0.0)
        && bound("maximum").is_none_or(|high| high <= f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lint::tests::{GADGETS, document},
        models::type_text,
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
    fn responses_are_distinguished() {
        let api = gadgets();
        let responses: Vec<&Response> = api
            .resources
            .iter()
            .flat_map(|r| &r.operations)
            .map(|o| &o.response)
            .collect();
        assert_eq!(
            *responses[0],
            Response::Page {
                envelope: "GadgetList".to_owned(),
                item: "Gadget".to_owned()
            }
        );
        assert_eq!(*responses[1], Response::One("Gadget".to_owned()));
        assert_eq!(*responses[4], Response::Many("Part".to_owned()));
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
        let types: Vec<String> = query.iter().map(|p| type_text(&p.ty)).collect();
        assert_eq!(
            types,
            [
                "u32",
                "String",
                "GadgetOrderBy",
                "crate::ids::PartId",
                "serde_json::Value",
                "bool",
            ]
        );
        assert_eq!(query[0].docs, "Gadgets a page. From 1 to 100.");
    }
}
