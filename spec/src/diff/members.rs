//! Compares what objects and lists hold.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde_json::Value;

use super::{
    engine::{Comparer, Draft, Kind},
    meaning::is_prose,
    node::Node,
    parts::Parts,
    schema::{Schemas, sentence},
    schema_rules::{self as families, Direction, Family},
    subject::{shape, subject},
};
use crate::yaml::child;

/// The properties of all parts of a schema.
struct Members<'a> {
    /// Each property, and its schemas: more than one if several parts have it.
    schemas: IndexMap<&'a str, Vec<Member<'a>>>,
    required: HashSet<&'a str>,
}

struct Member<'a> {
    node: Node<'a>,
    /// The part that has it.
    part: usize,
}

/// What an object may hold beside its properties.
enum Others<'a> {
    Anything,
    Nothing,
    /// What fits the schemas of all parts.
    Schemas(Vec<Node<'a>>),
}

impl<'a> Comparer<'a> {
    pub(super) fn members(&mut self, pair: &Schemas<'a>) {
        self.properties(pair);
        self.items(pair);
        self.others(pair);
    }

    fn properties(&mut self, pair: &Schemas<'a>) {
        let (before, after) = (members(&pair.old), members(&pair.new));
        for (name, old) in &before.schemas {
            match after.schemas.get(name) {
                // What never travelled this way is not missed.
                None if is_hidden(pair.direction, old) => {}
                None => self.property_removed(pair, name, old),
                Some(new) => {
                    if !is_hidden(pair.direction, old) || !is_hidden(pair.direction, new) {
                        let required = [
                            before.required.contains(name),
                            after.required.contains(name),
                        ];
                        self.property(pair, old, new, required);
                    }
                }
            }
        }
        for (name, new) in &after.schemas {
            if !before.schemas.contains_key(name) && !is_hidden(pair.direction, new) {
                self.property_added(pair, name, new, after.required.contains(name));
            }
        }
    }

    fn property(
        &mut self,
        pair: &Schemas<'a>,
        old: &[Member<'a>],
        new: &[Member<'a>],
        required: [bool; 2],
    ) {
        let family = match required {
            [false, true] => Some(&families::PROPERTY_BECAME_REQUIRED),
            [true, false] => Some(&families::PROPERTY_BECAME_OPTIONAL),
            _ => None,
        };
        if let (Some(family), Some(old), Some(new)) = (family, old.first(), new.first()) {
            let what = subject(&new.node.at, pair.direction);
            self.report(
                Draft::changed(family.rule(pair.direction), &old.node, &new.node)
                    .message(sentence(pair.direction, family, &what, None, None)),
            );
        }
        let nodes = |members: &[Member<'a>]| -> Vec<Node<'a>> {
            members.iter().map(|member| member.node.clone()).collect()
        };
        self.visit_all(pair.direction, nodes(old), nodes(new));
    }

    fn property_removed(&mut self, pair: &Schemas<'a>, name: &str, old: &[Member<'a>]) {
        let Some(Member { node, .. }) = old.first() else {
            return;
        };
        let family = &families::PROPERTY_REMOVED;
        let before = shape(self.old, node);
        let what = named(pair.direction, node, name);
        self.report(
            Draft::removed(family.rule(pair.direction), node)
                .message(sentence(pair.direction, family, &what, Some(&before), None))
                .values(Some(before), None),
        );
    }

    fn property_added(
        &mut self,
        pair: &Schemas<'a>,
        name: &str,
        new: &[Member<'a>],
        is_required: bool,
    ) {
        let Some(Member { node, part }) = new.first() else {
            return;
        };
        let family = if is_required {
            &families::PROPERTY_ADDED_REQUIRED
        } else {
            &families::PROPERTY_ADDED
        };
        let parent = pair.counterpart(*part).map(|parent| parent.at.location());
        let location = child(&child(&parent.unwrap_or_default(), "properties"), name);
        let after = shape(self.new, node);
        let what = named(pair.direction, node, name);
        self.report(
            Draft::added(family.rule(pair.direction), node, location)
                .message(sentence(pair.direction, family, &what, None, Some(&after)))
                .values(None, Some(after)),
        );
    }

    fn items(&mut self, pair: &Schemas<'a>) {
        let items = |parts: &Parts<'a>| {
            let items = parts.children("items");
            // Any items are allowed where nobody says which.
            let anything = parts.nodes.first().filter(|_| items.is_empty());
            items
                .into_iter()
                .chain(anything.map(|node| node.get_or_missing("items", 1)))
                .collect::<Vec<_>>()
        };
        self.visit_all(pair.direction, items(&pair.old), items(&pair.new));
    }

    /// Compares schemas of several parts.
    fn visit_all(&mut self, direction: Direction, old: Vec<Node<'a>>, new: Vec<Node<'a>>) {
        let kind = Kind::Schema(direction);
        match (&*old, &*new) {
            ([old], [new]) => self.visit(kind, old, new),
            ([_, ..], [_, ..]) => self.visit_parts(kind, old, new),
            _ => {}
        }
    }

    fn others(&mut self, pair: &Schemas<'a>) {
        const KEY: &str = "additionalProperties";
        let (before, after) = (others(&pair.old), others(&pair.new));
        let family: &'static Family = match (before, after) {
            (Others::Anything, Others::Anything) | (Others::Nothing, Others::Nothing) => return,
            (Others::Schemas(old), Others::Schemas(new)) => {
                return self.visit_all(pair.direction, old, new);
            }
            (_, Others::Nothing) => &families::ADDITIONAL_PROPERTIES_CLOSED,
            (Others::Nothing, _) => &families::ADDITIONAL_PROPERTIES_OPENED,
            (Others::Anything, Others::Schemas(_)) => &families::ADDITIONAL_PROPERTIES_TYPED,
            (Others::Schemas(_), Others::Anything) => &families::ADDITIONAL_PROPERTIES_UNTYPED,
        };
        let facts = self.differences(pair, KEY).first().copied();
        let draft = pair.brief(family, facts.unwrap_or_default());
        let allowed = |root: &'a Value, others| match others {
            Others::Anything => Value::from(true),
            Others::Nothing => Value::from(false),
            Others::Schemas(nodes) => nodes.first().map_or(true.into(), |node| shape(root, node)),
        };
        let before = allowed(self.old, others(&pair.old));
        let after = allowed(self.new, others(&pair.new));
        self.report(draft.values(Some(before), Some(after)));
    }
}

