//! Workflow commands of GitHub Actions: one annotation per finding, changed file and change of meaning.

use std::fmt::Write as _;

use super::{
    Report, Severity,
    entry::{Entry, one_line},
    shortened,
};

/// Annotations are small: they have space only for the start of the diff.
const DIFF_LINES: usize = 20;

pub(super) fn render(report: &Report) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        annotate(&mut out, &Entry::finding(finding));
    }
    // Writing to a String cannot fail, here and below.
    for line in report.summary() {
        let _ = writeln!(out, "{line}");
    }
    for (step, change) in report.files() {
        if let Some(fix) = &step.fix {
            let mut entry = Entry::file(step, change);
            entry.details.push(format!("fix: {fix}"));
            annotate(&mut out, &entry);
        } else {
            let _ = writeln!(out, "  {} {}", step.explain(change), change.path);
        }
    }
    let Some(comparison) = &report.meaning else {
        return out;
    };
    for (document, located) in comparison.changes() {
        let entry = Entry::change(document, located);
        if let Some(reason) = &located.accepted {
            let (change, reason) = (&located.change, one_line(reason));
            let _ = writeln!(
                out,
                "accepted {}: {} ({reason})",
                change.fingerprint, entry.message
            );
        } else {
            annotate(&mut out, &entry);
        }
    }
    out.push_str(&comparison.headline());
    if let Some(step) = super::version_step(comparison) {
        let _ = write!(out, "; suggested version step: {step}");
    }
    out + "\n"
}

fn annotate(out: &mut String, entry: &Entry<'_>) {
    let level = match entry.severity {
        Some(Severity::Info) => "notice",
        Some(Severity::Warning) => "warning",
        Some(Severity::Breaking) | None => "error",
    };
    let _ = write!(out, "::{level} ");
    if let Some(file) = entry.file {
        let _ = write!(out, "file={},", property(file));
    }
    if let Some(line) = entry.line {
        let _ = write!(out, "line={line},");
    }
    let place = entry.place.iter().map(|place| format!("{place}: "));
    let mut text: String = place.chain([entry.message.clone()]).collect();
    for detail in entry.values.iter().chain(&entry.details) {
        let _ = write!(text, "\n{detail}");
    }
    if let Some(help) = entry.help {
        let _ = write!(text, "\nhelp: {help}");
    }
    if let Some(fingerprint) = entry.fingerprint {
        let _ = write!(text, "\nfingerprint {fingerprint}");
    }
    let _ = write!(text, "\n{}", shortened(entry.diff, DIFF_LINES));
    let title = property(entry.rule.unwrap_or("out-of-date"));
    let _ = writeln!(out, "title={title}::{}", data(text.trim_end()));
}

/// Escapes the text after `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes the value of a property, where `:` and `,` have a meaning too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
