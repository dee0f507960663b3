//! The structure of OpenAPI documents.
//!
//! A property may be called `description` or `items`, so no step can look at keys alone. [`Kind`] is the kind of a
//! value by its place; every walk through a document uses it.

pub(crate) mod order;

use std::{collections::HashSet, fmt::Display};

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use crate::yaml::child;

/// Methods in the order of a document.
pub(crate) const METHODS: [&str; 8] = [
    "get", "post", "put", "patch", "delete", "head", "options", "trace",
];

/// The start of references to schemas.
pub(crate) const SCHEMAS: &str = "#/components/schemas/";

/// The keys of alternatives, and of parts that apply together.
pub(crate) const PARTS: [&str; 3] = ["oneOf", "anyOf", "allOf"];

/// The kind of a value in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Document,
    Components,
    Paths,
    PathItem,
    Operation,
    Parameters,
    Parameter,
    Body,
    Bodies,
    Responses,
    Response,
    Content,
    Media,
    Callbacks,
    Schema,
    /// Schemas by name.
    Schemas,
    /// Properties by name.
    Properties,
    /// The schema of a property.
    Property,
    /// Schemas in a list.
    Parts,
    /// An object that may have a description but no schemas, such as a server.
    Described,
    /// Such objects in a list or by name.
    DescribedMap,
    /// Plain data.
    Data,
}

impl Kind {
    /// The kind of the value under `key` of a value of this kind, or in a list of this kind.
    pub(crate) fn child(self, key: &str) -> Self {
        match (self, key) {
            (Self::Document, "paths" | "webhooks" | "x-webhooks") | (Self::Callbacks, _) => {
                Self::Paths
            }
            (Self::Document, "components") => Self::Components,
            (Self::Document | Self::PathItem | Self::Operation, "servers")
            | (Self::Described, "variables")
            | (Self::Components, "securitySchemes") => Self::DescribedMap,
            (Self::Document, "info") | (Self::DescribedMap, _) => Self::Described,
            (Self::Components, "schemas") => Self::Schemas,
            (Self::Components | Self::Operation, "responses") => Self::Responses,
            (Self::Components | Self::Operation | Self::PathItem, "parameters")
            | (Self::Components | Self::Response | Self::Media, "headers") => Self::Parameters,
            (Self::Components, "requestBodies") => Self::Bodies,
            (Self::Components, "pathItems") => Self::Paths,
            (Self::Components | Self::Operation, "callbacks") => Self::Callbacks,
            (Self::Paths, _) => Self::PathItem,
            (Self::PathItem, method) if METHODS.contains(&method) => Self::Operation,
            (Self::Operation, "requestBody") | (Self::Bodies, _) => Self::Body,
            (Self::Parameters, _) => Self::Parameter,
            (Self::Responses, _) => Self::Response,
            (Self::Body | Self::Response | Self::Parameter, "content") => Self::Content,
            (Self::Content, _) => Self::Media,
            (Self::Parameter | Self::Media, "schema") | (Self::Schemas | Self::Parts, _) => {
                Self::Schema
            }
            (Self::Properties, _) => Self::Property,
            (Self::Schema | Self::Property, key) => Self::in_schema(key),
            _ => Self::Data,
        }
    }

    fn in_schema(key: &str) -> Self {
        match key {
            "properties" => Self::Properties,
            "patternProperties" | "$defs" | "definitions" | "dependentSchemas" => Self::Schemas,
            "items"
            | "additionalProperties"
            | "not"
            | "contains"
            | "propertyNames"
            | "if"
            | "then"
            | "else"
            | "unevaluatedItems"
            | "unevaluatedProperties" => Self::Schema,
            "allOf" | "oneOf" | "anyOf" | "prefixItems" => Self::Parts,
            _ => Self::Data,
        }
    }

    /// Whether its keys are names, not keywords.
    pub(crate) fn is_map(self) -> bool {
        matches!(
            self,
            Self::Paths
                | Self::Parameters
                | Self::Bodies
                | Self::Responses
                | Self::Content
                | Self::Callbacks
                | Self::Schemas
                | Self::Properties
                | Self::DescribedMap
                | Self::Data
        )
    }

    pub(crate) fn is_schema(self) -> bool {
        matches!(self, Self::Schema | Self::Property)
    }
}

/// The place of a value in a document. Its pointer is only built on request.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    around: Option<(&'a Place<'a>, &'a dyn Display)>,
    pub(crate) kind: Kind,
}

impl<'a> Place<'a> {
    pub(crate) fn root(kind: Kind) -> Self {
        Self { around: None, kind }
    }

