//! `conformance` and `bench`: their work is done by programs of the package `heffl-tests`, which uses the `heffl` crate.
//! The commands here must build without that, for they write it.

use std::{
    ffi::OsStr,
    io,
    path::{self, Path},
    process::{Command, Stdio},
};

use clap::{ValueEnum as _, builder::PossibleValue};
use heffl_spec::Finding;

use crate::{
    cli::{Benchmark, Judged},
    streams::Streams,
};

/// Runs the judges, and returns their exit code.
pub(crate) fn conformance(
    root: &Path,
    what: Option<Judged>,
    no_skip: bool,
    streams: &mut Streams<'_>,
) -> Result<u8, Finding> {
    let what = what.as_ref().and_then(Judged::to_possible_value);
    let arguments = what.as_ref().map(PossibleValue::get_name).into_iter();
    let arguments = arguments.chain(no_skip.then_some("--no-skip"));
    run(root, "conformance", Profile::Dev, arguments, streams)
}

/// Runs one benchmark, and returns its exit code.
pub(crate) fn bench(
    root: &Path,
    benchmark: Benchmark,
    json: Option<&Path>,
    quick: bool,
    save: bool,
    streams: &mut Streams<'_>,
) -> Result<u8, Finding> {
    let name = benchmark.to_possible_value();
    let name = name.as_ref().map_or("", |value| value.get_name());
    let json = json.map(|file| path::absolute(file).unwrap_or_else(|_| file.to_owned()));
    let mut arguments = vec![OsStr::new(name)];
    if let Some(file) = &json {
        arguments.extend([OsStr::new("--json"), file.as_os_str()]);
    }
    arguments.extend(quick.then_some(OsStr::new("--quick")));
    arguments.extend(save.then_some(OsStr::new("--save")));
    run(root, "bench", benchmark.profile(), arguments, streams)
}

/// How a program is built.
#[derive(Clone, Copy, Debug)]
enum Profile {
    Dev,
    Release,
}

impl Benchmark {
    /// What is run by `cargo xtask` is measured as `cargo xtask` builds it, everything else as users build it. What builds
    /// programs of its own may itself be built in any way.
    fn profile(self) -> Profile {
        match self {
            Self::Build | Self::Check => Profile::Dev,
            Self::Client | Self::Generator | Self::Models | Self::Peers => Profile::Release,
        }
    }
}

fn run(
    root: &Path,
    program: &str,
    profile: Profile,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    streams: &mut Streams<'_>,
) -> Result<u8, Finding> {
    let failed = |error: io::Error| {
        Finding::new("cannot-run", format!("cannot run `{program}`: {error}"))
            .help("run it as `cargo xtask`")
    };
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .current_dir(root)
        .args(["run", "--quiet", "--package", "heffl-tests"])
        .args(["--bin", program])
        .args(match profile {
            Profile::Dev => None,
            Profile::Release => Some("--release"),
        })
        .arg("--")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    let copied = match child.stdout.take() {
        Some(mut results) => io::copy(&mut results, streams.out).map(|_| ()),
        None => Ok(()),
    };
    let status = child.wait().map_err(failed)?;
    copied.map_err(failed)?;
    // Ended by a signal, it has no code: not a result.
    Ok(status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(2))
}
