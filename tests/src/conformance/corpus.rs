//! Generates from a folder of third-party documents, and compiles the accepted ones.
//!
//! Every document is generated in its own process, so that a panic, a stack overflow or a hang affects only that
//! document. Accepted documents are compiled in batches: a batch is a copy of the runtime with a module for each
//! document. Other generators do the same work.

mod batches;
mod counts;
mod peers;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use heffl_codegen::{Api, generate_with_calls};
use serde_json::{Value, json};

use super::process;
use crate::workspace;
use batches::{Failures, Module, cargo, compile, errors};
use counts::Counts;
use peers::Peer;
pub(super) use peers::{PROGENITOR, progenitor};

/// The first argument of a process that generates one document.
pub(super) const ONE: &str = "corpus-document";

/// No document may take longer to generate.
const LIMIT: Duration = Duration::from_secs(10);

/// The stack of a process that generates, in bytes.
const STACK: usize = 256 << 20;

/// The most messages of one document that are shown.
const SHOWN: usize = 3;

/// The result of a document.
enum Outcome {
    Accepted {
        operations: u64,
        warnings: u64,
        lines: usize,
        counts: Counts,
    },
    /// The rules, and the first message of each.
    Refused(BTreeMap<String, String>),
    Panicked(String),
    TimedOut,
    /// Accepted, but the code does not compile.
    DoesNotCompile(Vec<String>),
}

struct Document {
    path: PathBuf,
    module: String,
    outcome: Outcome,
    time: Duration,
}

impl Document {
    fn file_name(&self) -> &str {
        let name = self.path.file_name().and_then(|name| name.to_str());
        name.unwrap_or_default()
    }
}

/// Generates one document into a folder, and prints the result as JSON. Run in a process of its own.
pub(super) fn one(arguments: &[&str]) -> u8 {
    let [file, module, out] = arguments else {
        return 2;
    };
    // Documents may be deeply nested.
    let result = thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK);
        let generating = || generated(Path::new(file), module, Path::new(out));
        thread
            .spawn_scoped(scope, generating)
            .map(thread::ScopedJoinHandle::join)
    });
    match result {
        Ok(Ok(Ok(result) | Err(result))) => {
            println!("{result}");
            0
        }
        _ => 1,
    }
}

fn generated(file: &Path, module: &str, out: &Path) -> Result<Value, Value> {
    let failed = |error: std::io::Error| json!({"refused": [["unreadable", error.to_string()]]});
    let text = fs::read(file).map_err(failed)?;
    let text = String::from_utf8_lossy(&text);
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let api = Api {
        module,
        file: &name,
        text: &text,
    };
    let generated = generate_with_calls("heffl", &[api]).map_err(|problems| {
        let problems = problems.iter();
        let problems = problems.map(|problem| json!([problem.rule, problem.to_string()]));
        json!({"refused": problems.collect::<Vec<_>>()})
    })?;
    let (mut lines, mut operations) = (0, 0);
    for (path, source) in &generated.source {
        // The runtime's identifier types are not used by other documents.
        if path == "ids.rs" {
            continue;
        }
        lines += source.lines().count();
        operations += source
            .matches("crate::operation::Spec::documented(")
            .count();
        let path = out.join(path);
        let folder = path.parent().unwrap_or(out);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, source))
            .map_err(failed)?;
    }
    let warnings = generated.warnings.iter();
    let warnings: Vec<String> = warnings.map(ToString::to_string).collect();
    let counts = Counts::of(&api).unwrap_or_default().to_json();
    Ok(json!({"operations": operations, "warnings": warnings, "lines": lines, "counts": counts}))
}

