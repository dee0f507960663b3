//! Compares the alternatives of two schemas: `oneOf`, `anyOf` and `discriminator`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    matching::{Named, Paired, matched},
    node::Node,
    rules::Area,
    schema::alternatives,
    table::Kind,
    walk::{Comparer, Pair, end, facts},
};
use crate::{openapi::text, yaml::child};

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
                let values = [old, new].map(|list| Some(list.fact.name().into()));
                let facts = (None, Some(new.fact.clone()));
                self.found_as(pair.area, "alternatives-kind-changed", facts, values);
                self.pair_up(pair.area, old, new);
            }
            _ => {
                for (key, (old, new)) in keys.into_iter().zip([&one, &any]) {
                    self.lists(pair, key, old, new);
                }
            }
        }
        // The components that may replace a schema with a discriminator.
        let [old, new] = [&pair.old, &pair.new].map(|parts| {
            let subtypes = parts.iter().flat_map(Node::subtypes);
            subtypes.map(|node| Named::new(node.clone(), [node.name()]))
        });
        self.paired_up(pair.area, matched(old, new));
        self.discriminator(pair);
    }

    /// Compares the lists of the parts of two schemas; usually each schema has one.
    fn lists(&mut self, pair: &Pair<'a>, key: &str, old: &[List<'a>], new: &[List<'a>]) {
        let fact = |lists: &[List<'a>]| lists.first().map(|list| list.fact.clone());
        let id = match (old, new) {
            (old, new) if old.len() == new.len() => {
                for (old, new) in old.iter().zip(new) {
                    self.pair_up(pair.area, old, new);
                }
                return;
            }
            ([], _) => "alternatives-added",
            (_, []) => "alternatives-removed",
            _ => return self.unread_key(pair, key),
        };
        self.bare(pair.area, id, (fact(old), fact(new)));
    }

    /// Pairs the alternatives by meaning, then by name, then by type. If one remains
    /// on each side, it has changed.
    fn pair_up(&mut self, area: Area, old: &List<'a>, new: &List<'a>) {
        let [before, after] = [old, new].map(|list| {
            let items = list.items.iter().map(|node| {
                let target = node.resolve();
                let meaning = self.meanings.of(&target).to_string();
                let kind = target.text("type").unwrap_or_default();
                let name = name(node.value);
                let node = node.clone().at(child(&old.fact.place, name));
                Named::new(node, [&meaning, name, kind])
            });
            items.collect::<Vec<_>>()
        });
        let mut paired = matched(before, after);
        if let ([_], [_]) = (&*paired.removed, &*paired.added) {
            let (old, new) = (paired.removed.pop(), paired.added.pop());
            paired.both.extend(old.zip(new));
        }
        self.paired_up(area, paired);
    }

    fn paired_up(&mut self, area: Area, paired: Paired<Node<'a>>) {
        for (old, new) in &paired.both {
            self.visit(Kind::Schema, area, old, new);
        }
        for facts in paired.alone() {
            self.lone(area, &format!("alternative-{}", end(&facts)), facts);
        }
    }

    fn discriminator(&mut self, pair: &Pair<'a>) {
        for facts in self.differences(pair, "discriminator") {
            let (Some(old), Some(new)) = &facts else {
                self.change(pair, "discriminator", facts);
                continue;
            };
            let name = |fact: &Node<'a>| fact.value.get("propertyName");
            let is_name_other = name(old) != name(new);
            let is_mapping_other = self.mapping(pair.area, old, new);
            for (key, is_other, id) in [
                (
                    "propertyName",
                    is_name_other,
                    "discriminator-property-changed",
                ),
                ("mapping", is_mapping_other, "discriminator-mapping-changed"),
            ] {
                if is_other {
                    let values = [old, new].map(|fact| fact.value.get(key).cloned());
                    self.found_as(pair.area, id, facts.clone(), values);
                }
            }
            let (old, new) = (vec![old.clone()], vec![new.clone()]);
            self.object(&Pair::new(Kind::Discriminator, pair.area, old, new));
        }
    }

    /// Compares the schemas of the values of a discriminator; true if the values differ.
    fn mapping(&mut self, area: Area, old: &Node<'a>, new: &Node<'a>) -> bool {
        let [before, after] = [old, new].map(|fact| -> BTreeMap<&'a str, Node<'a>> {
            let mapping = fact.get("mapping");
            mapping.iter().flat_map(Node::entries).collect()
        });
        let mut is_other = !before.keys().eq(after.keys());
        for (name, old) in &before {
            let Some(new) = after.get(name) else {
                continue;
            };
            let schema = |node: &Node<'a>| node.target(node.value.as_str()?);
            match (schema(old), schema(new)) {
                // Another name, and perhaps another schema: if it means the same, nothing changed.
                (Some(before), Some(after)) if old.value != new.value => {
                    is_other |= !self.meanings.same(&before, &after);
                }
                (Some(before), Some(after)) => self.visit(Kind::Schema, area, &before, &after),
                _ => is_other |= old.value != new.value,
            }
        }
        is_other
    }
}

/// A name of an alternative that does not depend on its position.
fn name(alternative: &Value) -> &str {
    let mut keys = ["$ref", "title", "type"].into_iter();
    keys.find_map(|key| text(alternative, key))
        .unwrap_or("anything")
}
