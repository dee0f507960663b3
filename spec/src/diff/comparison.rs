//! Compares documents as files: the line of each change, and whether it counts.

use super::{Change, Severity, Step, compare, read::read};
use crate::{finding::Finding, yaml};

/// The text of a document, and its name in reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its file, or another name that identifies it.
    pub name: String,
    /// The YAML or JSON text.
    pub text: String,
}

/// Pairs of documents, compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The pairs.
    pub documents: Vec<Compared>,
    /// The lowest severity that counts as failure; `None` if all changes are only information.
    pub fail_on: Option<Severity>,
}

/// A compared pair of documents.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// The name of the document before.
    pub old: String,
    /// The name of the document after.
    pub new: String,
    /// The changes, in the order of [`compare`].
    pub changes: Vec<LocatedChange>,
}

/// A change with its line, and whether it is accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct LocatedChange {
    /// The change.
    pub change: Change,
    /// The line in the new document, counted from 1: of the place itself, or of the nearest place
    /// above it that is still there.
    pub line: usize,
    /// The reason, if the change is accepted.
    pub accepted: Option<String>,
}

impl Compared {
    /// Compares two documents.
    ///
    /// Fails if either of them is not an OpenAPI 3 document.
    pub fn between(old: &Document, new: &Document) -> Result<Self, Vec<Finding>> {
        let (before, after) = match (read(old), read(new)) {
            (Ok(before), Ok(after)) => (before, after),
            (before, after) => {
                return Err([before.err(), after.err()].into_iter().flatten().collect());
            }
        };
        let lines = yaml::Lines::of(&new.text);
        let changes = compare(&before, &after)
            .into_iter()
            .map(|change| LocatedChange {
                line: lines.find(&change.pointer),
                change,
                accepted: None,
            })
            .collect();
        Ok(Self {
            old: old.name.clone(),
            new: new.name.clone(),
            changes,
        })
    }
}

impl Comparison {
    /// All changes, each with its pair of documents.
    pub fn changes(&self) -> impl Iterator<Item = (&Compared, &LocatedChange)> {
        self.documents.iter().flat_map(|document| {
            document
                .changes
                .iter()
                .map(move |change| (document, change))
        })
    }

    /// The changes of this severity that are not accepted.
    pub fn open(&self, severity: Severity) -> impl Iterator<Item = (&Compared, &LocatedChange)> {
        self.changes().filter(move |(_, located)| {
            located.accepted.is_none() && located.change.severity == severity
        })
    }

    /// The accepted changes.
    pub fn accepted(&self) -> impl Iterator<Item = (&Compared, &LocatedChange)> {
        self.changes()
            .filter(|(_, located)| located.accepted.is_some())
    }

    /// Whether the change is a failure.
    pub fn counts(&self, located: &LocatedChange) -> bool {
        located.accepted.is_none()
            && self
                .fail_on
                .is_some_and(|least| located.change.severity >= least)
    }

    /// Whether any change is a failure.
    pub fn fails(&self) -> bool {
        self.changes().any(|(_, located)| self.counts(located))
    }

    /// The version step for the changes: the largest step of a change.
    pub fn suggested_step(&self) -> Step {
        let steps = self.changes().map(|(_, located)| {
            Step::of(
                &located.change,
                located.accepted.is_some(),
                Step::is_stable(),
            )
        });
        steps.max().unwrap_or(Step::None)
    }

    /// `1 breaking, 2 warnings, 3 for information, 1 accepted`.
    pub fn headline(&self) -> String {
        let count = |severity| self.open(severity).count();
        let plural = |number: usize| if number == 1 { "" } else { "s" };
        let (warnings, total) = (count(Severity::Warning), self.changes().count());
        let parts = [
            (count(Severity::Breaking), "breaking", ""),
            (warnings, "warning", plural(warnings)),
            (count(Severity::Info), "for information", ""),
            (self.accepted().count(), "accepted", ""),
        ];
        let parts = parts.iter().filter(|(number, ..)| *number > 0);
        let parts: Vec<String> = parts
            .map(|(number, word, end)| format!("{number} {word}{end}"))
            .collect();
        match parts.join(", ") {
            none if none.is_empty() => "no change of meaning".to_owned(),
            parts => format!("{total} change{} of meaning: {parts}", plural(total)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(name: &str, text: &str) -> Document {
        Document {
            name: name.to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn problems_of_both_documents_are_reported_together() {
        let good = document("good", "openapi: 3.0.3\npaths: {}\n");
        for bad in [
            "",
            "[1",
            "a: 1",
            "openapi: 3.0.3",
            "openapi: 2\npaths: {}",
            "openapi: 4.0.0\npaths: {}",
            "- 1",
            "openapi: 3.0.3\npaths: 5",
        ] {
            let bad = document("bad", bad);
            for (old, new, wrong) in [(&good, &bad, 1), (&bad, &good, 1), (&bad, &bad, 2)] {
                let findings = Compared::between(old, new).unwrap_err();
                assert_eq!(findings.len(), wrong, "{bad:?}");
                assert_eq!(findings[0].file.as_deref(), Some("bad"));
            }
        }
        assert!(Compared::between(&good, &good).unwrap().changes.is_empty());
    }

    #[test]
    fn lines_are_lines_of_the_new_document() {
        let old = document("a", "openapi: 3.0.3\npaths:\n  /old:\n    get: {}\n");
        let new = document(
            "b",
            "openapi: 3.0.3\ninfo: {}\npaths:\n  /new:\n    get: {}\n",
        );
        let compared = Compared::between(&old, &new).unwrap();
        let line = |rule: &str| {
            let mut of_rule = compared
                .changes
                .iter()
                .filter(|located| located.change.rule.id == rule);
            of_rule.next().unwrap().line
        };
        assert_eq!(line("operation-added"), 5);
        assert_eq!(line("operation-removed"), 3);
    }
}
