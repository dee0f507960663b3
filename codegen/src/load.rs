//! Stage 1: text → document.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{
    json::read_choices,
    problem::{self, Problem},
};

/// One API version to generate: the text of its document and the module it becomes.
#[derive(Clone, Copy, Debug)]
pub struct Api<'a> {
    /// The Rust module, for example `v2`.
    pub module: &'a str,
    /// The document's file name, for messages.
    pub file: &'a str,
    /// The document, YAML or JSON.
    pub text: &'a str,
}

/// A document as it was read.
#[derive(Clone, Debug)]
pub struct Document {
    /// The Rust module it becomes.
    pub module: String,
    /// Its file name, for messages.
    pub file: String,
    /// `sha256:` and the hash of its text.
    pub fingerprint: String,
    /// Its content, keys in the order of the text.
    pub value: Value,
}

/// The largest document that is read, in bytes.
const SIZE_LIMIT: usize = 32 << 20;

/// Reads a document.
///
/// # Errors
///
/// The text is too large, no YAML, holds a key twice, or does not say that it is OpenAPI 3.0.
pub fn load(api: &Api<'_>) -> Result<Document, Vec<Problem>> {
    let problem = |rule, message: String| problem::of(rule, api.file, message);
    if api.text.len() > SIZE_LIMIT {
        return Err(vec![
            problem(
                "document-too-large",
                format!(
                    "the document has {} bytes, more than the {SIZE_LIMIT} that are read",
                    api.text.len()
                ),
            )
            .line(1)
            .help("check that it is the file that is meant"),
        ]);
    }
    let unreadable = |error: serde_yaml::Error| {
        let problem = problem(
            "document-not-yaml",
            format!("the document cannot be read as YAML: {error}"),
        )
        .help("correct the text there, or just before it; or assemble the document anew");
        vec![match error.location() {
            Some(location) => problem.line(location.line()),
            None => problem,
        }]
    };
    // YAML's own value type refuses a key that is there twice; JSON's lets the last one win.
    serde_yaml::from_str::<serde_yaml::Value>(api.text).map_err(unreadable)?;
    let mut value: Value = serde_yaml::from_str(api.text).map_err(unreadable)?;
    read_choices(&mut value);
    let version = value.get("openapi").and_then(Value::as_str);
    if !version.is_some_and(|version| version.starts_with("3.0.")) {
        let found = version.map_or_else(|| "none".to_owned(), |version| format!("`{version}`"));
        return Err(vec![
            problem(
                "document-not-openapi-3-0",
                format!("an OpenAPI 3.0 document is needed, found version {found}"),
            )
            .pointer("/openapi")
            .help("assemble the document as 3.0.3; 3.1 is not read"),
        ]);
    }
    Ok(Document {
        module: api.module.to_owned(),
        file: api.file.to_owned(),
        fingerprint: fingerprint(api.text),
        value,
    })
}

/// The hash of the text with line ends of one kind.
fn fingerprint(text: &str) -> String {
    let digest = Sha256::digest(text.replace("\r\n", "\n").as_bytes());
    digest
        .iter()
        .fold("sha256:".to_owned(), |hex, byte| format!("{hex}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<Document, Vec<Problem>> {
        load(&Api {
            module: "v1",
            file: "api.yaml",
            text,
        })
    }

    #[test]
    fn a_document_keeps_the_order_of_its_keys() {
        let document =
            check("openapi: 3.0.3\npaths: {}\ninfo: {version: '1', title: T}\n").unwrap();
        let keys: Vec<_> = document.value.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["openapi", "paths", "info"]);
        assert!(document.fingerprint.starts_with("sha256:"));
    }

    #[test]
    fn line_ends_do_not_change_the_fingerprint() {
        let text = "openapi: 3.0.3\npaths: {}\ninfo: {version: '1', title: T}\n";
        assert_eq!(
            check(text).unwrap().fingerprint,
            check(&text.replace('\n', "\r\n")).unwrap().fingerprint
        );
    }

    #[test]
    fn what_is_no_document_is_refused_with_its_place() {
        for (text, rule) in [
            ("a: [", "document-not-yaml"),
            ("openapi: 3.0.3\nopenapi: 3.0.3\n", "document-not-yaml"),
            ("", "document-not-openapi-3-0"),
            ("openapi: 3.1.0\n", "document-not-openapi-3-0"),
        ] {
            let problems = check(text).unwrap_err();
            assert_eq!(problems[0].rule, rule, "{text}");
        }
        assert!(check("a: b\n  c: [").unwrap_err()[0].line.is_some());
    }
}
