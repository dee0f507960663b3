//! Stage 3: document → normal document.
//!
//! OpenAPI has many forms for one fact; the later stages know one form. In a normal document every operation has an
//! `operationId`, one tag and a summary; parameters, bodies and responses are inline; an operation has one success; objects with members and enumerations of text are components, named as in Rust; and a schema is a
//! reference, one of these, a list, a scalar, an object without members, or any JSON. Only what an operation or an event
//! uses is in it. A part that the code does not support is a warning.

pub(crate) mod access;
pub(crate) mod bodies;
pub(crate) mod foreign;
mod operations;
mod parameters;
pub(crate) mod schemas;

use std::collections::{BTreeMap, BTreeSet};

use openapiv3::ReferenceOr;
use serde::Deserialize as _;
use serde_json::{Map, Value, json};
use syn::{Expr, Item};

use crate::{
    json::{
        component, elements, entries, flag, json_schema, nearest, operations, reach, resolve, step,
        text,
    },
    load::Document,
    naming::{self, Names, Scope},
    problem::{self, Problem},
};
use bodies::RESPONSE;
use schemas::Form;

/// A document in its normal form.
#[derive(Clone, Debug)]
pub struct Normal {
    /// The document.
    pub value: Value,
    /// Parts of the document that the code does not support.
    pub warnings: Vec<Problem>,
    /// The types that the type generator made, by their components.
    pub foreign: BTreeMap<String, Foreign>,
    /// The names of types that are taken.
    pub(crate) names: Names,
}

/// A type of the type generator.
#[derive(Clone, Debug)]
pub struct Foreign {
    /// A struct or an enumeration.
    pub item: Item,
    /// An empty value of the type, before anything is read; only for types of fields.
    pub blank: Option<Expr>,
}

/// The uses of a component.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// The component is in the body of a request.
    pub request: bool,
    /// The component is in a response or in an event.
    pub response: bool,
    /// The component is the whole body of an update, in which absent and null differ.
    pub update: bool,
}

/// Names all parts, and resolves shared parts.
pub fn normalise(document: &Document) -> Normal {
    let mut normaliser = Normaliser::new(document);
    let paths = normaliser.paths();
    let events = normaliser.events();
    if paths.is_empty() {
        let message = "there is nothing to call; the components become types";
        normaliser.warn("no-operations", "/paths", message);
        for (name, _) in entries(document.value.pointer("/components/schemas")) {
            normaliser.type_of(&format!("#/components/schemas/{name}"));
        }
    }
    let schemas = normaliser.schemas();
    normaliser.of_the_document();
    let schemes = document.value.pointer("/components/securitySchemes");
    let components = json!({"schemas": schemas, "securitySchemes": schemes});
    let mut value = document.value.clone();
    value["paths"] = paths.into();
    value["x-webhooks"] = events.into();
    value["components"] = components;
    let roles = roles(&value);
    for (name, schema) in entries(value.pointer("/components/schemas")) {
        let is_sent = roles.get(name).is_some_and(|role| role.request);
        if let Some(at) = text(schema, schemas::OPEN)
            && is_sent
            && !flag(schema, "x-heffl-custom-fields")
        {
            let message = format!("`{name}` takes no members but those that are described");
            normaliser.warn("further-members", at, message);
        }
    }
    Normal {
        value,
        warnings: normaliser.warnings,
        foreign: BTreeMap::new(),
        names: normaliser.names,
    }
}

/// The maximum number of schemas in a document. The largest real documents have a third of it.
const MOST_PLACES: usize = 100_000;

