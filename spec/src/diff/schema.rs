//! Compares two schemas in their normal form: parts without references, all of which apply.
//!
//! OpenAPI has many ways to write one schema. `allOf` and a list of one alternative are split into parts,
//! keywords next to a reference are a separate part, and an alternative that is null makes the
//! whole nullable, as a list of types with `null` does.

use std::collections::{BTreeSet, HashSet};

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::{
    meaning::{is_prose, says_more},
    node::Node,
    rules::Area,
    table::{ANNOTATIONS, Kind},
    walk::{Comparer, Facts, Pair, facts, flag},
};
use crate::yaml::child;

impl<'a> Comparer<'a> {
    pub(super) fn schema(&mut self, schemas: Pair<'a>) {
        let area = schemas.area;
        let [was_nullable, is_nullable] =
            [&schemas.old, &schemas.new].map(|side| is_nullable(side));
        let ((old, before), (new, after)) = (parts(schemas.old), parts(schemas.new));
        if let Some(facts) = self.unpaired("schema", before, after).into_iter().next() {
            // With such a part, the meaning of the whole is unknown.
            return self.found(area, "not-compared", facts);
        }
        let pair = Pair::new(Kind::Schema, area, old, new);
        self.unread(&pair, |key, value| Kind::Schema.reads(key, value));
        self.rows(&pair, ANNOTATIONS);
        let null_facts = || (null_fact(&pair.old), null_fact(&pair.new));
        match (was_nullable, is_nullable) {
            (false, true) => self.found(area, "became-nullable", null_facts()),
            (true, false) => self.found(area, "became-not-nullable", null_facts()),
            _ => {}
        }
        if self.types(&pair) {
            self.rows(&pair, Kind::Schema.rows());
            self.enums(&pair);
            self.properties(&pair);
            self.list_items(&pair);
            self.other_properties(&pair);
            self.alternatives(&pair);
        }
    }

