//! Where commands print to.

use std::{fmt, io::Write};

/// Where a command prints to.
pub struct Streams<'a> {
    /// Results.
    pub out: &'a mut dyn Write,
    /// Wrong usage, notes and progress.
    pub err: &'a mut dyn Write,
    /// Whether progress is wanted: somebody is watching.
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
    /// Says what is going on, to those who watch.
    pub(crate) fn progress(&mut self, what: &str) {
        if self.progress {
            self.note(what);
        }
    }

    /// Says how far it has got, in a line that the next one takes the place of; an empty one ends
    /// this.
    pub(crate) fn status(&mut self, what: &str) {
        if self.progress {
            // To the start of the line, and clear it.
            let _ = write!(self.err, "\r\x1b[2K{what}");
            let _ = self.err.flush();
        }
    }

    /// Says something that is not a result.
    pub(crate) fn note(&mut self, what: &str) {
        // If standard error is gone there is nobody left to tell.
        let _ = writeln!(self.err, "{what}");
    }
}
