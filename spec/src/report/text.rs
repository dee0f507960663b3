//! For a person at a terminal.

use std::fmt::Write as _;

use super::{Report, count, entry::Entry, shortened};
use crate::diff::Comparison;

/// The longest diff of a file, so that one changed document does not hide the other results.
const DIFF_LINES: usize = 200;

pub(super) fn render(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail, here and below.
    for finding in &report.findings {
        let _ = writeln!(out, "{finding}");
    }
    for line in report.summary() {
        let _ = writeln!(out, "{line}");
    }
    for (step, change) in report.files() {
        if step.fix.is_none() {
            let _ = writeln!(out, "  {} {}", step.explain(change), change.path);
            continue;
        }
        let line = change
            .line
            .map(|line| format!(":{line}"))
            .unwrap_or_default();
        let _ = writeln!(out, "{}{line}: {}", change.path, step.explain(change));
        let _ = writeln!(out, "{}", shortened(&change.diff, DIFF_LINES));
    }
    if let Some(comparison) = &report.meaning {
        meaning(&mut out, comparison);
    }
    let drifted = report.drift().count();
    if drifted > 0 {
        let _ = writeln!(out, "{} out of date. To fix:", count(drifted, "file"));
        for command in report.fixes() {
            let _ = writeln!(out, "  {command}");
        }
    }
    out
}

/// Grouped by severity, accepted changes last, then the version step.
fn meaning(out: &mut String, comparison: &Comparison) {
    let _ = writeln!(out, "{}", comparison.headline());
    for (title, changes) in super::sections(comparison) {
        let _ = writeln!(out, "\n{title}:");
        for (document, judged) in changes {
            let change = &judged.change;
            let Entry {
                message,
                place,
                values,
                details,
                ..
            } = Entry::change(document, judged);
            let place = place.unwrap_or_default();
            let _ = writeln!(
                out,
                "  {message}\n    {}:{} {place}",
                document.new, judged.line
            );
            for line in values.iter().chain(&details) {
                let _ = writeln!(out, "    {line}");
            }
            let _ = writeln!(out, "    {} {}", change.rule.id, change.fingerprint);
        }
    }
    if let Some(step) = super::version_step(comparison) {
        let _ = writeln!(out, "\nsuggested version step: {step}");
    }
}
