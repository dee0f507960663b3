//! The quota as the server counts it: so many requests in a window, which begins with the first.

use std::time::{Duration, Instant};

#[derive(Debug)]
pub(super) struct Window {
    limit: Option<u32>,
    length: Duration,
    began: Option<Instant>,
    used: u32,
}

/// What the headers of an answer say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    /// Seconds, rounded up.
    pub(super) reset: u64,
}

impl Window {
    pub(super) fn new(limit: Option<u32>, length: Duration) -> Self {
        Self {
            limit,
            length,
            began: None,
            used: 0,
        }
    }

    /// Counts requests. `Err` where the quota is used up; refused ones are not counted.
    pub(super) fn count(&mut self, requests: u32, now: Instant) -> Result<Option<Said>, Said> {
        let Some(limit) = self.limit else {
            return Ok(None);
        };
        let began = match self.began {
            Some(began) if now.duration_since(began) < self.length => began,
            _ => {
                self.used = 0;
                now
            }
        };
        self.began = Some(began);
        let left = self.length.saturating_sub(now.duration_since(began));
        let fits = self.used.saturating_add(requests) <= limit;
        if fits {
            self.used += requests;
        }
        let said = Said {
            limit,
            remaining: limit - self.used.min(limit),
            reset: left
                .as_millis()
                .div_ceil(1000)
                .try_into()
                .unwrap_or(u64::MAX),
        };
        if fits { Ok(Some(said)) } else { Err(said) }
    }

    /// Another program uses the same key.
    pub(super) fn spend(&mut self, requests: u32, now: Instant) {
        for _ in 0..requests {
            let _ = self.count(1, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_takes_its_limit_and_begins_anew() {
        let mut window = Window::new(Some(2), Duration::from_secs(60));
        let start = Instant::now();
        let said = |remaining, reset| Said {
            limit: 2,
            remaining,
            reset,
        };
        assert_eq!(window.count(1, start), Ok(Some(said(1, 60))));
        let later = start + Duration::from_millis(30_500);
        assert_eq!(window.count(1, later), Ok(Some(said(0, 30))));
        assert_eq!(window.count(1, later), Err(said(0, 30)));
        let next = start + Duration::from_secs(60);
        assert_eq!(window.count(1, next), Ok(Some(said(1, 60))));
        window.spend(5, next);
        assert_eq!(window.count(1, next), Err(said(0, 60)));
        assert_eq!(Window::new(None, Duration::ZERO).count(9, start), Ok(None));
    }
}