/// Runs every document of the folder, prints a table, and returns the exit code.
pub(super) async fn run(folder: &Path, target: &Path) -> u8 {
    let Ok(files) = documents(folder) else {
        eprintln!("error: {} cannot be read", folder.display());
        return 2;
    };
    let scratch = target.join("corpus");
    let source = scratch.join("documents");
    let _ = fs::remove_dir_all(&source);
    if let Err(error) = fs::create_dir_all(&source) {
        eprintln!("error: {}: {error}", source.display());
        return 2;
    }
    let mut documents = Vec::new();
    let mut peers = Peer::all(&scratch.join("peers"));
    for (index, path) in files.into_iter().enumerate() {
        let module = format!("d{index:03}");
        let begin = Instant::now();
        let outcome = generate(&path, &module, &source).await;
        let time = begin.elapsed();
        for peer in &mut peers {
            peer.generate(&path, &module).await;
        }
        documents.push(Document {
            path,
            module,
            outcome,
            time,
        });
    }
    let accepted = documents.iter().filter_map(|document| {
        let Outcome::Accepted { lines, .. } = document.outcome else {
            return None;
        };
        let name = document.module.clone();
        Some(Module { name, lines })
    });
    let check = async |modules: &[String]| check(modules, &scratch, &source).await;
    match compile(accepted.collect(), check).await {
        Err(message) => {
            eprintln!("error: {message}");
            return 2;
        }
        Ok(mut failures) => {
            for document in &mut documents {
                if let Some(messages) = failures.remove(&document.module) {
                    document.outcome = Outcome::DoesNotCompile(messages);
                }
            }
        }
    }
    for peer in &mut peers {
        peer.compile().await;
    }
    report(&documents, &peers)
}

fn documents(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()?;
    files.retain(|path| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        matches!(extension, Some("json" | "yaml" | "yml"))
    });
    files.sort();
    Ok(files)
}

async fn generate(path: &Path, module: &str, out: &Path) -> Outcome {
    let Ok(program) = std::env::current_exe() else {
        return Outcome::Panicked("this program has no path".to_owned());
    };
    let mut command = process::command(program);
    command.arg(ONE).arg(path).arg(module).arg(out);
    let Ok(ended) = tokio::time::timeout(LIMIT, process::run(&mut command)).await else {
        return Outcome::TimedOut;
    };
    let Ok(result) = serde_json::from_str::<Value>(ended.results.trim()) else {
        return Outcome::Panicked(ended.output);
    };
    match result["refused"].as_array() {
        Some(problems) => {
            let mut rules = BTreeMap::new();
            for problem in problems {
                let text = |index: usize| problem[index].as_str().unwrap_or_default().to_owned();
                rules.entry(text(0)).or_insert_with(|| text(1));
            }
            Outcome::Refused(rules)
        }
        None => Outcome::Accepted {
            operations: result["operations"].as_u64().unwrap_or_default(),
            warnings: result["warnings"].as_array().map_or(0, Vec::len) as u64,
            lines: usize::try_from(result["lines"].as_u64().unwrap_or_default()).unwrap_or(0),
            counts: Counts::from_json(&result["counts"]),
        },
    }
}

/// Checks a batch.
async fn check(modules: &[String], scratch: &Path, source: &Path) -> Result<Failures, String> {
    let package = scratch.join("batch");
    prepare(modules, &package, source)
        .map_err(|error| format!("{}: {error}", package.display()))?;
    let mut command = cargo("check", &package, &scratch.join("target"));
    command
        .args(["--package", "heffl"])
        .args(["--no-default-features", "--features", "blocking"]);
    errors(&mut command, modules).await
}

