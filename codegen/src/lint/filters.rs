//! Rules for the fields that lists can be filtered by.

use serde_json::Value;

use super::Lint;
use crate::json::{component, entries, flag, follow, step, text};

const KIND_HELP: &str = "write {description: …, operators: {is: {values: one, description: …}}}";
const FIELD_HELP: &str = "write {kind: option, description: …, schema: {type: string}}, the kind being one of \
                          x-heffl-filter-kinds";

/// `x-heffl-filter-kinds` of the document.
pub(super) fn kinds(lint: &mut Lint<'_>) {
    for (name, kind) in entries(lint.root().get("x-heffl-filter-kinds")) {
        let at = step("/x-heffl-filter-kinds", name);
        describe(lint, "filter-kind", kind, &at, KIND_HELP);
        if entries(kind.get("operators")).next().is_none() {
            lint.report("filter-kind", &at, "the kind has no operators", KIND_HELP);
        }
        for (wire, operator) in entries(kind.get("operators")) {
            let at = step(&step(&at, "operators"), wire);
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
    let root = lint.root();
    let kinds = root.get("x-heffl-filter-kinds");
    for (wire, field) in entries(Some(fields)) {
        let at = step(&step(at, "x-heffl-filters"), wire);
        let kind = text(field, "kind").and_then(|kind| kinds?.get(kind));
        if kind.is_none() {
            let message = "the field has no kind that the document knows";
            lint.report("filters", &at, message, FIELD_HELP);
        }
        let schema = field.get("schema").and_then(|schema| follow(root, schema));
        let scalars = ["string", "integer", "number", "boolean"];
        let is_value = |schema| {
            component(schema).is_some()
                || text(schema, "type").is_some_and(|ty| scalars.contains(&ty))
        };
        if !schema.is_some_and(is_value) {
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
