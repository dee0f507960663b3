//! What a finished document must hold, checked after the overlays.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use crate::{
    finding::Finding,
    openapi::{METHODS, entries, operations},
    yaml::child,
};

/// What the API sends to subscribers, in the form of OpenAPI 3.1's `webhooks`.
const EVENTS: &str = "x-webhooks";

/// Checks the document that is written to `file`.
pub fn verify(document: &Value, file: &str) -> Vec<Finding> {
    let mut check = Check {
        document,
        file,
        findings: Vec::new(),
    };
    check.security();
    check.references();
    let mut ids = HashSet::new();
    for (path, item) in entries(document.get("paths")) {
        for (method, operation) in entries(Some(item)) {
            if METHODS.contains(&method.as_str()) {
                let pointer = child(&child("/paths", path), method);
                check.operation(operation, &pointer, &mut ids);
            }
        }
    }
    for (name, item) in entries(document.get(EVENTS)) {
        for (method, event) in entries(Some(item)) {
            let pointer = child(&child(&format!("/{EVENTS}"), name), method);
            check.event(event, &pointer, &mut ids);
        }
    }
    for (name, parameter) in entries(document.pointer("/components/parameters")) {
        check.parameter(parameter, name, &child("/components/parameters", name));
    }
    for (name, schema) in entries(document.pointer("/components/schemas")) {
        let pointer = child("/components/schemas", name);
        check.properties(schema, &pointer);
        check.words(schema, &pointer);
    }
    check.findings
}

struct Check<'a> {
    document: &'a Value,
    file: &'a str,
    findings: Vec<Finding>,
}

fn has_text(value: &Value, key: &str) -> bool {
    value
        .get(key)
        .and_then(Value::as_str)
        .is_some_and(|text| !text.trim().is_empty())
}

impl<'a> Check<'a> {
    fn report(&mut self, rule: &'static str, pointer: &str, message: String, help: &str) {
        self.findings.push(
            Finding::new(rule, message)
                .file(self.file)
                .pointer(pointer)
                .help(help),
        );
    }

    fn demand_texts(&mut self, value: &Value, pointer: &str, what: &str, keys: &[&str]) {
        for key in keys {
            if !has_text(value, key) {
                let help = if key.starts_with("x-") {
                    "whatever creates it must say how well it is known: add the key to the overlay's `update`"
                } else {
                    "write it in an overlay of spec/overlays"
                };
                self.report(
                    if key.starts_with("x-") {
                        "evidence-missing"
                    } else {
                        "description-missing"
                    },
                    pointer,
                    format!("{what} has no {key}"),
                    help,
                );
            }
        }
    }