    /// Compares the types; false if the rest of the schemas cannot be compared.
    fn types(&mut self, pair: &Pair<'a>) -> bool {
        let (old, new) = (types(&pair.old), types(&pair.new));
        if old == new {
            return true;
        }
        let is_narrower = covers(old.as_ref(), new.as_ref());
        let is_wider = covers(new.as_ref(), old.as_ref());
        let id = match (is_narrower, is_wider) {
            (true, _) => "type-narrowed",
            (_, true) => "type-widened",
            _ => "type-changed",
        };
        self.found(pair.area, id, self.difference(pair, "type"));
        let is_missing = |parts: &[Node<'_>]| parts.iter().all(Node::is_missing);
        (is_narrower || is_wider) && !is_missing(&pair.old) && !is_missing(&pair.new)
    }

    fn enums(&mut self, pair: &Pair<'a>) {
        let (old, new) = (self.choices(&pair.old), self.choices(&pair.new));
        if old.is_empty() || new.is_empty() {
            let fact = |lists: &[Choices<'a>]| lists.first().map(|list| list.fact.clone());
            return self.change(pair, "enum", (fact(&old), fact(&new)));
        }
        for value in only(&old, &new) {
            self.found(pair.area, "enum-value-removed", (Some(value), None));
        }
        let is_closed = |parts| flag(parts, "x-heffl-closed").0;
        let is_closed = is_closed(&pair.old) || is_closed(&pair.new);
        let id = match pair.area {
            Area::Response if is_closed => "closed-enum-value-added",
            _ => "enum-value-added",
        };
        for value in only(&new, &old) {
            self.found(pair.area, id, (None, Some(value)));
        }
        self.flag(pair, "x-heffl-closed", ["enum-closed", "enum-opened"]);
        self.flag(pair, "x-heffl-more-options", ["enum-opened", "enum-closed"]);
    }

    /// The lists of values of the parts of a schema; only values in all of them are allowed.
    fn choices(&self, parts: &[Node<'a>]) -> Vec<Choices<'a>> {
        let choices = |fact: Node<'a>, values: Vec<Node<'a>>| {
            let values = values.into_iter();
            let meaning = |value: Node<'a>| (self.meanings.under("const", &value), value);
            // The first of repeated values.
            let values = values.rev().map(meaning).collect();
            Choices { fact, values }
        };
        let lists = facts(parts, "enum").filter(|fact| fact.value.is_array());
        let lists = lists.map(|fact| choices(fact.clone(), fact.alike_items().collect()));
        let only = facts(parts, "const").map(|fact| choices(fact.clone(), vec![fact]));
        lists.chain(only).collect()
    }

    fn properties(&mut self, pair: &Pair<'a>) {
        let area = pair.area;
        let (before, was_required) = properties(&pair.old);
        let (after, is_required) = properties(&pair.new);
        for (name, old) in &before {
            let Some(new) = after.get(name) else {
                // A property that is not sent in this direction cannot be removed.
                if !is_hidden(area, old) {
                    self.lone(area, "property-removed", (old.first().cloned(), None));
                }
                continue;
            };
            if is_hidden(area, old) && is_hidden(area, new) {
                continue;
            }
            let facts = || (old.first().cloned(), new.first().cloned());
            match (was_required.contains(name), is_required.contains(name)) {
                (false, true) => self.bare(area, "property-became-required", facts()),
                (true, false) => self.bare(area, "property-became-optional", facts()),
                _ => {}
            }
            self.visit_parts(area, old.clone(), new.clone());
        }
        for (name, new) in &after {
            if before.contains_key(name) || is_hidden(area, new) {
                continue;
            }
            let facts = (None, new.first().cloned());
            if is_required.contains(name) {
                self.lone(area, "property-added-required", facts);
            } else {
                self.lone(area, "property-added", facts);
            }
        }
    }

    /// A schema that only one document has, with its type.
    pub(super) fn lone(&mut self, area: Area, id: &str, facts: Facts<'a>) {
        let values = [facts.0.as_ref().map(shape), facts.1.as_ref().map(shape)];
        self.found_as(area, id, facts, values);
    }

    fn list_items(&mut self, pair: &Pair<'a>) {
        let [old, new] = [&pair.old, &pair.new].map(|parts| {
            let mut items: Vec<Node<'a>> = facts(parts, "items").collect();
            if items.is_empty() {
                // Without a description of items, any items are allowed.
                items.extend(parts.first().map(|part| part.get_or_missing("items")));
            }
            let items = items.into_iter();
            items.map(|node| node.below_title("[]")).collect()
        });
        self.visit_parts(pair.area, old, new);
    }

    fn other_properties(&mut self, pair: &Pair<'a>) {
        let (before, after) = (others(&pair.old), others(&pair.new));
        let id = match (before.as_deref(), after.as_deref()) {
            (None, None) | (Some([]), Some([])) => return,
            (_, None) => "additional-properties-closed",
            (None, _) => "additional-properties-opened",
            (Some([]), _) => "additional-properties-typed",
            (_, Some([])) => "additional-properties-untyped",
            (Some(old), Some(new)) => {
                return self.visit_parts(pair.area, old.to_vec(), new.to_vec());
            }
        };
        let values = [before, after].map(|others| match others {
            None => Some(Value::from(false)),
            Some(schemas) => Some(schemas.first().map_or(true.into(), shape)),
        });
        let facts = self.difference(pair, "additionalProperties");
        self.found_as(pair.area, id, facts, values);
    }
}

/// A list of values by their meaning, and its keyword.
struct Choices<'a> {
    fact: Node<'a>,
    values: IndexMap<u64, Node<'a>>,
}

/// The values that all lists of one document allow, but not all lists of the other: each in a list that
/// the other document has without it, if there is one.
fn only<'a>(here: &[Choices<'a>], there: &[Choices<'a>]) -> Vec<Node<'a>> {
    let allow = |lists: &[Choices<'a>], meaning: &u64| {
        lists.iter().all(|list| list.values.contains_key(meaning))
    };
    let meanings = here.first().into_iter().flat_map(|list| list.values.keys());
    let meanings = meanings.filter(|meaning| allow(here, meaning) && !allow(there, meaning));
    let places = meanings.filter_map(|meaning| {
        let mut lists = here.iter().zip(there);
        let changed = lists.find(|(_, other)| !other.values.contains_key(meaning));
        let list = changed.map(|(list, _)| list).or(here.first())?;
        list.values.get(meaning).cloned()
    });
    places.collect()
}

/// The schemas of each property, more than one if several parts have it, and the required properties.
type Properties<'a> = (IndexMap<&'a str, Vec<Node<'a>>>, HashSet<&'a str>);

fn properties<'a>(parts: &[Node<'a>]) -> Properties<'a> {
    let (mut schemas, mut required) = Properties::default();
    for part in parts {
        for (name, node) in part.get("properties").iter().flat_map(Node::entries) {
            let node = node.below_title(&format!(".{name}"));
            schemas.entry(name).or_default().push(node);
        }
    }
    for part in parts {
        for item in part.get("required").iter().flat_map(Node::items) {
            if let Some(name) = item.value.as_str() {
                required.insert(name);
                // A required property without a schema allows any value.
                let place = child(&child(&part.place, "properties"), name);
                let node = item.undescribed().at(place);
                let nodes = || vec![node.below_title(&format!(".{name}"))];
                schemas.entry(name).or_insert_with(nodes);
            }
        }
    }
    (schemas, required)
}

