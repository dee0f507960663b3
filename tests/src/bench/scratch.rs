//! Workspaces below `target/`, in which crates are built with the same dependencies. They are kept, so that
//! dependencies are built once.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::workspace;

/// How a program is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Profile {
    /// The dev profile without incremental builds, as in CI.
    Dev,
    /// The dev profile with incremental builds of the members of the workspace.
    Incremental,
    Release,
}

impl Profile {
    /// The name of the profile, and of its folder below `target`.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Dev | Self::Incremental => ("dev", "debug"),
            Self::Release => ("release", "release"),
        }
    }
}

/// A workspace.
#[derive(Debug)]
pub(super) struct Scratch {
    folder: PathBuf,
    /// The target folder.
    target: PathBuf,
}

impl Scratch {
    /// The workspace in this folder below `target/`.
    pub(super) fn new(name: &str) -> Self {
        let folder = workspace().join("target").join(name);
        let target = folder.join("target");
        Self { folder, target }
    }

    /// A workspace in a folder of this one, which builds into the same place.
    pub(super) fn inner(&self, name: &str) -> Self {
        Self {
            folder: self.path(name),
            target: self.target.clone(),
        }
    }

    /// Removes the target folder.
    pub(super) fn remove_target(&self) -> Result<(), String> {
        remove(&self.target)
    }

    /// Writes the manifest of a workspace with these members, and a lock file with the versions of this workspace;
    /// cargo adds further packages.
    pub(super) fn workspace(&self, members: &[&str]) -> Result<(), String> {
        self.write(
            "Cargo.toml",
            &format!(
                "[workspace]\nresolver = \"3\"\nmembers = {members:?}\n\n\
                 # `heffl` has a path, but is built like a crate from a registry.\n\
                 [profile.dev.package.\"*\"]\nincremental = false\n"
            ),
        )?;
        fs::copy(workspace().join("Cargo.lock"), self.path("Cargo.lock"))
            .map(drop)
            .map_err(|error| format!("Cargo.lock: {error}"))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    pub(super) fn write(&self, file: &str, text: &str) -> Result<(), String> {
        let path = self.path(file);
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, text))
            .map_err(|error| format!("{}: {error}", path.display()))
    }

    pub(super) fn build(&self, packages: &[&str], profile: Profile) -> Result<(), String> {
        self.of(
            "build",
            packages,
            profile,
            &["--quiet", "--profile", profile.names().0],
        )
        .map(drop)
    }

    pub(super) fn check(&self, packages: &[&str]) -> Result<(), String> {
        self.of("check", packages, Profile::Dev, &["--quiet"])
            .map(drop)
    }

    /// Removes the builds of these packages, but not of their dependencies.
    pub(super) fn clean(&self, packages: &[&str], profile: Profile) -> Result<(), String> {
        self.of(
            "clean",
            packages,
            profile,
            &["--quiet", "--profile", profile.names().0],
        )
        .map(drop)
    }

    /// These packages and their dependencies.
    pub(super) fn tree(&self, packages: &[&str]) -> Result<BTreeSet<String>, String> {
        let lines = self.of(
            "tree",
            packages,
            Profile::Dev,
            &[
                "--edges",
                "normal",
                "--prefix",
                "none",
                "--no-dedupe",
                "--format",
                "{p}",
            ],
        )?;
        let packages = lines.lines().filter(|line| !line.is_empty());
        Ok(packages.map(str::to_owned).collect())
    }

    pub(super) fn program(&self, package: &str, profile: Profile) -> PathBuf {
        let name = format!("{package}{}", std::env::consts::EXE_SUFFIX);
        self.target.join(profile.names().1).join(name)
    }

    /// Runs a cargo command on some packages, and returns its output.
    fn of(
        &self,
        command: &str,
        packages: &[&str],
        profile: Profile,
        options: &[&str],
    ) -> Result<String, String> {
        let packages = packages.iter().flat_map(|package| ["--package", package]);
        let arguments: Vec<&str> = [command]
            .into_iter()
            .chain(options.iter().copied())
            .chain(packages)
            .collect();
        let mut cargo = cargo();
        cargo
            .args(&arguments)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", &self.target)
            .env_remove("RUSTFLAGS");
        match profile {
            Profile::Incremental => cargo.env_remove("CARGO_INCREMENTAL"),
            Profile::Dev | Profile::Release => cargo.env("CARGO_INCREMENTAL", "0"),
        };
        run(&mut cargo).map_err(|error| format!("cargo {}: {error}", arguments.join(" ")))
    }
}

/// Removes a folder, if it exists.
pub(super) fn remove(folder: &Path) -> Result<(), String> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(format!("{}: {error}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// The beginning of a manifest.
pub(super) fn head(package: &str) -> String {
    format!(
        "[package]\nname = {package:?}\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[dependencies]\n"
    )
}

pub(super) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a program to its end, and returns its output; the error is its error output.
pub(super) fn run(command: &mut Command) -> Result<String, String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
