//! What the server says when it will not.

use std::{fmt, time::Duration};

use bytes::Bytes;
use reqwest::{StatusCode, header::HeaderMap};
use serde_json::{Map, Value};

use super::text::one_line;
use crate::{Operation, transport::Answer};

/// The API's word for what went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ErrorCode {
    /// No key, or a wrong one (401).
    Unauthorized,
    /// The key is good, but its user may not do this (403).
    Forbidden,
    /// There is no such record (404).
    NotFound,
    /// The body or a parameter is not valid (400); see [`ApiError::issues`].
    ValidationError,
    /// The request cannot be done for another reason (400).
    BadRequest,
    /// The request clashes with what is there (409).
    Conflict,
    /// The quota is spent for now (429).
    TooManyRequests,
    /// A fault of the server (500).
    InternalServerError,
    /// A word this version of the crate does not know.
    Unknown(crate::UnknownWord),
}

crate::open_enum! {
    ErrorCode {
        Unauthorized = "UNAUTHORIZED",
        Forbidden = "FORBIDDEN",
        NotFound = "NOT_FOUND",
        ValidationError = "VALIDATION_ERROR",
        BadRequest = "BAD_REQUEST",
        Conflict = "CONFLICT",
        TooManyRequests = "TOO_MANY_REQUESTS",
        InternalServerError = "INTERNAL_SERVER_ERROR",
    }
}

/// One thing that is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Issue {
    /// The field in question; absent where a key is unknown to the API.
    pub field: Option<String>,
    /// What is wrong.
    pub message: String,
}

/// One line: the field, and what is wrong with it.
impl fmt::Display for Issue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = one_line(&self.message);
        match &self.field {
            Some(field) if message.is_empty() => formatter.write_str(&one_line(field)),
            Some(field) => write!(formatter, "{}: {message}", one_line(field)),
            None => formatter.write_str(&message),
        }
    }
}

/// An answer with a status other than 2xx.
///
/// Both versions of the API are read into this one shape. What cannot be read, such as the HTML
/// page of a gateway, is kept in [`body`](Self::body).
#[derive(Clone)]
#[non_exhaustive]
pub struct ApiError {
    /// HTTP status.
    pub status: u16,
    /// The API's word for what went wrong.
    pub code: Option<ErrorCode>,
    /// What the API says went wrong, or else what the status means.
    pub message: String,
    /// Further details as the API gave them.
    pub details: Option<Value>,
    /// What is wrong with the request, field by field, if the API says so.
    pub issues: Vec<Issue>,
    /// How long the server asks to wait before the next attempt, where another attempt may succeed: by
    /// `Retry-After`, or after a 429 by the end of the quota's window.
    pub retry_after: Option<Duration>,
    /// Whether an earlier attempt of this call may have done the work, as its response was lost. A
    /// deletion that was sent again and got 404 may have deleted the record the first time.
    pub possibly_done: bool,
    /// Headers of the answer.
    pub headers: HeaderMap,
    /// Body of the answer, as much as came of it.
    pub body: Bytes,
    /// The operation that was called.
    pub operation: &'static Operation,
    /// How often the request was sent.
    pub attempts: u32,
    /// From the call to the last byte of the answer, waits included.
    pub elapsed: Duration,
}

impl ApiError {
    /// Reads the answer; `secret` is taken out of its texts, should the server repeat it.
    pub(crate) fn new(
        operation: &'static Operation,
        answer: Answer,
        retry_after: Option<Duration>,
        secret: &str,
    ) -> Self {
        let redact = |text: &str| text.replace(secret, "[key]");
        let said = if answer.status.is_redirection() {
            Said::default()
        } else {
            read(&answer.body)
        };
        Self {
            status: answer.status.as_u16(),
            code: said.code.map(|code| ErrorCode::unknown(redact(&code))),
            message: said.message.map_or_else(
                || meaning(answer.status.as_u16()).to_owned(),
                |message| redact(&message),
            ),
            issues: said
                .issues
                .into_iter()
                .map(|issue| Issue {
                    field: issue.field.as_deref().map(redact),
                    message: redact(&issue.message),
                })
                .collect(),
            details: said.details,
            retry_after,
            possibly_done: false,
            headers: answer.headers,
            body: answer.body,
            operation,
            attempts: answer.attempts,
            elapsed: answer.elapsed,
        }
    }
}

