//! Both documents, rendered as made-up Markdown pages and read again: the same facts come back.

use std::collections::BTreeMap;
use std::fs;

use heffl_spec::page;
use heffl_spec::record::{Content, Field, Limits};
use heffl_tests::{render, workspace};
use serde_json::{Map, Value, json};

/// Facts by place, for example `body.lines[].price`.
type Places = BTreeMap<String, Value>;

/// What the document says of a schema, references and `allOf` joined.
fn joined(document: &Value, schema: &Value) -> Map<String, Value> {
    let mut all = schema.as_object().unwrap().clone();
    let mut parts = Vec::new();
    if let Some(reference) = all.remove("$ref") {
        let place = reference.as_str().unwrap().trim_start_matches('#');
        parts.push(document.pointer(place).unwrap().clone());
    }
    if let Some(Value::Array(list)) = all.remove("allOf") {
        parts.extend(list);
    }
    for part in parts {
        for (key, value) in joined(document, &part) {
            match (all.get_mut(&key), value) {
                (Some(Value::Object(known)), Value::Object(more)) => known.extend(more),
                (Some(Value::Array(known)), Value::Array(more)) if key == "required" => {
                    known.extend(more);
                }
                (Some(_), _) => {}
                (None, value) => {
                    all.insert(key, value);
                }
            }
        }
    }
    all
}

/// The facts of a schema's value at `place`, and of all that is in it.
fn expect(document: &Value, schema: &Value, required: bool, place: &str, into: &mut Places) {
    let own = joined(document, schema);
    let default = own.get("default").filter(|value| !value.is_null()).cloned();
    let mut nullable = own.get("nullable") == Some(&json!(true));
    let (mut element, mut lists) = (own.clone(), String::new());
    while element.get("type") == Some(&json!("array")) {
        element = joined(document, element.get("items").unwrap_or(&json!({})));
        lists.push_str("[]");
    }
    let mut members = Vec::new();
    for keyword in ["oneOf", "anyOf"] {
        for member in element
            .get(keyword)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            members.push(joined(document, member));
        }
    }
    // Words beside plain text: an open enum.
    let words = members
        .iter()
        .position(|member| member.contains_key("enum"));
    if let Some(words) = words {
        members = vec![members.swap_remove(words)];
    }
    if members.is_empty() {
        members.push(element.clone());
    }
    let names: Vec<String> = members.iter().map(|member| word(member) + &lists).collect();
    let options: Vec<Value> = members
        .iter()
        .filter_map(|member| member.get("enum")?.as_array())
        .flatten()
        .filter(|option| !option.is_null())
        .cloned()
        .collect();
    nullable |= members
        .iter()
        .any(|member| member.get("nullable") == Some(&json!(true)));
    let mut limits = Map::new();
    for of in members.iter().chain([&element, &own]) {
        for key in [
            "minimum",
            "maximum",
            "minLength",
            "maxLength",
            "minItems",
            "maxItems",
            "pattern",
        ] {
            if let Some(value) = of.get(key) {
                limits.insert(key.to_owned(), value.clone());
            }
        }
    }
    let ty = names.join(" | ") + if nullable { " | null" } else { "" };
    into.insert(
        place.to_owned(),
        json!({"type": ty, "required": required, "default": default, "options": options, "limits": limits}),
    );
    for member in &members {
        expect_fields(document, member, place, into);
    }
}

fn word(schema: &Map<String, Value>) -> String {
    let text = |key: &str| schema.get(key).and_then(Value::as_str);
    let ty = text("type").unwrap_or(if schema.contains_key("properties") {
        "object"
    } else {
        "any"
    });
    match (schema.contains_key("enum"), text("format")) {
        (true, _) => format!("enum<{ty}>"),
        (false, Some("binary")) => "file".to_owned(),
        (false, Some(format)) => format!("{ty}<{format}>"),
        (false, None) => ty.to_owned(),
    }
}

fn expect_fields(document: &Value, object: &Map<String, Value>, place: &str, into: &mut Places) {
    let required: Vec<&Value> = object
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .collect();
    for (name, schema) in object
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        // An object that contains itself is named, not repeated.
        if place.matches(&format!(".{name}")).count() < 2 {
            let required = required.contains(&&json!(name));
            expect(document, schema, required, &format!("{place}.{name}"), into);
        }
    }
}

