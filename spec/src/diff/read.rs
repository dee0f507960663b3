//! Reads any YAML document: numeric keys become text, and merge keys are resolved.

use serde_json::Value;

use super::Document;
use crate::{
    finding::Finding,
    yaml,
    yaml::{Reader, child},
};

const MERGE: &str = "<<";

/// Reads a document; [`compare`](super::compare) takes OpenAPI 3 only.
pub(super) fn read(document: &Document) -> Result<Value, Finding> {
    let Document { name, text } = document;
    let mut value = match yaml::read_with(&Reader::lenient(usize::MAX), text, name) {
        // JSON has escapes that YAML does not.
        Err(finding) if text.trim_start().starts_with('{') => {
            serde_json::from_str(text).map_err(|_| finding)?
        }
        value => value?,
    };
    merge(&mut value).map_err(|pointer| {
        Finding::new("yaml-merge", "`<<` takes a mapping, or a list of mappings")
            .file(name)
            .pointer(pointer)
            .help("refer to a mapping there (`<<: *name`)")
    })?;
    let version = value.get("openapi").and_then(Value::as_str);
    let has_paths = match value.get("paths") {
        Some(paths) => paths.is_object(),
        // Since 3.1, a document may have only webhooks or components.
        None => version.is_some_and(|version| !version.starts_with("3.0")),
    };
    if version.is_some_and(|version| version.starts_with("3.")) && has_paths {
        return Ok(value);
    }
    Err(Finding::new(
        "not-openapi",
        "not an OpenAPI 3 document: `openapi: 3.…` and `paths` are required",
    )
    .file(name)
    .help("name an OpenAPI 3 document"))
}

/// Resolves merge keys; keys next to a merge key win. Fails with the pointer
/// to a merge key with an invalid value.
fn merge(value: &mut Value) -> Result<(), String> {
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                merge(value).map_err(|below| child("", key) + &below)?;
            }
            let merged = match map.shift_remove(MERGE) {
                None => return Ok(()),
                Some(Value::Array(items)) => items,
                Some(one) => vec![one],
            };
            for item in merged {
                let Value::Object(item) = item else {
                    return Err(child("", MERGE));
                };
                for (key, value) in item {
                    map.entry(key).or_insert(value);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                merge(item).map_err(|below| child("", index) + &below)?;
            }
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn reading(text: &str) -> Result<Value, Finding> {
        read(&Document {
            name: "x.yaml".to_owned(),
            text: text.to_owned(),
        })
    }

    #[test]
    fn a_status_needs_no_quotes() {
        let document =
            reading("openapi: 3.0.3\npaths: {/a: {get: {responses: {200: {description: x}}}}}\n");
        assert_eq!(
            document
                .unwrap()
                .pointer("/paths/~1a/get/responses/200/description"),
            Some(&json!("x"))
        );
        let twice = reading("openapi: 3.0.3\npaths: {}\nx: {1: a, '1': b}\n").unwrap_err();
        assert_eq!(twice.rule, "yaml-unreadable");
        for lost in [
            "openapi: 3.0.3\npaths: {}\nx: {true: a}\n",
            "openapi: 3.0.3\npaths: {}\nx: !tag a\n",
        ] {
            assert_eq!(reading(lost).unwrap_err().rule, "yaml-not-json", "{lost}");
        }
    }

    #[test]
    fn merge_keys_are_resolved_after_the_keys_next_to_them() {
        let text = "openapi: 3.0.3\npaths: {}\na: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\n\
                    c: {x: 3, <<: [*a, *b]}\nd: {<<: *b}\n";
        let document = reading(text).unwrap();
        assert_eq!(document["c"], json!({"x": 3, "y": 1, "z": 2}));
        assert_eq!(document["d"], json!({"y": 2, "z": 2}));
        let finding = reading("openapi: 3.0.3\npaths: {}\na: [{<<: 5}]\n").unwrap_err();
        assert_eq!(
            (finding.rule, finding.pointer.as_deref()),
            ("yaml-merge", Some("/a/0/<<"))
        );
    }

    #[test]
    fn json_may_have_escapes_that_yaml_has_not() {
        let document = reading(r#"{"openapi": "3.0.3", "paths": {}, "x": "\ud83d\ude00"}"#);
        assert_eq!(document.unwrap()["x"], "😀");
    }
}
