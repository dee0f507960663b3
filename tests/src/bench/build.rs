//! `build`: the time to build the `heffl` crate and a program that awaits every operation, and the size of its code,
//! compared with the client that progenitor generates from the same documents.
//!
//! Generic code is compiled with the program, so only the sum of crate and program is comparable. Dependencies are
//! built before. Each round builds all programs, forwards or backwards, so that the builds to compare are close in time;
//! ratios are medians over rounds.

mod programs;
mod sizes;
pub(super) mod work;

use super::{
    Cell, Effort, Table,
    measure::{Spent, middle, spent},
    scratch::Profile,
};
use work::{Part, Work};

/// The goal for builds and code, relative to progenitor's client.
const OF_STOCK: f64 = 0.6;

/// The goal for a build with one version of the API, relative to one with both.
const OF_BOTH: f64 = 0.6;

pub(super) fn run(effort: Effort) -> Result<Table, String> {
    let work = Work::set_up()?;
    let mut table = Table::new(&[
        ("what", ""),
        ("unit", ""),
        ("figure", ""),
        ("compared with", ""),
        ("its figure", ""),
        ("ratio", ""),
        ("at most", ""),
    ]);
    let mut rows = Rows::default();
    let profiles = [Profile::Dev, Profile::Incremental, Profile::Release];
    for profile in effort.choose(&profiles[..1], &profiles) {
        times(&work, *profile, effort.choose(1, 4), &mut rows)?;
        if *profile != Profile::Incremental {
            sizes(&work, *profile, &mut rows)?;
        }
    }
    let lines = |part: Part| work.lines(part).map(count);
    rows.add(
        "generated lines",
        "lines",
        lines(Part::Heffl)?,
        Part::Stock,
        lines(Part::Stock)?,
        None,
    );
    let dependencies = |part: Part| work.dependencies(part).map(count);
    let ours = dependencies(Part::Heffl)?;
    for part in [Part::Stock, Part::Bare] {
        rows.add(
            "packages in the dependency tree",
            "packages",
            ours,
            part,
            dependencies(part)?,
            None,
        );
    }
    for row in rows.rows {
        table.push(row);
    }
    table.note(
        "build: the crate and a program that awaits every operation; dependencies are built before. CPU: time of cargo \
         and its child processes. code, data: minus those of a program that sends one request with reqwest.",
    );
    table.note(if rows.missed.is_empty() {
        "All goals are met.".to_owned()
    } else {
        format!("Goals missed: {}", rows.missed.join("; "))
    });
    Ok(table)
}

/// Rebuilds everything, several times.
fn times(work: &Work, profile: Profile, rounds: usize, rows: &mut Rows) -> Result<(), String> {
    for part in Part::ALL {
        eprintln!("{}, with dependencies: {}", profile.label(), part.name());
        work.build(part, profile)?;
    }
    let parts = [
        Part::OnlyV2,
        Part::OnlyV1,
        Part::Heffl,
        Part::Stock,
        Part::StockV1,
        Part::StockV2,
    ];
    let mut took = vec![Vec::with_capacity(rounds); parts.len()];
    let mut order: Vec<usize> = (0..parts.len()).collect();
    for round in 1..=rounds {
        eprintln!("{}, round {round} of {rounds}", profile.label());
        if fastrand::bool() {
            order.reverse();
        }
        for &index in &order {
            work.clean(parts[index], profile)?;
            took[index].push(spent(|| work.build(parts[index], profile))?);
        }
    }
    let [v2, v1, all, stock, stock_v1, stock_v2] = [0, 1, 2, 3, 4, 5].map(|index| &took[index]);
    let kinds: [(&str, Kind); 2] = [
        ("CPU", |spent| spent.cpu),
        ("wall", |spent| Some(spent.wall)),
    ];
    for (kind, of) in kinds {
        // CPU time varies less than wall time on a shared machine.
        let goal = |bound| (kind == "CPU" || !cfg!(unix)).then_some(bound);
        let mut add = |ours: &[Spent], part: Part, theirs: &[Spent], what: &str, bound| {
            let pairs: Vec<(f64, f64)> = ours
                .iter()
                .zip(theirs)
                .filter_map(|(a, b)| Some((of(a)?, of(b)?)))
                .collect();
            if pairs.is_empty() {
                return;
            }
            rows.push(
                &format!("{what}, {}, {kind}", profile.label()),
                "s",
                middle(pairs.iter().map(|pair| pair.0)),
                part.name(),
                middle(pairs.iter().map(|pair| pair.1)),
                middle(pairs.iter().map(|pair| pair.0 / pair.1)),
                bound,
            );
        };
        add(all, Part::Stock, stock, "build", goal(OF_STOCK));
        add(v1, Part::Heffl, all, "build with v1 alone", goal(OF_BOTH));
        add(v2, Part::Heffl, all, "build with v2 alone", goal(OF_BOTH));
        // The share of each document in the whole, as far as nothing is common to both.
        add(
            stock_v1,
            Part::Stock,
            stock,
            "progenitor with v1 alone",
            None,
        );
        add(
            stock_v2,
            Part::Stock,
            stock,
            "progenitor with v2 alone",
            None,
        );
    }
    Ok(())
}

