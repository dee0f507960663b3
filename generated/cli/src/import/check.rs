//! The check of the whole file before the first request.

use std::collections::{HashMap, HashSet};

use heffl::Client;

use super::{
    csv_file::{CsvFile, Row},
    mapping::{Body, Mapping, Problem},
};
use crate::{failure::Failure, records::Importable};

/// How many problems are listed.
const LISTED: usize = 20;

/// Checks every row as it would be sent, and returns the keys by which records are recognised.
pub(super) fn file<R: Importable>(
    client: &Client,
    file: &CsvFile,
    mapping: &Mapping,
    is_updating: bool,
) -> Result<HashSet<String>, Failure> {
    let mut keys: HashMap<String, u64> = HashMap::new();
    let mut problems: Vec<Problem> = Vec::new();
    let mut more = 0;
    for row in &file.rows {
        let found = body::<R>(client, file, row, mapping, is_updating)
            .and_then(|()| key(file, row, mapping, &mut keys));
        match found {
            Ok(()) => {}
            Err(problem) if problems.len() < LISTED => problems.push(problem),
            Err(_) => more += 1,
        }
    }
    if problems.is_empty() {
        return Ok(keys.into_keys().collect());
    }
    let mut lines: Vec<String> = problems.iter().map(|it| it.text(&file.name)).collect();
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    Err(Failure::usage(lines.join("\n"))
        .hint("nothing was sent; correct the file, and import it again"))
}

/// Checks what would be sent for a row.
fn body<R: Importable>(
    client: &Client,
    file: &CsvFile,
    row: &Row,
    mapping: &Mapping,
    is_updating: bool,
) -> Result<(), Problem> {
    let (cells, columns) = (CsvFile::width(row), file.headers.len());
    if cells != columns {
        return Err(Problem {
            line: row.line,
            column: None,
            message: format!(
                "the row has {cells} cells, and the first row has {columns}; a cell with a separator or a line break in it must be in quotes"
            ),
        });
    }
    let body = mapping.body(file, row, None)?;
    let Err(message) = sendable::<R>(client, &body, is_updating) else {
        return Ok(());
    };
    // The cell without which there is no problem is the one that causes it.
    let cause = mapping.columns.iter().find(|column| {
        let without = mapping.body(file, row, Some(column.index));
        without.is_ok_and(|body| sendable::<R>(client, &body, is_updating).is_ok())
    });
    Err(Problem {
        line: row.line,
        column: cause.map(|column| (column.index, column.header.clone())),
        message,
    })
}

fn sendable<R: Importable>(client: &Client, body: &Body, is_updating: bool) -> Result<(), String> {
    let _checked = R::create(client, &body.json())?;
    if is_updating {
        let update = R::update(client, "id", &body.json_with_nulls())?;
        body.check_cleared(update.request_body().unwrap_or_default())?;
    }
    Ok(())
}

/// Takes note of the key of a row, which no other row may have.
fn key(
    file: &CsvFile,
    row: &Row,
    mapping: &Mapping,
    keys: &mut HashMap<String, u64>,
) -> Result<(), Problem> {
    let Some(key) = &mapping.key else {
        return Ok(());
    };
    let problem = |message| Problem {
        line: row.line,
        column: Some((key.index, key.header.clone())),
        message,
    };
    let cell = file.cell(row, key.index);
    if cell.is_empty() {
        return Err(problem(format!("there is no {} to match by", key.field)));
    }
    let text = key
        .by
        .check(&cell)
        .map_err(|error| problem(error.message().to_owned()))?;
    match keys.insert(text, row.line) {
        None => Ok(()),
        Some(line) => Err(problem(format!("line {line} has the same {}", key.field))),
    }
}
