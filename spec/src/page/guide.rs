//! Guide pages: tables of operations, the base URL, rate limits.

use serde_json::{Map, Value, json};

use crate::finding::Finding;
use crate::fragment::{PREFIXES, RATE_LIMITS};

use super::head::is_method;
use super::lines::Page;

/// What a guide says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Reading {
    /// The facts: a fragment without its head.
    pub(super) facts: Map<String, Value>,
    /// Every line that gave no fact, for the hash of the wording.
    pub(super) wording: Vec<String>,
}

impl Reading {
    /// Notes the first base URL.
    pub(super) fn server(&mut self, url: &str) {
        self.facts
            .entry("servers")
            .or_insert_with(|| json!([{"url": url}]));
    }

    /// Notes that there is an operation.
    pub(super) fn operation(&mut self, method: &str, path: &str) {
        let paths = self.facts.entry("paths").or_insert_with(|| json!({}));
        paths[path][method.to_ascii_lowercase()] = json!({});
    }

    /// Notes the rates that a line names.
    pub(super) fn rate_limits(&mut self, text: &str) {
        for limit in rate_limits(text) {
            let known = self.facts.entry(RATE_LIMITS).or_insert_with(|| json!([]));
            if let Value::Array(known) = known
                && !known.contains(&limit)
            {
                known.push(limit);
            }
        }
    }

    /// Notes what a prefix stands for; no if it stands for something else further up.
    pub(super) fn prefix(&mut self, prefix: &str, of: &str) -> Result<(), String> {
        let prefixes = self.facts.entry(PREFIXES).or_insert_with(|| json!({}));
        match prefixes.get(prefix).and_then(Value::as_str) {
            Some(known) if known != of => Err(known.to_owned()),
            _ => {
                prefixes[prefix] = json!(of);
                Ok(())
            }
        }
    }
}

/// Reads the facts of a guide.
pub(super) fn read(page: &Page) -> Result<Reading, Vec<Finding>> {
    let mut reading = Reading::default();
    let mut findings = Vec::new();
    let mut table: Option<Columns> = None;
    let mut after_base_url = false;
    for line in &page.lines {
        let text = line.trimmed();
        if let Some(columns) = table_head(text) {
            table = Some(columns);
            continue;
        }
        if let Some(columns) = table
            && let Some((method, rest)) = split_method(text, columns)
        {
            match path(rest) {
                Some(path) => reading.operation(method, path),
                None => findings.push(
                    Finding::new(
                        "guide-row-unreadable",
                        format!("no path can be read after {method} in this row of the table"),
                    )
                    .line(line.number)
                    .help("save the page again; the row should read like GET/gadgetsList gadgets"),
                ),
            }
            continue;
        }
        if !text.is_empty() {
            table = None;
        }
        if after_base_url && !text.is_empty() {
            after_base_url = false;
            if let Some(url) = url(text) {
                reading.server(&url);
                continue;
            }
        }
        if matches!(text, "Base URL" | "Base Url") {
            after_base_url = true;
        }
        reading.rate_limits(text);
        if !text.is_empty() {
            reading.wording.push(text.to_owned());
        }
    }
    if findings.is_empty() {
        Ok(reading)
    } else {
        Err(findings)
    }
}

/// How a table's columns are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Columns {
    /// Not at all: extraction ran them together.
    Squashed,
    /// By blanks or bars.
    Separated,
}

/// `MethodPathDescription`, or the same words apart.
fn table_head(text: &str) -> Option<Columns> {
    if text == "MethodPathDescription" {
        return Some(Columns::Squashed);
    }
    if !text.starts_with("Method") && !text.starts_with('|') {
        return None;
    }
    let words: Vec<&str> = text
        .split([' ', '|'])
        .filter(|word| !word.is_empty())
        .collect();
    (words == ["Method", "Path", "Description"]).then_some(Columns::Separated)
}

/// Splits a row at the end of its method.
///
/// In a squashed table a blank after the method shows that the line is prose again.
fn split_method(text: &str, columns: Columns) -> Option<(&str, &str)> {
    let separators: &[char] = match columns {
        Columns::Squashed => &[],
        Columns::Separated => &[' ', '|'],
    };
    let text = text.trim_start_matches(separators);
    let end = text.find(|character: char| !character.is_ascii_uppercase())?;
    let (method, rest) = text.split_at(end);
    (is_method(method) && !rest.trim_start_matches(separators).starts_with(' '))
        .then(|| (method, rest.trim_start_matches(separators)))
}

