//! The run of an import: row by row, each step in the journal.

use std::{
    collections::HashSet,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use clap::ValueEnum;
use heffl::{
    Call, Error, ErrorKind, Field as JsonField, JsonObject, JsonText, Page,
    bulk::{Bulk, By, Index, Outcome, Progress, Upserted},
};
use serde::{Deserialize, Serialize};

use super::{
    Arguments,
    csv_file::Row,
    journal::{Done, Earlier, Journal, Step},
    mapping::{Body, Column, Key, Mapping, key_text},
};
use crate::{
    data,
    failure::{Failure, Kind},
    table::CUSTOM_FIELD,
};

/// The longest time for which a server may still process the request of an interrupted run.
const SETTLED: Duration = Duration::from_secs(2);

/// The handling of rows with an unknown outcome, if there is no match column to find their records.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum UnknownRows {
    /// The rows are done
    Done,
    /// The rows are sent again
    Repeat,
}

/// An import, ready to run.
pub(super) struct Run<'a, R> {
    pub(super) options: &'a Arguments,
    pub(super) list: Call<Page<R>>,
    pub(super) mapping: &'a Mapping<'a>,
    /// `None` in a dry run.
    pub(super) journal: Option<&'a Journal>,
    pub(super) earlier: &'a Earlier,
}

/// The result of a run.
pub(super) struct Ended {
    /// The last step of each row, in the order of the file; `None` if the row was not begun.
    pub(super) steps: Vec<Option<Step>>,
    /// The reason why the run ended early.
    pub(super) stopped: Option<Failure>,
}

/// What an import keeps of a record: its identifier, and the fields that it compares.
#[derive(Clone, Deserialize, Serialize)]
#[serde(from = "JsonObject")]
struct Known(JsonObject);

/// The import does not compare records that it has written, so it keeps only their identifiers.
impl From<JsonObject> for Known {
    fn from(response: JsonObject) -> Self {
        let mut kept = JsonObject::new();
        let _ = kept.insert("id", id(&response));
        Self(kept)
    }
}

impl Known {
    fn new(record: &impl Serialize, fields: &[String]) -> Self {
        let record = serde_json::to_string(record).unwrap_or_default();
        let kept = data::given(&record).map(|record| data::select(&record, fields).to_string());
        let kept = kept.map(|kept| serde_json::from_str(&kept).unwrap_or_default());
        Self(kept.unwrap_or_default())
    }
}

/// A run in progress.
struct Work<'a, R> {
    run: &'a Run<'a, R>,
    known: Option<(&'a Key, Index<Known>)>,
    stopped: OnceLock<Failure>,
}

impl<R: Serialize + Send + 'static> Run<'_, R> {
    /// Sends the rows. `keys` are the match values of the file. `on_progress` gets the number of finished rows and the
    /// number of begun rows.
    pub(super) async fn all(
        &self,
        keys: HashSet<String>,
        mut on_progress: impl FnMut(usize, usize) + Send,
    ) -> Result<Ended, Failure> {
        self.check_unknown()?;
        let known = match &self.mapping.key {
            None => None,
            Some(key) => Some((key, self.known(key, keys).await?)),
        };
        let work = Work {
            run: self,
            known,
            stopped: OnceLock::new(),
        };
        let rows = &self.mapping.file.rows;
        let mut steps = Vec::with_capacity(rows.len());
        // The first record is read back before the others are sent.
        let mut is_checked = self.journal.is_none() || self.earlier.is_checked;
        while !is_checked && let Some(row) = rows.get(steps.len()) {
            let step = work.row(row).await;
            if let Some(Step::Done {
                outcome: Done::Created | Done::Updated,
                id,
            }) = &step
            {
                is_checked = true;
                work.check(row, id)
                    .await
                    .unwrap_or_else(|failure| work.stop(failure));
            }
            steps.push(step);
            on_progress(steps.len(), steps.len());
            if work.stopped.get().is_some() {
                break;
            }
        }
        let first = steps.len();
        let begun = AtomicUsize::new(first);
        let report = Bulk::new(&rows[first..])
            .on_progress(|progress: Progress| {
                on_progress(first + progress.finished(), begun.load(Relaxed));
            })
            .run(async |row| {
                begun.fetch_add(1, Relaxed);
                Ok(work.row(row).await)
            })
            .await;
        steps.extend(
            report
                .into_outcomes()
                .into_iter()
                .map(|outcome| match outcome {
                    Outcome::Done(step) => step,
                    // `row` returns no errors.
                    _ => None,
                }),
        );
        let stopped = work.stopped.into_inner();
        Ok(Ended { steps, stopped })
    }

