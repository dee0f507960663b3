//! Responses that all operations share: what single pages show of them, checked against the document.
//!
//! The guides describe error responses for all operations at once. A page that shows the responses of its
//! operation may be vaguer than the document, but must not contradict it: what a page shows, the document
//! knows and allows.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::messages::SharedResponse;
use crate::{
    finding::Finding,
    fragment::Evidence,
    openapi::{elements, entries, is_required, text, type_of},
    yaml::child,
};

/// Where pages contradict `document`. Places in `settled` are known: somebody has chosen.
pub(super) fn check(
    document: &Value,
    shown: &[SharedResponse],
    settled: &HashSet<&str>,
) -> Vec<Finding> {
    let mut check = Check {
        document,
        found: IndexMap::new(),
        file: "",
    };
    for response in shown {
        check.file = &response.file;
        let pointer = child(&child(&response.operation, "responses"), &response.status);
        let name = format!("the response {}", response.status);
        check.content(
            &response.response,
            &pointer,
            &Shown {
                pointer: pointer.clone(),
                name,
            },
        );
    }
    check
        .found
        .into_iter()
        .filter(|((place, _), _)| !settled.contains(place.as_str()))
        .map(|((place, message), first)| first.finding(&place, &message))
        .collect()
}

struct Check<'a> {
    document: &'a Value,
    /// By place in the document and message: components are shared by many operations.
    found: IndexMap<(String, String), First>,
    file: &'a str,
}

/// The first page that contradicts the document in some way, and how many others do.
struct First {
    file: String,
    pointer: String,
    others: usize,
}

impl First {
    fn finding(&self, place: &str, message: &str) -> Finding {
        let others = match self.others {
            0 => String::new(),
            1 => " (one other page says the same)".to_owned(),
            others => format!(" ({others} other pages say the same)"),
        };
        Finding::new("error-response-contradicts", format!("{message}{others}"))
            .file(&self.file)
            .pointer(&self.pointer)
            .help(format!(
                "correct the overlay that writes {place}; or if the document is to stay as it is, say why in spec/conflicts.yaml, with this place in `at`"
            ))
    }
}

/// A place on a page: in its fragment, and as a person calls it.
struct Shown {
    pointer: String,
    name: String,
}

impl<'a> Check<'a> {
    fn report(&mut self, shown: &Shown, place: &str, message: String) {
        let file = self.file.to_owned();
        self.found
            .entry((place.to_owned(), message))
            .and_modify(|first| first.others += usize::from(first.file != file))
            .or_insert_with(|| First {
                file,
                pointer: shown.pointer.clone(),
                others: 0,
            });
    }

    /// The value at `place`, or what it refers to, with the place of that.
    fn target(&self, place: &str) -> Option<(String, &'a Value)> {
        let mut place = place.to_owned();
        // A reference, perhaps with something beside it. No document nests more of them.
        for _ in 0..8 {
            let document: &'a Value = self.document;
            let value = document.pointer(&place)?;
            let reference = text(value, "$ref")
                .or_else(|| value.pointer("/allOf/0/$ref").and_then(Value::as_str));
            match reference {
                Some(reference) => reference.trim_start_matches('#').clone_into(&mut place),
                None => return Some((place, value)),
            }
        }
        None
    }

    fn content(&mut self, response: &Value, place: &str, shown: &Shown) {
        // An overlay may have taken the response away.
        let Some((place, known)) = self.target(place) else {
            return;
        };
        let known: Vec<&String> = entries(known.get("content"))
            .map(|(name, _)| name)
            .collect();
        for (media_type, media) in entries(response.get("content")) {
            if !known.contains(&media_type) {
                let known: Vec<&str> = known.iter().map(|name| name.as_str()).collect();
                let known = if known.is_empty() {
                    "without content".to_owned()
                } else {
                    known.join(" or ")
                };
                let message = format!(
                    "{} is {media_type} on the page, {known} in the document",
                    shown.name
                );
                return self.report(shown, &place, message);
            }
            let below =
                |pointer: &str| child(&child(&child(pointer, "content"), media_type), "schema");
            if let Some(schema) = media.get("schema") {
                let shown = Shown {
                    pointer: below(&shown.pointer),
                    name: shown.name.clone(),
                };
                self.schema(schema, &below(&place), &shown);
            }
        }
    }

