//! Descriptions and examples, which are kept by hand apart from the facts: one file for each resource.
//!
//! No page and no lack of a text ever stops the assembly: what is not described gets a neutral description,
//! and a warning says what to write where. A text whose place is gone is a warning too.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use crate::{
    case::words,
    finding::Finding,
    openapi::{Kind, SCHEMAS},
    yaml::{self, child, unescape},
};

/// Where descriptions are kept, in a folder for each version.
pub(super) const DESCRIPTIONS: &str = "spec/descriptions";

/// The file of texts that hold for all resources.
const COMMON: &str = "common.yaml";

pub(super) const NEUTRAL: &str = "Not described yet.";

/// What may stand in a file.
enum Shape {
    Text,
    Example,
    /// Names, each with a value of this shape.
    Named(&'static Shape),
    Keys(&'static [(&'static str, Shape)]),
}

const TEXTS: Shape = Shape::Named(&Shape::Text);

const FILE: Shape = Shape::Keys(&[
    ("tags", TEXTS),
    ("securitySchemes", TEXTS),
    (
        "operations",
        Shape::Named(&Shape::Keys(&[
            ("summary", Shape::Text),
            ("description", Shape::Text),
            ("parameters", TEXTS),
            ("request", Shape::Example),
            ("responses", Shape::Named(&Shape::Example)),
        ])),
    ),
    (
        "schemas",
        Shape::Named(&Shape::Keys(&[
            ("description", Shape::Text),
            ("properties", TEXTS),
            ("example", Shape::Example),
        ])),
    ),
    ("parameters", TEXTS),
    ("properties", TEXTS),
]);

/// The descriptions of one version.
#[derive(Debug, Default)]
pub(super) struct Descriptions {
    files: Vec<String>,
    /// The file and the value, by the pointer in the file: that of what holds for a whole file has its number
    /// before it.
    entries: HashMap<String, (usize, Value)>,
    used: HashSet<String>,
    missing: Vec<Finding>,
}

impl Descriptions {
    /// Reads all files. All findings are reported together.
    pub(super) fn parse<'a>(
        files: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Vec<Finding>> {
        let mut descriptions = Self::default();
        let mut findings = Vec::new();
        for (file, text) in files {
            match yaml::read(text, file) {
                Ok(value) => {
                    descriptions.files.push(file.to_owned());
                    let found = &mut findings;
                    descriptions.add(&value, &FILE, "", found);
                }
                Err(finding) => findings.push(finding),
            }
        }
        if findings.is_empty() {
            Ok(descriptions)
        } else {
            Err(findings)
        }
    }

    fn add(&mut self, value: &Value, shape: &Shape, pointer: &str, findings: &mut Vec<Finding>) {
        let number = self.files.len() - 1;
        let file = self.files.get(number).cloned().unwrap_or_default();
        let fault = |pointer: &str, message: &str, help: &str| {
            let finding = Finding::new("description-invalid", message).help(help);
            finding.file(&file).pointer(pointer)
        };
        match (shape, value) {
            (Shape::Text, Value::String(text)) if text.trim().is_empty() => {
                findings.push(fault(
                    pointer,
                    "the text is empty",
                    "write one, or delete the key",
                ));
            }
            (Shape::Text, Value::String(_)) | (Shape::Example, _) => {
                let key = if is_for_file(pointer) {
                    format!("{number}{pointer}")
                } else {
                    pointer.to_owned()
                };
                let entry = (number, value.clone());
                if let Some((other, _)) = self.entries.insert(key, entry) {
                    let other = self.files.get(other).map_or("", String::as_str);
                    let message = format!("it is described in {other} as well");
                    findings.push(fault(pointer, &message, "delete one of the two"));
                }
            }
            (Shape::Named(inner), Value::Object(map)) => {
                for (name, value) in map {
                    self.add(value, inner, &child(pointer, name), findings);
                }
            }
            (Shape::Keys(keys), Value::Object(map)) => {
                for (key, value) in map {
                    let pointer = child(pointer, key);
                    if let Some((_, inner)) = keys.iter().find(|(known, _)| known == key) {
                        self.add(value, inner, &pointer, findings);
                    } else {
                        let known: Vec<_> = keys.iter().map(|(key, _)| *key).collect();
                        let help = format!("the keys here are {}", known.join(", "));
                        findings.push(fault(&pointer, &format!("unknown key `{key}`"), &help));
                    }
                }
            }
            (Shape::Text, _) => findings.push(fault(pointer, "not a text", "write a text")),
            (Shape::Named(_) | Shape::Keys(_), _) => {
                findings.push(fault(pointer, "not a map", "write keys with values"));
            }
        }
    }

