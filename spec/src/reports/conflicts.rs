//! Contradictions of the documentation, what was chosen, and what a client should tolerate.

mod render;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashSet};

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;

pub use render::render;

use super::{is_sorted_set, is_version};
use crate::{finding::Finding, fragment::Evidence};

const INVALID: &str = "conflict-invalid";

/// The known conflicts, as `spec/conflicts.yaml` has them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conflicts {
    /// Topics in the order of the report, each with its heading.
    pub topics: IndexMap<String, String>,
    /// In the order of the topics, and of their identifiers within a topic.
    pub conflicts: Vec<Conflict>,
}

impl Conflicts {
    /// The places in the document of `version` that embody a choice, as JSON pointers.
    pub(crate) fn places(&self, version: &str) -> HashSet<&str> {
        let places = self.conflicts.iter().flat_map(|conflict| &conflict.at);
        places
            .filter_map(|place| place.strip_prefix(version)?.strip_prefix('#'))
            .collect()
    }
}

/// One contradiction.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conflict {
    /// Stable name, in kebab-case.
    pub id: String,
    /// One of the topics.
    pub topic: String,
    /// The versions of the API that it concerns.
    pub versions: Vec<String>,
    /// The operation, field or subject.
    pub about: String,
    /// What is said, and by whom.
    pub sides: Vec<Side>,
    /// What the documents embody.
    pub chosen: String,
    /// Why.
    pub why: String,
    /// What a client should accept.
    pub tolerate: String,
    /// Places in the documents that embody the choice, for example `v2#/components/schemas/Deal`.
    #[serde(default)]
    pub at: Vec<String>,
    /// The overlay that makes the choice, below `spec/overlays`.
    #[serde(default)]
    pub overlay: Option<String>,
}

/// One of the statements that contradict each other.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// The statement, in our own words.
    pub says: String,
    /// Addresses of the pages that make it. None for what public programs do.
    #[serde(default, rename = "where")]
    pub pages: Vec<String>,
    /// How well it is known.
    pub evidence: Evidence,
}

/// Reads the conflicts. All findings of the file are reported together.
pub fn parse(text: &str, file: &str) -> Result<Conflicts, Vec<Finding>> {
    let conflicts: Conflicts = super::read(
        text,
        file,
        INVALID,
        "a conflict has id, topic, versions, about, sides, chosen, why, tolerate and, if need be, at and overlay",
    )?;
    let mut check = Check {
        file,
        findings: Vec::new(),
    };
    check.topics(&conflicts);
    check.order(&conflicts);
    for (index, conflict) in conflicts.conflicts.iter().enumerate() {
        check.conflict(conflict, &format!("/conflicts/{index}"));
    }
    if check.findings.is_empty() {
        Ok(conflicts)
    } else {
        Err(check.findings)
    }
}

/// Says which conflicts no longer fit `documents`, each given with its version, `overlays`, the files below
/// `spec/overlays`, or `pages`, the addresses that facts come from.
pub fn verify(
    conflicts: &Conflicts,
    file: &str,
    documents: &[(&str, &Value)],
    overlays: &BTreeSet<String>,
    pages: &BTreeSet<&str>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut stale = |place: String, message: String, help: &str| {
        findings.push(
            Finding::new("conflict-stale", message)
                .file(file)
                .pointer(place)
                .help(help),
        );
    };
    for (index, conflict) in conflicts.conflicts.iter().enumerate() {
        let id = &conflict.id;
        for (number, place) in conflict.at.iter().enumerate() {
            let (version, pointer) = place.split_once('#').unwrap_or((place, ""));
            let document = documents.iter().find(|(name, _)| *name == version);
            // Facts about all of the API that no document has.
            let is_of_facts =
                pointer.starts_with("/x-heffl-prefixes/") || pointer == "/x-heffl-rate-limits";
            let has = |document: &Value| is_of_facts || document.pointer(pointer).is_some();
            if document.is_none_or(|(_, document)| !has(document)) {
                stale(
                    format!("/conflicts/{index}/at/{number}"),
                    format!("{id}: the documents have no `{place}`"),
                    "see whether the choice still stands; then correct the pointer, or delete it",
                );
            }
        }
        for (number, side) in conflict.sides.iter().enumerate() {
            for (place, address) in side.pages.iter().enumerate() {
                if !(address.starts_with("https://") || pages.contains(address.as_str())) {
                    stale(
                        format!("/conflicts/{index}/sides/{number}/where/{place}"),
                        format!("{id}: no facts come from a page `{address}`"),
                        "correct the address; if it is right, add it to `x-heffl-sources` in the facts that the page is about",
                    );
                }
            }
        }
        if let Some(overlay) = &conflict.overlay
            && !overlays.contains(overlay)
        {
            stale(
                format!("/conflicts/{index}/overlay"),
                format!("{id}: there is no overlay `{overlay}`"),
                "name the overlay that makes the choice as it is called below spec/overlays",
            );
        }
    }
    findings
}

