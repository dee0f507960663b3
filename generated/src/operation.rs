//! What the API offers, one constant per operation.

use std::fmt;

/// One operation of the API, as its document describes it.
///
/// The generated modules list all of theirs: [`v1::OPERATIONS`](crate::v1::OPERATIONS) and
/// [`v2::OPERATIONS`](crate::v2::OPERATIONS).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Operation {
    /// Name of the operation, such as `listDeals`.
    pub id: &'static str,
    /// HTTP method, in capitals.
    pub method: &'static str,
    /// Version of the API as it stands in the path: `v1` or `v2`.
    pub version: &'static str,
    /// Path below the version, with parameters in braces: `/deals/{id}`.
    pub path: &'static str,
    /// How well the operation is known: `documented`, `sampled`, `described`, `observed` or `inferred`.
    pub evidence: &'static str,
    /// Address of the page that describes the operation.
    pub source: &'static str,
}

impl Operation {
    /// An operation that this crate has no method for, to be called with
    /// [`Client::call`](crate::Client::call): its name for messages, its method in capitals, the
    /// version, and the path below it.
    pub const fn new(
        id: &'static str,
        method: &'static str,
        version: &'static str,
        path: &'static str,
    ) -> Self {
        Self {
            id,
            method,
            version,
            path,
            evidence: "observed",
            source: "",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} ({} /{}{})",
            self.id, self.method, self.version, self.path
        )
    }
}