    /// The place of the value under a key, or at an index.
    pub(crate) fn child(&'a self, key: &'a dyn Display, kind: Kind) -> Self {
        let around = Some((self, key));
        Self { around, kind }
    }

    pub(crate) fn pointer(&self) -> String {
        match self.around {
            Some((around, key)) => child(&around.pointer(), key),
            None => String::new(),
        }
    }

    /// The key of the value.
    pub(crate) fn key(&self) -> String {
        let own = self.around.map(|(_, key)| key.to_string());
        own.unwrap_or_default()
    }

    /// The kinds of the value and of the values around it, the innermost first.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = Kind> {
        let places = std::iter::successors(Some(self), |it| it.around.map(|(around, _)| around));
        places.map(|place| place.kind)
    }
}

/// Calls `visitor` on a value and everything inside of it, the innermost first, except plain data.
pub(crate) fn visit(value: &Value, kind: Kind, visitor: &mut dyn FnMut(&Value, &Place<'_>)) {
    visit_below(value, &Place::root(kind), visitor);
}

fn visit_below(value: &Value, place: &Place<'_>, visitor: &mut dyn FnMut(&Value, &Place<'_>)) {
    if place.kind == Kind::Data {
        return;
    }
    for (key, inner) in entries(Some(value)) {
        visit_below(inner, &place.child(key, place.kind.child(key)), visitor);
    }
    for (index, inner) in elements(Some(value)).enumerate() {
        visit_below(inner, &place.child(&index, place.kind.child("")), visitor);
    }
    visitor(value, place);
}

