//! For a comment on a pull request.

use std::fmt::Write as _;

use super::{Report, Severity, Verdict, count, entry::Entry, shortened};
use crate::{
    diff::Comparison,
    markdown::{code, fence, prose},
};

/// Longest diff of one file.
const DIFF_LINES: usize = 60;

/// The size of all entries of a kind in bytes: there are three kinds, and a comment may have 65,536 characters.
const ROOM: usize = 20_000;

pub(super) fn render(report: &Report) -> String {
    let mut out = format!("### {}\n\n", title(report));
    list(&mut out, ROOM, report.findings.iter().map(Entry::finding));
    // Writing to a String cannot fail, here and below.
    for line in report.summary() {
        let _ = writeln!(out, "{line}\n");
    }
    let files = report.files();
    list(
        &mut out,
        ROOM,
        files.map(|(step, it)| Entry::file(step, it)),
    );
    if let Some(comparison) = &report.meaning {
        meaning(&mut out, comparison);
    }
    let commands = report.fixes();
    if !commands.is_empty() {
        let _ = writeln!(out, "To fix:\n\n```sh\n{}\n```", commands.join("\n"));
    }
    format!("{}\n", out.trim_end())
}

fn title(report: &Report) -> String {
    let drifted = report.drift().count();
    if drifted > 0 {
        return format!("{} out of date", count(drifted, "file"));
    }
    match (report.verdict(), &report.meaning, report.violated().count()) {
        (Verdict::UpToDate, None, _) => "All up to date".to_owned(),
        (Verdict::UpToDate, Some(_), _) => "Nothing breaking".to_owned(),
        (_, Some(comparison), 0) => {
            let changes = comparison.changes();
            let failing = changes
                .filter(|(_, located)| comparison.counts(located))
                .count();
            format!("{} to look at", count(failing, "change"))
        }
        (_, _, findings) => count(findings, "finding"),
    }
}

/// The number of changes, the version step, and a collapsed list for each severity; breaking changes are expanded.
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
        let is_breaking = title == Severity::Breaking.as_str();
        let open = if is_breaking { " open" } else { "" };
        let total = changes.len();
        let _ = writeln!(out, "<details{open}><summary>{title} ({total})</summary>\n");
        let entries = changes
            .iter()
            .map(|(document, it)| Entry::change(document, it));
        room = list(out, room, entries);
        out.push_str("</details>\n\n");
    }
}

/// Writes as many entries as fit, then diffs, and the number of the others. Returns the remaining space.
fn list<'a>(out: &mut String, mut room: usize, entries: impl Iterator<Item = Entry<'a>>) -> usize {
    let (before, mut more) = (out.len(), 0);
    for mut entry in entries {
        let mut text = item(&entry);
        if text.len() > room && !entry.diff.is_empty() {
            entry.diff = "";
            text = item(&entry) + "  (diff omitted: too long)\n";
        }
        match room.checked_sub(text.len()) {
            Some(rest) => {
                room = rest;
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
    room
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
    let names = [entry.rule, entry.fingerprint].into_iter().flatten();
    let names: Vec<String> = names.map(code).collect();
    if !names.is_empty() {
        let _ = write!(out, " ({})", names.join(", "));
    }
    if let Some(values) = &entry.values {
        let _ = write!(out, "<br>{}", code(values));
    }
    for detail in entry.details.iter().map(String::as_str).chain(entry.help) {
        let _ = write!(out, "<br>{}", prose(detail));
    }
    out.push('\n');
    let diff = shortened(entry.diff, DIFF_LINES);
    if !diff.is_empty() {
        let fence = fence(&diff, 3);
        let lines = diff.trim_end_matches('\n').replace('\n', "\n  ");
        let _ = writeln!(out, "  <details><summary>diff</summary>\n\n  {fence}diff");
        let _ = writeln!(out, "  {lines}\n  {fence}\n  </details>");
    }
    out
}
