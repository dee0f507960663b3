//! `docs pull`: a folder of saved pages to fragments, ready to be written.
//!
//! Nothing is written here: the caller gets paths and texts, so that writing and comparing share one
//! code. A pull touches nothing but fragments of pages; facts that are kept by hand stay.

mod source;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use indexmap::IndexMap;
use serde_json::Value;

use crate::assemble::{Inputs, PAGES, version};
use crate::fragment::{Fragment, PAGE};
use crate::openapi::anonymous;
use crate::{finding::Finding, page, yaml};

use source::Source;

/// First line of a fragment that `docs pull` writes.
pub const HEADER: &str =
    "# Written by `cargo xtask docs pull` from the page named below. Do not edit.\n";

/// What a pull gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pulled {
    /// Path of each fragment relative to the workspace, and its text, in the order of the paths.
    pub files: Vec<(String, String)>,
    /// Fragments of pages that have moved: another page gives their operation now.
    pub moved: Vec<String>,
    /// Fragments whose pages have other words for the same facts: they stay as they are.
    pub reworded: Vec<String>,
    /// What is wrong with pages that give no fragment. Fragments that such pages gave earlier stay as
    /// they are.
    pub refused: Vec<Finding>,
    /// What a person should know: losses, files passed over, pages with other words for the same facts.
    pub notes: Vec<String>,
    /// How many facts the pages give that their fragments did not hold, or not so.
    pub new: usize,
    /// How many facts the pages give that their fragments hold already.
    pub confirmed: usize,
}

/// Reads all saved pages (`*.md`, `*.txt`) of the folder `from` and the folders below it.
///
/// Their addresses come from `spec/pages/index.yaml`, or else from their places in the folder. Where a
/// page is there in both forms, the Markdown counts. A page that gives no fragment does not keep the
/// others from giving theirs; fails if none does.
pub fn pull(inputs: &Inputs, from: &Path) -> Result<Pulled, Vec<Finding>> {
    let index = source::index(inputs).map_err(|finding| vec![finding])?;
    let (sources, notes) = source::list(from).map_err(|finding| vec![finding])?;
    if sources.is_empty() {
        return Err(vec![
            Finding::new("pull-nothing", "the folder holds no page (*.md, *.txt)")
                .file(from.display().to_string())
                .help("save each page as a file of its own: its Markdown ending in .md, or its text ending in .txt"),
        ]);
    }
    let mut pulled = Pulled {
        notes,
        ..Pulled::default()
    };
    let candidates = read(&sources, &index, &mut pulled);
    let mut files = BTreeMap::new();
    let mut operations: HashMap<Operation, String> = HashMap::new();
    for candidate in once_each(candidates, &mut pulled) {
        for operation in &candidate.operations {
            operations.insert(operation.clone(), candidate.path.clone());
        }
        let text = settle(inputs, &candidate, &mut pulled);
        files.insert(candidate.path, text);
    }
    compare(inputs, &files, &operations, &mut pulled)?;
    if files.is_empty() && !pulled.refused.is_empty() {
        return Err(pulled.refused);
    }
    pulled.files = files.into_iter().collect();
    Ok(pulled)
}

/// Version, method and path. Names of path parameters make no difference.
type Operation = (String, String, String);

fn operations(fragment: &Fragment) -> Vec<Operation> {
    let version = version(fragment);
    fragment
        .operations()
        .filter(|(_, _, operation)| operation.get("responses").is_some())
        .map(|(path, method, _)| (version.clone(), method.to_owned(), anonymous(path)))
        .collect()
}

/// A page that was read, and where its fragment goes.
struct Candidate {
    /// The saved page.
    source: String,
    path: String,
    value: Value,
    operations: Vec<Operation>,
}

/// Reads the pages, in the better of their forms.
fn read(
    sources: &[Source],
    index: &IndexMap<String, String>,
    pulled: &mut Pulled,
) -> Vec<Candidate> {
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
            pulled.notes.push(format!(
                "{name}: passed over, the page is there in Markdown"
            ));
            continue;
        }
        match candidate(source, address) {
            Ok(Some((candidate, fragment))) => {
                let losses = fragment.page.iter().flat_map(|page| &page.losses);
                let notes = losses.map(|loss| format!("{name}: lost: {loss}"));
                pulled.notes.extend(notes);
                candidates.push(candidate);
            }
            Ok(None) => pulled
                .notes
                .push(format!("{name}: passed over, it says nothing of an API")),
            Err(findings) => refuse(name, findings, pulled),
        }
    }
    candidates
}

fn refuse(source: &str, findings: Vec<Finding>, pulled: &mut Pulled) {
    pulled
        .refused
        .extend(findings.into_iter().map(|mut finding| {
            finding.file.get_or_insert_with(|| source.to_owned());
            finding
        }));
}

