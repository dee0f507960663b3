//! The commands of this workspace. They call `heffl-spec` and `heffl-codegen`.
//!
//! This is a library, so that tests can call [`run`] without starting a process.

mod cli;
mod commands;
mod failed;
mod streams;
mod task;

use std::{ffi::OsString, io::ErrorKind, path::PathBuf};

use clap::{CommandFactory as _, Parser as _};
use heffl_spec::{
    Finding,
    report::{Report, Verdict},
};

pub use streams::Streams;

use cli::{Cli, Command, DocsCommand, GenerateArguments};
use commands::{custom_fields, diff, docs, package, stages, tests_package};
use failed::Result;
use task::{Outcome, Task};

/// Runs a command line, whose first element is the name of the program, and returns the exit code: 0 for success,
/// 1 for drift or violations, 2 for wrong usage or invalid input.
pub fn run<I>(arguments: I, streams: &mut Streams<'_>) -> u8
where
    I: IntoIterator,
    I::Item: Into<OsString> + Clone,
{
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(usage) if usage.use_stderr() => {
            streams.note(usage.render().to_string().trim_end());
            return Verdict::Invalid.exit_code();
        }
        Err(help) => return finish(streams, &help.render().to_string(), Verdict::UpToDate),
    };
    let Some(command) = cli.command else {
        let help = Cli::command().render_long_help().to_string();
        return finish(streams, &help, Verdict::UpToDate);
    };
    let outcome = root(cli.root).and_then(|root| execute(command, &mut Task { root, streams }));
    let report = match outcome {
        Ok(Outcome::Report(report)) => report,
        Ok(Outcome::Drift(report, markdown, verdict)) => {
            let text = markdown.unwrap_or_else(|| report.render(cli.format));
            return finish(streams, &text, verdict);
        }
        Ok(Outcome::Text(text)) => return finish(streams, &text, Verdict::UpToDate),
        Ok(Outcome::Exit(code)) => return code,
        Err(failed) => {
            let mut report = Report::default();
            report.invalid(failed.0);
            report
        }
    };
    finish(streams, &report.render(cli.format), report.verdict())
}

fn execute(command: Command, task: &mut Task<'_, '_>) -> Result<Outcome> {
    match command {
        Command::Generate(GenerateArguments {
            document: Some(document),
            out: Some(out),
            name,
            ..
        }) => package::write(task, &document, &out, name),
        Command::Generate(GenerateArguments { check, .. }) => {
            stages::generate(task, check).map(Outcome::Report)
        }
        Command::Assemble { check } => stages::assemble(task, check).map(Outcome::Report),
        Command::Check => Ok(Outcome::Report(stages::check(task))),
        Command::Docs(DocsCommand::Pull(arguments)) => docs::pull(task, &arguments),
        Command::Docs(DocsCommand::Drift(arguments)) => Ok(docs::drift(task, &arguments)),
        Command::Docs(DocsCommand::Observe { report }) => docs::observe(task, &report),
        Command::Diff(arguments) => diff::run(task, &arguments),
        Command::CustomFields(arguments) => custom_fields::run(task, &arguments),
        Command::Conformance(arguments) => tests_package::conformance(task, &arguments),
        Command::Bench(arguments) => tests_package::bench(task, &arguments),
    }
}

/// The workspace: the one on the command line, or the one that `cargo xtask` runs in.
fn root(named: Option<PathBuf>) -> Result<PathBuf> {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let root = named.or_else(|| Some(package?.parent()?.to_owned()));
    let Some(root) = root else {
        let finding = Finding::new("no-workspace", "cannot find the workspace");
        return Err(finding.help("run it as `cargo xtask`").into());
    };
    if root.is_dir() {
        return Ok(root);
    }
    let finding = Finding::new("no-workspace", "this is not a directory");
    Err(finding.file(root.display().to_string()).into())
}

/// Prints the result. A closed pipe is not a failure; any other write error is.
fn finish(streams: &mut Streams<'_>, result: &str, verdict: Verdict) -> u8 {
    let out = &mut streams.out;
    match out.write_all(result.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            streams.note(&format!("cannot print the result: {error}"));
            Verdict::Invalid.exit_code()
        }
        _ => verdict.exit_code(),
    }
}
