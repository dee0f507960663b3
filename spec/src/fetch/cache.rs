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

use crate::{finding::Finding, fragment::Hash};

const PAGES: &str = "pages";
const INDEXES: &str = "indexes";
const ABOUT: &str = "about";

#[derive(Debug)]
pub(super) struct Cache {
    folder: PathBuf,
}

/// A file of the cache, by its path below the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry(String);

/// What is known of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct About {
    pub(super) url: Url,
    pub(super) fetched_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) last_modified: Option<String>,
    pub(super) content: Hash,
}

/// A file that is as it was when it was fetched.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) about: About,
    pub(super) text: String,
}

impl Entry {
    pub(super) fn page(address: &str) -> Self {
        Self(format!("{PAGES}/{address}.md"))
    }

    pub(super) fn index(path: &str) -> Self {
        Self(format!("{INDEXES}/{path}"))
    }
}

impl Cache {
    /// The cache in `folder`, which need not exist.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Forgets everything.
    pub(super) fn clear(&self) -> Result<(), Finding> {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(trouble(&self.folder, &error))
            }
            _ => Ok(()),
        }
    }

    /// The folder of the pages.
    pub(super) fn pages(&self) -> PathBuf {
        self.folder.join(PAGES)
    }

    /// The file that was fetched from `url`. One that was cut, changed or fetched from elsewhere is as
    /// good as none.
    pub(super) fn get(&self, entry: &Entry, url: &Url) -> Option<Kept> {
        let about = fs::read(self.about(entry)).ok()?;
        let about: About = serde_json::from_slice(&about).ok()?;
        let text = fs::read_to_string(self.folder.join(&entry.0)).ok()?;
        (about.url == *url && about.content == Hash::of(&text)).then_some(Kept { about, text })
    }

    /// Keeps the file and what is known of it, in this order: between the two, the file is as good as
    /// none.
    pub(super) fn put(&self, entry: &Entry, about: &About, text: &str) -> Result<(), Finding> {
        self.write(&self.folder.join(&entry.0), text.as_bytes())?;
        self.put_about(entry, about)
    }

    /// Replaces what is known of a file.
    pub(super) fn put_about(&self, entry: &Entry, about: &About) -> Result<(), Finding> {
        let path = self.about(entry);
        let mut json = serde_json::to_vec_pretty(about)
            .map_err(|error| trouble(&path, &io::Error::from(error)))?;
        json.push(b'\n');
        self.write(&path, &json)
    }

    /// Forgets a file, if it is there.
    pub(super) fn remove(&self, entry: &Entry) -> Result<(), Finding> {
        for path in [self.about(entry), self.folder.join(&entry.0)] {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(trouble(&path, &error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Forgets all pages but those at `addresses`, and returns the addresses of those forgotten.
    pub(super) fn retain(&self, addresses: &BTreeSet<&str>) -> Result<Vec<String>, Finding> {
        let mut forgotten = Vec::new();
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            let path = self.pages().join(&folder);
            let entries = match fs::read_dir(&path) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(trouble(&path, &error)),
            };
            for entry in entries {
                let entry = entry.map_err(|error| trouble(&path, &error))?;
                let name = format!("{folder}{}", entry.file_name().to_string_lossy());
                let kind = entry.file_type().map_err(|error| trouble(&path, &error))?;
                if kind.is_dir() {
                    folders.push(format!("{name}/"));
                } else if let Some(address) = name.strip_suffix(".md")
                    && !addresses.contains(address)
                {
                    forgotten.push(address.to_owned());
                }
            }
        }
        forgotten.sort();
        for address in &forgotten {
            self.remove(&Entry::page(address))?;
        }
        Ok(forgotten)
    }

    /// Writes a file in one go: whoever stops this program finds the old one or the new one.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), Finding> {
        let attempt = || {
            fs::create_dir_all(path.parent().unwrap_or(path))?;
            // Not among the pages: whoever reads those finds whole ones only.
            let mut file = tempfile::Builder::new()
                .suffix(".unfinished")
                .tempfile_in(&self.folder)?;
            file.write_all(bytes)?;
            file.persist(path)?;
            Ok(())
        };
        attempt().map_err(|error: io::Error| trouble(path, &error))
    }

    fn about(&self, entry: &Entry) -> PathBuf {
        self.folder.join(ABOUT).join(format!("{}.json", entry.0))
    }
}

fn trouble(path: &Path, error: &io::Error) -> Finding {
    Finding::new("fetch-cache", format!("the cache is not usable: {error}"))
        .file(path.display().to_string())
        .help("the cache may be deleted at any time")
}
