//! The parser for the Markdown form of a page.
//!
//! ````text
//! lines → envelope ┬→ fence → tree → facts → fragment
//!                  └→ the text of a guide
//! ````
//!
//! The fence of an endpoint's page has an OpenAPI document with only the operation. Without its prose, it is
//! the fragment: every keyword stays.

mod facts;
mod tree;

use serde_json::{Map, Value};

use crate::finding::Finding;
use crate::openapi::text;

use super::endpoint::is_method;
use super::lines::{Line, Page, is_url, number};
use super::problem::problem;
use super::{Notes, filled, guide, refuse_handwritten};

const FENCE: &str = "````";

/// Whether a page is Markdown.
pub(super) fn is_markdown(page: &Page) -> bool {
    let starts = ["# ", "## ", "> ", "Source: "];
    let is_start = |line: &Line| starts.iter().any(|start| line.text.starts_with(start));
    page.lines.first().is_some_and(is_start)
        || page
            .lines
            .iter()
            .any(|line| is_opening(&line.text) || is_heading(line))
}

fn is_opening(text: &str) -> bool {
    text.starts_with("````yaml")
}

fn is_heading(line: &Line) -> bool {
    line.text == "## OpenAPI"
}

/// Reads a Markdown page: a fragment without its head.
pub(super) fn read(
    page: &Page,
    address: &str,
    notes: &mut Notes,
) -> Result<Map<String, Value>, Finding> {
    let Envelope { text, fence } = open(page, address)?;
    notes.wording = filled(&text);
    if let Some(fence) = fence {
        return read_fence(&fence, &mut notes.wording);
    }
    refuse_handwritten(&text)?;
    if !text.iter().any(|line| line.text.starts_with("# ")) {
        let message = "this is neither a reference page nor a guide: it has no title";
        return Err(problem("page-unknown", number(&text, 0), message));
    }
    Ok(guide::read_markdown(&text, notes))
}

fn read_fence(fence: &Fence<'_>, wording: &mut Vec<String>) -> Result<Map<String, Value>, Finding> {
    let tree = tree::read(fence.lines)?;
    let refuse = |rule, message: String| Err(problem(rule, fence.number, message));
    if tree.pointer("/paths/path").is_some_and(Value::is_string) {
        let message = "the page has the format that such sites used until 2025";
        return refuse("page-dialect-older", message.to_owned());
    }
    let Some(version) = text(&tree, "openapi") else {
        let message = "the page has no OpenAPI document";
        return refuse("page-dialect-unknown", message.to_owned());
    };
    if !version.starts_with("3.0.") && !version.starts_with("3.1.") {
        let version = version.escape_debug();
        let message = format!("the page has an OpenAPI document of version `{version}`");
        return refuse("page-dialect-unknown", message);
    }
    let (method, path) = (&fence.method, fence.path);
    facts::read(tree, method, path, wording).map_or_else(
        || {
            let message = format!(
                "the fence is about {method} {path}, but the document inside does not have it"
            );
            refuse("page-routes-disagree", message)
        },
        Ok,
    )
}

/// A Markdown page in its parts.
#[derive(Debug, PartialEq)]
struct Envelope<'a> {
    /// The lines outside the fence, without the text that the site adds.
    text: Vec<Line>,
    /// The operation's fence; `None` on pages other than pages of endpoints.
    fence: Option<Fence<'a>>,
}

/// The fence of an operation. Its first line reads:
///
/// ````text
/// ````yaml [spec-ref] method path
/// ````
#[derive(Debug, PartialEq)]
struct Fence<'a> {
    number: usize,
    /// Upper case.
    method: String,
    path: &'a str,
    lines: &'a [Line],
}

