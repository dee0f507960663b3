//! Compares the alternatives of two schemas: `oneOf`, `anyOf`, `not` and `discriminator`.

use serde_json::Value;

use super::{
    engine::{Comparer, Draft, Kind},
    node::{Node, reference},
    schema::{Fact, Schemas, fact, sentence},
    schema_rules::{self as families, Direction, Family},
    subject::{shape, subject},
};
use crate::yaml::child;

impl<'a> Comparer<'a> {
    pub(super) fn alternatives(&mut self, pair: &Schemas<'a>) {
        let sides = |key| (fact(&pair.old, key), fact(&pair.new, key));
        let ((old_one, new_one), (old_any, new_any)) = (sides("oneOf"), sides("anyOf"));
        match (old_one, new_one, old_any, new_any) {
            (None, None, None, None) => {}
            (Some(old), None, None, Some(new)) => {
                self.swapped(pair, ("oneOf", old), ("anyOf", new));
            }
            (None, Some(new), Some(old), None) => {
                self.swapped(pair, ("anyOf", old), ("oneOf", new));
            }
            _ => {
                self.list(pair, "oneOf", old_one, new_one);
                self.list(pair, "anyOf", old_any, new_any);
            }
        }
        self.exclusion(pair);
        self.discriminator(pair);
    }

    fn swapped(&mut self, pair: &Schemas<'a>, old: (&'a str, Fact<'a>), new: (&'a str, Fact<'a>)) {
        let (key, fact) = new;
        let mut draft = pair.draft(&families::ALTERNATIVES_KIND_CHANGED, key, None, Some(fact));
        draft = draft.values(Some(Value::from(old.0)), Some(Value::from(key)));
        self.report(about_whole(
            pair,
            draft,
            &families::ALTERNATIVES_KIND_CHANGED,
        ));
        self.pair_up(pair, old, new);
    }

    fn list(
        &mut self,
        pair: &Schemas<'a>,
        key: &'a str,
        old: Option<Fact<'a>>,
        new: Option<Fact<'a>>,
    ) {
        let family = match (old, new) {
            (None, None) => return,
            (Some(old), Some(new)) => return self.pair_up(pair, (key, old), (key, new)),
            (None, Some(_)) => &families::ALTERNATIVES_ADDED,
            (Some(_), None) => &families::ALTERNATIVES_REMOVED,
        };
        let draft = pair.draft(family, key, old, new).values(None, None);
        self.report(about_whole(pair, draft, family));
    }

