//! The texts of errors, their causes, and their redacted form for logs.

use std::{error::Error as _, future::pending, process::Command, time::Duration};

use heffl::{
    Client, ClientBuilder, Error, ErrorKind, Hook, RetryPolicy,
    hook::{BoxError, RequestParts},
    reqwest,
    v2::{CreateContact, CreateDeal},
};
use heffl_tests::{
    hostile::{Act, Hostile},
    server::{ClosedPort, Reply, Server},
};
use serde_json::json;

const KEY: &str = "s3cr3t-key";
/// Personal data, which every response of the server contains.
const PERSONAL: &str = "ada@example.com";

/// The text of an error, followed by the texts of its causes.
fn chain(error: &Error) -> Vec<String> {
    let mut texts = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(source) = cause {
        texts.push(source.to_string());
        cause = source.source();
    }
    texts
}

struct Refuse;

impl Hook for Refuse {
    async fn before_attempt(&self, _: &mut RequestParts<'_>) -> Result<(), BoxError> {
        Err(format!("{PERSONAL} is not allowed").into())
    }
}

struct Panic;

impl Hook for Panic {
    async fn before_attempt(&self, _: &mut RequestParts<'_>) -> Result<(), BoxError> {
        panic!("{PERSONAL} is unexpected")
    }
}

fn create(client: &Client) -> heffl::CallFuture<heffl::v2::Deal> {
    let body = CreateDeal::new(
        PERSONAL,
        heffl::ClientId::new("clt_1"),
        heffl::PipelineId::new("dpl_1"),
    );
    client.v2().deals().create(body).into_future()
}

async fn get(client: &Client) -> Error {
    client
        .v2()
        .deals()
        .get(heffl::DealId::new(PERSONAL))
        .await
        .unwrap_err()
}

async fn after(reply: Reply) -> Error {
    get(&Server::start([reply]).await.client(KEY)).await
}

fn refusal(status: u16) -> Reply {
    let error = json!({"code": "VALIDATION_ERROR", "message": format!("{PERSONAL} is taken"),
        "details": {"issues": [{"field": "email", "message": format!("{PERSONAL} is known")}]}});
    Reply::json(status, &json!({"error": error}).to_string())
}

