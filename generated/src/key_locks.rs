//! One call at a time for each key.
//!
//! A call works on its key in a task of its own. Otherwise a future that its caller no longer polls would hold the
//! lock for ever, and block all other calls for the same key.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// The keys that calls hold or wait for; others are removed. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct KeyLocks(Arc<Mutex<Locks>>);

type Locks = HashMap<Box<str>, Arc<AsyncMutex<()>>>;

/// The right to work on a key, until it is dropped.
pub(crate) struct KeyLock {
    locks: KeyLocks,
    key: Box<str>,
    lock: Arc<AsyncMutex<()>>,
    guard: Option<OwnedMutexGuard<()>>,
}

impl KeyLocks {
    /// Waits until no other call works on the key; first come, first served. To be called in a
    /// [`Task`](crate::platform::Task) only.
    pub(crate) async fn take(&self, key: Box<str>) -> KeyLock {
        let lock = Arc::clone(self.keys().entry(key.clone()).or_default());
        // Created before the wait, so that a call that is dropped while it waits is cleaned up.
        let mut held = KeyLock {
            locks: self.clone(),
            key,
            lock,
            guard: None,
        };
        held.guard = Some(Arc::clone(&held.lock).lock_owned().await);
        held
    }

    fn keys(&self) -> MutexGuard<'_, Locks> {
        // No code panics under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for KeyLock {
    fn drop(&mut self) {
        drop(self.guard.take());
        let mut keys = self.locks.keys();
        // Two references, the map's and this one: no other call waits, and none can start while the map is locked.
        if Arc::strong_count(&self.lock) == 2 {
            keys.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn a_key_is_held_by_one_call_and_removed_after_the_last() {
        let locks = KeyLocks::default();
        let wait = Duration::from_millis(20);
        let first = locks.take("a".into()).await;
        let other = locks.take("b".into()).await;
        assert!(timeout(wait, locks.take("a".into())).await.is_err());
        assert_eq!(locks.keys().len(), 2);
        drop(other);
        assert_eq!(locks.keys().len(), 1);
        let (second, ()) = tokio::join!(locks.take("a".into()), async { drop(first) });
        assert!(timeout(wait, locks.take("a".into())).await.is_err());
        drop(second);
        assert!(locks.keys().is_empty());
    }

    #[tokio::test]
    async fn a_call_that_is_dropped_while_it_waits_leaves_nothing_behind() {
        let locks = KeyLocks::default();
        let first = locks.take("a".into()).await;
        let mut waiting = Box::pin(locks.take("a".into()));
        assert!(
            timeout(Duration::from_millis(20), &mut waiting)
                .await
                .is_err()
        );
        drop(first);
        drop(waiting);
        assert!(locks.keys().is_empty());
    }
}