/// A workspace with a copy of the runtime and these modules in it.
fn prepare(modules: &[String], package: &Path, source: &Path) -> std::io::Result<()> {
    let root = workspace();
    let _ = fs::remove_dir_all(package);
    let generated = package.join("generated");
    copy(&root.join("generated/src"), &generated.join("src"))?;
    fs::copy(
        root.join("generated/README.md"),
        generated.join("README.md"),
    )?;
    let manifest = fs::read_to_string(root.join("generated/Cargo.toml"))?;
    let (manifest, _) = manifest
        .split_once("[dev-dependencies]")
        .unwrap_or_default();
    fs::write(generated.join("Cargo.toml"), manifest)?;
    let workspace = fs::read_to_string(root.join("Cargo.toml"))?;
    let lines = workspace.lines().filter(|line| !line.starts_with("heffl"));
    let lines: Vec<&str> = lines
        .map(|line| {
            let is_members = line.starts_with("members = ");
            if is_members {
                r#"members = ["generated"]"#
            } else {
                line
            }
        })
        .collect();
    let workspace = lines.join("\n");
    fs::write(package.join("Cargo.toml"), workspace)?;
    fs::copy(root.join("Cargo.lock"), package.join("Cargo.lock"))?;
    let library = generated.join("src/lib.rs");
    let mut text = fs::read_to_string(&library)?;
    for module in modules {
        copy(&source.join(module), &generated.join("src").join(module))?;
        let _ = write!(
            text,
            "\n#[deny(missing_docs)]\n/// A document.\npub mod {module};\n"
        );
    }
    fs::write(library, text)
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let to = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy(&path, &to)?;
        } else {
            fs::copy(&path, to)?;
        }
    }
    Ok(())
}

/// Prints a line for each document, the rules, and the sums.
fn report(documents: &[Document], peers: &[Peer]) -> u8 {
    let (mut accepted, mut refused, mut panicked, mut timed_out, mut broken) = (0, 0, 0, 0, 0);
    let (mut operations_in_all, mut lines_in_all) = (0, 0);
    let (mut counts_in_all, mut time_in_all) = (Counts::default(), Duration::ZERO);
    let mut rules: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for document in documents {
        let name = document.file_name();
        let Document { module, time, .. } = document;
        time_in_all += *time;
        let what = match &document.outcome {
            Outcome::Accepted {
                operations,
                warnings,
                lines,
                counts,
            } => {
                accepted += 1;
                counts_in_all.add(*counts);
                operations_in_all += operations;
                lines_in_all += lines;
                format!("compiles  {operations} operations, {lines} lines, {warnings} warnings")
            }
            Outcome::Refused(found) => {
                refused += 1;
                for rule in found.keys() {
                    rules.entry(rule).or_default().insert(module);
                }
                let first: Vec<&str> = found.values().map(String::as_str).take(SHOWN).collect();
                format!("refused\n    {}", first.join("\n    "))
            }
            Outcome::Panicked(message) => {
                panicked += 1;
                format!("PANICKED\n{message}")
            }
            Outcome::TimedOut => {
                timed_out += 1;
                "TIMED OUT".to_owned()
            }
            Outcome::DoesNotCompile(messages) => {
                broken += 1;
                let shown: Vec<&str> = messages.iter().map(String::as_str).take(SHOWN).collect();
                format!(
                    "DOES NOT COMPILE, {} errors\n{}",
                    messages.len(),
                    shown.join("\n")
                )
            }
        };
        println!("{module} {name}  {:.1} s  {what}", time.as_secs_f64());
    }
    println!("\nrefused by");
    for (rule, documents) in rules {
        println!("  {:4} {rule}", documents.len());
    }
    println!(
        "\n{} documents: {accepted} accepted and compiled ({operations_in_all} operations, {lines_in_all} lines), \
         {broken} accepted that do not compile, {refused} refused, {panicked} panicked, {timed_out} timed out",
        documents.len()
    );
    println!("{}\n", counts_in_all.summary());
    println!("generator        accepted  refused  crashed  timed out compiles    lines  seconds");
    println!(
        "{:16} {:8} {refused:8} {panicked:8} {timed_out:9} {accepted:8} {lines_in_all:8} {:8.1}",
        "heffl-codegen",
        accepted + broken,
        time_in_all.as_secs_f64()
    );
    for peer in peers {
        println!("{}", peer.row());
    }
    println!(
        "A generator has {} s for a document. lines: generated from the accepted documents.",
        LIMIT.as_secs()
    );
    for peer in peers {
        peer.print_failures(|module| {
            let document = documents.iter().find(|it| it.module == module);
            document.map_or("", |it| it.file_name())
        });
    }
    let failed = broken + panicked + timed_out;
    println!("\n{} passed, {failed} failed", accepted + refused);
    u8::from(failed > 0)
}
