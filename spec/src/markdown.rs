//! Writes parts of Markdown.

/// The address of the documentation.
const SITE: &str = "https://docs.heffl.com/";

/// A link to a page: an address below the documentation site, or a complete URL.
pub(crate) fn page(address: &str) -> String {
    let address = address.strip_prefix(SITE).unwrap_or(address);
    if address.starts_with("https://") {
        format!("<{address}>")
    } else {
        format!("[{address}]({SITE}{address})")
    }
}

/// Prose in the cell of a table, where a bar would begin the next cell.
pub(crate) fn cell(text: &str) -> String {
    prose(text).replace('|', "\\|")
}

/// `3 operations`, `1 operation`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// The anchor that a heading gets where the file is shown.
pub(crate) fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// Backticks that do not occur in `text`, at least `shortest`.
pub(crate) fn fence(text: &str, shortest: usize) -> String {
    let mut longest = 0;
    let mut run = 0;
    for character in text.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    "`".repeat(shortest.max(longest + 1))
}

/// Inline code.
pub(crate) fn code(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    let fence = fence(&text, 1);
    if text.contains('`') {
        format!("{fence} {text} {fence}")
    } else {
        format!("{fence}{text}{fence}")
    }
}

/// A message on one line. Text between backticks is code and stays unchanged; elsewhere, HTML tags are escaped.
pub(crate) fn prose(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    // With an odd number of backticks, the last one does not start code.
    let all_prose = text.matches('`').count() % 2 == 1;
    text.split('`')
        .enumerate()
        .map(|(index, part)| {
            if index % 2 == 1 && !all_prose {
                part.to_owned()
            } else {
                part.replace('&', "&amp;").replace('<', "&lt;")
            }
        })
        .collect::<Vec<_>>()
        .join(if all_prose { "\\`" } else { "`" })
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
