//! From the index to its pages.

use std::{collections::BTreeSet, path::Path, time::Duration};

use indexmap::IndexSet;
use ureq::http::{StatusCode, header};
use url::Url;

use super::{
    Event, Fetched, Options, Site,
    cache::{About, Cache, Entry, Kept},
    client::{Answer, Condition, PRODUCT},
    clock::Clock,
    robots::{self, Robots},
    site::shown,
    visit::{Failure, Reason, Visit},
};
use crate::{finding::Finding, page::index};

/// The index of a site.
const INDEX: &str = "llms.txt";

/// A site that has failed for so many pages in a row is left alone.
const MAX_FAILURES_IN_A_ROW: usize = 3;

/// More links of one kind than this are counted only.
const MAX_NOTES: usize = 20;

pub(super) fn run(
    site: &Site,
    cache: &Path,
    options: &Options,
    clock: &dyn Clock,
    report: &mut dyn FnMut(Event<'_>),
) -> Result<Fetched, Vec<Finding>> {
    let cache = Cache::new(cache.join(site.folder()));
    if options.fresh {
        cache.clear().map_err(one)?;
    }
    let mut crawl = Crawl {
        visit: Visit::new(site, options, clock, report),
        cache,
        options,
        notes: Vec::new(),
        failures: Vec::new(),
        unknown: BTreeSet::new(),
        is_complete: true,
    };
    crawl.visit.robots = crawl.robots().map_err(one)?;
    let addresses = crawl.addresses()?;
    crawl.pages(&addresses)?;
    // An index that could not be read may name pages that are kept.
    if crawl.is_complete {
        let listed = addresses.iter().map(String::as_str).collect();
        for address in crawl.cache.retain(&listed).map_err(one)? {
            crawl
                .notes
                .push(format!("{address}: no longer in the site's index"));
        }
    }
    Ok(Fetched {
        folder: crawl.cache.pages(),
        notes: crawl.notes,
        failures: crawl.failures,
        unknown: crawl.unknown,
        is_complete: crawl.is_complete,
    })
}

struct Crawl<'a> {
    visit: Visit<'a>,
    cache: Cache,
    options: &'a Options,
    notes: Vec<String>,
    failures: Vec<Finding>,
    unknown: BTreeSet<String>,
    is_complete: bool,
}

