//! Compares the alternatives of two schemas: `oneOf`, `anyOf` and `discriminator`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Side,
    matching::{Named, Paired, matched},
    node::{Node, reference, resolve, subtypes, target},
    rules::{Area, rule},
    schema::{alternatives, shape},
    table::Kind,
    walk::{Comparer, Draft, Pair, facts},
};
use crate::yaml::child;

/// A list of alternatives, without null; lists of one are parts of the schema itself.
struct List<'a> {
    fact: Node<'a>,
    items: Vec<Node<'a>>,
}

fn lists<'a>(parts: &[Node<'a>], key: &str) -> Vec<List<'a>> {
    let lists = facts(parts, key).map(|fact| List {
        items: alternatives(Some(&fact)),
        fact,
    });
    lists.filter(|list| list.items.len() > 1).collect()
}

impl<'a> Comparer<'a> {
    pub(super) fn alternatives(&mut self, pair: &Pair<'a>) {
        let keys = ["oneOf", "anyOf"];
        let [one, any] = keys.map(|key| (lists(&pair.old, key), lists(&pair.new, key)));
        match ((&*one.0, &*one.1), (&*any.0, &*any.1)) {
            (([old], []), ([], [new])) | (([], [new]), ([old], [])) => {
                let draft = Draft::added(pair.rule("alternatives-kind-changed"), &new.fact);
                let [before, after] = [old, new].map(|list| list.fact.pointer.rsplit('/').next());
                self.report(draft.values(before.map(Value::from), after.map(Value::from)));
                self.pair_up(pair.area, old, new);
            }
            _ => {
                for (key, (old, new)) in keys.into_iter().zip([&one, &any]) {
                    self.lists(pair, key, old, new);
                }
            }
        }
        self.subtypes(pair);
        self.discriminator(pair);
    }

    /// The lists that the parts of two schemas have, one each in most cases.
    fn lists(&mut self, pair: &Pair<'a>, key: &str, old: &[List<'a>], new: &[List<'a>]) {
        match (old, new) {
            (old, new) if old.len() == new.len() => {
                for (old, new) in old.iter().zip(new) {
                    self.pair_up(pair.area, old, new);
                }
            }
            ([], [new, ..]) => {
                self.report(Draft::added(pair.rule("alternatives-added"), &new.fact));
            }
            ([old, ..], []) => {
                self.report(Draft::removed(pair.rule("alternatives-removed"), &old.fact));
            }
            _ => self.unread_key(pair, key),
        }
    }

    /// Finds out which alternative was which: by meaning, then by name, then by type. If one is left
    /// on either side, it is the one that changed.
    fn pair_up(&mut self, area: Area, old: &List<'a>, new: &List<'a>) {
        let named = |side: Side, root: &'a Value, list: &List<'a>| -> Vec<Named<Node<'a>>> {
            let items = list.items.iter().map(|node| {
                let target = resolve(root, node);
                let meaning = self.meanings.of(side, target.value).to_string();
                let kind = target.text("type").unwrap_or_default();
                let name = name(node.value);
                let node = node.clone().at(child(&old.fact.place, name));
                Named::new(node, [&meaning, name, kind])
            });
            items.collect()
        };
        let (before, after) = (
            named(Side::Old, self.old, old),
            named(Side::New, self.new, new),
        );
        let mut paired = matched(before, after);
        if let ([_], [_]) = (&*paired.removed, &*paired.added) {
            let (old, new) = (paired.removed.pop(), paired.added.pop());
            paired.both.extend(old.zip(new));
        }
        self.paired_up(area, &paired);
    }

    /// The components that may stand in the place of a schema with a discriminator.
    fn subtypes(&mut self, pair: &Pair<'a>) {
        let all = |root: &'a Value, parts: &[Node<'a>]| -> Vec<Named<Node<'a>>> {
            let subtypes = parts.iter().flat_map(|part| subtypes(root, part.value));
            let named =
                subtypes.filter_map(|(name, _)| Some(Named::new(target(root, name)?, [name])));
            named.collect()
        };
        let paired = matched(all(self.old, &pair.old), all(self.new, &pair.new));
        self.paired_up(pair.area, &paired);
    }

    fn paired_up(&mut self, area: Area, paired: &Paired<Node<'a>>) {
        for (old, new) in &paired.both {
            self.visit(Kind::Schema, area, old, new);
        }
        for node in &paired.removed {
            let draft = Draft::removed(rule(area, "alternative-removed"), node);
            self.report(draft.values(Some(shape(self.old, node)), None));
        }
        for node in &paired.added {
            let draft = Draft::added(rule(area, "alternative-added"), node);
            self.report(draft.values(None, Some(shape(self.new, node))));
        }
    }

    fn discriminator(&mut self, pair: &Pair<'a>) {
        for facts in self.differences(pair, "discriminator") {
            let (Some(old), Some(new)) = &facts else {
                self.change(pair, "discriminator", facts);
                continue;
            };
            let is_mapping_other = self.mapping(pair.area, old, new);
            for (key, is_other, id) in [
                (
                    "propertyName",
                    old.value.get("propertyName") != new.value.get("propertyName"),
                    "discriminator-property-changed",
                ),
                ("mapping", is_mapping_other, "discriminator-mapping-changed"),
            ] {
                if is_other {
                    let [before, after] = [old, new].map(|fact| fact.value.get(key).cloned());
                    let draft = Draft::new(pair.rule(id), Some(old), Some(new));
                    self.report(draft.values(before, after));
                }
            }
            let (old, new) = (vec![old.clone()], vec![new.clone()]);
            self.object(&Pair::new(Kind::Discriminator, pair.area, old, new));
        }
    }

    /// Compares the schemas that values of a discriminator stand for; true if there are others.
    fn mapping(&mut self, area: Area, old: &Node<'a>, new: &Node<'a>) -> bool {
        let [before, after] = [old, new].map(|fact| -> BTreeMap<&'a str, &'a Value> {
            let entries = fact.value.get("mapping").and_then(Value::as_object);
            let entries = entries.into_iter().flatten();
            entries
                .map(|(name, value)| (name.as_str(), value))
                .collect()
        });
        let mut is_other = !before.keys().eq(after.keys());
        for (name, old) in before {
            let Some(&new) = after.get(name) else {
                continue;
            };
            let schema = |root: &'a Value, value: &'a Value| target(root, value.as_str()?);
            match (schema(self.old, old), schema(self.new, new)) {
                // Another name, and perhaps another schema: if it means the same, nothing changed.
                (Some(before), Some(after)) if old != new => {
                    is_other |= !self.meanings.same(before.value, after.value);
                }
                (Some(before), Some(after)) => self.visit(Kind::Schema, area, &before, &after),
                _ => is_other |= old != new,
            }
        }
        is_other
    }
}

/// A name of an alternative that does not depend on its position.
fn name(alternative: &Value) -> &str {
    let text = |key: &str| alternative.get(key)?.as_str();
    let name = reference(alternative).or_else(|| text("title"));
    name.or_else(|| text("type")).unwrap_or("anything")
}
