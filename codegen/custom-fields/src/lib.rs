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
/// A repeated definition counts once. Comparisons and generated code do not depend on the order of definitions or
/// on the form in which the response was saved.
///
/// # Errors
///
/// The text is not JSON or has another form, the last page is missing, two definitions of a key differ, or the kind
/// of record is not known.
pub fn parse(response: &Response<'_>) -> Result<Definitions, Error> {
    read::read(response).map_err(Error)
}

/// Generates the Rust source of all definitions: for each kind of record a struct for reading and creating and a struct
/// for updates, and for each list of options an open enum. The source is formatted. Equal definitions give equal
/// source.
///
/// # Errors
///
/// rustfmt is not installed.
pub fn generate(definitions: &Definitions) -> Result<String, Error> {
    emit::emit(definitions).map_err(|finding| Error(vec![finding]))
}

/// All problems of a response, each with its line.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Vec<Finding>);

impl Error {
    /// The problems, each with its place and how to fix it.
    pub fn findings(&self) -> &[Finding] {
        &self.0
    }
}

impl From<Error> for Vec<Finding> {
    fn from(error: Error) -> Self {
        error.0
    }
}

/// Each finding on a line, followed by its help.
impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, finding) in self.0.iter().enumerate() {
            let separator = if index > 0 { "\n" } else { "" };
            write!(formatter, "{separator}{finding}")?;
        }
        Ok(())
    }
}

/// The same text as `Display`, because Rust prints an error that `main` returns with `Debug`.
impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl std::error::Error for Error {}
