//! The examples of `heffl`, run against the stand-in of the server, also where things go wrong.

use std::{fmt::Write as _, fs, time::Duration};

use heffl::{
    DealId,
    bulk::Upserted,
    serde_json::{Value, json},
};
use heffl_test_server::{Fault, TestServer};

#[expect(dead_code, reason = "its main function")]
#[path = "../../generated/examples/import_contacts.rs"]
mod import_contacts;
#[expect(dead_code, reason = "its main function")]
#[path = "../../generated/examples/move_deals.rs"]
mod move_deals;
#[expect(dead_code, reason = "its main function")]
#[path = "../../generated/examples/quote_deal.rs"]
mod quote_deal;
#[expect(dead_code, reason = "its main function")]
#[path = "../../generated/examples/report_quotations.rs"]
mod report_quotations;
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

    let trial = server.client_builder().dry_run(true).build().unwrap();
    let report = import(&trial, csv.as_bytes()).await.unwrap();
    assert_eq!(report.to_string(), "0 done, 500 planned");
    assert_eq!(count(&server, "createContact"), 0);

    // A create is done, but its response is lost. It is found by its address. A later one is refused.
    for _ in 0..200 {
        server
            .fail("createContact", Fault::Delay(Duration::ZERO))
            .unwrap();
    }
    server.fail("createContact", Fault::CutAfter).unwrap();
    server.fail("createContact", Fault::Status(400)).unwrap();
    let report = import(&heffl, csv.as_bytes()).await.unwrap();
    let (errors, done) = (report.errors().count(), report.done().count());
    assert_eq!(errors, 1, "{report}");
    assert!(done >= 200, "{report}");
    assert_eq!(emails(&server).len(), done);

    let report = import(&heffl, csv.as_bytes()).await.unwrap();
    let created = report
        .done()
        .filter(|it| matches!(it, Upserted::Created(_)));
    assert_eq!(created.count(), CONTACTS - done);
    assert_eq!(report.to_string(), "500 done");
    let mut all: Vec<String> = (0..CONTACTS)
        .map(|number| format!("ana{number}@example.com"))
        .collect();
    let mut found = emails(&server);
    all.sort();
    found.sort();
    assert_eq!(found, all);
    let refused = server
        .requests()
        .iter()
        .filter(|request| request.status == Some(429))
        .count();
    assert_eq!(refused, 0);
    // One create for each contact, and the one that was refused.
    assert_eq!(count(&server, "createContact"), CONTACTS + 1);
    assert_eq!(count(&server, "updateContact"), 0);

    let contacts = server.records("contacts");
    let of = |email: &str| {
        contacts
            .iter()
            .find(|contact| contact["email"] == email)
            .unwrap()
    };
    assert_eq!(of("ana1@example.com")["cf_region"], "\"south\"");
    assert_eq!(of("ana1@example.com")["lastName"], "Smith, the younger");
    assert_eq!(of("ana499@example.com")["cf_seats"], 499);
    assert!(
        of("ana2@example.com")
            .get("cf_region")
            .is_none_or(Value::is_null)
    );

    // Only what differs is sent.
    let csv = csv
        .replace("ana7@example.com,south", "ana7@example.com,west")
        .replace(",7\n", ",8\n");
    let report = import(&heffl, csv.as_bytes()).await.unwrap();
    assert_eq!(report.to_string(), "500 done");
    assert_eq!(count(&server, "updateContact"), 1);
    let update = server
        .requests()
        .into_iter()
        .find(|it| it.operation.as_deref() == Some("updateContact"));
    assert_eq!(update.unwrap().json().unwrap(), json!({"cf_seats": 8}));
}

