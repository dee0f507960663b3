//! The part of the quota that processes share: slots in a file.
//!
//! A call takes a slot of its own client's window first, and then one of the file. Files and their locks block, so a
//! thread of the client works on the file, and calls wait for its messages. No call holds the lock, and a call that is
//! not polled, or dropped, blocks no other. The thread requests one slot at a time, for the call at the front of the
//! queue; a slot that no call uses within a second is given back.

#[cfg(feature = "shared-quota")]
pub(crate) mod file;

use std::time::Duration;

use super::QuotaStatus;
use crate::{platform::Instant, text::debug_fields};

/// How long a slot may wait for its call.
const FRESH: Duration = Duration::from_secs(1);
/// The longest time before a call checks again; usually the thread wakes it earlier.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// A client's view of the file.
pub(super) struct Ledger {
    /// Sends a message to the thread. `false` if the thread has ended. A function, so that programs without a shared
    /// quota do not contain the channel.
    send: Box<dyn Fn(Message) -> bool + Send>,
    /// A slot for the next call, and when it was taken.
    ready: Option<(Entry, Instant)>,
    is_asked: bool,
    /// The file has no free slot before this time.
    full_until: Option<Instant>,
    /// When the slots in the file are free again, in order, as of the last time that the file was read.
    taken: Vec<Instant>,
}

/// A slot in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry(u64);

/// A message to the thread.
#[derive(Debug)]
pub(super) enum Message {
    /// Take a slot; a window has this number of slots.
    Take(u32),
    /// The response has arrived.
    Responded(Entry),
    /// The request was not sent.
    GiveBack(Entry),
}

impl Ledger {
    pub(super) fn new(send: impl Fn(Message) -> bool + Send + 'static) -> Self {
        Self {
            send: Box::new(send),
            ready: None,
            is_asked: false,
            full_until: None,
            taken: Vec::new(),
        }
    }

    /// The status of the client's own window, with what other processes have taken.
    pub(super) fn status(&self, own: QuotaStatus, now: Instant) -> QuotaStatus {
        let taken = self.taken.partition_point(|free_at| *free_at <= now);
        let taken = self.taken.get(taken..).unwrap_or_default();
        let count = u32::try_from(taken.len()).unwrap_or(u32::MAX);
        let in_time = |at: Option<&Instant>| at.map_or(Duration::ZERO, |at| *at - now);
        // The slot that must become free before the next request can be sent.
        let over = count.checked_sub(own.limit).map(|over| over as usize);
        QuotaStatus {
            limit: own.limit,
            used: own.used.max(count),
            remaining: own.remaining.min(own.limit.saturating_sub(count)),
            next_in: own
                .next_in
                .max(in_time(over.and_then(|over| taken.get(over)))),
            reset_in: own.reset_in.max(in_time(taken.last())),
        }
    }

    /// Stores the content of the file: the times until the slots are free again, in order.
    #[cfg(feature = "shared-quota")]
    fn seen(&mut self, now: Instant, taken: &[Duration]) {
        self.taken = taken
            .iter()
            .filter_map(|free_in| now.checked_add(*free_in))
            .collect();
    }

    /// The slot for the call at the front. An error names the time to look again.
    pub(super) fn take(&mut self, now: Instant, limit: u32) -> Result<Entry, Instant> {
        if let Some((entry, since)) = self.ready.take() {
            if now.saturating_duration_since(since) < FRESH {
                return Ok(entry);
            }
            self.send(Message::GiveBack(entry));
        }
        if !self.is_asked {
            self.is_asked = self.send(Message::Take(limit));
        }
        if self.is_asked {
            Err(self.next(now))
        } else {
            // The thread has panicked. The server still keeps its quota.
            Ok(Entry(0))
        }
    }

    /// When the call at the front should look again; now if there is a slot.
    pub(super) fn next(&self, now: Instant) -> Instant {
        match self.ready {
            Some(_) => now,
            None => self.full_until.map_or(now + CHECK_INTERVAL, |until| {
                until.max(now + CHECK_INTERVAL)
            }),
        }
    }

    /// The shortest wait until there is a slot.
    pub(super) fn wait(&self, now: Instant) -> Duration {
        let until = self.full_until.filter(|_| self.ready.is_none());
        until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }

    /// Stores the thread's result: a slot, or the wait until a slot may be free.
    #[cfg(feature = "shared-quota")]
    fn found(&mut self, now: Instant, slot: Result<Entry, Duration>) {
        match slot {
            Ok(entry) => {
                (self.is_asked, self.full_until) = (false, None);
                self.ready = Some((entry, now));
            }
            Err(wait) => self.full_until = now.checked_add(wait),
        }
    }

    /// Whether the thread is running.
    pub(super) fn send(&self, message: Message) -> bool {
        (self.send)(message)
    }
}

debug_fields!(impl Ledger, ledger => { "ready": ledger.ready, "full_until": ledger.full_until });
