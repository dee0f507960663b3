//! New records of a list.

use std::{collections::VecDeque, time::Duration};

use crate::{
    call::Call,
    error::{Error, ErrorKind},
    page::Page,
    platform::{Instant, sleep_until},
    text::debug_fields,
};

/// The number of remembered identifiers. One is too few: the newest record may be deleted before the next check.
const MEMORY: usize = 1000;

/// Watches a list for new records: reads it at an interval, and returns each record that it has not seen
/// before.
///
/// The list must have its newest records first. Each read costs one call, and another call for each further
/// page of new records; all calls wait for the quota.
///
/// ```no_run
/// use std::time::Duration;
/// use heffl::{bulk::Watch, v2::{DealOrderBy, OrderDirection}};
///
/// # async fn example(heffl: heffl::Client) -> Result<(), heffl::Error> {
/// let newest_first = heffl.v2().deals().list().page_size(20)
///     .order_by(DealOrderBy::CreatedAt)
///     .order_dir(OrderDirection::Desc);
/// let mut deals = Watch::new(newest_first.into_call(), Duration::from_secs(60), |deal| deal.id.to_string());
/// loop {
///     let deal = deals.next().await?;
///     println!("new: {:?}", deal.title);
/// }
/// # }
/// ```
#[must_use = "nothing is read until `next` is awaited"]
pub struct Watch<T> {
    list: Call<Page<T>>,
    id: fn(&T) -> String,
    interval: Duration,
    next_look: Option<Instant>,
    /// The identifiers of earlier checks, the newest first; `None` before the first check.
    known: Option<VecDeque<String>>,
    /// Records that are not returned yet, the oldest first.
    fresh: VecDeque<T>,
}

impl<T: Send + 'static> Watch<T> {
    /// Watches a list at this interval. The first read, in the first [`next`](Self::next), notes the existing
    /// records and does not return them.
    pub fn new(list: Call<Page<T>>, interval: Duration, id: fn(&T) -> String) -> Self {
        Self {
            list,
            id,
            interval,
            next_look: None,
            known: None,
            fresh: VecDeque::new(),
        }
    }

    /// Waits for the next new record; the oldest new record comes first. After an error, the next call reads
    /// the list again, and misses no record. The future can be dropped at any time.
    pub async fn next(&mut self) -> Result<T, Error> {
        loop {
            if let Some(record) = self.fresh.pop_front() {
                return Ok(record);
            }
            if let Some(at) = self.next_look {
                sleep_until(at).await;
            }
            self.next_look = Instant::now().checked_add(self.interval);
            self.look().await?;
        }
    }

    async fn look(&mut self) -> Result<(), Error> {
        let Some(known) = &self.known else {
            let page = self.list.clone().await?;
            self.known = Some(page.iter().map(self.id).collect());
            return Ok(());
        };
        let mut records = self.list.clone().stream();
        let (mut fresh, mut ids) = (VecDeque::new(), VecDeque::new());
        loop {
            let record = match records.try_next().await {
                Ok(Some(record)) => record,
                Ok(None) => break,
                // `on_deviation` reports it. An error would be repeated at every check.
                Err(error) if error.kind() == ErrorKind::BrokenItem => continue,
                Err(error) => return Err(error),
            };
            let id = (self.id)(&record);
            if known.contains(&id) {
                break;
            }
            // A list may change while it is read, so a record may be on two pages.
            if !ids.contains(&id) {
                ids.push_back(id);
                fresh.push_front(record);
            }
        }
        ids.extend(known.iter().take(MEMORY).cloned());
        (self.known, self.fresh) = (Some(ids), fresh);
        Ok(())
    }
}

debug_fields!(impl<T> Watch<T>, watch => {
    "list": watch.list,
    "interval": watch.interval,
});
