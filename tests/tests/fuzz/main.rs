//! Runs every reader on mutations of real inputs. Nothing panics, nothing
//! hangs, and memory stays in proportion to the input.
//!
//! These tests are a program of their own, because `allocation-counter` replaces the allocator.
//!
//! `PROPTEST_CASES=100000 cargo test --release -p heffl-tests --test fuzz` runs longer.

mod memory;
mod mutation;
mod targets;

use std::{cell::Cell, panic, sync::mpsc, thread, time::Duration};

use proptest::prelude::*;

use memory::Peak;
use mutation::{Kind, Mutation, mutations};
use targets::{TARGETS, Target};

/// The time limit of an input, which normally takes less than a second.
const LIMIT: Duration = Duration::from_secs(60);

/// Runs a target on inputs, and checks time and memory.
fn check(
    target: &'static Target,
    inputs: &[String],
    is_fair: fn(&Target, Peak) -> bool,
) -> Result<Peak, String> {
    let inputs = inputs.to_vec();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let peak = panic::catch_unwind(|| memory::peak(target, &inputs));
        // Nobody receives the result after the limit.
        let _ = sender.send(peak);
    });
    match receiver.recv_timeout(LIMIT) {
        Ok(Ok(peak)) if is_fair(target, peak) => Ok(peak),
        Ok(Ok(peak)) => Err(format!("{} takes too much memory: {peak}", target.name)),
        Ok(Err(_)) => Err(format!("{} panics", target.name)),
        Err(_) => Err(format!("{} hangs", target.name)),
    }
}

/// Mutates the samples of a target and runs it, `PROPTEST_CASES` times.
fn fuzz(target: &'static Target) {
    let samples: Vec<Vec<String>> = (target.samples)();
    let kinds: Vec<Kind> = (0..samples.len())
        .flat_map(|sample| (0..samples[sample].len()).map(move |input| Kind { sample, input }))
        .collect();
    let strategy = (0..kinds.len(), 0..kinds.len(), mutations());
    let worst = Cell::new(Peak::default());
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let cases = config.cases;
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let result = runner.run(
        &strategy,
        |(kind, donor, mutations): (usize, usize, Vec<Mutation>)| {
            let (kind, donor) = (&kinds[kind], &kinds[donor]);
            let mut inputs = samples[kind.sample].clone();
            let other = &samples[donor.sample][donor.input];
            inputs[kind.input] = mutation::apply(&inputs[kind.input], other, &mutations);
            match check(target, &inputs, is_fair) {
                Ok(peak) => {
                    worst.set(worst.get().max(peak));
                    Ok(())
                }
                Err(message) => Err(TestCaseError::fail(format!(
                    "{message}:\n{}",
                    inputs.join("\n-----\n")
                ))),
            }
        },
    );
    if let Err(failure) = result {
        panic!("{failure}");
    }
    println!("{}: {cases} cases; worst {}", target.name, worst.get());
}

macro_rules! targets {
    ($($test:ident $name:literal;)*) => {$(
        #[test]
        fn $test() {
            let target = TARGETS.iter().find(|target| target.name == $name).unwrap();
            fuzz(target);
        }
    )*};
}

targets! {
    pages_of_rendered_text "page";
    pages_of_markdown "markdown";
    yaml "yaml";
    fragments "fragment";
    overlays "overlay";
    comparisons "diff";
    documents_of_the_generator "document";
}

#[test]
fn memory_grows_no_faster_than_real_input() {
    for target in TARGETS {
        for (what, inputs) in (target.large)() {
            let peak =
                check(target, &inputs, is_fair).unwrap_or_else(|fault| panic!("{what}: {fault}"));
            println!("{} {what}: {peak}", target.name);
        }
    }
}

/// A parsed value takes more memory than its text, which may be two bytes long, so this test only checks that there is
/// a bound.
#[test]
fn memory_is_bounded_for_dense_inputs() {
    for target in TARGETS {
        for (what, inputs) in memory::dense(target) {
            let bounds: fn(&Target, Peak) -> bool = if target.is_yaml {
                |_, peak| peak.whole() <= 400.0
            } else {
                is_fair
            };
            let peak =
                check(target, &inputs, bounds).unwrap_or_else(|fault| panic!("{what}: {fault}"));
            println!("{} {what}: {peak}", target.name);
        }
    }
}

fn is_fair(target: &Target, peak: Peak) -> bool {
    peak.multiple() <= target.bound
}
