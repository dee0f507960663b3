//! What changed in meaning between two OpenAPI documents, and whom it breaks.
//!
//! - References are followed, so the names of components mean nothing. What `allOf` puts together is compared as one
//!   schema; what stands next to it wins over its members.
//! - The way of the data decides: a value that may now be null breaks those who read it, not those who send it.
//! - A change is reported once, however many operations reach it, but once for each way of the data.
//! - Descriptions, examples, titles, order, and the names of path parameters mean nothing.

use serde_json::Value;

mod accept;
mod alternatives;
mod body;
mod catalogue;
mod comparison;
mod engine;
mod field_rules;
mod filters;
mod fingerprint;
mod limits;
mod members;
mod node;
mod operation;
mod operations;
mod outcome;
mod parameter;
mod rule;
mod same;
mod schema;
mod schema_rules;
mod security;
mod subject;

pub use accept::{AcceptList, Today};
pub use catalogue::{rules, rules_markdown};
pub use comparison::{Compared, Comparison, Document, Judged};
pub use fingerprint::Fingerprint;
pub use rule::{Area, Rule, Severity};

/// One change of meaning.
///
/// A change in a component that many operations share is one change: [`operation`](Self::operation)
/// is the first operation that it reaches, [`also`](Self::also) holds the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// How bad it is.
    pub severity: Severity,
    /// The first operation that it reaches, such as `GET /deals`; none for changes of the document as a whole.
    pub operation: Option<String>,
    /// The other operations that it reaches.
    pub also: Vec<String>,
    /// JSON pointer into the document that [`side`](Self::side) names.
    pub pointer: String,
    /// The document that the pointer is in: the old one for what was removed.
    pub side: Side,
    /// What was there; a short word for large things.
    pub before: Option<Value>,
    /// What is there now; a short word for large things.
    pub after: Option<Value>,
    /// One sentence that says it all.
    pub message: String,
    /// The same for the same change, whatever else changes.
    pub fingerprint: Fingerprint,
}

/// One of the two documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The document before.
    Old,
    /// The document after.
    New,
}

impl Side {
    /// `old` or `new`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
        }
    }
}

/// The step of a semantic version that changes ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Nothing changed.
    None,
    /// Only what nobody's program sees.
    Patch,
    /// Something new.
    Minor,
    /// Something that breaks programs.
    Major,
}

impl Step {
    /// `none`, `patch`, `minor` or `major`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }
}

/// The version step that the changes ask for: the largest that one of them asks for.
///
/// What breaks is major. A change of evidence or of the document's own version is a patch.
/// Everything else is minor. What a workspace defines has no version.
pub fn suggested_step(changes: &[Change]) -> Step {
    let step = |change: &Change| match change.severity {
        _ if change.rule.area == Area::CustomField => Step::None,
        Severity::Breaking => Step::Major,
        Severity::Info if change.rule.is_patch() => Step::Patch,
        Severity::Warning | Severity::Info => Step::Minor,
    };
    changes.iter().map(step).max().unwrap_or(Step::None)
}

/// The changes of meaning from `old` to `new`, both OpenAPI 3.0 documents.
///
/// Sorted by operation (path, then method), pointer and rule.
pub fn compare(old: &Value, new: &Value) -> Vec<Change> {
    operations::compare(old, new)
}

#[cfg(test)]
mod tests;
