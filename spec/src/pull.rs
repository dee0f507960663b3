//! `docs pull`: a folder of saved pages to records, ready to be written.
//!
//! Nothing is written here: the caller gets paths and texts, so that writing and comparing share one
//! code.

mod candidate;
mod existing;
mod source;

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use indexmap::IndexMap;

use crate::Finding;
use crate::page;
use crate::record::{Form, Hash, Loss};

use candidate::Candidate;
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
    /// What is wrong with pages that give no record. Records that such pages gave earlier stay as
    /// they are.
    pub refused: Vec<Finding>,
    /// What a person should know: losses, files passed over, records that are superseded, pages with
    /// other words for the same facts.
    pub notes: Vec<String>,
}

/// Reads all saved pages (`*.md`, `*.txt`) of the folder `from` and the folders below it.
///
/// Their addresses come from `spec/pages/index.yaml` below `root`, or else from their places in the
/// folder. Where a page is there in both forms, the Markdown counts. A page that gives no record
/// does not keep the others from giving theirs; fails if none does.
pub fn pull(root: &Path, from: &Path) -> Result<Pulled, Vec<Finding>> {
    let index = source::index(root).map_err(|finding| vec![finding])?;
    let (sources, notes) = source::list(from).map_err(|finding| vec![finding])?;
    if sources.is_empty() {
        return Err(vec![
            Finding::new("pull-nothing", "the folder holds no page (*.md, *.txt)")
                .file(from.display().to_string())
                .help("save each page as a file of its own: its Markdown ending in .md, or its text ending in .txt"),
        ]);
    }
    let mut plan = Plan {
        notes,
        ..Plan::default()
    };
    let pages = plan.read(&sources, &index);
    for page in plan.once_each(pages) {
        plan.add(root, page);
    }
    let mut unreadable = Vec::new();
    let existing = existing::list(root, |path| plan.files.contains_key(path), &mut unreadable);
    if !unreadable.is_empty() {
        return Err(unreadable);
    }
    let remove = plan.compare(&existing);
    let refused: Vec<Finding> = std::mem::take(&mut plan.refused)
        .into_iter()
        .flat_map(|page| plan.keep(page, &existing))
        .collect();
    if plan.files.is_empty() && !refused.is_empty() {
        return Err(refused);
    }
    Ok(Pulled {
        files: plan.files.into_iter().collect(),
        remove,
        reworded: plan.reworded,
        refused,
        notes: plan.notes,
    })
}

/// A page that gives no record.
#[derive(Debug)]
struct Refused {
    address: Option<String>,
    /// Of the page's text, if it is text.
    content: Option<Hash>,
    findings: Vec<Finding>,
}

/// What a run makes of its pages.
#[derive(Debug, Default)]
struct Plan {
    /// Texts of records by path.
    files: BTreeMap<String, String>,
    /// Version, method and path of operations, to the page that says so.
    operations: BTreeMap<(String, String), String>,
    /// Paths of records that only words would change.
    reworded: Vec<String>,
    refused: Vec<Refused>,
    notes: Vec<String>,
}

impl Plan {
    /// Reads the pages, in the better of their forms.
    fn read(&mut self, sources: &[Source], index: &IndexMap<String, String>) -> Vec<Candidate> {
        let in_markdown: HashSet<String> = sources
            .iter()
            .filter(|source| source.is_markdown)
            .filter_map(|source| source.address(index))
            .collect();
        let mut candidates = Vec::new();
        for source in sources {
            let name = &source.name;
            let address = source.address(index);
            if !source.is_markdown && address.as_ref().is_some_and(|a| in_markdown.contains(a)) {
                self.notes.push(format!(
                    "{name}: passed over, the page is there in Markdown"
                ));
                continue;
            }
            let text = source.read();
            let content = text.as_ref().ok().and_then(|text| page::hash(text));
            let record = text
                .map_err(|finding| vec![finding])
                .and_then(|text| candidate::record(source, &text, address.as_deref()));
            match record {
                Ok(record) if candidate::says_nothing(&record) => {
                    self.notes
                        .push(format!("{name}: passed over, it says nothing of an API"));
                }
                Ok(record) => match Candidate::new(name, record) {
                    Ok(candidate) => candidates.push(candidate),
                    Err(finding) => self.refuse(name, address, content, vec![finding]),
                },
                Err(findings) => self.refuse(name, address, content, findings),
            }
        }
        candidates
    }