#[tokio::test]
async fn a_mistake_in_the_last_line_of_an_import_costs_nothing() {
    let server = TestServer::builder().without_quota().start().unwrap();
    let heffl = server.client().unwrap();
    for (last, expected) in [
        ("Eve,,,north,1", "line 5: "),
        ("Eve,,eve@example.com,north,many", "line: 5"),
        ("Eve", "line: 5"),
    ] {
        let csv = csv(3) + last;
        let error = import(&heffl, csv.as_bytes()).await.unwrap_err();
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
    let report = import(&heffl, csv.as_bytes()).await.unwrap();
    assert_eq!(report.to_string(), "4 done");
    assert_eq!(emails(&server), ["ana0@example.com", "bo@example.com"]);
    assert_eq!(server.records("contacts")[0]["firstName"], "Other");
}

#[tokio::test]
async fn a_report_adds_no_currencies_and_counts_what_has_no_amount() {
    let server = TestServer::builder().without_quota().start().unwrap();
    let quotation = |status: &str, currency: &str, total: Value| {
        let date = "2026-03-02T08:15:00.000Z";
        let quotation = json!({
            "number": "Q-1", "date": date, "createdAt": date,
            "status": status, "currency": currency, "totalAmount": total,
        });
        server.insert("quotations", quotation).unwrap();
    };
    for _ in 0..150 {
        quotation("SENT", "AED", json!(0.1));
    }
    quotation("SENT", "USD", json!(5));
    quotation("ACCEPTED", "AED", json!(7));
    quotation("ACCEPTED", "AED", Value::Null);
    // A page is lost, and asked for again.
    server.fail("listQuotations", Fault::CutBefore).unwrap();
    let sums = report_quotations::report(&server.client().unwrap())
        .await
        .unwrap();
    let mut lines: Vec<String> = sums
        .iter()
        .map(|((currency, status), total)| format!("{currency} {status}: {total}"))
        .collect();
    lines.sort();
    assert_eq!(
        lines,
        [
            "AED ACCEPTED: 7 (2 records, 1 without an amount)",
            "AED SENT: 15.0 (150 records)",
            "USD SENT: 5 (1 record)",
        ]
    );
}

#[tokio::test]
async fn deals_are_moved_and_tagged_by_name_and_a_failure_does_not_stop_the_others() {
    let server = TestServer::builder().without_quota().start().unwrap();
    let heffl = server.client().unwrap();
    let pipelines = server.records("pipelines");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let (pipeline, stages) = (text(&pipelines[0]["name"]), &pipelines[0]["stages"]);
    let [from, to] = [0, 1].map(|index| (text(&stages[index]["id"]), text(&stages[index]["name"])));
    let tag = server
        .insert(
            "tags",
            json!({"name": "Spring", "color": "#0f0", "type": "DEAL"}),
        )
        .unwrap();
    for number in 0..30 {
        let stage = if number % 3 == 0 { &to.0 } else { &from.0 };
        let deal = json!({
            "title": format!("Deal {number}"), "status": "ACTIVE",
            "pipelineId": pipelines[0]["id"], "stageId": stage,
        });
        server.insert("deals", deal).unwrap();
    }
    server.fail("updateDeal", Fault::Status(400)).unwrap();
    let report = move_deals::move_deals(&heffl, &pipeline.to_uppercase(), &from.1, &to.1, "spring")
        .await
        .unwrap();
    assert_eq!(report.to_string(), "19 done, 1 failed");
    let report = move_deals::move_deals(&heffl, &pipeline, &from.1, &to.1, "Spring")
        .await
        .unwrap();
    assert_eq!(report.to_string(), "1 done");
    assert!(
        server
            .records("deals")
            .iter()
            .all(|deal| deal["stageId"] == to.0.as_str())
    );
    assert_eq!(count(&server, "updateDeal"), 21);
    let update = server.requests().pop().unwrap().json().unwrap();
    assert_eq!(update, json!({"stageId": to.0, "tags": [tag]}));

    let error = move_deals::move_deals(&heffl, &pipeline, &from.1, "No such stage", "Spring")
        .await
        .unwrap_err();
    assert!(error.to_string().contains("No such stage"), "{error}");
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
