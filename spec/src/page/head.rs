//! The head of an endpoint page: method, path, code sample, JSON samples.

use serde_json::{Deserializer, Value};

use crate::finding::Finding;

use super::curl::{self, Curl};
use super::lines::Line;

pub(super) const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// The text is an HTTP method, upper case.
pub(super) fn is_method(text: &str) -> bool {
    METHODS.contains(&text)
}

/// Method and path as the page prints them, one segment a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) method: String,
    /// The line the method stands on.
    pub(super) number: usize,
    /// Older pages print the server between method and path.
    pub(super) server: Option<String>,
    pub(super) path: String,
    /// Index of the first line after the path.
    pub(super) end: usize,
}

/// What the head of a page says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Head {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) server: Option<String>,
    /// The request sample.
    pub(super) request: Option<Value>,
    /// The answers shown, in order. Which of them is the successful one is not said.
    pub(super) responses: Vec<Value>,
    /// The words between path and sample: a summary, or the sample's own label.
    pub(super) label: Vec<String>,
}

/// Finds the method with the path below it.
pub(super) fn route(lines: &[Line]) -> Option<Route> {
    (0..lines.len()).find_map(|index| route_at(lines, index))
}

fn route_at(lines: &[Line], start: usize) -> Option<Route> {
    let method = lines.get(start).filter(|line| is_method(line.trimmed()))?;
    let mut at = next_filled(lines, start + 1);
    let server = lines
        .get(at)
        .map(Line::trimmed)
        .filter(|text| is_url(text))
        .map(|text| text.trim_end_matches('/').to_owned());
    if server.is_some() {
        at = next_filled(lines, at + 1);
    }
    let mut path = String::new();
    // "/" and segment take turns; a "/" that nothing follows is the root.
    while lines.get(at).is_some_and(|line| line.trimmed() == "/") {
        path.push('/');
        at += 1;
        if let Some(segment) = lines
            .get(at)
            .map(Line::trimmed)
            .filter(|text| is_segment(text))
        {
            path.push_str(segment);
            at += 1;
        } else {
            break;
        }
    }
    (!path.is_empty()).then(|| Route {
        method: method.trimmed().to_owned(),
        number: method.number,
        server,
        path,
        end: at,
    })
}

/// Reads the head that starts with `route` and ends before the line `sections` (an index).
pub(super) fn read(lines: &[Line], route: Route, sections: usize) -> Result<Head, Finding> {
    let lines = lines.get(route.end..sections).unwrap_or_default();
    let sample = lines
        .iter()
        .position(|line| line.trimmed().starts_with("curl "));
    let label_end = sample.unwrap_or(0);
    let mut head = Head {
        method: route.method,
        path: route.path,
        server: route.server,
        request: None,
        responses: Vec::new(),
        label: lines
            .iter()
            .take(label_end)
            .filter(|line| !line.is_blank())
            .map(|line| line.trimmed().to_owned())
            .collect(),
    };
    let Some(sample) = sample else {
        // A sample in another language: no base URL, and only what is plainly JSON can be used.
        head.responses = documents(lines, Strictness::SkipCode)?;
        return Ok(head);
    };
    let (curl, taken) = curl::read(lines.get(sample..).unwrap_or_default())?;
    head.responses = documents(
        lines.get(sample + taken..).unwrap_or_default(),
        Strictness::StopAtProse,
    )?;
    agree(&mut head, &curl, route.number)?;
    head.request = curl.body;
    Ok(head)
}

