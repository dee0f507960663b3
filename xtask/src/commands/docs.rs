//! `docs`: writes or compares the facts of the documentation pages.

use std::{collections::BTreeSet, fs, path::Path};

use heffl_spec::{
    Finding,
    assemble::{Assembled, Inputs},
    diff::Severity,
    fetch::{self, Fetched},
    files::FileSet,
    input, observe,
    pull::Pulled,
    report::{Format, Report, Stage, Verdict},
};

use super::{issue, quoted};
use crate::{
    cli::{DriftArguments, FetchArguments, PullArguments},
    failed::Result,
    streams::Streams,
    task::{Outcome, Task},
};

/// The facts of the pages, and the tree to compare them with.
struct Pull {
    inputs: Inputs,
    files: FileSet,
    pulled: Pulled,
    /// Pages that could not be fetched.
    failures: Vec<Finding>,
}

impl Pull {
    /// Reads the pages of a folder or site into fragments.
    fn new(task: &mut Task<'_, '_>, from: &Path, options: &FetchArguments) -> Result<Self> {
        let is_url = |it: &&str| it.starts_with("https://") || it.starts_with("http://");
        let fetched = match from.to_str().filter(is_url) {
            Some(url) => fetch(task, url, &options.options())?,
            None => Fetched {
                folder: from.to_owned(),
                notes: Vec::new(),
                failures: Vec::new(),
                unknown: BTreeSet::new(),
                is_complete: true,
            },
        };
        notes(task.streams, &fetched.notes);
        task.streams.progress("reading pages");
        let failures = fetched.failures;
        let inputs = Inputs::read(&task.root)?;
        let mut pulled = heffl_spec::pull::pull(&inputs, &fetched.folder)
            .map_err(|findings| [failures.clone(), findings].concat())?;
        let unknown = fetched.unknown.iter();
        let unknown = unknown.map(|address| Some(format!("spec/pages/{address}.yaml")));
        let unknown: Vec<Option<String>> = unknown.collect();
        let is_gone = |it: &Finding| fetched.is_complete && !unknown.contains(&it.file);
        pulled.gone.retain(is_gone);
        notes(task.streams, &pulled.notes);
        let mut files = FileSet::new(pulled.files.clone())?;
        for path in &pulled.moved {
            files = files.own(path, "")?;
        }
        Ok(Self {
            inputs,
            files,
            pulled,
            failures,
        })
    }

    /// The documents as they would be with these fragments in the tree; nothing in it is changed.
    fn assembled(&self) -> Result<Assembled> {
        let files = self.pulled.files.clone();
        let inputs = self.inputs.with(files, &self.pulled.moved);
        Ok(heffl_spec::assemble::assemble(&inputs)?)
    }
}

/// Fetches the pages of a site.
fn fetch(task: &mut Task<'_, '_>, url: &str, options: &fetch::Options) -> Result<Fetched> {
    let site = fetch::Site::parse(url)?;
    let mut report = |line: &str| task.streams.status(line);
    let clock = fetch::SystemClock::default();
    let cache = task.root.join(fetch::CACHE);
    let fetched = fetch::fetch(&site, &cache, options, &clock, &mut report);
    task.streams.status("");
    Ok(fetched?)
}

fn notes(streams: &mut Streams<'_>, notes: &[impl std::fmt::Display]) {
    for note in notes {
        streams.note(&format!("note: {note}"));
    }
}

/// `docs pull`
pub(crate) fn pull(task: &mut Task<'_, '_>, arguments: &PullArguments) -> Result<Outcome> {
    let (from, check) = (&arguments.from, arguments.check);
    let pull = Pull::new(task, from, &arguments.fetch)?;
    let fix = format!("cargo xtask docs pull --from {}", quoted(from));
    let step = task.step(Stage::Pages, &pull.files, check.then_some(&fix))?;
    let mut report = Report::from(step);
    // The facts of these pages are in no fragment.
    report.violations(pull.pulled.refused.clone());
    report.violations(pull.failures.clone());
    if check {
        report.violations(pull.pulled.drift.clone());
    } else {
        // What is new is counted below.
        let is_lost = |it: &&Finding| it.severity() == Some(Severity::Breaking);
        let lost: Vec<_> = pull.pulled.drift.iter().filter(is_lost).collect();
        notes(task.streams, &lost);
    }
    let assembled = documents(task, &pull, &mut report, None);
    if let Some(assembled) = &assembled {
        task.warn(&assembled.warnings);
    }
    let agreement = assembled.map(|it| it.agreement).unwrap_or_default();
    notes(task.streams, &agreement.redundant);
    let (redundant, contradicted) = (agreement.redundant.len(), agreement.contradicted.len());
    task.streams.note(&format!(
        "{} pages read; facts: {} new, {} confirmed, {redundant} redundant, {contradicted} contradicted",
        pull.files.count(),
        pull.pulled.new,
        pull.pulled.confirmed,
    ));
    report.violations(agreement.contradicted);
    Ok(Outcome::Report(report))
}