    /// Without a match column, the command cannot find out whether the record of a row exists.
    fn check_unknown(&self) -> Result<(), Failure> {
        let mut lines: Vec<u64> = self.unknown().collect();
        if self.mapping.key.is_some() || self.options.unknown_rows.is_some() || lines.is_empty() {
            return Ok(());
        }
        lines.sort_unstable();
        let lines: Vec<String> = lines.iter().map(u64::to_string).collect();
        let message = format!(
            "{}: an earlier run was interrupted, and the records of these lines may exist: {}",
            self.mapping.file.name,
            lines.join(", ")
        );
        Err(Failure::new(Kind::OutcomeUnknown, message).hint(
            "look for them in Heffl; then import again with --unknown-rows done if they are there, or with --unknown-rows repeat if they are not",
        ))
    }

    fn unknown(&self) -> impl Iterator<Item = u64> {
        let unknown = self
            .earlier
            .steps
            .iter()
            .filter(|(_, step)| is_unknown(step));
        unknown.map(|(line, _)| *line)
    }

    /// The existing records, by the match values of the file.
    async fn known(&self, key: &Key, keys: HashSet<String>) -> Result<Index<Known>, Failure> {
        if self.unknown().next().is_some() {
            tokio::time::sleep(SETTLED.saturating_sub(self.earlier.age)).await;
        }
        let mut fields = vec!["id".to_owned(), key.field.clone()];
        if self.options.update_existing {
            fields.extend(self.mapping.columns.iter().map(Column::member));
        }
        let part = move |record: R| Known::new(&record, &fields);
        let (by, field) = (key.by, key.field.clone());
        let of = move |Known(record): &Known| {
            let text = text(record, &field)?;
            by.check(&text)
                .is_ok_and(|text| keys.contains(&text))
                .then_some(text)
        };
        Ok(Index::read_part(self.list.clone(), by, part, of).await?)
    }
}

fn is_unknown(step: &Step) -> bool {
    matches!(step, Step::Sent | Step::Unknown { .. })
}

impl<R: Serialize + Send + 'static> Work<'_, R> {
    /// Processes a row. Returns `None` if the run has to stop before the row is done.
    async fn row(&self, row: &Row) -> Option<Step> {
        if self.stopped.get().is_some() {
            return None;
        }
        let step = match self.step(row).await {
            Ok(step) => step,
            Err(failure) => {
                self.stop(failure);
                return None;
            }
        };
        if let (Step::Unknown { message }, None) = (&step, &self.known) {
            let message = format!("{}:{}: {message}", self.run.mapping.file.name, row.line);
            self.stop(
                Failure::new(Kind::OutcomeUnknown, message)
                    .hint("without --match, the command cannot find out whether the record exists"),
            );
        }
        Some(step)
    }

    /// Stops the run. Of concurrent failures, the first is reported.
    fn stop(&self, failure: Failure) {
        let _ = self.stopped.set(failure);
    }

    async fn step(&self, row: &Row) -> Result<Step, Failure> {
        let run = self.run;
        let earlier = run.earlier.steps.get(&row.line);
        let was_unknown = earlier.is_some_and(is_unknown);
        let done = |outcome, id| Ok(Step::Done { outcome, id });
        match (earlier, run.options.unknown_rows) {
            (Some(step @ Step::Done { .. }), _) => return Ok(step.clone()),
            (_, Some(UnknownRows::Done)) if was_unknown && self.known.is_none() => {
                return done(Done::Existing, String::new());
            }
            _ => {}
        }
        let body = self.body(row)?;
        let (calls, fields) = (run.mapping.calls, body.fields().to_string());
        let create = calls.call(calls.create, "", &fields);
        let create = create.map_err(Failure::usage)?.with_response::<Known>();
        let Some((key, known)) = &self.known else {
            self.write(row, &Step::Sent).await?;
            let result = create.await.map(Upserted::Created);
            return self.end(row, &result, Done::Created).await;
        };
        let key = body.key(key);
        match known.find(&key) {
            Err(error) => self.end(row, &Err(error), Done::Existing).await,
            Ok(None) => {
                self.write(row, &Step::Sent).await?;
                let result = known.upsert(&key, create, |_| None).await;
                self.end(row, &result, Done::Created).await
            }
            Ok(Some(record)) if was_unknown => done(Done::Created, id(&record.0)),
            Ok(Some(record)) if !run.options.update_existing => done(Done::Existing, id(&record.0)),
            Ok(Some(_)) => {
                let wanted = create.json(&body.fields_and_nulls());
                let update = |old: &Known| {
                    let update = calls.call(calls.update, &id(&old.0), "{}").ok()?;
                    Some(update.with_response::<Known>())
                };
                let result = known.upsert(&key, wanted, update).await;
                self.end(row, &result, Done::Updated).await
            }
        }
    }

