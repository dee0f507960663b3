//! Literals of defaults and options, typed by the field they belong to.

use serde_json::{Number, Value};

use crate::record::{Alternative, Base, TypeExpr};

/// The value of `default:literal`. A bare `default:` is the empty text.
///
/// `Ok(None)` is the default `null`, which says nothing beyond the type.
pub(super) fn default(literal: &str, ty: &TypeExpr) -> Result<Option<Value>, ()> {
    if literal == "null" && ty.nullable {
        return Ok(None);
    }
    ty.alternatives
        .iter()
        .find_map(|alternative| value(literal, alternative))
        .map(Some)
        .ok_or(())
}

/// An option of an enum, or the only value of a constant.
pub(super) fn option(text: &str, ty: &TypeExpr) -> Option<Value> {
    ty.alternatives.iter().find_map(|alternative| {
        // The options of a list are those of its elements.
        let element = Alternative {
            lists: 0,
            ..alternative.clone()
        };
        value(text, &element)
    })
}

fn value(literal: &str, alternative: &Alternative) -> Option<Value> {
    if alternative.lists > 0 {
        return json(literal).filter(Value::is_array);
    }
    match alternative.base {
        Base::Enum if is_numeric(alternative.argument.as_deref()) => number(literal),
        Base::String | Base::Enum | Base::File => Some(Value::String(unquote(literal).to_owned())),
        Base::Number => number(literal),
        Base::Integer => number(literal).filter(|value| value.is_i64() || value.is_u64()),
        Base::Boolean => json(literal).filter(Value::is_boolean),
        Base::Object => json(literal).filter(Value::is_object),
        Base::Any => Some(json(literal).unwrap_or_else(|| Value::String(literal.to_owned()))),
    }
}

fn is_numeric(argument: Option<&str>) -> bool {
    matches!(argument, Some("number" | "integer"))
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
    use super::*;
    use serde_json::json;

    fn check(literal: &str, ty: &str, expected: &Result<Option<Value>, ()>) {
        assert_eq!(
            default(literal, &ty.parse().unwrap()),
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
        let ty = "enum<number>[]".parse().unwrap();
        assert_eq!(option("3", &ty), Some(json!(3)));
        assert_eq!(option("three", &ty), None);
    }
}
