//! For a person at a terminal.

use std::fmt::Write as _;

use super::{
    Action, Report, count,
    meaning::{self, SEVERITIES},
    shortened,
};
use crate::diff::{Compared, Comparison, Judged};

/// Longest diff of one file; a document that changed from end to end would bury the rest.
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
    for step in &report.steps {
        for change in &step.changes {
            let what = step.explain(change);
            if step.action == Action::Written {
                let _ = writeln!(out, "  {what} {}", change.path);
                continue;
            }
            let _ = match change.line {
                Some(line) => writeln!(out, "{}:{line}: {what}", change.path),
                None => writeln!(out, "{}: {what}", change.path),
            };
            out.push_str(&shortened(&change.diff, DIFF_LINES));
            out.push('\n');
        }
    }
    if let Some(comparison) = &report.meaning {
        changes_of_meaning(&mut out, comparison);
    }
    let drifted = report.drift().count();
    if drifted > 0 {
        let _ = writeln!(out, "{} out of date. To mend:", count(drifted, "file"));
        for command in report.mending() {
            let _ = writeln!(out, "  {command}");
        }
    }
    out
}

/// Grouped by severity, what was accepted last, then the version step.
fn changes_of_meaning(out: &mut String, comparison: &Comparison) {
    let _ = writeln!(out, "{}", comparison.headline());
    for severity in SEVERITIES {
        let open: Vec<_> = comparison.open(severity).collect();
        group(out, severity.as_str(), &open);
    }
    group(out, "accepted", &comparison.accepted().collect::<Vec<_>>());
    if let Some(step) = meaning::step(comparison) {
        let _ = writeln!(out, "\nsuggested version step: {step}");
    }
}

fn group(out: &mut String, title: &str, changes: &[(&Compared, &Judged)]) {
    if !changes.is_empty() {
        let _ = writeln!(out, "\n{title}:");
    }
    for (document, judged) in changes {
        let change = &judged.change;
        let _ = writeln!(out, "  {}", meaning::one_line(&change.message));
        let _ = writeln!(
            out,
            "    {}:{} {}",
            document.new,
            judged.line,
            meaning::place(change)
        );
        if let Some(values) = meaning::values(change) {
            let _ = writeln!(out, "    {values}");
        }
        if !change.also.is_empty() {
            let _ = writeln!(out, "    also reaches {}", meaning::reach(&change.also));
        }
        if let Some(reason) = &judged.accepted {
            let _ = writeln!(out, "    accepted: {}", meaning::one_line(reason));
        }
        let _ = writeln!(out, "    {} {}", change.rule.id, change.fingerprint);
    }
}
