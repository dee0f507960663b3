//! Repeated deliveries.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use crate::{
    error::BoxError,
    platform::{MaybeSend, Scoped},
    text::debug_fields,
};

/// Remembers received deliveries, so that no delivery is processed twice.
///
/// [`RecentDeliveries`] does this within one process. A service of several processes implements this trait
/// with a shared store. Write the methods as `async fn`; their futures must be `Send`, except in a browser.
///
/// ```
/// use std::time::SystemTime;
/// use heffl::{hook::BoxError, webhooks::ReplayGuard};
/// # struct Database;
/// # impl Database {
/// #     async fn insert(&self, _: &str, _: SystemTime) -> Result<bool, std::io::Error> { Ok(true) }
/// #     async fn delete(&self, _: &str) -> Result<(), std::io::Error> { Ok(()) }
/// # }
///
/// impl ReplayGuard for Database {
///     async fn admit(&self, id: &str, until: SystemTime) -> Result<bool, BoxError> {
///         // INSERT … ON CONFLICT DO NOTHING: `false` if the row exists.
///         Ok(self.insert(id, until).await?)
///     }
///
///     async fn forget(&self, id: &str) -> Result<(), BoxError> {
///         Ok(self.delete(id).await?)
///     }
/// }
/// ```
pub trait ReplayGuard: Send + Sync {
    /// Returns whether this delivery is new, and remembers it. It can be forgotten after `until`, when it is
    /// too old to be accepted.
    fn admit(
        &self,
        id: &str,
        until: SystemTime,
    ) -> impl Future<Output = Result<bool, BoxError>> + MaybeSend;

    /// Forgets a delivery after a failure, so that it is accepted when Heffl sends it again.
    fn forget(&self, id: &str) -> impl Future<Output = Result<(), BoxError>> + MaybeSend;
}

/// A [`ReplayGuard`] as a trait object.
pub(super) trait AnyGuard: Send + Sync {
    fn admit<'a>(&'a self, id: &'a str, until: SystemTime) -> Scoped<'a, Result<bool, BoxError>>;

    fn forget<'a>(&'a self, id: &'a str) -> Scoped<'a, Result<(), BoxError>>;
}

impl<G: ReplayGuard> AnyGuard for G {
    fn admit<'a>(&'a self, id: &'a str, until: SystemTime) -> Scoped<'a, Result<bool, BoxError>> {
        Box::pin(ReplayGuard::admit(self, id, until))
    }

    fn forget<'a>(&'a self, id: &'a str) -> Scoped<'a, Result<(), BoxError>> {
        Box::pin(ReplayGuard::forget(self, id))
    }
}

/// The recent deliveries of this process.
///
/// The guard holds one identifier for each delivery that was signed within twice the tolerance: ten minutes
/// by default.
#[derive(Default)]
pub struct RecentDeliveries(Mutex<HashMap<Box<str>, SystemTime>>);

impl RecentDeliveries {
    /// An empty guard.
    pub fn new() -> Self {
        Self::default()
    }

    /// The accepted deliveries, each with the time until which it is remembered.
    fn taken(&self) -> MutexGuard<'_, HashMap<Box<str>, SystemTime>> {
        // No code panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn admit_at(&self, id: &str, until: SystemTime, now: SystemTime) -> bool {
        let mut taken = self.taken();
        taken.retain(|_, until| *until >= now);
        !taken.contains_key(id) && taken.insert(id.into(), until).is_none()
    }
}

impl ReplayGuard for RecentDeliveries {
    async fn admit(&self, id: &str, until: SystemTime) -> Result<bool, BoxError> {
        Ok(self.admit_at(id, until, SystemTime::now()))
    }

    async fn forget(&self, id: &str) -> Result<(), BoxError> {
        self.taken().remove(id);
        Ok(())
    }
}

debug_fields!(impl RecentDeliveries, deliveries => { "taken": deliveries.taken().len() });

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn a_delivery_is_accepted_once_until_it_is_too_old() {
        let taken = RecentDeliveries::new();
        assert!(taken.admit_at("msg_1", at(300), at(0)));
        assert!(!taken.admit_at("msg_1", at(300), at(1)));
        assert!(taken.admit_at("msg_2", at(301), at(1)));
        assert!(!taken.admit_at("msg_1", at(300), at(300)));
        // The first delivery was forgotten; a verifier would refuse it as too old.
        assert!(taken.admit_at("msg_1", at(601), at(301)));
        assert!(!taken.admit_at("msg_2", at(602), at(301)));
    }

    #[test]
    fn a_forgotten_delivery_is_accepted_again() {
        let taken = RecentDeliveries::new();
        assert!(taken.admit_at("msg_1", at(300), at(0)));
        taken.taken().remove("msg_1");
        assert!(taken.admit_at("msg_1", at(300), at(0)));
        assert!(!taken.admit_at("msg_1", at(300), at(0)));
    }

    #[test]
    fn memory_holds_only_deliveries_that_are_not_too_old() {
        let taken = RecentDeliveries::new();
        for second in 0..10_000 {
            taken.admit_at(&format!("msg_{second}"), at(second + 300), at(second));
        }
        assert_eq!(taken.taken().len(), 301);
    }
}
