//! The folders of the user that the command writes to.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use etcetera::{BaseStrategy, HomeDirError, choose_base_strategy};

use crate::failure::Failure;

const NAME: &str = "heffl";

/// The folder of the saved key.
pub(crate) fn config() -> Result<PathBuf, Failure> {
    let folders = choose_base_strategy().map_err(|error| no_home(&error))?;
    Ok(folders.config_dir().join(NAME))
}

/// The folder of the files that the command keeps between runs: the quota, definitions of custom fields.
pub(crate) fn state() -> Result<PathBuf, Failure> {
    let folders = choose_base_strategy().map_err(|error| no_home(&error))?;
    // Windows has no folder for state. This folder does not roam.
    let folder = folders.state_dir().unwrap_or_else(|| folders.cache_dir());
    Ok(folder.join(NAME))
}

fn no_home(error: &HomeDirError) -> Failure {
    Failure::other(error).hint("set HOME to your home folder")
}

/// Writes a file that only its owner can read. Replaces an existing file atomically.
pub(crate) fn write_private(file: &Path, content: &[u8]) -> Result<(), Failure> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let write = || {
        create_private(folder)?;
        // Its mode is 0600 from the start.
        let mut new = tempfile::NamedTempFile::new_in(folder)?;
        new.write_all(content)?;
        new.as_file().sync_all()?;
        new.persist(file)?;
        Ok::<(), io::Error>(())
    };
    write().map_err(|error| Failure::file(file, &error))
}

/// Creates a folder that only its owner can read.
pub(crate) fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}
