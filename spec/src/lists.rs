//! Reports problems of the lists that are kept by hand.

use crate::finding::Finding;

/// The problems of a file.
#[derive(Default)]
pub(crate) struct Faults<'a> {
    file: &'a str,
    rule: &'static str,
    /// The pointer of the entry that is checked.
    entry: String,
    /// The start of messages about it.
    name: String,
    pub(crate) findings: Vec<Finding>,
}

impl<'a> Faults<'a> {
    /// No problems yet.
    pub(crate) fn of(file: &'a str, rule: &'static str) -> Self {
        Self {
            file,
            rule,
            ..Self::default()
        }
    }

    /// Checks the entry at `pointer` next.
    pub(crate) fn about(&mut self, pointer: String, name: &str) {
        self.entry = pointer;
        self.name = match name.trim() {
            "" => String::new(),
            name => format!("{name}: "),
        };
    }

    /// Reports a problem of the entry, or of its `key`, unless the condition `holds`.
    pub(crate) fn unless(&mut self, holds: bool, key: &str, message: &str, help: &str) {
        if !holds {
            let finding = Finding::new(self.rule, format!("{}{message}", self.name));
            let pointer = format!("{}{key}", self.entry);
            self.findings
                .push(finding.file(self.file).pointer(pointer).help(help));
        }
    }

    /// The value, if there are no problems.
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

/// Reports text that is not a sentence.
pub(crate) fn check_sentence(text: &str, key: &str, faults: &mut Faults<'_>) {
    let message = "this must be text on one line";
    faults.unless(is_sentence(text), key, message, "write a sentence");
}

/// Reports a value that is not a list of versions such as `v2`: at least one, in order, without repetitions.
pub(crate) fn check_versions(names: &[String], faults: &mut Faults<'_>) {
    let is_version = |name: &String| {
        let number = name.strip_prefix('v');
        number.is_some_and(|it| !it.is_empty() && it.bytes().all(|digit| digit.is_ascii_digit()))
    };
    let is_sorted = names.is_sorted_by(|first, second| first < second);
    let holds = !names.is_empty() && is_sorted && names.iter().all(is_version);
    let message = "these are not versions in their order";
    faults.unless(holds, "/versions", message, "write them like [v1, v2]");
}
