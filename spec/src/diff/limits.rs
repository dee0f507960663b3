//! Compares the limits of two schemas.

use serde_json::Value;

use super::{
    engine::Comparer,
    node::Node,
    schema::{Fact, Schemas, fact, is_same},
    schema_rules::{self as families, Family},
};

/// A limit: the keyword, whether it is a lower one, and the rules for `[raised, lowered]`.
struct Limit {
    key: &'static str,
    is_lower: bool,
    /// Whether 0 says nothing.
    is_size: bool,
    raised: &'static Family,
    lowered: &'static Family,
}

const fn limit(
    key: &'static str,
    is_lower: bool,
    is_size: bool,
    rules: [&'static Family; 2],
) -> Limit {
    let [raised, lowered] = rules;
    Limit {
        key,
        is_lower,
        is_size,
        raised,
        lowered,
    }
}

static LIMITS: [Limit; 8] = [
    limit(
        "minimum",
        true,
        false,
        [&families::MINIMUM_RAISED, &families::MINIMUM_LOWERED],
    ),
    limit(
        "maximum",
        false,
        false,
        [&families::MAXIMUM_RAISED, &families::MAXIMUM_LOWERED],
    ),
    limit(
        "minLength",
        true,
        true,
        [&families::MIN_LENGTH_RAISED, &families::MIN_LENGTH_LOWERED],
    ),
    limit(
        "maxLength",
        false,
        true,
        [&families::MAX_LENGTH_RAISED, &families::MAX_LENGTH_LOWERED],
    ),
    limit(
        "minItems",
        true,
        true,
        [&families::MIN_ITEMS_RAISED, &families::MIN_ITEMS_LOWERED],
    ),
    limit(
        "maxItems",
        false,
        true,
        [&families::MAX_ITEMS_RAISED, &families::MAX_ITEMS_LOWERED],
    ),
    limit(
        "minProperties",
        true,
        true,
        [
            &families::MIN_PROPERTIES_RAISED,
            &families::MIN_PROPERTIES_LOWERED,
        ],
    ),
    limit(
        "maxProperties",
        false,
        true,
        [
            &families::MAX_PROPERTIES_RAISED,
            &families::MAX_PROPERTIES_LOWERED,
        ],
    ),
];

impl<'a> Comparer<'a> {
    pub(super) fn limits(&mut self, pair: &Schemas<'a>) {
        for limit in &LIMITS {
            self.limit(pair, limit);
        }
        self.flag(
            pair,
            "uniqueItems",
            [
                &families::UNIQUE_ITEMS_ADDED,
                &families::UNIQUE_ITEMS_REMOVED,
            ],
        );
        self.multiple(pair);
    }

    fn limit(&mut self, pair: &Schemas<'a>, limit: &'static Limit) {
        let (before, after) = (strictest(&pair.old, limit), strictest(&pair.new, limit));
        let number = |fact: Option<Fact<'a>>| fact.and_then(|fact| fact.value.as_f64());
        // A limit that is not there is infinitely far away.
        let absent = if limit.is_lower {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        };
        let old = number(before).unwrap_or(absent);
        let new = number(after).unwrap_or(absent);
        if new > old {
            self.report(pair.draft(limit.raised, limit.key, before, after));
        } else if new < old {
            self.report(pair.draft(limit.lowered, limit.key, before, after));
        } else if before.is_some() && !limit.is_size {
            if limit.is_lower {
                let rules = [&families::MINIMUM_EXCLUDED, &families::MINIMUM_INCLUDED];
                self.flag(pair, "exclusiveMinimum", rules);
            } else {
                let rules = [&families::MAXIMUM_EXCLUDED, &families::MAXIMUM_INCLUDED];
                self.flag(pair, "exclusiveMaximum", rules);
            }
        }
    }

    fn multiple(&mut self, pair: &Schemas<'a>) {
        const KEY: &str = "multipleOf";
        let (before, after) = (fact(&pair.old, KEY), fact(&pair.new, KEY));
        let family = match (before, after) {
            (None, None) => return,
            (None, Some(_)) => &families::MULTIPLE_OF_TIGHTENED,
            (Some(_), None) => &families::MULTIPLE_OF_LOOSENED,
            (Some(old), Some(new)) if is_same(old.value, new.value) => return,
            (Some(old), Some(new)) if is_multiple(new.value, old.value) => {
                &families::MULTIPLE_OF_TIGHTENED
            }
            (Some(old), Some(new)) if is_multiple(old.value, new.value) => {
                &families::MULTIPLE_OF_LOOSENED
            }
            _ => &families::MULTIPLE_OF_CHANGED,
        };
        self.report(pair.draft(family, KEY, before, after));
    }
}

/// The strictest limit of all parts of a schema.
fn strictest<'a>(parts: &[Node<'a>], limit: &Limit) -> Option<Fact<'a>> {
    let mut found: Option<(f64, Fact<'a>)> = None;
    for (part, node) in parts.iter().enumerate() {
        let Some(value) = node.value.get(limit.key) else {
            continue;
        };
        let Some(number) = value.as_f64() else {
            continue;
        };
        if limit.is_size && limit.is_lower && number <= 0.0 {
            continue;
        }
        let is_stricter = found.is_none_or(|(known, _)| {
            if limit.is_lower {
                number > known
            } else {
                number < known
            }
        });
        if is_stricter {
            found = Some((number, Fact { value, part }));
        }
    }
    found.map(|(_, fact)| fact)
}

/// Whether one number is a whole multiple of another.
fn is_multiple(number: &Value, of: &Value) -> bool {
    let (Some(number), Some(of)) = (number.as_f64(), of.as_f64()) else {
        return false;
    };
    let quotient = number / of;
    quotient.is_finite() && (quotient - quotient.round()).abs() < 1e-9
}
