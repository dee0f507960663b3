//! The file, and the thread that works on it.
//!
//! The file has a line for each slot that is taken: when it is free again, in microseconds since 1970, and a random
//! number. An entry is written before its request is sent. It lasts for the time that the request may take to reach the
//! server, and one window; when the response arrives, it is shortened to one window. Nothing has to be cleaned up
//! after a process that was killed: the operating system releases its lock, and its entries expire.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, Weak,
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use sha2::{Digest, Sha256};

use super::{
    super::{LONGEST_FLIGHT, Quota, Shared},
    Entry, Ledger, Message,
};
use crate::{platform::unix_time, trace};

/// Added to each window: clocks of processes and of the server differ by less than a thousandth.
const MARGIN: u32 = 1000;

/// The file with the slots of a key.
struct Slots {
    path: PathBuf,
    window: Duration,
}

/// A slot, or the shortest wait until one is free.
type Found = Result<Entry, Duration>;

/// An entry of the file: when the slot is free again, and a number of its own.
type Taken = (u64, u64);

impl Quota {
    /// Shares the quota with all processes that use this folder for the same key and address.
    pub(crate) fn shared(self, folder: &Path, address: &str, key: &[u8]) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let hash = Sha256::new()
            .chain_update(address)
            .chain_update([0])
            .chain_update(key)
            .finalize();
        let hash = hash
            .first_chunk()
            .map_or(0, |bytes| u128::from_be_bytes(*bytes));
        let slots = Slots {
            path: folder.join(format!("heffl-quota-{hash:032x}")),
            window: self.change(|state, _, _| state.window.length),
        };
        // A folder that cannot be used is reported when the client is built.
        let (_, taken) = slots.update(&[], None)?;
        let (sender, messages) = mpsc::channel();
        let quota = Arc::downgrade(&self.0);
        let work = move || slots.serve(&messages, &quota);
        thread::Builder::new()
            .name("heffl-quota".to_owned())
            .spawn(work)?;
        self.change(|state, now, _| {
            let mut ledger = Ledger::new(move |message| sender.send(message).is_ok());
            ledger.seen(now, &taken);
            state.ledger = Some(ledger);
        });
        Ok(self)
    }
}

impl Slots {
    /// Works on the file until the client is dropped.
    fn serve(&self, messages: &Receiver<Message>, quota: &Weak<Shared>) {
        // The number of slots in a window if a slot is requested, and the time at which there may be one.
        let mut asked: Option<(u32, Duration)> = None;
        loop {
            let first = match asked {
                None => messages.recv().map_err(RecvTimeoutError::from),
                Some((_, at)) => messages.recv_timeout(at.saturating_sub(unix_time())),
            };
            let first = match first {
                Ok(message) => Some(message),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let changes: Vec<Message> = first.into_iter().chain(messages.try_iter()).collect();
            for change in &changes {
                if let Message::Take(limit) = change {
                    asked = Some((*limit, Duration::ZERO));
                }
            }
            let due = asked
                .filter(|(_, at)| *at <= unix_time())
                .map(|(limit, _)| limit);
            let (found, taken) = self.update(&changes, due).unwrap_or_else(|error| {
                trace::ledger_failed(&error);
                // The server enforces the quota, and the client waits after a refusal.
                (due.map(|_| Ok(Entry(0))), Vec::new())
            });
            match found {
                Some(Ok(_)) => asked = None,
                Some(Err(wait)) => asked = asked.map(|(limit, _)| (limit, unix_time() + wait)),
                None => {}
            }
            let Some(quota) = quota.upgrade() else {
                // The client was dropped; the remaining messages are in the channel.
                asked = None;
                continue;
            };
            Quota(quota).change(|state, now, _| {
                let Some(ledger) = &mut state.ledger else {
                    return;
                };
                ledger.seen(now, &taken);
                if let Some(found) = found {
                    ledger.found(now, found);
                }
            });
        }
    }

    /// Changes the file under its lock, and takes a slot if `limit` allows it. An error is the shortest wait until one
    /// is free. Also returns the times until the slots are free again, in order.
    fn update(
        &self,
        changes: &[Message],
        limit: Option<u32>,
    ) -> io::Result<(Option<Found>, Vec<Duration>)> {
        // The file is opened each time, because it may have been removed. Closing it releases the lock.
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&self.path)?;
        file.lock()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let old = String::from_utf8_lossy(&bytes);
        let mut entries = read(&old);
        let now = unix_time();
        let found = self.apply(&mut entries, now, changes, limit);
        let lines = entries
            .iter()
            .map(|(free_at, number)| format!("{free_at} {number}\n"));
        let new: String = lines.collect();
        if new != old {
            // A process that is killed between these steps leaves entries that expire.
            file.rewind()?;
            file.write_all(new.as_bytes())?;
            file.set_len(new.len() as u64)?;
        }
        entries.sort_unstable();
        let taken = entries
            .iter()
            .map(|(free_at, _)| Duration::from_micros(*free_at).saturating_sub(now));
        Ok((found, taken.collect()))
    }

