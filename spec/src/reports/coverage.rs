//! `COVERAGE.md`: how well each operation is known, and what nobody has documented.

mod measure;
mod render;
#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::Value;

pub use measure::{Operation, Weak, measure};
pub(crate) use render::LEFT_OUT;
pub use render::render;

use crate::fragment::{Evidence, Fragment};

/// A version of the API: its finished document, and the fragments that it was made from.
#[derive(Clone, Copy, Debug)]
pub struct Version<'a> {
    /// For example `v2`.
    pub name: &'a str,
    /// The OpenAPI document.
    pub document: &'a Value,
    /// The fragments.
    pub fragments: &'a [Fragment],
}

/// The kinds of evidence, strongest first.
const EVIDENCE: [Evidence; 5] = Evidence::ALL;

/// How many things are known how well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally([usize; EVIDENCE.len()]);

impl Tally {
    /// Counts one more.
    pub fn add(&mut self, evidence: Evidence) {
        for (known, count) in EVIDENCE.iter().zip(&mut self.0) {
            *count += usize::from(*known == evidence);
        }
    }

    /// Counts what `other` has counted.
    pub fn merge(&mut self, other: Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count += more;
        }
    }

    /// How many are known as well as `evidence` says.
    pub fn of(self, evidence: Evidence) -> usize {
        self.parts()
            .find_map(|(known, count)| (known == evidence).then_some(count))
            .unwrap_or_default()
    }

    /// How many there are.
    pub fn total(self) -> usize {
        self.0.iter().sum()
    }

    /// How many of a hundred are documented, rounded down, so that 100 means all. Nothing if there
    /// is nothing to document.
    pub fn percent_documented(self) -> Option<usize> {
        (self.of(Evidence::Documented) * 100).checked_div(self.total())
    }

    fn parts(self) -> impl Iterator<Item = (Evidence, usize)> {
        EVIDENCE.into_iter().zip(self.0)
    }
}

/// `3 documented, 1 inferred`, or a dash.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.total() == 0 {
            return f.write_str("–");
        }
        let mut comma = "";
        for (evidence, count) in self.parts().filter(|(_, count)| *count > 0) {
            write!(f, "{comma}{count} {evidence}")?;
            comma = ", ";
        }
        Ok(())
    }
}

/// The evidence that a word stands for.
fn evidence(word: Option<&Value>) -> Option<Evidence> {
    let word = word?.as_str()?;
    EVIDENCE.into_iter().find(|known| known.as_str() == word)
}
