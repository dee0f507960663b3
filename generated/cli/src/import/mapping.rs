//! Which column goes to which field, and what a cell is as JSON.

use std::collections::BTreeSet;

use clap::ValueEnum;
use heffl::{Call, DateTime, bulk::By};
use serde_json::{Map, Value};

use super::csv_file::{CsvFile, Row};
use crate::{failure::Failure, records::Kind};

const CUSTOM: &str = "cf_";
/// Floating-point numbers, which JSON libraries use, keep this many digits.
const DIGITS: usize = 15;

/// What an empty cell does to a record that exists.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Empty {
    /// The field keeps its value
    Keep,
    /// The field is emptied
    Clear,
}

/// A column that goes to a field.
#[derive(Debug)]
pub(super) struct Column {
    /// Its place in a row, from 0.
    pub(super) index: usize,
    pub(super) header: String,
    pub(super) field: String,
    kind: Kind,
}

/// The column by which records are recognised.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) index: usize,
    pub(super) header: String,
    pub(super) field: String,
    pub(super) by: By,
}

/// The columns of a file and their fields.
#[derive(Debug)]
pub(super) struct Mapping {
    pub(super) columns: Vec<Column>,
    pub(super) key: Option<Key>,
    empty: Empty,
}

/// What the user says about the columns.
#[derive(Debug)]
pub(super) struct Wishes<'a> {
    /// Fields, and the columns that go to them.
    pub(super) map: &'a [(String, String)],
    pub(super) types: &'a [(String, Kind)],
    pub(super) ignored: &'a [String],
    pub(super) ignores_others: bool,
    pub(super) key: Option<&'a str>,
    pub(super) empty: Empty,
}

/// What a row says about its record.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) fields: Map<String, Value>,
    /// The fields to empty.
    pub(super) cleared: Vec<String>,
}

/// What is wrong with a row, and where.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) line: u64,
    /// Place and name of the column, unless the row as a whole is wrong.
    pub(super) column: Option<(usize, String)>,
    pub(super) message: String,
}

impl Mapping {
    pub(super) fn new(
        file: &CsvFile,
        fields: &[(&str, Kind)],
        wishes: &Wishes<'_>,
    ) -> Result<Self, Failure> {
        let mut columns = Vec::new();
        for (field, column) in wishes.map {
            let index = index(file, column)?;
            let kind = kind(field, fields, wishes.types).ok_or_else(|| no_field(field, fields))?;
            columns.push(Column {
                index,
                header: file.headers[index].clone(),
                field: field.clone(),
                kind,
            });
        }
        let mut others = Vec::new();
        for (index, header) in file.headers.iter().enumerate() {
            let is_mapped = columns.iter().any(|column| column.index == index);
            let is_blank =
                header.is_empty() && file.rows.iter().all(|row| file.cell(row, index).is_empty());
            if is_mapped || is_blank || wishes.ignored.contains(header) {
                continue;
            }
            match named(header, fields, wishes.types) {
                Some((field, kind)) => columns.push(Column {
                    index,
                    header: header.clone(),
                    field,
                    kind,
                }),
                None if wishes.ignores_others => {}
                None => others.push(format!("{header:?} (column {})", index + 1)),
            }
        }
        if !others.is_empty() {
            return Err(Failure::usage(format!(
                "{}:1: no field has the name of {}",
                file.name,
                others.join(", ")
            ))
            .hint(format!(
                "--map FIELD=COLUMN for each, or --ignore COLUMN, or --ignore-others; the fields are {}, and cf_…",
                names(fields)
            )));
        }
        let mut taken = BTreeSet::new();
        for column in &columns {
            if !taken.insert(&column.field) {
                return Err(Failure::usage(format!(
                    "{}:1:{}: two columns go to the field {}",
                    file.name,
                    column.index + 1,
                    column.field
                ))
                .hint("leave one of them out with --ignore COLUMN"));
            }
        }
        columns.sort_by_key(|column| column.index);
        let key = wishes
            .key
            .map(|field| {
                let column = columns.iter().find(|column| column.field == field);
                let column = column.ok_or_else(|| {
                    Failure::usage(format!("--match {field}: no column goes to this field"))
                        .hint(format!("--map {field}=COLUMN"))
                })?;
                let by = match field {
                    "email" => By::Email,
                    "phone" => By::Phone,
                    "name" | "title" => By::Name,
                    _ => By::Text,
                };
                Ok::<_, Failure>(Key {
                    index: column.index,
                    header: column.header.clone(),
                    field: field.to_owned(),
                    by,
                })
            })
            .transpose()?;
        let empty = wishes.empty;
        Ok(Self {
            columns,
            key,
            empty,
        })
    }

    /// The body of a row, without the cells of one column if need be.
    pub(super) fn body(
        &self,
        file: &CsvFile,
        row: &Row,
        without: Option<usize>,
    ) -> Result<Body, Problem> {
        let mut body = Body::default();
        for column in &self.columns {
            if Some(column.index) == without {
                continue;
            }
            let cell = file.cell(row, column.index);
            if cell.is_empty() {
                if self.empty == Empty::Clear {
                    body.cleared.push(column.field.clone());
                }
                continue;
            }
            let value = json(column.kind, &cell).map_err(|problem| Problem {
                line: row.line,
                column: Some((column.index, column.header.clone())),
                message: problem.to_owned(),
            })?;
            put(&mut body.fields, &column.field, value);
        }
        Ok(body)
    }
}

impl Body {
    /// The fields as JSON, for a record that is to be created.
    pub(super) fn json(&self) -> String {
        Value::from(self.fields.clone()).to_string()
    }

