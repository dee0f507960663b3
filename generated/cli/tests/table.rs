//! Everything that the documents have can be used from the command line.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod sandbox;

use std::{collections::BTreeSet, thread};

use heffl_test_server::TestServer;
use sandbox::offline;
use serde_json::{Map, Value, json};

fn operations() -> Vec<Value> {
    let docs = offline(&["docs", "--json"], "").json();
    docs["operations"].as_array().unwrap().clone()
}

/// The words of a command: `heffl v1 deals list` without the first.
fn words(operation: &Value) -> Vec<&str> {
    operation["command"]
        .as_str()
        .unwrap()
        .split(' ')
        .skip(1)
        .collect()
}

fn fields(operation: &Value) -> impl Iterator<Item = &Value> {
    operation["body"]["fields"].as_array().into_iter().flatten()
}

/// Every field of every body, with its operation.
fn cases(operations: &[Value]) -> Vec<(&Value, &Value)> {
    let cases = operations.iter();
    let cases = cases.flat_map(|operation| fields(operation).map(move |field| (operation, field)));
    cases.collect()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

/// A value of a kind.
fn example(kind: &Value) -> Value {
    if let Some(kind) = kind.as_str() {
        return match kind {
            "text" => json!("text"),
            "integer" | "decimal" => json!(7),
            "boolean" => json!(true),
            "date" | "time" => json!("2026-09-30"),
            _ => json!({}),
        };
    }
    let (name, of) = kind.as_object().unwrap().iter().next().unwrap();
    match name.as_str() {
        "enum" | "open_enum" => of[0].clone(),
        "id" => json!(format!("{}1", of["prefix"].as_str().unwrap_or_default())),
        "list" => json!([example(of)]),
        _ => required(of),
    }
}

/// An object with its required fields.
fn required(fields: &Value) -> Value {
    let fields = fields.as_array().unwrap().iter();
    let fields = fields.filter(|field| field["required"] == true);
    let members = fields.map(|field| (text(field, "name").to_owned(), example(&field["kind"])));
    members.collect::<Map<_, _>>().into()
}

/// The text of a flag for a value.
fn flag_text(value: &Value) -> String {
    match value {
        Value::Array(items) => flag_text(&items[0]),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// All fields of a body.
fn whole(operation: &Value) -> Value {
    let fields =
        fields(operation).map(|field| (text(field, "name").to_owned(), example(&field["kind"])));
    let mut body: Map<String, Value> = fields.collect();
    // The first names the kind of record that the second identifies.
    if body.contains_key("entity") {
        body.insert(String::from("entity"), json!("deals"));
        body.insert(String::from("entityId"), json!("dl_1"));
    }
    body.into()
}

/// Checks several things at the same time, since each starts a process.
fn each<T: Sync>(items: &[T], check: impl Fn(&T) + Sync) {
    thread::scope(|scope| {
        for share in items.chunks(items.len().div_ceil(4).max(1)) {
            scope.spawn(|| share.iter().for_each(&check));
        }
    });
}

/// A call that sends nothing, with an identifier if its path has one.
fn dry_run<'a>(operation: &'a Value, id: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = words(operation);
    if !operation["path"].as_array().unwrap().is_empty() {
        arguments.push(id);
    }
    arguments.extend(["--dry-run", "--output", "json"]);
    arguments.extend(more);
    arguments
}

fn id(operation: &Value) -> String {
    let kind = operation["path"]
        .get(0)
        .map(|field| example(&field["kind"]));
    kind.map_or_else(String::new, |id| flag_text(&id))
}

#[test]
fn the_table_has_exactly_the_operations_of_both_documents() {
    let operations = operations();
    let ids = operations
        .iter()
        .map(|operation| (text(operation, "version"), text(operation, "id")));
    let of_crate = heffl::v1::OPERATIONS.iter().chain(heffl::v2::OPERATIONS);
    let of_crate = of_crate.map(|operation| (operation.version(), operation.id()));
    assert_eq!(operations.len(), 71);
    assert_eq!(
        ids.collect::<BTreeSet<_>>(),
        of_crate.collect::<BTreeSet<_>>()
    );
}

#[test]
fn every_field_of_every_body_can_be_set_by_its_flag() {
    let operations = operations();
    let cases = cases(&operations);
    assert_eq!(cases.len(), 295);
    each(&cases, |(operation, field)| {
        let (id, mut body) = (id(operation), whole(operation));
        let name = text(field, "name");
        let value = body.as_object_mut().unwrap().remove(name).unwrap();
        let flag = format!("--{}", text(field, "flag"));
        let given = flag_text(&value);
        let arguments = dry_run(operation, &id, &["--body", "-", &flag, &given]);
        let request = offline(&arguments, &body.to_string()).json();
        assert_eq!(request["body"][name], value, "{arguments:?}");
    });
}

#[test]
fn one_flag_in_an_update_sends_one_key() {
    let operations = operations();
    let mut cases = cases(&operations);
    cases.retain(|(operation, field)| {
        // The two fields of a link go together.
        operation["method"] == "PATCH" && !text(field, "name").starts_with("entity")
    });
    each(&cases, |(operation, field)| {
        let id = id(operation);
        let value = &whole(operation)[text(field, "name")];
        let flag = format!("--{}={}", text(field, "flag"), flag_text(value));
        let arguments = dry_run(operation, &id, &[&flag]);
        let run = offline(&arguments, "");
        // A rule of the crate may ask for another field.
        if run.code == Some(2) && run.stderr.contains("is required if") {
            return;
        }
        assert_eq!(
            run.json()["body"],
            json!({text(field, "name"): value}),
            "{arguments:?}"
        );
    });
}

#[test]
fn every_field_that_can_be_cleared_is_cleared_by_its_name_and_by_its_flag() {
    let operations = operations();
    let mut cases = cases(&operations);
    cases.retain(|(_, field)| field["clearable"] == true);
    assert_eq!(cases.len(), 100);
    each(&cases, |(operation, field)| {
        let (id, name) = (id(operation), text(field, "name"));
        let both = ["entity", "entityId"];
        for key in [name, text(field, "flag")] {
            let keys = if both.contains(&name) {
                "entity,entityId"
            } else {
                key
            };
            let arguments = dry_run(operation, &id, &["--clear", keys]);
            let body = &offline(&arguments, "").json()["body"];
            assert_eq!(body[name], Value::Null, "{arguments:?}");
            assert!(
                body.as_object().unwrap().contains_key(name),
                "{arguments:?}"
            );
        }
    });
}

#[test]
fn every_filter_and_every_parameter_of_a_list_is_sent() {
    let operations = operations();
    let lists = operations
        .iter()
        .filter(|operation| operation["method"] == "GET");
    for operation in lists {
        let id = id(operation);
        let mut flags = Vec::new();
        let mut expected = Vec::new();
        for field in operation["query"].as_array().unwrap() {
            if field["kind"] != "json" {
                flags.push(format!(
                    "--{}={}",
                    text(field, "flag"),
                    flag_text(&example(&field["kind"]))
                ));
                expected.push(format!("{}=", text(field, "name")));
            }
        }
        for pair in operation["filters"]["fields"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let field = &pair[0];
            flags.push(format!(
                "--{}={}",
                text(field, "flag"),
                flag_text(&example(&field["kind"]))
            ));
            expected.push(format!("%22{}%22", text(field, "name")));
        }
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let request = offline(&dry_run(operation, &id, &flags), "").json();
        let url = text(&request, "url");
        for part in expected {
            assert!(url.contains(&part), "{part} in {url}");
        }
    }
}

#[test]
fn a_dry_run_of_a_write_sends_nothing() {
    let server = TestServer::start().unwrap();
    let operations = operations();
    let writes: Vec<&Value> = operations
        .iter()
        .filter(|it| it["method"] != "GET")
        .collect();
    assert_eq!(writes.len(), 29 + 9);
    for operation in writes {
        let id = id(operation);
        let body = whole(operation).to_string();
        let has_body = !operation["body"].is_null();
        let more: &[&str] = if has_body { &["--body", "-"] } else { &[] };
        let arguments = dry_run(operation, &id, more);
        let run = sandbox::at(server.base_url(), server.key(), &arguments, &body);
        let request = run.json();
        assert_eq!(request["method"], operation["method"]);
        assert!(!run.stdout.contains(server.key()), "{run:?}");
    }
    assert_eq!(server.requests().len(), 0);
}
