//! Runs other generators on the same documents, and compiles what they generate.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::{
    LIMIT,
    batches::{Failures, Module, cargo, compile, errors},
    process,
};
use crate::{peer, workspace};

/// The first argument of a process that generates one document with progenitor.
pub(in crate::conformance) const PROGENITOR: &str = "corpus-progenitor";

/// What progenitor's code may need. It does not list its dependencies.
const PROGENITOR_NEEDS: &str = r#"base64 = "0.22"
bytes = "1"
chrono = { version = "0.4", features = ["serde"] }
futures = "0.3"
futures-core = "0.3"
progenitor-client = "=0.15.1"
regress = "0.12"
reqwest = { version = "0.13", default-features = false, features = ["json", "multipart", "query", "stream"] }
serde = { version = "1", features = ["derive"] }
serde_json = "1"
serde_urlencoded = "0.7"
uuid = { version = "1", features = ["serde", "v4"] }
"#;

/// The list of dependencies that openapi-to-rust writes.
const LISTED: &str = "REQUIRED_DEPS.toml";

/// A generator, and its results.
pub(super) struct Peer {
    name: &'static str,
    /// The path of the generator; `None` if it is not installed.
    program: Option<PathBuf>,
    /// The crate of all modules.
    package: PathBuf,
    accepted: Vec<Module>,
    refused: usize,
    /// The number of documents for which it panicked, or its stack overflowed.
    crashed: usize,
    timed_out: usize,
    time: Duration,
    /// The modules that do not compile; an error if nothing could be compiled.
    failures: Result<Failures, String>,
}

impl Peer {
    /// progenitor is linked; openapi-to-rust is where `bench peers` installs it.
    pub(super) fn all(folder: &Path) -> [Self; 2] {
        let tool = format!("openapi-to-rust{}", std::env::consts::EXE_SUFFIX);
        let tool = workspace().join("target/bench-peers/tools/bin").join(tool);
        [
            ("progenitor", std::env::current_exe().ok()),
            ("openapi-to-rust", tool.is_file().then_some(tool)),
        ]
        .map(|(name, program)| {
            let package = folder.join(name);
            let _ = fs::remove_dir_all(&package);
            Self {
                name,
                program,
                package,
                accepted: Vec::new(),
                refused: 0,
                crashed: 0,
                timed_out: 0,
                time: Duration::ZERO,
                failures: Ok(Failures::new()),
            }
        })
    }