struct Normaliser<'a> {
    root: &'a Value,
    file: &'a str,
    /// The names of types.
    names: Names,
    /// The names of components in Rust, by their names in the document.
    rust_names: BTreeMap<&'a str, String>,
    /// Used components that are not normalised yet: schema, name in Rust and location.
    waiting: Vec<(&'a Value, String, String)>,
    /// The normal form of the other used components, by their names in Rust.
    used: BTreeMap<String, Value>,
    /// Schemas that were given a name, by that name, in the order of naming.
    added: Map<String, Value>,
    /// The names that were given to schemas at one location.
    by_place: BTreeMap<String, Vec<String>>,
    /// The forms of types, and of components that something refers to, by their names in Rust. Values that are not types
    /// are written where they are used.
    forms: BTreeMap<String, Form>,
    /// The normal form of a reference to a value that is not a type.
    inlined: BTreeMap<String, Value>,
    /// The flat schema behind a reference.
    flats: BTreeMap<String, Map<String, Value>>,
    /// The nesting depth of the current schema, and the number of further schemas that are allowed.
    depth: usize,
    places: usize,
    /// References that are being followed.
    following: Vec<String>,
    operation_names: Names,
    warnings: Vec<Problem>,
    warned: BTreeSet<(&'static str, String)>,
}

impl<'a> Normaliser<'a> {
    fn new(document: &'a Document) -> Self {
        let root = &document.value;
        let mut names = Names::new(Scope::Type);
        // The handle of the version has this name, next to the types.
        names.reserve(&naming::pascal(&document.module));
        let schemas = || entries(root.pointer("/components/schemas"));
        // A component whose name is already a Rust name keeps it, even if others precede it in the document.
        let is_rust = |name: &str| naming::pascal(name) == name;
        let ordered = schemas().filter(|(name, _)| is_rust(name));
        let ordered = ordered.chain(schemas().filter(|(name, _)| !is_rust(name)));
        let rust_names = ordered.map(|(name, _)| (name.as_str(), names.take(name)));
        let rust_names = rust_names.collect();
        Self {
            root,
            file: &document.file,
            names,
            rust_names,
            waiting: Vec::new(),
            used: BTreeMap::new(),
            added: Map::new(),
            by_place: BTreeMap::new(),
            forms: BTreeMap::new(),
            inlined: BTreeMap::new(),
            flats: BTreeMap::new(),
            depth: 0,
            places: MOST_PLACES,
            following: Vec::new(),
            operation_names: Names::new(Scope::Operation),
            warnings: Vec::new(),
            warned: BTreeSet::new(),
        }
    }

    /// Warns about a part that the code does not support, once for each location. Merged parts have the location of
    /// the whole.
    fn warn(&mut self, rule: &'static str, at: &str, message: impl Into<String>) {
        let at = nearest(self.root, at);
        if self.warned.insert((rule, at.to_owned())) {
            self.warnings
                .push(problem::of(rule, self.file, message).pointer(at));
        }
    }

    /// The final target of a reference, and its location.
    fn target(&mut self, value: &'a Value, at: &str) -> Option<(&'a Value, String)> {
        let (mut value, mut at) = (value, at.to_owned());
        for _ in 0..16 {
            let Some(reference) = text(value, "$ref") else {
                return Some((value, at));
            };
            value = self.resolve(reference, &at)?;
            reference.trim_start_matches('#').clone_into(&mut at);
        }
        self.unresolved(&at, "a reference leads to itself");
        None
    }

    fn resolve(&mut self, reference: &str, at: &str) -> Option<&'a Value> {
        let found = resolve(self.root, reference);
        if found.is_none() {
            self.unresolved(at, &format!("`{reference}` leads nowhere"));
        }
        found
    }

    fn unresolved(&mut self, at: &str, message: &str) {
        let message =
            format!("{message}; what stands there is not known, and other files are not read");
        let is_part = self.root.pointer(&step(at, "$ref")).is_none();
        let part = if is_part { "allOf/0/" } else { "" };
        self.warn("reference-unresolved", &format!("{at}/{part}$ref"), message);
    }

    /// The events, under `x-webhooks`: operations that nobody calls. The receiver of an event reads its body, which is an
    /// object with members.
    fn events(&mut self) -> Vec<Value> {
        let mut kept = Vec::new();
        for (name, item) in entries(self.root.get("x-webhooks")) {
            for (method, event) in entries(Some(item)) {
                let at = step(&step(&step("/x-webhooks", name), method), "requestBody");
                let schema = event.get("requestBody").and_then(json_schema);
                let schema = schema.map(|schema| self.place(schema, "EventBody", &at));
                if let Some(schema) = schema.filter(|schema| component(schema).is_some()) {
                    kept.push(json!({"tags": event.get("tags"), RESPONSE: {"schema": schema}}));
                } else {
                    let message =
                        "what the event carries is no object with members, and gets no type";
                    self.warn("event-unnamed", &at, message);
                }
            }
        }
        kept
    }

    /// Components in use in the order of the document, then those from inline schemas.
    fn schemas(&mut self) -> Map<String, Value> {
        while let Some((schema, rust, at)) = self.waiting.pop() {
            let normal = self.component(schema, &rust, &at);
            self.used.insert(rust, normal);
        }
        let names = entries(self.root.pointer("/components/schemas")).map(|(name, _)| name);
        let names = names.filter_map(|name| self.rust_names.get(name.as_str()));
        let used = names.filter_map(|rust| self.used.remove_entry(rust));
        used.chain(std::mem::take(&mut self.added)).collect()
    }

    /// The parts other than paths and schemas.
    fn of_the_document(&mut self) {
        let is_3_0 = text(self.root, "openapi").is_some_and(|version| version.starts_with("3.0"));
        if is_3_0 {
            self.data_model();
        }
        if self.root.get("webhooks").is_some() {
            let message = "webhooks become no types";
            self.warn("webhooks-left-out", "/webhooks", message);
        }
    }

    /// Parts that do not fit a typed model of OpenAPI 3.0 are read as far as possible. The model does not report
    /// the location of an error, so this function passes it one path or component at a time.
    fn data_model(&mut self) {
        let root = self.root;
        let paths = entries(root.get("paths")).filter(|(path, _)| !path.starts_with("x-"));
        let paths = paths.map(|(path, item)| {
            let item = ReferenceOr::<openapiv3::PathItem>::deserialize(item);
            (step("/paths", path), item.err())
        });
        let schemas = entries(root.pointer("/components/schemas")).map(|(name, schema)| {
            let schema = ReferenceOr::<openapiv3::Schema>::deserialize(schema);
            (step("/components/schemas", name), schema.err())
        });
        for (at, error) in paths.chain(schemas) {
            if let Some(error) = error {
                let message = format!(
                    "this does not fit OpenAPI 3.0 ({error}), and is read as far as it does"
                );
                self.warn("document-not-openapi", &at, message);
            }
        }
    }
}

