//! Operations: their names, parameters, bodies and responses.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Normaliser, bodies::is_json, schemas::note};
use crate::{
    json::{component, elements, entries, flag, step, text},
    naming,
};

const METHODS: [&str; 8] = [
    "get", "post", "put", "patch", "delete", "head", "options", "trace",
];

/// What a path item holds beside operations.
const OF_ITEM: [&str; 6] = [
    "$ref",
    "parameters",
    "summary",
    "description",
    "servers",
    "additionalOperations",
];

/// Headers that the client sets, and parameters may not.
const MANAGED: [&str; 17] = [
    "accept",
    "accept-encoding",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-api-key",
];

impl<'a> Normaliser<'a> {
    /// All operations that can be generated, by path and method.
    pub(super) fn paths(&mut self) -> Map<String, Value> {
        let mut paths = Map::new();
        for (path, item) in entries(self.root.get("paths")) {
            let at = step("/paths", path);
            if path.starts_with("x-") {
                continue;
            }
            let Some((item, at)) = self.target(item, &at) else {
                continue;
            };
            let mut operations = Map::new();
            for (method, operation) in entries(Some(item)) {
                let at = step(&at, method);
                if METHODS.contains(&method.as_str()) {
                    let normal = self.operation(path, item, method, operation, &at);
                    operations.extend(normal.map(|normal| (method.clone(), normal.into())));
                } else if !OF_ITEM.contains(&method.as_str()) && !method.starts_with("x-") {
                    self.warn(
                        "method-unknown",
                        &at,
                        format!("`{method}` is no HTTP method"),
                    );
                }
            }
            if item.get("servers").is_some() {
                self.other_servers(&step(&at, "servers"));
            }
            if !operations.is_empty() {
                paths.insert(path.clone(), operations.into());
            }
        }
        paths
    }

    fn other_servers(&mut self, at: &str) {
        self.warn(
            "server-ignored",
            at,
            "requests go to the base URL of the client, and not to this one",
        );
    }

    fn left_out(&mut self, at: &str, why: &str) -> Option<Map<String, Value>> {
        self.warn(
            "operation-left-out",
            at,
            format!("the operation is left out: {why}"),
        );
        None
    }

    fn operation(
        &mut self,
        path: &str,
        item: &'a Value,
        method: &str,
        operation: &'a Value,
        at: &str,
    ) -> Option<Map<String, Value>> {
        let Some(fields) = operation.as_object() else {
            return self.left_out(at, "it is no object");
        };
        if let Some(problem) = path_problem(path) {
            return self.left_out(at, problem);
        }
        let mut normal = fields.clone();
        let id = self.operation_id(path, method, operation, at);
        normal.insert("operationId".to_owned(), id.as_str().into());
        normal.insert("tags".to_owned(), json!([self.tag(path, operation, at)]));
        if text(operation, "summary").is_none_or(|summary| summary.trim().is_empty()) {
            let words = naming::words(&id).join(" ");
            let summary: String = words
                .chars()
                .take(1)
                .flat_map(char::to_uppercase)
                .chain(words.chars().skip(1))
                .collect();
            self.warn(
                "summary-missing",
                at,
                format!("the operation has no summary, and is described as `{summary}`"),
            );
            normal.insert("summary".to_owned(), summary.into());
        }
        for (key, what) in [("callbacks", "callbacks are not generated")] {
            if normal.shift_remove(key).is_some() {
                self.warn("callbacks-left-out", &step(at, key), what);
            }
        }
        if normal.shift_remove("servers").is_some() {
            self.other_servers(&step(at, "servers"));
        }
        let name = naming::pascal(&id);
        normal.shift_remove("requestBody");
        if let Some(body) = operation.get("requestBody") {
            match self.body(body, method, &name, &step(at, "requestBody")) {
                Ok(body) => normal.extend(body.map(|body| ("requestBody".to_owned(), body))),
                Err(why) => return self.left_out(at, &why),
            }
        }
        let mut notes = Vec::new();
        let parameters = match self.parameters(path, item, operation, &name, at, &mut notes) {
            Ok(parameters) => parameters,
            Err(why) => return self.left_out(at, &why),
        };
        normal.shift_remove("parameters");
        if !parameters.is_empty() {
            normal.insert("parameters".to_owned(), parameters.into());
        }
        let responses = self.responses(operation, &name, &step(at, "responses"));
        normal.insert("responses".to_owned(), responses);
        for paragraph in notes {
            note(&mut normal, &paragraph);
        }
        Some(normal)
    }

