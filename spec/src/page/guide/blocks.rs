//! The lines of a guide as blocks, in one form for rendered text and Markdown.

use std::borrow::Cow;

use serde_json::Value;

use crate::page::lines::Line;

use super::{
    columns::{self, Columns},
    samples, terms,
};

/// Samples that cannot be read are tried so often: each may cost a look at the rest of the page.
const MAX_FAILURES: usize = 20;

/// A part of a guide.
#[derive(Debug, PartialEq)]
pub(super) enum Block<'a> {
    Heading(Cow<'a, str>),
    /// The base URL.
    Server(String),
    /// A row of a table, with the heads of its columns.
    Row {
        head: Vec<String>,
        cells: Vec<String>,
    },
    /// JSON, or a request.
    Sample(Value),
    Text(Cow<'a, str>),
    /// A word that is set as code.
    Term(String),
    /// A table or a row whose cells run together, and cannot be told apart for certain.
    Unread(String),
}

/// How the cells of the table are told apart that a line may belong to.
enum Table {
    /// By bars.
    Bars(Vec<String>),
    /// By what the columns can hold: extraction ran the cells together.
    Columns(usize),
}

#[derive(Default)]
struct Reader<'a> {
    blocks: Vec<Block<'a>>,
    table: Option<Table>,
    /// Those of all tables so far whose cells run together.
    columns: Vec<Columns>,
    expects_server: bool,
    failures: usize,
}

impl Reader<'_> {
    /// Takes a sample, and returns how many lines it has, and whether the page ends before it.
    fn sample(&mut self, lines: &[&Line]) -> Option<(usize, bool)> {
        let is_start = |text: &str| text.starts_with(['{', '[']) || text.starts_with("curl ");
        let is_sample = is_start(lines.first()?.trimmed()) && self.failures < MAX_FAILURES;
        match samples::read(lines).filter(|_| is_sample) {
            Some(sample) => {
                self.blocks.push(Block::Sample(sample.value));
                Some((sample.lines, sample.is_cut))
            }
            None => {
                self.failures += usize::from(is_sample);
                None
            }
        }
    }

    /// Takes the base URL, where the text before says that it comes.
    fn server(&mut self, text: &str) -> bool {
        let label = text
            .get(..8)
            .filter(|label| label.eq_ignore_ascii_case("base url"));
        let rest = match label.and_then(|_| text.get(8..)) {
            Some(rest) if rest.is_empty() || rest.starts_with([':', ' ']) => {
                self.expects_server = true;
                rest
            }
            _ => text,
        };
        let is_expected = std::mem::take(&mut self.expects_server);
        let mut words = rest
            .split_whitespace()
            .map(|word| word.trim_start_matches(':'));
        let url = words.find(|word| word.starts_with("https://") || word.starts_with("http://"));
        if let Some(url) = url.filter(|_| is_expected) {
            self.blocks
                .push(Block::Server(url.trim_end_matches('/').to_owned()));
            return true;
        }
        self.expects_server = is_expected && rest.trim_matches([':', ' ']).is_empty();
        false
    }

    /// Takes a line with bars.
    fn bars(&mut self, text: &str) -> bool {
        let is_row = match self.table {
            Some(Table::Bars(_)) => text.contains('|'),
            _ => text.starts_with('|'),
        };
        if !is_row {
            return false;
        }
        let inner = text.strip_prefix('|').unwrap_or(text);
        let cells = inner.strip_suffix('|').unwrap_or(inner).split('|');
        let cells: Vec<String> = cells.map(|cell| plain(cell).trim().to_owned()).collect();
        match &self.table {
            _ if cells
                .iter()
                .all(|cell| cell.chars().all(|c| "-: ".contains(c))) => {}
            Some(Table::Bars(head)) => self.blocks.push(Block::Row {
                head: head.clone(),
                cells,
            }),
            _ => self.table = Some(Table::Bars(cells)),
        }
        true
    }

    /// Takes a line of a table whose cells run together.
    fn run_together(&mut self, text: &str, is_last: bool) -> Option<Cells> {
        // A page has the same table often.
        let known = self
            .columns
            .iter()
            .position(|known| known.names.concat() == text);
        let head = known.or_else(|| {
            self.columns.push(columns::head(text)?);
            Some(self.columns.len() - 1)
        });
        if let Some(head) = head {
            self.table = Some(Table::Columns(head));
            return Some(Cells::Read);
        }
        let Some(Table::Columns(index)) = self.table else {
            return None;
        };
        let columns = self.columns.get(index)?;
        if let Some(cells) = columns.split(text) {
            self.blocks.push(Block::Row {
                head: columns.names.clone(),
                cells,
            });
            return Some(Cells::Read);
        }
        if is_last && !text.contains(' ') {
            return Some(Cells::Cut);
        }
        columns.start_in(text).then_some(Cells::Unread)
    }
}

