//! Assembly: records and overlays become one OpenAPI document for each version of the API.
//!
//! [`load`] reads records, [`document()`] makes a document of them, overlays correct and complete it
//! ([`crate::overlay`]), and [`verify()`] says whether it is fit to be written. [`assemble`] does all
//! of it for every version below `spec/pages`.

mod answers;
mod components;
mod document;
mod emit;
mod load;
mod merge;
mod names;
mod naming;
mod nullable;
mod order;
mod resolve;
mod shape;
mod union;
mod verify;
pub(crate) mod words;
mod write;

use std::{collections::BTreeSet, path::Path};

use serde_json::Value;

pub use document::document;
pub use load::{load, parse};
pub use names::{Names, VersionNames};
pub(crate) use verify::entries;
pub use verify::verify;

use crate::{
    Finding, input, overlay,
    record::Record,
    reports::{
        conflicts::{self, Conflicts},
        coverage,
        suspected::{self, Suspected},
    },
    yaml,
};

/// The first line of a document's file.
pub const HEADER: &str =
    "# Written by `cargo xtask assemble` from spec/pages and spec/overlays. Do not edit.\n";

/// Where chosen names are kept.
const NAMES_FILE: &str = "spec/names.yaml";

/// Where overlays are kept, in a folder for each version.
const OVERLAYS: &str = "spec/overlays";

/// Where known contradictions are kept.
const CONFLICTS_FILE: &str = "spec/conflicts.yaml";

/// Where suspected operations are kept.
const SUSPECTED_FILE: &str = "spec/suspected.yaml";

/// Methods in the order of a document.
pub(crate) const METHODS: &[&str] = &["get", "post", "put", "patch", "delete"];

/// The answers that every operation may give beside success, and their components.
const ERROR_RESPONSES: [(&str, &str); 7] = [
    ("400", "BadRequest"),
    ("401", "Unauthorized"),
    ("403", "Forbidden"),
    ("404", "NotFound"),
    ("409", "Conflict"),
    ("429", "TooManyRequests"),
    ("500", "InternalServerError"),
];

/// Assembles the documents of all versions below `root`, the folder of the workspace, and the
/// reports on them. Gives the path of each file relative to `root` and its text.
pub fn assemble(root: &Path) -> Result<Vec<(String, String)>, Vec<Finding>> {
    let mut findings = Vec::new();
    let names = read_or_default(root, NAMES_FILE, |text, file| {
        Names::parse(text, file).map_err(|finding| vec![finding])
    })?;
    let conflicts = read_or_default(root, CONFLICTS_FILE, conflicts::parse);
    let suspected = read_or_default(root, SUSPECTED_FILE, suspected::parse);
    let mut assembled = Vec::new();
    let versions = versions(root).map_err(|finding| vec![finding])?;
    for unused in names.0.keys().filter(|name| !versions.contains(name)) {
        findings.push(
            Finding::new("name-unused", format!("there are no pages of {unused}"))
                .file(NAMES_FILE)
                .pointer(yaml::child("", unused))
                .help("delete the entry"),
        );
    }
    for version in versions {
        match assemble_version(root, &version, &names, conflicts.as_ref().ok()) {
            Ok(version) => assembled.push(version),
            Err(more) => findings.extend(more),
        }
    }
    let (conflicts, suspected) = match (conflicts, suspected) {
        (Ok(conflicts), Ok(suspected)) if findings.is_empty() => (conflicts, suspected),
        (conflicts, suspected) => {
            findings.extend(conflicts.err().into_iter().flatten());
            findings.extend(suspected.err().into_iter().flatten());
            return Err(findings);
        }
    };
    let reports = report(root, &assembled, &conflicts, &suspected)?;
    let documents = assembled.into_iter().map(|one| (one.file, one.text));
    Ok(documents.chain(reports).collect())
}