/// The path at the start of `text`. It ends where the description begins, with an upper-case letter;
/// only in braces may the path itself have one.
pub(super) fn path(text: &str) -> Option<&str> {
    let mut braces = 0usize;
    let mut end = text.len();
    for (index, character) in text.char_indices() {
        match character {
            '{' => braces += 1,
            '}' => braces = braces.checked_sub(1)?,
            _ if braces > 0 => {
                if !(character.is_ascii_alphanumeric() || character == '_') {
                    return None;
                }
            }
            'a'..='z' | '0'..='9' | '-' | '/' | '_' => {}
            ' ' => {
                end = index;
                break;
            }
            upper if upper.is_uppercase() => {
                end = index;
                break;
            }
            _ => return None,
        }
    }
    let path = text.get(..end)?;
    (braces == 0 && path.starts_with('/') && path.len() > 1).then_some(path)
}

pub(super) fn url(text: &str) -> Option<String> {
    let url = text.split_whitespace().next()?;
    (url.starts_with("https://") || url.starts_with("http://"))
        .then(|| url.trim_end_matches('/').to_owned())
}

/// `60 requests per minute`.
fn rate_limits(text: &str) -> Vec<Value> {
    let words = || text.split_whitespace();
    let pairs = || words().zip(words().skip(1));
    pairs()
        .zip(pairs().skip(2))
        .filter_map(|((number, requests), (of, per))| {
            if (requests, of) != ("requests", "per") {
                return None;
            }
            let per = per.trim_end_matches(|character: char| !character.is_ascii_alphanumeric());
            let number: u64 = number
                .trim_start_matches('(')
                .replace(',', "")
                .parse()
                .ok()?;
            matches!(per, "second" | "minute" | "hour" | "day")
                .then(|| json!({"requests": number, "per": per}))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_row(row: &str, expected: Option<&str>) {
        let (_, rest) = split_method(row, Columns::Squashed).unwrap();
        assert_eq!(path(rest), expected, "{row}");
    }

    #[test]
    fn rows() {
        check_row("GET/gadgetsList gadgets (by page)", Some("/gadgets"));
        check_row("PATCH/gadgets/{id}Change a gadget", Some("/gadgets/{id}"));
        check_row(
            "POST/gadget-lines/{lineId}/partsAdd",
            Some("/gadget-lines/{lineId}/parts"),
        );
        check_row("GET/gadgets", Some("/gadgets"));
        for bad in [
            "GET",
            "GET/",
            "GET/gadgets/{idList",
            "GET/gadgets:x",
            "GETgadgets",
            "GET/a}",
        ] {
            if let Some((_, rest)) = split_method(bad, Columns::Squashed) {
                assert_eq!(path(rest), None, "{bad}");
            }
        }
    }

    #[test]
    fn separated_columns() {
        assert_eq!(
            table_head("| Method | Path | Description |"),
            Some(Columns::Separated)
        );
        assert_eq!(table_head("Methods of payment"), None);
        let row = split_method("| GET | /gadgets | List |", Columns::Separated);
        let (_, rest) = row.unwrap();
        assert_eq!(path(rest), Some("/gadgets"));
        assert_eq!(split_method("GET /gadgets lists", Columns::Squashed), None);
    }

    #[test]
    fn facts() {
        let page = Page::read(
            "Overview\n\nBase URL\n\nhttps://api.example.test/v1/\nAt most 1,000 requests per minute.\nMethodPathDescription\nGET/gadgetsList\nGET/gadgetsAgain\nDELETE/gadgets/{id}Delete\nPOST/ after the table",
        )
        .unwrap();
        let findings = read(&page).unwrap_err();
        assert_eq!(findings[0].rule, "guide-row-unreadable");

        let page = Page::read(
            "Overview\n\nBase URL\n\nhttps://api.example.test/v1/\nAt most 1,000 requests per minute.\nMethodPathDescription\nGET/gadgetsList\nGET/gadgetsAgain\nDELETE/gadgets/{id}Delete\nText",
        )
        .unwrap();
        let reading = read(&page).unwrap();
        assert_eq!(
            Value::Object(reading.facts),
            json!({
                "servers": [{"url": "https://api.example.test/v1"}],
                RATE_LIMITS: [{"requests": 1000, "per": "minute"}],
                "paths": {"/gadgets": {"get": {}}, "/gadgets/{id}": {"delete": {}}},
            })
        );
        assert_eq!(reading.wording.len(), 4);
    }
}
