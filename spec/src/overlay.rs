//! Overlays: OpenAPI Overlay 1.0.0 documents that correct and complete an assembled document.
//!
//! In addition to the standard's keys, every action has its reason (`x-heffl-reason`), its evidence
//! (`x-heffl-evidence`) and the number of nodes that it must match (`x-heffl-matches`): if the documentation adopts a
//! correction, the action must be deleted.

mod apply;

use std::fmt;

use serde::Deserialize;
use serde_json::Value;
use serde_json_path::JsonPath;

pub use apply::apply;

use crate::{finding::Finding, fragment::Evidence, yaml};

/// The supported version of the Overlay Specification.
pub const VERSION: &str = "1.0.0";

/// An overlay document.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// The file it was read from.
    pub file: String,
    /// Its actions, in order.
    pub actions: Vec<Action>,
}

/// An action of an overlay.
#[derive(Clone, Debug)]
pub struct Action {
    /// The JSONPath of the nodes.
    pub target: JsonPath,
    /// The value to merge into each node. Without it, the nodes are removed.
    pub update: Option<Value>,
    /// The number of nodes that the target must match.
    pub matches: Matches,
}

/// The number of nodes that a target must match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub enum Matches {
    /// Exactly this number: for corrections.
    Exactly(usize),
    /// `at least 1`, for an action on all nodes of a kind.
    AtLeast(usize),
}

impl TryFrom<Value> for Matches {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let number = value.as_u64().and_then(|number| number.try_into().ok());
        let at_least = || value.as_str()?.strip_prefix("at least ")?.parse().ok();
        let matches = number.map(Self::Exactly);
        matches
            .or_else(|| at_least().map(Self::AtLeast))
            .ok_or_else(|| {
                format!("x-heffl-matches is {value}; it must be a number or `at least 1`")
            })
    }
}

impl Matches {
    fn allows(self, found: usize) -> bool {
        match self {
            Self::Exactly(wanted) => found == wanted,
            Self::AtLeast(wanted) => found >= wanted,
        }
    }
}

impl fmt::Display for Matches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (words, count) = match self {
            Self::Exactly(count) => ("", *count),
            Self::AtLeast(count) => ("at least ", *count),
        };
        let plural = if count == 1 { "" } else { "s" };
        write!(f, "{words}{count} node{plural}")
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an overlay")]
struct RawOverlay {
    overlay: String,
    #[serde(rename = "info")]
    _info: Info,
    actions: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Info {
    #[serde(rename = "title")]
    _title: String,
    #[serde(rename = "version")]
    _version: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an action")]
struct RawAction {
    target: String,
    /// Part of the standard, but not used here.
    #[serde(default, rename = "description")]
    _description: Option<String>,
    #[serde(default)]
    update: Option<Value>,
    #[serde(default)]
    remove: bool,
    #[serde(rename = "x-heffl-reason")]
    reason: String,
    #[serde(rename = "x-heffl-evidence")]
    _evidence: Evidence,
    #[serde(rename = "x-heffl-matches")]
    matches: Matches,
}

/// A problem and its help.
type Problem = (String, String);

fn problem(message: impl Into<String>, help: impl Into<String>) -> Problem {
    (message.into(), help.into())
}

/// Reads an overlay. All findings of a file are reported together.
pub fn parse(text: &str, file: &str) -> Result<Overlay, Vec<Finding>> {
    let invalid = |pointer: &str, (message, help): Problem| {
        let finding = Finding::new("overlay-invalid", message).file(file);
        finding.pointer(pointer).help(help)
    };
    let value = yaml::read(text, file).map_err(|finding| vec![finding])?;
    let raw: RawOverlay = serde_json::from_value(value).map_err(|error| {
        let help = "an overlay has the keys overlay, info (title, version) and actions";
        vec![invalid("", problem(error.to_string(), help))]
    })?;
    let mut findings = Vec::new();
    if raw.overlay != VERSION {
        let version = raw.overlay;
        let message = format!("version {version} of the Overlay Specification is not understood");
        let help = format!("write `overlay: {VERSION}`");
        findings.push(invalid("/overlay", problem(message, help)));
    }
    if raw.actions.is_empty() {
        let problem = problem("the overlay has no actions", "add one, or delete the file");
        findings.push(invalid("/actions", problem));
    }
    let mut actions = Vec::new();
    for (index, raw) in raw.actions.into_iter().enumerate() {
        match action(raw) {
            Ok(action) => actions.push(action),
            Err((message, help)) => {
                let message = format!("action {}: {message}", index + 1);
                findings.push(invalid(&format!("/actions/{index}"), (message, help)));
            }
        }
    }
    if findings.is_empty() {
        let file = file.to_owned();
        Ok(Overlay { file, actions })
    } else {
        Err(findings)
    }
}

fn action(raw: Value) -> Result<Action, Problem> {
    let raw: RawAction = serde_json::from_value(raw).map_err(|error| {
        problem(
            error.to_string(),
            "an action has target, update or remove, x-heffl-reason, x-heffl-evidence and x-heffl-matches",
        )
    })?;
    let target = JsonPath::parse(&raw.target).map_err(|error| {
        problem(
            format!("`{}` is not a JSONPath: {error}", raw.target),
            "write the target as RFC 9535 describes it, for example $.components.schemas.Deal",
        )
    })?;
    let (message, help) = match raw.update {
        Some(_) if raw.remove => ("it both updates and removes", "split it into two actions"),
        None if !raw.remove => (
            "it neither updates nor removes",
            "give it `update` or `remove: true`",
        ),
        _ if raw.reason.trim().is_empty() => {
            ("x-heffl-reason is empty", "write the reason of the action")
        }
        _ if raw.matches.allows(0) => (
            "x-heffl-matches is 0",
            "an action that matches nothing must be deleted",
        ),
        update => {
            let matches = raw.matches;
            return Ok(Action {
                target,
                update,
                matches,
            });
        }
    };
    Err(problem(message, help))
}

#[cfg(test)]
mod tests;
