//! Stage 1: text → document.

use std::fmt;

use serde::de::{
    self, Deserialize, Deserializer, EnumAccess, IgnoredAny, MapAccess, SeqAccess,
    VariantAccess as _, Visitor,
};
use serde_json::{Map, Value};
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

/// The supported versions of OpenAPI.
const VERSIONS: [&str; 3] = ["3.0", "3.1", "3.2"];

/// Reads a document.
///
/// # Errors
///
/// The text is too large, is neither JSON nor YAML, has a duplicate key, or is not OpenAPI 3.
pub fn load(api: &Api<'_>) -> Result<Document, Vec<Problem>> {
    let problem = |rule, message: String| problem::of(rule, api.file, message);
    if api.text.len() > SIZE_LIMIT {
        let size = api.text.len();
        let message =
            format!("the document has {size} bytes, more than the {SIZE_LIMIT} that are read");
        let problem = problem("document-too-large", message).line(1);
        return Err(vec![
            problem.help("check that it is the file that is meant"),
        ]);
    }
    let mut value = parse(api.text).map_err(|(message, line)| {
        let problem = problem("document-not-yaml", message)
            .help("correct the text there, or just before it; or assemble the document anew");
        vec![match line {
            Some(line) => problem.line(line),
            None => problem,
        }]
    })?;
    read_choices(&mut value);
    // `openapi: 3.0` is a common mistake, and a number in YAML.
    let version = match value.get("openapi") {
        Some(Value::String(version)) => version.clone(),
        Some(version) => version.to_string(),
        None => "none".to_owned(),
    };
    let is_supported = VERSIONS.iter().any(|supported| {
        let rest = version.strip_prefix(supported);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    });
    if !is_supported {
        let message = format!(
            "an OpenAPI document of version 3.0, 3.1 or 3.2 is needed, found version {version}"
        );
        let problem = problem("document-not-openapi-3", message).pointer("/openapi");
        return Err(vec![
            problem.help("assemble the document as 3.0.3, or convert it"),
        ]);
    }
    value["openapi"] = version.into();
    Ok(Document {
        module: api.module.to_owned(),
        file: api.file.to_owned(),
        fingerprint: fingerprint(api.text),
        value,
    })
}

/// The value of a text: of JSON by its own rules, which differ from YAML's in escapes and control characters.
fn parse(text: &str) -> Result<Value, (String, Option<usize>)> {
    // Some editors put a byte order mark in front.
    let text = text.trim_start_matches('\u{feff}');
    let is_json = text.trim_start().starts_with('{');
    let json = is_json.then(|| serde_json::from_str(text));
    if let Some(Ok(Plain(value))) = json {
        return Ok(value);
    }
    let (message, line) = match (serde_yaml::from_str(text), json) {
        (Ok(Plain(value)), _) => return Ok(value),
        (Err(_), Some(Err(error))) => (format!("JSON: {error}"), Some(error.line())),
        (Err(error), _) => {
            let line = error.location().map(|location| location.line());
            (format!("YAML: {error}"), line)
        }
    };
    Err((format!("the document cannot be read as {message}"), line))
}

/// A value of JSON, read from JSON or YAML. Keys that YAML reads as numbers, such as the status `200`, become text.
struct Plain(Value);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PlainVisitor).map(Self)
    }
}

struct PlainVisitor;

impl<'de> Visitor<'de> for PlainVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value of JSON")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    /// An integer that does not fit into 64 bits becomes a float, as in JSON.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a float has the range, and a limit may lose digits"
    )]
    fn visit_i128<E: de::Error>(self, value: i128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a float has the range, and a limit may lose digits"
    )]
    fn visit_u128<E: de::Error>(self, value: u128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Plain(item)) = access.next_element()? {
            items.push(item);
        }
        Ok(items.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(Plain(key)) = access.next_key()? {
            let key = match key {
                Value::String(key) => key,
                Value::Array(_) | Value::Object(_) => {
                    return Err(de::Error::custom(format!("a key is not text: {key}")));
                }
                other => other.to_string(),
            };
            if map.contains_key(&key) {
                return Err(de::Error::custom(format!(
                    "duplicate entry with key `{key}`"
                )));
            }
            let Plain(value) = access.next_value()?;
            map.insert(key, value);
        }
        Ok(map.into())
    }

    /// A value with a YAML tag.
    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Value, A::Error> {
        let (IgnoredAny, value) = access.variant()?;
        let Plain(value) = value.newtype_variant()?;
        Ok(value)
    }
}

/// The hash of the text with normalised line ends.
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
    fn json_is_read_by_its_own_rules_and_yaml_with_keys_that_are_numbers() {
        let text = "{\"openapi\": \"3.0.3\", \"a\": \"\\ud83d\\ude00\", \"b\": \"\u{9f}\"}";
        let document = check(text).unwrap();
        assert_eq!(
            (&document.value["a"], &document.value["b"]),
            (&"😀".into(), &"\u{9f}".into())
        );
        let document = check("openapi: 3.1.0\nresponses: {200: {a: 1}, default: {}}\n").unwrap();
        assert_eq!(document.value["responses"]["200"]["a"], 1);
    }

    #[test]
    fn integers_beyond_64_bits_become_floats_in_yaml_and_json() {
        for text in [
            "openapi: 3.1.0\nx: {minimum: -9223372036854776000, maximum: 18446744073709551616}\n",
            r#"{"openapi": "3.1.0", "x": {"minimum": -9223372036854776000, "maximum": 18446744073709551616}}"#,
        ] {
            let limits = &check(text).unwrap().value["x"];
            assert_eq!(limits["minimum"], -9_223_372_036_854_776_000.0);
            assert_eq!(limits["maximum"], 18_446_744_073_709_551_616.0);
        }
    }

    #[test]
    fn a_version_may_lack_its_last_part_and_its_quotes() {
        for text in ["openapi: 3.0\n", "openapi: '3.1'\n", "openapi: 3.2.0-rc1\n"] {
            assert!(check(text).is_ok(), "{text}");
        }
        for text in [
            "openapi: 3\n",
            "openapi: 3.3\n",
            "openapi: 2.0.0\n",
            "openapi: [3.0]\n",
        ] {
            let problem = &check(text).unwrap_err()[0];
            assert_eq!(problem.rule, "document-not-openapi-3", "{text}");
        }
    }

    #[test]
    fn tags_of_yaml_are_ignored() {
        let document = check("openapi: 3.1.0\nx: !custom {a: !!str 1, b: !list [1]}\n").unwrap();
        assert_eq!(document.value["x"], serde_json::json!({"a": "1", "b": [1]}));
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
            ("", "document-not-yaml"),
            ("200: 1\n'200': 2\n", "document-not-yaml"),
            ("{}", "document-not-openapi-3"),
            (
                "{\"openapi\": \"3.0.3\", \"openapi\": \"3.0.3\"}",
                "document-not-yaml",
            ),
        ] {
            let problems = check(text).unwrap_err();
            assert_eq!(problems[0].rule, rule, "{text}");
        }
        assert!(check("a: b\n  c: [").unwrap_err()[0].line.is_some());
    }
}
