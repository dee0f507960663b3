//! `peers`: other generators on our documents, compared with `heffl`.
//!
//! A generator that cannot be installed, fails, or writes code that does not compile keeps its row, with the reason in
//! a note.

mod program;
mod tools;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use cpu_time::ProcessTime;
use heffl_codegen::Api;

use super::{
    Cell, Effort, Table,
    build::work::{heffl_files, lines, write_stock},
    check, generator,
    measure::{middle, spent},
    models::data,
    report,
    scratch::{Profile, Scratch, head, run as run_program},
};
use crate::workspace;
use tools::{TOOLS, Tool};

/// The page to read, in the shared folder.
const PAGE: &str = "deals.json";

pub(super) fn run(effort: Effort) -> Result<Table, String> {
    let (rounds, reads) = effort.choose((1, 1), (3, 9));
    let home = Scratch::new("bench-peers");
    home.write(PAGE, &data::page(100, data::deal))?;
    let mut peers = Peer::all(&home)?;
    stage(
        &mut peers,
        "to install",
        |_| true,
        |peer| peer.install(&home),
    );
    for _ in 0..rounds {
        stage(
            &mut peers,
            "to generate",
            |peer| peer.generates,
            Peer::generate,
        );
    }
    stage(
        &mut peers,
        "to compile",
        |peer| peer.generates,
        Peer::compile,
    );
    for round in 1..=rounds {
        eprintln!("build, round {round} of {rounds}");
        stage(
            &mut peers,
            "to build",
            |peer| peer.compiles == Some(true),
            Peer::build,
        );
    }
    // If only a part compiles, the part for reading may be sufficient.
    stage(
        &mut peers,
        "to read",
        |peer| peer.compiles.is_some(),
        Peer::prepare,
    );
    for _ in 0..reads {
        stage(
            &mut peers,
            "to read",
            |peer| peer.reads,
            |peer| peer.read(&home),
        );
    }
    Ok(table(&peers))
}

/// Runs a step for all generators that are ready for it, in random order.
fn stage(
    peers: &mut [Peer],
    what: &str,
    is_ready: impl Fn(&Peer) -> bool,
    mut work: impl FnMut(&mut Peer) -> Result<(), String>,
) {
    let mut order: Vec<usize> = (0..peers.len()).collect();
    fastrand::shuffle(&mut order);
    for index in order {
        let peer = &mut peers[index];
        if !is_ready(peer) {
            continue;
        }
        if let Err(why) = work(peer) {
            eprintln!("{} fails {what}: {why}", peer.name);
            let why = short(&why);
            // Code that does not compile cannot read for the same reason.
            if !peer.failures.iter().any(|failure| failure.ends_with(&why)) {
                peer.failures
                    .push(format!("{} fails {what}: {why}", peer.name));
            }
        }
    }
}

fn table(peers: &[Peer]) -> Table {
    let mut table = Table::new(&[
        ("generator", ""),
        ("version", ""),
        ("generate", "ms"),
        ("lines", ""),
        ("packages", ""),
        ("compiles", ""),
        ("build", "s"),
        ("100 deals", "µs"),
        ("custom fields", ""),
    ]);
    for peer in peers {
        let number = |values: &[f64]| match values {
            [] => Cell::None,
            _ => Cell::Number(middle(values.iter().copied())),
        };
        let text = |text: Option<&str>| Cell::Text(text.unwrap_or("-").to_owned());
        table.push([
            Cell::Text(peer.name.to_owned()),
            Cell::Text(peer.version.clone()),
            number(&peer.generated),
            peer.lines.map_or(Cell::None, Cell::Count),
            peer.packages.map_or(Cell::None, Cell::Count),
            text(peer.compiles.map(|it| if it { "yes" } else { "no" })),
            number(&peer.built),
            number(&peer.read),
            text(peer.kept.as_deref()),
        ]);
    }
    table.note(
        "Input: both documents, unchanged. Times are medians of CPU time. generate: the whole process; heffl and \
         progenitor run as libraries. lines: generated Rust. packages: the dependency tree on this system. build: \
         the generated code in the dev profile, without dependencies; for heffl, with its runtime, which other \
         generators have in a separate package. openapi-nexus requires reqwest 0.12 with the system's TLS, all \
         others 0.13 with rustls. 100 deals: time to read a page of deals with ten custom fields each, from \
         bytes, into the type that the client returns. custom fields: whether this type keeps `cf_*` keys.",
    );
    for why in peers.iter().flat_map(|peer| &peer.failures) {
        table.note(why);
    }
    table
}