/// The sizes of what was built last.
fn sizes(work: &Work, profile: Profile, rows: &mut Rows) -> Result<(), String> {
    let kib = |bytes: u64| {
        #[expect(clippy::cast_precision_loss, reason = "no file is so large")]
        let kib = bytes as f64 / 1024.0;
        kib
    };
    let bare = sizes::program(&work.program(Part::Bare, profile))?;
    let above = |part: Part| {
        let program = sizes::program(&work.program(part, profile))?;
        Ok::<_, String>((
            kib(program.code.saturating_sub(bare.code)),
            kib(program.loaded.saturating_sub(bare.loaded)),
        ))
    };
    let name = profile.label();
    // The size matters for optimised programs only.
    let goal = |bound| (profile == Profile::Release).then_some(bound);
    let (ours, theirs) = (above(Part::Heffl)?, above(Part::Stock)?);
    rows.add(
        &format!("code, {name}"),
        "KiB",
        ours.0,
        Part::Stock,
        theirs.0,
        goal(OF_STOCK),
    );
    rows.add(
        &format!("code and data, {name}"),
        "KiB",
        ours.1,
        Part::Stock,
        theirs.1,
        goal(OF_STOCK),
    );
    for part in [Part::OnlyV1, Part::OnlyV2] {
        let one = above(part)?;
        rows.add(
            &format!("code, {}, {name}", part.name()),
            "KiB",
            one.0,
            Part::Heffl,
            ours.0,
            None,
        );
    }
    let library = |part: Part| work.library(part, profile).map(kib);
    rows.add(
        &format!("size of the crate (rlib), {name}"),
        "KiB",
        library(Part::Heffl)?,
        Part::Stock,
        library(Part::Stock)?,
        None,
    );
    Ok(())
}

/// A kind of time.
type Kind = fn(&Spent) -> Option<f64>;

/// The rows of the table, and the missed goals.
#[derive(Default)]
struct Rows {
    rows: Vec<Vec<Cell>>,
    missed: Vec<String>,
}

impl Rows {
    fn add(
        &mut self,
        what: &str,
        unit: &'static str,
        ours: f64,
        part: Part,
        theirs: f64,
        bound: Option<f64>,
    ) {
        self.push(what, unit, ours, part.name(), theirs, ours / theirs, bound);
    }

    #[expect(clippy::too_many_arguments, reason = "one for each column")]
    fn push(
        &mut self,
        what: &str,
        unit: &'static str,
        ours: f64,
        peer: &str,
        theirs: f64,
        ratio: f64,
        bound: Option<f64>,
    ) {
        if bound.is_some_and(|bound| ratio > bound) {
            self.missed.push(format!("{what}, compared with {peer}"));
        }
        self.rows.push(vec![
            Cell::Text(what.to_owned()),
            Cell::Text(unit.to_owned()),
            Cell::Number(ours),
            Cell::Text(peer.to_owned()),
            Cell::Number(theirs),
            Cell::Number(ratio),
            bound.map_or(Cell::None, Cell::Number),
        ]);
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody counts that far")]
fn count(number: usize) -> f64 {
    number as f64
}
