//! The quota: so many requests a minute for a key, shared by everything that uses it.
//!
//! Calls wait in line for a place of the [`Window`]. A call that is sent again after a failure asked
//! before all that wait, and goes before them.
//!
//! A general limiter was weighed: governor, as of 0.10. It counts by GCRA, which lets a burst and
//! what is refilled meanwhile into one window: nearly twice the limit. Or it spreads requests evenly,
//! which makes a short burst wait for nothing. Those who wait for it are not served in order, there
//! are no priorities, and nothing that a server says can be taken over: its middleware may look at
//! decisions, not change them.

mod window;

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{self, Notify};

use crate::{
    platform::{Instant, timeout_at},
    rate_limit::RateLimit,
};
use window::{Turn, Window};

/// The limit that the API documents: 60 requests a minute for a key, v1 and v2 together.
pub const DOCUMENTED_LIMIT: u32 = 60;

/// The window of the limit.
pub(crate) const WINDOW: Duration = Duration::from_secs(60);

/// How many requests a minute may be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Allowance {
    /// What is documented, or else what the server says.
    #[default]
    Documented,
    /// So many, or fewer if the server says so.
    AtMost(u32),
    Unlimited,
}

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
    /// The least time until a place is free; zero when there is one.
    pub next_in: Duration,
    /// The least time until all places are free.
    pub reset_in: Duration,
}

/// The line of calls that wait for a place.
#[derive(Debug)]
pub(crate) struct Quota {
    window: Mutex<Window>,
    /// One call at a time waits for a place; the lock hands it on in order.
    gate: sync::Mutex<()>,
    /// Normal calls wait here first, so that the others meet one of them at most at the gate.
    normal: sync::Mutex<()>,
    /// Tells the call at the gate that an answer came, which may have changed how long it waits.
    answer_came: Notify,
}

impl Quota {
    pub(crate) fn new(allowance: Allowance, window: Duration) -> Self {
        Self {
            window: Mutex::new(Window::new(allowance, window)),
            gate: sync::Mutex::new(()),
            normal: sync::Mutex::new(()),
            answer_came: Notify::new(),
        }
    }

    /// Waits for a place, in order; `again` when the call had one before. Dropping the future gives
    /// up the turn.
    ///
    /// Where the turn comes after the deadline, that is an error, with the least time that it would
    /// take: at once if it is known, and else when it is.
    pub(crate) async fn acquire(
        &self,
        priority: Priority,
        again: bool,
        deadline: Option<Instant>,
    ) -> Result<Permit<'_>, Duration> {
        let goes_first = again || priority == Priority::Interactive;
        let waiting = match self.join(goes_first, deadline)? {
            Joined::Turn(permit) => return Ok(permit),
            Joined::Line(waiting) => waiting,
        };
        let turn = self.turn(waiting, deadline);
        match deadline {
            None => turn.await,
            Some(deadline) => timeout_at(deadline, turn)
                .await
                .unwrap_or_else(|_| Err(self.status().next_in)),
        }
    }

    /// Where nobody waits, there may be no need to.
    fn join(&self, goes_first: bool, deadline: Option<Instant>) -> Result<Joined<'_>, Duration> {
        let mut window = self.window();
        let line = window.line();
        // One of the normal calls is at the gate already.
        let normal = line.normal.min(if goes_first { 1 } else { u32::MAX });
        let before = line.first.saturating_add(normal);
        let now = in_time(&mut window, before, deadline)?;
        if before == 0 && window.take(now) == Turn::Now {
            return Ok(Joined::Turn(self.permit(now)));
        }
        let waiting = Waiting {
            quota: self,
            goes_first,
            is_over: false,
        };
        *waiting.count(&mut window) += 1;
        Ok(Joined::Line(waiting))
    }

    fn permit(&self, sent: Instant) -> Permit<'_> {
        Permit {
            quota: self,
            sent,
            answered: false,
        }
    }

    async fn turn(
        &self,
        mut waiting: Waiting<'_>,
        deadline: Option<Instant>,
    ) -> Result<Permit<'_>, Duration> {
        let _turn = if waiting.goes_first {
            None
        } else {
            Some(self.normal.lock().await)
        };
        let _gate = self.gate.lock().await;
        loop {
            let free_at = {
                let mut window = self.window();
                let now = in_time(&mut window, 0, deadline)?;
                match window.take(now) {
                    Turn::Now => {
                        waiting.end(&mut window);
                        return Ok(self.permit(now));
                    }
                    Turn::At(time) => Some(time),
                    Turn::AfterAnswer => None,
                }
            };
            let answer = self.answer_came.notified();
            match free_at {
                // Either way it is time to look again.
                Some(time) => drop(timeout_at(time, answer).await),
                None => answer.await,
            }
        }
    }

    /// The least time until a call that is sent again has its turn, as far as is certain.
    pub(crate) fn wait(&self) -> Duration {
        self.window().wait(Instant::now(), 0).unwrap_or_default()
    }

    /// Sends nothing for this long.
    pub(crate) fn block(&self, wait: Duration) {
        self.window().block(Instant::now(), wait);
    }

    pub(crate) fn status(&self) -> QuotaStatus {
        self.window().status(Instant::now())
    }

    /// The least time that `calls` more calls need, from now to the sending of the last one.
    pub(crate) fn estimate(&self, calls: u32) -> Duration {
        self.window().estimate(Instant::now(), calls)
    }

    fn window(&self) -> MutexGuard<'_, Window> {
        // No code panics while it holds the lock, and the window is whole between statements.
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The time, read under the lock so that times come in order. An error where a call that `before`
/// others go before has its turn after the deadline.
fn in_time(
    window: &mut Window,
    before: u32,
    deadline: Option<Instant>,
) -> Result<Instant, Duration> {
    let now = Instant::now();
    let Some(deadline) = deadline else {
        return Ok(now);
    };
    match window.wait(now, before) {
        Some(wait) if wait >= deadline.saturating_duration_since(now) => Err(wait),
        _ => Ok(now),
    }
}

