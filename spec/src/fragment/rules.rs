//! What a fragment must be, checked before anything is made of it.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{EVIDENCE, PAGE, Page, RULE};
use crate::{
    finding::Finding,
    openapi::{
        Kind, METHODS, Place, elements, entries, entries_mut, order, path_parameters, referred,
        target, text, visit, visit_document,
    },
    yaml::child,
};

const INVALID: &str = "fragment-invalid";

/// Takes the head off a fragment that was pulled from a page.
pub(super) fn page(document: &mut Value, file: &str) -> Result<Option<Page>, Finding> {
    let Some(map) = document.as_object_mut() else {
        return Err(Finding::new(
            INVALID,
            "expected a fragment: an OpenAPI document that is cut down",
        )
        .file(file)
        .line(1)
        .help("compare with \"Fragments\" in spec/README.md"));
    };
    let Some(head) = map.shift_remove(PAGE) else {
        return Ok(None);
    };
    serde_json::from_value(head).map(Some).map_err(|error| {
        Finding::new(INVALID, error.to_string())
            .file(file)
            .pointer(child("", PAGE))
            .help("pull the page again; fragments below spec/pages are never written by hand")
    })
}

/// Everything that is wrong with a fragment; `strict` where a person wrote it.
pub(super) fn check(document: &Value, strict: bool) -> Vec<Finding> {
    let mut check = Check {
        document,
        strict,
        findings: Vec::new(),
    };
    let place = Place::root(Kind::Document);
    visit(document, &place, &mut |value, place| {
        check.value(value, place);
    });
    for (path, item) in entries(document.get("paths")) {
        check.path(path, item);
    }
    check.findings
}

struct Check<'a> {
    document: &'a Value,
    strict: bool,
    findings: Vec<Finding>,
}

impl<'a> Check<'a> {
    fn report(&mut self, pointer: impl Into<String>, message: impl Into<String>, help: &str) {
        self.findings
            .push(Finding::new(INVALID, message).pointer(pointer).help(help));
    }

    fn value(&mut self, value: &Value, place: &Place<'_>) {
        let kind = place.kind;
        match value {
            Value::Object(map) if self.strict => {
                for key in map.keys() {
                    if !order::has_key(kind, key, true) && ![EVIDENCE, RULE].contains(&&**key) {
                        self.report(
                            child(&place.pointer(), key),
                            format!("the key `{}` is unknown here", key.escape_debug()),
                            "correct its spelling, or delete it; compare with \"Fragments\" in spec/README.md",
                        );
                    }
                }
                if kind.is_schema() {
                    self.schema(value, place);
                }
            }
            Value::Object(_) | Value::Array(_) => {}
            Value::Bool(_) if kind.is_schema() => {}
            _ if kind == Kind::Described => {}
            _ => self.report(
                place.pointer(),
                "an object is expected here",
                "write an object",
            ),
        }
    }

    fn schema(&mut self, schema: &Value, place: &Place<'_>) {
        const TYPES: [&str; 7] = [
            "string", "number", "integer", "boolean", "object", "array", "null",
        ];
        let ty = schema.get("type");
        for ty in elements(ty).chain(ty.filter(|ty| !ty.is_array())) {
            if !ty.as_str().is_some_and(|ty| TYPES.contains(&ty)) {
                self.report(
                    child(&place.pointer(), "type"),
                    format!("{ty} is not a type"),
                    "write string, number, integer, boolean, object or array",
                );
            }
        }
        for (index, name) in elements(schema.get("required")).enumerate() {
            let mut properties = entries(schema.get("properties"));
            if !properties.any(|(known, _)| name == known) && schema.get("allOf").is_none() {
                self.report(
                    child(&child(&place.pointer(), "required"), index),
                    format!("there is no property {name} that could be required"),
                    "correct the name, or add the property",
                );
            }
        }
    }

