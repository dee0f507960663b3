//! Blocking calls over real sockets.

use std::{
    cell::RefCell,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, mpsc},
    task::Poll,
    time::Duration,
};

use heffl::{
    Client, Error, ErrorKind, Page, RetryPolicy,
    hook::{AttemptInfo, Hook},
    reqwest,
    v2::{CreateContact, CreateDeal, Deal},
};
use heffl_test_server::TestServer;
use heffl_tests::server::{Reply, Server};
use serde_json::{Value, json};

const DEAL: &str = r#"{"id": "dl_1", "title": "Gadgets"}"#;

/// A server in a runtime of its own.
struct SeparateServer {
    server: Server,
    _runtime: tokio::runtime::Runtime,
}

impl SeparateServer {
    fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let server = runtime.block_on(Server::start(replies));
        Self {
            server,
            _runtime: runtime,
        }
    }

    fn client(&self) -> Client {
        self.builder().build().unwrap()
    }

    fn builder(&self) -> heffl::ClientBuilder {
        Client::builder()
            .api_key("secret")
            .base_url(format!("{}/api", self.server.url()))
    }

    fn targets(&self) -> Vec<String> {
        let recorded = self.server.recorded().into_iter();
        recorded.map(|request| request.target).collect()
    }
}

fn page(ids: &[&str], cursor: Option<&str>) -> Reply {
    let data: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
    let body = json!({"data": data, "meta": {"nextCursor": cursor, "hasMore": cursor.is_some()}});
    Reply::json(200, &body.to_string())
}

