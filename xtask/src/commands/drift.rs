//! `docs drift`: whether the documentation still says what the fragments say.

use std::{fmt::Write as _, fs, path::Path};

use heffl_spec::{
    Finding,
    diff::Severity,
    fetch,
    report::{Action, Format, Report, Stage, Step, Verdict},
};

use super::{Pull, issue, meaning, one, quoted};
use crate::{cli::IssueArguments, streams::Streams};

/// What `docs drift` found.
pub(crate) struct Drift {
    pub(crate) report: Report,
    /// The report for an issue.
    pub(crate) markdown: String,
    /// Drift that is reported in the issue is not a failure.
    pub(crate) verdict: Verdict,
}

/// `docs drift`: a pull that writes nothing, compared with the tree. Writes the Markdown report to
/// `file`, unless that is `-`, and into an issue, and nothing else.
pub(crate) fn drift(
    root: &Path,
    from: &Path,
    file: Option<&Path>,
    issue: &IssueArguments,
    options: &fetch::Options,
    streams: &mut Streams<'_>,
) -> Drift {
    let mut report = Report::default();
    let mut reworded = 0;
    match super::fragments(root, from, options, streams) {
        Ok(pull) => {
            reworded = pull.pulled.reworded.len();
            if let Err(findings) = compare(root, from, &pull, &mut report, streams) {
                report.invalid(findings);
            }
            report.violations(pull.pulled.drift);
            report.violations(pull.pulled.gone);
            report.violations(pull.failures);
            report.violations(pull.pulled.refused);
        }
        Err(findings) => report.invalid(findings),
    }
    let markdown = markdown(&report, from, reworded);
    // Pages that cannot be read say nothing: the issue stays as it is then.
    let was_read = report.verdict();
    let file = file.filter(|file| *file != Path::new("-"));
    if let Some((file, Err(error))) = file.map(|file| (file, fs::write(file, &markdown))) {
        report.invalid([
            Finding::new("cannot-write", format!("cannot write the report: {error}"))
                .file(file.display().to_string())
                .help("name a file in a folder that exists"),
        ]);
    }
    if issue.issue
        && was_read != Verdict::Invalid
        && let Err(finding) = issue::keep(issue, was_read == Verdict::Drift, &markdown, streams)
    {
        report.invalid([finding]);
    }
    let verdict = match report.verdict() {
        Verdict::Drift if issue.issue && !issue.dry_run => Verdict::AllWell,
        verdict => verdict,
    };
    Drift {
        report,
        markdown,
        verdict,
    }
}

fn compare(
    root: &Path,
    from: &Path,
    pull: &Pull,
    report: &mut Report,
    streams: &mut Streams<'_>,
) -> Result<(), Vec<Finding>> {
    let changes = pull.files.compare(root).map_err(one)?;
    let is_drift = !changes.is_empty();
    report.step(Step {
        stage: Stage::Pages,
        files: pull.files.len(),
        changes,
        action: Action::Compared {
            mend: format!(
                "cargo xtask docs pull --from {} && cargo xtask assemble && cargo xtask generate",
                quoted(from)
            ),
        },
    });
    if !is_drift {
        return Ok(());
    }
    streams.progress("assembling");
    match pull.assembled() {
        Ok(assembled) => {
            let files = &assembled.files;
            if let Some(comparison) = meaning::between(root, files, Some(Severity::Info)) {
                report.meaning(comparison);
            }
            report.violations(assembled.agreement.contradicted);
        }
        // The pages were read; that they do not fit what we know is drift, too.
        Err(findings) => report.violations(findings),
    }
    Ok(())
}

fn markdown(report: &Report, from: &Path, reworded: usize) -> String {
    let mut text = format!(
        "The documentation compared with what is recorded here, by `cargo xtask docs drift --from {}`.\n\n",
        quoted(from)
    );
    text.push_str(&report.render(Format::Markdown));
    if reworded > 0 {
        let plural = if reworded == 1 { "" } else { "s" };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "\n{reworded} page{plural} changed in wording alone; nothing is to be done about that."
        );
    }
    text
}
