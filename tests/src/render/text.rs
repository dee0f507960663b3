//! The text of a rendered page with collapsed objects: their content is only in samples.

use serde_json::{Map, Value, json};

use crate::facts::{self, is_open, merged, type_notation};

/// The page of an operation.
pub(super) fn page(document: &Value, path: &str, method: &str) -> String {
    let operation = &document["paths"][path][method];
    let server = document["servers"][0]["url"].as_str().unwrap_or_default();
    let method_word = method.to_uppercase();
    let mut lines = vec![method_word.clone()];
    for segment in path.trim_start_matches('/').split('/') {
        lines.extend(["/".to_owned(), segment.to_owned()]);
    }
    lines.push("Words about the operation".to_owned());
    let header = key(document, operation);
    let body = operation
        .get("requestBody")
        .and_then(|body| facts::media(document, body));
    let mut curl = vec![
        format!("curl --request {method_word}"),
        format!("--url {server}{path}"),
    ];
    if let Some(header) = &header {
        curl.push(format!("--header '{header}: <api-key>'"));
    }
    if let Some((media_type, schema)) = body {
        let sample = pretty(&sample(document, schema, 0));
        curl.push(format!("--header 'Content-Type: {media_type}'"));
        curl.push(format!("--data '\n{sample}\n'"));
    }
    lines.push(curl.join(" \\\n  "));
    let (status, response) = success(operation);
    let response = facts::media(document, response);
    if let Some((_, schema)) = response {
        lines.push(pretty(&sample(document, schema, 0)));
    }
    lines.push(String::new());
    if let Some(header) = &header {
        lines.push(format!(
            "Authorizations\n\n{header}\nstring\nheader\nrequired\n\nWords\n"
        ));
    }
    let parameters = facts::parameters(document, path, method);
    for (location, heading) in [
        ("header", "Headers"),
        ("path", "Path Parameters"),
        ("query", "Query Parameters"),
    ] {
        let here: Vec<_> = parameters
            .iter()
            .filter(|parameter| parameter["in"] == location)
            .collect();
        if !here.is_empty() {
            lines.push(format!("{heading}\n"));
        }
        for parameter in here {
            let mut schema = merged(document, &parameter["schema"]);
            for key in ["description", "deprecated"] {
                if let Some(value) = parameter.get(key) {
                    schema.insert(key.to_owned(), value.clone());
                }
            }
            let required = parameter.get("required") == Some(&json!(true));
            let name = parameter["name"].as_str().unwrap_or_default();
            field(document, name, &Value::Object(schema), required, &mut lines);
        }
    }
    if let Some((media_type, schema)) = body {
        lines.push(format!("Body\n\n{media_type}\n"));
        fields(document, schema, &mut lines);
    }
    lines.push("Response\n".to_owned());
    match response {
        Some((media_type, schema)) => {
            lines.push(format!("{status} - {media_type}\n\nWords\n"));
            fields(document, schema, &mut lines);
        }
        None => lines.push(format!("{status}\n\nWords")),
    }
    lines.join("\n")
}

fn key(document: &Value, operation: &Value) -> Option<String> {
    let security = operation.get("security").unwrap_or(&document["security"]);
    let name = security[0].as_object()?.keys().next()?;
    let header = document["components"]["securitySchemes"][name]["name"].as_str()?;
    Some(header.to_owned())
}

fn success(operation: &Value) -> (&str, &Value) {
    operation["responses"]
        .as_object()
        .into_iter()
        .flatten()
        .find(|(status, _)| status.starts_with('2'))
        .map_or(("200", &Value::Null), |(status, response)| {
            (status, response)
        })
}

/// The fields of an object, or of a list's elements: required ones first.
fn fields(document: &Value, schema: &Value, lines: &mut Vec<String>) {
    let mut object = merged(document, schema);
    if object.get("type") == Some(&json!("array")) {
        object = merged(document, &object["items"]);
    }
    let (required, optional) = in_order(&object);
    for (name, schema) in required {
        field(document, name, schema, true, lines);
    }
    for (name, schema) in optional {
        field(document, name, schema, false, lines);
    }
    if is_open(&object) {
        let words = object["additionalProperties"].get("description");
        let words = words.and_then(Value::as_str).unwrap_or("Words");
        lines.push(format!("{{key}}\nany\n\n{words}\n"));
    }
}

type Named<'a> = Vec<(&'a String, &'a Value)>;

fn in_order(object: &Map<String, Value>) -> (Named<'_>, Named<'_>) {
    let required = object.get("required").and_then(Value::as_array);
    let is_required = |name: &String| required.is_some_and(|names| names.contains(&json!(name)));
    let properties = object.get("properties").and_then(Value::as_object);
    properties
        .into_iter()
        .flatten()
        .partition(|(name, _)| is_required(name))
}

