//! The quota: a number of requests in a window that begins with the first request.

use std::time::{Duration, Instant};

#[derive(Debug)]
pub(crate) struct Window {
    limit: Option<u32>,
    length: Duration,
    began: Option<Instant>,
    used: u32,
}

/// The state of the quota, for the headers of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    /// Seconds, rounded up.
    pub(crate) reset: u64,
}

impl Window {
    pub(crate) fn new(limit: Option<u32>, length: Duration) -> Self {
        Self {
            limit,
            length,
            began: None,
            used: 0,
        }
    }

    /// Counts requests. `Err` if the quota is used up; refused requests are not counted.
    pub(crate) fn count(&mut self, requests: u32, now: Instant) -> Result<Option<Usage>, Usage> {
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
        let usage = Usage {
            limit,
            remaining: limit - self.used.min(limit),
            reset: left
                .as_millis()
                .div_ceil(1000)
                .try_into()
                .unwrap_or(u64::MAX),
        };
        if fits { Ok(Some(usage)) } else { Err(usage) }
    }

    /// Counts requests of another program with the same key.
    pub(crate) fn spend(&mut self, requests: u32, now: Instant) {
        for _ in 0..requests {
            let _ = self.count(1, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_refuses_requests_beyond_its_limit_until_it_ends() {
        let mut window = Window::new(Some(2), Duration::from_secs(60));
        let start = Instant::now();
        let usage = |remaining, reset| Usage {
            limit: 2,
            remaining,
            reset,
        };
        assert_eq!(window.count(1, start), Ok(Some(usage(1, 60))));
        let later = start + Duration::from_millis(30_500);
        assert_eq!(window.count(1, later), Ok(Some(usage(0, 30))));
        assert_eq!(window.count(1, later), Err(usage(0, 30)));
        let next = start + Duration::from_secs(60);
        assert_eq!(window.count(1, next), Ok(Some(usage(1, 60))));
        window.spend(5, next);
        assert_eq!(window.count(1, next), Err(usage(0, 60)));
        assert_eq!(Window::new(None, Duration::ZERO).count(9, start), Ok(None));
    }
}
