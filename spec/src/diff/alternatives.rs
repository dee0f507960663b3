//! Compares the alternatives of two schemas: `oneOf`, `anyOf`, `not` and `discriminator`.

use std::collections::BTreeMap;
use std::slice::from_ref;

use serde_json::Value;

use super::{
    Side,
    engine::{Comparer, Draft, Kind},
    node::{At, Node, reference, subtypes, target},
    pair::{Named, pair},
    parts::{Fact, Parts, alternatives},
    schema::{Facts, Schemas, sentence},
    schema_rules::{self as families, Direction, Family},
    subject::{shape, subject},
};
use crate::yaml::child;

/// The keywords that list alternatives.
const KEYS: [&str; 2] = ["oneOf", "anyOf"];

/// A list of alternatives, without null; lists of one are parts of the schema itself.
struct List<'a> {
    fact: Fact<'a>,
    items: Vec<Node<'a>>,
}

fn lists<'a>(parts: &Parts<'a>, key: &'static str) -> Vec<List<'a>> {
    let lists = parts.facts(key).filter_map(|fact| {
        let items = alternatives(parts.nodes.get(fact.part)?, key);
        (items.len() > 1).then_some(List { fact, items })
    });
    lists.collect()
}

impl<'a> Comparer<'a> {
    pub(super) fn alternatives(&mut self, pair: &Schemas<'a>) {
        let [one, any] = KEYS.map(|key| (lists(&pair.old, key), lists(&pair.new, key)));
        match ((&*one.0, &*one.1), (&*any.0, &*any.1)) {
            (([old], []), ([], [new])) | (([], [new]), ([old], [])) => {
                let family = &families::ALTERNATIVES_KIND_CHANGED;
                let draft = pair.draft(family, (None, Some(new.fact)));
                let names = (Value::from(old.fact.key), Value::from(new.fact.key));
                let draft = draft.values(Some(names.0), Some(names.1));
                self.report(about_whole(pair, draft, family));
                self.pair_up(pair, old, new);
            }
            _ => {
                for (key, (old, new)) in KEYS.into_iter().zip([&one, &any]) {
                    self.lists(pair, key, old, new);
                }
            }
        }
        self.exclusion(pair);
        self.discriminator(pair);
    }

    /// The lists that the parts of two schemas have, one each in most cases.
    fn lists(&mut self, pair: &Schemas<'a>, key: &'a str, old: &[List<'a>], new: &[List<'a>]) {
        let (family, facts) = match (old, new) {
            ([], []) => return,
            (old, new) if old.len() == new.len() => {
                for (old, new) in old.iter().zip(new) {
                    self.pair_up(pair, old, new);
                }
                return;
            }
            ([], [new, ..]) => (&families::ALTERNATIVES_ADDED, (None, Some(new.fact))),
            ([old, ..], []) => (&families::ALTERNATIVES_REMOVED, (Some(old.fact), None)),
            _ => {
                let rule = Kind::Schema(pair.direction).not_compared();
                return self.unread_key(rule, key, &pair.old.nodes, &pair.new.nodes);
            }
        };
        let draft = pair.draft(family, facts).values(None, None);
        self.report(about_whole(pair, draft, family));
    }

    /// Finds out which alternative was which: by meaning, then by name, then by type. If one is left
    /// on either side, it is the one that changed.
    fn pair_up(&mut self, pair_of: &Schemas<'a>, old: &List<'a>, new: &List<'a>) {
        let named = |side: Side, root: &'a Value, node: &Node<'a>| {
            let target = super::node::resolve(root, node);
            let meaning = self.meanings.of(side, target.value).to_string();
            let node = node.clone().named(name(node.value));
            let kind = target.text("type").unwrap_or_default();
            let names = [meaning, name(node.value), kind.to_owned()];
            Named::new(node, names)
        };
        let before = old
            .items
            .iter()
            .map(|node| named(Side::Old, self.old, node));
        let after = new
            .items
            .iter()
            .map(|node| named(Side::New, self.new, node));
        let mut paired = pair(before.collect::<Vec<_>>(), after.collect::<Vec<_>>());
        if let ([_], [_]) = (&*paired.removed, &*paired.added) {
            let (old, new) = (paired.removed.pop(), paired.added.pop());
            paired.both.extend(old.zip(new));
        }
        for (old, new) in paired.both {
            self.visit(Kind::Schema(pair_of.direction), &old, &new);
        }
        for node in &paired.removed {
            self.alternative_removed(pair_of, node);
        }
        let parent = pair_of.old.nodes.get(old.fact.part);
        let parent = parent.map(|part| part.at.location()).unwrap_or_default();
        let parent = child(&parent, old.fact.key);
        for node in &paired.added {
            self.alternative_added(pair_of, node, child(&parent, name(node.value)));
        }
    }

    fn alternative_removed(&mut self, pair: &Schemas<'a>, node: &Node<'a>) {
        let family = &families::ALTERNATIVE_REMOVED;
        let draft = Draft::removed(family.rule(pair.direction), node);
        let draft = draft.values(Some(shape(self.old, node)), None);
        self.report(about_whole(pair, draft, family));
    }

