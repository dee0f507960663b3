//! The command `heffl` with folders of its own and without the environment's keys.

use std::{
    env,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use heffl_test_server::TestServer;
use serde_json::Value;

pub(crate) struct Sandbox {
    home: tempfile::TempDir,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// The file of the saved key.
    pub(crate) fn saved_key(&self) -> PathBuf {
        self.home().join("config/heffl/key")
    }

    /// The command without a key.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_heffl"));
        command.args(arguments).stdin(Stdio::null());
        for name in ["HEFFL_API_KEY", "HEFFL_API_KEY_COMMAND", "HEFFL_BASE_URL"] {
            command.env_remove(name);
        }
        for (name, folder) in [
            ("HOME", ""),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_STATE_HOME", "state"),
            ("APPDATA", "config"),
            ("LOCALAPPDATA", "state"),
        ] {
            command.env(name, self.home().join(folder));
        }
        command
    }

    /// The command with the address of a server.
    pub(crate) fn command_at(&self, server: &TestServer, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments);
        command.env("HEFFL_BASE_URL", server.base_url());
        command
    }

    /// Runs the command with the address and the key of a server.
    pub(crate) fn run(&self, server: &TestServer, arguments: &[&str]) -> Output {
        let mut command = self.command_at(server, arguments);
        command.env("HEFFL_API_KEY", server.key());
        command.output().unwrap()
    }
}

/// Whether a program that a test needs is installed. If it is not, the test fails where `HEFFL_NEEDS_PROGRAMS` is set.
/// Elsewhere this prints a note about the omitted part, even if the test passes.
pub(crate) fn is_installed(program: &str, left_out: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        let is_needed = env::var_os("HEFFL_NEEDS_PROGRAMS").is_some();
        assert!(!is_needed, "{program} is not installed");
        // The test runner hides the output of `eprintln!`.
        let note = format!("note: {program} is not installed: {left_out}\n");
        io::stderr().write_all(note.as_bytes()).unwrap();
    }
    found
}

/// Runs a command with text on standard input.
pub(crate) fn with_input(command: &mut Command, text: &str) -> Output {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A command that rejects its arguments does not read its input.
    let _ = stdin.write_all(text.as_bytes());
    drop(stdin);
    child.wait_with_output().unwrap()
}

#[track_caller]
pub(crate) fn assert_code(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The error that the command reports as JSON on standard error.
pub(crate) fn error(output: &Output) -> Value {
    let all: Value = serde_json::from_slice(&output.stderr).unwrap();
    all["error"].clone()
}

/// The output of a run, and its exit code.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// The standard output as one JSON value.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{self:?}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The standard output as one JSON value for each line.
    pub(crate) fn lines(&self) -> Vec<Value> {
        assert_eq!(self.code, Some(0), "{self:?}");
        let lines = self.stdout.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The standard error of a run that has failed with this exit code.
    pub(crate) fn failed(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        &self.stderr
    }
}

/// Runs the command against an address, in a sandbox of its own.
pub(crate) fn at(base_url: &str, key: &str, arguments: &[&str], stdin: &str) -> Run {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(arguments);
    command
        .env("HEFFL_BASE_URL", base_url)
        .env("HEFFL_API_KEY", key);
    let output = with_input(&mut command, stdin);
    Run {
        code: output.status.code(),
        stdout: stdout(&output),
        stderr: stderr(&output),
    }
}

/// Runs the command against a test server.
pub(crate) fn heffl(server: &TestServer, arguments: &[&str]) -> Run {
    at(server.base_url(), server.key(), arguments, "")
}

/// All operations, as `heffl docs --json` lists them.
pub(crate) fn operations() -> Vec<Value> {
    let docs = offline(&["docs", "--json"], "").json();
    docs["operations"].as_array().unwrap().clone()
}

/// Runs the command where there is no server.
pub(crate) fn offline(arguments: &[&str], stdin: &str) -> Run {
    at(
        "http://127.0.0.1:9/api",
        "heffl_user_none",
        arguments,
        stdin,
    )
}
