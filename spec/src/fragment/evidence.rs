//! How well a fact is known, and how it is inherited.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{finding::Finding, openapi::Kind, yaml::child};

/// Says how well all that stands below is known.
pub(crate) const EVIDENCE: &str = "x-heffl-evidence";

/// Says why, where the evidence is `inferred` or a schema is taken from elsewhere.
pub(crate) const RULE: &str = "x-heffl-rule";

/// How well a fact is known. Ordered from weakest to strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// By analogy with a sister page; the rule is named.
    Inferred,
    /// Public programs rely on it.
    Observed,
    /// Named in a guide, a table or prose.
    Described,
    /// Seen only in an example: name and JSON type, flags unknown.
    Sampled,
    /// Name, type and flags printed on a reference page.
    Documented,
}

impl Evidence {
    /// All of them, the strongest first.
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

    /// The evidence that is written beside `value`.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        let name = value.get(EVIDENCE)?.as_str()?;
        Self::ALL.into_iter().find(|known| known.as_str() == name)
    }

    /// Writes the evidence beside `value`.
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

/// Writes the evidence of every operation, parameter, response and property beside it, and beside every
/// reference to a schema that says its own.
pub(super) fn resolve(document: &mut Value, findings: &mut Vec<Finding>) {
    let root = Inherited {
        evidence: None,
        rule: None,
    };
    below(
        document,
        Kind::Document,
        &root,
        &mut String::new(),
        findings,
    );
}

#[derive(Clone)]
struct Inherited {
    evidence: Option<Evidence>,
    rule: Option<String>,
}

fn below(
    value: &mut Value,
    kind: Kind,
    inherited: &Inherited,
    pointer: &mut String,
    findings: &mut Vec<Finding>,
) {
    let length = pointer.len();
    match value {
        Value::Array(list) => {
            for (index, inner) in list.iter_mut().enumerate() {
                *pointer = child(pointer, index);
                below(inner, kind.child(""), inherited, pointer, findings);
                pointer.truncate(length);
            }
        }
        Value::Object(map) if kind != Kind::Data => {
            let mut own = inherited.clone();
            // In a map of properties the key would be a name.
            let is_map = kind.is_map();
            if !is_map && let Some(written) = map.shift_remove(EVIDENCE) {
                own.evidence = Evidence::of(&serde_json::json!({EVIDENCE: written}));
                own.rule = map.get(RULE).and_then(Value::as_str).map(str::to_owned);
                let message = match own.evidence {
                    None => Some(format!(
                        "{written} is no evidence: documented, sampled, described, observed or inferred"
                    )),
                    Some(Evidence::Inferred)
                        if own.rule.as_ref().is_none_or(|rule| rule.trim().is_empty()) =>
                    {
                        Some(format!("this is inferred, but no `{RULE}` says why"))
                    }
                    Some(_) => None,
                };
                // One fault is reported once.
                own.evidence.get_or_insert(Evidence::Documented);
                if let Some(message) = message {
                    findings.push(
                        Finding::new("fragment-invalid", message)
                            .pointer(child(pointer, EVIDENCE))
                            .help("say how well it is known"),
                    );
                }
            }
            let takes_over = kind.is_schema() && map.contains_key("$ref") && map.contains_key(RULE);
            if !is_map {
                map.shift_remove(RULE);
            }
            for (key, inner) in map.iter_mut() {
                *pointer = child(pointer, key);
                below(inner, kind.child(key), &own, pointer, findings);
                pointer.truncate(length);
            }
            let says = matches!(
                kind,
                Kind::Operation | Kind::Parameter | Kind::Response | Kind::Property
            );
            if !(says || takes_over) {
                return;
            }
            match own.evidence {
                Some(evidence) => {
                    map.insert(EVIDENCE.to_owned(), evidence.as_str().into());
                    if let Some(rule) = own.rule {
                        map.insert(RULE.to_owned(), rule.into());
                    }
                }
                None if map.contains_key("$ref") && !kind.is_schema() => {}
                None => findings.push(
                    Finding::new("fragment-invalid", "nothing says how well this is known")
                        .pointer(pointer.clone())
                        .help(format!("write `{EVIDENCE}` here, or once at the top")),
                ),
            }
        }
        _ => {}
    }
}
