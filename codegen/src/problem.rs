//! Problems of documents: findings that name their document.

pub use heffl_finding::Finding as Problem;

/// A problem of the document `file`.
pub(crate) fn of(rule: &'static str, file: &str, message: impl Into<String>) -> Problem {
    Problem::new(rule, message).file(file)
}

/// Returns the problems of a stage as an error, if there are any.
pub(crate) fn stop(problems: Vec<Problem>) -> Result<(), Vec<Problem>> {
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}