fn three_pages() -> Vec<Reply> {
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
fn calls_wait_for_the_response() {
    let server = SeparateServer::start([Reply::json(200, DEAL)]);
    let client = server.client();
    let deals = client.v2().deals();
    let deal: Deal = deals
        .get(heffl::DealId::new("dl_1"))
        .send_blocking()
        .unwrap();
    assert_eq!(deal.title.as_deref(), Some("Gadgets"));
    let body = CreateDeal::new(
        "Gadgets",
        heffl::ClientId::new("clt_1"),
        heffl::PipelineId::new("dpl_1"),
    );
    assert_eq!(
        deals.create(body).send_blocking().unwrap().id.as_str(),
        "dl_1"
    );
    let response = deals
        .get(heffl::DealId::new("dl_1"))
        .send_for_response_blocking()
        .unwrap();
    assert_eq!((response.status(), response.attempts()), (200, 1));
    assert_eq!(response.body(), DEAL);
    let note: Value = client
        .request("GET", "/v2/notes/{id}")
        .path("id", "nt_1")
        .send_blocking()
        .unwrap();
    assert_eq!(note["id"], "dl_1");
    assert_eq!(client.quota().used(), 4);
}

#[test]
fn pages_and_items_are_iterators() {
    let server = SeparateServer::start([page(&["dl_1"], None)]);
    let list = server.client().v2().deals().list().page_size(50);
    let page: Page<Deal> = list.send_blocking().unwrap();
    assert_eq!(page.len(), 1);
    let server = SeparateServer::start(three_pages());
    let list = server.client().v2().deals().list().page_size(2);
    let items = list.stream().blocking();
    assert_eq!(ids(items).unwrap(), ["dl_1", "dl_2", "dl_3", "dl_4"]);
    assert_eq!(
        server.targets(),
        [
            "/api/v2/deals?pageSize=2",
            "/api/v2/deals?pageSize=2&cursor=c2",
            "/api/v2/deals?pageSize=2&cursor=c3",
        ]
    );
    let server = SeparateServer::start(three_pages());
    let pages = server.client().v2().deals().list().pages();
    let lengths: Vec<usize> = pages.blocking().map(|page| page.unwrap().len()).collect();
    assert_eq!(lengths, [2, 1, 1]);
}

/// An adaptor that skips errors comes to an end, and does not request the same page for ever.
#[test]
fn an_iterator_ends_with_a_permanent_error() {
    let server = SeparateServer::start([page(&["dl_1", "dl_2"], Some("c2")), Reply::json(401, "")]);
    let client = server.client();
    let mut items = client.v2().deals().list().stream().blocking();
    assert_eq!(items.by_ref().flatten().count(), 2);
    assert!(items.next().is_none());
    assert_eq!(server.targets().len(), 2);
    assert_eq!(
        client
            .v2()
            .deals()
            .list()
            .pages()
            .blocking()
            .flatten()
            .count(),
        0
    );
}

#[test]
fn a_list_continues_after_an_error_and_from_a_bookmark() {
    let server = SeparateServer::start([
        page(&["dl_1", "dl_2"], Some("c2")),
        Reply::json(401, ""),
        page(&["dl_3", "dl_4"], None),
    ]);
    let client = server.client();
    let mut items = client.v2().deals().list().stream();
    let mut next = || Ok(items.try_next_blocking()?.map(|deal| deal.id.to_string()));
    let mut read: Vec<Result<Option<String>, Error>> = (0..4).map(|_| next()).collect();
    assert!(read.remove(2).unwrap_err().is_unauthorized());
    let read: Vec<String> = read.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(read, ["dl_1", "dl_2", "dl_3"]);
    let rest = client.v2().deals().list().stream().resume(items.bookmark());
    assert_eq!(ids(rest.blocking()).unwrap(), ["dl_4"]);
}

/// The poll has started a call in a runtime that is blocked now, so the page is requested again.
#[test]
fn a_polled_list_continues_with_blocking_calls() {
    let server = SeparateServer::start([page(&["dl_1"], None).after(Duration::from_millis(200))]);
    for runtime in runtimes() {
        let mut items = server.client().v2().deals().list().stream();
        runtime.block_on(async {
            let poll = tokio::time::timeout(Duration::from_millis(50), items.try_next());
            assert!(poll.await.is_err());
            assert_eq!(ids(items.blocking()).unwrap(), ["dl_1"]);
        });
    }
}

#[test]
fn one_page_is_requested_at_a_time() {
    let server = SeparateServer::start(three_pages());
    let list = server.client().v2().deals().list();
    let mut items = list.stream().blocking();
    items.next().unwrap().unwrap();
    items.next().unwrap().unwrap();
    assert_eq!(server.targets().len(), 1);
    items.next().unwrap().unwrap();
    assert_eq!(server.targets().len(), 2);
    assert_eq!(ids(items).unwrap(), ["dl_4"]);
}

#[test]
fn retries_deadlines_and_errors_are_the_same() {
    let refusal = Reply::with_headers(429, &["retry-after: 0"], "");
    let server = SeparateServer::start([refusal, Reply::json(404, "")]);
    let error = server
        .client()
        .v2()
        .deals()
        .get(heffl::DealId::new("dl_1"))
        .send_blocking()
        .unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert_eq!(server.targets().len(), 2);

    let server = SeparateServer::start([Reply::json(200, DEAL).after(Duration::from_secs(20))]);
    let call = server.client().v2().deals().get(heffl::DealId::new("dl_1"));
    let error = call
        .timeout(Duration::from_millis(100))
        .deadline(Duration::from_millis(300));
    assert!(error.send_blocking().unwrap_err().is_timeout());
}

#[test]
fn records_are_found_or_created() {
    let none = Reply::json(200, r#"{"data": [], "meta": {"hasMore": false}}"#);
    let ada = json!({"id": "ct_1", "name": "Ada", "email": "ada@example.com"});
    let list = json!({"data": [ada], "meta": {"hasMore": false}});
    let server = SeparateServer::start([
        none,
        Reply::json(200, &ada.to_string()),
        Reply::json(200, &list.to_string()),
    ]);
    let client = server.client();
    let contacts = client.v2().contacts();
    let body = CreateContact::new("Ada").email("ada@example.com");
    let found = contacts
        .find_or_create_by_email(body)
        .send_blocking()
        .unwrap();
    assert!(found.is_created());
    let one = contacts
        .find_by_email("ada@example.com")
        .send_blocking()
        .unwrap();
    assert_eq!(one.unwrap().id.as_str(), "ct_1");
    assert_eq!(
        contacts
            .find_by_email("ada@example.com")
            .all_blocking()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn threads_share_a_client() {
    let server = SeparateServer::start([Reply::json(200, DEAL)]);
    let client = server.client();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                client
                    .v2()
                    .deals()
                    .get(heffl::DealId::new("dl_1"))
                    .send_blocking()
                    .unwrap()
            });
        }
    });
    assert_eq!((server.targets().len(), client.quota().used()), (8, 8));
}

fn runtimes() -> [tokio::runtime::Runtime; 2] {
    let mut several = tokio::runtime::Builder::new_multi_thread();
    let mut one = tokio::runtime::Builder::new_current_thread();
    [several.worker_threads(1), &mut one].map(|builder| builder.enable_all().build().unwrap())
}

/// Uses up the task's budget, as many steps do: futures of Tokio then make no
/// progress until the task has yielded.
async fn use_up_the_budget() {
    poll_fn(|context| {
        while let Poll::Ready(step) = tokio::task::coop::poll_proceed(context) {
            step.made_progress();
        }
        Poll::Ready(())
    })
    .await;
}

/// Makes a call when it is dropped.
struct CallsInDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for CallsInDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[test]
fn a_call_works_in_every_context_of_a_runtime() {
    let server = SeparateServer::start([Reply::json(200, DEAL)]);
    let client = server.client();
    let get = move || {
        client
            .v2()
            .deals()
            .get(heffl::DealId::new("dl_1"))
            .send_blocking()
            .unwrap()
    };
    let mut calls = 0;
    let mut called = |more: usize| {
        calls += more;
        assert_eq!(server.targets().len(), calls);
    };
    for runtime in runtimes() {
        runtime.block_on(async { get() });
        let in_task = get.clone();
        let task = async move { in_task() };
        runtime.block_on(runtime.spawn(task)).unwrap();
        called(2);
        let without_budget = get.clone();
        let task = async move {
            use_up_the_budget().await;
            without_budget();
            // The task continues.
            tokio::time::sleep(Duration::from_millis(1)).await;
        };
        runtime.block_on(runtime.spawn(task)).unwrap();
        called(1);
        let local = tokio::task::LocalSet::new();
        local.block_on(&runtime, async { get() });
        let pool = runtime.spawn_blocking(get.clone());
        runtime.block_on(pool).unwrap();
        let _entered = runtime.enter();
        get();
        called(3);
    }
}

