//! `custom-fields`: types for what a workspace has defined, and what changed between two answers.

use std::{collections::BTreeMap, path::Path, sync::LazyLock};

use heffl_codegen::custom_fields::{self, Answer, ChangeKind, Definitions, MARKER};
use heffl_spec::{
    Finding,
    diff::{Area, Change, Compared, Comparison, Fingerprint, LocatedChange, Rule, Severity, Side},
    files::FileSet,
    input,
    report::{Report, Stage, Step},
};

use super::quoted;
use crate::{
    cli::CustomFieldsArguments,
    failed::{Failed, Result},
    task::{Outcome, Task},
};

/// The rules of the comparison, as reports have them.
static RULES: LazyLock<BTreeMap<ChangeKind, Rule>> = LazyLock::new(|| {
    let kinds = ChangeKind::ALL.iter();
    kinds.map(|kind| (*kind, rule(*kind))).collect()
});

/// The rules of the comparison.
pub(crate) fn rules() -> Vec<Rule> {
    RULES.values().copied().collect()
}

/// `custom-fields`
pub(crate) fn run(task: &mut Task<'_, '_>, arguments: &CustomFieldsArguments) -> Result<Outcome> {
    let CustomFieldsArguments {
        from,
        entity,
        out,
        check,
        against,
        fail_on,
    } = arguments;
    let entity = entity.as_deref();
    if let Some(against) = against {
        return compare(
            definitions(against, entity),
            definitions(from, entity),
            *fail_on,
        );
    }
    let source = source(task, from, entity)?;
    let Some(out) = out else {
        return Ok(Outcome::Text(source));
    };
    let entity = entity.map(|entity| format!(" --entity {}", quoted(Path::new(entity))));
    let fix = format!(
        "cargo xtask custom-fields --from {}{} --out {}",
        quoted(from),
        entity.unwrap_or_default(),
        quoted(out)
    );
    let (folder, name) = place(out)?;
    let files = FileSet::new([(name, source)])?;
    let changes = if *check {
        files.compare(folder)
    } else {
        files.write(folder)
    };
    let shown = out.display().to_string();
    let mut changes = changes.map_err(|finding| finding.file(&shown))?;
    for change in &mut changes {
        change.path.clone_from(&shown);
    }
    let step = Step {
        stage: Stage::Generated,
        files: 1,
        changes,
        fix: check.then_some(fix),
    };
    Ok(Outcome::Report(step.into()))
}

fn source(task: &mut Task<'_, '_>, from: &Path, entity: Option<&str>) -> Result<String> {
    let definitions = definitions(from, entity)?;
    for (entity, field) in definitions.fields() {
        if let Some(note) = field.note() {
            let (file, line) = (&definitions.file, field.place.line);
            let (key, entity) = (field.key.escape_debug(), &entity.name);
            task.streams
                .note(&format!("note: {file}:{line}: `{key}` of {entity}: {note}"));
        }
    }
    Ok(custom_fields::generate(&definitions)?)
}

/// Reports what changed between two responses.
fn compare(
    old: Result<Definitions>,
    new: Result<Definitions>,
    fail_on: Severity,
) -> Result<Outcome> {
    let (old, new) = match (old, new) {
        (Err(Failed(old)), Err(Failed(new))) => return Err(Failed([old, new].concat())),
        (old, new) => (old?, new?),
    };
    let changes = custom_fields::compare(&old, &new)
        .into_iter()
        .map(located)
        .collect();
    let mut report = Report::default();
    report.meaning(Comparison {
        documents: vec![Compared {
            changes,
            old: old.file,
            new: new.file,
        }],
        fail_on: Some(fail_on),
    });
    Ok(Outcome::Report(report))
}

fn definitions(path: &Path, entity: Option<&str>) -> Result<Definitions> {
    let file = &path.display().to_string();
    let text = &input::read(path, file)?;
    Ok(custom_fields::parse(&Answer { file, text, entity })?)
}

/// The folder of a file that may be written, and the file's name in it.
fn place(out: &Path) -> std::result::Result<(&Path, String), Finding> {
    let shown = out.display().to_string();
    let folder = match out.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => out,
    };
    let name = out.file_name().and_then(|name| name.to_str());
    let Some(name) = name.filter(|_| folder.is_dir() && !out.is_dir()) else {
        let message = "this is no file in a directory that is there";
        let finding = Finding::new("no-such-directory", message).file(shown);
        return Err(finding.help("create the directory, or name another file"));
    };
    // What somebody else wrote is not replaced.
    if out.exists() && !input::read(out, &shown)?.starts_with(MARKER) {
        let message = "this file was not written by `cargo xtask custom-fields`";
        let finding = Finding::new("not-generated", message).file(shown);
        return Err(finding.help("name another file, or delete this one"));
    }
    Ok((folder, name.to_owned()))
}

fn rule(kind: ChangeKind) -> Rule {
    Rule {
        id: kind.id(),
        severity: kind.severity(),
        area: Area::CustomField,
        title: kind.title(),
        why: kind.why(),
    }
}

fn located(change: custom_fields::Change) -> LocatedChange {
    let rule = &RULES[&change.kind];
    let (before, after) = (change.before, change.after);
    let location = format!("{}/{}", change.entity, change.key.unwrap_or_default());
    let (side, line) = match change.side {
        custom_fields::Side::New => (Side::New, change.place.line),
        // There is no such line in the new answer.
        custom_fields::Side::Old => (Side::Old, 1),
    };
    LocatedChange {
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
