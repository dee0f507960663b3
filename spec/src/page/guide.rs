//! Guides: the facts of each section in tables, code samples and technical terms.
//!
//! Both forms of a page go through the same reader. It knows no particular page; the assembly interprets the facts.

mod columns;
mod terms;

use std::sync::LazyLock;

use indexmap::IndexMap;
use regex::Regex;
use serde_json::{Map, Value, json};

use crate::fragment::{GUIDE, Loss, guide};

use super::Notes;
use super::endpoint::{MAX_FAILURES, is_open};
use super::lines::{Line, Page};
use super::sample::{self, Curl, Sample};
use columns::Columns;

/// Whether a page has a table or a base URL, unlike prose about other subjects.
pub(super) fn has_table(page: &Page) -> bool {
    page.lines.iter().map(Line::trimmed).any(|text| {
        columns::head(text).is_some()
            || text.starts_with('|')
            || text.eq_ignore_ascii_case("base url")
    })
}

/// Reads the rendered text of a guide: a fragment without its head.
pub(super) fn read(page: &Page, notes: &mut Notes) -> Map<String, Value> {
    let lines = &page.lines;
    let mut reader = Reader::default();
    let mut is_cut = false;
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let text = line.trimmed();
        let is_first = at == 0;
        let after_blank = is_first || lines.get(at - 1).is_some_and(Line::is_blank);
        let next = lines.get(at + 1).map(Line::trimmed);
        if let Some(sample) = reader.sample(lines.get(at..).unwrap_or_default()) {
            is_cut |= sample.is_cut;
            at += sample.lines;
            continue;
        }
        at += 1;
        if text.is_empty() {
            reader.table = None;
            continue;
        }
        let may_be_half = next.is_none() && !text.contains(' ');
        if reader.bars(text) || reader.run_together(text, may_be_half) {
            continue;
        }
        if may_be_half && matches!(reader.table, Some(Table::Columns(_))) {
            is_cut = true;
            break;
        }
        if reader.server(text) {
            continue;
        }
        let is_alone = after_blank && next.is_some_and(str::is_empty);
        if is_heading(text) && (is_first || is_alone) {
            reader.heading(text);
        } else if after_blank && next.is_some_and(|next| columns::looks_like_head(text, next)) {
            reader.lose(text);
        } else {
            let is_unfinished = next.is_none() && is_unfinished(text);
            is_cut |= is_unfinished;
            // The last word may be incomplete.
            let whole = text.rsplit_once(' ').filter(|_| is_unfinished);
            reader.text(without_marker(whole.map_or(text, |(whole, _)| whole)));
        }
    }
    let facts = reader.write(notes);
    if is_cut {
        notes.losses.push(Loss::End {});
    }
    facts
}

/// Reads a guide in Markdown. It is never truncated: a page whose last fence is open is refused.
pub(super) fn read_markdown(lines: &[Line], notes: &mut Notes) -> Map<String, Value> {
    let mut reader = Reader::default();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        let text = line.trimmed();
        if text.starts_with("```") {
            let rest = lines.get(at..).unwrap_or_default();
            let is_end = |line: &Line| line.trimmed().starts_with("```");
            let end = rest.iter().position(is_end).unwrap_or(rest.len());
            reader.code(rest.get(..end).unwrap_or_default());
            at += end + 1;
        } else if text.is_empty() {
            reader.table = None;
        } else if !reader.bars(text) {
            reader.table = None;
            let plain = plain(without_marker(text));
            let unmarked = plain.trim_start_matches(['#', ' ']);
            if reader.server(unmarked) {
            } else if text.starts_with('#') {
                reader.heading(unmarked);
            } else {
                reader.text(&plain);
                let spans = text.split('`').skip(1).step_by(2);
                // Not derived from the text of the line.
                let named = spans.filter(|span| {
                    span.contains('-')
                        && !span.contains([' ', '/', '{'])
                        && terms::of(span).is_empty()
                });
                reader.section().mention(named.map(str::to_owned).collect());
            }
        }
    }
    reader.write(notes)
}

/// How the cells of the current table are separated.
enum Table {
    /// By bars.
    Bars(Vec<String>),
    /// By the possible values of the columns: the extraction joined the cells.
    Columns(String),
}

#[derive(Default)]
struct Reader {
    facts: Map<String, Value>,
    losses: Vec<Loss>,
    sections: IndexMap<String, Section>,
    heading: String,
    table: Option<Table>,
    /// The columns of all tables so far with joined cells, by their head.
    columns: IndexMap<String, Columns>,
    expects_server: bool,
    failures: usize,
}

/// The largest count of a term in a section.
const MAX_MENTIONS: usize = 9;

/// The largest number of facts in a section.
const MAX_TERMS: usize = 2000;

#[derive(Default)]
struct Section {
    rows: Vec<Value>,
    samples: Vec<Value>,
    /// Terms with their number of uses.
    terms: IndexMap<String, usize>,
}

