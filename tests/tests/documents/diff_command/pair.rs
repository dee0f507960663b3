//! A folder with two documents.

use std::fs;

use heffl_tests::{
    folder::{Folder, Outcome},
    workspace,
};

pub fn fixture(name: &str) -> String {
    fs::read_to_string(workspace().join("tests/fixtures/diff").join(name)).unwrap()
}

/// The folder, with `old.yaml` and `new.yaml`.
pub fn pair() -> Folder {
    let folder = Folder::default();
    for name in ["old.yaml", "new.yaml"] {
        folder.write(name, fixture(name));
    }
    folder
}

/// Compares `old.yaml` with `new.yaml`. The output is without the folder's name.
pub fn diff(folder: &Folder, arguments: &[&str]) -> Outcome {
    let (old, new) = (folder.name("old.yaml"), folder.name("new.yaml"));
    let mut outcome = folder.run(&[&["diff", &old, &new], arguments].concat());
    let root = format!("{}/", folder.root().display());
    outcome.out = outcome.out.replace(&root, "");
    outcome
}
