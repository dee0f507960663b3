//! A timer for a shared machine: it counts the time that the thread computes, every round runs every variant once, in random order, and a ratio is
//! the median over the rounds of variant to baseline in the same round. Absolute times drift; ratios
//! hold.

use std::{hint::black_box, time::Duration};

use cpu_time::ThreadTime;

use serde_json::{Value, json};

/// Something to measure.
pub struct Variant<'a> {
    pub name: &'static str,
    /// Runs so many times, and tells how long that took.
    run: Box<dyn FnMut(usize) -> Duration + 'a>,
}

impl<'a> Variant<'a> {
    pub fn new<T>(name: &'static str, mut run: impl FnMut() -> T + 'a) -> Self {
        Self::with(name, || (), move |()| run())
    }

    /// With something that each run uses up; making it is not measured.
    pub fn with<I, T>(
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

/// What came of one variant.
pub struct Row {
    pub name: &'static str,
    /// Median, in nanoseconds.
    pub nanoseconds: f64,
    /// Medians of the ratio to each variant.
    pub ratios: Vec<f64>,
}

/// Measures all variants.
pub fn measure(mut variants: Vec<Variant<'_>>, rounds: usize) -> Vec<Row> {
    /// Time that a variant gets in each round, in seconds.
    const SLICE: f64 = 0.003;
    let repeats: Vec<usize> = variants
        .iter_mut()
        .map(|variant| {
            (variant.run)(3);
            let once = ((variant.run)(3).as_secs_f64() / 3.0).max(1e-9);
            (SLICE / once).ceil().clamp(1.0, 1e5) as usize
        })
        .collect();
    let mut times = vec![Vec::with_capacity(rounds); variants.len()];
    let mut order: Vec<usize> = (0..variants.len()).collect();
    for _ in 0..rounds {
        fastrand::shuffle(&mut order);
        for &index in &order {
            let took = (variants[index].run)(repeats[index]);
            let each = took.as_nanos() as f64 / repeats[index] as f64;
            times[index].push(each);
        }
    }
    let names = variants.iter().map(|variant| variant.name);
    names
        .zip(&times)
        .map(|(name, own)| Row {
            name,
            nanoseconds: median(own.clone()),
            ratios: times
                .iter()
                .map(|other| median(own.iter().zip(other).map(|(own, other)| own / other).collect()))
                .collect(),
        })
        .collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A bound for a ratio.
#[derive(Clone, Copy)]
pub struct Goal {
    /// What is bounded, by its place in the table.
    pub variant: usize,
    /// Ratio to this variant, by its place.
    pub to: usize,
    pub bound: f64,
}

/// Prints a table, and gives the same as JSON. `true` where all goals are met.
pub fn report(title: &str, rows: &[Row], goals: &[Goal]) -> (Value, bool) {
    println!("\n{title}");
    print!("  {:<44} {:>10}", "", "µs");
    for index in 0..rows.len() {
        print!(" {:>7}", format!("÷ {}", index + 1));
    }
    println!();
    for (index, row) in rows.iter().enumerate() {
        print!("  {} {:<42} {:>10.2}", index + 1, row.name, row.nanoseconds / 1e3);
        row.ratios.iter().for_each(|ratio| print!(" {ratio:>7.2}"));
        println!();
    }
    let mut all = true;
    let mut checked = Vec::new();
    for goal in goals {
        let ratio = rows[goal.variant].ratios[goal.to];
        let met = ratio <= goal.bound;
        all &= met;
        let (one, other) = (rows[goal.variant].name, rows[goal.to].name);
        let word = if met { "met" } else { "MISSED" };
        println!("  {word}: {one} ÷ {other} = {ratio:.2}, at most {:.2}", goal.bound);
        checked.push(json!({"of": one, "to": other, "ratio": ratio, "at_most": goal.bound, "met": met}));
    }
    let variants: Vec<Value> = rows
        .iter()
        .map(|row| json!({"name": row.name, "nanoseconds": row.nanoseconds, "ratios": row.ratios}))
        .collect();
    (json!({"title": title, "variants": variants, "goals": checked}), all)
}
