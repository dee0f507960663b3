//! Compares the limits of numbers and sizes.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::{
    node::Node,
    schema::types,
    walk::{Comparer, Draft, Pair, facts},
};

/// A limit that a schema sets.
#[derive(Clone)]
struct Bound<'a> {
    number: Exact,
    is_exclusive: bool,
    /// What sets the number, and what excludes it.
    fact: Node<'a>,
    exclusive: Option<Node<'a>>,
}

/// A number, whole ones to the last digit.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Exact {
    Whole(i128),
    Float(f64),
}

impl Exact {
    fn of(number: &Number) -> Option<Self> {
        let whole = number.as_i64().map(i128::from);
        let whole = whole.or_else(|| number.as_u64().map(i128::from));
        whole
            .map(Self::Whole)
            .or_else(|| Some(Self::float(number.as_f64()?)))
    }

    fn float(number: f64) -> Self {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if number.fract() == 0.0 && number.abs() <= EXACT {
            #[expect(clippy::cast_possible_truncation, reason = "whole and small")]
            return Self::Whole(number as i128);
        }
        Self::Float(number)
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "beside a float, that is all there is"
    )]
    fn as_f64(self) -> f64 {
        match self {
            Self::Whole(number) => number as f64,
            Self::Float(number) => number,
        }
    }

    fn cmp(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Whole(one), Self::Whole(other)) => one.cmp(&other),
            _ => self.as_f64().total_cmp(&other.as_f64()),
        }
    }
}

impl<'a> Comparer<'a> {
    /// Compares a limit; `exclusive` is the keyword that excludes it, if it limits numbers.
    pub(super) fn limit(
        &mut self,
        pair: &Pair<'a>,
        key: &str,
        stem: &str,
        exclusive: Option<&str>,
    ) {
        let is_lower = key.starts_with("min");
        let order = |one: &Bound<'_>, other: &Bound<'_>| {
            let order = one.number.cmp(other.number);
            let order = if is_lower { order } else { order.reverse() };
            order.then(one.is_exclusive.cmp(&other.is_exclusive))
        };
        // Of all parts, the first of those that are equally strict.
        let [old, new] = [&pair.old, &pair.new].map(|parts| {
            let bounds = bounds(parts, key, exclusive, is_lower).into_iter();
            bounds.reduce(|known, bound| match order(&bound, &known) {
                Ordering::Greater => bound,
                _ => known,
            })
        });
        let is_integer =
            |parts| types(parts).is_some_and(|types| types.iter().eq(["integer"].iter()));
        let are_integers = is_integer(&pair.old) && is_integer(&pair.new);
        let [before, after] = [&old, &new].map(|bound| match bound {
            Some(bound) if are_integers => Some(inclusive(bound.clone(), is_lower)),
            bound => bound.clone(),
        });
        // A limit that is not there is infinitely far away.
        let is_stricter = match (before, after) {
            (None, None) => return,
            (None, Some(_)) => true,
            (Some(_), None) => false,
            (Some(old), Some(new)) => match order(&new, &old) {
                Ordering::Equal => return,
                order => order == Ordering::Greater,
            },
        };
        let (before, after, end) = match (old, new) {
            (Some(old), Some(new))
                if old.number == new.number && old.is_exclusive != new.is_exclusive =>
            {
                let end = if is_stricter { "excluded" } else { "included" };
                (old.exclusive, new.exclusive, end)
            }
            (old, new) => {
                let end = if is_stricter == is_lower {
                    "raised"
                } else {
                    "lowered"
                };
                (
                    old.map(|bound| bound.fact),
                    new.map(|bound| bound.fact),
                    end,
                )
            }
        };
        let rule = pair.rule(&format!("{stem}-{end}"));
        self.report(Draft::new(rule, before.as_ref(), after.as_ref()));
    }

    pub(super) fn multiple(&mut self, pair: &Pair<'a>, key: &str) {
        for (before, after) in self.differences(pair, key) {
            let id = match (&before, &after) {
                (None, _) => "multiple-of-tightened",
                (_, None) => "multiple-of-loosened",
                (Some(old), Some(new)) if is_multiple(new, old) => "multiple-of-tightened",
                (Some(old), Some(new)) if is_multiple(old, new) => "multiple-of-loosened",
                _ => "multiple-of-changed",
            };
            self.report(Draft::new(pair.rule(id), before.as_ref(), after.as_ref()));
        }
    }
}

/// All limits that the parts of a schema set.
fn bounds<'a>(
    parts: &[Node<'a>],
    key: &str,
    exclusive: Option<&str>,
    is_lower: bool,
) -> Vec<Bound<'a>> {
    let number = |fact: &Node<'a>| Exact::of(fact.value.as_number()?);
    let said = parts.iter().filter_map(|part| {
        let fact = part.get(key)?;
        let exclusive = exclusive.and_then(|key| part.get(key));
        let exclusive = exclusive.filter(|fact| fact.value.is_boolean());
        let is_true = |fact: &Node<'a>| fact.value == &Value::Bool(true);
        Some(Bound {
            number: number(&fact)?,
            is_exclusive: exclusive.as_ref().is_some_and(is_true),
            fact,
            exclusive,
        })
    });
    // Since OpenAPI 3.1, the keyword has the number itself.
    let numbers = exclusive.into_iter().flat_map(|key| facts(parts, key));
    let numbers = numbers.filter_map(|fact| {
        Some(Bound {
            number: number(&fact)?,
            is_exclusive: true,
            exclusive: Some(fact.clone()),
            fact,
        })
    });
    // No size is below 0.
    let is_size = exclusive.is_none() && is_lower;
    let bounds = said.chain(numbers);
    bounds
        .filter(|bound| !is_size || bound.number.as_f64() > 0.0)
        .collect()
}

/// The same limit for whole numbers, as one that is itself allowed.
fn inclusive(bound: Bound<'_>, is_lower: bool) -> Bound<'_> {
    let step = if is_lower { 1 } else { -1 };
    let number = match bound.number {
        Exact::Whole(number) if bound.is_exclusive => Exact::Whole(number.saturating_add(step)),
        Exact::Float(number) if is_lower => Exact::float(number.ceil()),
        Exact::Float(number) => Exact::float(number.floor()),
        number @ Exact::Whole(_) => number,
    };
    Bound {
        number,
        is_exclusive: false,
        ..bound
    }
}

/// Whether one number is a whole multiple of another.
fn is_multiple(number: &Node<'_>, of: &Node<'_>) -> bool {
    let (Some(number), Some(of)) = (number.value.as_f64(), of.value.as_f64()) else {
        return false;
    };
    let quotient = number / of;
    quotient.is_finite() && (quotient - quotient.round()).abs() < 1e-9
}
