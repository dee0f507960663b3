//! `docs pull`: a folder of saved pages to records, ready to be written.
//!
//! Nothing is written here: the caller gets paths and texts, so that writing and comparing share one
//! code.

mod existing;
mod source;

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use crate::Finding;
use crate::page;
use crate::record::{Form, Loss, Record};
use crate::yaml;

use existing::Existing;
use source::Source;

/// First line of a record that `docs pull` writes.
const HEADER: &str = "# Written by cargo xtask docs pull from the page named below. Do not edit.\n";

/// Where the records live, below the root.
const PAGES: &str = "spec/pages";

/// What a pull gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pulled {
    /// Path relative to the root, and text, in the order of the paths.
    pub files: Vec<(String, String)>,
    /// Records kept by hand whose operations are now pulled: to be removed. Paths relative to the
    /// root.
    pub remove: Vec<String>,
    /// Records whose pages have other words for the same facts: they stay as they are.
    pub reworded: Vec<String>,
    /// What a person should know: losses, files passed over, records that are superseded, pages with
    /// other words for the same facts.
    pub notes: Vec<String>,
}

/// Reads all saved pages (`*.md`, `*.txt`) of the folder `from` and the folders below it.
///
/// Their addresses come from `spec/pages/index.yaml` below `root`, or else from their places in the
/// folder. Where a page is there in both forms, the Markdown counts. All pages are read before
/// anything is reported, so that one run shows everything that is wrong.
pub fn pull(root: &Path, from: &Path) -> Result<Pulled, Vec<Finding>> {
    let index = source::index(root).map_err(|finding| vec![finding])?;
    let (sources, mut notes) = source::list(from).map_err(|finding| vec![finding])?;
    let mut findings = Vec::new();
    if sources.is_empty() {
        findings.push(
            Finding::new("pull-nothing", "the folder holds no page (*.md, *.txt)")
                .file(from.display().to_string())
                .help("save each page as a file of its own: its Markdown ending in .md, or its text ending in .txt"),
        );
    }
    let in_markdown: HashSet<String> = sources
        .iter()
        .filter(|source| source.is_markdown)
        .filter_map(|source| source.address(&index))
        .collect();
    let mut plan = Plan::default();
    for source in &sources {
        let address = source.address(&index);
        if !source.is_markdown && address.as_ref().is_some_and(|a| in_markdown.contains(a)) {
            notes.push(format!(
                "{}: passed over, the page is there in Markdown",
                source.name
            ));
            continue;
        }
        match read(source, address) {
            Ok(record) => plan.add(root, source, &record, &mut notes, &mut findings),
            Err(mut found) => findings.append(&mut found),
        }
    }
    let existing = existing::list(root, |path| plan.files.contains_key(path), &mut findings);
    let remove = plan.compare(&existing, &mut notes);
    if !findings.is_empty() {
        return Err(findings);
    }
    Ok(Pulled {
        files: plan
            .files
            .into_iter()
            .map(|(path, planned)| (path, planned.text))
            .collect(),
        remove,
        reworded: plan.reworded,
        notes,
    })
}

fn read(source: &Source, address: Option<String>) -> Result<Record, Vec<Finding>> {
    let named = |mut findings: Vec<Finding>| {
        for finding in &mut findings {
            finding.file.get_or_insert_with(|| source.name.clone());
        }
        findings
    };
    let text = source.read().map_err(|finding| named(vec![finding]))?;
    let Some(address) = address else {
        return Err(named(vec![
            Finding::new(
                "page-address-unknown",
                format!("{} does not say which page this is", source::INDEX),
            )
            .help(format!(
                "add the line `{}: <address of the page below the site>` to {}",
                source.stem,
                source::INDEX
            )),
        ]));
    };
    page::parse(&text, &address).map_err(named)
}

/// The records of this run, by path.
#[derive(Debug, Default)]
struct Plan {
    files: BTreeMap<String, Planned>,
    /// Version, method and path of operations, to the file that says so.
    operations: BTreeMap<(String, String), String>,
    /// Paths of records that only words would change.
    reworded: Vec<String>,
}

#[derive(Debug)]
struct Planned {
    text: String,
    /// The saved page it comes from.
    source: String,
}

