//! Prints records on standard output, in one of several forms.

use std::{
    borrow::Cow,
    io::{self, IsTerminal as _, Write},
};

use clap::{Args, ValueEnum};
use indexmap::IndexSet;
use jaq_json::write::{Pp, write};
use serde_yaml::Value as Yaml;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::{
    data::{self, Val},
    failure::Failure,
    filter::Filter,
    sums::Sums,
    table::Operation,
    values,
};

/// The options of output.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Options {
    /// Form of the output; table on a terminal, and jsonl otherwise
    #[arg(long, short, value_name = "FORM")]
    output: Option<Form>,
    /// Fields to print, in this order; a nested field as billingAddress.city
    #[arg(long, value_name = "FIELD,...", value_delimiter = ',')]
    fields: Vec<String>,
    /// Filter in the language of jq, run on each record; without --output, text is printed without quotes
    #[arg(long, value_name = "FILTER")]
    jq: Option<String>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Form {
    /// Aligned columns
    Table,
    /// One JSON value: a record, or an object with the list and whether there are more records
    Json,
    /// One line of JSON for each record
    Jsonl,
    /// Comma-separated values with a header
    Csv,
    /// YAML
    Yaml,
    /// The output of `jq -r`
    #[value(skip)]
    Plain,
}

/// Whether records are printed as a list.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Shape {
    One,
    List,
}

/// How a list ends.
#[derive(Debug, Default)]
pub(crate) struct End {
    /// There are more records than were printed.
    pub(crate) has_more: bool,
    /// The cursor of the next page.
    pub(crate) cursor: Option<String>,
}

/// The columns of a record.
#[derive(Default)]
pub(crate) struct Columns {
    /// The rows of a table.
    pub(crate) usual: &'static [&'static str],
    /// All documented fields.
    pub(crate) all: Vec<&'static str>,
}

impl Columns {
    /// The columns of the response of an operation.
    pub(crate) fn of(operation: &Operation) -> Self {
        Self {
            usual: operation.columns,
            all: operation.record.iter().map(|field| field.name).collect(),
        }
    }
}

/// Prints records.
pub(crate) struct Printer {
    form: Form,
    shape: Shape,
    fields: Vec<String>,
    filter: Option<Filter>,
    columns: Columns,
    /// The output instead of the records.
    sums: Option<Sums>,
    /// The output at the end.
    kept: Vec<Val>,
    /// Requested fields that no record had so far.
    unseen: Vec<String>,
    has_records: bool,
    out: io::Stdout,
    /// The reader of the output has closed the pipe.
    pub(crate) is_closed: bool,
}

impl Options {
    /// Prints one value.
    pub(crate) fn print(&self, value: &serde_json::Value) -> Result<(), Failure> {
        let mut printer = self.printer(Shape::One, Columns::default())?;
        printer.record(data::received(&value.to_string())?)?;
        printer.end(&End::default()).map(drop)
    }

    pub(crate) fn printer(&self, shape: Shape, columns: Columns) -> Result<Printer, Failure> {
        let out = io::stdout();
        let form = self.output.unwrap_or(match (&self.jq, out.is_terminal()) {
            (Some(_), _) => Form::Plain,
            (None, true) => Form::Table,
            (None, false) => Form::Jsonl,
        });
        Ok(Printer {
            form,
            shape,
            fields: self.fields.clone(),
            filter: self.jq.as_deref().map(Filter::new).transpose()?,
            columns,
            sums: None,
            kept: Vec::new(),
            unseen: self.fields.clone(),
            has_records: false,
            out,
            is_closed: false,
        })
    }
}

impl Printer {
    /// Prints the sums of some fields instead of the records, if there are any.
    pub(crate) fn with_sums(mut self, fields: Vec<String>) -> Self {
        if !fields.is_empty() {
            self.sums = Some(Sums::new(fields));
        }
        self
    }

    /// Adds a record.
    pub(crate) fn record(&mut self, record: Val) -> Result<(), Failure> {
        let values = match &self.filter {
            Some(filter) => filter.run(record)?,
            None => vec![record],
        };
        for value in values {
            if let Some(sums) = &mut self.sums {
                sums.add(&value)?;
                continue;
            }
            self.has_records = true;
            self.unseen
                .retain(|name| data::member(&value, name).is_none());
            let is_narrowed = !self.fields.is_empty() && matches!(value, Val::Obj(_));
            self.value(if is_narrowed {
                data::select(&value, &self.fields)
            } else {
                value
            })?;
        }
        Ok(())
    }

    /// Prints a value, or keeps it for the end.
    fn value(&mut self, value: Val) -> Result<(), Failure> {
        match self.form {
            Form::Jsonl => self.line(&value.to_string()),
            Form::Plain => self.line(&data::plain(&value)),
            _ => {
                self.kept.push(value);
                Ok(())
            }
        }
    }

