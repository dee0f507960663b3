//! The folder of saved pages, and the index that knows their addresses.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use crate::Finding;
use crate::page::{MAX_BYTES, too_large};
use crate::{input, yaml};

/// The index, relative to the root.
pub(super) const INDEX: &str = "spec/pages/index.yaml";

/// A saved page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    path: PathBuf,
    /// As findings and notes name it.
    pub(super) name: String,
    /// The key into the index.
    pub(super) stem: String,
}

impl Source {
    /// The text. A file over the limit is never read whole.
    pub(super) fn read(&self) -> Result<String, Finding> {
        let unreadable = |error: io::Error| {
            Finding::new("page-unreadable", format!("cannot be read: {error}"))
                .help("check what stands at this path, and its permissions")
        };
        let file = File::open(&self.path).map_err(unreadable)?;
        let size = file.metadata().map_err(unreadable)?.len();
        let limit = MAX_BYTES as u64;
        if size > limit {
            return Err(too_large(size));
        }
        let mut bytes = Vec::new();
        // A file may grow between the two calls.
        file.take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        input::text(bytes).map_err(|line| {
            Finding::new("page-not-text", "the line is not UTF-8")
                .line(line)
                .help("save the page as plain UTF-8 text")
        })
    }
}

/// The pages in `folder` by name, and a note for every other file.
pub(super) fn list(folder: &Path) -> Result<(Vec<Source>, Vec<String>), Finding> {
    let unreadable = |error: io::Error| {
        Finding::new("pull-folder-unreadable", format!("cannot be read: {error}"))
            .file(folder.display().to_string())
            .help("name a folder of saved pages")
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        paths.push(entry.map_err(unreadable)?.path());
    }
    paths.sort();
    let mut sources = Vec::new();
    let mut notes = Vec::new();
    for path in paths {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        match name.strip_suffix(".txt") {
            Some(stem) if path.is_file() => sources.push(Source {
                stem: stem.to_owned(),
                name,
                path,
            }),
            _ => notes.push(format!("{name}: passed over, only *.txt is read")),
        }
    }
    Ok((sources, notes))
}

/// The index: stems of page files to addresses.
pub(super) fn index(root: &Path) -> Result<IndexMap<String, String>, Finding> {
    let value = yaml::read(&input::read(&root.join(INDEX), INDEX)?, INDEX)?;
    serde_json::from_value(value).map_err(|error| {
        Finding::new("index-unreadable", format!("not a map of texts: {error}"))
            .file(INDEX)
            .pointer("")
            .help(
                "each line reads `<name of the saved page>: <address of the page below the site>`",
            )
    })
}
