//! Why a command has no result.

use heffl_spec::Finding;

/// What kept a command from running: its input is unreadable or invalid.
#[derive(Debug)]
pub(crate) struct Failed(pub(crate) Vec<Finding>);

pub(crate) type Result<T> = std::result::Result<T, Failed>;

impl From<Finding> for Failed {
    fn from(finding: Finding) -> Self {
        Self(vec![finding])
    }
}

impl From<Vec<Finding>> for Failed {
    fn from(findings: Vec<Finding>) -> Self {
        Self(findings)
    }
}
