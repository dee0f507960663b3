//! What was fetched, outside version control: one folder per site.
//!
//! ```text
//! pages/<address>.md     the pages, as `docs pull` reads a folder
//! indexes/<path>         llms.txt and the indexes that it names
//! about/pages/….json     where and when a file was fetched, and how to ask whether it has changed
//! ```

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{files, finding::Finding, fragment::Hash};

const PAGES: &str = "pages";

#[derive(Debug)]
pub(super) struct Cache {
    folder: PathBuf,
}

/// What is known of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CachedFile {
    pub(super) url: Url,
    pub(super) fetched_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) last_modified: Option<String>,
    pub(super) content: Hash,
}

/// The file of a page, below the folder of the site.
pub(super) fn page(address: &str) -> String {
    format!("{PAGES}/{address}.md")
}

impl Cache {
    /// The cache in `folder`, which need not exist.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Forgets everything.
    pub(super) fn clear(&self) -> Result<(), Finding> {
        unless_missing(fs::remove_dir_all(&self.folder), &self.folder)
    }

    /// The folder of the pages.
    pub(super) fn pages(&self) -> PathBuf {
        self.folder.join(PAGES)
    }

    /// The file that was fetched from `url`, and what is known of it. One that was cut, changed or fetched
    /// from elsewhere is as good as none.
    pub(super) fn get(&self, file: &str, url: &Url) -> Option<(CachedFile, String)> {
        let about: CachedFile = serde_json::from_slice(&fs::read(self.about(file)).ok()?).ok()?;
        let text = fs::read_to_string(self.folder.join(file)).ok()?;
        (about.url == *url && about.content == Hash::of(&text)).then_some((about, text))
    }

    /// Keeps the file and what is known of it, in this order: between the two, the file is as good as
    /// none.
    pub(super) fn put(&self, file: &str, about: &CachedFile, text: &str) -> Result<(), Finding> {
        let path = self.about(file);
        let json = serde_json::to_vec_pretty(about);
        let json = json.map_err(|error| trouble(&path, &io::Error::from(error)))?;
        self.write(&self.folder.join(file), text.as_bytes())?;
        self.write(&path, &json)
    }

    /// Forgets a file, if it is there.
    pub(super) fn remove(&self, file: &str) -> Result<(), Finding> {
        [self.about(file), self.folder.join(file)]
            .iter()
            .try_for_each(|path| unless_missing(fs::remove_file(path), path))
    }

    /// Forgets all pages but those at `addresses`, and returns the addresses of those forgotten.
    pub(super) fn retain(&self, addresses: &BTreeSet<&str>) -> Result<Vec<String>, Finding> {
        // What cannot be looked at is no page that anybody reads.
        let pages = self.pages();
        let found = files::below(&pages).flatten();
        let found = found.filter_map(|(name, _)| Some(name.strip_suffix(".md")?.to_owned()));
        let forgotten: Vec<String> = found
            .filter(|it| !addresses.contains(it.as_str()))
            .collect();
        let mut files = forgotten.iter().map(|address| page(address));
        files.try_for_each(|file| self.remove(&file))?;
        Ok(forgotten)
    }

    /// Writes a file in one go: whoever stops this program finds the old one or the new one.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), Finding> {
        let attempt = || {
            fs::create_dir_all(path.parent().unwrap_or(path))?;
            // Not among the pages: whoever reads those finds whole ones only.
            let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
            file.write_all(bytes)?;
            file.persist(path)?;
            Ok(())
        };
        attempt().map_err(|error: io::Error| trouble(path, &error))
    }

    fn about(&self, file: &str) -> PathBuf {
        self.folder.join(format!("about/{file}.json"))
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
