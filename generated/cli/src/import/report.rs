//! The results of the rows: the report, the file of failed rows, and the totals.

use std::{collections::BTreeMap, fs, io, path::Path};

use super::{
    csv_file::CsvFile,
    journal::{Done, Step},
    mapping::Mapping,
    run::Ended,
};
use crate::failure::{Failure, Kind};

/// The result of a row, for the report.
fn outcome(step: Option<&Step>) -> &'static str {
    match step {
        Some(Step::Done { outcome, .. }) => match outcome {
            Done::Created => "created",
            Done::Updated => "updated",
            Done::Unchanged => "unchanged",
            Done::Existing => "existing",
        },
        Some(Step::Failed { .. }) => "failed",
        Some(Step::Unknown { .. }) => "unknown",
        Some(Step::Sent | Step::Checked) | None => "not sent",
    }
}

impl Ended {
    fn step(&self, index: usize) -> Option<&Step> {
        self.steps.get(index)?.as_ref()
    }

    /// Writes a line for each row, in the order of the file.
    pub(super) fn write_report(
        &self,
        path: &Path,
        file: &CsvFile,
        mapping: &Mapping,
    ) -> Result<(), Failure> {
        let write = || {
            let mut writer = csv::Writer::from_path(path)?;
            let key = mapping.key.as_ref();
            let name = key.map_or("", |key| &key.field);
            writer.write_record(["line", name, "outcome", "id", "message"])?;
            for (index, row) in file.rows.iter().enumerate() {
                let step = self.step(index);
                let (id, message) = match step {
                    Some(Step::Done { id, .. }) => (id.as_str(), ""),
                    Some(Step::Failed { message } | Step::Unknown { message }) => {
                        ("", message.as_str())
                    }
                    _ => ("", ""),
                };
                let key = key.map(|key| file.cell(row, key.index)).unwrap_or_default();
                writer.write_record([&row.line.to_string(), &*key, outcome(step), id, message])?;
            }
            writer.flush()
        };
        write().map_err(|error: io::Error| Failure::file(path, &error))
    }

    /// Writes the failed rows in the form of the imported file. Removes an older file if no row failed.
    pub(super) fn write_failed(&self, path: &Path, file: &CsvFile) -> Result<usize, Failure> {
        let failed: Vec<_> = file
            .rows
            .iter()
            .enumerate()
            .filter(|(index, _)| {
                matches!(
                    self.step(*index),
                    Some(Step::Failed { .. } | Step::Unknown { .. })
                )
            })
            .map(|(_, row)| row)
            .collect();
        let count = failed.len();
        let written = match count {
            0 => match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
            _ => file
                .with_rows(failed)
                .map_err(io::Error::from)
                .and_then(|bytes| fs::write(path, bytes)),
        };
        written.map_err(|error| Failure::file(path, &error))?;
        Ok(count)
    }

    /// The number of requests that the run would send, after a dry run. One request reads the first record back.
    pub(super) fn planned(&self) -> usize {
        let is_planned = |step: &&Step| matches!(step, Step::Done { outcome: Done::Created | Done::Updated, id } if id.is_empty());
        let writes = self.steps.iter().flatten().filter(is_planned).count();
        writes + usize::from(writes > 0)
    }

    /// The number of rows for each result, such as `480 created, 3 failed`.
    pub(super) fn totals(&self, rows: usize) -> String {
        let mut totals = BTreeMap::new();
        for index in 0..rows {
            *totals.entry(outcome(self.step(index))).or_insert(0_usize) += 1;
        }
        let totals: Vec<String> = totals
            .iter()
            .map(|(outcome, count)| format!("{count} {outcome}"))
            .collect();
        totals.join(", ")
    }

    /// The failure of a completed run.
    pub(super) fn failure(&self, rows: usize) -> Option<Failure> {
        let has = |is_it: fn(&Step) -> bool| self.steps.iter().flatten().any(is_it);
        let kind = if has(|step| matches!(step, Step::Unknown { .. })) {
            Kind::OutcomeUnknown
        } else if !has(|step| matches!(step, Step::Failed { .. })) {
            return None;
        } else if has(|step| matches!(step, Step::Done { .. })) {
            Kind::Partial
        } else {
            Kind::Refused
        };
        Some(Failure::new(kind, self.totals(rows)))
    }
}
