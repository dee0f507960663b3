//! References to schemas: what they stand for, written out in place.
//!
//! A page repeats the schemas that it refers to, under the vendor's names. Names of the document are
//! chosen by rule, whatever form a page came in, so these schemas are written out where they are used.
//! One that holds itself, or that is large, stays a schema of its own, under the vendor's name.
//!
//! Facts that are kept by hand may take the properties of another operation's schema over, in `allOf`:
//! they are then known no better than the reference says.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::merge::is_enum;
use crate::{
    finding::Finding,
    fragment::{EVIDENCE, EXCEPT, Evidence, Fragment, RULE},
    openapi::{elements, entries, first_difference, schema_name, set_required, text},
    yaml::child,
};

/// Schemas that are larger with all references written out stay schemas of their own.
const MAX_SIZE: usize = 400;

/// The schemas that a fragment brings along, by the vendor's name.
#[derive(Debug, Default)]
pub(super) struct Vendor<'a> {
    schemas: HashMap<&'a str, &'a Value>,
    /// Those that stay schemas of their own.
    whole: HashSet<&'a str>,
}

impl<'a> Vendor<'a> {
    pub(super) fn of(fragment: &'a Fragment) -> Self {
        let schemas: HashMap<&str, &Value> = own_schemas(fragment)
            .map(|(name, schema)| (name.as_str(), schema))
            .collect();
        let mut vendor = Self {
            schemas,
            whole: HashSet::new(),
        };
        let mut sizes = HashMap::new();
        for name in vendor.schemas.keys() {
            vendor.size_of(name, &mut Vec::new(), &mut sizes);
        }
        vendor.whole = vendor
            .schemas
            .keys()
            .copied()
            .filter(|name| sizes.get(*name).is_none_or(|size| *size > MAX_SIZE))
            .collect();
        discriminated(&fragment.document, &mut vendor.whole);
        vendor
    }

    /// The schemas that stay schemas of their own, with their references written out.
    pub(super) fn whole(&self) -> impl Iterator<Item = (&'a str, Value)> {
        let mut names: Vec<&str> = self.whole.iter().copied().collect();
        names.sort_unstable();
        names
            .into_iter()
            .filter_map(|name| Some((name, self.expand(self.schemas.get(name)?))))
    }

    /// How many objects the schema has with all references written out; too many where it holds itself.
    fn size_of(
        &self,
        name: &'a str,
        inside: &mut Vec<&'a str>,
        sizes: &mut HashMap<&'a str, usize>,
    ) -> usize {
        const TOO_MANY: usize = usize::MAX / 2;
        if inside.contains(&name) {
            return TOO_MANY;
        }
        if let Some(known) = sizes.get(name) {
            return *known;
        }
        let Some(schema) = self.schemas.get(name) else {
            return 1;
        };
        inside.push(name);
        let mut size = 0usize;
        let mut open: Vec<&'a Value> = vec![schema];
        while let Some(value) = open.pop().filter(|_| size < TOO_MANY) {
            match value {
                Value::Object(map) => {
                    size += 1;
                    if let Some(name) = schema_name(value) {
                        size = size
                            .saturating_add(self.size_of(name, inside, sizes))
                            .min(TOO_MANY);
                    }
                    open.extend(map.values());
                }
                Value::Array(list) => open.extend(list),
                _ => {}
            }
        }
        inside.pop();
        // Within a circle, the size of the inner ones is only known to be too large from outside.
        if inside.is_empty() || size < TOO_MANY {
            sizes.insert(name, size);
        }
        size
    }

