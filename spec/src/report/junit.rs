//! For test reports: the XML of `JUnit`. One test suite for what could not be read, one
//! per stage, and one per pair of documents.

use std::fmt::Write as _;

use super::{Action, Report, Step, count, meaning};
use crate::diff::{Compared, Comparison};

/// A test and how it went.
struct Case {
    class: String,
    name: String,
    outcome: Outcome,
}

enum Outcome {
    Passed {
        note: Option<String>,
    },
    Skipped {
        reason: String,
    },
    Failed {
        kind: String,
        message: String,
        details: String,
    },
}

pub(super) fn render(report: &Report) -> String {
    let mut suites: Vec<(String, Vec<Case>)> = Vec::new();
    if !report.findings.is_empty() {
        suites.push(("findings".to_owned(), findings(report)));
    }
    for step in &report.steps {
        suites.push((step.stage.to_string(), files(step)));
    }
    if let Some(comparison) = &report.meaning {
        for document in &comparison.documents {
            let name = format!("{} → {}", document.old, document.new);
            suites.push((name, changes(comparison, document)));
        }
    }
    let all = || suites.iter().flat_map(|(_, cases)| cases);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(out, "<testsuites name=\"cargo xtask\" {}>", counts(all()));
    for (name, cases) in &suites {
        let counts = counts(cases.iter());
        let _ = writeln!(out, "  <testsuite name=\"{}\" {counts}>", escaped(name));
        for case in cases {
            write_case(&mut out, case);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn findings(report: &Report) -> Vec<Case> {
    let case = |finding: &crate::Finding| Case {
        class: finding.rule.to_owned(),
        name: finding.file.clone().unwrap_or_else(|| "input".to_owned()),
        outcome: Outcome::Failed {
            kind: finding.rule.to_owned(),
            message: finding.message.clone(),
            details: finding.to_string(),
        },
    };
    report.findings.iter().map(case).collect()
}

fn files(step: &Step) -> Vec<Case> {
    let Action::Compared { mend } = &step.action else {
        return vec![passed(step.stage.as_str(), &count(step.files, "file"))];
    };
    if step.changes.is_empty() {
        let files = format!("{} up to date", count(step.files, "file"));
        return vec![passed(step.stage.as_str(), &files)];
    }
    let case = |change: &crate::files::Change| Case {
        class: step.stage.to_string(),
        name: change.path.clone(),
        outcome: Outcome::Failed {
            kind: "out-of-date".to_owned(),
            message: step.explain(change).to_owned(),
            details: format!("mend: {mend}\n{}", change.diff),
        },
    };
    step.changes.iter().map(case).collect()
}

fn changes(comparison: &Comparison, document: &Compared) -> Vec<Case> {
    if document.changes.is_empty() {
        return vec![passed("diff", "no change of meaning")];
    }
    let mut cases = Vec::new();
    for judged in &document.changes {
        let change = &judged.change;
        let mut details = format!(
            "{}:{} {}",
            document.new,
            judged.line,
            meaning::place(change)
        );
        if let Some(values) = meaning::values(change) {
            let _ = write!(details, "\n{values}");
        }
        let severity = change.severity.as_str();
        let outcome = match &judged.accepted {
            Some(reason) => Outcome::Skipped {
                reason: format!("accepted: {reason}"),
            },
            None if comparison.counts(judged) => Outcome::Failed {
                kind: severity.to_owned(),
                message: change.message.clone(),
                details,
            },
            None => Outcome::Passed {
                note: Some(format!("{severity}: {}\n{details}", change.message)),
            },
        };
        cases.push(Case {
            class: change.rule.id.to_owned(),
            name: format!(
                "{} ({})",
                meaning::one_line(&change.message),
                change.fingerprint
            ),
            outcome,
        });
    }
    cases
}

fn passed(class: &str, name: &str) -> Case {
    Case {
        class: class.to_owned(),
        name: name.to_owned(),
        outcome: Outcome::Passed { note: None },
    }
}

fn counts<'a>(cases: impl Iterator<Item = &'a Case>) -> String {
    let (mut tests, mut failures, mut skipped) = (0, 0, 0);
    for case in cases {
        tests += 1;
        match case.outcome {
            Outcome::Passed { .. } => {}
            Outcome::Skipped { .. } => skipped += 1,
            Outcome::Failed { .. } => failures += 1,
        }
    }
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\"")
}

fn write_case(out: &mut String, case: &Case) {
    let _ = write!(
        out,
        "    <testcase classname=\"{}\" name=\"{}\"",
        escaped(&case.class),
        escaped(&case.name)
    );
    let inside = match &case.outcome {
        Outcome::Passed { note: None } => {
            out.push_str("/>\n");
            return;
        }
        Outcome::Passed { note: Some(note) } => {
            format!("<system-out>{}</system-out>", escaped(note))
        }
        Outcome::Skipped { reason } => format!("<skipped message=\"{}\"/>", escaped(reason)),
        Outcome::Failed {
            kind,
            message,
            details,
        } => format!(
            "<failure type=\"{}\" message=\"{}\">{}</failure>",
            escaped(kind),
            escaped(message),
            escaped(details)
        ),
    };
    let _ = writeln!(out, ">\n      {inside}\n    </testcase>");
}

/// Text and attribute values alike. Characters that XML 1.0 does not have become U+FFFD.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\r' => out.push_str("&#13;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            control if control < ' ' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}
