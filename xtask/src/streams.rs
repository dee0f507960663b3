//! The output of commands.

use std::{fmt, io::Write};

/// The output of a command.
pub struct Streams<'a> {
    /// Results.
    pub out: &'a mut dyn Write,
    /// Wrong usage, notes and progress.
    pub err: &'a mut dyn Write,
    /// Whether to print progress, because standard error is a terminal.
    pub progress: bool,
}

impl fmt::Debug for Streams<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streams")
            .field("progress", &self.progress)
            .finish_non_exhaustive()
    }
}

impl Streams<'_> {
    /// Prints progress, on a terminal only.
    pub(crate) fn progress(&mut self, what: &str) {
        if self.progress {
            self.note(what);
        }
    }

    /// Prints progress in a line that the next call replaces; an empty text removes the line.
    pub(crate) fn status(&mut self, what: &str) {
        if self.progress {
            // To the start of the line, and clear it.
            let _ = write!(self.err, "\r\x1b[2K{what}");
            let _ = self.err.flush();
        }
    }

    /// Prints a note that is not a result.
    pub(crate) fn note(&mut self, what: &str) {
        // If standard error is closed, the note is lost.
        let _ = writeln!(self.err, "{what}");
    }
}
