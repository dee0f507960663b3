//! Why a command failed, for people, for programs and as an exit code.

use std::{io, path::Path, process::ExitCode};

use clap::ValueEnum;
use heffl::{Error, ErrorKind};
use serde_json::{Value, json};

/// Why a command failed. The number is the exit code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// Something that no other kind covers.
    Other = 1,
    /// The command line or a file is not valid; nothing was sent.
    Usage = 2,
    /// The record does not exist.
    NotFound = 3,
    /// There is no API key, or the server does not accept it.
    Key = 4,
    /// The server refused the request.
    Refused = 5,
    /// The quota or the deadline was exceeded.
    Quota = 6,
    /// The network or the server failed.
    Unavailable = 7,
    /// Nobody knows whether the server carried out the request.
    OutcomeUnknown = 8,
    /// Only a part of the work was done.
    Partial = 9,
}

/// How an error is shown.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ErrorForm {
    /// For people
    Text,
    /// One JSON object
    Json,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Other => "other",
            Kind::Usage => "usage",
            Kind::NotFound => "not_found",
            Kind::Key => "key",
            Kind::Refused => "refused",
            Kind::Quota => "quota",
            Kind::Unavailable => "unavailable",
            Kind::OutcomeUnknown => "outcome_unknown",
            Kind::Partial => "partial",
        }
    }
}

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    message: String,
    hint: Option<String>,
    error: Option<Error>,
}

impl Failure {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            error: None,
        }
    }

    /// The command line or a file is not valid.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// A file or folder that cannot be used.
    pub(crate) fn file(path: &Path, error: &io::Error) -> Self {
        Self::new(Kind::Other, format!("{}: {error}", path.display()))
    }

    /// What the user can do about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.kind as u8)
    }

    /// The failure in a form, without a line break at its end.
    pub(crate) fn text(&self, form: ErrorForm) -> String {
        match form {
            ErrorForm::Json => json!({ "error": self.json() }).to_string(),
            ErrorForm::Text => match &self.hint {
                Some(hint) => format!("error: {}\n\nhelp: {hint}", self.message),
                None => format!("error: {}", self.message),
            },
        }
    }

    fn json(&self) -> Value {
        let error = self.error.as_ref();
        json!({
            "kind": self.kind.name(),
            "message": self.message,
            "hint": self.hint,
            "status": error.and_then(Error::status),
            "code": error.and_then(Error::code).map(ToString::to_string),
            "operation": error.and_then(Error::operation).map(heffl::Operation::id),
            "issues": error.map_or(&[][..], Error::issues).iter().map(|issue| json!({
                "field": issue.field(),
                "message": issue.message(),
            })).collect::<Vec<_>>(),
            "retry": error.is_some_and(Error::is_retryable),
        })
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            kind: kind(&error),
            message: error.to_string(),
            hint: None,
            error: Some(error),
        }
    }
}

/// The kind of an error of the client. The order matters: an unknown outcome is the worst that can be reported.
fn kind(error: &Error) -> Kind {
    if error.is_outcome_unknown() {
        return Kind::OutcomeUnknown;
    }
    if error.is_not_found() {
        return Kind::NotFound;
    }
    if error.is_unauthorized() || error.is_forbidden() {
        return Kind::Key;
    }
    if error.is_rate_limited() {
        return Kind::Quota;
    }
    match error.kind() {
        ErrorKind::Config
        | ErrorKind::InvalidRequest
        | ErrorKind::CustomField
        | ErrorKind::SeveralMatches => Kind::Usage,
        ErrorKind::QuotaWait | ErrorKind::Timeout => Kind::Quota,
        ErrorKind::Transport => Kind::Unavailable,
        ErrorKind::Api if error.status().is_some_and(|status| status >= 500) => Kind::Unavailable,
        ErrorKind::Api => Kind::Refused,
        _ => Kind::Other,
    }
}
