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
    table::RawCall,
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
    pub(crate) sum: Vec<String>,
}

/// A list that is printed.
pub(crate) struct List {
    pages: Pages,
    /// The options of a page.
    size: Option<u32>,
    amount: Amount,
}

impl List {
    pub(crate) fn new(pages: Pages, size: Option<u32>, amount: Amount) -> Self {
        Self {
            pages,
            size,
            amount,
        }
    }

    /// The call of the first page.
    pub(crate) fn first(&self) -> RawCall {
        self.pages.call(self.next_size(0))
    }

    /// The size of the next page after some records.
    fn next_size(&self, read: usize) -> Option<u32> {
        let left = self
            .amount
            .limit
            .map(|limit| limit.get().saturating_sub(read));
        let left = left.and_then(|left| u32::try_from(left).ok());
        self.size
            .map(|size| left.map_or(size, |left| size.min(left.max(1))))
    }

    /// Reads the list and prints it.
    pub(crate) async fn print(
        mut self,
        globals: &Globals,
        client: &Client,
        mut printer: Printer,
    ) -> Result<(), Failure> {
        let limit = self.amount.limit.map_or(usize::MAX, NonZeroUsize::get);
        let is_one_page = !self.amount.all && self.amount.limit.is_none();
        let (mut read, mut is_cut) = (0, false);
        let progress = notices::reading(globals);
        while read < limit && !printer.is_closed() {
            progress.set_message(notices::read(read, &client.quota()));
            let mut records = self.pages.next(self.next_size(read)).await?;
            if records.len() > limit - read {
                records.truncate(limit - read);
                is_cut = true;
            }
            read += records.len();
            records
                .into_iter()
                .try_for_each(|record| printer.record(record))?;
            if is_one_page || !self.pages.can_go_on() {
                break;
            }
        }
        progress.finish_and_clear();
        let end = End {
            has_more: is_cut || self.pages.has_more(),
            // The cursor is after the last record that was read, so it is correct only if all records were printed.
            cursor: self.pages.cursor().filter(|_| !is_cut).map(str::to_owned),
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
