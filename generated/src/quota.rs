//! The quota: the number of requests a minute that a key may send, shared by all clones of a client.
//!
//! Calls wait in a [`Queue`] for a slot of the [`Window`]. Both are behind one mutex, which no call holds while it
//! waits: a call takes its slot within its own poll, and a call that is not polled blocks no other. It may be part of a
//! `select!`, a buffer or a list.
//!
//! A call that is sent again after a failure goes before all calls that were not sent yet, except the first of those.
//!
//! `governor` 0.10 does not fit. Its algorithm, GCRA, allows a burst and the refill in one window, nearly twice the
//! limit, or spreads requests evenly, so that even a short burst has to wait. It serves waiting callers in no order,
//! has no priorities, and its middleware can observe decisions, but not change them by what a server reports.

#[cfg_attr(
    not(feature = "shared-quota"),
    allow(dead_code, reason = "no client has a ledger")
)]
mod ledger;
mod queue;
mod window;

use std::{
    future::poll_fn,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use crate::{
    platform::{BoxFuture, Instant, sleep_until},
    rate_limit::RateLimit,
};
use ledger::{Entry, Ledger, Message};
use queue::{Queue, Ticket, Wakers};
use window::{Slot, Window};

/// How long a call that could be sent may go without being polled before others pass it.
const PATIENCE: Duration = Duration::from_millis(100);

/// The longest time that a request without a response holds its slot: its caller may never poll it again. The
/// server has received it by then, and counts a request when it receives it.
const LONGEST_FLIGHT: Duration = Duration::from_secs(5);

/// A wait that is longer than this is logged.
const LONG_WAIT: Duration = Duration::from_secs(3);

/// How many requests a minute may be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Allowance {
    /// The documented limit, or the one that the server reports.
    #[default]
    Documented,
    /// At most this limit, or a lower one that the server reports.
    AtMost(u32),
    Unlimited,
}

/// The order in which waiting calls get permits of the quota.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Priority {
    /// In order of arrival.
    #[default]
    Normal,
    /// Before all normal calls: for a call that a person waits for.
    Interactive,
}

/// The state of the quota, as far as this program knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaStatus {
    limit: u32,
    used: u32,
    remaining: u32,
    next_in: Duration,
    reset_in: Duration,
}

impl QuotaStatus {
    /// The limit of requests in a window.
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// The number of requests in this window, including those of other programs if the server reported them.
    pub fn used(&self) -> u32 {
        self.used
    }

    /// The number of requests that can be sent now.
    pub fn remaining(&self) -> u32 {
        self.remaining
    }

    /// The minimum time until the next request can be sent; zero if it can be sent now.
    pub fn next_in(&self) -> Duration {
        self.next_in
    }

    /// The minimum time until the whole quota is available.
    pub fn reset_in(&self) -> Duration {
        self.reset_in
    }
}

/// The quota of a key. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Quota(Arc<Shared>);

type Shared = Mutex<State>;

#[derive(Debug)]
struct State {
    window: Window,
    /// The slots shared with other processes, if the program shares its quota.
    ledger: Option<Ledger>,
    queue: Queue,
}

impl State {
    /// The least time until other processes leave a slot.
    fn ledger_wait(&self, now: Instant) -> Duration {
        let ledger = self.ledger.as_ref();
        ledger.map_or(Duration::ZERO, |ledger| ledger.wait(now))
    }

    /// Takes the slots for the call at the front. An error names the time to look again.
    fn take(&mut self, now: Instant, expires: Instant) -> Result<Slots, Instant> {
        let next = self.window.next(now);
        if next > now {
            return Err(next);
        }
        let entry = match (&mut self.ledger, self.window.limit) {
            (Some(ledger), Some(limit)) => Some(ledger.take(now, limit)?),
            _ => None,
        };
        Ok((self.window.take(now, expires), entry))
    }

    /// Updates the queue after a change.
    fn refresh(&mut self, now: Instant, wakers: &mut Wakers) {
        let shared = |ledger: &Ledger| ledger.next(now);
        let next = || {
            let own = self.window.next(now);
            own.max(self.ledger.as_ref().map_or(now, shared))
        };
        self.queue.refresh(now, next, wakers);
    }
}

