//! What each command does.

pub(crate) mod custom_fields;
mod diff;
mod drift;
mod issue;
mod meaning;

use std::{collections::BTreeMap, panic::resume_unwind, path::Path, thread};

use heffl_codegen::{Api, Problem, print::MARKER};
use heffl_spec::{
    Finding,
    assemble::{Assembled, Inputs},
    diff::Severity,
    fetch::{self, Event},
    files::FileSet,
    input,
    pull::Pulled,
    report::{Action, Report, Stage, Step, Verdict},
};

use crate::streams::Streams;

pub(crate) use diff::{Pair, diff};
pub(crate) use drift::drift;

/// The documents, each with the module of the `heffl` crate that is generated from it.
const DOCUMENTS: [(&str, &str); 2] = [("v1", "spec/heffl-v1.yaml"), ("v2", "spec/heffl-v2.yaml")];

/// Where generated source lives.
const SOURCE: &str = "generated/src";

/// Where calls of all operations live, for tests of that source.
const CALLS: &str = "tests/src/calls";

/// What may stand there from an earlier run.
const GENERATED: [(&str, &str); 5] = [
    (SOURCE, "v1"),
    (SOURCE, "v2"),
    (SOURCE, "ids.rs"),
    (CALLS, "v1.rs"),
    (CALLS, "v2.rs"),
];

/// Lists the rules of `diff`.
const RULES: &str = "spec/RULES.md";

const MEND_GENERATED: &str = "cargo xtask generate";
/// Code follows the documents, so that one is never mended without the other.
const MEND_DOCUMENTS: &str = "cargo xtask assemble && cargo xtask generate";

/// For problems of a document that do not say how to mend them.
const HELP_DOCUMENT: &str =
    "the document is assembled: correct the fact, overlay or chosen name that this comes from";

/// `generate`
pub(crate) fn generate(root: &Path, check: bool, streams: &mut Streams<'_>) -> Report {
    streams.progress("generating");
    single(
        root,
        Stage::Generated,
        generated_files(root),
        check.then_some(MEND_GENERATED),
    )
}

/// `assemble`
pub(crate) fn assemble(root: &Path, check: bool, streams: &mut Streams<'_>) -> Report {
    streams.progress("assembling");
    let mut contradicted = Vec::new();
    let files = assembled(root).and_then(|assembled| {
        warn(&assembled, streams);
        contradicted = assembled.agreement.contradicted;
        FileSet::new(with_rules(assembled.files)).map_err(one)
    });
    let mut report = single(
        root,
        Stage::Documents,
        files,
        check.then_some(MEND_DOCUMENTS),
    );
    report.violations(contradicted);
    report
}

/// What a pull gives, and what it was compared with.
pub(super) struct Pull {
    inputs: Inputs,
    files: FileSet,
    pulled: Pulled,
    /// Pages that could not be fetched.
    failures: Vec<Finding>,
}

/// Reads the pages of a folder or site into fragments.
fn fragments(
    root: &Path,
    from: &Path,
    options: &fetch::Options,
    streams: &mut Streams<'_>,
) -> Result<Pull, Vec<Finding>> {
    let mut fetched = match from.to_str() {
        Some(url) if url.starts_with("https://") || url.starts_with("http://") => {
            Some(fetch(root, url, options, streams)?)
        }
        _ => None,
    };
    let failures = fetched
        .as_mut()
        .map_or_else(Vec::new, |fetched| std::mem::take(&mut fetched.failures));
    streams.progress("reading pages");
    let folder = fetched.as_ref().map_or(from, |fetched| &fetched.folder);
    let inputs = Inputs::read(root)?;
    let mut pulled = heffl_spec::pull::pull(&inputs, folder)
        .map_err(|findings| failures.iter().cloned().chain(findings).collect::<Vec<_>>())?;
    if let Some(fetched) = &fetched {
        pulled.gone.retain(|finding| {
            let is_unknown =
                |address: &String| finding.file == Some(format!("spec/pages/{address}.yaml"));
            fetched.is_complete && !fetched.unknown.iter().any(is_unknown)
        });
    }
    for note in &pulled.notes {
        streams.note(&format!("note: {note}"));
    }
    let files = pulled.moved.iter().try_fold(
        FileSet::new(pulled.files.clone()).map_err(one)?,
        |files, path| files.own(path, "").map_err(one),
    )?;
    Ok(Pull {
        inputs,
        files,
        pulled,
        failures,
    })
}

