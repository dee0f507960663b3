//! `diff`: documents compared in meaning.

use std::{io::ErrorKind, path::Path, process::Command};

use heffl_spec::{
    Finding,
    diff::{AcceptList, Compared, Comparison, Document, Today},
    input,
    report::Report,
};

use crate::{
    cli::DiffArguments,
    failed::{Failed, Result},
    task::{DOCUMENTS, Outcome, Task},
};

/// The list of accepted changes for the documents of this workspace.
const ACCEPTED: &str = "spec/accepted-changes.yaml";

/// A document, or why it cannot be read.
type Read = std::result::Result<Document, Finding>;

/// `diff`
pub(crate) fn run(task: &mut Task<'_, '_>, arguments: &DiffArguments) -> Result<Outcome> {
    task.streams.progress("comparing documents");
    let revisions = revisions(arguments);
    let (mut documents, mut findings) = (Vec::new(), Vec::new());
    // Every pair is compared before anything is reported.
    for pair in pairs(&task.root, arguments, revisions.as_ref()) {
        match pair {
            [Ok(old), Ok(new)] => match Compared::between(&old, &new) {
                Ok(compared) => documents.push(compared),
                Err(more) => findings.extend(more),
            },
            pair => {
                for finding in pair.into_iter().filter_map(Read::err) {
                    // A missing revision is reported once, and not for each document.
                    if !findings.contains(&finding) {
                        findings.push(finding);
                    }
                }
            }
        }
    }
    let of_workspace = task.root.join(ACCEPTED);
    let list = match &arguments.accept {
        Some(file) => accept_list(file, &file.display().to_string()),
        None if revisions.is_some() && of_workspace.exists() => {
            accept_list(&of_workspace, ACCEPTED)
        }
        None => Ok(AcceptList::default()),
    };
    let list = list.unwrap_or_else(|failed| {
        findings.extend(failed.0);
        AcceptList::default()
    });
    if !findings.is_empty() {
        return Err(Failed(findings));
    }
    let mut comparison = Comparison {
        documents,
        fail_on: Some(arguments.fail_on),
    };
    let mut report = Report::default();
    report.violations(list.apply(&mut comparison, &today()?));
    report.meaning(comparison);
    Ok(Outcome::Report(report))
}

/// An older revision, and the newer one; `None` is the working tree.
type Revisions = (String, Option<String>);

fn revisions(arguments: &DiffArguments) -> Option<Revisions> {
    if let Some(base) = &arguments.base {
        return Some((base.clone(), None));
    }
    // Two names that are not files are revisions.
    let [old, new] = [&arguments.old, &arguments.new].map(|path| {
        let path = path.as_ref().filter(|path| !path.exists());
        path.and_then(|path| path.to_str()).map(str::to_owned)
    });
    Some((old?, Some(new?)))
}

/// The documents to compare, older ones first.
fn pairs(root: &Path, arguments: &DiffArguments, revisions: Option<&Revisions>) -> Vec<[Read; 2]> {
    let Some((old, new)) = revisions else {
        let files = [&arguments.old, &arguments.new].map(|path| {
            let path = path.as_deref().unwrap_or(Path::new(""));
            read(path, &path.display().to_string())
        });
        return vec![files];
    };
    let pair = |(_, file): (_, &str)| {
        let new = match new {
            Some(new) => at_revision(root, new, file),
            None => read(&root.join(file), file),
        };
        [at_revision(root, old, file), new]
    };
    DOCUMENTS.map(pair).into()
}

fn read(path: &Path, name: &str) -> Read {
    let text = input::read(path, name)?;
    let name = name.to_owned();
    Ok(Document { name, text })
}

/// A document of the workspace as it was at a revision.
fn at_revision(root: &Path, revision: &str, file: &str) -> Read {
    let commit = format!("{revision}^{{commit}}");
    let commit = git(
        root,
        &["rev-parse", "--verify", "--end-of-options", &commit],
    );
    let commit = commit.map_err(|error| {
        let message = format!("git does not find the revision `{revision}`: {error}");
        Finding::new("no-such-revision", message).help(
            "name a branch, tag or commit of this repository, or two files that exist instead",
        )
    })?;
    // The name of a commit is safe on a command line, whatever the revision was.
    let text = git(root, &["show", &format!("{}:./{file}", commit.trim())]);
    let text = text.map_err(|error| {
        Finding::new(
            "not-in-revision",
            format!("`{revision}` has no such file: {error}"),
        )
        .file(file)
        .help("name a revision that has it, or two files instead")
    })?;
    let name = format!("{file} at {revision}");
    Ok(Document { name, text })
}

/// The output of git, or its error.
fn git(root: &Path, arguments: &[&str]) -> std::result::Result<String, String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(arguments)
        .output();
    let output = output.map_err(|error| match error.kind() {
        ErrorKind::NotFound => "git is not installed".to_owned(),
        _ => format!("git cannot be run: {error}"),
    })?;
    if output.status.success() {
        return String::from_utf8(output.stdout).map_err(|_| "it is not UTF-8".to_owned());
    }
    let message = String::from_utf8_lossy(&output.stderr);
    Err(message.trim().replace('\n', " "))
}

/// The day and the version of this workspace.
fn today() -> Result<Today> {
    let version = env!("CARGO_PKG_VERSION").parse().map_err(|error| {
        Finding::new("no-version", format!("not a version: {error}"))
            .file("Cargo.toml")
            .help("write it as '1.2.0'")
    })?;
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    let date = now.date();
    Ok(Today { date, version })
}

fn accept_list(path: &Path, name: &str) -> Result<AcceptList> {
    Ok(AcceptList::parse(&input::read(path, name)?, name)?)
}
