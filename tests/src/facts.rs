//! The facts of an OpenAPI document, by their location: they must be the same after the document is rendered as pages,
//! and the pages are pulled and assembled.
//!
//! Names of components and descriptions are not facts. Extensions (`x-heffl-*`) are.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// Facts by location, for example `POST /gadgets body.parts[].size`. Each is an object of keywords.
pub type Facts = BTreeMap<String, Value>;

/// Keywords that are facts.
const PLAIN: [&str; 12] = [
    "default",
    "deprecated",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "pattern",
    "enum",
];

/// The methods of operations.
pub const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// All operations: path, method, operation.
pub fn operations(document: &Value) -> impl Iterator<Item = (&str, &'static str, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        let of = move |method| Some((path.as_str(), method, item.get(method)?));
        METHODS.into_iter().filter_map(of)
    })
}

/// The facts of all operations.
pub fn of(document: &Value) -> Facts {
    let mut reader = Reader {
        document,
        facts: Facts::new(),
    };
    for (path, method, operation) in operations(document) {
        reader.operation(path, method, operation);
    }
    reader.facts
}

/// The keywords of a schema, with references and `allOf` merged. Keys next to a reference win.
pub fn merged(document: &Value, schema: &Value) -> Map<String, Value> {
    let mut all = schema.as_object().cloned().unwrap_or_default();
    let mut parts = Vec::new();
    if let Some(reference) = all.remove("$ref") {
        parts.push(target(document, &json!({"$ref": reference})).clone());
    }
    if let Some(Value::Array(list)) = all.remove("allOf") {
        parts.extend(list);
    }
    if let Some([part, null]) = all
        .get("anyOf")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        && *null == json!({"enum": [null]})
    {
        parts.push(part.clone());
        all.remove("anyOf");
        all.insert("nullable".to_owned(), json!(true));
    }
    for part in parts {
        for (key, value) in merged(document, &part) {
            all.entry(key).or_insert(value);
        }
    }
    all
}

/// The target of a reference, or the value itself.
///
/// # Panics
///
/// If the target does not exist.
pub fn target<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => document
            .pointer(reference.trim_start_matches('#'))
            .unwrap_or_else(|| panic!("{reference} does not exist")),
        None => value,
    }
}

/// The notation that pages have for the type of a value.
pub fn type_notation(schema: &Map<String, Value>) -> String {
    let text = |key: &str| schema.get(key).and_then(Value::as_str);
    let ty = text("type").unwrap_or("any");
    match (schema.contains_key("enum"), text("format")) {
        (true, _) => format!("enum<{ty}>"),
        (false, Some("binary")) => "file".to_owned(),
        (false, Some(format)) => format!("{ty}<{format}>"),
        (false, None) => ty.to_owned(),
    }
}

/// The one media type of a message, with its schema.
pub fn media<'a>(document: &'a Value, message: &'a Value) -> Option<(&'a str, &'a Value)> {
    let types = target(document, message).get("content")?.as_object()?;
    let (name, media) = types.iter().next()?;
    Some((name, &media["schema"]))
}

/// The parameters of an operation, after the parameters of its path.
pub fn parameters<'a>(document: &'a Value, path: &str, method: &str) -> Vec<&'a Value> {
    let item = &document["paths"][path];
    [item.get("parameters"), item[method].get("parameters")]
        .into_iter()
        .flatten()
        .filter_map(Value::as_array)
        .flatten()
        .map(|parameter| target(document, parameter))
        .collect()
}

/// Whether a schema allows keys that it does not name.
pub fn is_open(schema: &Map<String, Value>) -> bool {
    schema
        .get("additionalProperties")
        .is_some_and(|keys| *keys != json!(false))
}

struct Reader<'a> {
    document: &'a Value,
    facts: Facts,
}

