//! Descriptions of the operations of the API.

use std::{borrow::Cow, sync::Arc};

use reqwest::Method;

use crate::{api::KEY, id::Kind, ids::KINDS, key::Key, text::one_line};

/// An operation of the API: a method and a path.
///
/// Documented operations are in [`v1::OPERATIONS`](crate::v1::OPERATIONS) and
/// [`v2::OPERATIONS`](crate::v2::OPERATIONS). Others come from [`Client::request`](crate::Client::request).
/// Cloning is cheap.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Operation(Handle);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Handle {
    Documented(&'static Spec),
    Own(Arc<Spec>),
}

/// The description of an operation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Spec {
    pub(crate) id: Cow<'static, str>,
    pub(crate) method: Cow<'static, str>,
    pub(crate) version: Cow<'static, str>,
    pub(crate) path: Cow<'static, str>,
    pub(crate) evidence: &'static str,
    pub(crate) source: &'static str,
    /// The documented limits of its parameters; checked before anything is sent.
    pub(crate) limits: &'static [Limit],
    /// Its parameters that hold identifiers; checked before anything is sent.
    pub(crate) identifiers: &'static [Identifier],
    /// For a list, the parameter for the page size, and the largest documented size.
    pub(crate) largest_page: Option<(&'static str, u32)>,
    /// Its server and its key.
    pub(crate) access: Access,
}

/// The server of an operation, and how the key is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Access {
    /// The server, with the version, if it is not the default base URL.
    pub(crate) server: Option<&'static str>,
    pub(crate) key: Key,
}

impl Access {
    /// The server and the key of the API.
    pub(crate) const USUAL: Self = Self {
        server: None,
        key: KEY,
    };
}

impl Spec {
    /// An operation of a document.
    pub(crate) const fn documented(
        id: &'static str,
        method: &'static str,
        version: &'static str,
        path: &'static str,
        evidence: &'static str,
        source: &'static str,
    ) -> Self {
        Self {
            id: Cow::Borrowed(id),
            method: Cow::Borrowed(method),
            version: Cow::Borrowed(version),
            path: Cow::Borrowed(path),
            evidence,
            source,
            ..Self::NONE
        }
    }

    pub(crate) const fn limits(mut self, limits: &'static [Limit]) -> Self {
        self.limits = limits;
        self
    }

    pub(crate) const fn identifiers(mut self, identifiers: &'static [Identifier]) -> Self {
        self.identifiers = identifiers;
        self
    }

    pub(crate) const fn largest_page(mut self, parameter: &'static str, size: u32) -> Self {
        self.largest_page = Some((parameter, size));
        self
    }

    #[allow(dead_code, reason = "most documents have one server and one key")]
    pub(crate) const fn access(mut self, server: Option<&'static str>, key: Key) -> Self {
        self.access = Access { server, key };
        self
    }

    /// Of no endpoint.
    pub(crate) const NONE: Self = Self {
        id: Cow::Borrowed(""),
        method: Cow::Borrowed(""),
        version: Cow::Borrowed(""),
        path: Cow::Borrowed(""),
        evidence: "",
        source: "",
        limits: &[],
        identifiers: &[],
        largest_page: None,
        access: Access::USUAL,
    };
}

impl Operation {
    pub(crate) const fn documented(spec: &'static Spec) -> Self {
        Self(Handle::Documented(spec))
    }

    /// An operation that is not documented, by its method and its path with the version, and why it cannot
    /// be called, if there is a reason.
    pub(crate) fn own(method: &str, path: &str) -> (Self, Option<&'static str>) {
        let (version, rest) = match path.strip_prefix('/').map(|path| path.split_once('/')) {
            Some(Some((version, rest))) if is_version(version) => (version, rest),
            _ => ("", path),
        };
        let spec = Spec {
            id: one_line(&format!("{method} {path}")).into(),
            method: method.to_owned().into(),
            version: version.to_owned().into(),
            path: format!("/{rest}").into(),
            ..Spec::NONE
        };
        let is_method = Method::from_bytes(method.as_bytes()).is_ok()
            && !method.contains(char::is_lowercase)
            && method != "CONNECT";
        let problem = if !is_method {
            Some("the method is not one of HTTP in capitals, such as GET")
        } else if version.is_empty() {
            Some("the path does not begin with a version, as /v2/notes does")
        } else if path.contains(['?', '#']) {
            Some("the path has a query; use `query` to add parameters")
        } else if !rest.split('/').all(is_segment) {
            Some(
                "the path has a segment that is neither plain text nor one parameter in braces, as in /v2/notes/{id}",
            )
        } else {
            None
        };
        (Self(Handle::Own(Arc::new(spec))), problem)
    }

    pub(crate) fn spec(&self) -> &Spec {
        match &self.0 {
            Handle::Documented(spec) => spec,
            Handle::Own(spec) => spec,
        }
    }

    /// Name of the operation, such as `listDeals`. An operation that is not documented is named by its
    /// method and path: `GET /v2/notes/{id}`.
    pub fn id(&self) -> &str {
        &self.spec().id
    }

    /// HTTP method, in capitals.
    pub fn method(&self) -> &str {
        &self.spec().method
    }

    /// Version of the API, the first segment of the path: `v1` or `v2`.
    pub fn version(&self) -> &str {
        &self.spec().version
    }

    /// Path below the version, with parameters in braces: `/deals/{id}`.
    pub fn path(&self) -> &str {
        &self.spec().path
    }

    /// The evidence for the operation: `documented`, `sampled`, `described`, `observed` or `inferred`; empty
    /// for an operation of your own.
    pub fn evidence(&self) -> &'static str {
        self.spec().evidence
    }

    /// Address of the page that describes the operation; empty for an operation of your own.
    pub fn source(&self) -> &'static str {
        self.spec().source
    }
}

