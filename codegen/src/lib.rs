//! Turns an OpenAPI document with `x-heffl-*` extensions into the source of a typed Rust client.
//!
//! ```text
//! load ─▶ lint ─▶ normalise ─▶ types ─▶ rewrite ─▶ emit ─▶ print
//! ```
//!
//! Every stage is a pure function in a module of its own; [`generate`] is the line through them.
//! [`custom_fields`] makes types of what a workspace has defined for itself.
//!
//! What each of `openapiv3`, `progenitor`, `syn`, `quote` and `prettyplease` does here, and why, is
//! said in this crate's README.

pub mod api;
pub mod custom_fields;
mod docs;
pub mod emit;
pub mod ids;
mod json;
pub mod lint;
pub mod load;
mod naming;
pub mod normalise;
pub mod print;
mod problem;
pub mod requests;
pub mod rewrite;
pub mod rules;
pub mod types;

use std::collections::BTreeMap;

pub use load::Api;
pub use problem::Problem;

/// What is generated: path → text. The texts are final: formatted, and headed by the command that makes
/// them and the fingerprint of the document they come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Generated {
    /// The client, below its source folder.
    pub source: BTreeMap<String, String>,
    /// A call of every operation, for tests of the client; see [`emit::calls`].
    pub calls: BTreeMap<String, String>,
}

/// Generates the source files of all `apis`: path below the source folder → text.
///
/// # Errors
///
/// All problems of the first stage that finds any, for every document.
pub fn generate(apis: &[Api<'_>]) -> Result<BTreeMap<String, String>, Vec<Problem>> {
    print::print(emitted(apis)?.source)
}

/// The same, with the calls for tests.
///
/// # Errors
///
/// As [`generate`].
pub fn generate_with_calls(apis: &[Api<'_>]) -> Result<Generated, Vec<Problem>> {
    let Emitted { mut source, calls } = emitted(apis)?;
    // Printed together, since most of the time is spent waiting for formatters.
    let prefix = "calls/";
    source.extend(
        calls
            .into_iter()
            .map(|(path, source)| (format!("{prefix}{path}"), source)),
    );
    let mut generated = Generated::default();
    for (path, text) in print::print(source)? {
        match path.strip_prefix(prefix) {
            Some(path) => generated.calls.insert(path.to_owned(), text),
            None => generated.source.insert(path, text),
        };
    }
    Ok(generated)
}

/// What is generated, not formatted yet.
#[derive(Default)]
struct Emitted {
    source: BTreeMap<String, emit::Source>,
    calls: BTreeMap<String, emit::Source>,
}

fn emitted(apis: &[Api<'_>]) -> Result<Emitted, Vec<Problem>> {
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
        let normal = normalise::normalise(document)?;
        let api = api::read(document, &normal);
        let models = rewrite::rewrite(document, &normal, types::types(document, &normal)?)?;
        emitted.source.extend(emit::emit(document, &api, &models)?);
        emitted.calls.insert(
            format!("{}.rs", document.module),
            emit::calls(document, &api, &models),
        );
    }
    if !ids.is_empty() {
        emitted
            .source
            .insert("ids.rs".to_owned(), emit::ids(&documents, &ids));
    }
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
