//! The check of the whole file before the first request.

use std::collections::{HashMap, HashSet};

use heffl::bulk::By;

use super::{
    calls::Calls,
    csv_file::Row,
    mapping::{Body, Mapping},
};
use crate::failure::Failure;

/// The maximum number of problems in a message.
const LISTED: usize = 20;

/// Checks the request of every row, and returns the values that identify the records.
pub(super) fn file(mapping: &Mapping<'_>, is_updating: bool) -> Result<HashSet<String>, Failure> {
    let mut keys: HashMap<String, u64> = HashMap::new();
    let mut problems = Vec::new();
    let mut more = 0;
    for row in &mapping.file.rows {
        let body = body(mapping, row, is_updating);
        let checked = body.and_then(|body| key(mapping, row, &body, &mut keys));
        match checked {
            Ok(()) => {}
            Err(problem) if problems.len() < LISTED => problems.push(problem),
            Err(_) => more += 1,
        }
    }
    if problems.is_empty() {
        return Ok(keys.into_keys().collect());
    }
    if more > 0 {
        problems.push(format!("and {more} more"));
    }
    Err(Failure::usage(problems.join("\n"))
        .hint("nothing was sent; correct the file, and import it again"))
}

/// Checks what would be sent for a row.
fn body(mapping: &Mapping<'_>, row: &Row, is_updating: bool) -> Result<Body, String> {
    let (file, calls) = (mapping.file, mapping.calls);
    let (cells, columns) = (row.cells.len(), file.headers.len());
    if cells != columns {
        let message = format!(
            "the row has {cells} cells, and the first row has {columns}; a cell with a separator or a line break in it must be in quotes"
        );
        return Err(file.problem(row, None, &message));
    }
    let body = mapping.body(row, None)?;
    let Err(message) = sendable(calls, &body, is_updating) else {
        return Ok(body);
    };
    // A cell is the cause if the row is valid without it.
    let cause = mapping.columns.iter().find(|column| {
        let without = mapping.body(row, Some(column.index));
        without.is_ok_and(|body| sendable(calls, &body, is_updating).is_ok())
    });
    Err(file.problem(row, cause.map(|column| column.index), &message))
}

fn sendable(calls: &Calls<'_>, body: &Body, is_updating: bool) -> Result<(), String> {
    let _create = calls.call(calls.create, "", &body.fields().to_string())?;
    if is_updating {
        let _update = calls.call(calls.update, "", &body.fields_and_nulls().to_string())?;
    }
    Ok(())
}

/// Adds the key of a row to `keys`. No other row may have the same key.
fn key(
    mapping: &Mapping<'_>,
    row: &Row,
    body: &Body,
    keys: &mut HashMap<String, u64>,
) -> Result<(), String> {
    let Some(key) = &mapping.key else {
        return Ok(());
    };
    let problem = |message: String| mapping.file.problem(row, Some(key.index), &message);
    let text = body.key(key);
    if text.is_empty() {
        return Err(problem(format!("there is no {} to match by", key.field)));
    }
    let text = key.by.check(&text);
    let text = text.map_err(|_| {
        let expected = match key.by {
            By::Email => "an e-mail address",
            By::Phone => "a phone number",
            _ => "a text",
        };
        problem(format!("expected {expected}"))
    })?;
    match keys.insert(text, row.line) {
        None => Ok(()),
        Some(line) => Err(problem(format!("line {line} has the same {}", key.field))),
    }
}
