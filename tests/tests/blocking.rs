//! The API without async, over real sockets.

use std::time::Duration;

use heffl::{
    Error, Operation, Page,
    blocking::Client,
    v2::{CreateContact, CreateDeal, Deal, deals::ListDeals},
};
use heffl_tests::server::{Answer, Server};
use serde_json::{Value, json};

const DEAL: &str = r#"{"id": "dl_1", "title": "Gadgets"}"#;

/// A server in a runtime of its own, as it would be in a process of its own.
struct Elsewhere {
    server: Server,
    _runtime: tokio::runtime::Runtime,
}

impl Elsewhere {
    fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let server = runtime.block_on(Server::start(answers));
        Self {
            server,
            _runtime: runtime,
        }
    }

    fn client(&self) -> Client {
        Client::builder()
            .api_key("secret")
            .base_url(format!("{}/api", self.server.url()))
            .build()
            .unwrap()
    }

    fn targets(&self) -> Vec<String> {
        let recorded = self.server.recorded().into_iter();
        recorded.map(|request| request.target).collect()
    }
}

fn page(ids: &[&str], cursor: Option<&str>) -> Answer {
    let data: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
    let body = json!({"data": data, "meta": {"nextCursor": cursor, "hasMore": cursor.is_some()}});
    Answer::json(200, &body.to_string())
}

fn three_pages() -> Vec<Answer> {
    vec![
        page(&["dl_1", "dl_2"], Some("c2")),
        page(&["dl_3"], Some("c3")),
        page(&["dl_4"], None),
    ]
}

fn ids(deals: impl IntoIterator<Item = Result<Deal, Error>>) -> Result<Vec<String>, Error> {
    deals
        .into_iter()
        .map(|deal| Ok(deal?.id.to_string()))
        .collect()
}

#[test]
fn calls_have_their_names_and_wait_for_the_answer() {
    static GET_NOTE: Operation = Operation::new("getNote", "GET", "v2", "/notes/{id}");

    let server = Elsewhere::start([Answer::json(200, DEAL)]);
    let client = server.client();
    let deals = client.v2().deals();
    let deal: Deal = deals.get(heffl::DealId::new("dl_1")).send().unwrap();
    assert_eq!(deal.title.as_deref(), Some("Gadgets"));
    let body = CreateDeal::new(
        "Gadgets",
        heffl::ClientId::new("clt_1"),
        heffl::PipelineId::new("dpl_1"),
    );
    assert_eq!(deals.create(body).send().unwrap().id.as_str(), "dl_1");
    let response = deals
        .get(heffl::DealId::new("dl_1"))
        .send_for_response()
        .unwrap();
    assert_eq!((response.status, response.attempts), (200, 1));
    assert_eq!(response.body, DEAL);
    let note: Value = client.call(&GET_NOTE).path("id", "nt_1").send().unwrap();
    assert_eq!(note["id"], "dl_1");
    assert_eq!(client.quota().used, 4);
}

#[test]
fn pages_and_items_are_iterators() {
    let server = Elsewhere::start([page(&["dl_1"], None)]);
    let list: ListDeals<Client> = server.client().v2().deals().list().page_size(50);
    let page: Page<Deal> = list.send().unwrap();
    assert_eq!(page.len(), 1);
    let server = Elsewhere::start(three_pages());
    let list = server.client().v2().deals().list().page_size(2);
    let items = list.stream();
    assert_eq!(ids(items).unwrap(), ["dl_1", "dl_2", "dl_3", "dl_4"]);
    assert_eq!(
        server.targets(),
        [
            "/api/v2/deals?pageSize=2",
            "/api/v2/deals?pageSize=2&cursor=c2",
            "/api/v2/deals?pageSize=2&cursor=c3",
        ]
    );
    let server = Elsewhere::start(three_pages());
    let pages = server.client().v2().deals().list().pages();
    let lengths: Vec<usize> = pages.map(|page| page.unwrap().len()).collect();
    assert_eq!(lengths, [2, 1, 1]);
}

/// An adaptor that passes over errors comes to an end, and does not ask for the same page for ever.
#[test]
fn an_iterator_ends_with_an_error_that_lasts() {
    let server = Elsewhere::start([page(&["dl_1", "dl_2"], Some("c2")), Answer::json(401, "")]);
    let client = server.client();
    let mut items = client.v2().deals().list().stream();
    assert_eq!(items.by_ref().flatten().count(), 2);
    assert!(items.next().is_none());
    assert_eq!(server.targets().len(), 2);
    // On from where it failed.
    let rest = client.v2().deals().list().stream().resume(items.bookmark());
    assert!(ids(rest).unwrap_err().is_unauthorized());
    assert_eq!(client.v2().deals().list().pages().flatten().count(), 0);
}

