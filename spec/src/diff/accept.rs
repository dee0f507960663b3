//! The list of accepted changes: findings that a person has checked, with the reason.

use jiff::civil::Date;
use semver::Version;
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

use super::{Comparison, Fingerprint, rules};
use crate::{finding::Finding, yaml};

/// Accepted changes, as read from a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AcceptList {
    file: String,
    /// Each entry with its line.
    entries: Vec<(usize, Entry)>,
}

/// An accepted change.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a mapping with `fingerprint`, `rule` and `reason`"
)]
struct Entry {
    fingerprint: Fingerprint,
    #[serde(deserialize_with = "rule")]
    rule: String,
    reason: Option<String>,
    until: Option<Until>,
}

/// The id of an existing rule.
fn rule<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let id = String::deserialize(deserializer)?;
    if rules().iter().any(|rule| rule.id == id) {
        return Ok(id);
    }
    let message = format!("there is no rule `{id}`; spec/RULES.md lists the rules");
    Err(D::Error::custom(message))
}

/// When an entry ends.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
enum Until {
    /// The last day.
    Date(Date),
    /// The first version for which it no longer holds.
    Version(Version),
}

impl TryFrom<String> for Until {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match (text.parse::<Version>(), text.parse::<Date>()) {
            (Ok(version), _) => Ok(Self::Version(version)),
            // A date has other spellings too, but one is enough.
            (_, Ok(date)) if date.to_string() == text => Ok(Self::Date(date)),
            _ => Err(format!(
                "`{text}` is neither a date nor a version: write it as '2027-01-31' or '1.2.0'"
            )),
        }
    }
}

/// The day and the version to compare the end of entries with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Today {
    /// The day.
    pub date: Date,
    /// The version of the `heffl` crate.
    pub version: Version,
}

impl AcceptList {
    /// Reads a list. An entry without a reason is read too; [`AcceptList::apply`] reports it.
    pub fn parse(text: &str, file: &str) -> Result<Self, Vec<Finding>> {
        let invalid = |message: String| {
            Finding::new("accept-invalid", message)
                .file(file)
                .help("an entry has `fingerprint`, `rule` and `reason`, and may have `until`, all in quotes")
        };
        let value = yaml::read(text, file).map_err(|finding| vec![finding])?;
        let items = match value {
            Value::Null => Vec::new(),
            Value::Array(items) => items,
            _ => return Err(vec![invalid("this is not a list".to_owned())]),
        };
        let lines = yaml::Lines::of(text);
        let (mut entries, mut findings) = (Vec::new(), Vec::new());
        for (index, item) in items.into_iter().enumerate() {
            let line = lines.find(&format!("/{index}"));
            match serde_json::from_value(item) {
                Ok(entry) => entries.push((line, entry)),
                Err(error) => findings.push(invalid(error.to_string()).line(line)),
            }
        }
        if findings.is_empty() {
            let file = file.to_owned();
            Ok(Self { file, entries })
        } else {
            Err(findings)
        }
    }

    /// Marks the accepted changes, and reports invalid entries: without a reason, expired, repeated, or for a change
    /// that does not exist.
    pub fn apply(&self, comparison: &mut Comparison, today: &Today) -> Vec<Finding> {
        let entries = self.entries.iter();
        let findings = entries.filter_map(|(line, entry)| {
            let finding = entry.apply(comparison, today)?;
            Some(finding.file(&self.file).line(*line))
        });
        findings.collect()
    }
}