/// The name of a part of the document that several places use.
fn shared_name(at: &str) -> Option<String> {
    let (_, key) = at.strip_prefix("/components/")?.split_once('/')?;
    Some(naming::pascal(&naming::ascii(key)))
}

/// The schemas in what a normal operation sends: of its parameters, of the fields to filter by, and of its body.
fn sent(operation: &Value) -> impl Iterator<Item = &Value> {
    let parameters = elements(operation.get("parameters")).flat_map(|parameter| {
        let fields = entries(parameter.get("x-heffl-filters")).map(|(_, field)| field);
        fields.chain([parameter])
    });
    let body = operation.get("requestBody").and_then(json_schema);
    parameters.filter_map(|it| it.get("schema")).chain(body)
}

/// The schema of what a normal operation or an event receives. Errors are not included: the runtime reads them.
fn received(operation: &Value) -> Option<&Value> {
    operation.get(RESPONSE)?.get("schema")
}

/// The components that a normal operation or an event reaches.
pub(crate) fn reached(root: &Value, operation: &Value) -> BTreeSet<String> {
    all_reached(root, sent(operation).chain(received(operation)))
}

fn all_reached<'a>(root: &Value, schemas: impl Iterator<Item = &'a Value>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    schemas.for_each(|schema| reach(root, schema, &mut names));
    names
}

/// What each component is used for.
pub(crate) fn roles(root: &Value) -> BTreeMap<String, Role> {
    let mut roles: BTreeMap<String, Role> = BTreeMap::new();
    for (_, method, operation) in operations(root) {
        for name in all_reached(root, sent(operation)) {
            roles.entry(name).or_default().request = true;
        }
        let body = operation.get("requestBody");
        // Null exists only in JSON.
        let body = body.filter(|body| body.get(bodies::MEDIA).is_none());
        if let Some(name) = body.and_then(json_schema).and_then(component)
            && matches!(method.as_str(), "patch" | "put")
        {
            roles.entry(name.to_owned()).or_default().update = true;
        }
    }
    let operations = operations(root).map(|(.., operation)| operation);
    let events = elements(root.get("x-webhooks"));
    let schemas = operations.chain(events).filter_map(received);
    for name in all_reached(root, schemas) {
        roles.entry(name).or_default().response = true;
    }
    roles
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::tests::{GADGETS, document};

    fn normal(text: &str) -> Normal {
        normalise(&document(text))
    }

    #[test]
    fn an_inline_object_gets_the_name_of_its_place() {
        let normal = normal(GADGETS);
        let place = &normal.value["components"]["schemas"]["Gadget"]["properties"]["size"];
        assert_eq!(component(place), Some("GadgetSize"));
        assert_eq!(place["description"], "Its size.");
        assert!(
            normal.value["components"]["schemas"]["GadgetSize"]["properties"]["height"].is_object()
        );
    }

    #[test]
    fn a_name_that_is_taken_is_numbered_and_not_merged() {
        let text = GADGETS.replacen(
            "    Part:\n",
            "    GadgetSize: {type: object, properties: {iban: {type: string}}}\n    Part:\n",
            1,
        );
        let normal = normal(&text);
        let place = &normal.value["components"]["schemas"]["Gadget"]["properties"]["size"];
        assert_eq!(component(place), Some("GadgetSize2"));
        let warning = &normal.warnings[0];
        assert_eq!(warning.rule, "name-taken");
        assert_eq!(
            warning.pointer.as_deref(),
            Some("/components/schemas/Gadget/properties/size")
        );
    }

    #[test]
    fn roles_follow_references() {
        let roles = roles(&normal(GADGETS).value);
        assert_eq!(
            roles["Part"],
            Role {
                request: true,
                response: true,
                update: false
            }
        );
        assert_eq!(
            roles["UpdateGadget"],
            Role {
                request: true,
                response: false,
                update: true
            }
        );
        assert_eq!(
            roles["PageMeta"],
            Role {
                request: false,
                response: true,
                update: false
            }
        );
    }

    #[test]
    fn what_an_event_carries_is_read_like_a_response() {
        let text = format!("{GADGETS}{}", crate::lint::tests::EVENT);
        let roles = roles(&normal(&text).value);
        assert!(roles["GadgetEvent"].response);
        assert!(!roles["GadgetEvent"].request);
    }
}
