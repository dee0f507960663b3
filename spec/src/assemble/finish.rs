//! Operations and schemas as they stand in the document.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    merge::{is_object, is_open, says_something},
    operations::Named,
    root::Security,
};
use crate::{
    finding::Finding,
    fragment::{CUSTOM_FIELDS, EVIDENCE, Evidence, ID, PREFIXES, RULE},
    openapi::{Kind, Place, entries, is_required, put_default, take, text, visit_mut},
};

/// The documentation site.
const SITE: &str = "https://docs.heffl.com/";

/// What the values of custom fields are.
const CUSTOM_FIELD: &str = "A custom field: its key starts with `cf_`, its value is any JSON.";

/// Finishes operations and schemas.
pub(super) struct Finisher {
    /// The prefixes of identifiers, each with the kind of record it stands for.
    prefixes: BTreeMap<String, String>,
    pub(super) warnings: Vec<Finding>,
}

impl Finisher {
    pub(super) fn new(prefixes: BTreeMap<String, String>) -> Self {
        let warnings = Vec::new();
        Self { prefixes, warnings }
    }

    pub(super) fn operation(
        &mut self,
        call: &mut Value,
        named: &Named,
        security: &Security,
        common: Option<&Value>,
    ) {
        let own = take(call, "security").map(|own| security.renamed(&own));
        if let Some(own) = own.filter(|own| Some(own) != common) {
            call["security"] = own;
        }
        let source = &named.layered;
        call["operationId"] = json!(named.names.operation_id);
        call["tags"] = json!([named.names.tag]);
        take(call, RULE);
        call[EVIDENCE] = take(call, EVIDENCE).unwrap_or_default();
        call["x-heffl-source"] =
            json!({"page": format!("{SITE}{}", source.page), "form": source.form});
        let key = source.key();
        let place = Place::root(Kind::Operation);
        visit_mut(call, &place, &mut |value, place| match place.kind {
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
        });
    }

    pub(super) fn schema(&mut self, schema: &mut Value, name: &str, is_exact: bool) {
        let place = Place::root(Kind::Schema);
        visit_mut(schema, &place, &mut |value, place| {
            open_object(value);
            self.identify(value, name);
            if is_object(value) {
                finish_object(value, is_exact);
            }
            if place.kind == Kind::Schema {
                take(value, EVIDENCE);
                take(value, RULE);
            }
            if place.kind == Kind::Property {
                without_defaults(value, &["nullable", "deprecated"]);
                // OpenAPI 3.0 knows nothing next to a reference.
                if let Some(target) = take(value, "$ref") {
                    value["allOf"] = json!([{"$ref": target}]);
                }
                order_own(value);
            }
        });
    }

    /// Adds what kind of record an identifier stands for.
    fn identify(&mut self, value: &mut Value, place: &str) {
        let Some(prefix) = value.get(ID).and_then(|id| text(id, "prefix")) else {
            return;
        };
        if let Some(of) = self.prefixes.get(prefix) {
            value[ID]["of"] = json!(of);
            return;
        }
        let message =
            format!("no guide says what the prefix {prefix} stands for ({place}): it is left out");
        let help = format!("add it to `{PREFIXES}` in a fragment of spec/facts");
        self.warnings
            .push(Finding::new("prefix-unknown", message).help(help));
        take(value, ID);
    }
}

/// Takes out flags that are not set.
fn without_defaults(value: &mut Value, flags: &[&str]) {
    for flag in flags {
        if value.get(flag) == Some(&json!(false)) {
            take(value, flag);
        }
    }
}

/// An object of which no property is known allows all.
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
    // Other keys are custom fields, unless a page is exact and does not say this.
    if (is_open && !is_exact) || schema.get(CUSTOM_FIELDS).is_some() {
        schema["additionalProperties"] = json!({"description": CUSTOM_FIELD});
        schema[CUSTOM_FIELDS] = json!(true);
    }
}

/// Puts our own keys of a property, a parameter or a response in their order.
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