impl Quota {
    pub(crate) fn new(allowance: Allowance, window: Duration) -> Self {
        Self(Arc::new(Mutex::new(State {
            window: Window::new(allowance, window),
            ledger: None,
            queue: Queue::default(),
        })))
    }

    /// Waits for a permit, in order; `again` if the call had a permit before. `timeout` is the timeout of the
    /// attempt. Dropping the future leaves the queue. `log` is called once with the shortest
    /// possible wait, if that is long.
    ///
    /// If the permit would come after the deadline, the result is an error with the shortest possible wait.
    /// The error is returned as soon as this is certain.
    pub(crate) async fn acquire(
        &self,
        priority: Priority,
        again: bool,
        timeout: Duration,
        deadline: Option<Instant>,
        log: &mut Option<impl FnOnce(Duration)>,
    ) -> Result<Permit, Duration> {
        let mut waiting = Waiting {
            quota: self,
            priority,
            again,
            ticket: None,
            timeout: timeout.min(LONGEST_FLIGHT),
            deadline,
        };
        let mut timer: Option<(Instant, BoxFuture<()>)> = None;
        poll_fn(|context| {
            loop {
                let at = match waiting.poll(context) {
                    Ok(permit) => return Poll::Ready(Ok(permit)),
                    Err(Wait::TooLong(wait)) => return Poll::Ready(Err(wait)),
                    Err(Wait::Until(at)) => at,
                };
                let expected = log.as_ref().map(|_| waiting.expected());
                if let Some(wait) = expected.filter(|wait| *wait >= LONG_WAIT)
                    && let Some(log) = log.take()
                {
                    log(wait);
                }
                let (_, timer) = match &mut timer {
                    Some(timer) if timer.0 == at => timer,
                    other => other.insert((at, Box::pin(sleep_until(at)))),
                };
                if timer.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
            }
        })
        .await
    }

    /// The least time until a call that is sent again gets its permit, as far as is certain.
    pub(crate) fn wait(&self) -> Duration {
        self.change(|state, now, _| state.window.wait(now, 0).unwrap_or_default())
    }

    /// Sends nothing for this long.
    pub(crate) fn block(&self, wait: Duration) {
        self.change(|state, now, _| state.window.block(now, wait));
    }

    pub(crate) fn status(&self) -> QuotaStatus {
        self.change(|state, now, _| {
            let own = state.window.status(now);
            match &state.ledger {
                Some(ledger) => ledger.status(own, now),
                None => own,
            }
        })
    }

    /// The least time that `calls` more calls need, from now to the sending of the last one.
    pub(crate) fn estimate(&self, calls: u32) -> Duration {
        let Some(last) = calls.checked_sub(1) else {
            return Duration::ZERO;
        };
        self.change(|state, now, _| {
            let before = state.queue.len().saturating_add(last);
            state.window.estimate(now, before)
        })
    }

    /// Runs code under the lock, and wakes callers after releasing it: waking or dropping a waker may run
    /// code of the caller.
    fn change<T>(&self, change: impl FnOnce(&mut State, Instant, &mut Wakers) -> T) -> T {
        let mut wakers = Wakers::default();
        let result = {
            // No code panics under the lock, so the state is consistent.
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // The clock is read under the lock, so that times come in order.
            let now = Instant::now();
            let result = change(&mut state, now, &mut wakers);
            state.refresh(now, &mut wakers);
            result
        };
        wakers.wake.into_iter().for_each(Waker::wake);
        result
    }
}

/// A call that waits for its permit.
struct Waiting<'a> {
    quota: &'a Quota,
    priority: Priority,
    again: bool,
    /// Its position in the queue; `None` before the first poll, which may return a permit at once.
    ticket: Option<Ticket>,
    timeout: Duration,
    deadline: Option<Instant>,
}

/// Why a call has no permit yet.
enum Wait {
    /// The time to check again.
    Until(Instant),
    /// The permit comes after the deadline, in this time at the earliest.
    TooLong(Duration),
}