/// What a body of either shape says.
#[derive(Default)]
struct Said {
    code: Option<String>,
    message: Option<String>,
    details: Option<Value>,
    issues: Vec<Issue>,
}

/// Reads `{error: {code, message, details}}` as well as `{code, message}` and `{error: message}`.
fn read(body: &[u8]) -> Said {
    let envelope = std::str::from_utf8(body).ok().map(serde_json::from_str);
    let Some(Ok(Value::Object(mut envelope))) = envelope else {
        return Said::default();
    };
    let alone = text(&envelope, "error");
    let error = match envelope.get_mut("error") {
        Some(Value::Object(error)) => error,
        _ => &mut envelope,
    };
    let issues = error
        .get("details")
        .and_then(|details| details.get("issues"))
        .or_else(|| error.get("issues"));
    Said {
        issues: issues.map(read_issues).unwrap_or_default(),
        code: text(error, "code"),
        message: text(error, "message").or(alone),
        details: error
            .get_mut("details")
            .map(Value::take)
            .filter(|details| !details.is_null()),
    }
}

fn read_issues(issues: &Value) -> Vec<Issue> {
    let issues = issues.as_array().map(Vec::as_slice).unwrap_or_default();
    issues
        .iter()
        .filter_map(|issue| match issue {
            Value::String(message) => Some(Issue {
                field: None,
                message: message.clone(),
            }),
            Value::Object(issue) => Some(Issue {
                field: text(issue, "field"),
                message: text(issue, "message").unwrap_or_default(),
            }),
            _ => None,
        })
        .collect()
}

fn text(object: &Map<String, Value>, key: &str) -> Option<String> {
    object
        .get(key)?
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

/// What a status means, for responses that do not say.
pub(super) fn meaning(status: u16) -> &'static str {
    match status {
        300..=399 => {
            "the server responded with a redirect, and redirects are never followed; check the base URL"
        }
        401 => "the key is missing or wrong",
        403 => "not allowed",
        404 => "not found",
        429 => "too many requests",
        _ => StatusCode::from_u16(status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or("the response gives no reason"),
    }
}

/// One line: the message and as many of the fields at fault as fit.
impl fmt::Display for ApiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.operation.id, self.status)?;
        if let Some(code) = &self.code {
            write!(formatter, " {}", one_line(code.as_str()))?;
        }
        write!(formatter, ": {}", one_line(&self.message))?;
        self.write_issues(formatter)?;
        if self.possibly_done {
            let attempts = self.attempts;
            write!(
                formatter,
                " (the request was sent {attempts} times, and an earlier attempt may have been processed)"
            )?;
        }
        Ok(())
    }
}

impl ApiError {
    fn write_issues(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.issues.is_empty() {
            return Ok(());
        }
        formatter.write_str(" (")?;
        let mut room = LONGEST_ISSUES;
        for (index, issue) in self.issues.iter().enumerate() {
            let text = issue.to_string();
            let separator = if index > 0 { "; " } else { "" };
            let rest = self.issues.len() - index;
            match room.checked_sub(text.len()) {
                Some(left) => room = left,
                // The first is always shown: it is short enough for any line.
                None if index == 0 => room = 0,
                None => {
                    write!(formatter, "{separator}{rest} more")?;
                    break;
                }
            }
            write!(formatter, "{separator}{text}")?;
        }
        formatter.write_str(")")
    }
}

/// How much of a line the fields at fault may take, in bytes.
const LONGEST_ISSUES: usize = 300;