    /// Finds out which alternative was which, by name, then by meaning. If one is left on either
    /// side, it is the one that changed.
    fn pair_up(&mut self, pair: &Schemas<'a>, old: (&'a str, Fact<'a>), new: (&'a str, Fact<'a>)) {
        let kind = Kind::Schema(pair.direction);
        let list = |parts: &[Node<'a>], (key, fact): (&'a str, Fact<'a>)| -> Vec<Node<'a>> {
            let list = parts.get(fact.part).and_then(|part| part.get(key));
            list.iter()
                .flat_map(Node::items)
                .map(|node| {
                    let name = name(node.value);
                    node.named(name)
                })
                .collect()
        };
        let (mut before, mut after) = (list(&pair.old, old), list(&pair.new, new));
        let mut pairs = take_pairs(&mut before, &mut after, |old, new| {
            let target = reference(old.value);
            (target.is_some() && target == reference(new.value))
                || self.stable.equal(old.value, new.value)
        });
        pairs.extend(take_pairs(&mut before, &mut after, |old, new| {
            self.is_alike(pair.direction, old, new)
        }));
        if let ([_], [_]) = (&*before, &*after) {
            pairs.extend(before.pop().zip(after.pop()));
        }
        for (old, new) in pairs {
            self.visit(kind, &old, &new);
        }
        for node in &before {
            let value = shape(self.old, node);
            let family = &families::ALTERNATIVE_REMOVED;
            let draft = Draft::removed(family.rule(pair.direction), node).values(Some(value), None);
            self.report(about_whole(pair, draft, family));
        }
        let parent = pair.old.get(old.1.part).map(|part| part.at.location());
        let parent = child(&parent.unwrap_or_default(), old.0);
        for node in &after {
            let value = shape(self.new, node);
            let family = &families::ALTERNATIVE_ADDED;
            let location = child(&parent, name(node.value));
            let draft =
                Draft::added(family.rule(pair.direction), node, location).values(None, Some(value));
            self.report(about_whole(pair, draft, family));
        }
    }

    fn exclusion(&mut self, pair: &Schemas<'a>) {
        let (before, after) = (fact(&pair.old, "not"), fact(&pair.new, "not"));
        let node = |parts: &[Node<'a>], fact: Option<Fact<'a>>| parts.get(fact?.part)?.get("not");
        let is_alike = match (node(&pair.old, before), node(&pair.new, after)) {
            (None, None) => true,
            (Some(old), Some(new)) => {
                self.stable.equal(old.value, new.value)
                    || self.is_alike(Direction::Request, &old, &new)
            }
            _ => false,
        };
        if !is_alike {
            let draft = pair.draft(&families::EXCLUSION_CHANGED, "not", before, after);
            self.report(about_whole(pair, draft, &families::EXCLUSION_CHANGED));
        }
    }

    fn discriminator(&mut self, pair: &Schemas<'a>) {
        const KEY: &str = "discriminator";
        let (before, after) = (fact(&pair.old, KEY), fact(&pair.new, KEY));
        let (Some(old), Some(new)) = (before, after) else {
            let families = [
                &families::DISCRIMINATOR_ADDED,
                &families::DISCRIMINATOR_PROPERTY_CHANGED,
                &families::DISCRIMINATOR_REMOVED,
            ];
            return self.keyword(pair, KEY, families);
        };
        for (key, family) in [
            ("propertyName", &families::DISCRIMINATOR_PROPERTY_CHANGED),
            ("mapping", &families::DISCRIMINATOR_MAPPING_CHANGED),
        ] {
            let (was, is) = (old.value.get(key), new.value.get(key));
            let is_same = was == is
                || key == "mapping" && self.is_same_mapping(pair.direction, old.value, new.value);
            if !is_same {
                let draft = pair.draft(family, KEY, before, after);
                self.report(draft.values(was.cloned(), is.cloned()));
            }
        }
    }

    /// Whether the same words stand for schemas that mean the same.
    fn is_same_mapping(&self, direction: Direction, old: &'a Value, new: &'a Value) -> bool {
        let entries = |value: &'a Value| value.get("mapping").and_then(Value::as_object);
        let (Some(old), Some(new)) = (entries(old), entries(new)) else {
            return false;
        };
        let target = |root: &'a Value, target: &'a Value| {
            let pointer = target.as_str()?.strip_prefix('#')?;
            root.pointer(pointer)
                .map(|value| Node::new(value, super::node::At::root(String::new(), String::new())))
        };
        old.len() == new.len()
            && old.iter().all(|(word, before)| {
                new.get(word).is_some_and(|after| {
                    before == after
                        || target(self.old, before)
                            .zip(target(self.new, after))
                            .is_some_and(|(old, new)| self.is_alike(direction, &old, &new))
                })
            })
    }
}

/// Takes the pairs that belong together out of two lists.
fn take_pairs<'a>(
    before: &mut Vec<Node<'a>>,
    after: &mut Vec<Node<'a>>,
    belong: impl Fn(&Node<'a>, &Node<'a>) -> bool,
) -> Vec<(Node<'a>, Node<'a>)> {
    let mut pairs = Vec::new();
    before.retain(|old| match after.iter().position(|new| belong(old, new)) {
        Some(position) => {
            pairs.push((old.clone(), after.remove(position)));
            false
        }
        None => true,
    });
    pairs
}

/// A name of an alternative that does not depend on its position.
fn name(alternative: &Value) -> String {
    let kind = alternative.get("type").and_then(Value::as_str);
    reference(alternative)
        .or(kind)
        .unwrap_or("anything")
        .to_owned()
}

/// Says a change of the schema that has the alternatives.
fn about_whole(pair: &Schemas<'_>, draft: Draft, family: &'static Family) -> Draft {
    let what = pair
        .new
        .first()
        .map(|node| subject(&node.at, pair.direction));
    let what = what.unwrap_or_default();
    let message = sentence(
        pair.direction,
        family,
        &what,
        draft.before.as_ref(),
        draft.after.as_ref(),
    );
    draft.message(message)
}