    /// `schema` with the vendor's references written out.
    pub(super) fn expand(&self, schema: &Value) -> Value {
        let Value::Object(map) = schema else {
            return match schema {
                Value::Array(list) => list.iter().map(|inner| self.expand(inner)).collect(),
                other => other.clone(),
            };
        };
        let mut map = map.clone();
        for key in ["properties"] {
            if let Some(Value::Object(inner)) = map.get_mut(key) {
                for value in inner.values_mut() {
                    *value = self.expand(value);
                }
            }
        }
        for key in [
            "items",
            "additionalProperties",
            "not",
            "allOf",
            "oneOf",
            "anyOf",
        ] {
            if let Some(inner) = map.get_mut(key) {
                *inner = self.expand(inner);
            }
        }
        let mut schema = Value::Object(map);
        if let Some(name) = schema_name(&schema)
            && !self.whole.contains(name)
            && let Some(target) = self.schemas.get(name)
        {
            let target = self.expand(target);
            if let Value::Object(map) = &mut schema {
                map.shift_remove("$ref");
                let parts = match map.shift_remove("allOf") {
                    Some(Value::Array(parts)) => parts,
                    _ => Vec::new(),
                };
                let parts: Vec<Value> = std::iter::once(target).chain(parts).collect();
                map.insert("allOf".to_owned(), parts.into());
            }
        }
        open_enum(&mut schema);
        join(&mut schema);
        schema
    }
}

/// The schemas that a discriminator chooses from: it does so by their names.
fn discriminated<'a>(value: &'a Value, names: &mut HashSet<&'a str>) {
    match value {
        Value::Object(map) => {
            if map.contains_key("discriminator") {
                let parts = ["oneOf", "anyOf"].map(|key| elements(map.get(key)));
                names.extend(parts.into_iter().flatten().filter_map(schema_name));
            }
            map.values().for_each(|value| discriminated(value, names));
        }
        Value::Array(list) => list.iter().for_each(|value| discriminated(value, names)),
        _ => {}
    }
}

fn own_schemas(fragment: &Fragment) -> impl Iterator<Item = (&String, &Value)> {
    entries(fragment.document.pointer("/components/schemas"))
}

/// Schemas that two fragments describe differently under one name: their pages are of different ages.
/// Each keeps its own.
pub(super) fn disagreements(fragments: &[&Fragment]) -> Vec<Finding> {
    let mut known: HashMap<&str, (&Value, &str)> = HashMap::new();
    let mut findings = Vec::new();
    for fragment in fragments {
        for (name, schema) in own_schemas(fragment) {
            let (first, file) = *known.entry(name).or_insert((schema, &fragment.file));
            if let Some((place, there, here)) = first_difference(first, schema, "") {
                findings.push(
                    Finding::new(
                        "pages-disagree",
                        format!(
                            "the schema {name} has {here} at `{place}` here, {there} in {file}"
                        ),
                    )
                    .file(&fragment.file)
                    .pointer(child("/components/schemas", name))
                    .help("the pages are of different ages; pull both again"),
                );
            }
        }
    }
    findings
}

/// An enum beside the plain type of its values: these are examples, and others exist.
fn open_enum(schema: &mut Value) {
    let is_plain = |part: &Value| *part == json!({"type": "string"});
    for key in ["anyOf", "oneOf"] {
        let parts = schema.get(key).and_then(Value::as_array).map(Vec::as_slice);
        let values = match parts {
            Some([one, other]) if is_enum(one) && is_plain(other) => one["enum"].clone(),
            Some([one, other]) if is_enum(other) && is_plain(one) => other["enum"].clone(),
            _ => continue,
        };
        if let Value::Object(map) = schema {
            map.shift_remove(key);
            map.insert("type".to_owned(), json!("string"));
            map.insert("enum".to_owned(), values);
            map.insert("x-heffl-more-options".to_owned(), json!(true));
        }
    }
}

/// Joins the parts of `allOf` and what stands beside it into one schema, where they say different
/// things; what stands beside wins over a single part. Else all stays as it is.
pub(super) fn join(schema: &mut Value) {
    let Some(parts) = schema.get("allOf").and_then(Value::as_array) else {
        return;
    };
    if parts
        .iter()
        .any(|part| part.get("$ref").is_some() || part.get("allOf").is_some())
    {
        return;
    }
    let mut beside = schema.as_object().cloned().unwrap_or_default();
    beside.shift_remove("allOf");
    let mut joined = Map::new();
    let nullable = parts
        .iter()
        .all(|part| part.get("nullable") == Some(&json!(true)));
    for part in parts {
        let Value::Object(part) = part else { return };
        let mut part = part.clone();
        part.shift_remove("nullable");
        if !add(&mut joined, part) {
            return;
        }
    }
    let single = parts.len() == 1;
    if nullable {
        joined.insert("nullable".to_owned(), json!(true));
    }
    if single {
        for key in ["type", "format", "enum", "nullable", "default"] {
            if beside.contains_key(key) {
                joined.shift_remove(key);
            }
        }
    }
    if add(&mut joined, beside) {
        *schema = Value::Object(joined);
    }
}