impl Plan {
    fn add(
        &mut self,
        root: &Path,
        source: &Source,
        record: &Record,
        notes: &mut Vec<String>,
        findings: &mut Vec<Finding>,
    ) {
        let mut report = |finding: Finding| findings.push(finding.file(source.name.clone()));
        let Some(version) = version(record) else {
            return report(
                Finding::new(
                    "page-version-unknown",
                    "the page names no server whose path ends in a version such as v2",
                )
                .help("keep the page's record by hand (form: facts)"),
            );
        };
        let Some(name) = file_name(record) else {
            return report(
                Finding::new(
                    "page-address-unusable",
                    format!(
                        "the last part of the address `{}` cannot name a file",
                        record.page
                    ),
                )
                .help(format!("correct the address in {}", source::INDEX)),
            );
        };
        let value = serde_json::to_value(record)
            .map_err(|error| Finding::new("record-unwritable", error.to_string()));
        let text = match value.and_then(|value| yaml::write(&value)) {
            Ok(text) => format!("{HEADER}{text}"),
            Err(finding) => return report(finding),
        };
        if let Some(operation) = existing::operation_key(record, &version) {
            if let Some(other) = self.operations.get(&operation) {
                return report(
                    Finding::new(
                        "operation-twice",
                        format!(
                            "{} of {version} is already on the page {other}",
                            operation.1
                        ),
                    )
                    .help("remove the older of the two pages"),
                );
            }
            self.operations.insert(operation, source.name.clone());
        }
        let path = format!("{PAGES}/{version}/{name}.yaml");
        if let Some(other) = self.files.get(&path) {
            return report(
                Finding::new(
                    "record-twice",
                    format!("the page {} already gives the record {path}", other.source),
                )
                .help(format!("correct one of the addresses in {}", source::INDEX)),
            );
        }
        notes.extend(
            record
                .losses
                .iter()
                .map(|loss| format!("{}: {}", source.name, describe(loss))),
        );
        let text = match existing::reworded(root, &path, record, HEADER) {
            Some(kept) => {
                if kept != text {
                    notes.push(format!(
                        "{}: the wording changed on this page; no fact did, and {path} stays as it is",
                        source.name
                    ));
                    self.reworded.push(path.clone());
                }
                kept
            }
            None => text,
        };
        self.files.insert(
            path,
            Planned {
                text,
                source: source.name.clone(),
            },
        );
    }

    /// What the pull makes of the records that are there already: those to be removed, and notes.
    fn compare(&self, existing: &[Existing], notes: &mut Vec<String>) -> Vec<String> {
        let mut remove = Vec::new();
        for record in existing {
            let superseding = record
                .operation
                .as_ref()
                .and_then(|operation| self.operations.get(operation));
            match (record.form, superseding) {
                (Form::Facts, Some(page)) => {
                    notes.push(format!(
                        "{} is superseded by the record of {page} and is removed",
                        record.path
                    ));
                    remove.push(record.path.clone());
                }
                (Form::Facts, None) => {}
                (_, Some(page)) => notes.push(format!(
                    "{} is superseded by the record of {page} and must be deleted",
                    record.path
                )),
                (_, None) => notes.push(format!(
                    "{} was pulled from a page that is not in this folder; it stays as it is",
                    record.path
                )),
            }
        }
        remove
    }
}

/// The version directory: last segment of the server's path, or for a guide without a server the
/// version in its address.
fn version(record: &Record) -> Option<String> {
    let server = match (&record.operation, &record.guide) {
        (Some(operation), _) => operation.server.as_deref(),
        (None, Some(guide)) => guide.base_url.as_deref(),
        (None, None) => None,
    };
    if let Some(server) = server {
        return server
            .rsplit('/')
            .next()
            .filter(|segment| is_version(segment))
            .map(str::to_owned);
    }
    record.guide.as_ref()?;
    let root = record.page.split('/').next()?;
    root.rsplit('-')
        .next()
        .filter(|part| is_version(part))
        .map(str::to_owned)
}

fn is_version(text: &str) -> bool {
    text.strip_prefix('v').is_some_and(|number| {
        !number.is_empty() && number.chars().all(|digit| digit.is_ascii_digit())
    })
}

/// File name without its extension.
fn file_name(record: &Record) -> Option<String> {
    let last = record.page.rsplit('/').next()?;
    let usable = !last.is_empty()
        && last
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-');
    usable.then(|| {
        if record.guide.is_some() {
            format!("guide-{last}")
        } else {
            last.to_owned()
        }
    })
}

fn describe(loss: &Loss) -> String {
    match loss {
        Loss::ResponseStatus => "the status of the response is lost".to_owned(),
        Loss::FieldName {
            section,
            after: Some(after),
        } => format!("the name of a field after `{after}` in `{section}` is lost"),
        Loss::FieldName {
            section,
            after: None,
        } => format!("the name of the first field in `{section}` is lost"),
        Loss::NullOption { field } => format!("the enum `{field}` has lost its option null"),
    }
}

#[cfg(test)]
#[path = "pull_tests.rs"]
mod tests;