    /// Describes the document, which is written to `file`, and reports what is not described, and texts that
    /// describe nothing.
    pub(super) fn apply(mut self, document: &mut Value, file: &str) -> Vec<Finding> {
        for tag in document
            .get_mut("tags")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
            .filter_map(Value::as_object_mut)
        {
            let name = text(tag, "name").unwrap_or_default().to_owned();
            self.put(tag, "description", &[child("/tags", name)]);
        }
        let schemes = document.pointer_mut("/components/securitySchemes");
        for (name, scheme) in schemes.and_then(Value::as_object_mut).into_iter().flatten() {
            if let Some(scheme) = scheme.as_object_mut() {
                self.put(scheme, "description", &[child("/securitySchemes", name)]);
            }
        }
        let mut place = Place {
            file: file.to_owned(),
            ..Place::default()
        };
        for (key, kind) in [("paths", Kind::Paths), ("components", Kind::Components)] {
            place.operation.clear();
            place.resource.clear();
            if let Some(value) = document.get_mut(key) {
                self.below(value, kind, &child("", key), &mut place);
            }
        }
        let mut unused: Vec<_> = self
            .entries
            .iter()
            .filter(|(key, _)| !self.used.contains(*key))
            .map(|(key, (number, _))| {
                let file = self.files.get(*number).map_or("", String::as_str);
                let start = key.find('/').unwrap_or_default();
                (file, key.get(start..).unwrap_or_default())
            })
            .collect();
        unused.sort_unstable();
        let unused = unused.into_iter().map(|(file, pointer)| {
            Finding::new(
                "description-unused",
                "the document has nothing that this describes",
            )
            .file(file)
            .pointer(pointer)
            .help("rename the key if the documentation renamed it, or delete it")
        });
        self.missing.extend(unused);
        self.missing
    }

    fn below(&mut self, value: &mut Value, kind: Kind, pointer: &str, place: &mut Place) {
        match value {
            Value::Array(list) => {
                for (index, inner) in list.iter_mut().enumerate() {
                    self.below(inner, kind.child(""), &child(pointer, index), place);
                }
            }
            Value::Object(map) if kind != Kind::Data => {
                if kind == Kind::Operation {
                    place.operation = text(map, "operationId").unwrap_or_default().to_owned();
                    let tags = map.get("tags").and_then(|tags| tags.get(0)?.as_str());
                    place.resource = tags.unwrap_or_default().to_owned();
                }
                for (key, inner) in map.iter_mut() {
                    if kind == Kind::Schemas {
                        place.schema.clone_from(key);
                    } else if kind == Kind::Properties {
                        place.property.clone_from(key);
                    }
                    // Nested schemas have no properties: these are components.
                    if !(kind.is_schema() && key != "properties") {
                        self.below(inner, kind.child(key), &child(pointer, key), place);
                    }
                }
                if !map.contains_key("$ref") {
                    self.describe(map, kind, pointer, place);
                }
            }
            _ => {}
        }
    }

    fn describe(&mut self, map: &mut Map<String, Value>, kind: Kind, pointer: &str, place: &Place) {
        let own = child("/operations", &place.operation);
        match kind {
            Kind::Operation => {
                let mut summary = words(&place.operation).join(" ");
                if let Some(first) = summary.get_mut(..1) {
                    first.make_ascii_uppercase();
                }
                for (key, neutral) in [("summary", &*summary), ("description", NEUTRAL)] {
                    let candidates = [child(&own, key)];
                    self.put(map, key, &candidates);
                    self.fill(map, key, neutral, pointer, &candidates, place);
                }
                if let Some(body) = map.get_mut("requestBody") {
                    self.example(body, &child(&own, "request"));
                }
                let responses = map.get_mut("responses").and_then(Value::as_object_mut);
                for (status, response) in responses.into_iter().flatten() {
                    self.example(response, &child(&child(&own, "responses"), status));
                }
            }
            Kind::Parameter => {
                let name = text(map, "name").unwrap_or_default().to_owned();
                let key = child(&child(&own, "parameters"), &name);
                let candidates = self.candidates(key, "/parameters", &name, &own, place);
                self.put(map, "description", &candidates);
                self.fill(map, "description", NEUTRAL, pointer, &candidates, place);
            }
            Kind::Schema if pointer.matches('/').count() == 3 => {
                let key = child(&child("/schemas", &place.schema), "description");
                self.put(map, "description", &[key]);
            }
            Kind::Property => {
                let schema = child("/schemas", &place.schema);
                let name = &place.property;
                let key = child(&child(&schema, "properties"), name);
                let candidates = self.candidates(key, "/properties", name, &schema, place);
                self.put(map, "description", &candidates);
                self.fill(map, "description", NEUTRAL, pointer, &candidates, place);
            }
            Kind::Response => {
                self.fill(map, "description", "A response.", pointer, &[], place);
            }
            _ => {}
        }
    }

