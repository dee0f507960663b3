//! A set of files that one step produces: compared with the tree, or written to it.
//!
//! A [`FileSet`] knows every file that a step wants, and which files on disk belong to that step, so
//! that files which are no longer produced are found too. Text is compared with newlines
//! normalised: a checkout with CRLF line ends is not a change.

mod change;
mod disk;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, path::Path};

use crate::{finding::Finding, input};

pub use change::{Change, ChangeKind};
pub(crate) use disk::below;

/// Files that a step produces, by their path below the root: segments joined with `/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileSet {
    files: BTreeMap<String, String>,
    /// Files below the path, or the file there, belong to the set if their first line starts with the marker.
    owned: Vec<(String, String)>,
}

impl FileSet {
    /// The set of `files`, pairs of path and text.
    ///
    /// A path that would leave the root, or is repeated, is refused.
    pub fn new(files: impl IntoIterator<Item = (String, String)>) -> Result<Self, Finding> {
        let mut set = Self::default();
        for (path, text) in files {
            check_path(&path)?;
            if set.files.contains_key(&path) {
                let finding = Finding::new("path-twice", "the same file would be written twice");
                return Err(finding.file(path));
            }
            set.files.insert(path, text);
        }
        Ok(set)
    }

    /// Adds that the file at `path`, or all files below the directory `path`, belong to this set if
    /// their first line starts with `marker`. Those that the set does not contain are stale.
    pub fn own(mut self, path: impl Into<String>, marker: &str) -> Result<Self, Finding> {
        let path = path.into();
        check_path(&path)?;
        self.owned.push((path, marker.to_owned()));
        Ok(self)
    }

    /// The files below the directory `path`.
    pub fn read(root: &Path, path: &str) -> Result<Self, Finding> {
        let paths = disk::files_below(root, path)?.into_iter();
        let read = |path: String| Ok((path.clone(), input::read(&root.join(&path), &path)?));
        Self::new(paths.map(read).collect::<Result<Vec<_>, Finding>>()?)
    }

    /// Each path with its text.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        let files = self.files.iter();
        files.map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The number of files.
    pub fn count(&self) -> usize {
        self.files.len()
    }

    /// The changes that [`write`](Self::write) would make below `root`, in the order of the paths. Writes nothing.
    pub fn compare(&self, root: &Path) -> Result<Vec<Change>, Finding> {
        disk::check_root(root)?;
        let mut changes = Vec::new();
        for (path, wanted) in &self.files {
            match disk::read(root, path)? {
                None => changes.push(Change::missing(path)),
                Some(found) => changes.extend(Change::between(path, &found, wanted)),
            }
        }
        for (owned, marker) in &self.owned {
            for path in disk::files_below(root, owned)? {
                if !self.files.contains_key(&path) && disk::starts_with(root, &path, marker)? {
                    changes.push(Change::stale(&path));
                }
            }
        }
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        changes.dedup();
        Ok(changes)
    }

    /// Writes the set below `root`, and returns the changes.
    ///
    /// Files that are up to date are not touched. All new contents are on disk, next to their
    /// targets, before the first target is replaced: a failure before that leaves the tree
    /// unchanged. Stale files are removed last.
    pub fn write(&self, root: &Path) -> Result<Vec<Change>, Finding> {
        let changes = self.compare(root)?;
        let mut staged = disk::Staged::default();
        for change in &changes {
            if let Some(text) = self.files.get(&change.path) {
                staged.add(root, &change.path, text)?;
            }
        }
        staged.commit()?;
        for change in changes
            .iter()
            .filter(|change| change.kind == ChangeKind::Stale)
        {
            disk::remove(root, &change.path)?;
        }
        Ok(changes)
    }
}

/// Refuses all paths that are not plain relative paths on every platform.
fn check_path(path: &str) -> Result<(), Finding> {
    let is_odd = |c: char| matches!(c, '\\' | ':') || c.is_control();
    let is_plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(is_odd);
    if path.split('/').all(is_plain) {
        return Ok(());
    }
    let message = format!(
        "`{}` is not a path below the workspace",
        path.escape_debug()
    );
    let help = "paths are relative, with `/` between segments, and without `.`, `..`, `\\` and `:`";
    Err(Finding::new("path-leaves-root", message).help(help))
}
