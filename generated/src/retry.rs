//! Decides when a failed call is sent again.

use std::{
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::Duration,
};

use crate::operation::Operation;

/// Decides when a failed attempt is repeated.
///
/// A request that was certainly not processed (429, or no connection) is sent again. A request that may have
/// been processed (a lost connection, most 5xx) is sent again only if that does no harm: reads, changes and
/// deletions. A create then fails with an [unknown outcome](crate::Error::is_outcome_unknown), unless
/// [`repeat_creates`](Self::repeat_creates) allows a second record. The [guide](crate::guide::errors#retries)
/// has the whole table.
///
/// ```
/// use std::time::Duration;
/// use heffl::RetryPolicy;
///
/// let patient = RetryPolicy::new().max_attempts(8).max_delay(Duration::from_secs(60));
/// let heffl = heffl::Client::builder().api_key("your-key").retry(patient).build()?;
/// # Ok::<(), heffl::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a policy does nothing until it is given to a client or a call"]
pub struct RetryPolicy {
    max_attempts: u32,
    base_delay: Duration,
    max_delay: Duration,
    repeat_creates: bool,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 4,
            base_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(90),
            repeat_creates: false,
        }
    }
}

impl RetryPolicy {
    /// Up to four attempts, with waits from half a second to 90 seconds, which is longer than a window of
    /// the quota.
    pub fn new() -> Self {
        Self::default()
    }

    /// One attempt, without retries.
    pub fn never() -> Self {
        Self::default().max_attempts(1)
    }

    /// The number of attempts, including the first. 0 counts as 1.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// The longest wait after the first attempt; it doubles with each attempt. The actual wait is a random
    /// part of it, so that programs that failed at the same time do not retry at the same time.
    pub fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// The longest wait. If the server asks for a longer wait, the call fails instead.
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Whether a create is sent again although it may have been processed. Off by default: a duplicate record
    /// is worse than an error.
    pub fn repeat_creates(mut self, allowed: bool) -> Self {
        self.repeat_creates = allowed;
        self
    }

    /// The wait before the next attempt; `None` to give up. `asked` is the wait that the server requested, and `chance`
    /// a number from 0 to 1.
    pub(crate) fn next(
        &self,
        operation: &Operation,
        attempts: u32,
        outcome: Outcome,
        asked: Option<Duration>,
        chance: f64,
    ) -> Option<Duration> {
        let is_allowed = self.repeat_creates && outcome == Outcome::Unknown;
        if !(is_allowed || outcome.is_retryable(operation)) || attempts >= self.max_attempts {
            return None;
        }
        let doubled = self
            .base_delay
            .saturating_mul(1u32.checked_shl(attempts - 1).unwrap_or(u32::MAX));
        let backoff = doubled.min(self.max_delay).mul_f64(chance);
        match asked {
            // The wait that the server requests gets a random addition. Otherwise all clients that received the same
            // response would retry at the same time.
            Some(asked) if asked <= self.max_delay => {
                Some(asked.saturating_add(backoff.min(Duration::from_secs(1))))
            }
            Some(_) => None,
            None => Some(backoff),
        }
    }
}

/// Whether a failed request was processed, and whether another attempt may succeed.
///
/// These properties follow from it: which requests are sent again, which creates have an unknown
/// outcome, whose `Retry-After` counts, and
/// [`Error::is_retryable`](crate::Error::is_retryable). The guide's table has the same rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The request was not processed, and may be sent again.
    Refused,
    /// The request may have been processed, and another attempt may succeed.
    Unknown,
    /// Another attempt would change nothing.
    #[default]
    Final,
}

impl Outcome {
    /// Decides by two questions: which server can have sent this status, and had it processed the request?
    #[expect(clippy::match_same_arms, reason = "each arm has a reason of its own")]
    pub(crate) fn of_status(status: u16) -> Self {
        match status {
            // Both refuse the request before it is processed.
            425 | 429 => Self::Refused,
            // By definition of 408, the request did not arrive in time, so it was not processed. But timeouts
            // of handlers and gateways send it too.
            408 => Self::Unknown,
            // The server cannot do this, or not with this request, now or later: an unknown method
            // (501), the version of HTTP (505), its own configuration (506), no room (507), a loop
            // (508), a missing extension (510), a network that wants a login (511).
            501 | 505..=508 | 510 | 511 => Self::Final,
            // A failure of the server, or of a gateway that lost its upstream or stopped waiting for it: the upstream
            // may have committed by then. That includes 503, which servers send before they begin, but gateways at any
            // time, with or without `Retry-After`; and 520 to 529, which only gateways send. Unregistered statuses
            // count as 500.
            500..=599 => Self::Unknown,
            _ => Self::Final,
        }
    }

    /// Whether the call may succeed later, and sending it again does no harm.
    pub(crate) fn is_retryable(self, operation: &Operation) -> bool {
        match self {
            Self::Refused => true,
            Self::Unknown => !creates(operation),
            Self::Final => false,
        }
    }
}