    fn refuse(
        &mut self,
        source: &str,
        address: Option<String>,
        content: Option<Hash>,
        mut findings: Vec<Finding>,
    ) {
        for finding in &mut findings {
            finding.file.get_or_insert_with(|| source.to_owned());
        }
        self.refused.push(Refused {
            address,
            content,
            findings,
        });
    }

    /// Refuses pages that give the same operation or record: nobody can tell which of them is right.
    fn once_each(&mut self, candidates: Vec<Candidate>) -> Vec<Candidate> {
        let clash = |page: &Candidate| {
            let others = || {
                candidates
                    .iter()
                    .filter(|other| other.source != page.source)
            };
            if let Some((version, operation)) = &page.operation
                && let Some(other) = others().find(|other| other.operation == page.operation)
            {
                let message = format!(
                    "{operation} of {version} is on the page {} as well",
                    other.source
                );
                return Some(
                    Finding::new("operation-twice", message)
                        .help("remove the older of the two pages"),
                );
            }
            let other = others().find(|other| other.path == page.path)?;
            let message = format!(
                "the page {} gives the record {} as well",
                other.source, page.path
            );
            Some(
                Finding::new("record-twice", message)
                    .help(format!("correct one of the addresses in {}", source::INDEX)),
            )
        };
        let clashes: Vec<Option<Finding>> = candidates.iter().map(clash).collect();
        let mut once = Vec::new();
        for (page, finding) in candidates.into_iter().zip(clashes) {
            match finding {
                None => once.push(page),
                Some(finding) => {
                    let Candidate { source, record, .. } = page;
                    self.refuse(&source, Some(record.page), None, vec![finding]);
                }
            }
        }
        once
    }

    fn add(&mut self, root: &Path, page: Candidate) {
        let Candidate {
            source,
            path,
            text,
            record,
            operation,
        } = page;
        self.notes.extend(
            record
                .losses
                .iter()
                .map(|loss| format!("{source}: {}", describe(loss))),
        );
        let text = match existing::reworded(root, &path, &record, HEADER) {
            Some(kept) => {
                if kept != text {
                    self.notes.push(format!(
                        "{source}: the wording changed on this page; no fact did, and {path} stays as it is"
                    ));
                    self.reworded.push(path.clone());
                }
                kept
            }
            None => text,
        };
        if let Some(operation) = operation {
            self.operations.insert(operation, source);
        }
        self.files.insert(path, text);
    }

    /// What the pull makes of the records that are there already: those to be removed, and notes.
    fn compare(&mut self, existing: &[Existing]) -> Vec<String> {
        let mut remove = Vec::new();
        for record in existing {
            let superseding = record
                .operation
                .as_ref()
                .and_then(|operation| self.operations.get(operation));
            let path = &record.path;
            let is_refused = || {
                let page = Some(record.page.as_str());
                self.refused
                    .iter()
                    .any(|refused| refused.address.as_deref() == page)
            };
            match (record.form, superseding) {
                (Form::Facts, Some(page)) => {
                    self.notes.push(format!(
                        "{path} is superseded by the record of {page} and is removed"
                    ));
                    remove.push(path.clone());
                }
                (Form::Facts, None) => {}
                (_, Some(page)) => self.notes.push(format!(
                    "{path} is superseded by the record of {page} and must be deleted"
                )),
                (_, None) if is_refused() => self.notes.push(format!(
                    "{path} stays as it is: its page gives no record any more"
                )),
                (_, None) => self.notes.push(format!(
                    "{path} was pulled from a page that is not in this folder; it stays as it is"
                )),
            }
        }
        remove
    }

    /// What is to be said of a page that gives no record: a note if somebody has written down by hand
    /// what the page says, and the page is the same as then.
    fn keep(&mut self, page: Refused, existing: &[Existing]) -> Vec<Finding> {
        let by_hand = existing.iter().find(|record| {
            record.form == Form::Facts && Some(record.page.as_str()) == page.address.as_deref()
        });
        let (
            Some(Existing {
                path,
                page: address,
                content,
                ..
            }),
            Some(Hash(hash)),
        ) = (by_hand, &page.content)
        else {
            return page.findings;
        };
        if *content == page.content {
            self.notes.push(format!(
                "{path} is kept by hand, and {address} has not changed since"
            ));
            return Vec::new();
        }
        self.notes.push(format!(
            "{path} is kept by hand: once it holds what {address} says, note that with `content: {hash}`"
        ));
        page.findings
    }
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
