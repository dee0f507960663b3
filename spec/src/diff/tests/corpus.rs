//! Real documents: the two of this workspace, and the documents in the folder `HEFFL_CORPUS_DIR`.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::super::read::read;
use super::{compare, ids};
use crate::{diff::Document, yaml::child};

/// The number of edits of each document.
const EDITS: usize = 20;

/// The documents that can be read, each with its name.
fn documents() -> Vec<(String, Value)> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<PathBuf> = vec![own.join("heffl-v1.yaml"), own.join("heffl-v2.yaml")];
    if let Some(folder) = std::env::var_os("HEFFL_CORPUS_DIR") {
        let entries = fs::read_dir(folder).unwrap();
        files.extend(entries.map(|entry| entry.unwrap().path()));
    }
    files.sort();
    let read_file = |path: &PathBuf| {
        let name = path.file_name()?.to_string_lossy().into_owned();
        let text = fs::read_to_string(path).ok()?;
        let document = Document { name, text };
        match read(&document) {
            Ok(value) => Some((document.name, value)),
            Err(finding) => {
                println!("{finding}");
                None
            }
        }
    };
    files.iter().filter_map(read_file).collect()
}

/// A random number generator with the same sequence on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }
}

/// The same document with its keys in another order.
fn shuffled(value: &Value, random: &mut Random) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> = map
                .iter()
                .map(|(key, value)| (key.clone(), shuffled(value, random)))
                .collect();
            for index in (1..entries.len()).rev() {
                entries.swap(index, random.below(index + 1));
            }
            Value::Object(entries.into_iter().collect())
        }
        Value::Array(items) => items.iter().map(|item| shuffled(item, random)).collect(),
        other => other.clone(),
    }
}

fn timed<T>(slowest: &mut (Duration, String), name: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    if start.elapsed() > slowest.0 {
        *slowest = (start.elapsed(), name.to_owned());
    }
    result
}

#[test]
fn a_document_in_another_order_of_keys_is_the_same() {
    let mut slowest = (Duration::ZERO, String::new());
    let documents = documents();
    for (name, document) in &documents {
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        for _ in 0..2 {
            let other = shuffled(document, &mut random);
            let changes = timed(&mut slowest, name, || compare(document, &other));
            assert_eq!(changes, [], "{name}");
        }
        // A difference that makes the comparison visit everything.
        let mut other = shuffled(document, &mut random);
        other["info"]["version"] = json!("other");
        let changes = timed(&mut slowest, name, || compare(document, &other));
        assert_eq!(ids(&changes), ["document-version-changed"], "{name}");
    }
    println!("{} documents, the slowest: {slowest:?}", documents.len());
}

#[test]
fn comparisons_of_unrelated_documents_are_deterministic() {
    let mut slowest = (Duration::ZERO, String::new());
    let documents = documents();
    for (old, new) in documents.iter().zip(documents.iter().cycle().skip(1)) {
        let name = format!("{} and {}", old.0, new.0);
        let changes = timed(&mut slowest, &name, || compare(&old.1, &new.1));
        let shuffled = shuffled(&new.1, &mut Random(77));
        let again = compare(&old.1, &shuffled);
        let summary = |changes: &[super::Change]| {
            let summary = changes.iter();
            summary
                .map(|change| {
                    (
                        change.rule.id,
                        change.pointer.clone(),
                        change.fingerprint.clone(),
                    )
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(summary(&changes), summary(&again), "{name}");
    }
    println!("{} pairs, the slowest: {slowest:?}", documents.len());
}

/// Keys of objects whose keys are names.
const NAMES: [&str; 16] = [
    "properties",
    "patternProperties",
    "paths",
    "responses",
    "headers",
    "content",
    "callbacks",
    "variables",
    "schemas",
    "parameters",
    "requestBodies",
    "securitySchemes",
    "webhooks",
    "x-webhooks",
    "encoding",
    "mapping",
];

/// The pointers that operations reach.
fn reached(document: &Value, pointer: &str, is_names: bool, found: &mut Vec<String>) {
    let Some(value) = document.pointer(pointer) else {
        return;
    };
    match value {
        Value::Object(map) => {
            if let Some(target) = map.get("$ref").and_then(Value::as_str)
                && let Some((target, _)) = crate::openapi::located(document, target)
                && !found.contains(&target)
            {
                found.push(target.clone());
                reached(document, &target, false, found);
            }
            let is_in_path = map.get("in").is_some_and(|place| place == "path");
            for (key, value) in map {
                let is_path_item = key.starts_with('/') && value.is_object();
                let has_operation = || value.to_string().contains("\"responses\"");
                // A parameter in the path is always required, and a part without operations has no effect.
                if is_in_path && key == "required" || is_path_item && !has_operation() {
                    continue;
                }
                let is_prose = matches!(
                    key.as_str(),
                    "description"
                        | "summary"
                        | "title"
                        | "$comment"
                        | "example"
                        | "examples"
                        | "externalDocs"
                        | "x-heffl-rule"
                        | "x-heffl-source"
                        | "default"
                ) || key.starts_with("x-") && value.is_object();
                if is_names || !is_prose {
                    let at = child(pointer, key);
                    found.push(at.clone());
                    let names = !is_names && NAMES.contains(&key.as_str()) && value.is_object();
                    reached(document, &at, names, found);
                }
            }
        }
        Value::Array(items) => {
            for index in 0..items.len() {
                let at = child(pointer, index);
                found.push(at.clone());
                reached(document, &at, false, found);
            }
        }
        _ => {}
    }
}

#[test]
fn no_edit_of_parts_that_operations_use_is_missed() {
    let mut slowest = (Duration::ZERO, String::new());
    let (mut tried, mut missed) = (0, Vec::new());
    for (name, document) in &documents() {
        let mut places = Vec::new();
        for root in ["/paths", "/webhooks", "/x-webhooks"] {
            reached(document, root, true, &mut places);
        }
        if name.contains("param-overrides") {
            // Parameters of path items that all operations replace.
            continue;
        }
        let mut random = Random(0x2545_f491_4f6c_dd1d ^ name.len() as u64);
        for _ in 0..EDITS.min(places.len()) {
            let place = &places[random.below(places.len())];
            let mut edited = document.clone();
            let Some(target) = edited.pointer_mut(place) else {
                continue;
            };
            let what = match target {
                Value::Object(map) if map.contains_key("$ref") => {
                    map.insert("$ref".to_owned(), json!("#/no/where"));
                    "reference"
                }
                Value::Object(map) => {
                    map.insert("unknownKey".to_owned(), json!({"a": 1}));
                    "unknown key"
                }
                Value::Bool(flag) => {
                    *flag = !*flag;
                    "flag"
                }
                Value::Number(number) => {
                    *target = json!(number.as_f64().unwrap() + 7.0);
                    "number"
                }
                Value::String(text) => {
                    text.push_str("Other");
                    "text"
                }
                Value::Array(items) => {
                    let is_text = items.first().is_some_and(Value::is_string);
                    // A value that is in no list.
                    items.push(if is_text {
                        json!("unheardOf")
                    } else {
                        json!({"unknownKey": 1})
                    });
                    "list"
                }
                Value::Null => continue,
            };
            tried += 1;
            let changes = timed(&mut slowest, name, || compare(document, &edited));
            if changes.is_empty() {
                missed.push(format!("{name}: {what} at {place}"));
            }
        }
    }
    println!(
        "{tried} edits, {} missed, the slowest: {slowest:?}",
        missed.len()
    );
    assert!(missed.is_empty(), "{missed:#?}");
}
