//! Workflow commands of GitHub Actions: one annotation per finding and per changed file.

use std::fmt::Write as _;

use super::{Action, Report, meaning, shortened};
use crate::diff::{Comparison, Severity};

/// Annotations are small; the log above them has room for a start of the diff only.
const DIFF_LINES: usize = 20;

pub(super) fn render(report: &Report) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        let mut message = finding.message.clone();
        if let Some(pointer) = &finding.pointer {
            message = format!("#{pointer}: {message}");
        }
        if let Some(help) = &finding.help {
            message = format!("{message}\nhelp: {help}");
        }
        annotation(
            &mut out,
            level(finding.severity().unwrap_or(Severity::Breaking)),
            finding.file.as_deref(),
            finding.line,
            finding.rule,
            &message,
        );
    }
    for line in report.summary() {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{line}");
    }
    for step in &report.steps {
        for change in &step.changes {
            let what = step.explain(change);
            let Action::Compared { mend } = &step.action else {
                let _ = writeln!(out, "  {what} {}", change.path);
                continue;
            };
            let diff = shortened(&change.diff, DIFF_LINES);
            let message = format!("{what}\nmend: {mend}\n{diff}");
            annotation(
                &mut out,
                "error",
                Some(&change.path),
                change.line,
                "out-of-date",
                message.trim_end(),
            );
        }
    }
    if let Some(comparison) = &report.meaning {
        changes_of_meaning(&mut out, comparison);
    }
    out
}

/// An annotation for each change; those that were accepted stay in the log.
fn changes_of_meaning(out: &mut String, comparison: &Comparison) {
    for (document, judged) in comparison.changes() {
        let change = &judged.change;
        if let Some(reason) = &judged.accepted {
            let reason = meaning::one_line(reason);
            let message = meaning::one_line(&change.message);
            let _ = writeln!(out, "accepted {}: {message} ({reason})", change.fingerprint);
            continue;
        }
        let mut message = format!(
            "{}\n{}",
            meaning::one_line(&change.message),
            meaning::place(change)
        );
        if let Some(values) = meaning::values(change) {
            let _ = write!(message, "\n{values}");
        }
        let _ = write!(message, "\nfingerprint {}", change.fingerprint);
        annotation(
            out,
            level(change.severity),
            Some(&document.new),
            Some(judged.line),
            change.rule.id,
            &message,
        );
    }
    out.push_str(&comparison.headline());
    if let Some(step) = meaning::step(comparison) {
        let _ = write!(out, "; suggested version step: {step}");
    }
    out.push('\n');
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Breaking => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    }
}

fn annotation(
    out: &mut String,
    level: &str,
    file: Option<&str>,
    line: Option<usize>,
    title: &str,
    message: &str,
) {
    let _ = write!(out, "::{level} ");
    if let Some(file) = file {
        let _ = write!(out, "file={},", property(file));
        if let Some(line) = line {
            let _ = write!(out, "line={line},");
        }
    }
    let _ = writeln!(out, "title={}::{}", property(title), data(message));
}

/// Escapes the text after `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes the value of a property, where `:` and `,` have a meaning as well.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
