//! Changes one fact or one word of prose at a time in real pages: drift reports each fact, and no word of prose.
//!
//! `fixtures/page-facts.tsv` labels lines of real pages as facts or prose. It was written without the
//! reader of pages, and knows lines by their hash: pages are never committed. They are read from `HEFFL_DOCS_DIR`
//! and `HEFFL_SITE_DIR`; one of the folders may be inside the other.

use std::{collections::BTreeMap, fs, path::PathBuf};

use heffl_spec::{
    Finding,
    assemble::Inputs,
    diff::Severity,
    fragment::Hash,
    pull::{Pulled, pull},
};
use heffl_tests::{folder::contents, workspace};
use tempfile::TempDir;

/// A line of the table.
struct Label<'a> {
    address: &'a str,
    hash: &'a str,
    /// `None` if the line is prose.
    fact: Option<&'a str>,
}

fn labels(table: &str) -> Vec<Label<'_>> {
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    rows.map(|row| {
        let [address, hash, kind, fact] = row.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{row}");
        };
        let fact = (kind == "fact").then_some(fact);
        Label {
            address,
            hash,
            fact,
        }
    })
    .collect()
}

/// The text of each available page, by its address.
fn pages() -> BTreeMap<String, String> {
    let index = fs::read_to_string(workspace().join("spec/pages/index.yaml")).unwrap();
    let index: BTreeMap<String, String> = serde_yaml::from_str(&index).unwrap();
    let mut pages = BTreeMap::new();
    for variable in ["HEFFL_DOCS_DIR", "HEFFL_SITE_DIR"] {
        let Some(folder) = std::env::var_os(variable).map(PathBuf::from) else {
            println!("{variable} is not set: its pages are not changed");
            continue;
        };
        for (path, bytes) in contents(&folder) {
            let Some(stem) = path.strip_suffix(".txt") else {
                continue;
            };
            let address = index
                .get(stem)
                .map_or(stem.trim_start_matches("site/"), String::as_str);
            pages.insert(address.to_owned(), String::from_utf8(bytes).unwrap());
        }
    }
    pages
}

/// A folder with one page.
struct Folder(TempDir, PathBuf);

impl Folder {
    fn new(address: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("{address}.txt"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        Self(folder, path)
    }

    fn pull(&self, inputs: &Inputs, text: &str) -> Result<Pulled, Vec<Finding>> {
        fs::write(&self.1, text).unwrap();
        pull(inputs, self.0.path())
    }
}

/// The reported changes of a page.
fn reported(result: Result<Pulled, Vec<Finding>>) -> Vec<Finding> {
    match result {
        Ok(pulled) => [pulled.drift, pulled.refused].concat(),
        Err(findings) => findings,
    }
}

/// Another word of the same form.
fn other(fact: &str) -> String {
    if fact.ends_with(|c: char| c.is_ascii_digit()) {
        let (start, last) = fact.split_at(fact.len() - 1);
        return format!("{start}{}", if last == "9" { "8" } else { "9" });
    }
    let mut other = String::new();
    let mut is_changed = false;
    for letter in fact.chars() {
        other.push(letter);
        if !is_changed && letter.is_ascii_alphabetic() {
            other.push(
                if letter.is_ascii_uppercase() && fact == fact.to_ascii_uppercase() {
                    'Q'
                } else {
                    'q'
                },
            );
            is_changed = true;
        }
    }
    other
}

fn joined(lines: &[String]) -> String {
    lines.join("\n")
}

#[test]
fn changes_of_facts_are_reported_and_changes_of_prose_are_not() {
    let table = include_str!("../../fixtures/page-facts.tsv");
    let workspace = Inputs::read(workspace()).unwrap();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut missed = Vec::new();
    for (address, text) in pages() {
        let labels = labels(table);
        let labels = labels.iter().filter(|label| label.address == address);
        let folder = Folder::new(&address);
        let Ok(pulled) = folder.pull(&workspace, &text) else {
            continue;
        };
        let is_cut = pulled
            .notes
            .iter()
            .any(|note| note.contains("it breaks off"));
        let inputs = workspace.with(pulled.files, &pulled.moved);
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for Label { hash, fact, .. } in labels {
            let is_labelled = |line: &String| {
                Hash::of(line.trim())
                    .0
                    .starts_with(&format!("sha256:{hash}"))
            };
            let Some(at) = lines.iter().position(is_labelled) else {
                println!("{address}: no line {hash}: the page has changed");
                continue;
            };
            let line = &lines[at];
            let mut check =
                |what: &'static str, changed: &[String], expected: &dyn Fn(&[Finding]) -> bool| {
                    *counts.entry(what).or_default() += 1;
                    let found = reported(folder.pull(&inputs, &joined(changed)));
                    if !expected(&found) {
                        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
                        missed.push(format!("{address}:{}: {what} {fact:?}: {found:?}", at + 1));
                    }
                };
            let with = |replaced: String| -> Vec<String> {
                let mut changed = lines.clone();
                changed[at] = replaced;
                changed
            };
            let counts_above = |found: &[Finding]| {
                found
                    .iter()
                    .any(|finding| finding.severity() != Some(Severity::Info))
            };
            let Some(fact) = fact else {
                let word = line
                    .split(|c: char| !c.is_ascii_lowercase())
                    .max_by_key(|word| word.len())
                    .unwrap();
                let none = |found: &[Finding]| !counts_above(found);
                check(
                    "prose changed",
                    &with(line.replacen(word, "other", 1)),
                    &none,
                );
                check(
                    "prose added",
                    &with(format!("More about this: {line}")),
                    &none,
                );
                continue;
            };
            let changed = line.replacen(fact, &other(fact), 1);
            assert_ne!(changed, *line, "{address}:{}: {fact}", at + 1);
            check("fact changed", &with(changed.clone()), &|found| {
                counts_above(found) && (is_cut || found.iter().any(|it| !it.rule.ends_with("-new")))
            });
            let mut more = lines.clone();
            more.insert(at + 1, changed);
            check("fact added", &more, &counts_above);
            // Facts after the cut of a truncated page are unknown.
            if !is_cut {
                let mut fewer = lines.clone();
                fewer.remove(at);
                check("fact removed", &fewer, &|found| {
                    found.iter().any(|it| !it.rule.ends_with("-new"))
                });
            }
        }
    }
    println!("{counts:?}");
    assert!(
        missed.is_empty(),
        "{} missed:\n{}",
        missed.len(),
        missed.join("\n")
    );
}

/// The table has enough lines of both kinds.
#[test]
fn the_table_has_enough_facts_and_prose() {
    let labels = labels(include_str!("../../fixtures/page-facts.tsv"));
    let facts = labels.iter().filter(|label| label.fact.is_some()).count();
    assert!(facts >= 400 && labels.len() - facts >= 100, "{facts}");
}
