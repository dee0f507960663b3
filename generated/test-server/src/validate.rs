//! Checks bodies and parameters against their schemas.

use heffl::DateTime;
use serde_json::Value;

use crate::document::{Object, Schemas, elements, flag};

/// A problem of a request, as error responses of v2 list it.
#[derive(Debug, PartialEq)]
pub(crate) struct Issue {
    /// `None` for an unknown field.
    pub(crate) field: Option<String>,
    pub(crate) message: String,
}

impl Issue {
    pub(crate) fn of(field: &str, message: impl Into<String>) -> Self {
        Self {
            field: Some(field.to_owned()),
            message: message.into(),
        }
    }
}

/// Checks a value against a schema.
pub(crate) fn validate(schemas: &Schemas, schema: &Value, value: &Value) -> Vec<Issue> {
    let mut issues = Vec::new();
    check(schemas, schema, value, "", &mut issues);
    issues
}

/// Checks the text of a query parameter against its schema.
pub(crate) fn validate_text(
    schemas: &Schemas,
    schema: &Value,
    name: &str,
    text: &str,
) -> Vec<Issue> {
    let resolved = schemas.resolve(schema);
    let value = match resolved.get("type").and_then(Value::as_str) {
        Some("integer" | "number" | "boolean") => {
            serde_json::from_str(text).unwrap_or_else(|_| text.into())
        }
        _ => text.into(),
    };
    let mut issues = Vec::new();
    check(schemas, schema, &value, name, &mut issues);
    issues
}

fn check(schemas: &Schemas, schema: &Value, value: &Value, at: &str, issues: &mut Vec<Issue>) {
    let schema = schemas.resolve(schema);
    if value.is_null() {
        if !schema
            .get("nullable")
            .is_some_and(|nullable| nullable == true)
            && !schema.is_empty()
        {
            issues.push(Issue::of(at, "Expected a value, received null"));
        }
        return;
    }
    if let Some(expected) = schema.get("type").and_then(Value::as_str)
        && !fits(expected, value)
    {
        issues.push(Issue::of(
            at,
            format!("Expected {expected}, received {}", kind(value)),
        ));
        return;
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array)
        && !values.contains(value)
    {
        let values: Vec<String> = values.iter().map(Value::to_string).collect();
        issues.push(Issue::of(
            at,
            format!("Expected one of {}", values.join(", ")),
        ));
    }
    let limit = |key: &str| schema.get(key).and_then(Value::as_f64);
    let mut bounded = |size: f64, least: &str, most: &str, what: &str| {
        if limit(least).is_some_and(|least| size < least) {
            issues.push(Issue::of(at, format!("{what} is below the minimum")));
        }
        if limit(most).is_some_and(|most| size > most) {
            issues.push(Issue::of(at, format!("{what} is above the maximum")));
        }
    };
    match value {
        Value::Number(number) => {
            bounded(
                number.as_f64().unwrap_or_default(),
                "minimum",
                "maximum",
                "Number",
            );
        }
        Value::String(text) => {
            bounded(
                count(text.chars().count()),
                "minLength",
                "maxLength",
                "Length",
            );
            if schema
                .get("format")
                .is_some_and(|format| format == "date-time")
                && text.parse::<DateTime>().is_err()
            {
                issues.push(Issue::of(at, "Expected an ISO 8601 time"));
            }
        }
        Value::Array(items) => {
            bounded(
                count(items.len()),
                "minItems",
                "maxItems",
                "Number of items",
            );
            if let Some(item) = schema.get("items") {
                for (index, value) in items.iter().enumerate() {
                    check(schemas, item, value, &join(at, &index.to_string()), issues);
                }
            }
        }
        Value::Object(object) => check_object(schemas, &schema, object, at, issues),
        Value::Bool(_) | Value::Null => {}
    }
}

fn check_object(
    schemas: &Schemas,
    schema: &Object,
    object: &Object,
    at: &str,
    issues: &mut Vec<Issue>,
) {
    for name in elements(schema.get("required")).filter_map(Value::as_str) {
        if !object.contains_key(name) {
            issues.push(Issue::of(&join(at, name), "Required"));
        }
    }
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return;
    };
    let custom = schema
        .get("x-heffl-custom-fields")
        .is_some_and(|custom| custom == true);
    for (name, value) in object {
        match properties.get(name) {
            Some(property) => check(schemas, property, value, &join(at, name), issues),
            None if custom && name.starts_with("cf_") => {}
            None => issues.push(Issue {
                field: None,
                message: format!(
                    "Unknown field {:?}: only documented fields and cf_* keys are accepted",
                    join(at, name)
                ),
            }),
        }
    }
}

fn fits(expected: &str, value: &Value) -> bool {
    match expected {
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn join(at: &str, name: &str) -> String {
    if at.is_empty() {
        name.to_owned()
    } else {
        format!("{at}.{name}")
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "compared with limits, which are small"
)]
fn count(number: usize) -> f64 {
    number as f64
}

/// A value that fits a schema, for a required field of a response that has no value.
pub(crate) fn placeholder(schemas: &Schemas, schema: &Value) -> Value {
    let schema = schemas.resolve(schema);
    if flag(&Value::Object(schema.clone()), "nullable") {
        return Value::Null;
    }
    if let Some(value) = elements(schema.get("enum")).next() {
        return value.clone();
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("number" | "integer") => 0.into(),
        Some("boolean") => false.into(),
        Some("array") => Value::Array(Vec::new()),
        Some("object") => Value::Object(Object::new()),
        _ if schema
            .get("format")
            .is_some_and(|format| format == "date-time") =>
        {
            now().into()
        }
        _ => "".into(),
    }
}

/// The present time, in the format of the API.
pub(crate) fn now() -> String {
    DateTime::now().to_string()
}
