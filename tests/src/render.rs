//! Invented pages: the operations of an OpenAPI document, as documentation sites show them.

mod cut;
mod text;

use serde_json::Value;

use crate::facts;

/// The forms that pages of endpoints come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The text of a rendered page.
    Text,
    /// Markdown with a document of OpenAPI 3.0.
    OpenApi30,
    /// Markdown with a document of OpenAPI 3.1.
    OpenApi31,
}

impl Form {
    /// All forms.
    pub const ALL: [Self; 3] = [Self::Text, Self::OpenApi30, Self::OpenApi31];

    /// Whether the pages are Markdown.
    pub fn is_markdown(self) -> bool {
        self != Self::Text
    }
}

/// The page of an operation.
///
/// # Panics
///
/// If the document does not have the operation.
pub fn page(document: &Value, path: &str, method: &str, form: Form) -> String {
    let document = cut::for_page(document);
    match form {
        Form::Text => text::page(&document, path, method),
        Form::OpenApi30 => fenced(&cut::operation(&document, path, method), path, method),
        Form::OpenApi31 => {
            let mut page = cut::operation(&document, path, method);
            cut::to_3_1(&mut page);
            fenced(&page, path, method)
        }
    }
}

fn fenced(tree: &Value, path: &str, method: &str) -> String {
    let yaml = serde_yaml::to_string(tree).expect("a document is YAML");
    format!(
        "# Words\n\n> Words about the operation.\n\n## OpenAPI\n\n\
         ````yaml reference/openapi.json {method} {path}\n{yaml}````\n"
    )
}

/// The pages of all operations: address and text. The last part of an address names the operation.
pub fn pages(document: &Value, form: Form) -> Vec<(String, String)> {
    let ending = if form.is_markdown() { "md" } else { "txt" };
    facts::operations(document)
        .map(|(path, method, _)| {
            let name: String = format!("{method}{path}")
                .chars()
                .filter(|letter| !"{}".contains(*letter))
                .map(|letter| {
                    if letter.is_ascii_alphanumeric() {
                        letter.to_ascii_lowercase()
                    } else {
                        '-'
                    }
                })
                .collect();
            (
                format!("reference/{name}.{ending}"),
                page(document, path, method, form),
            )
        })
        .collect()
}

/// The responses that all operations share, as components, with the components that they refer to.
pub fn error_responses(document: &Value) -> Value {
    let mut components = cut::reachable(document, &document["components"]["responses"]);
    components["responses"] = document["components"]["responses"].clone();
    if let Some(components) = components.as_object_mut() {
        components.remove("securitySchemes");
    }
    components
}

/// A guide that explains the prefixes of identifiers.
pub fn guide(document: &Value) -> String {
    let mut prefixes = std::collections::BTreeMap::new();
    each(document, &mut |value| {
        if let (Some(prefix), Some(of)) = (
            value.pointer("/x-heffl-id/prefix"),
            value.pointer("/x-heffl-id/of"),
        ) {
            prefixes
                .entry(prefix.to_string())
                .or_insert_with(|| of.clone());
        }
    });
    let rows: String = prefixes
        .iter()
        .map(|(prefix, of)| {
            format!(
                "| `{}` | {} |\n",
                prefix.trim_matches('"'),
                of.as_str().unwrap_or_default()
            )
        })
        .collect();
    let server = document["servers"][0]["url"].as_str().unwrap_or_default();
    format!(
        "# Start\n\n## Base URL\n\n{server}\n\n## Prefixes\n\n| Prefix | Object |\n| --- | --- |\n{rows}"
    )
}

fn each(value: &Value, visit: &mut impl FnMut(&Value)) {
    visit(value);
    match value {
        Value::Object(entries) => entries.values().for_each(|value| each(value, visit)),
        Value::Array(values) => values.iter().for_each(|value| each(value, visit)),
        _ => {}
    }
}
