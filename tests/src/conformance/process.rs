//! Other people's programs, run to their end or to a time limit.

use std::{path::Path, process::Stdio, time::Duration};

use tokio::process::Command;

/// No tool may take longer; compiling from nothing on a slow machine is the longest.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// How a program ended.
#[derive(Clone, Debug)]
pub(super) struct Ended {
    pub(super) success: bool,
    /// What it printed to both outputs.
    pub(super) output: String,
}

impl Ended {
    /// The program could not be found or started.
    fn not_started(error: &std::io::Error) -> Self {
        Self {
            success: false,
            output: format!("cannot be started: {error}"),
        }
    }
}

/// A command that never asks, never reports home, and is stopped with us.
pub(super) fn command(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new(program.as_ref());
    command
        .env("NO_COLOR", "1")
        .env("REDOCLY_TELEMETRY", "off")
        .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true")
        .env("NO_UPDATE_NOTIFIER", "1")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Runs a command to its end.
pub(super) async fn run(command: &mut Command) -> Ended {
    match tokio::time::timeout(LIMIT, command.output()).await {
        Ok(Ok(output)) => {
            let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
            text.push_str(&String::from_utf8_lossy(&output.stderr));
            Ended {
                success: output.status.success(),
                output: text,
            }
        }
        Ok(Err(error)) => Ended::not_started(&error),
        Err(_) => Ended {
            success: false,
            output: format!("stopped after {} minutes", LIMIT.as_secs() / 60),
        },
    }
}

/// Whether this is the output of a program that could not reach a registry.
pub(super) fn is_unreachable(output: &str) -> bool {
    const SIGNS: [&str; 16] = [
        // npm
        "ENOTFOUND",
        "ECONNREFUSED",
        "ECONNRESET",
        "ETIMEDOUT",
        "EAI_AGAIN",
        "ENETUNREACH",
        "EHOSTUNREACH",
        // pip
        "NewConnectionError",
        "ConnectTimeoutError",
        "ReadTimeoutError",
        "ProxyError",
        "Failed to establish a new connection",
        // cargo
        "Could not resolve host",
        "Could not connect to server",
        "Failed to connect to",
        "spurious network error",
    ];
    SIGNS.iter().any(|sign| output.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_program_that_is_not_there_is_a_result() {
        let ended = run(&mut command("no-such-program-anywhere")).await;
        assert!(!ended.success);
        assert!(ended.output.starts_with("cannot be started: "));
    }

    #[test]
    fn an_unreachable_registry_is_told_from_a_refusal() {
        for output in [
            "npm error code ECONNREFUSED\nnpm error syscall connect",
            "npm error request to https://registry.example/x failed, reason: getaddrinfo EAI_AGAIN",
            "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(...)'",
            "warning: spurious network error (3 tries remaining): [6] Could not resolve host",
        ] {
            assert!(is_unreachable(output), "{output}");
        }
        for output in [
            "npm error code EINTEGRITY",
            "npm error code EUSAGE\nnpm ci can only install packages when in sync",
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            "error[E0425]: cannot find value `x` in this scope",
        ] {
            assert!(!is_unreachable(output), "{output}");
        }
    }
}
