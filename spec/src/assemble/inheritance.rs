//! Handwritten facts may copy the properties of another operation's schema, in `allOf`: their evidence
//! is at most the evidence of the reference.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::operations::Named;
use crate::{
    finding::Finding,
    fragment::{EXCEPT, Evidence, RULE},
    openapi::{Kind, elements, map, schema_name, set, set_required, take, visit_schemas},
};

/// The operations of a document, whose schemas facts may copy.
pub(super) struct Sources<'a> {
    pub(super) operations: &'a [Named],
    /// The vendor's schemas that are not written out where they are used.
    pub(super) whole: HashSet<String>,
}

impl Sources<'_> {
    /// A schema with the properties that it copies from other operations. `path` are the names of the
    /// schemas that copy this one.
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
            let message =
                format!("schemas copy each other's properties in a circle: {path} → {name}");
            let help = "let one of these operations name its properties";
            return Err(Finding::new("reference-circle", message).help(help));
        }
        path.push(name.to_owned());
        let Some(target) = self.operations.iter().find_map(|named| named.schema(name)) else {
            let message = format!("no operation has a schema {name} to copy properties from");
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

/// Removes the properties that a reference excludes.
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

/// Limits the evidence of copied properties to the evidence of the reference, and makes them optional.
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

/// Merges the properties of `own` into `base`: `own` wins, in the order of `base`.
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
            let message = format!("`required` names `{name}`, which is not a property");
            let help = "correct the name, or add the property";
            return Err(Finding::new("fragment-invalid", message).help(help));
        }
    }
    Ok(base)
}