/// Reads a page; none if it says nothing of an API.
fn candidate(
    source: &Source,
    address: Option<String>,
) -> Result<Option<(Candidate, Fragment)>, Vec<Finding>> {
    let text = source.read().map_err(|finding| vec![finding])?;
    let Some(address) = address else {
        return Err(vec![
            Finding::new(
                "page-address-unknown",
                format!("{} does not say which page this is", source::INDEX),
            )
            .help(format!(
                "add the line `{}: <address of the page below the site>` to {}",
                source.stem,
                source::INDEX
            )),
        ]);
    };
    if !is_usable(&address) {
        return Err(vec![
            Finding::new(
                "page-address-unusable",
                format!(
                    "the address `{}` cannot name a file",
                    address.escape_debug()
                ),
            )
            .help(format!("correct the address in {}", source::INDEX)),
        ]);
    }
    let value = page::parse(&text, &address)?;
    if page::says_nothing(&value) {
        return Ok(None);
    }
    let path = format!("{PAGES}/{address}.yaml");
    let fragment = Fragment::new(value.clone(), &path).map_err(|findings| {
        // The page is at fault, not the fragment that is not there.
        let of_page = |finding: Finding| Finding {
            file: None,
            ..finding
        };
        findings.into_iter().map(of_page).collect::<Vec<_>>()
    })?;
    let candidate = Candidate {
        source: source.name.clone(),
        path,
        value,
        operations: operations(&fragment),
    };
    Ok(Some((candidate, fragment)))
}

/// Whether an address can be the path of a file everywhere.
fn is_usable(address: &str) -> bool {
    address.split('/').all(|part| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.len() < 200
            && part
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter))
    }) && format!("{PAGES}/{address}.yaml") != source::INDEX
}

/// Refuses pages that give the same fragment: nobody can tell which of them is right.
fn once_each(candidates: Vec<Candidate>, pulled: &mut Pulled) -> Vec<Candidate> {
    let mut sources: HashMap<String, Vec<String>> = HashMap::new();
    for candidate in &candidates {
        sources
            .entry(candidate.path.clone())
            .or_default()
            .push(candidate.source.clone());
    }
    let mut once = Vec::new();
    for candidate in candidates {
        let mut others = sources.get(&candidate.path).into_iter().flatten();
        match others.find(|other| **other != candidate.source) {
            None => once.push(candidate),
            Some(other) => {
                let message = format!("the page {other} gives {} as well", candidate.path);
                let finding = Finding::new("fragment-twice", message)
                    .help(format!("correct one of the addresses in {}", source::INDEX));
                refuse(&candidate.source, vec![finding], pulled);
            }
        }
    }
    once
}

/// The text of a fragment as it is to stand in the tree. Where only words of the page have changed, the
/// one that is there stays.
fn settle(inputs: &Inputs, candidate: &Candidate, pulled: &mut Pulled) -> String {
    let text = write(&candidate.value);
    let known = inputs.text(&candidate.path).and_then(|known| {
        let value = yaml::read(known, &candidate.path).ok()?;
        Some((known, value))
    });
    let (mut before, mut after) = (HashSet::new(), HashSet::new());
    facts(&candidate.value, "", &mut after);
    if let Some((_, value)) = &known {
        facts(value, "", &mut before);
    }
    pulled.new += after.difference(&before).count();
    pulled.confirmed += after.intersection(&before).count();
    let Some((known, value)) = known.filter(|(known, _)| *known != text) else {
        return text;
    };
    let mut reworded = candidate.value.clone();
    if let Some(wording) = value.get(PAGE).and_then(|page| page.get("wording")) {
        reworded[PAGE]["wording"] = wording.clone();
    }
    if write(&reworded) == known {
        pulled.notes.push(format!(
            "{}: the wording changed on this page; no fact did, and {} stays as it is",
            candidate.source, candidate.path
        ));
        pulled.reworded.push(candidate.path.clone());
        return known.to_owned();
    }
    text
}

fn write(value: &Value) -> String {
    format!("{HEADER}{}", yaml::write_compact(value))
}

/// The facts of a fragment, each with its place. Examples are none.
fn facts(value: &Value, pointer: &str, all: &mut HashSet<String>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, inner) in map {
                let is_fact = key != PAGE && !matches!(key.as_str(), "example" | "examples");
                if is_fact || pointer.ends_with("/properties") {
                    facts(inner, &yaml::child(pointer, key), all);
                }
            }
        }
        Value::Array(list) if !list.is_empty() => {
            for inner in list {
                // Elements are told apart by what they are, not by their position.
                let name = inner
                    .get("name")
                    .map_or_else(|| inner.to_string(), Value::to_string);
                facts(inner, &yaml::child(pointer, name), all);
            }
        }
        other => {
            all.insert(format!("{pointer} {other}"));
        }
    }
}

/// What the pull makes of the fragments that are there already.
fn compare(
    inputs: &Inputs,
    files: &BTreeMap<String, String>,
    operations: &HashMap<Operation, String>,
    pulled: &mut Pulled,
) -> Result<(), Vec<Finding>> {
    let mut unreadable = Vec::new();
    for (path, text) in inputs.below(PAGES) {
        if files.contains_key(path) || path == source::INDEX {
            continue;
        }
        match Fragment::parse(text, path) {
            Err(findings) => unreadable.extend(findings),
            Ok(fragment) => {
                let known = self::operations(&fragment);
                if let Some(other) = known.iter().find_map(|known| operations.get(known)) {
                    pulled
                        .notes
                        .push(format!("{path} is superseded by {other} and is removed"));
                    pulled.moved.push(path.to_owned());
                } else {
                    pulled.notes.push(format!(
                        "{path}: its page is not in this folder, or gives no fragment; it stays as it is"
                    ));
                }
            }
        }
    }
    if unreadable.is_empty() {
        Ok(())
    } else {
        Err(unreadable)
    }
}

#[cfg(test)]
#[path = "pull_tests.rs"]
mod tests;
