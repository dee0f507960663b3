//! What changed in meaning between two OpenAPI documents, and whom it breaks.
//!
//! - References are followed, so the names of components mean nothing. What `allOf` puts together is compared as one
//! schema: limits and lists of values as all parts allow them.
//! - Spellings that mean the same are the same: charsets, case of hosts and headers, one alternative, `2XX` for `200`.
//! - What no rule reads is reported where it differs, as not compared: unknown keys, values of another form than is
//! known, references to elsewhere.
//! - The way of the data decides: a value that may now be null breaks those who read it, not those who send it.
//! - A change is reported once, however many operations reach it, but once for each way of the data.
//! - Descriptions, examples, titles, order, and the names of path parameters mean nothing.

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
    /// One sentence for people.
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

/// The changes of meaning from `old` to `new`, both OpenAPI 3 documents.
///
/// Sorted by operation (path, then method), pointer and rule.
pub fn compare(old: &Value, new: &Value) -> Vec<Change> {
    document::compare(old, new)
}

#[cfg(test)]
mod tests;