/// The schemas of additional properties, in all parts.
fn others<'a>(parts: &[Node<'a>]) -> Option<Vec<Node<'a>>> {
    let stated: Vec<Node<'a>> = facts(parts, "additionalProperties").collect();
    if stated.iter().any(|node| node.value == &Value::Bool(false)) {
        return None;
    }
    let is_limit = |node: &Node<'a>| {
        let mut entries = node.value.as_object().into_iter().flatten();
        entries.any(|(key, value)| key != "nullable" && !is_prose(key, value))
    };
    let schemas = stated.into_iter().filter(is_limit);
    Some(schemas.map(|node| node.below_title(".*")).collect())
}

/// Whether a property is not sent in this direction.
fn is_hidden(area: Area, schemas: &[Node<'_>]) -> bool {
    let key = match area {
        Area::Response => "writeOnly",
        _ => "readOnly",
    };
    schemas.iter().any(|node| node.flag(key))
}

/// A short description of the type of a schema, such as `array of string`. It never names a component, so
/// that renaming a component does not change it.
fn shape(schema: &Node<'_>) -> Value {
    const DEEPEST: usize = 6;
    let mut words = String::new();
    let mut schema = schema.resolve();
    for _ in 0..DEEPEST {
        let all = schema.get("allOf");
        let first = all.and_then(|members| members.items().next());
        schema = match (schema.text("type"), first) {
            (None, Some(first)) => first.resolve(),
            (Some("array"), _) => {
                words.push_str("array of ");
                schema.get_or_missing("items").resolve()
            }
            _ => break,
        };
    }
    words.push_str(schema.text("type").unwrap_or("anything"));
    Value::from(words)
}

/// The parts of schemas: first themselves, then the members of `allOf`, at any depth, each once. Also the parts that
/// cannot be compared: broken references, and values that are not schemas.
fn parts(schemas: Vec<Node<'_>>) -> (Vec<Node<'_>>, Vec<Node<'_>>) {
    let (mut nodes, mut opaque) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    let first = schemas.first().cloned();
    let mut open: Vec<Node<'_>> = schemas.into_iter().rev().collect();
    while let Some(node) = open.pop() {
        if !seen.insert(node.id) {
            continue;
        }
        let members = members(&node);
        let refers = node.text("$ref").is_some();
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

/// The schemas that apply together with a schema: the target of its reference, the members of `allOf`, an
/// only alternative.
fn members<'a>(schema: &Node<'a>) -> Vec<Node<'a>> {
    let mut members: Vec<Node<'a>> = Vec::from_iter(
        schema
            .text("$ref")
            .and_then(|reference| schema.target(reference)),
    );
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

/// Whether a schema allows null and nothing else.
fn is_null(schema: &Value) -> bool {
    let keys = schema.as_object().into_iter().flatten();
    let mut keys = keys.filter(|(key, value)| !is_prose(key, value));
    let is_null_key = |(key, value): (&String, &Value)| match key.as_str() {
        "type" => value == "null",
        "enum" => *value == json!([null]),
        _ => false,
    };
    keys.next().is_some_and(is_null_key) && keys.next().is_none()
}

/// Whether schemas allow null together: all schemas with keywords about null allow it.
fn is_nullable(schemas: &[Node<'_>]) -> bool {
    let stated = schemas.iter();
    let stated = stated.filter_map(|schema| nullable(schema, &mut HashSet::new()));
    stated.reduce(|one, other| one && other) == Some(true)
}

/// Whether a schema allows null: by its own keywords, or else by the keywords of all its members that have any.
fn nullable(schema: &Node<'_>, seen: &mut HashSet<usize>) -> Option<bool> {
    // The deepest nesting of a schema.
    const DEEPEST: usize = 200;
    if seen.len() >= DEEPEST || !seen.insert(schema.id) {
        return None;
    }
    let this = std::slice::from_ref(schema);
    if flag(this, "nullable").0 || null_list(this).is_some() {
        return Some(true);
    }
    let stated = [
        ("nullable", Value::is_boolean as fn(&Value) -> bool),
        ("type", |_| true),
    ];
    if stated
        .iter()
        .any(|(key, form)| schema.value.get(key).is_some_and(form))
    {
        return Some(false);
    }
    let members = members(schema).into_iter();
    let stated = members.filter_map(|member| nullable(&member, seen));
    stated.reduce(|one, other| one && other)
}

/// The keyword that allows or forbids null.
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

/// Whether all values of some types have one of the other types; `None` is any type.
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