fn is_version(segment: &str) -> bool {
    let number = segment.strip_prefix('v').unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a segment of a path can be sent as it is written, or is a parameter.
fn is_segment(segment: &str) -> bool {
    let name = segment
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    let text = name.unwrap_or(segment);
    !["", ".", ".."].contains(&text)
        && !text.contains(|character: char| {
            character.is_whitespace() || character.is_control() || "{}%\\".contains(character)
        })
}

/// A parameter that holds identifiers of one kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Identifier {
    /// Name of the parameter on the wire.
    pub(crate) parameter: &'static str,
    /// For a parameter that holds conditions as JSON, the field whose values are identifiers.
    pub(crate) filter_field: Option<&'static str>,
    /// The kind of record that the identifiers name.
    pub(crate) kind: &'static Kind,
}

impl Identifier {
    pub(crate) const fn new(
        parameter: &'static str,
        filter_field: Option<&'static str>,
        kind: &'static Kind,
    ) -> Self {
        Self {
            parameter,
            filter_field,
            kind,
        }
    }

    /// The problem of a value of the parameter, if there is one.
    pub(crate) fn problem(&self, value: &str) -> Option<String> {
        let Self {
            parameter, kind, ..
        } = self;
        let Some(field) = self.filter_field else {
            let problem = kind.check(value, KINDS).err()?;
            return Some(format!("parameter {parameter} {problem}"));
        };
        // The server checks text that is not such JSON.
        let conditions: serde_json::Value = serde_json::from_str(value).ok()?;
        let values = conditions.get(field)?.get("values")?.as_array()?;
        let mut ids = values.iter().filter_map(serde_json::Value::as_str);
        let problem = ids.find_map(|id| kind.check(id, KINDS).err())?;
        Some(format!(
            "parameter {parameter}: a value of {field} {problem}"
        ))
    }
}

/// Inclusive bounds of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Limit {
    /// Name of the parameter on the wire.
    pub(crate) parameter: &'static str,
    /// The property that is bounded.
    measure: Measure,
    minimum: Option<i64>,
    maximum: Option<i64>,
}

/// What a [`Limit`] bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Measure {
    /// The number itself.
    Value,
    /// The number of characters of the text.
    Length,
}

impl Limit {
    /// Bounds of a number.
    #[allow(dead_code, reason = "only some documents have such limits")]
    pub(crate) const fn value(
        parameter: &'static str,
        minimum: Option<i64>,
        maximum: Option<i64>,
    ) -> Self {
        Self {
            parameter,
            measure: Measure::Value,
            minimum,
            maximum,
        }
    }

    /// Bounds of the number of characters of a text.
    #[allow(dead_code, reason = "only some documents have such limits")]
    pub(crate) const fn length(
        parameter: &'static str,
        minimum: Option<i64>,
        maximum: Option<i64>,
    ) -> Self {
        Self {
            measure: Measure::Length,
            ..Self::value(parameter, minimum, maximum)
        }
    }

    /// The problem of a value, if there is one. The value of a text is not repeated: it may be
    /// personal data.
    #[expect(clippy::cast_precision_loss, reason = "bounds are small numbers")]
    pub(crate) fn problem(&self, value: &str) -> Option<String> {
        let (found, actual, verb) = match self.measure {
            Measure::Value => (value.parse::<f64>().ok()?, format!("is {value}"), "be"),
            Measure::Length => {
                let length = value.chars().count();
                (length as f64, format!("has {length} characters"), "have")
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
        let parameter = self.parameter;
        (!inside).then(|| format!("parameter {parameter} {actual}, and must {verb} {bounds}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_undocumented_operation_is_named_by_method_and_path_and_refused_if_they_are_invalid() {
        for (method, path, problem) in [
            ("GET", "/v2/notes/{id}", None),
            ("PURGE", "/v1/notes", None),
            ("GET", "/v3/notes/{id}/parts", None),
            ("GET", "/v2/nötes", None),
            ("get", "/v2/notes", Some("method")),
            ("", "/v2/notes", Some("method")),
            ("G T", "/v2/notes", Some("method")),
            ("CONNECT", "/v2/notes", Some("method")),
            ("GET", "", Some("version")),
            ("GET", "/", Some("version")),
            ("GET", "/v2", Some("version")),
            ("GET", "v2/notes", Some("version")),
            ("GET", "/notes", Some("version")),
            ("GET", "/v/notes", Some("version")),
            ("GET", "https://example.com/v2/notes", Some("version")),
            ("GET", "/v2/", Some("segment")),
            ("GET", "/v2//notes", Some("segment")),
            ("GET", "/v2/notes/", Some("segment")),
            ("GET", "/v2/../v1/notes", Some("segment")),
            ("GET", "/v2/notes-{id}", Some("segment")),
            ("GET", "/v2/{}", Some("segment")),
            ("GET", "/v2/{a}{b}", Some("segment")),
            ("GET", "/v2/a%20b", Some("segment")),
            ("GET", "/v2/a b", Some("segment")),
            ("GET", "/v2/notes?a=b", Some("query")),
            ("GET", "/v2/notes#a", Some("query")),
        ] {
            let (operation, found) = Operation::own(method, path);
            assert_eq!(operation.id(), format!("{method} {path}"));
            assert_eq!(found.is_some(), problem.is_some(), "{path}: {found:?}");
            assert!(
                found
                    .unwrap_or_default()
                    .contains(problem.unwrap_or_default()),
                "{path}: {found:?}"
            );
        }
    }

    #[test]
    fn bounds_are_inclusive() {
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
