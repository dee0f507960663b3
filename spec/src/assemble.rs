//! Assembly: fragments and overlays become one OpenAPI document for each version of the API.
//!
//! [`Inputs`] are read from disk once; all else is a pure function of them, so that "what would the
//! documents be if these pages were pulled" is a call with other inputs. [`document()`] makes a document of
//! fragments, overlays correct and complete it ([`crate::overlay`]), and [`verify()`] checks whether it is fit
//! to be written.

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
    coverage::{
        self,
        suspected::{self, Suspected},
    },
    finding::Finding,
    fragment::Fragment,
    openapi, overlay,
    yaml::{self, child},
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

/// The reports on them.
const CONFLICTS_REPORT: &str = "spec/CONFLICTS.md";
const COVERAGE_REPORT: &str = "spec/COVERAGE.md";

/// The documents of all versions, and the reports on them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assembled {
    /// The path of each file relative to the workspace, and its text.
    pub files: Vec<(String, String)>,
    /// Where pages and facts that are kept by hand agree, or contradict each other.
    pub agreement: Agreement,
    /// What OpenAPI 3.0 has no keyword for, and what nobody has described yet.
    pub warnings: Vec<Finding>,
}

/// Assembles the documents of all versions, and the reports on them.
pub fn assemble(inputs: &Inputs) -> Result<Assembled, Vec<Finding>> {
    let names = read(inputs, NAMES_FILE, Names::parse).map_err(|finding| vec![finding])?;
    let conflicts = read(inputs, CONFLICTS_FILE, conflicts::parse);
    let suspected = read(inputs, SUSPECTED_FILE, suspected::parse);
    let versions = inputs.fragments();
    let mut findings = Vec::new();
    let mut drafts = Vec::new();
    match &versions {
        Err(more) => findings.extend_from_slice(more),
        Ok(versions) => {
            for unused in names.0.keys().filter(|it| !versions.contains_key(*it)) {
                let message = format!("there are no pages of {unused}");
                let finding = Finding::new("name-unused", message).file(NAMES_FILE);
                findings.push(finding.pointer(child("", unused)).help("delete the entry"));
            }
            for (version, fragments) in versions {
                match finished(inputs, version, fragments, &names, conflicts.as_ref().ok()) {
                    Ok(finished) => drafts.push(finished),
                    Err(more) => findings.extend(more),
                }
            }
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
    let reports = report(inputs, &drafts, &conflicts, &suspected)?;
    let mut assembled = Assembled::default();
    for finished in drafts {
        assembled.files.push((finished.file, finished.text));
        assembled.agreement.extend(finished.agreement);
        let of_fragments = finished.fragments.iter().flat_map(|it| &it.warnings);
        assembled.warnings.extend(of_fragments.cloned());
        assembled.warnings.extend(finished.warnings);
    }
    assembled.files.extend(reports);
    Ok(assembled)
}

/// What a file that may be missing holds.
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

/// The reports on documents that are finished.
fn report(
    inputs: &Inputs,
    finished: &[Finished<'_>],
    conflicts: &Conflicts,
    suspected: &Suspected,
) -> Result<[(String, String); 2], Vec<Finding>> {
    let documents = finished.iter().map(|it| (it.version, &it.document));
    let documents: Vec<(&str, &Value)> = documents.collect();
    let overlays = inputs
        .below(OVERLAYS)
        .filter_map(|(path, _)| path.strip_prefix(OVERLAYS)?.strip_prefix('/'))
        .map(str::to_owned)
        .collect();
    let fragments = finished.iter().flat_map(|finished| finished.fragments);
    let pages = fragments.flat_map(Fragment::pages).collect();
    let mut findings = conflicts::verify(conflicts, CONFLICTS_FILE, &documents, &overlays, &pages);
    findings.extend(suspected::verify(suspected, SUSPECTED_FILE, &documents));
    if !findings.is_empty() {
        return Err(findings);
    }
    let versions = finished.iter().map(|finished| coverage::Version {
        name: finished.version,
        document: &finished.document,
        fragments: finished.fragments,
    });
    let versions: Vec<coverage::Version<'_>> = versions.collect();
    let conflicts = conflicts::render(conflicts);
    let coverage = coverage::render(&versions, suspected);
    Ok([
        (CONFLICTS_REPORT.to_owned(), conflicts),
        (COVERAGE_REPORT.to_owned(), coverage),
    ])
}

/// A finished document, and what it was made from.
struct Finished<'a> {
    version: &'a str,
    fragments: &'a [Fragment],
    document: Value,
    agreement: Agreement,
    warnings: Vec<Finding>,
    file: String,
    text: String,
}

fn finished<'a>(
    inputs: &Inputs,
    version: &'a str,
    fragments: &'a [Fragment],
    names: &Names,
    conflicts: Option<&Conflicts>,
) -> Result<Finished<'a>, Vec<Finding>> {
    let placed = |finding| in_version(finding, version);
    let draft = document(version, fragments, names)
        .map_err(|findings| findings.into_iter().map(placed).collect::<Vec<_>>())?;
    let Draft {
        mut document,
        mut agreement,
        mut warnings,
        shared_responses,
    } = draft;
    let mut findings = Vec::new();
    for (path, text) in inputs.below(&format!("{OVERLAYS}/{version}")) {
        match overlay::parse(text, path) {
            Ok(overlay) => findings.extend(overlay::apply(&mut document, &overlay)),
            Err(more) => findings.extend(more),
        }
    }
    let folder = format!("{DESCRIPTIONS}/{version}");
    let descriptions = Descriptions::parse(inputs.below(&folder)).unwrap_or_else(|more| {
        findings.extend(more);
        Descriptions::default()
    });
    // A document whose corrections failed would only be found fault with twice.
    if !findings.is_empty() {
        return Err(findings);
    }
    let file = format!("spec/heffl-{version}.yaml");
    let contradicted = guides::apply(&mut document, fragments);
    warnings.extend(descriptions.apply(&mut document, &file));
    nullable::write_as_choices(&mut document);
    error_examples::name_fields(&mut document);
    openapi::order::document(&mut document);
    let settled = conflicts.map(|known| known.places(version));
    let settled = settled.unwrap_or_default();
    agreement.contradicted.extend(contradicted);
    agreement.contradicted.retain(|finding| {
        let place = finding.pointer.as_deref().unwrap_or_default();
        !settled.contains(place)
    });
    findings.extend(verify(&document, &file));
    findings.extend(shared_responses::check(
        &document,
        &shared_responses,
        &settled,
    ));
    if !findings.is_empty() {
        return Err(findings);
    }
    let text = yaml::write(&document).map_err(|finding| vec![finding.file(&file)])?;
    Ok(Finished {
        version,
        fragments,
        document,
        agreement,
        warnings,
        file,
        text: format!("{HEADER}{text}"),
    })
}

/// A finding about the fragments of one version. The names of this version are all that was at hand.
fn in_version(mut finding: Finding, version: &str) -> Finding {
    // What no single fragment is to blame for.
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
