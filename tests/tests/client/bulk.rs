//! Work on many records: `heffl::bulk`.

use std::{
    cell::RefCell,
    env,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{FutureExt as _, StreamExt as _, stream};
use heffl::{
    Client, Currency, ErrorKind, Money,
    bulk::{Bulk, By, Index, Outcome, Sums, Upserted, Watch},
    v2::{Contact, CreateCompany, CreateContact, UpdateContact},
};
use heffl_test_server::{Fault, TestServer};
use serde_json::json;
use tokio::{process::Command, time::timeout};

use super::common::count;

/// The time limit of a test; it is reached only if the program hangs.
const LIMIT: Duration = Duration::from_secs(60);

fn start() -> (TestServer, Client) {
    let server = TestServer::builder().without_quota().start().unwrap();
    let client = server.client().unwrap();
    (server, client)
}

fn emails(server: &TestServer) -> Vec<String> {
    let contacts = server.records("contacts");
    let mut emails: Vec<String> = contacts
        .iter()
        .map(|contact| contact["email"].as_str().unwrap().to_owned())
        .collect();
    emails.sort();
    emails
}

async fn index(heffl: &Client) -> Index<Contact> {
    let list = heffl.v2().contacts().list().page_size(100).into_call();
    Index::read(list, By::Email, |contact| contact.email.clone())
        .await
        .unwrap()
}

async fn upsert(
    heffl: &Client,
    known: &Index<Contact>,
    body: CreateContact,
) -> Result<Upserted<Contact>, heffl::Error> {
    let contacts = heffl.v2().contacts();
    let email = body.email.clone().unwrap_or_default();
    let update = |old: &Contact| contacts.update(&old.id, UpdateContact::new());
    known.upsert(email, contacts.create(body), update).await
}

#[tokio::test]
async fn outcomes_keep_the_order_of_the_items_and_count_unknown_outcomes_separately() {
    let (server, heffl) = start();
    server
        .fail("createCompany", Fault::Delay(Duration::from_millis(100)))
        .unwrap();
    server.fail("createCompany", Fault::Status(400)).unwrap();
    server.fail("createCompany", Fault::CutAfter).unwrap();
    let names: Vec<String> = (0..20).map(|number| format!("Company {number}")).collect();
    let lines = RefCell::new(Vec::new());
    let companies = heffl.v2().companies();
    let report = Bulk::new(&names)
        .at_a_time(1)
        .go_on()
        .run(|name| {
            lines.borrow_mut().push(name.clone());
            companies.create(CreateCompany::new(name))
        })
        .await;
    assert_eq!(
        report.to_string(),
        "18 done, 1 failed, 1 with an unknown outcome"
    );
    assert!(matches!(report.outcomes()[1], Outcome::Failed(_)));
    assert!(matches!(report.outcomes()[2], Outcome::Unknown(_)));
    assert_eq!(
        report.errors().map(|(index, _)| index).collect::<Vec<_>>(),
        [1, 2]
    );
    assert_eq!(*lines.borrow(), names);
    let done: Vec<&str> = report
        .done()
        .filter_map(|company| company.name.as_deref())
        .collect();
    let expected = names
        .iter()
        .enumerate()
        .filter(|(index, _)| ![1, 2].contains(index));
    assert_eq!(
        done,
        expected.map(|(_, name)| name.as_str()).collect::<Vec<_>>()
    );
    assert_eq!(report.into_result().unwrap_err().status(), Some(400));
}

#[tokio::test]
async fn a_slow_item_does_not_change_the_order_of_the_outcomes() {
    let report = Bulk::new([30, 0, 20, 10])
        .run(async |wait| {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            Ok(wait)
        })
        .await;
    assert_eq!(report.into_result().unwrap(), [30, 0, 20, 10]);
}

#[tokio::test]
async fn the_number_of_concurrent_items_is_limited() {
    let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let mut progress = Vec::new();
    let report = Bulk::new(0..50)
        .at_a_time(3)
        .on_progress(|it| progress.push(it.to_string()))
        .run(async |_| {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            now.fetch_sub(1, Ordering::SeqCst);
            Ok(())
        })
        .await;
    assert_eq!(report.to_string(), "50 done");
    assert_eq!(most.into_inner(), 3);
    assert_eq!(progress.len(), 50);
    assert_eq!(progress.last().unwrap(), "50 of 50");
}

#[tokio::test]
async fn the_first_error_stops_the_work_after_the_started_items() {
    let (server, heffl) = start();
    for _ in 0..2 {
        server
            .fail("createCompany", Fault::Delay(Duration::from_millis(50)))
            .unwrap();
    }
    server.fail("createCompany", Fault::Status(400)).unwrap();
    let companies = heffl.v2().companies();
    let mut items = 0..100;
    let report = Bulk::new(&mut items)
        .at_a_time(3)
        .run(|number| companies.create(CreateCompany::new(number.to_string())))
        .await;
    assert_eq!(report.outcomes().len(), server.requests().len());
    assert_eq!(report.done().count(), server.records("companies").len());
    assert_eq!(report.errors().count(), 1);
    // The other items are still in the iterator.
    assert_eq!(items.start, i32::try_from(report.outcomes().len()).unwrap());
}

#[tokio::test]
async fn an_error_of_a_stream_is_an_item_that_failed() {
    let (server, heffl) = start();
    let error = heffl
        .v2()
        .deals()
        .get(heffl::DealId::new("dl_none"))
        .await
        .unwrap_err();
    let items = stream::iter([Ok(1), Err(error), Ok(3)]);
    let report = Bulk::from_stream(items.clone())
        .run(async |number| Ok(number))
        .await;
    assert_eq!(report.to_string(), "1 done, 1 failed");
    let report = Bulk::from_stream(items)
        .go_on()
        .run(async |number| Ok(number))
        .await;
    assert_eq!(report.done().collect::<Vec<_>>(), [&1, &3]);
    drop(server);
}

#[tokio::test]
async fn a_dry_run_reads_and_changes_nothing() {
    let (server, _) = start();
    let heffl = server.client_builder().dry_run(true).build().unwrap();
    server.insert(
        "contacts",
        json!({"firstName": "Ada", "email": "ada@example.com"}),
    );
    let known = index(&heffl).await;
    let names = [
        ("Ada", "ada@example.com"),
        ("Augusta", "ada@example.com"),
        ("Bo", "bo@example.com"),
        ("", ""),
    ];
    let report = Bulk::new(names)
        .at_a_time(1)
        .go_on()
        .run(|(name, email)| upsert(&heffl, &known, CreateContact::new(name).email(email)))
        .await;
    // The first item changes nothing, and the last one is refused as it would be without a dry run.
    assert_eq!(report.to_string(), "1 done, 2 planned, 1 failed");
    assert!(matches!(
        report.outcomes()[0],
        Outcome::Done(Upserted::Unchanged(_))
    ));
    let methods: Vec<String> = server
        .requests()
        .into_iter()
        .map(|request| request.method)
        .collect();
    assert_eq!(methods, ["GET"]);
}

#[tokio::test]
async fn an_upsert_creates_missing_records_and_updates_changed_ones() {
    let (server, heffl) = start();
    server.insert(
        "contacts",
        json!({"firstName": "Ada", "email": "Ada@Example.com", "jobTitle": "Engineer", "cf_seats": 5}),
    );
    let known = index(&heffl).await;
    let body = |title: &str| {
        let body = CreateContact::new("Ada")
            .email("ada@example.com")
            .job_title(title);
        body.custom_field("cf_seats", 5).unwrap()
    };
    let updated = upsert(&heffl, &known, body("Director")).await.unwrap();
    assert!(
        matches!(&updated, Upserted::Updated(contact) if contact.job_title.as_deref() == Some("Director"))
    );
    let request = server.requests().pop().unwrap();
    assert_eq!(
        request.json().unwrap(),
        json!({"email": "ada@example.com", "jobTitle": "Director"})
    );
    // The index knows its own changes.
    let unchanged = upsert(&heffl, &known, body("Director")).await.unwrap();
    assert!(matches!(unchanged, Upserted::Unchanged(_)));
    let created = upsert(
        &heffl,
        &known,
        CreateContact::new("Bo").email("bo@example.com"),
    )
    .await
    .unwrap();
    assert!(matches!(created, Upserted::Created(_)));
    assert_eq!(known.get("BO@example.com").unwrap().id, created.record().id);
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn rows_with_the_same_key_create_once() {
    let (server, heffl) = start();
    let known = index(&heffl).await;
    let rows = (0..60).map(|number| {
        let name = format!("Contact {number}");
        CreateContact::new(name).email(format!("Contact{}@example.com", number % 7))
    });
    let report = Bulk::new(rows)
        .at_a_time(20)
        .run(|body| upsert(&heffl, &known, body))
        .await;
    let created = report
        .done()
        .filter(|it| matches!(it, Upserted::Created(_)));
    assert_eq!(created.count(), 7);
    assert_eq!(report.to_string(), "60 done");
    assert_eq!(server.records("contacts").len(), 7);
    // Each record has the values of the last row of its key.
    assert_eq!(
        known
            .get("contact3@example.com")
            .unwrap()
            .first_name
            .as_deref(),
        Some("Contact 59")
    );
}

#[tokio::test]
async fn a_create_with_a_lost_response_is_looked_up() {
    let (server, heffl) = start();
    let known = index(&heffl).await;
    server.fail("createContact", Fault::CutAfter).unwrap();
    let ada = CreateContact::new("Ada").email("ada@example.com");
    let created = upsert(&heffl, &known, ada.clone()).await.unwrap();
    assert!(matches!(created, Upserted::Created(_)));
    // If the request was lost, the record does not exist, and the outcome is unknown.
    server.fail("createContact", Fault::CutBefore).unwrap();
    let bo = CreateContact::new("Bo").email("bo@example.com");
    let report = Bulk::new([bo, ada])
        .go_on()
        .run(|body| upsert(&heffl, &known, body))
        .await;
    assert_eq!(report.to_string(), "1 done, 1 with an unknown outcome");
    assert_eq!(emails(&server), ["ada@example.com"]);
    assert_eq!(count(&server, "createContact"), 2);
}

#[tokio::test]
async fn an_upsert_that_is_not_polled_or_is_dropped_blocks_no_other_of_its_key() {
    let (server, heffl) = start();
    let known = index(&heffl).await;
    let ada = || CreateContact::new("Ada").email("ada@example.com");
    let mut first = Box::pin(upsert(&heffl, &known, ada()));
    assert!(first.as_mut().now_or_never().is_none());
    // `first` is kept, and not polled.
    let second = timeout(LIMIT, upsert(&heffl, &known, ada()))
        .await
        .unwrap()
        .unwrap();
    assert!(matches!(second, Upserted::Unchanged(_)));
    drop(first);
    assert_eq!(server.records("contacts").len(), 1);

    let mut other = Box::pin(upsert(
        &heffl,
        &known,
        CreateContact::new("Bo").email("bo@example.com"),
    ));
    assert!(other.as_mut().now_or_never().is_none());
    drop(other);
    let again = upsert(
        &heffl,
        &known,
        CreateContact::new("Bo").email("bo@example.com"),
    );
    timeout(LIMIT, again).await.unwrap().unwrap();
    assert_eq!(server.records("contacts").len(), 2);
}

#[tokio::test]
async fn names_are_found_in_one_call_and_ambiguous_ones_are_an_error() {
    let (server, heffl) = start();
    let ids: Vec<String> = ["VIP", "vip ", "Partner"]
        .map(|name| {
            server
                .insert(
                    "tags",
                    json!({"name": name, "color": "#fff", "type": "DEAL"}),
                )
                .unwrap()
        })
        .into();
    let before = server.requests().len();
    let tags = Index::read(heffl.v2().tags().list().into_call(), By::Name, |tag| {
        tag.name.clone()
    });
    let tags = tags.await.unwrap();
    assert_eq!(tags.get(" partner").unwrap().id.as_str(), ids[2]);
    let error = tags.get("VIP").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SeveralMatches);
    assert_eq!(error.matching_ids().collect::<Vec<_>>(), ids[..2]);
    let error = tags.get("Partners").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(
        error.to_string().contains("there are: partner, vip"),
        "{error}"
    );
    assert!(tags.find("Partners").unwrap().is_none());
    assert_eq!(server.requests().len(), before + 1);
}

#[tokio::test]
async fn an_upsert_by_a_custom_field_finds_its_record() {
    let (server, heffl) = start();
    let companies = heffl.v2().companies();
    let number =
        |company: &heffl::v2::Company| company.custom_fields.get::<String>("cf_erp").ok().flatten();
    for _ in 0..2 {
        let known = Index::read(companies.list().into_call(), By::Text, number)
            .await
            .unwrap();
        let body = CreateCompany::new("Northwind")
            .custom_field("cf_erp", "N-17")
            .unwrap();
        let update =
            |old: &heffl::v2::Company| companies.update(&old.id, heffl::v2::UpdateCompany::new());
        known
            .upsert("N-17", companies.create(body), update)
            .await
            .unwrap();
    }
    assert_eq!(server.records("companies").len(), 1);
    assert_eq!(count(&server, "updateCompany"), 0);
}

#[tokio::test]
async fn a_watch_returns_each_new_record_once_also_after_an_error() {
    let (server, heffl) = start();
    let insert = |name: &str, at: u32| {
        let created = format!("2026-01-01T00:00:{at:02}.000Z");
        server
            .insert("deals", json!({"title": name, "createdAt": created}))
            .unwrap()
    };
    insert("old", 1);
    let newest_first = heffl
        .v2()
        .deals()
        .list()
        .page_size(2)
        .order_by(heffl::v2::DealOrderBy::CreatedAt)
        .order_dir(heffl::v2::OrderDirection::Desc);
    let interval = Duration::from_millis(20);
    let mut deals = Watch::new(newest_first.into_call(), interval, |deal| {
        deal.id.to_string()
    });
    let nothing = timeout(Duration::from_millis(200), deals.next()).await;
    assert!(nothing.is_err());
    for number in 2..9 {
        insert(&format!("new {number}"), number);
    }
    server.fail("listDeals", Fault::Status(400)).unwrap();
    assert!(timeout(LIMIT, deals.next()).await.unwrap().is_err());
    for number in 2..9 {
        let deal = timeout(LIMIT, deals.next()).await.unwrap().unwrap();
        assert_eq!(deal.title, Some(format!("new {number}")));
    }
    assert!(
        timeout(Duration::from_millis(200), deals.next())
            .await
            .is_err()
    );
}

#[test]
fn sums_are_exact_for_each_key_and_never_rounded() {
    let amount = |text: &str| text.parse::<Money>().unwrap();
    let mut sums: Sums<Currency> = (0..1000)
        .map(|_| (Currency::new("AED"), amount("0.1")))
        .collect();
    sums.add(Currency::new("USD"), amount("1234567890123456789012345678"));
    sums.add(Currency::new("USD"), amount("0.01"));
    sums.add(Currency::new("EUR"), None);
    assert_eq!(
        sums.get(&Currency::new("AED")).unwrap().sum(),
        Some(Money::from(100))
    );
    assert_eq!(sums.get(&Currency::new("USD")).unwrap().sum(), None);
    let euro = sums.get(&Currency::new("EUR")).unwrap();
    assert_eq!((euro.records(), euro.missing()), (1, 1));
    let keys: Vec<&str> = sums.iter().map(|(currency, _)| currency.as_str()).collect();
    assert_eq!(keys, ["AED", "EUR", "USD"]);
}

/// The rows of the killed import, unless `HEFFL_BULK_ROWS` sets another number.
const ROWS: usize = 500;
const KILLS: u32 = 20;

/// The variable that makes this test a child process; its value is the address of the server.
#[tokio::test]
async fn a_killed_import_that_runs_again_creates_every_row_once() {
    let rows = env::var("HEFFL_BULK_ROWS").map_or(ROWS, |rows| rows.parse().unwrap());
    if let Ok(address) = env::var("HEFFL_BULK_SERVER") {
        return import(&address, rows).await;
    }
    let (server, heffl) = start();
    let run = || {
        let mut child = Command::new(env::current_exe().unwrap());
        child
            .args([
                "--exact",
                "bulk::a_killed_import_that_runs_again_creates_every_row_once",
            ])
            .env("HEFFL_BULK_SERVER", server.base_url())
            .env("HEFFL_API_KEY", server.key())
            .stdout(Stdio::null())
            .kill_on_drop(true);
        child.spawn().unwrap()
    };
    for kill in 0..KILLS {
        let mut child = run();
        // The import is killed after a random number of received requests.
        let target = rows * usize::try_from(kill).unwrap() / 20 + fastrand::usize(1..=rows / 20);
        let reached = async {
            while server.records("contacts").len() < target {
                tokio::time::sleep(Duration::from_micros(fastrand::u64(0..2000))).await;
            }
        };
        tokio::select! {
            () = reached => child.kill().await.unwrap(),
            status = child.wait() => assert!(status.unwrap().success()),
        }
    }
    assert!(run().wait().await.unwrap().success());
    let expected: Vec<String> = (0..rows)
        .map(|number| format!("row{number:05}@example.com"))
        .collect();
    assert_eq!(emails(&server), expected);
    let known = index(&heffl).await;
    assert!(known.get("row00000@example.com").is_ok());
}

async fn import(address: &str, rows: usize) {
    let heffl = Client::builder()
        .env()
        .unwrap()
        .base_url(address)
        .no_rate_limit()
        .build()
        .unwrap();
    let known = index(&heffl).await;
    let rows = (0..rows)
        .map(|number| CreateContact::new("Row").email(format!("row{number:05}@example.com")));
    let report = Bulk::new(rows)
        .run(|body| upsert(&heffl, &known, body))
        .await;
    report.into_result().unwrap();
}

#[tokio::test]
async fn records_of_a_stream_are_processed_while_it_is_read() {
    let (server, heffl) = start();
    for number in 0..25 {
        server.insert("deals", json!({"title": format!("Deal {number}")}));
    }
    let seen = Arc::new(AtomicUsize::new(0));
    let deals = heffl.v2().deals().list().page_size(10).stream();
    let report = Bulk::from_stream(deals.take(12))
        .run(|_| {
            let seen = Arc::clone(&seen);
            async move {
                seen.fetch_add(1, Ordering::SeqCst);
                Ok(())
            }
        })
        .await;
    assert_eq!(report.to_string(), "12 done");
    assert_eq!(seen.load(Ordering::SeqCst), 12);
    assert_eq!(count(&server, "listDeals"), 2);
}
