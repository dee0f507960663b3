//! Documented limits of fields, and rules for several fields.

use super::{Object, Value};
use crate::{ids::KINDS, json::Refusal, limit::Measured};

/// A documented rule for several fields, which are named by their keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "only some documents have each of them")]
pub(crate) enum Rule {
    /// Both or neither.
    Together(&'static str, &'static str),
    /// The identifier in the second field names a record of the kind in the first field.
    Record(&'static str, &'static str),
    /// If the field has this value, the other field is required. The last part is whether the value is the default of
    /// the service.
    When(&'static str, &'static str, &'static str, bool),
}

impl<'a> Value<'a> {
    /// The part of the value that limits apply to.
    pub(super) fn measured(self) -> Option<Measured<'a>> {
        Some(match self {
            Value::Text(text) | Value::Id(text, _) => Measured::Text(text),
            Value::Secret(secret) => Measured::Text(secret.expose()),
            #[expect(clippy::cast_precision_loss, reason = "limits are small numbers")]
            Value::Integer(integer) => Measured::Number(integer as f64),
            Value::Float(float) => Measured::Number(float),
            Value::Money(money) => Measured::Number(money.amount().try_into().ok()?),
            Value::List(items) => Measured::Items(items.len()),
            _ => return None,
        })
    }
}

/// Checks the rules for several fields.
pub(super) fn check_rules(object: &dyn Object) -> Result<(), Refusal> {
    let shape = object.shape();
    let value = |key| {
        shape
            .index(key)
            .map_or(Value::Absent, |index| object.value(index))
    };
    let given = |key| !matches!(value(key), Value::Absent | Value::Null);
    for rule in shape.rules {
        let (key, problem) = match *rule {
            Rule::Together(one, other) => match (given(one), given(other)) {
                (true, false) => (other, format!("is required with `{one}`")),
                (false, true) => (one, format!("is required with `{other}`")),
                _ => continue,
            },
            Rule::Record(entity, key) => {
                let (Value::Text(entity), Value::Text(id)) = (value(entity), value(key)) else {
                    continue;
                };
                let kind = KINDS.iter().find(|kind| kind.entity == Some(entity));
                match kind.map(|kind| kind.check(id, KINDS)) {
                    Some(Err(problem)) => (key, problem),
                    _ => continue,
                }
            }
            Rule::When(key, expected, needed, by_default) => {
                let applies = match value(key) {
                    Value::Text(text) => text == expected,
                    _ => by_default,
                };
                if !applies || given(needed) {
                    continue;
                }
                (needed, format!("is required if `{key}` is `{expected}`"))
            }
        };
        return Err(Refusal::new(problem).below(key));
    }
    Ok(())
}
