//! The final form of operations and schemas.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    components::Components,
    envelope::page,
    merge::{is_object, is_open, says_something},
    names::VersionNames,
    operations::Named,
    root::Security,
};
use crate::{
    finding::Finding,
    fragment::{CUSTOM_FIELDS, EVIDENCE, Evidence, ID, PREFIXES, RULE},
    openapi::{
        Kind, add_new, entries, is_required, order, put_default, set, take, text, visit_mut,
        visit_schemas,
    },
};

/// The documentation site.
const SITE: &str = "https://docs.heffl.com/";

/// The description of the values of custom fields.
const CUSTOM_FIELD: &str = "A custom field: its key starts with `cf_`, its value is any JSON.";

/// Finishes operations and schemas.
pub(super) struct Finisher {
    /// The prefixes of identifiers, each with its kind of record.
    pub(super) prefixes: BTreeMap<String, String>,
    pub(super) security: Security,
    pub(super) warnings: Vec<Finding>,
}

impl Finisher {
    /// Adds the operations and their components to a document.
    pub(super) fn document(
        &mut self,
        document: &mut Value,
        operations: &[Named],
        calls: Vec<Value>,
        components: &Components,
        names: &VersionNames,
    ) {
        let common = self.security.common(operations, &calls);
        let mut tags = Vec::new();
        let mut lists = Vec::new();
        let mut paths = json!({});
        for (named, mut call) in operations.iter().zip(calls) {
            add_new(&mut tags, [json!({"name": named.names.tag})]);
            if named.names.is_list {
                let name = &named.names.response;
                lists.push(names.schemas.get(name).unwrap_or(name));
            }
            self.operation(&mut call, named, common.as_ref());
            let method = named.layered.method.to_ascii_lowercase();
            paths[&named.layered.path][method] = call;
        }
        let mut schemas = Map::new();
        for (name, schema) in &components.schemas {
            let mut written = schema.object.clone();
            self.schema(&mut written, name, schema.is_exact);
            let component = |name: &str| Some(&components.schemas.get(name)?.object);
            let page = page(&schema.object, component);
            if let Some(page) = page.filter(|_| lists.contains(&name)) {
                written["x-heffl-page"] = page;
            }
            schemas.insert(name.clone(), written);
        }
        document["tags"] = json!(tags);
        document["paths"] = paths;
        document["components"]["schemas"] = Value::Object(schemas);
        set(document, "security", common.as_ref());
        let schemes = self.security.schemes();
        if !schemes.is_empty() {
            document["components"]["securitySchemes"] = Value::Object(schemes);
        }
        order::document(document);
    }

    fn operation(&mut self, call: &mut Value, named: &Named, common: Option<&Value>) {
        let own = take(call, "security").map(|own| self.security.renamed(&own));
        set(
            call,
            "security",
            own.as_ref().filter(|own| Some(*own) != common),
        );
        let source = &named.layered;
        call["operationId"] = json!(named.names.operation_id);
        call["tags"] = json!([named.names.tag]);
        take(call, RULE);
        call[EVIDENCE] = take(call, EVIDENCE).unwrap_or_default();
        call["x-heffl-source"] =
            json!({"page": format!("{SITE}{}", source.page), "form": source.form});
        let key = source.key();
        visit_mut(
            call,
            Kind::Operation,
            &mut |value, place| match place.kind {
                Kind::Parameter => {
                    self.identify(value, &key);
                    if text(value, "in") == Some("path") {
                        value["required"] = json!(true);
                    }
                    without_defaults(value, &["required", "deprecated"]);
                    order_own(value);
                }
                Kind::Body => without_defaults(value, &["required"]),
                Kind::Response => order_own(value),
                kind if kind.is_schema() => open_object(value),
                _ => {}
            },
        );
    }

    fn schema(&mut self, schema: &mut Value, name: &str, is_exact: bool) {
        visit_schemas(schema, Kind::Schema, &mut |value, place| {
            open_object(value);
            self.identify(value, name);
            if is_object(value) {
                finish_object(value, is_exact);
            }
            if place.kind == Kind::Schema {
                take(value, EVIDENCE);
                take(value, RULE);
            } else {
                without_defaults(value, &["nullable", "deprecated"]);
                // OpenAPI 3.0 ignores keys next to a reference.
                if let Some(target) = take(value, "$ref") {
                    value["allOf"] = json!([{"$ref": target}]);
                }
                order_own(value);
            }
        });
    }

    /// Adds the kind of record of an identifier.
    fn identify(&mut self, value: &mut Value, place: &str) {
        let Some(prefix) = value.get(ID).and_then(|id| text(id, "prefix")) else {
            return;
        };
        if let Some(of) = self.prefixes.get(prefix) {
            value[ID]["of"] = json!(of);
            return;
        }
        let message = format!("no guide explains the prefix {prefix} ({place}): it is omitted");
        let help = format!("add it to `{PREFIXES}` in a fragment of spec/facts");
        self.warnings
            .push(Finding::new("prefix-unknown", message).help(help));
        take(value, ID);
    }
}

/// Removes flags that are false.
fn without_defaults(value: &mut Value, flags: &[&str]) {
    for flag in flags {
        if value.get(flag) == Some(&json!(false)) {
            take(value, flag);
        }
    }
}

/// An object without known properties allows any key.
fn open_object(schema: &mut Value) {
    let values = schema.get("additionalProperties");
    if values == Some(&json!(true)) || values.is_none() && is_open(schema) {
        schema["additionalProperties"] = json!({});
    }
}

fn finish_object(schema: &mut Value, is_exact: bool) {
    let properties = entries(schema.get("properties")).map(|(name, _)| name);
    let required = properties.filter(|name| is_required(schema, name)).cloned();
    let required: Vec<String> = required.collect();
    take(schema, "required");
    put_default(schema, "type", json!("object"));
    put_default(schema, "properties", json!({}));
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    let others = schema.get("additionalProperties");
    let is_open = others.is_some_and(|values| *values != json!(false) && !says_something(values));
    // Other keys are custom fields, unless a page is exact and does not allow them.
    if (is_open && !is_exact) || schema.get(CUSTOM_FIELDS).is_some() {
        schema["additionalProperties"] = json!({"description": CUSTOM_FIELD});
        schema[CUSTOM_FIELDS] = json!(true);
    }
}

/// Sorts the `x-heffl-*` keys of a property, a parameter or a response.
fn order_own(value: &mut Value) {
    let inferred = json!(Evidence::Inferred.as_str());
    for key in [ID, "x-heffl-json", EVIDENCE, RULE] {
        if let Some(own) = take(value, key)
            && (key != RULE || value.get(EVIDENCE) == Some(&inferred))
        {
            value[key] = own;
        }
    }
}
