//! `heffl export` against a server, and its way back through `heffl import`.

use std::{collections::BTreeMap, fs, process::Output};

use heffl_test_server::{Fault, TestServer};
use serde_json::{Value, json};

use crate::sandbox::{Sandbox, assert_code, stderr, stdout};

/// Each process follows the quota that the server reports to it, which the shared file does not know.
fn start() -> TestServer {
    TestServer::builder().quota(1_000_000).start().unwrap()
}

fn heffl(sandbox: &Sandbox, server: &TestServer, arguments: &[&str]) -> Output {
    sandbox.run(server, &[arguments, &["--no-shared-quota"]].concat())
}

/// The rows of a CSV text by the value of a column, without identifiers and times.
fn rows(csv: &str, key: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let rows = reader.deserialize().map(|row| {
        let mut row: BTreeMap<String, String> = row.unwrap();
        for column in ["id", "number", "createdAt", "updatedAt"] {
            row.remove(column);
        }
        (row[key].clone(), row)
    });
    rows.collect()
}

#[test]
fn what_is_exported_imported_and_exported_again_is_equal() {
    let contact = |number: usize| {
        json!({
            "firstName": "Zoë \"Zo\"", "lastName": format!("O'Hara, {number}"), "name": format!("Zoë \"Zo\" O'Hara, {number}"),
            "email": format!("zoe{number}@example.com"), "phone": "+44 20 7946 0000", "jobTitle": "=1+1\nsecond line",
            "cf_seats": number, "cf_since": "2026-02-28", "cf_vip": number.is_multiple_of(2), "cf_note": "a;b", "cf_tags": ["x", "y"],
        })
    };
    let company = |number: usize| {
        json!({
            "name": format!("Acme {number}"), "openingBalance": 1234.5, "isClientPortalEnabled": true, "currency": "AED",
            "website": "https://example.com/?a=1&b=2", "cf_size": "10",
        })
    };
    let user = start().records("users")[0]["id"].clone();
    let task = |number: usize| {
        json!({
            "title": format!("Task {number}"), "status": "ON_HOLD", "type": "meeting", "showTime": false,
            "dueDate": "2026-09-30T12:00:00.000Z", "durationMinutes": 30, "assigneeIds": [user], "tagIds": [],
        })
    };
    let product = |number: usize| {
        json!({
            "name": format!("Product {number}"), "type": "SERVICE", "price": 0.1, "isActive": false,
            "description": "Several\nlines", "sku": format!("00{number}"),
        })
    };
    let [pipeline, source] = ["pipelines", "sources"].map(|kind| start().records(kind)[0].clone());
    let deal = |number: usize| {
        json!({
            "title": format!("Deal {number}"), "clientId": "clt_acme", "pipelineId": pipeline["id"],
            "stageId": pipeline["stages"][1]["id"], "sourceId": source["id"], "ownerUserId": user,
            "price": 123_456.75, "expectedCloseDate": "2026-09-30T00:00:00.000Z", "priority": "HIGH",
            "status": "ACTIVE", "cf_seats": number,
        })
    };
    let types = "cf_seats=number,cf_since=date,cf_vip=boolean,cf_tags=list";
    let records = |kind: &str| -> Vec<Value> {
        let numbers = 0..120;
        match kind {
            "contacts" => numbers.map(contact).collect(),
            "companies" => numbers.map(company).collect(),
            "products" => numbers.map(product).collect(),
            "deals" => numbers.map(&deal).collect(),
            _ => numbers.map(&task).collect(),
        }
    };
    for (kind, key) in [
        ("contacts", "email"),
        ("companies", "name"),
        ("tasks", "title"),
        ("products", "name"),
        ("deals", "title"),
    ] {
        let (sandbox, one, other) = (Sandbox::new(), start(), start());
        if kind == "deals" {
            for server in [&one, &other] {
                let client = json!({"id": "clt_acme", "name": "Acme"});
                server.insert("companies", client).unwrap();
            }
        }
        for record in records(kind) {
            one.insert(kind, record).unwrap();
        }
        let file = sandbox.home().join("records.csv");
        let file = file.to_str().unwrap();
        assert_code(&heffl(&sandbox, &one, &["export", kind, "--file", file]), 0);
        let mut options = vec!["--match", key, "--types", types, "--ignore-others"];
        if kind == "deals" {
            // Responses have another name for the field.
            options.extend(["--map", "sourceId=crmSourceId"]);
        }
        let output = heffl(
            &sandbox,
            &other,
            &[&["import", kind, file], &options[..]].concat(),
        );
        assert_code(&output, 0);
        assert_eq!(stderr(&output), "120 created\n");
        let again = heffl(&sandbox, &other, &["export", kind]);
        assert_code(&again, 0);
        let (before, after) = (fs::read_to_string(file).unwrap(), stdout(&again));
        let (before, after) = (rows(&before, key), rows(&after, key));
        assert_eq!(before.len(), 120, "{kind}");
        for (key, row) in &before {
            assert_eq!(row, &after[key], "{kind}");
        }
    }
}

