//! Validates fragments.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{EVIDENCE, PAGE, Page, RULE};
use crate::{
    finding::Finding,
    openapi::{
        Kind, METHODS, Place, elements, entries, order, path_parameters, referred, target, text,
        visit, visit_schemas,
    },
    yaml::child,
};

const INVALID: &str = "fragment-invalid";

/// Removes and returns the head of a fragment that was pulled from a page.
pub(super) fn page(document: &mut Value, file: &str) -> Result<Option<Page>, Finding> {
    let Some(map) = document.as_object_mut() else {
        return Err(
            Finding::new(INVALID, "expected a fragment: a small OpenAPI document")
                .file(file)
                .line(1)
                .help("compare with \"Fragments\" in spec/README.md"),
        );
    };
    let Some(head) = map.shift_remove(PAGE) else {
        return Ok(None);
    };
    serde_json::from_value(head).map(Some).map_err(|error| {
        Finding::new(INVALID, error.to_string())
            .file(file)
            .pointer(child("", PAGE))
            .help("pull the page again; do not write fragments below spec/pages by hand")
    })
}

/// All problems of a fragment; `strict` for a file that is kept by hand.
pub(super) fn check(document: &Value, strict: bool) -> Vec<Finding> {
    let mut check = Check {
        strict,
        findings: Vec::new(),
    };
    visit(document, Kind::Document, &mut |value, place| {
        check.value(value, place);
    });
    check.findings
}

struct Check {
    strict: bool,
    findings: Vec<Finding>,
}

impl Check {
    fn report(&mut self, pointer: impl Into<String>, message: impl Into<String>, help: &str) {
        self.findings
            .push(Finding::new(INVALID, message).pointer(pointer).help(help));
    }

    fn value(&mut self, value: &Value, place: &Place<'_>) {
        let kind = place.kind;
        if kind == Kind::PathItem && path_parameters(&place.key()).is_none() {
            let message = format!("`{}` is not a path template", place.key().escape_debug());
            self.report(place.pointer(), message, "write it like /quotations/{id}");
        }
        match value {
            Value::Object(map) if self.strict => {
                for key in map.keys() {
                    if !order::has_key(kind, key, true) && ![EVIDENCE, RULE].contains(&&**key) {
                        self.report(
                            child(&place.pointer(), key),
                            format!("unknown key `{}`", key.escape_debug()),
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
                    format!("`required` names {name}, which is not a property"),
                    "correct the name, or add the property",
                );
            }
        }
    }
}

/// The operations of a path item by method.
fn operations(item: &Value) -> impl Iterator<Item = (&String, &Value)> {
    entries(Some(item)).filter(|(key, _)| METHODS.contains(&key.as_str()))
}

/// The place and the name of a parameter.
fn located(parameter: &Value) -> Option<(&str, &str)> {
    text(parameter, "in").zip(text(parameter, "name"))
}

/// Makes paths and parameters agree, and removes broken references from a page, so that the rest
/// of it can be used. Returns the problems, which a person can correct in handwritten facts.
pub(super) fn agree(document: &mut Value, is_page: bool) -> Vec<Finding> {
    let (rule, help) = if is_page {
        (
            "page-repaired",
            "superfluous parameters are omitted, and missing ones are added as text; to correct that, add the parameter to spec/facts",
        )
    } else {
        (
            INVALID,
            "name each parameter of the path once, with its `name` and `in`",
        )
    };
    let mut findings = Vec::new();
    let mut report = |pointer: &str, message: String| {
        findings.push(Finding::new(rule, message).pointer(pointer).help(help));
    };
    let before = document.clone();
    for (path, item) in entries(before.get("paths")) {
        let wanted = path_parameters(path).unwrap_or_default();
        for (method, operation) in operations(item) {
            // A guide that lists operations does not list their parameters.
            if entries(Some(operation)).all(|(key, _)| key == EVIDENCE) {
                continue;
            }
            let place = child(&child("/paths", path), method);
            let pointer = child(&place, "parameters");
            let mut parameters = Vec::new();
            let mut seen = HashSet::new();
            for (index, parameter) in elements(operation.get("parameters")).enumerate() {
                let message = match target(&before, parameter).map(located) {
                    None => format!("`{parameter}` does not exist"),
                    Some(None) => "a parameter has `name` and `in`".to_owned(),
                    Some(Some(("path", name))) if !wanted.contains(&name) => {
                        format!("the path `{path}` has no parameter `{name}`")
                    }
                    Some(Some(located)) if seen.insert(located) => {
                        parameters.push(parameter.clone());
                        continue;
                    }
                    Some(Some((_, name))) => format!("the parameter `{name}` is listed twice"),
                };
                report(&child(&pointer, index), message);
            }
            let all = parameters.iter().chain(elements(item.get("parameters")));
            let all: Vec<_> = all.filter_map(|it| located(target(&before, it)?)).collect();
            let missing = wanted.iter().filter(|name| !all.contains(&("path", name)));
            let missing: Vec<Value> = missing
                .map(|name| {
                    let message = format!("the parameter `{name}` of the path `{path}` is missing");
                    report(&pointer, message);
                    json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})
                })
                .collect();
            parameters.extend(missing);
            let is_written = !parameters.is_empty() || operation.get("parameters").is_some();
            if let Some(operation) = document.pointer_mut(&place).filter(|_| is_written) {
                operation["parameters"] = parameters.into();
            }
        }
    }
    if is_page {
        visit_schemas(document, Kind::Document, &mut |value, _| {
            let reference = text(value, "$ref");
            if let Some(reference) = reference.filter(|it| referred(&before, it).is_none()) {
                let message = format!("`{}` does not exist", reference.escape_debug());
                report("", message);
                *value = json!({});
            }
        });
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_and_unnamed_parameters_of_a_page_are_omitted() {
        let size = json!({"name": "size", "in": "query"});
        let mut document = json!({"paths": {"/gadgets": {"get": {
            "parameters": [size, size, {"in": "query"}],
            "responses": {},
        }}}});
        let warnings = agree(&mut document, true);
        let places = warnings.iter().filter_map(|it| it.pointer.as_deref());
        let parameters = "/paths/~1gadgets/get/parameters";
        let expected = [1, 2].map(|index| format!("{parameters}/{index}"));
        assert_eq!(places.collect::<Vec<_>>(), expected);
        assert_eq!(document.pointer(parameters), Some(&json!([size])));
    }
}
