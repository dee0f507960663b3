//! The quota: so many requests a minute for a key, shared by everything that uses it.
//!
//! The server counts in windows whose beginning is not documented. No window of it can hold more
//! than what was sent in any stretch of that length, so that is what is kept to: a request takes a
//! place when it is sent, and gives it back one window after its answer came, which is the latest
//! moment at which the server can have counted it.
//!
//! A general limiter (governor) was weighed: it knows nothing of answers, spreads requests evenly or
//! by bursts but not by what a window may hold, has no priorities, and cannot be corrected by what a
//! server says it has left.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync,
    time::{Instant, sleep_until},
};

use crate::rate_limit::RateLimit;

/// The limit that the API documents: 60 requests a minute for a key, v1 and v2 together.
pub const DOCUMENTED_LIMIT: u32 = 60;

/// The window of the limit.
pub(crate) const WINDOW: Duration = Duration::from_secs(60);

/// What goes first when calls wait for the quota.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Priority {
    /// First come, first served.
    #[default]
    Normal,
    /// Before all normal calls that wait, save one: somebody looks at the screen.
    Interactive,
}

/// How much of the quota is used, as far as this program can know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuotaStatus {
    /// Requests in a window.
    pub limit: u32,
    /// Requests of this window, those of other programs included where the server told of them.
    pub used: u32,
    /// Requests that can be sent at once.
    pub left: u32,
    /// Time until a place is free; zero when there is one.
    pub next_in: Duration,
    /// Time until all places are free.
    pub reset_in: Duration,
}

/// The places of a window.
#[derive(Debug)]
pub(crate) struct Quota {
    state: Mutex<State>,
    /// One call at a time waits for a place; the lock hands it on in order.
    gate: sync::Mutex<()>,
    /// Normal calls wait here first, so that interactive ones meet one of them at most at the gate.
    normal: sync::Mutex<()>,
}

#[derive(Debug)]
struct State {
    /// `None`: there is no limit.
    limit: Option<u32>,
    /// Requests under way: no answer yet.
    pending: u32,
    /// When the places of answered requests become free, in order.
    taken: VecDeque<Instant>,
    /// Nothing is sent before.
    blocked_until: Option<Instant>,
}

impl Quota {
    pub(crate) fn new(limit: Option<u32>) -> Self {
        let limit = limit.map(|limit| limit.max(1));
        Self {
            state: Mutex::new(State {
                limit,
                pending: 0,
                taken: VecDeque::new(),
                blocked_until: None,
            }),
            gate: sync::Mutex::new(()),
            normal: sync::Mutex::new(()),
        }
    }

