//! The evidence of facts, and its inheritance.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    finding::Finding,
    openapi::{Kind, Place, elements_mut, entries_mut, set, take},
    yaml::child,
};

/// The key for the evidence of a value and everything below it.
pub(crate) const EVIDENCE: &str = "x-heffl-evidence";

/// The key for the reason of `inferred` evidence.
pub(crate) const RULE: &str = "x-heffl-rule";

/// The evidence of a fact, from weakest to strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// By analogy with another page; the rule gives the reason.
    Inferred,
    /// Public programs depend on it.
    Observed,
    /// Named in a guide, a table or prose.
    Described,
    /// Seen only in an example: name and JSON type, flags unknown.
    Sampled,
    /// Name, type and flags printed on a reference page.
    Documented,
}

impl Evidence {
    /// All evidence, the strongest first.
    pub const ALL: [Self; 5] = [
        Self::Documented,
        Self::Sampled,
        Self::Described,
        Self::Observed,
        Self::Inferred,
    ];

    /// The name used in fragments and documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inferred => "inferred",
            Self::Observed => "observed",
            Self::Described => "described",
            Self::Sampled => "sampled",
            Self::Documented => "documented",
        }
    }

    /// The evidence that is written next to the keys of `value`.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        Self::read(value.get(EVIDENCE)?)
    }

    /// The evidence of this name.
    pub(crate) fn read(name: &Value) -> Option<Self> {
        Self::deserialize(name).ok()
    }

    /// Gives `value` the evidence of `other`, with its rule.
    pub(crate) fn copy(value: &mut Value, other: &Value) {
        for key in [EVIDENCE, RULE] {
            set(value, key, other.get(key));
        }
    }

    /// Writes the evidence into `value`.
    pub(crate) fn write(self, value: &mut Value) {
        if let Some(map) = value.as_object_mut() {
            map.insert(EVIDENCE.to_owned(), self.as_str().into());
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Writes the evidence of every operation, parameter, response and property into it, and into every
/// reference to a schema that has its own.
pub(super) fn resolve(document: &mut Value, findings: &mut Vec<Finding>) {
    let place = Place::root(Kind::Document);
    below(document, &place, &Inherited::default(), findings);
}

#[derive(Clone, Default)]
struct Inherited {
    evidence: Option<Evidence>,
    rule: Option<Value>,
}

fn below(value: &mut Value, place: &Place<'_>, inherited: &Inherited, findings: &mut Vec<Finding>) {
    if place.kind == Kind::Data {
        return;
    }
    // The keys of a map are names.
    let has_keywords = value.is_object() && !place.kind.is_map();
    let [written, rule] =
        [EVIDENCE, RULE].map(|key| if has_keywords { take(value, key) } else { None });
    let has_rule = rule.is_some();
    let own = match written {
        Some(written) => read(&written, rule, place, findings),
        None => inherited.clone(),
    };
    for (index, inner) in elements_mut(Some(value)).enumerate() {
        let place = place.child(&index, place.kind.child(""));
        below(inner, &place, &own, findings);
    }
    for (key, inner) in entries_mut(Some(value)) {
        let place = place.child(key, place.kind.child(key));
        below(inner, &place, &own, findings);
    }
    let is_reference = value.get("$ref").is_some();
    let takes_over = is_reference && place.kind.is_schema() && has_rule;
    let has_evidence = matches!(
        place.kind,
        Kind::Operation | Kind::Parameter | Kind::Response | Kind::Property
    );
    match own.evidence {
        _ if !has_keywords || !has_evidence && !takes_over => {}
        Some(evidence) => {
            evidence.write(value);
            if let Some(rule) = own.rule {
                value[RULE] = rule;
            }
        }
        None if is_reference && !place.kind.is_schema() => {}
        None => findings.push(
            Finding::new("fragment-invalid", "the evidence is missing")
                .pointer(place.pointer())
                .help(format!("add `{EVIDENCE}` here, or once at the top")),
        ),
    }
}

/// The evidence that is written at a place, and its rule.
fn read(
    written: &Value,
    rule: Option<Value>,
    place: &Place<'_>,
    findings: &mut Vec<Finding>,
) -> Inherited {
    let evidence = Evidence::read(written);
    let rule = rule.filter(Value::is_string);
    let is_empty = |rule: &Value| rule.as_str().is_some_and(|rule| rule.trim().is_empty());
    let message = match evidence {
        None => Some(format!(
            "unknown evidence {written}: use documented, sampled, described, observed or inferred"
        )),
        Some(Evidence::Inferred) if rule.as_ref().is_none_or(is_empty) => Some(format!(
            "this is inferred, but `{RULE}` with the reason is missing"
        )),
        Some(_) => None,
    };
    findings.extend(message.map(|message| {
        Finding::new("fragment-invalid", message)
            .pointer(child(&place.pointer(), EVIDENCE))
            .help("choose the evidence; spec/README.md explains each")
    }));
    // Each problem is reported once.
    let evidence = evidence.or(Some(Evidence::Documented));
    Inherited { evidence, rule }
}
