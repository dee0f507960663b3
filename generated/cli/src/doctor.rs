//! `heffl doctor`: compares the service with the documents.

mod shape;

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
    sync::{Arc, Mutex, PoisonError},
};

use clap::Args;
use heffl::{Client, Deviation};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    failure::{Failure, Kind, written},
    globals::Globals,
    notices,
    table::{self, Operation},
};

/// Compare the service with the documents of this project, and print a report
///
/// The command calls each operation that only reads once, and changes nothing. The report is JSON. It contains the names of
/// fields and their JSON types, but no values, so it can be attached to an issue.
#[derive(Debug, Args)]
pub(crate) struct Arguments {}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    /// As documented.
    Documented,
    /// The response differs from the documentation, but can be read.
    Differs,
    /// The call failed, or its response cannot be read.
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
        let checked = check(globals, &client, &noted).await?;
        let count = |outcome| checked.iter().filter(|(it, _)| *it == outcome).count();
        let operations: Vec<&Value> = checked.iter().map(|(_, part)| part).collect();
        let report = json!({"heffl": env!("CARGO_PKG_VERSION"), "operations": operations});
        written(writeln!(io::stdout(), "{report:#}"))?;
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

/// Calls all operations that read: lists first, for the identifiers of records. Returns the outcome of each, and its part
/// of the report.
async fn check(
    globals: &Globals,
    client: &Client,
    noted: &Noted,
) -> Result<Vec<(Outcome, Value)>, Failure> {
    let mut operations: Vec<&Operation> = table::all().filter(|it| it.method == "GET").collect();
    operations.sort_by_key(|operation| operation.path.len());
    let progress = notices::steps(globals, operations.len());
    let mut ids: BTreeMap<(&str, &str), String> = BTreeMap::new();
    let mut checked = Vec::new();
    for operation in operations {
        progress.inc(1);
        let list = operation.template.trim_end_matches("/{id}");
        let id = ids.get(&(operation.version, list)).map(String::as_str);
        let has_id = id.is_some() || operation.path.is_empty();
        let received = match operation.check.filter(|_| has_id) {
            Some(call) => Some(call(client, id.unwrap_or_default(), &parameters(operation)).await),
            None => None,
        };
        let error = received
            .as_ref()
            .and_then(|received| received.as_ref().err());
        // If the server does not accept the key, all operations fail in the same way.
        if let Some(error) = error.filter(|error| error.is_unauthorized()) {
            return Err(error.clone().into());
        }
        // A difference counts once, even if it occurs in many records.
        let mut deviations =
            std::mem::take(&mut *noted.lock().unwrap_or_else(PoisonError::into_inner));
        deviations.sort();
        deviations.dedup();
        let (outcome, status, body) = match &received {
            Some(Ok((status, body))) if deviations.is_empty() => {
                (Outcome::Documented, Some(*status), Some(body))
            }
            Some(Ok((status, body))) => (Outcome::Differs, Some(*status), Some(body)),
            Some(Err(error)) => (Outcome::Failed, error.status(), error.body()),
            None => (Outcome::NoRecord, None, None),
        };
        let body: Option<Value> = body.and_then(|body| serde_json::from_slice(body).ok());
        let part = json!({
            "version": operation.version,
            "id": operation.id,
            "path": operation.template,
            "outcome": outcome,
            "status": status,
            "error": error.map(|error| error.redacted().to_string()),
            "deviations": deviations,
            "shape": body.as_ref().map(shape::of).unwrap_or_default(),
        });
        checked.push((outcome, part));
        if let (Some(page), Some(body)) = (&operation.page, body)
            && let Some(id) = first_id(&body, page.items)
        {
            ids.insert((operation.version, operation.template), id);
        }
    }
    progress.finish_and_clear();
    Ok(checked)
}

/// The parameters of a call: a page of the largest size, because more records show more fields.
fn parameters(operation: &Operation) -> Vec<(&'static str, String)> {
    let size = operation.page.as_ref().and_then(|page| page.size);
    let size = size.map(|(name, largest)| (name, largest.to_string()));
    // The list of custom fields requires a kind of record.
    let entity = operation.query.iter().any(|field| field.name == "entity");
    let entity = entity.then(|| ("entity", "deals".to_owned()));
    size.into_iter().chain(entity).collect()
}

/// The identifier of the first record of a list.
fn first_id(body: &Value, items: &str) -> Option<String> {
    let id = body.pointer(items)?.get(0)?.get("id")?;
    id.as_str().map(str::to_owned)
}