    /// An `operationId` that no other operation has, also where case and signs do not count.
    fn operation_id(&mut self, path: &str, method: &str, operation: &Value, at: &str) -> String {
        let given = text(operation, "operationId").filter(|id| id.contains(char::is_alphanumeric));
        let made_up = || {
            let segments = path
                .split('/')
                .map(|segment| match segment.strip_prefix('{') {
                    Some(name) => format!("by {name}"),
                    None => segment.to_owned(),
                });
            let words: Vec<String> = std::iter::once(method.to_owned()).chain(segments).collect();
            naming::snake(&naming::ascii(&words.join(" ")))
        };
        let wanted = given.map_or_else(made_up, str::to_owned);
        let is_free = self.operation_names.is_free(&wanted);
        let name = self.operation_names.take(&wanted);
        let is_plain = |id: &str| {
            id.starts_with(|c: char| c.is_ascii_lowercase())
                && id.chars().all(|c| c.is_ascii_alphanumeric())
        };
        match given {
            Some(given)
                if is_free
                    && is_plain(given)
                    && naming::pascal(given) == name
                    && !naming::is_keyword(&naming::snake(given)) =>
            {
                return given.to_owned();
            }
            Some(given) if !is_free => {
                let message = format!(
                    "another operation is called like `{given}`; this one is `{name}` in the code"
                );
                self.warn("operation-id-twice", &step(at, "operationId"), message);
            }
            Some(_) => {}
            None => {
                let message = format!(
                    "the operation has no operationId, and is `{}` in the code",
                    naming::snake(&name)
                );
                self.warn("operation-id-missing", at, message);
            }
        }
        naming::snake(&name)
    }

    /// The one tag, which becomes the handle.
    fn tag(&mut self, path: &str, operation: &Value, at: &str) -> String {
        let tags: Vec<&str> = elements(operation.get("tags"))
            .filter_map(Value::as_str)
            .filter(|tag| !tag.trim().is_empty())
            .collect();
        if let Some(first) = tags.first() {
            if tags.len() > 1 {
                let message =
                    format!("of several tags, `{first}` is the one whose handle has the operation");
                self.warn("tag-not-one", &step(at, "tags"), message);
            }
            return (*first).to_owned();
        }
        let is_version = |segment: &str| {
            let number = segment.strip_prefix('v').unwrap_or_default();
            segment == "api"
                || !number.is_empty() && number.chars().all(|c| c.is_ascii_digit() || c == '.')
        };
        let mut segments = path.split('/').filter(|segment| {
            !segment.is_empty() && !segment.contains('{') && !is_version(segment)
        });
        let tag = segments.next().unwrap_or("root").to_owned();
        self.warn(
            "tag-missing",
            at,
            format!("the operation has no tag, and belongs to `{tag}`"),
        );
        tag
    }

    /// The parameters of the path item and of the operation, which may replace them. What the operation cannot do
    /// without, and has no form in the code, is the reason why there is no operation.
    fn parameters(
        &mut self,
        path: &str,
        item: &'a Value,
        operation: &'a Value,
        name: &str,
        at: &str,
        notes: &mut Vec<String>,
    ) -> Result<Vec<Value>, String> {
        let mut found: Vec<((&str, &str), &Value, String)> = Vec::new();
        let item_at = at.rsplit_once('/').map_or("", |(item, _)| item);
        for (holder, at) in [(item, item_at), (operation, at)] {
            let at = step(at, "parameters");
            for (index, parameter) in elements(holder.get("parameters")).enumerate() {
                let Some((parameter, at)) = self.target(parameter, &step(&at, &index.to_string()))
                else {
                    continue;
                };
                let (Some(location), Some(wire)) = (text(parameter, "in"), text(parameter, "name"))
                else {
                    self.warn(
                        "parameter-left-out",
                        &at,
                        "the parameter has no name or place, and is left out",
                    );
                    continue;
                };
                match found.iter_mut().find(|(key, ..)| *key == (location, wire)) {
                    Some(known) => *known = ((location, wire), parameter, at),
                    None => found.push(((location, wire), parameter, at)),
                }
            }
        }
        let mut in_path: BTreeMap<String, bool> = names_in(path)
            .into_iter()
            .map(|name| (name, false))
            .collect();
        let mut normal = Vec::new();
        for ((location, wire), parameter, at) in found {
            if location == "path" {
                match in_path.get_mut(wire) {
                    Some(is_declared) => *is_declared = true,
                    None => {
                        self.warn(
                            "path-parameters",
                            &at,
                            format!("the path has no `{{{wire}}}`; the parameter is left out"),
                        );
                        continue;
                    }
                }
            }
            match self.parameter(parameter, location, wire, name, &at) {
                Ok(parameter) => normal.push(parameter),
                Err(why) if location == "path" => {
                    return Err(format!("the path parameter `{wire}` {why}"));
                }
                Err(why) => {
                    self.warn(
                        "parameter-left-out",
                        &at,
                        format!("the parameter `{wire}` is left out: it {why}"),
                    );
                    if location != "header"
                        || !MANAGED.contains(&wire.to_ascii_lowercase().as_str())
                    {
                        let must = if flag(parameter, "required") {
                            ", and must be given"
                        } else {
                            ""
                        };
                        notes.push(format!(
                            "The {location} parameter `{wire}` has no method here{must}."
                        ));
                    }
                }
            }
        }
        for (wire, _) in in_path.into_iter().filter(|(_, is_declared)| !is_declared) {
            self.warn(
                "path-parameters",
                at,
                format!("no parameter describes `{{{wire}}}`; any text is taken"),
            );
            normal.push(
                json!({"name": wire, "in": "path", "required": true, "schema": {"type": "string"}}),
            );
        }
        Ok(normal)
    }

