//! `diff`: documents compared in meaning.

use std::{io::ErrorKind, path::Path, process::Command};

use heffl_spec::{
    Finding,
    diff::{AcceptList, Compared, Comparison, Document, Severity, Today},
    input,
    report::Report,
};

use super::DOCUMENTS;
use crate::Streams;

/// The list that holds for the documents of this workspace.
const ACCEPTED: &str = "spec/accepted-changes.yaml";

/// What to compare.
#[derive(Debug)]
pub(crate) enum Pair<'a> {
    /// Two files.
    Files { old: &'a Path, new: &'a Path },
    /// The documents of the workspace with those of a revision.
    Base(&'a str),
}

/// `diff`
pub(crate) fn diff(
    root: &Path,
    pair: &Pair<'_>,
    fail_on: Severity,
    accept: Option<&Path>,
    streams: &mut Streams<'_>,
) -> Report {
    let mut report = Report::default();
    streams.progress("comparing documents");
    let compared = match pair {
        Pair::Files { old, new } => documents(old, new).map(|pair| vec![pair]),
        Pair::Base(revision) => at_base(root, revision),
    }
    .and_then(|pairs| compare(&pairs));
    let list = match (accept, pair) {
        (Some(file), _) => accept_list(file, &file.display().to_string()),
        (None, Pair::Base(_)) if root.join(ACCEPTED).exists() => {
            accept_list(&root.join(ACCEPTED), ACCEPTED)
        }
        (None, _) => Ok(AcceptList::default()),
    };
    match (compared, list) {
        (Ok(documents), Ok(list)) => {
            let mut comparison = Comparison {
                documents,
                fail_on: Some(fail_on),
            };
            let now = jiff::Timestamp::now().to_string();
            let today = Today {
                date: now.get(..10).unwrap_or(&now),
                version: env!("CARGO_PKG_VERSION"),
            };
            report.violations(list.apply(&mut comparison, today));
            report.meaning(comparison);
        }
        (compared, list) => {
            report.invalid(compared.err().into_iter().chain(list.err()).flatten());
        }
    }
    report
}

/// Compares every pair, old document first, before anything is reported.
fn compare(pairs: &[(Document, Document)]) -> Result<Vec<Compared>, Vec<Finding>> {
    let mut compared = Vec::new();
    let mut findings = Vec::new();
    for (old, new) in pairs {
        match Compared::between(old, new) {
            Ok(pair) => compared.push(pair),
            Err(more) => findings.extend(more),
        }
    }
    if findings.is_empty() {
        Ok(compared)
    } else {
        Err(findings)
    }
}

fn documents(old: &Path, new: &Path) -> Result<(Document, Document), Vec<Finding>> {
    let document = |path: &Path| {
        let name = path.display().to_string();
        input::read(path, &name).map(|text| Document { name, text })
    };
    both(document(old), document(new))
}

/// The documents of the workspace, each after its state at `revision`.
fn at_base(root: &Path, revision: &str) -> Result<Vec<(Document, Document)>, Vec<Finding>> {
    let commit = commit(root, revision).map_err(|finding| vec![finding])?;
    let mut pairs = Vec::new();
    let mut findings = Vec::new();
    for (_, file) in DOCUMENTS {
        let old = git(root, &["show", &format!("{commit}:./{file}")]).map_err(|error| {
            Finding::new(
                "not-in-revision",
                format!("`{revision}` has no such file: {error}"),
            )
            .file(file)
            .help("name a revision that has it, or two files instead")
        });
        let old = old.map(|text| Document {
            name: format!("{file} at {revision}"),
            text,
        });
        let new = input::read(&root.join(file), file).map(|text| Document {
            name: file.to_owned(),
            text,
        });
        match both(old, new) {
            Ok(pair) => pairs.push(pair),
            Err(more) => findings.extend(more),
        }
    }
    if findings.is_empty() {
        Ok(pairs)
    } else {
        Err(findings)
    }
}

/// The commit that `revision` means. Its name is safe on a command line, whatever the revision was.
fn commit(root: &Path, revision: &str) -> Result<String, Finding> {
    let wanted = format!("{revision}^{{commit}}");
    git(
        root,
        &["rev-parse", "--verify", "--end-of-options", &wanted],
    )
    .map(|commit| commit.trim().to_owned())
    .map_err(|error| {
        Finding::new(
            "no-such-revision",
            format!("git does not find the revision `{revision}`: {error}"),
        )
        .help("name a branch, tag or commit of this repository, or two files instead")
    })
}

/// What git prints, or why it does not.
fn git(root: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(arguments)
        .output()
        .map_err(|error| match error.kind() {
            ErrorKind::NotFound => "git is not installed".to_owned(),
            _ => format!("git cannot be run: {error}"),
        })?;
    if output.status.success() {
        String::from_utf8(output.stdout).map_err(|_| "it is not UTF-8".to_owned())
    } else {
        let message = String::from_utf8_lossy(&output.stderr);
        Err(message.trim().replace('\n', " "))
    }
}

fn accept_list(path: &Path, name: &str) -> Result<AcceptList, Vec<Finding>> {
    let text = input::read(path, name).map_err(|finding| vec![finding])?;
    AcceptList::parse(&text, name)
}

fn both<T>(old: Result<T, Finding>, new: Result<T, Finding>) -> Result<(T, T), Vec<Finding>> {
    match (old, new) {
        (Ok(old), Ok(new)) => Ok((old, new)),
        (old, new) => Err(old.err().into_iter().chain(new.err()).collect()),
    }
}
