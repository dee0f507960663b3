//! Assembly: records and overlays become one OpenAPI document for each version of the API.
//!
//! [`load`] reads records, [`document()`] makes a document of them, overlays correct and complete it
//! ([`crate::overlay`]), and [`verify()`] says whether it is fit to be written. [`assemble`] does all
//! of it for every version below `spec/pages`.

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
mod verify;
mod words;
mod write;

use std::path::Path;

pub use document::document;
pub use load::{load, parse};
pub use names::{Names, VersionNames};
pub use verify::verify;

use crate::{Finding, input, overlay, yaml};

/// The first line of a document's file.
pub const HEADER: &str =
    "# Written by `cargo xtask assemble` from spec/pages and spec/overlays. Do not edit.\n";

/// Where chosen names are kept.
const NAMES_FILE: &str = "spec/names.yaml";

/// Methods in the order of a document.
const METHODS: &[&str] = &["get", "post", "put", "patch", "delete"];

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

/// Assembles the documents of all versions below `root`, the folder of the workspace. Gives each
/// document's path relative to `root` and its text.
pub fn assemble(root: &Path) -> Result<Vec<(String, String)>, Vec<Finding>> {
    let names = read_names(root).map_err(|finding| vec![finding])?;
    let mut documents = Vec::new();
    let mut findings = Vec::new();
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
        match assemble_version(root, &version, &names) {
            Ok(document) => documents.push(document),
            Err(more) => findings.extend(more),
        }
    }
    if findings.is_empty() {
        Ok(documents)
    } else {
        Err(findings)
    }
}

fn assemble_version(
    root: &Path,
    version: &str,
    names: &Names,
) -> Result<(String, String), Vec<Finding>> {
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
    let folder = format!("spec/overlays/{version}");
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
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    let text = yaml::write(&document).map_err(|finding| vec![finding.file(&file)])?;
    Ok((file, format!("{HEADER}{text}")))
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

fn read_names(root: &Path) -> Result<Names, Finding> {
    let path = root.join(NAMES_FILE);
    if !path.exists() {
        return Ok(Names::default());
    }
    Names::parse(&input::read(&path, NAMES_FILE)?, NAMES_FILE)
}

#[cfg(test)]
mod tests;
