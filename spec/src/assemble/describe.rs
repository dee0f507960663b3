//! Descriptions that nobody has written yet.
//!
//! A new field of a page goes through to the crate without a hand's touch: it gets a neutral description,
//! and a warning says what to write where.

use serde_json::{Map, Value, json};

use crate::case::words;
use crate::{
    finding::Finding,
    openapi::{Kind, METHODS},
    yaml::{child, unescape},
};

pub(super) const NEUTRAL: &str = "Not described yet.";

/// Describes what has no description, and says so.
pub(super) fn complete(document: &mut Value, file: &str) -> Vec<Finding> {
    let mut missing = Vec::new();
    if let Some(paths) = document.get_mut("paths") {
        below(paths, Kind::Paths, "/paths", &mut missing);
    }
    if let Some(components) = document.get_mut("components") {
        below(components, Kind::Components, "/components", &mut missing);
    }
    missing
        .into_iter()
        .map(|(pointer, key)| {
            Finding::new("description-missing", format!("there is no {key}: a neutral one stands here"))
                .file(file)
                .help(format!(
                    "add to an overlay in spec/overlays: `- {{target: \"{}\", x-heffl-matches: 1, x-heffl-reason: …, update: {{{key}: …}}}}`",
                    json_path(&pointer)
                ))
                .pointer(pointer)
        })
        .collect()
}

fn below(value: &mut Value, kind: Kind, pointer: &str, missing: &mut Vec<(String, &'static str)>) {
    match value {
        Value::Array(list) => {
            for (index, inner) in list.iter_mut().enumerate() {
                below(inner, kind.child(""), &child(pointer, index), missing);
            }
        }
        Value::Object(map) if kind != Kind::Data => {
            for (key, inner) in map.iter_mut() {
                // Nested schemas have no properties: these are components.
                if !(kind.is_schema() && key != "properties") {
                    below(inner, kind.child(key), &child(pointer, key), missing);
                }
            }
            if map.contains_key("$ref") {
                return;
            }
            match kind {
                Kind::Operation => {
                    let name = map
                        .get("operationId")
                        .and_then(Value::as_str)
                        .unwrap_or_default();
                    let mut summary = words(name).join(" ");
                    if let Some(first) = summary.get_mut(..1) {
                        first.make_ascii_uppercase();
                    }
                    fill(map, "summary", &summary, pointer, missing);
                    fill(map, "description", NEUTRAL, pointer, missing);
                }
                Kind::Parameter | Kind::Property => {
                    fill(map, "description", NEUTRAL, pointer, missing);
                }
                Kind::Response => fill(map, "description", "A response.", pointer, missing),
                _ => {}
            }
        }
        _ => {}
    }
}

fn fill(
    map: &mut Map<String, Value>,
    key: &'static str,
    text: &str,
    pointer: &str,
    missing: &mut Vec<(String, &'static str)>,
) {
    let is_there = map
        .get(key)
        .and_then(Value::as_str)
        .is_some_and(|text| !text.trim().is_empty());
    if !is_there {
        map.insert(key.to_owned(), json!(text));
        missing.push((pointer.to_owned(), key));
    }
}

/// A JSON pointer as the target of an overlay's action.
fn json_path(pointer: &str) -> String {
    let mut path = "$".to_owned();
    for segment in pointer.split('/').skip(1) {
        let name = unescape(segment);
        let is_plain = !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !name.starts_with(|first: char| first.is_ascii_digit());
        let is_method = METHODS.contains(&name.as_str());
        if is_plain || is_method {
            path.extend([".", &name]);
        } else if name.chars().all(|c| c.is_ascii_digit()) && !pointer.contains("/responses/") {
            path.extend(["[", &name, "]"]);
        } else {
            path.extend(["['", &name, "']"]);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_described_gets_a_neutral_text_and_a_warning_with_a_target() {
        let mut document = json!({
            "paths": {"/gadgets/{id}": {"get": {
                "operationId": "getGadget",
                "parameters": [{"name": "id", "in": "path", "description": "Which."}, {"$ref": "#/x"}],
                "responses": {"200": {}},
            }}},
            "components": {"schemas": {"Gadget": {"properties": {"description": {"type": "string"}}}}},
        });
        let warnings = complete(&mut document, "x.yaml");
        let get = &document["paths"]["/gadgets/{id}"]["get"];
        assert_eq!(get["summary"], "Get gadget");
        assert_eq!(get["responses"]["200"]["description"], "A response.");
        let property = &document["components"]["schemas"]["Gadget"]["properties"]["description"];
        assert_eq!(property["description"], NEUTRAL);
        let targets: Vec<_> = warnings.iter().filter_map(|it| it.help.clone()).collect();
        assert_eq!(warnings.len(), 4, "{warnings:#?}");
        for target in [
            "\"$.paths['/gadgets/{id}'].get\"",
            "\"$.paths['/gadgets/{id}'].get.responses['200']\"",
            "\"$.components.schemas.Gadget.properties.description\"",
        ] {
            assert!(
                targets.iter().any(|help| help.contains(target)),
                "{target}: {targets:#?}"
            );
        }
        assert_eq!(complete(&mut document, "x.yaml"), []);
    }
}
