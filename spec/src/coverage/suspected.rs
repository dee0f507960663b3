//! Operations that are left out on purpose: there are hints of them, but no description.

use serde::Deserialize;
use serde_json::Value;

use crate::{
    finding::Finding,
    lists::{self, Faults},
    openapi::METHODS,
    yaml,
};

const INVALID: &str = "suspected-invalid";

/// The suspected operations, as `spec/suspected.yaml` has them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Suspected {
    /// In the order of the report.
    pub(crate) suspected: Vec<Group>,
}

/// Operations that are suspected for the same reason.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    /// The versions of the API they would belong to.
    pub(crate) versions: Vec<String>,
    /// Their subject.
    pub(crate) name: String,
    /// Method and path of each, if they can be guessed.
    #[serde(default)]
    pub(crate) operations: Vec<String>,
    /// The hints of their existence.
    pub(crate) why: String,
    /// The searched sources, and the result.
    pub(crate) searched: String,
}

/// Reads the suspected operations. All findings of the file are reported together.
pub(crate) fn parse(text: &str, file: &str) -> Result<Suspected, Vec<Finding>> {
    let help = "an entry has versions, name, why, searched and, if they can be guessed, operations";
    let suspected: Suspected =
        yaml::read_as(text, file, INVALID, help).map_err(|finding| vec![finding])?;
    let mut faults = Faults::of(file, INVALID);
    for (index, group) in suspected.suspected.iter().enumerate() {
        faults.about(format!("/suspected/{index}"), &group.name);
        lists::check_versions(&group.versions, &mut faults);
        for (key, text) in [
            ("/name", &group.name),
            ("/why", &group.why),
            ("/searched", &group.searched),
        ] {
            lists::check_sentence(text, key, &mut faults);
        }
        for (number, operation) in group.operations.iter().enumerate() {
            let message = format!("`{operation}` is not an operation");
            let (key, help) = (
                format!("/operations/{number}"),
                "write it like GET /deals/{id}",
            );
            faults.unless(pointer(operation).is_some(), &key, &message, help);
        }
    }
    faults.or(suspected)
}

/// Reports suspected operations that a document has.
/// `documents` are given with their versions.
pub(crate) fn verify(
    suspected: &Suspected,
    file: &str,
    documents: &[(&str, &Value)],
) -> Vec<Finding> {
    let mut faults = Faults::of(file, "suspected-known");
    for (index, group) in suspected.suspected.iter().enumerate() {
        faults.about(format!("/suspected/{index}"), &group.name);
        for (number, operation) in group.operations.iter().enumerate() {
            let known = documents.iter().find(|(version, document)| {
                let is_listed = group.versions.iter().any(|listed| listed == version);
                is_listed
                    && pointer(operation)
                        .and_then(|it| document.pointer(&it))
                        .is_some()
            });
            if let Some((version, _)) = known {
                let key = format!("/operations/{number}");
                let message = format!("{version} has the operation `{operation}`");
                let help = "delete it here: it is no longer suspected";
                faults.unless(false, &key, &message, help);
            }
        }
    }
    faults.findings
}

/// The pointer to the operation in a document.
fn pointer(operation: &str) -> Option<String> {
    let (method, path) = operation.split_once(' ')?;
    let valid = METHODS.contains(&method.to_ascii_lowercase().as_str())
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
    fn problems_are_reported_with_their_place() {
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
    fn an_operation_of_a_document_is_not_suspected() {
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
