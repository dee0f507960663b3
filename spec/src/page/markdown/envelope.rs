//! What stands around the fence of a Markdown page, and the line that opens it.
//!
//! ````text
//! ````yaml [spec-ref] method path
//! ````

use crate::finding::Finding;
use crate::page::head::is_method;
use crate::page::lines::{Line, Page};

const FENCE: &str = "````";
const SAVE_AGAIN: &str = "save the whole page again";

/// A Markdown page in its parts.
#[derive(Debug, PartialEq)]
pub(super) struct Envelope<'a> {
    /// The lines outside the fence, without what belongs to the site.
    pub(super) text: Vec<&'a Line>,
    /// The operation's fence; none on other pages than those of endpoints.
    pub(super) fence: Option<Fence<'a>>,
}

/// The fence of an operation.
#[derive(Debug, PartialEq)]
pub(super) struct Fence<'a> {
    pub(super) number: usize,
    /// Upper case.
    pub(super) method: String,
    pub(super) path: &'a str,
    pub(super) lines: &'a [Line],
}

/// Whether a page is Markdown at all.
pub(in crate::page) fn is_markdown(page: &Page) -> bool {
    let starts = |line: &Line| {
        ["# ", "## ", "> ", "Source: "]
            .iter()
            .any(|start| line.text.starts_with(start))
    };
    page.lines
        .iter()
        .find(|line| !line.is_blank())
        .is_some_and(starts)
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

/// Takes the page apart. `address` is where it is said to come from.
pub(super) fn open<'a>(page: &'a Page, address: &str) -> Result<Envelope<'a>, Finding> {
    let mut text: Vec<&Line> = Vec::new();
    let mut fence = None;
    let mut heading = None;
    let mut source = None;
    let mut skips_quote = false;
    let mut code: Option<&Line> = None;
    let mut at = 0;
    while let Some(line) = page.lines.get(at) {
        at += 1;
        let starts_code = line.text.starts_with("```");
        if let Some(open) = code {
            if line.text == ticks(&open.text) {
                code = None;
            }
            text.push(line);
            continue;
        }
        if skips_quote && line.text.starts_with('>') {
            continue;
        }
        skips_quote = fence.is_none() && is_banner(line, &text);
        if skips_quote || is_trailer(line) {
            continue;
        }
        if let Some(url) = source_url(&line.text) {
            if source.replace(line.number).is_some() {
                return Err(several(line.number));
            }
            check_source(url, address, line.number)?;
            continue;
        }
        if is_heading(line) {
            if heading.replace(line.number).is_some() {
                return Err(several(line.number));
            }
            continue;
        }
        if is_opening(&line.text) {
            if let Some((method, path)) = route(&line.text) {
                if fence.is_some() {
                    return Err(several(line.number));
                }
                let rest = page.lines.get(at..).unwrap_or_default();
                let Some(end) = rest.iter().position(|line| line.text == FENCE) else {
                    return Err(Finding::new(
                        "page-cut-off",
                        "the page ends before its fence is closed",
                    )
                    .line(line.number)
                    .help(SAVE_AGAIN));
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
                return Err(Finding::new(
                    "page-fence-unreadable",
                    format!("`{}` names no method with its path", line.text),
                )
                .line(line.number)
                .help("the line should read ````yaml openapi.json get /gadgets; if it is right, write its facts down in spec/facts"));
            }
        }
        if starts_code {
            code = Some(line);
        }
        text.push(line);
    }
    if let Some(open) = code {
        return Err(
            Finding::new("page-cut-off", "the page ends before this block is closed")
                .line(open.number)
                .help(SAVE_AGAIN),
        );
    }
    if fence.is_none()
        && let Some(number) = heading
    {
        return Err(
            Finding::new("page-cut-off", "the page ends before its OpenAPI document")
                .line(number)
                .help(SAVE_AGAIN),
        );
    }
    Ok(Envelope { text, fence })
}

fn several(number: usize) -> Finding {
    Finding::new("pages-concatenated", "a second page starts here")
        .line(number)
        .help("save each page in a file of its own; where one ends cannot be told for sure")
}

/// The backticks at the start of `text`.
fn ticks(text: &str) -> &str {
    let end = text.len() - text.trim_start_matches('`').len();
    text.get(..end).unwrap_or_default()
}

/// `> ## Documentation Index` and the like, before the page itself. A description that is quoted
/// before the title has no heading in it.
fn is_banner(line: &Line, text: &[&Line]) -> bool {
    line.text.starts_with("> ## ") && text.iter().all(|before| before.is_blank())
}

fn is_trailer(line: &Line) -> bool {
    ["Built with [Mintlify]", "Powered by [Mintlify]"]
        .iter()
        .any(|start| line.trimmed().starts_with(start))
}

/// `# Source: https://…`, as dumps of several pages have it.
fn source_url(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("# ").unwrap_or(text);
    let url = rest.strip_prefix("Source:")?.trim();
    (url.starts_with("https://") || url.starts_with("http://")).then_some(url)
}

fn check_source(url: &str, address: &str, number: usize) -> Result<(), Finding> {
    let path = url
        .split_once("://")
        .and_then(|(_, rest)| rest.split_once('/'))
        .map_or("", |(_, path)| path);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = path.strip_suffix(".md").unwrap_or(path).trim_matches('/');
    let agrees = path
        .strip_suffix(address)
        .is_some_and(|before| before.is_empty() || before.ends_with('/'));
    if agrees {
        return Ok(());
    }
    Err(Finding::new(
        "page-addresses-disagree",
        format!("the page says that it comes from {url}, not from `{address}`"),
    )
    .line(number)
    .help("correct the address in spec/pages/index.yaml, or the name of the file"))
}

/// Method and path of the line that opens the fence.
fn route(text: &str) -> Option<(String, &str)> {
    // One more than there may be.
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
            .map(|line| line.trimmed())
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
    fn what_is_refused() {
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
