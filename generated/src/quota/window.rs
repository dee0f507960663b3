//! The slots of a window.
//!
//! The server counts requests in windows whose start is not documented. Any period as long as
//! a window may therefore hold no more than the limit: a request takes a slot when it is sent, and the
//! slot is free again one window after its response arrived, which is the latest moment at which the
//! server can have counted the request.
//!
//! Requests of other programs with the same key are visible in responses only: in the number that the server reports
//! as remaining until its window ends, and in refusals. Once other programs are detected, one request goes
//! ahead when a window begins, and its response decides how many may follow. If it has no such
//! headers, requests are sent one after the other.

use std::{collections::VecDeque, time::Duration};

use super::{Allowance, QuotaStatus, queue::count};
use crate::{api::DOCUMENTED_LIMIT, platform::Instant, rate_limit::RateLimit};

/// The longest time for which a server can stop all calls.
const LONGEST_BLOCK: Duration = Duration::from_secs(120);
/// The wait after a refusal that names no wait.
const SHORTEST_BLOCK: Duration = Duration::from_secs(1);
/// The factor by which that wait grows while it is too short. With it, the default four attempts last longer than a
/// window.
const LONGER: u32 = 8;
/// Added to the wait that a server requests when that wait was too short, and doubled each time. With less, a
/// call that shares its key with a busy program may be refused on every attempt.
const MORE: Duration = Duration::from_secs(2);
/// How long other programs with the same key are remembered.
const MEMORY: Duration = Duration::from_secs(600);
/// The error in the reported end of a window: servers report whole seconds.
const ROUNDING: Duration = Duration::from_secs(1);
/// How long other calls wait for the response to the request that goes ahead. Its caller may never poll
/// it again, and must not block them.
const LEAD: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
pub(super) struct Window {
    pub(super) length: Duration,
    /// `None`: there is no limit.
    pub(super) limit: Option<u32>,
    /// The server cannot raise the limit above this.
    ceiling: u32,
    /// Whether the limit was set by the user or reported by the server, and is not only documented.
    is_confirmed: bool,
    /// Requests without a response, in order.
    pending: VecDeque<Slot>,
    /// The number of the next slot.
    number: u64,
    last_sent: Option<Instant>,
    /// When the slots of requests with a response become free, in order.
    taken: VecDeque<Instant>,
    /// Nothing is sent before this time.
    blocked_until: Option<Instant>,
    reading: Option<Reading>,
    /// Other programs with the same key are expected until then.
    shared_until: Option<Instant>,
    refused_at: Option<Instant>,
    /// How often in a row the wait after a refusal was too short.
    refused_again: u32,
}

/// The slot of a request without a response.
///
/// It expires as if the response had arrived at that time: the owner of the permit may never poll it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot {
    expires: Instant,
    number: u64,
}

/// What a response reported about the server's own window.
#[derive(Clone, Copy, Debug)]
struct Reading {
    /// When the response arrived.
    at: Instant,
    /// When the server's window ends.
    until: Instant,
    /// The remaining requests that the response reported.
    remaining: u32,
    /// Requests that can still be sent: the remaining requests without those of ours that the server
    /// may not have counted yet. Negative if it counted many of them.
    room: i64,
}

impl Window {
    pub(super) fn new(allowance: Allowance, length: Duration) -> Self {
        let (limit, ceiling) = match allowance {
            Allowance::Documented => (DOCUMENTED_LIMIT, u32::MAX),
            Allowance::AtMost(requests) => (Some(requests.max(1)), requests.max(1)),
            Allowance::Unlimited => (None, u32::MAX),
        };
        Self {
            length,
            limit,
            ceiling,
            is_confirmed: !matches!(allowance, Allowance::Documented),
            ..Self::default()
        }
    }

    /// Takes a free slot for a request that has reached the server by `expires`.
    pub(super) fn take(&mut self, now: Instant, expires: Instant) -> Slot {
        if let Some(reading) = &mut self.reading {
            reading.room -= 1;
        }
        self.number += 1;
        let slot = Slot {
            expires,
            number: self.number,
        };
        let at = self.pending.partition_point(|other| *other < slot);
        self.pending.insert(at, slot);
        self.last_sent = Some(now);
        slot
    }

