//! Commands, run in folders that a test may change.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use heffl_tests::workspace;
use tempfile::TempDir;

/// What a command printed, and its exit code.
#[derive(Debug)]
pub struct Outcome {
    pub code: u8,
    pub out: String,
    pub err: String,
}

pub fn run(arguments: &[&str]) -> Outcome {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = xtask::run(
        ["cargo xtask"].iter().chain(arguments),
        &mut xtask::Streams {
            out: &mut out,
            err: &mut err,
            progress: false,
        },
    );
    Outcome {
        code,
        out: String::from_utf8(out).unwrap(),
        err: String::from_utf8(err).unwrap(),
    }
}

pub fn fixture(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/diff");
    fs::read_to_string(folder.join(name)).unwrap()
}

/// A folder of files that a test may change.
pub struct Folder(pub TempDir);

impl Folder {
    /// With `old.yaml` and `new.yaml`.
    pub fn pair() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("old.yaml", fixture("old.yaml"));
        folder.write("new.yaml", fixture("new.yaml"));
        folder
    }

    /// With all that the commands read.
    pub fn tree() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        copy(&workspace().join("spec"), &folder.path("spec"));
        copy(
            &workspace().join("generated/src"),
            &folder.path("generated/src"),
        );
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn name(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Replaces the first `from` in a file that must have it.
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{from} in {name}");
        self.write(name, text.replacen(from, to, 1));
    }

    pub fn run(&self, arguments: &[&str]) -> Outcome {
        let root = self.0.path().to_str().unwrap();
        run(&[&["--root", root], arguments].concat())
    }

    /// Compares `old.yaml` with `new.yaml`. The folder's name is taken out of what is printed.
    pub fn diff(&self, arguments: &[&str]) -> Outcome {
        let (old, new) = (self.name("old.yaml"), self.name("new.yaml"));
        let mut outcome = self.run(&[&["diff", &old, &new], arguments].concat());
        let folder = format!("{}/", self.0.path().display());
        outcome.out = outcome.out.replace(&folder, "");
        outcome
    }

    pub fn git(&self, arguments: &[&str]) {
        let status = Command::new("git")
            .arg("-C")
            .arg(self.0.path())
            .args(["-c", "user.name=Test", "-c", "user.email=test@example.com"])
            .args(arguments)
            .status()
            .unwrap();
        assert!(status.success(), "git {arguments:?}");
    }
}

/// Copies a folder, without the code of heffl-spec.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path() == workspace().join("spec/src") {
            continue;
        }
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
