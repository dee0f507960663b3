//! One difference between what is wanted and what is on disk.

use serde::Serialize;
use similar::TextDiff;

/// One file that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Path below the root, segments joined with `/`.
    pub path: String,
    /// In which way it is not as it should be.
    pub kind: ChangeKind,
    /// The first line that differs, counted from 1. Present for [`ChangeKind::Differs`] only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Unified diff from what is on disk to what is wanted. Empty unless the kind is
    /// [`ChangeKind::Differs`].
    pub diff: String,
}

/// In which way a file is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// It should be there and is not.
    Missing,
    /// It is there with another text.
    Differs,
    /// It is there and should no longer be.
    Stale,
}

impl Change {
    pub(super) fn missing(path: &str) -> Self {
        Self::whole_file(path, ChangeKind::Missing)
    }

    pub(super) fn stale(path: &str) -> Self {
        Self::whole_file(path, ChangeKind::Stale)
    }

    /// The change from `found` to `wanted`, if they differ in more than newlines.
    pub(super) fn between(path: &str, found: &[u8], wanted: &str) -> Option<Self> {
        // Bytes that are not UTF-8 become replacement characters: never equal to a wanted text that
        // has none, and shown as what they are in the diff.
        let found_text = normalise(&String::from_utf8_lossy(found));
        let wanted_text = normalise(wanted);
        if found_text == wanted_text && std::str::from_utf8(found).is_ok() {
            return None;
        }
        let diff = TextDiff::from_lines(&found_text, &wanted_text)
            .unified_diff()
            .header(
                &format!("{path} (in the tree)"),
                &format!("{path} (as it should be)"),
            )
            .to_string();
        Some(Self {
            path: path.to_owned(),
            kind: ChangeKind::Differs,
            line: Some(first_difference(&found_text, &wanted_text)),
            diff,
        })
    }

    fn whole_file(path: &str, kind: ChangeKind) -> Self {
        Self {
            path: path.to_owned(),
            kind,
            line: None,
            diff: String::new(),
        }
    }
}

fn normalise(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// Number of the first line that differs, newline at its end included.
fn first_difference(a: &str, b: &str) -> usize {
    let equal = a
        .split_inclusive('\n')
        .zip(b.split_inclusive('\n'))
        .take_while(|(a, b)| a == b)
        .count();
    equal + 1
}
