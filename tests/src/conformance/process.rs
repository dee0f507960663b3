//! Runs third-party programs to their end or to a time limit.

use std::{
    io,
    path::Path,
    process::{Output, Stdio},
    time::Duration,
};

use tokio::{io::AsyncWriteExt as _, process::Command, time::error::Elapsed};

/// No tool may take longer. The longest run is a build without a cache on a slow machine.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// How a program ended.
#[derive(Clone, Debug)]
pub(super) struct Ended {
    pub(super) success: bool,
    /// What it printed to both outputs.
    pub(super) output: String,
    /// What it printed to standard output.
    pub(super) results: String,
}

impl Ended {
    fn failed(output: String) -> Self {
        Self {
            success: false,
            output,
            results: String::new(),
        }
    }
}

/// A command without prompts and telemetry, which is stopped with this process.
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
    ended(tokio::time::timeout(LIMIT, command.output()).await)
}

/// Runs a command to its end, with this text as its input.
pub(super) async fn run_with_input(command: &mut Command, input: &str) -> Ended {
    let running = async {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let stdin = child.stdin.take();
        let write = async {
            if let Some(mut stdin) = stdin {
                // A program that stops reading reports the reason itself.
                let _ = stdin.write_all(input.as_bytes()).await;
            }
        };
        let ((), output) = tokio::join!(write, child.wait_with_output());
        output
    };
    ended(tokio::time::timeout(LIMIT, running).await)
}

fn ended(outcome: Result<io::Result<Output>, Elapsed>) -> Ended {
    match outcome {
        Ok(Ok(output)) => {
            let results = String::from_utf8_lossy(&output.stdout).into_owned();
            Ended {
                success: output.status.success(),
                output: results.clone() + &String::from_utf8_lossy(&output.stderr),
                results,
            }
        }
        // The program could not be found or started.
        Ok(Err(error)) => Ended::failed(format!("cannot be started: {error}")),
        Err(_) => Ended::failed(format!("stopped after {} minutes", LIMIT.as_secs() / 60)),
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
    async fn a_missing_program_is_a_failed_run() {
        let ended = run(&mut command("no-such-program-anywhere")).await;
        assert!(!ended.success);
        assert!(ended.output.starts_with("cannot be started: "));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_program_gets_its_input() {
        let text = "more than fits into a pipe\n".repeat(10_000);
        let ended = run_with_input(&mut command("cat"), &text).await;
        assert!(ended.success && ended.results == text);
        let ended = run_with_input(&mut command("true"), &text).await;
        assert!(ended.success && ended.results.is_empty());
    }

    #[test]
    fn an_unreachable_registry_is_distinguished_from_a_refusal() {
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
