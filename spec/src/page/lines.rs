//! Reads the bytes of a page into clean, numbered lines.

use crate::finding::Finding;

use super::problem::problem;

/// The largest page that is read. The largest real page known has 40 KiB.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// The largest number of lines that is read. The longest real page known has 1,500.
const MAX_LINES: usize = 20_000;

/// The text that replaces a hidden e-mail address.
const HIDDEN_EMAIL: &str = "[email protected]";
const EMAIL: &str = "user@example.com";

/// Labels of the site on lines of their own. All labels have several words, so that no field,
/// option or description of one word is mistaken for them.
const FURNITURE: &[&str] = &[
    "Skip to main content",
    "Copy page",
    "Try it",
    "Ask AI",
    "Ask a question...",
    "Suggest edits",
    "Raise issue",
    "Open in ChatGPT",
    "On this page",
    "Powered by Mintlify",
    "Built with Mintlify",
];

/// Everything from this line on is the site's footer.
const FOOTER: &str = "Was this page helpful?";

/// First line of the banner that points programs to the site's index.
const BANNER: &str = "Documentation Index";
const BANNER_LINES: &[&str] = &[
    "Fetch the complete documentation index at:",
    "Use this file to discover all available pages",
];

/// One line of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Counted from 1, in the page as it was given.
    pub(super) number: usize,
    /// Without white space at its end.
    pub(super) text: String,
}

impl Line {
    /// The text without white space at either end.
    pub(super) fn trimmed(&self) -> &str {
        self.text.trim()
    }

    /// Whether the line is blank.
    pub(super) fn is_blank(&self) -> bool {
        self.text.is_empty()
    }
}

/// Whether the text is only a URL.
pub(super) fn is_url(text: &str) -> bool {
    (text.starts_with("https://") || text.starts_with("http://")) && !text.contains(' ')
}

/// The trimmed text of a line; empty if there is no line.
pub(super) fn text(lines: &[Line], index: usize) -> &str {
    lines.get(index).map_or("", Line::trimmed)
}

/// The number of a line, or 1 if there is no line.
pub(super) fn number(lines: &[Line], index: usize) -> usize {
    lines.get(index).map_or(1, |line| line.number)
}

/// The lines of a page, without the labels of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// Blank lines between others are kept, because they separate descriptions.
    pub(super) lines: Vec<Line>,
    /// Whether the page has labels or the banner of a site.
    pub(super) from_a_site: bool,
}

impl Page {
    /// Cleans `text`.
    pub(super) fn read(text: &str) -> Result<Self, Finding> {
        if text.len() > MAX_BYTES {
            return Err(too_large(text.len() as u64));
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let text = text.replace("\r\n", "\n").replace(['\r', '\u{2028}'], "\n");
        let count = text.matches('\n').count() + 1;
        if count > MAX_LINES {
            let message = format!(
                "the page has {count} lines; pages of more than {MAX_LINES} lines are not read"
            );
            return Err(problem("page-too-large", MAX_LINES, message));
        }
        let mut lines = Vec::with_capacity(count);
        for (number, raw) in (1..).zip(text.split('\n')) {
            let text = clean(raw, number)?;
            lines.push(Line { number, text });
        }
        if let Some(footer) = lines.iter().position(|line| line.trimmed() == FOOTER) {
            lines.truncate(footer);
        }
        let is_banner = |line: &Line| {
            let text = line.trimmed();
            BANNER_LINES.iter().any(|start| text.starts_with(start))
        };
        // A heading of the page itself may have the same text as the first line of the banner.
        let has_banner = lines.iter().any(is_banner);
        lines.retain(|line| {
            let text = line.trimmed();
            !FURNITURE.contains(&text) && !(has_banner && (text == BANNER || is_banner(line)))
        });
        let from_a_site = lines.len() < count;
        while lines.pop_if(|line| line.is_blank()).is_some() {}
        let leading = lines.iter().take_while(|line| line.is_blank()).count();
        lines.drain(..leading);
        Ok(Self { lines, from_a_site })
    }
}

/// The finding for a page of `bytes` bytes.
pub(crate) fn too_large(bytes: u64) -> Finding {
    let message =
        format!("the page has {bytes} bytes; pages of more than {MAX_BYTES} bytes are not read");
    problem("page-too-large", 1, message)
}

fn clean(raw: &str, number: usize) -> Result<String, Finding> {
    let mut text = String::with_capacity(raw.len());
    for character in raw.chars() {
        match character {
            // Headings have a zero-width anchor; none of these characters has a meaning in a fact.
            '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => {}
            '\u{a0}' | '\u{202f}' | '\t' => text.push(' '),
            control if control.is_control() => {
                let code = u32::from(control);
                let message = format!("the line contains the control character U+{code:04X}");
                return Err(problem("page-not-text", number, message));
            }
            other => text.push(other),
        }
    }
    Ok(text.trim_end().replace(HIDDEN_EMAIL, EMAIL))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(usize, &str)]) {
        let page = Page::read(text).unwrap();
        let lines: Vec<_> = page
            .lines
            .iter()
            .map(|line| (line.number, line.text.as_str()))
            .collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn line_ends_and_layout_characters_are_unified() {
        check(
            "\u{feff}a\r\nb \u{a0}\rc\u{a0}d\n\u{200b}e",
            &[(1, "a"), (2, "b"), (3, "c d"), (4, "e")],
        );
    }

    #[test]
    fn hidden_emails_become_some_email() {
        check(
            "x \"[email\u{a0}protected]\" y",
            &[(1, "x \"user@example.com\" y")],
        );
        check("[email protected]", &[(1, "user@example.com")]);
    }

    #[test]
    fn labels_of_the_site_are_removed_and_line_numbers_stay() {
        check(
            "Skip to main content\n\nDocumentation Index\n\nFetch the complete documentation index at: https://x.test\n\nUse this file to discover all available pages before exploring further.\n\nGET\nWas this page helpful?\nYes\nNo",
            &[(9, "GET")],
        );
        check(
            "Documentation Index\n\nother",
            &[(1, "Documentation Index"), (2, ""), (3, "other")],
        );
    }

    #[test]
    fn bytes_other_than_text_are_reported() {
        let finding = Page::read("a\nb\u{0}").unwrap_err();
        assert_eq!((finding.rule, finding.line), ("page-not-text", Some(2)));
    }

    #[test]
    fn large_pages_are_not_read() {
        let finding = Page::read(&"x".repeat(MAX_BYTES + 1)).unwrap_err();
        assert_eq!(finding.rule, "page-too-large");
        assert!(Page::read(&"x\n".repeat(MAX_LINES - 1)).is_ok());
        let finding = Page::read(&"x\n".repeat(MAX_LINES)).unwrap_err();
        assert_eq!(
            (finding.rule, finding.line),
            ("page-too-large", Some(MAX_LINES))
        );
    }
}
