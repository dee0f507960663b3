//! `generator`: OpenAPI documents → Rust source, by the number of operations, compared with progenitor as a library.

use std::panic;

use heffl_codegen::Api;
use heffl_spec::diff::Document;

use super::{
    Cell, Effort, Table,
    check::{DOCUMENTS, SIZES, TOTAL_OPERATIONS, count, documents, xtask},
    measure::median,
    sized,
};
use crate::{peer, workspace};

pub(super) fn run(effort: Effort) -> Result<Table, String> {
    let mut table = Table::new(&[
        ("workspace", ""),
        ("operations", ""),
        ("lines", ""),
        ("generate", "ms"),
        ("each", "ms"),
        ("progenitor", "ms"),
    ]);
    let mut why = None;
    row(
        &mut table,
        "this workspace",
        &documents(workspace())?,
        effort,
        &mut why,
    )?;
    for &size in effort.choose(&SIZES[..1], &SIZES) {
        eprintln!("{size} operations");
        let root = sized::workspace(size).map_err(|error| format!("cannot make files: {error}"))?;
        xtask(root.path(), &["assemble"])?;
        row(
            &mut table,
            "invented",
            &documents(root.path())?,
            effort,
            &mut why,
        )?;
    }
    table.note("Medians. Input: the text of both documents. Output: the text of all files, formatted by rustfmt; progenitor's is formatted by prettyplease.");
    if let Some(why) = why {
        table.note(format!(
            "Where progenitor has no time, it refuses the document: {why}"
        ));
    }
    Ok(table)
}

fn row(
    table: &mut Table,
    what: &str,
    texts: &[Document],
    effort: Effort,
    why: &mut Option<String>,
) -> Result<(), String> {
    let operations: usize = texts.iter().map(|document| count(&document.text)).sum();
    let lines = texts
        .iter()
        .map(|document| document.text.lines().count())
        .sum();
    let runs = effort.choose(1, (TOTAL_OPERATIONS / operations).clamp(1, 9));
    let apis: Vec<Api<'_>> = DOCUMENTS
        .iter()
        .zip(texts)
        .map(|(&(module, file), document)| Api {
            module,
            file,
            text: &document.text,
        })
        .collect();
    let generate = median(runs, || {
        heffl_codegen::generate("heffl", &apis).map_err(|problems| format!("{problems:?}"))
    })?;
    let theirs = median(runs, || {
        texts.iter().map(progenitor).collect::<Result<Vec<_>, _>>()
    });
    let theirs = theirs.map_or_else(
        |message| {
            why.get_or_insert(message);
            Cell::None
        },
        Cell::Number,
    );
    table.push([
        Cell::Text(what.to_owned()),
        Cell::Count(operations),
        Cell::Count(lines),
        Cell::Number(generate),
        Cell::per(generate, operations),
        theirs,
    ]);
    Ok(())
}

/// What a build script with progenitor does.
pub(super) fn progenitor(document: &Document) -> Result<String, String> {
    panic::catch_unwind(|| peer::progenitor(&document.text))
        .unwrap_or_else(|_| Err("it panics".to_owned()))
}
