//! Everything that the documents have can be used from the command line.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    thread,
};

use heffl_test_server::TestServer;
use serde_json::{Map, Value, json};

use crate::sandbox::{Run, at, offline, operations};

/// The fields of a body by their names, and whether the document allows `null` for them.
type Fields = BTreeMap<String, bool>;

/// The operations of both OpenAPI documents: version, identifier, method, and the fields of the body.
fn documented() -> Vec<(String, String, String, Fields)> {
    let mut operations = Vec::new();
    for version in ["v1", "v2"] {
        let file = format!("../../spec/heffl-{version}.yaml");
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let document: Value = serde_yaml::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let items = document["paths"].as_object().unwrap().values();
        for (method, operation) in items.flat_map(|item| item.as_object().unwrap()) {
            if let Some(id) = operation["operationId"].as_str() {
                let fields = documented_fields(&document, operation);
                operations.push((
                    version.to_owned(),
                    id.to_owned(),
                    method.to_uppercase(),
                    fields,
                ));
            }
        }
    }
    operations
}

fn documented_fields(document: &Value, operation: &Value) -> Fields {
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let schema = match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    let properties = schema["properties"].as_object().into_iter().flatten();
    let is_null = |schema: &Value| schema["nullable"] == true || schema["enum"] == json!([null]);
    let fields = properties.filter(|(_, property)| property["readOnly"] != true);
    fields
        .map(|(name, property)| {
            let mut choices = property["anyOf"].as_array().into_iter().flatten();
            let is_nullable = is_null(property) || choices.any(is_null);
            (name.clone(), is_nullable)
        })
        .collect()
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
fn docs_json_lists_exactly_the_operations_of_both_documents() {
    let operations = operations();
    let listed = operations
        .iter()
        .map(|operation| (text(operation, "version"), text(operation, "id")));
    let documented = documented();
    let expected = documented
        .iter()
        .map(|(version, id, ..)| (version.as_str(), id.as_str()));
    assert_eq!(operations.len(), documented.len());
    assert_eq!(
        listed.collect::<BTreeSet<_>>(),
        expected.collect::<BTreeSet<_>>()
    );
}

/// The next tests try each field that the table has.
#[test]
fn the_fields_of_bodies_are_those_of_the_documents() {
    let operations = operations();
    for (version, id, method, expected) in documented() {
        let is_it = |it: &&Value| text(it, "version") == version && text(it, "id") == id;
        let operation = operations.iter().find(is_it).unwrap();
        // A field that is not sent stays as it is, so only an update can clear one.
        let expected = expected
            .into_iter()
            .map(|(name, is_nullable)| (name, is_nullable && method == "PATCH"));
        let listed = fields(operation)
            .map(|field| (text(field, "name").to_owned(), field["clearable"] == true));
        assert_eq!(
            listed.collect::<Fields>(),
            expected.collect::<Fields>(),
            "{id} of {version}"
        );
    }
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
        assert_eq!(
            run.json()["body"],
            json!({text(field, "name"): value}),
            "{arguments:?}"
        );
    });
}

#[test]
fn clear_sends_null_for_every_field_that_can_be_cleared() {
    let operations = operations();
    let mut cases = cases(&operations);
    cases.retain(|(_, field)| field["clearable"] == true);
    assert_eq!(cases.len(), 100);
    each(&cases, |(operation, field)| {
        let (id, name) = (id(operation), text(field, "name"));
        for key in [name, text(field, "flag")] {
            // The two fields of a link go together.
            let (keys, body) = if name.starts_with("entity") {
                ("entity,entityId", json!({"entity": null, "entityId": null}))
            } else {
                (key, json!({ name: null }))
            };
            let arguments = dry_run(operation, &id, &["--clear", keys]);
            let request = offline(&arguments, "").json();
            assert_eq!(request["body"], body, "{arguments:?}");
        }
    });
}

