//! Compares the limits of numbers and sizes.

use std::collections::BTreeSet;

use serde_json::Number;

use super::{
    node::Node,
    schema::types,
    walk::{Comparer, Pair},
};

/// A limit that a schema sets.
struct Bound<'a> {
    number: Exact,
    is_exclusive: bool,
    /// The schema with the limit.
    fact: Node<'a>,
}

impl Bound<'_> {
    /// Larger for a stricter limit. An exclusive limit of integers becomes the inclusive one.
    fn strictness(&self, is_lower: bool, is_integer: bool) -> (i128, f64, bool) {
        let (whole, rest) = self.number;
        let (whole, signed_rest) = if is_lower {
            (whole, rest)
        } else {
            (whole.saturating_neg(), -rest)
        };
        if !is_integer {
            return (whole, signed_rest, self.is_exclusive);
        }
        let is_next = if rest > 0.0 {
            is_lower
        } else {
            self.is_exclusive
        };
        (whole.saturating_add(i128::from(is_next)), 0.0, false)
    }
}

/// A number as an integer and a rest, so that integers are exact.
type Exact = (i128, f64);

fn exact(number: &Number) -> Exact {
    let whole = number.as_i64().map(i128::from);
    let float = || {
        let number = number.as_f64().unwrap_or_default();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "larger numbers become the largest"
        )]
        (number.floor() as i128, number - number.floor())
    };
    let whole = whole.or_else(|| number.as_u64().map(i128::from));
    whole.map_or_else(float, |whole| (whole, 0.0))
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
        // The first of several equally strict limits.
        let [old, new] = [&pair.old, &pair.new].map(|parts| {
            let bounds = bounds(parts, key, exclusive).into_iter();
            bounds.reduce(|known, bound| {
                let is_stricter =
                    bound.strictness(is_lower, false) > known.strictness(is_lower, false);
                if is_stricter { bound } else { known }
            })
        });
        let is_integer = |parts| types(parts) == Some(BTreeSet::from(["integer"]));
        let are_integers = is_integer(&pair.old) && is_integer(&pair.new);
        // A missing limit is infinite.
        let strictness = |bound: &Bound<'a>| bound.strictness(is_lower, are_integers);
        let (before, after) = (old.as_ref().map(strictness), new.as_ref().map(strictness));
        if before == after {
            return;
        }
        let is_stricter = after > before;
        let (facts, end) = match (old, new, exclusive) {
            (Some(old), Some(new), Some(exclusive))
                if old.number == new.number && old.is_exclusive != new.is_exclusive =>
            {
                let end = if is_stricter { "excluded" } else { "included" };
                (self.difference(pair, exclusive), end)
            }
            (old, new, _) => {
                let is_raised = is_stricter == is_lower;
                let fact = |bound: Option<Bound<'a>>| bound.map(|bound| bound.fact);
                let end = if is_raised { "raised" } else { "lowered" };
                ((fact(old), fact(new)), end)
            }
        };
        self.found(pair.area, &format!("{stem}-{end}"), facts);
    }

    pub(super) fn multiple(&mut self, pair: &Pair<'a>, key: &str) {
        for facts in self.differences(pair, key) {
            let id = match &facts {
                (None, _) => "multiple-of-tightened",
                (_, None) => "multiple-of-loosened",
                (Some(old), Some(new)) if is_multiple(new, old) => "multiple-of-tightened",
                (Some(old), Some(new)) if is_multiple(old, new) => "multiple-of-loosened",
                _ => "multiple-of-changed",
            };
            self.found(pair.area, id, facts);
        }
    }
}

/// All limits that the parts of a schema set.
fn bounds<'a>(parts: &[Node<'a>], key: &str, exclusive: Option<&str>) -> Vec<Bound<'a>> {
    let mut bounds = Vec::new();
    let mut add = |fact: &Node<'a>, is_exclusive| {
        bounds.extend(fact.value.as_number().map(|number| Bound {
            number: exact(number),
            is_exclusive,
            fact: fact.clone(),
        }));
    };
    for part in parts {
        let excluded = exclusive.is_some_and(|key| part.flag(key));
        part.get(key).inspect(|fact| add(fact, excluded));
        // Since OpenAPI 3.1, the keyword has the number itself.
        let number = exclusive.and_then(|key| part.get(key));
        number.inspect(|fact| add(fact, true));
    }
    // Sizes are never below 0.
    let is_size = exclusive.is_none() && key.starts_with("min");
    bounds.retain(|bound| !is_size || bound.number > (0, 0.0));
    bounds
}

/// Whether one number is a whole multiple of another.
fn is_multiple(number: &Node<'_>, of: &Node<'_>) -> bool {
    let (Some(number), Some(of)) = (number.value.as_f64(), of.value.as_f64()) else {
        return false;
    };
    let quotient = number / of;
    quotient.is_finite() && (quotient - quotient.round()).abs() < 1e-9
}
