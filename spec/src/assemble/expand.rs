//! Expands references to schemas in place.
//!
//! A page repeats the schemas that it refers to, under the vendor's names. Names of the document are
//! chosen by rule for every form of page, so these schemas are written out where they are used.
//! A recursive or large schema stays a separate schema under the vendor's name.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::merge::{MORE_OPTIONS, is_enum};
use crate::{
    finding::Finding,
    fragment::{EVIDENCE, Fragment, RULE},
    openapi::{
        Kind, add_new, elements, entries, first_difference, map, schema_name, take, visit,
        visit_schemas,
    },
    yaml::child,
};

/// Schemas with more nodes than this, with all references written out, stay separate schemas.
const MAX_SIZE: usize = 400;

/// The schemas of a fragment, by the vendor's name.
#[derive(Debug, Default)]
pub(super) struct Vendor<'a> {
    schemas: HashMap<&'a str, &'a Value>,
    /// The schemas that are not expanded.
    whole: HashSet<String>,
}

impl<'a> Vendor<'a> {
    pub(super) fn of(fragment: &'a Fragment) -> Self {
        let schemas = own_schemas(fragment).map(|(name, schema)| (name.as_str(), schema));
        let mut vendor = Self {
            schemas: schemas.collect(),
            whole: discriminated(&fragment.document),
        };
        let names = vendor.schemas.keys();
        let large = names.filter(|name| vendor.is_large(name));
        let large: Vec<String> = large.map(|name| (*name).to_owned()).collect();
        vendor.whole.extend(large);
        vendor
    }

    /// The schemas that stay separate, with their references written out.
    pub(super) fn whole(&self) -> impl Iterator<Item = (&str, Value)> {
        let mut names: Vec<&str> = self.whole.iter().map(String::as_str).collect();
        names.sort_unstable();
        let names = names.into_iter();
        names.filter_map(|name| Some((name, self.expand(self.schemas.get(name)?))))
    }

    /// Whether a schema has too many objects with all references written out, or is recursive.
    fn is_large(&self, name: &str) -> bool {
        let mut size = 0;
        self.count(name, &mut Vec::new(), &mut size);
        size > MAX_SIZE
    }

    fn count(&self, name: &str, inside: &mut Vec<&'a str>, size: &mut usize) {
        let Some((name, schema)) = self.schemas.get_key_value(name) else {
            *size += 1;
            return;
        };
        if inside.contains(name) {
            *size = MAX_SIZE + 1;
            return;
        }
        inside.push(name);
        visit(schema, Kind::Schema, &mut |value, _| {
            *size += usize::from(value.is_object());
            if let Some(name) = schema_name(value).filter(|_| *size <= MAX_SIZE) {
                self.count(name, inside, size);
            }
        });
        inside.pop();
    }

    /// `schema` with the vendor's references written out.
    pub(super) fn expand(&self, schema: &Value) -> Value {
        let mut schema = schema.clone();
        visit_schemas(&mut schema, Kind::Schema, &mut |schema, _| {
            let name = schema_name(schema).filter(|name| !self.whole.contains(*name));
            if let Some(target) = name.and_then(|name| self.schemas.get(name)) {
                take(schema, "$ref");
                let parts = take(schema, "allOf");
                let parts = elements(parts.as_ref()).cloned();
                let parts: Vec<Value> = [self.expand(target)].into_iter().chain(parts).collect();
                schema["allOf"] = json!(parts);
            }
            open_enum(schema);
            join(schema);
        });
        schema
    }
}

/// The schemas of discriminators, which refer to their names.
fn discriminated(document: &Value) -> HashSet<String> {
    let mut names = HashSet::new();
    visit(document, Kind::Document, &mut |value, _| {
        if value.get("discriminator").is_some() {
            let parts = ["oneOf", "anyOf"].into_iter();
            let parts = parts.flat_map(|key| elements(value.get(key)));
            names.extend(parts.filter_map(schema_name).map(str::to_owned));
        }
    });
    names
}

