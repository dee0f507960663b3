//! Reports that are kept beside the documents: `CONFLICTS.md` says where the documentation
//! contradicts itself and what was chosen, `COVERAGE.md` how well each operation is known.
//!
//! Everything here is a pure function: text and documents in, findings and Markdown out.

pub mod conflicts;
pub mod coverage;
mod markdown;
pub mod suspected;

use serde::de::DeserializeOwned;

use crate::{finding::Finding, yaml};

/// Reads a file kept by hand: strict YAML, and nothing in it that `T` does not know.
fn read<T: DeserializeOwned>(
    text: &str,
    file: &str,
    rule: &'static str,
    help: &str,
) -> Result<T, Vec<Finding>> {
    // Typed reading alone would let repeated keys of maps pass.
    yaml::read(text, file).map_err(|finding| vec![finding])?;
    serde_yaml::from_str(text).map_err(|error| {
        let mut finding = yaml::syntax_finding(&error, file).help(help);
        finding.rule = rule;
        vec![finding]
    })
}

/// Whether `name` is a version, as in `v2`.
fn is_version(name: &str) -> bool {
    name.strip_prefix('v').is_some_and(|number| {
        !number.is_empty() && number.chars().all(|digit| digit.is_ascii_digit())
    })
}

/// Whether the list says each thing once, in order, and at least one.
fn is_sorted_set(names: &[String]) -> bool {
    !names.is_empty() && names.is_sorted_by(|first, second| first < second)
}
