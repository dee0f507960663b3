//! Compares two schemas in their normal form: parts without references, all of which apply.
//!
//! OpenAPI has many ways to write one schema. `allOf` and a list of one alternative are taken apart,
//! what stands beside a reference is a part of its own, and an alternative that is null makes the
//! whole nullable, as a list of types with `null` does.

use std::collections::{BTreeSet, HashSet};

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::{
    Side,
    meaning::{is_prose, says_more},
    node::{Node, follow, reference, resolve},
    rules::Area,
    table::{ANNOTATIONS, Kind},
    walk::{Comparer, Draft, Pair, facts, flag, has, rest},
};
use crate::yaml::child;

impl<'a> Comparer<'a> {
    pub(super) fn schema(&mut self, schemas: Pair<'a>) {
        let is_nullable = [
            is_nullable(self.old, &schemas.old),
            is_nullable(self.new, &schemas.new),
        ];
        let area = schemas.area;
        let (old, before) = parts(self.old, schemas.old);
        let (new, after) = parts(self.new, schemas.new);
        let is_same = |old: &Node<'a>, new: &Node<'a>| self.meanings.same(old.value, new.value);
        match rest(before, after, is_same) {
            (None, None) => {}
            (before, after) => {
                // With such a part, nobody knows what the whole means.
                let place = before.as_ref().map(|before| before.place.clone());
                let after = after.map(|after| match place {
                    Some(place) => after.at(place),
                    None => after,
                });
                return self.not_compared(area, before.as_ref(), after.as_ref());
            }
        }
        let pair = Pair::new(Kind::Schema, area, old, new);
        self.unread(&pair, |key, value| Kind::Schema.reads(key, value));
        self.rows(&pair, ANNOTATIONS);
        self.nullable(&pair, is_nullable);
        if !self.types(&pair) {
            return;
        }
        self.rows(&pair, Kind::Schema.rows());
        self.enums(&pair);
        self.properties(&pair);
        self.list_items(&pair);
        self.other_properties(&pair);
        self.alternatives(&pair);
    }

    fn nullable(&mut self, pair: &Pair<'a>, [was, is]: [bool; 2]) {
        if was != is {
            let id = if is {
                "became-nullable"
            } else {
                "became-not-nullable"
            };
            let (before, after) = (null_fact(&pair.old), null_fact(&pair.new));
            self.report(Draft::new(pair.rule(id), before.as_ref(), after.as_ref()));
        }
    }