impl Waiting<'_> {
    fn poll(&mut self, context: &Context<'_>) -> Result<Permit, Wait> {
        let quota = self.quota;
        quota.change(|state, now, wakers| self.take(state, now, context, wakers))
    }

    fn take(
        &mut self,
        state: &mut State,
        now: Instant,
        context: &Context<'_>,
        wakers: &mut Wakers,
    ) -> Result<Permit, Wait> {
        let is_new = self.ticket.is_none();
        let ticket = *self
            .ticket
            .get_or_insert_with(|| state.queue.ticket(self.priority, self.again));
        state.queue.skip_unpolled(ticket, now, wakers);
        let is_front = state.queue.is_front(ticket);
        // Calls before it may leave, so a call in the queue is checked again when it is at the front.
        let is_checked = is_new || is_front;
        if let Some(deadline) = self.deadline.filter(|_| is_checked) {
            let left = deadline.saturating_duration_since(now);
            let wait = state.window.wait(now, state.queue.before(ticket));
            let wait = wait.map(|wait| wait.max(state.ledger_wait(now)));
            if let Some(wait) = wait.filter(|wait| *wait >= left) {
                return Err(Wait::TooLong(wait));
            }
        }
        let at = if is_front {
            match state.take(now, now + self.timeout) {
                Ok(slots) => {
                    self.leave(&mut state.queue, wakers);
                    return Ok(Permit {
                        quota: self.quota.clone(),
                        taken_at: now,
                        is_sent: false,
                        slots: Some(slots),
                    });
                }
                Err(at) => at,
            }
        } else {
            state.queue.next_check(now)
        };
        state.queue.wait(ticket, context.waker(), wakers);
        Err(match self.deadline {
            Some(deadline) if deadline <= now => {
                let next_in = state.window.status(now).next_in;
                Wait::TooLong(next_in.max(state.ledger_wait(now)))
            }
            Some(deadline) => Wait::Until(at.min(deadline)),
            None => Wait::Until(at),
        })
    }

    /// The least time until the permit.
    fn expected(&self) -> Duration {
        self.quota.change(|state, now, _| {
            let before = self.ticket.map_or(0, |ticket| state.queue.before(ticket));
            state.window.estimate(now, before)
        })
    }

    fn leave(&mut self, queue: &mut Queue, wakers: &mut Wakers) {
        if let Some(ticket) = self.ticket.take() {
            queue.leave(ticket, wakers);
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.ticket.is_some() {
            self.quota
                .change(|state, _, wakers| self.leave(&mut state.queue, wakers));
        }
    }
}

/// The slots of a request: one of the window, and one of the ledger if there is a ledger.
type Slots = (Slot, Option<Entry>);

/// A slot of the window, held while a request is under way.
#[derive(Debug)]
#[must_use = "the slot is given back when the permit is dropped"]
pub(crate) struct Permit {
    quota: Quota,
    pub(crate) taken_at: Instant,
    is_sent: bool,
    /// `None` once it was given back.
    slots: Option<Slots>,
}

impl Permit {
    /// Marks the request as sent. Before that, dropping the permit frees its slot.
    pub(crate) fn sent(mut self) -> Self {
        self.is_sent = true;
        self
    }

