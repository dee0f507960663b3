//! Rules for the extensions of operations.

use serde_json::Value;

use super::{Lint, filters};
use crate::json::{component, entries, follow, json_schema, operations, parameters, step, text};

pub(super) fn check(lint: &mut Lint<'_>) {
    let root = lint.root();
    for (path, method, operation) in operations(root) {
        let at = step(&step(&step("/paths", path), method), "parameters");
        for parameter in parameters(root, path, operation) {
            let name = text(parameter, "name").unwrap_or_default();
            filters::fields(lint, parameter, &step(&at, name));
        }
        response_names(lint, operation);
    }
}

/// Checks that the response has the field that `x-heffl-response-name` names, with the same type.
fn response_names<'a>(lint: &mut Lint<'a>, operation: &'a Value) {
    let root = lint.root();
    let schema = |holder: Option<&'a Value>| {
        let schema = json_schema(holder?)?;
        Some((component(schema).unwrap_or_default(), follow(root, schema)?))
    };
    let Some((name, body)) = schema(operation.get("requestBody")) else {
        return;
    };
    let mut responses = entries(operation.get("responses"));
    let response = responses.find(|(status, _)| status.starts_with('2'));
    let response = response.and_then(|(_, response)| schema(follow(root, response)));
    let at = step(&step("/components/schemas", name), "properties");
    for (key, property) in entries(body.get("properties")) {
        let Some(named) = property.get("x-heffl-response-name") else {
            continue;
        };
        let same = named
            .as_str()
            .and_then(|named| response?.1.get("properties")?.get(named));
        let kind = |property: &Value| {
            let id = property.get("x-heffl-id").and_then(|id| text(id, "of"));
            (property.get("type").cloned(), id.map(str::to_owned))
        };
        if same.is_none_or(|same| kind(same) != kind(property)) {
            let at = step(&step(&at, key), "x-heffl-response-name");
            let message =
                format!("the response has no field {named} that holds the same as `{key}`");
            let help = "write the name that the field has in the response, or leave it out";
            lint.report("response-name-unusable", &at, message, help);
        }
    }
}
