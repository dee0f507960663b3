//! Compares what holds for several fields of a body together.

use std::fmt::Write as _;

use serde_json::Value;

use super::{
    engine::Comparer,
    schema::{Fact, Schemas, fact, owner, sentence},
    schema_rules as families,
};

const KEY: &str = "x-heffl-rules";

impl<'a> Comparer<'a> {
    pub(super) fn field_rules(&mut self, pair: &Schemas<'a>) {
        let (before, after) = (fact(&pair.old, KEY), fact(&pair.new, KEY));
        let told = [
            (&families::RULE_REMOVED, before, after, before, None),
            (&families::RULE_ADDED, after, before, None, after),
        ];
        for (family, here, there, before, after) in told {
            let known: Vec<Value> = rules(there).map(unordered).collect();
            for (index, rule) in rules(here).enumerate() {
                if known.contains(&unordered(rule)) {
                    continue;
                }
                let mut draft = pair.draft(family, KEY, before, after);
                let _ = write!(draft.pointer, "/{index}");
                let values = [before.map(|_| rule), after.map(|_| rule)];
                let [before, after] = values;
                let who = owner(pair, KEY);
                draft.message = sentence(pair.direction, family, &who, before, after);
                self.report(draft.values(before.cloned(), after.cloned()));
            }
        }
    }
}

fn rules(fact: Option<Fact<'_>>) -> impl Iterator<Item = &Value> {
    let rules = fact.and_then(|fact| fact.value.as_array());
    rules.into_iter().flatten()
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
