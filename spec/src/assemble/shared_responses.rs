//! Checks the shared responses that single pages show against the document.
//!
//! The guides describe error responses for all operations at once. A page that shows the responses of its
//! operation may be less specific than the document, but must not contradict it: the document must contain and
//! allow everything that a page shows.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::messages::SharedResponse;
use crate::{
    finding::Finding,
    fragment::Evidence,
    openapi::{elements, entries, followed, is_required, text, type_of},
    yaml::child,
};

/// The contradictions between pages and `document`. Contradictions at places in `settled` have a recorded choice.
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
        let at = At {
            name: format!("the response {}", response.status),
            place: pointer.clone(),
            pointer,
        };
        check.content(&response.response, at);
    }
    let found = check.found.iter();
    found
        .filter(|((place, _), _)| !settled.contains(place.as_str()))
        .filter_map(|((place, message), pages)| finding(place, message, pages))
        .collect()
}

struct Check<'a> {
    document: &'a Value,
    /// The file and pointer of each page, by place in the document and message: components are shared by many
    /// operations.
    found: IndexMap<(String, String), Vec<(&'a str, String)>>,
    file: &'a str,
}

/// The finding about the first page that contradicts the document in some way; the others are counted.
fn finding(place: &str, message: &str, pages: &[(&str, String)]) -> Option<Finding> {
    let (file, pointer) = pages.first()?;
    let others = pages.iter().filter(|(other, _)| other != file).count();
    let others = match others {
        0 => String::new(),
        1 => " (one other page says the same)".to_owned(),
        others => format!(" ({others} other pages say the same)"),
    };
    let finding = Finding::new("error-response-contradicts", format!("{message}{others}"));
    let finding = finding.file(*file).pointer(pointer);
    Some(finding.help(format!(
        "correct the overlay that writes {place}; or if the document is to stay as it is, say why in spec/conflicts.yaml, with this place in `at`"
    )))
}

/// A place in a page and in the document.
#[derive(Clone)]
struct At {
    /// The pointer in the fragment of the page.
    pointer: String,
    /// The pointer in the document.
    place: String,
    /// The name in messages.
    name: String,
}

impl At {
    fn child(&self, keys: &[&str]) -> Self {
        let below = |pointer: &String| keys.iter().fold(pointer.clone(), |it, key| child(&it, key));
        Self {
            pointer: below(&self.pointer),
            place: below(&self.place),
            name: self.name.clone(),
        }
    }

    fn property(&self, name: &str) -> Self {
        Self {
            name: format!("`{name}` of {}", self.name),
            ..self.child(&["properties", name])
        }
    }
}

impl<'a> Check<'a> {
    /// Reports a difference at a place.
    fn report(&mut self, at: &At, message: &str) {
        let key = (at.place.clone(), format!("{} {message}", at.name));
        let pages = self.found.entry(key).or_default();
        pages.push((self.file, at.pointer.clone()));
    }

