//! Runs of the command.
#![allow(dead_code, reason = "each file of tests uses a part")]

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use heffl_test_server::TestServer;
use serde_json::Value;

/// What a run has printed, and its exit code.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// What was printed, as one JSON value.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{self:?}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// What was printed, as one JSON value a line.
    pub(crate) fn lines(&self) -> Vec<Value> {
        assert_eq!(self.code, Some(0), "{self:?}");
        let lines = self.stdout.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The error, of a run that has failed with an exit code.
    pub(crate) fn failed(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        &self.stderr
    }
}

/// Runs the command against an address.
pub(crate) fn at(base_url: &str, key: &str, arguments: &[&str], stdin: &str) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_heffl"))
        .args(arguments)
        .env("HEFFL_BASE_URL", base_url)
        .env("HEFFL_API_KEY", key)
        .env("XDG_STATE_HOME", folder.path())
        .env("LOCALAPPDATA", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A run that does not read it may have ended.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs the command against a test server.
pub(crate) fn heffl(server: &TestServer, arguments: &[&str]) -> Run {
    at(server.base_url(), server.key(), arguments, "")
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