    /// Ends the request with what its response reports about the quota. `refused`: the status is 429.
    pub(crate) fn response_received(mut self, reported: &RateLimit, refused: bool) {
        let Some((slot, entry)) = self.slots.take() else {
            return;
        };
        let sent = self.taken_at;
        self.quota.change(|state, now, _| {
            let mut reported = *reported;
            if let (Some(ledger), Some(entry)) = (&state.ledger, entry) {
                ledger.send(Message::Responded(entry));
                // The ledger has the requests of other processes. Only a refusal shows that programs without it share
                // the key.
                if !state.window.is_shared() {
                    reported.remaining = None;
                }
            }
            if !state.window.give_back(now, slot) {
                // The response arrived too late to describe the current window.
            } else if refused {
                state.window.refused(now, sent, &reported);
            } else {
                state.window.read(now, sent, &reported);
            }
        });
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some((slot, entry)) = self.slots.take() {
            self.quota.change(|state, now, _| {
                let ledger = state.ledger.as_ref().zip(entry);
                if self.is_sent {
                    // The server may have counted the request.
                    state.window.give_back(now, slot);
                    ledger.map(|(ledger, entry)| ledger.send(Message::Responded(entry)));
                } else {
                    state.window.untake(slot);
                    ledger.map(|(ledger, entry)| ledger.send(Message::GiveBack(entry)));
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::time::{advance, sleep, timeout};

    use super::*;
    use crate::rate_limit::WINDOW;

    const TIMEOUT: Duration = Duration::from_secs(30);
    const NOTHING: RateLimit = RateLimit {
        limit: None,
        remaining: None,
        reset: None,
        retry_after: None,
    };

    impl Permit {
        fn unused(mut self) {
            self.is_sent = false;
        }
    }

    async fn try_acquire(
        quota: &Quota,
        priority: Priority,
        timeout: Duration,
        deadline: Option<Instant>,
    ) -> Result<Permit, Duration> {
        let mut log = None::<fn(Duration)>;
        let permit = quota.acquire(priority, false, timeout, deadline, &mut log);
        permit.await.map(Permit::sent)
    }

    async fn acquire(quota: &Quota, priority: Priority) -> Permit {
        try_acquire(quota, priority, TIMEOUT, None).await.unwrap()
    }

    /// All permits that are available now.
    async fn all_permits(quota: &Quota) -> Vec<Permit> {
        let mut permits = Vec::new();
        while let Ok(permit) = timeout(Duration::ZERO, acquire(quota, Priority::Normal)).await {
            permits.push(permit);
        }
        permits
    }

    async fn send(quota: &Quota) {
        acquire(quota, Priority::Normal)
            .await
            .response_received(&NOTHING, false);
    }

    #[tokio::test(start_paused = true)]
    async fn a_permit_whose_request_was_not_sent_frees_its_slot_at_any_time() {
        let quota = Quota::new(Allowance::AtMost(1), WINDOW);
        for held in [0, 1, 10, 64, 100] {
            let permit = acquire(&quota, Priority::Normal).await;
            advance(Duration::from_secs(held)).await;
            permit.unused();
            assert_eq!(quota.status().used, 0, "{held}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_period_as_long_as_a_window_holds_more_than_the_limit() {
        let quota = Quota::new(Allowance::AtMost(60), WINDOW);
        let mut sent: Vec<Instant> = Vec::new();
        for _ in 0..600 {
            let permit = acquire(&quota, Priority::Normal).await;
            sent.push(Instant::now());
            sleep(Duration::from_millis(20)).await;
            permit.response_received(&NOTHING, false);
        }
        for window in sent.windows(61) {
            assert!(window[60] - window[0] >= WINDOW);
        }
        // The requests of ten windows: nine waits, and the time of the responses.
        let took = sent[599] - sent[0];
        assert!(took < WINDOW * 9 + Duration::from_secs(15), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn calls_are_served_in_order_and_interactive_ones_first() {
        let quota = Arc::new(Quota::new(Allowance::AtMost(1), WINDOW));
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
                let permit = acquire(&quota, priority).await;
                order.lock().unwrap().push(name);
                permit.response_received(&NOTHING, false);
            }));
            tokio::task::yield_now().await;
        }
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), [4, 1, 2, 3]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_dropped_blocks_no_other() {
        let quota = Quota::new(Allowance::AtMost(1), WINDOW);
        send(&quota).await;
        let gave_up = timeout(Duration::from_secs(1), acquire(&quota, Priority::Normal)).await;
        assert!(gave_up.is_err());
        advance(WINDOW).await;
        let started = Instant::now();
        send(&quota).await;
        assert_eq!(Instant::now(), started);
    }

    #[tokio::test(start_paused = true)]
    async fn a_permit_after_the_deadline_is_an_error_at_once() {
        let quota = Quota::new(Allowance::AtMost(1), WINDOW);
        send(&quota).await;
        let started = Instant::now();
        let in_seconds = |seconds| Some(started + Duration::from_secs(seconds));
        let alone = try_acquire(&quota, Priority::Normal, TIMEOUT, in_seconds(60));
        assert_eq!(alone.await.unwrap_err(), WINDOW);
        // After a call without a deadline.
        let mut patient = Box::pin(try_acquire(&quota, Priority::Normal, TIMEOUT, None));
        assert!(timeout(Duration::ZERO, &mut patient).await.is_err());
        for (priority, wait) in [
            (Priority::Normal, WINDOW * 2),
            (Priority::Interactive, WINDOW),
        ] {
            let deadline = Some(started + wait);
            let behind = try_acquire(&quota, priority, TIMEOUT, deadline);
            assert_eq!(behind.await.unwrap_err(), wait);
        }
        let mut in_time = Box::pin(try_acquire(
            &quota,
            Priority::Normal,
            TIMEOUT,
            in_seconds(121),
        ));
        assert!(timeout(Duration::ZERO, &mut in_time).await.is_err());
        assert_eq!(quota.estimate(1), WINDOW * 3);
        // A call that is dropped leaves the queue, and the others move up.
        drop(patient);
        assert_eq!(quota.estimate(1), WINDOW * 2);
        assert_eq!(started.elapsed(), Duration::ZERO);
        in_time.await.unwrap().response_received(&NOTHING, false);
        assert_eq!(started.elapsed(), WINDOW);
        assert_eq!(quota.estimate(1), WINDOW);
        // A deadline that has passed cannot be met.
        let quota = Quota::new(Allowance::Unlimited, WINDOW);
        let late = try_acquire(&quota, Priority::Normal, TIMEOUT, Some(Instant::now()));
        assert_eq!(late.await.unwrap_err(), Duration::ZERO);
    }

    /// The server's limit may differ from the documented one, so its first response decides.
    #[tokio::test(start_paused = true)]
    async fn a_call_keeps_waiting_if_a_response_can_still_free_a_slot_before_its_deadline() {
        for (limit, has_permit) in [(60, false), (120, true)] {
            let quota = Quota::new(Allowance::Documented, WINDOW);
            let mut under_way = all_permits(&quota).await;
            assert_eq!(under_way.len(), 60);
            let deadline = Instant::now() + Duration::from_secs(30);
            let mut permit = Box::pin(try_acquire(
                &quota,
                Priority::Normal,
                TIMEOUT,
                Some(deadline),
            ));
            let soon = Duration::from_secs(1);
            assert!(timeout(soon, &mut permit).await.is_err());
            let response_at = Instant::now();
            let reported = RateLimit {
                limit: Some(limit),
                ..NOTHING
            };
            under_way.pop().unwrap().response_received(&reported, false);
            assert_eq!(permit.await.is_ok(), has_permit, "{limit}");
            assert_eq!(response_at.elapsed(), Duration::ZERO);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn reported_remaining_requests_and_resets_are_respected() {
        let reported = |remaining, reset| RateLimit {
            remaining: Some(remaining),
            reset: Some(Duration::from_secs(reset)),
            ..NOTHING
        };
        // Other programs have used 50.
        let quota = Quota::new(Allowance::AtMost(60), WINDOW);
        acquire(&quota, Priority::Normal)
            .await
            .response_received(&reported(9, 30), false);
        assert_eq!((quota.status().used, quota.status().remaining), (51, 9));
        advance(Duration::from_secs(30)).await;
        assert_eq!((quota.status().used, quota.status().remaining), (1, 59));
        // No request remains.
        acquire(&quota, Priority::Normal)
            .await
            .response_received(&reported(0, 20), false);
        assert_eq!(
            (quota.status().remaining, quota.status().next_in),
            (0, Duration::from_secs(20))
        );
        // A refusal blocks until the server's window ends.
        let quota = Quota::new(Allowance::AtMost(60), WINDOW);
        acquire(&quota, Priority::Normal)
            .await
            .response_received(&reported(0, 45), true);
        let started = Instant::now();
        send(&quota).await;
        assert_eq!(Instant::now() - started, Duration::from_secs(45));
    }

    #[tokio::test(start_paused = true)]
    async fn the_servers_limit_applies_up_to_the_configured_limit() {
        for (allowance, reported, limit) in [
            (Allowance::Documented, 120, 120),
            (Allowance::Documented, 10, 10),
            (Allowance::Documented, 0, 60),
            (Allowance::AtMost(30), 60, 30),
            (Allowance::AtMost(30), 10, 10),
            (Allowance::Unlimited, 60, u32::MAX),
        ] {
            let quota = Quota::new(allowance, WINDOW);
            let reported = RateLimit {
                limit: Some(reported),
                ..NOTHING
            };
            for refused in [false, true] {
                acquire(&quota, Priority::Normal)
                    .await
                    .response_received(&reported, refused);
                assert_eq!(quota.status().limit, limit, "{allowance:?} {reported:?}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn reported_numbers_of_any_size_do_no_harm() {
        let sizes = [None, Some(0), Some(1), Some(u32::MAX)];
        let times = [
            None,
            Some(Duration::ZERO),
            Some(WINDOW),
            Some(Duration::MAX),
        ];
        for allowance in [
            Allowance::Documented,
            Allowance::AtMost(0),
            Allowance::AtMost(u32::MAX),
            Allowance::Unlimited,
        ] {
            for (limit, remaining) in sizes.iter().flat_map(|one| sizes.map(|two| (*one, two))) {
                for (reset, retry_after) in
                    times.iter().flat_map(|one| times.map(|two| (*one, two)))
                {
                    let quota = Quota::new(allowance, WINDOW);
                    let reported = RateLimit {
                        limit,
                        remaining,
                        reset,
                        retry_after,
                    };
                    for refused in [false, true] {
                        // No server can stop a client for longer.
                        let soon = Duration::from_secs(180);
                        let permit = timeout(soon, acquire(&quota, Priority::Normal));
                        permit.await.unwrap().response_received(&reported, refused);
                        quota.status();
                        for calls in [0, 1, 100, u32::MAX] {
                            quota.estimate(calls);
                        }
                    }
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn responses_that_arrive_out_of_order_do_not_replace_newer_ones() {
        let reported = |remaining| RateLimit {
            limit: Some(60),
            remaining: Some(remaining),
            reset: Some(Duration::from_secs(30)),
            retry_after: None,
        };
        let quota = Quota::new(Allowance::Documented, WINDOW);
        let [first, second] = [
            acquire(&quota, Priority::Normal).await,
            acquire(&quota, Priority::Normal).await,
        ];
        advance(Duration::from_millis(100)).await;
        // The server may not have counted the first request when it responded to the second.
        second.response_received(&reported(10), false);
        assert_eq!(quota.status().remaining, 9);
        // It had counted it: more requests remained with its first response.
        first.response_received(&reported(59), false);
        assert_eq!(quota.status().remaining, 10);
        // The response to a later request is newer.
        let third = acquire(&quota, Priority::Normal).await;
        third.response_received(&reported(20), false);
        assert_eq!(quota.status().remaining, 20);
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_refusal_one_request_goes_ahead_and_its_response_decides_how_many_follow() {
        let refusal = RateLimit {
            retry_after: Some(Duration::from_secs(5)),
            ..NOTHING
        };
        let quota = Quota::new(Allowance::Documented, WINDOW);
        acquire(&quota, Priority::Normal)
            .await
            .response_received(&refusal, true);
        let started = Instant::now();
        let ahead = acquire(&quota, Priority::Normal).await;
        assert_eq!(started.elapsed(), Duration::from_secs(5));
        assert!(all_permits(&quota).await.is_empty());
        // If it is dropped, another request goes ahead.
        drop(ahead);
        let ahead = acquire(&quota, Priority::Normal).await;
        let reported = RateLimit {
            limit: Some(60),
            remaining: Some(40),
            reset: Some(Duration::from_secs(50)),
            ..NOTHING
        };
        ahead.response_received(&reported, false);
        assert_eq!(all_permits(&quota).await.len(), 40);
    }

    #[tokio::test(start_paused = true)]
    async fn waits_grow_while_they_are_too_short() {
        let quota = Quota::new(Allowance::Documented, WINDOW);
        let mut waited = Vec::new();
        for _ in 0..5 {
            let started = Instant::now();
            let permit = acquire(&quota, Priority::Normal).await;
            waited.push(started.elapsed().as_secs());
            permit.response_received(&NOTHING, true);
        }
        assert_eq!(waited, [0, 1, 8, 60, 60]);
        send(&quota).await;
        acquire(&quota, Priority::Normal)
            .await
            .response_received(&NOTHING, true);
        assert_eq!(quota.status().next_in, Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_response_frees_its_slot_one_window_later() {
        let quota = Quota::new(Allowance::AtMost(1), WINDOW);
        let under_way = acquire(&quota, Priority::Normal).await;
        let mut next = std::pin::pin!(acquire(&quota, Priority::Normal));
        assert!(timeout(Duration::from_secs(2), &mut next).await.is_err());
        let response_at = Instant::now();
        under_way.response_received(&NOTHING, false);
        next.await.response_received(&NOTHING, false);
        assert_eq!(response_at.elapsed(), WINDOW);
    }

    #[tokio::test(start_paused = true)]
    async fn an_unused_permit_expires_with_its_attempt() {
        for (timeout, expires) in [(Duration::from_secs(2), 2), (Duration::MAX, 5)] {
            let quota = Quota::new(Allowance::AtMost(1), WINDOW);
            let started = Instant::now();
            let kept = try_acquire(&quota, Priority::Normal, timeout, None).await;
            let next = acquire(&quota, Priority::Normal).await;
            assert_eq!(started.elapsed(), WINDOW + Duration::from_secs(expires));
            // Its slot is not given back twice.
            drop(kept);
            assert_eq!((quota.status().used, quota.status().remaining), (1, 0));
            drop(next);
        }
    }

    /// A future that is polled once and kept.
    async fn poll_once<F: Future>(future: F) -> std::pin::Pin<Box<F>> {
        let mut future = Box::pin(future);
        let polled = poll_fn(|context| Poll::Ready(future.as_mut().poll(context)));
        assert!(polled.await.is_pending());
        future
    }

    #[tokio::test(start_paused = true)]
    async fn calls_that_are_not_polled_are_overtaken_and_keep_their_positions() {
        let quota = Quota::new(Allowance::AtMost(1), WINDOW);
        send(&quota).await;
        let started = Instant::now();
        let mut kept = Vec::new();
        for _ in 0..100 {
            kept.push(poll_once(acquire(&quota, Priority::Normal)).await);
        }
        acquire(&quota, Priority::Normal).await.unused();
        // This does not depend on their number.
        assert!(started.elapsed() <= WINDOW + PATIENCE * 2 + Duration::from_millis(5));
        // They are no longer counted as waiting.
        assert_eq!(quota.estimate(1), Duration::ZERO);
        // When they are polled again, they go before calls that started later.
        send(&quota).await;
        let mut last = kept.pop().unwrap();
        let later = poll_once(acquire(&quota, Priority::Normal)).await;
        assert!(timeout(Duration::ZERO, &mut last).await.is_err());
        let later = tokio::join!(
            async {
                let started = Instant::now();
                last.await.response_received(&NOTHING, false);
                started.elapsed()
            },
            async {
                let started = Instant::now();
                later.await.response_received(&NOTHING, false);
                started.elapsed()
            }
        );
        assert_eq!(later, (WINDOW, WINDOW * 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slot_that_frees_earlier_than_expected_is_not_lost_with_a_call_that_is_not_polled() {
        let quota = Quota::new(Allowance::AtMost(1), WINDOW);
        let under_way = acquire(&quota, Priority::Normal).await;
        let kept = poll_once(acquire(&quota, Priority::Normal)).await;
        let mut next = std::pin::pin!(acquire(&quota, Priority::Normal));
        // Both expect the timeout of the request under way.
        assert!(timeout(Duration::from_secs(1), &mut next).await.is_err());
        let response_at = Instant::now();
        under_way.response_received(&NOTHING, false);
        next.await.unused();
        assert!(response_at.elapsed() <= WINDOW + PATIENCE + Duration::from_millis(2));
        drop(kept);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_goes_ahead_and_is_not_polled_blocks_no_other() {
        let refusal = RateLimit {
            retry_after: Some(Duration::from_secs(5)),
            ..NOTHING
        };
        let quota = Quota::new(Allowance::Documented, WINDOW);
        acquire(&quota, Priority::Normal)
            .await
            .response_received(&refusal, true);
        let ahead = acquire(&quota, Priority::Normal).await;
        let started = Instant::now();
        send(&quota).await;
        assert_eq!(started.elapsed(), Duration::from_secs(5));
        drop(ahead);
    }

    #[tokio::test(start_paused = true)]
    async fn the_estimate_is_the_actual_wait() {
        let quota = Quota::new(Allowance::AtMost(60), WINDOW);
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
        let unlimited = Quota::new(Allowance::Unlimited, WINDOW);
        assert_eq!(unlimited.estimate(1_000_000), Duration::ZERO);
        let large = Quota::new(Allowance::AtMost(u32::MAX), WINDOW);
        assert_eq!(large.estimate(u32::MAX), Duration::ZERO);
        assert_eq!(unlimited.status().remaining, u32::MAX);
    }
}
