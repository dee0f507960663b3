//! `docs pull`: a folder of saved pages to fragments, ready to be written.
//!
//! Nothing is written here: the caller gets paths and texts, so that writing and comparing use the same code. A pull
//! changes only fragments of pages; handwritten facts stay unchanged.

mod facts;
mod source;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use indexmap::IndexMap;
use serde_json::{Value, json};

use crate::assemble::{Inputs, PAGES, version};
use crate::finding::{self, Finding};
use crate::fragment::{Fragment, Loss, PAGE};
use crate::openapi::{self, anonymous};
use crate::{page, yaml};

use source::Source;

/// First line of a fragment that `docs pull` writes.
pub const HEADER: &str =
    "# Written by `cargo xtask docs pull` from the page named below. Do not edit.\n";

/// The result of a pull.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pulled {
    /// Path of each fragment relative to the workspace, and its text, in the order of the paths.
    pub files: Vec<(String, String)>,
    /// Fragments of pages that have moved: another page has their operation now.
    pub moved: Vec<String>,
    /// Fragments whose pages changed only in wording: they stay unchanged.
    pub reworded: Vec<String>,
    /// Problems of pages without a fragment. Their earlier fragments stay unchanged.
    pub refused: Vec<Finding>,
    /// The differences between the pages and their fragments: facts, operations and pages that are gone, new or
    /// changed.
    pub drift: Vec<Finding>,
    /// Fragments whose pages are not in the folder, if it holds all pages.
    pub gone: Vec<Finding>,
    /// The fragments whose pages exist, but have no facts any more.
    unreadable: HashSet<String>,
    /// Notes: losses, skipped files, pages that changed only in wording.
    pub notes: Vec<String>,
    /// The number of facts of the pages that are new or changed.
    pub new: usize,
    /// The number of facts that the pages and their fragments share.
    pub confirmed: usize,
}

/// Reads all saved pages (`*.md`, `*.txt`) of the folder `from` and the folders below it.
///
/// Their addresses come from `spec/pages/index.yaml`, or else from their places in the folder. If a page exists in both
/// forms, its Markdown is used. A page without a fragment does not affect the others. Fails if no page has a fragment.
pub fn pull(inputs: &Inputs, from: &Path) -> Result<Pulled, Vec<Finding>> {
    let index = source::index(inputs)?;
    let (sources, notes) = source::list(from)?;
    if sources.is_empty() {
        let finding = Finding::new("pull-nothing", "the folder holds no page (*.md, *.txt)");
        let help = "save each page as a file of its own: its Markdown ending in .md, or its text ending in .txt";
        return Err(finding.file(from.display().to_string()).help(help).into());
    }
    let mut pulled = Pulled {
        notes,
        ..Pulled::default()
    };
    let mut files = BTreeMap::new();
    let mut operations = HashMap::new();
    for (path, candidates) in read(&sources, &index, &mut pulled) {
        let Ok([candidate]) = <[Candidate; 1]>::try_from(candidates) else {
            continue;
        };
        for operation in &candidate.operations {
            operations.insert(operation.clone(), path.clone());
        }
        let text = settle(inputs, candidate, &path, &mut pulled);
        files.insert(path, text);
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

/// A parsed page.
struct Candidate {
    /// The saved page.
    source: String,
    value: Value,
    operations: Vec<Operation>,
}

/// Reads the pages, in the better of their forms: the candidates for each fragment, by its path. Two pages with the
/// same fragment are refused, because either may be right.
fn read(
    sources: &[Source],
    index: &IndexMap<String, String>,
    pulled: &mut Pulled,
) -> IndexMap<String, Vec<Candidate>> {
    let in_markdown: HashSet<String> = sources
        .iter()
        .filter(|source| source.is_markdown)
        .filter_map(|source| source.address(index))
        .collect();
    let mut candidates: IndexMap<String, Vec<Candidate>> = IndexMap::new();
    for source in sources {
        let name = &source.name;
        let address = source.address(index);
        if !source.is_markdown && address.as_ref().is_some_and(|a| in_markdown.contains(a)) {
            let note = format!("{name}: skipped, the page exists as Markdown");
            pulled.notes.push(note);
            continue;
        }
        let path = address.as_deref().map(path_of);
        match candidate(source, address.as_deref(), pulled) {
            Ok(Some(candidate)) => {
                let known = candidates.entry(path.unwrap_or_default());
                known.or_default().push(candidate);
            }
            Ok(None) => {
                let note = format!("{name}: skipped, it does not describe an API");
                pulled.notes.push(note);
            }
            Err(findings) => {
                pulled.unreadable.extend(path);
                refuse(name, findings, pulled);
            }
        }
    }
    for (path, candidates) in candidates.iter().filter(|(_, them)| them.len() > 1) {
        for Candidate { source, .. } in candidates {
            let mut others = candidates.iter().map(|other| &other.source);
            let other = others.find(|other| *other != source).unwrap_or(source);
            let message = format!("the page {other} has {path} too");
            let help = format!("correct one of the addresses in {}", source::INDEX);
            let finding = Finding::new("fragment-twice", message).help(help);
            refuse(source, vec![finding], pulled);
        }
        pulled.unreadable.insert(path.clone());
    }
    candidates
}

/// The finding names the page, not the missing fragment.
fn refuse(source: &str, mut findings: Vec<Finding>, pulled: &mut Pulled) {
    for finding in &mut findings {
        finding.file = Some(source.to_owned());
    }
    pulled.refused.extend(findings);
}

/// Reads a page; `None` if it does not describe an API.
fn candidate(
    source: &Source,
    address: Option<&str>,
    pulled: &mut Pulled,
) -> Result<Option<Candidate>, Vec<Finding>> {
    let text = source.read()?;
    let address = usable(address, &source.stem)?;
    let value = page::parse(&text, address)?;
    if page::has_no_facts(&value) {
        return Ok(None);
    }
    let fragment = Fragment::new(value.clone(), &path_of(address))?;
    let losses = fragment.page.iter().flat_map(|page| &page.losses);
    let notes = losses.map(|loss| format!("{}: lost: {loss}", source.name));
    pulled.notes.extend(notes);
    Ok(Some(Candidate {
        source: source.name.clone(),
        value,
        operations: operations(&fragment),
    }))
}

/// The file of a page's fragment.
fn path_of(address: &str) -> String {
    format!("{PAGES}/{address}.yaml")
}

/// The address, if it can be the path of a file on every platform.
fn usable<'a>(address: Option<&'a str>, stem: &str) -> Result<&'a str, Finding> {
    let index = source::INDEX;
    let Some(address) = address else {
        let message = format!("{index} has no address for this file");
        let help =
            format!("add the line `{stem}: <address of the page below the site>` to {index}");
        return Err(Finding::new("page-address-unknown", message).help(help));
    };
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let is_name = |part: &str| {
        !(part.is_empty() || part.starts_with('.') || part.len() >= 200)
            && part.chars().all(is_plain)
    };
    if address.split('/').all(is_name) && path_of(address) != index {
        return Ok(address);
    }
    let message = format!(
        "the address `{}` cannot name a file",
        address.escape_debug()
    );
    let help = format!("correct the address in {index}");
    Err(Finding::new("page-address-unusable", message).help(help))
}

