//! `heffl doctor`: compares the service with the documents.

mod calls;
mod shape;

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
    sync::{Arc, Mutex, PoisonError},
};

use clap::Args;
use heffl::{Client, Deviation, Error, bytes::Bytes};
use indicatif::ProgressBar;
use serde::Serialize;
use serde_json::Value;

use crate::{
    failure::{Failure, Kind, written},
    globals::Globals,
    table::{self, Operation},
};
use shape::Shape;

/// Compare the service with the documents of this project, and print a report
///
/// One call of each operation that only reads is made, and nothing is changed. The report is JSON. It has the names of fields
/// and their JSON types, and no values: it can be attached to an issue.
#[derive(Debug, Args)]
pub(crate) struct Arguments {}

/// The behaviour of the service.
#[derive(Serialize)]
struct Report {
    /// The version of the command.
    heffl: &'static str,
    operations: Vec<Checked>,
}

/// The behaviour of one operation.
#[derive(Serialize)]
struct Checked {
    version: &'static str,
    id: &'static str,
    path: &'static str,
    outcome: Outcome,
    status: Option<u16>,
    error: Option<String>,
    deviations: Vec<Difference>,
    shape: Shape,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    /// As documented.
    Documented,
    /// The response differs from the documentation, and can be read.
    Differs,
    /// There is no response that can be read.
    Failed,
    /// No list had a record to read.
    NoRecord,
}

/// A difference between responses and the documentation.
#[derive(Eq, Ord, PartialEq, PartialOrd, Serialize)]
struct Difference {
    path: String,
    expected: String,
    found: String,
    unreadable: bool,
}

impl Difference {
    fn new(deviation: &Deviation) -> Self {
        let found = match deviation.expected() {
            "a documented value" => "another value",
            "a documented key" => shape::name(deviation.found()),
            _ => deviation.found(),
        };
        Self {
            path: shape::path(deviation.path()),
            expected: deviation.expected().to_owned(),
            found: found.to_owned(),
            unreadable: deviation.is_unreadable(),
        }
    }
}

/// The deviations that the client has reported since the last call.
type Noted = Arc<Mutex<Vec<Difference>>>;

impl Arguments {
    pub(crate) async fn run(&self, globals: &Globals) -> Result<(), Failure> {
        let noted = Noted::default();
        let for_client = Arc::clone(&noted);
        let client = globals
            .builder()?
            .on_deviation(move |deviation| {
                let mut noted = for_client.lock().unwrap_or_else(PoisonError::into_inner);
                noted.push(Difference::new(deviation));
            })
            .build()?;
        let report = Report {
            heffl: env!("CARGO_PKG_VERSION"),
            operations: check(globals, &client, &noted).await?,
        };
        let text = serde_json::to_string_pretty(&report)
            .map_err(|error| Failure::new(Kind::Other, error.to_string()))?;
        written(writeln!(io::stdout(), "{text}"))?;
        let count = |outcome| {
            report
                .operations
                .iter()
                .filter(|it| it.outcome == outcome)
                .count()
        };
        globals.report(format_args!(
            "{} operations as documented, {} differ, {} failed, {} without a record to read",
            count(Outcome::Documented),
            count(Outcome::Differs),
            count(Outcome::Failed),
            count(Outcome::NoRecord),
        ));
        match count(Outcome::Failed) {
            0 => Ok(()),
            failed => Err(
                Failure::new(Kind::Partial, format!("{failed} operations failed"))
                    .hint("the report names them"),
            ),
        }
    }
}

/// Calls all operations that read: lists first, for the identifiers of records.
async fn check(globals: &Globals, client: &Client, noted: &Noted) -> Result<Vec<Checked>, Failure> {
    let mut operations: Vec<&Operation> = table::all().filter(|it| it.method == "GET").collect();
    operations.sort_by_key(|operation| operation.path.len());
    let progress = if globals.quiet {
        ProgressBar::hidden()
    } else {
        ProgressBar::new(operations.len() as u64)
    };
    let mut ids: BTreeMap<(&str, &str), String> = BTreeMap::new();
    let mut checked = Vec::new();
    for operation in operations {
        progress.inc(1);
        let list = operation.template.trim_end_matches("/{id}");
        let id = ids.get(&(operation.version, list)).map(String::as_str);
        let received = match id {
            None if !operation.path.is_empty() => None,
            id => calls::call(client, operation, id.unwrap_or_default()),
        };
        let Some(received) = received else {
            checked.push(Checked::new(operation, Outcome::NoRecord));
            continue;
        };
        let received = received.await;
        // Without a key that is accepted, all operations fail alike.
        if let Err(error) = &received
            && error.is_unauthorized()
        {
            return Err(error.clone().into());
        }
        let noted = std::mem::take(&mut *noted.lock().unwrap_or_else(PoisonError::into_inner));
        let (one, body) = Checked::received(operation, &received, noted);
        let items = operation.page.as_ref().map(|page| page.items);
        if let Some(id) = items
            .zip(body)
            .and_then(|(items, body)| first_id(&body, items))
        {
            ids.insert((operation.version, operation.template), id);
        }
        checked.push(one);
    }
    progress.finish_and_clear();
    Ok(checked)
}

/// The identifier of the first record of a list.
fn first_id(body: &Value, items: &str) -> Option<String> {
    let id = body.pointer(items)?.get(0)?.get("id")?;
    id.as_str().map(str::to_owned)
}

impl Checked {
    fn new(operation: &'static Operation, outcome: Outcome) -> Self {
        Self {
            version: operation.version,
            id: operation.id,
            path: operation.template,
            outcome,
            status: None,
            error: None,
            deviations: Vec::new(),
            shape: Shape::new(),
        }
    }

    /// The result of a call of an operation, and the body of the response.
    fn received(
        operation: &'static Operation,
        received: &Result<(u16, Bytes), Error>,
        mut deviations: Vec<Difference>,
    ) -> (Self, Option<Value>) {
        // Each difference once, in however many records.
        deviations.sort();
        deviations.dedup();
        let (outcome, status, body) = match received {
            Ok((status, body)) if deviations.is_empty() => {
                (Outcome::Documented, Some(*status), Some(body))
            }
            Ok((status, body)) => (Outcome::Differs, Some(*status), Some(body)),
            Err(error) => (Outcome::Failed, error.status(), error.body()),
        };
        let body: Option<Value> = body.and_then(|body| serde_json::from_slice(body).ok());
        let checked = Self {
            status,
            error: received
                .as_ref()
                .err()
                .map(|error| error.redacted().to_string()),
            deviations,
            shape: body.as_ref().map(shape::of).unwrap_or_default(),
            ..Self::new(operation, outcome)
        };
        (checked, body)
    }
}
