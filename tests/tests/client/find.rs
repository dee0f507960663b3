//! Finding records by e-mail address or phone number, and creating them once, against a server that
//! stores contacts.

use std::{sync::Arc, sync::Mutex, time::Duration};

use heffl::{
    Client, Error, ErrorKind, Found, Lookup,
    v2::{Contact, CreateCompany, CreateContact},
};
use heffl_tests::server::{Recorded, Reply, Server};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The fault of the next create.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// The record is created, and the connection is lost before the response.
    LostAfter,
    /// The record is not created, and the connection is lost.
    LostBefore,
    /// The record is created, and the response is 500.
    DoneAndFailed,
    /// The record is created, and the response is not a contact.
    Unreadable,
    /// Another program has created the record, and the server responds with a conflict.
    Conflict,
    /// The create is refused.
    Refused,
    /// The record is created, the connection is lost, and another program has created the same record.
    LostAndDoubled,
}

/// A server that stores records. A page has two, and the search finds a part of any text without regard to case.
#[derive(Clone, Default)]
struct Crm {
    records: Arc<Mutex<Vec<Value>>>,
    fault: Arc<Mutex<Option<Fault>>>,
}

impl Crm {
    fn with(records: impl IntoIterator<Item = Value>) -> Self {
        let crm = Self::default();
        for mut record in records {
            crm.add(&mut record);
        }
        crm
    }

    fn add(&self, record: &mut Value) {
        let mut records = self.records.lock().unwrap();
        record["id"] = json!(format!("clt_{}", records.len() + 1));
        records.push(record.clone());
    }

    async fn start(&self) -> Server {
        let crm = self.clone();
        Server::respond_with(move |request| crm.reply(request)).await
    }

    fn reply(&self, request: &Recorded) -> Option<Reply> {
        let url = heffl::reqwest::Url::parse(&format!("http://host{}", request.target)).unwrap();
        if request.method == "POST" {
            return self.create(serde_json::from_slice(&request.body).unwrap());
        }
        let parameter = |name: &str| {
            let found = url.query_pairs().find(|(known, _)| known == name);
            found.map(|(_, value)| value.to_lowercase())
        };
        let search = parameter("search").unwrap_or_default();
        let from: usize = parameter("cursor").map_or(0, |cursor| cursor.parse().unwrap());
        let records = self.records.lock().unwrap();
        let found: Vec<&Value> = records
            .iter()
            .filter(|record| record.to_string().to_lowercase().contains(&search))
            .collect();
        let page: Vec<&&Value> = found.iter().skip(from).take(2).collect();
        let next = (from + 2 < found.len()).then(|| (from + 2).to_string());
        let body = json!({"data": page, "meta": {"nextCursor": next, "hasMore": next.is_some()}});
        Some(Reply::json(200, &body.to_string()))
    }

