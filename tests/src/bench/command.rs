//! `command`: how fast the command `heffl` starts, how large it is, how fast it imports, and how much memory that takes.
//!
//! The command is built as people install it. Starts are compared with those of a program that does nothing, built in
//! the same profile and started in turn with the command.

#![allow(
    clippy::cast_precision_loss,
    reason = "counts and times of a benchmark are far from any limit"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use heffl_test_server::TestServer;
use serde_json::json;

use super::{
    Cell, Effort, Table,
    measure::middle,
    scratch::{Scratch, cargo, head, run as run_program},
};
use crate::workspace;

/// The profile in which the command is released.
const PROFILE: &str = "dist";
/// Requests a minute, of the service and of the test server.
const QUOTA: usize = 60;
/// Rows of the large file.
const ROWS: usize = 100_000;
/// The interval of reading the memory of a process. The system keeps the peak, so this misses only growth in the last
/// interval.
const LOOK: Duration = Duration::from_millis(2);

pub(super) fn run(effort: Effort) -> Result<Table, String> {
    let programs = Programs::build(effort)?;
    let count = effort.choose(QUOTA + 1, 1_000);
    let mut rows = Rows::default();
    // The import waits for the quota most of the time.
    let imported = thread::scope(|scope| {
        let import = scope.spawn(|| import(&programs, count));
        starts(&programs, effort.choose(3, 60), &mut rows)?;
        let size = fs::metadata(&programs.heffl).map_err(|error| error.to_string())?;
        let goal = effort.choose(None, Some(Goal::Below(15.0)));
        rows.add("size of the program", "MB", size.len() as f64 / 1e6, goal);
        for existing in [0, 11_000] {
            eprintln!("{ROWS} rows, {existing} existing records");
            memory(&programs, existing, &mut rows)?;
        }
        eprintln!("{count} rows at the pace of the quota");
        let panicked = |_| Err("the import panicked".to_owned());
        import.join().unwrap_or_else(panicked)
    })?;
    rows.rows.extend(imported.rows);
    rows.missed.extend(imported.missed);
    Ok(rows.table())
}

/// The program that is measured, and one that does nothing.
struct Programs {
    heffl: PathBuf,
    empty: PathBuf,
}

impl Programs {
    fn build(effort: Effort) -> Result<Self, String> {
        let profile = effort.choose("dev", PROFILE);
        let folder = effort.choose("debug", PROFILE);
        let root = workspace();
        let scratch = Scratch::new("bench-command");
        let manifest = fs::read_to_string(root.join("Cargo.toml"))
            .map_err(|error| format!("Cargo.toml: {error}"))?;
        let settings = format!("[profile.{PROFILE}]");
        let settings = manifest
            .split_once(&settings)
            .and_then(|(_, rest)| rest.split("\n[").next())
            .map(|rest| settings + rest)
            .ok_or_else(|| format!("Cargo.toml has no profile {PROFILE}"))?;
        scratch.write(
            "Cargo.toml",
            &format!("{}\n[workspace]\n\n{settings}", head("empty")),
        )?;
        scratch.write("src/main.rs", "fn main() {}\n")?;
        let build = |what: &str, at: &Path, target: &Path| {
            eprintln!("to build: {what}");
            run_program(
                cargo()
                    .args(["build", "--quiet", "--profile", profile, "--package", what])
                    .current_dir(at)
                    .env("CARGO_TARGET_DIR", target),
            )
            .map_err(|error| format!("cannot build {what}: {error}"))
        };
        // Shares the target folder of the workspace, so that dependencies are built once.
        let target = root.join("target");
        build("heffl-cli", root, &target)?;
        build("empty", scratch.folder(), &scratch.path("target"))?;
        let program = |target: &Path, name: &str| {
            let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
            target.join(folder).join(name)
        };
        Ok(Self {
            heffl: program(&target, "heffl"),
            empty: program(&scratch.path("target"), "empty"),
        })
    }

