//! Counts the facts of a document by evidence.

use serde_json::Value;

use super::{Tally, evidence};
use crate::{
    fragment::Evidence,
    openapi::{self, elements, entries, target},
};

/// The counts of an operation.
#[derive(Debug, Default)]
pub(super) struct Operation {
    /// Method and path, for example `GET /deals/{id}`.
    pub(super) name: String,
    /// The evidence that the operation exists.
    pub(super) evidence: Option<Evidence>,
    /// The page that documents it, or would document it.
    pub(super) page: String,
    /// The form of that page, or `facts`.
    pub(super) form: String,
    /// Its parameters.
    pub(super) parameters: Tally,
    /// The fields of its request body, nested ones included.
    pub(super) request: Tally,
    /// The fields of its successful responses, nested ones included.
    pub(super) response: Tally,
    /// Its parameters with weaker evidence than documented.
    pub(super) weak: Vec<Weak>,
}

/// A parameter or field with weaker evidence than documented, and the evidence.
pub(super) type Weak = (String, Evidence);

/// Measures all operations of a version, in the order of its document.
pub(super) fn measure(document: &Value) -> Vec<Operation> {
    let operations = openapi::operations(document);
    operations
        .map(|(path, method, operation)| one(document, path, method, operation))
        .collect()
}

fn one(document: &Value, path: &str, method: &str, operation: &Value) -> Operation {
    let source = |key| {
        let source = operation.get("x-heffl-source");
        source
            .and_then(|it| openapi::text(it, key))
            .unwrap_or_default()
            .to_owned()
    };
    let mut measured = Operation {
        name: format!("{} {path}", method.to_ascii_uppercase()),
        evidence: evidence(operation.get("x-heffl-evidence")),
        page: source("page"),
        form: source("form"),
        ..Operation::default()
    };
    let item = document.get("paths").and_then(|paths| paths.get(path));
    let of_item = elements(item.and_then(|item| item.get("parameters")));
    let parameters = of_item.chain(elements(operation.get("parameters")));
    for parameter in parameters.filter_map(|parameter| target(document, parameter)) {
        if let Some(evidence) = evidence(parameter.get("x-heffl-evidence")) {
            *measured.parameters.entry(evidence).or_default() += 1;
            let name = openapi::text(parameter, "name").unwrap_or_default();
            measured.weak.extend(weak(name, evidence));
        }
    }
    if let Some(body) = operation.get("requestBody") {
        content(document, body, &mut measured.request);
    }
    for (status, response) in entries(operation.get("responses")) {
        if status.starts_with('2') {
            content(document, response, &mut measured.response);
        }
    }
    measured
}

/// The fields of a component with weaker evidence than documented.
pub(super) fn weak_fields(schema: &Value) -> Vec<Weak> {
    entries(schema.get("properties"))
        .filter_map(|(name, property)| weak(name, evidence(property.get("x-heffl-evidence"))?))
        .collect()
}

fn weak(name: &str, evidence: Evidence) -> Option<Weak> {
    (evidence < Evidence::Documented).then(|| (name.to_owned(), evidence))
}

fn content(document: &Value, owner: &Value, tally: &mut Tally) {
    let media = target(document, owner).map(|owner| entries(owner.get("content")));
    for schema in media
        .into_iter()
        .flatten()
        .filter_map(|(_, media)| media.get("schema"))
    {
        fields(document, schema, &mut Vec::new(), tally);
    }
}

/// Counts the properties of `schema` and of its nested schemas. `inside` names the components that
/// are being counted: a recursive component is counted once.
fn fields<'a>(
    document: &'a Value,
    schema: &'a Value,
    inside: &mut Vec<&'a str>,
    tally: &mut Tally,
) {
    if let Some(reference) = openapi::text(schema, "$ref") {
        if let Some(schema) = target(document, schema).filter(|_| !inside.contains(&reference)) {
            inside.push(reference);
            fields(document, schema, inside, tally);
            inside.pop();
        }
        return;
    }
    let properties: Vec<_> = entries(schema.get("properties")).map(|it| it.1).collect();
    for property in &properties {
        if let Some(evidence) = evidence(property.get("x-heffl-evidence")) {
            *tally.entry(evidence).or_default() += 1;
        }
    }
    let single = ["items", "additionalProperties"]
        .into_iter()
        .filter_map(|key| schema.get(key));
    let parts = ["allOf", "anyOf", "oneOf"]
        .into_iter()
        .flat_map(|key| elements(schema.get(key)));
    for held in properties.into_iter().chain(single).chain(parts) {
        fields(document, held, inside, tally);
    }
}
