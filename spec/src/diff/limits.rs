//! Compares the limits of two schemas.

use std::cmp::Ordering;

use serde_json::Number;

use super::{
    engine::Comparer,
    parts::{Fact, Parts},
    schema::Schemas,
    schema_rules::{self as families, Family},
};

/// A limit: its keyword, whether it is a lower one, and the rules for `[raised, lowered]`.
struct Limit {
    key: &'static str,
    is_lower: bool,
    rules: [&'static Family; 2],
    /// For numbers, the keyword that excludes the limit itself, and the rules for
    /// `[excluded, included]`. The others limit sizes.
    exclusive: Option<(&'static str, [&'static Family; 2])>,
}

/// One row: keyword, `lower` or `upper`, the rules for `[raised lowered]`; for numbers, the keyword that
/// excludes the limit, and the rules for `[excluded included]`.
macro_rules! limits {
    (@is_lower lower) => { true };
    (@is_lower upper) => { false };
    (@exclusive) => { None };
    (@exclusive $key:literal [$excluded:ident $included:ident]) => {
        Some(($key, [&families::$excluded, &families::$included]))
    };
    ($($key:literal $way:ident [$raised:ident $lowered:ident] $($exclusive:literal $rules:tt)?;)*) => {
        static LIMITS: &[Limit] = &[$(Limit {
            key: $key,
            is_lower: limits!(@is_lower $way),
            rules: [&families::$raised, &families::$lowered],
            exclusive: limits!(@exclusive $($exclusive $rules)?),
        }),*];
    };
}

limits! {
    "minimum" lower [MINIMUM_RAISED MINIMUM_LOWERED] "exclusiveMinimum" [MINIMUM_EXCLUDED MINIMUM_INCLUDED];
    "maximum" upper [MAXIMUM_RAISED MAXIMUM_LOWERED] "exclusiveMaximum" [MAXIMUM_EXCLUDED MAXIMUM_INCLUDED];
    "minLength" lower [MIN_LENGTH_RAISED MIN_LENGTH_LOWERED];
    "maxLength" upper [MAX_LENGTH_RAISED MAX_LENGTH_LOWERED];
    "minItems" lower [MIN_ITEMS_RAISED MIN_ITEMS_LOWERED];
    "maxItems" upper [MAX_ITEMS_RAISED MAX_ITEMS_LOWERED];
    "minProperties" lower [MIN_PROPERTIES_RAISED MIN_PROPERTIES_LOWERED];
    "maxProperties" upper [MAX_PROPERTIES_RAISED MAX_PROPERTIES_LOWERED];
}

/// A limit that a schema sets.
#[derive(Clone, Copy)]
struct Bound<'a> {
    number: Exact,
    is_exclusive: bool,
    /// What sets the number, and what excludes it.
    fact: Fact<'a>,
    exclusive: Option<Fact<'a>>,
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
    pub(super) fn limits(&mut self, pair: &Schemas<'a>) {
        for limit in LIMITS {
            self.limit(pair, limit);
        }
        let families = [
            &families::UNIQUE_ITEMS_ADDED,
            &families::UNIQUE_ITEMS_REMOVED,
        ];
        self.flag(pair, "uniqueItems", families);
        self.multiple(pair);
    }

    fn limit(&mut self, pair: &Schemas<'a>, limit: &'static Limit) {
        let are_integers = pair.old.is_integer() && pair.new.is_integer();
        let old = limit.strictest(&pair.old);
        let new = limit.strictest(&pair.new);
        let normal = |bound: Option<Bound<'a>>| match bound {
            Some(bound) if are_integers => Some(limit.inclusive(bound)),
            bound => bound,
        };
        let (before, after) = (normal(old), normal(new));
        // A limit that is not there is infinitely far away.
        let is_stricter = match (before, after) {
            (None, None) => return,
            (None, Some(_)) => true,
            (Some(_), None) => false,
            (Some(old), Some(new)) => match limit.compare(new, old) {
                Ordering::Equal => return,
                order => order == Ordering::Greater,
            },
        };
        let [raised, lowered] = limit.rules;
        let family = if is_stricter == limit.is_lower {
            raised
        } else {
            lowered
        };
        let fact = |bound: Option<Bound<'a>>| bound.map(|bound| bound.fact);
        if let (Some(old), Some(new), Some((_, [excluded, included]))) = (old, new, limit.exclusive)
            && old.number == new.number
            && old.is_exclusive != new.is_exclusive
        {
            let family = if is_stricter { excluded } else { included };
            let facts = (old.exclusive, new.exclusive);
            return self.report(pair.brief(family, facts));
        }
        self.report(pair.draft(family, (fact(old), fact(new))));
    }

    fn multiple(&mut self, pair: &Schemas<'a>) {
        for facts in self.differences(pair, "multipleOf") {
            let family = match facts {
                (None, _) => &families::MULTIPLE_OF_TIGHTENED,
                (_, None) => &families::MULTIPLE_OF_LOOSENED,
                (Some(old), Some(new)) if is_multiple(new, old) => &families::MULTIPLE_OF_TIGHTENED,
                (Some(old), Some(new)) if is_multiple(old, new) => &families::MULTIPLE_OF_LOOSENED,
                _ => &families::MULTIPLE_OF_CHANGED,
            };
            self.report(pair.draft(family, facts));
        }
    }
}

