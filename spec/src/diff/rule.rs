//! What a rule is.

use crate::finding::Severity;

/// One kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Stable name, such as `request-property-became-required`.
    pub id: &'static str,
    /// How bad such a change is.
    pub severity: Severity,
    /// What it is about.
    pub area: Area,
    /// The change in a few words.
    pub title: &'static str,
    /// Why it matters, or why it does not.
    pub why: &'static str,
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// The document as a whole.
    Document,
    /// An operation: its address and its names.
    Operation,
    /// Who may call.
    Security,
    /// Parameters and their schemas.
    Parameter,
    /// Request bodies and their schemas.
    Request,
    /// Responses and their schemas.
    Response,
    /// Definitions of a workspace's custom fields, which no document has.
    CustomField,
}

impl Area {
    /// All areas, in the order in which they are shown.
    pub const ALL: [Self; 7] = [
        Self::Document,
        Self::Operation,
        Self::Security,
        Self::Parameter,
        Self::Request,
        Self::Response,
        Self::CustomField,
    ];

    /// In lower case, such as `parameter`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Operation => "operation",
            Self::Security => "security",
            Self::Parameter => "parameter",
            Self::Request => "request",
            Self::Response => "response",
            Self::CustomField => "custom-field",
        }
    }

    /// A heading, such as `Parameters`.
    pub fn title(self) -> &'static str {
        match self {
            Self::Document => "The document as a whole",
            Self::Operation => "Operations",
            Self::Security => "Security",
            Self::Parameter => "Parameters",
            Self::Request => "Request bodies",
            Self::Response => "Responses",
            Self::CustomField => "Custom fields of a workspace",
        }
    }
}