/// `docs observe`
pub(crate) fn observe(task: &mut Task<'_, '_>, report: &Path) -> Result<Outcome> {
    let name = report.display().to_string();
    let text = input::read(report, &name)?;
    let observed = observe::observe(&Inputs::read(&task.root)?, &text, &name)?;
    for field in &observed.added {
        task.streams.note(&format!("new: {field}"));
    }
    let files = FileSet::new(observed.files)?;
    let step = task.step(Stage::Pages, &files, None)?;
    if !observed.added.is_empty() {
        task.streams
            .note("now run: cargo xtask assemble && cargo xtask generate");
    }
    let mut report = Report::from(step);
    // Somebody has to choose.
    report.violations(observed.differing);
    Ok(Outcome::Report(report))
}

/// `docs drift`: a pull that writes nothing, compared with the tree. Writes the Markdown report to a file and into an
/// issue, if they are named, and nothing else.
pub(crate) fn drift(task: &mut Task<'_, '_>, arguments: &DriftArguments) -> Outcome {
    let DriftArguments { from, issue, .. } = arguments;
    let mut report = Report::default();
    let mut reworded = 0;
    match Pull::new(task, from, &arguments.fetch) {
        Ok(pull) => {
            reworded = pull.pulled.reworded.len();
            if let Err(failed) = compare(task, from, &pull, &mut report) {
                report.invalid(failed.0);
            }
            for findings in [
                pull.pulled.drift,
                pull.pulled.gone,
                pull.failures,
                pull.pulled.refused,
            ] {
                report.violations(findings);
            }
        }
        Err(failed) => report.invalid(failed.0),
    }
    let markdown = markdown(&report, from, reworded);
    // If pages cannot be read, the issue stays unchanged.
    let of_pages = report.verdict();
    let is_printed = arguments.report.as_deref() == Some(Path::new("-"));
    let file = arguments.report.as_ref().filter(|_| !is_printed);
    if let Some((file, Err(error))) = file.map(|file| (file, fs::write(file, &markdown))) {
        let finding = Finding::new("cannot-write", format!("cannot write the report: {error}"))
            .file(file.display().to_string());
        report.invalid([finding.help("name a file in a folder that exists")]);
    }
    if issue.issue
        && of_pages != Verdict::Invalid
        && let Err(finding) =
            issue::keep(issue, of_pages == Verdict::Drift, &markdown, task.streams)
    {
        report.invalid([finding]);
    }
    // Drift that is reported in the issue is not a failure.
    let verdict = match report.verdict() {
        Verdict::Drift if issue.issue && !issue.dry_run => Verdict::UpToDate,
        verdict => verdict,
    };
    Outcome::Drift(report, is_printed.then_some(markdown), verdict)
}

fn compare(task: &mut Task<'_, '_>, from: &Path, pull: &Pull, report: &mut Report) -> Result<()> {
    let from = quoted(from);
    let fix = format!(
        "cargo xtask docs pull --from {from} && cargo xtask assemble && cargo xtask generate"
    );
    let step = task.step(Stage::Pages, &pull.files, Some(&fix))?;
    let has_drifted = !step.changes.is_empty();
    report.step(step);
    if !has_drifted {
        return Ok(());
    }
    task.streams.progress("assembling");
    if let Some(assembled) = documents(task, pull, report, Some(Severity::Info)) {
        report.violations(assembled.agreement.contradicted);
    }
    Ok(())
}

/// Reports what the pages change in the meaning of the documents. A contradiction is drift, too.
fn documents(
    task: &Task<'_, '_>,
    pull: &Pull,
    report: &mut Report,
    fail_on: Option<Severity>,
) -> Option<Assembled> {
    let assembled = match pull.assembled() {
        Ok(assembled) => assembled,
        Err(failed) => {
            report.violations(failed.0);
            return None;
        }
    };
    if let Some(comparison) = task.meaning(&assembled.files, fail_on) {
        report.meaning(comparison);
    }
    Some(assembled)
}

fn markdown(report: &Report, from: &Path, reworded: usize) -> String {
    let mut text = format!(
        "The documentation compared with what is recorded here, by `cargo xtask docs drift --from {}`.\n\n{}",
        quoted(from),
        report.render(Format::Markdown)
    );
    if reworded > 0 {
        let plural = if reworded == 1 { "" } else { "s" };
        let what = "changed in wording only, which needs no action.";
        text = format!("{text}\n{reworded} page{plural} {what}\n");
    }
    text
}
