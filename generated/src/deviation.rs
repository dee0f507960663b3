//! Differences between responses and the documentation.

use std::fmt;

use crate::{json::Note, operation::Operation};

/// The function that receives deviations.
pub(crate) type OnDeviation = dyn Fn(&Deviation) + Send + Sync;

/// A difference between a response and the documentation that the client tolerated: a number where text is
/// documented, an undocumented value or key, `null` where a value is required, or an optional field that
/// cannot be read.
///
/// A deviation describes the kind of value that was found, and not the value. It contains no personal data
/// except unknown keys and enum values, so you can log and report it.
/// [`ClientBuilder::on_deviation`](crate::ClientBuilder::on_deviation) passes each deviation to your
/// function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deviation {
    pub(crate) operation: Operation,
    pub(crate) note: Note,
}

impl Deviation {
    /// The operation that was called.
    pub fn operation(&self) -> &Operation {
        &self.operation
    }

    /// Path of the value in the response, such as `data[3].price`.
    pub fn path(&self) -> &str {
        &self.note.path
    }

    /// The documented kind of value, such as `text`, `a number` or `a documented key`.
    pub fn expected(&self) -> &str {
        self.note.expected
    }

    /// The kind of the value that was found, or the unknown value or key.
    pub fn found(&self) -> &str {
        &self.note.found
    }

    /// Whether the value cannot be read. The field is then `None`, and `extra` has the value under the
    /// field's key; a custom field is [damaged](crate::JsonText::damaged).
    pub fn is_unreadable(&self) -> bool {
        self.note.unreadable
    }
}

impl fmt::Display for Deviation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, note } = self;
        let (operation, path) = (operation.id(), &note.path);
        let (expected, found) = (note.expected, &note.found);
        let end = if note.unreadable {
            "; it cannot be read"
        } else {
            ""
        };
        write!(
            formatter,
            "{operation}: expected {expected} at {path}, found {found}{end}"
        )
    }
}
