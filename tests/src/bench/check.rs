//! `check`: the comparison of facts, documents and generated code, and its stages, by the number of operations.

use std::{fs, path::Path};

use heffl_codegen::Api;
use heffl_spec::diff::{Compared, Document};

use super::{Cell, Effort, Table, measure::median, sized};
use crate::workspace;

/// The sizes of the invented workspaces, in operations.
pub(super) const SIZES: [usize; 5] = [71, 500, 1_000, 2_500, 5_000];

/// The number of operations in all runs of a workspace together: small workspaces are measured more often.
pub(super) const TOTAL_OPERATIONS: usize = 2_500;

/// The documents, with the module that is generated from each.
pub(super) const DOCUMENTS: [(&str, &str); 2] =
    [("v1", "spec/heffl-v1.yaml"), ("v2", "spec/heffl-v2.yaml")];

pub(super) fn run(effort: Effort) -> Result<Table, String> {
    let mut table = Table::new(&[
        ("workspace", ""),
        ("operations", ""),
        ("lines", ""),
        ("assemble", "ms"),
        ("generate", "ms"),
        ("diff", "ms"),
        ("check", "ms"),
        ("check each", "ms"),
    ]);
    row(&mut table, "this workspace", workspace(), effort)?;
    for &size in effort.choose(&SIZES[..1], &SIZES) {
        eprintln!("{size} operations");
        let root = sized::workspace(size).map_err(|error| format!("cannot make files: {error}"))?;
        for command in ["assemble", "generate"] {
            xtask(root.path(), &[command])?;
        }
        row(&mut table, "invented", root.path(), effort)?;
    }
    table.note(
        "Medians, in the profile of `cargo xtask`. diff: every operation has changed. check: assemble and \
         generate at the same time, then compare.",
    );
    Ok(table)
}

/// Measures one workspace.
fn row(table: &mut Table, what: &str, root: &Path, effort: Effort) -> Result<(), String> {
    let texts = documents(root)?;
    let operations = texts.iter().map(|text| count(&text.text)).sum::<usize>();
    let runs = effort.choose(1, (TOTAL_OPERATIONS / operations).clamp(1, 9));
    let apis: Vec<Api<'_>> = DOCUMENTS
        .iter()
        .zip(&texts)
        .map(|(&(module, file), document)| Api {
            module,
            file,
            text: &document.text,
        })
        .collect();
    let changed: Vec<Document> = texts.iter().map(changed).collect();
    let assemble = median(runs, || {
        let inputs = heffl_spec::assemble::Inputs::read(root);
        let assembled = inputs.and_then(|inputs| heffl_spec::assemble::assemble(&inputs));
        assembled.map_err(|findings| format!("{findings:?}"))
    })?;
    let generate = median(runs, || {
        heffl_codegen::generate_with_calls("heffl", &apis)
            .map_err(|problems| format!("{problems:?}"))
    })?;
    let diff = median(runs, || {
        for (old, new) in texts.iter().zip(&changed) {
            let compared =
                Compared::between(old, new).map_err(|findings| format!("{findings:?}"))?;
            if compared.changes.len() < count(&old.text) {
                return Err(format!("{} changes are too few", compared.changes.len()));
            }
        }
        Ok(())
    })?;
    let check = median(runs, || xtask(root, &["check"]))?;
    let lines: usize = texts
        .iter()
        .map(|document| document.text.lines().count())
        .sum();
    table.push([
        Cell::Text(what.to_owned()),
        Cell::Count(operations),
        Cell::Count(lines),
        Cell::Number(assemble),
        Cell::Number(generate),
        Cell::Number(diff),
        Cell::Number(check),
        Cell::per(check, operations),
    ]);
    Ok(())
}

/// The documents of a workspace.
pub(super) fn documents(root: &Path) -> Result<Vec<Document>, String> {
    let read = |&(_, file): &(&str, &str)| {
        fs::read_to_string(root.join(file))
            .map(|text| Document {
                name: file.to_owned(),
                text,
            })
            .map_err(|error| format!("cannot read {file}: {error}"))
    };
    DOCUMENTS.iter().map(read).collect()
}

/// The number of operations in a document.
pub(super) fn count(document: &str) -> usize {
    // Events look like operations, and are at the end.
    let (operations, _) = document
        .split_once("\nx-webhooks:")
        .unwrap_or((document, ""));
    operations.matches("\n      operationId: ").count()
}

/// The document with every operation deprecated.
fn changed(document: &Document) -> Document {
    Document {
        name: "changed".to_owned(),
        text: document.text.replace(
            "\n      operationId: ",
            "\n      deprecated: true\n      operationId: ",
        ),
    }
}

/// Runs a command in this process, which must succeed.
pub(super) fn xtask(root: &Path, command: &[&str]) -> Result<(), String> {
    let root = root.to_string_lossy();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = xtask::run(
        ["cargo xtask", "--root", &root].iter().chain(command),
        &mut xtask::Streams {
            out: &mut out,
            err: &mut err,
            progress: false,
        },
    );
    if code == 0 {
        return Ok(());
    }
    Err(format!(
        "`{}` ended with {code}:\n{}{}",
        command.join(" "),
        String::from_utf8_lossy(&out),
        String::from_utf8_lossy(&err)
    ))
}