    /// The text of its own, that of the file which describes its owner, and that of all files.
    fn candidates(
        &self,
        own: String,
        section: &str,
        name: &str,
        owner: &str,
        place: &Place,
    ) -> [String; 3] {
        let of_file = |number: Option<usize>| {
            let number = number.map_or_else(String::new, |number| number.to_string());
            format!("{number}{}", child(section, name))
        };
        let common = self.files.iter().position(|file| file.ends_with(COMMON));
        [own, of_file(self.file_of(owner, place)), of_file(common)]
    }

    /// The file that describes a schema or an operation; that of the operation's resource where none does yet.
    fn file_of(&self, owner: &str, place: &Place) -> Option<usize> {
        let description = self.entries.get(&child(owner, "description"));
        let of_resource = format!("/{}.yaml", place.resource);
        description.map(|(number, _)| *number).or_else(|| {
            let is_operation = owner.starts_with("/operations/");
            let mut files = self.files.iter();
            files.position(|file| is_operation && file.ends_with(&of_resource))
        })
    }

    /// Writes the first of these that there is. Only the first candidate replaces what an overlay wrote.
    fn put(&mut self, map: &mut Map<String, Value>, key: &str, candidates: &[String]) {
        let count = if map.contains_key(key) {
            1
        } else {
            candidates.len()
        };
        let found = candidates
            .iter()
            .take(count)
            .find_map(|candidate| Some((candidate, &self.entries.get(candidate)?.1)));
        if let Some((candidate, value)) = found {
            map.insert(key.to_owned(), value.clone());
            self.used.insert(candidate.clone());
        }
    }

    /// The example of its own, or that of its schema.
    fn example(&mut self, holder: &mut Value, key: &str) {
        if let Some(media) = holder
            .get_mut("content")
            .and_then(|content| content.get_mut("application/json")?.as_object_mut())
        {
            let schema = media
                .get("schema")
                .and_then(|schema| schema.get("$ref")?.as_str());
            let name = schema.and_then(|reference| reference.strip_prefix(SCHEMAS));
            let of_schema = child(&child("/schemas", name.unwrap_or_default()), "example");
            self.put(media, "example", &[key.to_owned(), of_schema]);
        }
    }

    /// Writes a neutral text where there is none, with a warning.
    fn fill(
        &mut self,
        map: &mut Map<String, Value>,
        key: &'static str,
        neutral: &str,
        pointer: &str,
        candidates: &[String],
        place: &Place,
    ) {
        if text(map, key).is_some_and(|text| !text.trim().is_empty()) {
            return;
        }
        map.insert(key.to_owned(), json!(neutral));
        let message = format!(
            "{}#{pointer} has no {key}: a neutral one stands there",
            place.file
        );
        let finding = Finding::new("description-missing", message);
        self.missing.push(match candidates.first() {
            Some(own) => {
                let owner = own.split('/').take(3).collect::<Vec<_>>().join("/");
                let version = self.files.first().and_then(|file| file.rsplit_once('/'));
                let folder = version.map_or(DESCRIPTIONS, |(folder, _)| folder);
                let file = match self.file_of(&owner, place) {
                    Some(number) => self.files.get(number).cloned().unwrap_or_default(),
                    None if place.resource.is_empty() => format!("{folder}/{COMMON}"),
                    None => format!("{folder}/{}.yaml", place.resource),
                };
                let keys = own.split('/').skip(1);
                let keys: Vec<_> = keys.map(unescape).collect();
                let snippet = format!("{}: …{}", keys.join(": {"), "}".repeat(keys.len() - 1));
                finding.file(file).help(format!("add `{snippet}`"))
            }
            None => finding
                .file(&place.file)
                .help("describe it in the facts or by an overlay"),
        });
    }
}

/// Where the walk over the document is.
#[derive(Default)]
struct Place {
    /// Of the document.
    file: String,
    operation: String,
    resource: String,
    schema: String,
    property: String,
}

/// Whether this holds for all that its file describes.
fn is_for_file(pointer: &str) -> bool {
    pointer.starts_with("/parameters/") || pointer.starts_with("/properties/")
}

fn text<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    map.get(key).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GADGETS: &str = "
tags: {gadgets: Things.}
operations:
  getGadget: {summary: Get a gadget, description: Gives one., parameters: {id: Which gadget.}}
schemas:
  Gadget:
    description: A thing.
    properties: {title: What it is called.}
    example: {title: Lamp}
