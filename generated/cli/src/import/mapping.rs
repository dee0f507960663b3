//! Maps columns to fields, and reads the cells of a row.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use clap::{Args, ValueEnum};
use heffl::bulk::By;
use heffl_custom_fields::Definition;
use serde_json::{Map, Value};

use super::{
    calls::Calls,
    csv_file::{CsvFile, Row},
};
use crate::{
    data,
    failure::Failure,
    fields::saved::{self, Saved},
    names::{Finder, is_name},
    table::{self, CUSTOM_FIELD, Field, Kind, Operation},
    values,
};

/// The number of significant digits that the service keeps.
const DIGITS: usize = 15;

/// The effect of an empty cell on a record that exists.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Empty {
    /// The field keeps its value
    Keep,
    /// The field is cleared
    Clear,
}

/// The kinds of custom fields: numbers, texts, days such as 2026-09-30, and lists of texts.
const CUSTOM_KINDS: [(&str, Kind); 5] = [
    ("text", Kind::Text),
    ("number", Kind::Decimal),
    ("boolean", Kind::Boolean),
    ("date", Kind::Date),
    ("list", Kind::List(&Kind::Text)),
];

/// The options about columns.
#[derive(Args)]
pub(crate) struct Options {
    /// Column for a field; a column with the name of a field needs none
    #[arg(long, value_name = "FIELD=COLUMN", value_delimiter = ',', value_parser = pair)]
    map: Vec<(String, String)>,
    /// Columns to leave out
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    ignore: Vec<String>,
    /// Leave out all columns without a field of that name
    #[arg(long)]
    ignore_others: bool,
    /// Kinds of custom fields: text, number, boolean, date or list; by default the kinds that `heffl fields pull` has saved, or text
    #[arg(long, value_name = "cf_FIELD=KIND", value_delimiter = ',', value_parser = kind)]
    types: Vec<(String, Kind)>,
    /// Field that identifies a record, such as email, phone or a custom field; each row needs a unique value
    #[arg(id = "key", long = "match", value_name = "FIELD")]
    key: Option<String>,
    /// The effect of an empty cell on a record that exists
    #[arg(long, value_name = "ACTION", default_value = "keep")]
    empty: Empty,
}

fn pair(text: &str) -> Result<(String, String), String> {
    values::pair(text, '=', "FIELD=COLUMN")
}

fn kind(text: &str) -> Result<(String, Kind), String> {
    let (name, kind) = values::pair(text, '=', "cf_FIELD=KIND")?;
    let mut known = CUSTOM_KINDS.iter();
    match known.find(|(name, _)| name.eq_ignore_ascii_case(&kind)) {
        Some((_, kind)) => Ok((name, *kind)),
        None => Err(format!("invalid variant: {kind}")),
    }
}

/// The fields that columns can set.
struct Fields<'a> {
    options: &'a Options,
    /// The list of the records.
    list: &'static Operation,
    targets: Vec<Target>,
    /// The saved definitions of custom fields.
    saved: Option<&'a Saved>,
}

/// A field that a column can set.
#[derive(Clone)]
pub(super) struct Target {
    /// The name in the API; of a nested field, such as `billingAddress.city`.
    pub(super) name: String,
    kind: Kind,
    is_clearable: bool,
    /// The entry of the table; `None` for a custom field.
    field: Option<&'static Field>,
    /// The saved definition of a custom field, if `--types` does not give its kind.
    definition: Option<Definition>,
}

impl Target {
    fn is_required(&self) -> bool {
        self.field.is_some_and(|field| field.required) && !self.name.contains('.')
    }
}

/// The fields that columns can set. The nested fields of an object are cleared together.
fn targets(create: &table::Body, update: &table::Body) -> Vec<Target> {
    let target = |name: String, field: &'static Field, is_clearable| Target {
        name,
        kind: field.kind,
        is_clearable,
        field: Some(field),
        definition: None,
    };
    let of = |field: &'static Field| match field.kind {
        Kind::Object(inner) => {
            let name = |inner: &Field| format!("{}.{}", field.name, inner.name);
            let inner = inner.iter().map(|inner| target(name(inner), inner, false));
            inner.collect()
        }
        _ => {
            let mut updated = update.fields.iter();
            let is_clearable = updated.any(|other| other.name == field.name && other.clearable);
            vec![target(field.name.to_owned(), field, is_clearable)]
        }
    };
    create.fields.iter().flat_map(of).collect()
}

