//! Documented limits of values, which are checked before a request is sent.

use std::{
    hash::{Hash, Hasher},
    mem,
};

/// A documented limit of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(dead_code, reason = "only some documents have each of them")]
pub(crate) enum Limit {
    /// The minimum number of characters of a text.
    MinLength(usize),
    /// The maximum number of characters of a text.
    MaxLength(usize),
    /// The minimum number of items of a list.
    MinItems(usize),
    /// The maximum number of items of a list.
    MaxItems(usize),
    /// The minimum of a number.
    Minimum(f64),
    /// The maximum of a number.
    Maximum(f64),
}

/// The part of a value that limits apply to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Measured<'a> {
    Text(&'a str),
    Number(f64),
    /// The number of items of a list.
    Items(usize),
}

/// The limits of parameters, by their names on the wire.
#[allow(
    unused_macros,
    reason = "only some documents have limits of parameters"
)]
macro_rules! limits {
    ($($parameter:literal => $($limit:ident($bound:expr)),+;)*) => {
        &[$(($parameter, &[$($crate::limit::Limit::$limit($bound)),+])),*]
    };
}

#[allow(
    unused_imports,
    reason = "only some documents have limits of parameters"
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
    pub(crate) fn problem_of(self, values: &[String]) -> Option<String> {
        let of_value = |value: &String| {
            let number = || self.problem(Measured::Number(value.parse().ok()?));
            self.problem(Measured::Text(value)).or_else(number)
        };
        let of_list = self.problem(Measured::Items(values.len()));
        of_list.or_else(|| values.iter().find_map(of_value))
    }

    /// The problem of a value. Limits of other kinds of value are ignored.
    pub(crate) fn problem(self, value: Measured<'_>) -> Option<String> {
        let s = |count| if count == 1 { "" } else { "s" };
        let is_short = |text: &str, least| text.chars().take(least).count() < least;
        let is_long = |text: &str, most| text.len() > most && text.chars().count() > most;
        Some(match (self, value) {
            (Self::MinLength(least), Measured::Text(text)) if is_short(text, least) => {
                format!("needs at least {least} character{}", s(least))
            }
            (Self::MaxLength(most), Measured::Text(text)) if is_long(text, most) => {
                format!("takes at most {most} character{}", s(most))
            }
            (Self::MinItems(least), Measured::Items(items)) if items < least => {
                format!("needs at least {least} item{}", s(least))
            }
            (Self::MaxItems(most), Measured::Items(items)) if items > most => {
                format!("takes at most {most} item{}", s(most))
            }
            (Self::Minimum(least), Measured::Number(number)) if !(least..).contains(&number) => {
                format!("must be at least {least}")
            }
            (Self::Maximum(most), Measured::Number(number)) if !(..=most).contains(&number) => {
                format!("must be at most {most}")
            }
            _ => return None,
        })
    }
}