    /// Compares the types; false if the rest of the schemas cannot be compared.
    fn types(&mut self, pair: &Pair<'a>) -> bool {
        let (old, new) = (types(&pair.old), types(&pair.new));
        if old == new {
            return true;
        }
        let (id, is_comparable) = match (
            covers(old.as_ref(), new.as_ref()),
            covers(new.as_ref(), old.as_ref()),
        ) {
            (true, _) => ("type-narrowed", true),
            (_, true) => ("type-widened", true),
            _ => ("type-changed", false),
        };
        let facts = self.differences(pair, "type").into_iter().next();
        let (before, after) = facts.unwrap_or_default();
        self.report(Draft::new(pair.rule(id), before.as_ref(), after.as_ref()));
        let is_missing = |parts: &[Node<'_>]| parts.iter().all(Node::is_missing);
        is_comparable && !is_missing(&pair.old) && !is_missing(&pair.new)
    }

    fn enums(&mut self, pair: &Pair<'a>) {
        let old = self.choices(Side::Old, &pair.old);
        let new = self.choices(Side::New, &pair.new);
        let ([list, ..], [other, ..]) = (&*old, &*new) else {
            let fact = |lists: &[Choices<'a>]| lists.first().map(|list| list.fact.clone());
            if !old.is_empty() || !new.is_empty() {
                self.change(pair, "enum", (fact(&old), fact(&new)));
            }
            return;
        };
        for value in only(list, &old, &new) {
            self.report(Draft::new(
                pair.rule("enum-value-removed"),
                Some(value),
                None,
            ));
        }
        let [was_closed, is_closed] =
            [&pair.old, &pair.new].map(|parts| flag(parts, "x-heffl-closed").0);
        let rule = match (was_closed || is_closed, pair.area) {
            (true, Area::Response) => pair.rule("closed-enum-value-added"),
            _ => pair.rule("enum-value-added"),
        };
        for value in only(other, &new, &old) {
            self.report(Draft::new(rule, None, Some(value)));
        }
        self.flag(pair, "x-heffl-closed", ["enum-closed", "enum-opened"]);
        self.flag(pair, "x-heffl-more-options", ["enum-opened", "enum-closed"]);
    }

    /// The lists of values that the parts of a schema allow; only what is in all of them is allowed.
    fn choices(&self, side: Side, parts: &[Node<'a>]) -> Vec<Choices<'a>> {
        let meaning = |node: Node<'a>| (self.meanings.under(side, "const", node.value), node);
        let enums = facts(parts, "enum").filter(|fact| fact.value.is_array());
        let enums = enums.map(|fact| Choices {
            values: fact
                .items()
                .map(|item| meaning(item.at(fact.place.clone())))
                .collect(),
            fact,
        });
        let only = facts(parts, "const").map(|fact| Choices {
            values: vec![meaning(fact.clone())],
            fact,
        });
        enums.chain(only).collect()
    }

    fn properties(&mut self, pair: &Pair<'a>) {
        let (before, after) = (Properties::of(&pair.old), Properties::of(&pair.new));
        for (name, old) in &before.schemas {
            let Some(new) = after.schemas.get(name) else {
                // What never travelled this way is not missed.
                if !is_hidden(pair.area, old)
                    && let [old, ..] = &**old
                {
                    let draft = Draft::removed(pair.rule("property-removed"), old);
                    self.report(draft.values(Some(shape(self.old, old)), None));
                }
                continue;
            };
            if is_hidden(pair.area, old) && is_hidden(pair.area, new) {
                continue;
            }
            let required = [&before, &after].map(|side| side.required.contains(name));
            let id = match required {
                [false, true] => Some("property-became-required"),
                [true, false] => Some("property-became-optional"),
                _ => None,
            };
            if let (Some(id), [old, ..], [new, ..]) = (id, &**old, &**new) {
                let new = new.clone().at(old.place.clone());
                self.report(Draft::added(pair.rule(id), &new));
            }
            self.visit_parts(pair.area, old.clone(), new.clone());
        }
        for (name, new) in &after.schemas {
            if before.schemas.contains_key(name) || is_hidden(pair.area, new) {
                continue;
            }
            let id = if after.required.contains(name) {
                "property-added-required"
            } else {
                "property-added"
            };
            if let [new, ..] = &**new {
                let draft = Draft::added(pair.rule(id), new);
                self.report(draft.values(None, Some(shape(self.new, new))));
            }
        }
    }

    fn list_items(&mut self, pair: &Pair<'a>) {
        let [old, new] = [&pair.old, &pair.new].map(|parts| {
            let mut items: Vec<Node<'a>> = facts(parts, "items").collect();
            if items.is_empty() {
                // Any items are allowed where nobody says which.
                items.extend(parts.first().map(|part| part.get_or_missing("items")));
            }
            let items = items.into_iter();
            items
                .map(|node| {
                    let title = format!("{}[]", node.title);
                    node.titled(title)
                })
                .collect()
        });
        self.visit_parts(pair.area, old, new);
    }

    fn other_properties(&mut self, pair: &Pair<'a>) {
        let id = match (others(&pair.old), others(&pair.new)) {
            (Others::Anything, Others::Anything) | (Others::Nothing, Others::Nothing) => return,
            (Others::Schemas(old), Others::Schemas(new)) => {
                return self.visit_parts(pair.area, old, new);
            }
            (_, Others::Nothing) => "additional-properties-closed",
            (Others::Nothing, _) => "additional-properties-opened",
            (Others::Anything, _) => "additional-properties-typed",
            (_, Others::Anything) => "additional-properties-untyped",
        };
        let allowed = |root: &'a Value, parts: &[Node<'a>]| match others(parts) {
            Others::Anything => Value::from(true),
            Others::Nothing => Value::from(false),
            Others::Schemas(nodes) => nodes.first().map_or(true.into(), |node| shape(root, node)),
        };
        let values = (allowed(self.old, &pair.old), allowed(self.new, &pair.new));
        let facts = self
            .differences(pair, "additionalProperties")
            .into_iter()
            .next();
        let (before, after) = facts.unwrap_or_default();
        let draft = Draft::new(pair.rule(id), before.as_ref(), after.as_ref());
        self.report(draft.values(Some(values.0), Some(values.1)));
    }
}

/// A list of values, and what each of them means.
struct Choices<'a> {
    fact: Node<'a>,
    values: Vec<(u64, Node<'a>)>,
}

/// The values that all lists of one document allow, but not all lists of the other: each in a list that
/// the other document has without it, if there is one.
fn only<'n, 'a>(
    first: &'n Choices<'a>,
    here: &'n [Choices<'a>],
    there: &'n [Choices<'a>],
) -> impl Iterator<Item = &'n Node<'a>> {
    let allow =
        |lists: &[Choices<'a>], meaning| lists.iter().all(|list| has(&list.values, meaning));
    let mut seen = HashSet::new();
    let values = first.values.iter().map(|(meaning, _)| *meaning);
    let values = values.filter(move |meaning| {
        allow(here, *meaning) && !allow(there, *meaning) && seen.insert(*meaning)
    });
    values.filter_map(move |meaning| {
        let mut lists = here.iter().zip(there);
        let changed = lists.find(|(_, other)| !has(&other.values, meaning));
        let list = changed.map_or(first, |(list, _)| list);
        let mut values = list.values.iter();
        values
            .find(|(known, _)| *known == meaning)
            .map(|(_, value)| value)
    })
}

/// The properties of all parts of a schema.
struct Properties<'a> {
    /// Each property, and its schemas: more than one if several parts have it.
    schemas: IndexMap<&'a str, Vec<Node<'a>>>,
    required: HashSet<&'a str>,
}

impl<'a> Properties<'a> {
    fn of(parts: &[Node<'a>]) -> Self {
        let mut schemas: IndexMap<&'a str, Vec<Node<'a>>> = IndexMap::new();
        let mut required = HashSet::new();
        let titled = |node: Node<'a>, part: &Node<'a>, name: &str| {
            node.titled(format!("{}.{name}", part.title))
        };
        for part in parts {
            for (name, node) in part.get("properties").iter().flat_map(Node::entries) {
                schemas
                    .entry(name)
                    .or_default()
                    .push(titled(node, part, name));
            }
        }
        for part in parts {
            for item in part.get("required").iter().flat_map(Node::items) {
                let Some(name) = item.value.as_str() else {
                    continue;
                };
                required.insert(name);
                // A required property that nobody describes may be anything.
                schemas.entry(name).or_insert_with(|| {
                    let place = child(&child(&part.place, "properties"), name);
                    vec![titled(item.undescribed().at(place), part, name)]
                });
            }
        }
        Self { schemas, required }
    }
}

/// What an object may hold beside its properties.
enum Others<'a> {
    Anything,
    Nothing,
    /// What fits the schemas of all parts.
    Schemas(Vec<Node<'a>>),
}

fn others<'a>(parts: &[Node<'a>]) -> Others<'a> {
    let said: Vec<Node<'a>> = facts(parts, "additionalProperties").collect();
    if said.iter().any(|node| node.value == &Value::Bool(false)) {
        return Others::Nothing;
    }
    let says_something = |node: &Node<'a>| {
        let mut entries = node.value.as_object().into_iter().flatten();
        entries.any(|(key, value)| key != "nullable" && !is_prose(key, value))
    };
    let schemas = said.into_iter().filter(says_something).map(|node| {
        let title = format!("{}.*", node.title);
        node.titled(title)
    });
    let schemas: Vec<Node<'a>> = schemas.collect();
    if schemas.is_empty() {
        Others::Anything
    } else {
        Others::Schemas(schemas)
    }
}