    /// The fields as JSON, for a record that exists.
    pub(super) fn json_with_nulls(&self) -> String {
        let mut fields = self.fields.clone();
        for field in &self.cleared {
            put(&mut fields, field, Value::Null);
        }
        Value::from(fields).to_string()
    }

    /// The body of a call with null for each field to empty, for a record that exists.
    pub(super) fn clear<T>(&self, call: Call<T>) -> Call<T> {
        if self.cleared.is_empty() {
            return call;
        }
        let fields = call.request_body().map(serde_json::from_slice);
        let Some(Ok(mut fields)) = fields else {
            return call;
        };
        for field in &self.cleared {
            put(&mut fields, field, Value::Null);
        }
        call.json(&fields)
    }

    /// Checks that a field to empty is null in what would be sent.
    pub(super) fn check_cleared(&self, sent: &[u8]) -> Result<(), String> {
        let sent: Value = serde_json::from_slice(sent).unwrap_or_default();
        let is_null = |field: &str| {
            let place = format!("/{}", field.replace('.', "/"));
            sent.pointer(&place).is_some_and(Value::is_null)
        };
        match self.cleared.iter().find(|field| !is_null(field)) {
            None => Ok(()),
            Some(field) => Err(format!(
                "the field {field} cannot be emptied; use --empty keep"
            )),
        }
    }
}

fn put(fields: &mut Map<String, Value>, field: &str, value: Value) {
    let Some((outer, inner)) = field.split_once('.') else {
        fields.insert(field.to_owned(), value);
        return;
    };
    let object = fields.entry(outer).or_insert_with(|| Map::new().into());
    if let Value::Object(object) = object {
        object.insert(inner.to_owned(), value);
    }
}

/// The kind of a field; `None` if there is no such field.
fn kind(field: &str, fields: &[(&str, Kind)], types: &[(String, Kind)]) -> Option<Kind> {
    if field.len() > CUSTOM.len() && field.starts_with(CUSTOM) {
        let told = types.iter().find(|(key, _)| key == field);
        return Some(told.map_or(Kind::Text, |(_, kind)| *kind));
    }
    let known = fields.iter().find(|(name, _)| *name == field);
    known.map(|(_, kind)| *kind)
}

/// The field that a column is named after. Case, spaces and punctuation do not count.
fn named(
    header: &str,
    fields: &[(&str, Kind)],
    types: &[(String, Kind)],
) -> Option<(String, Kind)> {
    let plain = plain(header);
    let field = fields
        .iter()
        .map(|(name, _)| *name)
        .find(|name| self::plain(name) == plain);
    let field = field.unwrap_or(header);
    Some((field.to_owned(), kind(field, fields, types)?))
}

fn plain(name: &str) -> String {
    name.chars()
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The place of a column.
fn index(file: &CsvFile, column: &str) -> Result<usize, Failure> {
    let headers = || file.headers.iter().enumerate();
    let exact: Vec<usize> = headers()
        .filter(|(_, header)| *header == column)
        .map(|(index, _)| index)
        .collect();
    let alike = headers()
        .filter(|(_, header)| plain(header) == plain(column))
        .map(|(index, _)| index);
    let found = if exact.is_empty() {
        alike.collect()
    } else {
        exact
    };
    match found[..] {
        [index] => Ok(index),
        [] => Err(
            Failure::usage(format!("{}:1: there is no column {column:?}", file.name))
                .hint(format!("the columns are {}", file.headers.join(", "))),
        ),
        _ => Err(Failure::usage(format!(
            "{}:1: several columns are called {column:?}",
            file.name
        ))
        .hint("give each column a name of its own")),
    }
}

fn no_field(field: &str, fields: &[(&str, Kind)]) -> Failure {
    let near: Vec<&str> = fields
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| plain(name).contains(&plain(field)))
        .collect();
    let hint = match &near[..] {
        [] => format!("the fields are {}, and cf_…", names(fields)),
        near => format!("did you mean {}?", near.join(", ")),
    };
    Failure::usage(format!("--map {field}=…: there is no field {field:?}")).hint(hint)
}

fn names(fields: &[(&str, Kind)]) -> String {
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

/// A cell that is not empty as JSON.
fn json(kind: Kind, cell: &str) -> Result<Value, &'static str> {
    match kind {
        Kind::Text => Ok(cell.into()),
        Kind::Number => number(cell).ok_or("expected a number such as 1234.50"),
        Kind::Boolean => match &*cell.to_lowercase() {
            "true" | "yes" | "1" => Ok(true.into()),
            "false" | "no" | "0" => Ok(false.into()),
            _ => Err("expected yes or no"),
        },
        Kind::Date => match cell.parse::<DateTime>() {
            Ok(_) => Ok(cell.into()),
            Err(_) => {
                Err("expected a date such as 2026-01-31, or a time such as 2026-01-31T09:30:00Z")
            }
        },
        Kind::List => Ok(cell.split(';').map(str::trim).map(Value::from).collect()),
    }
}

fn number(cell: &str) -> Option<Value> {
    let digits = cell.chars().filter(char::is_ascii_digit).count();
    let number: serde_json::Number = cell.parse().ok()?;
    (digits <= DIGITS).then_some(Value::Number(number))
}

impl Problem {
    /// The problem in the form that editors and compilers use.
    pub(super) fn text(&self, file: &str) -> String {
        let Self {
            line,
            column,
            message,
        } = self;
        match column {
            Some((index, header)) => {
                format!("{file}:{line}:{}: {header}: {message}", index + 1)
            }
            None => format!("{file}:{line}: {message}"),
        }
    }
}