    /// The command with folders of its own, at the address of a server.
    fn command(&self, home: &Path, server: &TestServer) -> Command {
        let mut command = Command::new(&self.heffl);
        command
            .env("HEFFL_BASE_URL", server.base_url())
            .env("HEFFL_API_KEY", server.key())
            .stdin(Stdio::null());
        for name in [
            "XDG_STATE_HOME",
            "XDG_CONFIG_HOME",
            "LOCALAPPDATA",
            "APPDATA",
        ] {
            command.env(name, home);
        }
        command
    }
}

/// Starts the command and the empty program in turn.
fn starts(programs: &Programs, rounds: usize, rows: &mut Rows) -> Result<(), String> {
    let (mut empty, mut version, mut help) = (Vec::new(), Vec::new(), Vec::new());
    // The first round warms up the file cache.
    for round in 0..=rounds {
        let times = [
            start(&programs.empty, &[])?,
            start(&programs.heffl, &["--version"])?,
            start(&programs.heffl, &["--help"])?,
        ];
        if round > 0 {
            for (all, time) in [&mut empty, &mut version, &mut help].into_iter().zip(times) {
                all.push(time);
            }
        }
    }
    let base = middle(empty.iter().copied());
    rows.add("a program that does nothing", "ms", base, None);
    for (what, times, most) in [
        ("heffl --version", version, 10.0),
        ("heffl --help", help, 30.0),
    ] {
        rows.add(
            what,
            "ms",
            middle(times.iter().copied()),
            Some(Goal::Below(most)),
        );
        let ratios = times.iter().zip(&empty).map(|(time, empty)| time / empty);
        let what = format!("{what} ÷ a program that does nothing");
        rows.add(&what, "", middle(ratios), None);
    }
    Ok(())
}

/// Runs a program, and returns its time in milliseconds.
fn start(program: &Path, arguments: &[&str]) -> Result<f64, String> {
    let mut command = Command::new(program);
    let begin = Instant::now();
    run_program(command.args(arguments))
        .map_err(|error| format!("{} {arguments:?}: {error}", program.display()))?;
    Ok(begin.elapsed().as_secs_f64() * 1e3)
}

/// A dry run of a large file.
fn memory(programs: &Programs, existing: usize, rows: &mut Rows) -> Result<(), String> {
    let problem = |error: std::io::Error| error.to_string();
    let server = TestServer::builder().quota(1_000_000).start();
    let server = server.map_err(problem)?;
    for number in 0..existing {
        let (name, email) = person(number);
        let contact = json!({"firstName": name, "email": email});
        server.insert("contacts", contact);
    }
    let home = tempfile::tempdir().map_err(problem)?;
    let file = home.path().join("people.csv");
    fs::write(&file, people(ROWS)).map_err(problem)?;
    let mut command = programs.command(home.path(), &server);
    command
        .args(["import", "contacts", "--match", "email", "--dry-run"])
        // The shared file does not know the quota that this server reports.
        .arg("--no-shared-quota")
        .arg(&file);
    let mut child = command.stderr(Stdio::piped()).spawn().map_err(problem)?;
    let mut peak = None;
    while child.try_wait().map_err(problem)?.is_none() {
        peak = peak_memory(child.id()).or(peak);
        thread::sleep(LOOK);
    }
    let output = child.wait_with_output().map_err(problem)?;
    let text = String::from_utf8_lossy(&output.stderr);
    if !text.contains(&format!("{} created", ROWS - existing)) {
        return Err(format!("the dry run reports: {text}"));
    }
    // Only Linux shows the peak of another process.
    if let Some(peak) = peak {
        let what = format!("peak memory: dry run of {ROWS} rows, {existing} records exist");
        rows.add(&what, "MB", peak, Some(Goal::Below(100.0)));
    }
    Ok(())
}

/// The most memory that a process has used, in megabytes.
fn peak_memory(id: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = peak.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}

