//! Descriptions and examples, which are kept by hand apart from the facts: one file for each resource.
//!
//! A missing text never stops the assembly: the place gets a neutral description, and a warning with the text to add. A
//! text whose place does not exist is a warning too.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::{
    case::words,
    finding::{self, Finding},
    openapi::{
        Kind, Place, elements_mut, entries_mut, operations, schema_name, set, text, visit_mut,
    },
    yaml::{self, child, unescape},
};

/// The folder of descriptions, with a folder for each version.
pub(super) const DESCRIPTIONS: &str = "spec/descriptions";

/// The file of texts for all resources.
const COMMON: &str = "common.yaml";

pub(super) const NEUTRAL: &str = "Not described yet.";

/// The keys of a file: texts, and examples, which end in `=`. A `*` is any name.
const PATHS: [&str; 12] = [
    "tags/*",
    "securitySchemes/*",
    "operations/*/summary",
    "operations/*/description",
    "operations/*/parameters/*",
    "operations/*/request/=",
    "operations/*/responses/*/=",
    "schemas/*/description",
    "schemas/*/properties/*",
    "schemas/*/example/=",
    "parameters/*",
    "properties/*",
];

/// The descriptions of one version.
#[derive(Debug, Default)]
pub(super) struct Descriptions {
    files: Vec<String>,
    /// Entries by the pointer in the file; texts for a whole file have its number as a prefix.
    entries: HashMap<String, Entry>,
    missing: Vec<Finding>,
}

#[derive(Debug)]
struct Entry {
    /// The number of its file.
    file: usize,
    value: Value,
    is_used: bool,
}

/// An operation or a schema, whose parts are described together.
#[derive(Clone)]
struct Owner {
    /// The pointer to it in the file.
    key: String,
    /// The resource of an operation.
    resource: String,
}

impl Owner {
    fn new(section: &str, name: &str) -> Self {
        let key = child(section, name);
        let resource = String::new();
        Self { key, resource }
    }
}

impl Descriptions {
    /// Reads all files. All findings are reported together.
    pub(super) fn parse<'a>(
        files: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Vec<Finding>> {
        let mut descriptions = Self::default();
        let mut findings = Vec::new();
        for (file, text) in files {
            let Some(value) = finding::keep(yaml::read(text, file), &mut findings) else {
                continue;
            };
            descriptions.files.push(file.to_owned());
            let mut report = |pointer: &str, message: &str, help: &str| {
                let finding = Finding::new("description-invalid", message).help(help);
                findings.push(finding.file(file).pointer(pointer));
            };
            descriptions.add(&value, &PATHS, "", &mut report);
        }
        finding::unless(findings, descriptions)
    }

