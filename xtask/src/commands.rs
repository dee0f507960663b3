//! The commands.

pub(crate) mod custom_fields;
pub(crate) mod diff;
pub(crate) mod docs;
mod issue;
pub(crate) mod package;
pub(crate) mod stages;
pub(crate) mod tests_package;

use std::path::Path;

/// A path as a shell reads it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/\\._-+:".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