impl fmt::Debug for ApiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ApiError")
            .field("operation", &self.operation.id)
            .field("status", &self.status)
            .field("code", &self.code)
            .field("message", &self.message)
            .field("issues", &self.issues)
            .field("possibly_done", &self.possibly_done)
            .field("body_length", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl std::error::Error for ApiError {}

#[cfg(test)]
mod tests {
    use super::*;

    const OPERATION: Operation = Operation {
        id: "getGadget",
        method: "GET",
        version: "v2",
        path: "/gadgets/{id}",
        evidence: "documented",
        source: "https://docs.example.com/gadgets",
        limits: &[],
        identifiers: &[],
        largest_page: None,
    };

    fn error(status: u16, body: &str) -> ApiError {
        let answer = Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::copy_from_slice(body.as_bytes()),
            attempts: 1,
            elapsed: Duration::ZERO,
        };
        ApiError::new(&OPERATION, answer, None, "k3y")
    }

    #[test]
    fn reads_the_shape_of_version_2() {
        let error = error(
            400,
            r#"{"error": {"code": "VALIDATION_ERROR", "message": "Bad gadget", "details": {"issues": [
                {"field": "size", "message": "Required"}, {"message": "Unknown key colour"}, "Odd", 5]}}}"#,
        );
        assert_eq!(error.code, Some(ErrorCode::ValidationError));
        assert_eq!(error.message, "Bad gadget");
        let issues: Vec<_> = error
            .issues
            .iter()
            .map(|issue| (issue.field.as_deref(), &*issue.message))
            .collect();
        assert_eq!(
            issues,
            [
                (Some("size"), "Required"),
                (None, "Unknown key colour"),
                (None, "Odd")
            ]
        );
        assert!(error.details.as_ref().unwrap()["issues"].is_array());
        assert_eq!(
            error.to_string(),
            "getGadget: 400 VALIDATION_ERROR: Bad gadget (size: Required; Unknown key colour; Odd)"
        );
    }

    #[test]
    fn reads_the_shape_of_version_1() {
        let error = error(404, r#"{"code": "NO_GADGET", "message": "No such gadget"}"#);
        assert_eq!(error.code, Some(ErrorCode::unknown("NO_GADGET")));
        assert_eq!(
            error.to_string(),
            "getGadget: 404 NO_GADGET: No such gadget"
        );
    }

    #[test]
    fn survives_everything_else() {
        for body in [
            "",
            " ",
            "null",
            "[]",
            "1",
            "<html>502</html>",
            r#"{"error": {"co"#,
            "{}",
            r#"{"error": null}"#,
        ] {
            let error = error(502, body);
            assert_eq!(
                (error.code, &*error.message, &*error.body),
                (None, "Bad Gateway", body.as_bytes())
            );
        }
        assert_eq!(
            error(418, r#"{"error": "Short and stout"}"#).message,
            "Short and stout"
        );
        assert_eq!(error(599, "").message, "the response gives no reason");
        assert!(error(302, "moved").message.contains("redirect"));
    }

    #[test]
    fn refusals_are_not_called_wrong_keys() {
        assert_eq!(error(403, "").to_string(), "getGadget: 403: not allowed");
    }

    #[test]
    fn never_repeats_the_key() {
        let error = error(
            401,
            r#"{"error": {"code": "NOT_k3y", "message": "k3y is wrong", "details": {"issues": ["k3y"]}}}"#,
        );
        let texts = format!("{error} {error:?}");
        assert!(
            !texts.contains("k3y") && texts.contains("[key] is wrong"),
            "{texts}"
        );
    }

    #[test]
    fn many_or_long_fields_are_cut_on_display_only() {
        let line = |issues: &[Value]| {
            let body = serde_json::json!({"message": "Bad", "issues": issues});
            let error = error(400, &body.to_string());
            assert_eq!(error.issues.len(), issues.len());
            let line = error.to_string();
            assert!(
                line.len() < 1_500 && !line.contains(char::is_control),
                "{line}"
            );
            line
        };
        let issue =
            |field: &str, message: &str| serde_json::json!({"field": field, "message": message});
        assert_eq!(line(&[issue("size", "")]), "getGadget: 400: Bad (size)");
        assert_eq!(
            line(&[issue("a\nb", "c\td")]),
            "getGadget: 400: Bad (a b: c d)"
        );
        let many = line(&vec![issue("size", "Required"); 5_000]);
        assert!(many.ends_with("; size: Required; 4979 more)"), "{many}");
        let long = line(&vec![issue(&"é".repeat(5_000), &"é".repeat(5_000)); 2]);
        assert!(long.ends_with("…; 1 more)"), "{long}");
    }

    #[test]
    fn long_messages_are_cut_on_display_only() {
        let body = format!(r#"{{"message": "{}"}}"#, "a\\n".repeat(5_000));
        let error = error(500, &body);
        assert_eq!(error.message.len(), 10_000);
        let line = error.to_string();
        assert!(line.len() < 400 && !line.contains('\n'), "{line}");
    }
}
