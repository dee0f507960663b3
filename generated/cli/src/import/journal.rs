//! The journal of an import: each step is on disk before the next step begins.
//!
//! The journal is next to the imported file, so that it moves with the file, and people who share the folder see that
//! an import has begun.

use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// The first line of a journal. A run continues a journal only if this line is equal.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Identity {
    /// Version of the command.
    pub(super) version: String,
    /// Hash of the file.
    pub(super) file: String,
    /// The kind of record, the columns and the options that determine the requests.
    pub(super) plan: String,
    /// Name of the address and the key.
    pub(super) workspace: String,
}

/// A line of the journal after the first.
#[derive(Debug, Deserialize, Serialize)]
struct Entry {
    line: u64,
    #[serde(flatten)]
    step: Step,
}

/// The state of a row.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(super) enum Step {
    /// The request that creates the record was about to be sent.
    Sent,
    /// The record agrees with the row.
    Done { outcome: Done, id: String },
    /// The server refused the row, or it is unknown whether the record was updated.
    Failed { message: String },
    /// The record may have been created.
    Unknown { message: String },
    /// The record was read back, and agrees with the request.
    Checked,
}

/// The result of a completed row.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Done {
    Created,
    Updated,
    Unchanged,
    Existing,
}

/// The content that earlier runs wrote.
#[derive(Debug, Default)]
pub(super) struct Earlier {
    /// The last step of each row, by its line.
    pub(super) steps: HashMap<u64, Step>,
    /// Whether a record was read back.
    pub(super) is_checked: bool,
    /// The time since the last step.
    pub(super) age: Duration,
    /// The length of the complete lines, in bytes.
    length: u64,
}

/// The open journal of a run. No other run can open it at the same time.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: Arc<File>,
}

impl Journal {
    /// Opens the journal, or creates it.
    pub(super) async fn open(path: &Path, identity: &Identity) -> Result<(Self, Earlier), Failure> {
        let failed = |error| cannot(path, &error);
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .map_err(failed)?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => Failure::usage(format!(
                "{}: another import of this file is under way",
                path.display()
            ))
            .hint("wait for its end"),
            TryLockError::Error(error) => failed(error),
        })?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(failed)?;
        let mut earlier = earlier(path, &text, identity)?;
        earlier.age = age(&file);
        file.set_len(earlier.length).map_err(failed)?;
        let journal = Self {
            path: path.to_owned(),
            file: Arc::new(file),
        };
        if earlier.length == 0 {
            journal.append(identity).await?;
        }
        Ok((journal, earlier))
    }

    /// Reads the journal without changing it: for a dry run.
    pub(super) fn peek(path: &Path, identity: &Identity) -> Result<Earlier, Failure> {
        match fs::read_to_string(path) {
            Ok(text) => earlier(path, &text, identity),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Earlier::default()),
            Err(error) => Err(cannot(path, &error)),
        }
    }

    /// Writes a step of a row, and returns when the step is on disk.
    pub(super) async fn write(&self, line: u64, step: &Step) -> Result<(), Failure> {
        let step = step.clone();
        self.append(&Entry { line, step }).await
    }

    async fn append(&self, entry: &impl Serialize) -> Result<(), Failure> {
        let failed = |error| cannot(&self.path, &error);
        let mut line = serde_json::to_vec(entry).map_err(|error| failed(error.into()))?;
        line.push(b'\n');
        // The file is open in append mode, so that concurrent lines do not mix.
        (&*self.file).write_all(&line).map_err(failed)?;
        let file = Arc::clone(&self.file);
        let synced = tokio::task::spawn_blocking(move || file.sync_data()).await;
        synced.map_err(io::Error::other).flatten().map_err(failed)
    }
}

/// The time since the last step was written; zero if the clock was set back.
fn age(file: &File) -> Duration {
    let modified = file.metadata().and_then(|it| it.modified());
    modified
        .ok()
        .and_then(|it| it.elapsed().ok())
        .unwrap_or_default()
}

/// Reads a journal. Ignores an incomplete last line, which an interrupted run leaves.
fn earlier(path: &Path, text: &str, identity: &Identity) -> Result<Earlier, Failure> {
    let (whole, cut) = text.split_at(text.rfind('\n').map_or(0, |end| end + 1));
    let mut lines = whole.lines();
    let first = match lines.next() {
        Some(first) => first,
        // A run that was interrupted at its start has written a part of the first line.
        None if serde_json::to_string(identity).is_ok_and(|line| line.starts_with(cut)) => {
            return Ok(Earlier::default());
        }
        None => cut,
    };
    let hint = format!(
        "import with the file and the options of the first run, or delete {} to start over",
        path.display()
    );
    let Ok(found) = serde_json::from_str::<Identity>(first) else {
        return Err(Failure::usage(format!(
            "{}: this is not the journal of an import",
            path.display()
        ))
        .hint("name another file with --journal"));
    };
    if &found != identity {
        let what = if found.file != identity.file {
            "the file has changed since"
        } else if found.plan != identity.plan {
            "it was begun with other options"
        } else if found.workspace != identity.workspace {
            "it was begun with another key or address"
        } else {
            "it was begun with another version of this command"
        };
        return Err(Failure::usage(format!(
            "{}: this is the journal of another import: {what}",
            path.display()
        ))
        .hint(hint));
    }
    let mut earlier = Earlier {
        length: whole.len() as u64,
        ..Earlier::default()
    };
    for (number, text) in lines.enumerate() {
        let entry: Entry = serde_json::from_str(text).map_err(|error| {
            Failure::usage(format!("{}:{}: {error}", path.display(), number + 2)).hint(&*hint)
        })?;
        match entry.step {
            Step::Checked => earlier.is_checked = true,
            step => drop(earlier.steps.insert(entry.line, step)),
        }
    }
    Ok(earlier)
}

fn cannot(path: &Path, error: &io::Error) -> Failure {
    Failure::other(format!("{}: {error}", path.display()))
        .hint("name a journal in a folder that can be written with --journal")
}