impl Pull {
    /// The documents as they would be with these fragments in the tree; nothing in it is changed.
    fn assembled(&self) -> Result<Assembled, Vec<Finding>> {
        let inputs = self
            .inputs
            .with(self.pulled.files.clone(), &self.pulled.moved);
        heffl_spec::assemble::assemble(&inputs)
    }
}

/// `docs pull`
pub(crate) fn pull(
    root: &Path,
    from: &Path,
    check: bool,
    options: &fetch::Options,
    streams: &mut Streams<'_>,
) -> Report {
    let mut report = Report::default();
    let pull = match fragments(root, from, options, streams) {
        Ok(pull) => pull,
        Err(findings) => {
            report.invalid(findings);
            return report;
        }
    };
    let fix = format!("cargo xtask docs pull --from {}", quoted(from));
    report = single(
        root,
        Stage::Pages,
        Ok(pull.files.clone()),
        check.then_some(&fix),
    );
    if report.verdict() == Verdict::Invalid {
        return report;
    }
    // What these pages say is in no fragment: the two do not agree.
    report.violations(pull.pulled.refused.clone());
    report.violations(pull.failures.clone());
    if check {
        report.violations(pull.pulled.drift.clone());
    } else {
        // What is new is counted below.
        let lost = pull.pulled.drift.iter();
        for finding in lost.filter(|finding| finding.severity() == Some(Severity::Breaking)) {
            streams.note(&format!("note: {finding}"));
        }
    }
    let (mut redundant, mut contradicted) = (Vec::new(), 0);
    match pull.assembled() {
        Ok(assembled) => {
            warn(&assembled, streams);
            if let Some(comparison) = meaning::between(root, &assembled.files, None) {
                report.meaning(comparison);
            }
            redundant = assembled.agreement.redundant;
            contradicted = assembled.agreement.contradicted.len();
            report.violations(assembled.agreement.contradicted);
        }
        Err(findings) => report.violations(findings),
    }
    for finding in &redundant {
        streams.note(&format!("note: {finding}"));
    }
    streams.note(&format!(
        "{} pages read; facts: {} new, {} confirmed, {} redundant, {contradicted} contradicted",
        pull.pulled.files.len(),
        pull.pulled.new,
        pull.pulled.confirmed,
        redundant.len(),
    ));
    report
}

/// Fetches the pages of a site.
fn fetch(
    root: &Path,
    url: &str,
    options: &fetch::Options,
    streams: &mut Streams<'_>,
) -> Result<fetch::Fetched, Vec<Finding>> {
    let site = fetch::Site::parse(url).map_err(one)?;
    let mut report = |event: Event<'_>| match event {
        Event::Page {
            number,
            total,
            address,
        } => streams.status(&format!("[{number}/{total}] {address}")),
        Event::Waiting { wait, problem } => {
            streams.status(&format!("{problem}; waiting {:.1} s", wait.as_secs_f32()));
        }
    };
    let clock = fetch::SystemClock::default();
    let fetched = fetch::fetch(
        &site,
        &root.join(fetch::CACHE),
        options,
        &clock,
        &mut report,
    );
    streams.status("");
    let fetched = fetched?;
    for note in &fetched.notes {
        streams.note(&format!("note: {note}"));
    }
    Ok(fetched)
}

/// `check`
pub(crate) fn check(root: &Path, streams: &mut Streams<'_>) -> Report {
    let mut report = Report::default();
    streams.progress("comparing documents with fragments, and generated code with documents");
    // Neither comparison needs the other.
    let (texts, files) = thread::scope(|scope| {
        let files = scope.spawn(|| generated_files(root));
        let texts = assembled(root);
        (
            texts,
            files.join().unwrap_or_else(|panic| resume_unwind(panic)),
        )
    });
    let documents = texts.and_then(|assembled| {
        report.violations(assembled.agreement.contradicted);
        let texts = with_rules(assembled.files);
        if let Some(comparison) = meaning::between(root, &texts, None) {
            report.meaning(comparison);
        }
        let files = FileSet::new(texts).map_err(one)?;
        compare(root, Stage::Documents, &files, MEND_DOCUMENTS).map_err(one)
    });
    let generated = files
        .and_then(|files| compare(root, Stage::Generated, &files, MEND_GENERATED).map_err(one));
    // A document that has drifted need not make sense; assembling it anew is what mends that.
    let drifted = matches!(&documents, Ok(step) if !step.changes.is_empty());
    match documents {
        Ok(step) => report.step(step),
        Err(findings) => report.invalid(findings),
    }
    match generated {
        Ok(step) => report.step(step),
        Err(findings) if drifted => report.violations(findings),
        Err(findings) => report.invalid(findings),
    }
    report
}

