//! Why a value cannot be written or read.

use std::fmt;

use super::prepend;

/// The problem of NaN and infinity.
pub(crate) const NOT_FINITE: &str = "is a number that JSON cannot hold";

/// Why a value cannot be sent or read, and its path in the body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) path: String,
    pub(crate) problem: String,
}

impl Refusal {
    pub(crate) fn new(problem: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            problem: problem.into(),
        }
    }

    /// The path, or `.` for the whole body.
    pub(crate) fn place(&self) -> &str {
        match self.path.as_str() {
            "" => ".",
            path => path,
        }
    }

    /// Puts this field or item before the path.
    pub(crate) fn below(mut self, step: &str) -> Self {
        prepend(&mut self.path, step);
        self
    }
}

/// As a sentence: `` `products[1].quantity` is a number that JSON cannot hold ``.
impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, problem } = self;
        if path.is_empty() {
            write!(formatter, "the value {problem}")
        } else {
            write!(formatter, "`{path}` {problem}")
        }
    }
}
