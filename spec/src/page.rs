//! The parsers: a documentation page to its [`Record`].
//!
//! The Markdown form has a parser of its own, the module `markdown`. Rendered text, one text node a
//! line, goes this way:
//!
//! ```text
//! text → lines → tokens ┬→ head     → method, path, server, samples ┐
//!                       ├→ sections → fields → nest → content       ├→ endpoint → Record
//!                       └→ guide    → tables, base URL, limits      ┘
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

use crate::Finding;
use crate::record::{FORMAT, Form, Hash, Record};

use classify::PageKind;
use fields::Notes;
use lines::Page;

pub use lines::MAX_BYTES;
pub(crate) use lines::too_large;

/// More findings than this say nothing new about one page.
const MAX_FINDINGS: usize = 50;

/// Hash of a page's text, if it is text at all: tells whether a page that cannot be read has changed.
pub(crate) fn hash(text: &str) -> Option<Hash> {
    Page::read(text).ok().map(|page| Hash::of(&page.text()))
}

/// Reads one page. `address` is its path below the documentation site.
///
/// The findings carry lines of `text`, but no file: the caller knows its name.
pub fn parse(text: &str, address: &str) -> Result<Record, Vec<Finding>> {
    let page = Page::read(text).map_err(|finding| vec![finding])?;
    if markdown::is_markdown(&page) {
        return markdown::parse(&page, address);
    }
    let tokens = token::tokens(&page.lines);
    let mut record = Record {
        record: FORMAT,
        form: Form::RenderedText,
        page: address.to_owned(),
        content: Some(Hash::of(&page.text())),
        wording: None,
        sources: Vec::new(),
        losses: Vec::new(),
        document: None,
        operation: None,
        guide: None,
    };
    let mut notes = Notes::default();
    match classify::classify(&page, &tokens)? {
        PageKind::Endpoint(route, headings) => {
            match endpoint::read(&page, &tokens, route, &headings, &mut notes) {
                Ok(operation) => record.operation = Some(operation),
                Err(finding) => notes.findings.push(finding),
            }
        }
        PageKind::Guide(reading) => {
            notes.wording = reading.wording;
            record.guide = Some(reading.guide);
        }
    }
    if !notes.findings.is_empty() {
        notes.findings.sort_by_key(|finding| finding.line);
        notes.findings.truncate(MAX_FINDINGS);
        return Err(notes.findings);
    }
    record.wording = Some(Hash::of(&notes.wording.join("\n")));
    record.losses = notes.losses;
    Ok(record)
}
