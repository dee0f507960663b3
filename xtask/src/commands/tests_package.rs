//! `conformance` and `bench`: their work is done by programs of the package `heffl-tests`, which uses the `heffl`
//! crate. The commands here must build without that crate, because they write it.

use std::{
    ffi::{OsStr, OsString},
    io, path,
    process::{Command, Stdio},
};

use heffl_spec::Finding;

use crate::{
    cli::{BenchArguments, ConformanceArguments},
    failed::Result,
    task::{Outcome, Task},
};

/// Runs the tools, and returns their exit code.
pub(crate) fn conformance(
    task: &mut Task<'_, '_>,
    arguments: &ConformanceArguments,
) -> Result<Outcome> {
    let what = arguments.what.as_deref();
    // Each document has a limit of time, which is meant for code with optimisations.
    let profile: &[&str] = match what {
        Some("corpus") => &["--release"],
        _ => &[],
    };
    let mut given: Vec<OsString> = what.map(OsString::from).into_iter().collect();
    if let Some(folder) = &arguments.dir {
        let folder = path::absolute(folder).unwrap_or_else(|_| folder.clone());
        given.extend(["--dir".into(), folder.into_os_string()]);
    }
    given.extend(arguments.no_skip.then(|| "--no-skip".into()));
    run(task, "conformance", profile, given)
}

/// Runs one benchmark, and returns its exit code.
pub(crate) fn bench(task: &mut Task<'_, '_>, arguments: &BenchArguments) -> Result<Outcome> {
    let BenchArguments {
        name,
        json,
        quick,
        save,
    } = arguments;
    // Commands of `cargo xtask` are measured in its profile, libraries in the release profile. For benchmarks that
    // build programs or wait, the profile does not matter.
    let profile: &[&str] = match name.as_str() {
        "build" | "check" | "command" | "quota" => &[],
        _ => &["--release"],
    };
    let mut arguments = vec![OsString::from(name)];
    if let Some(file) = json {
        let file = path::absolute(file).unwrap_or_else(|_| file.clone());
        arguments.extend(["--json".into(), file.into_os_string()]);
    }
    arguments.extend(quick.then(|| "--quick".into()));
    arguments.extend(save.then(|| "--save".into()));
    run(task, "bench", profile, arguments)
}

fn run(
    task: &mut Task<'_, '_>,
    program: &str,
    profile: &[&str],
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Result<Outcome> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .current_dir(&task.root)
        .args([
            "run",
            "--quiet",
            "--package",
            "heffl-tests",
            "--bin",
            program,
        ])
        .args(profile)
        .arg("--")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let status = command.spawn().and_then(|mut child| {
        let results = child.stdout.take();
        let copied = results.map(|mut results| io::copy(&mut results, task.streams.out));
        let status = child.wait()?;
        copied.transpose()?;
        Ok(status)
    });
    let status = status.map_err(|error| {
        Finding::new("cannot-run", format!("cannot run `{program}`: {error}"))
            .help("run it as `cargo xtask`")
    })?;
    // A process that was ended by a signal has no exit code.
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(Outcome::Exit(code.unwrap_or(2)))
}