/// An import at the pace of the quota.
fn import(programs: &Programs, count: usize) -> Result<Rows, String> {
    let mut rows = Rows::default();
    let reported = pace(programs, count, &["--dry-run"])?.reported;
    let reported = reported.ok_or("the dry run reports no time")?;
    let Paced { took, server, .. } = pace(programs, count, &[])?;
    let created = server.records("contacts").len();
    if created != count {
        return Err(format!("{created} records were created for {count} rows"));
    }
    let requests = server.requests();
    let refused = requests.iter().filter(|it| it.status == Some(429));
    let refused = refused.count() as f64;
    // The first window is full at once, and so is each window after it.
    let least = ((requests.len() - 1) / QUOTA * 60) as f64;
    let mut add = |what: &str, unit, figure, goal| {
        rows.add(
            &format!("import of {count} rows: {what}"),
            unit,
            figure,
            goal,
        );
    };
    add("time", "s", took, None);
    let share = least / took * 100.0;
    let goal = Some(Goal::AtLeast(95.0));
    add("share of the rate that the quota allows", "%", share, goal);
    add("requests refused", "", refused, Some(Goal::Below(1.0)));
    let error = (reported / took - 1.0).abs() * 100.0;
    let goal = Some(Goal::Below(5.0));
    add("error of the time that a dry run reports", "%", error, goal);
    Ok(rows)
}

/// An import that has run.
struct Paced {
    server: TestServer,
    /// Its time in seconds.
    took: f64,
    /// The time that a dry run reports.
    reported: Option<f64>,
}

fn pace(programs: &Programs, count: usize, options: &[&str]) -> Result<Paced, String> {
    let problem = |error: std::io::Error| error.to_string();
    let server = TestServer::start().map_err(problem)?;
    let home = tempfile::tempdir().map_err(problem)?;
    let file = home.path().join("people.csv");
    fs::write(&file, people(count)).map_err(problem)?;
    let mut command = programs.command(home.path(), &server);
    command
        .args(["import", "contacts", "--match", "email"])
        .args(options)
        .arg(&file);
    let begin = Instant::now();
    let output = command.output().map_err(problem)?;
    let took = begin.elapsed().as_secs_f64();
    let text = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("the import failed: {text}"));
    }
    let reported = text.split_once("will take about ");
    let reported = reported.map(|(_, time)| {
        let parts = time.trim_end().split(':');
        parts.fold(0.0, |time, part| time * 60.0 + part.parse().unwrap_or(0.0))
    });
    Ok(Paced {
        server,
        took,
        reported,
    })
}

fn person(number: usize) -> (String, String) {
    (
        format!("Person {number}"),
        format!("person{number}@example.com"),
    )
}

fn people(count: usize) -> String {
    let mut text = "firstName,email\n".to_owned();
    for (name, email) in (0..count).map(person) {
        text.extend([&*name, ",", &email, "\n"]);
    }
    text
}

/// A bound for a figure.
#[derive(Clone, Copy)]
enum Goal {
    Below(f64),
    AtLeast(f64),
}

impl Goal {
    fn is_met(self, figure: f64) -> bool {
        match self {
            Self::Below(bound) => figure < bound,
            Self::AtLeast(bound) => figure >= bound,
        }
    }

    fn cell(self) -> Cell {
        Cell::Text(match self {
            Self::Below(bound) => format!("below {bound}"),
            Self::AtLeast(bound) => format!("at least {bound}"),
        })
    }
}

/// The rows of the table, and the missed goals.
#[derive(Default)]
struct Rows {
    rows: Vec<[Cell; 4]>,
    missed: Vec<String>,
}

impl Rows {
    fn add(&mut self, what: &str, unit: &str, figure: f64, goal: Option<Goal>) {
        if goal.is_some_and(|goal| !goal.is_met(figure)) {
            self.missed.push(what.to_owned());
        }
        self.rows.push([
            Cell::Text(what.to_owned()),
            Cell::Text(unit.to_owned()),
            Cell::Number(figure),
            goal.map_or(Cell::None, Goal::cell),
        ]);
    }

    fn table(self) -> Table {
        let mut table = Table::new(&[("what", ""), ("unit", ""), ("figure", ""), ("goal", "")]);
        for row in self.rows {
            table.push(row);
        }
        table.note(
            "Times to start are medians. The rate that the quota allows: 60 requests at once at the start, and 60 at \
             once each minute after it; all requests of the import count, those that read included.",
        );
        table.note(if self.missed.is_empty() {
            "All goals are met.".to_owned()
        } else {
            format!("Goals missed: {}", self.missed.join("; "))
        });
        table
    }
}
