//! The queue of calls that wait for the quota.
//!
//! Calls that are polled keep their order. A call at the front that could be sent and is not
//! polled within [`PATIENCE`] leaves the queue, and returns to its position when it is polled again. The
//! calls behind it notice, because each has a timer of its own: the time at which the front call may be
//! sent, plus [`PATIENCE`]. If that time becomes earlier, all of them are woken to set their timers
//! again.

use std::{collections::BTreeMap, task::Waker};

use super::{PATIENCE, Priority};
use crate::platform::Instant;

#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: BTreeMap<Ticket, Entry>,
    /// The number of the next ticket.
    number: u64,
    /// The time from which the call at the front can be sent; it may be in the past.
    due: Option<Instant>,
    /// The call at the front when `due` was set.
    front: Option<Ticket>,
}

/// A position in the queue; the smallest ticket goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket {
    is_normal: bool,
    number: u64,
    /// Orders the calls that are sent again after the same call.
    again: u64,
}

#[derive(Debug)]
struct Entry {
    waker: Waker,
    /// When the queue woke the call because it blocked others; `None` after a poll.
    called: Option<Instant>,
}

impl Queue {
    pub(super) fn len(&self) -> u32 {
        count(self.waiting.len())
    }

    /// A ticket for a new call. Interactive calls go before all normal calls. A call that is sent again goes after the
    /// first call that was not sent yet, and before all others: the first request after a refusal is the most likely to
    /// be refused, so it should not be the same call each time.
    pub(super) fn ticket(&mut self, priority: Priority, again: bool) -> Ticket {
        self.number += 1;
        let mut waiting = self.waiting.keys();
        let fresh = waiting.find(|ticket| ticket.again == 0);
        match fresh.or_else(|| self.waiting.keys().next_back()) {
            Some(before) if again => Ticket {
                again: self.number,
                ..*before
            },
            _ => Ticket {
                is_normal: !again && priority == Priority::Normal,
                number: self.number,
                again: 0,
            },
        }
    }

    /// The number of calls before this one.
    pub(super) fn before(&self, ticket: Ticket) -> u32 {
        let last = self.waiting.keys().next_back();
        count(match last {
            Some(last) if *last >= ticket => self.waiting.range(..ticket).count(),
            _ => self.waiting.len(),
        })
    }

    /// Puts a call into the queue, or back to its position; or replaces its waker.
    pub(super) fn wait(&mut self, ticket: Ticket, waker: &Waker, wakers: &mut Wakers) {
        if self.is_front(ticket) && !self.waiting.contains_key(&ticket) {
            // The call sets its own timer in this poll.
            (self.due, self.front) = (None, Some(ticket));
        }
        let entry = Entry {
            waker: waker.clone(),
            called: None,
        };
        let old = self.waiting.insert(ticket, entry);
        wakers.drop.extend(old.map(|entry| entry.waker));
    }

    pub(super) fn leave(&mut self, ticket: Ticket, wakers: &mut Wakers) {
        let entry = self.waiting.remove(&ticket);
        wakers.drop.extend(entry.map(|entry| entry.waker));
    }

    /// Whether no other call is before this one.
    pub(super) fn is_front(&self, ticket: Ticket) -> bool {
        let front = self.waiting.keys().next();
        front.is_none_or(|front| *front >= ticket)
    }

    /// Removes the calls before this call that could be sent but are not polled.
    pub(super) fn skip_unpolled(&mut self, ticket: Ticket, now: Instant, wakers: &mut Wakers) {
        if self.is_front(ticket) || self.due.is_none_or(|due| now < due + PATIENCE) {
            return;
        }
        // The front call had time to be polled. The others may wait for a wake-up by the call before them.
        if let Some((_, entry)) = self.waiting.pop_first() {
            wakers.drop.push(entry.waker);
        }
        let mut unpolled = Vec::new();
        for (before, entry) in self.waiting.range_mut(..ticket) {
            match entry.called {
                Some(called) if called + PATIENCE <= now => unpolled.push(*before),
                Some(_) => {}
                None => {
                    entry.called = Some(now);
                    wakers.wake.push(entry.waker.clone());
                }
            }
        }
        for ticket in unpolled {
            self.leave(ticket, wakers);
        }
    }

    /// When a call that is not at the front should check whether the calls before it are polled.
    pub(super) fn next_check(&self, now: Instant) -> Instant {
        self.due.unwrap_or(now).max(now) + PATIENCE
    }

    /// Updates the queue after a change. `next` is when the call at the front can be sent.
    pub(super) fn refresh(
        &mut self,
        now: Instant,
        next: impl FnOnce() -> Instant,
        wakers: &mut Wakers,
    ) {
        let Some((ticket, entry)) = self.waiting.first_key_value() else {
            (self.due, self.front) = (None, None);
            return;
        };
        let next = next();
        let is_new = self.front != Some(*ticket);
        match self.due {
            Some(due) if !is_new && next <= now && due <= now => return,
            Some(due) if next < due => {
                let all = self.waiting.values();
                wakers.wake.extend(all.map(|entry| entry.waker.clone()));
            }
            // Its timer is set to check the calls before it.
            _ if is_new => wakers.wake.push(entry.waker.clone()),
            _ => {}
        }
        (self.due, self.front) = (Some(next), Some(*ticket));
    }
}

/// Wakers to wake or drop after the lock is released.
#[derive(Debug, Default)]
pub(super) struct Wakers {
    pub(super) wake: Vec<Waker>,
    drop: Vec<Waker>,
}

pub(super) fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
