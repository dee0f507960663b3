//! `build`: the time to build programs with the `heffl` crate, with plain reqwest and with the client that progenitor
//! generates from the same documents, and the size of their code.
//!
//! Each round builds the programs in random order, so that the builds to compare are close in time. Ratios are medians
//! over rounds.

mod programs;
mod sizes;
pub(super) mod work;

use super::{
    Cell, Effort, Table,
    measure::{Spent, middle, spent},
    scratch::Profile,
};
use work::{Client, Work};

/// The rounds of figures to publish.
const ROUNDS: usize = 5;

pub(super) fn run(effort: Effort) -> Result<Table, String> {
    let work = Work::set_up()?;
    let rounds = effort.choose(1, ROUNDS);
    let mut rows = Rows::default();

    let all = [Client::Heffl, Client::Reqwest, Client::Progenitor];
    let took = interleaved("clean build", rounds, all, |client| {
        work.forget()?;
        spent(|| work.build(client, Profile::Dev))
    })?;
    let [heffl, reqwest, progenitor] = &took;
    rows.times("clean build", heffl, Client::Reqwest, reqwest, Some(1.05));
    rows.times("clean build", heffl, Client::Progenitor, progenitor, None);

    let both = [Client::Heffl, Client::Reqwest];
    for client in both {
        work.build(client, Profile::Incremental)?;
    }
    let [heffl, reqwest] = interleaved("build after an edit", rounds, both, |client| {
        work.edit(client)?;
        spent(|| work.build(client, Profile::Incremental))
    })?;
    rows.times(
        "build after an edit of main.rs",
        &heffl,
        Client::Reqwest,
        &reqwest,
        Some(1.1),
    );

    let both = [Client::Heffl, Client::Progenitor];
    for client in both {
        work.check(client)?;
    }
    let [heffl, progenitor] = interleaved("check of the crate", rounds, both, |client| {
        work.clean(client)?;
        spent(|| work.check(client))
    })?;
    rows.times(
        "check of the crate",
        &heffl,
        Client::Progenitor,
        &progenitor,
        None,
    );

    eprintln!("release builds");
    let size = |client| work.code(client);
    let (heffl, progenitor) = (size(Client::Heffl)?, size(Client::Progenitor)?);
    rows.push(
        "code",
        "KiB",
        heffl,
        Some((Client::Progenitor, progenitor, heffl / progenitor)),
        Some(0.43),
    );

    eprintln!("first `cargo xtask generate` in a clone");
    let first = work.first_generate()?;
    work.forget()?;
    rows.alone("first `cargo xtask generate` in a clone", &first);

    Ok(rows.table(rounds))
}

/// The times of each client's builds.
fn interleaved<const N: usize>(
    what: &str,
    rounds: usize,
    clients: [Client; N],
    mut build: impl FnMut(Client) -> Result<Spent, String>,
) -> Result<[Vec<Spent>; N], String> {
    let mut took = [(); N].map(|()| Vec::with_capacity(rounds));
    let mut order: Vec<usize> = (0..N).collect();
    for round in 1..=rounds {
        fastrand::shuffle(&mut order);
        for &index in &order {
            let client = clients[index];
            let spent = build(client)?;
            eprintln!(
                "{what}, round {round} of {rounds}, {}: {:.1} s",
                client.name(),
                spent.cpu.unwrap_or(spent.wall)
            );
            took[index].push(spent);
        }
    }
    Ok(took)
}

/// A kind of time: its name, and how it is read.
type Kind = (&'static str, fn(&Spent) -> Option<f64>);

const KINDS: [Kind; 2] = [
    ("CPU", |spent| spent.cpu),
    ("wall", |spent| Some(spent.wall)),
];

/// The rows of the table, and the missed goals.
#[derive(Default)]
struct Rows {
    rows: Vec<Vec<Cell>>,
    missed: Vec<String>,
}

impl Rows {
    /// Rows for the CPU time and the wall time of builds. The goal is for CPU time, which varies less on a shared
    /// machine.
    fn times(
        &mut self,
        what: &str,
        heffl: &[Spent],
        peer: Client,
        theirs: &[Spent],
        goal: Option<f64>,
    ) {
        for (kind, of) in KINDS {
            let pairs: Vec<(f64, f64)> = heffl
                .iter()
                .zip(theirs)
                .filter_map(|(ours, theirs)| Some((of(ours)?, of(theirs)?)))
                .collect();
            if pairs.is_empty() {
                continue;
            }
            let theirs = middle(pairs.iter().map(|pair| pair.1));
            let ratio = middle(pairs.iter().map(|pair| pair.0 / pair.1));
            self.push(
                &format!("{what}, {kind}"),
                "s",
                middle(pairs.iter().map(|pair| pair.0)),
                Some((peer, theirs, ratio)),
                goal.filter(|_| kind == "CPU" || !cfg!(unix)),
            );
        }
    }

    /// Rows for times that are not compared.
    fn alone(&mut self, what: &str, spent: &Spent) {
        for (kind, of) in KINDS {
            if let Some(time) = of(spent) {
                self.push(&format!("{what}, {kind}"), "s", time, None, None);
            }
        }
    }

    fn push(
        &mut self,
        what: &str,
        unit: &str,
        heffl: f64,
        peer: Option<(Client, f64, f64)>,
        goal: Option<f64>,
    ) {
        let [name, theirs, ratio] = match peer {
            Some((peer, theirs, ratio)) => {
                if goal.is_some_and(|goal| ratio > goal) {
                    let name = peer.name();
                    self.missed.push(format!("{what}, compared with {name}"));
                }
                [
                    Cell::Text(peer.name().to_owned()),
                    Cell::Number(theirs),
                    Cell::Number(ratio),
                ]
            }
            None => [Cell::Text("-".to_owned()), Cell::None, Cell::None],
        };
        self.rows.push(vec![
            Cell::Text(what.to_owned()),
            Cell::Text(unit.to_owned()),
            Cell::Number(heffl),
            name,
            theirs,
            ratio,
            goal.map_or(Cell::None, Cell::Number),
        ]);
    }

    fn table(self, rounds: usize) -> Table {
        let mut table = Table::new(&[
            ("what", ""),
            ("unit", ""),
            ("heffl", ""),
            ("compared with", ""),
            ("its figure", ""),
            ("ratio", ""),
            ("at most", ""),
        ]);
        for row in self.rows {
            table.push(row);
        }
        table.note(format!(
            "Medians of {rounds} rounds. clean build: the first program of the README with all dependencies, in the dev profile; the same program \
             with plain reqwest has the same TLS and compression. build after an edit: that program alone. check of \
             the crate: with that program, without dependencies. code: a program that awaits every operation, in the \
             release profile, minus a program that sends one request with reqwest. CPU: time of cargo and its child \
             processes.",
        ));
        table.note(if self.missed.is_empty() {
            "All goals are met.".to_owned()
        } else {
            format!("Goals missed: {}", self.missed.join("; "))
        });
        table
    }
}
