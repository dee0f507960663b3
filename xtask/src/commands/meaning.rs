//! What new records or overlays change in the meaning of the documents.

use std::{fs, io, path::Path};

use heffl_spec::{
    Finding,
    diff::{Compared, Comparison, Document, Severity},
    files::FileSet,
    input,
};

/// Compares the documents in the tree with `wanted`: those whose text differs, as far as they can be
/// compared. One that is missing, or broken by hand, has no meaning to compare with.
pub(super) fn between(
    root: &Path,
    wanted: &[(String, String)],
    fail_on: Option<Severity>,
) -> Option<Comparison> {
    let compare = |(path, text): &(String, String)| {
        let found = input::read(&root.join(path), path).ok()?;
        if found.replace("\r\n", "\n") == *text {
            return None;
        }
        let old = Document {
            name: format!("{path} in the tree"),
            text: found,
        };
        let new = Document {
            name: path.clone(),
            text: text.clone(),
        };
        Compared::between(&old, &new).ok()
    };
    let documents: Vec<Compared> = wanted.iter().filter_map(compare).collect();
    (!documents.is_empty()).then_some(Comparison { documents, fail_on })
}

/// The documents as they would be with `records` in the tree; nothing in it is changed.
pub(super) fn assembled_with(
    root: &Path,
    records: &FileSet,
) -> Result<Vec<(String, String)>, Vec<Finding>> {
    let one = |finding: Finding| vec![finding];
    let copy = tempfile::tempdir()
        .and_then(|copy| copy_inputs(&root.join("spec"), &copy.path().join("spec")).map(|()| copy))
        .map_err(|error| {
            one(Finding::new(
                "cannot-copy",
                format!("cannot make a temporary copy of spec/: {error}"),
            )
            .help("make room in the folder for temporary files"))
        })?;
    records.write(copy.path()).map_err(one)?;
    heffl_spec::assemble::assemble(copy.path())
}

/// Copies what assembly reads: everything below `spec` but the code.
fn copy_inputs(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        if kind.is_dir() && name != "src" && name != "target" {
            copy_inputs(&entry.path(), &to.join(name))?;
        } else if kind.is_file() {
            fs::copy(entry.path(), to.join(name))?;
        }
    }
    Ok(())
}
