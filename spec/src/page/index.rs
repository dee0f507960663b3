//! The site's index, `llms.txt`: lists of links to pages, and for large sites to further indexes.
//!
//! ```text
//! - [Create a gadget](https://docs.example.test/gadgets/create.md): one line of description
//! ```
//!
//! Titles, descriptions and headings are the vendor's words; they are not kept.

use std::collections::HashSet;

use url::Url;

use crate::finding::{self, Finding};

use super::lines::Page;
use super::problem::problem;

/// More findings than this say nothing new about one index.
const MAX_FINDINGS: usize = 50;

/// What an index links to. Every list is in the order of the index, without repetition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// Pages: addresses below the site, without `.md`.
    pub pages: Vec<String>,
    /// Further indexes: addresses below the site, with their endings.
    pub nested: Vec<String>,
    /// Files of the site that are no pages, such as OpenAPI documents: addresses below the site,
    /// with their endings.
    pub other: Vec<String>,
    /// Links that lead out of the site, as the index has them.
    pub foreign: Vec<String>,
}

/// Reads an index. `base_url` is the address of the site: links lead to its pages if they stay on its host
/// and below its path.
///
/// The findings carry lines of `text`, but no file: the caller knows its name.
pub fn parse(text: &str, base_url: &str) -> Result<Index, Vec<Finding>> {
    let page = Page::read(text)?;
    let site = Url::parse(&format!("{}/", base_url.trim_end_matches('/')));
    let Some(site) = site.ok().filter(Url::has_host) else {
        let message = format!("`{base_url}` is not the address of a site");
        return Err(problem("index-base-unusable", 1, message).into());
    };
    let mut index = Index::default();
    let mut findings = Vec::new();
    for line in &page.lines {
        let mut refuse = |rule, message| findings.push(problem(rule, line.number, message));
        let Some(item) = item(line.trimmed()) else {
            continue;
        };
        let Some(link) = link(item) else {
            let message = "the line starts with a bracket, but no link can be read";
            refuse("index-line-unreadable", message.to_owned());
            continue;
        };
        if link.starts_with('#') {
            continue;
        }
        if index.add(link, &site).is_none() {
            let message = format!("the link `{}` is no address of a page", link.escape_debug());
            refuse("index-link-unusable", message);
        }
    }
    let lists = [
        &mut index.pages,
        &mut index.nested,
        &mut index.other,
        &mut index.foreign,
    ];
    for list in lists {
        let mut seen = HashSet::new();
        list.retain(|entry| seen.insert(entry.clone()));
    }
    if findings.is_empty() && index == Index::default() {
        findings.push(problem("index-empty", 1, "there is no link to a page here"));
    }
    findings.truncate(MAX_FINDINGS);
    finding::unless(findings, index)
}

/// What follows the bullet of a list's line, if it starts with a link.
fn item(text: &str) -> Option<&str> {
    let mut bullets = ["- ", "* ", "+ "].iter();
    let item = bullets.find_map(|bullet| text.strip_prefix(bullet))?;
    Some(item.trim_start()).filter(|item| item.starts_with('['))
}

/// The address of `[title](address)`. A title may hold brackets, and an address parentheses in pairs.
fn link(item: &str) -> Option<&str> {
    let (_, rest) = item.split_once("](")?;
    let mut open = 1usize;
    let end = rest.find(|character| {
        match character {
            '(' => open += 1,
            ')' => open -= 1,
            _ => {}
        }
        open == 0
    })?;
    rest.get(..end)
        .map(str::trim)
        .filter(|link| !link.is_empty())
}