    fn security(&mut self) {
        let named: Vec<&String> = self
            .document
            .get("security")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_object)
            .flat_map(Map::keys)
            .collect();
        let is_said = |(_, _, operation): (&str, &str, &Value)| operation.get("security").is_some();
        if named.is_empty() && !operations(self.document).any(is_said) {
            self.report(
                "security-missing",
                "/security",
                "the document does not say how requests are authorised".to_owned(),
                "let a fragment name its `security`, or add it in an overlay",
            );
        }
        let unique: HashSet<&String> = named.iter().copied().collect();
        if unique.len() < named.len() {
            self.report(
                "security-twice",
                "/security",
                "the same security scheme is demanded twice".to_owned(),
                "the fragments name it already: delete it from the overlay",
            );
        }
        for name in unique {
            let pointer = child("/components/securitySchemes", name);
            if self.document.pointer(&pointer).is_none() {
                self.report(
                    "reference-broken",
                    "/security",
                    format!("there is no security scheme {name}"),
                    "add it under components.securitySchemes",
                );
            }
        }
    }

    /// Every `$ref` leads somewhere, and every component is led to.
    fn references(&mut self) {
        let document = self.document;
        let mut reached: HashSet<String> = HashSet::new();
        let mut open: Vec<(&'a Value, String)> = document
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(key, _)| *key != "components")
            .map(|(key, value)| (value, child("", key)))
            .collect();
        while let Some((value, pointer)) = open.pop() {
            match value {
                Value::Array(items) => open.extend(
                    items
                        .iter()
                        .enumerate()
                        .map(|(index, item)| (item, child(&pointer, index))),
                ),
                Value::Object(map) => {
                    for (key, value) in map {
                        // Examples are data.
                        if matches!(key.as_str(), "example" | "examples" | "default")
                            && !pointer.ends_with("/properties")
                            && !pointer.ends_with("/responses")
                        {
                            continue;
                        }
                        match value {
                            Value::String(target) if key == "$ref" => {
                                let found = target
                                    .strip_prefix('#')
                                    .and_then(|target| Some((target, document.pointer(target)?)));
                                match found {
                                    Some((target, value)) => {
                                        if reached.insert(target.to_owned()) {
                                            open.push((value, target.to_owned()));
                                        }
                                    }
                                    None => self.report(
                                        "reference-broken",
                                        &pointer,
                                        format!("`{target}` leads nowhere"),
                                        "correct the reference, or add the component",
                                    ),
                                }
                            }
                            _ => open.push((value, child(&pointer, key))),
                        }
                    }
                }
                _ => {}
            }
        }
        for (kind, components) in entries(document.get("components")) {
            if kind == "securitySchemes" {
                continue;
            }
            for (name, _) in entries(Some(components)) {
                let pointer = child(&child("/components", kind), name);
                if !reached.contains(&pointer) {
                    self.report(
                        "component-unused",
                        &pointer,
                        format!("nothing refers to {name}"),
                        "remove it, or refer to it",
                    );
                }
            }
        }
    }

    fn operation(&mut self, operation: &'a Value, pointer: &str, ids: &mut HashSet<&'a str>) {
        self.demand_texts(
            operation,
            pointer,
            "the operation",
            &["operationId", "summary", "description", "x-heffl-evidence"],
        );
        self.unique_id(operation, pointer, ids);
        if operation
            .get("tags")
            .and_then(Value::as_array)
            .is_none_or(|tags| tags.len() != 1)
        {
            self.report(
                "tag-missing",
                pointer,
                "the operation has not exactly one tag".to_owned(),
                "give it the tag of its resource",
            );
        }
        if operation.pointer("/x-heffl-source/page").is_none() {
            self.report(
                "source-missing",
                pointer,
                "the operation names no page as its source".to_owned(),
                "operations come from fragments; an overlay that adds one adds x-heffl-source",
            );
        }
        let parameters = operation.get("parameters").and_then(Value::as_array);
        for (index, parameter) in parameters.into_iter().flatten().enumerate() {
            if parameter.get("$ref").is_none() {
                let name = parameter["name"].as_str().unwrap_or_default();
                let pointer = child(&child(pointer, "parameters"), index);
                self.parameter(parameter, name, &pointer);
            }
        }
        let responses = child(pointer, "responses");
        for (status, response) in entries(operation.get("responses")) {
            if response.get("$ref").is_none() {
                self.demand_texts(
                    response,
                    &child(&responses, status),
                    "the response",
                    &["description", "x-heffl-evidence"],
                );
            }
        }
    }

    fn unique_id(&mut self, operation: &'a Value, pointer: &str, ids: &mut HashSet<&'a str>) {
        if let Some(id) = operation.get("operationId").and_then(Value::as_str)
            && !ids.insert(id)
        {
            self.report(
                "operation-id-twice",
                pointer,
                format!("another operation is called {id}, too"),
                "choose a name in spec/names.yaml",
            );
        }
    }

    /// An event is sent to others: it has no source page of its own and no error answers.
    fn event(&mut self, event: &'a Value, pointer: &str, ids: &mut HashSet<&'a str>) {
        self.demand_texts(
            event,
            pointer,
            "the event",
            &["operationId", "summary", "description", "x-heffl-evidence"],
        );
        self.unique_id(event, pointer, ids);
    }

    fn parameter(&mut self, parameter: &Value, name: &str, pointer: &str) {
        self.demand_texts(
            parameter,
            pointer,
            &format!("the parameter {name}"),
            &["description", "x-heffl-evidence"],
        );
        for (field, said) in entries(parameter.get("x-heffl-filters")) {
            self.demand_texts(
                said,
                &child(&child(pointer, "x-heffl-filters"), field),
                &format!("the field {field} to filter by"),
                &["description", "x-heffl-evidence"],
            );
        }
    }

    /// Two spellings of one word are a contradiction that somebody has to settle.
    fn words(&mut self, schema: &Value, pointer: &str) {
        let words = schema.get("enum").and_then(Value::as_array);
        let mut known: HashMap<String, &str> = HashMap::new();
        for word in words.into_iter().flatten().filter_map(Value::as_str) {
            if let Some(other) = known.insert(word.to_lowercase(), word) {
                self.report(
                    "enum-words-alike",
                    &child(pointer, "enum"),
                    format!("`{other}` and `{word}` differ in case only"),
                    "correct the fact that is wrong, or choose one in an overlay, and say why in spec/conflicts.yaml",
                );
            }
        }
    }

    fn properties(&mut self, schema: &Value, pointer: &str) {
        for (name, property) in entries(schema.get("properties")) {
            let pointer = child(&child(pointer, "properties"), name);
            self.demand_texts(
                property,
                &pointer,
                &format!("the property {name}"),
                &["description", "x-heffl-evidence"],
            );
        }
    }
}
