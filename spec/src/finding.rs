//! The type of a problem, which this crate shares with the generator.

pub use heffl_finding::{Finding, Severity};

/// The value, if there are no findings.
pub(crate) fn unless<T>(findings: Vec<Finding>, value: T) -> Result<T, Vec<Finding>> {
    if findings.is_empty() {
        Ok(value)
    } else {
        Err(findings)
    }
}

/// The value; if there is none, the reason joins the other findings.
pub(crate) fn keep<T>(
    result: Result<T, impl Into<Vec<Finding>>>,
    findings: &mut Vec<Finding>,
) -> Option<T> {
    result.map_err(|more| findings.extend(more.into())).ok()
}
