//! The examples of `heffl`, run against the stand-in of the server, also where things go wrong.

use std::{fmt::Write as _, fs, time::Duration};

use heffl::{
    DealId,
    serde_json::{Value, json},
};
use heffl_test_server::{Fault, TestServer};

#[expect(dead_code, reason = "its main function")]
#[path = "../../generated/examples/import_contacts.rs"]
mod import_contacts;
#[expect(dead_code, reason = "its main function")]
#[path = "../../generated/examples/quote_deal.rs"]
mod quote_deal;
#[expect(dead_code, reason = "its main function")]
#[path = "../../generated/examples/sync_deals.rs"]
mod sync_deals;
#[expect(dead_code, reason = "its main function")]
#[path = "../../generated/examples/win_deal.rs"]
mod win_deal;

use import_contacts::import;

const CONTACTS: usize = 500;

fn csv(contacts: usize) -> String {
    let mut csv = "first_name,last_name,email,cf_region,cf_seats\n".to_owned();
    for number in 0..contacts {
        let (last, region) = match number % 3 {
            0 => ("Silva", "north"),
            1 => ("\"Smith, the younger\"", "\"\"\"south\"\"\""),
            _ => ("", ""),
        };
        let _ = writeln!(
            csv,
            "Ana{number},{last},ana{number}@example.com,{region},{number}"
        );
    }
    csv
}

fn emails(server: &TestServer) -> Vec<String> {
    let contacts = server.records("contacts");
    let emails = contacts
        .iter()
        .map(|contact| contact["email"].as_str().unwrap().to_owned());
    emails.collect()
}

fn count(server: &TestServer, operation: &str) -> usize {
    let requests = server.requests();
    let of_it = |operation_of: &Option<String>| operation_of.as_deref() == Some(operation);
    requests
        .iter()
        .filter(|request| of_it(&request.operation))
        .count()
}

/// 500 contacts in three runs: a trial, one that breaks off, one that goes on.
#[tokio::test]
async fn an_import_that_is_broken_off_goes_on_and_keeps_the_quota() {
    // A minute of this server lasts a second.
    let server = TestServer::builder()
        .quota(120)
        .window(Duration::from_secs(1))
        .start()
        .unwrap();
    let heffl = server.client().unwrap();
    let csv = csv(CONTACTS);

    assert_eq!(import(&heffl, csv.as_bytes(), true).await.unwrap(), 0);
    assert_eq!(count(&server, "createContact"), 0);

    // The 201st create is done, but its answer is lost.
    for _ in 0..200 {
        server
            .fail("createContact", Fault::Delay(Duration::ZERO))
            .unwrap();
    }
    server.fail("createContact", Fault::CutAfter).unwrap();
    let error = import(&heffl, csv.as_bytes(), false).await.unwrap_err();
    assert!(error.to_string().contains("outcome"), "{error}");
    assert_eq!(emails(&server).len(), 201);

    let created = import(&heffl, csv.as_bytes(), false).await.unwrap();
    assert_eq!(created, CONTACTS - 201);
    let all: Vec<String> = (0..CONTACTS)
        .map(|number| format!("ana{number}@example.com"))
        .collect();
    assert_eq!(emails(&server), all);
    let refused = server
        .requests()
        .iter()
        .filter(|request| request.status == Some(429))
        .count();
    assert_eq!(refused, 0);
    // One create for each contact, and six calls for each look at 500 of them.
    assert_eq!(count(&server, "createContact"), CONTACTS);
    assert!(count(&server, "listContacts") <= 1 + 1 + 3);

    let contacts = server.records("contacts");
    assert_eq!(contacts[1]["cf_region"], "\"south\"");
    assert_eq!(contacts[1]["lastName"], "Smith, the younger");
    assert_eq!(contacts[499]["cf_seats"], 499);
    assert!(contacts[2].get("cf_region").is_none_or(Value::is_null));

    assert_eq!(import(&heffl, csv.as_bytes(), false).await.unwrap(), 0);
}

