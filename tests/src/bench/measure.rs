//! Times.

use std::time::{Duration, Instant};

/// The median time of `runs` runs, after one that does not count, in milliseconds. The first failure ends it.
pub(super) fn median<T, E>(runs: usize, mut work: impl FnMut() -> Result<T, E>) -> Result<f64, E> {
    // Files into the cache, pages of memory to the process.
    work()?;
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs.max(1) {
        let start = Instant::now();
        let result = work()?;
        times.push(start.elapsed());
        // Giving memory back is not part of the work.
        drop(result);
    }
    times.sort_unstable();
    let middle = times.get(times.len() / 2).copied();
    Ok(milliseconds(middle.unwrap_or_default()))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
