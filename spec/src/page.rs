//! Parses documentation pages into fragments.
//!
//! The Markdown form has a parser of its own, the module `markdown`. Rendered text, one text node a
//! line, goes this way:
//!
//! ```text
//! text → lines ┬→ endpoint → fields, samples → fragment
//!              └→ guide    → blocks → tables, samples, terms → fragment
//! ```
//!
//! This module returns facts, and only a hash of descriptions.

mod endpoint;
mod fields;
mod guide;
pub mod index;
mod lines;
mod markdown;
mod problem;
mod prose;
mod sample;
mod shape;
mod types;

use serde_json::{Map, Value, json};

use crate::fragment::{self, Evidence, Form, Fragment, Hash, Loss};
use crate::{finding::Finding, openapi};

use lines::{Line, Page};
use problem::problem;

pub use lines::MAX_BYTES;
pub(crate) use lines::too_large;
pub(crate) use shape::sampled;

/// The largest number of findings for a page.
const MAX_FINDINGS: usize = 50;

/// Notes about a page while it is read.
#[derive(Debug, Default)]
struct Notes {
    losses: Vec<Loss>,
    findings: Vec<Finding>,
    /// The prose in the order of the page, for its hash.
    wording: Vec<String>,
}

impl Notes {
    fn report(&mut self, rule: &'static str, line: usize, message: impl Into<String>) {
        self.findings.push(problem(rule, line, message));
    }
}

/// Reads a page as a fragment. `address` is its path below the documentation site.
///
/// The findings have lines of `text`, but no file: the caller knows its name.
pub fn parse(text: &str, address: &str) -> Result<Value, Vec<Finding>> {
    let page = Page::read(text)?;
    let mut notes = Notes::default();
    let (form, facts) = if markdown::is_markdown(&page) {
        (Form::Markdown, markdown::read(&page, address, &mut notes))
    } else {
        (Form::RenderedText, read_text(&page, &mut notes))
    };
    let facts = match facts {
        Ok(facts) if notes.findings.is_empty() => facts,
        facts => {
            notes.findings.extend(facts.err());
            notes.findings.sort_by_key(|finding| finding.line);
            notes.findings.truncate(MAX_FINDINGS);
            return Err(notes.findings);
        }
    };
    let evidence = match facts.get("paths") {
        Some(_) => Evidence::Documented,
        None => Evidence::Described,
    };
    let mut fragment = Value::Object(facts);
    openapi::order::document(&mut fragment);
    // Reported at the first line.
    put_first(&mut fragment, fragment::EVIDENCE, json!(evidence));
    let head = fragment::Page {
        address: address.to_owned(),
        form,
        facts: Fragment::hash(&fragment),
        wording: Hash::of(&notes.wording.join("\n")),
        losses: notes.losses,
    };
    put_first(&mut fragment, fragment::PAGE, json!(head));
    Ok(fragment)
}

fn put_first(fragment: &mut Value, key: &str, value: Value) {
    if let Value::Object(fragment) = fragment {
        fragment.shift_insert(0, key.to_owned(), value);
    }
}

/// Whether a page does not describe an API.
pub(crate) fn has_no_facts(fragment: &Value) -> bool {
    let mut keys = openapi::entries(Some(fragment)).map(|(key, _)| key.as_str());
    keys.all(|key| matches!(key, fragment::PAGE | fragment::EVIDENCE))
}

fn read_text(page: &Page, notes: &mut Notes) -> Result<Map<String, Value>, Finding> {
    let lines = &page.lines;
    refuse_markup(lines)?;
    if let Some(route) = endpoint::route(lines) {
        return endpoint::read(lines, route, notes);
    }
    refuse_others(page)?;
    notes.wording = filled(lines);
    Ok(guide::read(page, notes))
}

fn filled(lines: &[Line]) -> Vec<String> {
    let texts = lines.iter().map(Line::trimmed);
    texts
        .filter(|it| !it.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Markup means another form of the page.
fn refuse_markup(lines: &[Line]) -> Result<(), Finding> {
    let Some(first) = lines.first() else {
        return Err(problem("page-empty", 1, "the page is empty"));
    };
    refuse_handwritten(lines)?;
    let start: String = first.trimmed().chars().take(14).collect();
    let start = start.to_ascii_lowercase();
    if start.starts_with("<!doctype") || start.starts_with("<html") {
        return Err(problem("page-html", first.number, "this is HTML"));
    }
    Ok(())
}

/// Refuses Markdown whose fields have no schema.
fn refuse_handwritten(lines: &[Line]) -> Result<(), Finding> {
    let tags = ["<ParamField", "<ResponseField"];
    let has_tag = |line: &&Line| tags.iter().any(|tag| line.trimmed().starts_with(tag));
    match lines.iter().find(has_tag) {
        Some(line) => {
            let message = "the page is written by hand: its fields have no schema";
            Err(problem("page-handwritten", line.number, message))
        }
        None => Ok(()),
    }
}

/// Refuses pages without a route that are not guides.
fn refuse_others(page: &Page) -> Result<(), Finding> {
    let lines = &page.lines;
    let sections = endpoint::sections(lines);
    // Some guides have a heading `Response` too.
    let is_reference =
        sections.len() > 1 || sections.iter().any(|it| it.heading == "Authorizations");
    let heading = sections.first().filter(|_| is_reference);
    let field = (0..lines.len()).find(|index| fields::starts_field(lines, *index));
    match (field.map(|index| lines::number(lines, index)), heading) {
        (Some(_), Some(heading)) => {
            let message = "the page has sections, but no method with its path above them";
            Err(problem("page-without-route", heading.number, message))
        }
        (Some(field), _) if lines.iter().any(|line| names_operation(line.trimmed())) => {
            let message = "the page is written by hand: its method and path are in prose, and its sections have other headings";
            Err(problem("page-handwritten", field, message))
        }
        (None, Some(heading)) => Err(endpoint::article(heading.number)),
        _ if guide::has_table(page) || looks_like_guide(page) => Ok(()),
        _ => {
            let message = "this is neither a reference page nor a guide";
            Err(problem("page-unknown", lines::number(lines, 0), message))
        }
    }
}

/// `POST /gadgets`, anywhere in the line.
fn names_operation(text: &str) -> bool {
    let words = text.split_whitespace();
    let mut pairs = words.clone().zip(words.skip(1));
    pairs.any(|(method, path)| endpoint::is_method(method) && path.starts_with('/'))
}

/// A page of the site, with a title and at least one sentence.
fn looks_like_guide(page: &Page) -> bool {
    let words = |line: &Line| line.text.split_whitespace().count();
    let is_sentence = |line: &Line| line.trimmed().ends_with('.') && words(line) >= 6;
    page.from_a_site
        && page.lines.first().is_some_and(|line| words(line) <= 10)
        && page.lines.iter().any(is_sentence)
}

#[cfg(test)]
mod tests;