impl Reader<'_> {
    fn operation(&mut self, path: &str, method: &str, operation: &Value) {
        let document = self.document;
        let root = format!("{} {path}", method.to_uppercase());
        let schemes = &document["components"]["securitySchemes"];
        let security = operation.get("security").unwrap_or(&document["security"]);
        let header = security[0]
            .as_object()
            .and_then(|schemes| schemes.keys().next())
            .map(|name| &schemes[name]["name"]);
        self.facts.insert(
            root.clone(),
            json!({
                "server": document["servers"][0]["url"],
                "deprecated": operation.get("deprecated"),
                "key": header,
            }),
        );
        for parameter in parameters(document, path, method) {
            let text = |key: &str| parameter[key].as_str().unwrap_or_default();
            let place = format!("{root} {}.{}", text("in"), text("name"));
            let required = parameter.get("required") == Some(&json!(true));
            self.value(&parameter["schema"], required, &place);
            let more = [
                ("deprecated", parameter.get("deprecated")),
                ("json", parameter.get("x-heffl-json")),
                ("prefix", parameter.pointer("/x-heffl-id/prefix")),
            ];
            self.add(&place, &more);
        }
        if let Some(body) = operation.get("requestBody") {
            let place = format!("{root} body");
            self.content(body, &place);
            let body = target(document, body);
            self.add(&place, &[("required", body.get("required"))]);
        }
        for (status, response) in operation["responses"].as_object().into_iter().flatten() {
            self.content(response, &format!("{root} {status}"));
        }
    }

    fn add(&mut self, place: &str, more: &[(&str, Option<&Value>)]) {
        let Some(facts) = self.facts.get_mut(place) else {
            return;
        };
        for (key, value) in more {
            if let Some(value) = value {
                facts[*key] = (*value).clone();
            }
        }
    }

    fn content(&mut self, message: &Value, place: &str) {
        let Some((media_type, schema)) = media(self.document, message) else {
            self.facts.insert(place.to_owned(), json!({"media": null}));
            return;
        };
        self.value(schema, false, place);
        self.add(place, &[("media", Some(&json!(media_type)))]);
    }

    fn value(&mut self, schema: &Value, required: bool, place: &str) {
        // An object that contains itself is replaced by its name.
        let last = place.rsplit('.').next().unwrap_or_default();
        if place.contains('.') && place.matches(&format!(".{last}.")).count() > 1 {
            return;
        }
        let own = merged(self.document, schema);
        let (mut element, mut lists) = (own.clone(), String::new());
        while element.get("type") == Some(&json!("array")) {
            element = merged(self.document, element.get("items").unwrap_or(&json!({})));
            lists.push_str("[]");
        }
        let members: Vec<Map<String, Value>> = match element.get("oneOf").and_then(Value::as_array)
        {
            Some(members) => members
                .iter()
                .map(|member| merged(self.document, member))
                .collect(),
            None => vec![element.clone()],
        };
        let open = members.iter().find_map(|member| {
            let keys = member.get("additionalProperties")?;
            let nullable = keys.get("nullable").is_some();
            Some(json!([
                type_notation(&merged(self.document, keys)),
                nullable
            ]))
        });
        let mut facts = json!({"required": required, "open": open});
        let names: Vec<String> = members
            .iter()
            .map(|member| type_notation(member) + &lists)
            .collect();
        let is_nullable = own.get("nullable") == Some(&json!(true));
        facts["type"] = json!(names.join(" | ") + if is_nullable { " | null" } else { "" });
        // An inner schema adds what the outer one does not define.
        for of in [&own, &element].into_iter().chain(&members) {
            for key in PLAIN {
                if let (Some(value), None) = (of.get(key), facts.get(key)) {
                    facts[key] = value.clone();
                }
            }
            for (key, name) in [("x-heffl-more-options", "more"), ("x-heffl-id", "prefix")] {
                let value = of
                    .get(key)
                    .map(|value| value.get("prefix").unwrap_or(value));
                if let Some(value) = value.filter(|value| !value.is_object()) {
                    facts[name] = value.clone();
                }
            }
        }
        self.facts.insert(place.to_owned(), facts);
        for member in members {
            let required = member.get("required").and_then(Value::as_array);
            for (name, property) in member
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
            {
                let required = required.is_some_and(|names| names.contains(&json!(name)));
                self.value(property, required, &format!("{place}{lists}.{name}"));
            }
        }
    }
}