    /// The value in the document. If it is a reference, the place becomes its target.
    fn target(&self, at: &mut At) -> Option<&'a Value> {
        let value = self.document.pointer(&at.place)?;
        // A reference, perhaps with keywords next to it.
        let part = value.pointer("/allOf/0").unwrap_or(value);
        let Some(reference) = text(value, "$ref").or(text(part, "$ref")) else {
            return Some(value);
        };
        let (place, target) = followed(self.document, reference).last()?;
        at.place = place;
        Some(target)
    }

    fn content(&mut self, response: &Value, mut at: At) {
        // An overlay may have removed the response.
        let Some(known) = self.target(&mut at) else {
            return;
        };
        let known = entries(known.get("content")).map(|(name, _)| name.as_str());
        let known: Vec<&str> = known.collect();
        for (media_type, media) in entries(response.get("content")) {
            if !known.contains(&media_type.as_str()) {
                let known = match known.as_slice() {
                    [] => "without content".to_owned(),
                    known => known.join(" or "),
                };
                let message = format!("is {media_type} on the page, {known} in the document");
                return self.report(&at, &message);
            }
            if let Some(schema) = media.get("schema") {
                self.schema(schema, at.child(&["content", media_type, "schema"]));
            }
        }
    }

    fn schema(&mut self, schema: &Value, mut at: At) {
        let Some(known) = self.target(&mut at) else {
            return;
        };
        // A less specific type contradicts nothing.
        let (Some(wanted), Some(ty)) = (type_of(schema), type_of(known)) else {
            return;
        };
        let formats = text(schema, "format").zip(text(known, "format"));
        let is_same_format =
            schema.get("enum").is_some() || formats.is_none_or(|(one, other)| one == other);
        if !is_same_format || (wanted != ty && (wanted, ty) != ("integer", "number")) {
            let described = match (wanted, text(schema, "format")) {
                ("array", _) => "a list".to_owned(),
                (_, Some(format)) => format!("{wanted}<{format}>"),
                _ => wanted.to_owned(),
            };
            let message = format!("is {described} on the page, not in the document");
            return self.report(&at, &message);
        }
        if wanted == "array" {
            if let Some(items) = schema.get("items") {
                self.schema(items, at.child(&["items"]));
            }
            return;
        }
        let values: Vec<&Value> = elements(known.get("enum")).collect();
        let is_unknown = |value: &&Value| !values.is_empty() && !values.contains(value);
        if let Some(value) = elements(schema.get("enum")).find(is_unknown) {
            let message = format!("may be {value} on the page, not in the document");
            self.report(&at, &message);
        }
        if wanted == "object" {
            self.properties(schema, known, &at);
        }
    }

    fn properties(&mut self, schema: &Value, known: &Value, at: &At) {
        let is_documented = |property: &Value| Evidence::of(property) == Some(Evidence::Documented);
        for (name, property) in entries(schema.get("properties")) {
            let at = at.property(name);
            let Some(value) = self.document.pointer(&at.place) else {
                self.report(&at, "is on the page, but not in the document");
                continue;
            };
            if !is_documented(property) {
                // The type of a sampled property is a guess.
                continue;
            }
            let is_nullable = |value: &Value| value.get("nullable") == Some(&json!(true));
            if is_nullable(property) && !is_nullable(value) {
                self.report(&at, "may be null on the page, not in the document");
            }
            if !is_required(schema, name) && is_required(known, name) {
                self.report(&at, "may be missing on the page, not in the document");
            }
            self.schema(property, at);
        }
        // A page that prints no property is no evidence that one is missing.
        let mut properties = entries(schema.get("properties"));
        if !properties.any(|(_, property)| is_documented(property)) {
            return;
        }
        for name in elements(known.get("required")).filter_map(Value::as_str) {
            if schema["properties"].get(name).is_none() {
                let missing = At {
                    place: at.property(name).place,
                    ..at.clone()
                };
                let message = format!("has no `{name}` on the page, but must in the document");
                self.report(&missing, &message);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_with_the_same_contradiction_are_counted() {
        let operation =
            json!({"get": {"responses": {"400": {"$ref": "#/components/responses/Bad"}}}});
        let response = |name: &str| {
            let schema = json!({"type": "object", "properties": {name: {"type": "string"}}});
            json!({"content": {"application/json": {"schema": schema}}})
        };
        let document = json!({
            "paths": {"/a": operation, "/b": operation, "/c": operation},
            "components": {"responses": {"Bad": response("message")}},
        });
        let shown = ["a", "b", "c"].map(|path| SharedResponse {
            file: format!("{path}.yaml"),
            operation: format!("/paths/~1{path}/get"),
            status: "400".to_owned(),
            response: response("text"),
        });
        let found = |number: usize| {
            let findings = check(&document, &shown[..number], &HashSet::new());
            let [finding] = findings.as_slice() else {
                panic!("{findings:?}")
            };
            assert_eq!(finding.file.as_deref(), Some("a.yaml"));
            finding.message.clone()
        };
        let message = "`text` of the response 400 is on the page, but not in the document";
        assert_eq!(found(1), message);
        assert_eq!(
            found(2),
            format!("{message} (one other page says the same)")
        );
        assert_eq!(found(3), format!("{message} (2 other pages say the same)"));
        let place = "/components/responses/Bad/content/application~1json/schema/properties/text";
        assert_eq!(check(&document, &shown, &HashSet::from([place])), []);
    }
}