/// A column that sets a field.
pub(super) struct Column {
    /// The index of the cell in a row.
    pub(super) index: usize,
    pub(super) target: Target,
}

/// The field that identifies a record.
pub(super) struct Key {
    /// The index of its column.
    pub(super) index: usize,
    pub(super) field: String,
    pub(super) by: By,
}

/// The columns of a file and their fields.
pub(super) struct Mapping<'a> {
    pub(super) file: &'a CsvFile,
    pub(super) calls: &'a Calls<'a>,
    pub(super) columns: Vec<Column>,
    pub(super) key: Option<Key>,
    empty: Empty,
    /// The identifiers of the records that cells name, by column and name.
    ids: HashMap<(usize, String), String>,
}

/// The fields of a row.
#[derive(Debug, Default)]
pub(super) struct Body {
    fields: Map<String, Value>,
    /// The fields to clear.
    cleared: Vec<String>,
}

impl<'a> Mapping<'a> {
    pub(super) fn new(
        file: &'a CsvFile,
        calls: &'a Calls<'a>,
        saved: Option<&Saved>,
        options: &Options,
    ) -> Result<Self, Failure> {
        let fields = Fields {
            options,
            list: calls.list,
            targets: targets(calls.create, calls.update),
            saved,
        };
        let mut columns = Vec::new();
        for (name, column) in &options.map {
            let index = index(file, column)?;
            let target = fields.target(name)?;
            let target = target.ok_or_else(|| fields.no_field(name))?;
            columns.push(Column { index, target });
        }
        let mut others = Vec::new();
        for (index, header) in file.headers.iter().enumerate() {
            let is_mapped = columns.iter().any(|column| column.index == index);
            let is_blank =
                header.is_empty() && file.rows.iter().all(|row| file.cell(row, index).is_empty());
            if is_mapped || is_blank || options.ignore.contains(header) {
                continue;
            }
            // `client.id` sets `clientId` only if no column has exactly that name.
            let is_taken =
                |target: &Target| *header != target.name && file.headers.contains(&target.name);
            match fields.named(header)?.filter(|target| !is_taken(target)) {
                Some(target) => columns.push(Column { index, target }),
                None if options.ignore_others => {}
                None => others.push(format!("{header:?} (column {})", index + 1)),
            }
        }
        if !others.is_empty() {
            let others = others.join(", ");
            return Err(Failure::usage(format!(
                "{}:1: no field has the name of {others}",
                file.name
            ))
            .hint(format!(
                "--map FIELD=COLUMN for each, or --ignore COLUMN, or --ignore-others; {}",
                fields.known()
            )));
        }
        let mut taken = BTreeSet::new();
        for Column { index, target, .. } in &columns {
            if !taken.insert(&target.name) {
                let (column, name) = (index + 1, &target.name);
                let message = format!("{}:1:{column}: two columns set the field {name}", file.name);
                return Err(
                    Failure::usage(message).hint("leave one of them out with --ignore COLUMN")
                );
            }
        }
        let missing = |target: &&Target| target.is_required() && !taken.contains(&target.name);
        if let Some(Target { name, .. }) = fields.targets.iter().find(missing) {
            let message = format!(
                "{}:1: no column sets the field {name}, which is required",
                file.name
            );
            return Err(Failure::usage(message).hint(format!("--map {name}=COLUMN")));
        }
        let key = options.key.as_ref();
        let key = key.map(|name| fields.key(name, &columns)).transpose()?;
        Ok(Self {
            file,
            calls,
            columns,
            key,
            empty: options.empty,
            ids: HashMap::new(),
        })
    }

    /// Everything that determines the requests, for the journal.
    pub(super) fn plan(&self) -> String {
        let columns = self.columns.iter().map(|Column { index, target, .. }| {
            let kind = serde_json::to_string(&target.kind).unwrap_or_default();
            let defined = target.definition.as_ref().map(|definition| definition.kind);
            format!("{index} {} {kind} {defined:?}", target.name)
        });
        let key = self.key.as_ref().map(|key| &key.field);
        format!("{:?} {key:?} {:?}", columns.collect::<Vec<_>>(), self.empty)
    }