impl Crawl<'_> {
    /// The host's rules for us. A host without rules allows everything; one that does not say whether
    /// it has rules, nothing.
    fn robots(&mut self) -> Result<Robots, Finding> {
        let url = self.visit.site.robots()?;
        match self.visit.get(&url, None) {
            Ok(answer) => {
                let start = answer.body.get(..robots::MAX_BYTES);
                let text = String::from_utf8_lossy(start.unwrap_or(&answer.body));
                Ok(Robots::parse(&text, PRODUCT))
            }
            Err(failure) => match failure.reason {
                Reason::Absent(status) if status.is_client_error() => Ok(Robots::default()),
                _ => Err(*failure.finding),
            },
        }
    }

    /// The addresses of all pages, from the index and those that it names, but no deeper.
    fn addresses(&mut self) -> Result<IndexSet<String>, Vec<Finding>> {
        let root = self.index(INDEX)?;
        let nested = root.nested.clone();
        let mut indexes = vec![root];
        let mut seen = BTreeSet::from([INDEX.to_owned()]);
        for path in nested {
            if seen.len() > self.options.limits.pages {
                return Err(one(self.too_many()));
            }
            if seen.insert(path.clone()) {
                match self.index(&path) {
                    Ok(index) => indexes.push(index),
                    Err(findings) => {
                        self.is_complete = false;
                        self.failures.extend(findings);
                    }
                }
            }
        }
        let mut addresses = IndexSet::new();
        let (mut skipped, mut other) = (BTreeSet::new(), BTreeSet::new());
        for index in indexes {
            addresses.extend(index.pages);
            skipped.extend(index.nested.into_iter().filter(|path| !seen.contains(path)));
            other.extend(index.other);
            other.extend(index.foreign);
        }
        if addresses.len() > self.options.limits.pages {
            return Err(one(self.too_many()));
        }
        self.list(
            &other,
            "neither a page nor an index of this site; not fetched",
        );
        self.list(&skipped, "an index two levels down; not fetched");
        Ok(addresses)
    }

    fn too_many(&self) -> Finding {
        let limit = self.options.limits.pages;
        Finding::new(
            "fetch-too-many-pages",
            format!("the index names more than {limit} pages"),
        )
        .file(self.visit.site.base())
        .help("name the part of the site that holds the API reference with --from")
    }

    /// The index at `path`. It is asked for every time: it tells which pages there are.
    fn index(&mut self, path: &str) -> Result<index::Index, Vec<Finding>> {
        let url = self.visit.site.file(path).map_err(one)?;
        let text = self
            .text(&Entry::index(path), &url, Duration::ZERO)
            .map_err(|failure| one(*failure.finding))?;
        index::parse(&text, self.visit.site.base()).map_err(|mut findings| {
            for finding in &mut findings {
                finding.file = Some(shown(&url));
            }
            findings
        })
    }

    fn list(&mut self, links: &BTreeSet<String>, what: &str) {
        for link in links.iter().take(MAX_NOTES) {
            self.notes.push(format!("{}: {what}", link.escape_debug()));
        }
        if links.len() > MAX_NOTES {
            let more = links.len() - MAX_NOTES;
            self.notes.push(format!("{more} more links: {what}"));
        }
    }

    /// Brings all pages into the cache. Fails only if nothing can be kept there.
    fn pages(&mut self, addresses: &IndexSet<String>) -> Result<(), Vec<Finding>> {
        let mut failures_in_a_row = 0;
        for (done, address) in addresses.iter().enumerate() {
            (self.visit.report)(Event::Page {
                number: done + 1,
                total: addresses.len(),
                address,
            });
            let Err(failure) = self.page(address) else {
                failures_in_a_row = 0;
                continue;
            };
            if failure.is_gone() {
                // Nothing that was known is lost, or its fragment reports it.
                self.failures.push(Finding {
                    rule: "link-dead",
                    ..*failure.finding
                });
                failures_in_a_row = 0;
                continue;
            }
            self.unknown.insert(address.clone());
            self.failures.push(*failure.finding);
            let stop = match failure.reason {
                Reason::Broken => return Err(std::mem::take(&mut self.failures)),
                Reason::Over => true,
                Reason::Unwell => {
                    failures_in_a_row += 1;
                    failures_in_a_row == MAX_FAILURES_IN_A_ROW
                }
                Reason::Absent(_) | Reason::Unusable => {
                    failures_in_a_row = 0;
                    false
                }
            };
            let left = addresses.len() - done - 1;
            if stop && left > 0 {
                self.unknown
                    .extend(addresses.iter().skip(done + 1).cloned());
                self.failures.push(
                    Finding::new("fetch-stopped", format!("{left} pages were not asked for"))
                        .file(self.visit.site.base())
                        .help("run the same command again later; it goes on from here"),
                );
            }
            if stop {
                break;
            }
        }
        Ok(())
    }

    fn page(&mut self, address: &str) -> Result<(), Failure> {
        let entry = Entry::page(address);
        let url = self
            .visit
            .site
            .file(&format!("{address}.md"))
            .map_err(Failure::unusable)?;
        let result = self.text(&entry, &url, self.options.max_age);
        if let Err(failure) = &result
            && failure.is_gone()
        {
            self.cache.remove(&entry).map_err(Failure::broken)?;
        }
        result.map(drop)
    }

    /// The text at `url`: from the cache if it is younger than `max_age` or has not changed since.
    fn text(&mut self, entry: &Entry, url: &Url, max_age: Duration) -> Result<String, Failure> {
        let now = self.visit.clock.now();
        let Some(mut kept) = self.cache.get(entry, url) else {
            let answer = self.visit.get(url, None)?;
            return self.keep(entry, url, answer);
        };
        // A time in the future is from a clock that was wrong.
        if Duration::try_from(now.duration_since(kept.about.fetched_at))
            .is_ok_and(|age| age < max_age)
        {
            return Ok(kept.text);
        }
        let answer = self.visit.get(url, condition(&kept))?;
        if answer.status == StatusCode::OK {
            return self.keep(entry, url, answer);
        }
        kept.about.fetched_at = self.visit.clock.now();
        self.cache
            .put_about(entry, &kept.about)
            .map_err(Failure::broken)?;
        Ok(kept.text)
    }

    fn keep(&mut self, entry: &Entry, url: &Url, answer: Answer) -> Result<String, Failure> {
        let header = |name| answer.header(&name).map(str::to_owned);
        let media_type = header(header::CONTENT_TYPE).unwrap_or_default();
        let (etag, last_modified) = (header(header::ETAG), header(header::LAST_MODIFIED));
        let not_text = |message: &str| {
            Failure::unusable(
                Finding::new("fetch-not-text", message)
                    .file(shown(url))
                    .help("tell the site's owner; the other pages are used without this one"),
            )
        };
        if media_type.to_ascii_lowercase().contains("html") {
            return Err(not_text("the site answers with HTML instead of Markdown"));
        }
        let text =
            String::from_utf8(answer.body).map_err(|_| not_text("the page is not UTF-8 text"))?;
        let about = About {
            url: url.clone(),
            fetched_at: self.visit.clock.now(),
            etag,
            last_modified,
            content: crate::fragment::Hash::of(&text),
        };
        self.cache
            .put(entry, &about, &text)
            .map_err(Failure::broken)?;
        Ok(text)
    }
}

/// How to ask whether a page has changed, if the site has given something to ask with.
fn condition(kept: &Kept) -> Option<Condition<'_>> {
    let condition = Condition {
        etag: kept.about.etag.as_deref(),
        last_modified: kept.about.last_modified.as_deref(),
    };
    (condition.etag.is_some() || condition.last_modified.is_some()).then_some(condition)
}

fn one(finding: Finding) -> Vec<Finding> {
    vec![finding]
}
