//! Compares the meaning of two OpenAPI documents, and reports what a change breaks.
//!
//! - References are followed, so the names of components have no meaning. The parts of `allOf` are compared as one
//!   schema: limits and lists of values as all parts allow them.
//! - Equivalent spellings are equal: charsets, case of hosts and headers, a single alternative, `2XX` for `200`.
//! - A difference that no rule covers is reported as not compared: unknown keys, values of an unknown
//!   form, references to other files.
//! - The direction of the data matters: a value that may now be null breaks programs that read it, but not senders.
//! - A change is reported once for each direction of the data, with all operations that it affects.
//! - Descriptions, examples, titles, order, and the names of path parameters have no meaning.

use serde_json::Value;

mod accept;
mod alternatives;
mod changes;
mod comparison;
mod document;
mod fingerprint;
mod limits;
mod matching;
mod meaning;
mod node;
mod operation;
mod read;
mod rules;
mod schema;
mod security;
mod spelling;
mod step;
mod table;
mod walk;

pub use crate::finding::Severity;
pub use accept::{AcceptList, Today};
pub use comparison::{Compared, Comparison, Document, LocatedChange};
pub use fingerprint::Fingerprint;
pub use rules::{Area, Rule, rules, rules_markdown};
pub use step::Step;

/// A change of meaning.
///
/// A change in a component that many operations share is one change: [`operation`](Self::operation)
/// is the first operation that it affects, and [`also`](Self::also) has the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// Its severity.
    pub severity: Severity,
    /// The first operation that it affects, such as `GET /deals`; `None` for changes of the document as a whole.
    pub operation: Option<String>,
    /// The other operations that it affects.
    pub also: Vec<String>,
    /// JSON pointer into the document that [`side`](Self::side) names.
    pub pointer: String,
    /// The document that the pointer is in: the old one for removed parts.
    pub side: Side,
    /// The old value; a short description of a large one.
    pub before: Option<Value>,
    /// The new value; a short description of a large one.
    pub after: Option<Value>,
    /// A sentence that describes the change.
    pub message: String,
    /// Identifies the change, independently of other changes.
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

/// The changes of meaning from `old` to `new`, both OpenAPI 3 documents.
///
/// Sorted by operation (path, then method), pointer and rule.
pub fn compare(old: &Value, new: &Value) -> Vec<Change> {
    document::compare(old, new)
}

#[cfg(test)]
mod tests;
