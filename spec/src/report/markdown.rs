//! For a comment on a pull request.

use std::fmt::Write as _;

use super::{
    Action, Report, Verdict, count,
    meaning::{self, SEVERITIES},
    shortened,
};
use crate::diff::{Compared, Comparison, Judged, Severity};

/// Longest diff of one file.
const DIFF_LINES: usize = 60;

/// Diffs of all files together, in bytes: a comment may have 65,536 characters.
const DIFF_BYTES: usize = 30_000;

/// Tables of changes together, in bytes.
const TABLE_BYTES: usize = 20_000;

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
    if let Some(comparison) = &report.meaning {
        let _ = writeln!(out, "{}\n", summary_of_meaning(comparison));
        tables(&mut out, comparison);
    }
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
    let drifted = report.drift().count();
    if drifted > 0 {
        return format!("{} out of date", count(drifted, "file"));
    }
    match (report.verdict(), &report.meaning, report.violated().count()) {
        (Verdict::AllWell, None, _) => "All well".to_owned(),
        (Verdict::AllWell, Some(_), _) => "Nothing that breaks".to_owned(),
        (_, Some(comparison), 0) => {
            let failing = comparison
                .changes()
                .filter(|(_, judged)| comparison.counts(judged))
                .count();
            format!("{} to look at", count(failing, "change"))
        }
        (_, _, findings) => count(findings, "finding"),
    }
}

/// How many changes there are, and what they ask for.
fn summary_of_meaning(comparison: &Comparison) -> String {
    if comparison.changes().next().is_none() {
        return "No change of meaning.".to_owned();
    }
    let headline = comparison.headline();
    match meaning::step(comparison) {
        Some(step) => format!("{headline}. Suggested version step: **{step}**."),
        None => format!("{headline}."),
    }
}

/// A folded table for each severity; what breaks is open.
fn tables(out: &mut String, comparison: &Comparison) {
    let mut room = TABLE_BYTES;
    for severity in SEVERITIES {
        let changes: Vec<_> = comparison.open(severity).collect();
        let open = severity == Severity::Breaking;
        table(out, &mut room, severity.as_str(), open, &changes);
    }
    let accepted: Vec<_> = comparison.accepted().collect();
    table(out, &mut room, "accepted", false, &accepted);
}

fn table(
    out: &mut String,
    room: &mut usize,
    title: &str,
    open: bool,
    changes: &[(&Compared, &Judged)],
) {
    if changes.is_empty() {
        return;
    }
    let open = if open { " open" } else { "" };
    let total = changes.len();
    let _ = writeln!(
        out,
        "<details{open}><summary>{title} ({total})</summary>\n\n\
         | change | place | before → after | rule, fingerprint |\n|---|---|---|---|"
    );
    let mut shown = 0;
    for row in changes
        .iter()
        .map(|(document, judged)| row(document, judged))
    {
        let Some(rest) = room.checked_sub(row.len()) else {
            break;
        };
        *room = rest;
        out.push_str(&row);
        shown += 1;
    }
    out.push('\n');
    if shown < total {
        let _ = writeln!(
            out,
            "and {} more: `--format json` has them all\n",
            total - shown
        );
    }
    out.push_str("</details>\n\n");
}

fn row(document: &Compared, judged: &Judged) -> String {
    let change = &judged.change;
    let mut what = prose(&change.message);
    if !change.also.is_empty() {
        let _ = write!(
            what,
            "<br>Also reaches {}.",
            prose(&meaning::reach(&change.also))
        );
    }
    if let Some(reason) = &judged.accepted {
        let _ = write!(what, "<br>Accepted: {}", prose(reason));
    }
    let place = format!(
        "{} line {}<br>{}",
        code(&document.new),
        judged.line,
        code(&meaning::place(change))
    );
    let values = match (&change.before, &change.after) {
        (None, None) => String::new(),
        (before, after) => {
            let side = |value: &Option<_>| match value {
                None => "nothing".to_owned(),
                Some(_) => code(&meaning::value(value.as_ref())),
            };
            format!("{} → {}", side(before), side(after))
        }
    };
    let rule = format!(
        "{}<br>{}",
        code(change.rule.id),
        code(change.fingerprint.as_str())
    );
    // In a table, `|` ends a cell, in code as well.
    let cells = [what, place, values, rule].map(|cell| cell.replace('|', "\\|"));
    format!("| {} |\n", cells.join(" | "))
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
        if let Some(severity) = finding.severity() {
            let _ = write!(out, "**{}** ", severity.as_str());
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
