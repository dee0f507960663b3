//! Which parts of two documents are equal, so that nobody has to look into them.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::yaml::child;

/// The components that are equal in both documents, with all that they refer to.
pub(super) struct Stable<'a>(HashSet<&'a str>);

/// Every component, under the text of a reference to it.
pub(super) type Components<'a> = HashMap<String, &'a Value>;

impl<'a> Stable<'a> {
    pub(super) fn new(before: &'a Components<'_>, after: &'a Components<'_>) -> Self {
        let mut stable: HashSet<&str> = before
            .iter()
            .filter(|(name, value)| after.get(*name) == Some(value))
            .map(|(name, _)| name.as_str())
            .collect();

        let mut users: HashMap<&str, Vec<&str>> = HashMap::new();
        for (name, value) in before {
            let mut references = Vec::new();
            collect_references(value, &mut references);
            for target in references {
                users.entry(target).or_default().push(name);
            }
        }
        // Also references that lead nowhere, or into the middle of something.
        let targets = users.keys().copied();
        let mut open: Vec<&str> = targets.filter(|name| !stable.contains(name)).collect();
        while let Some(name) = open.pop() {
            for user in users.get(name).into_iter().flatten() {
                if stable.remove(user) {
                    open.push(user);
                }
            }
        }
        Self(stable)
    }

    /// Whether two values are equal, with all that they refer to.
    pub(super) fn equal(&self, old: &Value, new: &Value) -> bool {
        match (old, new) {
            (Value::Object(old), Value::Object(new)) => {
                old.len() == new.len()
                    && old.iter().all(|(key, before)| {
                        new.get(key).is_some_and(|after| {
                            self.equal(before, after) && (key != "$ref" || self.is_stable(before))
                        })
                    })
            }
            (Value::Array(old), Value::Array(new)) => {
                old.len() == new.len() && old.iter().zip(new).all(|(old, new)| self.equal(old, new))
            }
            _ => old == new,
        }
    }

    /// Whether the target of a reference is the same on both sides.
    fn is_stable(&self, target: &Value) -> bool {
        // What is not text is no reference, but a property that happens to be called `$ref`.
        target.as_str().is_none_or(|name| self.0.contains(name))
    }
}

/// Every component of a document.
pub(super) fn components(document: &Value) -> Components<'_> {
    let sections = document.get("components").and_then(Value::as_object);
    let mut all = HashMap::new();
    for (section, members) in sections.into_iter().flatten() {
        let section = child("#/components", section);
        for (name, value) in members.as_object().into_iter().flatten() {
            all.insert(child(&section, name), value);
        }
    }
    all
}

fn collect_references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match value.as_str() {
                    Some(target) if key == "$ref" => found.push(target),
                    _ => collect_references(value, found),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                collect_references(item, found);
            }
        }
        _ => {}
    }
}
