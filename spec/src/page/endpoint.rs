//! A reference page, from head and sections to the fragment of its operation.

use serde_json::{Map, Value, json};

use crate::finding::Finding;
use crate::fragment::{CUSTOM_FIELDS, ID, Loss};
use crate::openapi::{entries, is_required, path_parameters};

use super::content;
use super::fields::{self, Notes};
use super::head::{self, Head, Route};
use super::lines::Page;
use super::nest;
use super::sections::{self, Part};
use super::token::{Section, Token};

/// Reads the operation, as a fragment without its head; what is lost or wrong goes to `notes`.
pub(super) fn read(
    page: &Page,
    tokens: &[Token<'_>],
    route: Route,
    headings: &[(usize, Section)],
    notes: &mut Notes,
) -> Result<Map<String, Value>, Finding> {
    let number = route.number;
    let start = headings
        .first()
        .map_or(page.lines.len(), |(index, _)| *index);
    let head = head::read(&page.lines, route, start)?;
    let parts = sections::split(tokens, headings)?;
    let Head {
        method,
        path,
        server,
        mut request,
        responses,
        label,
    } = head;
    notes.wording.extend(label);
    let mut fragment = Map::new();
    if let Some(server) = server {
        fragment.insert("servers".to_owned(), json!([{"url": server}]));
    }
    let mut operation = Map::new();
    let mut parameters = Vec::new();
    let mut components = None;
    let mut responses = Some(responses);
    for part in &parts {
        match part.section {
            Section::Authorizations => {
                let keys = read_parameters(part, "header", notes);
                let (security, schemes) = security(&keys);
                fragment.insert("security".to_owned(), security);
                components = Some(json!({"securitySchemes": schemes}));
            }
            Section::Headers => parameters.extend(read_parameters(part, "header", notes)),
            Section::Path => parameters.extend(read_parameters(part, "path", notes)),
            Section::Query => parameters.extend(read_parameters(part, "query", notes)),
            Section::Cookies => parameters.extend(read_parameters(part, "cookie", notes)),
            Section::Body => {
                let body = content::body(part, request.take(), notes);
                operation.insert("requestBody".to_owned(), body);
            }
            Section::Response => {
                let samples = responses.take().unwrap_or_default();
                let (status, response) = content::response(part, samples, notes);
                operation.insert("responses".to_owned(), json!({status: response}));
            }
        }
    }
    check_path(&path, &mut parameters, number, notes);
    if !operation.contains_key("responses") {
        return Err(
            Finding::new("page-cut-off", "the page has no section `Response`")
                .line(number)
                .help("save the whole page again"),
        );
    }
    if !parameters.is_empty() {
        operation.shift_insert(0, "parameters".to_owned(), parameters.into());
    }
    let method = method.to_ascii_lowercase();
    fragment.insert("paths".to_owned(), json!({path: {method: operation}}));
    if let Some(components) = components {
        fragment.insert("components".to_owned(), components);
    }
    Ok(fragment)
}

/// The parameters that carry credentials, as security schemes: a call needs all those that are required.
fn security(keys: &[Value]) -> (Value, Value) {
    let mut schemes = Map::new();
    let mut needed = Map::new();
    let mut optional = Map::new();
    for (index, key) in keys.iter().enumerate() {
        let name = if index == 0 {
            "ApiKey".to_owned()
        } else {
            format!("ApiKey{}", index + 1)
        };
        let scheme = json!({"type": "apiKey", "in": key["in"], "name": key["name"]});
        schemes.insert(name.clone(), scheme);
        let is_required = key.get("required").is_some();
        if is_required {
            &mut needed
        } else {
            &mut optional
        }
        .insert(name, json!([]));
    }
    let mut requirements = vec![Value::Object(needed.clone())];
    if !optional.is_empty() {
        needed.extend(optional);
        requirements.insert(0, Value::Object(needed));
    }
    (requirements.into(), Value::Object(schemes))
}

fn read_parameters(part: &Part<'_>, location: &str, notes: &mut Notes) -> Vec<Value> {
    let printed = fields::read(part.tokens, part.section, notes);
    let locations: Vec<_> = printed
        .iter()
        .map(|printed| (printed.name.clone(), printed.location))
        .collect();
    let object = nest::nest(printed, notes);
    if object.get("additionalProperties").is_some() || object.get(CUSTOM_FIELDS).is_some() {
        notes.findings.push(
            Finding::new(
                "parameters-open",
                format!(
                    "the section `{}` allows parameters without naming them",
                    part.section.heading()
                ),
            )
            .line(part.number)
            .help("write the page's facts down in spec/facts"),
        );
    }
    entries(object.get("properties"))
        .map(|(name, schema)| {
            let printed = locations.iter().find(|(known, _)| known == name);
            let location = printed
                .and_then(|(_, location)| *location)
                .unwrap_or(location);
            let mut parameter = json!({"name": name, "in": location});
            if is_required(&object, name) {
                parameter["required"] = json!(true);
            }
            let mut schema = schema.clone();
            // What the page says of the parameter, not of its value.
            for key in ["deprecated", ID] {
                let map = schema.as_object_mut();
                if let Some(value) = map.and_then(|map| map.shift_remove(key)) {
                    parameter[key] = value;
                }
            }
            parameter["schema"] = schema;
            if let Some(id) = parameter
                .as_object_mut()
                .and_then(|map| map.shift_remove(ID))
            {
                parameter[ID] = id;
            }
            parameter
        })
        .collect()
}

/// The path's placeholders and the path parameters are the same, unless a name is known to be lost: then
/// the placeholder names it.
fn check_path(path: &str, parameters: &mut Vec<Value>, number: usize, notes: &mut Notes) {
    let lost = notes.losses.iter().any(
        |loss| matches!(loss, Loss::FieldName { section, .. } if section == Section::Path.heading()),
    );
    let placeholders = path_parameters(path).unwrap_or_default();
    let printed: Vec<&str> = parameters
        .iter()
        .filter(|parameter| parameter["in"] == "path")
        .filter_map(|parameter| parameter["name"].as_str())
        .collect();
    let missing = placeholders.iter().find(|name| !printed.contains(name));
    let extra = printed.iter().find(|name| !placeholders.contains(name));
    let message = match (missing, extra) {
        (Some(name), _) if lost => {
            let name = (*name).to_owned();
            let schema = json!({"type": "string"});
            parameters
                .push(json!({"name": name, "in": "path", "required": true, "schema": schema}));
            return;
        }
        (Some(name), _) => {
            format!("`{{{name}}}` of the path {path} is not among the path parameters")
        }
        (None, Some(name)) => format!("the path parameter `{name}` is not in the path {path}"),
        (None, None) => return,
    };
    notes.findings.push(
        Finding::new("path-parameters-disagree", message)
            .line(number)
            .help("save the page again; if it stays so, write its facts down in spec/facts"),
    );
}