/// Checks the sample against the printed route, and takes the server from it.
fn agree(head: &mut Head, curl: &Curl, line: usize) -> Result<(), Finding> {
    if let Some(method) = &curl.method
        && *method != head.method
    {
        return Err(Finding::new(
            "page-methods-disagree",
            format!("the page says {}, its sample {method}", head.method),
        )
        .line(line)
        .help("two pages may be mixed in this file; save the page again"));
    }
    let Some(url) = &curl.url else { return Ok(()) };
    let path = head.path.trim_end_matches('/');
    if let Some(server) = url.strip_suffix(path) {
        head.server = Some(server.trim_end_matches('/').to_owned());
    } else if let Some(server) = url.strip_suffix('/').and_then(|url| url.strip_suffix(path)) {
        // The printed path loses the slash at its end; the sample keeps it.
        head.server = Some(server.to_owned());
        head.path = format!("{path}/");
    } else {
        return Err(Finding::new(
            "page-paths-disagree",
            format!("the page's path is {}, its sample calls {url}", head.path),
        )
        .line(line)
        .help("two pages may be mixed in this file; save the page again"));
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Strictness {
    /// Directly after a curl command only JSON can follow; broken JSON is an error.
    StopAtProse,
    /// Somewhere between lines of code.
    SkipCode,
}

/// The JSON documents in a row.
fn documents(lines: &[Line], strictness: Strictness) -> Result<Vec<Value>, Finding> {
    let mut text = String::new();
    let mut starts = Vec::with_capacity(lines.len());
    for line in lines {
        starts.push(text.len());
        text.push_str(&line.text);
        text.push('\n');
    }
    let mut found = Vec::new();
    let mut at = 0;
    while let (Some(line), Some(start)) = (lines.get(at), starts.get(at)) {
        if line.is_blank() || is_status(line.trimmed()) {
            at += 1;
            continue;
        }
        if !starts_document(line.trimmed()) {
            if strictness == Strictness::StopAtProse {
                break;
            }
            at += 1;
            continue;
        }
        let rest = text.get(*start..).unwrap_or_default();
        let mut stream = Deserializer::from_str(rest).into_iter::<Value>();
        match stream.next() {
            Some(Ok(value)) => {
                found.push(value);
                let end = start + stream.byte_offset();
                at += 1;
                while starts.get(at).is_some_and(|start| *start < end) {
                    at += 1;
                }
            }
            Some(Err(error)) if strictness == Strictness::StopAtProse => {
                let rule = if error.is_eof() {
                    "page-cut-off"
                } else {
                    "page-sample-broken"
                };
                return Err(Finding::new(
                    rule,
                    format!("the response sample that starts here is not JSON: {error}"),
                )
                .line(line.number)
                .help("save the page again; if it stays so, write its facts down in spec/facts"));
            }
            _ => at += 1,
        }
    }
    Ok(found)
}

fn starts_document(text: &str) -> bool {
    text.starts_with(['{', '[', '"']) || matches!(text, "true" | "false" | "null")
}

/// `200`, `4XX`, `default`: the tab of a response sample.
pub(super) fn is_status(text: &str) -> bool {
    text == "default"
        || (text.len() == 3
            && text.starts_with(|first: char| ('1'..='5').contains(&first))
            && text
                .chars()
                .skip(1)
                .all(|character| character.is_ascii_digit() || character == 'X'))
}

fn is_url(text: &str) -> bool {
    (text.starts_with("https://") || text.starts_with("http://")) && !text.contains(' ')
}

fn is_segment(text: &str) -> bool {
    !text.is_empty() && text != "/" && !text.contains(char::is_whitespace)
}

fn next_filled(lines: &[Line], mut at: usize) -> usize {
    while lines.get(at).is_some_and(Line::is_blank) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::super::lines::Page;
    use super::*;

    fn read_text(text: &str) -> Result<Head, Finding> {
        let page = Page::read(text).unwrap();
        let route = route(&page.lines).unwrap();
        read(&page.lines, route, page.lines.len())
    }

    fn check(text: &str, path: &str, server: Option<&str>, responses: usize) {
        let head = read_text(text).unwrap();
        assert_eq!(head.path, path);
        assert_eq!(head.server.as_deref(), server);
        assert_eq!(head.responses.len(), responses);
    }

    #[test]
    fn paths_and_servers() {
        check(
            "GET\n/\ngadgets\n/\n{id}\nGet a gadget\ncurl --request GET --url https://api.example.test/v1/gadgets/{id}\n{}\n{}\n\nprose {",
            "/gadgets/{id}",
            Some("https://api.example.test/v1"),
            2,
        );
        check(
            "GET\nhttps://api.example.test/\n/\ngadgets",
            "/gadgets",
            Some("https://api.example.test"),
            0,
        );
        check(
            "GET\n/\ngadgets\ncurl --url https://api.example.test/v1/gadgets/",
            "/gadgets/",
            Some("https://api.example.test/v1"),
            0,
        );
        check(
            "GET\n/\ngadgets\ncurl --url http://{host}/gadgets",
            "/gadgets",
            Some("http://{host}"),
            0,
        );
    }

    #[test]
    fn samples_in_other_languages_are_skipped() {
        check(
            "POST\n/\ngadgets\nGo\nfunc main() {\n{\n}\n}\n{\n\"id\": 1\n}",
            "/gadgets",
            None,
            2,
        );
    }

    #[test]
    fn status_tabs_are_skipped() {
        check(
            "GET\n/\na\ncurl --url https://x.test/a\n200\n4XX\n{}\n\"text\"",
            "/a",
            Some("https://x.test"),
            2,
        );
    }

    #[test]
    fn disagreement_and_broken_samples_are_found() {
        let rule = |text: &str| read_text(text).unwrap_err().rule;
        assert_eq!(
            rule("GET\n/\na\ncurl --request PUT --url https://x.test/a"),
            "page-methods-disagree"
        );
        assert_eq!(
            rule("GET\n/\na\ncurl --url https://x.test/b"),
            "page-paths-disagree"
        );
        assert_eq!(
            rule("GET\n/\na\ncurl --url https://x.test/a\n{ \"a\":"),
            "page-cut-off"
        );
        assert_eq!(
            rule("GET\n/\na\ncurl --url https://x.test/a\n{ a }"),
            "page-sample-broken"
        );
    }

    #[test]
    fn a_method_without_a_path_is_no_route() {
        let page = Page::read("GET\nready").unwrap();
        assert_eq!(route(&page.lines), None);
    }
}