    /// The step of a row, by the result of its call. `planned` is the step of a dry run.
    async fn end(
        &self,
        row: &Row,
        result: &Result<Upserted<Known>, Error>,
        planned: Done,
    ) -> Result<Step, Failure> {
        let done = |outcome, Known(record): &Known| Step::Done {
            outcome,
            id: id(record),
        };
        let step = match result {
            Ok(Upserted::Created(record)) => done(Done::Created, record),
            Ok(Upserted::Updated(record)) => done(Done::Updated, record),
            // Not written to the journal, because the next run finds the same.
            Ok(Upserted::Unchanged(record)) if planned == Done::Updated => {
                return Ok(done(Done::Unchanged, record));
            }
            Ok(Upserted::Unchanged(record)) => done(Done::Existing, record),
            Err(error) if self.run.journal.is_none() && error.kind() == ErrorKind::Hook => {
                return Ok(Step::Done {
                    outcome: planned,
                    id: String::new(),
                });
            }
            Err(error) if error.is_outcome_unknown() => Step::Unknown {
                message: error.to_string(),
            },
            // An update can be repeated.
            Err(error) if error.may_have_been_done() || concerns_the_row(error) => Step::Failed {
                message: error.to_string(),
            },
            Err(error) => return Err(error.clone().into()),
        };
        self.write(row, &step).await?;
        Ok(step)
    }

    async fn write(&self, row: &Row, step: &Step) -> Result<(), Failure> {
        match self.run.journal {
            Some(journal) => journal.write(row.line, step).await,
            None => Ok(()),
        }
    }

    /// The fields of a row. The check of the file has found them valid.
    fn body(&self, row: &Row) -> Result<Body, Failure> {
        let body = self.run.mapping.body(row, None);
        body.map_err(Failure::usage)
    }

    /// Reads the record of a row back, and compares it with the request.
    async fn check(&self, row: &Row, id: &str) -> Result<(), Failure> {
        let sent = JsonObject::from_serialize(&self.body(row)?.fields_and_nulls())?;
        let differences: Vec<String> = match self.read_back(row, id).await? {
            None => vec!["  it is not in the list of records".to_owned()],
            Some(record) => sent
                .iter()
                .filter_map(|(field, value)| difference(&field, value, record.field(&field)))
                .collect(),
        };
        if differences.is_empty() || self.run.options.accept_differences {
            return self.write(row, &Step::Checked).await;
        }
        let message = format!(
            "{}:{}: the record {id} was read back, and is not what was sent:\n{}",
            self.run.mapping.file.name,
            row.line,
            differences.join("\n")
        );
        Err(Failure::new(Kind::Refused, message).hint(
            "look at the record in Heffl; if it is right, import again with --accept-differences",
        ))
    }

    /// The record in its list, because not every kind of record can be read by itself. New records are among the first.
    async fn read_back(&self, row: &Row, id: &str) -> Result<Option<JsonObject>, Failure> {
        let list = &self.run.list;
        let cell = |key: &Key| self.run.mapping.file.cell(row, key.index);
        let key = self.known.as_ref().map(|(key, _)| cell(key));
        let search = key.map(|key| list.clone().query("search", key));
        for list in search.into_iter().chain([list.clone(), list.clone()]) {
            let mut records = list.stream();
            while let Some(record) = records.try_next().await? {
                let record = JsonObject::from_serialize(&record)?;
                if self::id(&record) == id {
                    return Ok(Some(record));
                }
            }
            // The list may not have the record yet.
            tokio::time::sleep(SETTLED).await;
        }
        Ok(None)
    }
}

/// Whether an error concerns one row, so that the server may accept other rows.
fn concerns_the_row(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::InvalidRequest | ErrorKind::CustomField | ErrorKind::SeveralMatches => true,
        ErrorKind::Api => {
            matches!(error.status(), Some(status @ 400..500) if ![401, 403, 408, 429].contains(&status))
        }
        _ => false,
    }
}

/// The difference between a value that was sent and that of the record. Responses do not have every field.
fn difference(field: &str, sent: JsonText<'_>, found: JsonField<'_>) -> Option<String> {
    let found = match found {
        JsonField::Absent if field.starts_with(CUSTOM_FIELD) && !sent.is_null() => "nothing",
        JsonField::Absent => return None,
        JsonField::Null => "null",
        JsonField::Value(value) => value.as_json(),
    };
    let is_same = match field {
        "email" => is_same_key(By::Email, sent.as_json(), found),
        "phone" => is_same_key(By::Phone, sent.as_json(), found),
        _ => false,
    };
    let is_same = is_same || object(sent.as_json()) == object(found);
    (!is_same).then(|| format!("  {field}: sent {}, found {found}", sent.as_json()))
}

fn is_same_key(by: By, one: &str, other: &str) -> bool {
    let key = |json: &str| by.check(&serde_json::from_str::<String>(json).ok()?).ok();
    key(one).is_some_and(|key_of_one| Some(key_of_one) == key(other))
}

/// Whether two values are equal. `5` and `5.0` are equal.
fn object(json: &str) -> Option<JsonObject> {
    serde_json::from_str(&format!("{{\"value\":{json}}}")).ok()
}

/// A member of a record as text; `None` if the record does not have it.
fn text(record: &JsonObject, field: &str) -> Option<String> {
    match record.field(field) {
        JsonField::Value(value) => Some(key_text(&value.to().ok()?)),
        _ => None,
    }
}

fn id(record: &JsonObject) -> String {
    text(record, "id").unwrap_or_default()
}
