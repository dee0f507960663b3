//! `COVERAGE.md`: how well each operation is known, and what nobody has documented.

mod measure;
mod render;
pub(crate) mod suspected;
#[cfg(test)]
mod tests;

use std::{fmt, ops::AddAssign};

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

/// The kinds of evidence, strongest first.
const EVIDENCE: [Evidence; 5] = Evidence::ALL;

/// How many things are known how well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally([usize; EVIDENCE.len()]);

impl Tally {
    /// Counts one more.
    fn add(&mut self, evidence: Evidence) {
        for (known, count) in EVIDENCE.iter().zip(&mut self.0) {
            *count += usize::from(*known == evidence);
        }
    }

    /// How many are known as well as `evidence` says.
    fn of(self, evidence: Evidence) -> usize {
        let mut parts = EVIDENCE.iter().zip(self.0);
        parts
            .find_map(|(known, count)| (*known == evidence).then_some(count))
            .unwrap_or_default()
    }

    /// How many there are.
    fn total(self) -> usize {
        self.0.iter().sum()
    }

    /// How many of a hundred are documented, rounded down, so that 100 means all. Nothing if there
    /// is nothing to document.
    fn percent_documented(self) -> Option<usize> {
        (self.of(Evidence::Documented) * 100).checked_div(self.total())
    }
}

/// Counts what the other has counted.
impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count += more;
        }
    }
}

/// `3 documented, 1 inferred`, or a dash.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = EVIDENCE.iter().zip(self.0).filter(|(_, count)| *count > 0);
        let parts: Vec<String> = parts
            .map(|(evidence, count)| format!("{count} {evidence}"))
            .collect();
        f.write_str(
            if parts.is_empty() {
                "–".to_owned()
            } else {
                parts.join(", ")
            }
            .as_str(),
        )
    }
}

/// The evidence that a word stands for.
fn evidence(word: Option<&Value>) -> Option<Evidence> {
    Evidence::deserialize(word?).ok()
}