/// Whether a property does not travel in this direction at all.
fn is_hidden(area: Area, schemas: &[Node<'_>]) -> bool {
    let key = match area {
        Area::Response => "writeOnly",
        _ => "readOnly",
    };
    schemas.iter().any(|node| node.flag(key))
}

/// The type of a schema in a few words, such as `array of string`. It never names a component, so
/// that it stays while components are renamed.
pub(super) fn shape<'a>(root: &'a Value, schema: &Node<'a>) -> Value {
    const DEEPEST: usize = 6;
    let mut words = String::new();
    let mut schema = resolve(root, schema);
    for _ in 0..DEEPEST {
        let first = schema
            .get("allOf")
            .and_then(|members| members.items().next());
        schema = match (schema.text("type"), first) {
            (None, Some(first)) => resolve(root, &first),
            (Some("array"), _) => {
                words.push_str("array of ");
                resolve(root, &schema.get_or_missing("items"))
            }
            _ => break,
        };
    }
    words.push_str(schema.text("type").unwrap_or("anything"));
    Value::from(words)
}

/// The parts of schemas: first themselves, then the members of `allOf`, at any depth, each once. Beside
/// them, parts that cannot be compared: references to nowhere, and what is no schema.
fn parts<'a>(root: &'a Value, schemas: Vec<Node<'a>>) -> (Vec<Node<'a>>, Vec<Node<'a>>) {
    let (mut nodes, mut opaque) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    let first = schemas.first().cloned();
    let mut open: Vec<Node<'a>> = schemas.into_iter().rev().collect();
    while let Some(node) = open.pop() {
        if !seen.insert(node.id) {
            continue;
        }
        let members = members(root, &node);
        let refers = reference(node.value).is_some();
        let is_schema =
            node.is_missing() || node.value.is_object() || node.value == &Value::Bool(true);
        if !is_schema || refers && members.is_empty() {
            opaque.push(node);
            continue;
        }
        open.extend(members.into_iter().rev());
        if !refers || says_more(node.value) {
            nodes.push(node);
        }
    }
    if nodes.is_empty() && opaque.is_empty() {
        // References in a circle.
        opaque.extend(first);
    }
    (nodes, opaque)
}

