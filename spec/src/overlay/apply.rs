//! Applying an overlay to a document.

use std::cmp::Ordering;

use serde_json::Value;
use serde_json_path::PathElement;

use super::{Action, Change, Overlay};
use crate::{finding::Finding, yaml};

/// Applies the actions of `overlay` in order. An action with a finding changes nothing; the others
/// are applied all the same, so that one run reports as much as it can.
pub fn apply(document: &mut Value, overlay: &Overlay) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, action) in overlay.actions.iter().enumerate() {
        let finding = |(message, help): (String, String)| {
            Finding::new(
                "overlay-action",
                format!("action {}, target {}: {message}", index + 1, action.target),
            )
            .file(&overlay.file)
            .pointer(format!("/actions/{index}"))
            .help(help)
        };
        let locations = locations(document, action);
        if let Some(problem) = miscounted(action, locations.len()) {
            findings.push(finding(problem));
            continue;
        }
        if let Err(problem) = apply_action(document, action, &locations) {
            findings.push(finding(problem));
        }
    }
    findings
}

/// What is wrong with the number of nodes that an action matches, and how to fix it.
fn miscounted(action: &Action, found: usize) -> Option<(String, String)> {
    if action.matches.allows(found) {
        return None;
    }
    let help = if found == 0 {
        "the documentation may have caught up: delete the action, or correct its target".to_owned()
    } else {
        format!("look at what it matches; if all {found} are meant, set x-heffl-matches to {found}")
    };
    let message = format!("x-heffl-matches expects {}, found {found}", action.matches);
    Some((message, help))
}

/// A step to a node, without borrowing the document.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(usize),
}

fn apply_action(
    document: &mut Value,
    action: &Action,
    locations: &[Vec<Step>],
) -> Result<(), (String, String)> {
    // Before anything is changed, so that an action that fails changes nothing.
    let is_update = matches!(action.change, Change::Update(_));
    for location in locations {
        check(document, location, &action.change).map_err(|message| {
            let help = if is_update {
                "target the object around it, and name the key in `update`"
            } else {
                "choose another target"
            };
            (format!("{}: {message}", pointer(location)), help.to_owned())
        })?;
    }
    // Deeper nodes come first, so that what is done to one leaves the way to the others.
    for location in locations {
        match &action.change {
            Change::Update(update) => {
                if let Some(node) = node_mut(document, location) {
                    update_node(node, update);
                }
            }
            Change::Remove => remove_node(document, location),
        }
    }
    Ok(())
}

/// Whether a node can be changed in this way.
fn check(document: &Value, location: &[Step], change: &Change) -> Result<(), &'static str> {
    let node = location.iter().try_fold(document, |node, step| match step {
        Step::Name(name) => node.get(name),
        Step::Index(index) => node.get(*index),
    });
    match (change, node) {
        (Change::Remove, _) if location.is_empty() => Err("the whole document cannot be removed"),
        (Change::Remove, _)
        | (Change::Update(_), Some(Value::Array(_)))
        | (Change::Update(Value::Object(_)), Some(Value::Object(_))) => Ok(()),
        (Change::Update(_), Some(Value::Object(_))) => {
            Err("an object can be updated with an object only")
        }
        (Change::Update(_), _) => Err("only objects and arrays can be updated"),
    }
}

/// Where the matches are, each once: deeper nodes and higher indices first, so that removing one
/// does not move another.
fn locations(document: &Value, action: &Action) -> Vec<Vec<Step>> {
    let mut locations: Vec<Vec<Step>> = action
        .target
        .query_located(document)
        .locations()
        .map(|path| {
            path.iter()
                .map(|element| match element {
                    PathElement::Name(name) => Step::Name((*name).to_owned()),
                    PathElement::Index(index) => Step::Index(*index),
                })
                .collect()
        })
        .collect();
    locations.sort_by(|left, right| compare(right, left));
    locations.dedup();
    locations
}

fn compare(left: &[Step], right: &[Step]) -> Ordering {
    for (left, right) in left.iter().zip(right) {
        let order = match (left, right) {
            (Step::Name(left), Step::Name(right)) => left.cmp(right),
            (Step::Index(left), Step::Index(right)) => left.cmp(right),
            (Step::Name(_), Step::Index(_)) => Ordering::Less,
            (Step::Index(_), Step::Name(_)) => Ordering::Greater,
        };
        if order.is_ne() {
            return order;
        }
    }
    left.len().cmp(&right.len())
}

fn pointer(location: &[Step]) -> String {
    location
        .iter()
        .fold(String::new(), |pointer, step| match step {
            Step::Name(name) => yaml::child(&pointer, name),
            Step::Index(index) => yaml::child(&pointer, index),
        })
}

fn node_mut<'a>(document: &'a mut Value, location: &[Step]) -> Option<&'a mut Value> {
    location
        .iter()
        .try_fold(document, |node, step| match (node, step) {
            (Value::Object(map), Step::Name(name)) => map.get_mut(name),
            (Value::Array(items), Step::Index(index)) => items.get_mut(*index),
            _ => None,
        })
}

fn update_node(node: &mut Value, update: &Value) {
    match node {
        // The standard: an update of an array is an entry to append to it.
        Value::Array(items) => items.push(update.clone()),
        node => merge(node, update),
    }
}

/// Objects merge, arrays are joined, everything else is replaced.
fn merge(node: &mut Value, update: &Value) {
    match (node, update) {
        (Value::Object(map), Value::Object(update)) => {
            for (key, value) in update {
                match map.get_mut(key) {
                    Some(node) => merge(node, value),
                    None => {
                        map.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (Value::Array(items), Value::Array(update)) => items.extend(update.iter().cloned()),
        (node, update) => *node = update.clone(),
    }
}

fn remove_node(document: &mut Value, location: &[Step]) {
    let Some((last, parent)) = location.split_last() else {
        return;
    };
    match (node_mut(document, parent), last) {
        (Some(Value::Object(map)), Step::Name(name)) => {
            // Keeps the order of the keys that stay.
            map.shift_remove(name);
        }
        (Some(Value::Array(items)), Step::Index(index)) if *index < items.len() => {
            items.remove(*index);
        }
        _ => {}
    }
}