impl Limit {
    /// The strictest limit of all parts of a schema.
    fn strictest<'a>(&self, schema: &Parts<'a>) -> Option<Bound<'a>> {
        let exclusive = |part| {
            let (key, _) = self.exclusive?;
            schema.facts(key).find(|fact| fact.part == part)
        };
        let said = schema.facts(self.key).filter_map(|fact| {
            let exclusive = exclusive(fact.part);
            Some(Bound {
                number: Exact::of(fact.value.as_number()?)?,
                is_exclusive: exclusive.and_then(|fact| fact.value.as_bool()) == Some(true),
                fact,
                exclusive: exclusive.filter(|fact| fact.value.is_boolean()),
            })
        });
        // Since OpenAPI 3.1, the keyword has the number itself.
        let numbers = self.exclusive.map(|(key, _)| schema.facts(key));
        let numbers = numbers.into_iter().flatten().filter_map(|fact| {
            Some(Bound {
                number: Exact::of(fact.value.as_number()?)?,
                is_exclusive: true,
                fact,
                exclusive: Some(fact),
            })
        });
        // No size is below 0.
        let says_nothing = |bound: &Bound<'a>| {
            self.exclusive.is_none() && self.is_lower && bound.number.as_f64() <= 0.0
        };
        let bounds = said.chain(numbers).filter(|bound| !says_nothing(bound));
        // The first of those that are equally strict.
        bounds.reduce(|known, bound| match self.compare(bound, known) {
            Ordering::Greater => bound,
            _ => known,
        })
    }

    /// Which of two bounds is stricter.
    fn compare(&self, one: Bound<'_>, other: Bound<'_>) -> Ordering {
        let order = one.number.cmp(other.number);
        let order = if self.is_lower {
            order
        } else {
            order.reverse()
        };
        order.then(one.is_exclusive.cmp(&other.is_exclusive))
    }

    /// The same limit for whole numbers, as one that is itself allowed.
    fn inclusive<'a>(&self, bound: Bound<'a>) -> Bound<'a> {
        let step = if self.is_lower { 1 } else { -1 };
        let number = match bound.number {
            Exact::Whole(number) if bound.is_exclusive => Exact::Whole(number.saturating_add(step)),
            Exact::Float(number) if self.is_lower => Exact::float(number.ceil()),
            Exact::Float(number) => Exact::float(number.floor()),
            number @ Exact::Whole(_) => number,
        };
        Bound {
            number,
            is_exclusive: false,
            ..bound
        }
    }
}

/// Whether one number is a whole multiple of another.
fn is_multiple(number: Fact<'_>, of: Fact<'_>) -> bool {
    let (Some(number), Some(of)) = (number.value.as_f64(), of.value.as_f64()) else {
        return false;
    };
    let quotient = number / of;
    quotient.is_finite() && (quotient - quotient.round()).abs() < 1e-9
}
