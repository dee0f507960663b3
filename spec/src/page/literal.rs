//! Literals of defaults and options, typed by the field they belong to.

use serde_json::{Number, Value};

/// The value of `default:literal`. A bare `default:` is the empty text.
///
/// `Ok(None)` is the default `null`, which says nothing beyond the type.
pub(super) fn default(literal: &str, schema: &Value) -> Result<Option<Value>, ()> {
    if literal == "null" && schema.get("nullable").is_some() {
        return Ok(None);
    }
    alternatives(schema)
        .find_map(|alternative| value(literal, alternative))
        .map(Some)
        .ok_or(())
}

/// An option of an enum, or the only value of a constant. Those of a list are those of its elements.
pub(super) fn option(text: &str, schema: &Value) -> Option<Value> {
    alternatives(schema).find_map(|alternative| match alternative.get("items") {
        Some(items) => option(text, items),
        None => value(text, alternative),
    })
}

fn alternatives(schema: &Value) -> impl Iterator<Item = &Value> {
    match schema.get("oneOf").and_then(Value::as_array) {
        Some(parts) => parts.iter(),
        None => std::slice::from_ref(schema).iter(),
    }
}

fn value(literal: &str, schema: &Value) -> Option<Value> {
    match schema.get("type").and_then(Value::as_str) {
        Some("array") => json(literal).filter(Value::is_array),
        Some("string") => Some(Value::String(unquote(literal).to_owned())),
        Some("number") => number(literal),
        Some("integer") => number(literal).filter(|value| value.is_i64() || value.is_u64()),
        Some("boolean") => json(literal).filter(Value::is_boolean),
        Some("object") => json(literal).filter(Value::is_object),
        _ => Some(json(literal).unwrap_or_else(|| Value::String(literal.to_owned()))),
    }
}

fn number(literal: &str) -> Option<Value> {
    literal.parse::<Number>().ok().map(Value::Number)
}

fn json(literal: &str) -> Option<Value> {
    serde_json::from_str(literal).ok()
}

/// Some dumps print texts with their quotation marks.
fn unquote(literal: &str) -> &str {
    literal
        .strip_prefix('"')
        .and_then(|inner| inner.strip_suffix('"'))
        .unwrap_or(literal)
}

#[cfg(test)]
mod tests {
    use super::super::types::Type;
    use super::*;
    use serde_json::json;

    fn schema(ty: &str) -> Value {
        Type::parse(ty).unwrap().schema()
    }

    fn check(literal: &str, ty: &str, expected: &Result<Option<Value>, ()>) {
        assert_eq!(
            default(literal, &schema(ty)),
            *expected,
            "{literal} as {ty}"
        );
    }

    #[test]
    fn defaults_have_the_type_of_their_field() {
        check("false", "boolean", &Ok(Some(json!(false))));
        check("30", "integer", &Ok(Some(json!(30))));
        check("0", "number", &Ok(Some(json!(0))));
        check("DRAFT", "enum<string>", &Ok(Some(json!("DRAFT"))));
        check("2", "enum<number>", &Ok(Some(json!(2))));
        check("30", "string", &Ok(Some(json!("30"))));
        check("", "string", &Ok(Some(json!(""))));
        check("[]", "string[]", &Ok(Some(json!([]))));
        check("null", "string | null", &Ok(None));
        check("4", "boolean | number", &Ok(Some(json!(4))));
    }

    #[test]
    fn defaults_of_another_type_are_refused() {
        check("many", "number", &Err(()));
        check("1.5", "integer", &Err(()));
        check("", "boolean", &Err(()));
        check("red", "string[]", &Err(()));
    }

    #[test]
    fn options_of_a_list_are_those_of_its_elements() {
        let ty = schema("enum<number>[]");
        assert_eq!(option("3", &ty), Some(json!(3)));
        assert_eq!(option("three", &ty), None);
    }
}
