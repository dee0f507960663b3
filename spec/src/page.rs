//! The parsers: a documentation page to its fragment.
//!
//! The Markdown form has a parser of its own, the module `markdown`. Rendered text, one text node a
//! line, goes this way:
//!
//! ```text
//! text → lines → tokens ┬→ head     → method, path, server, samples ┐
//!                       ├→ sections → fields → nest → content       ├→ endpoint → fragment
//!                       └→ guide    → blocks → tables, samples, terms ┘
//! ```
//!
//! Each layer is a module. Only facts leave this module: of descriptions a hash is kept.

mod classify;
mod content;
mod curl;
mod endpoint;
mod fields;
mod guide;
mod head;
pub mod index;
mod limit;
mod lines;
mod literal;
mod markdown;
mod nest;
mod prose;
mod sample;
mod sections;
mod token;
mod types;

use serde_json::{Map, Value, json};

use crate::fragment::{self, Evidence, Form, Fragment, Hash, Loss};
use crate::{finding::Finding, openapi};

use classify::PageKind;
use fields::Notes;
use lines::Page;

pub use lines::MAX_BYTES;
pub(crate) use lines::too_large;
pub(crate) use sample::sampled;

/// More findings than this say nothing new about one page.
const MAX_FINDINGS: usize = 50;

/// What a page says.
struct Parsed {
    form: Form,
    /// It documents an operation; else it is a guide.
    is_reference: bool,
    /// A fragment without its head.
    facts: Map<String, Value>,
    /// What is written for people.
    wording: Vec<String>,
    losses: Vec<Loss>,
}

/// Reads one page: the fragment that it gives. `address` is its path below the documentation site.
///
/// The findings carry lines of `text`, but no file: the caller knows its name.
pub fn parse(text: &str, address: &str) -> Result<Value, Vec<Finding>> {
    let page = Page::read(text).map_err(|finding| vec![finding])?;
    let parsed = if markdown::is_markdown(&page) {
        markdown::parse(&page, address)?
    } else {
        parse_text(&page)?
    };
    let evidence = if parsed.is_reference {
        Evidence::Documented
    } else {
        Evidence::Described
    };
    let mut facts = Map::new();
    facts.insert(fragment::EVIDENCE.to_owned(), json!(evidence));
    facts.extend(parsed.facts);
    let mut facts = Value::Object(facts);
    openapi::order::document(&mut facts);
    // A person looks for it at the top.
    if let Value::Object(facts) = &mut facts
        && let Some(evidence) = facts.shift_remove(fragment::EVIDENCE)
    {
        facts.shift_insert(0, fragment::EVIDENCE.to_owned(), evidence);
    }
    let head = fragment::Page {
        address: address.to_owned(),
        form: parsed.form,
        facts: Fragment::hash(&facts),
        wording: Hash::of(&parsed.wording.join("\n")),
        losses: parsed.losses,
    };
    let mut fragment = Map::new();
    fragment.insert(fragment::PAGE.to_owned(), json!(head));
    if let Value::Object(facts) = facts {
        fragment.extend(facts);
    }
    Ok(Value::Object(fragment))
}

/// Whether a page says nothing of an API.
pub(crate) fn says_nothing(fragment: &Value) -> bool {
    fragment.as_object().is_some_and(|map| {
        map.keys()
            .all(|key| key.starts_with("x-heffl-page") || key == fragment::EVIDENCE)
    })
}

fn parse_text(page: &Page) -> Result<Parsed, Vec<Finding>> {
    let tokens = token::tokens(&page.lines);
    let mut notes = Notes::default();
    let kind = classify::classify(page, &tokens)?;
    let is_reference = matches!(kind, PageKind::Endpoint(..));
    let facts = match kind {
        PageKind::Endpoint(route, headings) => {
            endpoint::read(page, &tokens, route, &headings, &mut notes).unwrap_or_else(|finding| {
                notes.findings.push(finding);
                Map::new()
            })
        }
        PageKind::Guide(reading) => {
            let lines = page.lines.iter().map(lines::Line::trimmed);
            notes.wording = lines
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
                .collect();
            notes.losses = reading.losses;
            reading.facts
        }
    };
    if !notes.findings.is_empty() {
        notes.findings.sort_by_key(|finding| finding.line);
        notes.findings.truncate(MAX_FINDINGS);
        return Err(notes.findings);
    }
    Ok(Parsed {
        form: Form::RenderedText,
        is_reference,
        facts,
        wording: notes.wording,
        losses: notes.losses,
    })
}
