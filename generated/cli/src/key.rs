//! Where the API key comes from.

use std::{
    env, fmt,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use heffl::Secret;
use sha2::{Digest as _, Sha256};

use crate::{
    failure::{Failure, Kind},
    folders,
};

pub(crate) const KEY_VARIABLE: &str = "HEFFL_API_KEY";
const COMMAND_VARIABLE: &str = "HEFFL_API_KEY_COMMAND";

/// A place that holds an API key, or a command that prints one.
pub(crate) enum Source {
    /// The file of `--key-file`.
    File(PathBuf),
    /// The value of `HEFFL_API_KEY`.
    Variable(Secret),
    /// The command in `HEFFL_API_KEY_COMMAND`.
    Command(String),
    /// The file that `heffl auth login` writes.
    Saved(PathBuf),
}

/// The file that `heffl auth login` writes.
pub(crate) fn saved_file() -> Result<PathBuf, Failure> {
    Ok(folders::config()?.join("key"))
}

/// The sources that are set. The first source takes precedence.
pub(crate) fn sources(key_file: Option<&Path>) -> Result<Vec<Source>, Failure> {
    let file = key_file.map(|file| Source::File(file.to_owned()));
    let variable = read_variable(KEY_VARIABLE)?.map(|key| Source::Variable(Secret::from(key)));
    let command = read_variable(COMMAND_VARIABLE)?.map(Source::Command);
    // Without a home folder, no key is saved.
    let saved = saved_file().ok().filter(|file| file.exists());
    let all = [file, variable, command, saved.map(Source::Saved)];
    Ok(all.into_iter().flatten().collect())
}

/// The API key of the first source that is set.
pub(crate) fn read(key_file: Option<&Path>) -> Result<Secret, Failure> {
    match sources(key_file)?.first() {
        Some(source) => source.read(),
        None => Err(missing()),
    }
}

pub(crate) fn missing() -> Failure {
    Failure::new(Kind::Key, "there is no API key").hint(format!(
        "save it with `heffl auth login`, set {KEY_VARIABLE}, or name a file that holds it with --key-file"
    ))
}

/// The value of an environment variable, unless it is blank.
fn read_variable(name: &str) -> Result<Option<String>, Failure> {
    let problem = |_| Failure::new(Kind::Key, format!("the variable {name} is not UTF-8"));
    let text = env::var_os(name).map(|text| text.into_string().map_err(problem));
    Ok(text.transpose()?.filter(|text| !text.trim().is_empty()))
}

impl Source {
    pub(crate) fn read(&self) -> Result<Secret, Failure> {
        match self {
            Self::Variable(key) => Ok(key.clone()),
            Self::Command(command) => printed(command),
            Self::File(file) | Self::Saved(file) => private(file),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(formatter, "the file {} (--key-file)", file.display()),
            Self::Variable(_) => write!(formatter, "the variable {KEY_VARIABLE}"),
            // The command itself may hold a secret.
            Self::Command(_) => write!(formatter, "the command in {COMMAND_VARIABLE}"),
            Self::Saved(file) => write!(formatter, "the saved key in {}", file.display()),
        }
    }
}

/// The output of a command. It may ask the user for a password: standard input and error are those of this process.
fn printed(command: &str) -> Result<Secret, Failure> {
    let failure = |problem: String| {
        Failure::new(
            Kind::Key,
            format!("the command in {COMMAND_VARIABLE} {problem}"),
        )
    };
    let (shell, option) = if cfg!(windows) {
        ("cmd", "/C")
    } else {
        ("sh", "-c")
    };
    let output = Command::new(shell)
        .args([option, command])
        .stdin(Stdio::inherit())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| failure(format!("cannot be run: {error}")))?;
    if !output.status.success() {
        return Err(failure(format!("failed: {}", output.status)));
    }
    let key = String::from_utf8(output.stdout)
        .map_err(|_| failure("prints something that is not UTF-8".to_owned()))?;
    if key.trim().is_empty() {
        return Err(failure("prints nothing".to_owned()));
    }
    Ok(Secret::from(key))
}

/// The content of a file that only its owner can read.
fn private(path: &Path) -> Result<Secret, Failure> {
    let failure =
        |error: io::Error| Failure::new(Kind::Key, format!("{}: {error}", path.display()));
    let mut file = File::open(path).map_err(failure)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = file.metadata().map_err(failure)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            let problem = format!(
                "{}: others can use the API key in this file (mode {mode:04o})",
                path.display()
            );
            return Err(
                Failure::new(Kind::Key, problem).hint(format!("chmod 600 {}", path.display()))
            );
        }
    }
    let mut key = String::new();
    file.read_to_string(&mut key).map_err(failure)?;
    Ok(Secret::from(key))
}

/// A short name of a key that does not reveal it.
pub(crate) fn fingerprint(key: &Secret) -> String {
    hash(key.expose().trim().as_bytes(), 8)
}

/// The first hexadecimal digits of a SHA-256 hash, at most 32.
pub(crate) fn hash(bytes: &[u8], digits: usize) -> String {
    let hash = Sha256::digest(bytes);
    let half = hash.first_chunk().copied().map_or(0, u128::from_be_bytes);
    format!("{half:032x}").chars().take(digits).collect()
}
