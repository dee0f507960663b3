//! For a person at a terminal.

use std::fmt::Write as _;

use super::{Action, Report, count, shortened};

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
    let drifted = report.drift().count();
    if drifted > 0 {
        let _ = writeln!(out, "{} out of date. To mend:", count(drifted, "file"));
        for command in report.mending() {
            let _ = writeln!(out, "  {command}");
        }
    }
    out
}
