//! The error of parsing text.

use std::fmt;

use crate::text::shortened;

/// Text that cannot be read as a [`Money`](crate::Money), a [`DateTime`](crate::DateTime) or a documented
/// value of an enumeration.
///
/// ```
/// let error = "12,50".parse::<heffl::Money>().unwrap_err();
/// assert_eq!(error.found(), "12,50");
/// assert!(error.to_string().starts_with("expected a decimal number"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    expected: &'static str,
    found: Box<str>,
}

/// Longer text is cut, in characters.
const LONGEST: usize = 60;

impl ParseError {
    pub(crate) fn new(expected: &'static str, found: &str) -> Self {
        Self {
            expected,
            found: shortened(found, LONGEST).into(),
        }
    }

    /// What was expected.
    pub fn expected(&self) -> &str {
        self.expected
    }

    /// The text that was read; its beginning, if it is long.
    pub fn found(&self) -> &str {
        &self.found
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { expected, found } = self;
        write!(formatter, "expected {expected}, found {found:?}")
    }
}

impl std::error::Error for ParseError {}
