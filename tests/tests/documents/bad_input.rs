//! Invalid input of every kind, one case in each row: the command exits with 2, reports the location, the problem and
//! the fix, and changes no file.

mod tree;

mod documents;
mod fragments;
mod pages;

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use tree::Tree;

/// A change that makes an input invalid.
#[derive(Clone, Debug)]
enum Edit {
    Nothing,
    Replace(&'static str, &'static str, String),
    Write(&'static str, Vec<u8>),
    Append(&'static str, String),
    Remove(&'static str),
}

fn replace(file: &'static str, from: &'static str, to: impl Into<String>) -> Edit {
    Edit::Replace(file, from, to.into())
}

fn write(file: &'static str, text: impl Into<Vec<u8>>) -> Edit {
    Edit::Write(file, text.into())
}

fn append(file: &'static str, text: impl Into<String>) -> Edit {
    Edit::Append(file, text.into())
}

/// Command, change, expected location, and expected words of the message. `{tree}` in the
/// command is replaced by the folder of the tree.
type Row = (&'static str, Edit, &'static str, &'static str);

/// The time limit of a run, for a debug build on a busy machine.
const LIMIT: Duration = Duration::from_secs(20);

/// Runs every row on `tree`, and fails with a list of all problems.
fn refuses(tree: &Tree, rows: &[Row]) {
    let mut failures = Vec::new();
    for (number, (command, edit, place, words)) in rows.iter().enumerate() {
        // A stack overflow ends the process: the last line printed names its row.
        let row = format!("row {number}: {command}: {}", summary(edit));
        println!("{row}");
        let before = tree.apply(edit);
        let started = Instant::now();
        let outcome = run(tree, command);
        let Some((code, output)) = outcome else {
            // The thread still uses the tree.
            panic!("{row}: still running after {LIMIT:?}");
        };
        println!("[{:?}]\n{output}", started.elapsed());
        let mut fail = |what: &str| failures.push(format!("{row}\n  {what}\n{output}"));
        if code != 2 {
            fail(&format!("exit code {code}"));
        }
        if !output.contains(place) {
            fail(&format!("does not name the location `{place}`"));
        }
        if !output.contains(words) {
            fail(&format!("does not contain `{words}`"));
        }
        if !output.contains("\n  help: ") {
            fail("no help");
        }
        if output.contains("panicked") || output.len() > 20_000 {
            fail("the output is not a message");
        }
        if tree.contents() != before {
            fail("a file was changed");
        }
        tree.restore();
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Exit code and output of a command; `None` if it takes too long.
fn run(tree: &Tree, command: &str) -> Option<(u8, String)> {
    let root = tree.root();
    let arguments: Vec<String> = ["cargo xtask", "--root", &root]
        .into_iter()
        .map(str::to_owned)
        .chain(command.split(' ').map(|word| word.replace("{tree}", &root)))
        .collect();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut streams = xtask::Streams {
            out: &mut out,
            err: &mut err,
            progress: false,
        };
        let code = xtask::run(arguments, &mut streams);
        out.extend(err);
        // Nobody receives the result after the limit.
        let _ = sender.send((code, String::from_utf8_lossy(&out).into_owned()));
    });
    match receiver.recv_timeout(LIMIT) {
        Ok(outcome) => Some(outcome),
        Err(mpsc::RecvTimeoutError::Timeout) => None,
        Err(mpsc::RecvTimeoutError::Disconnected) => Some((0, "it panicked".to_owned())),
    }
}

fn summary(edit: &Edit) -> String {
    let text = format!("{edit:?}");
    match edit {
        Edit::Write(file, bytes) => {
            let start: Vec<u8> = bytes.iter().take(80).copied().collect();
            format!("Write({file:?}, {:?})", String::from_utf8_lossy(&start))
        }
        _ => text.chars().take(200).collect(),
    }
}
