//! Stable names of changes.

use std::{collections::HashSet, fmt};

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Rule;

/// Twelve lower-case hexadecimal characters that identify a change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Fingerprint(String);

impl TryFrom<String> for Fingerprint {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 12 && text.bytes().all(is_digit) {
            return Ok(Self(text));
        }
        Err(format!(
            "`{text}` is not a fingerprint: copy the 12 characters that `cargo xtask diff` prints with the change"
        ))
    }
}

impl Fingerprint {
    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The fingerprint of a change with a unique rule, place and values.
    pub fn of(rule: &Rule, location: &str, before: Option<&Value>, after: Option<&Value>) -> Self {
        let key = Self::key(rule.id, location, before, after);
        Self::unlike(&key, &mut HashSet::new())
    }

    /// The input of a fingerprint: the rule, a place that does not depend on positions in lists,
    /// and the values.
    pub(super) fn key(
        rule: &str,
        location: &str,
        before: Option<&Value>,
        after: Option<&Value>,
    ) -> String {
        let text = |value: Option<&Value>| value.map(sorted);
        format!("{rule}\n{location}\n{:?}\n{:?}", text(before), text(after))
    }

    /// The fingerprint of a key that differs from the taken ones.
    pub(super) fn unlike(key: &str, taken: &mut HashSet<Self>) -> Self {
        let mut text = key.to_owned();
        loop {
            let digest = Sha256::digest(text.as_bytes());
            let number = digest
                .iter()
                .take(6)
                .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
            let fingerprint = Self(format!("{number:012x}"));
            if taken.insert(fingerprint.clone()) {
                return fingerprint;
            }
            text.push('\n');
        }
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A value as text with sorted keys.
fn sorted(value: &Value) -> String {
    let mut value = value.clone();
    value.sort_all_objects();
    value.to_string()
}
