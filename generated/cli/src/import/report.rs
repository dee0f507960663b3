//! The results of the rows: the report, the file of failed rows, and the totals.

use std::{collections::BTreeMap, fs, io, path::Path};

use super::{
    csv_file::CsvFile,
    journal::{Done, Step},
    mapping::Mapping,
    run::Ended,
};
use crate::failure::{Failure, Kind};

/// The result of a row, for the report: its name, the identifier of the record, and the message.
fn outcome(step: Option<&Step>) -> (&'static str, &str, &str) {
    match step {
        Some(Step::Done { outcome, id }) => {
            let name = match outcome {
                Done::Created => "created",
                Done::Updated => "updated",
                Done::Unchanged => "unchanged",
                Done::Existing => "existing",
            };
            (name, id, "")
        }
        Some(Step::Failed { message }) => ("failed", "", message),
        Some(Step::Unknown { message }) => ("unknown", "", message),
        Some(Step::Sent | Step::Checked) | None => ("not sent", "", ""),
    }
}

impl Ended {
    /// Writes a line for each row, in the order of the file.
    pub(super) fn write_report(&self, path: &Path, mapping: &Mapping<'_>) -> Result<(), Failure> {
        let file = mapping.file;
        let write = || {
            let mut writer = csv::Writer::from_path(path)?;
            let key = mapping.key.as_ref();
            let name = key.map_or("", |key| &key.field);
            writer.write_record(["line", name, "outcome", "id", "message"])?;
            for (row, step) in file.rows.iter().zip(&self.steps) {
                let (name, id, message) = outcome(step.as_ref());
                let key = key.map(|key| file.cell(row, key.index)).unwrap_or_default();
                writer.write_record([&row.line.to_string(), &*key, name, id, message])?;
            }
            writer.flush()
        };
        write().map_err(|error: io::Error| Failure::file(path, &error))
    }

    /// Writes the failed rows in the form of the imported file. Removes an older file if no row failed.
    pub(super) fn write_failed(&self, path: &Path, file: &CsvFile) -> Result<usize, Failure> {
        let has_failed =
            |step: &Option<Step>| matches!(step, Some(Step::Failed { .. } | Step::Unknown { .. }));
        let rows = file.rows.iter().zip(&self.steps);
        let failed = rows.filter(|(_, step)| has_failed(step));
        let failed: Vec<_> = failed.map(|(row, _)| row).collect();
        let count = failed.len();
        let written = match count {
            0 => fs::remove_file(path),
            _ => file.write_rows(failed, path),
        };
        match written {
            Err(error) if count > 0 || error.kind() != io::ErrorKind::NotFound => {
                Err(Failure::file(path, &error))
            }
            _ => Ok(count),
        }
    }

    /// The number of requests that the run would send, after a dry run. One request reads the first record back.
    pub(super) fn planned(&self) -> usize {
        let is_planned = |step: &&Step| matches!(step, Step::Done { outcome: Done::Created | Done::Updated, id } if id.is_empty());
        let writes = self.steps.iter().flatten().filter(is_planned).count();
        writes + usize::from(writes > 0)
    }

    /// The number of rows for each result, such as `480 created, 3 failed`.
    pub(super) fn totals(&self) -> String {
        let mut totals = BTreeMap::new();
        for step in &self.steps {
            *totals.entry(outcome(step.as_ref()).0).or_insert(0_usize) += 1;
        }
        let totals = totals.iter().map(|(name, count)| format!("{count} {name}"));
        totals.collect::<Vec<_>>().join(", ")
    }

    /// The result of a completed run.
    pub(super) fn result(&self) -> Result<(), Failure> {
        let has = |is_it: fn(&Step) -> bool| self.steps.iter().flatten().any(is_it);
        let kind = if has(|step| matches!(step, Step::Unknown { .. })) {
            Kind::OutcomeUnknown
        } else if !has(|step| matches!(step, Step::Failed { .. })) {
            return Ok(());
        } else if has(|step| matches!(step, Step::Done { .. })) {
            Kind::Partial
        } else {
            Kind::Refused
        };
        Err(Failure::new(kind, self.totals()))
    }
}