#[test]
fn every_list_can_be_exported_and_no_records_give_the_header() {
    let (sandbox, server) = (Sandbox::new(), start());
    let help = stdout(&sandbox.command(&["export", "--help"]).output().unwrap());
    let kinds = help.split("[possible values: ").nth(1).unwrap();
    let kinds: Vec<&str> = kinds
        .split(']')
        .next()
        .unwrap()
        .split(',')
        .map(str::trim)
        .collect();
    assert!(
        kinds.len() >= 15 && kinds.contains(&"client-stages"),
        "{kinds:?}"
    );
    for kind in kinds {
        let records = server.records(kind).len();
        let csv = heffl(&sandbox, &server, &["export", kind]);
        assert_code(&csv, 0);
        let mut reader = csv::Reader::from_reader(csv.stdout.as_slice());
        assert!(reader.headers().unwrap().len() > 1, "{kind}");
        assert_eq!(reader.records().count(), records, "{kind}");
        let jsonl = heffl(&sandbox, &server, &["export", kind, "--output", "jsonl"]);
        assert_eq!(stdout(&jsonl).lines().count(), records, "{kind}");
    }
}

#[test]
fn fields_of_fields_and_digits_are_kept() {
    let (sandbox, server) = (Sandbox::new(), start());
    let page = r#"{"data": [{"id": "dl_1", "price": 1.50, "client": {"id": "clt_1", "name": "Acme"}, "cf_b": 1, "cf_a": [1, 2]}],
        "meta": {"nextCursor": null, "hasMore": false}}"#;
    for form in ["csv", "jsonl"] {
        server
            .fail("listDeals", Fault::Response(page.into()))
            .unwrap();
        let text = stdout(&heffl(
            &sandbox,
            &server,
            &["export", "deals", "--output", form],
        ));
        if form == "jsonl" {
            assert!(text.contains("\"price\":1.50"), "{text}");
            continue;
        }
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let row: BTreeMap<String, String> = reader.deserialize().next().unwrap().unwrap();
        for (column, cell) in [
            ("price", "1.50"),
            ("client.name", "Acme"),
            ("cf_a", "[1,2]"),
            ("title", ""),
        ] {
            assert_eq!(row[column], cell, "{column}");
        }
        assert!(
            text.lines().next().unwrap().ends_with(",cf_a,cf_b"),
            "{text}"
        );
    }
}

#[test]
fn a_list_that_cannot_be_read_to_its_end_is_not_written() {
    let (sandbox, server) = (Sandbox::new(), start());
    let page = r#"{"data": [{"id": "clt_1"}], "meta": {"nextCursor": null, "hasMore": true}}"#;
    server
        .fail("listContacts", Fault::Response(page.into()))
        .unwrap();
    let file = sandbox.home().join("contacts.csv");
    let output = sandbox.run(
        &server,
        &["export", "contacts", "--file", file.to_str().unwrap()],
    );
    assert_code(&output, 1);
    assert!(stderr(&output).contains("reports more records"));
    assert!(!file.exists());
}
