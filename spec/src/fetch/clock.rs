//! A clock that tests can replace.

use std::{
    fmt,
    time::{Duration, Instant},
};

use jiff::Timestamp;

/// The clock of a fetch.
pub trait Clock: fmt::Debug {
    /// The date and time, for the cache and for dates in headers.
    fn now(&self) -> Timestamp;

    /// Monotonic time since a fixed moment.
    fn elapsed(&self) -> Duration;

    /// Waits.
    fn sleep(&self, duration: Duration);
}

/// The clock of this machine.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    started: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self {
            started: Instant::now(),
        }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}
