//! Fetches the pages of the index.

use std::collections::BTreeSet;

use indexmap::IndexSet;
use ureq::http::header;
use url::Url;

use super::{
    Fetched,
    cache::Cache,
    robots::{self, Robots},
    site::problem,
    visit::{self, PRODUCT, UNREACHABLE, Visit},
};
use crate::{
    finding::{self, Finding},
    page::index::{self, Index},
};

/// The index of a site.
const INDEX: &str = "llms.txt";

/// Fetching stops after this number of failed pages in a row.
const MAX_FAILURES_IN_A_ROW: usize = 3;

/// The largest number of listed links of each kind.
const MAX_NOTES: usize = 20;

pub(super) struct Crawl<'a> {
    pub(super) visit: Visit<'a>,
    pub(super) cache: Cache,
    pub(super) fetched: Fetched,
}

impl Crawl<'_> {
    pub(super) fn run(mut self) -> Result<Fetched, Vec<Finding>> {
        self.visit.robots = self.robots()?;
        let addresses = self.addresses()?;
        self.pages(&addresses)?;
        // An unreadable index may name cached pages, so these stay.
        if self.fetched.is_complete {
            let listed = addresses.iter().map(String::as_str).collect();
            let forgotten = self.cache.retain(&listed)?.into_iter();
            let notes = forgotten.map(|it| format!("{it}: no longer in the site's index"));
            self.fetched.notes.extend(notes);
        }
        Ok(self.fetched)
    }

    /// The host's rules for this program. A host without rules allows everything. If it is unknown whether a host
    /// has rules, nothing is allowed.
    fn robots(&mut self) -> Result<Robots, Finding> {
        let url = self.visit.site.file("/robots.txt")?;
        let response = self.visit.get(&url)?;
        match response.status() {
            status if status.is_client_error() => Ok(Robots::default()),
            status if status == 200 => {
                let start = response.body().get(..robots::MAX_BYTES);
                let text = String::from_utf8_lossy(start.unwrap_or(response.body()));
                Ok(Robots::parse(&text, PRODUCT))
            }
            status => {
                let message = format!("the site responds with {status}");
                Err(problem("fetch-status", &url, message))
            }
        }
    }

    /// The addresses of all pages, from the index and those that it names, but no deeper.
    fn addresses(&mut self) -> Result<IndexSet<String>, Vec<Finding>> {
        let root = self.index(INDEX)?;
        let mut known: IndexSet<String> = root.nested.iter().cloned().collect();
        known.shift_remove(INDEX);
        self.check_number(known.len())?;
        let mut indexes = vec![root];
        for path in &known {
            let index = finding::keep(self.index(path), &mut self.fetched.failures);
            self.fetched.is_complete &= index.is_some();
            indexes.extend(index);
        }
        known.insert(INDEX.to_owned());
        let pages = indexes.iter().flat_map(|index| &index.pages);
        let addresses: IndexSet<String> = pages.cloned().collect();
        self.check_number(addresses.len())?;
        let other = indexes.iter().flat_map(|index| &index.other);
        self.list(
            other,
            "neither a page nor an index of this site; not fetched",
        );
        let nested = indexes.iter().flat_map(|index| &index.nested);
        let skipped = nested.filter(|path| !known.contains(*path));
        self.list(skipped, "an index two levels down; not fetched");
        Ok(addresses)
    }

    fn check_number(&self, number: usize) -> Result<(), Vec<Finding>> {
        let limit = self.visit.options.pages;
        if number <= limit {
            return Ok(());
        }
        let message = format!("the index names more than {limit} pages");
        let site = self.visit.site.base();
        Err(problem("fetch-too-many-pages", site, message).into())
    }

    /// The index at `path`. It is always fetched, because it lists the pages.
    fn index(&mut self, path: &str) -> Result<Index, Finding> {
        let url = self.visit.site.file(path)?;
        let text = self.text(&url, "fetch-status")?;
        let index = index::parse(&text, self.visit.site.base());
        index.map_err(|finding| finding.file(url))
    }

    fn list<'l>(&mut self, links: impl Iterator<Item = &'l String>, what: &str) {
        let links: BTreeSet<&String> = links.collect();
        let notes = &mut self.fetched.notes;
        let named = links.iter().take(MAX_NOTES);
        notes.extend(named.map(|link| format!("{}: {what}", link.escape_debug())));
        if links.len() > MAX_NOTES {
            notes.push(format!("{} more links: {what}", links.len() - MAX_NOTES));
        }
    }

    /// Fetches all pages into the cache. Fails only if the cache cannot be written.
    fn pages(&mut self, addresses: &IndexSet<String>) -> Result<(), Vec<Finding>> {
        let total = addresses.len();
        let mut failures_in_a_row = 0;
        for (number, address) in (1..).zip(addresses) {
            (self.visit.report)(&format!("[{number}/{total}] {address}"));
            let failure = self.page(address).err();
            let rule = failure.as_ref().map_or("", |failure| failure.rule);
            self.fetched.failures.extend(failure);
            match rule {
                "fetch-cache" => return Err(std::mem::take(&mut self.fetched.failures)),
                UNREACHABLE => failures_in_a_row += 1,
                _ => failures_in_a_row = 0,
            }
            // The fragment of a page that is gone reports that separately.
            if !matches!(rule, "" | "link-dead") {
                self.fetched.unknown.insert(address.clone());
            }
            let is_over = matches!(rule, "fetch-come-back-later" | "fetch-time-over");
            if is_over || failures_in_a_row == MAX_FAILURES_IN_A_ROW {
                let left = addresses.iter().skip(number);
                if number < total {
                    let message = format!("{} pages were not fetched", left.len());
                    let stopped = problem("fetch-stopped", self.visit.site.base(), message);
                    self.fetched.failures.push(stopped);
                }
                self.fetched.unknown.extend(left.cloned());
                break;
            }
        }
        Ok(())
    }

    fn page(&mut self, address: &str) -> Result<(), Finding> {
        let (clock, max_age) = (self.visit.clock, self.visit.options.max_age);
        if self.cache.is_fresh(address, clock.now(), max_age) {
            return Ok(());
        }
        let url = self.visit.site.file(&format!("{address}.md"))?;
        let text = self.text(&url, "link-dead");
        if text.as_ref().is_err_and(|it| it.rule == "link-dead") {
            self.cache.remove(address)?;
        }
        self.cache.put(address, &text?, clock.now())
    }

    /// The text at `url`. `gone` is the rule for a file that does not exist.
    fn text(&mut self, url: &Url, gone: &'static str) -> Result<String, Finding> {
        let response = self.visit.get(url)?;
        let status = response.status();
        if status != 200 {
            let is_gone = matches!(status.as_u16(), 404 | 410);
            let rule = if is_gone { gone } else { "fetch-status" };
            return Err(problem(
                rule,
                url,
                format!("the site responds with {status}"),
            ));
        }
        let media_type = visit::header(&response, header::CONTENT_TYPE).unwrap_or_default();
        let not_text = |message: &str| problem("fetch-not-text", url, message);
        if media_type.to_ascii_lowercase().contains("html") {
            return Err(not_text("the site responds with HTML instead of Markdown"));
        }
        let text = String::from_utf8(response.into_body());
        text.map_err(|_| not_text("the page is not UTF-8 text"))
    }
}