/// The new text of a fragment. If no fact has changed, the existing text stays.
fn settle(inputs: &Inputs, candidate: Candidate, path: &str, pulled: &mut Pulled) -> String {
    let Candidate {
        source, mut value, ..
    } = candidate;
    let known = inputs
        .text(path)
        .and_then(|known| Some((known, yaml::read(known, path).ok()?)));
    let Some((known, before)) = known else {
        pulled.new += facts::compare(&Value::Null, &value).new;
        let finding = Finding::new("page-new", format!("{source} has no fragment yet"));
        pulled.drift.push(finding.file(path).help("pull it"));
        return write(&value);
    };
    let of_head =
        |value: &Value, key: &str| value.get(PAGE).and_then(|page| page.get(key)).cloned();
    let breaks_off = |value: &Value| {
        let losses = of_head(value, "losses");
        openapi::elements(losses.as_ref()).any(|loss| *loss == json!(Loss::End {}))
    };
    let is_cut = breaks_off(&value) && !breaks_off(&before);
    if breaks_off(&value) {
        facts::keep(&mut value, &before);
        value[PAGE]["facts"] = json!(Fragment::hash(&value));
    }
    let difference = facts::compare(&before, &value);
    pulled.new += difference.new;
    pulled.confirmed += difference.confirmed;
    let differs = |key: &str| of_head(&before, key) != of_head(&value, key);
    let has_changed = !difference.is_empty() || differs("form") || (differs("losses") && !is_cut);
    if has_changed || differs("wording") {
        let findings = difference.findings.into_iter();
        pulled
            .drift
            .extend(findings.map(|finding| finding.file(path)));
    }
    if has_changed {
        return write(&value);
    }
    if differs("wording") {
        pulled.notes.push(format!(
            "{source}: only the wording of this page changed; {path} stays unchanged"
        ));
        pulled.reworded.push(path.to_owned());
    }
    known.to_owned()
}

fn write(value: &Value) -> String {
    format!("{HEADER}{}", yaml::write_compact(value))
}

/// Compares the pages with the existing fragments.
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
        let Some(fragment) = finding::keep(Fragment::parse(text, path), &mut unreadable) else {
            continue;
        };
        let known = self::operations(&fragment);
        if let Some(other) = known.iter().find_map(|known| operations.get(known)) {
            let note = format!("{path} is superseded by {other} and is removed");
            pulled.notes.push(note);
            pulled.moved.push(path.to_owned());
            continue;
        }
        pulled.notes.push(format!(
            "{path}: its page is not in this folder, or has no facts; it stays unchanged"
        ));
        if !pulled.unreadable.contains(path) {
            pulled.gone.extend(gone(path, &fragment));
        }
    }
    finding::unless(unreadable, ())
}

/// The findings for a page that is gone, one for each of its operations.
fn gone<'a>(file: &'a str, fragment: &'a Fragment) -> impl Iterator<Item = Finding> {
    let page = Finding::new("page-gone", "the page of this fragment is gone, or no longer describes an API").help(
        "if another page has the same facts, delete the fragment; otherwise move its facts to spec/facts",
    );
    let operations = fragment.operations().map(|(path, method, _)| {
        let message = format!("the page of `{} {path}` is gone", method.to_uppercase());
        Finding::new("operation-gone", message)
    });
    let findings = [page].into_iter().chain(operations);
    findings.map(move |finding| finding.file(file))
}

#[cfg(test)]
#[path = "pull_tests.rs"]
mod tests;