/// Whether processing a request twice does harm: every method that is not known to be idempotent. PATCH is, since this
/// API sets fields and never adds to them.
pub(crate) fn creates(operation: &Operation) -> bool {
    const HARMLESS: [&str; 7] = ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "PATCH", "DELETE"];
    !HARMLESS.contains(&operation.method())
}

/// Whether a request changes nothing.
pub(crate) fn reads(operation: &Operation) -> bool {
    ["GET", "HEAD", "OPTIONS", "TRACE"].contains(&operation.method())
}

/// How many attempts beyond the first all calls of a client may make together.
///
/// During an outage, retries would multiply the load on the server. Each retry costs more than a
/// successful call pays back, so an outage soon ends the retries, and single faults do not. Refusals by the
/// quota do not count, because the quota limits them already.
#[derive(Debug)]
pub(crate) struct Budget {
    tokens: AtomicU32,
}

impl Budget {
    const FULL: u32 = 500;
    const COST: u32 = 10;
    const REWARD: u32 = 1;

    pub(crate) fn new() -> Self {
        Self {
            tokens: AtomicU32::new(Self::FULL),
        }
    }

    /// Takes the cost of one more attempt, if enough remains.
    pub(crate) fn take(&self) -> bool {
        let less = |tokens: u32| tokens.checked_sub(Self::COST);
        self.tokens.fetch_update(Relaxed, Relaxed, less).is_ok()
    }

    /// A call succeeded.
    pub(crate) fn reward(&self) {
        // The closure always returns a value, so this cannot fail.
        let more = |tokens: u32| Some((tokens + Self::REWARD).min(Self::FULL));
        let _ = self.tokens.fetch_update(Relaxed, Relaxed, more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATE: &str = "POST";
    const READ: &str = "GET";

    fn operation(method: &str) -> Operation {
        Operation::own(method, "/v2/gadgets").0
    }

    /// The wait after an attempt with this outcome, if the server requested a wait of `asked` seconds.
    fn next(method: &str, attempts: u32, outcome: Outcome, asked: Option<u64>) -> Option<Duration> {
        let asked = asked.map(Duration::from_secs);
        RetryPolicy::new().next(&operation(method), attempts, outcome, asked, 1.0)
    }

    #[test]
    fn a_create_whose_outcome_is_unknown_is_not_repeated() {
        assert!(next(CREATE, 1, Outcome::Unknown, None).is_none());
        let allowed = RetryPolicy::new().repeat_creates(true);
        assert!(
            allowed
                .next(&operation(CREATE), 1, Outcome::Unknown, None, 1.0)
                .is_some()
        );
        for method in ["GET", "PUT", "PATCH", "DELETE"] {
            let again = next(method, 1, Outcome::Unknown, None);
            assert!(again.is_some(), "{method}");
        }
        // Their effect is unknown.
        for method in ["LOCK", "post", "get"] {
            let again = next(method, 1, Outcome::Unknown, None);
            assert!(again.is_none(), "{method}");
        }
        assert!(next(CREATE, 1, Outcome::Refused, None).is_some());
        assert!(next(READ, 1, Outcome::Final, None).is_none());
    }

    #[test]
    fn waits_double_and_attempts_end() {
        let waits: Vec<_> = (1..=4)
            .map(|attempts| next(READ, attempts, Outcome::Refused, None))
            .collect();
        let half = Duration::from_millis(500);
        assert_eq!(waits, [Some(half), Some(half * 2), Some(half * 4), None]);
        let many = RetryPolicy::new().max_attempts(100);
        let sixtieth = |chance| many.next(&operation(READ), 60, Outcome::Refused, None, chance);
        assert_eq!(sixtieth(1.0), Some(Duration::from_secs(90)));
        assert_eq!(sixtieth(0.0), Some(Duration::ZERO));
        let never = RetryPolicy::never();
        assert_eq!(
            never.next(&operation(READ), 1, Outcome::Refused, None, 1.0),
            None
        );
    }

    #[test]
    fn the_wait_that_the_server_requests_is_kept() {
        let wait = next(READ, 1, Outcome::Refused, Some(30)).unwrap();
        assert!(wait >= Duration::from_secs(30) && wait <= Duration::from_secs(31));
        assert_eq!(next(READ, 1, Outcome::Refused, Some(3600)), None);
    }

    #[test]
    fn an_outage_ends_retries_and_success_allows_them_again() {
        let budget = Budget::new();
        assert_eq!((0..1000).filter(|_| budget.take()).count(), 50);
        (0..10).for_each(|_| budget.reward());
        assert!(budget.take());
        assert!(!budget.take());
        (0..10_000).for_each(|_| budget.reward());
        assert_eq!((0..1000).filter(|_| budget.take()).count(), 50);
    }
}