    fn schema(&mut self, schema: &Value, place: &str, shown: &Shown) {
        let Some((place, known)) = self.target(place) else {
            return;
        };
        // A type that says less contradicts nothing.
        let (Some(wanted), Some(ty)) = (type_of(schema), type_of(known)) else {
            return;
        };
        let formats = text(schema, "format").zip(text(known, "format"));
        let is_same_format =
            schema.get("enum").is_some() || formats.is_none_or(|(one, other)| one == other);
        if !is_same_format || (wanted != ty && (wanted, ty) != ("integer", "number")) {
            let message = format!(
                "{} is {} on the page, not in the document",
                shown.name,
                describe(schema)
            );
            return self.report(shown, &place, message);
        }
        if wanted == "array" {
            if let Some(items) = schema.get("items") {
                let shown = Shown {
                    pointer: child(&shown.pointer, "items"),
                    name: shown.name.clone(),
                };
                self.schema(items, &child(&place, "items"), &shown);
            }
            return;
        }
        let values: Vec<&Value> = elements(known.get("enum")).collect();
        let unknown = |value: &&Value| !values.is_empty() && !values.contains(value);
        if let Some(value) = elements(schema.get("enum")).find(unknown) {
            let message = format!(
                "{} may be {value} on the page, not in the document",
                shown.name
            );
            self.report(shown, &place, message);
        }
        if wanted == "object" {
            self.properties(schema, known, &place, shown);
        }
    }

    fn properties(&mut self, schema: &Value, known: &Value, place: &str, shown: &Shown) {
        let required: Vec<&str> = elements(known.get("required"))
            .filter_map(Value::as_str)
            .collect();
        let properties = schema.get("properties");
        let is_documented = |property: &Value| Evidence::of(property) == Some(Evidence::Documented);
        for (name, property) in entries(properties) {
            let place = child(&child(place, "properties"), name);
            let shown = Shown {
                pointer: child(&child(&shown.pointer, "properties"), name),
                name: format!("`{name}` of {}", shown.name),
            };
            let Some(value) = self.document.pointer(&place) else {
                let message = format!("{} is on the page, but not in the document", shown.name);
                self.report(&shown, &place, message);
                continue;
            };
            if !is_documented(property) {
                // A sample shows a name, and a type that is a guess.
                continue;
            }
            let is_nullable = |value: &Value| value.get("nullable") == Some(&json!(true));
            if is_nullable(property) && !is_nullable(value) {
                let message = format!(
                    "{} may be null on the page, not in the document",
                    shown.name
                );
                self.report(&shown, &place, message);
            }
            if !is_required(schema, name) && required.contains(&name.as_str()) {
                let message = format!(
                    "{} may be missing on the page, not in the document",
                    shown.name
                );
                self.report(&shown, &place, message);
            }
            self.schema(property, &place, &shown);
        }
        // A page that prints no property says nothing of what is missing.
        if !entries(properties).any(|(_, property)| is_documented(property)) {
            return;
        }
        for name in required {
            if schema["properties"].get(name).is_none() {
                let message = format!(
                    "{} has no `{name}` on the page, but must in the document",
                    shown.name
                );
                self.report(shown, &child(&child(place, "properties"), name), message);
            }
        }
    }
}

fn describe(schema: &Value) -> String {
    match (type_of(schema), text(schema, "format")) {
        (Some("array"), _) => "a list".to_owned(),
        (Some(ty), Some(format)) => format!("{ty}<{format}>"),
        (ty, _) => ty.unwrap_or("anything").to_owned(),
    }
}