    fn create(&self, mut record: Value) -> Option<Reply> {
        let fault = self.fault.lock().unwrap().take();
        if !matches!(fault, Some(Fault::LostBefore | Fault::Refused)) {
            self.add(&mut record);
        }
        match fault {
            None => Some(Reply::json(200, &record.to_string())),
            Some(Fault::LostAfter | Fault::LostBefore) => None,
            Some(Fault::LostAndDoubled) => {
                self.add(&mut record);
                None
            }
            Some(Fault::DoneAndFailed) => Some(Reply::json(500, "")),
            Some(Fault::Unreadable) => Some(Reply::json(200, "<html>")),
            Some(Fault::Conflict) => Some(Reply::json(409, r#"{"error": {"code": "CONFLICT"}}"#)),
            Some(Fault::Refused) => Some(Reply::json(400, r#"{"error": {"code": "BAD_REQUEST"}}"#)),
        }
    }
}

fn crowd() -> Crm {
    Crm::with([
        json!({"firstName": "Bo", "email": "xada@example.com"}),
        json!({"firstName": "Cy", "email": "ada@example.com.invalid"}),
        json!({"firstName": "Di", "email": "di@example.com", "description": "knows ada@example.com"}),
        json!({"firstName": "Ada", "email": "Ada@Example.com", "phone": "+971501234567"}),
        json!({"firstName": "Ed", "email": null, "phone": "+9715012345670"}),
        json!({"firstName": "Flo", "phone": "+971 50 765 4321"}),
    ])
}

fn creates(server: &Server) -> usize {
    let recorded = server.recorded();
    recorded
        .iter()
        .filter(|request| request.method == "POST")
        .count()
}

fn name(contact: &Contact) -> &str {
    contact.first_name.as_deref().unwrap_or_default()
}

async fn find(client: &Client, email: &str) -> Result<Option<Contact>, Error> {
    client.v2().contacts().find_by_email(email).await
}

#[tokio::test]
async fn only_an_exact_match_is_found_on_any_page() {
    let server = crowd().start().await;
    let client = server.client("secret");
    let found = find(&client, " ADA@example.com").await.unwrap().unwrap();
    assert_eq!(name(&found), "Ada");
    let targets: Vec<String> = server
        .recorded()
        .into_iter()
        .map(|request| request.target)
        .collect();
    let first = "/api/v2/contacts?search=ada%40example.com&pageSize=100";
    assert_eq!(targets, [first.to_owned(), format!("{first}&cursor=2")]);
    assert!(find(&client, "da@example.com").await.unwrap().is_none());
    assert!(find(&client, "nobody@example.com").await.unwrap().is_none());

    let contacts = || client.v2().contacts();
    let found = contacts()
        .find_by_phone("00971 50 123-4567")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(name(&found), "Ada");
    // The search misses another spelling than the stored one, but the whole list has it.
    let flo = || contacts().find_by_phone("+971507654321");
    assert!(flo().await.unwrap().is_none());
    let found = flo().lookup(Lookup::WholeList).await.unwrap().unwrap();
    assert_eq!(name(&found), "Flo");
}

#[tokio::test]
async fn several_matches_are_an_error_that_lists_them() {
    let crm = crowd();
    crm.add(&mut json!({"firstName": "Ada", "email": "ada@example.com"}));
    let server = crm.start().await;
    let client = server.client("secret");
    let contacts = || client.v2().contacts();
    let error = find(&client, "ada@example.com").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "listContacts: 2 records match: clt_4, clt_7"
    );
    assert_eq!(error.kind(), ErrorKind::SeveralMatches);
    assert!(error.matching_ids().eq(["clt_4", "clt_7"]));
    assert!(!error.is_retryable() && !error.is_not_found());
    let all = contacts()
        .find_by_email("ada@example.com")
        .all()
        .await
        .unwrap();
    assert_eq!(all.len(), 2);
    let body = CreateContact::new("Ada").email("ada@example.com");
    let error = contacts().find_or_create_by_email(body).await.unwrap_err();
    assert!(error.kind() == ErrorKind::SeveralMatches, "{error}");
    assert_eq!(creates(&server), 0);
}

#[tokio::test]
async fn a_record_on_two_pages_counts_once() {
    let ada = json!({"id": "clt_1", "email": "ada@example.com"});
    let page = |next: Option<&str>| {
        let body = json!({"data": [ada], "meta": {"nextCursor": next, "hasMore": next.is_some()}});
        Reply::json(200, &body.to_string())
    };
    let server = Server::start([page(Some("c2")), page(None)]).await;
    let found = find(&server.client("secret"), "ada@example.com")
        .await
        .unwrap();
    assert_eq!(found.unwrap().id.as_str(), "clt_1");
}

#[tokio::test]
async fn an_unreadable_record_is_an_error_only_if_it_may_be_a_match() {
    let broken = |email: Value| json!({"id": {}, "email": email});
    for (record, is_in_the_way) in [
        (broken(json!("eve@example.com")), false),
        (broken(json!(null)), false),
        (json!({"email": "eve@example.com"}), false),
        (broken(json!("ADA@example.com")), true),
        (broken(json!(["ada@example.com"])), true),
        (json!("ada@example.com"), true),
    ] {
        let ada = json!({"id": "clt_1", "email": "ada@example.com"});
        let body = json!({"data": [record, ada], "meta": {"hasMore": false}}).to_string();
        let server = Server::start([Reply::json(200, &body)]).await;
        let found = find(&server.client("secret"), "ada@example.com").await;
        match found {
            Ok(found) => assert!(!is_in_the_way && found.is_some(), "{body}"),
            Err(error) => {
                assert!(
                    is_in_the_way && error.kind() == ErrorKind::BrokenItem,
                    "{body}: {error}"
                );
            }
        }
    }
}

#[tokio::test]
async fn invalid_keys_are_refused_before_anything_is_sent() {
    let server = crowd().start().await;
    let client = server.client("secret");
    let contacts = || client.v2().contacts();
    for error in [
        find(&client, "").await.map(drop),
        find(&client, "ada").await.map(drop),
        contacts().find_by_phone("call me").await.map(drop),
        contacts()
            .find_or_create_by_email(CreateContact::new("Ada"))
            .await
            .map(drop),
        contacts()
            .find_or_create_by_phone(CreateContact::new("Ada"))
            .await
            .map(drop),
    ] {
        assert!(
            error.as_ref().unwrap_err().kind() == ErrorKind::InvalidRequest,
            "{error:?}"
        );
    }
    assert!(server.recorded().is_empty());
    let texts = format!("{:?}", contacts().find_by_email("ada@example.com"));
    assert!(!texts.contains("ada"), "{texts}");
}

#[tokio::test]
async fn companies_are_searched_in_the_whole_list() {
    let crm = Crm::with([
        json!({"name": "Gadgets", "email": "office@gadgets.example"}),
        json!({"name": "Widgets", "phone": "+971 4 123 4567"}),
    ]);
    let server = crm.start().await;
    let client = server.client("secret");
    let companies = || client.v2().companies();
    let found = companies()
        .find_by_email("Office@gadgets.example")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.name.as_deref(), Some("Gadgets"));
    assert_eq!(server.only().target, "/api/v2/companies?pageSize=100");
    let found = companies()
        .find_by_phone("+97141234567")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.name.as_deref(), Some("Widgets"));
    let body = CreateCompany::new("Gadgets").email("office@gadgets.example");
    assert!(
        !companies()
            .find_or_create_by_email(body)
            .await
            .unwrap()
            .is_created()
    );
    let body = CreateCompany::new("Gizmos").phone("+97149999999");
    assert!(
        companies()
            .find_or_create_by_phone(body)
            .await
            .unwrap()
            .is_created()
    );
    let found = companies()
        .find_by_phone("+97149999999")
        .lookup(Lookup::Search);
    assert_eq!(
        found.await.unwrap().unwrap().name.as_deref(),
        Some("Gizmos")
    );
}

#[tokio::test]
async fn concurrent_calls_for_one_key_create_once() {
    let crm = crowd();
    let server = crm.start().await;
    let client = server.builder("secret").no_rate_limit().build().unwrap();
    let mut tasks = Vec::new();
    for task in 0..20 {
        let client = client.clone();
        tasks.push(tokio::spawn(async move {
            let email = ["new@example.com", "NEW@example.com", "other@example.com"][task % 3];
            let body = CreateContact::new("New").email(email);
            client
                .v2()
                .contacts()
                .find_or_create_by_email(body)
                .await
                .unwrap()
        }));
    }
    let mut created = 0;
    for task in tasks {
        created += usize::from(task.await.unwrap().is_created());
    }
    assert_eq!((created, creates(&server)), (2, 2));
    assert_eq!(crm.records.lock().unwrap().len(), 8);
}

#[tokio::test]
async fn a_dropped_call_does_not_block_the_next() {
    let mut first = true;
    let crm = crowd();
    let server = Server::respond_with({
        let crm = crm.clone();
        move |request| {
            let reply = crm.reply(request)?;
            let is_first = std::mem::take(&mut first);
            Some(if is_first {
                reply.after(Duration::from_secs(20))
            } else {
                reply
            })
        }
    })
    .await;
    let client = server.client("secret");
    let body = || CreateContact::new("New").email("new@example.com");
    let call = || client.v2().contacts().find_or_create_by_email(body());
    let given_up = tokio::time::timeout(Duration::from_millis(200), call().into_future()).await;
    assert!(given_up.is_err());
    assert!(call().await.unwrap().is_created());
}

#[tokio::test]
async fn after_an_unknown_outcome_the_record_is_searched_and_never_created_twice() {
    use Fault::{
        Conflict, DoneAndFailed, LostAfter, LostAndDoubled, LostBefore, Refused, Unreadable,
    };

    for (fault, outcome) in [
        (LostAfter, "created"),
        (DoneAndFailed, "created"),
        (Unreadable, "created"),
        (Conflict, "existing"),
        (LostBefore, "outcome unknown"),
        (LostAndDoubled, "several"),
        (Refused, "refused"),
    ] {
        let crm = crowd();
        *crm.fault.lock().unwrap() = Some(fault);
        let server = crm.start().await;
        let body = CreateContact::new("New").email("new@example.com");
        let contacts = server.client("secret");
        let result = contacts.v2().contacts().find_or_create_by_email(body).await;
        let kind = match &result {
            Ok(Found::Created(_)) => "created",
            Ok(Found::Existing(_)) => "existing",
            Err(error) if error.is_outcome_unknown() => "outcome unknown",
            Err(error) if error.kind() == ErrorKind::SeveralMatches => "several",
            Err(error) if error.status() == Some(400) => "refused",
            Err(_) => "another error",
        };
        assert_eq!(
            (kind, creates(&server)),
            (outcome, 1),
            "{fault:?}: {result:?}"
        );
    }
}

/// Invisible characters that copied text may contain.
const INVISIBLE: &str = "\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\
                         \u{2060}\u{2066}\u{2067}\u{2068}\u{2069}\u{feff}\u{ad}\u{61c}\u{fe0f}";

#[tokio::test]
async fn an_invisible_character_does_not_create_a_second_contact() {
    let crm = Crm::with([
        json!({"firstName": "Ada", "email": "ada@example.com"}),
        json!({"firstName": "Bo", "email": "\u{feff}bo@example.com\u{200b}"}),
        json!({"firstName": "Flo", "phone": "\u{202a}+971 50 765 4321\u{202c}"}),
    ]);
    let server = crm.start().await;
    let client = server.builder("secret").no_rate_limit().build().unwrap();
    for (email, name) in [
        ("ada@example.com\u{200b}", "Ada"),
        ("\u{2068}Ada@example.com\u{2069}", "Ada"),
        ("mailto:ada@example.com", "Ada"),
        ("bo@example.com", "Bo"),
    ] {
        let body = CreateContact::new("New").email(email);
        let call = client.v2().contacts().find_or_create_by_email(body);
        let found = call.await.unwrap();
        assert!(!found.is_created(), "{email:?}");
        assert_eq!(found.record().first_name.as_deref(), Some(name));
    }
    for phone in [
        "+971507654321",
        "\u{2068}+971507654321\u{2069}",
        "+971\u{200b}50\u{200b}7654321",
        "tel:+971-50-765-4321",
        "+٩٧١ ٥٠ ٧٦٥ ٤٣٢١",
        "(+971) 50 765 4321",
    ] {
        let body = CreateContact::new("New").phone(phone);
        let call = client.v2().contacts().find_or_create_by_phone(body);
        let found = call.lookup(Lookup::WholeList).await.unwrap();
        assert!(!found.is_created(), "{phone:?}");
        assert_eq!(found.record().first_name.as_deref(), Some("Flo"));
    }
    assert_eq!(creates(&server), 0);
}

#[tokio::test]
async fn the_created_record_has_the_compared_key() {
    let crm = Crm::default();
    let server = crm.start().await;
    let client = server.client("secret");
    let body = CreateContact::new("Ada")
        .email("\u{202a}Ada@Example.com\u{202c} ")
        .phone("\u{2068}tel:+٩٧١ 50\u{200b} 123-4567\u{2069}");
    let contacts = client.v2().contacts();
    assert!(
        contacts
            .find_or_create_by_email(body)
            .await
            .unwrap()
            .is_created()
    );
    let body = CreateCompany::new("Gadgets")
        .email("mailto:office@gadgets.example\u{feff}")
        .phone("+971 4 1234567\u{200e}");
    let companies = client.v2().companies();
    assert!(
        companies
            .find_or_create_by_phone(body)
            .await
            .unwrap()
            .is_created()
    );
    let records = crm.records.lock().unwrap();
    for (record, email, phone) in [
        (&records[0], "Ada@Example.com", "+971 50 123-4567"),
        (&records[1], "office@gadgets.example", "+971 4 1234567"),
    ] {
        assert_eq!(
            (&record["email"], &record["phone"]),
            (&json!(email), &json!(phone))
        );
    }
}

#[tokio::test]
async fn an_address_with_an_invisible_character_inside_is_refused() {
    let server = crowd().start().await;
    let client = server.client("secret");
    for email in [
        "a\u{200b}da@example.com",
        "ada@exam\u{ad}ple.com",
        "ada\u{202e}@example.com",
    ] {
        let body = CreateContact::new("Ada").email(email);
        for result in [
            find(&client, email).await.map(drop),
            client
                .v2()
                .contacts()
                .find_or_create_by_email(body)
                .await
                .map(drop),
        ] {
            let error = result.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{email:?}");
            assert!(error.to_string().contains("invisible character"), "{error}");
        }
    }
    assert!(server.recorded().is_empty());
}

/// The text with invisible characters between any two of its own, and around it.
fn sprinkled(text: &'static str, inside: bool) -> impl Strategy<Value = String> {
    let noise = prop::sample::select(INVISIBLE.chars().collect::<Vec<_>>());
    let noise = prop::collection::vec(noise, 0..3);
    prop::collection::vec(noise, text.len() + 1).prop_map(move |noise| {
        let mut all = String::new();
        for (place, letter) in text.chars().map(Some).chain([None]).enumerate() {
            if inside || place == 0 || letter.is_none() {
                all.extend(&noise[place]);
            }
            all.extend(letter);
        }
        all
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn invisible_characters_never_create_a_second_contact(
        stored in (sprinkled("ada@example.com", true), sprinkled("+971 50 123 4567", true)),
        email in sprinkled("Ada@Example.com", false),
        phone in sprinkled("00971501234567", true),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let crm = Crm::with([json!({"firstName": "Ada", "email": stored.0, "phone": stored.1})]);
            let server = crm.start().await;
            let client = server.builder("secret").no_rate_limit().build().unwrap();
            let contacts = || client.v2().contacts();
            let by_email = contacts().find_or_create_by_email(CreateContact::new("New").email(email.as_str()));
            assert!(!by_email.lookup(Lookup::WholeList).await.unwrap().is_created());
            let by_phone = contacts().find_or_create_by_phone(CreateContact::new("New").phone(phone.as_str()));
            assert!(!by_phone.lookup(Lookup::WholeList).await.unwrap().is_created());
            // If there is no record, it is created, and found by the same key.
            let server = Crm::default().start().await;
            let client = server.builder("secret").no_rate_limit().build().unwrap();
            for is_created in [true, false] {
                let body = CreateContact::new("New").email(email.as_str()).phone(phone.as_str());
                let found = client.v2().contacts().find_or_create_by_email(body).await.unwrap();
                assert_eq!(found.is_created(), is_created);
                let contact = found.into_record();
                assert_eq!(contact.email.as_deref(), Some("Ada@Example.com"));
                assert_eq!(contact.phone.as_deref(), Some("00971501234567"));
            }
        });
    }
}
