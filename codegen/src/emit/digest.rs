//! The document without prose: operations and schemas, for a test server.

use std::collections::BTreeSet;

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use serde_json::{Map, Value, json};

use super::{Piece, Source};
use crate::{
    json::{self, component, entries, follow, json_schema, parameters, schema_of, text, walk},
    load::Document,
};

/// Keys of text for people.
const PROSE: &str = "description example examples externalDocs summary title x-heffl-evidence x-heffl-rule \
    x-heffl-source";

/// Keywords whose object holds names of the document, and not keywords.
const NAMES: [&str; 2] = ["properties", "schemas"];

/// The module that holds the digest as JSON text.
pub(crate) fn module(document: &Document) -> Source {
    let literal = raw(&digest(&document.value));
    let items: TokenStream = quote! {
        /// Operations and schemas, as JSON.
        pub(crate) const DOCUMENT: &str = #literal;
    };
    Source {
        origin: document.file.clone(),
        docs: "Operations and schemas of the API, for the test server.".to_owned(),
        pieces: vec![Piece::Items(items)],
    }
}

/// A line for each operation and each schema, so that a change shows where it is.
fn digest(root: &Value) -> String {
    let mut reached = BTreeSet::new();
    let mut operations = Vec::new();
    let clean = |value| without_prose(value, false);
    let schema = |holder| json_schema(follow(root, holder)?).map(clean);
    for (path, method, operation) in json::operations(root) {
        let Some(id) = text(operation, "operationId") else {
            continue;
        };
        let responses = entries(operation.get("responses"));
        let mut successes = responses.filter(|(status, _)| status.starts_with('2'));
        let parameters = parameters(root, path, operation).map(clean);
        let operation = json!({
            "id": id,
            "method": method.to_uppercase(),
            "path": path,
            "parameters": parameters.collect::<Vec<_>>(),
            "body": operation.get("requestBody").and_then(schema),
            "response": successes.find_map(|(_, response)| schema(response)),
        });
        reach(root, &operation, &mut reached);
        operations.push(operation.to_string());
    }
    let schemas = entries(root.pointer("/components/schemas"));
    let schemas = schemas.filter(|(name, _)| reached.contains(*name));
    let schemas = schemas.map(|(name, schema)| format!("{}:{}", json!(name), clean(schema)));
    let (operations, schemas) = (
        operations.join(",\n"),
        schemas.collect::<Vec<_>>().join(",\n"),
    );
    format!("{{\"operations\":[\n{operations}\n],\"schemas\":{{\n{schemas}\n}}}}\n")
}

/// Notes the components that `value` refers to, and those that these refer to.
fn reach(root: &Value, value: &Value, reached: &mut BTreeSet<String>) {
    walk(value, &mut String::new(), 0, &mut |value, _, _| {
        if text(value, "$ref").is_some()
            && let Some(name) = component(value)
            && reached.insert(name.to_owned())
            && let Some(schema) = schema_of(root, name)
        {
            reach(root, schema, reached);
        }
        true
    });
}

/// `names` is whether the keys are names of the document.
fn without_prose(value: &Value, names: bool) -> Value {
    let is_kept = |key: &str| names || PROSE.split(' ').all(|prose| prose != key);
    match value {
        Value::Object(object) => {
            let kept = object.iter().filter(|(key, _)| is_kept(key));
            let cleaned = kept.map(|(key, inner)| {
                let names = !names && NAMES.contains(&key.as_str());
                (key.clone(), without_prose(inner, names))
            });
            cleaned.collect::<Map<_, _>>().into()
        }
        Value::Array(elements) => elements
            .iter()
            .map(|inner| without_prose(inner, false))
            .collect(),
        other => other.clone(),
    }
}

/// A raw string, which is readable.
fn raw(text: &str) -> Literal {
    let mut hashes = String::from("#");
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    let literal = format!("r{hashes}\"{text}\"{hashes}").parse();
    literal.unwrap_or_else(|_| Literal::string(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_machines_need_and_no_prose() {
        let document = json!({
            "paths": {"/gadgets/{id}": {
                "parameters": [{"$ref": "#/components/parameters/Id"}],
                "patch": {
                    "operationId": "updateGadget",
                    "summary": "Update a gadget",
                    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/UpdateGadget"}}}},
                    "responses": {
                        "400": {"description": "No."},
                        "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Gadget"}}}},
                    },
                },
            }},
            "components": {
                "parameters": {"Id": {"name": "id", "in": "path", "required": true, "description": "Which one."}},
                "schemas": {
                    "Gadget": {"description": "A \"#thing\".", "properties": {"description": {"type": "string", "example": "x"}}},
                    "UpdateGadget": {"properties": {"size": {"allOf": [{"$ref": "#/components/schemas/Size"}]}}},
                    "Size": {"enum": ["S"], "x-heffl-evidence": "sampled"},
                    "Unused": {"type": "string"},
                },
            },
        });
        let digest = digest(&document);
        let read: Value = serde_json::from_str(&digest).unwrap();
        assert_eq!(
            read,
            json!({
                "operations": [{
                    "id": "updateGadget",
                    "method": "PATCH",
                    "path": "/gadgets/{id}",
                    "parameters": [{"name": "id", "in": "path", "required": true}],
                    "body": {"$ref": "#/components/schemas/UpdateGadget"},
                    "response": {"$ref": "#/components/schemas/Gadget"},
                }],
                "schemas": {
                    "Gadget": {"properties": {"description": {"type": "string"}}},
                    "UpdateGadget": {"properties": {"size": {"allOf": [{"$ref": "#/components/schemas/Size"}]}}},
                    "Size": {"enum": ["S"]},
                },
            })
        );
        assert_eq!(digest.lines().count(), 7);
        assert!(raw("ends with \"## ").to_string().starts_with("r###\""));
    }
}