#[test]
fn one_page_is_asked_for_at_a_time() {
    let server = Elsewhere::start(three_pages());
    let mut items = server.client().v2().deals().list().stream();
    items.next().unwrap().unwrap();
    items.next().unwrap().unwrap();
    assert_eq!(server.targets().len(), 1);
    items.next().unwrap().unwrap();
    assert_eq!(server.targets().len(), 2);
    assert_eq!(ids(items).unwrap(), ["dl_4"]);
}

#[test]
fn retries_deadlines_and_errors_are_the_same() {
    let refusal = Answer::with_headers(429, &["retry-after: 0"], "");
    let server = Elsewhere::start([refusal, Answer::json(404, "")]);
    let error = server
        .client()
        .v2()
        .deals()
        .get(heffl::DealId::new("dl_1"))
        .send()
        .unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert_eq!(server.targets().len(), 2);

    let server = Elsewhere::start([Answer::json(200, DEAL).after(Duration::from_secs(20))]);
    let call = server.client().v2().deals().get(heffl::DealId::new("dl_1"));
    let error = call
        .timeout(Duration::from_millis(100))
        .deadline(Duration::from_millis(300));
    assert!(error.send().unwrap_err().is_timeout());
}

#[test]
fn records_are_found_or_created() {
    let none = Answer::json(200, r#"{"data": [], "meta": {"hasMore": false}}"#);
    let ada = json!({"id": "ct_1", "name": "Ada", "email": "ada@example.com"});
    let list = json!({"data": [ada], "meta": {"hasMore": false}});
    let server = Elsewhere::start([
        none,
        Answer::json(200, &ada.to_string()),
        Answer::json(200, &list.to_string()),
    ]);
    let client = server.client();
    let contacts = client.v2().contacts();
    let body = CreateContact::new("Ada").email("ada@example.com");
    let found = contacts.find_or_create_by_email(body).send().unwrap();
    assert!(found.is_created());
    let one = contacts.find_by_email("ada@example.com").send().unwrap();
    assert_eq!(one.unwrap().id.as_str(), "ct_1");
    assert_eq!(
        contacts
            .find_by_email("ada@example.com")
            .all()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn threads_share_a_client() {
    let server = Elsewhere::start([Answer::json(200, DEAL)]);
    let client = server.client();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                client
                    .v2()
                    .deals()
                    .get(heffl::DealId::new("dl_1"))
                    .send()
                    .unwrap()
            });
        }
    });
    assert_eq!((server.targets().len(), client.quota().used), (8, 8));
}

/// Whatever a runtime looks like: an error for code that it polls, and an answer on threads that may
/// wait.
#[test]
fn async_code_gets_an_error_and_its_blocking_threads_an_answer() {
    let server = Elsewhere::start([Answer::json(200, DEAL)]);
    let client = server.client();
    let get = move || client.v2().deals().get(heffl::DealId::new("dl_1")).send();
    let refused = |result: Result<Deal, Error>| {
        let error = result.unwrap_err();
        assert!(matches!(error, Error::InvalidRequest { .. }), "{error}");
        assert!(error.to_string().contains("spawn_blocking"), "{error}");
    };
    let mut several = tokio::runtime::Builder::new_multi_thread();
    let mut one = tokio::runtime::Builder::new_current_thread();
    for builder in [several.worker_threads(1), &mut one] {
        let runtime = builder.enable_all().build().unwrap();
        runtime.block_on(async {
            refused(get());
            let in_a_task = get.clone();
            refused(tokio::spawn(async move { in_a_task() }).await.unwrap());
            let beside = get.clone();
            tokio::task::spawn_blocking(beside).await.unwrap().unwrap();
            // The task goes on as before.
            tokio::time::sleep(Duration::from_millis(1)).await;
        });
        let _entered = runtime.enter();
        get().unwrap();
    }
    assert_eq!(server.targets().len(), 4);
}

#[test]
fn a_list_in_async_code_is_an_error_too() {
    let server = Elsewhere::start(three_pages());
    let client = server.client();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async move {
        let mut items = client.v2().deals().list().stream();
        assert!(matches!(
            items.next(),
            Some(Err(Error::InvalidRequest { .. }))
        ));
        assert!(items.next().is_none());
        let mut pages = client.v2().deals().list().pages();
        assert!(matches!(
            pages.next(),
            Some(Err(Error::InvalidRequest { .. }))
        ));
        // The last client goes here, and its thread with it: that must not panic.
        drop((items, pages, client));
    });
    assert!(server.targets().is_empty());
}

#[test]
fn the_usual_bounds_hold() {
    fn send_and_sync<T: Send + Sync + Clone + 'static>(_: &T) {}
    let client = Client::new("s3cret").unwrap();
    send_and_sync(&client);
    send_and_sync(&client.v2().deals().list());
    let texts = format!(
        "{client:?} {:?} {:?}",
        client.v2(),
        client.v2().deals().get(heffl::DealId::new("private"))
    );
    assert!(
        !texts.contains("s3cret") && !texts.contains("private"),
        "{texts}"
    );
}