    /// Looks up the records that cells name. Looks up each name once.
    pub(super) async fn find_names(&mut self, mut finder: Finder<'_>) -> Result<(), Failure> {
        let file = self.file;
        let mut wanted = BTreeMap::new();
        for column in &self.columns {
            let (Kind::Id(id), Some(field)) = (column.target.kind.item(), column.target.field)
            else {
                continue;
            };
            for row in &file.rows {
                let cell = file.cell(row, column.index);
                for name in column.texts(&cell).filter(|text| is_name(id, text)) {
                    let name = (column.index, name.to_owned());
                    wanted.entry(name).or_insert((row.line, field));
                }
            }
        }
        for ((index, name), (line, field)) in wanted {
            let mut id = data::text_value(&name);
            let found = finder.replace(&mut [(field, &mut id)]).await;
            found.map_err(|failure| failure.at(&format!("{}:{line}:{}", file.name, index + 1)))?;
            let id = data::text(&id).unwrap_or_default().into_owned();
            self.ids.insert((index, name), id);
        }
        Ok(())
    }

    /// The fields of a row, optionally without one column. An error is the problem with its location.
    pub(super) fn body(&self, row: &Row, without: Option<usize>) -> Result<Body, String> {
        let file = self.file;
        let mut body = Body::default();
        let columns = self.columns.iter();
        for column in columns.filter(|column| Some(column.index) != without) {
            let name = &column.target.name;
            let problem = |message: &str| file.problem(row, Some(column.index), message);
            let cell = file.cell(row, column.index);
            match (cell.is_empty(), self.empty) {
                (true, _) if column.target.is_required() => {
                    return Err(problem(&format!("the field {name} is required")));
                }
                (true, Empty::Keep) => {}
                (true, Empty::Clear) if column.target.is_clearable => {
                    body.cleared.push(name.clone());
                }
                (true, Empty::Clear) => {
                    return Err(problem(&format!("the API cannot clear the field {name}")));
                }
                (false, _) => {
                    let value = self.value(column, &cell);
                    let value = value.map_err(|expected| problem(&expected))?;
                    put(&mut body.fields, name, value);
                }
            }
        }
        Ok(body)
    }

    /// The value of a cell that is not empty. An error describes the expected values.
    fn value(&self, column: &Column, cell: &str) -> Result<Value, String> {
        let kind = &column.target.kind;
        let value = if let Some(definition) = &column.target.definition {
            saved::value_of(definition, cell)
        } else if matches!(kind, Kind::List(_)) && cell.starts_with('[') {
            data::given(cell)
        } else {
            let texts = column.texts(cell).map(|text| self.text(column, text));
            values::read_all(kind, &texts.collect::<Vec<_>>())
        }?;
        let digits = || cell.chars().filter(char::is_ascii_digit).count();
        if matches!(kind, Kind::Decimal | Kind::Integer) && digits() > DIGITS {
            return Err(format!(
                "expected at most {DIGITS} digits, which is what the service keeps"
            ));
        }
        serde_json::from_str(&value.to_string()).map_err(|error| error.to_string())
    }

    /// The text of a cell as the API expects it.
    fn text(&self, column: &Column, text: &str) -> String {
        match column.target.kind.item() {
            Kind::Boolean => match &*text.to_lowercase() {
                "yes" | "1" => "true".to_owned(),
                "no" | "0" => "false".to_owned(),
                other => other.to_owned(),
            },
            Kind::Id(id) if is_name(id, text) => {
                let found = self.ids.get(&(column.index, text.to_owned())).cloned();
                // The command checks the file before it looks up names.
                found.unwrap_or_else(|| format!("{}0", id.prefix.unwrap_or_default()))
            }
            _ => text.to_owned(),
        }
    }
}

impl Column {
    /// The member of a body that it goes to.
    pub(super) fn member(&self) -> String {
        let name = &self.target.name;
        name.split_once('.')
            .map_or(&**name, |(outer, _)| outer)
            .to_owned()
    }

    /// The texts of a cell: several if the field is a list.
    fn texts<'a>(&self, cell: &'a str) -> impl Iterator<Item = &'a str> {
        let is_list = matches!(self.target.kind, Kind::List(_));
        cell.split(move |character| is_list && character == ';')
            .map(str::trim)
    }
}

/// The text for comparing a value. `5` and `5.0` are equal.
pub(super) fn key_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number
            .as_f64()
            .map_or_else(String::new, |it| it.to_string()),
        other => other.to_string(),
    }
}

impl Body {
    /// The value that identifies the record; empty if the row has no such value.
    pub(super) fn key(&self, key: &Key) -> String {
        self.fields
            .get(&key.field)
            .map_or_else(String::new, key_text)
    }

