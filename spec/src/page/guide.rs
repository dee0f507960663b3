//! Guides: what each section says in tables, in samples of code, and in technical terms.
//!
//! Both forms of a page become the same blocks, and one reader makes facts of them. It knows no page and
//! no subject: what the facts mean for the API is up to the assembly.

mod blocks;
mod columns;
mod samples;
mod terms;

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use crate::fragment::{GUIDE, Loss, guide};

use super::lines::{Line, Page};
use blocks::Block;

/// What a guide says.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// The facts: a fragment without its head.
    pub(super) facts: Map<String, Value>,
    pub(super) losses: Vec<Loss>,
}

/// Whether a page has a table or a base URL, which prose about other things has not.
pub(super) fn has_table(page: &Page) -> bool {
    page.lines.iter().map(Line::trimmed).any(|text| {
        columns::head(text).is_some()
            || text.starts_with('|')
            || text.eq_ignore_ascii_case("base url")
    })
}

/// Reads the rendered text of a guide.
pub(super) fn read(page: &Page) -> Reading {
    let lines: Vec<&Line> = page.lines.iter().collect();
    let (blocks, is_cut) = blocks::of_text(&lines);
    facts(&blocks, is_cut)
}

/// Reads a guide in Markdown. It is never cut: a page whose last fence is open is refused.
pub(super) fn read_markdown(lines: &[&Line]) -> Reading {
    facts(&blocks::of_markdown(lines), false)
}

/// That a section has a term more often says nothing new.
const MAX_MENTIONS: usize = 9;

/// No section that people read has more.
const MAX_TERMS: usize = 2000;

#[derive(Default)]
struct Section {
    rows: Vec<Value>,
    samples: Vec<Value>,
    /// Each with how often it stands there.
    terms: IndexMap<String, usize>,
}

fn facts(blocks: &[Block<'_>], is_cut: bool) -> Reading {
    let mut reading = Reading::default();
    let mut sections: IndexMap<&str, Section> = IndexMap::new();
    let mut heading = "";
    for block in blocks {
        if let Block::Heading(text) = block {
            heading = text;
        }
        let section = sections.entry(heading).or_default();
        match block {
            Block::Heading(text) | Block::Text(text) => {
                terms::parts(text).for_each(|terms| section.mention(terms));
            }
            Block::Term(term) => section.mention(vec![term.clone()]),
            Block::Server(url) => {
                let servers = reading.facts.entry("servers");
                servers.or_insert_with(|| json!([{"url": url}]));
            }
            Block::Row { head, cells } => {
                let row = columns::row(head, cells);
                if guide::cell(&row, &["method"]).is_some() && guide::operation(&row).is_none() {
                    reading
                        .losses
                        .push(lost(heading, cells.first().map_or("", String::as_str)));
                }
                section.rows.push(row);
            }
            Block::Sample(value) => section.samples.push(samples::without_prose(value)),
            Block::Unread(head) => reading.losses.push(lost(heading, head)),
        }
    }
    let written: Map<String, Value> = sections
        .into_iter()
        .map(|(heading, section)| (heading.to_owned(), section.write()))
        .filter(|(_, section)| section.as_object().is_some_and(|facts| !facts.is_empty()))
        .collect();
    if !written.is_empty() {
        reading.facts.insert(GUIDE.to_owned(), written.into());
    }
    if is_cut {
        reading.losses.push(Loss::End {});
    }
    reading
}

fn lost(section: &str, table: &str) -> Loss {
    Loss::Cells {
        section: section.to_owned(),
        table: table.to_owned(),
    }
}

impl Section {
    fn mention(&mut self, terms: Vec<String>) {
        for term in terms {
            if self.terms.len() < MAX_TERMS {
                *self.terms.entry(term).or_default() += 1;
            }
        }
    }

    fn write(self) -> Value {
        let terms = self.terms.into_iter();
        let terms =
            terms.flat_map(|(term, times)| vec![Value::from(term); times.min(MAX_MENTIONS)]);
        let lists = [
            ("rows", self.rows),
            ("samples", self.samples),
            ("terms", terms.collect()),
        ];
        let filled = lists.into_iter().filter(|(_, list)| !list.is_empty());
        filled
            .map(|(key, list)| (key.to_owned(), Value::from(list)))
            .collect::<Map<_, _>>()
            .into()
    }
}
