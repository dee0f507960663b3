//! For a program: one object with `ok`, `findings` and `changes`, and `meaning` where documents were
//! compared in meaning. `spec/schemas/diff.schema.json` describes it.

use serde::Serialize;
use serde_json::Value;

use super::{Action, Report, Verdict};
use crate::{
    diff::{Comparison, Judged, Severity},
    files::Change,
    finding::Finding,
};

#[derive(Serialize)]
struct Output<'a> {
    ok: bool,
    findings: Vec<OutputFinding<'a>>,
    changes: Vec<OutputChange<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meaning: Option<Meaning<'a>>,
}

#[derive(Serialize)]
struct OutputFinding<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<Severity>,
}

#[derive(Serialize)]
struct OutputChange<'a> {
    step: &'static str,
    #[serde(flatten)]
    change: &'a Change,
    message: &'static str,
    /// Whether the file is up to date now.
    written: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Meaning<'a> {
    suggested_step: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fail_on: Option<&'static str>,
    breaking: usize,
    warning: usize,
    info: usize,
    accepted: usize,
    documents: Vec<Document<'a>>,
}

#[derive(Serialize)]
struct Document<'a> {
    old: &'a str,
    new: &'a str,
    changes: Vec<ChangeOfMeaning<'a>>,
}

#[derive(Serialize)]
struct ChangeOfMeaning<'a> {
    rule: &'static str,
    severity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    also: &'a [String],
    line: usize,
    pointer: &'a str,
    side: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'a Value>,
    message: &'a str,
    fingerprint: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<&'a str>,
}

impl<'a> Meaning<'a> {
    fn of(comparison: &'a Comparison) -> Self {
        let documents = comparison.documents.iter().map(|document| Document {
            old: &document.old,
            new: &document.new,
            changes: document.changes.iter().map(ChangeOfMeaning::of).collect(),
        });
        Self {
            suggested_step: comparison.suggested_step().as_str(),
            fail_on: comparison.fail_on.map(Severity::as_str),
            breaking: comparison.open(Severity::Breaking).count(),
            warning: comparison.open(Severity::Warning).count(),
            info: comparison.open(Severity::Info).count(),
            accepted: comparison.accepted().count(),
            documents: documents.collect(),
        }
    }
}

impl<'a> ChangeOfMeaning<'a> {
    fn of(judged: &'a Judged) -> Self {
        let change = &judged.change;
        Self {
            rule: change.rule.id,
            severity: change.severity.as_str(),
            operation: change.operation.as_deref(),
            also: &change.also,
            line: judged.line,
            pointer: &change.pointer,
            side: change.side.as_str(),
            before: change.before.as_ref(),
            after: change.after.as_ref(),
            message: &change.message,
            fingerprint: change.fingerprint.as_str(),
            accepted: judged.accepted.as_deref(),
        }
    }
}

pub(super) fn render(report: &Report) -> String {
    let output = Output {
        ok: report.verdict() == Verdict::AllWell,
        findings: report
            .findings
            .iter()
            .map(|finding| OutputFinding {
                finding,
                severity: finding.severity(),
            })
            .collect(),
        changes: report
            .steps
            .iter()
            .flat_map(|step| {
                step.changes.iter().map(move |change| OutputChange {
                    step: step.stage.as_str(),
                    change,
                    message: step.explain(change),
                    written: step.action == Action::Written,
                    mend: step.mend(),
                })
            })
            .collect(),
        meaning: report.meaning.as_ref().map(Meaning::of),
    };
    // Only a map with keys that are not text, or a failing Serialize, could fail: neither is here.
    // Should it ever, the answer is still JSON, and still says that something is wrong.
    let mut text = serde_json::to_string(&output)
        .unwrap_or_else(|_| r#"{"ok":false,"findings":[],"changes":[]}"#.to_owned());
    text.push('\n');
    text
}
