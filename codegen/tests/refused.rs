//! What cannot become code is refused, and what the code does not do is warned of, with the rule and the place.

use heffl_codegen::{Api, Generated, Problem, generate_with_calls};

const GADGETS: &str = include_str!("gadgets.yaml");

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    rule: Option<String>,
    change: String,
    to: String,
    at: Option<String>,
    /// It is accepted, with a warning.
    #[serde(default)]
    warned: bool,
    /// It is accepted, and a part of the code is this.
    code: Option<String>,
}

fn outcome(text: &str) -> Result<Generated, Vec<Problem>> {
    generate_with_calls(
        "heffl",
        &[Api {
            module: "v1",
            file: "gadgets.yaml",
            text,
        }],
    )
}

#[test]
fn the_unchanged_document_is_accepted() {
    let warnings = outcome(GADGETS).unwrap().warnings;
    let rules: Vec<&str> = warnings.iter().map(|warning| warning.rule).collect();
    assert!(rules.is_empty(), "{rules:?}");
}

/// What is wrong with the outcome of a row.
fn judge(row: &Row) -> Result<(), String> {
    let outcome = outcome(&GADGETS.replacen(&row.change, &row.to, 1));
    let is_accepted = outcome.is_ok();
    let (found, code) = match outcome {
        Ok(generated) => (generated.warnings, generated.source.into_values().collect()),
        Err(problems) => (problems, String::new()),
    };
    let messages: Vec<String> = found.iter().map(ToString::to_string).collect();
    let messages = messages.join("\n    ");
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some(part) = &row.code {
        if flat(&code).contains(&flat(part)) {
            return Ok(());
        }
        let what = format!("no `{part}`; accepted: {is_accepted}");
        return Err(format!("{what}\n    {messages}"));
    }
    let is_expected =
        |problem: &Problem| Some(problem.rule) == row.rule.as_deref() && problem.pointer == row.at;
    if is_accepted == row.warned && found.iter().any(is_expected) {
        Ok(())
    } else {
        Err(format!("accepted: {is_accepted}\n    {messages}"))
    }
}

#[test]
fn every_change_of_the_table_is_refused_or_warned_of_at_its_place_or_becomes_the_code_that_is_meant()
 {
    let rows: Vec<Row> = serde_yaml::from_str(include_str!("refused.yaml")).unwrap();
    let mut failed = Vec::new();
    for row in &rows {
        assert!(
            GADGETS.contains(&row.change),
            "gadgets.yaml has no `{}`",
            row.change
        );
        if let Err(what) = judge(row) {
            failed.push(format!("{row:?}: {what}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
