//! The disk, with every failure reported as a finding that names the file. All reading of files goes through here.

use std::{
    fs,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    path::{Path, PathBuf},
};

use tempfile::TempPath;
use walkdir::WalkDir;

use crate::finding::Finding;

/// Fails unless `root` is a directory.
pub(super) fn check_root(root: &Path) -> Result<(), Finding> {
    if root.is_dir() {
        return Ok(());
    }
    Err(Finding::new("no-such-directory", "this is not a directory")
        .file(root.display().to_string()))
}

/// The bytes of the file at `path` below `root`, if it exists.
pub(super) fn read(root: &Path, path: &str) -> Result<Option<Vec<u8>>, Finding> {
    let bytes = resolve(root, path)?.map(fs::read).transpose();
    bytes.map_err(|error| unreadable(path, &error))
}

/// The content of `folder` at any depth, in the order of the names: the relative path, and whether it is a file.
/// Symbolic links are not files, because they may lead out of the tree.
pub(crate) fn below(folder: &Path) -> impl Iterator<Item = io::Result<(String, bool)>> {
    let entries = WalkDir::new(folder)
        .min_depth(1)
        .sort_by_file_name()
        .into_iter();
    let entries = entries.filter(|entry| !entry.as_ref().is_ok_and(|it| it.file_type().is_dir()));
    entries.map(move |entry| {
        let no_end = || io::Error::other("symbolic links form a loop");
        let entry = entry.map_err(|error| error.into_io_error().unwrap_or_else(no_end))?;
        let path = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        let path = path
            .to_string_lossy()
            .replace(std::path::MAIN_SEPARATOR, "/");
        Ok((path, entry.file_type().is_file()))
    })
}

/// All files below the directory `path`, or `path` itself if it is a file.
pub(super) fn files_below(root: &Path, path: &str) -> Result<Vec<String>, Finding> {
    let Some(target) = resolve(root, path)? else {
        return Ok(Vec::new());
    };
    if target.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let entries: io::Result<Vec<_>> = below(&target).collect();
    let entries = entries.map_err(|error| unreadable(path, &error))?;
    let files = entries.into_iter().filter(|(_, is_file)| *is_file);
    Ok(files.map(|(name, _)| format!("{path}/{name}")).collect())
}

/// Whether the file's first line starts with `marker`.
pub(super) fn starts_with(root: &Path, path: &str, marker: &str) -> Result<bool, Finding> {
    let first_line = || {
        let file = BufReader::new(fs::File::open(root.join(path))?);
        let mut start = Vec::new();
        file.take(marker.len() as u64)
            .read_until(b'\n', &mut start)?;
        Ok(start == marker.as_bytes())
    };
    first_line().map_err(|error| unreadable(path, &error))
}

/// Removes the file, and the directories above it if they become empty.
pub(super) fn remove(root: &Path, path: &str) -> Result<(), Finding> {
    fs::remove_file(root.join(path)).map_err(|error| {
        Finding::new("cannot-remove", format!("cannot remove this file: {error}")).file(path)
    })?;
    let above = Path::new(path)
        .ancestors()
        .skip(1)
        .take_while(|above| above.parent().is_some());
    for directory in above {
        // This fails if the directory is not empty, as intended.
        if fs::remove_dir(root.join(directory)).is_err() {
            break;
        }
    }
    Ok(())
}

/// New contents, each in a temporary file next to its target. Without [`Staged::commit`], dropping it removes them.
#[derive(Debug, Default)]
pub(super) struct Staged {
    files: Vec<(String, PathBuf, TempPath)>,
    /// Directories that did not exist before.
    created: Vec<PathBuf>,
}

impl Staged {
    /// Writes `text` next to the file at `path` below `root`.
    pub(super) fn add(&mut self, root: &Path, path: &str, text: &str) -> Result<(), Finding> {
        let target = root.join(path);
        let file = self.stage(target.parent().unwrap_or(root), text);
        let file = file.map_err(|error| unwritable(path, &error))?;
        self.files.push((path.to_owned(), target, file));
        Ok(())
    }

    fn stage(&mut self, directory: &Path, text: &str) -> io::Result<TempPath> {
        let above = directory.ancestors();
        let missing: Vec<&Path> = above.take_while(|it| !it.exists()).collect();
        for directory in missing.into_iter().rev() {
            fs::create_dir(directory)?;
            self.created.push(directory.to_owned());
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(".").suffix(".unfinished");
        // Temporary files are private by default; these become part of the tree.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.tempfile_in(directory)?;
        file.write_all(text.as_bytes())?;
        file.flush()?;
        Ok(file.into_temp_path())
    }

    /// Moves every file to its place.
    pub(super) fn commit(mut self) -> Result<(), Finding> {
        self.created.clear();
        let total = self.files.len();
        for (done, (path, target, file)) in self.files.drain(..).enumerate() {
            file.persist(target).map_err(|failure| {
                unwritable(&path, &failure.error).help(format!(
                    "{done} of {total} files were replaced before this one; run the command again"
                ))
            })?;
        }
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // The files must be removed before their directories.
        self.files.clear();
        for directory in self.created.iter().rev() {
            // A remaining empty directory does no harm.
            let _ = fs::remove_dir(directory);
        }
    }
}

/// The location of `path` below `root`, if it exists. Symbolic links in the path are
/// refused: they may lead out of the root.
fn resolve(root: &Path, path: &str) -> Result<Option<PathBuf>, Finding> {
    let mut target = root.to_owned();
    for segment in path.split('/') {
        target.push(segment);
        match fs::symlink_metadata(&target) {
            Ok(metadata) if metadata.is_symlink() => {
                return Err(Finding::new(
                    "symbolic-link",
                    "this path contains a symbolic link, which may lead out of the workspace",
                )
                .file(path)
                .help("replace the link by the file or directory itself"));
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(path, &error)),
        }
    }
    Ok(Some(target))
}

fn unreadable(path: &str, error: &io::Error) -> Finding {
    Finding::new("cannot-read", format!("cannot read this: {error}")).file(path)
}

fn unwritable(path: &str, error: &io::Error) -> Finding {
    Finding::new("cannot-write", format!("cannot write this file: {error}")).file(path)
}
