//! The document without prose: operations and schemas, for a test server.

use std::collections::BTreeSet;

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use serde_json::{Map, Value, json};

use super::{Piece, Source};
use crate::{
    json::{elements, entries, follow, step, text},
    load::Document,
};

/// Keys of text for people.
const PROSE: [&str; 9] = [
    "description",
    "example",
    "examples",
    "externalDocs",
    "summary",
    "title",
    "x-heffl-evidence",
    "x-heffl-rule",
    "x-heffl-source",
];

/// Keywords whose object holds names of the document, and not keywords.
const NAMES: [&str; 2] = ["properties", "schemas"];

/// The module that holds the digest as JSON text.
pub(super) fn module(document: &Document, origin: String) -> Result<Source, String> {
    let text = digest(&document.value);
    let literal = raw(&text)?;
    let items: TokenStream = quote! {
        /// Operations and schemas, as JSON.
        pub(crate) const DOCUMENT: &str = #literal;
    };
    let docs = "Operations and schemas of the API, for the test server.".to_owned();
    Ok(Source {
        origin,
        docs,
        pieces: vec![Piece::Items(items)],
    })
}

/// A line for each operation and each schema, so that a change shows where it is.
fn digest(root: &Value) -> String {
    let mut reached = BTreeSet::new();
    let mut operations = Vec::new();
    for (path, item) in entries(root.get("paths")) {
        for (method, operation) in entries(Some(item)) {
            let Some(id) = text(operation, "operationId") else {
                continue;
            };
            let parameters: Vec<Value> = elements(item.get("parameters"))
                .chain(elements(operation.get("parameters")))
                .filter_map(|parameter| follow(root, parameter))
                .map(without_prose)
                .collect();
            let body = json_schema(root, operation.get("requestBody"));
            let answer = entries(operation.get("responses"))
                .filter(|(status, _)| status.starts_with('2'))
                .find_map(|(_, response)| json_schema(root, Some(response)));
            let operation = json!({
                "id": id,
                "method": method.to_uppercase(),
                "path": path,
                "parameters": parameters,
                "body": body,
                "answer": answer,
            });
            reach(root, &operation, &mut reached);
            operations.push(operation.to_string());
        }
    }
    let schemas: Vec<String> = entries(root.pointer("/components/schemas"))
        .filter(|(name, _)| reached.contains(*name))
        .map(|(name, schema)| format!("{}:{}", json!(name), without_prose(schema)))
        .collect();
    format!(
        "{{\"operations\":[\n{}\n],\"schemas\":{{\n{}\n}}}}\n",
        operations.join(",\n"),
        schemas.join(",\n")
    )
}

/// The schema of the JSON of a body or a response.
fn json_schema(root: &Value, holder: Option<&Value>) -> Option<Value> {
    let schema = follow(root, holder?)?.pointer("/content/application~1json/schema")?;
    Some(without_prose(schema))
}

/// Notes the components that `value` refers to, and those that these refer to.
fn reach(root: &Value, value: &Value, reached: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            let name = object
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|reference| reference.strip_prefix("#/components/schemas/"));
            if let Some(name) = name
                && reached.insert(name.to_owned())
                && let Some(schema) = root.pointer(&step("/components/schemas", name))
            {
                reach(root, schema, reached);
            }
            object
                .values()
                .for_each(|inner| reach(root, inner, reached));
        }
        Value::Array(elements) => elements
            .iter()
            .for_each(|inner| reach(root, inner, reached)),
        _ => {}
    }
}

fn without_prose(value: &Value) -> Value {
    fn clean(value: &Value, names: bool) -> Value {
        match value {
            Value::Object(object) => object
                .iter()
                .filter(|(key, _)| names || !PROSE.contains(&key.as_str()))
                .map(|(key, inner)| {
                    let names = !names && NAMES.contains(&key.as_str());
                    (key.clone(), clean(inner, names))
                })
                .collect::<Map<_, _>>()
                .into(),
            Value::Array(elements) => elements.iter().map(|inner| clean(inner, false)).collect(),
            other => other.clone(),
        }
    }
    clean(value, false)
}

/// A raw string, which is readable.
fn raw(text: &str) -> Result<Literal, String> {
    let mut hashes = String::from("#");
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    format!("r{hashes}\"{text}\"{hashes}")
        .parse()
        .map_err(|error| format!("the digest is no string: {error}"))
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
                    "answer": {"$ref": "#/components/schemas/Gadget"},
                }],
                "schemas": {
                    "Gadget": {"properties": {"description": {"type": "string"}}},
                    "UpdateGadget": {"properties": {"size": {"allOf": [{"$ref": "#/components/schemas/Size"}]}}},
                    "Size": {"enum": ["S"]},
                },
            })
        );
        assert_eq!(digest.lines().count(), 7);
        assert!(
            raw("ends with \"## ")
                .unwrap()
                .to_string()
                .starts_with("r###\"")
        );
    }
}