properties: {size: In metres.}
";

    fn parse(files: &[(&str, &str)]) -> Result<Descriptions, Vec<Finding>> {
        Descriptions::parse(files.iter().copied())
    }

    fn document() -> Value {
        let schema = json!({"$ref": "#/components/schemas/Gadget"});
        json!({
            "tags": [{"name": "gadgets"}],
            "paths": {"/gadgets/{id}": {"get": {
                "operationId": "getGadget", "tags": ["gadgets"],
                "parameters": [{"name": "id", "in": "path"}, {"name": "page", "in": "query"}, {"$ref": "#/x"}],
                "responses": {"200": {"description": "It.", "content": {"application/json": {"schema": schema}}}},
            }}},
            "components": {"schemas": {
                "Gadget": {"properties": {"title": {}, "size": {}, "weight": {}, "createdAt": {}}},
                "Other": {"properties": {"size": {}, "description": {"description": "By an overlay."}}},
            }},
        })
    }

    #[test]
    fn a_text_of_its_own_goes_before_that_of_the_file_and_this_before_the_common_one() {
        let common =
            "properties: {createdAt: When., title: Title.}\nparameters: {page: Which page.}";
        let mut document = document();
        let files = [("d/v1/common.yaml", common), ("d/v1/gadgets.yaml", GADGETS)];
        let findings = parse(&files).unwrap().apply(&mut document, "x.yaml");
        let get = &document["paths"]["/gadgets/{id}"]["get"];
        assert_eq!(document["tags"][0]["description"], "Things.");
        assert_eq!(get["summary"], "Get a gadget");
        assert_eq!(get["parameters"][0]["description"], "Which gadget.");
        assert_eq!(get["parameters"][1]["description"], "Which page.");
        let media = &get["responses"]["200"]["content"]["application/json"];
        assert_eq!(media["example"], json!({"title": "Lamp"}));
        let gadget = &document["components"]["schemas"]["Gadget"];
        assert_eq!(gadget["description"], "A thing.");
        let properties = &gadget["properties"];
        assert_eq!(properties["title"]["description"], "What it is called.");
        assert_eq!(properties["size"]["description"], "In metres.");
        assert_eq!(properties["createdAt"]["description"], "When.");
        // The file of gadgets says nothing of other things.
        let other = &document["components"]["schemas"]["Other"]["properties"];
        assert_eq!(other["size"]["description"], NEUTRAL);
        assert_eq!(other["description"]["description"], "By an overlay.");
        let texts: Vec<String> = findings.iter().map(ToString::to_string).collect();
        let expected = [
            (
                "d/v1/gadgets.yaml",
                "add `schemas: {Gadget: {properties: {weight: …}}}`",
            ),
            (
                "d/v1/common.yaml",
                "add `schemas: {Other: {properties: {size: …}}}`",
            ),
            ("d/v1/common.yaml #/properties/title", "delete it"),
        ];
        assert_eq!(texts.len(), expected.len(), "{texts:#?}");
        for (text, (place, help)) in texts.iter().zip(expected) {
            assert!(text.contains(place) && text.contains(help), "{text}");
        }
    }

    #[test]
    fn what_is_not_described_gets_a_neutral_text() {
        let mut document = document();
        let findings = Descriptions::default().apply(&mut document, "x.yaml");
        let get = &document["paths"]["/gadgets/{id}"]["get"];
        assert_eq!(get["summary"], "Get gadget");
        assert_eq!(get["parameters"][0]["description"], NEUTRAL);
        assert!(findings.iter().all(|it| it.rule == "description-missing"));
        assert_eq!(findings.len(), 9, "{findings:#?}");
        assert_eq!(Descriptions::default().apply(&mut document, "x.yaml"), []);
    }

    #[test]
    fn a_file_of_another_shape_is_refused_with_the_place() {
        for (text, pointer, message) in [
            ("tag: {a: b}", "/tag", "unknown key `tag`"),
            ("tags: {a: 1}", "/tags/a", "not a text"),
            ("tags: {a: ' '}", "/tags/a", "empty"),
            ("schemas: {Gadget: x}", "/schemas/Gadget", "not a map"),
            (
                "schemas: {Gadget: {title: x}}",
                "/schemas/Gadget/title",
                "unknown key",
            ),
            (
                "tags: {gadgets: x}",
                "/tags/gadgets",
                "in d/v1/gadgets.yaml as well",
            ),
        ] {
            let files = [("d/v1/gadgets.yaml", GADGETS), ("d/v1/other.yaml", text)];
            let findings = parse(&files).unwrap_err();
            let [finding] = &findings[..] else {
                panic!("{findings:#?}")
            };
            assert!(finding.message.contains(message), "{finding}");
            assert_eq!(finding.pointer.as_deref(), Some(pointer));
            assert_eq!(finding.file.as_deref(), Some("d/v1/other.yaml"));
        }
    }
}
