//! Made-up pages: one operation of an OpenAPI document, as a documentation site would show it.

use serde_json::{Map, Value, json};

/// The keywords whose value is written for people, or is no fact.
const NOT_FACTS: [&str; 4] = ["description", "title", "example", "examples"];

/// The Markdown page of an operation: the document, cut down to it, in a fence (dialect B2).
///
/// # Panics
///
/// When the document has no such operation.
pub fn markdown(document: &Value, path: &str, method: &str) -> String {
    let item = &document["paths"][path];
    let mut kept = Map::new();
    if let Some(parameters) = item.get("parameters") {
        kept.insert("parameters".to_owned(), parameters.clone());
    }
    kept.insert(method.to_owned(), item[method].clone());
    let mut page = json!({
        "openapi": document["openapi"],
        "info": {"title": "Workshop", "version": document["info"]["version"]},
        "servers": document["servers"],
        "paths": {path: kept},
    });
    if let Some(security) = document.get("security") {
        page["security"] = security.clone();
    }
    page["components"] = reachable(document, &page);
    strip(&mut page, false);
    let yaml = serde_yaml::to_string(&page).expect("a document is YAML");
    format!(
        "# Words\n\n> Words about the operation.\n\n## OpenAPI\n\n\
         ````yaml reference/openapi.json {method} {path}\n{yaml}````\n"
    )
}

/// The components that a page refers to, directly or not, and the security schemes.
fn reachable(document: &Value, page: &Value) -> Value {
    let mut components = json!({});
    if let Some(schemes) = document["components"].get("securitySchemes") {
        components["securitySchemes"] = schemes.clone();
    }
    let mut open = Vec::new();
    references(page, &mut open);
    while let Some(reference) = open.pop() {
        let parts: Vec<&str> = reference.split('/').collect();
        let ["#", "components", kind, name] = parts[..] else {
            panic!("`{reference}` is no component");
        };
        if components[kind].get(name).is_none() {
            let component = &document["components"][kind][name];
            references(component, &mut open);
            components[kind][name] = component.clone();
        }
    }
    components
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            if let Some(Value::String(reference)) = entries.get("$ref") {
                found.push(reference.clone());
            }
            entries.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

/// Takes out words, samples and extensions. The keys of `names` are names, not keywords.
fn strip(value: &mut Value, names: bool) {
    match value {
        Value::Object(entries) => {
            if !names {
                entries
                    .retain(|key, _| !key.starts_with("x-") && !NOT_FACTS.contains(&key.as_str()));
            }
            for (key, value) in entries.iter_mut() {
                let inner =
                    !names && ["properties", "schemas", "responses"].contains(&key.as_str());
                strip(value, inner);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| strip(value, false)),
        _ => {}
    }
}