    /// Whether a refusal or a response has shown other programs with the same key.
    pub(super) fn is_shared(&self) -> bool {
        self.shared_until.is_some()
    }

    /// The earliest time at which there may be a free slot; now if there is one. A response can make it
    /// earlier.
    pub(super) fn next(&mut self, now: Instant) -> Instant {
        self.expire(now);
        if let Some(until) = self.blocked_until {
            return until;
        }
        if self.shared_until.is_some()
            && self.reading.is_none()
            && !self.pending.is_empty()
            && let Some(at) = self.last_sent.map(|sent| sent + LEAD)
            && at > now
        {
            return at;
        }
        if let Some(limit) = self.limit {
            if self.used() >= limit {
                let responded = self.taken.front().copied();
                let pending = || Some(self.pending.front()?.expires + self.length);
                return responded.or_else(pending).unwrap_or(now);
            }
            if let Some(reading) = self.reading.filter(|reading| reading.room <= 0) {
                return reading.until;
            }
        }
        now
    }

    /// [`estimate`](Self::estimate), or `None` if responses that have not arrived may change it.
    pub(super) fn wait(&mut self, now: Instant, before: u32) -> Option<Duration> {
        let wait = self.estimate(now, before);
        (wait.is_zero() || self.is_confirmed || self.pending.is_empty()).then_some(wait)
    }

    /// Frees the slot of a request that was not sent.
    pub(super) fn untake(&mut self, slot: Slot) {
        if self.end(slot) {
            if let Some(reading) = &mut self.reading {
                reading.room += 1;
            }
            return;
        }
        // It has expired.
        let free = slot.expires + self.length;
        if let Ok(place) = self.taken.binary_search(&free) {
            self.taken.remove(place);
        }
    }

    /// Ends the request of this slot. The slot stays taken for one window. `false` if the slot had
    /// expired, and was given back then.
    pub(super) fn give_back(&mut self, now: Instant, slot: Slot) -> bool {
        self.expire(now);
        let is_held = self.end(slot);
        if is_held {
            self.keep_taken(now + self.length);
        }
        is_held
    }

    /// Removes a pending request. Returns `false` if it has expired.
    fn end(&mut self, slot: Slot) -> bool {
        let at = self.pending.binary_search(&slot);
        at.is_ok_and(|at| self.pending.remove(at).is_some())
    }

    fn keep_taken(&mut self, until: Instant) {
        if self.limit.is_some() {
            let place = self.taken.partition_point(|at| *at <= until);
            self.taken.insert(place, until);
        }
    }

    /// Applies the refusal, because of the quota, of a request that was sent at `sent`.
    pub(super) fn refused(&mut self, now: Instant, sent: Instant, reported: &RateLimit) {
        self.set_limit(reported);
        // Refusals of requests that were sent together count once.
        if self.refused_at.is_some_and(|before| sent >= before) {
            self.refused_again = self.refused_again.saturating_add(1);
        }
        let grown = |factor: u32| factor.saturating_pow(self.refused_again);
        let wait = match reported.wait() {
            // Another program has used the free slots. A longer wait leaves more of them.
            Some(asked) => {
                let more = MORE.saturating_mul(grown(2) - 1).min(self.length);
                asked.saturating_add(more)
            }
            None => SHORTEST_BLOCK
                .saturating_mul(grown(LONGER))
                .min(self.length),
        };
        self.block(now, wait);
        self.refused_at = Some(now);
        self.shared_until = Some(now + MEMORY);
    }

    /// Stops sending for this long.
    pub(super) fn block(&mut self, now: Instant, wait: Duration) {
        self.blocked_until = self.blocked_until.max(Some(now + wait.min(LONGEST_BLOCK)));
    }

    /// Applies the headers of the response to a request that was sent at `sent`.
    pub(super) fn read(&mut self, now: Instant, sent: Instant, reported: &RateLimit) {
        self.set_limit(reported);
        (self.refused_at, self.refused_again) = (None, 0);
        let (Some(total), Some(remaining), Some(reset)) = (
            reported.limit.or(self.limit),
            reported.remaining,
            reported.reset,
        ) else {
            return;
        };
        let until = now + reset.min(LONGEST_BLOCK);
        if until <= now {
            return;
        }
        let counted = total.saturating_sub(remaining);
        let pending = count(self.pending.len());
        if !self.are_ours(counted.saturating_sub(pending), until) {
            self.shared_until = Some(now + MEMORY);
        }
        match &mut self.reading {
            // The server counted this request before the one whose response was read.
            Some(known) if sent < known.at && remaining >= known.remaining => {
                known.room += 1;
            }
            reading => {
                *reading = Some(Reading {
                    at: now,
                    until,
                    remaining,
                    room: i64::from(remaining) - i64::from(pending),
                });
            }
        }
    }

