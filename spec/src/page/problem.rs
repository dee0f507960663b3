//! What can be wrong with a page, and what a person can do about it.

use crate::finding::Finding;

const BY_HAND: &str = "write its facts down in spec/facts";
const MIXED: &str = "two pages may be mixed in this file; save the page again";
const AGAIN: &str = "save the whole page again";
const AGAIN_OR_BY_HAND: &str =
    "save the page again; if it stays so, write its facts down in spec/facts";
const AS_TEXT: &str = "save the rendered page as text, one text node a line";
const COLLAPSED: &str = "save the page with its objects collapsed";

/// The finding of a rule, with the help that the rule has.
pub(super) fn problem(rule: &'static str, line: usize, message: impl Into<String>) -> Finding {
    let help = match rule {
        "body-union" | "response-union" => {
            "save the page as Markdown, or write its facts down in spec/facts"
        }
        "field-enum-without-options" => {
            "save the English page again; if it stays so, write its facts down in spec/facts"
        }
        "field-children-undotted" | "field-far-from-parent" | "field-too-deep" => COLLAPSED,
        "field-twice"
        | "page-methods-disagree"
        | "page-paths-disagree"
        | "page-routes-disagree"
        | "page-section-twice" => MIXED,
        "index-empty" => "an index has lines like - [Title](https://docs.example.test/page.md)",
        "page-addresses-disagree" => {
            "correct the address in spec/pages/index.yaml, or the name of the file"
        }
        "page-article-style" | "page-empty" | "page-html" | "page-unknown" => AS_TEXT,
        "page-cut-off" | "page-without-route" => AGAIN,
        "page-dialect-older" => "save the page again: these sites have OpenAPI in their pages now",
        "page-dialect-unknown" => {
            "versions 3.0 and 3.1 are read; write the page's facts down in spec/facts"
        }
        "page-fence-unreadable" => {
            "the line should read ````yaml openapi.json get /gadgets; if it is right, write its facts down in spec/facts"
        }
        "page-labels-unknown" => "the page may be a translation; save the English one",
        "page-not-text" => "save the page as plain UTF-8 text",
        "page-too-large" => "check that the file holds one page and not a whole site",
        "pages-concatenated" => {
            "save each page in its own file; the end of a page cannot be recognised"
        }
        "response-not-success" => "save the page with the successful response selected",
        "page-sample-broken" | "page-yaml-unreadable" | "path-parameters-disagree" => {
            AGAIN_OR_BY_HAND
        }
        _ => BY_HAND,
    };
    Finding::new(rule, message).line(line).help(help)
}
