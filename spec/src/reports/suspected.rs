//! Operations that are left out on purpose: something hints at them, nothing describes them.

use serde::Deserialize;
use serde_json::Value;

use super::{is_sorted_set, is_version};
use crate::{finding::Finding, yaml};

const INVALID: &str = "suspected-invalid";

/// The suspected operations, as `spec/suspected.yaml` has them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suspected {
    /// In the order of the report.
    pub suspected: Vec<Group>,
}

/// Operations that are suspected for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The versions of the API they would belong to.
    pub versions: Vec<String>,
    /// What they would be about.
    pub name: String,
    /// Method and path of each, where they can be guessed.
    #[serde(default)]
    pub operations: Vec<String>,
    /// What hints at them.
    pub why: String,
    /// What was searched, and with what result.
    pub searched: String,
}

/// Reads the suspected operations. All findings of the file are reported together.
pub fn parse(text: &str, file: &str) -> Result<Suspected, Vec<Finding>> {
    let suspected: Suspected = super::read(
        text,
        file,
        INVALID,
        "an entry has versions, name, why, searched and, if they can be guessed, operations",
    )?;
    let mut findings = Vec::new();
    for (index, group) in suspected.suspected.iter().enumerate() {
        let mut report = |key: &str, message: String, help: &str| {
            findings.push(
                Finding::new(INVALID, message)
                    .file(file)
                    .pointer(format!("/suspected/{index}/{key}"))
                    .help(help),
            );
        };
        if !is_sorted_set(&group.versions) || !group.versions.iter().all(|name| is_version(name)) {
            report(
                "versions",
                "these are not versions in their order".to_owned(),
                "write them like [v1, v2]",
            );
        }
        for (key, text) in [
            ("name", &group.name),
            ("why", &group.why),
            ("searched", &group.searched),
        ] {
            if text.trim().is_empty() || text.contains('\n') {
                report(
                    key,
                    "this must be text on one line".to_owned(),
                    "write a sentence",
                );
            }
        }
        for (number, operation) in group.operations.iter().enumerate() {
            if pointer(operation).is_none() {
                report(
                    &format!("operations/{number}"),
                    format!("`{operation}` is not an operation"),
                    "write it like GET /deals/{id}",
                );
            }
        }
    }
    if findings.is_empty() {
        Ok(suspected)
    } else {
        Err(findings)
    }
}

/// Says which suspected operations are part of a document, and so no longer suspected.
/// `documents` are given with their versions.
pub fn verify(suspected: &Suspected, file: &str, documents: &[(&str, &Value)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, group) in suspected.suspected.iter().enumerate() {
        for (number, operation) in group.operations.iter().enumerate() {
            let known = documents.iter().find(|(version, document)| {
                group.versions.iter().any(|listed| listed == version)
                    && pointer(operation)
                        .is_some_and(|pointer| document.pointer(&pointer).is_some())
            });
            if let Some((version, _)) = known {
                findings.push(
                    Finding::new(
                        "suspected-known",
                        format!("{version} has the operation `{operation}`"),
                    )
                    .file(file)
                    .pointer(format!("/suspected/{index}/operations/{number}"))
                    .help("delete it here: it is no longer suspected"),
                );
            }
        }
    }
    findings
}

/// Where a document would have the operation.
fn pointer(operation: &str) -> Option<String> {
    let (method, path) = operation.split_once(' ')?;
    let valid = crate::openapi::METHODS.contains(&method.to_ascii_lowercase().as_str())
        && method == method.to_ascii_uppercase()
        && path.starts_with('/');
    valid.then(|| yaml::child(&yaml::child("/paths", path), method.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const GOOD: &str = "suspected:
- versions: [v2]
  name: Gadgets
  operations: ['GET /gadgets/{id}']
  why: A guide mentions them.
  searched: No page was found.
";

    #[test]
    fn what_is_wrong_is_found_with_its_place() {
        assert_eq!(parse(GOOD, "s.yaml").unwrap().suspected.len(), 1);
        for (from, to, expected) in [
            ("why:", "because:", "unknown field `because`"),
            ("[v2]", "[]", "#/suspected/0/versions"),
            ("Gadgets", "' '", "#/suspected/0/name"),
            ("GET /", "get /", "#/suspected/0/operations/0"),
            ("GET /gadgets", "GET gadgets", "is not an operation"),
        ] {
            let findings = parse(&GOOD.replace(from, to), "s.yaml").unwrap_err();
            let all: String = findings.iter().map(ToString::to_string).collect();
            assert!(all.contains(expected), "{expected}: {all}");
        }
    }

    #[test]
    fn an_operation_that_is_known_is_not_suspected() {
        let suspected = parse(GOOD, "s.yaml").unwrap();
        let with = json!({"paths": {"/gadgets/{id}": {"get": {}}}});
        let without = json!({"paths": {"/gadgets/{id}": {"patch": {}}}});
        assert_eq!(
            verify(&suspected, "s.yaml", &[("v1", &with), ("v2", &without)]),
            []
        );
        let findings = verify(&suspected, "s.yaml", &[("v2", &with)]);
        assert_eq!(findings.len(), 1);
        assert_eq!(
            findings[0].pointer.as_deref(),
            Some("/suspected/0/operations/0")
        );
    }
}
