//! `heffl import`: creates or updates the records of a file. It can be stopped at any time, and continued.

mod calls;
mod check;
mod csv_file;
mod journal;
mod mapping;
mod report;
mod run;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use heffl::{Call, Page, v2::V2};
use indicatif::FormattedDuration;
use serde::Serialize;

use self::{
    calls::Calls,
    csv_file::{CsvFile, Encoding},
    journal::{Identity, Journal},
    mapping::Mapping,
    run::{Run, UnknownRows},
};
use crate::{
    failure::Failure,
    fields::saved::Saved,
    globals::Globals,
    key::hash,
    names::{Finder, LookUp},
    notices,
};

/// Create or update the records of a CSV file
///
/// The command checks the whole file before the first request. It writes each step to a journal next to the file: run the
/// same command again after an interruption, and it continues. It creates no record twice.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Kind of the records
    resource: Kind,
    /// CSV file; its first row has the names of the columns
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    columns: mapping::Options,
    /// Update existing records; otherwise they stay unchanged
    #[arg(long, requires = "key")]
    update_existing: bool,
    /// Encoding of the file
    #[arg(long, default_value = "utf-8")]
    encoding: Encoding,
    /// Send only requests that read, and report what would be done
    #[arg(long)]
    dry_run: bool,
    /// Journal of the import [default: FILE.journal]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// CSV file for the outcome of each row
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// CSV file for the rows that failed, to correct and import [default: FILE with the ending .failed.csv]
    #[arg(long, value_name = "FILE")]
    failed: Option<PathBuf>,
    /// Continue if the first record differs from the request
    #[arg(long)]
    accept_differences: bool,
    /// What to do with rows of an interrupted import whose records may exist, if there is no --match
    #[arg(long, value_name = "ACTION")]
    unknown_rows: Option<UnknownRows>,
}

/// The kinds of records that can be imported.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Contacts,
    Companies,
    Deals,
    Products,
    Tasks,
}

impl Arguments {
    pub(crate) async fn run(&self, globals: &Globals) -> Result<(), Failure> {
        macro_rules! import {
            ($records:ident) => {
                self.import(globals, |v2| v2.$records().list().into_call())
                    .await
            };
        }
        match self.resource {
            Kind::Contacts => import!(contacts),
            Kind::Companies => import!(companies),
            Kind::Deals => import!(deals),
            Kind::Products => import!(products),
            Kind::Tasks => import!(tasks),
        }
    }

    async fn import<R: Serialize + Send + 'static>(
        &self,
        globals: &Globals,
        list: impl Fn(V2<'_>) -> Call<Page<R>>,
    ) -> Result<(), Failure> {
        let client = globals.builder()?.dry_run(self.dry_run).build()?;
        self.check_paths()?;
        let file = CsvFile::read(&self.file, self.encoding)?;
        let saved = Saved::read(globals)?;
        let list = list(client.v2());
        let calls = Calls::new(&client, list.operation())?;
        let mut mapping = Mapping::new(&file, &calls, saved.as_ref(), &self.columns)?;
        let keys = check::file(&mapping, self.update_existing)?;

        let identity = self.identity(globals, &mapping)?;
        let path = self
            .journal
            .clone()
            .unwrap_or_else(|| with_end(&self.file, ".journal"));
        let (journal, earlier) = if self.dry_run {
            (None, Journal::peek(&path, &identity)?)
        } else {
            let (journal, earlier) = Journal::open(&path, &identity).await?;
            (Some(journal), earlier)
        };

        let finder = Finder::new(globals, &client, LookUp::Fresh);
        mapping.find_names(finder).await?;

        let rows = file.rows.len();
        let bar = notices::steps(globals, rows);
        let run = Run {
            options: self,
            list,
            mapping: &mapping,
            journal: journal.as_ref(),
            earlier: &earlier,
        };
        let time = |calls: usize| client.estimate(u32::try_from(calls).unwrap_or(u32::MAX));
        let on_progress = |finished: usize, begun: usize| {
            // Calls of rows that have begun wait in the queue of the client, or are sent.
            let left = FormattedDuration(time((rows - begun).max(1)));
            bar.set_message(format!("about {left} left"));
            bar.set_position(finished as u64);
        };
        let ended = run.all(keys, on_progress).await;
        bar.finish_and_clear();
        let ended = ended?;

        if let Some(report) = &self.report {
            ended.write_report(report, &mapping)?;
        }
        let totals = ended.totals();
        if self.dry_run {
            globals.report(format_args!("dry run, nothing was written: {totals}"));
            let time = time(ended.planned());
            if !time.is_zero() {
                let time = FormattedDuration(time);
                globals.report(format_args!("the import will take about {time}"));
            }
            return ended.stopped.map_or(Ok(()), Err);
        }
        let failed = self
            .failed
            .clone()
            .unwrap_or_else(|| self.file.with_extension("failed.csv"));
        let failures = ended.write_failed(&failed, &file)?;
        globals.report(&totals);
        if failures > 0 {
            globals.report(format_args!(
                "the rows that failed are in {}",
                failed.display()
            ));
        }
        let result = ended.result();
        let Some(failure) = ended.stopped else {
            return result;
        };
        globals.report("the import was stopped; the same command continues it");
        Err(failure)
    }

    /// Refuses to write over the file that is imported.
    fn check_paths(&self) -> Result<(), Failure> {
        let file = self.file.canonicalize().ok();
        let written = [&self.journal, &self.report, &self.failed];
        let mut paths = written.into_iter().flatten();
        match paths.find(|path| file.is_some() && path.canonicalize().ok() == file) {
            Some(path) => Err(Failure::usage(format!(
                "{}: this is the file to import, and would be overwritten",
                path.display()
            ))),
            None => Ok(()),
        }
    }

    /// The identity of the run that a journal belongs to.
    fn identity(&self, globals: &Globals, mapping: &Mapping<'_>) -> Result<Identity, Failure> {
        let (update, encoding) = (self.update_existing, self.encoding);
        let plan = format!(
            "{:?} {} {update} {encoding:?}",
            self.resource,
            mapping.plan()
        );
        Ok(Identity {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            file: hash(&mapping.file.bytes, 32),
            plan: hash(plan.as_bytes(), 32),
            workspace: globals.workspace()?,
        })
    }
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    name.into()
}