/// A visitor that may change values.
type VisitMut<'a> = &'a mut dyn FnMut(&mut Value, &Place<'_>);

/// The mutable version of the previous function.
pub(crate) fn visit_mut(value: &mut Value, kind: Kind, visitor: VisitMut<'_>) {
    visit_mut_below(value, &Place::root(kind), visitor);
}

/// The same for the schemas in a value.
pub(crate) fn visit_schemas(value: &mut Value, kind: Kind, visitor: VisitMut<'_>) {
    visit_mut(value, kind, &mut |value, place| {
        if place.kind.is_schema() {
            visitor(value, place);
        }
    });
}

fn visit_mut_below(value: &mut Value, place: &Place<'_>, visitor: VisitMut<'_>) {
    if place.kind == Kind::Data {
        return;
    }
    for (key, inner) in entries_mut(Some(value)) {
        visit_mut_below(inner, &place.child(key, place.kind.child(key)), visitor);
    }
    for (index, inner) in elements_mut(Some(value)).enumerate() {
        visit_mut_below(inner, &place.child(&index, place.kind.child("")), visitor);
    }
    visitor(value, place);
}

/// The entries of an object; anything else has no entries.
pub(crate) fn entries(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

/// The mutable version of the previous function.
pub(crate) fn entries_mut(
    value: Option<&mut Value>,
) -> impl Iterator<Item = (&String, &mut Value)> {
    value.and_then(Value::as_object_mut).into_iter().flatten()
}

/// The elements of a list; anything else has no elements.
pub(crate) fn elements(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

/// The mutable version of the previous function.
pub(crate) fn elements_mut(value: Option<&mut Value>) -> impl Iterator<Item = &mut Value> {
    value.and_then(Value::as_array_mut).into_iter().flatten()
}

/// All operations: path, method, operation.
pub(crate) fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    entries(document.get("paths")).flat_map(|(path, item)| {
        entries(Some(item))
            .filter(|(method, _)| METHODS.contains(&method.as_str()))
            .map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

/// The text under `key`.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

/// The name of the schema that `value` refers to.
pub(crate) fn schema_name(value: &Value) -> Option<&str> {
    text(value, "$ref")?.strip_prefix(SCHEMAS)
}

/// The same for a reference with keywords next to it.
pub(crate) fn component_name(value: &Value) -> Option<&str> {
    let parts = elements(value.get("allOf"));
    [value].into_iter().chain(parts).find_map(schema_name)
}

/// A reference to the schema `name`.
pub(crate) fn reference(name: &str) -> Value {
    json!({"$ref": format!("{SCHEMAS}{name}")})
}

/// The target of a reference within a document, with the pointer to it. In the reference, which is a
/// fragment of a URL, the pointer may be percent-encoded.
pub(crate) fn located<'a>(document: &'a Value, reference: &str) -> Option<(String, &'a Value)> {
    let encoded = reference.strip_prefix('#')?;
    let decoded = percent_decode_str(encoded).decode_utf8().ok()?;
    let mut pointers = [decoded.as_ref(), encoded].into_iter();
    pointers.find_map(|pointer| Some((pointer.to_owned(), document.pointer(pointer)?)))
}

/// The target of a reference within a document.
pub(crate) fn referred<'a>(document: &'a Value, reference: &str) -> Option<&'a Value> {
    Some(located(document, reference)?.1)
}

/// The chain of targets of a reference, each value once.
pub(crate) fn followed<'a>(
    document: &'a Value,
    reference: &str,
) -> impl Iterator<Item = (String, &'a Value)> {
    let next = |(_, value): &(String, &'a Value)| located(document, text(value, "$ref")?);
    let mut seen = HashSet::new();
    std::iter::successors(located(document, reference), next)
        .take_while(move |(_, value)| seen.insert(std::ptr::from_ref(*value)))
}

/// The value, or the target of its reference, at any number of steps. `None` if a target does not exist, or for a
/// circle.
pub(crate) fn target<'a>(document: &'a Value, value: &'a Value) -> Option<&'a Value> {
    let target = match text(value, "$ref") {
        Some(reference) => followed(document, reference).last()?.1,
        None => value,
    };
    text(target, "$ref").is_none().then_some(target)
}

/// The type of a schema, if it has just one.
pub(crate) fn type_of(schema: &Value) -> Option<&str> {
    text(schema, "type")
}

/// Whether a schema requires a property.
pub(crate) fn is_required(schema: &Value, name: &str) -> bool {
    elements(schema.get("required")).any(|known| known == name)
}

/// Sets whether a property is required.
pub(crate) fn set_required(schema: &mut Map<String, Value>, name: &str, required: bool) {
    let mut names = match schema.shift_remove("required") {
        Some(Value::Array(names)) => names,
        _ => Vec::new(),
    };
    names.retain(|known| known != name);
    if required {
        names.push(name.into());
    }
    if !names.is_empty() {
        schema.insert("required".to_owned(), names.into());
    }
}

/// Removes a key of an object.
pub(crate) fn take(value: &mut Value, key: &str) -> Option<Value> {
    value.as_object_mut()?.shift_remove(key)
}

/// Sets or removes a key of an object.
pub(crate) fn set(object: &mut Value, key: &str, value: Option<&Value>) {
    match (value, object.as_object_mut()) {
        (Some(value), Some(map)) => drop(map.insert(key.to_owned(), value.clone())),
        _ => drop(take(object, key)),
    }
}

/// Adds the values that a list does not have.
pub(crate) fn add_new(list: &mut Vec<Value>, more: impl IntoIterator<Item = Value>) {
    for value in more {
        if !list.contains(&value) {
            list.push(value);
        }
    }
}

/// Writes a key that an object does not have.
pub(crate) fn put_default(object: &mut Value, key: &str, value: Value) {
    if let Value::Object(map) = object {
        map.entry(key).or_insert(value);
    }
}

/// A path without the names of its parameters: `/gadgets/{}`.
pub(crate) fn anonymous(path: &str) -> String {
    let names = path_parameters(path).unwrap_or_default();
    let without = |path: String, name: &str| path.replace(&format!("{{{name}}}"), "{}");
    names.into_iter().fold(path.to_owned(), without)
}

/// The names in braces, or `None` if `path` is not a template.
pub(crate) fn path_parameters(path: &str) -> Option<Vec<&str>> {
    if !path.starts_with('/') || path.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return None;
    }
    let mut names = Vec::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        if before.contains('}') || name.is_empty() || name.contains(['{', '/']) {
            return None;
        }
        names.push(name);
        rest = after;
    }
    (!rest.contains('}')).then_some(names)
}

/// The map of an object; an empty one of anything else.
pub(crate) fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// The pointer to the first difference between two values, and both values there.
pub(crate) fn first_difference(
    one: &Value,
    other: &Value,
    pointer: &str,
) -> Option<(String, String, String)> {
    if one == other {
        return None;
    }
    let keys: Vec<String> = match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let more = other.keys().filter(|key| !one.contains_key(*key));
            one.keys().chain(more).map(|key| child("", key)).collect()
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            (0..one.len()).map(|index| child("", index)).collect()
        }
        _ => Vec::new(),
    };
    let show = |value: &Value| match value {
        Value::Null => "nothing".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other => format!("`{other}`"),
    };
    let below = keys.iter().find_map(|key| {
        let [one, other] = [one, other].map(|value| value.pointer(key).unwrap_or(&Value::Null));
        first_difference(one, other, &format!("{pointer}{key}"))
    });
    below.or_else(|| Some((pointer.to_owned(), show(one), show(other))))
}
