//! Rules for the extensions of operations.

use serde_json::Value;

use super::{Lint, filters};
use crate::json::{component, elements, entries, follow, step, text};

pub(super) fn check(lint: &mut Lint<'_>) {
    for (path, item) in entries(lint.root().get("paths")) {
        let at = step("/paths", path);
        for (method, operation) in entries(Some(item)) {
            let at = step(&at, method);
            let parameters = [item, operation].into_iter();
            for parameter in parameters.flat_map(|holder| elements(holder.get("parameters"))) {
                if let Some(parameter) = follow(lint.root(), parameter) {
                    let name = text(parameter, "name").unwrap_or_default();
                    filters::fields(lint, parameter, &step(&step(&at, "parameters"), name));
                }
            }
            response_names(lint, operation);
        }
    }
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