/// An error of every variant, and several if it has several causes, with the beginning of its text
/// and a part of its last cause.
async fn all_errors() -> Vec<(Error, &'static str, Option<&'static str>)> {
    let build = |builder: ClientBuilder| builder.build().unwrap_err();
    let builder = || Client::builder().api_key(KEY);
    let closed = ClosedPort::reserve();
    let nobody = closed.builder(KEY).build().unwrap();
    let silent = Server::start([Reply::json(200, "{}").after(Duration::from_secs(30))]).await;
    let silent = silent.builder(KEY).timeout(Duration::from_millis(100));
    let cut_off = Server::start([Reply::truncated(200, r#"{"id": "dl_1"}"#)]).await;
    let hung_up = Hostile::start([Act::HangUpOnRequest]).await;
    let hung_up = builder()
        .base_url(format!("http://{}/api", hung_up.address()))
        .retry(RetryPolicy::never());
    let refusing = Server::start([refusal(503)]).await;
    let broken = json!({"data": [{"id": {"a": PERSONAL}}, {"id": "dl_2"}]});
    let broken = Server::start([Reply::json(200, &broken.to_string())]).await;
    let two =
        json!({"data": [{"id": "ct_1", "email": PERSONAL}, {"id": "ct_2", "email": PERSONAL}]});
    let two = Server::start([Reply::json(200, &two.to_string())]).await;
    let endless =
        json!({"data": [{"id": "dl_1"}], "meta": {"nextCursor": PERSONAL, "hasMore": true}});
    let endless = Server::start([Reply::json(200, &endless.to_string())]).await;
    let quota = Server::start([Reply::json(200, r#"{"id": "dl_1"}"#)]).await;
    let quota = quota.builder(KEY).rate_limit(1).build().unwrap();
    quota
        .v2()
        .deals()
        .get(heffl::DealId::new("dl_1"))
        .await
        .unwrap();
    let hooked = |builder: ClientBuilder| builder.build().unwrap();
    let deal = Client::new(KEY)
        .unwrap()
        .v2()
        .deals()
        .get(heffl::DealId::new("dl_1"))
        .read(
            json!({"id": "dl_1", "cf_size": PERSONAL})
                .to_string()
                .as_bytes(),
        )
        .unwrap();
    let no_runtime = tokio::task::spawn_blocking(|| {
        std::thread::spawn(|| block_on(get(&Client::new(KEY).unwrap()))).join()
    });
    vec![
        (
            build(builder().base_url("https://proxy.example.com:99999999999/api")),
            "invalid settings: the base URL has no port",
            None,
        ),
        (
            build(builder().base_url("https://[secret]/api")),
            "invalid settings: the base URL cannot be read",
            Some("invalid IPv6 address"),
        ),
        (
            build(builder().http(|http| http.user_agent("\n"))),
            "invalid settings: the HTTP client cannot be built",
            Some("failed to parse header value"),
        ),
        (
            Client::new(KEY)
                .unwrap()
                .v2()
                .deals()
                .get(heffl::DealId::new(".."))
                .await
                .unwrap_err(),
            "invalid request: getDeal: ",
            None,
        ),
        (
            deal.custom_fields.get::<u32>("cf_size").unwrap_err(),
            "custom field \"cf_size\": ",
            None,
        ),
        (
            get(&silent.build().unwrap()).await,
            "getDeal: no response in time",
            Some("timed out"),
        ),
        (
            get(&nobody).await,
            "getDeal: no connection to the server",
            Some("refused"),
        ),
        (
            create(&nobody).await.unwrap_err(),
            "createDeal: no connection to the server",
            Some("refused"),
        ),
        (
            get(&cut_off.client(KEY)).await,
            "getDeal: the connection failed",
            Some(""),
        ),
        (
            create(&hung_up.build().unwrap()).await.unwrap_err(),
            "createDeal: the connection failed (outcome unknown: it may have been done)",
            Some("connection closed before message completed"),
        ),
        (
            after(refusal(400)).await,
            "getDeal: 400 VALIDATION_ERROR: ada@example.com is taken (email: ada@example.com is known)",
            None,
        ),
        (
            create(&refusing.client(KEY)).await.unwrap_err(),
            "createDeal: 503 VALIDATION_ERROR: ada@example.com is taken \
             (email: ada@example.com is known) (outcome unknown: it may have been done)",
            None,
        ),
        (
            after(Reply::json(200, &json!({"id": [PERSONAL]}).to_string())).await,
            "getDeal: response 200 cannot be read at ",
            None,
        ),
        (
            broken
                .client(KEY)
                .v2()
                .deals()
                .list()
                .stream()
                .try_next()
                .await
                .unwrap_err(),
            "listDeals: an item cannot be read at data[0].id",
            None,
        ),
        (
            quota
                .v2()
                .deals()
                .get(heffl::DealId::new("dl_1"))
                .deadline(Duration::from_secs(1))
                .await
                .unwrap_err(),
            "getDeal: the quota permits it in 60 seconds, after the deadline",
            None,
        ),
        (
            get(&hooked(builder().hook(Refuse))).await,
            "getDeal: a hook refused the request",
            Some("ada@example.com is not allowed"),
        ),
        (
            get(&hooked(builder().hook(Panic))).await,
            "getDeal: a hook panicked in `before_attempt`",
            Some("ada@example.com is unexpected"),
        ),
        (
            no_runtime.await.unwrap().unwrap(),
            "getDeal: the call was polled outside of a Tokio runtime",
            None,
        ),
        (
            two.client(KEY)
                .v2()
                .contacts()
                .find_or_create_by_email(CreateContact::new(PERSONAL).email(PERSONAL))
                .await
                .unwrap_err(),
            "listContacts: 2 records match: ct_1, ct_2",
            None,
        ),
        (
            endless
                .client(KEY)
                .v2()
                .deals()
                .list()
                .stream()
                .try_collect()
                .await
                .unwrap_err(),
            "listDeals: the server repeated a cursor",
            None,
        ),
    ]
}

/// Polls a future without timers, reactor or runtime.
fn block_on<F: Future>(future: F) -> F::Output {
    use std::{
        sync::Arc,
        task::{Context, Poll, Wake, Waker},
        thread::{Thread, current, park},
    };

    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let mut future = std::pin::pin!(future);
    let waker = Waker::from(Arc::new(Unpark(current())));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => park(),
        }
    }
}

/// A small error keeps results small.
#[tokio::test]
async fn an_error_is_one_pointer_and_can_be_cloned() {
    assert_eq!(size_of::<Error>(), size_of::<usize>());
    for (error, ..) in all_errors().await {
        let clone = error.clone();
        assert_eq!(format!("{clone:#}"), format!("{error:#}"));
        assert_eq!(clone.kind(), error.kind());
    }
}

/// An error that is printed with its causes repeats nothing, and omits nothing.
#[tokio::test]
async fn every_error_keeps_its_causes_and_repeats_none() {
    for (error, begin, cause) in all_errors().await {
        let texts = chain(&error);
        assert!(texts[0].starts_with(begin), "{texts:?}");
        assert_eq!(texts.len() > 1, cause.is_some(), "{texts:?}");
        if let Some(cause) = cause {
            assert!(texts.last().unwrap().contains(cause), "{texts:?}");
        }
        for (index, text) in texts.iter().enumerate() {
            for (other, repeated) in texts.iter().enumerate() {
                let repeats = text.to_lowercase().contains(&repeated.to_lowercase());
                assert!(index == other || !repeats, "{texts:?}");
            }
        }
        assert_eq!(format!("{error:#}"), texts.join(": "));
        assert!(!format!("{error:#} {error:?}").contains(KEY), "{texts:?}");
    }
}

/// The redacted form has the same beginning, and no text of a server, a caller or a hook.
#[tokio::test]
async fn a_redacted_error_shows_no_text_of_the_server_or_the_caller() {
    for (error, ..) in all_errors().await {
        let redacted = error.redacted().to_string();
        assert_eq!(format!("{:?}", error.redacted()), redacted);
        for foreign in [
            PERSONAL,
            "ada",
            "email",
            "cf_size",
            "ct_1",
            "taken",
            KEY,
            "127.0.0.1",
        ] {
            assert!(!redacted.contains(foreign), "{redacted}");
        }
        if let Some(operation) = error.operation() {
            assert!(
                redacted.starts_with(&format!("{}: ", operation.id())),
                "{redacted}"
            );
        }
        if let Some(status) = error.status() {
            assert!(redacted.contains(&status.to_string()), "{redacted}");
        }
        assert_eq!(
            redacted.ends_with("(outcome unknown: it may have been done)"),
            error.is_outcome_unknown()
        );
    }
    let closed = ClosedPort::reserve();
    assert_eq!(
        get(&closed.builder(KEY).build().unwrap())
            .await
            .redacted()
            .to_string(),
        "getDeal: no connection to the server (connection refused)"
    );
    let refused = after(refusal(400)).await;
    assert_eq!(
        refused.redacted().to_string(),
        "getDeal: 400 VALIDATION_ERROR"
    );
    let odd = r#"{"error": {"code": "ADA_EXISTS", "message": "Ada"}}"#;
    let odd = after(Reply::json(409, odd)).await;
    assert_eq!(odd.redacted().to_string(), "getDeal: 409: Conflict");
}

/// Runs this test in a child process with these variables. Returns whether this process is the child.
fn is_child(test: &str, variables: &[(&str, &str)]) -> bool {
    const MARK: &str = "HEFFL_TEST_CHILD";
    if std::env::var_os(MARK).is_some() {
        return true;
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(MARK, "1")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&child.stdout);
    assert!(
        child.status.success() && text.contains("1 passed"),
        "{text}{}",
        String::from_utf8_lossy(&child.stderr)
    );
    false
}

#[cfg(target_os = "linux")]
#[test]
fn without_certificates_the_error_has_the_fix_and_loopback_works() {
    let nowhere = [
        ("SSL_CERT_FILE", "/nonexistent"),
        ("SSL_CERT_DIR", "/nonexistent"),
    ];
    let name = "errors::without_certificates_the_error_has_the_fix_and_loopback_works";
    if !is_child(name, &nowhere) {
        return;
    }
    let error = Client::new(KEY).unwrap_err();
    let text = error.to_string();
    for part in ["no CA certificates", "`ca-certificates`", "SSL_CERT_FILE"] {
        assert!(text.contains(part), "{text}");
    }
    let causes = chain(&error);
    assert!(
        causes
            .last()
            .unwrap()
            .contains("No CA certificates were loaded"),
        "{causes:?}"
    );
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let server = Server::start([Reply::json(200, r#"{"id": "dl_1"}"#)]).await;
        let idle = Duration::from_secs(1);
        for client in [
            server.client(KEY),
            server
                .builder(KEY)
                .http(move |http| http.pool_idle_timeout(idle))
                .build()
                .unwrap(),
            server
                .builder(KEY)
                .base_url("http://localhost/api")
                .proxy(server.url())
                .build()
                .unwrap(),
        ] {
            client
                .v2()
                .deals()
                .get(heffl::DealId::new("dl_1"))
                .await
                .unwrap();
        }
    });
    let stand_in = heffl_test_server::TestServer::start().unwrap();
    stand_in.client().unwrap();
}

#[test]
fn a_proxy_of_the_environment_with_an_unsupported_scheme_is_named_when_the_client_is_built() {
    let name = "errors::a_proxy_of_the_environment_with_an_unsupported_scheme_is_named_when_the_client_is_built";
    if !is_child(
        name,
        &[
            ("ALL_PROXY", "socks5://user:s3cret@127.0.0.1:9"),
            ("HTTPS_PROXY", ""),
        ],
    ) {
        return;
    }
    let error = Client::new(KEY).unwrap_err();
    let text = format!("{error:#} {error:?}");
    for part in ["ALL_PROXY", "`socks5`", "feature `socks`"] {
        assert!(text.contains(part), "{text}");
    }
    assert!(!text.contains("s3cret"), "{text}");
    // It is not used for requests to this machine, or if the program sets its own proxy.
    let builder = || Client::builder().api_key(KEY);
    builder().base_url("http://localhost/api").build().unwrap();
    builder()
        .http(reqwest::ClientBuilder::no_proxy)
        .build()
        .unwrap();
    builder().proxy("http://127.0.0.1:9").build().unwrap();
}

#[test]
fn a_given_proxy_with_an_unsupported_scheme_is_named_when_the_client_is_built() {
    let proxy = "socks5://user:s3cret@127.0.0.1:9";
    let error = Client::builder().api_key(KEY).proxy(proxy).build();
    let error = error.unwrap_err();
    assert!(error.kind() == ErrorKind::Config, "{error:?}");
    assert!(!error.is_retryable());
    let text = format!("{error:#} {error:?}");
    assert!(text.contains("the proxy has the scheme `socks5`"), "{text}");
    assert!(!text.contains("s3cret"), "{text}");
}

/// Proxies in the settings of the HTTP client itself are not checked when the client is built.
#[tokio::test]
async fn a_proxy_with_an_unsupported_scheme_in_the_http_settings_is_among_the_causes() {
    let proxy = || reqwest::Proxy::all("socks5://user:s3cret@127.0.0.1:9").unwrap();
    let client = Client::builder()
        .api_key(KEY)
        .http(move |http| http.proxy(proxy()))
        .retry(RetryPolicy::new().base_delay(Duration::from_millis(1)))
        .build()
        .unwrap();
    let error = get(&client).await;
    let text = format!("{error:#} {error:?}");
    assert!(
        text.contains("socks5") && !text.contains("s3cret"),
        "{text}"
    );
}

/// The server runs in another thread, and keeps its connections open.
#[test]
fn a_client_outlives_the_runtime_that_it_was_first_used_on() {
    let server = heffl_test_server::TestServer::start().unwrap();
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().unwrap()
    };
    for is_gone in [true, false] {
        let first = runtime();
        let limit = Duration::from_secs(2);
        let client = server.client_builder().timeout(limit).build().unwrap();
        first.block_on(async { client.v2().deals().list().send().await.unwrap() });
        let first = if is_gone {
            drop(first);
            None
        } else {
            // Nothing polls this runtime, so its connections are open but dead.
            Some(first)
        };
        let began = std::time::Instant::now();
        let second = runtime();
        let result = second.block_on(async {
            let call = client.v2().deals().list().into_call();
            call.retry(RetryPolicy::never()).await
        });
        match result {
            Ok(_) => {}
            Err(error) => assert!(!is_gone && error.is_retryable(), "{error:?}"),
        }
        assert!(began.elapsed() < Duration::from_secs(20));
        // The dead connection is not used a second time.
        second.block_on(async { client.v2().deals().list().send().await.unwrap() });
        drop(first);
    }
}

#[test]
fn a_call_outside_of_tokio_is_an_error_and_the_client_works_afterwards() {
    let server = heffl_test_server::TestServer::start().unwrap();
    let client = server.client().unwrap();
    let outside = || {
        let client = client.clone();
        std::thread::spawn(move || block_on(async move { client.v2().deals().list().send().await }))
            .join()
            .unwrap()
    };
    let error = outside().unwrap_err();
    assert!(error.kind() == ErrorKind::Runtime, "{error:?}");
    assert!(error.to_string().contains("#[tokio::main]") && !error.is_retryable());
    let stream = std::thread::spawn({
        let client = client.clone();
        move || block_on(async move { client.v2().deals().list().stream().try_next().await })
    });
    let error = stream.join().unwrap().unwrap_err();
    assert!(error.kind() == ErrorKind::Runtime, "{error:?}");

    let create = |client: &Client| {
        let body = CreateContact::new("Ada").email("ada@example.com");
        client.v2().contacts().create(body).into_future()
    };
    let mut builder = tokio::runtime::Builder::new_current_thread();
    for (runtime, part) in [
        (builder.build().unwrap(), "timers"),
        (builder.enable_time().build().unwrap(), "I/O"),
    ] {
        let error = runtime.block_on(create(&client)).unwrap_err();
        assert!(error.kind() == ErrorKind::Runtime, "{error:?}");
        assert!(error.to_string().contains(part), "{error}");
        assert!(error.to_string().contains("enable_all"), "{error}");
    }
    assert!(server.requests().is_empty());
    let whole = builder.enable_all().build().unwrap();
    whole.block_on(create(&client)).unwrap();
    assert_eq!(server.records("contacts").len(), 1);
}

/// A create that was in flight may have been processed.
#[test]
fn a_call_fails_if_its_runtime_ends_first() {
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().unwrap()
    };
    let (servers, first, second) = (runtime(), runtime(), runtime());
    let server = servers.block_on(Hostile::start([Act::Silence]));
    let client = Client::builder()
        .api_key(KEY)
        .base_url(format!("http://{}/api", server.address()))
        .timeout(Duration::from_secs(5))
        .build()
        .unwrap();
    std::thread::spawn(move || servers.block_on(pending::<()>()));
    let mut call = create(&client);
    first.block_on(async {
        let soon = tokio::time::sleep(Duration::from_millis(300));
        tokio::select! {
            result = &mut call => panic!("{result:?}"),
            () = soon => {}
        }
    });
    drop(first);
    let error = second.block_on(call).unwrap_err();
    assert!(error.is_outcome_unknown(), "{error:?}");
}