/// Splits the page into its parts. `address` is its expected address.
fn open<'a>(page: &'a Page, address: &str) -> Result<Envelope<'a>, Finding> {
    let cut = |line, message: &str| Err(problem("page-cut-off", line, message));
    let several = |line| {
        Err(problem(
            "pages-concatenated",
            line,
            "a second page starts here",
        ))
    };
    let mut text: Vec<Line> = Vec::new();
    let mut fence = None;
    let mut heading = None;
    let mut source = None;
    let mut skips_quote = false;
    let mut at = 0;
    while let Some(line) = page.lines.get(at) {
        at += 1;
        if skips_quote && line.text.starts_with('>') {
            continue;
        }
        // A quoted banner such as `> ## Documentation Index` before the page itself. A quoted description
        // before the title has no heading in it.
        skips_quote =
            fence.is_none() && line.text.starts_with("> ## ") && text.iter().all(Line::is_blank);
        if skips_quote || is_trailer(line) {
            continue;
        }
        if let Some(url) = source_url(&line.text) {
            if source.replace(line.number).is_some() {
                return several(line.number);
            }
            check_source(url, address, line.number)?;
            continue;
        }
        if is_heading(line) {
            if heading.replace(line.number).is_some() {
                return several(line.number);
            }
            continue;
        }
        if is_opening(&line.text) {
            if let Some((method, path)) = route(&line.text) {
                if fence.is_some() {
                    return several(line.number);
                }
                let rest = page.lines.get(at..).unwrap_or_default();
                let Some(end) = rest.iter().position(|line| line.text == FENCE) else {
                    return cut(line.number, "the page ends before its fence is closed");
                };
                fence = Some(Fence {
                    number: line.number,
                    method,
                    path,
                    lines: rest.get(..end).unwrap_or_default(),
                });
                at += end + 1;
                continue;
            }
            if heading.is_some() {
                let message = format!("`{}` names no method with its path", line.text);
                return Err(problem("page-fence-unreadable", line.number, message));
            }
        }
        text.push(line.clone());
        if line.text.starts_with("```") {
            let rest = page.lines.get(at..).unwrap_or_default();
            let Some(end) = rest.iter().position(|it| it.text == ticks(&line.text)) else {
                return cut(line.number, "the page ends before this block is closed");
            };
            text.extend(rest.iter().take(end + 1).cloned());
            at += end + 1;
        }
    }
    match heading {
        Some(number) if fence.is_none() => cut(number, "the page ends before its OpenAPI document"),
        _ => Ok(Envelope { text, fence }),
    }
}

/// The backticks at the start of `text`.
fn ticks(text: &str) -> &str {
    let end = text.len() - text.trim_start_matches('`').len();
    text.get(..end).unwrap_or_default()
}

fn is_trailer(line: &Line) -> bool {
    let starts = ["Built with [Mintlify]", "Powered by [Mintlify]"];
    starts.iter().any(|start| line.trimmed().starts_with(start))
}

/// `# Source: https://…`, from dumps of several pages.
fn source_url(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("# ").unwrap_or(text);
    let url = rest.strip_prefix("Source:")?.trim();
    Some(url).filter(|url| is_url(url))
}

fn check_source(url: &str, address: &str, number: usize) -> Result<(), Finding> {
    let path = url::Url::parse(url).map_or_else(|_| String::new(), |url| url.path().to_owned());
    let path = path.strip_suffix(".md").unwrap_or(&path).trim_matches('/');
    let before = path.strip_suffix(address);
    if before.is_some_and(|before| before.is_empty() || before.ends_with('/')) {
        return Ok(());
    }
    let message = format!("the page has {url} as its source, which is not `{address}`");
    Err(problem("page-addresses-disagree", number, message))
}

