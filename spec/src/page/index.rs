//! The site's index, `llms.txt`: lists of links to pages, and for large sites to further indexes.
//!
//! ```text
//! - [Create a gadget](https://docs.example.test/gadgets/create.md): one line of description
//! ```
//!
//! Titles, descriptions and headings are the vendor's text; they are not kept.

use url::Url;

use crate::finding::Finding;

use super::lines::Page;
use super::problem::problem;

/// The links of an index, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// Pages: addresses below the site, without `.md`.
    pub pages: Vec<String>,
    /// Further indexes: addresses below the site, with their endings.
    pub nested: Vec<String>,
    /// Links to other files or other sites, and unreadable links, unchanged.
    pub other: Vec<String>,
}

/// Reads an index. `site` is the address of the site, which ends in a slash: links lead to its pages if they
/// stay on its host and below its path.
pub fn parse(text: &str, site: &Url) -> Result<Index, Finding> {
    let page = Page::read(text)?;
    let mut index = Index::default();
    for item in page.lines.iter().filter_map(|line| item(line.trimmed())) {
        match link(item) {
            Some(link) if link.starts_with('#') => {}
            link => index.add(link.unwrap_or(item), site),
        }
    }
    if index == Index::default() {
        return Err(problem("index-empty", 1, "there is no link to a page here"));
    }
    Ok(index)
}

/// The text after the bullet of a list item, if it starts with a link.
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
    fn add(&mut self, link: &str, site: &Url) {
        let address = address(link, site).unwrap_or_default();
        let mut segments = address.split('/');
        let last = segments.next_back().unwrap_or_default();
        let is_index = matches!(last, "tab.md" | "llms.txt") || segments.any(|it| it == "_llms");
        let (name, ending) = last.rsplit_once('.').unwrap_or((last, ""));
        match ending {
            _ if is_index => self.nested.push(address),
            "" | "md" if !name.is_empty() => {
                let page = address.strip_suffix(".md").unwrap_or(&address);
                self.pages.push(page.to_owned());
            }
            _ => self.other.push(link.to_owned()),
        }
    }
}

/// The address of a file below the site.
fn address(link: &str, site: &Url) -> Option<String> {
    let url = site.join(link).ok()?;
    // Both http and https lead to the same page.
    let is_ours = matches!(url.scheme(), "http" | "https")
        && (url.host(), url.port()) == (site.host(), site.port());
    // The address of the site itself may lack its last slash.
    let path = format!("{}/", url.path().strip_suffix('/').unwrap_or(url.path()));
    let below = path.strip_prefix(site.path()).filter(|_| is_ours)?;
    // The start page is a file too.
    let address = below.strip_suffix('/').unwrap_or("index");
    let is_plain = |segment: &str| {
        let mut letters = segment.chars();
        !segment.is_empty() && letters.all(|c| c.is_ascii_alphanumeric() || "-_.~".contains(c))
    };
    address.split('/').all(is_plain).then(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_below(text: &str, site: &str) -> Result<Index, Finding> {
        parse(text, &Url::parse(site).unwrap())
    }

    fn read(text: &str) -> Index {
        read_below(text, "https://docs.example.test/").unwrap()
    }

    #[test]
    fn pages_of_an_index() {
        let index = read(
            "# Workshop\n\n> All about gadgets\n\n## Gadgets\n\n- [Create](https://docs.example.test/gadgets/create.md): Makes one\n- [List [beta]](/gadgets/list.md)\n* [Get](gadgets/get.md)\n- [Start](https://docs.example.test/start?tab=1)\n- [Here](#here)\n- no link\n\n## OpenAPI Specs\n\n- [openapi](https://docs.example.test/openapi.json)\n\n## Optional\n\n- [Blog](https://blog.example.test/gadgets.md)\n- [Mail](mailto:gadgets@example.test)\n",
        );
        assert_eq!(
            index,
            Index {
                pages: ["gadgets/create", "gadgets/list", "gadgets/get", "start"]
                    .map(str::to_owned)
                    .to_vec(),
                nested: Vec::new(),
                other: [
                    "https://docs.example.test/openapi.json",
                    "https://blog.example.test/gadgets.md",
                    "mailto:gadgets@example.test"
                ]
                .map(str::to_owned)
                .to_vec(),
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
        let index = read_below(text, "https://Example.test/docs/").unwrap();
        assert_eq!(index.pages, ["a", "b", "c"]);
        assert_eq!(index.other.len(), 2);
    }

    #[test]
    fn unreadable_links_do_not_affect_the_others() {
        let index = read(
            "- [A](a.md)\n- [B]\n- [C](\n- [D]()\n- [F](/a//f.md)\n- [H](a b.md)\n- [I](/.md)",
        );
        assert_eq!(index.pages, ["a"]);
        let other = ["[B]", "[C](", "[D]()", "/a//f.md", "a b.md", "/.md"];
        assert_eq!(index.other, other);
    }

    #[test]
    fn links_cannot_leave_the_site() {
        let index = read("- [A](../a.md)\n- [B](https://docs.example.test/%2e%2e/b.md)");
        assert_eq!(index.pages, ["a", "b"]);
        let text = "- [C](../c.md)\n- [D](d.md)";
        let index = read_below(text, "https://example.test/docs/").unwrap();
        assert_eq!((index.pages, index.other.len()), (vec!["d".to_owned()], 1));
    }

    #[test]
    fn other_files_are_refused() {
        for (text, rule, line) in [
            ("", "index-empty", 1),
            ("<!DOCTYPE html>\n<html></html>", "index-empty", 1),
            ("# Title\n\u{1}", "page-not-text", 2),
        ] {
            let finding = read_below(text, "https://docs.example.test/").unwrap_err();
            assert_eq!((finding.rule, finding.line), (rule, Some(line)));
        }
    }

    #[test]
    fn the_start_page_has_a_name() {
        assert_eq!(
            read("- [Home](/)\n- [Home](https://docs.example.test)").pages,
            ["index", "index"]
        );
    }
}