    fn apply(
        &self,
        entries: &mut Vec<Taken>,
        now: Duration,
        changes: &[Message],
        limit: Option<u32>,
    ) -> Option<Found> {
        let window = self.window + self.window / MARGIN;
        let flight = LONGEST_FLIGHT.min(self.window);
        let (responded, longest) = (micros(now + window), micros(now + window + flight));
        // An entry that lasts longer was written before the clock was set back.
        entries.retain(|(free_at, _)| *free_at > micros(now) && *free_at <= longest);
        for change in changes {
            match *change {
                Message::GiveBack(Entry(given)) => entries.retain(|(_, number)| *number != given),
                Message::Responded(Entry(given)) => {
                    let of_it = entries.iter_mut().filter(|(_, number)| *number == given);
                    of_it.for_each(|(free_at, _)| *free_at = responded.min(*free_at));
                }
                Message::Take(_) => {}
            }
        }
        let limit = usize::try_from(limit?).unwrap_or(usize::MAX);
        entries.sort_unstable();
        let over = entries
            .len()
            .checked_sub(limit)
            .and_then(|place| entries.get(place));
        Some(match over {
            Some((free_at, _)) => Err(Duration::from_micros(*free_at).saturating_sub(now)),
            None => {
                let number = fastrand::u64(1..);
                entries.push((longest, number));
                Ok(Entry(number))
            }
        })
    }
}

/// The entries of a file, one on each line. The partial line of a killed process is ignored.
fn read(text: &str) -> Vec<Taken> {
    let entry = |line: &str| {
        let (free_at, number) = line.split_once(' ')?;
        Some((free_at.parse().ok()?, number.parse().ok()?))
    };
    text.lines().filter_map(entry).collect()
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn slots() -> Slots {
        Slots {
            path: PathBuf::new(),
            window: Duration::from_secs(60),
        }
    }

    /// Takes a slot `at` seconds after the start; a window has two slots.
    fn take(entries: &mut Vec<Taken>, at: u32, changes: &[Message]) -> Result<Entry, Duration> {
        let found = slots().apply(entries, SECOND * (1_000_000 + at), changes, Some(2));
        found.unwrap()
    }

    #[test]
    fn a_slot_is_free_one_window_after_its_response_and_at_once_if_nothing_was_sent() {
        let mut entries = Vec::new();
        let first = take(&mut entries, 0, &[]).unwrap();
        let second = take(&mut entries, 1, &[]).unwrap();
        // Requests that may still be under way, with the margin of the clocks.
        let wait = take(&mut entries, 2, &[]).unwrap_err();
        assert_eq!(wait, Duration::from_millis(63_060));
        let wait = take(&mut entries, 3, &[Message::Responded(first)]).unwrap_err();
        assert_eq!(wait, Duration::from_millis(60_060));
        take(&mut entries, 3, &[Message::GiveBack(second)]).unwrap();
        // A late response keeps its slot for no longer than a request without a response.
        let wait = take(&mut entries, 62, &[Message::Responded(first)]).unwrap_err();
        assert_eq!(wait, Duration::from_millis(1_060));
        take(&mut entries, 64, &[]).unwrap();
    }

    #[test]
    fn entries_from_before_the_clock_was_set_back_are_dropped() {
        let mut entries = Vec::new();
        for _ in 0..2 {
            take(&mut entries, 3600, &[]).unwrap();
        }
        take(&mut entries, 0, &[]).unwrap();
        assert_eq!(entries.len(), 1);
    }

    #[test]
    fn invalid_lines_are_ignored() {
        assert_eq!(read("12 7\n\n13\nx y\n14 8\n15 "), [(12, 7), (14, 8)]);
    }
}