enum Cells {
    Read,
    Unread,
    /// The page ends before the row.
    Cut,
}

/// The blocks of rendered text, and whether it is cut.
pub(super) fn of_text<'a>(lines: &[&'a Line]) -> (Vec<Block<'a>>, bool) {
    let mut reader = Reader::default();
    reader.blocks.reserve(lines.len());
    let mut is_cut = false;
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let text = line.trimmed();
        let is_first = at == 0;
        let after_blank = is_first || lines.get(at - 1).is_some_and(|line| line.is_blank());
        let next = lines.get(at + 1).map(|line| line.trimmed());
        if text.is_empty() {
            reader.table = None;
            at += 1;
            continue;
        }
        if let Some((taken, ends_early)) = reader.sample(lines.get(at..).unwrap_or_default()) {
            is_cut |= ends_early;
            at += taken;
            continue;
        }
        at += 1;
        if reader.bars(text) {
            continue;
        }
        match reader.run_together(text, next.is_none()) {
            Some(Cells::Read) => continue,
            Some(Cells::Unread) => reader
                .blocks
                .push(Block::Unread(columns::start(text).to_owned())),
            Some(Cells::Cut) => return (reader.blocks, true),
            None => {}
        }
        if reader.server(text) {
            continue;
        }
        let is_alone = after_blank && next.is_some_and(str::is_empty);
        if is_heading(text) && (is_first || is_alone) {
            reader.blocks.push(Block::Heading(text.into()));
            continue;
        }
        if after_blank && next.is_some_and(|next| columns::looks_like_head(text, next)) {
            reader.blocks.push(Block::Unread(text.to_owned()));
            continue;
        }
        let is_unfinished = next.is_none() && is_unfinished(text);
        is_cut |= is_unfinished;
        // The last word may be a part of one.
        let whole = match text.rsplit_once(' ') {
            Some((whole, _)) if is_unfinished => whole,
            _ => text,
        };
        reader
            .blocks
            .push(Block::Text(without_marker(whole).into()));
    }
    (reader.blocks, is_cut)
}

/// The blocks of Markdown.
pub(super) fn of_markdown<'a>(lines: &[&'a Line]) -> Vec<Block<'a>> {
    let mut reader = Reader::default();
    reader.blocks.reserve(lines.len());
    let mut at = 0;
    let mut in_code = false;
    while let Some(line) = lines.get(at) {
        let text = line.trimmed();
        if text.starts_with("```") {
            in_code = !in_code;
            at += 1;
            continue;
        }
        if in_code {
            let end = lines
                .iter()
                .skip(at)
                .position(|line| line.trimmed().starts_with("```"));
            let code = lines
                .get(at..end.map_or(lines.len(), |end| at + end))
                .unwrap_or_default();
            match reader.sample(code) {
                Some((taken, _)) => at += taken,
                None => {
                    if !reader.server(text) {
                        reader.blocks.push(Block::Text(text.into()));
                    }
                    at += 1;
                }
            }
            continue;
        }
        at += 1;
        if text.is_empty() {
            reader.table = None;
            continue;
        }
        if reader.bars(text) {
            continue;
        }
        reader.table = None;
        let plain = plain(without_marker(text));
        if reader.server(plain.trim_start_matches(['#', ' '])) {
            continue;
        }
        if text.starts_with('#') {
            reader.blocks.push(Block::Heading(
                plain.trim_start_matches(['#', ' ']).to_owned().into(),
            ));
            continue;
        }
        reader.blocks.push(Block::Text(plain.into()));
        let spans = text.split('`').skip(1).step_by(2);
        // What the shape of the text does not tell.
        let named = spans.filter(|span| {
            span.contains('-') && !span.contains([' ', '/', '{']) && terms::of(span).is_empty()
        });
        reader
            .blocks
            .extend(named.map(|span| Block::Term(span.to_owned())));
    }
    reader.blocks
}

