//! For a program: an object with `ok`, `findings` and `changes`, and `meaning` if documents were
//! compared in meaning. `spec/schemas/diff.schema.json` describes it.

use serde_json::{Value, json};

use super::{Report, Severity, Step, Verdict};
use crate::{
    diff::{Compared, Comparison, LocatedChange},
    files,
    finding::Finding,
};

pub(super) fn render(report: &Report) -> String {
    let findings = report.findings.iter().map(finding).collect();
    let files = report.files().map(|(step, change)| file(step, change));
    let output = object([
        ("ok", Some(json!(report.verdict() == Verdict::UpToDate))),
        ("findings", Some(findings)),
        ("changes", Some(files.collect())),
        ("meaning", report.meaning.as_ref().map(meaning)),
    ]);
    format!("{output}\n")
}

fn finding(finding: &Finding) -> Value {
    let mut value = json!(finding);
    if let Some(severity) = finding.severity() {
        value["severity"] = json!(severity);
    }
    value
}

fn file(step: &Step, change: &files::Change) -> Value {
    object([
        ("step", Some(json!(step.stage.as_str()))),
        ("path", Some(json!(change.path))),
        ("kind", Some(json!(change.kind))),
        ("line", change.line.map(Value::from)),
        ("diff", Some(json!(change.diff))),
        ("message", Some(json!(step.explain(change)))),
        // Whether the file is up to date now.
        ("written", Some(json!(step.fix.is_none()))),
        ("fix", step.fix.as_deref().map(Value::from)),
    ])
}

fn meaning(comparison: &Comparison) -> Value {
    let open = |severity| Some(json!(comparison.open(severity).count()));
    let documents = comparison.documents.iter().map(document);
    let step = comparison.suggested_step().as_str();
    object([
        ("suggestedStep", Some(json!(step))),
        ("failOn", comparison.fail_on.map(|it| json!(it))),
        ("breaking", open(Severity::Breaking)),
        ("warning", open(Severity::Warning)),
        ("info", open(Severity::Info)),
        ("accepted", Some(json!(comparison.accepted().count()))),
        ("documents", Some(documents.collect())),
    ])
}

fn document(document: &Compared) -> Value {
    let changes: Value = document.changes.iter().map(change).collect();
    json!({"old": document.old, "new": document.new, "changes": changes})
}

fn change(located: &LocatedChange) -> Value {
    let change = &located.change;
    let also = Some(json!(change.also)).filter(|_| !change.also.is_empty());
    object([
        ("rule", Some(json!(change.rule.id))),
        ("severity", Some(json!(change.severity))),
        ("operation", change.operation.as_deref().map(Value::from)),
        ("also", also),
        ("line", Some(json!(located.line))),
        ("pointer", Some(json!(change.pointer))),
        ("side", Some(json!(change.side.as_str()))),
        ("before", change.before.clone()),
        ("after", change.after.clone()),
        ("message", Some(json!(change.message))),
        ("fingerprint", Some(json!(change.fingerprint.as_str()))),
        ("accepted", located.accepted.as_deref().map(Value::from)),
    ])
}

/// An object of the present entries.
fn object<const N: usize>(entries: [(&str, Option<Value>); N]) -> Value {
    let present = entries
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(present.collect())
}
