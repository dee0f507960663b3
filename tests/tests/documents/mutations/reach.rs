//! The operations that use each part of a document, and the direction of the data.

use std::collections::{BTreeMap, BTreeSet};

use heffl_spec::diff::Area;
use serde_json::Value;

/// The operations that use each component, by the direction of the data.
pub(crate) struct Reach(BTreeMap<String, Users>);

pub(crate) type Users = BTreeMap<Area, BTreeSet<String>>;

impl Reach {
    pub(crate) fn new(document: &Value) -> Self {
        let mut reach = Self(BTreeMap::new());
        for (path, method, operation) in operations(document) {
            let title = title(path, method);
            for (key, area) in [
                ("parameters", Area::Parameter),
                ("requestBody", Area::Request),
                ("responses", Area::Response),
            ] {
                reach.follow(document, &operation[key], area, &title);
            }
        }
        for (name, webhook) in document["x-webhooks"].as_object().into_iter().flatten() {
            let body = &webhook["post"]["requestBody"];
            reach.follow(document, body, Area::Response, &format!("WEBHOOK {name}"));
        }
        reach
    }

    fn follow(&mut self, document: &Value, value: &Value, area: Area, title: &str) {
        let mut targets = Vec::new();
        references(value, &mut targets);
        for target in targets {
            let users = self.0.entry(target.to_owned()).or_default();
            if users.entry(area).or_default().insert(title.to_owned()) {
                self.follow(
                    document,
                    &document.pointer(target).unwrap().clone(),
                    area,
                    title,
                );
            }
        }
    }

    /// The users of the part of the document at a pointer.
    pub(crate) fn users(&self, pointer: &str) -> Users {
        let parts: Vec<String> = pointer
            .split('/')
            .map(|part| part.replace("~1", "/").replace("~0", "~"))
            .collect();
        if parts[1] == "components" {
            let component = pointer.split('/').take(4).collect::<Vec<_>>().join("/");
            return self.0.get(&component).cloned().unwrap_or_default();
        }
        let area = match parts.get(4).map(String::as_str) {
            Some("parameters") => Area::Parameter,
            Some("requestBody") => Area::Request,
            // The client reads the bodies of callbacks.
            Some("responses" | "callbacks") => Area::Response,
            _ => Area::Operation,
        };
        BTreeMap::from([(area, BTreeSet::from([title(&parts[2], &parts[3])]))])
    }
}

pub(crate) fn title(path: &str, method: &str) -> String {
    format!("{} {path}", method.to_uppercase())
}

/// Path, method and operation.
pub(crate) fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation.get("responses").is_some() {
                found.push((path.as_str(), method.as_str(), operation));
            }
        }
    }
    found
}

/// The pointers of all references in a value.
fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match value.as_str() {
                    Some(target) if key == "$ref" => found.push(target.strip_prefix('#').unwrap()),
                    _ => references(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

/// The pointers of all values.
pub(crate) fn pointers(value: &Value, pointer: String, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                pointers(value, format!("{pointer}/{}", escape(key)), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                pointers(value, format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
    found.push(pointer);
}

pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