/// Method and path of the line that opens the fence.
fn route(text: &str) -> Option<(String, &str)> {
    // One more than the limit.
    let words: Vec<&str> = text.split_whitespace().take(5).collect();
    let (["````yaml", method, path] | ["````yaml", _, method, path]) = words.as_slice() else {
        return None;
    };
    let method = method.to_ascii_uppercase();
    (is_method(&method) && path.starts_with('/')).then_some((method, *path))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BANNER: &str = "> ## Documentation Index\n> Fetch it.\n\n";
    const FENCED: &str = "## OpenAPI\n\n````yaml get /gadgets\na: |\n  ```\n  x\n  ```\n````\n";

    fn check(text: &str, kept: &str, route: Option<&str>) {
        let page = Page::read(text).unwrap();
        let envelope = open(&page, "workshop/gadgets").unwrap();
        let lines: Vec<&str> = envelope
            .text
            .iter()
            .map(Line::trimmed)
            .filter(|text| !text.is_empty())
            .collect();
        assert_eq!(lines.join("|"), kept, "{text}");
        let found = envelope
            .fence
            .map(|fence| format!("{} {}", fence.method, fence.path));
        assert_eq!(found.as_deref(), route, "{text}");
    }

    fn rule(text: &str) -> (&'static str, Option<usize>) {
        let page = Page::read(text).unwrap();
        let finding = open(&page, "workshop/gadgets").unwrap_err();
        (finding.rule, finding.line)
    }

    #[test]
    fn envelopes() {
        let route = Some("GET /gadgets");
        check(
            &format!("{BANNER}# List\n\n> Words\n\n{FENCED}"),
            "# List|> Words",
            route,
        );
        check(
            &format!("{BANNER}> ## Agent Instructions\n> Be kind\n\n# null\n\n{FENCED}"),
            "# null",
            route,
        );
        check(
            &format!(
                "> Words\n\n# List\n<Note>x</Note>\n\n{FENCED}\nBuilt with [Mintlify](https://mintlify.com)."
            ),
            "> Words|# List|<Note>x</Note>",
            route,
        );
        check(
            &format!("# Source: https://docs.example.test/workshop/gadgets.md\n# List\n{FENCED}"),
            "# List",
            route,
        );
        check(FENCED, "", route);
        check(
            "# Guide\n\n````yaml\na: 1\n````",
            "# Guide|````yaml|a: 1|````",
            None,
        );
        check(
            "# Guide\n```md\n## OpenAPI\n````yaml get /x\n```\nText",
            "# Guide|```md|## OpenAPI|````yaml get /x|```|Text",
            None,
        );
    }

    #[test]
    fn lines_of_fences() {
        let check = |line: &str, expected: Option<(&str, &str)>| {
            let found = route(line);
            let found = found
                .as_ref()
                .map(|(method, path)| (method.as_str(), *path));
            assert_eq!(found, expected, "{line}");
        };
        check("````yaml get /a/{id}", Some(("GET", "/a/{id}")));
        check("````yaml openapi.json POST /a", Some(("POST", "/a")));
        check(
            "````yaml https://api.example.test/openapi/main Patch /a",
            Some(("PATCH", "/a")),
        );
        check("````yaml api/get.yaml get /a", Some(("GET", "/a")));
        check("````yaml get", None);
        check("````yaml openapi.json webhook gadget", None);
        check("````yaml a b get /a", None);
        check("````yaml get gadgets", None);
    }

    #[test]
    fn invalid_pages_are_refused() {
        assert_eq!(
            rule(&format!("{FENCED}{FENCED}")),
            ("pages-concatenated", Some(9))
        );
        assert_eq!(
            rule(
                "# Source: https://docs.example.test/workshop/gadgets\n# A\n# Source: https://docs.example.test/b"
            ),
            ("pages-concatenated", Some(3))
        );
        assert_eq!(
            rule("# Source: https://docs.example.test/workshop/widgets\n# A"),
            ("page-addresses-disagree", Some(1))
        );
        assert_eq!(rule("# A\n## OpenAPI\n"), ("page-cut-off", Some(2)));
        assert_eq!(
            rule("## OpenAPI\n````yaml get /a\nb: 1\n```\n"),
            ("page-cut-off", Some(2))
        );
        assert_eq!(
            rule("## OpenAPI\n````yaml webhook a\n````"),
            ("page-fence-unreadable", Some(2))
        );
    }
}