fn members<'a>(parts: &Parts<'a>) -> Members<'a> {
    let parts = &parts.nodes;
    let mut schemas: IndexMap<&'a str, Vec<Member<'a>>> = IndexMap::new();
    let mut required = HashSet::new();
    for (part, node) in parts.iter().enumerate() {
        for (name, node) in node.get("properties").iter().flat_map(Node::entries) {
            schemas.entry(name).or_default().push(Member { node, part });
        }
        let names = node.get("required");
        required.extend(
            names
                .iter()
                .flat_map(Node::items)
                .filter_map(|name| name.value.as_str()),
        );
    }
    // A required property that nobody describes may be anything.
    for (part, node) in parts.iter().enumerate() {
        for item in node.get("required").iter().flat_map(Node::items) {
            if let Some(name) = item.value.as_str() {
                let undescribed = || {
                    vec![Member {
                        node: item.missing().named(name),
                        part,
                    }]
                };
                schemas.entry(name).or_insert_with(undescribed);
            }
        }
    }
    Members { schemas, required }
}

/// Whether a property does not travel in this direction at all.
fn is_hidden(direction: Direction, members: &[Member<'_>]) -> bool {
    let key = match direction {
        Direction::Parameter | Direction::Request => "readOnly",
        Direction::Response => "writeOnly",
    };
    members.iter().any(|member| member.node.flag(key))
}

/// What a property is called; one that nobody describes is called by its name alone.
fn named(direction: Direction, node: &Node<'_>, name: &str) -> String {
    if node.is_missing() {
        format!("`{name}`")
    } else {
        subject(&node.at, direction)
    }
}

fn others<'a>(parts: &Parts<'a>) -> Others<'a> {
    let said = parts.children("additionalProperties");
    if said.iter().any(|node| node.value == &Value::Bool(false)) {
        return Others::Nothing;
    }
    let says_something = |node: &Node<'a>| {
        let mut entries = node.entries();
        entries.any(|(key, value)| key != "nullable" && !is_prose(key, value.value))
    };
    let schemas: Vec<Node<'a>> = said.into_iter().filter(says_something).collect();
    if schemas.is_empty() {
        Others::Anything
    } else {
        Others::Schemas(schemas)
    }
}
