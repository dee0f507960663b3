//! Descriptions of the operations of the API.

use std::{borrow::Cow, sync::Arc};

use reqwest::Method;

use crate::{api::KEY, id::Kind, ids::KINDS, key::Key, limit::Limit, text::one_line};

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
    /// The documented limits of its parameters, by their names on the wire; checked before anything is sent.
    pub(crate) limits: &'static [(&'static str, &'static [Limit])],
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

    pub(crate) const fn limits(
        mut self,
        limits: &'static [(&'static str, &'static [Limit])],
    ) -> Self {
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

    /// The problem of the values of a parameter; `None` if they are valid. It does not contain the values, which may be
    /// personal data.
    pub(crate) fn problem(&self, parameter: &str, values: &[String]) -> Option<String> {
        let limits = self.limits.iter().filter(|(of, _)| *of == parameter);
        let mut limits = limits.flat_map(|(_, limits)| *limits);
        if let Some(problem) = limits.find_map(|limit| limit.problem_of(values)) {
            return Some(format!("parameter {parameter} {problem}"));
        }
        let mut ids = self
            .identifiers
            .iter()
            .filter(|it| it.parameter == parameter);
        ids.find_map(|id| values.iter().find_map(|value| id.problem(value)))
    }

    /// A placeholder that belongs to no endpoint.
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
    fn a_limit_holds_for_a_list_or_for_each_of_its_values() {
        use Limit::{MaxItems, MaxLength, Maximum, MinItems, MinLength, Minimum};

        const SIZE: &[(&str, &[Limit])] = &[("size", &[Minimum(-1.5), Maximum(100.0)])];
        const NAME: &[(&str, &[Limit])] = &[("size", &[MinLength(1), MaxLength(3)])];
        const NAMES: &[(&str, &[Limit])] = &[("size", &[MinItems(1), MaxItems(2), MaxLength(1)])];

        let problem = |limits, values: &[&str]| {
            let spec = Spec::NONE.limits(limits);
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            (
                spec.problem("size", &values),
                spec.problem("other", &values),
            )
        };
        let refused = |problem: &str| (Some(format!("parameter size {problem}")), None);
        assert_eq!(problem(SIZE, &["-1.5", "100"]), (None, None));
        assert_eq!(problem(SIZE, &["-2"]), refused("must be at least -1.5"));
        assert_eq!(problem(SIZE, &["1", "101"]), refused("must be at most 100"));
        assert_eq!(problem(SIZE, &["NaN"]), refused("must be at least -1.5"));
        assert_eq!(problem(NAME, &["grö"]), (None, None));
        assert_eq!(problem(NAME, &[""]), refused("needs at least 1 character"));
        assert_eq!(
            problem(NAME, &["größ"]),
            refused("takes at most 3 characters")
        );
        assert_eq!(problem(NAMES, &["a", "b"]), (None, None));
        assert_eq!(problem(NAMES, &[]), refused("needs at least 1 item"));
        assert_eq!(
            problem(NAMES, &["a", "b", "c"]),
            refused("takes at most 2 items")
        );
        assert_eq!(
            problem(NAMES, &["a", "bc"]),
            refused("takes at most 1 character")
        );
    }
}
