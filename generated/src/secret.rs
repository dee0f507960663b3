//! Secret text.

use std::fmt;

/// The key of a client, or a secret in a response, such as the one that events are signed with.
/// `Debug` leaves it out; writing it as JSON does not, so that it can be stored.
///
/// ```
/// let secret = heffl::Secret::from("whsec_abc123");
/// assert_eq!(format!("{secret:?}"), "Secret(…)");
/// assert_eq!(secret.expose(), "whsec_abc123");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl Secret {
    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(secret: &str) -> Self {
        Self(secret.into())
    }
}

impl From<&Secret> for Secret {
    fn from(secret: &Secret) -> Self {
        secret.clone()
    }
}

impl From<&String> for Secret {
    fn from(secret: &String) -> Self {
        Self(secret.as_str().into())
    }
}

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        Self(secret.into_boxed_str())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}
