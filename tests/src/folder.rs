//! Commands, run in folders that a test may change.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::workspace;

/// The output of a command, and its exit code.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code.
    pub code: u8,
    /// Results.
    pub out: String,
    /// Notes and progress.
    pub err: String,
}

/// Runs `cargo xtask`, without a process and without progress.
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
    let text = |bytes| String::from_utf8(bytes).expect("commands print text");
    Outcome {
        code,
        out: text(out),
        err: text(err),
    }
}

/// A folder of files that a test may change.
#[derive(Debug)]
pub struct Folder(TempDir);

impl Default for Folder {
    fn default() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder can be made"))
    }
}

impl Folder {
    /// A copy of all files that the commands read and write.
    pub fn workspace() -> Self {
        let folder = Self::default();
        for part in [
            "spec",
            "generated/src",
            "generated/test-server/src",
            "generated/cli/src/table",
            "tests/src/calls",
        ] {
            folder.copy(&workspace().join(part), part);
        }
        folder
    }

    /// Copies the files below `from`, without the code of heffl-spec.
    pub fn copy(&self, from: &Path, to: &str) {
        let is_code = from == workspace().join("spec");
        for (path, bytes) in contents(from) {
            if !(is_code && path.starts_with("src/")) {
                self.write(&format!("{to}/{path}"), bytes);
            }
        }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        self.0.path()
    }

    /// A file or folder in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// [`Folder::path`] as an argument for a command.
    pub fn name(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Writes a file, and creates its folders.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        let written = path
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(path, text));
        written.expect("the folder can be written");
    }

    /// The text of a file.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Replaces the first `from` in a file, which must contain it.
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{from} in {name}");
        self.write(name, text.replacen(from, to, 1));
    }

    /// All files, by path.
    pub fn contents(&self) -> BTreeMap<String, Vec<u8>> {
        contents(self.root())
    }

    /// Runs `cargo xtask` in the folder.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        let root = self.root().display().to_string();
        run(&[&["--root", &root], arguments].concat())
    }

    /// Runs git in the folder, with an invented author.
    pub fn git(&self, arguments: &[&str]) {
        let status = Command::new("git")
            .arg("-C")
            .arg(self.root())
            .args(["-c", "user.name=Test", "-c", "user.email=test@example.com"])
            .args(arguments)
            .status()
            .expect("git is installed");
        assert!(status.success(), "git {arguments:?}");
    }
}

/// All files below `root`, by path with slashes; empty if `root` is not a folder.
pub fn contents(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(root).unwrap_or(&path);
            let name = name.display().to_string().replace('\\', "/");
            found.insert(name, fs::read(&path).expect("the file can be read"));
        }
    }
    found
}
