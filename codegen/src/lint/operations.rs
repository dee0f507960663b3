//! Rules for paths, operations, parameters, bodies and answers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Lint, filters, parameters};
use crate::{
    json::{component, elements, entries, events, follow, step, text},
    naming,
};

const METHODS: [&str; 8] = [
    "get", "post", "put", "patch", "delete", "head", "options", "trace",
];

pub(super) fn check(lint: &mut Lint<'_>) {
    server(lint);
    let root = lint.root();
    let mut ids = BTreeMap::new();
    let mut count = 0usize;
    for (path, item) in entries(root.get("paths")) {
        let at = step("/paths", path);
        for (method, operation) in entries(Some(item)) {
            let at = step(&at, method);
            if METHODS.contains(&method.as_str()) {
                count += 1;
                self::operation(lint, path, item, operation, &at, &mut ids);
            } else if !matches!(
                method.as_str(),
                "parameters" | "summary" | "description" | "servers"
            ) && !method.starts_with("x-")
            {
                lint.report(
                    "method-unknown",
                    &at,
                    format!("`{method}` is no HTTP method"),
                    "",
                );
            }
        }
    }
    for (event, at) in events(lint.root()) {
        self::event(lint, event, &at);
    }
    if count == 0 {
        lint.report(
            "no-operations",
            "/paths",
            "the document has no operations",
            "",
        );
    }
}

/// The crate needs one base URL, whose last segment names the version.
fn server(lint: &mut Lint<'_>) {
    let url = lint
        .root()
        .pointer("/servers/0/url")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let version = url
        .strip_prefix("https://")
        .and_then(|rest| rest.split_once('/'))
        .map(|(_, path)| path);
    if version.is_none_or(str::is_empty) || url.ends_with('/') || url.contains(['{', '?', '#']) {
        lint.report(
            "server-unusable",
            "/servers/0/url",
            format!("`{url}` is no https URL whose path ends in the version"),
            "write the base URL like https://api.example.test/api/v2",
        );
    }
}

fn operation<'a>(
    lint: &mut Lint<'a>,
    path: &str,
    item: &'a Value,
    operation: &'a Value,
    at: &str,
    ids: &mut BTreeMap<String, String>,
) {
    match text(operation, "operationId") {
        None => lint.report(
            "operation-id-missing",
            at,
            "the operation has no operationId",
            "",
        ),
        Some(id) => {
            let at_id = step(at, "operationId");
            if !is_camel_case(id) || naming::is_keyword(&naming::snake(id)) {
                lint.report(
                    "operation-id-unusable",
                    &at_id,
                    format!("`{id}` cannot become the name of a method"),
                    "use lower camel case, verb first: listGadgets",
                );
            } else if let Some(first) = ids.insert(naming::snake(id), at.to_owned()) {
                lint.report(
                    "operation-id-twice",
                    &at_id,
                    format!("`{id}` is already the id of #{first}"),
                    "give one of the two another id",
                );
            }
        }
    }
    match operation
        .get("tags")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    {
        Some([Value::String(tag)]) => {
            if naming::is_keyword(&naming::snake(tag)) {
                let message = format!("the tag `{tag}` cannot become the name of a module");
                lint.report("tag-unusable", &step(at, "tags"), message, "");
            }
        }
        _ => lint.report(
            "tag-not-one",
            &step(at, "tags"),
            "an operation needs exactly one tag: it becomes the resource handle",
            "",
        ),
    }
    if text(operation, "summary").is_none_or(|summary| summary.trim().is_empty()) {
        lint.report("summary-missing", at, "the operation has no summary", "");
    }
    parameters(lint, path, item, operation, at);
    body(lint, operation, at);
    answer(lint, operation, at);
    response_names(lint, operation);
}

/// What responses call a field of a body is a field of the response, and holds the same.
fn response_names<'a>(lint: &mut Lint<'a>, operation: &'a Value) {
    let root = lint.root();
    let schema = |holder: Option<&'a Value>| {
        let schema = holder?.pointer("/content/application~1json/schema")?;
        Some((component(schema).unwrap_or_default(), follow(root, schema)?))
    };
    let Some((name, body)) = schema(operation.get("requestBody")) else {
        return;
    };
    let mut answers = entries(operation.get("responses"));
    let answer = answers.find(|(status, _)| status.starts_with('2'));
    let answer = answer.and_then(|(_, answer)| schema(follow(root, answer)));
    let at = step(&step("/components/schemas", name), "properties");
    for (key, property) in entries(body.get("properties")) {
        let Some(named) = property.get("x-heffl-response-name") else {
            continue;
        };
        let same = named
            .as_str()
            .and_then(|named| answer?.1.get("properties")?.get(named));
        let kind = |property: &Value| {
            let id = property.get("x-heffl-id").and_then(|id| text(id, "of"));
            (property.get("type").cloned(), id.map(str::to_owned))
        };
        if same.is_none_or(|same| kind(same) != kind(property)) {
            lint.report(
                "response-name-unusable",
                &step(&step(&at, key), "x-heffl-response-name"),
                format!("the response has no field {named} that holds the same as `{key}`"),
                "write the name that the field has in the response, or leave it out",
            );
        }
    }
}

/// An event is no operation of ours, but what it carries becomes a type.
fn event<'a>(lint: &mut Lint<'a>, event: &'a Value, at: &str) {
    body(lint, event, at);
    let schema = event.pointer("/requestBody/content/application~1json/schema");
    if schema.is_some_and(|schema| component(schema).is_none()) {
        lint.report(
            "event-unnamed",
            &step(at, "requestBody"),
            "what an event carries has no name",
            "make the schema a component",
        );
    }
}

