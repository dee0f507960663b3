//! Counting what a document says, by evidence.

use serde_json::Value;

use super::{Tally, Version, evidence};
use crate::{
    fragment::Evidence,
    openapi::{METHODS, entries},
};

/// One operation, measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Method and path, for example `GET /deals/{id}`.
    pub name: String,
    /// How well it is known that the operation exists.
    pub evidence: Option<Evidence>,
    /// The page it is documented on, or would be.
    pub page: String,
    /// How that page was read: a form of pages, or `facts`.
    pub form: String,
    /// Its parameters.
    pub parameters: Tally,
    /// The fields of its request body, nested ones included.
    pub request: Tally,
    /// The fields of its successful answers, nested ones included.
    pub answer: Tally,
    /// Its parameters that are less than documented.
    pub weak: Vec<Weak>,
}

/// A name that is less than documented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weak {
    /// Name on the wire.
    pub name: String,
    /// How well it is known.
    pub evidence: Evidence,
}

/// Measures all operations of a version, in the order of its document.
pub fn measure(version: &Version<'_>) -> Vec<Operation> {
    let document = version.document;
    let mut operations = Vec::new();
    for (path, item) in entries(document.get("paths")) {
        for (method, operation) in entries(Some(item)) {
            if METHODS.contains(&method.as_str()) {
                let name = format!("{} {path}", method.to_ascii_uppercase());
                operations.push(one(document, name, item, operation));
            }
        }
    }
    operations
}

fn one(document: &Value, name: String, item: &Value, operation: &Value) -> Operation {
    let source = |key| {
        let text = operation.get("x-heffl-source").and_then(|it| it.get(key));
        text.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let mut measured = Operation {
        name,
        evidence: evidence(operation.get("x-heffl-evidence")),
        page: source("page"),
        form: source("form"),
        parameters: Tally::default(),
        request: Tally::default(),
        answer: Tally::default(),
        weak: Vec::new(),
    };
    let parameters = [item, operation].map(|owner| owner.get("parameters"));
    for parameter in parameters.into_iter().flatten().flat_map(elements) {
        let parameter = resolve(document, parameter);
        if let Some(evidence) = evidence(parameter.get("x-heffl-evidence")) {
            measured.parameters.add(evidence);
            let name = parameter.get("name").and_then(Value::as_str);
            measured
                .weak
                .extend(weak(name.unwrap_or_default(), evidence));
        }
    }
    if let Some(body) = operation.get("requestBody") {
        content(document, resolve(document, body), &mut measured.request);
    }
    for (status, answer) in entries(operation.get("responses")) {
        if status.starts_with('2') {
            content(document, resolve(document, answer), &mut measured.answer);
        }
    }
    measured
}

/// The fields of a component that are less than documented.
pub(super) fn weak_fields(schema: &Value) -> Vec<Weak> {
    entries(schema.get("properties"))
        .filter_map(|(name, property)| weak(name, evidence(property.get("x-heffl-evidence"))?))
        .collect()
}

fn weak(name: &str, evidence: Evidence) -> Option<Weak> {
    (evidence < Evidence::Documented).then(|| Weak {
        name: name.to_owned(),
        evidence,
    })
}

fn content(document: &Value, owner: &Value, tally: &mut Tally) {
    for (_, media) in entries(owner.get("content")) {
        if let Some(schema) = media.get("schema") {
            fields(document, schema, &mut Vec::new(), tally);
        }
    }
}

/// Counts the properties of `schema` and of all that it holds. `inside` names the components that
/// are being counted: one that holds itself is counted once.
fn fields<'a>(
    document: &'a Value,
    schema: &'a Value,
    inside: &mut Vec<&'a str>,
    tally: &mut Tally,
) {
    if let Some(reference) = reference(schema) {
        if !inside.contains(&reference) {
            inside.push(reference);
            fields(document, resolve(document, schema), inside, tally);
            inside.pop();
        }
        return;
    }
    for (_, property) in entries(schema.get("properties")) {
        if let Some(evidence) = evidence(property.get("x-heffl-evidence")) {
            tally.add(evidence);
        }
        fields(document, property, inside, tally);
    }
    for key in ["items", "additionalProperties"] {
        if let Some(held) = schema.get(key) {
            fields(document, held, inside, tally);
        }
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        for held in schema.get(key).into_iter().flat_map(elements) {
            fields(document, held, inside, tally);
        }
    }
}

fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn reference(value: &Value) -> Option<&str> {
    value.get("$ref")?.as_str()?.strip_prefix('#')
}

/// What a value refers to, or the value itself. References of references are not used in documents.
fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    reference(value)
        .and_then(|pointer| document.pointer(pointer))
        .unwrap_or(value)
}
