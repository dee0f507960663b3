//! Entries of a report: findings, files and changes of meaning. All formats except JSON render them.

use serde_json::Value;

use super::Step;
use crate::{
    diff::{Compared, LocatedChange, Side},
    files,
    finding::{Finding, Severity},
};

/// Longest value, in characters.
const VALUE: usize = 100;

/// The number of operations to name; the others are counted.
const OPERATIONS: usize = 5;

/// An entry of a report.
#[derive(Debug, Default)]
pub(super) struct Entry<'a> {
    pub(super) severity: Option<Severity>,
    /// The rule; files that are out of date have no rule.
    pub(super) rule: Option<&'a str>,
    pub(super) file: Option<&'a str>,
    pub(super) line: Option<usize>,
    /// `#/pointer`, and which document it is in if that is not the new one.
    pub(super) place: Option<String>,
    pub(super) message: String,
    /// `before → after`.
    pub(super) values: Option<String>,
    pub(super) details: Vec<String>,
    pub(super) help: Option<&'a str>,
    pub(super) fingerprint: Option<&'a str>,
    pub(super) diff: &'a str,
}

impl<'a> Entry<'a> {
    pub(super) fn finding(finding: &'a Finding) -> Self {
        Self {
            severity: finding.severity(),
            rule: Some(finding.rule),
            file: finding.file.as_deref(),
            line: finding.line,
            place: finding.pointer.as_ref().map(|it| format!("#{it}")),
            message: finding.message.clone(),
            help: finding.help.as_deref(),
            ..Self::default()
        }
    }

    pub(super) fn file(step: &'a Step, change: &'a files::Change) -> Self {
        Self {
            file: Some(&change.path),
            line: change.line.filter(|_| step.fix.is_some()),
            message: step.explain(change).to_owned(),
            diff: if step.fix.is_some() { &change.diff } else { "" },
            ..Self::default()
        }
    }

    pub(super) fn change(document: &'a Compared, located: &'a LocatedChange) -> Self {
        let change = &located.change;
        let side = match change.side {
            Side::New => "",
            Side::Old => " (old document)",
        };
        let mut details = Vec::new();
        if !change.also.is_empty() {
            details.push(format!("also reaches {}", first_of(&change.also)));
        }
        if let Some(reason) = &located.accepted {
            details.push(format!("accepted: {}", one_line(reason)));
        }
        let values = [&change.before, &change.after];
        let has_values = values.iter().any(|value| value.is_some());
        Self {
            severity: Some(change.severity),
            rule: Some(change.rule.id),
            file: Some(&document.new),
            line: Some(located.line),
            place: Some(format!("#{}{side}", one_line(&change.pointer))),
            message: one_line(&change.message),
            values: has_values.then(|| values.map(|value| shown(value.as_ref())).join(" → ")),
            details,
            fingerprint: Some(change.fingerprint.as_str()),
            ..Self::default()
        }
    }
}

/// A value as JSON, shortened if it is long. JSON escapes control characters.
fn shown(value: Option<&Value>) -> String {
    let Some(value) = value else {
        return "nothing".to_owned();
    };
    let mut text = value.to_string();
    if let Some((end, _)) = text.char_indices().nth(VALUE) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// The first few operations, and the number of the others.
fn first_of(operations: &[String]) -> String {
    let shown = operations.iter().take(OPERATIONS);
    let shown: Vec<String> = shown.map(|it| one_line(it)).collect();
    match operations.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The text without line ends and control characters.
pub(super) fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}
