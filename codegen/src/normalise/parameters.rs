//! Parameters of operations: their values, and how the values are sent.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    Normaliser,
    bodies::is_json,
    schemas::{Form, Schema, note},
    shared_name,
};
use crate::{
    json::{component, elements, entries, flag, inner, step, text},
    naming,
};

/// Headers that only the client may set.
const MANAGED: &str = "accept accept-encoding authorization connection content-encoding content-length content-type \
    expect host keep-alive proxy-authorization te trailer transfer-encoding upgrade user-agent x-api-key";

fn is_managed(location: &str, wire: &str) -> bool {
    let mut managed = MANAGED.split(' ');
    location == "header" && managed.any(|header| header.eq_ignore_ascii_case(wire))
}

impl<'a> Normaliser<'a> {
    /// The parameters of the path item and of the operation, which may replace them. If the code cannot express a
    /// required parameter, the error is the reason why the operation is omitted. The description of the operation
    /// names other parameters that the code cannot express.
    pub(super) fn parameters(
        &mut self,
        path: &str,
        item: &'a Value,
        operation: &'a Value,
        name: &str,
        at: &str,
        normal_operation: &mut Map<String, Value>,
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
        let mut undescribed = names_in(path);
        let mut normal = Vec::new();
        for ((location, wire), parameter, at) in found {
            if location == "path" && !undescribed.remove(wire) {
                let message = format!("the path has no `{{{wire}}}`; the parameter is left out");
                self.warn("path-parameters", &at, message);
                continue;
            }
            match self.parameter(parameter, location, wire, name, &at) {
                Ok(parameter) => normal.push(parameter),
                Err(why) if location == "path" => {
                    return Err(format!("the path parameter `{wire}` {why}"));
                }
                Err(why) => {
                    let message = format!("the parameter `{wire}` is left out: it {why}");
                    self.warn("parameter-left-out", &at, message);
                    let must = flag(parameter, "required").then_some(", and must be given");
                    let must = must.unwrap_or_default();
                    if !is_managed(location, wire) {
                        let paragraph =
                            format!("The {location} parameter `{wire}` has no method here{must}.");
                        note(normal_operation, &paragraph);
                    }
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

    /// A normal parameter, or the reason why it is omitted.
    fn parameter(
        &mut self,
        parameter: &'a Value,
        location: &str,
        wire: &str,
        operation: &str,
        at: &str,
    ) -> Result<Value, String> {
        let mut normal = parameter.as_object().cloned().unwrap_or_default();
        // A parameter of several operations has one type, which is named after the first operation.
        let base = shared_name(at)
            .unwrap_or_else(|| format!("{operation}{}", naming::pascal(&naming::ascii(wire))));
        let content = entries(parameter.get("content")).next();
        let content = content.filter(|_| parameter.get("schema").is_none());
        if let Some((media, _)) = content
            && (location != "query" || !is_json(media))
        {
            return Err(format!("is sent as `{media}`"));
        }
        self.filters(&mut normal, &base, at);
        let usual = match location {
            "query" | "cookie" => "form",
            "path" | "header" => "simple",
            _ => return Err(format!("is sent in a {location}")),
        };
        if is_managed(location, wire) {
            return Err("is a header that the client sets".to_owned());
        }
        let at_schema = step(at, "schema");
        let text_schema = json!({"type": "string"});
        let holder = content.map_or(parameter, |(_, content)| content);
        let given = holder.get("schema").unwrap_or(&text_schema);
        let mut schema = self.place(given, &base, &at_schema);
        if content.is_some() || flag(parameter, "x-heffl-json") || flag(&schema, "x-heffl-json") {
            normal.shift_remove("content");
            normal.insert("x-heffl-json".to_owned(), true.into());
            normal.insert("schema".to_owned(), schema);
            return Ok(normal.into());
        }
        let style = text(parameter, "style").unwrap_or(usual);
        let explode = parameter.get("explode").and_then(Value::as_bool);
        let explode = explode.unwrap_or(style == "form");
        let is_list = text(&schema, "type") == Some("array");
        let items = schema.get("items").filter(|_| is_list);
        let value = items.unwrap_or(if is_list { &Value::Null } else { &schema });
        let form = component(value).and_then(|name| self.forms.get(name));
        let ty = text(value, "type");
        let is_scalar = form == Some(&Form::Enumeration)
            || matches!(ty, Some("string" | "integer" | "number" | "boolean"));
        let is_any = !is_list && ty.is_none() && matches!(form, None | Some(Form::Foreign));
        let is_object = !is_list && (form == Some(&Form::Object) || ty == Some("object"));
        if !(is_scalar || is_any || is_object && location == "query") {
            return Err(
                "has a value that is neither text nor a number nor a list of these".to_owned(),
            );
        }
        let form = match (location, style) {
            ("query", "deepObject") if is_object => Some("Deep"),
            ("query", "form") if is_object && explode => Some("Apart"),
            ("query", "form") if is_object => Some("Joined"),
            ("query", "form" | "spaceDelimited" | "pipeDelimited") if is_list && explode => None,
            ("query", "spaceDelimited") if is_list => Some(" "),
            ("query", "pipeDelimited") if is_list => Some("|"),
            ("cookie", _) if is_list => return Err("is a list, and sent in a cookie".to_owned()),
            _ if style == usual => Some(","),
            _ => return Err(format!("is written in the style `{style}`")),
        };
        let most = if form == Some("Joined") { 2 } else { 3 };
        if is_object && self.depth(given, &at_schema, 2) > most {
            return Err("has members that a query has no form for".to_owned());
        }
        if is_any {
            let message = format!("the parameter `{wire}` takes any text");
            self.warn("parameter-untyped", &at_schema, message);
            schema = text_schema;
        }
        self.limits(&mut schema, &at_schema);
        if let Some(items) = schema.get_mut("items") {
            self.limits(items, &step(&at_schema, "items"));
        }
        if is_list || is_object {
            normal.insert("x-heffl-codegen-form".to_owned(), form.into());
        }
        for key in ["allowReserved", "allowEmptyValue"] {
            if flag(parameter, key) {
                let message = format!("`{key}` of the parameter `{wire}` has no effect");
                self.warn("parameter-form", &step(at, key), message);
            }
        }
        if flag(&schema, "nullable") && flag(parameter, "required") {
            let message = format!("the parameter `{wire}` must be given, and cannot be null");
            self.warn("parameter-form", &step(&at_schema, "nullable"), message);
        }
        normal.insert("schema".to_owned(), schema);
        if flag(parameter, "deprecated") {
            note(&mut normal, "Deprecated.");
        }
        Ok(normal.into())
    }

    /// The depth of nested lists in a value, at most `levels`; an object counts as two.
    fn depth(&mut self, schema: &Value, at: &str, levels: usize) -> usize {
        let mut flat = Schema::new();
        self.absorb(&mut flat, schema.clone(), at, at);
        let own = match Form::of(&flat) {
            Form::List => 1,
            Form::Object => 2,
            _ if flat.get("type").is_some_and(|ty| ty == "object") => 2,
            _ => return 0,
        };
        let flat = Value::from(flat);
        let inner = inner(&flat).filter(|_| levels > 0);
        own + inner
            .map(|it| self.depth(it, at, levels - 1))
            .max()
            .unwrap_or(0)
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

    /// Removes bounds that do not apply to the type, or that no value can satisfy.
    fn limits(&mut self, schema: &mut Value, at: &str) {
        let ty = text(schema, "type").unwrap_or_default().to_owned();
        for (low, high, types) in [
            ("minimum", "maximum", "integer number"),
            ("minLength", "maxLength", "string"),
            ("minItems", "maxItems", "array"),
        ] {
            let bound = |key| schema.get(key).and_then(Value::as_f64);
            let why = if !types.split(' ').any(|of| of == ty) {
                "bounds nothing here"
            } else if bound(low)
                .zip(bound(high))
                .is_some_and(|(low, high)| low > high)
            {
                "is not checked, since no value is allowed"
            } else {
                continue;
            };
            for key in [low, high] {
                if schema
                    .as_object_mut()
                    .and_then(|it| it.shift_remove(key))
                    .is_some()
                {
                    self.warn("not-checked", &step(at, key), format!("`{key}` {why}"));
                }
            }
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
