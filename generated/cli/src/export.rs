//! `heffl export`: all records of a list as a file, with custom fields as columns.

use std::{
    borrow::Cow,
    fs::File,
    io::{self, BufRead as _, BufReader, BufWriter, Seek as _, Write},
    path::PathBuf,
};

use clap::{Args, ValueEnum, builder::PossibleValuesParser};
use indexmap::IndexSet;

use crate::{
    data::{self, Val},
    failure::{self, Failure},
    globals::Globals,
    notices,
    pages::{self, Pages},
    table::{self, Field, Kind, Operation, Page},
};

/// Write all records of a list to a file
///
/// Custom fields are columns. A nested field is a column such as `billingAddress.city`. The items of a list are separated by
/// semicolons. `heffl import` reads the same form.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Kind of the records
    #[arg(value_parser = PossibleValuesParser::new(lists().map(|(list, _)| list.resource)))]
    resource: String,
    /// Form of the file
    #[arg(long, short, value_name = "FORM", default_value = "csv")]
    output: Form,
    /// File to write instead of standard output
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// Comma-separated values with a header
    Csv,
    /// One line of JSON for each record, as the server sent it
    Jsonl,
}

fn lists() -> impl Iterator<Item = (&'static Operation, &'static Page)> {
    table::operations(false)
        .filter(|operation| operation.verb == "list")
        .filter_map(|operation| Some((operation, operation.page.as_ref()?)))
}

impl Arguments {
    pub(crate) async fn run(&self, globals: &Globals) -> Result<(), Failure> {
        let mut records = self.records(globals).await?;
        match &self.file {
            None => failure::written(self.write(&mut records, io::stdout().lock())),
            Some(path) => {
                let written = File::create(path).and_then(|file| self.write(&mut records, file));
                written.map_err(|error| Failure::file(path, &error))
            }
        }
    }

    /// Reads all records before it writes the first, because the columns depend on all records, and the list may be incomplete.
    async fn records(&self, globals: &Globals) -> Result<Spool, Failure> {
        let list = lists().find(|(list, _)| list.resource == self.resource);
        let (list, page) = list.ok_or_else(|| Failure::usage("there is no such list"))?;
        let client = globals.client()?;
        let mut pages = Pages::new(pages::call(&client, list)?, page);
        let mut spool = Spool::new(list.record).map_err(|error| spooling(&error))?;
        let progress = notices::reading(globals);
        let mut count = 0;
        loop {
            let records = pages.next(usize::MAX).await?;
            for record in &records {
                spool.push(record).map_err(|error| spooling(&error))?;
            }
            count += records.len();
            progress.set_message(notices::read(count, &client.quota()));
            if !pages.has_more {
                progress.finish_and_clear();
                return Ok(spool);
            }
            if !pages.can_go_on() {
                let message = "the server reports more records, but gives no cursor";
                return Err(Failure::other(message));
            }
        }
    }

    fn write(&self, records: &mut Spool, file: impl Write) -> io::Result<()> {
        match self.output {
            Form::Csv => records.write_csv(file),
            Form::Jsonl => records.write_jsonl(file),
        }
    }
}

fn spooling(error: &io::Error) -> Failure {
    Failure::other(format!(
        "the folder for temporary files cannot be used: {error}"
    ))
}

/// Records in a temporary file, one on each line, and the columns that they have.
struct Spool {
    file: BufWriter<File>,
    columns: IndexSet<String>,
}

impl Spool {
    fn new(documented: &[Field]) -> io::Result<Self> {
        let mut columns = IndexSet::new();
        for field in documented {
            match field.kind {
                Kind::Object(inner) => {
                    columns.extend(
                        inner
                            .iter()
                            .map(|inner| format!("{}.{}", field.name, inner.name)),
                    );
                }
                _ => {
                    columns.insert(field.name.to_owned());
                }
            }
        }
        let file = BufWriter::new(tempfile::tempfile()?);
        Ok(Self { file, columns })
    }

    fn push(&mut self, record: &Val) -> io::Result<()> {
        for (column, _) in cells(record) {
            if !self.columns.contains(&*column) {
                self.columns.insert(column.into_owned());
            }
        }
        writeln!(self.file, "{record}")
    }

    /// The temporary file, from its start.
    fn lines(&mut self) -> io::Result<BufReader<&File>> {
        self.file.flush()?;
        self.file.get_mut().rewind()?;
        Ok(BufReader::new(self.file.get_ref()))
    }

    fn write_jsonl(&mut self, mut file: impl Write) -> io::Result<()> {
        io::copy(&mut self.lines()?, &mut file)?;
        file.flush()
    }

    /// Custom fields come last, in the order of their keys.
    fn write_csv(&mut self, file: impl Write) -> io::Result<()> {
        let (mut custom, mut columns): (Vec<_>, Vec<_>) = self
            .columns
            .iter()
            .cloned()
            .partition(|column| column.starts_with(table::CUSTOM_FIELD));
        custom.sort();
        columns.append(&mut custom);
        let mut writer = csv::Writer::from_writer(file);
        writer.write_record(&columns)?;
        for line in self.lines()?.lines() {
            let record = data::given(&line?).map_err(io::Error::other)?;
            let cells: Vec<_> = cells(&record).collect();
            let cell = |column: &String| {
                let cell = cells.iter().find(|(name, _)| name == column);
                cell.map_or("", |(_, text)| text)
            };
            writer.write_record(columns.iter().map(cell))?;
        }
        writer.flush()
    }
}

/// The columns of a record, and their cells.
fn cells(record: &Val) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    data::members(record).flat_map(|(name, value)| match value {
        Val::Obj(_) => data::members(value)
            .map(|(inner, value)| (Cow::from(format!("{name}.{inner}")), cell(value)))
            .collect(),
        value => vec![(name, cell(value))],
    })
}

fn cell(value: &Val) -> Cow<'_, str> {
    match value {
        Val::Null => Cow::from(""),
        Val::Arr(items) => {
            let texts = items.iter().map(data::text);
            let texts = texts.map(|text| text.filter(|text| !text.contains(';')));
            match texts.collect::<Option<Vec<_>>>() {
                Some(texts) => texts.join(";").into(),
                None => value.to_string().into(),
            }
        }
        value => data::plain(value),
    }
}
