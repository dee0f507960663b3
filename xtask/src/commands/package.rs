//! `generate --document`: a crate for another API.

use std::{fs, path::Path};

use heffl_codegen::package::{self, Package, Runtime};
use heffl_spec::{Finding, files::FileSet, input, report::Stage};

use super::stages::SOURCE;
use crate::{
    failed::Result,
    task::{Outcome, Task},
};

pub(crate) fn generate(
    task: &mut Task<'_, '_>,
    document: &Path,
    out: &Path,
    name: Option<String>,
) -> Result<Outcome> {
    let path = document.display().to_string();
    let text = input::read(document, &path)?;
    // The generated files name the document, and must be the same on every machine.
    let file = document
        .file_name()
        .map_or(path, |name| name.to_string_lossy().into_owned());
    let name = name.map_or_else(|| package::name(&file, &text), Ok)?;
    let Package { files, warnings } = package::package(&name, &file, &text, &runtime(&task.root)?)?;
    task.warn(&warnings);
    fs::create_dir_all(out).map_err(|error| {
        Finding::new("unwritable", error.to_string()).file(out.display().to_string())
    })?;
    let crate_ = Task {
        root: out.to_owned(),
        streams: task.streams,
    };
    let step = crate_.step(Stage::Generated, &FileSet::new(files)?, None)?;
    Ok(Outcome::Report(step.into()))
}

/// The runtime of `heffl`, as it is in the workspace.
fn runtime(root: &Path) -> Result<Runtime> {
    let source = FileSet::read(root, SOURCE)?;
    let files = source.texts().filter_map(|(path, text)| {
        let path = path.strip_prefix(SOURCE)?.strip_prefix('/')?;
        Some((path.to_owned(), text.to_owned()))
    });
    let manifest = |path: &str| input::read(&root.join(path), path);
    Ok(Runtime {
        files: files.collect(),
        manifest: manifest("generated/Cargo.toml")?,
        workspace: manifest("Cargo.toml")?,
    })
}
