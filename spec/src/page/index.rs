//! The site's index, `llms.txt`: lists of links to pages, and for large sites to further indexes.
//!
//! ```text
//! - [Create a gadget](https://docs.example.test/gadgets/create.md): one line of description
//! ```
//!
//! Titles, descriptions and headings are the vendor's words; they are not kept.

use crate::finding::Finding;

use super::lines::{Line, Page};

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

/// Where a link leads.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    Page(String),
    Nested(String),
    Other(String),
    Foreign,
    /// To a place on the same page.
    Nowhere,
}

/// Reads an index. `base_url` is the address of the site: absolute links lead to its pages if they
/// start with it, relative ones are relative to it.
///
/// The findings carry lines of `text`, but no file: the caller knows its name.
pub fn parse(text: &str, base_url: &str) -> Result<Index, Vec<Finding>> {
    let page = Page::read(text).map_err(|finding| vec![finding])?;
    let Some(site) = Site::of(base_url) else {
        return Err(vec![
            Finding::new(
                "index-base-unusable",
                format!("`{base_url}` is not the address of a site"),
            )
            .help("write it like https://docs.example.test"),
        ]);
    };
    let mut index = Index::default();
    let mut findings = Vec::new();
    for line in &page.lines {
        let link = match link(line) {
            Ok(Some(link)) => link,
            Ok(None) => continue,
            Err(finding) => {
                findings.push(finding);
                continue;
            }
        };
        let (list, entry) = match site.target(link) {
            Some(Target::Page(address)) => (&mut index.pages, address),
            Some(Target::Nested(address)) => (&mut index.nested, address),
            Some(Target::Other(address)) => (&mut index.other, address),
            Some(Target::Foreign) => (&mut index.foreign, link.to_owned()),
            Some(Target::Nowhere) => continue,
            None => {
                findings.push(
                    Finding::new(
                        "index-link-unusable",
                        format!("the link `{}` is no address of a page", link.escape_debug()),
                    )
                    .line(line.number)
                    .help("leave the link out, and tell the site's owner"),
                );
                continue;
            }
        };
        list.push(entry);
    }
    for list in [
        &mut index.pages,
        &mut index.nested,
        &mut index.other,
        &mut index.foreign,
    ] {
        let mut seen = std::collections::HashSet::new();
        list.retain(|entry| seen.insert(entry.clone()));
    }
    if findings.is_empty() && index == Index::default() {
        findings.push(
            Finding::new("index-empty", "there is no link to a page here")
                .line(1)
                .help("an index has lines like - [Title](https://docs.example.test/page.md)"),
        );
    }
    if findings.is_empty() {
        Ok(index)
    } else {
        findings.truncate(MAX_FINDINGS);
        Err(findings)
    }
}

/// The link of a list's line, if it starts with one.
fn link(line: &Line) -> Result<Option<&str>, Finding> {
    let text = line.trimmed();
    let Some(item) = ["- ", "* ", "+ "]
        .iter()
        .find_map(|bullet| text.strip_prefix(bullet))
        .map(str::trim_start)
        .filter(|item| item.starts_with('['))
    else {
        return Ok(None);
    };
    // A title may hold brackets, and an address parentheses in pairs.
    let link = item.split_once("](").and_then(|(_, rest)| {
        let mut open = 0usize;
        let end = rest.find(|character| match character {
            '(' => {
                open += 1;
                false
            }
            ')' if open > 0 => {
                open -= 1;
                false
            }
            other => other == ')',
        })?;
        rest.get(..end)
    });
    match link.map(str::trim).filter(|link| !link.is_empty()) {
        Some(link) => Ok(Some(link)),
        None => Err(Finding::new(
            "index-line-unreadable",
            "the line starts with a bracket, but no link can be read",
        )
        .line(line.number)
        .help("a line reads - [Title](address), perhaps with `: description`")),
    }
}

/// The address of a site in its parts.
struct Site<'a> {
    /// `https` or `http`; a link with the other one leads to the same page.
    host: &'a str,
    /// Without slashes at its ends.
    path: &'a str,
}

impl<'a> Site<'a> {
    fn of(base_url: &'a str) -> Option<Self> {
        let (host, path) = split_url(base_url)?;
        Some(Self {
            host,
            path: path.trim_matches('/'),
        })
    }

    /// Where `link` leads; nothing if it is no address.
    fn target(&self, link: &str) -> Option<Target> {
        if link.starts_with('#') {
            return Some(Target::Nowhere);
        }
        let path = if let Some((host, path)) = split_url(link) {
            if !host.eq_ignore_ascii_case(self.host) {
                return Some(Target::Foreign);
            }
            path
        } else if link.starts_with("//") || has_scheme(link) {
            return Some(Target::Foreign);
        } else if link.starts_with('/') {
            link
        } else {
            return address(link).map(classify);
        };
        let path = path.trim_start_matches('/');
        let below = match path.strip_prefix(self.path) {
            Some(rest) if self.path.is_empty() => Some(rest),
            Some(rest) => rest.strip_prefix('/'),
            None => None,
        };
        match below {
            Some(below) => address(below).map(classify),
            None => Some(Target::Foreign),
        }
    }
}

/// Host and path of an absolute address.
fn split_url(url: &str) -> Option<(&str, &str)> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let valid = !host.is_empty()
        && host
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "-.:[]".contains(character));
    valid.then_some((host, path))
}

fn has_scheme(link: &str) -> bool {
    link.split_once(':').is_some_and(|(scheme, _)| {
        !scheme.is_empty()
            && scheme
                .chars()
                .all(|character| character.is_ascii_alphanumeric() || "+-.".contains(character))
    })
}

/// The segments of a path, without query and fragment. They must be plain: the address names files.
fn address(path: &str) -> Option<String> {
    let path = path.split(['?', '#']).next()?;
    let path = path.strip_prefix("./").unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() {
        // The start page is a file as well.
        return Some("index".to_owned());
    }
    let plain = |segment: &str| {
        !matches!(segment, "" | "." | "..")
            && segment
                .chars()
                .all(|character| character.is_ascii_alphanumeric() || "-_.~".contains(character))
    };
    path.split('/').all(plain).then(|| path.to_owned())
}

fn classify(address: String) -> Target {
    let last = address.rsplit('/').next().unwrap_or_default();
    if address.split('/').any(|segment| segment == "_llms") || matches!(last, "tab.md" | "llms.txt")
    {
        return Target::Nested(address);
    }
    match address.strip_suffix(".md") {
        Some(page) if !page.is_empty() && !page.ends_with('/') => Target::Page(page.to_owned()),
        _ if last.contains('.') => Target::Other(address),
        _ => Target::Page(address),
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
            rules(
                "- [A](a.md)\n- [B]\n- [C](\n- [D]()\n- [E](../e.md)\n- [F](/a//f.md)\n- [G](https://docs.example.test/%2e%2e/g.md)\n- [H](a b.md)"
            ),
            [
                ("index-line-unreadable", Some(2)),
                ("index-line-unreadable", Some(3)),
                ("index-line-unreadable", Some(4)),
                ("index-link-unusable", Some(5)),
                ("index-link-unusable", Some(6)),
                ("index-link-unusable", Some(7)),
                ("index-link-unusable", Some(8)),
            ]
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