/// A generator and its results.
struct Peer {
    name: &'static str,
    version: String,
    source: Source,
    scratch: Scratch,
    /// Whether it is installed, and accepted both documents in its last run.
    generates: bool,
    /// Milliseconds.
    generated: Vec<f64>,
    lines: Option<usize>,
    packages: Option<usize>,
    compiles: Option<bool>,
    /// Seconds.
    built: Vec<f64>,
    /// Whether its program for reading works.
    reads: bool,
    /// Microseconds.
    read: Vec<f64>,
    kept: Option<String>,
    /// Why later steps are missing.
    failures: Vec<String>,
}

enum Source {
    Heffl,
    Progenitor,
    Tool {
        tool: &'static Tool,
        program: PathBuf,
    },
}

impl Peer {
    fn all(home: &Scratch) -> Result<Vec<Self>, String> {
        let lock = workspace().join("Cargo.lock");
        let lock = fs::read_to_string(&lock).map_err(|error| format!("Cargo.lock: {error}"))?;
        let progenitor = report::locked_version(&lock, "progenitor").unwrap_or_default();
        let here = [
            ("heffl", env!("CARGO_PKG_VERSION"), Source::Heffl),
            ("progenitor", progenitor, Source::Progenitor),
        ];
        let tools = TOOLS.iter().map(|tool| {
            let program = PathBuf::new();
            (tool.name, tool.version, Source::Tool { tool, program })
        });
        let peer = |(name, version, source): (&'static str, &str, Source)| Self {
            name,
            version: version.to_owned(),
            source,
            scratch: home.inner(name),
            generates: false,
            generated: Vec::new(),
            lines: None,
            packages: None,
            compiles: None,
            built: Vec::new(),
            reads: false,
            read: Vec::new(),
            kept: None,
            failures: Vec::new(),
        };
        Ok(here.into_iter().chain(tools).map(peer).collect())
    }

    fn install(&mut self, home: &Scratch) -> Result<(), String> {
        if let Source::Tool { tool, program } = &mut self.source {
            eprintln!("installing {} {}", tool.name, tool.version);
            *program = tool.install(home.folder())?;
        }
        self.generates = true;
        Ok(())
    }

    /// Generates from both documents.
    fn generate(&mut self) -> Result<(), String> {
        self.generates = false;
        let documents = check::documents(workspace())?;
        let took = match &self.source {
            Source::Heffl => {
                let apis = check::DOCUMENTS.iter().zip(&documents);
                let apis: Vec<Api<'_>> = apis
                    .map(|(&(module, file), document)| Api {
                        module,
                        file,
                        text: &document.text,
                    })
                    .collect();
                let start = ProcessTime::now();
                let files = heffl_codegen::generate("heffl", &apis);
                files.map_err(|problems| format!("{problems:?}"))?;
                start.elapsed()
            }
            Source::Progenitor => {
                let start = ProcessTime::now();
                documents
                    .iter()
                    .try_for_each(|document| generator::progenitor(document).map(drop))?;
                start.elapsed()
            }
            Source::Tool { tool, program } => {
                let mut took = 0.0;
                for (version, document) in check::DOCUMENTS {
                    let folder = self.scratch.path(version);
                    if folder.exists() {
                        fs::remove_dir_all(&folder).map_err(|error| error.to_string())?;
                    }
                    fs::create_dir_all(folder.join("src")).map_err(|error| error.to_string())?;
                    let document = workspace().join(document);
                    let package = format!("{}-{version}", self.name);
                    let spent = spent(|| tool.generate(program, &document, &folder, &package))
                        .map_err(|why| format!("{version}: {why}"))?;
                    took += spent.cpu.unwrap_or(spent.wall);
                }
                Duration::from_secs_f64(took)
            }
        };
        self.generated.push(took.as_secs_f64() * 1e3);
        self.generates = true;
        Ok(())
    }

    /// Makes crates of the generated code, and builds them with their dependencies.
    fn compile(&mut self) -> Result<(), String> {
        eprintln!("building {}", self.name);
        let mut members = self.members();
        let generated = match &self.source {
            Source::Heffl => {
                self.scratch.write(
                    "only/Cargo.toml",
                    &format!("{}{}", head("only"), program::heffl()),
                )?;
                self.scratch.write("only/src/lib.rs", "")?;
                heffl_files()?
            }
            Source::Progenitor => {
                write_stock(&self.scratch)?;
                let version = |(version, _): &(&str, _)| {
                    self.scratch.path(&format!("stock/src/{version}.rs"))
                };
                check::DOCUMENTS.iter().map(version).collect()
            }
            Source::Tool { tool, .. } => {
                let mut files = Vec::new();
                for (version, _) in check::DOCUMENTS {
                    let folder = self.scratch.path(version);
                    rust_files(&folder.join("src"), &mut files)
                        .map_err(|error| format!("{version}: {error}"))?;
                    tool.finish(&folder, &format!("{}-{version}", self.name))?;
                }
                files
            }
        };
        self.lines = Some(lines(&generated)?);
        members.push("read");
        program::write(&self.scratch, self.name, &self.source)?;
        self.scratch.workspace(&members)?;
        let roots = match self.source {
            Source::Heffl => vec!["only".to_owned()],
            _ => self.crates(),
        };
        let roots: Vec<&str> = roots.iter().map(String::as_str).collect();
        let crates = self.crates();
        let tree = self.scratch.tree(&roots)?;
        let is_own = |package: &&String| {
            let name = package.split(' ').next().unwrap_or_default();
            roots.contains(&name) || crates.iter().any(|own| own == name)
        };
        self.packages = Some(tree.iter().filter(|package| !is_own(package)).count());
        self.compiles = Some(false);
        self.build_all()?;
        self.compiles = Some(true);
        Ok(())
    }

