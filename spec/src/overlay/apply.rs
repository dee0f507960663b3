//! Applies an overlay to a document.

use serde_json::Value;
use serde_json_path::NormalizedPath;

use super::{Action, Overlay, Problem, problem};
use crate::{finding::Finding, openapi::take, yaml::unescape};

/// Applies the actions of `overlay` in order. An action with a finding changes nothing, but the others
/// are applied, so that a run reports all problems.
pub fn apply(document: &mut Value, overlay: &Overlay) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, action) in overlay.actions.iter().enumerate() {
        if let Err((message, help)) = apply_action(document, action) {
            let target = &action.target;
            let message = format!("action {}, target {target}: {message}", index + 1);
            let finding = Finding::new("overlay-action", message).file(&overlay.file);
            findings.push(finding.pointer(format!("/actions/{index}")).help(help));
        }
    }
    findings
}

fn apply_action(document: &mut Value, action: &Action) -> Result<(), Problem> {
    // Each match once, the last first, so that a change does not move the other matches.
    let matches = action.target.query_located(document).dedup();
    let locations = matches.locations().map(NormalizedPath::to_json_pointer);
    let mut locations: Vec<String> = locations.collect();
    locations.reverse();
    check_count(action, locations.len())?;
    // Checked before any change, so that a failing action changes nothing.
    for location in &locations {
        check(document, location, action.update.as_ref())
            .map_err(|(message, help)| problem(format!("{location}: {message}"), help))?;
    }
    for location in &locations {
        match (&action.update, document.pointer_mut(location)) {
            // The standard: an update of an array is an entry to append to it.
            (Some(update), Some(Value::Array(items))) => items.push(update.clone()),
            (Some(update), Some(node)) => merge(node, update),
            _ => remove(document, location),
        }
    }
    Ok(())
}

fn check_count(action: &Action, found: usize) -> Result<(), Problem> {
    if action.matches.allows(found) {
        return Ok(());
    }
    let help = match found {
        0 => "the documentation may have caught up: delete the action, or correct its target"
            .to_owned(),
        _ => format!(
            "look at what it matches; if all {found} are meant, set x-heffl-matches to {found}"
        ),
    };
    let message = format!("x-heffl-matches expects {}, found {found}", action.matches);
    Err(problem(message, help))
}

/// Whether a node can be changed in this way.
fn check(
    document: &Value,
    location: &str,
    update: Option<&Value>,
) -> Result<(), (&'static str, &'static str)> {
    let help = "target the object around it, and name the key in `update`";
    match (update, document.pointer(location)) {
        (None, _) if location.is_empty() => Err((
            "the whole document cannot be removed",
            "choose another target",
        )),
        (None, _)
        | (Some(_), Some(Value::Array(_)))
        | (Some(Value::Object(_)), Some(Value::Object(_))) => Ok(()),
        (Some(_), Some(Value::Object(_))) => {
            Err(("an object can only be updated with an object", help))
        }
        (Some(_), _) => Err(("only objects and arrays can be updated", help)),
    }
}

/// Merges objects, appends to arrays, and replaces everything else.
fn merge(node: &mut Value, update: &Value) {
    match (node, update) {
        (Value::Object(map), Value::Object(update)) => {
            for (key, value) in update {
                match map.get_mut(key) {
                    Some(node) => merge(node, value),
                    None => drop(map.insert(key.clone(), value.clone())),
                }
            }
        }
        (Value::Array(items), Value::Array(update)) => items.extend(update.iter().cloned()),
        (node, update) => *node = update.clone(),
    }
}

fn remove(document: &mut Value, location: &str) {
    let Some((parent, last)) = location.rsplit_once('/') else {
        return;
    };
    match (document.pointer_mut(parent), last.parse()) {
        (Some(Value::Array(items)), Ok(index)) if index < items.len() => drop(items.remove(index)),
        // Keeps the order of the keys that stay.
        (Some(object), _) => drop(take(object, &unescape(last))),
        _ => {}
    }
}
