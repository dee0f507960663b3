//! The folder of saved pages, and the index with their addresses.

use std::fs;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use crate::assemble::Inputs;
use crate::finding::Finding;
use crate::page::{MAX_BYTES, too_large};
use crate::{files, input, yaml};

pub(super) use crate::assemble::INDEX;

/// A saved page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    path: PathBuf,
    /// Path below the folder, for findings and notes.
    pub(super) name: String,
    /// The name without its ending: the key in the index.
    pub(super) stem: String,
    /// Whether it is Markdown, which has more facts than rendered text.
    pub(super) is_markdown: bool,
}

impl Source {
    /// The address of the page: from the index, else from the path in the folder. The text of a page
    /// at the top of the folder has no path with an address.
    pub(super) fn address(&self, index: &IndexMap<String, String>) -> Option<String> {
        let placed = self.is_markdown || self.stem.contains('/');
        index
            .get(&self.stem)
            .cloned()
            .or_else(|| placed.then(|| self.stem.clone()))
    }

    /// The text. A file over the limit is never read whole.
    pub(super) fn read(&self) -> Result<String, Finding> {
        let (bytes, size) = input::bytes(&self.path, MAX_BYTES as u64).map_err(|error| {
            Finding::new("page-unreadable", format!("cannot be read: {error}"))
                .help("check the file at this path, and its permissions")
        })?;
        if size > MAX_BYTES as u64 {
            return Err(too_large(size));
        }
        input::text(bytes).map_err(|line| {
            Finding::new("page-not-text", "the line is not UTF-8")
                .line(line)
                .help("save the page as plain UTF-8 text")
        })
    }
}

/// The pages in `folder` and the folders below it by name, and a note for every other file. Links are
/// not followed.
pub(super) fn list(folder: &Path) -> Result<(Vec<Source>, Vec<String>), Finding> {
    // A file is not an empty folder.
    let names = fs::read_dir(folder).and_then(|_| files::below(folder).collect());
    let mut names: Vec<_> = names.map_err(|error| {
        Finding::new("pull-folder-unreadable", format!("cannot be read: {error}"))
            .file(folder.display().to_string())
            .help("name a folder of saved pages")
    })?;
    names.sort();
    let (mut sources, mut notes) = (Vec::new(), Vec::new());
    for (name, is_file) in names {
        let path = folder.join(&name);
        let (stem, ending) = name.rsplit_once('.').unwrap_or((&name, ""));
        match ending {
            "md" | "txt" if is_file && is_index(&name) => {
                notes.push(format!("{name}: skipped, an index is not a page"));
            }
            "md" | "txt" if is_file => sources.push(Source {
                path,
                stem: stem.to_owned(),
                is_markdown: ending == "md",
                name,
            }),
            _ => notes.push(format!("{name}: skipped, only *.md and *.txt are read")),
        }
    }
    Ok((sources, notes))
}

/// The site's lists of its pages, and the file of all pages in one.
fn is_index(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    matches!(last, "llms.txt" | "llms-full.txt") || name.starts_with("_llms/")
}

/// The index: stems of page files to addresses. The file is optional.
pub(super) fn index(inputs: &Inputs) -> Result<IndexMap<String, String>, Finding> {
    let Some(text) = inputs.text(INDEX) else {
        return Ok(IndexMap::new());
    };
    let help = "each line reads `<name of the saved page>: <address of the page below the site>`";
    yaml::read_as(text, INDEX, "index-unreadable", help)
}