fn field(document: &Value, name: &str, schema: &Value, required: bool, lines: &mut Vec<String>) {
    let own = merged(document, schema);
    let (mut element, mut lists) = (own.clone(), String::new());
    while element.get("type") == Some(&json!("array")) {
        element = merged(document, &element["items"]);
        lists.push_str("[]");
    }
    // A choice of an enum and plain text is shown as the enum.
    let members: Vec<Map<String, Value>> = match (element.get("oneOf"), element.get("anyOf")) {
        (Some(Value::Array(members)), _) => members
            .iter()
            .map(|member| merged(document, member))
            .collect(),
        (None, Some(members)) => vec![merged(document, &members[0])],
        _ => vec![element.clone()],
    };
    let mut ty: Vec<String> = members
        .iter()
        .map(|member| type_notation(member) + &lists)
        .collect();
    if own.get("nullable") == Some(&json!(true)) {
        ty.push("null".to_owned());
    }
    lines.extend([name.to_owned(), ty.join(" | ")]);
    if let Some(default) = own.get("default") {
        let literal = default
            .as_str()
            .map_or_else(|| default.to_string(), str::to_owned);
        lines.push(format!("default:{literal}"));
    }
    if own.get("deprecated") == Some(&json!(true)) {
        lines.push("deprecated".to_owned());
    }
    if required {
        lines.push("required".to_owned());
    }
    let words = own
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or("Words");
    lines.push(format!("\n{words}\n"));
    let get = |key: &str| {
        own.get(key)
            .or_else(|| element.get(key))
            .or_else(|| members[0].get(key))
    };
    let sign = |key: &str| {
        if get(key) == Some(&json!(true)) {
            "<"
        } else {
            "<="
        }
    };
    let (low, high) = (sign("exclusiveMinimum"), sign("exclusiveMaximum"));
    lines.extend(match (get("minimum"), get("maximum")) {
        (Some(least), Some(most)) => Some(format!("Required range: {least} {low} x {high} {most}")),
        (Some(least), None) => Some(format!(
            "Required range: x {} {least}",
            low.replace('<', ">")
        )),
        (None, Some(most)) => Some(format!("Required range: x {high} {most}")),
        (None, None) => None,
    });
    for (what, least, most) in [
        ("string", "minLength", "maxLength"),
        ("array", "minItems", "maxItems"),
    ] {
        lines.extend(match (get(least), get(most)) {
            (Some(least), Some(most)) => Some(format!("Required {what} length: {least} - {most}")),
            (Some(least), None) => Some(format!("Minimum {what} length: {least}")),
            (None, Some(most)) => Some(format!("Maximum {what} length: {most}")),
            (None, None) => None,
        });
    }
    if let Some(pattern) = get("pattern").and_then(Value::as_str) {
        lines.push(format!("Pattern: {pattern}"));
    }
    if let Some(words) = get("enum").and_then(Value::as_array) {
        let words: Vec<String> = words
            .iter()
            .map(|word| {
                word.as_str()
                    .map_or_else(|| word.to_string(), str::to_owned)
            })
            .collect();
        lines.push(format!("Available options:\n{}\n", words.join(",\n")));
    }
}

/// The generated sample of a schema.
fn sample(document: &Value, schema: &Value, depth: usize) -> Value {
    let schema = merged(document, schema);
    let text = |key: &str| schema.get(key).and_then(Value::as_str);
    for keyword in ["oneOf", "anyOf"] {
        if let Some(members) = schema.get(keyword) {
            return sample(document, &members[0], depth);
        }
    }
    if let Some(words) = schema.get("enum") {
        return words[0].clone();
    }
    match (text("type"), text("format")) {
        (Some("array"), _) => json!([sample(document, &schema["items"], depth)]),
        (Some("object"), _) if depth == 6 => json!({}),
        (Some("object"), _) => {
            let (required, optional) = in_order(&schema);
            let all = required.into_iter().chain(optional);
            all.map(|(name, schema)| (name.clone(), sample(document, schema, depth + 1)))
                .collect::<Map<_, _>>()
                .into()
        }
        (Some("boolean"), _) => json!(true),
        (Some("number" | "integer"), _) => json!(123),
        (Some(_), Some("date-time")) => json!("2023-11-07T05:31:56Z"),
        (Some(_), Some("email")) => json!("jsmith@example.com"),
        (Some(_), Some("uuid")) => json!("3c90c3cc-0d44-4b50-8888-8dd25736052a"),
        (Some(_), _) => json!("<string>"),
        (None, _) => json!("<unknown>"),
    }
}

fn pretty(sample: &Value) -> String {
    serde_json::to_string_pretty(sample).expect("JSON is text")
}
