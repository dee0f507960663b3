//! The fetched pages of a site, outside version control: a folder for `docs pull`. The time of a
//! file is the time when its page was fetched.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use jiff::Timestamp;

use crate::{files, finding::Finding};

#[derive(Debug)]
pub(super) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// Opens the cache in `folder`, which need not exist; `fresh` empties it.
    pub(super) fn open(folder: PathBuf, fresh: bool) -> Result<Self, Finding> {
        let cache = Self { folder };
        if fresh {
            unless_missing(fs::remove_dir_all(&cache.folder), &cache.folder)?;
        }
        let pages = cache.pages();
        fs::create_dir_all(&pages).map_err(|error| trouble(&pages, &error))?;
        Ok(cache)
    }

    /// The folder of the pages.
    pub(super) fn pages(&self) -> PathBuf {
        self.folder.join("pages")
    }

    fn page(&self, address: &str) -> PathBuf {
        self.pages().join(format!("{address}.md"))
    }

    /// Whether a page was fetched less than `max_age` ago.
    pub(super) fn is_fresh(&self, address: &str, now: Timestamp, max_age: Duration) -> bool {
        let fetched = fs::metadata(self.page(address)).and_then(|it| it.modified());
        // A time in the future is from a wrong clock.
        let age = fetched.map(|fetched| SystemTime::from(now).duration_since(fetched));
        age.is_ok_and(|age| age.is_ok_and(|age| age < max_age))
    }

    /// Stores a page. The file is replaced atomically.
    pub(super) fn put(&self, address: &str, text: &str, now: Timestamp) -> Result<(), Finding> {
        let path = self.page(address);
        let attempt = || {
            fs::create_dir_all(path.parent().unwrap_or(&path))?;
            // Outside the folder of pages, which only has whole files.
            let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
            file.write_all(text.as_bytes())?;
            file.as_file().set_modified(now.into())?;
            file.persist(&path)?;
            Ok(())
        };
        attempt().map_err(|error: io::Error| trouble(&path, &error))
    }

    /// Removes a page, if it exists.
    pub(super) fn remove(&self, address: &str) -> Result<(), Finding> {
        let path = self.page(address);
        unless_missing(fs::remove_file(&path), &path)
    }

    /// Removes all pages except those at `addresses`, and returns the removed addresses.
    pub(super) fn retain(&self, addresses: &BTreeSet<&str>) -> Result<Vec<String>, Finding> {
        let pages = self.pages();
        // An unreadable entry is not a page.
        let found = files::below(&pages).flatten();
        let found = found.filter_map(|(name, _)| Some(name.strip_suffix(".md")?.to_owned()));
        let removed: Vec<String> = found
            .filter(|it| !addresses.contains(it.as_str()))
            .collect();
        removed.iter().try_for_each(|it| self.remove(it))?;
        Ok(removed)
    }
}

fn unless_missing(result: io::Result<()>, path: &Path) -> Result<(), Finding> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(trouble(path, &error)),
        _ => Ok(()),
    }
}

fn trouble(path: &Path, error: &io::Error) -> Finding {
    Finding::new("fetch-cache", format!("the cache is not usable: {error}"))
        .file(path.display().to_string())
        .help("the cache may be deleted at any time")
}
