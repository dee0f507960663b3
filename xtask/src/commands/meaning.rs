//! What new fragments or overlays change in the meaning of the documents.

use std::path::Path;

use heffl_spec::{
    diff::{Compared, Comparison, Document, Severity},
    input,
};

/// Compares the documents in the tree with `wanted`: those whose text differs, as far as they can be
/// compared. One that is missing, or broken by hand, has no meaning to compare with.
pub(super) fn between(
    root: &Path,
    wanted: &[(String, String)],
    fail_on: Option<Severity>,
) -> Option<Comparison> {
    let compare = |(path, text): &(String, String)| {
        let found = input::read(&root.join(path), path).ok()?;
        if found.replace("\r\n", "\n") == *text {
            return None;
        }
        let old = Document {
            name: format!("{path} in the tree"),
            text: found,
        };
        let new = Document {
            name: path.clone(),
            text: text.clone(),
        };
        Compared::between(&old, &new).ok()
    };
    let documents: Vec<Compared> = wanted.iter().filter_map(compare).collect();
    (!documents.is_empty()).then_some(Comparison { documents, fail_on })
}