    /// Prints the remaining output, and returns the requested fields that no record had.
    pub(crate) fn end(mut self, end: &End) -> Result<Vec<String>, Failure> {
        if let Some(sums) = self.sums.take() {
            self.shape = Shape::One;
            self.columns.all = Vec::new();
            self.value(sums.value(end.has_more))?;
        }
        let kept = std::mem::take(&mut self.kept);
        match self.form {
            Form::Json => {
                let mut json = Vec::new();
                for value in self.whole(kept, end) {
                    let pretty = Pp {
                        indent: Some(String::from("  ")),
                        sep_space: true,
                        ..Pp::default()
                    };
                    // Writing to a vector does not fail.
                    let _ = write(&mut json, &pretty, 0, &value);
                    json.push(b'\n');
                }
                self.bytes(&json)?;
            }
            Form::Yaml => {
                for value in self.whole(kept, end) {
                    let yaml = yaml(&value).map_err(Failure::other)?;
                    let text = serde_yaml::to_string(&yaml).map_err(Failure::other)?;
                    self.bytes(text.as_bytes())?;
                }
            }
            Form::Csv => {
                let columns = self.names(&self.columns.all, &kept);
                let mut writer = csv::Writer::from_writer(Vec::new());
                writer.write_record(&columns).map_err(Failure::other)?;
                for value in &kept {
                    let cells = columns.iter().map(|name| cell(value, name));
                    let cells = cells.collect::<Vec<_>>();
                    writer.write_record(cells).map_err(Failure::other)?;
                }
                let csv = writer.into_inner().map_err(Failure::other)?;
                self.bytes(&csv)?;
            }
            Form::Table => {
                let text = self.table(&kept);
                self.bytes(text.as_bytes())?;
            }
            Form::Jsonl | Form::Plain => {}
        }
        let has_records = self.has_records;
        self.unseen.retain(|_| has_records);
        Ok(self.unseen)
    }

    /// The output as JSON or YAML: a list with its end, or each value.
    fn whole(&self, values: Vec<Val>, end: &End) -> Vec<Val> {
        if self.shape == Shape::One || self.filter.is_some() {
            return values;
        }
        let cursor = end.cursor.as_deref().map_or(Val::Null, data::text_value);
        let meta = data::object([("hasMore", Val::Bool(end.has_more)), ("nextCursor", cursor)]);
        let data = values.into_iter().collect();
        vec![data::object([("data", data), ("meta", meta)])]
    }

    /// The names of columns: the requested ones, or the documented ones and further fields of the records.
    fn names(&self, documented: &[&str], values: &[Val]) -> Vec<String> {
        if !self.fields.is_empty() {
            return self.fields.clone();
        }
        let documented = documented.iter().filter(|_| self.filter.is_none());
        let mut names: IndexSet<Cow<'_, str>> = documented.copied().map(Cow::from).collect();
        for value in values {
            names.extend(data::members(value).map(|(name, _)| name));
        }
        if names.is_empty() && !values.is_empty() {
            names.insert(Cow::from("value"));
        }
        names.into_iter().map(Cow::into_owned).collect()
    }

    fn table(&self, values: &[Val]) -> String {
        let has_own = !self.fields.is_empty() || self.filter.is_some();
        let is_list = self.shape == Shape::List;
        let names: Vec<String> = if is_list && !has_own {
            self.columns.usual.iter().copied().map(Into::into).collect()
        } else {
            self.names(&[], values)
        };
        let mut rows = Vec::new();
        if is_list {
            rows.push(names.clone());
        }
        for value in values {
            let names = names.iter();
            if is_list {
                rows.push(names.map(|name| shown(value, name, WIDEST)).collect());
            } else {
                let cells = |name: &String| vec![name.clone(), shown(value, name, usize::MAX)];
                rows.extend(names.map(cells));
            }
        }
        lines(&rows)
    }

    fn line(&mut self, text: &str) -> Result<(), Failure> {
        self.bytes(format!("{text}\n").as_bytes())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if self.is_closed {
            return Ok(());
        }
        match self.out.write_all(bytes).and_then(|()| self.out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_closed = true;
                Ok(())
            }
            written => written.map_err(|error| Failure::other(format!("standard output: {error}"))),
        }
    }
}

/// The text of a field, or of the value itself if it is not an object.
fn cell(value: &Val, name: &str) -> String {
    let value = match value {
        Val::Obj(_) => data::member(value, name),
        value => Some(value),
    };
    match value {
        None | Some(Val::Null) => String::new(),
        Some(value) => data::plain(value).into_owned(),
    }
}

/// The widest cell of a table of several records.
const WIDEST: usize = 48;

/// The text of a field on a terminal: one line, truncated if it is long, without control characters.
fn shown(value: &Val, name: &str, widest: usize) -> String {
    let text = cell(value, name).replace(char::is_control, " ");
    if text.width() <= widest {
        return text;
    }
    let mut width = 0;
    let mut cut: String = text
        .chars()
        .take_while(|character| {
            width += character.width().unwrap_or_default();
            width < widest
        })
        .collect();
    cut.push('…');
    cut
}

/// Rows with aligned columns.
fn lines(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.width()).max().unwrap_or_default()
        })
        .collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths);
        let padded =
            |(cell, width): (&String, _)| cell.clone() + &" ".repeat(width + 2 - cell.width());
        let line: String = cells.map(padded).collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A value as YAML. A number that a float cannot represent becomes text, so that it keeps its digits.
fn yaml(value: &Val) -> Result<Yaml, serde_json::Error> {
    match value {
        Val::Arr(items) => items.iter().map(yaml).collect(),
        Val::Obj(_) => data::members(value)
            .map(|(name, value)| Ok((name.into(), yaml(value)?)))
            .collect::<Result<_, _>>()
            .map(Yaml::Mapping),
        Val::Num(number) if !values::fits_float(&number.to_string()) => {
            Ok(number.to_string().into())
        }
        value => serde_json::from_str(&value.to_string()),
    }
}