    fn alternative_added(&mut self, pair: &Schemas<'a>, node: &Node<'a>, location: String) {
        let family = &families::ALTERNATIVE_ADDED;
        let draft = Draft::added(family.rule(pair.direction), node, location);
        let draft = draft.values(None, Some(shape(self.new, node)));
        self.report(about_whole(pair, draft, family));
    }

    fn exclusion(&mut self, pair: &Schemas<'a>) {
        for facts in self.differences(pair, "not") {
            let family = &families::EXCLUSION_CHANGED;
            let draft = pair.draft(family, facts);
            self.report(about_whole(pair, draft, family));
        }
    }

    fn discriminator(&mut self, pair: &Schemas<'a>) {
        self.subtypes(pair);
        for facts in self.differences(pair, "discriminator") {
            let (Some(old), Some(new)) = facts else {
                let family = match facts.1 {
                    Some(_) => &families::DISCRIMINATOR_ADDED,
                    None => &families::DISCRIMINATOR_REMOVED,
                };
                self.report(pair.draft(family, facts));
                continue;
            };
            let is_name_other = old.value.get("propertyName") != new.value.get("propertyName");
            if is_name_other {
                self.discriminator_key(pair, facts, "propertyName");
            }
            if self.mapping(pair.direction, old, new) {
                self.discriminator_key(pair, facts, "mapping");
            }
            let known = [
                ("propertyName", super::form::Form::Text),
                ("mapping", super::form::Form::Object),
            ];
            let node =
                |fact: Fact<'a>| Node::new(fact.value, At::root(String::new(), String::new()));
            let below = |parts: &Parts<'a>, fact: Fact<'a>| {
                let part = parts.nodes.get(fact.part);
                part.and_then(|part| part.get(fact.key))
                    .unwrap_or_else(|| node(fact))
            };
            let rule = Kind::Schema(pair.direction).not_compared();
            let (old, new) = (below(&pair.old, old), below(&pair.new, new));
            self.unread(rule, from_ref(&old), from_ref(&new), &known);
        }
    }

    fn discriminator_key(&mut self, pair: &Schemas<'a>, facts: Facts<'a>, key: &str) {
        let family = match key {
            "mapping" => &families::DISCRIMINATOR_MAPPING_CHANGED,
            _ => &families::DISCRIMINATOR_PROPERTY_CHANGED,
        };
        let value = |fact: Option<Fact<'a>>| fact.and_then(|fact| fact.value.get(key)).cloned();
        let draft = pair.draft(family, facts);
        self.report(draft.values(value(facts.0), value(facts.1)));
    }

    /// Compares the schemas that values of a discriminator stand for; true if there are others.
    fn mapping(&mut self, direction: Direction, old: Fact<'a>, new: Fact<'a>) -> bool {
        let entries = |fact: Fact<'a>| -> BTreeMap<&'a str, &'a Value> {
            let entries = fact.value.get("mapping").and_then(Value::as_object);
            let entries = entries.into_iter().flatten();
            entries
                .map(|(name, value)| (name.as_str(), value))
                .collect()
        };
        let (before, after) = (entries(old), entries(new));
        let mut is_other = !before.keys().eq(after.keys());
        for (name, old) in before {
            let Some(&new) = after.get(name) else {
                continue;
            };
            let schema = |root: &'a Value, value: &'a Value| {
                let (pointer, value) = target(root, value.as_str()?)?;
                Some(Node::new(value, At::root(pointer.clone(), pointer)))
            };
            match (schema(self.old, old), schema(self.new, new)) {
                // Another name, and perhaps another schema: if it means the same, nothing changed.
                (Some(before), Some(after)) if old != new => {
                    is_other |= !self.meanings.same(before.value, after.value);
                }
                (Some(before), Some(after)) => {
                    self.visit(Kind::Schema(direction), &before, &after);
                }
                _ => is_other |= old != new,
            }
        }
        is_other
    }

    /// The components that may stand in the place of a schema with a discriminator.
    fn subtypes(&mut self, pair_of: &Schemas<'a>) {
        let all = |root: &'a Value, parts: &Parts<'a>| -> Vec<Named<Node<'a>>> {
            let subtypes = parts.nodes.iter().flat_map(|part| subtypes(root, part));
            subtypes
                .map(|(name, node)| Named::new(node, [name]))
                .collect()
        };
        let paired = pair(all(self.old, &pair_of.old), all(self.new, &pair_of.new));
        for (old, new) in paired.both {
            self.visit(Kind::Schema(pair_of.direction), &old, &new);
        }
        for node in &paired.removed {
            self.alternative_removed(pair_of, node);
        }
        for node in &paired.added {
            self.alternative_added(pair_of, node, node.at.location());
        }
    }
}

/// A name of an alternative that does not depend on its position.
fn name(alternative: &Value) -> String {
    let kind = alternative.get("type").and_then(Value::as_str);
    reference(alternative)
        .or_else(|| alternative.get("title")?.as_str())
        .or(kind)
        .unwrap_or("anything")
        .to_owned()
}

/// Says a change of the schema that has the alternatives.
fn about_whole(pair: &Schemas<'_>, draft: Draft, family: &'static Family) -> Draft {
    let what = pair.new.nodes.first();
    let what = what.map(|node| subject(&node.at, pair.direction));
    let message = sentence(
        pair.direction,
        family,
        &what.unwrap_or_default(),
        draft.before.as_ref(),
        draft.after.as_ref(),
    );
    draft.message(message)
}
