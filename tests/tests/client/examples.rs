//! Runs the examples of `heffl` against the test server, with and without faults.

use std::{
    env,
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    net::{TcpListener, TcpStream},
    process::{Command, Output},
    sync::mpsc::{Sender, channel},
    thread,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use heffl::{
    DealId, QuotationId,
    bulk::Upserted,
    hook::{BoxError, Hook, RequestParts},
    serde_json::{Value, json},
    webhooks::{Event, Signer},
};
use heffl_test_server::{Fault, TestServer};
use tokio::sync::mpsc;

#[expect(dead_code, reason = "its main function")]
#[path = "../../../generated/examples/export_deals.rs"]
mod export_deals;
#[expect(dead_code, reason = "its main function")]
#[path = "../../../generated/examples/import_contacts.rs"]
mod import_contacts;
#[expect(dead_code, reason = "its main function")]
#[path = "../../../generated/examples/invoice_quotation.rs"]
mod invoice_quotation;
#[path = "../../../generated/examples/list_deals.rs"]
mod list_deals;
#[path = "../../../generated/examples/log_calls.rs"]
mod log_calls;
#[expect(dead_code, reason = "its main function")]
#[path = "../../../generated/examples/move_deals.rs"]
mod move_deals;
#[expect(dead_code, reason = "its main function")]
#[path = "../../../generated/examples/quote_deal.rs"]
mod quote_deal;
#[expect(dead_code, reason = "its main function")]
#[path = "../../../generated/examples/report_quotations.rs"]
mod report_quotations;
#[expect(dead_code, reason = "its main function")]
#[path = "../../../generated/examples/search_as_you_type.rs"]
mod search_as_you_type;
#[expect(dead_code, reason = "its main function")]
#[path = "../../../generated/examples/share_key.rs"]
mod share_key;
#[path = "../../../generated/examples/survive_faults.rs"]
mod survive_faults;
#[expect(dead_code, reason = "its main function")]
#[path = "../../../generated/examples/sync_deals.rs"]
mod sync_deals;
#[path = "../../../generated/examples/use_proxy.rs"]
mod use_proxy;
#[expect(dead_code, reason = "its main function")]
#[path = "../../../generated/examples/webhook_receiver.rs"]
mod webhook_receiver;
#[expect(dead_code, reason = "its main function")]
#[path = "../../../generated/examples/win_deal.rs"]
mod win_deal;

use super::common::count;
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

/// Imports 500 contacts in three runs: a dry run, an interrupted run, and a run that completes it.
#[tokio::test]
async fn an_interrupted_import_continues_and_keeps_the_quota() {
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

    // The response of a processed create is lost, and the record is found by its address. A later create is refused.
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
    // One create for each contact, and the refused one.
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

    // Only changed fields are sent.
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
async fn a_mistake_in_the_last_line_of_an_import_sends_nothing() {
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
async fn contacts_are_found_by_their_addresses_without_regard_to_case() {
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
async fn a_report_separates_currencies_and_counts_records_without_an_amount() {
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
    // A page is lost, and requested again.
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
    let names =
        |pipeline: &str, to: &str, tag: &str| [pipeline, &from.1, to, tag].map(str::to_owned);
    let again = names(&pipeline, &to.1, "Spring");
    let spelled = names(&pipeline.to_uppercase(), &to.1, "spring");
    let report = move_deals::move_deals(&heffl, &spelled).await.unwrap();
    assert_eq!(report.to_string(), "19 done, 1 failed");
    let report = move_deals::move_deals(&heffl, &again).await.unwrap();
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

    let unknown = names(&pipeline, "No such stage", "Spring");
    let error = move_deals::move_deals(&heffl, &unknown).await.unwrap_err();
    assert!(error.to_string().contains("No such stage"), "{error}");
}

#[tokio::test]
async fn an_interrupted_sync_continues_and_loses_nothing() {
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
async fn a_quotation_has_the_customer_and_the_products_of_the_deal() {
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

#[tokio::test]
async fn an_invoice_has_the_lines_of_the_quotation() {
    let server = TestServer::builder().without_quota().start().unwrap();
    let heffl = server.client().unwrap();
    let client = server
        .insert("contacts", json!({"firstName": "Ana"}))
        .unwrap();
    let quotation = |lines: Value| {
        let date = "2026-03-02T08:15:00.000Z";
        let quotation = json!({
            "number": "Q-1", "date": date, "createdAt": date, "status": "SENT", "currency": "AED",
            "clientId": client, "subject": "Shelving", "lineItems": lines,
        });
        QuotationId::new(server.insert("quotations", quotation).unwrap())
    };
    let shelf = json!({
        "name": "Shelf", "quantity": 2.5, "price": 499.95, "taxRateId": "txr_1", "tax": 5, "discount": 0, "scope": "x",
    });
    let id = quotation(json!([shelf, {"name": "Assembly", "description": "Two days"}]));

    server.fail("getQuotation", Fault::CutBefore).unwrap();
    let invoice = invoice_quotation::invoice(&heffl, &id).await.unwrap();
    assert_eq!(invoice.to_string(), "INV0001 Shelving (inv_000001)");
    let create = server.requests().pop().unwrap().json().unwrap();
    let lines = json!([
        {"name": "Shelf", "quantity": 2.5, "price": 499.95, "taxRateId": "txr_1", "discount": 0},
        {"name": "Assembly", "description": "Two days"},
    ]);
    assert_eq!(create["lineItems"], lines);
    assert_eq!(create["clientId"], client.as_str());

    server.fail("createInvoice", Fault::CutAfter).unwrap();
    let error = invoice_quotation::invoice(&heffl, &id).await.unwrap_err();
    assert!(error.to_string().contains("outcome unknown"), "{error}");
    assert_eq!(server.records("invoices").len(), 2);
    assert_eq!(count(&server, "createInvoice"), 2);

    for unclear in [
        json!({"name": "Shelf", "discount": 5}),
        json!({"name": "Shelf", "tax": 5}),
    ] {
        let id = quotation(json!([unclear]));
        let error = invoice_quotation::invoice(&heffl, &id).await.unwrap_err();
        let expected = "Shelf has a discount or a tax without a rate";
        assert_eq!(error.to_string(), expected);
    }
    assert_eq!(server.records("invoices").len(), 2);
}

#[tokio::test]
async fn an_event_is_accepted_once_and_requested_again_if_the_queue_is_full() {
    const SECRET: &str = "whsec_YSBzZWNyZXQgb2YgdGhlIHdvcmtzcGFjZQ==";
    let (queue, mut events) = mpsc::channel::<Event>(1);
    let receiver = webhook_receiver::receiver(SECRET, queue).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/heffl", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, receiver).into_future());

    let http = reqwest::Client::new();
    let deliver = async |signer: &str, id: &str, body: &'static str| {
        let headers = Signer::new(signer).unwrap().headers(id, body.as_bytes());
        let request = http.post(&url).body(body);
        let request = headers.into_iter().fold(request, |request, (name, value)| {
            request.header(name, value)
        });
        request.send().await.unwrap().status().as_u16()
    };
    let body = r#"{"event":"deal.created","timestamp":"2026-03-02T08:15:01.000Z","payload":{"id":"dl_1"}}"#;
    assert_eq!(
        deliver("whsec_YW5vdGhlciBzZWNyZXQgb2Ygc29tZWJvZHk=", "msg_1", body).await,
        401
    );
    assert_eq!(deliver(SECRET, "msg_0", "{}").await, 422);
    assert_eq!(deliver(SECRET, "msg_1", body).await, 204);
    // The queue is full, so the event is refused.
    assert_eq!(deliver(SECRET, "msg_2", body).await, 503);
    assert_eq!(events.recv().await.unwrap().name.as_str(), "deal.created");
    assert_eq!(deliver(SECRET, "msg_1", body).await, 200);
    assert_eq!(deliver(SECRET, "msg_2", body).await, 204);
    assert!(events.try_recv().is_ok() && events.try_recv().is_err());
    drop(events);
    assert_eq!(deliver(SECRET, "msg_3", body).await, 503);
}

#[tokio::test]
async fn deals_are_rows_with_their_custom_fields_as_columns() {
    let server = TestServer::builder().without_quota().start().unwrap();
    server.define_custom_field("deals", "Score", "number");
    server.define_custom_field("deals", "Colours", "multi-select");
    for number in 0..150 {
        let title = format!("Hall {number}, \"north\"\nand more");
        let deal =
            json!({"title": title, "price": 19.9, "cf_score": 0.1, "cf_colours": ["grey", "blue"]});
        server.insert("deals", deal).unwrap();
    }
    server.insert("deals", json!({"title": null})).unwrap();
    server.fail("listDeals", Fault::CutBefore).unwrap();
    let mut csv = Vec::new();
    export_deals::export(&server.client().unwrap(), &mut csv)
        .await
        .unwrap();

    let mut csv = csv::Reader::from_reader(&*csv);
    let columns: Vec<String> = csv.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(columns[6..], ["cf_score", "cf_colours"]);
    let rows: Vec<_> = csv.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 151);
    let row = rows
        .iter()
        .find(|row| row[2].starts_with("Hall 7,"))
        .unwrap();
    assert_eq!(&row[2], "Hall 7, \"north\"\nand more");
    assert_eq!(
        (&row[4], &row[6], &row[7]),
        ("19.9", "0.1", r#"["grey","blue"]"#)
    );
    assert!(
        rows.iter()
            .any(|row| row[2].is_empty() && row[6].is_empty())
    );
}

/// A hook that reports the start of a search.
struct Begun(Sender<()>);

impl Hook for Begun {
    async fn before_attempt(&self, _: &mut RequestParts<'_>) -> Result<(), BoxError> {
        Ok(self.0.send(())?)
    }
}

#[test]
fn the_last_typed_text_is_searched_for_and_typing_never_waits() {
    let server = TestServer::builder().without_quota().start().unwrap();
    for name in ["Ada", "Adam", "Bo"] {
        server.insert("contacts", json!({"firstName": name}));
    }
    let (begun, begins) = channel();
    let heffl = server.client_builder().hook(Begun(begun)).build().unwrap();
    let (typed, found) = search_as_you_type::search(heffl);
    let slow = Fault::Delay(Duration::from_millis(500));
    server.fail("listContacts", slow).unwrap();
    server.fail("listContacts", Fault::Status(400)).unwrap();
    typed.send("a".to_owned()).unwrap();
    begins.recv().unwrap();
    for text in ["ad", "ada", "adam"] {
        typed.send(text.to_owned()).unwrap();
    }
    assert!(found.try_recv().is_err(), "typing waits");
    let (text, contacts) = found.recv().unwrap();
    assert_eq!((text.as_str(), contacts.unwrap().len()), ("a", 2));
    // A failure is shown, and does not end the search.
    let (text, contacts) = found.recv().unwrap();
    assert!(text == "adam" && contacts.is_err());
    typed.send("bo".to_owned()).unwrap();
    drop(typed);
    let (text, contacts) = found.recv().unwrap();
    assert_eq!((text.as_str(), contacts.unwrap().len()), ("bo", 1));
    assert!(found.recv().is_err());
    assert_eq!(count(&server, "listContacts"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_with_one_key_share_its_quota() {
    let server = TestServer::builder()
        .quota(10)
        .window(Duration::from_secs(1))
        .start()
        .unwrap();
    for number in 0..450 {
        server.insert("deals", json!({"title": format!("Deal {number}")}));
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap().to_owned();
    server.fail("listDeals", Fault::CutBefore).unwrap();
    let programs = (0..4).map(|_| {
        // A program whose first request is cut does not know the limit of this server yet.
        let client = server.client_builder().rate_limit(10);
        let folder = folder.clone();
        tokio::spawn(async move { share_key::count(client, &folder).await.unwrap() })
    });
    for program in programs.collect::<Vec<_>>() {
        assert_eq!(program.await.unwrap(), 450);
    }
    let requests = server.requests();
    assert_eq!(requests.len(), 4 * 5 + 1);
    assert!(requests.iter().all(|request| request.status != Some(429)));
}

/// The variable that makes a test a child process, which runs the program.
const CHILD: &str = "HEFFL_EXAMPLE";

/// Runs the program of a test to its end, in a process of its own.
fn run(test: &str, base_url: &str, variables: &[(&str, &str)]) -> Output {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, "")
        .env("HEFFL_API_KEY", "heffl_user_test")
        .env("HEFFL_BASE_URL", base_url)
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn a_blocking_list_continues_after_a_fault() {
    if env::var_os(CHILD).is_some() {
        return list_deals::main().unwrap();
    }
    let server = TestServer::builder().without_quota().start().unwrap();
    for number in 0..150 {
        let deal = json!({"title": format!("Hall {number}"), "price": number, "status": "ACTIVE"});
        server.insert("deals", deal).unwrap();
    }
    server.insert("deals", json!({"title": "Lost", "status": "LOST"}));
    server.insert("deals", json!({"title": "Free", "status": "ACTIVE"}));
    server.fail("listDeals", Fault::CutBefore).unwrap();
    let test = "examples::a_blocking_list_continues_after_a_fault";
    let shown = text(&run(test, server.base_url(), &[]));
    let deals: Vec<&str> = shown.lines().filter(|line| line.contains("dl_")).collect();
    assert_eq!(deals.len(), 151, "{shown}");
    assert!(
        deals.iter().any(|deal| deal.contains("      149.00 ")),
        "{shown}"
    );
    assert!(
        deals
            .iter()
            .any(|deal| deal.starts_with("             ") && deal.contains("Free"))
    );
    assert!(!shown.contains("Lost"));
}

#[test]
fn a_repeated_function_survives_every_fault() {
    if env::var_os(CHILD).is_some() {
        return survive_faults::main().unwrap();
    }
    let test = "examples::a_repeated_function_survives_every_fault";
    let shown = text(&run(test, "http://localhost:1/api", &[]));
    for (fault, outcome) in [
        ("CutBefore", "outcome unknown"),
        ("CutAfter", "Ada (clt_"),
        ("Status(400)", "400"),
        ("Status(503)", "503"),
        ("QuotaUsedUp", "Ada (clt_"),
        ("Response", "Ada (clt_"),
        ("Delay", ""),
    ] {
        let line = shown.lines().find(|line| line.starts_with(fault));
        assert!(line.is_some_and(|line| line.contains(outcome)), "{shown}");
    }
}

#[test]
fn calls_are_logged_without_the_key() {
    if env::var_os(CHILD).is_some() {
        return log_calls::main().unwrap();
    }
    let server = TestServer::builder().without_quota().start().unwrap();
    server.insert(
        "tags",
        json!({"name": "Spring", "color": "#0f0", "type": "DEAL"}),
    );
    server.fail("listTags", Fault::Status(503)).unwrap();
    let shown = text(&run(
        "examples::calls_are_logged_without_the_key",
        server.base_url(),
        &[],
    ));
    assert!(shown.contains("the request is sent again"), "{shown}");
    assert!(
        shown.contains("Spring (") && !shown.contains("heffl_user_test"),
        "{shown}"
    );
}

#[test]
fn a_proxy_is_used_and_a_lost_connection_is_retried() {
    if env::var_os(CHILD).is_some() {
        return use_proxy::main().unwrap();
    }
    let server = TestServer::builder().without_quota().start().unwrap();
    let (host, _) = server.base_url()["http://".len()..]
        .split_once('/')
        .unwrap();
    let (proxy, host) = (TcpListener::bind("127.0.0.1:0").unwrap(), host.to_owned());
    let address = format!("http://{}", proxy.local_addr().unwrap());
    thread::spawn(move || {
        // The first connection is lost.
        drop(proxy.accept());
        let (client, _) = proxy.accept().unwrap();
        let server = TcpStream::connect(host).unwrap();
        let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        thread::spawn(move || io::copy(&mut from, &mut to));
        let _ = io::copy(&mut &server, &mut &client);
    });
    let signed = rcgen::generate_simple_self_signed(["proxy.example".to_owned()]).unwrap();
    let pem = STANDARD.encode(signed.cert.der());
    let pem = format!("-----BEGIN CERTIFICATE-----\n{pem}\n-----END CERTIFICATE-----\n");
    let mut authority = tempfile::NamedTempFile::new().unwrap();
    authority.write_all(pem.as_bytes()).unwrap();

    let test = "examples::a_proxy_is_used_and_a_lost_connection_is_retried";
    let authority = authority.path().to_str().unwrap();
    let variables = [("PROXY", &*address), ("AUTHORITY", authority)];
    // This server does not exist: the proxy sends requests to another one.
    let shown = text(&run(test, "http://localhost:1/api", &variables));
    assert!(shown.contains("0 tags"), "{shown}");
    assert_eq!(count(&server, "listTags"), 1);
}
