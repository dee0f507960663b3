//! A difference between an expected file and the disk.

use serde::Serialize;
use similar::TextDiff;

/// A file that differs from the expected files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Path below the root, segments joined with `/`.
    pub path: String,
    /// The kind of difference.
    pub kind: ChangeKind,
    /// The first line that differs, counted from 1. Only for [`ChangeKind::Differs`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Unified diff from the file on disk to the expected file. Empty unless the kind is
    /// [`ChangeKind::Differs`].
    pub diff: String,
}

/// How a file differs from the expected files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// The file is missing.
    Missing,
    /// The file has another text.
    Differs,
    /// The file should not exist any more.
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
        // Bytes that are not UTF-8 become replacement characters: never equal to an expected text, which
        // has none, and visible in the diff.
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