/// The reports on documents that are finished.
fn report(
    root: &Path,
    assembled: &[Assembled],
    conflicts: &Conflicts,
    suspected: &Suspected,
) -> Result<[(String, String); 2], Vec<Finding>> {
    let documents: Vec<(&str, &Value)> = assembled
        .iter()
        .map(|one| (one.version.as_str(), &one.document))
        .collect();
    let mut overlays = BTreeSet::new();
    for (version, _) in &documents {
        let folder = root.join(OVERLAYS).join(version);
        if folder.is_dir() {
            let files = load::texts(&folder, version).map_err(|finding| vec![finding])?;
            overlays.extend(files.into_iter().map(|(path, _)| path));
        }
    }
    let mut findings = conflicts::verify(conflicts, CONFLICTS_FILE, &documents, &overlays);
    findings.extend(suspected::verify(suspected, SUSPECTED_FILE, &documents));
    if !findings.is_empty() {
        return Err(findings);
    }
    let versions: Vec<coverage::Version<'_>> = assembled
        .iter()
        .map(|one| coverage::Version {
            name: &one.version,
            document: &one.document,
            records: &one.records,
        })
        .collect();
    Ok([
        ("spec/CONFLICTS.md".to_owned(), conflicts::render(conflicts)),
        (
            "spec/COVERAGE.md".to_owned(),
            coverage::render(&versions, suspected),
        ),
    ])
}

/// A finished document, and what it was made from.
struct Assembled {
    version: String,
    records: Vec<(String, Record)>,
    document: Value,
    file: String,
    text: String,
}

fn assemble_version(
    root: &Path,
    version: &str,
    names: &Names,
    conflicts: Option<&Conflicts>,
) -> Result<Assembled, Vec<Finding>> {
    let pages = format!("spec/pages/{version}");
    let records = load::load_as(&root.join(&pages), &pages)?;
    let mut document = document(version, &records, names).map_err(|mut findings| {
        for finding in &mut findings {
            // What no single record is to blame for.
            let file = finding.file.get_or_insert_with(|| pages.clone());
            // The names of this version are all that was at hand.
            if file == NAMES_FILE {
                finding.pointer = finding
                    .pointer
                    .take()
                    .map(|pointer| format!("/{version}{pointer}"));
            }
        }
        findings
    })?;
    let folder = format!("{OVERLAYS}/{version}");
    let mut findings = Vec::new();
    if root.join(&folder).is_dir() {
        for (path, text) in
            load::texts(&root.join(&folder), &folder).map_err(|finding| vec![finding])?
        {
            match overlay::parse(&text, &path) {
                Ok(overlay) => findings.extend(overlay::apply(&mut document, &overlay)),
                Err(more) => findings.extend(more),
            }
        }
    }
    nullable::say_types(&mut document);
    order::document(&mut document);
    let file = format!("spec/heffl-{version}.yaml");
    // A document whose corrections failed would only be found fault with twice.
    if findings.is_empty() {
        findings.extend(verify(&document, &file));
        let settled = conflicts
            .map(|known| known.places(version))
            .unwrap_or_default();
        findings.extend(answers::check(&document, &records, &settled));
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    let text = yaml::write(&document).map_err(|finding| vec![finding.file(&file)])?;
    Ok(Assembled {
        version: version.to_owned(),
        records,
        document,
        file,
        text: format!("{HEADER}{text}"),
    })
}

/// The folders below `spec/pages`, sorted.
fn versions(root: &Path) -> Result<Vec<String>, Finding> {
    let folder = "spec/pages";
    let unreadable = |error: std::io::Error| {
        Finding::new("unreadable", format!("cannot be read: {error}"))
            .file(folder)
            .help("run this in the workspace")
    };
    let mut versions = Vec::new();
    for entry in std::fs::read_dir(root.join(folder)).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if entry.path().is_dir() {
            versions.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    versions.sort();
    Ok(versions)
}

/// Reads a file that may be missing.
fn read_or_default<T: Default>(
    root: &Path,
    file: &str,
    parse: impl Fn(&str, &str) -> Result<T, Vec<Finding>>,
) -> Result<T, Vec<Finding>> {
    let path = root.join(file);
    if !path.exists() {
        return Ok(T::default());
    }
    parse(
        &input::read(&path, file).map_err(|finding| vec![finding])?,
        file,
    )
}

#[cfg(test)]
mod tests;