    /// A normal parameter, or why there is none.
    fn parameter(
        &mut self,
        parameter: &'a Value,
        location: &str,
        wire: &str,
        operation: &str,
        at: &str,
    ) -> Result<Value, String> {
        let mut normal = parameter.as_object().cloned().unwrap_or_default();
        // A parameter of several operations has one type, which is called after the first of them.
        let base = match at.strip_prefix("/components/parameters/") {
            Some(key) => naming::pascal(&naming::ascii(key)),
            None => format!("{operation}{}", naming::pascal(&naming::ascii(wire))),
        };
        let content = entries(parameter.get("content")).next();
        if let (Some((media, content)), None) = (content, parameter.get("schema")) {
            if location != "query" || !is_json(media) {
                return Err(format!("is sent as `{media}`"));
            }
            let schema = content
                .get("schema")
                .map(|schema| self.place(schema, &base, at));
            normal.shift_remove("content");
            normal.insert("x-heffl-json".to_owned(), true.into());
            normal.insert("schema".to_owned(), schema.unwrap_or_else(|| json!({})));
            return Ok(normal.into());
        }
        self.filters(&mut normal, &base, at);
        let style = text(parameter, "style");
        let usual = match location {
            "query" => "form",
            "path" | "header" => "simple",
            _ => return Err(format!("is sent in a {location}")),
        };
        if location == "header" && MANAGED.contains(&wire.to_ascii_lowercase().as_str()) {
            return Err("is a header that the client sets".to_owned());
        }
        let at_schema = step(at, "schema");
        let schema = match parameter.get("schema") {
            Some(schema) => self.place(schema, &base, &at_schema),
            None => json!({"type": "string"}),
        };
        let is_list = text(&schema, "type") == Some("array");
        if flag(parameter, "x-heffl-json") || flag(&schema, "x-heffl-json") {
            normal.insert("schema".to_owned(), schema);
            return Ok(normal.into());
        }
        let separator = match style {
            None => ",",
            Some(style) if style == usual => ",",
            Some("spaceDelimited") if location == "query" && is_list => " ",
            Some("pipeDelimited") if location == "query" && is_list => "|",
            Some(style) => return Err(format!("is written in the style `{style}`")),
        };
        let value = if is_list {
            schema.get("items").cloned().unwrap_or_default()
        } else {
            schema.clone()
        };
        let is_enumeration = component(&value).is_some_and(|name| self.enumerations.contains(name));
        let ty = text(&value, "type");
        let is_scalar =
            is_enumeration || matches!(ty, Some("string" | "integer" | "number" | "boolean"));
        let is_json = component(&value).is_none_or(|name| self.foreign.contains(name));
        let is_any = !is_list && ty.is_none() && is_json;
        if !is_scalar && !is_any {
            return Err(
                "has a value that is neither text nor a number nor a list of these".to_owned(),
            );
        }
        if is_any {
            self.warn(
                "parameter-untyped",
                &at_schema,
                format!("the parameter `{wire}` takes any text"),
            );
            normal.insert("schema".to_owned(), json!({"type": "string"}));
        } else {
            normal.insert("schema".to_owned(), schema.clone());
        }
        if is_list {
            let explode = parameter.get("explode").and_then(Value::as_bool);
            let is_exploded =
                location == "query" && explode.unwrap_or(style.is_none_or(|style| style == "form"));
            normal.insert(
                "x-heffl-codegen-separator".to_owned(),
                if is_exploded {
                    Value::Null
                } else {
                    separator.into()
                },
            );
        }
        self.parameter_notes(parameter, &schema, wire, at);
        if flag(parameter, "deprecated") {
            note(&mut normal, "Deprecated.");
        }
        Ok(normal.into())
    }