fn limits(limits: &Limits) -> Value {
    let all = [
        ("minimum", json!(limits.minimum)),
        ("maximum", json!(limits.maximum)),
        ("minLength", json!(limits.min_length)),
        ("maxLength", json!(limits.max_length)),
        ("minItems", json!(limits.min_items)),
        ("maxItems", json!(limits.max_items)),
        ("pattern", json!(limits.pattern)),
    ];
    all.into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(key, value)| (key.to_owned(), value))
        .collect::<Map<_, _>>()
        .into()
}

fn read(field: &Field, place: &str, into: &mut Places) {
    into.insert(
        place.to_owned(),
        json!({"type": field.ty.to_string(), "required": field.required, "default": field.default,
            "options": field.options, "limits": limits(&field.limits)}),
    );
    for inner in &field.fields {
        read(inner, &format!("{place}.{}", inner.name), into);
    }
}

fn read_content(content: &Content, place: &str, into: &mut Places) {
    for field in &content.fields {
        read(field, &format!("{place}.{}", field.name), into);
    }
}

fn target<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

fn expect_content(document: &Value, message: &Value, place: &str, into: &mut Places) {
    let types = target(document, message)
        .get("content")
        .and_then(Value::as_object);
    if let Some(schema) = types.and_then(|types| types.values().next()?.get("schema")) {
        let mut object = joined(document, schema);
        if object.get("type") == Some(&json!("array")) {
            object = joined(document, &object["items"]);
        }
        expect_fields(document, &object, place, into);
    }
}

/// Compares every operation; gives how many operations and places there are.
fn compare(version: &str) -> (usize, usize) {
    let text = fs::read_to_string(workspace().join(format!("spec/heffl-{version}.yaml"))).unwrap();
    let document: Value = serde_yaml::from_str(&text).unwrap();
    let mut count = 0;
    let mut places = 0;
    let mut wrong = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["get", "post", "put", "patch", "delete"] {
            let Some(operation) = item.get(method) else {
                continue;
            };
            count += 1;
            let markdown = render::markdown(&document, path, method);
            let record = match page::parse(&markdown, "workshop/page") {
                Ok(record) => record,
                Err(findings) => {
                    wrong.push(format!("{method} {path}: {findings:?}"));
                    continue;
                }
            };
            let found = record.operation.unwrap();
            let (mut expected, mut got) = (Places::new(), Places::new());
            for list in [item.get("parameters"), operation.get("parameters")] {
                for parameter in list.and_then(Value::as_array).into_iter().flatten() {
                    let parameter = target(&document, parameter);
                    let place = format!("{}.{}", parameter["in"], parameter["name"]);
                    let required = parameter.get("required") == Some(&json!(true));
                    expect(
                        &document,
                        &parameter["schema"],
                        required,
                        &place,
                        &mut expected,
                    );
                }
            }
            for parameter in &found.parameters {
                let place = format!(
                    "{}.{}",
                    json!(parameter.location),
                    json!(parameter.field.name)
                );
                read(&parameter.field, &place, &mut got);
            }
            if let Some(body) = operation.get("requestBody") {
                expect_content(&document, body, "body", &mut expected);
            }
            if let Some(body) = &found.body {
                read_content(body, "body", &mut got);
            }
            for (status, answer) in operation["responses"].as_object().unwrap() {
                if status.starts_with('2') {
                    expected.insert("status".to_owned(), json!(status));
                    expect_content(&document, answer, "answer", &mut expected);
                }
            }
            read_content(&found.response.content, "answer", &mut got);
            got.insert(
                "status".to_owned(),
                json!(found.response.status.unwrap().to_string()),
            );
            for (facts, route) in [
                (
                    &mut expected,
                    json!([method.to_uppercase(), path, document["servers"][0]["url"]]),
                ),
                (&mut got, json!([found.method, found.path, found.server])),
            ] {
                facts.insert("route".to_owned(), route);
            }
            places += expected.len();
            for place in expected.keys().chain(got.keys()) {
                if expected.get(place) != got.get(place) {
                    wrong.push(format!(
                        "{method} {path} {place}: {:?} became {:?}",
                        expected.get(place),
                        got.get(place)
                    ));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(25)].join("\n")
    );
    println!("{version}: {count} operations, {places} places");
    (count, places)
}

#[test]
fn pages_of_the_current_version_say_what_its_document_says() {
    let (operations, places) = compare("v2");
    assert!(operations >= 45 && places >= 20 * operations);
}

#[test]
fn pages_of_the_older_version_say_what_its_document_says() {
    let (operations, places) = compare("v1");
    assert!(operations >= 26 && places >= 10 * operations);
}