    /// Adds a value of the last file. `paths` continues from here.
    fn add(
        &mut self,
        value: &Value,
        paths: &[&'static str],
        pointer: &str,
        report: &mut dyn FnMut(&str, &str, &str),
    ) {
        match (paths, value) {
            ([""], Value::String(text)) if text.trim().is_empty() => {
                report(pointer, "the text is empty", "write one, or delete the key");
            }
            ([""], Value::String(_)) | (["="], _) => {
                let file = self.files.len() - 1;
                let of_file = ["/parameters/", "/properties/"];
                let key = if of_file.iter().any(|section| pointer.starts_with(section)) {
                    format!("{file}{pointer}")
                } else {
                    pointer.to_owned()
                };
                let entry = Entry {
                    file,
                    value: value.clone(),
                    is_used: false,
                };
                if let Some(other) = self.entries.insert(key, entry) {
                    let message = format!("it is also described in {}", self.files[other.file]);
                    report(pointer, &message, "delete one of the two");
                }
            }
            ([""], _) => report(pointer, "not a text", "write a text"),
            (paths, Value::Object(map)) => {
                let steps = paths
                    .iter()
                    .map(|it| it.split_once('/').unwrap_or((it, "")));
                for (key, value) in map {
                    let pointer = child(pointer, key);
                    let own = steps
                        .clone()
                        .filter(|(step, _)| step == key || *step == "*");
                    let below: Vec<&str> = own.map(|(_, below)| below).collect();
                    if below.is_empty() {
                        let mut known: Vec<&str> = steps.clone().map(|(step, _)| step).collect();
                        known.dedup();
                        let help = format!("the keys here are {}", known.join(", "));
                        report(&pointer, &format!("unknown key `{key}`"), &help);
                    } else {
                        self.add(value, &below, &pointer, report);
                    }
                }
            }
            _ => report(pointer, "not a map", "write a mapping"),
        }
    }

    /// Describes the document, which is written to `file`, and reports missing texts, and texts that describe nothing.
    pub(super) fn apply(mut self, document: &mut Value, file: &str) -> Vec<Finding> {
        for tag in elements_mut(document.get_mut("tags")) {
            let name = text(tag, "name").unwrap_or_default();
            self.put("description", tag, &[child("/tags", name)]);
        }
        let owner = |(path, method, operation): (&str, &str, &Value)| {
            let id = text(operation, "operationId").unwrap_or_default();
            let tag = operation.pointer("/tags/0").and_then(Value::as_str);
            let resource = tag.unwrap_or_default().to_owned();
            let key = child("/operations", id);
            (child(&child("", path), method), Owner { key, resource })
        };
        let operations: HashMap<String, Owner> = operations(document).map(owner).collect();
        visit_mut(document, Kind::Document, &mut |value, place| {
            let pointer = place.pointer();
            let mut parts = pointer.splitn(5, '/').skip(1);
            let parts = [parts.next(), parts.next(), parts.next()].map(Option::unwrap_or_default);
            let owner = match parts {
                ["paths", path, method] => operations.get(&format!("/{path}/{method}")).cloned(),
                ["components", "schemas", name] => Some(Owner::new("/schemas", &unescape(name))),
                ["components", "securitySchemes", name] if place.kind == Kind::Described => {
                    let key = child("/securitySchemes", unescape(name));
                    return self.put("description", value, &[key]);
                }
                ["components", ..] => Some(Owner::new("/operations", "")),
                _ => None,
            };
            let is_described = value.is_object() && value.get("$ref").is_none();
            if let Some(owner) = owner.filter(|_| is_described) {
                self.describe(value, place, &owner, &format!("{file}#{pointer}"));
            }
        });
        let unused = self.entries.iter().filter(|(_, entry)| !entry.is_used);
        let mut unused: Vec<(&String, &str)> = unused
            .map(|(key, entry)| {
                let number = key.find('/').unwrap_or_default();
                (&self.files[entry.file], key.split_at(number).1)
            })
            .collect();
        unused.sort_unstable();
        self.missing
            .extend(unused.into_iter().map(|(file, pointer)| {
                let message = "this describes nothing in the document";
                Finding::new("description-unused", message)
                    .file(file)
                    .pointer(pointer)
                    .help("rename the key if the documentation renamed it, or delete it")
            }));
        self.missing
    }

    /// Describes one value; `at` is its place for messages.
    fn describe(&mut self, value: &mut Value, place: &Place<'_>, owner: &Owner, at: &str) {
        match place.kind {
            Kind::Operation => {
                let id = text(value, "operationId").unwrap_or_default();
                let mut summary = words(id).join(" ");
                if let Some(first) = summary.get_mut(..1) {
                    first.make_ascii_uppercase();
                }
                for (key, neutral) in [("summary", &*summary), ("description", NEUTRAL)] {
                    let own = [child(&owner.key, key)];
                    self.text(value, (key, neutral), &own, owner, at);
                }
                if let Some(body) = value.get_mut("requestBody") {
                    self.example(body, child(&owner.key, "request"));
                }
                for (status, response) in entries_mut(value.get_mut("responses")) {
                    let key = child(&child(&owner.key, "responses"), status);
                    self.example(response, key);
                }
            }
            Kind::Parameter => {
                let name = text(value, "name").unwrap_or_default().to_owned();
                let keys = self.keys(owner, "parameters", &name);
                self.text(value, ("description", NEUTRAL), &keys, owner, at);
            }
            Kind::Schema if place.kinds().nth(1) == Some(Kind::Schemas) => {
                self.put("description", value, &[child(&owner.key, "description")]);
            }
            Kind::Property if is_own(place) => {
                let mut keys = Vec::new();
                if owner.key.starts_with("/schemas/") {
                    keys.extend(self.keys(owner, "properties", &place.key()));
                }
                self.text(value, ("description", NEUTRAL), &keys, owner, at);
            }
            Kind::Response => self.text(value, ("description", "A response."), &[], owner, at),
            _ => {}
        }
    }

    /// The keys of a text: its own, the key of the file of its owner, and the key of all files.
    fn keys(&self, owner: &Owner, section: &str, name: &str) -> [String; 3] {
        let general = child(&child("", section), name);
        let of_file = |number: Option<usize>| match number {
            Some(number) => format!("{number}{general}"),
            None => general.clone(),
        };
        let common = self.files.iter().position(|file| file.ends_with(COMMON));
        let own = child(&child(&owner.key, section), name);
        [own, of_file(self.file_of(owner)), of_file(common)]
    }

    /// The file that describes a schema or an operation; the file of the operation's resource if there is no
    /// description.
    fn file_of(&self, owner: &Owner) -> Option<usize> {
        let description = self.entries.get(&child(&owner.key, "description"));
        let of_resource = format!("/{}.yaml", owner.resource);
        description.map(|entry| entry.file).or_else(|| {
            let is_operation = owner.key.starts_with("/operations/");
            let mut files = self.files.iter();
            files.position(|file| is_operation && file.ends_with(&of_resource))
        })
    }

    /// Writes the first existing text. Only the first one replaces a text of an overlay.
    fn put(&mut self, key: &str, value: &mut Value, candidates: &[String]) {
        let is_written = value.get(key).is_some();
        let count = if is_written { 1 } else { candidates.len() };
        let mut candidates = candidates.iter().take(count);
        let found = candidates.find(|candidate| self.entries.contains_key(*candidate));
        if let Some(entry) = found.and_then(|found| self.entries.get_mut(found)) {
            set(value, key, Some(&entry.value));
            entry.is_used = true;
        }
    }

    /// Writes its own example, or the example of its schema.
    fn example(&mut self, message: &mut Value, key: String) {
        if let Some(media) = message.pointer_mut("/content/application~1json") {
            let name = media
                .get("schema")
                .and_then(schema_name)
                .unwrap_or_default();
            let of_schema = child(&child("/schemas", name), "example");
            self.put("example", media, &[key, of_schema]);
        }
    }

    /// Writes a text, or a neutral one with a warning if it is missing.
    fn text(
        &mut self,
        value: &mut Value,
        (key, neutral): (&str, &str),
        candidates: &[String],
        owner: &Owner,
        at: &str,
    ) {
        self.put(key, value, candidates);
        if text(value, key).is_some_and(|text| !text.trim().is_empty()) {
            return;
        }
        value[key] = json!(neutral);
        let message = format!("{at} has no {key}: a neutral text is used");
        let finding = Finding::new("description-missing", message);
        self.missing.push(match candidates.first() {
            Some(own) => {
                let version = self.files.first().and_then(|file| file.rsplit_once('/'));
                let folder = version.map_or(DESCRIPTIONS, |(folder, _)| folder);
                let file = match self.file_of(owner) {
                    Some(number) => self.files[number].clone(),
                    None if owner.resource.is_empty() => format!("{folder}/{COMMON}"),
                    None => format!("{folder}/{}.yaml", owner.resource),
                };
                let keys: Vec<_> = own.split('/').skip(1).map(unescape).collect();
                let snippet = format!("{}: …{}", keys.join(": {"), "}".repeat(keys.len() - 1));
                finding.file(file).help(format!("add `{snippet}`"))
            }
            None => {
                let (document, _) = at.split_once('#').unwrap_or((at, ""));
                let finding = finding.file(document);
                finding.help("describe it in the facts or by an overlay")
            }
        });
    }
}

/// Whether a property belongs to a named schema, and not to a nested one.
fn is_own(place: &Place<'_>) -> bool {
    let is_below = |kind: &Kind| matches!(kind, Kind::Property | Kind::Properties);
    let around = place.kinds().skip_while(is_below).nth(1);
    !around.is_some_and(|kind| kind.is_schema() || kind == Kind::Parts)
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
    fn specific_texts_win_over_texts_of_the_file_and_common_texts() {
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
        // The file of gadgets does not apply to other schemas.
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
    fn missing_descriptions_become_neutral_texts() {
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
    fn a_file_of_another_form_is_refused_with_the_place() {
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
                "also described in d/v1/gadgets.yaml",
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
