//! Assembly: fragments and overlays become one OpenAPI document for each version of the API.
//!
//! [`Inputs`] are read from disk once; everything else is a pure function of them, so "what would the documents be if
//! these pages were pulled" is a call with other inputs. [`document()`] makes a document of fragments, overlays correct
//! and complete it ([`crate::overlay`]), and [`verify()`] checks whether it is fit to be written.

mod components;
mod descriptions;
mod document;
mod envelope;
mod error_examples;
mod expand;
mod finish;
mod guides;
mod inheritance;
mod inputs;
mod layers;
mod merge;
mod messages;
mod names;
mod nullable;
mod operations;
mod root;
mod shared_responses;
mod verify;

use descriptions::{DESCRIPTIONS, Descriptions};
use serde_json::Value;

pub use document::{Draft, document};
pub use inputs::Inputs;
pub(crate) use inputs::{INDEX, PAGES, version};
pub use layers::Agreement;
pub use names::{Names, VersionNames};
pub use verify::verify;

use crate::{
    conflicts::{self, Conflicts},
    coverage::{self, suspected},
    finding::{self, Finding},
    fragment::Fragment,
    openapi, overlay,
    yaml::{self, child},
};

/// The first line of a document's file.
pub const HEADER: &str =
    "# Written by `cargo xtask assemble` from spec/pages and spec/overlays. Do not edit.\n";

/// The file of chosen names.
const NAMES_FILE: &str = "spec/names.yaml";

/// The folder of overlays, with a folder for each version.
const OVERLAYS: &str = "spec/overlays";

/// The file of known contradictions.
const CONFLICTS_FILE: &str = "spec/conflicts.yaml";

/// The file of suspected operations.
const SUSPECTED_FILE: &str = "spec/suspected.yaml";

/// The report on contradictions.
const CONFLICTS_REPORT: &str = "spec/CONFLICTS.md";
const COVERAGE_REPORT: &str = "spec/COVERAGE.md";

/// The documents of all versions, and the reports on them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assembled {
    /// The path of each file relative to the workspace, and its text.
    pub files: Vec<(String, String)>,
    /// Where pages and facts that are kept by hand agree, or contradict each other.
    pub agreement: Agreement,
    /// Warnings: keywords that OpenAPI 3.0 does not have, and missing descriptions.
    pub warnings: Vec<Finding>,
}

/// Assembles the documents of all versions, and the reports on them.
pub fn assemble(inputs: &Inputs) -> Result<Assembled, Vec<Finding>> {
    let names = read(inputs, NAMES_FILE, Names::parse)?;
    let mut findings = Vec::new();
    let conflicts = read(inputs, CONFLICTS_FILE, conflicts::parse);
    let conflicts = finding::keep(conflicts, &mut findings).unwrap_or_default();
    let suspected = read(inputs, SUSPECTED_FILE, suspected::parse);
    let suspected = finding::keep(suspected, &mut findings).unwrap_or_default();
    let Some(versions) = finding::keep(inputs.fragments(), &mut findings) else {
        return Err(findings);
    };
    for unused in names.0.keys().filter(|it| !versions.contains_key(*it)) {
        let message = format!("there are no pages of {unused}");
        let finding = Finding::new("name-unused", message).file(NAMES_FILE);
        findings.push(finding.pointer(child("", unused)).help("delete the entry"));
    }
    let mut drafts: Vec<(&str, Draft)> = Vec::new();
    for (version, fragments) in &versions {
        let draft = finished(inputs, version, fragments, &names, &conflicts);
        let draft = finding::keep(draft, &mut findings);
        drafts.extend(draft.map(|draft| (version.as_str(), draft)));
    }
    finding::unless(findings, ())?;
    let documents = drafts.iter().map(|(name, draft)| (*name, &draft.document));
    let documents: Vec<(&str, &Value)> = documents.collect();
    let overlays = inputs
        .below(OVERLAYS)
        .filter_map(|(path, _)| path.strip_prefix(OVERLAYS)?.strip_prefix('/'))
        .map(str::to_owned)
        .collect();
    let fragments = versions.values().flatten();
    let pages = fragments.flat_map(Fragment::pages).collect();
    let mut findings = conflicts::verify(&conflicts, CONFLICTS_FILE, &documents, &overlays, &pages);
    findings.extend(suspected::verify(&suspected, SUSPECTED_FILE, &documents));
    finding::unless(findings, ())?;
    let covered = documents.iter().map(|(name, document)| coverage::Version {
        name,
        document,
        fragments: &versions[*name],
    });
    let covered: Vec<coverage::Version<'_>> = covered.collect();
    let reports = [
        (CONFLICTS_REPORT, conflicts::render(&conflicts)),
        (COVERAGE_REPORT, coverage::render(&covered, &suspected)),
    ];
    let mut assembled = Assembled::default();
    for (version, draft) in drafts {
        let file = file_of(version);
        let text = yaml::write(&draft.document).map_err(|finding| finding.file(&file))?;
        assembled.files.push((file, format!("{HEADER}{text}")));
        assembled.agreement.extend(draft.agreement);
        let of_fragments = versions[version].iter().flat_map(|it| &it.warnings);
        assembled.warnings.extend(of_fragments.cloned());
        assembled.warnings.extend(draft.warnings);
    }
    let reports = reports.map(|(file, text)| (file.to_owned(), text));
    assembled.files.extend(reports);
    Ok(assembled)
}

