//! Rules for the fields that lists can be filtered by.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Lint;
use crate::{
    json::{component, entries, flag, follow, step, text},
    naming,
};

const KIND_HELP: &str = "write {description: …, operators: {is: {values: one, description: …}}}";
const FIELD_HELP: &str = "write {kind: option, description: …, schema: {type: string}}, the kind being one of \
                          x-heffl-filter-kinds";

/// `x-heffl-filter-kinds` of the document.
pub(super) fn kinds(lint: &mut Lint<'_>) {
    let at = "/x-heffl-filter-kinds";
    for (name, kind) in entries(lint.root().get("x-heffl-filter-kinds")) {
        let at = step(at, name);
        if naming::is_keyword(&naming::pascal(name)) {
            let message = format!("`{name}` cannot become the name of a type");
            lint.report("filter-kind", &at, message, KIND_HELP);
        }
        describe(lint, "filter-kind", kind, &at, KIND_HELP);
        let operators: Vec<_> = entries(kind.get("operators")).collect();
        if operators.is_empty() {
            lint.report("filter-kind", &at, "the kind has no operators", KIND_HELP);
        }
        for (wire, operator) in operators {
            let at = step(&step(&at, "operators"), wire);
            let name = naming::snake(wire);
            if naming::is_keyword(&name) || matches!(name.as_str(), "operator" | "one" | "many") {
                let message = format!("`{wire}` cannot become the name of a method");
                lint.report("filter-kind", &at, message, KIND_HELP);
            }
            if !matches!(text(operator, "values"), Some("one" | "many")) {
                let message = "an operator takes one value or many";
                lint.report("filter-kind", &at, message, KIND_HELP);
            }
            describe(lint, "filter-kind", operator, &at, KIND_HELP);
        }
    }
}

/// `x-heffl-filters` of a parameter.
pub(super) fn fields(lint: &mut Lint<'_>, parameter: &Value, at: &str) {
    let Some(fields) = parameter.get("x-heffl-filters") else {
        return;
    };
    if !flag(parameter, "x-heffl-json") || !fields.is_object() {
        let message = "x-heffl-filters is an object of fields, on a parameter with x-heffl-json";
        lint.report("filters", at, message, FIELD_HELP);
    }
    let mut rust_names: BTreeMap<String, &str> = BTreeMap::new();
    for (wire, field) in entries(Some(fields)) {
        let at = step(&step(at, "x-heffl-filters"), wire);
        let name = naming::field(wire);
        if naming::is_keyword(&name) || matches!(name.as_str(), "custom" | "field") {
            let message = format!("`{wire}` cannot become the name of a function");
            lint.report("filters", &at, message, "");
        } else if let Some(first) = rust_names.insert(name.clone(), wire) {
            let message = format!("`{wire}` and `{first}` both become `{name}`");
            lint.report("filters", &at, message, "");
        }
        let kind = text(field, "kind").and_then(|kind| {
            let kinds = lint.root().get("x-heffl-filter-kinds")?;
            kinds.get(kind)
        });
        if kind.is_none() {
            let message = "the field has no kind that the document knows";
            lint.report("filters", &at, message, FIELD_HELP);
        }
        let schema = field
            .get("schema")
            .and_then(|schema| follow(lint.root(), schema));
        let is_value = schema.is_some_and(|schema| {
            component(schema).is_some()
                || matches!(
                    text(schema, "type"),
                    Some("string" | "integer" | "number" | "boolean")
                )
        });
        if !is_value {
            let message = "the values of a field must be text, numbers or booleans";
            lint.report("filters", &at, message, FIELD_HELP);
        }
        describe(lint, "filters", field, &at, FIELD_HELP);
    }
}

fn describe(lint: &mut Lint<'_>, rule: &'static str, value: &Value, at: &str, help: &str) {
    if text(value, "description").is_none_or(|text| text.trim().is_empty()) {
        lint.report(rule, at, "a description is missing", help);
    }
}
