//! Refused requests and their responses.

use serde_json::{Value, json};

use crate::validate::Issue;

/// Why a request is refused.
#[derive(Debug)]
pub(crate) enum Refusal {
    MissingKey,
    WrongKey,
    NotFound,
    Invalid(Vec<Issue>),
    BadRequest(String),
    TooManyRequests,
}

impl Refusal {
    fn status_and_code(&self) -> (u16, &'static str) {
        match self {
            Self::MissingKey | Self::WrongKey => (401, "UNAUTHORIZED"),
            Self::NotFound => (404, "NOT_FOUND"),
            Self::Invalid(_) => (400, "VALIDATION_ERROR"),
            Self::BadRequest(_) => (400, "BAD_REQUEST"),
            Self::TooManyRequests => (429, "TOO_MANY_REQUESTS"),
        }
    }

    /// Status and body, in the shape of that version.
    pub(crate) fn response(&self, version: &str) -> (u16, Value) {
        let (status, code) = self.status_and_code();
        let message = match self {
            Self::MissingKey => {
                "The key is missing: an API key is needed in the header x-api-key.".to_owned()
            }
            Self::WrongKey => "The key in the header x-api-key is not valid.".to_owned(),
            Self::NotFound => "There is no such record or path.".to_owned(),
            Self::TooManyRequests => "The quota is used up.".to_owned(),
            Self::BadRequest(message) => message.clone(),
            Self::Invalid(_) => "The request is invalid.".to_owned(),
        };
        let Self::Invalid(issues) = self else {
            return (status, error_body(version, code, &message, None));
        };
        if version == "v1" {
            // v1 has no list of issues, and no code for them.
            let texts = issues.iter().map(|issue| match &issue.field {
                Some(field) => format!("{field}: {}", issue.message),
                None => issue.message.clone(),
            });
            let message = texts.collect::<Vec<_>>().join("; ");
            return (status, error_body(version, "BAD_REQUEST", &message, None));
        }
        let issues = issues.iter().map(|issue| match &issue.field {
            Some(field) => json!({"field": field, "message": issue.message}),
            None => json!({"message": issue.message}),
        });
        let details = json!({"issues": issues.collect::<Value>()});
        (status, error_body(version, code, &message, Some(details)))
    }
}

/// v1 responds with the error itself, v2 wraps it.
pub(crate) fn error_body(
    version: &str,
    code: &str,
    message: &str,
    details: Option<Value>,
) -> Value {
    let mut error = json!({"code": code, "message": message});
    if version == "v1" {
        return error;
    }
    if let Some(details) = details {
        error["details"] = details;
    }
    json!({"error": error})
}
