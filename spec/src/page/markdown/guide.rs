//! Guides in Markdown: tables of operations and of prefixes, the base URL, rates.
//!
//! Blocks of code are samples; only the base URL may stand in one.

use crate::case::{singular, words};
use crate::finding::Finding;
use crate::page::guide::{Reading, path, url};
use crate::page::head::is_method;
use crate::page::lines::Line;

/// What the rows of a table are about, with the columns that say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Table {
    Operations { method: usize, path: usize },
    Prefixes { prefix: usize, of: usize },
    Other,
}

/// Reads the facts of a guide.
pub(super) fn read(lines: &[&Line]) -> Result<Reading, Vec<Finding>> {
    let mut reading = Reading::default();
    let mut findings = Vec::new();
    let mut table: Option<Table> = None;
    let mut in_code = false;
    let mut expects_base_url = false;
    for line in lines {
        let text = line.trimmed();
        if text.starts_with("```") {
            in_code = !in_code;
            continue;
        }
        let plain = plain(text);
        if let Some(rest) = base_url_label(&plain) {
            expects_base_url = true;
            if rest.is_empty() {
                reading.wording.push(text.to_owned());
                continue;
            }
        }
        if expects_base_url && !text.is_empty() {
            let found = plain.split_whitespace().find_map(url);
            expects_base_url = false;
            if let Some(url) = found {
                reading.server(&url);
                continue;
            }
        }
        if text.is_empty() {
            table = None;
        }
        if in_code || text.is_empty() {
            continue;
        }
        let Some(cells) = cells(text) else {
            table = None;
            reading.rate_limits(&plain);
            reading.wording.push(text.to_owned());
            continue;
        };
        if cells.iter().all(|cell| is_rule(cell)) {
            continue;
        }
        match table {
            None => table = Some(head(&cells)),
            Some(Table::Operations { method, path }) => match operation(&cells, method, path) {
                Some((method, path)) => {
                    reading.operation(&method, path);
                    continue;
                }
                // A column of that name may hold anything, unless there is one of methods as well.
                None if method == path => {
                    table = Some(Table::Other);
                    reading.rate_limits(&plain);
                }
                None => findings.push(unreadable(line, "no method with its path can be read")),
            },
            Some(Table::Prefixes { prefix, of }) => match self::prefix(&cells, prefix, of) {
                Some((prefix, of)) => {
                    if let Err(known) = reading.prefix(&prefix, &of) {
                        let message = format!("{prefix} stands for {known} further up");
                        findings.push(unreadable(line, &message));
                    }
                    continue;
                }
                None => findings.push(unreadable(
                    line,
                    "no prefix with its kind of record can be read",
                )),
            },
            Some(Table::Other) => reading.rate_limits(&plain),
        }
        reading.wording.push(text.to_owned());
    }
    if findings.is_empty() {
        Ok(reading)
    } else {
        Err(findings)
    }
}

fn unreadable(line: &Line, message: &str) -> Finding {
    Finding::new(
        "guide-row-unreadable",
        format!("{message} in this row of the table"),
    )
    .line(line.number)
    .help("save the page again; if it stays so, write its facts down in spec/facts")
}

/// Without the marks of headings, emphasis, code and lists.
fn plain(text: &str) -> String {
    text.trim_start_matches(['#', '-', '>', ' '])
        .replace(['*', '`'], "")
}

/// `Base URL`, alone or before the address.
fn base_url_label(plain: &str) -> Option<&str> {
    let start = plain.get(..8)?;
    let rest = plain.get(8..)?;
    (start.eq_ignore_ascii_case("base url") && (rest.is_empty() || rest.starts_with([':', ' '])))
        .then(|| rest.trim_start_matches([':', ' ']))
}

/// The cells of a table's row.
fn cells(text: &str) -> Option<Vec<String>> {
    let inner = text.strip_prefix('|')?;
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    Some(
        inner
            .split('|')
            .map(|cell| unlinked(&plain(cell.trim())).trim().to_owned())
            .collect(),
    )
}

/// `[words](address)` as `words`.
fn unlinked(cell: &str) -> &str {
    cell.strip_prefix('[')
        .and_then(|rest| rest.split_once("]("))
        .map_or(cell, |(words, _)| words)
}

/// The line between head and rows.
fn is_rule(cell: &str) -> bool {
    // `plain` has taken the dashes at the start.
    cell.chars().all(|character| "-: ".contains(character))
}

