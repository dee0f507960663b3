//! Documented limits of values, which are checked before a request is sent.

use std::{
    hash::{Hash, Hasher},
    mem,
};

use super::{Object, Value};
use crate::{ids::KINDS, json::Refusal};

/// A documented limit of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(dead_code, reason = "only some documents have each of them")]
pub(crate) enum Limit {
    /// Characters of a text, at least.
    MinLength(usize),
    /// Characters of a text, at most.
    MaxLength(usize),
    /// Items of a list, at least.
    MinItems(usize),
    /// Items of a list, at most.
    MaxItems(usize),
    /// A number, at least.
    Minimum(f64),
    /// A number, at most.
    Maximum(f64),
}

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

/// The limits of parameters, by their names on the wire.
#[allow(
    unused_macros,
    reason = "whether there are limits is up to the documents"
)]
macro_rules! limits {
    ($($parameter:literal => $($limit:ident($bound:expr)),+;)*) => {
        &[$(($parameter, &[$($crate::model::Limit::$limit($bound)),+])),*]
    };
}

#[allow(
    unused_imports,
    reason = "whether there are limits is up to the documents"
)]
pub(crate) use limits;

/// The limits of an [`Operation`](crate::Operation) are compared and hashed with it. No bound is NaN.
impl Eq for Limit {}

impl Hash for Limit {
    fn hash<H: Hasher>(&self, state: &mut H) {
        mem::discriminant(self).hash(state);
    }
}

impl Limit {
    /// The problem of a parameter with these values, which are written as text.
    pub(crate) fn problem_of(self, values: &Vec<String>) -> Option<String> {
        let of_value = |value: &String| {
            let number = || self.problem(&Value::Float(value.parse().ok()?));
            self.problem(&Value::Text(value)).or_else(number)
        };
        let of_list = self.problem(&Value::List(values));
        of_list.or_else(|| values.iter().find_map(of_value))
    }

    /// The problem of a value. Limits of other kinds of value are ignored.
    pub(super) fn problem(self, value: &Value<'_>) -> Option<String> {
        let s = |count| if count == 1 { "" } else { "s" };
        let is_short = |text: &str, least| text.chars().take(least).count() < least;
        let is_long = |text: &str, most| text.len() > most && text.chars().count() > most;
        Some(match (self, value) {
            (Self::MinLength(least), value)
                if text(value).is_some_and(|text| is_short(text, least)) =>
            {
                format!("needs at least {least} character{}", s(least))
            }
            (Self::MaxLength(most), value)
                if text(value).is_some_and(|text| is_long(text, most)) =>
            {
                format!("takes at most {most} character{}", s(most))
            }
            (Self::MinItems(least), Value::List(items)) if items.len() < least => {
                format!("needs at least {least} item{}", s(least))
            }
            (Self::MaxItems(most), Value::List(items)) if items.len() > most => {
                format!("takes at most {most} item{}", s(most))
            }
            (Self::Minimum(least), value)
                if number(value).is_some_and(|number| !(least..).contains(&number)) =>
            {
                format!("must be at least {least}")
            }
            (Self::Maximum(most), value)
                if number(value).is_some_and(|number| !(..=most).contains(&number)) =>
            {
                format!("must be at most {most}")
            }
            _ => return None,
        })
    }
}

fn text<'a>(value: &Value<'a>) -> Option<&'a str> {
    match *value {
        Value::Text(text) | Value::Id(text, _) => Some(text),
        Value::Secret(secret) => Some(secret.expose()),
        _ => None,
    }
}

fn number(value: &Value<'_>) -> Option<f64> {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "limits are small numbers")]
        Value::Integer(integer) => Some(*integer as f64),
        Value::Float(float) => Some(*float),
        Value::Money(money) => money.amount().try_into().ok(),
        _ => None,
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
            Rule::When(key, word, needed, by_default) => {
                let applies = match value(key) {
                    Value::Text(text) => text == word,
                    _ => by_default,
                };
                if !applies || given(needed) {
                    continue;
                }
                (needed, format!("is required if `{key}` is `{word}`"))
            }
        };
        return Err(Refusal::new(problem).below(key));
    }
    Ok(())
}
