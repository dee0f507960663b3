//! `assemble`, `generate`, and `check` of both.

use std::{collections::BTreeMap, panic::resume_unwind, path::Path, thread};

use heffl_codegen::{Api, MARKER};
use heffl_spec::{
    Finding,
    assemble::{Assembled, Inputs},
    files::FileSet,
    input,
    report::{Report, Stage},
};

use super::custom_fields;
use crate::{
    failed::{Failed, Result},
    task::{DOCUMENTS, Task},
};

/// The folder of the generated source.
pub(crate) const SOURCE: &str = "generated/src";

/// The folder of the calls of all operations, for tests.
const CALLS: &str = "tests/src/calls";

/// The folder of the documents of the test server.
const TEST_SERVER: &str = "generated/test-server/src";

/// The folder of the command's tables of operations.
const COMMAND: &str = "generated/cli/src/table";

/// The existing generated files.
const GENERATED: [(&str, &str); 12] = [
    (SOURCE, "api.rs"),
    (SOURCE, "v1"),
    (SOURCE, "v2"),
    (SOURCE, "ids.rs"),
    (CALLS, "v1.rs"),
    (CALLS, "v2.rs"),
    (TEST_SERVER, "v1.rs"),
    (TEST_SERVER, "v2.rs"),
    (COMMAND, "v1.rs"),
    (COMMAND, "v1"),
    (COMMAND, "v2.rs"),
    (COMMAND, "v2"),
];

/// Lists the rules of `diff`.
const RULES: &str = "spec/RULES.md";

const GENERATE: &str = "cargo xtask generate";

/// Includes `generate`, so that documents and code are never updated separately.
const ASSEMBLE: &str = "cargo xtask assemble && cargo xtask generate";

/// For problems of a document without help of their own.
const HELP_DOCUMENT: &str = "the document is assembled: correct its fact, overlay or chosen name";

pub(crate) fn generate(task: &mut Task<'_, '_>, check: bool) -> Result<Report> {
    task.streams.progress("generating");
    let (files, warnings) = generated(&task.root)?;
    task.warn(&warnings);
    Ok(task
        .step(Stage::Generated, &files, check.then_some(GENERATE))?
        .into())
}

pub(crate) fn assemble(task: &mut Task<'_, '_>, check: bool) -> Result<Report> {
    task.streams.progress("assembling");
    let assembled = assembled(&task.root)?;
    task.warn(&assembled.warnings);
    let files = FileSet::new(with_rules(assembled.files))?;
    let mut report =
        Report::from(task.step(Stage::Documents, &files, check.then_some(ASSEMBLE))?);
    report.violations(assembled.agreement.contradicted);
    Ok(report)
}

/// Compares documents with fragments, and generated code with documents.
pub(crate) fn check(task: &mut Task<'_, '_>) -> Report {
    let mut report = Report::default();
    task.streams
        .progress("comparing documents with fragments, and generated code with documents");
    let root = task.root.as_path();
    // Neither comparison needs the other.
    let (documents, generated) = thread::scope(|scope| {
        let files = scope.spawn(|| generated(root));
        let assembled = assembled(root);
        let files = files.join().unwrap_or_else(|panic| resume_unwind(panic));
        (assembled, files)
    });
    let documents = documents.and_then(|assembled| {
        report.violations(assembled.agreement.contradicted);
        let texts = with_rules(assembled.files);
        if let Some(comparison) = task.meaning(&texts, None) {
            report.meaning(comparison);
        }
        task.step(Stage::Documents, &FileSet::new(texts)?, Some(ASSEMBLE))
    });
    let generated =
        generated.and_then(|(files, _)| task.step(Stage::Generated, &files, Some(GENERATE)));
    // A document that is out of date may be invalid; `assemble` corrects that.
    let has_drifted = matches!(&documents, Ok(step) if !step.changes.is_empty());
    match documents {
        Ok(step) => report.step(step),
        Err(failed) => report.invalid(failed.0),
    }
    match generated {
        Ok(step) => report.step(step),
        Err(failed) if has_drifted => report.violations(failed.0),
        Err(failed) => report.invalid(failed.0),
    }
    report
}

fn assembled(root: &Path) -> Result<Assembled> {
    Ok(heffl_spec::assemble::assemble(&Inputs::read(root)?)?)
}

/// The files of documents, and the page that lists the rules of comparisons.
fn with_rules(mut files: Vec<(String, String)>) -> Vec<(String, String)> {
    let rules = heffl_spec::diff::rules_markdown(&custom_fields::rules());
    files.push((RULES.to_owned(), rules));
    files
}

/// The generated files, and warnings about features that the code does not support.
fn generated(root: &Path) -> Result<(FileSet, Vec<Finding>)> {
    let (mut texts, mut unreadable) = (Vec::new(), Vec::new());
    for (_, file) in DOCUMENTS {
        match input::read(&root.join(file), file) {
            Ok(text) => texts.push(text),
            Err(finding) => unreadable.push(finding.help(format!("write it with `{ASSEMBLE}`"))),
        }
    }
    if !unreadable.is_empty() {
        return Err(Failed(unreadable));
    }
    let documents = DOCUMENTS.iter().zip(&texts);
    let apis: Vec<Api<'_>> = documents
        .map(|(&(module, file), text)| Api { module, file, text })
        .collect();
    let generated = heffl_codegen::generate_with_calls("heffl", &apis).map_err(|problems| {
        let mut failed = Failed::from(problems);
        for finding in &mut failed.0 {
            finding.help.get_or_insert_with(|| HELP_DOCUMENT.to_owned());
        }
        failed
    })?;
    let below = |folder: &'static str, files: BTreeMap<String, String>| {
        let files = files.into_iter();
        files.map(move |(path, text)| (format!("{folder}/{path}"), text))
    };
    let source = below(SOURCE, generated.source);
    let files = source
        .chain(below(CALLS, generated.calls))
        .chain(below(TEST_SERVER, generated.documents))
        .chain(below(COMMAND, generated.tables));
    let files = FileSet::new(files)?;
    let files = GENERATED.iter().try_fold(files, |files, (folder, path)| {
        Ok::<_, Failed>(files.own(format!("{folder}/{path}"), MARKER)?)
    })?;
    Ok((files, generated.warnings))
}