impl Section {
    fn mention(&mut self, terms: Vec<String>) {
        for term in terms {
            if self.terms.len() < MAX_TERMS {
                *self.terms.entry(term).or_default() += 1;
            }
        }
    }
}

impl Reader {
    fn section(&mut self) -> &mut Section {
        self.sections.entry(self.heading.clone()).or_default()
    }

    fn heading(&mut self, text: &str) {
        text.clone_into(&mut self.heading);
        self.text(text);
    }

    fn text(&mut self, text: &str) {
        let section = self.section();
        terms::parts(text).for_each(|terms| section.mention(terms));
    }

    /// Notes a table or a row whose cells cannot be separated with certainty.
    fn lose(&mut self, table: &str) {
        self.losses.push(Loss::Cells {
            section: self.heading.clone(),
            table: table.to_owned(),
        });
    }

    fn row(&mut self, head: &[String], cells: &[String]) {
        let row = columns::row(head, cells);
        if guide::cell(&row, &["method"]).is_some() && guide::operation(&row).is_none() {
            self.lose(cells.first().map_or("", String::as_str));
        }
        self.section().rows.push(row);
    }

    /// Reads the JSON or the command that starts here.
    fn sample(&mut self, lines: &[Line]) -> Option<Sample> {
        let text = lines.first()?.trimmed();
        let is_command = text.starts_with("curl ");
        if !(is_command || text.starts_with(['{', '['])) || self.failures == MAX_FAILURES {
            return None;
        }
        let sample = match text {
            _ if is_command => command(lines),
            _ if text.starts_with("[!") => None,
            _ => sample::json(lines),
        };
        match &sample {
            Some(sample) => self.section().samples.push(without_prose(&sample.value)),
            None => self.failures += 1,
        }
        sample
    }

    /// Reads the lines of a block of code.
    fn code(&mut self, lines: &[Line]) {
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            if let Some(taken) = self.sample(lines.get(at..).unwrap_or_default()) {
                at += taken.lines;
                continue;
            }
            at += 1;
            if !self.server(line.trimmed()) {
                self.text(line.trimmed());
            }
        }
    }

    /// Reads the base URL, if the text before it announces it.
    fn server(&mut self, text: &str) -> bool {
        let label = text
            .get(..8)
            .filter(|label| label.eq_ignore_ascii_case("base url"));
        let rest = label.and_then(|_| text.get(8..));
        let rest = rest.filter(|rest| rest.is_empty() || rest.starts_with([':', ' ']));
        let is_expected = self.expects_server || rest.is_some();
        let rest = rest.unwrap_or(text);
        let words = rest.split_whitespace();
        let mut words = words.map(|word| word.trim_start_matches(':'));
        let url = words.find(|word| word.starts_with("https://") || word.starts_with("http://"));
        if let Some(url) = url.filter(|_| is_expected) {
            let servers = self.facts.entry("servers");
            servers.or_insert_with(|| json!([{"url": url.trim_end_matches('/')}]));
            self.expects_server = false;
            return true;
        }
        self.expects_server = is_expected && rest.trim_matches([':', ' ']).is_empty();
        false
    }

    /// Reads a line with bars.
    fn bars(&mut self, text: &str) -> bool {
        let head = match &self.table {
            Some(Table::Bars(head)) if text.contains('|') => Some(head.clone()),
            _ if text.starts_with('|') => None,
            _ => return false,
        };
        let inner = text.strip_prefix('|').unwrap_or(text);
        let cells = inner.strip_suffix('|').unwrap_or(inner).split('|');
        let cells: Vec<String> = cells.map(|cell| plain(cell).trim().to_owned()).collect();
        let is_rule = |cell: &String| cell.chars().all(|c| "-: ".contains(c));
        match head {
            _ if cells.iter().all(is_rule) => {}
            Some(head) => self.row(&head, &cells),
            None => self.table = Some(Table::Bars(cells)),
        }
        true
    }

    /// Reads a line of a table with joined cells.
    fn run_together(&mut self, text: &str, may_be_half: bool) -> bool {
        // A page often repeats a table.
        if !self.columns.contains_key(text) {
            let columns = columns::head(text).map(|columns| (text.to_owned(), columns));
            self.columns.extend(columns);
        }
        if self.columns.contains_key(text) {
            self.table = Some(Table::Columns(text.to_owned()));
            return true;
        }
        let Some(Table::Columns(head)) = &self.table else {
            return false;
        };
        let Some(columns) = self.columns.get(head) else {
            return false;
        };
        if let Some(cells) = columns.split(text) {
            let names = columns.names.clone();
            self.row(&names, &cells);
            return true;
        }
        if !may_be_half && columns.start_in(text) {
            self.lose(columns::start(text));
        }
        false
    }

    fn write(mut self, notes: &mut Notes) -> Map<String, Value> {
        let mut written = Map::new();
        for (heading, section) in self.sections {
            let often = |(term, times): (String, usize)| vec![term; times.min(MAX_MENTIONS)];
            let terms: Vec<String> = section.terms.into_iter().flat_map(often).collect();
            let mut facts =
                json!({"rows": section.rows, "samples": section.samples, "terms": terms});
            if let Some(facts) = facts.as_object_mut() {
                facts.retain(|_, list| *list != json!([]));
            }
            if facts != json!({}) {
                written.insert(heading, facts);
            }
        }
        if !written.is_empty() {
            self.facts.insert(GUIDE.to_owned(), written.into());
        }
        notes.losses.append(&mut self.losses);
        self.facts
    }
}

