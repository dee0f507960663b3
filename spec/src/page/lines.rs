//! First layer: bytes of a page to clean, numbered lines.

use crate::finding::Finding;

/// The largest page that is read. The largest real page known has 40 KiB.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// The most lines that are read. The longest real page known has 1,500.
const MAX_LINES: usize = 20_000;

/// What stands in a fragment where the page hides an e-mail address.
const HIDDEN_EMAIL: &str = "[email protected]";
const EMAIL: &str = "user@example.com";

/// Site furniture that stands on lines of its own. All labels have several words, so that no field,
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

/// First line of the banner that points programs to the site's index, and what its lines start with.
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

    /// Nothing on it.
    pub(super) fn is_blank(&self) -> bool {
        self.text.is_empty()
    }
}

/// The lines of a page, without what belongs to the site and not to the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// Blank lines are kept: they separate descriptions.
    pub(super) lines: Vec<Line>,
    /// The page opens with the site's furniture or banner.
    pub(super) from_a_site: bool,
}

impl Page {
    /// Cleans `text`.
    pub(super) fn read(text: &str) -> Result<Self, Finding> {
        if text.len() > MAX_BYTES {
            return Err(too_large(text.len() as u64));
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let unified = text.replace("\r\n", "\n").replace(['\r', '\u{2028}'], "\n");
        let count = unified.matches('\n').count() + 1;
        if count > MAX_LINES {
            return Err(Finding::new(
                "page-too-large",
                format!(
                    "the page has {count} lines; pages of more than {MAX_LINES} lines are not read"
                ),
            )
            .line(MAX_LINES)
            .help("check that the file holds one page and not a whole site"));
        }
        let mut lines = Vec::with_capacity(count);
        for (index, raw) in unified.split('\n').enumerate() {
            let number = index + 1;
            lines.push(Line {
                number,
                text: clean(raw, number)?,
            });
        }
        let before = lines.len();
        let lines = without_furniture(lines);
        Ok(Self {
            from_a_site: lines.len() < before,
            lines: trim_blank_ends(lines),
        })
    }
}

/// The finding for a page of `bytes` bytes.
pub(crate) fn too_large(bytes: u64) -> Finding {
    Finding::new(
        "page-too-large",
        format!("the page has {bytes} bytes; pages of more than {MAX_BYTES} bytes are not read"),
    )
    .line(1)
    .help("check that the file holds one page and not a whole site")
}

fn clean(raw: &str, number: usize) -> Result<String, Finding> {
    if raw.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Ok(raw.trim_end().replace(HIDDEN_EMAIL, EMAIL));
    }
    let mut text = String::with_capacity(raw.len());
    for character in raw.chars() {
        match character {
            // Headings carry a zero-width anchor; none of these ever has a meaning in a fact.
            '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => {}
            '\u{a0}' | '\u{202f}' | '\t' => text.push(' '),
            control if control.is_control() => {
                return Err(Finding::new(
                    "page-not-text",
                    format!(
                        "the line holds the control character U+{:04X}",
                        u32::from(control)
                    ),
                )
                .line(number)
                .help("save the page as plain UTF-8 text"));
            }
            other => text.push(other),
        }
    }
    text.truncate(text.trim_end().len());
    Ok(text.replace(HIDDEN_EMAIL, EMAIL))
}

fn without_furniture(lines: Vec<Line>) -> Vec<Line> {
    let mut kept: Vec<Line> = Vec::with_capacity(lines.len());
    let mut lines = lines.into_iter().peekable();
    while let Some(line) = lines.next() {
        let text = line.trimmed();
        if text == FOOTER {
            break;
        }
        if FURNITURE.contains(&text) {
            continue;
        }
        if text == BANNER {
            let mut blanks = Vec::new();
            while let Some(blank) = lines.next_if(Line::is_blank) {
                blanks.push(blank);
            }
            if lines.peek().is_some_and(is_banner_line) {
                while lines
                    .next_if(|next| next.is_blank() || is_banner_line(next))
                    .is_some()
                {}
            } else {
                // A heading of the page itself that happens to read the same.
                kept.push(line);
                kept.append(&mut blanks);
            }
            continue;
        }
        kept.push(line);
    }
    kept
}

fn is_banner_line(line: &Line) -> bool {
    BANNER_LINES
        .iter()
        .any(|start| line.trimmed().starts_with(start))
}

fn trim_blank_ends(mut lines: Vec<Line>) -> Vec<Line> {
    while lines.last().is_some_and(Line::is_blank) {
        lines.pop();
    }
    let leading = lines.iter().take_while(|line| line.is_blank()).count();
    lines.drain(..leading);
    lines
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
    fn furniture_goes_and_numbers_stay() {
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
    fn bytes_that_are_no_text_are_found() {
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
