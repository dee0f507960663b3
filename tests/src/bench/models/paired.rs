//! A timer for a shared machine: it measures the CPU time of the thread, every round runs every variant once in random
//! order, and a ratio compares two variants of the same round. Absolute times drift; ratios are stable.

use std::{hint::black_box, time::Duration};

use cpu_time::ThreadTime;

/// A variant to measure.
pub(super) struct Variant<'a> {
    pub(super) name: &'static str,
    /// Runs this number of times, and returns the time.
    run: Box<dyn FnMut(usize) -> Duration + 'a>,
}

impl<'a> Variant<'a> {
    pub(super) fn new<T>(name: &'static str, mut run: impl FnMut() -> T + 'a) -> Self {
        Self::with(name, || (), move |()| run())
    }

    /// With an input that each run consumes; making the input is not measured.
    pub(super) fn with<I, T>(
        name: &'static str,
        mut make: impl FnMut() -> I + 'a,
        mut run: impl FnMut(I) -> T + 'a,
    ) -> Self {
        let run = move |times: usize| {
            let inputs: Vec<I> = (0..times).map(|_| make()).collect();
            let start = ThreadTime::now();
            for input in inputs {
                drop(black_box(run(input)));
            }
            start.elapsed()
        };
        Self {
            name,
            run: Box::new(run),
        }
    }
}

/// The result of a variant.
pub(super) struct Row {
    pub(super) name: &'static str,
    /// Median, in microseconds.
    pub(super) microseconds: f64,
    /// Medians of the ratio of the first variant to each.
    pub(super) ratio: f64,
}

/// Measures all variants.
pub(super) fn measure(mut variants: Vec<Variant<'_>>, rounds: usize) -> Vec<Row> {
    /// Time that a variant gets in each round, in seconds.
    const SLICE: f64 = 0.003;
    let repeats: Vec<usize> = variants
        .iter_mut()
        .map(|variant| {
            (variant.run)(3);
            let once = ((variant.run)(3).as_secs_f64() / 3.0).max(1e-9);
            repeats(SLICE / once)
        })
        .collect();
    let mut times = vec![Vec::with_capacity(rounds); variants.len()];
    let mut order: Vec<usize> = (0..variants.len()).collect();
    for _ in 0..rounds {
        fastrand::shuffle(&mut order);
        for &index in &order {
            let took = (variants[index].run)(repeats[index]);
            #[expect(clippy::cast_precision_loss, reason = "repeats are few")]
            times[index].push(took.as_secs_f64() * 1e9 / repeats[index] as f64);
        }
    }
    let ours = times.first().cloned().unwrap_or_default();
    let names = variants.iter().map(|variant| variant.name);
    names
        .zip(times)
        .map(|(name, own)| Row {
            name,
            ratio: median(ours.iter().zip(&own).map(|(ours, own)| ours / own)),
            microseconds: median(own) / 1e3,
        })
        .collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is between bounds"
)]
fn repeats(wanted: f64) -> usize {
    wanted.ceil().clamp(1.0, 1e5) as usize
}

fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
