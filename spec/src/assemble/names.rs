//! `spec/names.yaml`: names that replace the names by rule.

use indexmap::IndexMap;
use serde::Deserialize;

use crate::{finding::Finding, yaml};

/// The chosen names of every version, by version (`v1`, `v2`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Names(pub IndexMap<String, VersionNames>);

/// The chosen names of one version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionNames {
    /// Chosen names of schemas, by the name from the rules.
    #[serde(default)]
    pub schemas: IndexMap<String, String>,
    /// Chosen `operationId`s, by operation, for example `POST /leads/{id}/convert`.
    #[serde(default)]
    pub operations: IndexMap<String, String>,
}

impl Names {
    /// Reads `names.yaml`.
    pub fn parse(text: &str, file: &str) -> Result<Self, Finding> {
        let help =
            "write `v2: {schemas: {Derived: Chosen}, operations: {\"POST /x/y\": operationId}}`";
        let names: Option<Self> = yaml::read_as(text, file, "names-invalid", help)?;
        let names = names.unwrap_or_default();
        for (version, names) in &names.0 {
            for chosen in names.schemas.values().chain(names.operations.values()) {
                if !is_identifier(chosen) {
                    return Err(Finding::new(
                        "names-invalid",
                        format!("`{chosen}` is not a name: letters and digits, a letter first"),
                    )
                    .file(file)
                    .pointer(format!("/{version}"))
                    .help("choose a name that Rust can use, such as GadgetLine or listGadgets"));
                }
            }
        }
        Ok(names)
    }

    /// The names of one version.
    pub fn version(&self, version: &str) -> VersionNames {
        self.0.get(version).cloned().unwrap_or_default()
    }
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_refuses() {
        let names = Names::parse("v2: {schemas: {A: B}, operations: {GET /a: getA}}", "n").unwrap();
        assert_eq!(names.version("v2").schemas["A"], "B");
        assert_eq!(names.version("v1"), VersionNames::default());
        assert_eq!(Names::parse("", "n").unwrap(), Names::default());
        assert!(Names::parse("v2: {schema: {}}", "n").is_err());
        assert!(Names::parse("v2: {schemas: {A: a-b}}", "n").is_err());
    }
}
