//! Overlays: OpenAPI Overlay 1.0.0 documents that correct and complete an assembled document.
//!
//! In addition to the standard's keys, every action gives its reason (`x-heffl-reason`), its evidence
//! (`x-heffl-evidence`) and how many nodes it must match (`x-heffl-matches`): a correction that the
//! documentation has caught up with must be deleted.

mod apply;

use std::fmt;

use serde::Deserialize;
use serde_json::Value;
use serde_json_path::JsonPath;

pub use apply::apply;

use crate::{finding::Finding, fragment::Evidence, yaml};

/// The version of the Overlay Specification that is understood.
pub const VERSION: &str = "1.0.0";

/// An overlay document.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// The file it was read from.
    pub file: String,
    /// Its title.
    pub title: String,
    /// Its own version.
    pub version: String,
    /// What it does, in order.
    pub actions: Vec<Action>,
}

/// One action of an overlay.
#[derive(Clone, Debug)]
pub struct Action {
    /// Which nodes.
    pub target: JsonPath,
    /// What happens to them.
    pub change: Change,
    /// Why.
    pub reason: String,
    /// How well that is known.
    pub evidence: Evidence,
    /// How many nodes the target must match.
    pub matches: Matches,
}

/// How many nodes a target must match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub enum Matches {
    /// A correction: neither more nor fewer.
    Exactly(usize),
    /// What holds for all nodes of a kind, however many there are: `at least 1`.
    AtLeast(usize),
}

impl TryFrom<Value> for Matches {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let at_least = |text: &str| text.strip_prefix("at least ")?.parse().ok();
        match &value {
            Value::Number(number) => number
                .as_u64()
                .and_then(|number| usize::try_from(number).ok())
                .map(Self::Exactly),
            Value::String(text) => at_least(text).map(Self::AtLeast),
            _ => None,
        }
        .ok_or_else(|| format!("x-heffl-matches is {value}, and neither a number nor `at least 1`"))
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
            Self::Exactly(count) => ("", count),
            Self::AtLeast(count) => ("at least ", count),
        };
        write!(
            f,
            "{words}{count} node{}",
            if *count == 1 { "" } else { "s" }
        )
    }
}

/// What an action does with the nodes it matches.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Merges this value into each of them.
    Update(Value),
    /// Takes them out.
    Remove,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an overlay")]
struct RawOverlay {
    overlay: String,
    info: RawInfo,
    actions: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawInfo {
    title: String,
    version: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an action")]
struct RawAction {
    target: String,
    /// Part of the standard; the reason is what counts here.
    #[serde(default, rename = "description")]
    _description: Option<String>,
    #[serde(default)]
    update: Option<Value>,
    #[serde(default)]
    remove: bool,
    #[serde(rename = "x-heffl-reason")]
    reason: String,
    #[serde(rename = "x-heffl-evidence")]
    evidence: Evidence,
    #[serde(rename = "x-heffl-matches")]
    matches: Matches,
}

/// Reads an overlay. All findings of a file are reported together.
pub fn parse(text: &str, file: &str) -> Result<Overlay, Vec<Finding>> {
    let invalid = |message: String| Finding::new("overlay-invalid", message).file(file);
    let value = yaml::read(text, file).map_err(|finding| vec![finding])?;
    let raw: RawOverlay = serde_json::from_value(value).map_err(|error| {
        vec![
            invalid(error.to_string())
                .pointer("")
                .help("an overlay has the keys overlay, info (title, version) and actions"),
        ]
    })?;
    let mut findings = Vec::new();
    if raw.overlay != VERSION {
        findings.push(
            invalid(format!(
                "version {} of the Overlay Specification is not understood",
                raw.overlay
            ))
            .pointer("/overlay")
            .help(format!("write `overlay: {VERSION}`")),
        );
    }
    if raw.actions.is_empty() {
        findings.push(
            invalid("the overlay has no actions".to_owned())
                .pointer("/actions")
                .help("give it one, or delete the file"),
        );
    }
    let mut actions = Vec::new();
    for (index, raw) in raw.actions.into_iter().enumerate() {
        match action(raw) {
            Ok(action) => actions.push(action),
            Err((message, help)) => findings.push(
                invalid(format!("action {}: {message}", index + 1))
                    .pointer(format!("/actions/{index}"))
                    .help(help),
            ),
        }
    }
    if findings.is_empty() {
        Ok(Overlay {
            file: file.to_owned(),
            title: raw.info.title,
            version: raw.info.version,
            actions,
        })
    } else {
        Err(findings)
    }
}

/// One action, or what is wrong and how to mend it.
fn action(raw: Value) -> Result<Action, (String, String)> {
    let problem = |message: &str, help: &str| (message.to_owned(), help.to_owned());
    let raw: RawAction = serde_json::from_value(raw).map_err(|error| {
        problem(
            &error.to_string(),
            "an action has target, update or remove, x-heffl-reason, x-heffl-evidence and x-heffl-matches",
        )
    })?;
    let target = JsonPath::parse(&raw.target).map_err(|error| {
        problem(
            &format!("`{}` is not a JSONPath: {error}", raw.target),
            "write the target as RFC 9535 describes it, for example $.components.schemas.Deal",
        )
    })?;
    let change = match (raw.update, raw.remove) {
        (Some(update), false) => Change::Update(update),
        (None, true) => Change::Remove,
        (Some(_), true) => {
            return Err(problem(
                "it both updates and removes",
                "make two actions of it",
            ));
        }
        (None, false) => {
            return Err(problem(
                "it neither updates nor removes",
                "give it `update` or `remove: true`",
            ));
        }
    };
    if raw.reason.trim().is_empty() {
        return Err(problem(
            "x-heffl-reason is empty",
            "say why the action is there",
        ));
    }
    if matches!(raw.matches, Matches::Exactly(0) | Matches::AtLeast(0)) {
        return Err(problem(
            "x-heffl-matches is 0",
            "an action that matches nothing must be deleted",
        ));
    }
    Ok(Action {
        target,
        change,
        reason: raw.reason,
        evidence: raw.evidence,
        matches: raw.matches,
    })
}

#[cfg(test)]
mod tests;
