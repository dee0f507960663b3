//! What a fragment must be, checked before anything is made of it.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{
    CUSTOM_FIELDS, EVIDENCE, EXCEPT, ID, PAGE, PREFIXES, Page, RATE_LIMITS, RESPONSES, RULE,
    SOURCES,
};
use crate::{
    finding::Finding,
    openapi::{Kind, METHODS, elements, entries, path_parameters, target, text, visit_mut},
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

/// The keys that each kind of object may have in a fragment that is kept by hand.
fn known_keys(kind: Kind) -> Option<&'static [&'static str]> {
    Some(match kind {
        Kind::Document => &[
            "openapi",
            "info",
            "servers",
            "security",
            "paths",
            "components",
            PREFIXES,
            RATE_LIMITS,
            RESPONSES,
            SOURCES,
        ],
        Kind::Components => &[
            "schemas",
            "parameters",
            "responses",
            "securitySchemes",
            "headers",
        ],
        Kind::PathItem => &["parameters"],
        Kind::Operation => &[
            "operationId",
            "deprecated",
            "security",
            "servers",
            "parameters",
            "requestBody",
            "responses",
            PAGE,
            SOURCES,
        ],
        Kind::Parameter => &[
            "$ref",
            "name",
            "in",
            "required",
            "deprecated",
            "schema",
            "content",
            "style",
            "explode",
            ID,
        ],
        Kind::Body => &["$ref", "required", "content"],
        Kind::Response => &["$ref", "headers", "content"],
        Kind::Media => &["schema", "example"],
        Kind::Schema | Kind::Property => &[
            "$ref",
            "allOf",
            "oneOf",
            "anyOf",
            "type",
            "format",
            "nullable",
            "deprecated",
            "enum",
            "default",
            "minimum",
            "exclusiveMinimum",
            "maximum",
            "exclusiveMaximum",
            "minLength",
            "maxLength",
            "pattern",
            "minItems",
            "maxItems",
            "uniqueItems",
            "items",
            "required",
            "properties",
            "additionalProperties",
            CUSTOM_FIELDS,
            ID,
            EXCEPT,
            "x-heffl-more-options",
        ],
        _ => return None,
    })
}

