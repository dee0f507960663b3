//! For a comment on a pull request.

use std::fmt::Write as _;

use super::{Action, Report, Verdict, count, shortened};

/// Longest diff of one file.
const DIFF_LINES: usize = 60;

/// Diffs of all files together, in bytes: a comment may have 65,536 characters.
const DIFF_BYTES: usize = 40_000;

/// Findings that are listed; the rest is counted.
const FINDINGS: usize = 50;

pub(super) fn render(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(out, "### {}\n", title(report));
    findings(&mut out, report);
    for line in report.summary() {
        let _ = writeln!(out, "{line}\n");
    }
    changes(&mut out, report);
    let commands = report.mending();
    if !commands.is_empty() {
        let _ = writeln!(out, "To mend:\n\n```sh\n{}\n```\n", commands.join("\n"));
    }
    let end = out.trim_end().len();
    out.truncate(end);
    out.push('\n');
    out
}

fn title(report: &Report) -> String {
    match (report.verdict(), report.drift().count()) {
        (Verdict::AllWell, _) => "All well".to_owned(),
        (_, 0) => count(report.findings.len(), "finding"),
        (_, drifted) => format!("{} out of date", count(drifted, "file")),
    }
}

fn findings(out: &mut String, report: &Report) {
    for finding in report.findings.iter().take(FINDINGS) {
        out.push_str("- ");
        if let Some(file) = &finding.file {
            out.push_str(&code(file));
            if let Some(line) = finding.line {
                let _ = write!(out, " line {line}");
            }
            out.push(' ');
        }
        if let Some(pointer) = &finding.pointer {
            let _ = write!(out, "{} ", code(&format!("#{pointer}")));
        }
        let _ = write!(out, "{} ({})", prose(&finding.message), code(finding.rule));
        if let Some(help) = &finding.help {
            let _ = write!(out, "<br>{}", prose(help));
        }
        out.push('\n');
    }
    if let Some(more) = report
        .findings
        .len()
        .checked_sub(FINDINGS)
        .filter(|n| *n > 0)
    {
        let _ = writeln!(out, "- and {more} more");
    }
    if !report.findings.is_empty() {
        out.push('\n');
    }
}

fn changes(out: &mut String, report: &Report) {
    let mut room = DIFF_BYTES;
    for step in &report.steps {
        for change in &step.changes {
            let place = match change.line {
                Some(line) if step.action != Action::Written => {
                    format!("{} line {line}", code(&change.path))
                }
                _ => code(&change.path),
            };
            let _ = writeln!(out, "- {place}: {}", prose(step.explain(change)));
            let diff = shortened(&change.diff, DIFF_LINES);
            if diff.is_empty() || step.action == Action::Written {
                continue;
            }
            match room.checked_sub(diff.len()) {
                Some(rest) => {
                    room = rest;
                    details(out, &diff);
                }
                None => out.push_str("  (diff left out: no room)\n"),
            }
        }
    }
    if report.steps.iter().any(|step| !step.changes.is_empty()) {
        out.push('\n');
    }
}

/// A folded diff below a list item.
fn details(out: &mut String, diff: &str) {
    let fence = fence(diff, 3);
    let _ = writeln!(out, "  <details><summary>diff</summary>\n");
    let _ = writeln!(out, "  {fence}diff");
    for line in diff.lines() {
        let _ = writeln!(out, "  {line}");
    }
    let _ = writeln!(out, "  {fence}\n  </details>");
}

/// Backticks that do not occur in `text`, at least `shortest`.
fn fence(text: &str, shortest: usize) -> String {
    let mut longest = 0;
    let mut run = 0;
    for character in text.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    "`".repeat(shortest.max(longest + 1))
}

/// Inline code.
pub(crate) fn code(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    let fence = fence(&text, 1);
    if text.contains('`') {
        format!("{fence} {text} {fence}")
    } else {
        format!("{fence}{text}{fence}")
    }
}

/// A message on one line. What stands between backticks is code and left alone; elsewhere, nothing
/// may become an HTML tag.
pub(crate) fn prose(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    // An odd number of backticks means that one of them opens no code.
    let all_prose = text.matches('`').count() % 2 == 1;
    text.split('`')
        .enumerate()
        .map(|(index, part)| {
            if index % 2 == 1 && !all_prose {
                part.to_owned()
            } else {
                part.replace('&', "&amp;").replace('<', "&lt;")
            }
        })
        .collect::<Vec<_>>()
        .join(if all_prose { "\\`" } else { "`" })
}