    /// The generated crates.
    fn crates(&self) -> Vec<String> {
        match self.source {
            Source::Heffl => vec!["heffl".to_owned()],
            Source::Progenitor => vec!["stock".to_owned()],
            Source::Tool { .. } => check::DOCUMENTS
                .iter()
                .map(|(version, _)| format!("{}-{version}", self.name))
                .collect(),
        }
    }

    /// The folders of the packages that are written.
    fn members(&self) -> Vec<&'static str> {
        match self.source {
            Source::Heffl => vec!["only"],
            Source::Progenitor => vec!["stock"],
            Source::Tool { .. } => vec!["v1", "v2"],
        }
    }

    fn build_all(&self) -> Result<(), String> {
        let crates = self.crates();
        let crates: Vec<&str> = crates.iter().map(String::as_str).collect();
        self.scratch.build(&crates, Profile::Dev)
    }

    /// Rebuilds the generated crates.
    fn build(&mut self) -> Result<(), String> {
        let crates = self.crates();
        let crates: Vec<&str> = crates.iter().map(String::as_str).collect();
        self.scratch.clean(&crates, Profile::Dev)?;
        let spent = spent(|| self.build_all())?;
        self.built.push(spent.cpu.unwrap_or(spent.wall));
        Ok(())
    }

    /// Builds the program that reads.
    fn prepare(&mut self) -> Result<(), String> {
        eprintln!("building what reads by {}", self.name);
        self.scratch
            .build(&[&program::package(self.name)], Profile::Release)?;
        self.reads = true;
        Ok(())
    }

    fn read(&mut self, home: &Scratch) -> Result<(), String> {
        self.reads = false;
        let program = self
            .scratch
            .program(&program::package(self.name), Profile::Release);
        let output = run_program(std::process::Command::new(program).arg(home.path(PAGE)))?;
        let (microseconds, kept) = output.trim().split_once(' ').ok_or("it prints nothing")?;
        let microseconds: f64 = microseconds.parse().map_err(|_| "it prints no time")?;
        self.read.push(microseconds);
        self.kept = Some(kept.to_owned());
        self.reads = true;
        Ok(())
    }
}

/// All files of Rust in a folder.
fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            rust_files(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

/// The first error in one line, without the path of the workspace and the underlines.
fn short(why: &str) -> String {
    let why = why.replace(&workspace().display().to_string(), ".");
    let start = why.find("error").unwrap_or_default();
    let words = why[start..].split_whitespace();
    let words: Vec<&str> = words
        .filter(|word| word.contains(|c: char| c.is_alphanumeric()))
        .collect();
    let line = words.join(" ");
    match line.char_indices().nth(300) {
        Some((end, _)) => line[..end].to_owned() + "…",
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_one_line_and_does_not_say_where_the_workspace_is() {
        let why = format!(
            "error:\n  cannot read {}/spec/a.yaml\n",
            workspace().display()
        );
        assert_eq!(short(&why), "error: cannot read ./spec/a.yaml");
        let long = short(&"é ".repeat(1_000));
        assert!(long.ends_with('…') && long.chars().count() == 301, "{long}");
    }

    #[test]
    fn who_fails_keeps_a_row_and_gets_a_note() {
        let home = Scratch::new("bench-peers");
        let mut peers = Peer::all(&home).unwrap();
        stage(
            &mut peers,
            "to generate",
            |_| true,
            |peer| {
                if peer.name == "ploidy" {
                    return Err("it is tired".to_owned());
                }
                peer.generated.push(1.0);
                Ok(())
            },
        );
        let table = table(&peers).to_markdown();
        assert!(
            table.contains("| ploidy | 0.15.0 | - | - | - | - | - | - | - |"),
            "{table}"
        );
        assert!(table.contains("| oas3-gen | 0.29.0 | 1.00 |"), "{table}");
        assert!(
            table.ends_with("\nploidy fails to generate: it is tired\n"),
            "{table}"
        );
    }
}
