//! Changes of meaning in words, as all formats have them.

use serde_json::Value;

use crate::diff::{Change, Comparison, Severity, Side, Step};

/// In the order in which they are shown.
pub(super) const SEVERITIES: [Severity; 3] =
    [Severity::Breaking, Severity::Warning, Severity::Info];

/// Longest value, in characters.
const VALUE: usize = 100;

/// Operations that are named; the rest is counted.
const OPERATIONS: usize = 5;

/// The version step that the changes ask for, if they ask for one.
pub(super) fn step(comparison: &Comparison) -> Option<&'static str> {
    match comparison.suggested_step() {
        Step::None => None,
        step => Some(step.as_str()),
    }
}

/// `#/pointer`, and which document it is in if that is not the new one.
pub(super) fn place(change: &Change) -> String {
    match change.side {
        Side::New => format!("#{}", one_line(&change.pointer)),
        Side::Old => format!("#{} (old document)", one_line(&change.pointer)),
    }
}

/// `before → after`, if there is anything to show.
pub(super) fn values(change: &Change) -> Option<String> {
    let (before, after) = (change.before.as_ref(), change.after.as_ref());
    (before.is_some() || after.is_some()).then(|| format!("{} → {}", value(before), value(after)))
}

/// A value as JSON, cut where it is long. Control characters are escaped in JSON.
pub(super) fn value(value: Option<&Value>) -> String {
    let Some(value) = value else {
        return "nothing".to_owned();
    };
    let text = value.to_string();
    match text.char_indices().nth(VALUE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// The first few operations.
pub(super) fn reach(operations: &[String]) -> String {
    let named = operations
        .iter()
        .take(OPERATIONS)
        .map(|operation| one_line(operation))
        .collect::<Vec<_>>()
        .join(", ");
    match operations.len().saturating_sub(OPERATIONS) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

/// The text without line ends, and without anything that a terminal would obey.
pub(super) fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}
