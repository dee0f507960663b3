//! `diff`: documents compared in meaning.

use std::{io::ErrorKind, path::Path, process::Command};

use heffl_spec::{
    Finding,
    diff::{AcceptList, Compared, Comparison, Document, Severity, Today},
    input,
    report::Report,
};

use super::DOCUMENTS;
use crate::streams::Streams;

/// The list that holds for the documents of this workspace.
const ACCEPTED: &str = "spec/accepted-changes.yaml";

/// What to compare.
#[derive(Debug)]
pub(crate) enum Pair<'a> {
    /// Two files, or two git revisions of the documents of the workspace.
    Two { old: &'a Path, new: &'a Path },
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
    let revisions = match pair {
        Pair::Base(base) => Some((*base, None)),
        Pair::Two { old, new } => revisions(old, new).map(|(old, new)| (old, Some(new))),
    };
    let compared = match (&revisions, pair) {
        (None, Pair::Two { old, new }) => documents(old, new).map(|pair| vec![pair]),
        (Some((old, new)), _) => at_revisions(root, old, *new),
        (None, Pair::Base(_)) => Ok(Vec::new()),
    }
    .and_then(|pairs| compare(&pairs));
    let list = match accept {
        Some(file) => accept_list(file, &file.display().to_string()),
        None if revisions.is_some() && root.join(ACCEPTED).exists() => {
            accept_list(&root.join(ACCEPTED), ACCEPTED)
        }
        None => Ok(AcceptList::default()),
    };
    match (compared, list) {
        (Ok(documents), Ok(list)) => {
            let mut comparison = Comparison {
                documents,
                fail_on: Some(fail_on),
            };
            match today() {
                Ok(today) => report.violations(list.apply(&mut comparison, &today)),
                Err(finding) => report.invalid([finding]),
            }
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

/// The day and the version of this workspace.
fn today() -> Result<Today, Finding> {
    let version = env!("CARGO_PKG_VERSION");
    let version = version.parse().map_err(|error| {
        Finding::new("no-version", format!("`{version}` is no version: {error}"))
            .file("Cargo.toml")
            .help("write it as '1.2.0'")
    })?;
    let date = jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    Ok(Today { date, version })
}

/// Two names that are no files: those of revisions.
fn revisions<'a>(old: &'a Path, new: &'a Path) -> Option<(&'a str, &'a str)> {
    let revision = |path: &'a Path| path.to_str().filter(|_| !path.exists());
    revision(old).zip(revision(new))
}

/// The documents of the workspace, each after its state at the revision `old`; as they are in the tree
/// where no new revision is named.
fn at_revisions(
    root: &Path,
    old: &str,
    new: Option<&str>,
) -> Result<Vec<(Document, Document)>, Vec<Finding>> {
    let commits = both(
        commit(root, old),
        new.map(|new| commit(root, new)).transpose(),
    )?;
    let shown = |commit: &str, revision: &str, file: &str| {
        let text = git(root, &["show", &format!("{commit}:./{file}")]).map_err(|error| {
            Finding::new(
                "not-in-revision",
                format!("`{revision}` has no such file: {error}"),
            )
            .file(file)
            .help("name a revision that has it, or two files instead")
        });
        text.map(|text| Document {
            name: format!("{file} at {revision}"),
            text,
        })
    };
    let mut pairs = Vec::new();
    let mut findings = Vec::new();
    for (_, file) in DOCUMENTS {
        let before = shown(&commits.0, old, file);
        let after = match (&commits.1, new) {
            (Some(commit), Some(revision)) => shown(commit, revision, file),
            _ => input::read(&root.join(file), file).map(|text| Document {
                name: file.to_owned(),
                text,
            }),
        };
        match both(before, after) {
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
        .help("name a branch, tag or commit of this repository, or two files that exist instead")
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

fn both<T, U>(old: Result<T, Finding>, new: Result<U, Finding>) -> Result<(T, U), Vec<Finding>> {
    match (old, new) {
        (Ok(old), Ok(new)) => Ok((old, new)),
        (old, new) => Err(old.err().into_iter().chain(new.err()).collect()),
    }
}
