//! How errors are printed: for people, and for logs.

use std::{
    fmt::{self, Formatter},
    io,
};

use bytes::Bytes;

use super::{Error, ErrorCode, ErrorKind, Issue, api::meaning, causes};
use crate::{operation::Operation, retry::Outcome, text::one_line};

impl Error {
    /// The error without any text of the server's or of the caller's: for logs that must not hold personal
    /// data. Spans and events of this crate use this form.
    ///
    /// It prints the operation, the status, the documented code and what kind of failure it is. It leaves out
    /// what the server said, names and values of fields, identifiers, and what hooks gave as their reason.
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
                self.0.write(formatter, true)
            }
        }

        impl fmt::Debug for Redacted<'_> {
            fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
                self.0.write(formatter, true)
            }
        }

        Redacted(self)
    }

    fn write(&self, formatter: &mut Formatter<'_>, redacted: bool) -> fmt::Result {
        match self.kind() {
            ErrorKind::Config => formatter.write_str("invalid settings: ")?,
            ErrorKind::InvalidRequest if !redacted => formatter.write_str("invalid request: ")?,
            _ => {}
        }
        // Settings are the same for all operations.
        let operation = self
            .operation()
            .filter(|_| self.kind() != ErrorKind::Config);
        if let Some(operation) = operation {
            write!(formatter, "{}: ", operation.id())?;
        }
        if redacted {
            self.write_redacted(formatter)?;
        } else {
            self.write_whole(formatter)?;
        }
        if self.is_outcome_unknown() {
            formatter.write_str(" (outcome unknown: it may have been done)")?;
        }
        Ok(())
    }

    fn write_whole(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let message = self.message();
        let line = one_line(message);
        let path = one_line(self.path().unwrap_or_default());
        let status = self.status().unwrap_or_default();
        match self.kind() {
            ErrorKind::Api => self.write_refusal(formatter),
            ErrorKind::CustomField => write!(formatter, "custom field {path:?}: {line}"),
            ErrorKind::Decode => {
                write!(
                    formatter,
                    "response {status} cannot be read at {path}: {line}"
                )
            }
            ErrorKind::BrokenItem => {
                write!(formatter, "an item cannot be read at {path}: {line}")
            }
            ErrorKind::SeveralMatches => {
                let ids: Vec<String> = self.matching_ids().map(one_line).collect();
                write!(formatter, "{message}: {}", ids.join(", "))
            }
            _ => formatter.write_str(message),
        }
    }

    fn write_redacted(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let message = self.message();
        let status = self.status().unwrap_or_default();
        match self.kind() {
            ErrorKind::Api => match self.code() {
                Some(ErrorCode::Unknown(_)) | None => {
                    write!(formatter, "{status}: {}", meaning(status))
                }
                Some(code) => write!(formatter, "{status} {code}"),
            },
            ErrorKind::InvalidRequest => formatter.write_str("invalid request"),
            ErrorKind::CustomField => {
                formatter.write_str("a custom field has a key or value that cannot be used")
            }
            ErrorKind::Decode => write!(formatter, "response {status} cannot be read"),
            ErrorKind::BrokenItem => {
                let index = self.item_index().unwrap_or_default();
                write!(formatter, "item {index} cannot be read")
            }
            // The other messages are this crate's own.
            kind => {
                formatter.write_str(message)?;
                let is_network = matches!(kind, ErrorKind::Timeout | ErrorKind::Transport);
                match io_kind(self).filter(|_| is_network) {
                    Some(kind) => write!(formatter, " ({kind})"),
                    None => Ok(()),
                }
            }
        }
    }

    /// The status, the message, and as many of the fields at fault as fit into a line.
    fn write_refusal(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.status().unwrap_or_default())?;
        if let Some(code) = self.code() {
            write!(formatter, " {}", one_line(code.as_str()))?;
        }
        write!(formatter, ": {}", one_line(self.message()))?;
        let mut room = LONGEST_ISSUES;
        let mut issues: Vec<String> = Vec::new();
        for issue in self.issues().iter().map(Issue::to_string) {
            // The first is always shown: it is short enough for any line.
            if issue.len() > room && !issues.is_empty() {
                issues.push(format!("{} more", self.issues().len() - issues.len()));
                break;
            }
            room = room.saturating_sub(issue.len());
            issues.push(issue);
        }
        if !issues.is_empty() {
            write!(formatter, " ({})", issues.join("; "))?;
        }
        let is_last_known = self.0.context.outcome == Outcome::Final;
        if is_last_known && self.may_have_been_done() && !self.is_outcome_unknown() {
            let attempts = self.attempts().unwrap_or_default();
            write!(
                formatter,
                " (the request was sent {attempts} times, and an earlier attempt may have been processed)"
            )?;
        }
        Ok(())
    }
}

/// How much of a line the fields at fault may take, in bytes.
const LONGEST_ISSUES: usize = 300;

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.write(formatter, false)?;
        if formatter.alternate() {
            for cause in causes(self) {
                write!(formatter, ": {}", one_line(&cause.to_string()))?;
            }
        }
        Ok(())
    }
}

/// What there is, but for headers, body and details, which may hold anything.
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

/// The operating system's name for the failure, which holds no text of the server.
fn io_kind(error: &Error) -> Option<io::ErrorKind> {
    causes(error)
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .map(io::Error::kind)
        // The kinds that say nothing; one of them has no stable name.
        .find(|kind| !["other error", "uncategorized error"].contains(&kind.to_string().as_str()))
}
