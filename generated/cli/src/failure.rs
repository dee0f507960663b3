//! The failure of a command: its message, its JSON and its exit code.

use std::{
    env,
    fmt::Display,
    io::{self, Write as _},
    path::Path,
    process::{self, ExitCode},
    sync::Mutex,
};

use clap::ValueEnum;
use heffl::{Error, ErrorKind};
use serde::Serialize;
use serde_json::{Value, json};

/// Held while the process ends.
static ENDED: Mutex<()> = Mutex::new(());

/// The kind of a failure. The number is the exit code.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Any other failure.
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
    /// The user pressed Ctrl-C.
    Interrupted = 130,
}

/// How an error is shown.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ErrorForm {
    /// For people
    Text,
    /// One JSON object
    Json,
}

impl ErrorForm {
    /// The form that the arguments select, even if the other arguments are not valid.
    pub(crate) fn of_arguments() -> Self {
        let arguments: Vec<_> = env::args_os().collect();
        let mut pairs = arguments.windows(2);
        let is_json = pairs.any(|pair| pair == ["--errors", "json"])
            || arguments.iter().any(|argument| argument == "--errors=json");
        if is_json { Self::Json } else { Self::Text }
    }
}

/// The failure of a command.
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

    /// Any other failure.
    pub(crate) fn other(problem: impl Display) -> Self {
        Self::new(Kind::Other, problem.to_string())
    }

    /// The command line or a file is not valid.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// A file or folder cannot be used.
    pub(crate) fn file(path: &Path, error: &io::Error) -> Self {
        Self::new(Kind::Other, format!("{}: {error}", path.display()))
    }

    /// The location of the cause in a file.
    pub(crate) fn at(mut self, place: &str) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// Adds advice for the user.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Reports the failure and ends the process with its exit code.
    pub(crate) fn end(&self, form: ErrorForm) -> ! {
        // Never released: the first failure ends the process, and a second one is not reported.
        let _ended = ENDED.lock();
        self.report(form);
        process::exit(self.kind as i32)
    }

    /// Writes the failure to standard error.
    fn report(&self, form: ErrorForm) {
        let text = match (form, &self.hint) {
            (ErrorForm::Json, _) => self.json().to_string(),
            (ErrorForm::Text, Some(hint)) => format!("error: {}\n\nhelp: {hint}", self.message),
            (ErrorForm::Text, None) => format!("error: {}", self.message),
        };
        // If standard error is closed, nobody can read it.
        let _ = writeln!(io::stderr(), "{text}");
    }

    /// The failure in the form of `schemas/error.json`.
    fn json(&self) -> Value {
        let error = self.error.as_ref();
        let issues = error.map_or(&[][..], Error::issues).iter();
        let issues =
            issues.map(|issue| json!({"field": issue.field(), "message": issue.message()}));
        json!({"error": {
            "kind": self.kind,
            "message": self.message,
            "hint": self.hint,
            "status": error.and_then(Error::status),
            "code": error.and_then(Error::code).map(ToString::to_string),
            "operation": error.and_then(Error::operation).map(heffl::Operation::id),
            "issues": issues.collect::<Vec<_>>(),
            "retry": error.is_some_and(Error::is_retryable),
        }})
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            kind: kind(&error),
            // Includes the cause.
            message: format!("{error:#}"),
            hint: hint(&error).map(ToOwned::to_owned),
            error: Some(error),
        }
    }
}

/// Advice for the user about an error of the client.
fn hint(error: &Error) -> Option<&'static str> {
    match (kind(error), error.status()) {
        (Kind::OutcomeUnknown, _) => Some("search for the record before you create it again"),
        (_, Some(401)) => Some("`heffl auth status` shows where the API key comes from"),
        (_, Some(403)) => Some("the server knows the API key, but its user may not do this"),
        _ if error.is_connect() => {
            Some("nothing was sent; check the network, and HEFFL_BASE_URL if it is set")
        }
        (Kind::Quota, _) if error.is_timeout() => Some("a longer --deadline may help"),
        (Kind::Quota, _) => Some(
            "`heffl quota` shows when requests are possible again; a longer --deadline waits for that",
        ),
        _ => None,
    }
}

/// Ends the process when the user presses Ctrl-C.
pub(crate) async fn exit_on_interruption(form: ErrorForm) {
    if tokio::signal::ctrl_c().await.is_ok() {
        Failure::new(Kind::Interrupted, "interrupted")
            .hint("a request that was under way may have been carried out")
            .end(form);
    }
}

/// Reports an invalid command line. A request for help or the version is not a failure.
pub(crate) fn report_command_line(error: &clap::Error) -> ExitCode {
    if matches!(ErrorForm::of_arguments(), ErrorForm::Json) && error.use_stderr() {
        of_command_line(error).report(ErrorForm::Json);
    } else {
        // If the stream is closed, nobody can read it.
        let _ = error.print();
    }
    error
        .exit_code()
        .try_into()
        .map_or(ExitCode::FAILURE, u8::into)
}

fn of_command_line(error: &clap::Error) -> Failure {
    if error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Failure::usage("a command is missing").hint("--help lists the commands");
    }
    let text = error.render().to_string();
    let mut paragraphs = text.split("\n\n").map(str::trim);
    let message = paragraphs.next().unwrap_or_default();
    let failure = Failure::usage(message.trim_start_matches("error: "));
    match paragraphs.find_map(|paragraph| paragraph.strip_prefix("tip: ")) {
        Some(tip) => failure.hint(tip),
        None => failure,
    }
}

/// The result of writing to standard output. A closed pipe, as in `heffl … | head`, is not a failure.
pub(crate) fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::new(
            Kind::Other,
            format!("standard output cannot be written: {error}"),
        )),
        _ => Ok(()),
    }
}

/// The kind of an error of the client. The order matters: an unknown outcome takes precedence over its cause.
fn kind(error: &Error) -> Kind {
    match error.kind() {
        _ if error.is_outcome_unknown() => Kind::OutcomeUnknown,
        _ if error.is_not_found() => Kind::NotFound,
        _ if error.is_unauthorized() || error.is_forbidden() => Kind::Key,
        _ if error.is_rate_limited() => Kind::Quota,
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
