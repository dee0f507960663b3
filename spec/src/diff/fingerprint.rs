//! Names of changes that stay the same while other things change.

use std::fmt;

use serde_json::Value;
use sha2::{Digest, Sha256};

/// Twelve lower-case hexadecimal characters that name one change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Of a rule, a place that does not depend on positions in lists, and the values.
    pub(super) fn of(
        rule: &str,
        location: &str,
        before: Option<&Value>,
        after: Option<&Value>,
    ) -> Self {
        let text = |value: Option<&Value>| value.map(Value::to_string);
        let key = format!("{rule}\n{location}\n{:?}\n{:?}", text(before), text(after));
        let digest = Sha256::digest(key.as_bytes());
        Self(
            digest
                .iter()
                .take(6)
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        )
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