/// A call that has asked for its turn.
enum Joined<'a> {
    Turn(Permit<'a>),
    Line(Waiting<'a>),
}

/// A call that waits in line.
struct Waiting<'a> {
    quota: &'a Quota,
    goes_first: bool,
    is_over: bool,
}

impl Waiting<'_> {
    fn count<'a>(&self, window: &'a mut Window) -> &'a mut u32 {
        let line = window.line();
        if self.goes_first {
            &mut line.first
        } else {
            &mut line.normal
        }
    }

    fn end(&mut self, window: &mut Window) {
        self.is_over = true;
        *self.count(window) -= 1;
    }
}

impl Drop for Waiting<'_> {
    /// It gave up.
    fn drop(&mut self) {
        if !self.is_over {
            self.end(&mut self.quota.window());
        }
    }
}

/// A place of the window, held while a request is under way.
#[derive(Debug)]
#[must_use = "the place is given back when the permit is dropped"]
pub(crate) struct Permit<'a> {
    quota: &'a Quota,
    sent: Instant,
    answered: bool,
}

impl Permit<'_> {
    /// When the call had its turn.
    pub(crate) fn taken_at(&self) -> Instant {
        self.sent
    }

    /// The request will not be sent after all; the place is free again.
    pub(crate) fn unused(mut self) {
        self.answered = true;
        self.quota.window().untake();
    }

    /// The answer has come, with what it says of the quota. `refused`: it was 429.
    pub(crate) fn answered(mut self, said: &RateLimit, refused: bool) {
        self.answered = true;
        let mut window = self.quota.window();
        // Read under the lock, so that times come in order.
        let now = Instant::now();
        window.give_back(now);
        if refused {
            window.refused(now, self.sent, said);
        } else {
            window.read(now, self.sent, said);
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if !self.answered {
            // The server may have counted the request all the same.
            self.quota.window().give_back(Instant::now());
        }
        self.quota.answer_came.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::time::{advance, sleep, timeout};

    use super::*;

    const NOTHING: RateLimit = RateLimit {
        limit: None,
        remaining: None,
        reset: None,
        retry_after: None,
    };

    async fn acquire(quota: &Quota, priority: Priority) -> Permit<'_> {
        quota.acquire(priority, false, None).await.unwrap()
    }

    /// All the places that there are now.
    async fn all_places(quota: &Quota) -> Vec<Permit<'_>> {
        let mut permits = Vec::new();
        while let Ok(permit) = timeout(Duration::ZERO, acquire(quota, Priority::Normal)).await {
            permits.push(permit);
        }
        permits
    }

    async fn send(quota: &Quota) {
        acquire(quota, Priority::Normal)
            .await
            .answered(&NOTHING, false);
    }

    #[tokio::test(start_paused = true)]
    async fn no_stretch_of_a_window_holds_more_than_the_limit() {
        let quota = Quota::new(Allowance::AtMost(60), WINDOW);
        let mut sent: Vec<Instant> = Vec::new();
        for _ in 0..600 {
            let permit = acquire(&quota, Priority::Normal).await;
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
    async fn a_turn_that_comes_after_the_deadline_is_told_at_once() {
        let quota = Quota::new(Allowance::AtMost(1), WINDOW);
        send(&quota).await;
        let started = Instant::now();
        let in_seconds = |seconds| Some(started + Duration::from_secs(seconds));
        let alone = quota.acquire(Priority::Normal, false, in_seconds(60));
        assert_eq!(alone.await.unwrap_err(), WINDOW);
        // Behind one that has all the time there is.
        let mut patient = Box::pin(quota.acquire(Priority::Normal, false, None));
        assert!(timeout(Duration::ZERO, &mut patient).await.is_err());
        for priority in [Priority::Normal, Priority::Interactive] {
            let behind = quota.acquire(priority, false, in_seconds(120));
            assert_eq!(behind.await.unwrap_err(), WINDOW * 2);
        }
        let mut in_time = Box::pin(quota.acquire(Priority::Normal, false, in_seconds(121)));
        assert!(timeout(Duration::ZERO, &mut in_time).await.is_err());
        assert_eq!(quota.estimate(1), WINDOW * 3);
        // Who gives up goes out of the line, and others move up.
        drop(patient);
        assert_eq!(quota.estimate(1), WINDOW * 2);
        assert_eq!(started.elapsed(), Duration::ZERO);
        in_time.await.unwrap().answered(&NOTHING, false);
        assert_eq!(started.elapsed(), WINDOW);
        assert_eq!(quota.estimate(1), WINDOW);
        // A deadline that has passed is one that cannot be kept.
        let quota = Quota::new(Allowance::Unlimited, WINDOW);
        let late = quota.acquire(Priority::Normal, false, Some(Instant::now()));
        assert_eq!(late.await.unwrap_err(), Duration::ZERO);
    }

    /// The documented limit may not be the server's, so that its first answer is waited for.
    #[tokio::test(start_paused = true)]
    async fn what_an_answer_may_change_is_not_told_before() {
        for (limit, has_turn) in [(60, false), (120, true)] {
            let quota = Quota::new(Allowance::Documented, WINDOW);
            let mut under_way = all_places(&quota).await;
            assert_eq!(under_way.len(), 60);
            let deadline = Instant::now() + Duration::from_secs(30);
            let mut turn = Box::pin(quota.acquire(Priority::Normal, false, Some(deadline)));
            let soon = Duration::from_secs(1);
            assert!(timeout(soon, &mut turn).await.is_err());
            let answered = Instant::now();
            let said = RateLimit {
                limit: Some(limit),
                ..NOTHING
            };
            under_way.pop().unwrap().answered(&said, false);
            assert_eq!(turn.await.is_ok(), has_turn, "{limit}");
            assert_eq!(answered.elapsed(), Duration::ZERO);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_server_says_is_believed() {
        let said = |remaining, reset| RateLimit {
            remaining: Some(remaining),
            reset: Some(Duration::from_secs(reset)),
            ..NOTHING
        };
        // Others have used 50.
        let quota = Quota::new(Allowance::AtMost(60), WINDOW);
        acquire(&quota, Priority::Normal)
            .await
            .answered(&said(9, 30), false);
        assert_eq!((quota.status().used, quota.status().left), (51, 9));
        advance(Duration::from_secs(30)).await;
        assert_eq!((quota.status().used, quota.status().left), (1, 59));
        // Nothing is left.
        acquire(&quota, Priority::Normal)
            .await
            .answered(&said(0, 20), false);
        assert_eq!(
            (quota.status().left, quota.status().next_in),
            (0, Duration::from_secs(20))
        );
        // A refusal blocks until the server's window ends.
        let quota = Quota::new(Allowance::AtMost(60), WINDOW);
        acquire(&quota, Priority::Normal)
            .await
            .answered(&said(0, 45), true);
        let started = Instant::now();
        send(&quota).await;
        assert_eq!(Instant::now() - started, Duration::from_secs(45));
    }

    #[tokio::test(start_paused = true)]
    async fn the_servers_limit_is_taken_over_below_a_limit_of_ones_own() {
        for (allowance, said, limit) in [
            (Allowance::Documented, 120, 120),
            (Allowance::Documented, 10, 10),
            (Allowance::Documented, 0, 60),
            (Allowance::AtMost(30), 60, 30),
            (Allowance::AtMost(30), 10, 10),
            (Allowance::Unlimited, 60, u32::MAX),
        ] {
            let quota = Quota::new(allowance, WINDOW);
            let said = RateLimit {
                limit: Some(said),
                ..NOTHING
            };
            for refused in [false, true] {
                acquire(&quota, Priority::Normal)
                    .await
                    .answered(&said, refused);
                assert_eq!(quota.status().limit, limit, "{allowance:?} {said:?}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn numbers_of_any_size_do_no_harm() {
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
                    let said = RateLimit {
                        limit,
                        remaining,
                        reset,
                        retry_after,
                    };
                    for refused in [false, true] {
                        // No server can stop a client for longer than this.
                        let soon = Duration::from_secs(180);
                        let permit = timeout(soon, acquire(&quota, Priority::Normal));
                        permit.await.unwrap().answered(&said, refused);
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
    async fn an_answer_that_was_overtaken_is_not_news() {
        let said = |remaining| RateLimit {
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
        // The first may not be among those that were counted when the second came.
        second.answered(&said(10), false);
        assert_eq!(quota.status().left, 9);
        // It is, for there was more left when it came.
        first.answered(&said(59), false);
        assert_eq!(quota.status().left, 10);
        // What was sent later knows better.
        let third = acquire(&quota, Priority::Normal).await;
        third.answered(&said(20), false);
        assert_eq!(quota.status().left, 20);
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_refusal_one_request_goes_ahead_and_its_answer_tells_how_many_follow() {
        let refusal = RateLimit {
            retry_after: Some(Duration::from_secs(5)),
            ..NOTHING
        };
        let quota = Quota::new(Allowance::Documented, WINDOW);
        acquire(&quota, Priority::Normal)
            .await
            .answered(&refusal, true);
        let started = Instant::now();
        let ahead = acquire(&quota, Priority::Normal).await;
        assert_eq!(started.elapsed(), Duration::from_secs(5));
        assert!(all_places(&quota).await.is_empty());
        // Where nothing becomes of it, another goes.
        drop(ahead);
        let ahead = acquire(&quota, Priority::Normal).await;
        let said = RateLimit {
            limit: Some(60),
            remaining: Some(40),
            reset: Some(Duration::from_secs(50)),
            ..NOTHING
        };
        ahead.answered(&said, false);
        assert_eq!(all_places(&quota).await.len(), 40);
    }

    #[tokio::test(start_paused = true)]
    async fn waits_grow_while_they_are_not_enough() {
        let quota = Quota::new(Allowance::Documented, WINDOW);
        let mut waited = Vec::new();
        for _ in 0..5 {
            let started = Instant::now();
            let permit = acquire(&quota, Priority::Normal).await;
            waited.push(started.elapsed().as_secs());
            permit.answered(&NOTHING, true);
        }
        assert_eq!(waited, [0, 1, 8, 60, 60]);
        send(&quota).await;
        acquire(&quota, Priority::Normal)
            .await
            .answered(&NOTHING, true);
        assert_eq!(quota.status().next_in, Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_waited_for_without_looking_at_the_clock() {
        let quota = Quota::new(Allowance::AtMost(1), WINDOW);
        let under_way = acquire(&quota, Priority::Normal).await;
        let mut next = std::pin::pin!(acquire(&quota, Priority::Normal));
        let hours = Duration::from_secs(7200);
        assert!(timeout(hours, &mut next).await.is_err());
        let answered = Instant::now();
        under_way.answered(&NOTHING, false);
        next.await.answered(&NOTHING, false);
        assert_eq!(answered.elapsed(), WINDOW);
    }

    #[tokio::test(start_paused = true)]
    async fn the_estimate_is_what_it_takes() {
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
        assert_eq!(unlimited.status().left, u32::MAX);
    }
}