    pub(super) fn status(&mut self, now: Instant) -> QuotaStatus {
        self.expire(now);
        let limit = self.limit.unwrap_or(u32::MAX);
        let free = self.free();
        let remaining = self.blocked_until.map_or(free, |_| 0);
        let pending = (!self.pending.is_empty()).then_some(now + self.length);
        let reset = [
            self.taken.back().copied(),
            self.blocked_until,
            self.reading.map(|reading| reading.until),
            pending,
        ];
        let reset = reset.into_iter().flatten().max().unwrap_or(now);
        QuotaStatus {
            limit,
            used: limit - free,
            remaining,
            next_in: self.nth_free(now, 0).saturating_duration_since(now),
            reset_in: reset.saturating_duration_since(now),
        }
    }

    /// The shortest wait until a call gets its slot when `before` others go first.
    pub(super) fn estimate(&mut self, now: Instant, before: u32) -> Duration {
        self.expire(now);
        self.nth_free(now, before).saturating_duration_since(now)
    }

    /// The earliest time at which a slot is free after `before` others were taken.
    fn nth_free(&self, now: Instant, before: u32) -> Instant {
        let start = self.blocked_until.unwrap_or(now);
        let Some(limit) = self.limit else {
            return start;
        };
        let (windows, before) = (before / limit, before % limit);
        let free = self.free();
        let others = limit.saturating_sub(free.saturating_add(self.used()));
        let theirs = self.reading.map(|reading| (reading.until, others));
        let pending = (now + self.length, count(self.pending.len()));
        let responded = self.taken.iter().map(|at| (*at.max(&start), 1));
        let mut slots: Vec<(Instant, u32)> = responded.collect();
        for other in [(start, free), pending].into_iter().chain(theirs) {
            let at = slots.partition_point(|slot| *slot < other);
            slots.insert(at, other);
        }
        let mut seen = 0u32;
        let at = slots.into_iter().find_map(|(at, count)| {
            seen = seen.saturating_add(count);
            (seen > before).then_some(at)
        });
        at.unwrap_or(start) + self.length * windows
    }

    fn set_limit(&mut self, reported: &RateLimit) {
        if let Some(limit) = reported.limit.filter(|limit| *limit > 0)
            && let Some(known) = &mut self.limit
        {
            *known = limit.min(self.ceiling);
            self.is_confirmed = true;
        }
    }

    fn expire(&mut self, now: Instant) {
        while let Some(slot) = self.pending.front().copied()
            && slot.expires <= now
        {
            self.pending.pop_front();
            self.keep_taken(slot.expires + self.length);
        }
        while self.taken.front().is_some_and(|at| *at <= now) {
            self.taken.pop_front();
        }
        self.blocked_until.take_if(|at| *at <= now);
        self.reading.take_if(|reading| reading.until <= now);
        self.shared_until.take_if(|at| *at <= now);
    }

    /// Slots that are not free.
    fn used(&self) -> u32 {
        count(self.pending.len()).saturating_add(count(self.taken.len()))
    }

    /// Slots that are free, as far as this client knows.
    fn free(&self) -> u32 {
        let Some(limit) = self.limit else {
            return u32::MAX;
        };
        let free = limit.saturating_sub(self.used());
        self.reading.map_or(free, |reading| {
            free.min(u32::try_from(reading.room).unwrap_or(0))
        })
    }

    /// Whether this client got responses to this many requests in the server's window that ends at `end`.
    fn are_ours(&self, requests: u32, end: Instant) -> bool {
        let Some(last) = requests.checked_sub(1) else {
            return true;
        };
        // Each entry stays for the length of a window; the latest response is at the back.
        let mut responded = self.taken.iter().rev();
        let nth = responded.nth(usize::try_from(last).unwrap_or(usize::MAX));
        nth.is_some_and(|at| *at + ROUNDING >= end)
    }
}
