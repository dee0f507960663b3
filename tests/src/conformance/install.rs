//! Installs the tools that `tests/conformance/` pins, into a folder outside version control.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::process::{self, command, run};

/// Why the tools are not installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// A program is missing or too old, or the installation fails every time.
    Missing(String),
    /// A package registry cannot be reached.
    Unreachable(String),
}

/// Node.js with the packages of `package-lock.json`.
#[derive(Clone, Debug)]
pub struct Node {
    folder: PathBuf,
}

/// Python with the packages of `requirements.txt`, including a Java runtime for the package that needs it.
#[derive(Clone, Debug)]
pub struct Python {
    program: PathBuf,
}

impl Node {
    /// Installs the packages, unless they are installed.
    pub async fn install(pinned: &Path, target: &Path) -> Result<Self, Refused> {
        probe(
            "node",
            &["-e", "let [a, b] = process.versions.node.split('.'); process.exit(a > 20 || a == 20 && b >= 19 ? 0 : 1)"],
            "Node.js 20.19 or newer is needed: https://nodejs.org/, or your system's packages",
        )
        .await?;
        probe(
            npm(),
            &["--version"],
            "npm is needed; it comes with Node.js: https://nodejs.org/",
        )
        .await?;
        let folder = target.join("node");
        install(
            pinned,
            &folder,
            &["package.json", "package-lock.json"],
            async || {
                // Install scripts of packages are not run.
                let mut npm = command(npm());
                npm.current_dir(&folder)
                    .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
                    .args(["--fetch-retries", "1"]);
                finished("npm ci", &run(&mut npm).await)
            },
        )
        .await?;
        Ok(Self { folder })
    }

    /// A script of an installed package, to be run by Node.js.
    pub(super) fn script(&self, path: &str) -> tokio::process::Command {
        let mut node = command("node");
        node.arg(self.path(path));
        node
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.folder.join("node_modules").join(path)
    }
}

impl Python {
    /// Installs the packages, unless they are installed.
    pub async fn install(pinned: &Path, target: &Path) -> Result<Self, Refused> {
        let system = if cfg!(windows) { "python" } else { "python3" };
        probe(
            system,
            &["-c", "import sys; sys.exit(sys.version_info < (3, 11))"],
            "Python 3.11 or newer is needed: https://www.python.org/, or your system's packages",
        )
        .await?;
        probe(
            system,
            &["-c", "import ensurepip, venv"],
            "Python's venv is needed; on Debian and Ubuntu: apt install python3-venv",
        )
        .await?;
        let folder = target.join("python");
        let program = if cfg!(windows) {
            folder.join("Scripts/python.exe")
        } else {
            folder.join("bin/python")
        };
        install(pinned, &folder, &["requirements.txt"], async || {
            let mut venv = command(system);
            venv.args(["-m", "venv"]).arg(&folder);
            finished("python -m venv", &run(&mut venv).await)?;
            let mut pip = command(&program);
            pip.current_dir(&folder)
                .args(["-m", "pip", "install", "--quiet", "--retries", "1"])
                .args(["--disable-pip-version-check", "--only-binary", ":all:"])
                .args(["--require-hashes", "--requirement", "requirements.txt"]);
            finished("pip install", &run(&mut pip).await)
        })
        .await?;
        Ok(Self { program })
    }

    pub(super) fn command(&self) -> tokio::process::Command {
        command(&self.program)
    }

    pub(crate) fn program(&self) -> &Path {
        &self.program
    }
}

fn npm() -> &'static str {
    if cfg!(windows) { "npm.cmd" } else { "npm" }
}

async fn probe(program: &str, arguments: &[&str], help: &str) -> Result<(), Refused> {
    if run(command(program).args(arguments)).await.success {
        Ok(())
    } else {
        Err(Refused::Missing(help.to_owned()))
    }
}

/// Copies the pins into `folder` and installs them, unless the same pins are installed there. A folder with an
/// incomplete installation is emptied first.
async fn install(
    pinned: &Path,
    folder: &Path,
    pins: &[&str],
    fill: impl AsyncFnOnce() -> Result<(), Refused>,
) -> Result<(), Refused> {
    let broken = |path: &Path, error: std::io::Error| {
        Refused::Missing(format!("{}: {error}", path.display()))
    };
    let mut wanted = String::new();
    for pin in pins {
        let path = pinned.join(pin);
        wanted += &fs::read_to_string(&path).map_err(|error| broken(&path, error))?;
    }
    let done = folder.join("installed");
    if fs::read_to_string(&done).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|error| broken(folder, error))?;
    }
    fs::create_dir_all(folder).map_err(|error| broken(folder, error))?;
    for pin in pins {
        let copy = folder.join(pin);
        fs::copy(pinned.join(pin), &copy).map_err(|error| broken(&copy, error))?;
    }
    eprintln!("installing into {}", folder.display());
    fill().await?;
    fs::write(&done, wanted).map_err(|error| broken(&done, error))
}

fn finished(what: &str, ended: &process::Ended) -> Result<(), Refused> {
    if ended.success {
        Ok(())
    } else if process::is_unreachable(&ended.output) {
        Err(Refused::Unreachable(format!(
            "`{what}` cannot reach its registry"
        )))
    } else {
        Err(Refused::Missing(format!(
            "`{what}` failed:\n{}",
            ended.output.trim_end()
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn packages_stay_installed_until_the_pins_change() {
        let place = tempfile::tempdir().unwrap();
        let (pinned, folder) = (place.path().join("pinned"), place.path().join("tools"));
        fs::create_dir(&pinned).unwrap();
        fs::write(pinned.join("lock"), "one").unwrap();
        let fill = async |result: Result<(), Refused>| {
            let mut filled = false;
            let outcome = install(&pinned, &folder, &["lock"], async || {
                filled = true;
                fs::write(folder.join("leftover"), "").unwrap();
                result
            })
            .await;
            (filled, outcome)
        };
        let refusal = Refused::Unreachable("no network".to_owned());
        assert_eq!(fill(Err(refusal.clone())).await, (true, Err(refusal)));
        assert_eq!(fill(Ok(())).await, (true, Ok(())));
        assert_eq!(fill(Ok(())).await, (false, Ok(())));
        fs::write(pinned.join("lock"), "two").unwrap();
        assert_eq!(fill(Ok(())).await, (true, Ok(())));
        assert_eq!(fs::read_to_string(folder.join("lock")).unwrap(), "two");
    }

    #[tokio::test]
    async fn a_missing_program_is_named() {
        let refused = probe("no-such-program-anywhere", &[], "it is needed").await;
        assert_eq!(refused, Err(Refused::Missing("it is needed".to_owned())));
    }
}
