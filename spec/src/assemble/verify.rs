//! Checks a finished document, after the overlays.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::{
    finding::Finding,
    fragment::EVIDENCE,
    openapi::{Kind, Place, elements, entries, operations, referred, text, visit},
    yaml::child,
};

/// The events that the API sends, in the form of OpenAPI 3.1's `webhooks`.
/// They have no source page of their own and no error responses.
const EVENTS: &str = "/x-webhooks/";

/// The fix for a violation of a rule.
fn help(rule: &str) -> &'static str {
    match rule {
        "component-unused" => "remove it, or refer to it",
        "description-missing" => "write it in an overlay of spec/overlays",
        "enum-values-alike" => {
            "correct the fact that is wrong, or choose one in an overlay, and say why in spec/conflicts.yaml"
        }
        "evidence-missing" => "add the key to the `update` of the overlay that creates it",
        "operation-id-twice" => "choose a name in spec/names.yaml",
        "security-missing" => "let a fragment name its `security`, or add it in an overlay",
        "security-twice" => "the fragments name it already: delete it from the overlay",
        "source-missing" => {
            "operations come from fragments; an overlay that adds one adds x-heffl-source"
        }
        "tag-missing" => "give it the tag of its resource",
        _ => "correct the reference, or add the component",
    }
}

/// Checks the document that is written to `file`.
pub fn verify(document: &Value, file: &str) -> Vec<Finding> {
    let mut check = Check {
        document,
        file,
        ids: HashSet::new(),
        findings: Vec::new(),
    };
    check.security();
    check.references();
    visit(document, Kind::Document, &mut |value, place| {
        check.value(value, place);
    });
    check.findings
}

struct Check<'a> {
    document: &'a Value,
    file: &'a str,
    /// The names of operations and events.
    ids: HashSet<String>,
    findings: Vec<Finding>,
}