    /// Waits for a place, in order. Dropping the future gives up the turn.
    pub(crate) async fn acquire(&self, priority: Priority) -> Permit<'_> {
        let _turn = match priority {
            Priority::Normal => Some(self.normal.lock().await),
            Priority::Interactive => None,
        };
        let _gate = self.gate.lock().await;
        loop {
            let wait = self.state().take(Instant::now());
            match wait {
                None => {
                    return Permit {
                        quota: self,
                        answered: false,
                    };
                }
                Some(until) => sleep_until(until).await,
            }
        }
    }

    pub(crate) fn status(&self) -> QuotaStatus {
        let now = Instant::now();
        let mut state = self.state();
        state.expire(now);
        let limit = state.limit.unwrap_or(u32::MAX);
        let used = state.used();
        let left = if state.blocked_until.is_some() {
            0
        } else {
            limit.saturating_sub(used)
        };
        let last = state.taken.back().copied().max(state.blocked_until);
        let next = if left > 0 { now } else { state.free_at(now) };
        QuotaStatus {
            limit,
            used,
            left,
            next_in: next.saturating_duration_since(now),
            reset_in: last.map_or(Duration::ZERO, |last| last.saturating_duration_since(now)),
        }
    }

    /// The least time that `calls` more calls need, from now to the sending of the last one.
    pub(crate) fn estimate(&self, calls: u32) -> Duration {
        let now = Instant::now();
        let mut state = self.state();
        state.expire(now);
        let Some(limit) = state.limit else {
            return Duration::ZERO;
        };
        // The places, in the order in which they become free.
        let start = state.blocked_until.unwrap_or(now).max(now);
        let mut free: Vec<Instant> = vec![start; limit.saturating_sub(state.used()) as usize];
        free.extend(state.taken.iter().map(|at| (*at).max(start)));
        free.extend(std::iter::repeat_n(start + WINDOW, state.pending as usize));
        free.sort_unstable();
        let Some(last) = calls.checked_sub(1) else {
            return Duration::ZERO;
        };
        let places = u32::try_from(free.len()).unwrap_or(limit).max(1);
        let at = free.get((last % places) as usize).copied().unwrap_or(start);
        (at + WINDOW * (last / places)).saturating_duration_since(now)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock, and the state is whole between statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn expire(&mut self, now: Instant) {
        while self.taken.front().is_some_and(|at| *at <= now) {
            self.taken.pop_front();
        }
        if self.blocked_until.is_some_and(|at| at <= now) {
            self.blocked_until = None;
        }
    }

    fn used(&self) -> u32 {
        self.pending
            .saturating_add(u32::try_from(self.taken.len()).unwrap_or(u32::MAX))
    }

    /// When there may be a place again.
    fn free_at(&self, now: Instant) -> Instant {
        let place = match self.limit {
            Some(limit) if self.used() >= limit => {
                // Where all places are under way, the first answer will tell; look again soon.
                self.taken
                    .front()
                    .copied()
                    .unwrap_or(now + Duration::from_millis(50))
            }
            _ => now,
        };
        self.blocked_until.map_or(place, |until| until.max(place))
    }

    /// Takes a place, or says when to ask again.
    fn take(&mut self, now: Instant) -> Option<Instant> {
        self.expire(now);
        let at = self.free_at(now);
        if at > now {
            return Some(at);
        }
        if self.limit.is_some() {
            self.pending += 1;
        }
        None
    }

    fn give_back(&mut self, at: Instant) {
        if self.limit.is_none() {
            return;
        }
        self.pending = self.pending.saturating_sub(1);
        // Answers come in any order, but nearly always in this one.
        let index = self.taken.partition_point(|other| *other <= at);
        self.taken.insert(index, at);
    }

    /// Takes over what the server says.
    fn correct(&mut self, now: Instant, said: &RateLimit, refused: bool) {
        if let (Some(limit), Some(known)) =
            (said.limit.filter(|limit| *limit > 0), self.limit.as_mut())
        {
            *known = limit;
        }
        let reset = said.reset.map(|reset| now + reset.min(WINDOW * 2));
        if refused {
            let until = said.wait().map_or(now + Duration::from_secs(1), |wait| {
                now + wait.min(WINDOW * 2)
            });
            self.blocked_until = Some(self.blocked_until.map_or(until, |known| known.max(until)));
        } else if let (Some(0), Some(reset)) = (said.remaining, reset) {
            self.blocked_until = Some(self.blocked_until.map_or(reset, |known| known.max(reset)));
        } else if let (Some(remaining), Some(reset), Some(limit)) =
            (said.remaining, reset, self.limit)
        {
            // Another program uses the same key: its requests take places until the window ends.
            // Requests of our own that are under way are not in the server's count yet.
            let others = limit.saturating_sub(remaining).saturating_sub(self.used());
            for _ in 0..others {
                let index = self.taken.partition_point(|other| *other <= reset);
                self.taken.insert(index, reset);
            }
        }
    }
}

/// A place of the window, held while a request is under way.
#[derive(Debug)]
#[must_use = "the place is given back when the permit is dropped"]
pub(crate) struct Permit<'a> {
    quota: &'a Quota,
    answered: bool,
}

impl Permit<'_> {
    /// The answer has come, with what it says of the quota. `refused`: it was 429.
    pub(crate) fn answered(mut self, said: &RateLimit, refused: bool) {
        self.answered = true;
        let now = Instant::now();
        let mut state = self.quota.state();
        state.expire(now);
        state.give_back(now + WINDOW);
        state.correct(now, said, refused);
    }
}