/// Adds the keywords of one part; no if two parts contradict each other.
fn add(joined: &mut Map<String, Value>, part: Map<String, Value>) -> bool {
    for (key, value) in part {
        let Some(known) = joined.get_mut(&key) else {
            joined.insert(key, value);
            continue;
        };
        match (key.as_str(), known, value) {
            ("properties", Value::Object(known), Value::Object(more)) => {
                for (name, property) in more {
                    match known.get(&name) {
                        Some(there) if *there != property => return false,
                        _ => {
                            known.insert(name, property);
                        }
                    }
                }
            }
            ("required", Value::Array(known), Value::Array(more)) => {
                for name in more {
                    if !known.contains(&name) {
                        known.push(name);
                    }
                }
            }
            ("deprecated" | "example" | EVIDENCE | RULE, known, value) => *known = value,
            (_, known, value) if *known == value => {}
            _ => return false,
        }
    }
    true
}

/// What a schema that is referred to in `allOf` brings along: its properties without those that the
/// reference excepts, known no better than the reference says, and none of them required.
pub(super) fn taken_over(target: &Value, part: &Value) -> Result<Value, Finding> {
    let mut schema = target.clone();
    let evidence = Evidence::of(part).unwrap_or(Evidence::Documented);
    if let Some(map) = schema.as_object_mut() {
        for name in elements(part.get(EXCEPT)).filter_map(Value::as_str) {
            let properties = map.get_mut("properties").and_then(Value::as_object_mut);
            if properties
                .and_then(|properties| properties.shift_remove(name))
                .is_none()
            {
                return Err(Finding::new(
                    "reference-broken",
                    format!("the schema that is referred to has no property `{name}` to leave out"),
                )
                .help(format!("delete it from `{EXCEPT}`")));
            }
        }
    }
    weaken(&mut schema, evidence, text(part, RULE));
    Ok(schema)
}

fn weaken(schema: &mut Value, evidence: Evidence, rule: Option<&str>) {
    let Value::Object(map) = schema else { return };
    map.shift_remove("required");
    if let Some(Value::Object(properties)) = map.get_mut("properties") {
        for property in properties.values_mut() {
            if Evidence::of(property).is_some_and(|known| evidence < known) {
                evidence.write(property);
                if let Some(map) = property.as_object_mut() {
                    map.shift_remove(RULE);
                    if let Some(rule) = rule.filter(|_| evidence == Evidence::Inferred) {
                        map.insert(RULE.to_owned(), rule.into());
                    }
                }
            }
            weaken(property, evidence, rule);
        }
    }
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get_mut(key) {
            weaken(inner, evidence, rule);
        }
    }
}

/// Puts the properties of `own` over those of `base`: its own win, in the places of those before.
pub(super) fn put_over(base: &mut Value, own: Map<String, Value>) -> Result<(), Finding> {
    let Value::Object(base) = base else {
        return Ok(());
    };
    for (key, value) in own {
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                let known = base.entry("properties").or_insert_with(|| json!({}));
                if let Value::Object(known) = known {
                    known.extend(properties);
                }
            }
            ("required", Value::Array(names)) => {
                for name in names.iter().filter_map(Value::as_str) {
                    set_required(base, name, true);
                }
            }
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
    for name in elements(base.get("required")).filter_map(Value::as_str) {
        if base
            .get("properties")
            .and_then(|properties| properties.get(name))
            .is_none()
        {
            return Err(Finding::new(
                "fragment-invalid",
                format!("there is no property `{name}` that could be required"),
            )
            .help("correct the name, or add the property"));
        }
    }
    Ok(())
}