    /// The values of the fields that a list is filtered by.
    fn filters(&mut self, parameter: &mut Map<String, Value>, base: &str, at: &str) {
        let filters = parameter
            .get_mut("x-heffl-filters")
            .and_then(Value::as_object_mut);
        for (field, filter) in filters.into_iter().flatten() {
            if let Some(schema) = filter.get_mut("schema") {
                let at = step(&step(&step(at, "x-heffl-filters"), field), "schema");
                let name = format!("{base}{}", naming::pascal(&naming::ascii(field)));
                *schema = self.place(schema, &name, &at);
            }
        }
    }

    /// What is said of a parameter and not done.
    fn parameter_notes(&mut self, parameter: &Value, schema: &Value, wire: &str, at: &str) {
        for (key, what) in [
            ("allowReserved", "is sent with reserved characters encoded"),
            ("allowEmptyValue", "has no form without a value"),
        ] {
            if flag(parameter, key) {
                self.warn(
                    "parameter-form",
                    &step(at, key),
                    format!("the parameter `{wire}` {what}"),
                );
            }
        }
        let at = step(at, "schema");
        if flag(schema, "nullable") {
            self.warn(
                "parameter-form",
                &step(&at, "nullable"),
                format!("the parameter `{wire}` cannot be null"),
            );
        }
        for key in ["minItems", "maxItems"] {
            if schema.get(key).is_some() {
                self.warn(
                    "not-checked",
                    &step(&at, key),
                    format!("`{key}` is not checked by the code"),
                );
            }
        }
        let measured: &[&str] = match text(schema, "type") {
            Some("integer" | "number") => &["minimum", "maximum"],
            Some("string") => &["minLength", "maxLength"],
            _ => &[],
        };
        for key in ["minimum", "maximum", "minLength", "maxLength"] {
            let Some(bound) = schema.get(key) else {
                continue;
            };
            if !measured.contains(&key) {
                self.warn(
                    "not-checked",
                    &step(&at, key),
                    format!("`{key}` bounds nothing here"),
                );
            } else if bound.as_i64().is_none() {
                self.warn(
                    "not-checked",
                    &step(&at, key),
                    format!("`{key}` is no whole number, and not checked"),
                );
            }
        }
        let bound = |key: Option<&&str>| key.and_then(|key| schema.get(*key)?.as_i64());
        if let (Some(low), Some(high)) = (bound(measured.first()), bound(measured.get(1)))
            && low > high
        {
            self.warn(
                "not-checked",
                &at,
                format!("no value is from {low} to {high}; bounds are not checked"),
            );
        }
    }
}

/// The parameters of a path.
fn names_in(path: &str) -> Vec<String> {
    let parts = path.split('{').skip(1);
    parts
        .filter_map(|part| Some(part.split_once('}')?.0.to_owned()))
        .collect()
}

/// Why requests to a path cannot be put together.
fn path_problem(path: &str) -> Option<&'static str> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let segments = || path.split('/').skip(1);
    let last = segments().count().saturating_sub(1);
    if !path.starts_with('/') {
        Some("its path does not begin with a slash")
    } else if query.contains(['{', '#']) || path.contains('#') {
        Some("its path has a fragment, or a query with parameters")
    } else if segments().any(|segment| matches!(segment, "." | "..")) {
        Some("its path has a segment that leads to another path")
    } else if segments()
        .enumerate()
        .any(|(index, segment)| segment.is_empty() && index != last)
    {
        Some("its path has an empty segment")
    } else if path.contains(['%', '\\'])
        || path.contains(|c: char| c.is_control() || c.is_whitespace())
    {
        Some("its path has a character that stands for another one in URLs")
    } else if segments().any(|segment| !is_balanced(segment)) {
        Some("the braces in its path do not match")
    } else {
        None
    }
}

fn is_balanced(segment: &str) -> bool {
    let mut is_open = false;
    for character in segment.chars() {
        match character {
            '{' if !is_open => is_open = true,
            '}' if is_open => is_open = false,
            '{' | '}' => return false,
            _ => {}
        }
    }
    !is_open && !segment.contains("{}")
}
