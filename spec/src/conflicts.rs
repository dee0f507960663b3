//! `conflicts.yaml` and `CONFLICTS.md`: contradictions of the documentation, the choices, and what a
//! client should tolerate.

mod render;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashSet};

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;

pub(crate) use render::render;

use crate::{
    finding::Finding,
    fragment::Evidence,
    lists::{self, Faults, is_sentence},
    yaml,
};

const INVALID: &str = "conflict-invalid";

/// The known conflicts, as `spec/conflicts.yaml` has them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Conflicts {
    /// Topics in the order of the report, each with its heading.
    pub(crate) topics: IndexMap<String, String>,
    /// In the order of the topics, and of their identifiers within a topic.
    pub(crate) conflicts: Vec<Conflict>,
}

impl Conflicts {
    /// The places in the document of `version` with a choice, as JSON pointers.
    pub(crate) fn places(&self, version: &str) -> HashSet<&str> {
        let places = self.conflicts.iter().flat_map(|conflict| &conflict.at);
        places
            .filter_map(|place| place.strip_prefix(version)?.strip_prefix('#'))
            .collect()
    }
}

/// A contradiction.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Conflict {
    /// Stable name, in kebab-case.
    pub(crate) id: String,
    /// One of the topics.
    pub(crate) topic: String,
    /// The versions of the API that it concerns.
    pub(crate) versions: Vec<String>,
    /// The operation, field or subject.
    pub(crate) about: String,
    /// The contradicting statements.
    pub(crate) sides: Vec<Side>,
    /// The choice in the documents.
    pub(crate) chosen: String,
    /// The reason of the choice.
    pub(crate) why: String,
    /// What a client should accept.
    pub(crate) tolerate: String,
    /// Places in the documents with the choice, for example `v2#/components/schemas/Deal`.
    #[serde(default)]
    pub(crate) at: Vec<String>,
    /// The overlay that makes the choice, below `spec/overlays`.
    #[serde(default)]
    pub(crate) overlay: Option<String>,
}

/// One of the statements that contradict each other.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Side {
    /// The statement, paraphrased.
    pub(crate) says: String,
    /// Addresses of the pages with the statement. Empty for the behaviour of public programs.
    #[serde(default, rename = "where")]
    pub(crate) pages: Vec<String>,
    /// The evidence of the statement.
    pub(crate) evidence: Evidence,
}

/// Reads the conflicts. All findings of the file are reported together.
pub(crate) fn parse(text: &str, file: &str) -> Result<Conflicts, Vec<Finding>> {
    let help = "a conflict has id, topic, versions, about, sides, chosen, why, tolerate and, if need be, at and overlay";
    let conflicts: Conflicts =
        yaml::read_as(text, file, INVALID, help).map_err(|finding| vec![finding])?;
    let mut faults = Faults::of(file, INVALID);
    for (topic, heading) in &conflicts.topics {
        faults.about(yaml::child("/topics", topic), topic);
        faults.unless(is_sentence(heading), "", "no heading", "write one");
        let is_used = conflicts.conflicts.iter().any(|one| one.topic == *topic);
        faults.unless(is_used, "", "no conflict has this topic", "delete it");
    }
    let mut ids = HashSet::new();
    let mut before = None;
    for (index, conflict) in conflicts.conflicts.iter().enumerate() {
        let Conflict { id, topic, .. } = conflict;
        faults.about(format!("/conflicts/{index}"), id);
        let help = "give one of them another";
        faults.unless(ids.insert(id), "/id", "this identifier is used twice", help);
        let place = conflicts
            .topics
            .get_index_of(topic)
            .map(|topic| (topic, id));
        let message = format!("there is no topic `{topic}`");
        let help = "name one of `topics`, or add it there";
        faults.unless(place.is_some(), "/topic", &message, help);
        let is_ordered = place.is_none() || before <= place;
        let help = "keep the order of the topics, and of the identifiers within a topic";
        faults.unless(is_ordered, "", "is in the wrong place", help);
        before = place.or(before);
        check(conflict, &mut faults);
    }
    faults.or(conflicts)
}

