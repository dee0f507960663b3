//! `docs pull` from a site: fetches the pages that its index (`llms.txt`) names into a cache, which
//! [`pull`](crate::pull::pull) then reads like any folder of saved pages.
//!
//! A guest's manners: one request at a time, with pauses; `robots.txt` holds; what was fetched lately is not
//! asked for again; a site that is not well is left alone. Nothing off the site's host is ever asked for, and
//! nothing the site sends is trusted: sizes, times, redirects and indexes within indexes are bounded.
//!
//! ```text
//! crawl → cache     what is there
//!       → visit     requests, pauses, tries, redirects → robots, site   what may be asked
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

/// Where the caches of all sites live, below the workspace.
pub const CACHE: &str = "target/docs-cache";

/// How to fetch, and what is too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Pause between two requests. The site may wish for a longer one.
    pub delay: Duration,
    /// Pages that were fetched more recently are not asked for.
    pub max_age: Duration,
    /// Forgets what was fetched before.
    pub fresh: bool,
    /// Bytes of a page, unpacked.
    pub page_bytes: usize,
    /// Pages of a site.
    pub pages: usize,
    /// Redirects in a row.
    pub redirects: usize,
    /// Further tries after a first one.
    pub retries: u32,
    /// Time that a site may ask to be left alone during a run.
    pub retry_after: Duration,
    /// Time for one request, up to the last byte.
    pub request: Duration,
    /// Time for everything.
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

/// What a fetch gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// The folder of the pages: each lies at its address below the site.
    pub folder: PathBuf,
    /// What a person should know: links that were not followed, pages that are gone.
    pub notes: Vec<String>,
    /// Pages and indexes that could not be had. The pages have their earlier text in the folder, if there
    /// is one and the site does not say that they are gone.
    pub failures: Vec<Finding>,
    /// The addresses of pages that may exist though they are not in the folder.
    pub unknown: BTreeSet<String>,
    /// All indexes could be read: other pages than those that they name do not exist.
    pub is_complete: bool,
}

/// Fetches the pages of `site` into its folder below `cache`.
///
/// `report` gets a line about each page, and about each wait, for a person who watches.
///
/// Every page is kept as soon as it is there, so that a run which fails or is stopped loses nothing:
/// the next one goes on where it ended. A page that cannot be had does not keep the others away. Fails if
/// the first index cannot be had, or nothing can be kept.
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
