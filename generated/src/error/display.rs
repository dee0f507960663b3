//! Prints errors for people and for logs.

use std::{
    fmt::{self, Formatter},
    io,
};

use bytes::Bytes;

use super::{Error, ErrorCode, ErrorKind, Issue, api::meaning, causes};
use crate::{operation::Operation, retry::Outcome, text::one_line};

impl Error {
    /// The error without any text from the server or the caller, for logs without personal data. Spans and
    /// events of this crate use this form.
    ///
    /// The output has the operation, the status, the documented code and the kind of failure, but no
    /// server message, no names or values of fields, no identifiers, and no reasons of hooks.
    ///
    /// ```
    /// # async fn example(heffl: heffl::Client) {
    /// if let Err(error) = heffl.v2().deals().get(heffl::DealId::new("dl_1")).await {
    ///     // "getDeal: 404 NOT_FOUND"
    ///     eprintln!("{}", error.redacted());
    /// }
    /// # }
    /// ```
    pub fn redacted(&self) -> impl fmt::Debug + fmt::Display {
        struct Redacted<'a>(&'a Error);

        impl fmt::Display for Redacted<'_> {
            fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0.line(true))
            }
        }

        impl fmt::Debug for Redacted<'_> {
            fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, formatter)
            }
        }

        Redacted(self)
    }

    fn line(&self, redacted: bool) -> String {
        let kind = self.kind();
        let start = match kind {
            ErrorKind::Config => "invalid settings: ",
            ErrorKind::InvalidRequest if !redacted => "invalid request: ",
            _ => "",
        };
        // Settings belong to no operation.
        let operation = self.operation().filter(|_| kind != ErrorKind::Config);
        let operation = operation.map_or(String::new(), |it| format!("{}: ", it.id()));
        let text = if redacted {
            self.without_foreign_text()
        } else {
            self.whole()
        };
        let unknown = if self.is_outcome_unknown() {
            " (outcome unknown: it may have been done)"
        } else {
            ""
        };
        let not_repeated = self.0.context.not_repeated.unwrap_or_default();
        format!("{start}{operation}{text}{unknown}{not_repeated}")
    }

    fn whole(&self) -> String {
        let (message, status) = (self.message(), self.status().unwrap_or_default());
        let line = one_line(message);
        let path = one_line(self.path().unwrap_or_default());
        match self.kind() {
            ErrorKind::Api => self.refusal(),
            ErrorKind::CustomField => format!("custom field {path:?}: {line}"),
            ErrorKind::Decode => format!("response {status} cannot be read at {path}: {line}"),
            ErrorKind::BrokenItem => format!("an item cannot be read at {path}: {line}"),
            ErrorKind::SeveralMatches => {
                let ids: Vec<String> = self.matching_ids().map(one_line).collect();
                format!("{message}: {}", ids.join(", "))
            }
            _ => message.to_owned(),
        }
    }

    /// Without text from the server or the user.
    fn without_foreign_text(&self) -> String {
        let (message, status) = (self.message(), self.status().unwrap_or_default());
        match self.kind() {
            ErrorKind::Api => match self.code() {
                Some(ErrorCode::Unknown(_)) | None => format!("{status}: {}", meaning(status)),
                Some(code) => format!("{status} {code}"),
            },
            ErrorKind::InvalidRequest => "invalid request".to_owned(),
            ErrorKind::CustomField => {
                "a custom field has a key or value that cannot be used".to_owned()
            }
            ErrorKind::Decode => format!("response {status} cannot be read"),
            ErrorKind::BrokenItem => {
                format!(
                    "item {} cannot be read",
                    self.item_index().unwrap_or_default()
                )
            }
            // The other messages are this crate's own.
            kind => match io_kind(self) {
                Some(io) if matches!(kind, ErrorKind::Timeout | ErrorKind::Transport) => {
                    format!("{message} ({io})")
                }
                _ => message.to_owned(),
            },
        }
    }

    /// The status, the message, and as many of the invalid fields as fit into a line.
    fn refusal(&self) -> String {
        let mut text = self.status().unwrap_or_default().to_string();
        if let Some(code) = self.code() {
            text = format!("{text} {}", one_line(code.as_str()));
        }
        text = format!("{text}: {}", one_line(self.message()));
        let mut room = LONGEST_ISSUES;
        let mut issues: Vec<String> = Vec::new();
        for issue in self.issues().iter().map(Issue::to_string) {
            // The first field is always shown: it is short enough.
            if issue.len() > room && !issues.is_empty() {
                issues.push(format!("{} more", self.issues().len() - issues.len()));
                break;
            }
            room = room.saturating_sub(issue.len());
            issues.push(issue);
        }
        if !issues.is_empty() {
            text = format!("{text} ({})", issues.join("; "));
        }
        let is_last_known = self.outcome() == Outcome::Final;
        if is_last_known && self.may_have_been_done() && !self.is_outcome_unknown() {
            let attempts = self.attempts().unwrap_or_default();
            text = format!(
                "{text} (the request was sent {attempts} times, and an earlier attempt may have been processed)"
            );
        }
        text
    }
}

/// The longest text of the invalid fields in a line, in bytes.
const LONGEST_ISSUES: usize = 300;

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.line(false))?;
        if formatter.alternate() {
            for cause in causes(self) {
                write!(formatter, ": {}", one_line(&cause.to_string()))?;
            }
        }
        Ok(())
    }
}

/// Everything but headers, body and details, which may hold secrets and personal data.
impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        fn shown<T: fmt::Debug>(value: Option<&T>) -> Option<&dyn fmt::Debug> {
            value.map(|value| value as _)
        }

        let error = &self.0.context;
        let operation = self.operation().map(Operation::id);
        let issues = Some(self.issues()).filter(|issues| !issues.is_empty());
        let ids = Some(&error.matching_ids).filter(|ids| !ids.is_empty());
        let length = self.body().map(Bytes::len);
        let mut debug = formatter.debug_struct("Error");
        debug.field("kind", &self.0.kind);
        for (name, value) in [
            ("operation", shown(operation.as_ref())),
            ("status", shown(error.status.as_ref())),
            ("code", shown(error.code.as_ref())),
            ("message", Some(&self.0.message as _)),
            ("issues", shown(issues.as_ref())),
            ("path", shown(error.path.as_ref())),
            ("matching_ids", shown(ids.as_ref())),
            ("attempts", shown(error.attempts.as_ref())),
            ("elapsed", shown(error.elapsed.as_ref())),
            ("retry_after", shown(error.retry_after.as_ref())),
            ("may_be_done", Some(&error.may_be_done as _)),
            ("body_length", shown(length.as_ref())),
            ("source", shown(error.source.as_ref())),
        ] {
            if let Some(value) = value {
                debug.field(name, value);
            }
        }
        debug.finish_non_exhaustive()
    }
}

/// The operating system's name for the failure, which holds no text from the server.
fn io_kind(error: &Error) -> Option<io::ErrorKind> {
    causes(error)
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .map(io::Error::kind)
        // Kinds without a meaning for the reader; one of them has no stable name.
        .find(|kind| !["other error", "uncategorized error"].contains(&kind.to_string().as_str()))
}