    /// The fields, for a record that is to be created.
    pub(super) fn fields(&self) -> Value {
        self.fields.clone().into()
    }

    /// The fields, for an existing record. Fields to clear are null.
    pub(super) fn fields_and_nulls(&self) -> Value {
        let nulls = self
            .cleared
            .iter()
            .map(|field| (field.clone(), Value::Null));
        let fields = self.fields.clone().into_iter().chain(nulls);
        fields.collect::<Map<_, _>>().into()
    }
}

fn put(fields: &mut Map<String, Value>, name: &str, value: Value) {
    let Some((outer, inner)) = name.split_once('.') else {
        fields.insert(name.to_owned(), value);
        return;
    };
    let object = fields.entry(outer).or_insert_with(|| Map::new().into());
    if let Value::Object(object) = object {
        object.insert(inner.to_owned(), value);
    }
}

impl Fields<'_> {
    fn key(&self, field: &str, columns: &[Column]) -> Result<Key, Failure> {
        let Operation {
            resource, record, ..
        } = self.list;
        let mut listed = record.iter();
        if !field.starts_with(CUSTOM_FIELD) && !listed.any(|listed| listed.name == field) {
            let message = format!("--match {field}: lists of {resource} do not have this field");
            return Err(
                Failure::usage(message).hint("match by email, phone, name or a custom field")
            );
        }
        let column = columns.iter().find(|column| column.target.name == field);
        let column = column.ok_or_else(|| {
            Failure::usage(format!("--match {field}: no column sets this field"))
                .hint(format!("--map {field}=COLUMN"))
        })?;
        Ok(Key {
            index: column.index,
            field: field.to_owned(),
            by: match field {
                "email" => By::Email,
                "phone" => By::Phone,
                "name" | "title" => By::Name,
                _ => By::Text,
            },
        })
    }

    /// The field with a name; `None` if there is no such field. The saved definitions have all custom fields.
    fn target(&self, name: &str) -> Result<Option<Target>, Failure> {
        if name.len() == CUSTOM_FIELD.len() || !name.starts_with(CUSTOM_FIELD) {
            let found = self.targets.iter().find(|target| target.name == name);
            return Ok(found.cloned());
        }
        let given = self.options.types.iter().find(|(key, _)| key == name);
        let definition = match (given, self.saved) {
            (None, Some(saved)) => saved.known(self.list.resource, name)?.cloned(),
            _ => None,
        };
        Ok(Some(Target {
            name: name.to_owned(),
            kind: given.map_or(Kind::Text, |(_, kind)| *kind),
            is_clearable: true,
            field: None,
            definition,
        }))
    }

    /// The field with the name of a column. Case, spaces and punctuation do not count.
    fn named(&self, header: &str) -> Result<Option<Target>, Failure> {
        let mut targets = self.targets.iter();
        match targets.find(|target| plain(&target.name) == plain(header)) {
            Some(alike) => Ok(Some(alike.clone())),
            None => self.target(header),
        }
    }

    fn no_field(&self, field: &str) -> Failure {
        let names = self.targets.iter().map(|target| target.name.as_str());
        Failure::usage(format!("--map {field}=…: there is no such field")).hint(
            match values::nearest(field, names) {
                Some(near) => format!("did you mean {near}?"),
                None => self.known(),
            },
        )
    }

    fn known(&self) -> String {
        let names = self.targets.iter().map(|target| target.name.as_str());
        let names: Vec<&str> = names.collect();
        format!("the fields are {}, and cf_…", names.join(", "))
    }
}

fn plain(name: &str) -> String {
    let characters = name.chars().filter(|character| character.is_alphanumeric());
    characters.flat_map(char::to_lowercase).collect()
}

/// The index of a column.
fn index(file: &CsvFile, column: &str) -> Result<usize, Failure> {
    let headers = file.headers.iter().enumerate();
    let found = headers.filter(|(_, header)| plain(header) == plain(column));
    let found: Vec<usize> = found.map(|(index, _)| index).collect();
    let problem = |problem| Failure::usage(format!("{}:1: {problem} {column:?}", file.name));
    match found[..] {
        [index] => Ok(index),
        [] => Err(problem("there is no column")
            .hint(format!("the columns are {}", file.headers.join(", ")))),
        _ => Err(problem("several columns are called").hint("give each column a unique name")),
    }
}