    fn path(&mut self, path: &str, item: &'a Value) {
        let place = child("/paths", path);
        let Some(wanted) = path_parameters(path) else {
            return self.report(
                place,
                format!("`{}` is not a path template", path.escape_debug()),
                "write it like /quotations/{id}",
            );
        };
        let shared = elements(item.get("parameters"));
        let shared = shared.filter_map(|it| located(target(self.document, it)?));
        let shared: Vec<(&str, &str)> = shared.collect();
        let operations = entries(Some(item)).filter(|(key, _)| METHODS.contains(&key.as_str()));
        for (method, operation) in operations {
            let place = child(&child(&place, method), "parameters");
            let mut seen = self.parameters(operation, path, &wanted, &place);
            seen.extend(&shared);
            // A guide that lists operations says nothing of their parameters.
            let is_listed = entries(Some(operation)).all(|(key, _)| key == EVIDENCE);
            for name in &wanted {
                if self.strict && !is_listed && !seen.contains(&("path", *name)) {
                    self.report(
                        &place,
                        format!("the parameter `{name}` of the path `{path}` is missing"),
                        "make path and parameters agree",
                    );
                }
            }
        }
    }

    /// Checks the parameters of an operation, and returns where each stands and what it is called.
    fn parameters(
        &mut self,
        operation: &'a Value,
        path: &str,
        wanted: &[&str],
        place: &str,
    ) -> HashSet<(&'a str, &'a str)> {
        let mut seen = HashSet::new();
        for (index, parameter) in elements(operation.get("parameters")).enumerate() {
            let place = child(place, index);
            let Some(parameter) = target(self.document, parameter) else {
                if self.strict {
                    self.report(place, "the reference leads nowhere", "correct it");
                }
                continue;
            };
            let Some((location, name)) = located(parameter) else {
                self.report(place, "a parameter has `name` and `in`", "add them");
                continue;
            };
            if !seen.insert((location, name)) {
                self.report(
                    place,
                    format!("the parameter `{name}` stands here twice"),
                    "keep one of them",
                );
            } else if self.strict && location == "path" && !wanted.contains(&name) {
                self.report(
                    place,
                    format!("the path `{path}` has no parameter `{name}`"),
                    "make path and parameters agree",
                );
            }
        }
        seen
    }
}

/// Where a parameter stands, and its name.
fn located(parameter: &Value) -> Option<(&str, &str)> {
    text(parameter, "in").zip(text(parameter, "name"))
}

/// Makes paths and parameters of a page agree, and takes out references that lead nowhere, so that the
/// rest of the page still counts.
pub(super) fn repair(document: &mut Value, warnings: &mut Vec<Finding>) {
    let mut warn = |pointer: &str, message: String| {
        warnings.push(
            Finding::new("page-repaired", message)
                .pointer(pointer)
                .help(
                    "nothing needs to be done, unless it matters; then write it down in spec/facts",
                ),
        );
    };
    let before = document.clone();
    for (path, item) in entries_mut(document.get_mut("paths")) {
        let wanted = path_parameters(path).unwrap_or_default();
        let shared: Vec<Value> = elements(item.get("parameters")).cloned().collect();
        for (method, operation) in entries_mut(Some(item)) {
            if !METHODS.contains(&method.as_str()) || operation.get("responses").is_none() {
                continue;
            }
            let place = child(&child(&child("/paths", path), method), "parameters");
            let own = elements(operation.get("parameters")).cloned();
            let mut parameters: Vec<Value> = own.collect();
            parameters.retain(|parameter| match target(&before, parameter).map(located) {
                None => {
                    warn(&place, format!("`{parameter}` leads nowhere on this page"));
                    false
                }
                Some(Some(("path", name))) if !wanted.contains(&name) => {
                    let message =
                        format!("the path `{path}` has no parameter `{name}`: it is left out");
                    warn(&place, message);
                    false
                }
                Some(_) => true,
            });
            for name in &wanted {
                let is_meant = |parameter: &Value| {
                    target(&before, parameter).and_then(located) == Some(("path", *name))
                };
                if !parameters.iter().chain(&shared).any(is_meant) {
                    let message = format!(
                        "the parameter `{name}` of the path `{path}` is missing: it is added as text"
                    );
                    warn(&place, message);
                    parameters.push(json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}));
                }
            }
            if !parameters.is_empty() || operation.get("parameters").is_some() {
                operation["parameters"] = parameters.into();
            }
        }
    }
    visit_document(document, &mut |value, place| {
        let reference = text(value, "$ref").filter(|_| place.kind.is_schema());
        if let Some(reference) = reference.filter(|it| referred(&before, it).is_none()) {
            let message = format!("`{}` leads nowhere on this page", reference.escape_debug());
            warn("", message);
            *value = json!({});
        }
    });
}
