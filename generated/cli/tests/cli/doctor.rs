//! `heffl doctor`: the service compared with the documents.

use std::process::Output;

use heffl_test_server::{Fault, TestServer};
use serde_json::{Value, json};

use crate::sandbox::{Sandbox, assert_code, stderr, stdout};

fn report(output: &Output) -> Vec<Value> {
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    report["operations"].as_array().unwrap().clone()
}

fn of<'a>(report: &'a [Value], version: &str, id: &str) -> &'a Value {
    let mut operations = report.iter();
    operations
        .find(|it| it["version"] == version && it["id"] == id)
        .unwrap()
}

/// A server with records of most kinds.
fn furnished() -> TestServer {
    let server = TestServer::start().unwrap();
    let client = server
        .insert(
            "companies",
            json!({"name": "Secret Northwind", "cf_hidden_plan": "x"}),
        )
        .unwrap();
    let deal = json!({"title": "Refit", "clientId": client, "price": 12.5});
    server.insert("deals", deal).unwrap();
    server.insert("tasks", json!({"title": "Call"})).unwrap();
    server
}

#[test]
fn all_operations_that_read_are_called_once_and_nothing_is_written() {
    let (sandbox, server) = (Sandbox::new(), furnished());
    let output = sandbox.run(&server, &["doctor"]);
    assert_code(&output, 0);
    let report = report(&output);
    assert_eq!(report.len(), 33);
    let requests = server.requests();
    assert!(requests.iter().all(|request| request.method == "GET"));
    let called = report
        .iter()
        .filter(|it| it["outcome"] != "no_record")
        .count();
    assert_eq!(requests.len(), called);
    assert_eq!(of(&report, "v2", "getDeal")["status"], 200);
    let price = &of(&report, "v2", "listDeals")["shape"]["data[].price"];
    assert_eq!(price, &json!(["number"]));
    assert!(stderr(&output).contains("0 failed"), "{output:?}");
}

#[test]
fn the_report_holds_no_values() {
    let (sandbox, server) = (Sandbox::new(), furnished());
    let response = json!({"data": [{
        "id": "dl_77", "title": 8_123, "status": "classified", "secretName": "Ada",
        "cf_hidden_plan": "y", "ada@example.com": 1,
    }]});
    server
        .fail("listDeals", Fault::Response(response.to_string().into()))
        .unwrap();
    let output = sandbox.run(&server, &["doctor"]);
    for value in [
        "Northwind",
        "hidden_plan",
        "dl_77",
        "8123",
        "classified",
        "Ada",
        "ada@",
        server.key(),
    ] {
        assert!(!stdout(&output).contains(value), "{value}");
        assert!(!stderr(&output).contains(value), "{value}");
    }
    let report = report(&output);
    let deals = of(&report, "v2", "listDeals");
    assert_eq!(deals["outcome"], "differs");
    let differences: Vec<String> = deals["deviations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| format!("{} {} {}", it["path"], it["expected"], it["found"]))
        .collect();
    for difference in [
        r#""data[].title" "text" "a number""#,
        r#""data[].status" "a documented value" "another value""#,
    ] {
        assert!(
            differences.iter().any(|it| it == difference),
            "{differences:?}"
        );
    }
    assert_eq!(deals["shape"]["data[].secretName"], json!(["string"]));
    assert_eq!(deals["shape"]["data[].*"], json!(["integer"]));
}

#[test]
fn an_operation_that_fails_is_in_the_report_and_the_others_are_checked() {
    let (sandbox, server) = (Sandbox::new(), furnished());
    server.fail("listTags", Fault::Status(403)).unwrap();
    server
        .fail("listUsers", Fault::Response("no JSON".into()))
        .unwrap();
    let output = sandbox.run(&server, &["doctor"]);
    assert_code(&output, 9);
    let report = report(&output);
    let tags = of(&report, "v2", "listTags");
    assert_eq!(
        (&tags["outcome"], &tags["status"]),
        (&json!("failed"), &json!(403))
    );
    let users = of(&report, "v2", "listUsers");
    assert_eq!(
        (&users["outcome"], &users["status"]),
        (&json!("failed"), &json!(200))
    );
    assert_eq!(of(&report, "v2", "listSources")["outcome"], "documented");
}

#[test]
fn a_key_that_is_not_accepted_ends_the_check() {
    let (sandbox, server) = (Sandbox::new(), furnished());
    let mut doctor = sandbox.command_at(&server, &["doctor"]);
    assert_code(&doctor.env("HEFFL_API_KEY", "wrong").output().unwrap(), 4);
    assert_eq!(server.requests().len(), 1);
}
