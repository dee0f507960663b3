//! Turns an OpenAPI document with `x-heffl-*` extensions into the source of a typed Rust client.
//!
//! ```text
//! load ─▶ lint ─▶ normalise ─▶ types ─▶ models ─▶ emit ─▶ print
//! ```
//!
//! Every stage is a pure function in a module of its own; [`generate`] is the line through them.
//! [`custom_fields`] makes types of what a workspace has defined for itself.
//!
//! What each of `syn`, `quote` and `prettyplease` does here, and why, is
//! said in this crate's README.

pub mod api;
pub mod custom_fields;
mod docs;
pub mod emit;
pub mod ids;
mod json;
pub mod lint;
pub mod load;
pub mod models;
mod naming;
pub mod normalise;
pub mod package;
pub mod print;
mod problem;
pub mod requests;
pub mod rules;
pub mod service;
pub mod types;

use std::{collections::BTreeMap, panic::resume_unwind, thread};

pub use load::Api;
pub use problem::Problem;

/// The generated files: path → text. The texts are final: formatted, and their first line names the command
/// that makes them and the document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Generated {
    /// The client, below its source folder.
    pub source: BTreeMap<String, String>,
    /// A call of every operation, for tests of the client; see [`emit::emit`].
    pub calls: BTreeMap<String, String>,
    /// The documents without prose, for a test server; see [`emit::document`].
    pub documents: BTreeMap<String, String>,
    /// What the document says and the code does not do.
    pub warnings: Vec<Problem>,
}

/// Generates the source files of the crate `name` for all `apis`: path below the source folder → text.
///
/// # Errors
///
/// All problems of the first stage that finds any, for every document.
pub fn generate(name: &str, apis: &[Api<'_>]) -> Result<BTreeMap<String, String>, Vec<Problem>> {
    Ok(generate_with_calls(name, apis)?.source)
}

/// The same, with the calls for tests.
///
/// # Errors
///
/// As [`generate`].
pub fn generate_with_calls(name: &str, apis: &[Api<'_>]) -> Result<Generated, Vec<Problem>> {
    // Documents may lie deep in themselves: every stage goes down with them.
    thread::scope(|scope| {
        let builder = thread::Builder::new().stack_size(STACK);
        match builder.spawn_scoped(scope, || printed(emitted(name, apis)?)) {
            Ok(generating) => generating
                .join()
                .unwrap_or_else(|panic| resume_unwind(panic)),
            Err(error) => Err(vec![problem::of("no-thread", "", error.to_string())]),
        }
    })
}

/// The stack of the thread that generates, in bytes.
const STACK: usize = 256 << 20;

/// What is generated, not formatted yet.
#[derive(Default)]
struct Emitted {
    source: BTreeMap<String, emit::Source>,
    calls: BTreeMap<String, emit::Source>,
    documents: BTreeMap<String, emit::Source>,
    warnings: Vec<Problem>,
}

/// Where the files of each kind are while they are printed.
const SOURCE: &str = "source/";
const CALLS: &str = "calls/";
const DOCUMENTS: &str = "documents/";

fn printed(emitted: Emitted) -> Result<Generated, Vec<Problem>> {
    // Printed together, since most of the time is spent waiting for formatters.
    let mut generated = Generated {
        warnings: emitted.warnings,
        ..Generated::default()
    };
    let mut sources = BTreeMap::new();
    for (folder, files) in [
        (SOURCE, emitted.source),
        (CALLS, emitted.calls),
        (DOCUMENTS, emitted.documents),
    ] {
        let files = files.into_iter();
        sources.extend(files.map(|(path, source)| (format!("{folder}{path}"), source)));
    }
    for (path, text) in print::print(sources)? {
        for (folder, files) in [
            (SOURCE, &mut generated.source),
            (CALLS, &mut generated.calls),
            (DOCUMENTS, &mut generated.documents),
        ] {
            if let Some(path) = path.strip_prefix(folder) {
                files.insert(path.to_owned(), text.clone());
            }
        }
    }
    Ok(generated)
}

fn emitted(name: &str, apis: &[Api<'_>]) -> Result<Emitted, Vec<Problem>> {
    let documents = collect(apis.iter().map(load::load))?;
    collect(documents.iter().map(|document| {
        let problems = lint::lint(document);
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }))?;
    let ids = ids::collect(&documents)?;
    let mut emitted = Emitted::default();
    for document in &documents {
        let normal = types::types(document, normalise::normalise(document));
        let api = api::read(document, &normal);
        let models = models::read(&normal);
        let (source, calls) = emit::emit(document, &normal, &api, &models)?;
        emitted.source.extend(source);
        let file = format!("{}.rs", document.module);
        emitted
            .documents
            .insert(file.clone(), emit::document(document)?);
        emitted.calls.insert(file, calls);
        emitted.warnings.extend(normal.warnings);
    }
    let ids = emit::ids(&documents, &ids);
    emitted.source.insert("ids.rs".to_owned(), ids);
    let service = emit::service(&documents, name);
    emitted.source.insert("api.rs".to_owned(), service);
    Ok(emitted)
}

/// All values, or the problems of everything that failed.
fn collect<T>(
    results: impl Iterator<Item = Result<T, Vec<Problem>>>,
) -> Result<Vec<T>, Vec<Problem>> {
    let (mut values, mut problems) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(value) => values.push(value),
            Err(more) => problems.extend(more),
        }
    }
    if problems.is_empty() {
        Ok(values)
    } else {
        Err(problems)
    }
}
