//! `docs drift`: whether the documentation still says what the records say.

use std::{fmt::Write as _, fs, path::Path};

use heffl_spec::{
    Finding,
    diff::Severity,
    fetch,
    files::FileSet,
    input,
    report::{Action, Format, Report, Stage, Step},
    yaml,
};

use super::{meaning, one, pages, quoted};
use crate::Streams;

/// `docs drift`: a pull into a temporary copy, compared with the tree. Writes the Markdown report to
/// `file`, and nothing else.
pub(crate) fn drift(
    root: &Path,
    from: &Path,
    file: &Path,
    options: &fetch::Options,
    streams: &mut Streams<'_>,
) -> Report {
    let mut report = Report::default();
    let mut wording = 0;
    let compared = pages(root, from, options, streams)
        .and_then(|folder| compare(root, from, &folder, &mut report, &mut wording, streams));
    if let Err(findings) = compared {
        report.invalid(findings);
    }
    if let Err(error) = fs::write(file, markdown(&report, from, wording)) {
        report.invalid([
            Finding::new("cannot-write", format!("cannot write the report: {error}"))
                .file(file.display().to_string())
                .help("name a file in a folder that exists"),
        ]);
    }
    report
}

fn compare(
    root: &Path,
    from: &Path,
    folder: &Path,
    report: &mut Report,
    wording: &mut usize,
    streams: &mut Streams<'_>,
) -> Result<(), Vec<Finding>> {
    streams.progress("reading pages");
    let pulled = heffl_spec::pull::pull(root, folder)?;
    for note in &pulled.notes {
        streams.note(&format!("note: {note}"));
    }
    let files = pulled.files.len();
    let mut changed = Vec::new();
    for (path, text) in pulled.files {
        match input::read(&root.join(&path), &path) {
            Ok(found) if found.replace("\r\n", "\n") == text => {}
            Ok(found) if facts(&found).is_some_and(|found| Some(found) == facts(&text)) => {
                streams.note(&format!("note: {path}: other words, the same facts"));
                *wording += 1;
            }
            _ => changed.push((path, text)),
        }
    }
    let records = FileSet::new(changed).map_err(one)?;
    report.step(Step {
        stage: Stage::Records,
        files,
        changes: records.compare(root).map_err(one)?,
        action: Action::Compared {
            mend: format!(
                "cargo xtask docs pull --from {} && cargo xtask assemble && cargo xtask generate",
                quoted(from)
            ),
        },
    });
    if records.is_empty() {
        return Ok(());
    }
    streams.progress("assembling");
    match meaning::assembled_with(root, &records) {
        Ok(documents) => {
            if let Some(comparison) = meaning::between(root, &documents, Some(Severity::Info)) {
                report.meaning(comparison);
            }
        }
        // The pages were read; that they do not fit what we know is drift, too.
        Err(findings) => report.violations(findings),
    }
    Ok(())
}

/// A record without the hashes of its words.
fn facts(record: &str) -> Option<serde_json::Value> {
    let mut record = yaml::read(record, "").ok()?;
    let map = record.as_object_mut()?;
    map.shift_remove("content");
    map.shift_remove("wording");
    Some(record)
}

fn markdown(report: &Report, from: &Path, wording: usize) -> String {
    let mut text = format!(
        "The documentation compared with what is recorded here, by `cargo xtask docs drift --from {}`.\n\n",
        quoted(from)
    );
    text.push_str(&report.render(Format::Markdown));
    if wording > 0 {
        let plural = if wording == 1 { "" } else { "s" };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "\n{wording} page{plural} changed in wording alone; nothing is to be done about that."
        );
    }
    text
}
