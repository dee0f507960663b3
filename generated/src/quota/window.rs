//! The places of a window.
//!
//! The server counts in windows whose beginning is not documented. No window of it can hold more
//! than what was sent in any stretch of that length, so that is what is kept to: a request takes a
//! place when it is sent, and gives it back one window after its answer came, which is the latest
//! moment at which the server can have counted it.
//!
//! What other programs send with the same key is known from answers alone: from what the server says
//! is left until its window ends, and from refusals. Once others are known of, one request goes ahead
//! when a window begins, and its answer tells how many may follow; where answers don't tell, one
//! follows the other.

use std::{collections::VecDeque, time::Duration};

use super::{Allowance, DOCUMENTED_LIMIT, QuotaStatus};
use crate::{platform::Instant, rate_limit::RateLimit};

/// The longest time that a server can keep all calls waiting.
const LONGEST_BLOCK: Duration = Duration::from_secs(120);
/// How long to wait after a refusal that doesn't say.
const SHORTEST_BLOCK: Duration = Duration::from_secs(1);
/// How much longer each time the wait was not enough: the usual four attempts outlast a window.
const LONGER: u32 = 8;
/// What is added to the wait that a server asks for when it was not enough, and doubled each time. With
/// less, a call that shares its key with a busy program may be refused as often as it may be sent.
const MORE: Duration = Duration::from_secs(2);
/// How long others are remembered that use the same key.
const MEMORY: Duration = Duration::from_secs(600);
/// By how much the end of a window may be wrong: servers tell it in whole seconds.
const ROUNDING: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Window {
    /// How long it is.
    length: Duration,
    /// `None`: there is no limit.
    limit: Option<u32>,
    /// What the server cannot raise the limit above.
    ceiling: u32,
    /// Whether the limit is one's own or the server's, and not only the documented one.
    is_told: bool,
    /// Calls that wait for a place.
    line: Line,
    /// Requests under way: no answer yet.
    pending: u32,
    /// When the places of answered requests become free, in order.
    taken: VecDeque<Instant>,
    /// Nothing is sent before.
    blocked_until: Option<Instant>,
    reading: Option<Reading>,
    /// Others that use the same key are reckoned with until then.
    shared_until: Option<Instant>,
    refused_at: Option<Instant>,
    /// How often in a row the wait after a refusal was not enough.
    refused_again: u32,
}

/// What an answer said of the server's own window.
#[derive(Clone, Copy, Debug)]
struct Reading {
    /// When the answer came.
    at: Instant,
    /// When the server's window ends.
    until: Instant,
    /// Requests that were left, as the answer said.
    remaining: u32,
    /// Requests that can still be sent: those that are left, without those of ours that the server
    /// may not have counted yet. Below zero where it counted many of them.
    room: i64,
}

/// How many calls wait.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// Those that go first, and are waited for by all.
    pub(super) first: u32,
    pub(super) normal: u32,
}

/// When a request may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Now; it has taken its place.
    Now,
    /// Not before.
    At(Instant),
    /// When the answer to another request has come.
    AfterAnswer,
}

impl Window {
    pub(super) fn new(allowance: Allowance, length: Duration) -> Self {
        let (limit, ceiling) = match allowance {
            Allowance::Documented => (Some(DOCUMENTED_LIMIT), u32::MAX),
            Allowance::AtMost(requests) => (Some(requests.max(1)), requests.max(1)),
            Allowance::Unlimited => (None, u32::MAX),
        };
        Self {
            length,
            limit,
            ceiling,
            is_told: !matches!(allowance, Allowance::Documented),
            line: Line::default(),
            pending: 0,
            taken: VecDeque::new(),
            blocked_until: None,
            reading: None,
            shared_until: None,
            refused_at: None,
            refused_again: 0,
        }
    }

    /// Takes a place, if there is one.
    pub(super) fn take(&mut self, now: Instant) -> Turn {
        self.expire(now);
        if let Some(until) = self.blocked_until {
            return Turn::At(until);
        }
        if self.shared_until.is_some() && self.reading.is_none() && self.pending > 0 {
            return Turn::AfterAnswer;
        }
        if let Some(limit) = self.limit {
            if self.used() >= limit {
                return self
                    .taken
                    .front()
                    .map_or(Turn::AfterAnswer, |at| Turn::At(*at));
            }
            if let Some(reading) = &mut self.reading {
                if reading.room <= 0 {
                    return Turn::At(reading.until);
                }
                reading.room -= 1;
            }
        }
        self.pending = self.pending.saturating_add(1);
        Turn::Now
    }

    pub(super) fn line(&mut self) -> &mut Line {
        &mut self.line
    }

    /// How long it is at least until a call has its turn that `before` others go before; `None` where
    /// answers that are still to come may change that.
    pub(super) fn wait(&mut self, now: Instant, before: u32) -> Option<Duration> {
        self.expire(now);
        if self.blocked_until.is_none() && self.free() > before {
            return Some(Duration::ZERO);
        }
        let is_known = self.is_told || self.pending == 0;
        is_known.then(|| self.nth_free(now, before).saturating_duration_since(now))
    }

    /// A request that has taken its place was not sent.
    pub(super) fn untake(&mut self) {
        self.pending = self.pending.saturating_sub(1);
        if let Some(reading) = &mut self.reading {
            reading.room += 1;
        }
    }

    /// A request is no longer under way; its place stays taken for one window.
    pub(super) fn give_back(&mut self, now: Instant) {
        self.expire(now);
        self.pending = self.pending.saturating_sub(1);
        if self.limit.is_some() {
            // The clock doesn't go back, so the times stay in order.
            self.taken.push_back(now + self.length);
        }
    }

