//! The one issue that is open while the documentation has drifted, kept with the `gh` program.

use std::{
    io::{ErrorKind, Write as _},
    path::Path,
    process::{Command, Stdio},
    thread,
};

use heffl_spec::Finding;
use serde_json::Value;

use crate::{cli::IssueArguments, streams::Streams};

/// What the issue is found by.
const LABEL: &str = "docs-drift";

const TITLE: &str = "The documentation has changed";

const CLOSING: &str = "The documentation and its fragments agree again.";

/// Opens the issue if there is drift, updates the one that is open, and closes it when the drift is gone.
pub(super) fn keep(
    arguments: &IssueArguments,
    is_drift: bool,
    report: &str,
    streams: &mut Streams<'_>,
) -> Result<(), Finding> {
    let gh = Gh(&arguments.gh);
    let open = gh.open_issue()?;
    let number = open.as_deref().unwrap_or_default();
    let edit = ["issue", "edit", number, "--body-file", "-"];
    let close = ["issue", "close", number, "--comment", CLOSING];
    #[rustfmt::skip]
    let label = [
        "label", "create", LABEL, "--force", "--description", TITLE, "--color", "D4C5F9",
    ];
    #[rustfmt::skip]
    let create = [
        "issue", "create", "--title", TITLE, "--label", LABEL, "--body-file", "-",
    ];
    let calls: &[&[&str]] = match (is_drift, &open) {
        (true, None) => &[&label, &create],
        (true, Some(_)) => &[&edit],
        (false, Some(_)) => &[&close],
        (false, None) => &[],
    };
    if calls.is_empty() {
        streams.note("issue: none is open, and none is needed");
    }
    for call in calls {
        if arguments.dry_run {
            streams.note(&format!("issue: would run gh {}", call.join(" ")));
        } else {
            streams.note(&format!("issue: gh {}", call.join(" ")));
            let is_read = call.last() == Some(&"-");
            gh.run(call, if is_read { report } else { "" })?;
        }
    }
    Ok(())
}

/// The program, which knows the repository and its key from the folder and the environment.
struct Gh<'a>(&'a Path);

impl Gh<'_> {
    /// The number of the open issue.
    fn open_issue(&self) -> Result<Option<String>, Finding> {
        #[rustfmt::skip]
        let list = [
            "issue", "list", "--label", LABEL, "--state", "open", "--limit", "1", "--json", "number",
        ];
        let answer = self.run(&list, "")?;
        let issues: Vec<Value> = serde_json::from_str(&answer)
            .map_err(|error| failed(&format!("its list of issues is no JSON: {error}")))?;
        match issues.first().map(|issue| issue.get("number")) {
            None => Ok(None),
            Some(Some(Value::Number(number))) => Ok(Some(number.to_string())),
            Some(_) => Err(failed("an issue of its list has no number")),
        }
    }

    /// What it prints.
    fn run(&self, arguments: &[&str], input: &str) -> Result<String, Finding> {
        let mut child = Command::new(self.0)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| match error.kind() {
                ErrorKind::NotFound => failed("it is not installed"),
                _ => failed(&format!("it cannot be run: {error}")),
            })?;
        let stdin = child.stdin.take();
        let output = thread::scope(|scope| {
            // It may print before it has read everything, or read nothing at all.
            scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input.as_bytes())));
            child.wait_with_output()
        })
        .map_err(|error| failed(&format!("it cannot be run: {error}")))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            let said = String::from_utf8_lossy(&output.stderr);
            let what = arguments.iter().take(2).copied().collect::<Vec<_>>();
            Err(failed(&format!(
                "`{}`: {}",
                what.join(" "),
                said.trim().replace('\n', " ")
            )))
        }
    }
}

fn failed(why: &str) -> Finding {
    Finding::new("issue-not-kept", format!("gh fails: {why}"))
        .help("run it where `gh auth status` is well, or leave `--issue` out and read the report")
}
