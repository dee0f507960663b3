//! `COVERAGE.md`: the evidence of each operation, and undocumented operations and fields.

mod measure;
mod render;
pub(crate) mod suspected;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Deserialize as _;
use serde_json::Value;

pub(crate) use render::{LEFT_OUT, render};

use crate::fragment::{Evidence, Fragment};

/// A version of the API: its finished document, and the fragments that it was made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Version<'a> {
    /// For example `v2`.
    pub(crate) name: &'a str,
    /// The OpenAPI document.
    pub(crate) document: &'a Value,
    /// The fragments.
    pub(crate) fragments: &'a [Fragment],
}

/// The number of operations, parameters or fields for each evidence.
type Tally = BTreeMap<Evidence, usize>;

/// The total of a tally.
fn total(tally: &Tally) -> usize {
    tally.values().sum()
}

/// `3 documented, 1 inferred`, or a dash.
fn listed(tally: &Tally) -> String {
    let strongest_first = tally.iter().rev();
    let parts = strongest_first.map(|(evidence, count)| format!("{count} {evidence}"));
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() {
        "–".to_owned()
    } else {
        parts.join(", ")
    }
}

/// The evidence with this name.
fn evidence(word: Option<&Value>) -> Option<Evidence> {
    Evidence::deserialize(word?).ok()
}
