//! Codes and details of responses with a status other than 2xx.

use std::fmt;

use reqwest::StatusCode;
use serde_json::{Map, Value};

use super::Error;
use crate::{response::RawResponse, text::one_line};

crate::open_enum::open_enum! {
    /// The API's code of an error.
    pub enum ErrorCode {
        /// The key is missing or wrong (401).
        Unauthorized = "UNAUTHORIZED",
        /// The key is valid, but its user lacks the permission (403).
        Forbidden = "FORBIDDEN",
        /// The record does not exist (404).
        NotFound = "NOT_FOUND",
        /// The body or a parameter is invalid (400); see [`Error::issues`](crate::Error::issues).
        ValidationError = "VALIDATION_ERROR",
        /// The server cannot process the request for another reason (400).
        BadRequest = "BAD_REQUEST",
        /// The request conflicts with an existing record (409).
        Conflict = "CONFLICT",
        /// The quota is used up (429).
        TooManyRequests = "TOO_MANY_REQUESTS",
        /// The server failed (500).
        InternalServerError = "INTERNAL_SERVER_ERROR",
    }
}

/// A problem of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    field: Option<String>,
    message: String,
}

impl Issue {
    /// The field with the problem; absent if the API does not know the key.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// The API's message.
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// One line: the field and the message.
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

impl Error {
    /// Reads the error from the body, in the form of either version of the API: `{error: {code, message, details}}`,
    /// `{code, message}`, or `{error: message}`. `secret` is removed from the texts.
    pub(super) fn read_refusal(&mut self, response: &RawResponse, secret: &str) {
        let body = serde_json::from_slice(&response.body).ok();
        let Some(Value::Object(envelope)) = body.filter(|_| !response.status.is_redirection())
        else {
            return;
        };
        let text = |object: &_, key| text(object, key, secret);
        let alone = text(&envelope, "error");
        let error = match envelope.get("error") {
            Some(Value::Object(error)) => error,
            _ => &envelope,
        };
        if let Some(message) = text(error, "message").or(alone) {
            self.0.message = message.into();
        }
        let details = error.get("details");
        let issues = details
            .and_then(|details| details.get("issues"))
            .or_else(|| error.get("issues"));
        let context = &mut self.0.context;
        context.issues = issues
            .map(|issues| read_issues(issues, secret))
            .unwrap_or_default();
        context.code = text(error, "code").map(ErrorCode::unknown);
        context.details = details.filter(|details| !details.is_null()).cloned();
    }
}

fn read_issues(issues: &Value, secret: &str) -> Vec<Issue> {
    let issues = issues.as_array().map(Vec::as_slice).unwrap_or_default();
    let issues = issues.iter().filter_map(|issue| match issue {
        Value::String(message) => Some(Issue {
            field: None,
            message: message.replace(secret, "[key]"),
        }),
        Value::Object(issue) => Some(Issue {
            field: text(issue, "field", secret),
            message: text(issue, "message", secret).unwrap_or_default(),
        }),
        _ => None,
    });
    issues.collect()
}

/// A text that is not empty.
fn text(object: &Map<String, Value>, key: &str, secret: &str) -> Option<String> {
    let text = object.get(key)?.as_str().filter(|text| !text.is_empty())?;
    Some(text.replace(secret, "[key]"))
}

/// The meaning of a status, for responses without a message.
pub(super) fn meaning(status: u16) -> &'static str {
    match status {
        300..=399 => {
            "the server responded with a redirect, which the client never follows; check the base URL"
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{error::Error, operation::Operation};

    fn error(status: u16, body: &str) -> Error {
        let (operation, problem) = Operation::own("GET", "/v2/gadgets/{id}");
        assert_eq!(problem, None);
        let response = RawResponse {
            status: StatusCode::from_u16(status).unwrap(),
            body: Bytes::copy_from_slice(body.as_bytes()),
            ..RawResponse::default()
        };
        Error::api(&operation, response, None, "k3y")
    }

    #[test]
    fn reads_the_shape_of_version_2() {
        let error = error(
            400,
            r#"{"error": {"code": "VALIDATION_ERROR", "message": "Bad gadget", "details": {"issues": [
                {"field": "size", "message": "Required"}, {"message": "Unknown key colour"}, "Odd", 5]}}}"#,
        );
        assert_eq!(error.code(), Some(&ErrorCode::ValidationError));
        assert_eq!(error.message(), "Bad gadget");
        let issues: Vec<_> = error
            .issues()
            .iter()
            .map(|issue| (issue.field(), issue.message()))
            .collect();
        assert_eq!(
            issues,
            [
                (Some("size"), "Required"),
                (None, "Unknown key colour"),
                (None, "Odd")
            ]
        );
        assert!(error.details().unwrap()["issues"].is_array());
        assert_eq!(
            error.to_string(),
            "GET /v2/gadgets/{id}: 400 VALIDATION_ERROR: Bad gadget (size: Required; Unknown key colour; Odd)"
        );
    }

    #[test]
    fn reads_the_shape_of_version_1() {
        let error = error(404, r#"{"code": "NO_GADGET", "message": "No such gadget"}"#);
        assert_eq!(error.code(), Some(&ErrorCode::unknown("NO_GADGET")));
        assert_eq!(
            error.to_string(),
            "GET /v2/gadgets/{id}: 404 NO_GADGET: No such gadget"
        );
    }

    #[test]
    fn other_bodies_are_tolerated() {
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
                (error.code(), error.message(), &**error.body().unwrap()),
                (None, "Bad Gateway", body.as_bytes())
            );
        }
        assert_eq!(
            error(418, r#"{"error": "Short and stout"}"#).message(),
            "Short and stout"
        );
        assert_eq!(error(599, "").message(), "the response gives no reason");
        assert!(error(302, "moved").message().contains("redirect"));
    }

    #[test]
    fn other_statuses_are_not_reported_as_a_wrong_key() {
        assert_eq!(
            error(403, "").to_string(),
            "GET /v2/gadgets/{id}: 403: not allowed"
        );
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
            assert_eq!(error.issues().len(), issues.len());
            let line = error.to_string();
            assert!(
                line.len() < 1_500 && !line.contains(char::is_control),
                "{line}"
            );
            line
        };
        let issue =
            |field: &str, message: &str| serde_json::json!({"field": field, "message": message});
        assert_eq!(
            line(&[issue("size", "")]),
            "GET /v2/gadgets/{id}: 400: Bad (size)"
        );
        assert_eq!(
            line(&[issue("a\nb", "c\td")]),
            "GET /v2/gadgets/{id}: 400: Bad (a b: c d)"
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
        assert_eq!(error.message().len(), 10_000);
        let line = error.to_string();
        assert!(line.len() < 400 && !line.contains('\n'), "{line}");
    }
}
