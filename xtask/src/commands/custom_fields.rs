//! `custom-fields`: types for what a workspace has defined, and what changed between two answers.

use std::{collections::BTreeMap, path::Path, sync::LazyLock};

use heffl_codegen::{
    Problem,
    custom_fields::{self, Answer, ChangeKind, Definitions, MARKER},
};
use heffl_spec::{
    Finding,
    diff::{Area, Change, Compared, Comparison, Fingerprint, Judged, Rule, Severity, Side},
    files::FileSet,
    input,
    report::{Action, Report, Stage, Step},
};

use super::{finding, one, quoted};
use crate::streams::Streams;

/// The rules of the comparison, as reports have them.
static RULES: LazyLock<BTreeMap<ChangeKind, Rule>> = LazyLock::new(|| {
    let kinds = ChangeKind::ALL.iter();
    kinds.map(|kind| (*kind, rule(*kind))).collect()
});

/// The rules of the comparison.
pub(super) fn rules() -> Vec<Rule> {
    RULES.values().copied().collect()
}

/// What is asked for.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) from: &'a Path,
    pub(crate) entity: Option<&'a str>,
}

/// The source, for standard output; or a report that says why there is none.
pub(crate) fn print(request: &Request<'_>, streams: &mut Streams<'_>) -> Result<String, Report> {
    source(request, streams).map_err(|findings| {
        let mut report = Report::default();
        report.invalid(findings);
        report
    })
}

fn source(request: &Request<'_>, streams: &mut Streams<'_>) -> Result<String, Vec<Finding>> {
    let definitions = definitions(request.from, request.entity)?;
    for (entity, field) in definitions.fields() {
        if let Some(note) = field.note() {
            streams.note(&format!(
                "note: {}:{}: `{}` of {}: {note}",
                definitions.file,
                field.place.line,
                field.key.escape_debug(),
                entity.name,
            ));
        }
    }
    custom_fields::generate(&definitions).map_err(findings)
}

/// Writes the source to `out`, or compares it with what is there.
pub(crate) fn write(
    request: &Request<'_>,
    out: &Path,
    check: bool,
    streams: &mut Streams<'_>,
) -> Report {
    let mut report = Report::default();
    let entity = request
        .entity
        .map(|entity| format!(" --entity {}", quoted(Path::new(entity))));
    let action = if check {
        Action::Compared {
            mend: format!(
                "cargo xtask custom-fields --from {}{} --out {}",
                quoted(request.from),
                entity.unwrap_or_default(),
                quoted(out)
            ),
        }
    } else {
        Action::Written
    };
    let changes = source(request, streams).and_then(|text| {
        let (folder, name) = place(out)?;
        let files = FileSet::new([(name, text)]).map_err(one)?;
        let changes = if check {
            files.compare(folder)
        } else {
            files.write(folder)
        };
        changes.map_err(|finding| one(finding.file(out.display().to_string())))
    });
    match changes {
        Ok(mut changes) => {
            for change in &mut changes {
                change.path = out.display().to_string();
            }
            report.step(Step {
                stage: Stage::Generated,
                files: 1,
                changes,
                action,
            });
        }
        Err(findings) => report.invalid(findings),
    }
    report
}

/// Tells what changed between two answers.
pub(crate) fn compare(request: &Request<'_>, against: &Path, fail_on: Severity) -> Report {
    let mut report = Report::default();
    let old = definitions(against, request.entity);
    match (old, definitions(request.from, request.entity)) {
        (Ok(old), Ok(new)) => report.meaning(Comparison {
            documents: vec![Compared {
                changes: custom_fields::compare(&old, &new)
                    .into_iter()
                    .map(judged)
                    .collect(),
                old: old.file,
                new: new.file,
            }],
            fail_on: Some(fail_on),
        }),
        (old, new) => report.invalid(old.err().into_iter().chain(new.err()).flatten()),
    }
    report
}

fn definitions(path: &Path, entity: Option<&str>) -> Result<Definitions, Vec<Finding>> {
    let file = &path.display().to_string();
    let text = input::read(path, file).map_err(one)?;
    let answer = Answer {
        file,
        text: &text,
        entity,
    };
    custom_fields::parse(&answer).map_err(findings)
}

/// The folder of a file that may be written, and the file's name in it.
fn place(out: &Path) -> Result<(&Path, String), Vec<Finding>> {
    let shown = out.display().to_string();
    let refused = |rule, message: &str, help: &str| {
        Err(one(Finding::new(rule, message).file(&shown).help(help)))
    };
    let folder = match out.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => out,
    };
    let name = out.file_name().and_then(|name| name.to_str());
    let Some(name) = name.filter(|_| folder.is_dir() && !out.is_dir()) else {
        return refused(
            "no-such-directory",
            "this is no file in a directory that is there",
            "create the directory, or name another file",
        );
    };
    // What somebody else wrote is not replaced.
    if out.exists() && !input::read(out, &shown).map_err(one)?.starts_with(MARKER) {
        return refused(
            "not-generated",
            "this file was not written by `cargo xtask custom-fields`",
            "name another file, or delete this one",
        );
    }
    Ok((folder, name.to_owned()))
}

fn findings(problems: Vec<Problem>) -> Vec<Finding> {
    problems.into_iter().map(finding).collect()
}

fn rule(kind: ChangeKind) -> Rule {
    Rule {
        id: kind.id(),
        severity: match kind.severity() {
            custom_fields::Severity::Info => Severity::Info,
            custom_fields::Severity::Warning => Severity::Warning,
            custom_fields::Severity::Breaking => Severity::Breaking,
        },
        area: Area::CustomField,
        title: kind.title(),
        why: kind.why(),
    }
}

fn judged(change: custom_fields::Change) -> Judged {
    let rule = &RULES[&change.kind];
    let (before, after) = (change.before, change.after);
    let location = format!("{}/{}", change.entity, change.key.unwrap_or_default());
    let (side, line) = match change.side {
        custom_fields::Side::New => (Side::New, change.place.line),
        // There is no such line in the new answer.
        custom_fields::Side::Old => (Side::Old, 1),
    };
    Judged {
        change: Change {
            rule,
            severity: rule.severity,
            operation: None,
            also: Vec::new(),
            pointer: change.place.pointer,
            side,
            message: change.message,
            fingerprint: Fingerprint::of(rule, &location, before.as_ref(), after.as_ref()),
            before,
            after,
        },
        line,
        accepted: None,
    }
}