fn own_schemas(fragment: &Fragment) -> impl Iterator<Item = (&String, &Value)> {
    entries(fragment.document.pointer("/components/schemas"))
}

/// Schemas that two fragments describe differently under one name, because their pages are of different ages.
/// Each fragment keeps its own schema.
pub(super) fn disagreements(fragments: &[&Fragment]) -> Vec<Finding> {
    let mut known: HashMap<&str, (&Value, &str)> = HashMap::new();
    let mut findings = Vec::new();
    for fragment in fragments {
        for (name, schema) in own_schemas(fragment) {
            let (first, file) = *known.entry(name).or_insert((schema, &fragment.file));
            if let Some((place, there, here)) = first_difference(first, schema, "") {
                let message =
                    format!("the schema {name} has {here} at `{place}` here, {there} in {file}");
                let finding = Finding::new("pages-disagree", message).file(&fragment.file);
                let finding = finding.pointer(child("/components/schemas", name));
                findings.push(finding.help("the pages are of different ages; pull both again"));
            }
        }
    }
    findings
}

/// An enum next to the plain type of its values: these are examples, and others exist.
fn open_enum(schema: &mut Value) {
    let is_plain = |part: &Value| *part == json!({"type": "string"});
    for key in ["anyOf", "oneOf"] {
        let parts: Vec<&Value> = elements(schema.get(key)).collect();
        let values = match parts.as_slice() {
            [one, other] if is_enum(one) && is_plain(other) => one["enum"].clone(),
            [one, other] if is_enum(other) && is_plain(one) => other["enum"].clone(),
            _ => continue,
        };
        take(schema, key);
        schema["type"] = json!("string");
        schema["enum"] = values;
        schema[MORE_OPTIONS] = json!(true);
    }
}

/// Merges the parts of `allOf` and the keywords next to it into one schema, if they have different keywords; a
/// keyword next to it wins over a single part. Otherwise nothing changes.
fn join(schema: &mut Value) {
    let Some(parts) = schema.get("allOf").and_then(Value::as_array) else {
        return;
    };
    let is_nested = |part: &Value| part.get("$ref").is_some() || part.get("allOf").is_some();
    if parts.iter().any(is_nested) {
        return;
    }
    let mut siblings = map(schema.clone());
    siblings.shift_remove("allOf");
    let mut joined = Map::new();
    for part in parts {
        let Value::Object(part) = part else { return };
        let mut part = part.clone();
        part.shift_remove("nullable");
        if !add(&mut joined, part) {
            return;
        }
    }
    let is_nullable = |part: &Value| part.get("nullable") == Some(&json!(true));
    if parts.iter().all(is_nullable) {
        joined.insert("nullable".to_owned(), json!(true));
    }
    if parts.len() == 1 {
        for key in ["type", "format", "enum", "nullable", "default"] {
            if siblings.contains_key(key) {
                joined.shift_remove(key);
            }
        }
    }
    if add(&mut joined, siblings) {
        *schema = Value::Object(joined);
    }
}

/// Adds the keywords of one part; `false` if two parts contradict each other.
fn add(joined: &mut Map<String, Value>, part: Map<String, Value>) -> bool {
    part.into_iter().all(|(key, value)| {
        let Some(known) = joined.get_mut(&key) else {
            joined.insert(key, value);
            return true;
        };
        match (key.as_str(), known, value) {
            ("properties", Value::Object(known), Value::Object(more)) => {
                let agrees = |(name, property): (&String, &Value)| {
                    known.get(name).is_none_or(|there| there == property)
                };
                let agree = more.iter().all(agrees);
                known.extend(more);
                agree
            }
            ("required", Value::Array(known), Value::Array(more)) => {
                add_new(known, more);
                true
            }
            ("deprecated" | "example" | EVIDENCE | RULE, known, value) => {
                *known = value;
                true
            }
            (_, known, value) => *known == value,
        }
    })
}
