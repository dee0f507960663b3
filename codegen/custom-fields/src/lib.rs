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
/// A definition that comes twice counts once. Comparisons and generated code do not depend on the order
/// of definitions, nor on how the response was saved.
///
/// # Errors
///
/// The text is not JSON or has another shape, ends before its last page, defines a key in two ways, or
/// does not tell which kind of record it is about.
pub fn parse(response: &Response<'_>) -> Result<Definitions, Error> {
    read::read(response).map_err(Error)
}

/// The Rust source of all definitions: for each kind of record a struct to read and create with, one to
/// update with, and an open enum for each list of options. Formatted, and the same for the same
/// definitions.
///
/// # Errors
///
/// rustfmt is not installed.
pub fn generate(definitions: &Definitions) -> Result<String, Error> {
    emit::emit(definitions).map_err(|finding| Error(vec![finding]))
}

/// Everything that is wrong with a response, each with its line.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Vec<Finding>);

impl Error {
    /// What is wrong, where, and how to fix it.
    pub fn findings(&self) -> &[Finding] {
        &self.0
    }
}

impl From<Error> for Vec<Finding> {
    fn from(error: Error) -> Self {
        error.0
    }
}

/// One finding a line, each with its help below.
impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, finding) in self.0.iter().enumerate() {
            let separator = if index > 0 { "\n" } else { "" };
            write!(formatter, "{separator}{finding}")?;
        }
        Ok(())
    }
}

/// The same text: `main` may return this error, and then prints it so.
impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl std::error::Error for Error {}
