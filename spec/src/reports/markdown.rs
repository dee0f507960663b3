//! Pieces of Markdown.

pub(super) use crate::report::markdown::{code, prose};

/// Where the documentation is.
const SITE: &str = "https://docs.heffl.com/";

/// A link to a page: an address below the documentation site, or a whole one.
pub(super) fn page(address: &str) -> String {
    let address = address.strip_prefix(SITE).unwrap_or(address);
    if address.starts_with("https://") {
        format!("<{address}>")
    } else {
        format!("[{address}]({SITE}{address})")
    }
}

/// Prose in the cell of a table, where a bar would begin the next cell.
pub(super) fn cell(text: &str) -> String {
    prose(text).replace('|', "\\|")
}

/// `3 operations`, `1 operation`.
pub(super) fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("{number} {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// The anchor that a heading gets where the file is shown.
pub(super) fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces() {
        for (made, expected) in [
            (
                page("ref/get-a-gadget"),
                "[ref/get-a-gadget](https://docs.heffl.com/ref/get-a-gadget)",
            ),
            (
                page("https://docs.heffl.com/ref/get-a-gadget"),
                "[ref/get-a-gadget](https://docs.heffl.com/ref/get-a-gadget)",
            ),
            (page("https://example.com/a"), "<https://example.com/a>"),
            (cell("a | `b` <c>"), "a \\| `b` &lt;c>"),
            (count(1, "field"), "1 field"),
            (count(0, "field"), "0 fields"),
            (
                anchor("Paging, sorting & filters"),
                "paging-sorting--filters",
            ),
        ] {
            assert_eq!(made, expected);
        }
    }
}