/// Compares one stage's files with the tree if there is a command that mends them, else writes them.
fn single(
    root: &Path,
    stage: Stage,
    files: Result<FileSet, Vec<Finding>>,
    mend: Option<&str>,
) -> Report {
    let mut report = Report::default();
    let step = files.and_then(|files| {
        match mend {
            Some(mend) => compare(root, stage, &files, mend),
            None => files.write(root).map(|changes| Step {
                stage,
                files: files.len(),
                changes,
                action: Action::Written,
            }),
        }
        .map_err(one)
    });
    match step {
        Ok(step) => report.step(step),
        Err(findings) => report.invalid(findings),
    }
    report
}

fn compare(root: &Path, stage: Stage, files: &FileSet, mend: &str) -> Result<Step, Finding> {
    Ok(Step {
        stage,
        files: files.len(),
        changes: files.compare(root)?,
        action: Action::Compared {
            mend: mend.to_owned(),
        },
    })
}

fn assembled(root: &Path) -> Result<Assembled, Vec<Finding>> {
    heffl_spec::assemble::assemble(&Inputs::read(root)?)
}

/// The files of documents, and the page that lists the rules of comparisons.
fn with_rules(mut files: Vec<(String, String)>) -> Vec<(String, String)> {
    files.push((
        RULES.to_owned(),
        heffl_spec::diff::rules_markdown(&custom_fields::rules()),
    ));
    files
}

/// Prints the warnings of an assembly. More than a screen of them says nothing new.
fn warn(assembled: &Assembled, streams: &mut Streams<'_>) {
    const MOST: usize = 20;
    for warning in assembled.warnings.iter().take(MOST) {
        streams.note(&format!("warning: {warning}"));
    }
    let rest = assembled.warnings.len().saturating_sub(MOST);
    if rest > 0 {
        streams.note(&format!("… and {rest} more warnings"));
    }
}

fn generated_files(root: &Path) -> Result<FileSet, Vec<Finding>> {
    let mut documents = Vec::new();
    let mut unreadable = Vec::new();
    for (module, file) in DOCUMENTS {
        match input::read(&root.join(file), file) {
            Ok(text) => documents.push((module, file, text)),
            Err(finding) => {
                unreadable.push(finding.help(format!("write it with `{MEND_DOCUMENTS}`")));
            }
        }
    }
    if !unreadable.is_empty() {
        return Err(unreadable);
    }
    let apis: Vec<Api<'_>> = documents
        .iter()
        .map(|&(module, file, ref text)| Api { module, file, text })
        .collect();
    let generated = heffl_codegen::generate_with_calls(&apis)
        .map_err(|problems| problems.into_iter().map(finding).collect::<Vec<_>>())?;
    let below = |folder: &'static str, files: BTreeMap<String, String>| {
        files
            .into_iter()
            .map(move |(path, text)| (format!("{folder}/{path}"), text))
    };
    let source = below(SOURCE, generated.source);
    let mut files = FileSet::new(source.chain(below(CALLS, generated.calls))).map_err(one)?;
    for (folder, path) in GENERATED {
        files = files.own(format!("{folder}/{path}"), MARKER).map_err(one)?;
    }
    Ok(files)
}

/// The generator knows nothing of the documentation side, and so has a type of its own.
fn finding(problem: Problem) -> Finding {
    Finding {
        rule: problem.rule,
        file: Some(problem.file),
        line: problem.line,
        pointer: problem.pointer,
        message: problem.message,
        help: problem.help.or_else(|| Some(HELP_DOCUMENT.to_owned())),
    }
}

fn one(finding: Finding) -> Vec<Finding> {
    vec![finding]
}

/// A path as a shell reads it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/\\._-+:".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