    /// Generates one document in its own process, so that a crash is only counted.
    pub(super) async fn generate(&mut self, document: &Path, module: &str) {
        let Some(program) = &self.program else {
            return;
        };
        let out = self.package.join("src").join(module);
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
            Ok(ended) if ended.success => self.accepted.push(Module {
                name: module.to_owned(),
                lines: lines(&out),
            }),
            Ok(ended) if is_crash(&ended.output) => self.crashed += 1,
            Ok(_) => self.refused += 1,
        }
    }

    /// Compiles the generated code.
    pub(super) async fn compile(&mut self) {
        if self.program.is_none() {
            return;
        }
        let accepted = self.accepted.iter().map(|module| Module {
            name: module.name.clone(),
            lines: module.lines,
        });
        let check = async |modules: &[String]| self.check(modules).await;
        let failures = match self.write_manifest() {
            Ok(()) => compile(accepted.collect(), check).await,
            Err(error) => Err(error.to_string()),
        };
        self.failures = failures;
    }

    async fn check(&self, modules: &[String]) -> Result<Failures, String> {
        let mut root = "#![allow(warnings)]\n".to_owned();
        for module in modules {
            let _ = writeln!(root, "pub mod {module};");
        }
        fs::write(self.package.join("src/lib.rs"), root).map_err(|error| error.to_string())?;
        let target = self.package.with_file_name("target");
        errors(&mut cargo("check", &self.package, &target), modules).await
    }

    fn write_manifest(&self) -> std::io::Result<()> {
        let needs = match self.name {
            "progenitor" => PROGENITOR_NEEDS.to_owned(),
            _ => self.listed(),
        };
        fs::create_dir_all(self.package.join("src"))?;
        fs::write(
            self.package.join("Cargo.toml"),
            format!(
                "[package]\nname = \"{}-documents\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{needs}",
                self.name
            ),
        )?;
        fs::copy(
            workspace().join("Cargo.lock"),
            self.package.join("Cargo.lock"),
        )
        .map(drop)
    }

    /// The dependencies that it lists for each document, together.
    fn listed(&self) -> String {
        let mut needs: BTreeMap<String, String> = BTreeMap::new();
        for module in &self.accepted {
            let file = self.package.join("src").join(&module.name).join(LISTED);
            let text = fs::read_to_string(file).unwrap_or_default();
            let (_, list) = text.split_once("[dependencies]\n").unwrap_or_default();
            for (name, need) in list.lines().filter_map(|line| line.split_once(" = ")) {
                let known = needs.entry(name.to_owned()).or_default();
                *known = with_features(known, need);
            }
        }
        let lines = needs
            .iter()
            .map(|(name, need)| format!("{name} = {need}\n"));
        lines.collect()
    }

    /// Its row of the table.
    pub(super) fn row(&self) -> String {
        let name = self.name;
        if self.program.is_none() {
            return format!("{name:16} not installed: `cargo xtask bench peers` installs it");
        }
        let accepted = self.accepted.len();
        let compiles = match &self.failures {
            Ok(failures) => (accepted - failures.len()).to_string(),
            Err(_) => "-".to_owned(),
        };
        format!(
            "{name:16} {accepted:8} {:8} {:8} {:9} {compiles:>8} {:8} {:8.1}",
            self.refused,
            self.crashed,
            self.timed_out,
            self.accepted
                .iter()
                .map(|module| module.lines)
                .sum::<usize>(),
            self.time.as_secs_f64()
        )
    }

    /// Prints the documents whose code does not compile, with the first line of the first error.
    pub(super) fn print_failures<'a>(&self, document: impl Fn(&str) -> &'a str) {
        match &self.failures {
            Ok(failures) => {
                for (module, messages) in failures {
                    let first = messages.first().map_or("", |message| first_line(message));
                    println!(
                        "{} does not compile: {module} {}, {} errors: {first}",
                        self.name,
                        document(module),
                        messages.len(),
                    );
                }
            }
            Err(message) => println!("{} cannot be compiled: {message}", self.name),
        }
    }
}

/// A dependency with the features of both lines.
fn with_features(known: &str, need: &str) -> String {
    const FEATURES: &str = "features = [";
    let features = |line: &str| -> BTreeSet<String> {
        let list = line
            .split_once(FEATURES)
            .and_then(|(_, rest)| rest.split_once(']'));
        let list = list.map_or("", |(list, _)| list).split(',').map(str::trim);
        list.filter(|it| !it.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let longer = if need.len() > known.len() {
        need
    } else {
        known
    };
    let Some((begin, rest)) = longer.split_once(FEATURES) else {
        return longer.to_owned();
    };
    let end = rest.split_once(']').map_or("", |(_, end)| end);
    let all: Vec<String> = features(known).union(&features(need)).cloned().collect();
    format!("{begin}{FEATURES}{}]{end}", all.join(", "))
}

fn first_line(message: &str) -> &str {
    message.lines().next().unwrap_or_default()
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
        fs::write(Path::new(out).join("mod.rs"), source).map_err(|error| error.to_string())
    });
    match written {
        Ok(()) => 0,
        Err(message) => {
            eprintln!("{message}");
            1
        }
    }
}

#[cfg(test)]
mod tests {
    use super::with_features;

    #[test]
    fn a_dependency_has_the_features_that_any_document_needs() {
        let first = r#"{ version = "1", features = ["query", "stream"] }"#;
        let second = r#"{ version = "1", features = ["json", "query"] }"#;
        assert_eq!(with_features("", first), first);
        assert_eq!(
            with_features(first, second),
            r#"{ version = "1", features = ["json", "query", "stream"] }"#
        );
        assert_eq!(with_features(r#""2""#, r#""2""#), r#""2""#);
    }
}
