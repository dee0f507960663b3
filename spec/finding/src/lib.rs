//! Findings: a problem, its place, and how to fix it.
//!
//! This is a crate of its own, because `heffl-spec` and `heffl-codegen` both report findings, and neither depends
//! on the other.

use std::fmt;

use serde::Serialize;

/// The severity of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Does not break programs.
    Info,
    /// May break programs.
    Warning,
    /// Breaks correct programs.
    Breaking,
}

impl Severity {
    /// `info`, `warning` or `breaking`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Breaking => "breaking",
        }
    }
}

/// A problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable identifier of the rule, for example `page-not-an-endpoint`.
    pub rule: &'static str,
    /// The file, relative to the workspace or as the caller named it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Line in the file, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// JSON pointer into the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The problem in a sentence.
    pub message: String,
    /// How to fix it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// The rules whose findings are changes of the documentation. All other rules report problems of this workspace.
const SEVERITIES: [(&str, Severity); 9] = [
    ("fact-changed", Severity::Breaking),
    ("fact-gone", Severity::Breaking),
    ("fact-new", Severity::Warning),
    ("fact-recounted", Severity::Info),
    ("link-dead", Severity::Info),
    ("operation-gone", Severity::Breaking),
    ("operation-new", Severity::Warning),
    ("page-gone", Severity::Breaking),
    ("page-new", Severity::Warning),
];

impl Finding {
    /// A finding without place and help, which the methods below add.
    pub fn new(rule: &'static str, message: impl Into<String>) -> Self {
        Self {
            rule,
            file: None,
            line: None,
            pointer: None,
            message: message.into(),
            help: None,
        }
    }

    /// The severity, if the rule has one. A finding of severity `info` does not fail a command.
    pub fn severity(&self) -> Option<Severity> {
        let mut known = SEVERITIES.iter();
        known.find_map(|(rule, severity)| (*rule == self.rule).then_some(*severity))
    }

    /// Sets the file.
    #[must_use]
    pub fn file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// Sets the line, counted from 1.
    #[must_use]
    pub fn line(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }

    /// Sets the JSON pointer.
    #[must_use]
    pub fn pointer(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = Some(pointer.into());
        self
    }

    /// Sets how to fix it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// `file:line /pointer: message [rule]`, then the help on its own line.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            f.write_str(file)?;
            if let Some(line) = self.line {
                write!(f, ":{line}")?;
            }
            f.write_str(if self.pointer.is_some() { " " } else { ": " })?;
        }
        if let Some(pointer) = &self.pointer {
            write!(f, "#{pointer}: ")?;
        }
        if let Some(severity) = self.severity() {
            write!(f, "{}: ", severity.as_str())?;
        }
        write!(f, "{} [{}]", self.message, self.rule)?;
        if let Some(help) = &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

/// For functions that report several findings, an error with a single finding.
impl From<Finding> for Vec<Finding> {
    fn from(finding: Finding) -> Self {
        vec![finding]
    }
}