#[test]
fn a_flag_and_clear_of_one_field_are_refused() {
    let operations = operations();
    let mut cases = cases(&operations);
    cases.retain(|(_, field)| field["clearable"] == true);
    each(&cases, |(operation, field)| {
        let (id, name) = (id(operation), text(field, "name"));
        let value = flag_text(&example(&field["kind"]));
        let flag = format!("--{}={value}", text(field, "flag"));
        let run = offline(&dry_run(operation, &id, &[&flag, "--clear", name]), "");
        assert!(run.failed(2).contains("contradict"), "{run:?}");
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
fn a_dry_run_of_every_write_sends_nothing() {
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
        let run = at(server.base_url(), server.key(), &arguments, &body);
        let request = run.json();
        assert_eq!(request["method"], operation["method"]);
        assert!(!run.stdout.contains(server.key()), "{run:?}");
    }
    assert_eq!(server.requests().len(), 0);
}

/// The kinds of records that have a list, and the lists.
const LISTED: [(&str, &str); 15] = [
    ("client-stage", "client-stages"),
    ("company", "companies"),
    ("contact", "contacts"),
    ("deal", "deals"),
    ("lead", "leads"),
    ("pipeline", "pipelines"),
    ("product", "products"),
    ("project", "projects"),
    ("quotation", "quotations"),
    ("source", "sources"),
    ("tag", "tags"),
    ("task", "tasks"),
    ("template", "document-templates"),
    ("user", "users"),
    ("stage", "pipelines"),
];

/// A record with a name, in which a stage has one too.
fn named(kind: &str, number: u32) -> Value {
    let name = format!("The {kind}");
    let stage = json!({"id": format!("dps_{number}"), "name": "The stage", "type": "ACTIVE"});
    json!({"name": name, "title": name, "number": name, "stages": [stage]})
}

/// Adds a record of each kind that has a list, and returns their identifiers.
fn named_records(server: &TestServer, number: u32) -> BTreeMap<&'static str, String> {
    let mut ids = BTreeMap::new();
    for (kind, list) in LISTED {
        let id = match kind {
            "stage" => format!("dps_{number}"),
            _ => server.insert(list, named(kind, number)).unwrap(),
        };
        ids.insert(kind, id);
    }
    ids
}

/// The kind in `LISTED` of a kind of identifiers: both contacts and companies are clients.
fn listed_kind(kind: &str) -> Option<&str> {
    let kind = if kind == "client" { "company" } else { kind };
    LISTED
        .iter()
        .any(|(listed, _)| *listed == kind)
        .then_some(kind)
}

/// Commands that take the identifier of a record, with `{}` in its place: of each operation, one for each kind of record.
/// The last value is the command's standard input.
fn commands_with_an_identifier<'a>(operations: &'a [Value]) -> Vec<(&'a str, Vec<String>, String)> {
    let mut commands = Vec::new();
    for operation in operations {
        let mut add = |field: &'a Value, arguments: Vec<String>, body: String| {
            let kind = field["kind"].get("list").unwrap_or(&field["kind"]);
            if let Some(of) = kind["id"]["of"].as_str() {
                let all = words(operation)
                    .into_iter()
                    .map(str::to_owned)
                    .chain(arguments);
                commands.push((of, all.collect(), body));
            }
        };
        let list = |key: &str| operation[key].as_array().into_iter().flatten();
        for field in list("path") {
            let has_body = !operation["body"].is_null();
            let more: &[&str] = if has_body { &["--body", "-"] } else { &[] };
            let arguments = ["{}"].iter().chain(more).map(ToString::to_string);
            // The record keeps its name.
            let body = whole(operation)
                .to_string()
                .replace("\"text\"", "\"{name}\"");
            add(field, arguments.chain(confirmed(operation)).collect(), body);
        }
        let id: Vec<String> = list("path").map(|_| id(operation)).collect();
        let flag = |field: &Value| format!("--{}={{}}", text(field, "flag"));
        let filters = operation["filters"]["fields"]
            .as_array()
            .into_iter()
            .flatten();
        for field in list("query").chain(filters.map(|pair| &pair[0])) {
            add(
                field,
                [id.clone(), vec![flag(field)]].concat(),
                String::new(),
            );
        }
        for field in fields(operation) {
            let mut body = whole(operation);
            let members = body.as_object_mut().unwrap();
            members.remove(text(field, "name"));
            // A stage is searched for in its pipeline.
            if let Some(pipeline) = members.get_mut("pipelineId")
                && *pipeline == "dpl_1"
            {
                *pipeline = json!("The pipeline");
            }
            let arguments = [flag(field), "--body".to_owned(), "-".to_owned()];
            add(field, [&id[..], &arguments].concat(), body.to_string());
        }
    }
    commands
}

/// The option without which a command that deletes asks.
fn confirmed(operation: &Value) -> Option<String> {
    (operation["method"] == "DELETE").then(|| "--yes".to_owned())
}

/// A command with a value in place of `{}`.
fn with_value(server: &TestServer, arguments: &[String], value: &str, body: &str) -> Run {
    let arguments: Vec<String> = arguments.iter().map(|it| it.replace("{}", value)).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    at(server.base_url(), server.key(), &arguments, body)
}

#[test]
fn a_name_does_what_its_identifier_does_wherever_one_can_be_given() {
    let server = TestServer::builder().without_quota().start().unwrap();
    let ids = named_records(&server, 1);
    let operations = operations();
    let mut kinds = BTreeSet::new();
    for (kind, arguments, body) in commands_with_an_identifier(&operations) {
        let Some(kind) = listed_kind(kind) else {
            continue;
        };
        let name = format!("The {kind}");
        let body = body.replace("{name}", &name);
        let sent = [&ids[kind], &name].map(|value| {
            let run = with_value(&server, &arguments, value, &body);
            assert_ne!(run.code, Some(2), "{arguments:?}: {run:?}");
            let last = server.requests().pop().unwrap();
            if last.method == "DELETE" {
                let mut record = named(kind, 1);
                record["id"] = json!(ids[kind]);
                let list = LISTED.iter().find(|(listed, _)| *listed == kind).unwrap().1;
                server.insert(list, record).unwrap();
            }
            (last.method, last.path, last.query, last.body)
        });
        assert_eq!(sent[0], sent[1], "{arguments:?}");
        kinds.insert(kind);
    }
    let listed = LISTED.map(|(kind, _)| kind);
    assert_eq!(kinds, BTreeSet::from(listed));
}

#[test]
fn an_ambiguous_name_is_refused_with_its_candidates_wherever_one_can_be_given() {
    let server = TestServer::builder().without_quota().start().unwrap();
    let (ids, others) = (named_records(&server, 1), named_records(&server, 2));
    let operations = operations();
    for (kind, arguments, body) in commands_with_an_identifier(&operations) {
        let Some(kind) = listed_kind(kind) else {
            continue;
        };
        // In one pipeline, there is one stage of that name.
        if kind == "stage" && body.contains("The pipeline") {
            continue;
        }
        let body = body.replace("The pipeline", &ids["pipeline"]);
        let run = with_value(&server, &arguments, &format!("The {kind}"), &body);
        for candidate in [&ids[kind], &others[kind]] {
            assert!(run.failed(2).contains(candidate), "{arguments:?}: {run:?}");
        }
    }
    assert!(server.requests().iter().all(|it| it.method == "GET"));
}
