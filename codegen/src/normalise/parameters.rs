//! Parameters of operations: which values they have, and how these are sent.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    Normaliser,
    bodies::is_json,
    schemas::{Form, note},
};
use crate::{
    json::{component, elements, entries, flag, step, text},
    naming,
};

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
    /// The parameters of the path item and of the operation, which may replace them. What the operation cannot do
    /// without, and has no form in the code, is the reason why there is no operation.
    pub(super) fn parameters(
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
        let form = component(&value).map(|name| self.forms.get(name));
        let is_enumeration = form == Some(Some(&Form::Enumeration));
        let ty = text(&value, "type");
        let is_scalar =
            is_enumeration || matches!(ty, Some("string" | "integer" | "number" | "boolean"));
        let is_json = form.is_none_or(|form| form == Some(&Form::Foreign));
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