/// Without the marks of emphasis and code, tags, and the addresses of links.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, found)) = rest
        .find(['<', '['])
        .and_then(|at| rest.split_at_checked(at))
    {
        plain.push_str(before);
        let inner = found.get(1..).unwrap_or_default();
        let link = inner
            .split_once("](")
            .and_then(|(words, after)| Some((words, after.split_once(')')?.1)));
        let is_tag = inner.starts_with(|c: char| c == '/' || c.is_alphabetic());
        rest = match (found.starts_with('['), link) {
            (true, Some((words, after))) => {
                plain.push_str(words);
                after
            }
            (false, _) if is_tag && inner.contains('>') => {
                inner.split_once('>').map_or("", |(_, after)| after)
            }
            (is_link, _) => {
                plain.push(if is_link { '[' } else { '<' });
                inner
            }
        };
    }
    plain.push_str(rest);
    plain.replace(['`', '*'], "").replace("\\_", "_")
}

/// Without the mark of a list's entry.
fn without_marker(text: &str) -> &str {
    let text = text.trim_start_matches(['•', '-', '*', '>', ' ']);
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.strip_prefix(". ")
        .filter(|_| rest.len() < text.len())
        .unwrap_or(text)
}

fn is_heading(text: &str) -> bool {
    text.starts_with(char::is_alphabetic)
        && !text.ends_with(['.', ':', ',', ';', ')', '{', '\\'])
        && text.split_whitespace().count() <= 8
}

/// The last line of a text that ends in the middle: of a sentence, or of brackets.
fn is_unfinished(text: &str) -> bool {
    let count = |characters: &[char]| text.matches(characters).count();
    let is_open = count(&['(', '{', '[']) > count(&[')', '}', ']']);
    // Entries of lists end in many ways.
    let is_sentence = text.starts_with(char::is_alphabetic) && text.split_whitespace().count() > 3;
    is_open || (is_sentence && !text.ends_with(['.', '!', '?', ':', ')', '"', '”', '}', ';']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::lines::Page;

    #[test]
    fn marks_and_addresses_of_markdown_go() {
        for (text, expected) in [
            (
                "**Use** the `x-key` [header](/auth)",
                "Use the x-key header",
            ),
            ("<Note>Words</Note> a < b [x]", "Words a < b [x]"),
            ("cf\\_*", "cf_"),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
    }

    #[test]
    fn a_text_is_cut_where_its_form_shows_it() {
        let check = |end: &str, expected: bool| {
            let page = Page::read(&format!("Title\n\n{end}")).unwrap();
            assert_eq!(
                of_text(&page.lines.iter().collect::<Vec<_>>()).1,
                expected,
                "{end}"
            );
        };
        check("A whole sentence ends like this.", false);
        check("• An entry without an end", false);
        check("A sentence that ends in the", true);
        check("May be empty (espec", true);
        check("{\n\"a\": 1,\n\"b\": \"c", true);
        check("FieldDescription\nsizeHow large", false);
        check("FieldTypeDescription\nsizenumberHow large\ncolou", true);
    }
}
