//! When a call is sent again, and when not.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use reqwest::Method;

use crate::{Error, rate_limit::RateLimit};

/// When a failed attempt is followed by another.
///
/// What is certain to have been refused (429, or no connection) is sent again. What may have been
/// done (a lost connection, most 5xx) is sent again only where that does no harm: reads, changes
/// and deletions. A create whose outcome is unknown fails with
/// [`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown) unless [`repeat_creates`](Self::repeat_creates)
/// allows a second record.
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
    /// Up to four attempts, waits of half a second and longer, at most 90 seconds each: a window
    /// of the quota fits in.
    pub fn new() -> Self {
        Self::default()
    }

    /// One attempt, whatever comes of it.
    pub fn never() -> Self {
        Self::default().max_attempts(1)
    }

    /// The number of attempts, the first included. 0 is taken as 1.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// The longest wait after the first attempt; it doubles from attempt to attempt. The wait is a
    /// random part of it, so that programs which failed together don't come back together.
    pub fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// The longest wait of all. Where the server asks for a longer one, the call fails instead.
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Whether a create is sent again although the first may have been done. Off unless set: two
    /// records are worse than an error.
    pub fn repeat_creates(mut self, allowed: bool) -> Self {
        self.repeat_creates = allowed;
        self
    }

    /// How long to wait before the next attempt; `None` to give up. `attempts` were made, and
    /// `chance` is a number from 0 to 1.
    pub(crate) fn next(
        &self,
        method: &Method,
        attempts: u32,
        failure: &Failure,
        chance: f64,
    ) -> Option<Duration> {
        let may_repeat = match failure.outcome {
            Outcome::Refused => true,
            Outcome::Unknown => *method != Method::POST || self.repeat_creates,
            Outcome::Final => false,
        };
        if !may_repeat || attempts >= self.max_attempts {
            return None;
        }
        let doubled = self
            .base_delay
            .saturating_mul(1u32.checked_shl(attempts - 1).unwrap_or(u32::MAX));
        let backoff = doubled.min(self.max_delay).mul_f64(chance);
        match failure.rate_limit.wait() {
            // A little on top of what the server asks for, or all who were told the same come at once.
            Some(asked) if asked <= self.max_delay => {
                Some(asked.saturating_add(backoff.min(Duration::from_secs(1))))
            }
            Some(_) => None,
            None => Some(backoff),
        }
    }
}

/// What an attempt that failed tells about the next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failure {
    pub(crate) outcome: Outcome,
    pub(crate) rate_limit: RateLimit,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was not done, and may be sent again.
    Refused,
    /// It may have been done.
    Unknown,
    /// There is an answer that another attempt will not change.
    Final,
}

impl Failure {
    pub(crate) fn of(error: &Error, rate_limit: RateLimit) -> Self {
        let outcome = match error {
            Error::Api(error) => match error.status {
                // The server says that it has not begun.
                408 | 425 | 429 => Outcome::Refused,
                503 if rate_limit.retry_after.is_some() => Outcome::Refused,
                500..=599 => Outcome::Unknown,
                _ => Outcome::Final,
            },
            Error::Transport(error) | Error::Timeout(error) if error.is_before_sending() => {
                Outcome::Refused
            }
            Error::Transport(_) | Error::Timeout(_) => Outcome::Unknown,
            _ => Outcome::Final,
        };
        Self {
            outcome,
            rate_limit,
        }
    }
}

/// How many attempts beyond the first all calls of a client may make together.
///
/// When everything fails, retries would multiply the load just when it can't be borne. Each one
/// costs more than a call that succeeds pays back, so an outage ends them soon, and single faults
/// never do. What the quota refused doesn't count: the quota itself keeps it back.
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

    /// Whether there is enough left for one more attempt; takes it.
    pub(crate) fn take(&self) -> bool {
        let taken = self
            .tokens
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |tokens| {
                tokens.checked_sub(Self::COST)
            });
        taken.is_ok()
    }

    /// A call came through.
    pub(crate) fn reward(&self) {
        // The closure always gives a value, so there is nothing to report.
        let _ = self
            .tokens
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |tokens| {
                Some((tokens + Self::REWARD).min(Self::FULL))
            });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(outcome: Outcome, wait: Option<u64>) -> Failure {
        let retry_after = wait.map(Duration::from_secs);
        Failure {
            outcome,
            rate_limit: RateLimit {
                retry_after,
                ..RateLimit::default()
            },
        }
    }

    fn next(method: &Method, attempts: u32, failure: Failure) -> Option<Duration> {
        RetryPolicy::new().next(method, attempts, &failure, 1.0)
    }

    #[test]
    fn a_create_whose_outcome_is_unknown_is_not_repeated() {
        let unknown = failure(Outcome::Unknown, None);
        assert!(next(&Method::POST, 1, unknown).is_none());
        assert!(
            RetryPolicy::new()
                .repeat_creates(true)
                .next(&Method::POST, 1, &unknown, 1.0)
                .is_some()
        );
        for method in [Method::GET, Method::PATCH, Method::DELETE] {
            assert!(next(&method, 1, unknown).is_some(), "{method}");
        }
        assert!(next(&Method::POST, 1, failure(Outcome::Refused, None)).is_some());
        assert!(next(&Method::GET, 1, failure(Outcome::Final, None)).is_none());
    }

    #[test]
    fn waits_double_and_attempts_end() {
        let refused = failure(Outcome::Refused, None);
        let waits: Vec<_> = (1..=4)
            .map(|attempts| next(&Method::GET, attempts, refused))
            .collect();
        let half = Duration::from_millis(500);
        assert_eq!(waits, [Some(half), Some(half * 2), Some(half * 4), None]);
        let many = RetryPolicy::new().max_attempts(100);
        assert_eq!(
            many.next(&Method::GET, 60, &refused, 1.0),
            Some(Duration::from_secs(90))
        );
        assert_eq!(
            many.next(&Method::GET, 60, &refused, 0.0),
            Some(Duration::ZERO)
        );
        assert_eq!(
            RetryPolicy::never().next(&Method::GET, 1, &refused, 1.0),
            None
        );
    }

    #[test]
    fn what_the_server_asks_for_is_kept_to() {
        let wait = next(&Method::GET, 1, failure(Outcome::Refused, Some(30))).unwrap();
        assert!(wait >= Duration::from_secs(30) && wait <= Duration::from_secs(31));
        assert_eq!(
            next(&Method::GET, 1, failure(Outcome::Refused, Some(3600))),
            None
        );
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
