//! For code scanning: [SARIF 2.1.0](https://docs.oasis-open.org/sarif/sarif/v2.1.0/).

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::{Action, Report, meaning};
use crate::{
    Finding,
    diff::{Comparison, Judged, Rule, Severity},
    files::Change,
};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub(super) fn render(report: &Report) -> String {
    let mut results: Vec<Value> = report.findings.iter().map(of_finding).collect();
    for step in &report.steps {
        if let Action::Compared { mend } = &step.action {
            let changes = step.changes.iter();
            results.extend(changes.map(|change| of_file(change, step.explain(change), mend)));
        }
    }
    let mut rules: Vec<&Rule> = Vec::new();
    for (document, judged) in report.meaning.iter().flat_map(Comparison::changes) {
        let rule = judged.change.rule;
        let index = rules.iter().position(|known| known.id == rule.id);
        let index = index.unwrap_or_else(|| {
            rules.push(rule);
            rules.len() - 1
        });
        results.push(of_change(&document.new, judged, index));
    }
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "heffl-xtask",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.into_iter().map(descriptor).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log}\n")
}

fn descriptor(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": format!("{}. {}", rule.title, rule.why)},
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {"tags": [rule.area.as_str()]},
    })
}

fn of_finding(finding: &Finding) -> Value {
    let mut message = finding.message.clone();
    if let Some(help) = &finding.help {
        // Writing to a String cannot fail.
        let _ = write!(message, "\nhelp: {help}");
    }
    let mut result = json!({
        "ruleId": finding.rule,
        "level": "error",
        "message": {"text": message},
    });
    let pointer = finding.pointer.as_deref();
    let place = location(finding.file.as_deref(), finding.line, pointer);
    if !place.is_empty() {
        result["locations"] = json!([place]);
    }
    result
}

fn of_file(change: &Change, what: &str, mend: &str) -> Value {
    json!({
        "ruleId": "out-of-date",
        "level": "error",
        "message": {"text": format!("{what}\nmend: {mend}")},
        "locations": [location(Some(&change.path), change.line, None)],
    })
}

fn of_change(file: &str, judged: &Judged, rule: usize) -> Value {
    let change = &judged.change;
    let mut message = change.message.clone();
    if let Some(values) = meaning::values(change) {
        // Writing to a String cannot fail.
        let _ = write!(message, "\n{values}");
    }
    let mut result = json!({
        "ruleId": change.rule.id,
        "ruleIndex": rule,
        "level": level(change.severity),
        "message": {"text": message},
        "locations": [location(Some(file), Some(judged.line), Some(&change.pointer))],
        "partialFingerprints": {"change/v1": change.fingerprint.as_str()},
    });
    if let Some(reason) = &judged.accepted {
        result["suppressions"] = json!([{"kind": "external", "justification": reason}]);
    }
    result
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Breaking => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn location(file: Option<&str>, line: Option<usize>, pointer: Option<&str>) -> Map<String, Value> {
    let mut location = Map::new();
    if let Some(file) = file {
        let mut physical = json!({"artifactLocation": {"uri": uri(file)}});
        if let Some(line) = line {
            physical["region"] = json!({"startLine": line});
        }
        location.insert("physicalLocation".into(), physical);
    }
    if let Some(pointer) = pointer {
        let logical = json!([{"fullyQualifiedName": format!("#{pointer}")}]);
        location.insert("logicalLocations".into(), logical);
    }
    location
}

/// A path as a URI reference.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    if path.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in path.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}
