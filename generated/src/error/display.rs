//! How errors are printed: for people, and for logs.

use std::{
    fmt::{self, Formatter},
    io,
};

use bytes::Bytes;

use super::{Error, ErrorCode, ErrorKind, api::meaning, causes, text::one_line};
use crate::{
    Operation,
    retry::{self, Outcome},
};

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
        use ErrorKind as Kind;

        let (error, kind) = (&*self.0, self.kind());
        match kind {
            Kind::Config => formatter.write_str("invalid settings: ")?,
            Kind::InvalidRequest if !redacted => formatter.write_str("invalid request: ")?,
            _ => {}
        }
        // Settings are the same for all operations.
        if let Some(operation) = error.operation.as_ref().filter(|_| kind != Kind::Config) {
            write!(formatter, "{}: ", operation.id())?;
        }
        let status = error.status.unwrap_or_default();
        let path = one_line(error.path.as_deref().unwrap_or_default());
        let message = &error.message;
        match kind {
            Kind::Api => self.write_refusal(formatter, redacted)?,
            Kind::InvalidRequest if redacted => formatter.write_str("invalid request")?,
            Kind::CustomField if redacted => {
                formatter.write_str("a custom field has a key or value that cannot be used")?;
            }
            Kind::CustomField => write!(formatter, "custom field {path:?}: {}", one_line(message))?,
            Kind::Decode => write!(formatter, "response {status} cannot be read")?,
            Kind::BrokenItem if redacted => {
                let index = error.item_index.unwrap_or_default();
                write!(formatter, "item {index} cannot be read")?;
            }
            Kind::BrokenItem => formatter.write_str("an item cannot be read")?,
            _ => formatter.write_str(message)?,
        }
        match kind {
            Kind::Decode | Kind::BrokenItem if !redacted => {
                write!(formatter, " at {path}: {}", one_line(message))?;
            }
            Kind::SeveralMatches if !redacted => {
                for (index, id) in self.matching_ids().enumerate() {
                    let separator = if index == 0 { ": " } else { ", " };
                    write!(formatter, "{separator}{}", one_line(id))?;
                }
            }
            Kind::Timeout | Kind::Transport if redacted => {
                if let Some(kind) = io_kind(self) {
                    write!(formatter, " ({kind})")?;
                }
            }
            _ => {}
        }
        if self.is_outcome_unknown() {
            formatter.write_str(" (outcome unknown: it may have been done)")?;
        }
        Ok(())
    }

    /// The status, the message, and as many of the fields at fault as fit into a line.
    fn write_refusal(&self, formatter: &mut Formatter<'_>, redacted: bool) -> fmt::Result {
        let error = &*self.0;
        let status = error.status.unwrap_or_default();
        write!(formatter, "{status}")?;
        match &error.code {
            Some(ErrorCode::Unknown(_)) | None if redacted => {
                return write!(formatter, ": {}", meaning(status));
            }
            Some(code) => write!(formatter, " {}", one_line(code.as_str()))?,
            None => {}
        }
        if redacted {
            return Ok(());
        }
        write!(formatter, ": {}", one_line(&error.message))?;
        self.write_issues(formatter)?;
        let operation = error.operation.as_ref();
        let is_repeated = error.may_be_done && error.outcome == Outcome::Final;
        if is_repeated && !operation.is_none_or(|it| retry::reads(it) || retry::creates(it)) {
            let attempts = error.attempts.unwrap_or_default();
            write!(
                formatter,
                " (the request was sent {attempts} times, and an earlier attempt may have been processed)"
            )?;
        }
        Ok(())
    }

    fn write_issues(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let issues = self.issues();
        if issues.is_empty() {
            return Ok(());
        }
        formatter.write_str(" (")?;
        let mut room = LONGEST_ISSUES;
        for (index, issue) in issues.iter().enumerate() {
            let text = issue.to_string();
            let separator = if index > 0 { "; " } else { "" };
            let rest = issues.len() - index;
            match room.checked_sub(text.len()) {
                Some(left) => room = left,
                // The first is always shown: it is short enough for any line.
                None if index == 0 => room = 0,
                None => {
                    write!(formatter, "{separator}{rest} more")?;
                    break;
                }
            }
            write!(formatter, "{separator}{text}")?;
        }
        formatter.write_str(")")
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

/// Everything but headers, body and details, which may hold anything.
impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let error = &*self.0;
        formatter
            .debug_struct("Error")
            .field("kind", &error.kind)
            .field("operation", &self.operation().map(Operation::id))
            .field("status", &error.status)
            .field("code", &error.code)
            .field("message", &error.message)
            .field("issues", &error.issues)
            .field("path", &error.path)
            .field("matching_ids", &error.matching_ids)
            .field("attempts", &error.attempts)
            .field("elapsed", &error.elapsed)
            .field("retry_after", &error.retry_after)
            .field("may_be_done", &error.may_be_done)
            .field("body_length", &self.body().map(Bytes::len))
            .field("source", &error.source)
            .finish_non_exhaustive()
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
