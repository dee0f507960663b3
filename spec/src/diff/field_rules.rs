//! Compares what holds for several fields of a body together.

use std::fmt::Write as _;

use serde_json::Value;

use super::{
    engine::Comparer,
    parts::{Fact, Parts},
    schema::{Schemas, sentence},
    schema_rules as families,
};

const KEY: &str = "x-heffl-rules";

impl<'a> Comparer<'a> {
    pub(super) fn field_rules(&mut self, pair: &Schemas<'a>) {
        for (family, is_new) in [
            (&families::RULE_REMOVED, false),
            (&families::RULE_ADDED, true),
        ] {
            let (here, there) = if is_new {
                (&pair.new, &pair.old)
            } else {
                (&pair.old, &pair.new)
            };
            let known: Vec<Value> = rules(there).map(|(.., rule)| unordered(rule)).collect();
            for (fact, index, rule) in rules(here) {
                if known.contains(&unordered(rule)) {
                    continue;
                }
                let (before, after) = if is_new {
                    (None, Some(rule))
                } else {
                    (Some(rule), None)
                };
                let facts = (before.map(|_| fact), after.map(|_| fact));
                let mut draft = pair.draft(family, facts);
                let _ = write!(draft.pointer, "/{index}");
                let who = pair.owner(facts);
                draft.message = sentence(pair.direction, family, &who, before, after);
                self.report(draft.values(before.cloned(), after.cloned()));
            }
        }
    }
}

/// The rules of all parts, each with its place.
fn rules<'a>(parts: &Parts<'a>) -> impl Iterator<Item = (Fact<'a>, usize, &'a Value)> {
    parts.facts(KEY).flat_map(|fact| {
        let rules = fact.value.as_array().into_iter().flatten().enumerate();
        rules.map(move |(index, rule)| (fact, index, rule))
    })
}

/// A rule whose fields are in the order of their names: it means the same in any order.
fn unordered(rule: &Value) -> Value {
    let mut rule = rule.clone();
    for value in rule
        .as_object_mut()
        .into_iter()
        .flat_map(|rule| rule.values_mut())
    {
        if let Value::Array(fields) = value {
            fields.sort_by_key(ToString::to_string);
        }
    }
    rule
}
