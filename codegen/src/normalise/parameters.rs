//! Parameters of operations: which values they have, and how these are sent.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    Normaliser,
    bodies::is_json,
    schemas::{Form, note},
    shared_name,
};
use crate::{
    json::{component, elements, entries, flag, step, text},
    naming,
};

/// Headers that the client sets, and parameters may not.
const MANAGED: &str = "accept accept-encoding authorization connection content-encoding content-length content-type \
    expect host keep-alive proxy-authorization te trailer transfer-encoding upgrade user-agent x-api-key";

fn is_managed(location: &str, wire: &str) -> bool {
    let mut managed = MANAGED.split(' ');
    location == "header" && managed.any(|header| header.eq_ignore_ascii_case(wire))
}

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
                    let message = "the parameter has no name or place, and is left out";
                    self.warn("parameter-left-out", &at, message);
                    continue;
                };
                match found.iter_mut().find(|(key, ..)| *key == (location, wire)) {
                    Some(known) => *known = ((location, wire), parameter, at),
                    None => found.push(((location, wire), parameter, at)),
                }
            }
        }
        let in_path = names_in(path);
        let mut undescribed = in_path.clone();
        let mut normal = Vec::new();
        for ((location, wire), parameter, at) in found {
            if location == "path" {
                undescribed.remove(wire);
                if !in_path.contains(wire) {
                    let message =
                        format!("the path has no `{{{wire}}}`; the parameter is left out");
                    self.warn("path-parameters", &at, message);
                    continue;
                }
            }
            match self.parameter(parameter, location, wire, name, &at) {
                Ok(parameter) => normal.push(parameter),
                Err(why) if location == "path" => {
                    return Err(format!("the path parameter `{wire}` {why}"));
                }
                Err(why) => {
                    let message = format!("the parameter `{wire}` is left out: it {why}");
                    self.warn("parameter-left-out", &at, message);
                    let is_required = flag(parameter, "required");
                    let must = if is_required {
                        ", and must be given"
                    } else {
                        ""
                    };
                    let note =
                        format!("The {location} parameter `{wire}` has no method here{must}.");
                    notes.extend((!is_managed(location, wire)).then_some(note));
                }
            }
        }
        for wire in undescribed {
            let message = format!("no parameter describes `{{{wire}}}`; any text is taken");
            self.warn("path-parameters", at, message);
            let schema = json!({"type": "string"});
            normal.push(json!({"name": wire, "in": "path", "required": true, "schema": schema}));
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
        let base = shared_name(at)
            .unwrap_or_else(|| format!("{operation}{}", naming::pascal(&naming::ascii(wire))));
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
        if is_managed(location, wire) {
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
        let items = schema.get("items").filter(|_| is_list);
        let value = items.unwrap_or(if is_list { &Value::Null } else { &schema });
        let form = component(value).map(|name| self.forms.get(name));
        let ty = text(value, "type");
        let is_scalar = form == Some(Some(&Form::Enumeration))
            || matches!(ty, Some("string" | "integer" | "number" | "boolean"));
        let is_json = form.is_none_or(|form| form == Some(&Form::Foreign));
        let is_any = !is_list && ty.is_none() && is_json;
        if !is_scalar && !is_any {
            return Err(
                "has a value that is neither text nor a number nor a list of these".to_owned(),
            );
        }
        let sent = if is_any {
            json!({"type": "string"})
        } else {
            schema.clone()
        };
        normal.insert("schema".to_owned(), sent);
        if is_any {
            let message = format!("the parameter `{wire}` takes any text");
            self.warn("parameter-untyped", &at_schema, message);
        }
        if is_list {
            let explode = parameter.get("explode").and_then(Value::as_bool);
            let explode = explode.unwrap_or(style.is_none_or(|style| style == "form"));
            let separator = (location != "query" || !explode).then_some(separator);
            normal.insert("x-heffl-codegen-separator".to_owned(), separator.into());
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

    /// Warns about keywords of a parameter that the code does not honour.
    fn parameter_notes(&mut self, parameter: &Value, schema: &Value, wire: &str, at: &str) {
        let at_schema = step(at, "schema");
        for (holder, at, key, what) in [
            (
                parameter,
                at,
                "allowReserved",
                "is sent with reserved characters encoded",
            ),
            (
                parameter,
                at,
                "allowEmptyValue",
                "has no form without a value",
            ),
            (schema, &at_schema, "nullable", "cannot be null"),
        ] {
            if flag(holder, key) {
                let message = format!("the parameter `{wire}` {what}");
                self.warn("parameter-form", &step(at, key), message);
            }
        }
        let measured = match text(schema, "type") {
            Some("integer" | "number") => ["minimum", "maximum"],
            Some("string") => ["minLength", "maxLength"],
            _ => [""; 2],
        };
        let bounds = ["minimum", "maximum", "minLength", "maxLength"];
        for key in ["minItems", "maxItems"].into_iter().chain(bounds) {
            let why = match schema.get(key) {
                Some(_) if key.ends_with("Items") => "is not checked by the code",
                Some(_) if !measured.contains(&key) => "bounds nothing here",
                Some(bound) if !bound.is_i64() => "is no whole number, and not checked",
                _ => continue,
            };
            self.warn(
                "not-checked",
                &step(&at_schema, key),
                format!("`{key}` {why}"),
            );
        }
        if let [Some(low), Some(high)] = measured.map(|key| schema.get(key)?.as_i64())
            && low > high
        {
            let message = format!("no value is from {low} to {high}; bounds are not checked");
            self.warn("not-checked", &at_schema, message);
        }
    }
}

/// The parameters of a path.
fn names_in(path: &str) -> BTreeSet<&str> {
    let parts = path.split('{').skip(1);
    parts
        .filter_map(|part| Some(part.split_once('}')?.0))
        .collect()
}
