//! For a program: one object with `ok`, `findings` and `changes`.

use serde::Serialize;

use super::{Action, Report, Verdict};
use crate::{Finding, files::Change};

#[derive(Serialize)]
struct Output<'a> {
    ok: bool,
    findings: &'a [Finding],
    changes: Vec<OutputChange<'a>>,
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

pub(super) fn render(report: &Report) -> String {
    let output = Output {
        ok: report.verdict() == Verdict::AllWell,
        findings: &report.findings,
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
    };
    // Only a map with keys that are not text, or a failing Serialize, could fail: neither is here.
    // Should it ever, the answer is still JSON, and still says that something is wrong.
    let mut text = serde_json::to_string(&output)
        .unwrap_or_else(|_| r#"{"ok":false,"findings":[],"changes":[]}"#.to_owned());
    text.push('\n');
    text
}
