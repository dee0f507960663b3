//! What the API offers, one constant per operation.

use std::fmt;

use crate::id::Kind;

/// One operation of the API, as its document describes it.
///
/// The generated modules list all of theirs: [`v1::OPERATIONS`](crate::v1::OPERATIONS) and
/// [`v2::OPERATIONS`](crate::v2::OPERATIONS).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Operation {
    /// Name of the operation, such as `listDeals`.
    pub id: &'static str,
    /// HTTP method, in capitals.
    pub method: &'static str,
    /// Version of the API as it stands in the path: `v1` or `v2`.
    pub version: &'static str,
    /// Path below the version, with parameters in braces: `/deals/{id}`.
    pub path: &'static str,
    /// How well the operation is known: `documented`, `sampled`, `described`, `observed` or `inferred`.
    pub evidence: &'static str,
    /// Address of the page that describes the operation.
    pub source: &'static str,
    /// What the document says of the values of its parameters; checked before anything is sent.
    pub(crate) limits: &'static [Limit],
    /// Its parameters that hold identifiers; checked before anything is sent.
    pub(crate) identifiers: &'static [Identifier],
    /// Of a list, the parameter that takes the size of a page, and the largest size that is documented.
    pub(crate) largest_page: Option<(&'static str, u32)>,
}

/// A parameter that holds identifiers of one kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Identifier {
    /// Name of the parameter on the wire.
    pub(crate) parameter: &'static str,
    /// For a parameter that holds conditions as JSON, the field whose values are identifiers.
    pub(crate) filter_field: Option<&'static str>,
    /// What the identifiers name.
    pub(crate) kind: &'static Kind,
}

impl Identifier {
    /// What is wrong with the value of the parameter, if anything.
    pub(crate) fn problem(&self, value: &str) -> Option<String> {
        let Self {
            parameter, kind, ..
        } = self;
        let Some(field) = self.filter_field else {
            let problem = kind.check(value).err()?;
            return Some(format!("parameter {parameter} {problem}"));
        };
        // Text that holds no such values is the server's to judge.
        let conditions: serde_json::Value = serde_json::from_str(value).ok()?;
        let values = conditions.get(field)?.get("values")?.as_array()?;
        let mut ids = values.iter().filter_map(serde_json::Value::as_str);
        let problem = ids.find_map(|id| kind.check(id).err())?;
        Some(format!(
            "parameter {parameter}: a value of {field} {problem}"
        ))
    }
}

/// Bounds of a parameter, both of them allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Limit {
    /// Name of the parameter on the wire.
    pub(crate) parameter: &'static str,
    /// What is bounded.
    pub(crate) measure: Measure,
    pub(crate) minimum: Option<i64>,
    pub(crate) maximum: Option<i64>,
}

/// What a [`Limit`] bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(dead_code, reason = "which of them there are is up to the documents")]
pub(crate) enum Measure {
    /// The number that the parameter is.
    Value,
    /// The characters of the text that the parameter is.
    Length,
}

impl Limit {
    /// What is wrong with a value, if anything. The value of a text is not repeated: it may be
    /// personal data.
    #[expect(clippy::cast_precision_loss, reason = "bounds are small numbers")]
    pub(crate) fn problem(&self, value: &str) -> Option<String> {
        let (found, said) = match self.measure {
            Measure::Value => (value.parse::<f64>().ok()?, format!("is {value}")),
            Measure::Length => {
                let length = value.chars().count();
                (length as f64, format!("has {length} characters"))
            }
        };
        let inside = self.minimum.is_none_or(|low| found >= low as f64)
            && self.maximum.is_none_or(|high| found <= high as f64);
        let bounds = match (self.minimum, self.maximum) {
            (Some(low), Some(high)) => format!("from {low} to {high}"),
            (Some(low), None) => format!("at least {low}"),
            (None, Some(high)) => format!("at most {high}"),
            (None, None) => return None,
        };
        let verb = match self.measure {
            Measure::Value => "be",
            Measure::Length => "have",
        };
        (!inside).then(|| {
            format!(
                "parameter {} {said}, and must {verb} {bounds}",
                self.parameter
            )
        })
    }
}

impl Operation {
    /// An operation that this crate has no method for, to be called with
    /// [`Client::call`](crate::Client::call): its name for messages, its method in capitals, the
    /// version, and the path below it.
    pub const fn new(
        id: &'static str,
        method: &'static str,
        version: &'static str,
        path: &'static str,
    ) -> Self {
        Self {
            id,
            method,
            version,
            path,
            evidence: "observed",
            source: "",
            limits: &[],
            identifiers: &[],
            largest_page: None,
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} ({} /{}{})",
            self.id, self.method, self.version, self.path
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_bounds_are_allowed_and_nothing_beyond() {
        use Measure::{Length, Value};

        for (measure, minimum, maximum, value, expected) in [
            (Value, Some(1), Some(100), "1", None),
            (Value, Some(1), Some(100), "100", None),
            (
                Value,
                Some(1),
                Some(100),
                "0",
                Some("is 0, and must be from 1 to 100"),
            ),
            (
                Value,
                Some(1),
                Some(100),
                "101",
                Some("is 101, and must be from 1 to 100"),
            ),
            (
                Value,
                Some(-5),
                None,
                "-5.5",
                Some("is -5.5, and must be at least -5"),
            ),
            (
                Value,
                None,
                Some(2),
                "NaN",
                Some("is NaN, and must be at most 2"),
            ),
            (
                Length,
                None,
                Some(3),
                "größ",
                Some("has 4 characters, and must have at most 3"),
            ),
            (Length, Some(1), Some(3), "grö", None),
            (
                Length,
                Some(1),
                None,
                "",
                Some("has 0 characters, and must have at least 1"),
            ),
        ] {
            let parameter = "size";
            let limit = Limit {
                parameter,
                measure,
                minimum,
                maximum,
            };
            let expected = expected.map(|problem| format!("parameter size {problem}"));
            assert_eq!(limit.problem(value), expected, "{value}");
        }
    }
}
