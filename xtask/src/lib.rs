//! Commands of this workspace. Thin: what they do lives in `heffl-spec` and `heffl-codegen`.
//!
//! A library, so that tests can call [`run`] without a process.

mod cli;
mod commands;
mod streams;
mod tests_package;

use std::{
    ffi::OsString,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use clap::{CommandFactory as _, Parser as _};
use heffl_spec::{
    Finding,
    report::{Report, Verdict},
};

pub use streams::Streams;

use cli::{Cli, Command, DocsCommand};
use commands::{
    Pair,
    custom_fields::{self, Request},
};

/// Runs the command line `arguments`, the first of which is the program, and returns the exit code:
/// 0 all well, 1 drift or violations, 2 wrong usage or invalid input.
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
        Err(help) => return finish(streams, &help.render().to_string(), Verdict::AllWell),
    };
    let Some(command) = cli.command else {
        let help = Cli::command().render_long_help().to_string();
        return finish(streams, &help, Verdict::AllWell);
    };
    let report = match root(cli.root) {
        Ok(root) => match command {
            Command::Generate { check } => commands::generate(&root, check, streams),
            Command::Assemble { check } => commands::assemble(&root, check, streams),
            Command::Docs {
                command: DocsCommand::Pull { from, check, fetch },
            } => commands::pull(&root, &from, check, &fetch.options(), streams),
            Command::Docs {
                command:
                    DocsCommand::Drift {
                        from,
                        report,
                        issue,
                        fetch,
                    },
            } => {
                let file = report.as_deref();
                let drift = commands::drift(&root, &from, file, &issue, &fetch.options(), streams);
                let result = match &file {
                    Some(file) if *file == Path::new("-") => drift.markdown,
                    _ => drift.report.render(cli.format),
                };
                return finish(streams, &result, drift.verdict);
            }
            Command::Check => commands::check(&root, streams),
            Command::Conformance { what, no_skip } => {
                match tests_package::conformance(&root, what, no_skip, streams) {
                    Ok(exit_code) => return exit_code,
                    Err(finding) => invalid(finding),
                }
            }
            Command::Bench {
                name,
                json,
                quick,
                save,
            } => match tests_package::bench(&root, name, json.as_deref(), quick, save, streams) {
                Ok(exit_code) => return exit_code,
                Err(finding) => invalid(finding),
            },
            Command::Diff {
                old,
                new,
                base,
                fail_on,
                accept,
            } => {
                let pair = match (&old, &new) {
                    (Some(old), Some(new)) => Pair::Two { old, new },
                    // The command line lets no other case through.
                    _ => Pair::Base(base.as_deref().unwrap_or("HEAD")),
                };
                commands::diff(&root, &pair, fail_on, accept.as_deref(), streams)
            }
            Command::CustomFields {
                from,
                entity,
                out,
                check,
                against,
                fail_on,
            } => {
                let request = Request {
                    from: &from,
                    entity: entity.as_deref(),
                };
                match (&out, &against) {
                    (Some(out), _) => custom_fields::write(&request, out, check, streams),
                    (None, Some(against)) => custom_fields::compare(&request, against, fail_on),
                    (None, None) => match custom_fields::print(&request, streams) {
                        Ok(source) => return finish(streams, &source, Verdict::AllWell),
                        Err(report) => report,
                    },
                }
            }
        },
        Err(finding) => invalid(finding),
    };
    finish(streams, &report.render(cli.format), report.verdict())
}

fn invalid(finding: Finding) -> Report {
    let mut report = Report::default();
    report.invalid([finding]);
    report
}

/// The workspace: named on the command line, or the one that `cargo xtask` runs in.
fn root(named: Option<PathBuf>) -> Result<PathBuf, Finding> {
    let root = named
        .or_else(|| {
            let package = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR")?);
            Some(package.parent()?.to_owned())
        })
        .ok_or_else(|| {
            Finding::new("no-workspace", "cannot tell which workspace is meant")
                .help("run it as `cargo xtask`")
        })?;
    if root.is_dir() {
        Ok(root)
    } else {
        Err(Finding::new("no-workspace", "this is not a directory")
            .file(root.display().to_string()))
    }
}

/// Prints the result. A reader who has seen enough and closed the pipe is no failure; a result that
/// is lost otherwise is.
fn finish(streams: &mut Streams<'_>, result: &str, verdict: Verdict) -> u8 {
    let printed: io::Result<()> = streams
        .out
        .write_all(result.as_bytes())
        .and_then(|()| streams.out.flush());
    match printed {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            streams.note(&format!("cannot print the result: {error}"));
            Verdict::Invalid.exit_code()
        }
        _ => verdict.exit_code(),
    }
}
