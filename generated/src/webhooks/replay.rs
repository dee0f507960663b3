//! Deliveries that come a second time.

use std::{
    collections::{HashSet, VecDeque},
    fmt,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

/// Remembers which deliveries were taken, so that none is worked on twice.
///
/// [`RecentDeliveries`] does so within one process. A service of several processes implements this
/// trait over what they share.
pub trait ReplayGuard: Send + Sync {
    /// Whether this delivery is new; notes it if so. It need not be remembered after `until`, as it
    /// is too old to be taken by then.
    fn admit(&self, id: &str, until: SystemTime) -> bool;

    /// Forgets a delivery, so that it is taken when it is sent again: for when working on it failed.
    fn forget(&self, id: &str);
}

/// The deliveries that this process has taken and that are not too old yet.
///
/// Holds one identifier for each of them: what was sent within twice the tolerance, ten minutes if
/// not told otherwise.
#[derive(Default)]
pub struct RecentDeliveries(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    ids: HashSet<Box<str>>,
    /// In the order of taking, which is nearly that of expiry.
    order: VecDeque<(SystemTime, Box<str>)>,
}

impl RecentDeliveries {
    /// Nothing taken yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn with<R>(&self, work: impl FnOnce(&mut Seen) -> R) -> R {
        // No code panics while it holds the lock.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn admit_at(&self, id: &str, until: SystemTime, now: SystemTime) -> bool {
        self.with(|seen| {
            while seen.order.front().is_some_and(|(expiry, _)| *expiry < now) {
                if let Some((_, old)) = seen.order.pop_front() {
                    seen.ids.remove(&old);
                }
            }
            let new = seen.ids.insert(id.into());
            if new {
                seen.order.push_back((until, id.into()));
            }
            new
        })
    }
}

impl ReplayGuard for RecentDeliveries {
    fn admit(&self, id: &str, until: SystemTime) -> bool {
        self.admit_at(id, until, SystemTime::now())
    }

    fn forget(&self, id: &str) {
        self.with(|seen| {
            if seen.ids.remove(id) {
                seen.order.retain(|(_, known)| &**known != id);
            }
        });
    }
}

impl fmt::Debug for RecentDeliveries {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RecentDeliveries")
            .field("taken", &self.with(|seen| seen.ids.len()))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn a_delivery_is_taken_once_until_it_is_too_old() {
        let taken = RecentDeliveries::new();
        assert!(taken.admit_at("msg_1", at(300), at(0)));
        assert!(!taken.admit_at("msg_1", at(300), at(1)));
        assert!(taken.admit_at("msg_2", at(301), at(1)));
        assert!(!taken.admit_at("msg_1", at(300), at(300)));
        // The first one has gone; a verifier would refuse it as too old.
        assert!(taken.admit_at("msg_1", at(601), at(301)));
        assert!(!taken.admit_at("msg_2", at(602), at(301)));
    }

    #[test]
    fn what_was_forgotten_is_taken_again() {
        let taken = RecentDeliveries::new();
        assert!(taken.admit_at("msg_1", at(300), at(0)));
        taken.forget("msg_1");
        assert!(taken.admit_at("msg_1", at(300), at(0)));
        assert!(!taken.admit_at("msg_1", at(300), at(0)));
        taken.forget("msg_2");
    }

    #[test]
    fn memory_holds_what_can_still_be_taken_and_no_more() {
        let taken = RecentDeliveries::new();
        for second in 0..10_000 {
            taken.admit_at(&format!("msg_{second}"), at(second + 300), at(second));
        }
        let (ids, order) = taken.with(|seen| (seen.ids.len(), seen.order.len()));
        assert_eq!((ids, order), (301, 301));
    }
}