fn head(cells: &[String]) -> Table {
    let column = |names: &[&str]| {
        cells
            .iter()
            .position(|cell| names.contains(&cell.to_ascii_lowercase().as_str()))
    };
    let path = column(&["path", "endpoint", "route", "operation"]);
    if let Some(path) = path {
        // Where there is no column for it, the method stands before the path.
        return Table::Operations {
            method: column(&["method"]).unwrap_or(path),
            path,
        };
    }
    let prefix = column(&["prefix", "id prefix"]);
    let of = column(&["object", "resource", "record", "entity", "type", "kind"]);
    match (prefix, of) {
        (Some(prefix), Some(of)) => Table::Prefixes { prefix, of },
        _ => Table::Other,
    }
}

fn operation(cells: &[String], method: usize, path: usize) -> Option<(String, &str)> {
    let (method, place) = if method == path {
        cells.get(path)?.split_once(' ')?
    } else {
        (cells.get(method)?.as_str(), cells.get(path)?.as_str())
    };
    let place = place.trim();
    let method = method.trim().to_ascii_uppercase();
    (is_method(&method) && self::path(place) == Some(place)).then_some((method, place))
}

/// `dl_` and `Deals` as `dl_` and `deal`.
fn prefix(cells: &[String], prefix: usize, of: usize) -> Option<(String, String)> {
    let prefix = cells.get(prefix)?;
    let stem = prefix.strip_suffix('_')?;
    let is_stem = !stem.is_empty()
        && stem
            .chars()
            .all(|character| character.is_ascii_lowercase() || character.is_ascii_digit());
    let of = cells.get(of)?.split('(').next()?;
    let mut words = words(of);
    if let Some(last) = words.last_mut() {
        *last = singular(last);
    }
    (is_stem && (1..=4).contains(&words.len())).then(|| (prefix.clone(), words.join("-")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::lines::Page;

    fn read_text(text: &str) -> Result<Reading, Vec<Finding>> {
        let page = Page::read(text).unwrap();
        read(&page.lines.iter().collect::<Vec<_>>())
    }

    #[test]
    fn facts() {
        let reading = read_text(
            "# Start\n\n## Base URL\n\n```\nhttps://api.example.test/v9/\n```\n\nAt most **60 requests per minute**.\n\n| Method | Path | Description |\n|---|:---:|---|\n| `GET` | `/gadgets/{id}` | Words |\n| post | [/gadgets](/x) | Words |\n\n| Endpoint | Use |\n| --- | --- |\n| `GET /widgets` | Words |\n\n| Prefix | Object | Example |\n| --- | --- | --- |\n| `gdg_` | Gadgets | gdg_1 |\n| `gp_` | Gadget parts (small) | gp_1 |\n\n```json\n{\"a\": \"90 requests per hour\"}\n```\n| Plan | Rate |\n|--|--|\n| Big | 9 requests per second |",
        )
        .unwrap();
        assert_eq!(
            serde_json::Value::Object(reading.facts),
            serde_json::json!({
                "servers": [{"url": "https://api.example.test/v9"}],
                "x-heffl-rate-limits": [
                    {"requests": 60, "per": "minute"},
                    {"requests": 9, "per": "second"},
                ],
                "paths": {
                    "/gadgets/{id}": {"get": {}},
                    "/gadgets": {"post": {}},
                    "/widgets": {"get": {}},
                },
                "x-heffl-prefixes": {"gdg_": "gadget", "gp_": "gadget-part"},
            })
        );
    }

    #[test]
    fn base_urls() {
        for text in [
            "Base URL: `https://api.example.test`",
            "- **Base URL**: https://api.example.test/",
            "### Base URL\nhttps://api.example.test",
        ] {
            assert_eq!(
                read_text(text).unwrap().facts["servers"][0]["url"],
                "https://api.example.test",
                "{text}"
            );
        }
        assert_eq!(
            read_text("Based on urls").unwrap().facts.get("servers"),
            None
        );
    }

    #[test]
    fn rows_that_cannot_be_read() {
        for text in [
            "| Method | Path |\n|---|---|\n| GET | gadgets |",
            "| Method | Path |\n|---|---|\n| LIST | /gadgets |",
            "| Prefix | Object |\n|---|---|\n| GDG | Gadget |",
            "| Prefix | Object |\n|---|---|\n| gdg_ | Gadget |\n| gdg_ | Widget |",
        ] {
            let findings = read_text(text).unwrap_err();
            assert_eq!(findings[0].rule, "guide-row-unreadable", "{text}");
        }
    }
}
