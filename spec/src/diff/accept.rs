//! The list of accepted changes: findings that somebody looked at, and why they are all right.

use serde_json::Value;

use super::{Comparison, rules};
use crate::{Finding, yaml};

/// Accepted changes, as read from a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AcceptList {
    file: String,
    entries: Vec<Entry>,
}

/// One accepted change.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    line: usize,
    fingerprint: String,
    rule: String,
    reason: Option<String>,
    until: Option<Until>,
}

/// When an entry ends.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Until {
    /// The last day, as `YYYY-MM-DD`; such texts sort as the days do.
    Date(String),
    /// The first version for which it no longer holds.
    Version([u64; 3]),
}

/// What the ends of entries are measured against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Today<'a> {
    /// The day, as `YYYY-MM-DD`.
    pub date: &'a str,
    /// The version of the `heffl` crate.
    pub version: &'a str,
}

const FORM: &str = "an entry has `fingerprint`, `rule` and `reason`, and may have `until`";

impl AcceptList {
    /// Reads a list. An entry without a reason is read as well; [`AcceptList::apply`] finds fault
    /// with it.
    pub fn parse(text: &str, file: &str) -> Result<Self, Vec<Finding>> {
        let value = yaml::read(text, file).map_err(|finding| vec![finding])?;
        let items = match value {
            Value::Null => Vec::new(),
            Value::Array(items) => items,
            _ => {
                return Err(vec![
                    Finding::new("accept-invalid", "this is not a list")
                        .file(file)
                        .help(FORM),
                ]);
            }
        };
        let lines = yaml::Lines::of(text);
        let mut entries = Vec::new();
        let mut findings = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let line = lines.find(&format!("/{index}"));
            match Entry::parse(item, line) {
                Ok(entry) => entries.push(entry),
                Err((message, help)) => findings.push(
                    Finding::new("accept-invalid", message)
                        .file(file)
                        .line(line)
                        .help(help),
                ),
            }
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        Ok(Self {
            file: file.to_owned(),
            entries,
        })
    }

    /// Marks the changes that the list accepts, and says which entries are not as they should be:
    /// without a reason, ended, written twice, or for a change that is not there.
    pub fn apply(&self, comparison: &mut Comparison, today: Today<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for entry in &self.entries {
            if let Err((rule, message, help)) = entry.apply(comparison, today) {
                findings.push(
                    Finding::new(rule, message)
                        .file(&self.file)
                        .line(entry.line)
                        .help(help),
                );
            }
        }
        findings
    }
}

impl Entry {
    /// Reads one entry, or says what is wrong and how to mend it.
    fn parse(item: &Value, line: usize) -> Result<Self, (String, &'static str)> {
        let Value::Object(map) = item else {
            return Err(("this entry is not a mapping".to_owned(), FORM));
        };
        if let Some(key) = map
            .keys()
            .find(|key| !["fingerprint", "rule", "reason", "until"].contains(&key.as_str()))
        {
            return Err((format!("the key `{key}` is not known"), FORM));
        }
        let text = |key: &str| match map.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err((format!("`{key}` is not text"), "put it into quotes")),
        };
        let needed = |key: &str| text(key)?.ok_or_else(|| (format!("`{key}` is missing"), FORM));
        let fingerprint = needed("fingerprint")?;
        let is_hexadecimal = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if fingerprint.len() != 12 || !fingerprint.chars().all(is_hexadecimal) {
            return Err((
                format!("`{fingerprint}` is no fingerprint"),
                "copy the 12 characters that `cargo xtask diff` prints with the change",
            ));
        }
        let rule = needed("rule")?;
        if !rules().iter().any(|known| known.id == rule) {
            return Err((
                format!("there is no rule `{rule}`"),
                "spec/RULES.md lists the rules",
            ));
        }
        Ok(Self {
            line,
            fingerprint,
            rule,
            reason: text("reason")?.filter(|reason| !reason.trim().is_empty()),
            until: text("until")?.as_deref().map(Until::parse).transpose()?,
        })
    }

    /// Accepts what it names, or says why it cannot: a rule, a message and help.
    fn apply(
        &self,
        comparison: &mut Comparison,
        today: Today<'_>,
    ) -> Result<(), (&'static str, String, String)> {
        let Some(reason) = &self.reason else {
            return Err((
                "accept-without-reason",
                format!("nothing says why {} is accepted", self.fingerprint),
                "add a `reason`".to_owned(),
            ));
        };
        if self
            .until
            .as_ref()
            .is_some_and(|until| until.is_over(today))
        {
            return Err((
                "accept-ended",
                format!("the acceptance of {} has ended", self.fingerprint),
                "delete the entry, or give it another `until`".to_owned(),
            ));
        }
        let mut rule_found = None;
        let mut used = false;
        let changes = comparison
            .documents
            .iter_mut()
            .flat_map(|document| &mut document.changes);
        for judged in changes {
            if judged.change.fingerprint.as_str() != self.fingerprint {
                continue;
            }
            if judged.change.rule.id == self.rule {
                judged.accepted.get_or_insert_with(|| reason.clone());
                used = true;
            } else {
                rule_found = Some(judged.change.rule.id);
            }
        }
        if used {
            return Ok(());
        }
        Err((
            "accept-unused",
            format!(
                "no change {} of the rule {} was found",
                self.fingerprint, self.rule
            ),
            match rule_found {
                Some(rule) => format!("the change with this fingerprint is of the rule {rule}"),
                None => "delete the entry".to_owned(),
            },
        ))
    }
}

impl Until {
    fn parse(text: &str) -> Result<Self, (String, &'static str)> {
        let wrong = || {
            (
                format!("`{text}` is neither a date nor a version"),
                "write it as '2027-01-31' or '1.2.0'",
            )
        };
        if let Some(version) = version(text) {
            return Ok(Self::Version(version));
        }
        let parts: Vec<&str> = text.split('-').collect();
        let &[year, month, day] = parts.as_slice() else {
            return Err(wrong());
        };
        let in_range = |part: &str, length: usize, least: u32, most: u32| {
            part.len() == length
                && part.bytes().all(|byte| byte.is_ascii_digit())
                && part
                    .parse()
                    .is_ok_and(|number| (least..=most).contains(&number))
        };
        if in_range(year, 4, 2000, 9999) && in_range(month, 2, 1, 12) && in_range(day, 2, 1, 31) {
            Ok(Self::Date(text.to_owned()))
        } else {
            Err(wrong())
        }
    }

    fn is_over(&self, today: Today<'_>) -> bool {
        match self {
            Self::Date(last) => today.date > last.as_str(),
            // A version that nobody can read ends nothing.
            Self::Version(end) => version(today.version).is_some_and(|now| now >= *end),
        }
    }
}

/// Three numbers with points between them.
fn version(text: &str) -> Option<[u64; 3]> {
    let numbers: Vec<u64> = text
        .split('.')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    numbers.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::{Compared, Document, Severity};

    const TODAY: Today<'_> = Today {
        date: "2026-11-21",
        version: "0.4.2",
    };

    /// One operation is gone. Its fingerprint comes with it.
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
            .find(|judged| judged.change.rule.id == "operation-removed")
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
        let findings = list.apply(&mut comparison, TODAY);
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
                .map(|(_, judged)| &judged.accepted)
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
    fn a_list_that_makes_no_sense_is_refused() {
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
