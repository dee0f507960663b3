//! A folder for commands, restored after every row.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::Edit;

/// Files below a folder, by path; folders have no content.
pub(super) type Contents = BTreeMap<String, Option<Vec<u8>>>;

pub(super) fn workspace(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

pub(super) fn text(path: &str) -> String {
    fs::read_to_string(workspace(path)).unwrap()
}

pub(super) struct Tree {
    folder: TempDir,
    clean: Contents,
}

impl Tree {
    /// A tree with these folders and files of the workspace (from, to), and with `files` (path,
    /// text).
    pub(super) fn new(parts: &[(&str, &str)], files: &[(&str, &str)]) -> Self {
        let mut clean = Contents::new();
        for (from, to) in parts {
            let root = workspace(from);
            if root.is_file() {
                clean.insert((*to).to_owned(), Some(fs::read(root).unwrap()));
                continue;
            }
            for (path, content) in contents(&root) {
                clean.insert(format!("{to}/{path}"), content);
            }
        }
        for (path, text) in files {
            clean.insert((*path).to_owned(), Some(text.as_bytes().to_owned()));
        }
        let folder = tempfile::tempdir().unwrap();
        let mut tree = Self { folder, clean };
        tree.restore();
        // Folders were copied with their files.
        tree.clean = tree.contents();
        tree
    }

    pub(super) fn root(&self) -> String {
        self.folder.path().to_str().unwrap().to_owned()
    }

    pub(super) fn contents(&self) -> Contents {
        contents(self.folder.path())
    }

    /// Makes the change, and returns the contents after it.
    pub(super) fn apply(&self, edit: &Edit) -> Contents {
        let path = |file: &str| self.folder.path().join(file);
        let put = |file: &str, bytes: &[u8]| {
            fs::create_dir_all(path(file).parent().unwrap()).unwrap();
            fs::write(path(file), bytes).unwrap();
        };
        match edit {
            Edit::Nothing => {}
            Edit::Replace(file, from, to) => {
                let text = fs::read_to_string(path(file)).unwrap();
                assert!(text.contains(from), "{file} has no `{from}`");
                put(file, text.replacen(from, to, 1).as_bytes());
            }
            Edit::Write(file, bytes) => put(file, bytes),
            Edit::Append(file, more) => {
                let text = fs::read_to_string(path(file)).unwrap();
                put(file, format!("{text}{more}").as_bytes());
            }
            Edit::Remove(file) => fs::remove_file(path(file)).unwrap(),
        }
        self.contents()
    }

    /// Restores the original files.
    pub(super) fn restore(&self) {
        let root = self.folder.path();
        let now = self.contents();
        for (path, content) in now.iter().rev() {
            if !self.clean.contains_key(path) {
                match content {
                    Some(_) => fs::remove_file(root.join(path)).unwrap(),
                    None => fs::remove_dir(root.join(path)).unwrap(),
                }
            }
        }
        for (path, content) in &self.clean {
            let path_in_tree = root.join(path);
            match content {
                Some(bytes) if now.get(path) != Some(content) => {
                    fs::create_dir_all(path_in_tree.parent().unwrap()).unwrap();
                    fs::write(path_in_tree, bytes).unwrap();
                }
                Some(_) => {}
                None => fs::create_dir_all(path_in_tree).unwrap(),
            }
        }
    }
}

fn contents(root: &Path) -> Contents {
    let mut found = Contents::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            let name = name.replace('\\', "/");
            if path.is_dir() {
                found.insert(name, None);
                folders.push(path);
            } else {
                found.insert(name, Some(fs::read(&path).unwrap()));
            }
        }
    }
    found
}
