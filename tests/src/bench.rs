//! Benchmarks, as tables of medians. Run by `cargo xtask bench`.
//!
//! Each benchmark is a module with a function that returns its table, and a line in `BENCHMARKS`. `xtask` decides
//! whether it is built with optimisations.

mod build;
mod chart;
mod check;
mod client;
mod command;
mod generator;
mod measure;
pub mod models;
mod peers;
mod quota;
mod report;
mod scratch;
mod sized;
mod table;

use std::{fs, path::Path};

pub use table::{Cell, Table};

use crate::workspace;

/// The usage of the command line.
pub const USAGE: &str = "usage: cargo xtask bench NAME [--json FILE] [--quick] [--save]";

/// A benchmark: its name and its function.
type Benchmark = (&'static str, fn(Effort) -> Result<Table, String>);

/// All benchmarks.
const BENCHMARKS: &[Benchmark] = &[
    ("build", build::run),
    ("check", check::run),
    ("client", client::run),
    ("command", command::run),
    ("generator", generator::run),
    ("models", models::run),
    ("peers", peers::run),
    ("quota", quota::run),
];

/// The effort of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effort {
    /// A test that the benchmark runs: small inputs, one repetition.
    Quick,
    /// The effort for published figures.
    Full,
}

impl Effort {
    /// Chooses a value by effort.
    fn choose<T>(self, quick: T, full: T) -> T {
        match self {
            Self::Quick => quick,
            Self::Full => full,
        }
    }
}

/// Runs the command line without the program's name, prints the table, and returns the exit code: 0 for success, 1 if
/// the benchmark failed, 2 for wrong usage or a file that cannot be written.
pub fn run(arguments: &[String]) -> u8 {
    let mut name = None;
    let mut json = None;
    let mut effort = Effort::Full;
    let mut is_saved = false;
    let mut rest = arguments.iter().map(String::as_str);
    while let Some(argument) = rest.next() {
        match argument {
            "--quick" => effort = Effort::Quick,
            "--save" => is_saved = true,
            "--json" => json = rest.next(),
            word if name.is_none() && !word.starts_with('-') => name = Some(word),
            _ => name = Some(""),
        }
    }
    let wanted = BENCHMARKS.iter().find(|(known, _)| Some(*known) == name);
    let Some((name, benchmark)) = wanted else {
        let names: Vec<&str> = BENCHMARKS.iter().map(|(name, _)| *name).collect();
        eprintln!("{USAGE}\nbenchmarks: {}", names.join(", "));
        return 2;
    };
    let table = match benchmark(effort) {
        Ok(table) => table,
        Err(message) => {
            eprintln!("error: {message}");
            return 1;
        }
    };
    print!("{table}");
    let written = json.map_or(Ok(()), |file| {
        fs::write(Path::new(file), table.to_json(name, effort))
            .map_err(|error| format!("cannot write {file}: {error}"))
    });
    let saved = written.and_then(|()| match (is_saved, effort) {
        (false, _) => Ok(()),
        (true, Effort::Quick) => Err("a quick run has no figures to save".to_owned()),
        (true, Effort::Full) => report::save(workspace(), name, &table),
    });
    match saved {
        Ok(()) => 0,
        Err(message) => {
            eprintln!("error: {message}");
            2
        }
    }
}