struct Check<'a> {
    file: &'a str,
    findings: Vec<Finding>,
}

impl Check<'_> {
    fn report(&mut self, pointer: impl Into<String>, message: impl Into<String>, help: &str) {
        self.findings.push(
            Finding::new(INVALID, message)
                .file(self.file)
                .pointer(pointer)
                .help(help),
        );
    }

    fn topics(&mut self, conflicts: &Conflicts) {
        for (topic, heading) in &conflicts.topics {
            let pointer = crate::yaml::child("/topics", topic);
            if heading.trim().is_empty() {
                self.report(&pointer, format!("{topic}: no heading"), "write one");
            }
            if !conflicts.conflicts.iter().any(|one| one.topic == *topic) {
                self.report(
                    &pointer,
                    format!("{topic}: no conflict has this topic"),
                    "delete it",
                );
            }
        }
    }

    fn order(&mut self, conflicts: &Conflicts) {
        let mut ids = HashSet::new();
        let mut before = None;
        for (index, conflict) in conflicts.conflicts.iter().enumerate() {
            let pointer = format!("/conflicts/{index}");
            let id = &conflict.id;
            if !ids.insert(id) {
                self.report(
                    format!("{pointer}/id"),
                    format!("{id}: this identifier stands here twice"),
                    "give one of them another",
                );
            }
            let Some(topic) = conflicts.topics.get_index_of(&conflict.topic) else {
                self.report(
                    format!("{pointer}/topic"),
                    format!("{id}: there is no topic `{}`", conflict.topic),
                    "name one of `topics`, or add it there",
                );
                continue;
            };
            let place = (topic, id);
            if before.is_some_and(|before| before > place) {
                self.report(
                    &pointer,
                    format!("{id}: stands in the wrong place"),
                    "keep the order of the topics, and of the identifiers within a topic",
                );
            }
            before = Some(place);
        }
    }

    fn conflict(&mut self, conflict: &Conflict, pointer: &str) {
        let id = &conflict.id;
        if !is_kebab_case(id) {
            self.report(
                format!("{pointer}/id"),
                format!("`{id}` is not an identifier"),
                "use lower-case letters, digits and single hyphens",
            );
        }
        if !is_sorted_set(&conflict.versions)
            || !conflict.versions.iter().all(|name| is_version(name))
        {
            self.report(
                format!("{pointer}/versions"),
                format!("{id}: these are not versions in their order"),
                "write them like [v1, v2]",
            );
        }
        for (key, text) in [
            ("about", &conflict.about),
            ("chosen", &conflict.chosen),
            ("why", &conflict.why),
            ("tolerate", &conflict.tolerate),
        ] {
            self.text(id, text, &format!("{pointer}/{key}"));
        }
        if conflict.sides.len() < 2 {
            self.report(
                format!("{pointer}/sides"),
                format!("{id}: it takes two to contradict"),
                "say what is contradicted, and by what",
            );
        }
        for (index, side) in conflict.sides.iter().enumerate() {
            self.side(id, side, &format!("{pointer}/sides/{index}"));
        }
        for (index, place) in conflict.at.iter().enumerate() {
            let valid = place.split_once("#/").is_some_and(|(version, _)| {
                conflict.versions.iter().any(|listed| listed == version)
            });
            if !valid {
                self.report(
                    format!("{pointer}/at/{index}"),
                    format!("{id}: `{place}` is no place in a document of its versions"),
                    "write it like v2#/components/schemas/Deal",
                );
            }
        }
    }

    fn side(&mut self, id: &str, side: &Side, pointer: &str) {
        self.text(id, &side.says, &format!("{pointer}/says"));
        if side.pages.is_empty() && side.evidence != Evidence::Observed {
            self.report(
                format!("{pointer}/where"),
                format!("{id}: no page is named"),
                "name the pages that say so; only what is observed needs none",
            );
        }
        for (index, address) in side.pages.iter().enumerate() {
            if !is_address(address) {
                self.report(
                    format!("{pointer}/where/{index}"),
                    format!("{id}: `{address}` is not the address of a page"),
                    "write it like api-v2/errors, or in full with https:// if it is on another site",
                );
            }
        }
    }

    fn text(&mut self, id: &str, text: &str, pointer: &str) {
        if text.trim().is_empty() || text.contains('\n') {
            self.report(
                pointer,
                format!("{id}: this must be text on one line"),
                "write a sentence",
            );
        }
    }
}

fn is_kebab_case(name: &str) -> bool {
    name.split('-').all(|word| {
        !word.is_empty()
            && word
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    })
}

fn is_address(address: &str) -> bool {
    let path = address.strip_prefix("https://").unwrap_or(address);
    path.split('/').all(|segment| {
        !segment.is_empty()
            && segment
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
    })
}