/// What else must hold where a schema does: the target of its reference, the members of `allOf`, an
/// only alternative.
fn members<'a>(root: &'a Value, schema: &Node<'a>) -> Vec<Node<'a>> {
    let mut members: Vec<Node<'a>> = follow(root, schema.value).into_iter().collect();
    members.extend(schema.get("allOf").iter().flat_map(Node::items));
    for key in ["oneOf", "anyOf"] {
        if let [only] = &*alternatives(schema.get(key).as_ref()) {
            members.push(only.clone());
        }
    }
    members
}

/// The alternatives of a list, without null.
pub(super) fn alternatives<'a>(list: Option<&Node<'a>>) -> Vec<Node<'a>> {
    let items = list.into_iter().flat_map(Node::items);
    items.filter(|item| !is_null(item.value)).collect()
}

/// Whether a schema allows null alone, and says nothing else.
fn is_null(schema: &Value) -> bool {
    let keys = schema.as_object().into_iter().flatten();
    let mut keys = keys.filter(|(key, value)| !is_prose(key, value));
    let says_null = |(key, value): (&String, &Value)| match key.as_str() {
        "type" => value == "null",
        "enum" => *value == json!([null]),
        _ => false,
    };
    keys.next().is_some_and(says_null) && keys.next().is_none()
}

/// Whether schemas allow null together: all that speak of types do.
fn is_nullable<'a>(root: &'a Value, schemas: &[Node<'a>]) -> bool {
    let said = schemas.iter();
    let said = said.filter_map(|schema| nullable(root, schema, &mut HashSet::new()));
    said.reduce(|one, other| one && other) == Some(true)
}

/// Whether a schema allows null: as it says itself, or as all its members say that speak of types.
fn nullable<'a>(root: &'a Value, schema: &Node<'a>, seen: &mut HashSet<usize>) -> Option<bool> {
    // Deeper than this, nobody says so.
    const DEEPEST: usize = 200;
    if seen.len() >= DEEPEST || !seen.insert(schema.id) {
        return None;
    }
    let this = std::slice::from_ref(schema);
    if flag(this, "nullable").0 || null_list(this).is_some() {
        return Some(true);
    }
    let said = [
        ("nullable", Value::is_boolean as fn(&Value) -> bool),
        ("type", |_| true),
    ];
    if said
        .iter()
        .any(|(key, form)| schema.value.get(key).is_some_and(form))
    {
        return Some(false);
    }
    let members = members(root, schema).into_iter();
    let said = members.filter_map(|member| nullable(root, &member, seen));
    said.reduce(|one, other| one && other)
}

/// What says that a schema may be null, or may not.
fn null_fact<'a>(parts: &[Node<'a>]) -> Option<Node<'a>> {
    flag(parts, "nullable").1.or_else(|| null_list(parts))
}

/// A list of types or alternatives with null.
fn null_list<'a>(parts: &[Node<'a>]) -> Option<Node<'a>> {
    let lists_null = |fact: &Node<'a>| {
        let mut items = fact.value.as_array().into_iter().flatten();
        items.any(|item| item == "null" || is_null(item))
    };
    let mut keys = ["type", "oneOf", "anyOf"].into_iter();
    keys.find_map(|key| facts(parts, key).find(lists_null))
}

/// The names of the types that are allowed by all parts, without null; none if any type is.
pub(super) fn types<'a>(parts: &[Node<'a>]) -> Option<BTreeSet<&'a str>> {
    let types = facts(parts, "type").map(|fact| -> BTreeSet<&'a str> {
        let names = match fact.value {
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
            one => BTreeSet::from_iter(one.as_str()),
        };
        let is_only = names.len() == 1;
        names
            .into_iter()
            .filter(|name| is_only || *name != "null")
            .collect()
    });
    types.reduce(|one, other| {
        let both = one.iter().chain(&other).copied();
        both.filter(|name| allows(&one, name) && allows(&other, name))
            .collect()
    })
}

/// Whether all values of some types are of others; no types are all of them.
fn covers(wide: Option<&BTreeSet<&str>>, narrow: Option<&BTreeSet<&str>>) -> bool {
    match (wide, narrow) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wide), Some(narrow)) => narrow.iter().all(|name| allows(wide, name)),
    }
}

/// Whether a type is one of several, or narrower than one of them.
fn allows(types: &BTreeSet<&str>, name: &str) -> bool {
    types.contains(name) || name == "integer" && types.contains("number")
}