impl Entry {
    /// Accepts the change of an entry, or reports why it cannot.
    fn apply(&self, comparison: &mut Comparison, today: &Today) -> Option<Finding> {
        let Self {
            fingerprint,
            rule,
            reason,
            until,
        } = self;
        let reason = reason.as_deref().unwrap_or_default();
        if reason.trim().is_empty() {
            let message = format!("the accepted change {fingerprint} has no reason");
            return Some(Finding::new("accept-without-reason", message).help("add a `reason`"));
        }
        let is_over = until.as_ref().is_some_and(|until| match until {
            Until::Date(last) => today.date > *last,
            Until::Version(end) => today.version >= *end,
        });
        if is_over {
            let message = format!("the acceptance of {fingerprint} has expired");
            let help = "delete the entry, or give it another `until`";
            return Some(Finding::new("accept-ended", message).help(help));
        }
        let mut help = "delete the entry".to_owned();
        let mut is_used = false;
        let documents = comparison.documents.iter_mut();
        for located in documents.flat_map(|document| &mut document.changes) {
            if located.change.fingerprint != *fingerprint {
                continue;
            }
            if located.change.rule.id == *rule {
                located.accepted.get_or_insert_with(|| reason.to_owned());
                is_used = true;
            } else {
                let id = located.change.rule.id;
                help = format!("the change with this fingerprint has the rule {id}");
            }
        }
        let message = format!("no change {fingerprint} of the rule {rule} was found");
        (!is_used).then(|| Finding::new("accept-unused", message).help(help))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::{Compared, Document, Severity};

    fn today() -> Today {
        Today {
            date: jiff::civil::date(2026, 11, 21),
            version: Version::new(0, 4, 2),
        }
    }

    /// A comparison with one removed operation, and the fingerprint of the change.
    fn comparison() -> (Comparison, String) {
        let document = |text: &str| Document {
            name: "x".to_owned(),
            text: text.to_owned(),
        };
        let compared = Compared::between(
            &document("openapi: 3.0.3\npaths: {/a: {get: {}}, /b: {get: {}}}\n"),
            &document("openapi: 3.0.3\npaths: {/b: {get: {}}}\n"),
        )
        .unwrap();
        let gone = compared
            .changes
            .iter()
            .find(|located| located.change.rule.id == "operation-removed")
            .unwrap();
        let fingerprint = gone.change.fingerprint.to_string();
        let comparison = Comparison {
            documents: vec![compared],
            fail_on: Some(Severity::Breaking),
        };
        (comparison, fingerprint)
    }

    fn apply(list: &str) -> (Comparison, Vec<Finding>) {
        let (mut comparison, fingerprint) = comparison();
        let list = list.replace("FINGERPRINT", &fingerprint);
        let list = AcceptList::parse(&list, "accepted.yaml").unwrap();
        let findings = list.apply(&mut comparison, &today());
        (comparison, findings)
    }

    #[test]
    fn an_accepted_change_does_not_count() {
        for until in [
            "",
            ", until: '2026-11-21'",
            ", until: '0.4.3'",
            ", until: '1.0.0'",
        ] {
            let (comparison, findings) = apply(&format!(
                "- {{fingerprint: 'FINGERPRINT', rule: operation-removed, reason: Never worked.{until}}}\n"
            ));
            assert_eq!(findings, [], "{until}");
            assert!(!comparison.fails());
            let reasons: Vec<_> = comparison
                .accepted()
                .map(|(_, located)| &located.accepted)
                .collect();
            assert_eq!(reasons, [&Some("Never worked.".to_owned())]);
        }
    }

    #[test]
    fn entries_that_accept_nothing_are_found() {
        for (entry, rule) in [
            (
                "fingerprint: '0123456789ab', rule: operation-removed, reason: x",
                "accept-unused",
            ),
            (
                "fingerprint: 'FINGERPRINT', rule: operation-added, reason: x",
                "accept-unused",
            ),
            (
                "fingerprint: 'FINGERPRINT', rule: operation-removed",
                "accept-without-reason",
            ),
            (
                "fingerprint: 'FINGERPRINT', rule: operation-removed, reason: ' '",
                "accept-without-reason",
            ),
            (
                "fingerprint: 'FINGERPRINT', rule: operation-removed, reason: x, until: '2026-11-20'",
                "accept-ended",
            ),
            (
                "fingerprint: 'FINGERPRINT', rule: operation-removed, reason: x, until: '0.4.2'",
                "accept-ended",
            ),
        ] {
            let (comparison, findings) = apply(&format!("# Accepted.\n- {{{entry}}}\n"));
            assert_eq!(findings.len(), 1, "{entry}");
            assert_eq!(findings[0].rule, rule, "{entry}");
            assert_eq!(findings[0].line, Some(2));
            assert!(comparison.fails(), "{entry}");
        }
    }

    #[test]
    fn an_invalid_list_is_refused() {
        for list in [
            "a: 1",
            "- 1",
            "- {}",
            "- {fingerprint: 112345678901, rule: operation-removed, reason: x}",
            "- {fingerprint: '0123456789AB', rule: operation-removed, reason: x}",
            "- {fingerprint: '0123456789ab', rule: no-such-rule, reason: x}",
            "- {fingerprint: '0123456789ab', reason: x}",
            "- {fingerprint: '0123456789ab', rule: operation-removed, reason: x, till: y}",
            "- {fingerprint: '0123456789ab', rule: operation-removed, reason: x, until: soon}",
            "- {fingerprint: '0123456789ab', rule: operation-removed, reason: x, until: '2026-13-01'}",
            "- {fingerprint: '0123456789ab', rule: operation-removed, reason: x, until: '2026-1-1'}",
            "- {fingerprint: '0123456789ab', rule: operation-removed, reason: x, until: '2027-02-31'}",
            "- {fingerprint: '0123456789ab', rule: operation-removed, reason: x, until: '1.2'}",
            "- [",
        ] {
            let findings = AcceptList::parse(list, "x").unwrap_err();
            assert_eq!(findings.len(), 1, "{list}");
            assert!(findings[0].line.is_some() || list == "a: 1", "{list}");
        }
        for empty in ["", "# Nothing.\n", "[]\n"] {
            assert_eq!(
                AcceptList::parse(empty, "x").unwrap().entries,
                [],
                "{empty}"
            );
        }
    }
}
