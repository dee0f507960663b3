//! What answers have that the documentation does not say.

use std::{borrow::Cow, fmt};

use crate::Operation;

/// The hook for deviations: takes one after the other.
pub(crate) type OnDeviation = dyn Fn(&Deviation) + Send + Sync;

/// Something in an answer that is not as documented, and was put up with: a number where text is
/// promised, a word or a key that no page names, `null` where there should be a value.
///
/// It says what kind of thing was found, and never repeats a value: it can be logged, and sent to
/// those who keep the documentation. [`ClientBuilder::on_deviation`](crate::ClientBuilder::on_deviation)
/// gives it to you.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deviation {
    /// The operation that was called.
    pub operation: &'static Operation,
    /// Place of the value in the answer, such as `data[3].price`.
    pub path: String,
    /// What is documented: `text`, `a number`, `a documented key`.
    pub expected: &'static str,
    /// What was found: the kind of the value, or the unknown word or key.
    pub found: Cow<'static, str>,
}

impl fmt::Display for Deviation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            operation,
            path,
            expected,
            found,
        } = self;
        write!(
            formatter,
            "{}: expected {expected} at {path}, found {found}",
            operation.id
        )
    }
}
