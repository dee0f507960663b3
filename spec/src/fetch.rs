//! `docs pull` from a site: fetches the pages that its index (`llms.txt`) names into a cache, which
//! [`pull`](crate::pull::pull) then reads like any folder of saved pages.
//!
//! It sends one request at a time, with pauses, obeys `robots.txt`, does not fetch recent pages again, and stops when a
//! site fails. It never leaves the host of the site. Sizes, times, redirects and nested indexes are limited.
//!
//! ```text
//! crawl → cache     the stored pages
//!       → visit     requests, pauses, retries, redirects → robots, site   the allowed addresses
//! ```

mod cache;
mod clock;
mod crawl;
mod robots;
mod site;
mod visit;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{finding::Finding, page};

use cache::Cache;
pub use clock::{Clock, SystemClock};
use crawl::Crawl;
pub use site::Site;
use visit::Visit;

/// The folder of the caches of all sites, below the workspace.
pub const CACHE: &str = "target/docs-cache";

/// Options and limits of fetching.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Pause between two requests. `robots.txt` may set a longer one.
    pub delay: Duration,
    /// Pages that were fetched more recently are not fetched again.
    pub max_age: Duration,
    /// Empties the cache first.
    pub fresh: bool,
    /// Bytes of a page, decompressed.
    pub page_bytes: usize,
    /// Pages of a site.
    pub pages: usize,
    /// Redirects in a row.
    pub redirects: usize,
    /// Retries after the first attempt.
    pub retries: u32,
    /// The longest `Retry-After` to wait for.
    pub retry_after: Duration,
    /// Time for one request, up to the last byte.
    pub request: Duration,
    /// Time for the whole run.
    pub total: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            delay: Duration::from_millis(500),
            max_age: Duration::from_secs(24 * 60 * 60),
            fresh: false,
            page_bytes: page::MAX_BYTES,
            pages: 2_000,
            redirects: 5,
            retries: 4,
            retry_after: Duration::from_secs(120),
            request: Duration::from_secs(30),
            total: Duration::from_secs(60 * 60),
        }
    }
}

/// The result of a fetch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// The folder of the pages: the path of each is its address below the site.
    pub folder: PathBuf,
    /// Notes: links that were not followed, pages that are gone.
    pub notes: Vec<String>,
    /// Pages and indexes that could not be fetched. The folder has the earlier text of such a page, unless the site
    /// reports that the page is gone.
    pub failures: Vec<Finding>,
    /// The addresses of pages that may exist although they are not in the folder.
    pub unknown: BTreeSet<String>,
    /// Whether all indexes could be read, so that no other pages exist.
    pub is_complete: bool,
}

/// Fetches the pages of `site` into its folder below `cache`.
///
/// `report` receives a line about each page and each wait.
///
/// Every page is stored immediately, so the next run continues where a failed run ended. A page that cannot be fetched
/// does not affect the others. Fails if the first index cannot be fetched, or the cache cannot be written.
pub fn fetch(
    site: &Site,
    cache: &Path,
    options: &Options,
    clock: &dyn Clock,
    report: &mut dyn FnMut(&str),
) -> Result<Fetched, Vec<Finding>> {
    let cache = Cache::open(cache.join(site.folder()), options.fresh)?;
    let fetched = Fetched {
        folder: cache.pages(),
        is_complete: true,
        ..Fetched::default()
    };
    let visit = Visit::new(site, options, clock, report);
    let crawl = Crawl {
        visit,
        cache,
        fetched,
    };
    crawl.run()
}
