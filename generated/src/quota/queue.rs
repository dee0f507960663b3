//! The queue of calls that wait for the quota.
//!
//! Calls that are polled keep their order. A call at the front that could be sent and is not
//! polled within [`PATIENCE`] leaves the queue, and returns to its position when it is polled again. The
//! calls behind it notice, because each has a timer of its own: the time at which the front call may be
//! sent, plus [`PATIENCE`]. If that time becomes earlier, all of them are woken to set their timers
//! again.

use std::{collections::VecDeque, task::Waker};

use super::{PATIENCE, Priority};
use crate::platform::Instant;

#[derive(Debug, Default)]
pub(super) struct Queue {
    /// The waiting calls, in order of their tickets.
    waiting: VecDeque<Entry>,
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
    ticket: Ticket,
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
        let fresh = self.waiting.iter().find(|entry| entry.ticket.again == 0);
        match fresh.or_else(|| self.waiting.back()) {
            Some(before) if again => Ticket {
                again: self.number,
                ..before.ticket
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
        count(self.index(ticket).unwrap_or_else(|index| index))
    }

    /// The index of a call, or the index where it belongs.
    fn index(&self, ticket: Ticket) -> Result<usize, usize> {
        self.waiting
            .binary_search_by_key(&ticket, |entry| entry.ticket)
    }

    /// Puts a call into the queue, or back to its position; or replaces its waker.
    pub(super) fn wait(&mut self, ticket: Ticket, waker: &Waker, wakers: &mut Wakers) {
        let entry = Entry {
            ticket,
            waker: waker.clone(),
            called: None,
        };
        match self.index(ticket) {
            Ok(index) => {
                let old = self.waiting.get_mut(index);
                let old = old.map(|old| std::mem::replace(old, entry));
                wakers.drop.extend(old.map(|old| old.waker));
            }
            Err(index) => {
                if index == 0 {
                    // The call sets its own timer in this poll.
                    (self.due, self.front) = (None, Some(ticket));
                }
                self.waiting.insert(index, entry);
            }
        }
    }

    pub(super) fn leave(&mut self, ticket: Ticket, wakers: &mut Wakers) {
        let index = self.index(ticket).ok();
        let entry = index.and_then(|index| self.waiting.remove(index));
        wakers.drop.extend(entry.map(|entry| entry.waker));
    }

    /// Whether no other call is before this one.
    pub(super) fn is_front(&self, ticket: Ticket) -> bool {
        let front = self.waiting.front();
        front.is_none_or(|front| front.ticket >= ticket)
    }

    /// Removes the calls before this call that could be sent but are not polled.
    pub(super) fn skip_unpolled(&mut self, ticket: Ticket, now: Instant, wakers: &mut Wakers) {
        if self.is_front(ticket) || self.due.is_none_or(|due| now < due + PATIENCE) {
            return;
        }
        // The front call had time to be polled. The others may wait for a wake-up by the call before them.
        if let Some(entry) = self.waiting.pop_front() {
            wakers.drop.push(entry.waker);
        }
        let mut index = 0;
        while let Some(entry) = self.waiting.get_mut(index)
            && entry.ticket < ticket
        {
            match entry.called {
                Some(called) if called + PATIENCE <= now => {
                    let entry = self.waiting.remove(index);
                    wakers.drop.extend(entry.map(|entry| entry.waker));
                    continue;
                }
                Some(_) => {}
                None => {
                    entry.called = Some(now);
                    wakers.wake.push(entry.waker.clone());
                }
            }
            index += 1;
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
        let Some(entry) = self.waiting.front() else {
            (self.due, self.front) = (None, None);
            return;
        };
        let next = next();
        let is_new = self.front != Some(entry.ticket);
        match self.due {
            Some(due) if !is_new && next <= now && due <= now => return,
            Some(due) if next < due => {
                let all = self.waiting.iter();
                wakers.wake.extend(all.map(|entry| entry.waker.clone()));
            }
            // Its timer is set to check the calls before it.
            _ if is_new => wakers.wake.push(entry.waker.clone()),
            _ => {}
        }
        (self.due, self.front) = (Some(next), Some(entry.ticket));
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
