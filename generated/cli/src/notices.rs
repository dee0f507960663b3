//! Notes and progress on standard error.

use std::{
    io::{self, IsTerminal as _},
    time::Duration,
};

use heffl::QuotaStatus;
use indicatif::{ProgressBar, ProgressStyle};

use crate::globals::Globals;

/// The progress of reading. Hidden if standard error is not a terminal, or if records are printed to the terminal.
pub(crate) fn reading(globals: &Globals) -> ProgressBar {
    if globals.quiet || !io::stderr().is_terminal() || io::stdout().is_terminal() {
        return ProgressBar::hidden();
    }
    let progress = ProgressBar::new_spinner();
    progress.enable_steady_tick(Duration::from_millis(100));
    progress
}

/// The progress of some steps. Hidden if standard error is not a terminal.
pub(crate) fn steps(globals: &Globals, count: usize) -> ProgressBar {
    if globals.quiet {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(count as u64).with_style(style)
}

/// The number of records read, and the wait for the next page.
pub(crate) fn read(count: usize, quota: &QuotaStatus) -> String {
    if quota.remaining() > 0 {
        return format!("{count} records");
    }
    let wait = quota.next_in().as_secs() + 1;
    format!("{count} records; waiting {wait} s for the quota")
}

/// Prints a note.
pub(crate) fn note(globals: &Globals, text: &str) {
    globals.report(format_args!("note: {text}"));
}

/// Reports requested fields that no record has.
pub(crate) fn unseen(globals: &Globals, fields: &[String]) {
    if !fields.is_empty() {
        note(globals, &format!("no record has {}", fields.join(", ")));
    }
}