#[tokio::test]
async fn a_mistake_in_the_last_line_of_an_import_costs_nothing() {
    let server = TestServer::builder().without_quota().start().unwrap();
    let heffl = server.client().unwrap();
    for (last, expected) in [
        ("Eve,,,north,1", "line 5 has no e-mail address"),
        ("Eve,,eve@example.com,north,many", "line: 5"),
        ("Eve", "line: 5"),
    ] {
        let csv = csv(3) + last;
        let error = import(&heffl, csv.as_bytes(), false).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn contacts_are_known_by_their_addresses_whatever_the_case() {
    let server = TestServer::builder().without_quota().start().unwrap();
    let heffl = server.client().unwrap();
    server.insert(
        "contacts",
        json!({"firstName": "Ana", "email": "Ana0@Example.com"}),
    );
    let csv = csv(1) + "Other,, ANA0@example.com ,,\nBo,,bo@example.com,,\nBo,,BO@example.com,,\n";
    assert_eq!(import(&heffl, csv.as_bytes(), false).await.unwrap(), 1);
    assert_eq!(emails(&server), ["Ana0@Example.com", "bo@example.com"]);
}

#[tokio::test]
async fn a_sync_that_is_broken_off_goes_on_and_loses_nothing() {
    let server = TestServer::builder().without_quota().start().unwrap();
    let heffl = server.client().unwrap();
    for number in 0..450 {
        let deal = json!({"title": format!("Deal {number}"), "cf_number": number});
        server.insert("deals", deal);
    }
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("deals.ndjson");
    fs::write(&target, "what an earlier night left\n").unwrap();

    for _ in 0..2 {
        server
            .fail("listDeals", Fault::Delay(Duration::ZERO))
            .unwrap();
    }
    server.fail("listDeals", Fault::Status(400)).unwrap();
    sync_deals::sync(&heffl, &target).await.unwrap_err();
    let left = fs::read_to_string(&target).unwrap();
    assert_eq!(left, "what an earlier night left\n");
    assert_eq!(count(&server, "listDeals"), 3);

    assert_eq!(sync_deals::sync(&heffl, &target).await.unwrap(), 450);
    assert_eq!(count(&server, "listDeals"), 3 + 4);
    let text = fs::read_to_string(&target).unwrap();
    let numbers: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["cf_number"].clone())
        .collect();
    assert_eq!(numbers, (0..450).map(Value::from).collect::<Vec<_>>());
    let files = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files, 1);

    assert_eq!(sync_deals::sync(&heffl, &target).await.unwrap(), 450);
    assert_eq!(fs::read_to_string(&target).unwrap(), text);
}

#[tokio::test]
async fn a_deal_is_won_and_followed_up_once() {
    let server = TestServer::builder().without_quota().start().unwrap();
    let heffl = server.client().unwrap();
    let id = server
        .insert("deals", json!({"title": "Shelving", "status": "ACTIVE"}))
        .unwrap();
    let id = DealId::new(id);
    let due: heffl::DateTime = "2026-12-05T09:00:00Z".parse().unwrap();

    server.fail("createTask", Fault::CutAfter).unwrap();
    win_deal::win(&heffl, &id, due).await.unwrap_err();
    let task = win_deal::win(&heffl, &id, due).await.unwrap();
    assert_eq!(win_deal::win(&heffl, &id, due).await.unwrap().id, task.id);

    assert_eq!(server.records("deals")[0]["status"], "WON");
    assert_eq!(server.records("tasks").len(), 1);
    assert_eq!(count(&server, "updateDeal"), 1);
}

#[tokio::test]
async fn a_quotation_has_what_the_deal_has() {
    let server = TestServer::builder().without_quota().start().unwrap();
    let heffl = server.client().unwrap();
    let client = server
        .insert("contacts", json!({"firstName": "Ana"}))
        .unwrap();
    let deal = json!({"title": "Shelving", "clientId": client, "price": 24999.9});
    let id = DealId::new(server.insert("deals", deal).unwrap());

    let quotation = quote_deal::quote(&heffl, &id).await.unwrap();
    assert_eq!(quotation.deal_id.as_ref(), Some(&id));
    assert_eq!(quotation.client_id.unwrap().as_str(), client);
    assert_eq!(quotation.total_amount.unwrap().to_string(), "24999.9");

    let bare = DealId::new(server.insert("deals", json!({"title": "Bare"})).unwrap());
    let error = quote_deal::quote(&heffl, &bare).await.unwrap_err();
    assert_eq!(error.to_string(), "the deal has no customer");
    assert_eq!(server.records("quotations").len(), 1);
}
