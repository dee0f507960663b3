//! Measures time.

use std::time::{Duration, Instant};

/// The median time of `runs` runs after a warm-up, in milliseconds. Stops at the first failure.
pub(super) fn median<T, E>(runs: usize, mut work: impl FnMut() -> Result<T, E>) -> Result<f64, E> {
    // Warms up the file cache and the allocator.
    work()?;
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs.max(1) {
        let start = Instant::now();
        let result = work()?;
        times.push(start.elapsed());
        // Dropping the result is not measured.
        drop(result);
    }
    times.sort_unstable();
    let middle = times.get(times.len() / 2).copied();
    Ok(milliseconds(middle.unwrap_or_default()))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The time of child processes, in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spent {
    pub(super) wall: f64,
    /// CPU time of all processes, if the system reports it.
    pub(super) cpu: Option<f64>,
}

pub(super) fn spent(work: impl FnOnce() -> Result<(), String>) -> Result<Spent, String> {
    let (start, before) = (Instant::now(), children());
    work()?;
    let wall = start.elapsed().as_secs_f64();
    let cpu = children()
        .zip(before)
        .map(|(after, before)| after.saturating_sub(before).as_secs_f64());
    Ok(Spent { wall, cpu })
}

/// The CPU time of finished child processes.
#[cfg(unix)]
fn children() -> Option<Duration> {
    use nix::sys::{
        resource::{UsageWho, getrusage},
        time::TimeValLike,
    };
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
    let spent = usage.user_time() + usage.system_time();
    u64::try_from(spent.num_microseconds())
        .ok()
        .map(Duration::from_micros)
}

#[cfg(not(unix))]
fn children() -> Option<Duration> {
    None
}

/// The median of values.
pub(super) fn middle(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