fn check(conflict: &Conflict, faults: &mut Faults<'_>) {
    let help = "use lower-case letters, digits and single hyphens";
    let is_name = is_kebab_case(&conflict.id);
    faults.unless(is_name, "/id", "this is not an identifier", help);
    lists::check_versions(&conflict.versions, faults);
    for (key, text) in [
        ("/about", &conflict.about),
        ("/chosen", &conflict.chosen),
        ("/why", &conflict.why),
        ("/tolerate", &conflict.tolerate),
    ] {
        lists::check_sentence(text, key, faults);
    }
    let has_sides = conflict.sides.len() > 1;
    let help = "say what is contradicted, and by what";
    faults.unless(has_sides, "/sides", "a conflict needs two sides", help);
    for (index, side) in conflict.sides.iter().enumerate() {
        lists::check_sentence(&side.says, &format!("/sides/{index}/says"), faults);
        let key = format!("/sides/{index}/where");
        let is_sourced = !side.pages.is_empty() || side.evidence == Evidence::Observed;
        let help = "name the pages that say so; only what is observed needs none";
        faults.unless(is_sourced, &key, "no page is named", help);
        for (number, address) in side.pages.iter().enumerate() {
            let message = format!("`{address}` is not the address of a page");
            let help =
                "write it like api-v2/errors, or in full with https:// if it is on another site";
            faults.unless(
                is_address(address),
                &format!("{key}/{number}"),
                &message,
                help,
            );
        }
    }
    for (index, place) in conflict.at.iter().enumerate() {
        let version = place.split_once("#/").map(|(version, _)| version);
        let mut versions = conflict.versions.iter();
        let is_place = version.is_some_and(|version| versions.any(|listed| listed == version));
        let message = format!("`{place}` is not a place in a document of its versions");
        let help = "write it like v2#/components/schemas/Deal";
        faults.unless(is_place, &format!("/at/{index}"), &message, help);
    }
}

/// Reports which conflicts no longer fit `documents`, each given with its version, `overlays`, the files below
/// `spec/overlays`, or `pages`, the addresses that facts come from.
pub(crate) fn verify(
    conflicts: &Conflicts,
    file: &str,
    documents: &[(&str, &Value)],
    overlays: &BTreeSet<String>,
    pages: &BTreeSet<&str>,
) -> Vec<Finding> {
    let mut faults = Faults::of(file, "conflict-stale");
    for (index, conflict) in conflicts.conflicts.iter().enumerate() {
        faults.about(format!("/conflicts/{index}"), &conflict.id);
        for (number, place) in conflict.at.iter().enumerate() {
            let (version, pointer) = place.split_once('#').unwrap_or((place, ""));
            // Facts about the whole API, which belong to no version.
            let is_of_facts =
                pointer.starts_with("/x-heffl-prefixes/") || pointer == "/x-heffl-rate-limits";
            let has = |document: &Value| is_of_facts || document.pointer(pointer).is_some();
            let mut documents = documents.iter();
            let is_there = documents.any(|(name, document)| *name == version && has(document));
            let message = format!("the documents have no `{place}`");
            let help =
                "check whether the choice is still valid; then correct the pointer, or delete it";
            faults.unless(is_there, &format!("/at/{number}"), &message, help);
        }
        for (side, Side { pages: named, .. }) in conflict.sides.iter().enumerate() {
            for (number, address) in named.iter().enumerate() {
                let is_known = address.starts_with("https://") || pages.contains(address.as_str());
                let key = format!("/sides/{side}/where/{number}");
                let message = format!("no facts come from a page `{address}`");
                let help = "correct the address; if it is right, add it to `x-heffl-sources` in the facts that the page is about";
                faults.unless(is_known, &key, &message, help);
            }
        }
        if let Some(overlay) = &conflict.overlay {
            let message = format!("there is no overlay `{overlay}`");
            let help = "name the overlay that makes the choice as it is called below spec/overlays";
            faults.unless(overlays.contains(overlay), "/overlay", &message, help);
        }
    }
    faults.findings
}

fn is_kebab_case(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    name.split('-')
        .all(|word| !word.is_empty() && word.chars().all(is_plain))
}

fn is_address(address: &str) -> bool {
    let path = address.strip_prefix("https://").unwrap_or(address);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    path.split('/')
        .all(|segment| !segment.is_empty() && segment.chars().all(is_plain))
}
