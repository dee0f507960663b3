//! What kind of page it is, and a clear refusal of what cannot be read.

use crate::finding::Finding;

use super::guide::{self, Reading};
use super::head::{self, Route};
use super::lines::Page;
use super::sections::headings;
use super::token::{Section, Token, starts_field};

/// A page that can be read.
#[derive(Debug)]
pub(super) enum PageKind {
    /// A reference page: where its head is, and its sections' headings.
    Endpoint(Route, Vec<(usize, Section)>),
    /// A guide, with its facts.
    Guide(Reading),
}

const SAVE_AS_TEXT: &str = "save the rendered page as text, one text node a line";

/// Classifies a page, or says why it cannot be read.
pub(super) fn classify(page: &Page, tokens: &[Token<'_>]) -> Result<PageKind, Vec<Finding>> {
    if page.lines.is_empty() {
        return refuse("page-empty", 1, "the page is empty", SAVE_AS_TEXT);
    }
    refuse_markup(page)?;
    let headings = headings(tokens);
    match head::route(&page.lines) {
        Some(route) => endpoint(tokens, route, headings),
        None => without_route(page, tokens, &headings),
    }
}

fn endpoint(
    tokens: &[Token<'_>],
    route: Route,
    headings: Vec<(usize, Section)>,
) -> Result<PageKind, Vec<Finding>> {
    let field = (route.end..tokens.len()).find(|index| starts_field(tokens, *index));
    if headings.is_empty() {
        return match field.and_then(|index| tokens.get(index)) {
            Some(field) => refuse(
                "page-labels-unknown",
                field.number,
                &format!(
                    "fields start here, but none of the headings {} stands before them",
                    heading_list()
                ),
                "the page may be a translation; save the English one",
            ),
            None => refuse(
                "page-cut-off",
                tokens.last().map_or(1, |last| last.number),
                "the page ends before its sections",
                "save the whole page again",
            ),
        };
    }
    if let Some(number) = article_style(tokens, &headings) {
        return refuse_article(number);
    }
    if !headings
        .iter()
        .any(|(_, section)| *section == Section::Response)
    {
        return refuse(
            "page-cut-off",
            tokens.last().map_or(1, |last| last.number),
            "the page ends before its section `Response`",
            "save the whole page again",
        );
    }
    Ok(PageKind::Endpoint(route, headings))
}

fn without_route(
    page: &Page,
    tokens: &[Token<'_>],
    headings: &[(usize, Section)],
) -> Result<PageKind, Vec<Finding>> {
    let field = (0..tokens.len()).find(|index| starts_field(tokens, *index));
    let first_heading = headings
        .first()
        .and_then(|(index, _)| tokens.get(*index))
        .map(|token| token.number);
    match (field.and_then(|index| tokens.get(index)), first_heading) {
        (Some(_), Some(heading)) if is_reference(headings) => {
            return refuse(
                "page-without-route",
                heading,
                "the page has sections, but no method with its path above them",
                "the start of the page may be missing; save the whole page again",
            );
        }
        (Some(field), _) if tokens.iter().any(|token| names_operation(token.text)) => {
            return refuse(
                "page-handwritten",
                field.number,
                "the page is written by hand: its method and path stand in prose, and its sections have headings of their own",
                "write its facts down in spec/facts",
            );
        }
        (None, Some(heading)) if is_reference(headings) => return refuse_article(heading),
        _ => {}
    }
    if !guide::has_table(page) && !looks_like_guide(page) {
        return refuse(
            "page-unknown",
            page.lines.first().map_or(1, |line| line.number),
            "this is neither a reference page nor a guide",
            SAVE_AS_TEXT,
        );
    }
    Ok(PageKind::Guide(guide::read(page)))
}

/// Markup means another form of the page.
fn refuse_markup(page: &Page) -> Result<(), Vec<Finding>> {
    for line in &page.lines {
        let text = line.trimmed();
        if text.starts_with("<ParamField") || text.starts_with("<ResponseField") {
            return refuse(
                "page-handwritten",
                line.number,
                "the page is written by hand, and this is its Markdown source",
                "write its facts down in spec/facts",
            );
        }
    }
    let first = page.lines.iter().find(|line| !line.is_blank());
    if let Some(first) = first {
        let start: String = first.trimmed().chars().take(14).collect();
        let start = start.to_ascii_lowercase();
        if start.starts_with("<!doctype") || start.starts_with("<html") {
            return refuse("page-html", first.number, "this is HTML", SAVE_AS_TEXT);
        }
    }
    Ok(())
}

/// Line of the heading when fields have lost their names and types: no type within three lines of
/// `Authorizations`, or nowhere on a page without that heading.
fn article_style(tokens: &[Token<'_>], headings: &[(usize, Section)]) -> Option<usize> {
    let (index, section) = headings.first()?;
    let below = tokens.get(index + 1..)?;
    let number = tokens.get(*index)?.number;
    let typed = if *section == Section::Authorizations {
        below
            .iter()
            .filter(|token| !token.is_blank())
            .take(3)
            .any(Token::is_type)
    } else {
        // A page whose only section is the response may rightly have no field at all.
        headings.len() == 1 || below.iter().any(Token::is_type)
    };
    (!typed).then_some(number)
}

fn refuse_article<T>(number: usize) -> Result<T, Vec<Finding>> {
    refuse(
        "page-article-style",
        number,
        "extraction took the names and types of the fields away (article style); only descriptions are left",
        SAVE_AS_TEXT,
    )
}

/// Guides, too, have a heading `Response` now and then.
fn is_reference(headings: &[(usize, Section)]) -> bool {
    headings.len() > 1
        || headings
            .iter()
            .any(|(_, section)| *section == Section::Authorizations)
}

/// `POST /gadgets`, anywhere in the line.
fn names_operation(text: &str) -> bool {
    let words = || text.split_whitespace();
    words()
        .zip(words().skip(1))
        .any(|(method, path)| head::is_method(method) && path.starts_with('/'))
}

/// A page of the site, with a title and at least one sentence.
fn looks_like_guide(page: &Page) -> bool {
    let is_sentence = |text: &str| text.ends_with('.') && text.split_whitespace().count() >= 6;
    let has_title = page
        .lines
        .iter()
        .find(|line| !line.is_blank())
        .is_some_and(|line| line.text.split_whitespace().count() <= 10);
    page.from_a_site && has_title && page.lines.iter().any(|line| is_sentence(line.trimmed()))
}

fn heading_list() -> String {
    let quoted: Vec<String> = Section::ALL
        .into_iter()
        .map(|section| format!("`{}`", section.heading()))
        .collect();
    quoted.join(", ")
}

fn refuse<T>(
    rule: &'static str,
    line: usize,
    message: &str,
    help: &str,
) -> Result<T, Vec<Finding>> {
    Err(vec![Finding::new(rule, message).line(line).help(help)])
}

#[cfg(test)]
mod tests {
    use super::super::token::tokens;
    use super::*;

    fn kind(text: &str) -> &'static str {
        let page = Page::read(text).unwrap();
        match classify(&page, &tokens(&page.lines)) {
            Ok(PageKind::Endpoint(..)) => "endpoint",
            Ok(PageKind::Guide(_)) => "guide",
            Err(findings) => findings[0].rule,
        }
    }

    #[test]
    fn every_kind_is_told_from_the_others() {
        let head = "GET\n/\ngadgets\n";
        let auth = "Authorizations\nx-key\nstring\nheader\n\nText\n";
        for (text, expected) in [
            (String::new(), "page-empty"),
            (" \n\n".to_owned(), "page-empty"),
            ("lorem\nipsum".to_owned(), "page-unknown"),
            ("{\"a\": 1}".to_owned(), "page-unknown"),
            ("<!DOCTYPE html>\n<html>".to_owned(), "page-html"),
            (format!("{head}{auth}Response\nOK"), "endpoint"),
            (format!("{head}Response\n204\n\nGone"), "endpoint"),
            (head.to_owned(), "page-cut-off"),
            (format!("{head}{auth}"), "page-cut-off"),
            (format!("{auth}Response\nOK"), "page-without-route"),
            (
                format!("{head}Authorizations\nSome key\nBody\nA colour\nResponse\nOK"),
                "page-article-style",
            ),
            (
                "Title\nAuthorizations\nSome key".to_owned(),
                "page-article-style",
            ),
            (
                format!("{head}Autorizaciones\nx-key\nstring"),
                "page-labels-unknown",
            ),
            (
                "Gadgets\nCall POST /gadgets\nlabel\nstring\nrequired".to_owned(),
                "page-handwritten",
            ),
            (
                "Skip to main content\nKeys\n\nA key is a word that you send with each request."
                    .to_owned(),
                "guide",
            ),
            (
                "Gadgets\nMethodPathDescription\nGET/gadgetsList".to_owned(),
                "guide",
            ),
        ] {
            assert_eq!(kind(&text), expected, "{text}");
        }
    }
}