/// The content of a file that may be missing.
fn read<T: Default, E>(
    inputs: &Inputs,
    file: &str,
    parse: impl FnOnce(&str, &str) -> Result<T, E>,
) -> Result<T, E> {
    match inputs.text(file) {
        Some(text) => parse(text, file),
        None => Ok(T::default()),
    }
}

/// The file of a document.
pub(crate) fn file_of(version: &str) -> String {
    format!("spec/heffl-{version}.yaml")
}

/// The document of one version, corrected and described.
fn finished(
    inputs: &Inputs,
    version: &str,
    fragments: &[Fragment],
    names: &Names,
    conflicts: &Conflicts,
) -> Result<Draft, Vec<Finding>> {
    let placed = |finding| in_version(finding, version);
    let mut draft = document(version, fragments, names)
        .map_err(|findings| findings.into_iter().map(placed).collect::<Vec<_>>())?;
    let document = &mut draft.document;
    let mut findings = Vec::new();
    for (path, text) in inputs.below(&format!("{OVERLAYS}/{version}")) {
        if let Some(overlay) = finding::keep(overlay::parse(text, path), &mut findings) {
            findings.extend(overlay::apply(document, &overlay));
        }
    }
    let descriptions = Descriptions::parse(inputs.below(&format!("{DESCRIPTIONS}/{version}")));
    let descriptions = finding::keep(descriptions, &mut findings).unwrap_or_default();
    // If a correction failed, verification would only report the same problem again.
    finding::unless(findings, ())?;
    let file = file_of(version);
    let contradicted = guides::apply(document, fragments);
    draft.warnings.extend(descriptions.apply(document, &file));
    nullable::write_as_choices(document);
    error_examples::name_fields(document);
    openapi::order::document(document);
    let settled = conflicts.places(version);
    draft.agreement.contradicted.extend(contradicted);
    draft.agreement.contradicted.retain(|finding| {
        let place = finding.pointer.as_deref().unwrap_or_default();
        !settled.contains(place)
    });
    let mut findings = verify(document, &file);
    let shared_responses = &draft.shared_responses;
    findings.extend(shared_responses::check(
        document,
        shared_responses,
        &settled,
    ));
    finding::unless(findings, draft)
}

/// A finding about the fragments of one version, of which only the names are known.
fn in_version(mut finding: Finding, version: &str) -> Finding {
    // A finding that belongs to no single fragment.
    let file = finding
        .file
        .get_or_insert_with(|| format!("spec/facts/{version}"));
    if file == NAMES_FILE {
        let pointer = finding.pointer.take();
        finding.pointer = pointer.map(|pointer| format!("/{version}{pointer}"));
    }
    finding
}

#[cfg(test)]
mod tests;