impl Index {
    /// Adds a link; nothing if it is no address.
    fn add(&mut self, link: &str, site: &Url) -> Option<()> {
        let url = site.join(link).ok()?;
        // Both http and https lead to the same page.
        let is_ours = matches!(url.scheme(), "http" | "https")
            && (url.host(), url.port()) == (site.host(), site.port());
        // The address of the site itself may lack its last slash.
        let path = format!("{}/", url.path().strip_suffix('/').unwrap_or(url.path()));
        let Some(below) = path.strip_prefix(site.path()).filter(|_| is_ours) else {
            self.foreign.push(link.to_owned());
            return Some(());
        };
        // The start page is a file as well.
        let address = below.strip_suffix('/').unwrap_or("index");
        // An address names files.
        let is_plain = |segment: &str| {
            let mut letters = segment.chars();
            !segment.is_empty() && letters.all(|c| c.is_ascii_alphanumeric() || "-_.~".contains(c))
        };
        let mut segments = address.split('/');
        if !segments.clone().all(is_plain) {
            return None;
        }
        let last = segments.next_back().unwrap_or_default();
        let is_index = matches!(last, "tab.md" | "llms.txt") || segments.any(|it| it == "_llms");
        let page = address.strip_suffix(".md");
        let (list, entry) = match page.filter(|page| !page.is_empty() && !page.ends_with('/')) {
            _ if is_index => (&mut self.nested, address),
            Some(page) => (&mut self.pages, page),
            None if last.contains('.') => (&mut self.other, address),
            None => (&mut self.pages, address),
        };
        list.push(entry.to_owned());
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://docs.example.test";

    fn read(text: &str) -> Index {
        parse(text, BASE).unwrap()
    }

    fn rules(text: &str) -> Vec<(&'static str, Option<usize>)> {
        parse(text, BASE)
            .unwrap_err()
            .iter()
            .map(|finding| (finding.rule, finding.line))
            .collect()
    }

    #[test]
    fn pages_of_an_index() {
        let index = read(
            "# Workshop\n\n> All about gadgets\n\n## Gadgets\n\n- [Create](https://docs.example.test/gadgets/create.md): Makes one\n- [List [beta]](/gadgets/list.md)\n* [Get](gadgets/get.md)\n- [Again](gadgets/get.md#top)\n- [Start](https://docs.example.test/start?tab=1)\n- [Here](#here)\n- no link\n\n## OpenAPI Specs\n\n- [openapi](https://docs.example.test/openapi.json)\n\n## Optional\n\n- [Blog](https://blog.example.test/gadgets.md)\n- [Mail](mailto:gadgets@example.test)\n",
        );
        assert_eq!(
            index,
            Index {
                pages: ["gadgets/create", "gadgets/list", "gadgets/get", "start"]
                    .map(str::to_owned)
                    .to_vec(),
                nested: Vec::new(),
                other: vec!["openapi.json".to_owned()],
                foreign: vec![
                    "https://blog.example.test/gadgets.md".to_owned(),
                    "mailto:gadgets@example.test".to_owned()
                ],
            }
        );
    }

    #[test]
    fn further_indexes() {
        let index = read(
            "- [English](/_llms/en.md)\n- [API](https://docs.example.test/api/tab.md)\n- [All](/de/llms.txt)\n- [Tab](/gadgets/tabs.md)",
        );
        assert_eq!(index.nested, ["_llms/en.md", "api/tab.md", "de/llms.txt"]);
        assert_eq!(index.pages, ["gadgets/tabs"]);
    }

    #[test]
    fn a_site_may_live_below_a_path() {
        let text = "- [A](https://example.test/docs/a.md)\n- [B](/docs/b.md)\n- [C](c.md)\n- [D](https://example.test/shop/d.md)\n- [E](https://example.test/docs-old/e.md)";
        let index = parse(text, "https://Example.test/docs/").unwrap();
        assert_eq!(index.pages, ["a", "b", "c"]);
        assert_eq!(index.foreign.len(), 2);
    }

    #[test]
    fn lines_and_links_that_cannot_be_read() {
        assert_eq!(
            rules("- [A](a.md)\n- [B]\n- [C](\n- [D]()\n- [F](/a//f.md)\n- [H](a b.md)"),
            [
                ("index-line-unreadable", Some(2)),
                ("index-line-unreadable", Some(3)),
                ("index-line-unreadable", Some(4)),
                ("index-link-unusable", Some(5)),
                ("index-link-unusable", Some(6)),
            ]
        );
    }

    #[test]
    fn links_cannot_leave_the_site() {
        let index = read("- [A](../a.md)\n- [B](https://docs.example.test/%2e%2e/b.md)");
        assert_eq!(index.pages, ["a", "b"]);
        let text = "- [C](../c.md)\n- [D](d.md)";
        let index = parse(text, "https://example.test/docs").unwrap();
        assert_eq!(
            (index.pages, index.foreign.len()),
            (vec!["d".to_owned()], 1)
        );
    }

    #[test]
    fn what_is_no_index() {
        assert_eq!(rules(""), [("index-empty", Some(1))]);
        assert_eq!(
            rules("<!DOCTYPE html>\n<html></html>"),
            [("index-empty", Some(1))]
        );
        assert_eq!(rules("# Title\n\u{1}"), [("page-not-text", Some(2))]);
        let finding = &parse("- [A](a.md)", "docs.example.test").unwrap_err()[0];
        assert_eq!(finding.rule, "index-base-unusable");
    }

    #[test]
    fn the_start_page_has_a_name() {
        assert_eq!(
            read("- [Home](/)\n- [Home](https://docs.example.test)").pages,
            ["index"]
        );
    }
}