/// Everything that is wrong with a fragment; `strict` where a person wrote it.
pub(super) fn check(document: &Value, strict: bool) -> Vec<Finding> {
    let mut check = Check {
        document,
        strict,
        findings: Vec::new(),
    };
    check.below(document, Kind::Document, "");
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

impl Check<'_> {
    fn report(&mut self, pointer: impl Into<String>, message: impl Into<String>, help: &str) {
        self.findings
            .push(Finding::new(INVALID, message).pointer(pointer).help(help));
    }

    fn below(&mut self, value: &Value, kind: Kind, pointer: &str) {
        if kind == Kind::Data {
            return;
        }
        match value {
            Value::Object(map) => {
                let known = known_keys(kind).filter(|_| self.strict);
                for (key, inner) in map {
                    let place = child(pointer, key);
                    let is_method = kind == Kind::PathItem && METHODS.contains(&key.as_str());
                    if known.is_some_and(|known| {
                        !known.contains(&key.as_str()) && ![EVIDENCE, RULE].contains(&key.as_str())
                    }) && !is_method
                    {
                        self.report(
                            &place,
                            format!("the key `{}` is unknown here", key.escape_debug()),
                            "correct its spelling, or delete it; compare with \"Fragments\" in spec/README.md",
                        );
                    } else {
                        self.below(inner, kind.child(key), &place);
                    }
                }
                if kind.is_schema() {
                    self.schema(value, pointer);
                }
            }
            Value::Array(list) => {
                for (index, inner) in list.iter().enumerate() {
                    self.below(inner, kind.child(""), &child(pointer, index));
                }
            }
            Value::Bool(_) if kind.is_schema() => {}
            _ if kind == Kind::Described => {}
            _ => self.report(pointer, "an object is expected here", "write an object"),
        }
    }

    fn schema(&mut self, schema: &Value, pointer: &str) {
        const TYPES: [&str; 7] = [
            "string", "number", "integer", "boolean", "object", "array", "null",
        ];
        let types: Vec<&Value> = match schema.get("type") {
            Some(Value::Array(types)) => types.iter().collect(),
            Some(one) => vec![one],
            None => Vec::new(),
        };
        for ty in types {
            if self.strict && !ty.as_str().is_some_and(|ty| TYPES.contains(&ty)) {
                self.report(
                    child(pointer, "type"),
                    format!("{ty} is not a type"),
                    "write string, number, integer, boolean, object or array",
                );
            }
        }
        for (index, name) in elements(schema.get("required")).enumerate() {
            let is_there = name.as_str().is_some_and(|name| {
                entries(schema.get("properties")).any(|(known, _)| known == name)
            });
            if self.strict && !is_there && schema.get("allOf").is_none() {
                self.report(
                    child(&child(pointer, "required"), index),
                    format!("there is no property {name} that could be required"),
                    "correct the name, or add the property",
                );
            }
        }
    }

    fn path(&mut self, path: &str, item: &Value) {
        let place = child("/paths", path);
        let Some(wanted) = path_parameters(path) else {
            return self.report(
                place,
                format!("`{}` is not a path template", path.escape_debug()),
                "write it like /quotations/{id}",
            );
        };
        for (key, operation) in entries(Some(item)) {
            if !METHODS.contains(&key.as_str()) {
                continue;
            }
            let place = child(&place, key);
            let mut seen: HashSet<(&str, &str)> = HashSet::new();
            let own = elements(operation.get("parameters")).enumerate();
            for (index, parameter) in own {
                let place = child(&child(&place, "parameters"), index);
                let Some(parameter) = target(self.document, parameter) else {
                    if self.strict {
                        self.report(place, "the reference leads nowhere", "correct it");
                    }
                    continue;
                };
                let (Some(name), Some(location)) = (text(parameter, "name"), text(parameter, "in"))
                else {
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
            for parameter in elements(item.get("parameters")) {
                if let Some(parameter) = target(self.document, parameter)
                    && let (Some(name), Some(location)) =
                        (text(parameter, "name"), text(parameter, "in"))
                {
                    seen.insert((location, name));
                }
            }
            // A guide that lists operations says nothing of their parameters.
            let is_listed = operation
                .as_object()
                .is_some_and(|map| map.keys().all(|key| key == EVIDENCE));
            let is_checked = self.strict && !is_listed;
            for name in wanted.iter().filter(|_| is_checked) {
                if !seen.contains(&("path", *name)) {
                    self.report(
                        child(&place, "parameters"),
                        format!("the parameter `{name}` of the path `{path}` is missing"),
                        "make path and parameters agree",
                    );
                }
            }
        }
    }
}

/// Makes paths and parameters of a page agree, and takes out references that lead nowhere, so that the
/// rest of the page still counts.
pub(super) fn repair(document: &mut Value, warnings: &mut Vec<Finding>) {
    let mut warn = |pointer: String, message: String| {
        warnings.push(
            Finding::new("page-repaired", message)
                .pointer(pointer)
                .help(
                    "nothing needs to be done, unless it matters; then write it down in spec/facts",
                ),
        );
    };
    let before = document.clone();
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for (path, item) in paths.into_iter().flatten() {
        let wanted = path_parameters(path).unwrap_or_default();
        let shared: Vec<Value> = elements(item.get("parameters")).cloned().collect();
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if !METHODS.contains(&method.as_str()) || operation.get("responses").is_none() {
                continue;
            }
            let place = child(&child(&child("/paths", path), method), "parameters");
            let name_in_path = |parameter: &Value| -> Option<String> {
                let parameter = target(&before, parameter)?;
                (text(parameter, "in") == Some("path"))
                    .then(|| text(parameter, "name").map(str::to_owned))?
            };
            let mut parameters: Vec<Value> =
                elements(operation.get("parameters")).cloned().collect();
            parameters.retain(|parameter| {
                if target(&before, parameter).is_none() {
                    warn(
                        place.clone(),
                        format!("`{parameter}` leads nowhere on this page"),
                    );
                    return false;
                }
                let extra = name_in_path(parameter).filter(|name| !wanted.contains(&name.as_str()));
                if let Some(name) = &extra {
                    warn(
                        place.clone(),
                        format!("the path `{path}` has no parameter `{name}`: it is left out"),
                    );
                }
                extra.is_none()
            });
            for name in &wanted {
                let is_known =
                    |parameter: &Value| name_in_path(parameter).as_deref() == Some(*name);
                if !parameters.iter().chain(&shared).any(is_known) {
                    warn(
                        place.clone(),
                        format!(
                            "the parameter `{name}` of the path `{path}` is missing: it is added as text"
                        ),
                    );
                    parameters.push(json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}));
                }
            }
            if !parameters.is_empty() || operation.get("parameters").is_some() {
                operation["parameters"] = parameters.into();
            }
        }
    }
    visit_mut(document, Kind::Document, &mut |value, kind| {
        if kind.is_schema()
            && let Some(reference) = text(value, "$ref")
            && reference
                .strip_prefix('#')
                .and_then(|pointer| before.pointer(pointer))
                .is_none()
        {
            warn(
                String::new(),
                format!("`{}` leads nowhere on this page", reference.escape_debug()),
            );
            *value = json!({});
        }
    });
}
