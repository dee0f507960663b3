//! The sections of an endpoint page.

use crate::finding::Finding;

use super::token::{Kind, Section, Token};

/// One section: its heading, and the tokens below.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part<'a> {
    pub(super) section: Section,
    /// Line of the heading.
    pub(super) number: usize,
    pub(super) tokens: &'a [Token<'a>],
}

/// Indices of the headings of the page's last block of sections.
///
/// Hybrid pages put prose with headings of the same words before the block. It starts at the last
/// `Authorizations`; on pages without, as far up as no heading repeats.
pub(super) fn headings(tokens: &[Token<'_>]) -> Vec<(usize, Section)> {
    let all: Vec<(usize, Section)> = tokens
        .iter()
        .enumerate()
        .filter_map(|(index, token)| match token.kind {
            // With a type below it, the word is the name of a field.
            Kind::Heading(section) if !tokens.get(index + 1).is_some_and(Token::is_type) => {
                Some((index, section))
            }
            _ => None,
        })
        .collect();
    let authorizations = all
        .iter()
        .rposition(|(_, section)| *section == Section::Authorizations);
    let start = authorizations.unwrap_or_else(|| {
        let mut seen = Vec::new();
        let repeated = all.iter().rposition(|(_, section)| {
            let repeats = seen.contains(section);
            seen.push(*section);
            repeats
        });
        repeated.map_or(0, |index| index + 1)
    });
    all.get(start..).unwrap_or_default().to_vec()
}

/// The sections below `headings`.
pub(super) fn split<'a>(
    tokens: &'a [Token<'a>],
    headings: &[(usize, Section)],
) -> Result<Vec<Part<'a>>, Finding> {
    let mut parts: Vec<Part<'a>> = Vec::new();
    for (position, (start, section)) in headings.iter().enumerate() {
        let end = headings
            .get(position + 1)
            .map_or(tokens.len(), |(next, _)| *next);
        let number = tokens.get(*start).map_or(1, |token| token.number);
        if let Some(first) = parts.iter().find(|part| part.section == *section) {
            return Err(Finding::new(
                "page-section-twice",
                format!(
                    "the heading `{}` stands here and on line {}",
                    section.heading(),
                    first.number
                ),
            )
            .line(number)
            .help("two pages may be mixed in this file; save the page again"));
        }
        parts.push(Part {
            section: *section,
            number,
            tokens: tokens.get(start + 1..end).unwrap_or_default(),
        });
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::super::lines::Page;
    use super::super::token::tokens;
    use super::*;

    fn check(text: &str, expected: &[(usize, Section)]) {
        let page = Page::read(text).unwrap();
        let tokens = tokens(&page.lines);
        assert_eq!(headings(&tokens), expected);
    }

    #[test]
    fn the_last_block_counts() {
        check(
            "Response\nprose\nAuthorizations\nx\nstring\nResponse\nOK",
            &[(2, Section::Authorizations), (5, Section::Response)],
        );
        check(
            "Response\nprose\nQuery Parameters\nx\nstring\nResponse\nOK",
            &[(2, Section::Query), (5, Section::Response)],
        );
    }

    #[test]
    fn a_field_may_be_named_like_a_heading() {
        check(
            "Body\napplication/json\nBody\nstring\nResponse\nOK",
            &[(0, Section::Body), (4, Section::Response)],
        );
    }

    #[test]
    fn no_section_stands_twice() {
        let page = Page::read("Authorizations\nBody\na\nBody\nb").unwrap();
        let tokens = tokens(&page.lines);
        let finding = split(&tokens, &headings(&tokens)).unwrap_err();
        assert_eq!(
            (finding.rule, finding.line),
            ("page-section-twice", Some(4))
        );
    }
}
