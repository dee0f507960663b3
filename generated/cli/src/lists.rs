//! Lists that are printed.

use std::num::NonZeroUsize;

use clap::Args;
use heffl::Client;

use crate::{
    failure::Failure,
    globals::Globals,
    notices,
    output::{End, Printer},
    pages::Pages,
};

/// The part of a list to read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Amount {
    /// Read all pages
    #[arg(long)]
    all: bool,
    /// Read at most this many records, from as many pages as that takes
    #[arg(long, value_name = "NUMBER", conflicts_with = "all")]
    limit: Option<NonZeroUsize>,
    /// Print the number of records and the exact sums of these fields, instead of the records
    #[arg(long, value_name = "FIELD,...", value_delimiter = ',')]
    sum: Vec<String>,
}

impl Amount {
    /// The most records to read.
    pub(crate) fn most(&self) -> usize {
        self.limit.map_or(usize::MAX, NonZeroUsize::get)
    }

    /// Reads a list and prints it.
    pub(crate) async fn print(
        self,
        globals: &Globals,
        client: &Client,
        mut pages: Pages,
        printer: Printer,
    ) -> Result<(), Failure> {
        let limit = self.most();
        let is_one_page = !self.all && self.limit.is_none();
        let mut printer = printer.with_sums(self.sum);
        let (mut read, mut is_cut) = (0, false);
        let progress = notices::reading(globals);
        while read < limit && !printer.is_closed {
            progress.set_message(notices::read(read, &client.quota()));
            let mut records = pages.next(limit - read).await?;
            if records.len() > limit - read {
                records.truncate(limit - read);
                is_cut = true;
            }
            read += records.len();
            records
                .into_iter()
                .try_for_each(|record| printer.record(record))?;
            if is_one_page || !pages.can_go_on() {
                break;
            }
        }
        progress.finish_and_clear();
        let end = End {
            has_more: is_cut || pages.has_more,
            // The cursor is after the last record that was read, so it is correct only if all records were printed.
            cursor: pages.cursor.filter(|_| !is_cut),
        };
        notices::unseen(globals, &printer.end(&end)?);
        if end.has_more {
            let cursor = end
                .cursor
                .map(|cursor| format!(", --cursor {cursor} continues here"));
            let cursor = cursor.unwrap_or_default();
            let records = if read == 1 { "record" } else { "records" };
            notices::note(
                globals,
                &format!("{read} {records}; there are more: --all reads all of them{cursor}"),
            );
        }
        Ok(())
    }
}
