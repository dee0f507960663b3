//! What lists that are kept by hand have in common: how their faults are reported.

use crate::finding::Finding;

pub(crate) const NO_VERSIONS: &str = "these are not versions in their order";

pub(crate) const NO_SENTENCE: &str = "this must be text on one line";

/// The faults of one file.
pub(crate) struct Faults<'a> {
    file: &'a str,
    rule: &'static str,
    pub(crate) findings: Vec<Finding>,
}

impl<'a> Faults<'a> {
    /// No faults yet.
    pub(crate) fn of(file: &'a str, rule: &'static str) -> Self {
        Self {
            file,
            rule,
            findings: Vec::new(),
        }
    }

    /// Reports a fault, unless what should be so `holds`.
    pub(crate) fn unless(&mut self, holds: bool, pointer: String, message: String, help: &str) {
        if !holds {
            let finding = Finding::new(self.rule, message).file(self.file);
            self.findings.push(finding.pointer(pointer).help(help));
        }
    }

    /// The value, if there are no faults.
    pub(crate) fn or<T>(self, value: T) -> Result<T, Vec<Finding>> {
        if self.findings.is_empty() {
            Ok(value)
        } else {
            Err(self.findings)
        }
    }
}

/// Whether the text is a sentence: on one line, and not empty.
pub(crate) fn is_sentence(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains('\n')
}

/// Whether these are versions such as `v2`, each once, in order, and at least one.
pub(crate) fn is_versions(names: &[String]) -> bool {
    let is_version = |name: &String| {
        let number = name.strip_prefix('v');
        number.is_some_and(|it| !it.is_empty() && it.bytes().all(|digit| digit.is_ascii_digit()))
    };
    let is_sorted = names.is_sorted_by(|first, second| first < second);
    !names.is_empty() && is_sorted && names.iter().all(is_version)
}