fn is_camel_case(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.chars().all(|c| c.is_ascii_alphanumeric())
}

/// The segments of a path that are no parameters.
fn literal_segments(lint: &mut Lint<'_>, path: &str, at: &str) {
    for segment in path
        .split('/')
        .filter(|segment| !segment.contains(['{', '}']))
    {
        // A dot segment would lead to another endpoint.
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.~".contains(c);
        if matches!(segment, "." | "..") || !segment.chars().all(plain) {
            lint.report(
                "path-template",
                at,
                format!("`{segment}` cannot be a segment of a path"),
                "use letters, digits and `-`",
            );
        }
    }
}

fn parameters<'a>(
    lint: &mut Lint<'a>,
    path: &str,
    item: &'a Value,
    operation: &'a Value,
    at: &str,
) {
    let mut declared = BTreeSet::new();
    let mut rust_names = BTreeMap::new();
    for parameter in elements(item.get("parameters")).chain(elements(operation.get("parameters"))) {
        let Some(parameter) = follow(lint.root(), parameter) else {
            continue;
        };
        let name = text(parameter, "name").unwrap_or_default();
        let at = step(&step(at, "parameters"), name);
        match text(parameter, "in") {
            Some("path") => {
                declared.insert(name.to_owned());
            }
            Some("query") => {}
            other => lint.report(
                "parameter-location",
                &at,
                format!(
                    "a parameter in `{}` is not generated",
                    other.unwrap_or("nothing")
                ),
                "only path and query parameters are; a header can be set on the call",
            ),
        }
        if parameter.get("content").is_some() || parameter.get("schema").is_none() {
            lint.report(
                "parameter-schema",
                &at,
                "a parameter needs a schema",
                "for JSON text in the query use a string schema and x-heffl-json: true",
            );
        } else if let Some(schema) = parameter
            .get("schema")
            .and_then(|schema| follow(lint.root(), schema))
            && !matches!(
                text(schema, "type"),
                Some("string" | "integer" | "number" | "boolean")
            )
            && component(schema).is_none()
        {
            lint.report(
                "parameter-type",
                &at,
                "a parameter must be text, a number or a boolean",
                "",
            );
        }
        if let Some(schema) = parameter.get("schema") {
            parameters::limits(lint, schema, &at);
        }
        filters::fields(lint, parameter, &at);
        parameters::name(lint, name, &at, &mut rust_names);
    }
    let mut expected = BTreeSet::new();
    for segment in path
        .split('/')
        .filter(|segment| segment.contains(['{', '}']))
    {
        match segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
        {
            Some(name) if !name.contains(['{', '}']) => {
                expected.insert(name.to_owned());
            }
            _ => lint.report(
                "path-template",
                at,
                format!("the path segment `{segment}` is not wholly a parameter"),
                "",
            ),
        }
    }
    literal_segments(lint, path, at);
    if !path.starts_with('/') || (path.len() > 1 && path.ends_with('/')) || path.contains("//") {
        let message = format!("the path `{path}` must start with one slash and not end in one");
        lint.report("path-template", at, message, "");
    }
    if declared != expected {
        let list = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(", ");
        lint.report(
            "path-parameters",
            at,
            format!(
                "the path names ({}), the parameters ({})",
                list(&expected),
                list(&declared)
            ),
            "declare each parameter of the path, and no other, with `in: path`",
        );
    }
}

fn body<'a>(lint: &mut Lint<'a>, operation: &'a Value, at: &str) {
    let Some(body) = operation.get("requestBody") else {
        return;
    };
    let at = step(at, "requestBody");
    let Some(body) = follow(lint.root(), body) else {
        return;
    };
    let content: Vec<_> = entries(body.get("content")).collect();
    // A body that may be missing is sent all the same.
    let [(media_type, media)] = content.as_slice() else {
        lint.report(
            "body-not-one",
            &step(&at, "content"),
            "a body needs exactly one media type",
            "",
        );
        return;
    };
    let is_object = media
        .get("schema")
        .and_then(|schema| follow(lint.root(), schema))
        .is_some_and(|schema| text(schema, "type") == Some("object"));
    if media_type.as_str() != "application/json" || !is_object {
        lint.report(
            "body-not-json-object",
            &step(&at, "content"),
            "a body must be application/json and a JSON object",
            "",
        );
    }
}

fn answer<'a>(lint: &mut Lint<'a>, operation: &'a Value, at: &str) {
    let at = step(at, "responses");
    let successes: Vec<_> = entries(operation.get("responses"))
        .filter(|(status, _)| status.starts_with('2'))
        .collect();
    let [(status, response)] = successes.as_slice() else {
        lint.report(
            "answer-not-one",
            &at,
            "an operation needs exactly one successful answer",
            "",
        );
        return;
    };
    let at = step(&at, status);
    let Some(response) = follow(lint.root(), response) else {
        return;
    };
    let schema = response.pointer("/content/application~1json/schema");
    let one_type = entries(response.get("content")).count() == 1;
    let usable = schema.is_some_and(|schema| {
        let inner = match text(schema, "type") {
            Some("array") => schema.get("items"),
            _ => Some(schema),
        };
        inner
            .and_then(|inner| follow(lint.root(), inner))
            .is_some_and(|schema| text(schema, "type") == Some("object"))
    });
    if !one_type || !usable {
        lint.report(
            "answer-not-json-object",
            &at,
            "an answer must be application/json, and a JSON object or a list of them",
            "",
        );
    }
}
