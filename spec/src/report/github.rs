//! Workflow commands of GitHub Actions: one annotation per finding and per changed file.

use std::fmt::Write as _;

use super::{Action, Report, shortened};

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
                Some(&change.path),
                change.line,
                "out-of-date",
                message.trim_end(),
            );
        }
    }
    out
}

fn annotation(
    out: &mut String,
    file: Option<&str>,
    line: Option<usize>,
    title: &str,
    message: &str,
) {
    out.push_str("::error ");
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
