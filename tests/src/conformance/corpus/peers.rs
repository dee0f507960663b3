//! Runs other generators on the same documents.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::{LIMIT, process};
use crate::{peer, workspace};

/// The first argument of a process that generates one document with progenitor.
pub(in crate::conformance) const PROGENITOR: &str = "corpus-progenitor";

/// A generator, and its results.
pub(super) struct Peer {
    name: &'static str,
    /// Absent: it is not installed.
    program: Option<PathBuf>,
    accepted: usize,
    refused: usize,
    /// It panicked, or its stack overflowed.
    crashed: usize,
    timed_out: usize,
    lines: usize,
    time: Duration,
}

impl Peer {
    /// progenitor is linked; openapi-to-rust is where `bench peers` installs it.
    pub(super) fn all() -> [Self; 2] {
        let tool = format!("openapi-to-rust{}", std::env::consts::EXE_SUFFIX);
        let tool = workspace().join("target/bench-peers/tools/bin").join(tool);
        [
            ("progenitor", std::env::current_exe().ok()),
            ("openapi-to-rust", tool.is_file().then_some(tool)),
        ]
        .map(|(name, program)| Self {
            name,
            program,
            accepted: 0,
            refused: 0,
            crashed: 0,
            timed_out: 0,
            lines: 0,
            time: Duration::ZERO,
        })
    }

    /// Generates one document in its own process, so that a crash is only counted.
    pub(super) async fn generate(&mut self, document: &Path, folder: &Path) {
        let Some(program) = &self.program else {
            return;
        };
        let out = folder.join(self.name);
        let _ = fs::remove_dir_all(&out);
        if fs::create_dir_all(&out).is_err() {
            return;
        }
        let mut command = process::command(program);
        if self.name == "progenitor" {
            command.arg(PROGENITOR).arg(document).arg(&out);
        } else {
            command.arg("generate").arg(document);
            command.arg("--output-dir").arg(&out);
            command.args(["--module-name", "document"]);
        }
        let begin = Instant::now();
        let ended = tokio::time::timeout(LIMIT, process::run(&mut command)).await;
        self.time += begin.elapsed();
        match ended {
            Err(_) => self.timed_out += 1,
            Ok(ended) if ended.success => {
                self.accepted += 1;
                self.lines += lines(&out);
            }
            Ok(ended) if is_crash(&ended.output) => self.crashed += 1,
            Ok(_) => self.refused += 1,
        }
    }

    /// Its row of the table.
    pub(super) fn row(&self) -> String {
        let name = self.name;
        if self.program.is_none() {
            return format!("{name:16} not installed: `cargo xtask bench peers` installs it");
        }
        format!(
            "{name:16} {:8} {:8} {:8} {:9} {:>8} {:8} {:8.1}",
            self.accepted,
            self.refused,
            self.crashed,
            self.timed_out,
            "-",
            self.lines,
            self.time.as_secs_f64()
        )
    }
}

fn is_crash(output: &str) -> bool {
    output.contains("panicked at") || output.contains("has overflowed its stack")
}

/// The lines of Rust in a folder.
fn lines(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let of = |path: PathBuf| match path.extension() {
        _ if path.is_dir() => lines(&path),
        Some(extension) if extension == "rs" => {
            fs::read_to_string(&path).map_or(0, |text| text.lines().count())
        }
        _ => 0,
    };
    entries.map(|entry| of(entry.path())).sum()
}

/// Generates one document with progenitor. Run in a process of its own.
pub(in crate::conformance) fn progenitor(arguments: &[&str]) -> u8 {
    let [file, out] = arguments else {
        return 2;
    };
    let text = fs::read(file).map_err(|error| error.to_string());
    let source = text.and_then(|text| peer::progenitor(&String::from_utf8_lossy(&text)));
    let written = source.and_then(|source| {
        fs::write(Path::new(out).join("lib.rs"), source).map_err(|error| error.to_string())
    });
    match written {
        Ok(()) => 0,
        Err(message) => {
            eprintln!("{message}");
            1
        }
    }
}
