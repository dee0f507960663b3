//! The records that are in the tree already.

use std::fs;
use std::path::Path;

use crate::record::{Form, Hash, Record};
use crate::{Finding, input, yaml};

use super::PAGES;

/// What a pull must know of a record that it does not write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Existing {
    /// Relative to the root.
    pub(super) path: String,
    pub(super) form: Form,
    /// The address of its page.
    pub(super) page: String,
    pub(super) content: Option<Hash>,
    /// See [`operation_key`].
    pub(super) operation: Option<(String, String)>,
}

/// Version and operation. Names of path parameters make no difference.
pub(super) fn operation_key(record: &Record, version: &str) -> Option<(String, String)> {
    let operation = record.operation.as_ref()?;
    let path: Vec<&str> = operation
        .path
        .split('/')
        .map(|segment| {
            if segment.starts_with('{') {
                "{}"
            } else {
                segment
            }
        })
        .collect();
    Some((
        version.to_owned(),
        format!("{} {}", operation.method, path.join("/")),
    ))
}

/// All records below `root`, save those that `is_written` says are written anew.
///
/// A record that cannot be read is a finding: nobody knows what it holds.
pub(super) fn list(
    root: &Path,
    is_written: impl Fn(&str) -> bool,
    findings: &mut Vec<Finding>,
) -> Vec<Existing> {
    let mut existing = Vec::new();
    for version in names(&root.join(PAGES)) {
        for file in names(&root.join(PAGES).join(&version)) {
            let path = format!("{PAGES}/{version}/{file}");
            if file.strip_suffix(".yaml").is_none() || is_written(&path) {
                continue;
            }
            match read(root, &path) {
                Ok(record) => existing.push(Existing {
                    operation: operation_key(&record, &version),
                    form: record.form,
                    page: record.page,
                    content: record.content,
                    path,
                }),
                Err(finding) => findings.push(finding),
            }
        }
    }
    existing
}

/// The text of the record at `path`, if `record` differs from it in hashes alone: the page has other
/// words for the same facts. `header` is how records start.
pub(super) fn reworded(root: &Path, path: &str, record: &Record, header: &str) -> Option<String> {
    let text = fs::read_to_string(root.join(path)).ok()?;
    let mut known: Record = serde_yaml::from_str(&text).ok()?;
    // What a person has changed is written anew.
    let is_as_written = serde_yaml::to_string(&known)
        .is_ok_and(|written| text.strip_prefix(header) == Some(written.as_str()));
    known.content.clone_from(&record.content);
    known.wording.clone_from(&record.wording);
    (is_as_written && known == *record).then_some(text)
}

fn read(root: &Path, path: &str) -> Result<Record, Finding> {
    let text = input::read(&root.join(path), path)?;
    serde_yaml::from_str(&text).map_err(|error| {
        let mut finding = yaml::syntax_finding(&error, path);
        finding.rule = "record-unreadable";
        finding.help("restore the record; spec/README.md describes its format")
    })
}

/// Names in a folder, sorted; none when it is no folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}
