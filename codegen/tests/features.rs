//! One feature of OpenAPI at a time: code that says what the document says, or a refusal. Never a panic.
//!
//! The type generator below is not ours: when its version moves, this table tells what moved with it.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::{
    collections::{BTreeMap, BTreeSet},
    panic,
};

use heffl_codegen::{Api, Generated, Problem, generate_with_calls};
use serde_json::Value;

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    feature: String,
    /// What is put in, by JSON pointer; `-` is the end of a list.
    #[serde(default)]
    set: BTreeMap<String, Value>,
    /// What is taken out.
    remove: Option<String>,
    /// A part of the code that must come of it.
    code: Option<String>,
    /// The rule that must warn of it.
    warning: Option<String>,
    /// The rule that must refuse it.
    refused: Option<String>,
}

/// The place around a pointer, and the last key.
fn around<'a>(document: &'a mut Value, pointer: &str) -> (&'a mut Value, String) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/").replace("~0", "~");
    let parent = document.pointer_mut(parent);
    (
        parent.unwrap_or_else(|| panic!("nothing at {pointer}")),
        key,
    )
}

fn edited(row: &Row) -> String {
    let mut document: Value = serde_yaml::from_str(include_str!("gadgets.yaml")).unwrap();
    for (pointer, value) in &row.set {
        match around(&mut document, pointer) {
            (Value::Array(items), key) => match key.parse::<usize>() {
                Ok(index) => items[index] = value.clone(),
                Err(_) => items.push(value.clone()),
            },
            (parent, key) => parent[key] = value.clone(),
        }
    }
    if let Some(pointer) = &row.remove {
        let (parent, key) = around(&mut document, pointer);
        assert!(parent.as_object_mut().unwrap().remove(&key).is_some());
    }
    serde_json::to_string(&document).unwrap()
}

fn outcome(text: &str) -> Result<Generated, Vec<Problem>> {
    generate_with_calls(
        "heffl",
        &[Api {
            module: "v1",
            file: "gadgets.json",
            text,
        }],
    )
}

/// White space between words is one space.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is wrong with the outcome of a row.
fn judge(row: &Row) -> Result<(), String> {
    let text = edited(row);
    let outcome = panic::catch_unwind(|| outcome(&text)).map_err(|_| "it panics".to_owned())?;
    let document: Value = serde_json::from_str(&text).unwrap();
    match (outcome, &row.refused) {
        (Ok(generated), None) => {
            warned(&generated.warnings, row.warning.as_deref(), &document)?;
            row.code
                .as_deref()
                .map_or(Ok(()), |code| contains(&generated, code))
        }
        (Err(problems), Some(rule)) => {
            let told = problems.iter().find(|problem| problem.rule == rule);
            match told {
                Some(problem) if problem.pointer.is_some() || rule.starts_with("document") => {
                    Ok(())
                }
                Some(problem) => Err(format!("no place is told: {problem:?}")),
                None => Err(format!("{problems:#?}")),
            }
        }
        (Ok(_), ..) => Err("it is accepted".to_owned()),
        (Err(problems), ..) => Err(format!("it is refused: {problems:#?}")),
    }
}

/// Every warning is of a place of the document; nothing is warned of but by the rule that is meant.
fn warned(warnings: &[Problem], rule: Option<&str>, document: &Value) -> Result<(), String> {
    for warning in warnings {
        let at = warning.pointer.as_deref().unwrap_or("nowhere");
        if document.pointer(at).is_none() {
            return Err(format!("there is no {at}: {warning}"));
        }
    }
    let rules: BTreeSet<&str> = warnings.iter().map(|warning| warning.rule).collect();
    if rules == rule.into_iter().collect() {
        return Ok(());
    }
    let messages: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    Err(format!("the warnings are {}", messages.join("\n")))
}

/// Whether a file has a part.
fn contains(generated: &Generated, code: &str) -> Result<(), String> {
    let code = flat(code);
    if generated
        .source
        .values()
        .any(|text| flat(text).contains(&code))
    {
        return Ok(());
    }
    let all: String = generated.source.values().map(|text| flat(text)).collect();
    let about: Vec<&str> = code.split_whitespace().take(3).collect();
    let near = all
        .find(&about.join(" "))
        .map(|at| all.get(at..).unwrap_or_default());
    let near: String = near
        .unwrap_or("nothing like it")
        .chars()
        .take(400)
        .collect();
    Err(format!("no file has `{code}`, but {near}"))
}

#[test]
fn every_feature_becomes_the_code_that_is_meant_or_is_refused_at_its_place() {
    let rows: Vec<Row> = serde_yaml::from_str(include_str!("features.yaml")).unwrap();
    assert_eq!(rows.len(), 120);
    let failed: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            judge(row)
                .err()
                .map(|what| format!("{}: {what}", row.feature))
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}
