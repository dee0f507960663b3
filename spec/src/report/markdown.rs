//! For a comment on a pull request.

use std::fmt::Write as _;

use super::{Report, Severity, Verdict, count, entry::Entry, shortened};
use crate::{
    diff::Comparison,
    markdown::{code, fence, prose},
};

/// Longest diff of one file.
const DIFF_LINES: usize = 60;

/// Entries of a kind together, in bytes: there are three kinds, and a comment may have 65,536 characters.
const ROOM: usize = 20_000;

pub(super) fn render(report: &Report) -> String {
    let mut out = format!("### {}\n\n", title(report));
    list(
        &mut out,
        &mut ROOM.clone(),
        report.findings.iter().map(Entry::finding),
    );
    // Writing to a String cannot fail, here and below.
    for line in report.summary() {
        let _ = writeln!(out, "{line}\n");
    }
    list(
        &mut out,
        &mut ROOM.clone(),
        report
            .files()
            .map(|(step, change)| Entry::file(step, change)),
    );
    if let Some(comparison) = &report.meaning {
        meaning(&mut out, comparison);
    }
    let commands = report.fixes();
    if !commands.is_empty() {
        let _ = writeln!(out, "To mend:\n\n```sh\n{}\n```", commands.join("\n"));
    }
    format!("{}\n", out.trim_end())
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
                .filter(|(_, judged)| comparison.counts(judged));
            format!("{} to look at", count(failing.count(), "change"))
        }
        (_, _, findings) => count(findings, "finding"),
    }
}

/// How many changes there are, what they ask for, and a folded list for each severity; what breaks is open.
fn meaning(out: &mut String, comparison: &Comparison) {
    let mut headline = comparison.headline();
    if let Some(first) = headline.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    out.push_str(&headline);
    if let Some(step) = super::version_step(comparison) {
        let _ = write!(out, ". Suggested version step: **{step}**");
    }
    out.push_str(".\n\n");
    let mut room = ROOM;
    for (title, changes) in super::sections(comparison) {
        let open = if title == Severity::Breaking.as_str() {
            " open"
        } else {
            ""
        };
        let total = changes.len();
        let _ = writeln!(out, "<details{open}><summary>{title} ({total})</summary>\n");
        let entries = changes.into_iter();
        list(
            out,
            &mut room,
            entries.map(|(document, judged)| Entry::change(document, judged)),
        );
        out.push_str("</details>\n\n");
    }
}

/// The entries as far as there is room, diffs last, and the number of the others.
fn list<'a>(out: &mut String, room: &mut usize, entries: impl Iterator<Item = Entry<'a>>) {
    let (before, mut more) = (out.len(), 0);
    for mut entry in entries {
        let mut text = item(&entry);
        if text.len() > *room && !entry.diff.is_empty() {
            entry.diff = "";
            text = item(&entry) + "  (diff left out: no room)\n";
        }
        match room.checked_sub(text.len()) {
            Some(rest) => {
                *room = rest;
                out.push_str(&text);
            }
            None => more += 1,
        }
    }
    if more > 0 {
        let _ = writeln!(out, "- and {more} more: `--format json` has them all");
    }
    if out.len() > before {
        out.push('\n');
    }
}

fn item(entry: &Entry<'_>) -> String {
    let mut out = "-".to_owned();
    if let Some(file) = entry.file {
        let _ = write!(out, " {}", code(file));
    }
    if let Some(line) = entry.line {
        let _ = write!(out, " line {line}");
    }
    if let Some(place) = &entry.place {
        let _ = write!(out, " {}", code(place));
    }
    if entry.rule.is_none() {
        out.push(':');
    }
    if let Some(severity) = entry.severity {
        let _ = write!(out, " **{}**", severity.as_str());
    }
    let _ = write!(out, " {}", prose(&entry.message));
    let names: Vec<String> = entry
        .rule
        .into_iter()
        .chain(entry.fingerprint)
        .map(code)
        .collect();
    if !names.is_empty() {
        let _ = write!(out, " ({})", names.join(", "));
    }
    if let Some(values) = &entry.values {
        let _ = write!(out, "<br>{}", code(values));
    }
    // The commands for files are listed once, at the end.
    let details = entry.details.iter().filter(|_| entry.rule.is_some());
    for detail in details.map(String::as_str).chain(entry.help) {
        let _ = write!(out, "<br>{}", prose(detail));
    }
    out.push('\n');
    let diff = shortened(entry.diff, DIFF_LINES);
    if !diff.is_empty() {
        let fence = fence(&diff, 3);
        let lines = diff.trim_end().replace('\n', "\n  ");
        let _ = writeln!(out, "  <details><summary>diff</summary>\n\n  {fence}diff");
        let _ = writeln!(out, "  {lines}\n  {fence}\n  </details>");
    }
    out
}
