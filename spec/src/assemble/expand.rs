//! References to schemas: what they stand for, written out in place.
//!
//! A page repeats the schemas that it refers to, under the vendor's names. Names of the document are
//! chosen by rule, whatever form a page came in, so these schemas are written out where they are used.
//! One that holds itself, or that is large, stays a schema of its own, under the vendor's name.
//!
//! Facts that are kept by hand may take the properties of another operation's schema over, in `allOf`:
//! they are then known no better than the reference is.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::{
    merge::{MORE_OPTIONS, is_enum},
    operations::Named,
};
use crate::{
    finding::Finding,
    fragment::{EVIDENCE, EXCEPT, Evidence, Fragment, RULE},
    openapi::{
        Kind, elements, entries, first_difference, map, schema_name, set, set_required, take,
        visit, visit_schemas,
    },
    yaml::child,
};

/// Schemas that are larger with all references written out stay schemas of their own.
const MAX_SIZE: usize = 400;

/// The schemas that a fragment brings along, by the vendor's name.
#[derive(Debug, Default)]
pub(super) struct Vendor<'a> {
    schemas: HashMap<&'a str, &'a Value>,
    /// Those that stay schemas of their own.
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

    /// The schemas that stay schemas of their own, with their references written out.
    pub(super) fn whole(&self) -> impl Iterator<Item = (&str, Value)> {
        let mut names: Vec<&str> = self.whole.iter().map(String::as_str).collect();
        names.sort_unstable();
        let names = names.into_iter();
        names.filter_map(|name| Some((name, self.expand(self.schemas.get(name)?))))
    }

    /// Whether a schema has too many objects with all references written out, or holds itself.
    fn is_large(&self, name: &str) -> bool {
        let mut size = 0;
        self.count(name, &mut Vec::new(), &mut size);
        size > MAX_SIZE
    }

    fn count<'b>(&'b self, name: &'b str, inside: &mut Vec<&'b str>, size: &mut usize) {
        if inside.contains(&name) {
            *size = MAX_SIZE + 1;
        }
        let Some(schema) = self.schemas.get(name) else {
            *size += 1;
            return;
        };
        inside.push(name);
        let mut open = vec![*schema];
        while let Some(value) = open.pop().filter(|_| *size <= MAX_SIZE) {
            if value.is_object() {
                *size += 1;
            }
            if let Some(name) = schema_name(value) {
                self.count(name, inside, size);
            }
            open.extend(entries(Some(value)).map(|(_, inner)| inner));
            open.extend(elements(Some(value)));
        }
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

/// The schemas that a discriminator chooses from: it does so by their names.
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

/// Schemas that two fragments describe differently under one name: their pages are of different ages.
/// Each keeps its own.
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

/// Joins the parts of `allOf` and the keywords next to it into one schema, where they are about
/// different things; a keyword next to it wins over a single part. Else all stays as it is.
fn join(schema: &mut Value) {
    let Some(parts) = schema.get("allOf").and_then(Value::as_array) else {
        return;
    };
    let is_nested = |part: &Value| part.get("$ref").is_some() || part.get("allOf").is_some();
    if parts.iter().any(is_nested) {
        return;
    }
    let mut beside = map(schema.clone());
    beside.shift_remove("allOf");
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
                for name in more {
                    if !known.contains(&name) {
                        known.push(name);
                    }
                }
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

/// The operations of a document, whose schemas others may take over.
pub(super) struct Sources<'a> {
    pub(super) operations: &'a [Named],
    /// The vendor's schemas that are not written out where they are used.
    pub(super) whole: HashSet<String>,
}

impl Sources<'_> {
    /// A schema with the properties that it takes over from other operations. `path` are the names of the
    /// schemas that this one is taken over by.
    pub(super) fn resolve(&self, schema: &Value, path: &mut Vec<String>) -> Result<Value, Finding> {
        let mut schema = schema.clone();
        let mut result = Ok(());
        visit_schemas(&mut schema, Kind::Schema, &mut |schema, _| {
            if result.is_ok() {
                result = self.take_over(schema, path);
            }
        });
        result.map(|()| schema)
    }

    fn take_over(&self, schema: &mut Value, path: &mut Vec<String>) -> Result<(), Finding> {
        let parts: Vec<Value> = elements(schema.get("allOf")).cloned().collect();
        let [part] = parts.as_slice() else {
            return Ok(());
        };
        let Some(name) = schema_name(part).filter(|name| !self.whole.contains(*name)) else {
            return Ok(());
        };
        if path.iter().any(|known| known == name) {
            let path = path.join(" → ");
            let message = format!(
                "schemas take each other's properties over, round in a circle: {path} → {name}"
            );
            let help = "let one of these operations name its properties";
            return Err(Finding::new("reference-circle", message).help(help));
        }
        path.push(name.to_owned());
        let Some(target) = self.operations.iter().find_map(|named| named.schema(name)) else {
            let message = format!(
                "no operation has a schema called {name} whose properties could be taken over"
            );
            let help = "name a schema as the document does, before spec/names.yaml renames it";
            return Err(Finding::new("reference-broken", message).help(help));
        };
        let mut taken = self.resolve(target, path)?;
        path.pop();
        leave_out(&mut taken, part)?;
        let evidence = Evidence::of(part).unwrap_or(Evidence::Documented);
        weaken(&mut taken, evidence, part.get(RULE));
        take(schema, "allOf");
        *schema = put_over(taken, map(schema.take()))?;
        Ok(())
    }
}

/// Takes out the properties that a reference excepts.
fn leave_out(schema: &mut Value, part: &Value) -> Result<(), Finding> {
    for name in elements(part.get(EXCEPT)).filter_map(Value::as_str) {
        let properties = schema.get_mut("properties");
        if properties.and_then(|it| take(it, name)).is_none() {
            let message =
                format!("the schema that is referred to has no property `{name}` to leave out");
            let help = format!("delete it from `{EXCEPT}`");
            return Err(Finding::new("reference-broken", message).help(help));
        }
    }
    Ok(())
}

/// Properties that are taken over are known no better than the reference, and none of them is required.
fn weaken(schema: &mut Value, evidence: Evidence, rule: Option<&Value>) {
    visit_schemas(schema, Kind::Schema, &mut |value, place| {
        take(value, "required");
        if place.kind == Kind::Property && Evidence::of(value).is_some_and(|it| evidence < it) {
            evidence.write(value);
            let rule = rule.filter(|_| evidence == Evidence::Inferred);
            set(value, RULE, rule);
        }
    });
}

/// Puts the properties of `own` over those of `base`: its own win, in the places of those before.
fn put_over(base: Value, own: Map<String, Value>) -> Result<Value, Finding> {
    let mut base = map(base);
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
                    set_required(&mut base, name, true);
                }
            }
            (_, value) => drop(base.insert(key, value)),
        }
    }
    let base = Value::Object(base);
    for name in elements(base.get("required")).filter_map(Value::as_str) {
        if base["properties"].get(name).is_none() {
            let message = format!("there is no property `{name}` that could be required");
            let help = "correct the name, or add the property";
            return Err(Finding::new("fragment-invalid", message).help(help));
        }
    }
    Ok(base)
}
