//! Operations that came and went.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Change, Fingerprint, Rule, Side, catalogue};
use crate::yaml::child;

const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

pub(super) fn compare(old: &Value, new: &Value) -> Vec<Change> {
    let (before, after) = (operations(old), operations(new));
    let removed = before
        .iter()
        .filter(|(key, _)| !after.contains_key(*key))
        .map(|(key, pointer)| change(&catalogue::OPERATION_REMOVED, key, pointer, Side::Old));
    let added = after
        .iter()
        .filter(|(key, _)| !before.contains_key(*key))
        .map(|(key, pointer)| change(&catalogue::OPERATION_ADDED, key, pointer, Side::New));
    let mut changes: Vec<_> = removed.chain(added).collect();
    changes.sort_by(|a, b| (&a.operation, &a.pointer).cmp(&(&b.operation, &b.pointer)));
    changes
}

fn change(rule: &'static Rule, operation: &str, pointer: &str, side: Side) -> Change {
    let what = match side {
        Side::Old => "is gone",
        Side::New => "is new",
    };
    Change {
        rule,
        severity: rule.severity,
        operation: Some(operation.to_owned()),
        also: Vec::new(),
        pointer: pointer.to_owned(),
        side,
        before: None,
        after: None,
        message: format!("The operation {operation} {what}."),
        fingerprint: Fingerprint::of(rule.id, operation, None, None),
    }
}

fn operations(document: &Value) -> BTreeMap<String, String> {
    let paths = document.get("paths").and_then(Value::as_object);
    let mut found = BTreeMap::new();
    for (path, item) in paths.into_iter().flatten() {
        for method in METHODS {
            if item.get(method).is_some() {
                let pointer = child(&child("/paths", path), method);
                found.insert(format!("{} {path}", method.to_uppercase()), pointer);
            }
        }
    }
    found
}
