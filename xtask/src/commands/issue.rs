//! Keeps one issue open while the documentation has drifted, with the `gh` program.

use std::{
    io::{ErrorKind, Write as _},
    path::Path,
    process::{Command, Stdio},
    thread,
};

use heffl_spec::Finding;
use serde_json::Value;

use crate::{cli::IssueArguments, streams::Streams};

/// The label of the issue.
const LABEL: &str = "docs-drift";

const TITLE: &str = "The documentation has changed";

const CLOSING: &str = "The documentation and its fragments agree again.";

#[rustfmt::skip]
const LIST: [&str; 10] = [
    "issue", "list", "--label", LABEL, "--state", "open", "--limit", "1", "--json", "number",
];

#[rustfmt::skip]
const LABELLED: [&str; 8] = [
    "label", "create", LABEL, "--force", "--description", TITLE, "--color", "D4C5F9",
];

#[rustfmt::skip]
const CREATE: [&str; 8] = [
    "issue", "create", "--title", TITLE, "--label", LABEL, "--body-file", "-",
];

/// Opens the issue if there is drift, updates the one that is open, and closes it when the drift is gone.
pub(super) fn keep(
    arguments: &IssueArguments,
    is_drift: bool,
    report: &str,
    streams: &mut Streams<'_>,
) -> Result<(), Finding> {
    let gh = |call: &[&str], input| gh(&arguments.gh, call, input);
    let open = open_issue(&gh(&LIST, "")?)?;
    let number = open.as_deref().unwrap_or_default();
    let calls: &[&[&str]] = match (is_drift, &open) {
        (true, None) => &[&LABELLED, &CREATE],
        (true, Some(_)) => &[&["issue", "edit", number, "--body-file", "-"]],
        (false, Some(_)) => &[&["issue", "close", number, "--comment", CLOSING]],
        (false, None) => &[],
    };
    if calls.is_empty() {
        streams.note("issue: no drift and no open issue");
    }
    for call in calls {
        let text = call.join(" ");
        if arguments.dry_run {
            streams.note(&format!("issue: would run gh {text}"));
        } else {
            streams.note(&format!("issue: gh {text}"));
            let is_read = call.last() == Some(&"-");
            gh(call, if is_read { report } else { "" })?;
        }
    }
    Ok(())
}

/// The number of the open issue, from a list of issues as JSON.
fn open_issue(list: &str) -> Result<Option<String>, Finding> {
    let issues: Vec<Value> = serde_json::from_str(list)
        .map_err(|error| failed(&format!("its list of issues is not JSON: {error}")))?;
    match issues.first().map(|issue| issue.get("number")) {
        None => Ok(None),
        Some(Some(Value::Number(number))) => Ok(Some(number.to_string())),
        Some(_) => Err(failed("an issue of its list has no number")),
    }
}

/// Runs the program, and returns its output. `gh` takes the repository from the folder, and the credentials from
/// the environment.
fn gh(program: &Path, arguments: &[&str], input: &str) -> Result<String, Finding> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let output = command.spawn().and_then(|mut child| {
        let stdin = child.stdin.take();
        thread::scope(|scope| {
            // The program may print before it has read its input, or never read it.
            scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input.as_bytes())));
            child.wait_with_output()
        })
    });
    let output = output.map_err(|error| match error.kind() {
        ErrorKind::NotFound => failed("it is not installed"),
        _ => failed(&format!("it cannot be run: {error}")),
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let message = String::from_utf8_lossy(&output.stderr)
        .trim()
        .replace('\n', " ");
    let what: Vec<&str> = arguments.iter().take(2).copied().collect();
    Err(failed(&format!("`{}`: {message}", what.join(" "))))
}

fn failed(why: &str) -> Finding {
    Finding::new("issue-not-kept", format!("gh fails: {why}"))
        .help("run it where `gh auth status` succeeds, or without `--issue`")
}