impl Drop for Permit<'_> {
    /// Without an answer the server may have counted the request all the same.
    fn drop(&mut self) {
        if !self.answered {
            self.quota.state().give_back(Instant::now() + WINDOW);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::time::{advance, sleep};

    use super::*;

    const NOTHING: RateLimit = RateLimit {
        limit: None,
        remaining: None,
        reset: None,
        retry_after: None,
    };

    async fn send(quota: &Quota) {
        quota
            .acquire(Priority::Normal)
            .await
            .answered(&NOTHING, false);
    }

    #[tokio::test(start_paused = true)]
    async fn no_stretch_of_a_window_holds_more_than_the_limit() {
        let quota = Quota::new(Some(60));
        let mut sent: Vec<Instant> = Vec::new();
        for _ in 0..600 {
            let permit = quota.acquire(Priority::Normal).await;
            sent.push(Instant::now());
            sleep(Duration::from_millis(20)).await;
            permit.answered(&NOTHING, false);
        }
        for window in sent.windows(61) {
            assert!(window[60] - window[0] >= WINDOW);
        }
        // Ten windows' worth: nine waits, and the time of the answers.
        let took = sent[599] - sent[0];
        assert!(took < WINDOW * 9 + Duration::from_secs(15), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn calls_are_served_in_order_and_interactive_ones_first() {
        let quota = Arc::new(Quota::new(Some(1)));
        send(&quota).await;
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for (name, priority) in [
            (1, Priority::Normal),
            (2, Priority::Normal),
            (3, Priority::Normal),
            (4, Priority::Interactive),
        ] {
            let (quota, order) = (Arc::clone(&quota), Arc::clone(&order));
            tasks.push(tokio::spawn(async move {
                let permit = quota.acquire(priority).await;
                order.lock().unwrap().push(name);
                permit.answered(&NOTHING, false);
            }));
            tokio::task::yield_now().await;
        }
        for task in tasks {
            task.await.unwrap();
        }
        // The first normal call was at the gate already.
        assert_eq!(*order.lock().unwrap(), [1, 4, 2, 3]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_gives_up_its_turn_blocks_nobody() {
        let quota = Quota::new(Some(1));
        send(&quota).await;
        let gave_up =
            tokio::time::timeout(Duration::from_secs(1), quota.acquire(Priority::Normal)).await;
        assert!(gave_up.is_err());
        advance(WINDOW).await;
        let started = Instant::now();
        send(&quota).await;
        assert_eq!(Instant::now(), started);
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_server_says_is_believed() {
        let said = |remaining, reset| RateLimit {
            remaining: Some(remaining),
            reset: Some(Duration::from_secs(reset)),
            ..NOTHING
        };
        // Others have used 50.
        let quota = Quota::new(Some(60));
        quota
            .acquire(Priority::Normal)
            .await
            .answered(&said(9, 30), false);
        assert_eq!((quota.status().used, quota.status().left), (51, 9));
        advance(Duration::from_secs(30)).await;
        assert_eq!((quota.status().used, quota.status().left), (1, 59));
        // Nothing is left.
        quota
            .acquire(Priority::Normal)
            .await
            .answered(&said(0, 20), false);
        assert_eq!(
            (quota.status().left, quota.status().next_in),
            (0, Duration::from_secs(20))
        );
        // A refusal blocks until the server's window ends.
        let quota = Quota::new(Some(60));
        quota
            .acquire(Priority::Normal)
            .await
            .answered(&said(0, 45), true);
        let started = Instant::now();
        send(&quota).await;
        assert_eq!(Instant::now() - started, Duration::from_secs(45));
        // A limit of another size is taken over.
        let quota = Quota::new(Some(60));
        quota.acquire(Priority::Normal).await.answered(
            &RateLimit {
                limit: Some(120),
                ..NOTHING
            },
            false,
        );
        assert_eq!(quota.status().limit, 120);
    }

    #[tokio::test(start_paused = true)]
    async fn the_estimate_is_what_it_takes() {
        let quota = Quota::new(Some(60));
        assert_eq!(quota.estimate(0), Duration::ZERO);
        assert_eq!(quota.estimate(60), Duration::ZERO);
        assert_eq!(quota.estimate(61), WINDOW);
        assert_eq!(quota.estimate(600), WINDOW * 9);
        for _ in 0..30 {
            send(&quota).await;
        }
        advance(Duration::from_secs(20)).await;
        assert_eq!(quota.estimate(30), Duration::ZERO);
        assert_eq!(quota.estimate(31), Duration::from_secs(40));
        let unlimited = Quota::new(None);
        assert_eq!(unlimited.estimate(1_000_000), Duration::ZERO);
        assert_eq!(unlimited.status().left, u32::MAX);
    }
}