impl Check<'_> {
    fn report(&mut self, rule: &'static str, pointer: &str, message: String) {
        let finding = Finding::new(rule, message).file(self.file).pointer(pointer);
        self.findings.push(finding.help(help(rule)));
    }

    /// Reports missing texts: these, a description, and the evidence.
    fn texts(&mut self, value: &Value, what: &str, pointer: &str, keys: &[&str]) {
        for key in keys.iter().chain(&["description", EVIDENCE]) {
            if text(value, key).is_none_or(|text| text.trim().is_empty()) {
                let rule = if *key == EVIDENCE {
                    "evidence-missing"
                } else {
                    "description-missing"
                };
                self.report(rule, pointer, format!("the {what} has no {key}"));
            }
        }
    }

    fn security(&mut self) {
        let demanded = elements(self.document.get("security"));
        let mut named: Vec<&String> = demanded
            .flat_map(|it| entries(Some(it)))
            .map(|(name, _)| name)
            .collect();
        let mut all = operations(self.document);
        if named.is_empty() && !all.any(|(_, _, operation)| operation.get("security").is_some()) {
            let message = "the document has no security requirement";
            self.report("security-missing", "/security", message.to_owned());
        }
        let count = named.len();
        named.sort_unstable();
        named.dedup();
        if named.len() < count {
            let message = "the same security scheme is required twice";
            self.report("security-twice", "/security", message.to_owned());
        }
        for name in named {
            let pointer = child("/components/securitySchemes", name);
            if self.document.pointer(&pointer).is_none() {
                let message = format!("there is no security scheme {name}");
                self.report("reference-broken", "/security", message);
            }
        }
    }

    /// Checks that every `$ref` has a target, and every component is used.
    fn references(&mut self) {
        let mut reached: HashSet<String> = HashSet::new();
        let roots = entries(Some(self.document)).filter(|(key, _)| *key != "components");
        let mut open: Vec<(&Value, String)> =
            roots.map(|(key, value)| (value, child("", key))).collect();
        while let Some((value, pointer)) = open.pop() {
            let list = elements(Some(value)).enumerate();
            open.extend(list.map(|(index, item)| (item, child(&pointer, index))));
            let has_names = pointer.ends_with("/properties") || pointer.ends_with("/responses");
            for (key, inner) in entries(Some(value)) {
                // Examples are data.
                let is_data = ["example", "examples", "default"].contains(&key.as_str());
                match inner.as_str() {
                    _ if is_data && !has_names => {}
                    Some(target) if key == "$ref" => {
                        let place = target.trim_start_matches('#');
                        match referred(self.document, target) {
                            None => {
                                let message = format!("`{target}` does not exist");
                                self.report("reference-broken", &pointer, message);
                            }
                            Some(value) if reached.insert(place.to_owned()) => {
                                open.push((value, place.to_owned()));
                            }
                            Some(_) => {}
                        }
                    }
                    _ => open.push((inner, child(&pointer, key))),
                }
            }
        }
        let components = entries(self.document.get("components"));
        for (kind, components) in components.filter(|(kind, _)| *kind != "securitySchemes") {
            for (name, _) in entries(Some(components)) {
                let pointer = child(&child("/components", kind), name);
                if !reached.contains(&pointer) {
                    let message = format!("nothing refers to {name}");
                    self.report("component-unused", &pointer, message);
                }
            }
        }
    }

    /// Checks an operation, parameter, response, property or enum.
    fn value(&mut self, value: &Value, place: &Place<'_>) {
        let is_in = |kinds: &[Kind]| {
            place
                .kinds()
                .skip(1)
                .zip(kinds)
                .all(|(it, kind)| it == *kind)
        };
        match place.kind {
            _ if value.get("$ref").is_some() => {}
            Kind::Operation => self.operation(value, &place.pointer()),
            Kind::Parameter if !is_in(&[Kind::Parameters, Kind::Response]) => {
                self.parameter(value, &place.pointer());
            }
            Kind::Response if is_in(&[Kind::Responses, Kind::Operation]) => {
                let pointer = place.pointer();
                if !pointer.starts_with(EVENTS) {
                    self.texts(value, "response", &pointer, &[]);
                }
            }
            Kind::Property if is_in(&[Kind::Properties, Kind::Schema, Kind::Schemas]) => {
                let what = format!("property {}", place.key());
                self.texts(value, &what, &place.pointer(), &[]);
            }
            Kind::Schema if is_in(&[Kind::Schemas]) => {
                self.values(value, &child(&place.pointer(), "enum"));
            }
            _ => {}
        }
    }

    fn operation(&mut self, operation: &Value, pointer: &str) {
        let is_event = pointer.starts_with(EVENTS);
        let what = if is_event { "event" } else { "operation" };
        self.texts(operation, what, pointer, &["operationId", "summary"]);
        if let Some(id) = text(operation, "operationId")
            && !self.ids.insert(id.to_owned())
        {
            let message = format!("another operation is called {id}, too");
            self.report("operation-id-twice", pointer, message);
        }
        if is_event {
            return;
        }
        if elements(operation.get("tags")).count() != 1 {
            let message = "the operation must have exactly one tag";
            self.report("tag-missing", pointer, message.to_owned());
        }
        if operation.pointer("/x-heffl-source/page").is_none() {
            let message = "the operation names no page as its source";
            self.report("source-missing", pointer, message.to_owned());
        }
    }

    fn parameter(&mut self, parameter: &Value, pointer: &str) {
        let name = text(parameter, "name").unwrap_or_default();
        self.texts(parameter, &format!("parameter {name}"), pointer, &[]);
        for (field, filter) in entries(parameter.get("x-heffl-filters")) {
            let pointer = child(&child(pointer, "x-heffl-filters"), field);
            let what = format!("field {field} to filter by");
            self.texts(filter, &what, &pointer, &[]);
        }
    }

    /// Reports two spellings of a value: a person must choose one.
    fn values(&mut self, schema: &Value, pointer: &str) {
        let mut known: HashMap<String, &str> = HashMap::new();
        for value in elements(schema.get("enum")).filter_map(Value::as_str) {
            if let Some(other) = known.insert(value.to_lowercase(), value) {
                let message = format!("`{other}` and `{value}` differ in case only");
                self.report("enum-values-alike", pointer, message);
            }
        }
    }
}