/// The request of a curl command.
fn command(lines: &[Line]) -> Option<Sample> {
    let curl = Curl::read(lines);
    let body = curl.json();
    if curl.is_cut || body.is_some() != curl.body.is_some() {
        return None;
    }
    let method = curl.method.as_deref();
    let method = method.unwrap_or(if body.is_some() { "POST" } else { "GET" });
    let mut value = json!({"request": format!("{method} {}", curl.url?)});
    for (key, texts, separator) in [("headers", curl.headers, ": "), ("query", curl.query, "=")] {
        if !texts.is_empty() {
            let pairs = texts.iter().map(|text| pair(text, separator));
            value[key] = pairs.collect::<Map<_, _>>().into();
        }
    }
    if let Some(body) = body {
        value["body"] = body;
    }
    Some(Sample {
        value,
        lines: curl.lines,
        is_cut: false,
    })
}

/// `name=value`; a value that is JSON as such.
fn pair(text: &str, separator: &str) -> (String, Value) {
    let (name, value) = text.split_once(separator).unwrap_or((text, ""));
    let json = Some(value).filter(|value| value.starts_with(['{', '[']));
    let json = json.and_then(|value| serde_json::from_str(value).ok());
    (name.to_owned(), json.unwrap_or_else(|| value.into()))
}

/// The largest number of words of a value; longer text is a sentence.
const MAX_WORDS: usize = 4;

/// A sample in which sentences are reduced to their terms.
fn without_prose(value: &Value) -> Value {
    match value {
        Value::String(text) if text.split_whitespace().count() > MAX_WORDS => {
            match terms::of(text).join(" … ") {
                terms if terms.is_empty() => "…".into(),
                terms => terms.into(),
            }
        }
        Value::Array(list) => list.iter().map(without_prose).collect(),
        Value::Object(map) => {
            let entries = map
                .iter()
                .map(|(key, value)| (key.clone(), without_prose(value)));
            entries.collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// A link with its words, or a tag.
static MARKS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\[(.*?)\]\([^)]*\)|<[/A-Za-z][^>]*>").ok());

/// The text without the marks of emphasis and code, tags, and the addresses of links.
fn plain(text: &str) -> String {
    let text = match &*MARKS {
        Some(marks) => marks.replace_all(text, "$1"),
        None => text.into(),
    };
    text.replace(['`', '*'], "").replace("\\_", "_")
}

/// The text without the bullet or number of a list item.
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

/// Whether the last line of a text ends in the middle of a sentence, or inside of brackets.
fn is_unfinished(text: &str) -> bool {
    // Entries of lists end in many ways.
    let is_sentence = text.starts_with(char::is_alphabetic) && text.split_whitespace().count() > 3;
    is_open(text) || (is_sentence && !text.ends_with(['.', '!', '?', ':', ')', '"', '”', '}', ';']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_addresses_of_markdown_are_removed() {
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
    fn truncated_text_is_detected() {
        let check = |end: &str, expected: bool| {
            let page = Page::read(&format!("Title\n\n{end}")).unwrap();
            let mut notes = Notes::default();
            read(&page, &mut notes);
            let is_cut = notes.losses.contains(&Loss::End {});
            assert_eq!(is_cut, expected, "{end}");
        };
        check("A whole sentence ends like this.", false);
        check("• An entry without an end", false);
        check("A sentence that ends in the", true);
        check("May be empty (espec", true);
        check("{\n\"a\": 1,\n\"b\": \"c", true);
        check("FieldDescription\nsizeHow large", false);
        check("FieldTypeDescription\nsizenumberHow large\ncolou", true);
    }

    #[test]
    fn commands_show_the_request() {
        let page = Page::read(
            "curl -G \"https://api.example.test/gadgets?size=2\" \\\n  -H \"x-api-key: KEY\" \\\n  --data-urlencode 'filters={\"a\":1}'",
        );
        let sample = command(&page.unwrap().lines).unwrap();
        assert_eq!(
            (sample.value, sample.lines),
            (
                json!({
                    "request": "GET https://api.example.test/gadgets",
                    "headers": {"x-api-key": "KEY"},
                    "query": {"size": "2", "filters": {"a": 1}},
                }),
                3
            )
        );
    }
}
