//! One at a time for each key.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// The keys that somebody holds or waits for; others are forgotten.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<Box<str>, Arc<AsyncMutex<()>>>>);

/// The right to work on a key, until it is dropped.
pub(crate) struct Turn<'a> {
    turns: &'a Turns,
    key: Box<str>,
    lock: Arc<AsyncMutex<()>>,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Turns {
    /// Waits until nobody else works on the key; first come, first served.
    pub(crate) async fn take(&self, key: Box<str>) -> Turn<'_> {
        let lock = Arc::clone(self.keys().entry(key.clone()).or_default());
        // Made before the wait, so that one who gives up waiting leaves nothing behind.
        let mut turn = Turn {
            turns: self,
            key,
            lock,
            guard: None,
        };
        turn.guard = Some(Arc::clone(&turn.lock).lock_owned().await);
        turn
    }

    fn keys(&self) -> MutexGuard<'_, HashMap<Box<str>, Arc<AsyncMutex<()>>>> {
        // Nothing that can panic is done under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        drop(self.guard.take());
        let mut keys = self.turns.keys();
        // The map's and ours: nobody else waits, and nobody can begin to while the map is held.
        if Arc::strong_count(&self.lock) == 2 {
            keys.remove(&self.key);
        }
    }
}

/// Not the keys: they are personal data.
impl fmt::Debug for Turns {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Turns").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn a_key_is_held_by_one_and_forgotten_after_the_last() {
        let turns = Turns::default();
        let wait = Duration::from_millis(20);
        let first = turns.take("a".into()).await;
        let other = turns.take("b".into()).await;
        assert!(timeout(wait, turns.take("a".into())).await.is_err());
        assert_eq!(turns.keys().len(), 2);
        drop(other);
        assert_eq!(turns.keys().len(), 1);
        let (second, ()) = tokio::join!(turns.take("a".into()), async { drop(first) });
        assert!(timeout(wait, turns.take("a".into())).await.is_err());
        drop(second);
        assert!(turns.keys().is_empty());
    }

    #[tokio::test]
    async fn one_who_gives_up_waiting_last_leaves_nothing_behind() {
        let turns = Turns::default();
        let first = turns.take("a".into()).await;
        let mut waiting = Box::pin(turns.take("a".into()));
        assert!(
            timeout(Duration::from_millis(20), &mut waiting)
                .await
                .is_err()
        );
        drop(first);
        drop(waiting);
        assert!(turns.keys().is_empty());
    }
}