/// A connection that async code has left in the pool needs its runtime, which is blocked now.
#[test]
fn a_call_works_after_an_async_one_of_the_same_runtime() {
    // Unlike the other server, it keeps connections open.
    let server = TestServer::start().unwrap();
    for runtime in runtimes() {
        let client = server
            .client_builder()
            .timeout(Duration::from_secs(5))
            .retry(RetryPolicy::never())
            .build()
            .unwrap();
        runtime.block_on(async move {
            for _ in 0..2 {
                client.v2().users().list().await.unwrap();
                client.v2().users().list().send_blocking().unwrap();
            }
        });
    }
    assert_eq!(server.requests().len(), 8);
}

#[test]
fn a_call_works_while_a_runtime_is_shut_down() {
    let server = SeparateServer::start([Reply::json(200, DEAL)]);
    for runtime in runtimes() {
        let client = server.client();
        let (sender, results) = mpsc::channel();
        let guard = CallsInDrop(move || {
            let result = client
                .v2()
                .deals()
                .get(heffl::DealId::new("dl_1"))
                .send_blocking();
            sender.send(result).unwrap();
        });
        runtime.spawn(async move {
            let _guard = guard;
            std::future::pending::<()>().await;
        });
        runtime.block_on(tokio::task::yield_now());
        drop(runtime);
        results.recv().unwrap().unwrap();
    }
}

#[test]
fn a_call_works_while_a_thread_ends() {
    type Guard = CallsInDrop<Box<dyn FnMut()>>;
    thread_local!(static GUARD: RefCell<Option<Guard>> = const { RefCell::new(None) });

    let server = SeparateServer::start([Reply::json(200, DEAL)]);
    let client = server.client();
    let (sender, results) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        // Tokio's thread-local data is created after the guard, and destroyed before it.
        let guard = move || {
            let result = client
                .v2()
                .deals()
                .get(heffl::DealId::new("dl_1"))
                .send_blocking();
            sender.send(result).unwrap();
        };
        GUARD.set(Some(CallsInDrop(Box::new(guard))));
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(tokio::task::yield_now());
    });
    thread.join().unwrap();
    results.recv().unwrap().unwrap();
}

/// A hook that makes one call.
struct CallsInHook {
    client: Arc<Mutex<Option<Client>>>,
    result: mpsc::Sender<Result<Deal, Error>>,
}

impl Hook for CallsInHook {
    async fn after_attempt(&self, _: &AttemptInfo<'_>) {
        let client = self.client.lock().unwrap().take();
        if let Some(client) = client {
            let result = client
                .v2()
                .deals()
                .get(heffl::DealId::new("dl_2"))
                .send_blocking();
            self.result.send(result).unwrap();
        }
    }
}

#[test]
fn a_blocking_call_in_a_hook_of_a_blocking_call_is_an_error() {
    let server = SeparateServer::start([Reply::json(200, DEAL)]);
    for other in [false, true] {
        let (sender, results) = mpsc::channel();
        let in_hook = Arc::new(Mutex::new(None));
        let hook = CallsInHook {
            client: Arc::clone(&in_hook),
            result: sender,
        };
        let client = server.builder().hook(hook).build().unwrap();
        let called = if other {
            server.client()
        } else {
            client.clone()
        };
        *in_hook.lock().unwrap() = Some(called);
        client
            .v2()
            .deals()
            .get(heffl::DealId::new("dl_1"))
            .send_blocking()
            .unwrap();
        let error = results.recv().unwrap().unwrap_err();
        assert!(error.kind() == ErrorKind::Runtime, "{error}");
        assert!(error.to_string().contains("a hook"), "{error}");
    }
    assert_eq!(server.targets().len(), 2);
}

#[test]
fn a_panic_of_the_program_s_code_reaches_the_caller() {
    struct Panics;

    impl reqwest::dns::Resolve for Panics {
        fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
            panic!("no resolver today")
        }
    }

    let client = Client::builder()
        .api_key("secret")
        .base_url("http://localhost:9/api")
        .http(|http| http.dns_resolver(Arc::new(Panics)))
        .build()
        .unwrap();
    let call = || {
        client
            .v2()
            .deals()
            .get(heffl::DealId::new("dl_1"))
            .send_blocking()
    };
    let panic = catch_unwind(AssertUnwindSafe(call)).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"no resolver today"));
}

#[test]
fn lists_are_send_and_sync_and_can_be_cloned() {
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
