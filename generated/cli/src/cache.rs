//! Saved lists, in which the command looks up names.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use crate::{
    data::{self, Val},
    folders,
    globals::Globals,
};

/// How long a list is used.
const AGE: Duration = Duration::from_secs(600);

/// The saved list of an operation, unless it is too old.
pub(crate) fn read(globals: &Globals, operation: &str) -> Option<Vec<Val>> {
    let file = file(globals, operation)?;
    let written = fs::metadata(&file).ok()?.modified().ok()?;
    // A file with a time in the future is not used either.
    let age = SystemTime::now().duration_since(written).ok()?;
    if age > AGE {
        return None;
    }
    let list = data::given(&fs::read_to_string(&file).ok()?).ok()?;
    Some(data::items(&list).to_vec())
}

/// Saves the list of an operation. If that fails, the next command reads the list from the server again.
pub(crate) fn write(globals: &Globals, operation: &str, records: &[Val]) {
    if let Some(file) = file(globals, operation) {
        let list: Val = records.iter().cloned().collect();
        let _ = folders::write_private(&file, list.to_string().as_bytes());
    }
}

/// The file of a list of the workspace.
fn file(globals: &Globals, operation: &str) -> Option<PathBuf> {
    let workspace = globals.workspace().ok()?;
    let folder = folders::state().ok()?.join("lists").join(workspace);
    Some(folder.join(format!("{operation}.json")))
}