    /// The server refused a request because of the quota, that was sent at `sent`.
    pub(super) fn refused(&mut self, now: Instant, sent: Instant, said: &RateLimit) {
        self.set_limit(said);
        // Of those that were under way together, one tells.
        if self.refused_at.is_some_and(|before| sent >= before) {
            self.refused_again = self.refused_again.saturating_add(1);
        }
        let grown = |factor: u32| factor.saturating_pow(self.refused_again);
        let wait = match said.wait() {
            // Others were faster; the more of the quota is free again, the better the chance.
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

    /// Sends nothing for a while.
    pub(super) fn block(&mut self, now: Instant, wait: Duration) {
        self.blocked_until = self.blocked_until.max(Some(now + wait.min(LONGEST_BLOCK)));
    }

    /// Takes over what the answer to a request says, that was sent at `sent`.
    pub(super) fn read(&mut self, now: Instant, sent: Instant, said: &RateLimit) {
        self.set_limit(said);
        (self.refused_at, self.refused_again) = (None, 0);
        let (Some(total), Some(remaining), Some(reset)) =
            (said.limit.or(self.limit), said.remaining, said.reset)
        else {
            return;
        };
        let until = now + reset.min(LONGEST_BLOCK);
        if until <= now {
            return;
        }
        let counted = total.saturating_sub(remaining);
        if !self.are_ours(counted.saturating_sub(self.pending), until) {
            self.shared_until = Some(now + MEMORY);
        }
        match &mut self.reading {
            // The server counted this request before the one that was read, so that one has it in.
            Some(known) if sent < known.at && remaining >= known.remaining => {
                known.room += 1;
            }
            reading => {
                *reading = Some(Reading {
                    at: now,
                    until,
                    remaining,
                    room: i64::from(remaining) - i64::from(self.pending),
                });
            }
        }
    }

    pub(super) fn status(&mut self, now: Instant) -> QuotaStatus {
        self.expire(now);
        let limit = self.limit.unwrap_or(u32::MAX);
        let free = self.free();
        let left = self.blocked_until.map_or(free, |_| 0);
        let next = if left > 0 { now } else { self.nth_free(now, 0) };
        let pending = (self.pending > 0).then_some(now + self.length);
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
            left,
            next_in: next.saturating_duration_since(now),
            reset_in: reset.saturating_duration_since(now),
        }
    }

    pub(super) fn estimate(&mut self, now: Instant, calls: u32) -> Duration {
        self.expire(now);
        let Some(last) = calls.checked_sub(1) else {
            return Duration::ZERO;
        };
        let before = self.line.first.saturating_add(self.line.normal);
        let at = self.nth_free(now, before.saturating_add(last));
        at.saturating_duration_since(now)
    }

    /// When the place becomes free that is taken after `before` others, at the earliest.
    fn nth_free(&self, now: Instant, before: u32) -> Instant {
        let start = self.blocked_until.unwrap_or(now);
        let Some(limit) = self.limit else {
            return start;
        };
        let (windows, before) = (before / limit, before % limit);
        // In the order of time, as `taken` is.
        let mut places: Vec<(Instant, u32)> =
            self.taken.iter().map(|at| (*at.max(&start), 1)).collect();
        let mut add = |at: Instant, count: u32| {
            let place = places.partition_point(|(earlier, _)| *earlier <= at);
            places.insert(place, (at, count));
        };
        add(start, self.free());
        add(now + self.length, self.pending);
        if let Some(reading) = self.reading {
            let ours = self.free().saturating_add(self.used());
            add(reading.until, limit.saturating_sub(ours));
        }
        let mut seen = 0u32;
        let at = places.into_iter().find_map(|(at, count)| {
            seen = seen.saturating_add(count);
            (seen > before).then_some(at)
        });
        at.unwrap_or(start) + self.length * windows
    }

    fn set_limit(&mut self, said: &RateLimit) {
        if let (Some(limit), Some(known)) =
            (said.limit.filter(|limit| *limit > 0), self.limit.as_mut())
        {
            *known = limit.min(self.ceiling);
            self.is_told = true;
        }
    }

    fn expire(&mut self, now: Instant) {
        while self.taken.front().is_some_and(|at| *at <= now) {
            self.taken.pop_front();
        }
        if self.blocked_until.is_some_and(|at| at <= now) {
            self.blocked_until = None;
        }
        if self.reading.is_some_and(|reading| reading.until <= now) {
            self.reading = None;
        }
        if self.shared_until.is_some_and(|at| at <= now) {
            self.shared_until = None;
        }
    }

    /// Places that are not free.
    fn used(&self) -> u32 {
        self.pending.saturating_add(count(self.taken.len()))
    }

    /// Places that are free, as far as is known.
    fn free(&self) -> u32 {
        let Some(limit) = self.limit else {
            return u32::MAX;
        };
        let free = limit.saturating_sub(self.used());
        self.reading.map_or(free, |reading| {
            free.min(u32::try_from(reading.room).unwrap_or(0))
        })
    }

    /// Whether so many requests of ours were answered in the server's window that ends then.
    fn are_ours(&self, requests: u32, end: Instant) -> bool {
        let Some(last) = requests.checked_sub(1) else {
            return true;
        };
        // Each is kept for the length of a window, the last to be answered at the back.
        let mut answered = self.taken.iter().rev();
        let nth = answered.nth(usize::try_from(last).unwrap_or(usize::MAX));
        nth.is_some_and(|at| *at + ROUNDING >= end)
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
