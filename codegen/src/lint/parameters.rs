//! Rules for a single parameter: its limits and its name.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Lint;
use crate::{
    json::{step, text},
    naming,
};

/// What a document says of a parameter's values is either checked by the client or refused here.
pub(super) fn limits(lint: &mut Lint<'_>, schema: &Value, at: &str) {
    const HELP: &str = "write whole numbers, both allowed: minimum and maximum of a number, minLength and \
                        maxLength of a text";
    let ty = text(schema, "type");
    for (keys, measured) in [
        (["minimum", "maximum"], &["integer", "number"] as &[&str]),
        (["minLength", "maxLength"], &["string"]),
    ] {
        let bounds = keys.map(|key| schema.get(key));
        for (key, bound) in keys.iter().zip(bounds) {
            if bound.is_some_and(|bound| bound.as_i64().is_none()) {
                let message = format!("`{key}` is no whole number");
                lint.report("parameter-limit", &step(at, key), message, HELP);
            } else if bound.is_some() && !ty.is_some_and(|ty| measured.contains(&ty)) {
                let message = format!("`{key}` bounds nothing here");
                lint.report("parameter-limit", &step(at, key), message, HELP);
            }
        }
        if let [Some(low), Some(high)] = bounds.map(|bound| bound.and_then(Value::as_i64))
            && low > high
        {
            let message = format!("no value is from {low} to {high}");
            lint.report("parameter-limit", at, message, HELP);
        }
    }
    for key in [
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "pattern",
    ] {
        if schema.get(key).is_some() {
            let message = format!("`{key}` of a parameter is not checked by generated code");
            lint.report("parameter-limit", &step(at, key), message, HELP);
        }
    }
}

/// A parameter becomes a method of a builder that has others as well.
pub(super) fn name(
    lint: &mut Lint<'_>,
    name: &str,
    at: &str,
    rust_names: &mut BTreeMap<String, String>,
) {
    const TAKEN: [&str; 6] = ["body", "call", "filter", "pages", "send", "stream"];
    let rust_name = naming::field(name);
    if naming::is_keyword(&rust_name) || TAKEN.contains(&rust_name.as_str()) {
        let message = format!("`{name}` cannot become the name of a method");
        lint.report("parameter-name", at, message, "");
    } else if let Some(first) = rust_names.insert(rust_name.clone(), name.to_owned()) {
        let message = format!("`{name}` and `{first}` both become `{rust_name}`");
        lint.report("parameter-name-clash", at, message, "");
    }
}
