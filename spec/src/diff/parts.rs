//! The normal form of a schema: parts without references, all of which apply, and what they say of a
//! keyword together.
//!
//! OpenAPI has many ways to write one schema. `allOf` and a list of one alternative are taken apart,
//! what stands beside a reference is a part of its own, and an alternative that is null makes the
//! whole nullable, as a list of types with `null` does.

use std::collections::{BTreeSet, HashSet};

use serde_json::{Value, json};

use super::{
    meaning::{is_prose, says_more},
    node::{Node, follow, reference},
};

/// A schema in parts: first itself, then the members of `allOf`, at any depth, each once.
pub(super) struct Parts<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    /// Parts that say nothing that can be compared: references to nowhere, and what is no schema.
    pub(super) opaque: Vec<Node<'a>>,
    pub(super) is_nullable: bool,
}

/// What a part says of a keyword.
#[derive(Clone, Copy)]
pub(super) struct Fact<'a> {
    pub(super) key: &'static str,
    pub(super) value: &'a Value,
    /// The part that says so.
    pub(super) part: usize,
}

impl<'a> Parts<'a> {
    pub(super) fn of(root: &'a Value, schemas: &[Node<'a>]) -> Self {
        let (mut nodes, mut opaque) = (Vec::new(), Vec::new());
        let mut seen = HashSet::new();
        let mut open: Vec<Node<'a>> = schemas.iter().rev().cloned().collect();
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
            opaque.extend(schemas.first().cloned());
        }
        let schemas: Vec<bool> = schemas
            .iter()
            .filter_map(|schema| nullable(root, schema, &mut HashSet::new()))
            .collect();
        Self {
            nodes,
            opaque,
            is_nullable: !schemas.is_empty() && schemas.iter().all(|nullable| *nullable),
        }
    }

    /// What the parts say of a keyword.
    pub(super) fn facts(&self, key: &'static str) -> impl Iterator<Item = Fact<'a>> {
        let values = self.nodes.iter().map(move |node| node.value.get(key));
        values.enumerate().filter_map(move |(part, value)| {
            Some(Fact {
                key,
                value: value?,
                part,
            })
        })
    }

    /// What the first part says that says anything of a keyword: what stands beside `allOf` comes
    /// before its members.
    pub(super) fn fact(&self, key: &'static str) -> Option<Fact<'a>> {
        self.facts(key).next()
    }

    /// Whether a part says `true`, and which one.
    pub(super) fn flag(&self, key: &'static str) -> (bool, Option<Fact<'a>>) {
        let is_true = |fact: &Fact<'a>| fact.value.as_bool() == Some(true);
        let said = self.facts(key).find(is_true);
        (said.is_some(), said.or_else(|| self.fact(key)))
    }

    /// The values of a keyword, as nodes.
    pub(super) fn children(&self, key: &'a str) -> Vec<Node<'a>> {
        self.nodes.iter().filter_map(|node| node.get(key)).collect()
    }

    /// The names of the types that are allowed by all parts; none if any type is.
    pub(super) fn types(&self) -> Option<BTreeSet<&'a str>> {
        let types = self.facts("type").map(|fact| type_names(fact.value));
        types.reduce(|one, other| {
            let both = one.iter().chain(&other).copied();
            both.filter(|name| allows(&one, name) && allows(&other, name))
                .collect()
        })
    }

    /// Whether only whole numbers are allowed.
    pub(super) fn is_integer(&self) -> bool {
        let types = self.types();
        types.is_some_and(|types| types.len() == 1 && types.contains("integer"))
    }

    /// What says that the schema may be null, or may not.
    pub(super) fn null_fact(&self) -> Option<Fact<'a>> {
        let lists_null = |fact: &Fact<'a>| {
            let items = fact.value.as_array();
            items.is_some_and(|items| items.iter().any(|item| item == "null" || is_null(item)))
        };
        let lists = ["type", "oneOf", "anyOf"].iter();
        let mut lists = lists.filter_map(|key| self.facts(key).find(lists_null));
        self.flag("nullable").1.or_else(|| lists.next())
    }
}

/// Whether all values of some types are of others; no types are all of them.
pub(super) fn covers(wide: Option<&BTreeSet<&str>>, narrow: Option<&BTreeSet<&str>>) -> bool {
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

/// The types that a value names, without null.
fn type_names(value: &Value) -> BTreeSet<&str> {
    let list = match value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let names: BTreeSet<&str> = list.iter().filter_map(Value::as_str).collect();
    if names.len() > 1 {
        names.into_iter().filter(|name| *name != "null").collect()
    } else {
        names
    }
}

/// The alternatives of a list, without null.
pub(super) fn alternatives<'a>(schema: &Node<'a>, key: &'a str) -> Vec<Node<'a>> {
    let list = schema.get(key);
    let items = list.iter().flat_map(Node::items);
    items.filter(|item| !is_null(item.value)).collect()
}

/// Whether a schema allows null alone, and says nothing else.
fn is_null(schema: &Value) -> bool {
    let mut keys = schema
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, value)| !is_prose(key, value));
    let says_null = |(key, value): (&String, &Value)| match key.as_str() {
        "type" => value == "null",
        "enum" => *value == json!([null]),
        _ => false,
    };
    keys.next().is_some_and(says_null) && keys.next().is_none()
}

/// What else must hold where a schema does: the target of its reference, the members of `allOf`, an
/// only alternative.
fn members<'a>(root: &'a Value, schema: &Node<'a>) -> Vec<Node<'a>> {
    let mut members: Vec<Node<'a>> = follow(root, schema).into_iter().collect();
    members.extend(schema.get("allOf").iter().flat_map(Node::items));
    for key in ["oneOf", "anyOf"] {
        if let [only] = &*alternatives(schema, key) {
            members.push(only.clone());
        }
    }
    members
}

/// Whether a schema allows null: as it says itself, or as all its members say that speak of types.
fn nullable<'a>(root: &'a Value, schema: &Node<'a>, seen: &mut HashSet<usize>) -> Option<bool> {
    // Deeper than this, nobody says so.
    const DEEPEST: usize = 200;
    if seen.len() >= DEEPEST || !seen.insert(schema.id) {
        return None;
    }
    let said = schema.value.get("nullable").and_then(Value::as_bool);
    let types = schema.value.get("type");
    let lists_null = types
        .and_then(Value::as_array)
        .is_some_and(|types| types.iter().any(|name| name == "null"));
    let has_null = ["oneOf", "anyOf"].iter().any(|key| {
        let items = schema.value.get(key).and_then(Value::as_array);
        items.into_iter().flatten().any(is_null)
    });
    if said == Some(true) || lists_null || has_null {
        return Some(true);
    }
    if said.is_some() || types.is_some() {
        return Some(false);
    }
    let members = members(root, schema);
    let said: Vec<bool> = members
        .iter()
        .filter_map(|member| nullable(root, member, seen))
        .collect();
    (!said.is_empty()).then(|| said.iter().all(|nullable| *nullable))
}
