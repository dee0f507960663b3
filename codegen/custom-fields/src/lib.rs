#![doc = include_str!("../README.md")]

mod compare;
mod define;
mod definitions;
mod emit;
mod kind;
mod labels;
mod names;
mod open_enum;
mod options;
mod read;
#[cfg(test)]
mod tests;
mod text;

use std::fmt;

pub use compare::{Change, ChangeKind, Side, compare};
pub use definitions::{Choice, Definition, Definitions, Entity, MARKER, Place, Response};
pub use heffl_finding::{Finding, Severity};
pub use kind::Kind;

/// Reads the definitions of a response.
///
/// A repeated definition counts once. The order of the definitions, and the form in which the response was saved,
/// make no difference to comparisons and generated code.
///
/// # Errors
///
/// The text is not JSON or has another shape, ends before its last page, defines a key in two ways, or does not
/// name the kind of record.
pub fn parse(response: &Response<'_>) -> Result<Definitions, Error> {
    read::read(response).map_err(Error)
}

/// Returns the Rust source for all definitions: for each kind of record a struct to read and create with and a
/// struct to update with, and an open enum for each list of options. The source is formatted, and depends on the
/// definitions only.
///
/// # Errors
///
/// rustfmt is not installed.
pub fn generate(definitions: &Definitions) -> Result<String, Error> {
    emit::emit(definitions).map_err(|finding| Error(vec![finding]))
}

/// The problems of a response, each with its line.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Vec<Finding>);

impl Error {
    /// Each problem, with its place and how to fix it.
    pub fn findings(&self) -> &[Finding] {
        &self.0
    }
}

impl From<Error> for Vec<Finding> {
    fn from(error: Error) -> Self {
        error.0
    }
}

/// Each finding on a line, with its help on the next line.
impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, finding) in self.0.iter().enumerate() {
            let separator = if index > 0 { "\n" } else { "" };
            write!(formatter, "{separator}{finding}")?;
        }
        Ok(())
    }
}

/// The same text as `Display`, so that `main` can return this error.
impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl std::error::Error for Error {}
