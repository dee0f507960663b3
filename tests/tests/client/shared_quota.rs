//! One quota for several processes: `ClientBuilder::shared_quota`.

use std::{
    env, fs,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use futures_util::{FutureExt as _, future::join_all};
use heffl::{Client, ErrorKind, RetryPolicy};
use heffl_test_server::{Fault, TestServer};
use tokio::{
    process::{Child, Command},
    time::timeout,
};

const QUOTA: u32 = 30;
const WINDOW: Duration = Duration::from_secs(1);
/// The time limit of a test; it is reached only if the program hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// The variable that makes a test a child process; its value is the address of the server.
const SERVER: &str = "HEFFL_SHARED_SERVER";
const FOLDER: &str = "HEFFL_SHARED_FOLDER";

fn start() -> TestServer {
    TestServer::builder()
        .quota(QUOTA)
        .window(WINDOW)
        .start()
        .unwrap()
}

/// A client that uses the file as a separate process does. A refusal fails its call.
fn client(server: &str, folder: &Path) -> Client {
    let builder = Client::builder()
        .base_url(server)
        .api_key("heffl_user_test");
    let builder = builder
        .quota_window(WINDOW)
        .rate_limit(QUOTA)
        .retry(RetryPolicy::never());
    builder.shared_quota(folder).build().unwrap()
}

async fn calls(heffl: &Client, calls: usize) {
    let calls = (0..calls).map(|_| heffl.v2().tags().list().send());
    for result in join_all(calls).await {
        result.unwrap();
    }
}

fn child(test: &str, server: &TestServer, folder: &Path) -> Child {
    let mut child = Command::new(env::current_exe().unwrap());
    child
        .args(["--exact", test])
        .env(SERVER, server.base_url())
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .kill_on_drop(true);
    child.spawn().unwrap()
}

/// The client of a child process; `None` in the test itself.
fn as_child() -> Option<Client> {
    let (server, folder) = (env::var(SERVER).ok()?, env::var_os(FOLDER)?);
    Some(client(&server, Path::new(&folder)))
}

fn refused(server: &TestServer) -> usize {
    let requests = server.requests();
    requests
        .iter()
        .filter(|request| request.status == Some(429))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_refused_to_five_processes() {
    const CALLS: usize = 40;
    if let Some(heffl) = as_child() {
        return calls(&heffl, CALLS).await;
    }
    let (server, folder) = (start(), tempfile::tempdir().unwrap());
    let started = Instant::now();
    let children: Vec<Child> = (0..5)
        .map(|_| {
            child(
                "shared_quota::nothing_is_refused_to_five_processes",
                &server,
                folder.path(),
            )
        })
        .collect();
    for mut child in children {
        assert!(child.wait().await.unwrap().success());
    }
    assert_eq!(refused(&server), 0);
    assert_eq!(server.requests().len(), 5 * CALLS);
    // The requests of seven windows: six waits, and time to start and to respond.
    assert!(started.elapsed() < WINDOW * 20, "{:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_slots_of_a_killed_process_are_free_after_a_window() {
    if let Some(heffl) = as_child() {
        return calls(&heffl, 1000).await;
    }
    let (server, folder) = (start(), tempfile::tempdir().unwrap());
    let mut killed = child(
        "shared_quota::the_slots_of_a_killed_process_are_free_after_a_window",
        &server,
        folder.path(),
    );
    while server.requests().len() < 10 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    killed.kill().await.unwrap();
    let heffl = client(server.base_url(), folder.path());
    let started = Instant::now();
    timeout(LIMIT, calls(&heffl, QUOTA as usize)).await.unwrap();
    // A window, and the same time for a request that may have been in flight.
    assert!(started.elapsed() < WINDOW * 4, "{:?}", started.elapsed());
    assert_eq!(refused(&server), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_not_polled_or_is_dropped_blocks_no_other_process() {
    let (server, folder) = (start(), tempfile::tempdir().unwrap());
    let [one, other] = [(); 2].map(|()| client(server.base_url(), folder.path()));
    // As many calls as a window has slots, polled once and kept.
    let mut kept: Vec<_> = (0..QUOTA)
        .map(|_| Box::pin(one.v2().tags().list().send()))
        .collect();
    for call in &mut kept {
        assert!(call.as_mut().now_or_never().is_none());
    }
    timeout(LIMIT, calls(&other, QUOTA as usize * 2))
        .await
        .unwrap();
    kept.truncate(3);
    timeout(LIMIT, calls(&one, QUOTA as usize)).await.unwrap();
    timeout(LIMIT, join_all(kept)).await.unwrap();
    assert_eq!(refused(&server), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_holds_while_another_process_has_the_quota() {
    let server = TestServer::builder()
        .quota(QUOTA)
        .window(Duration::from_secs(60))
        .start()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = [(); 2].map(|()| {
        let builder = server
            .client_builder()
            .rate_limit(QUOTA)
            .shared_quota(folder.path());
        builder.build().unwrap()
    });
    calls(&one, QUOTA as usize).await;
    let started = Instant::now();
    let call = other
        .v2()
        .tags()
        .list()
        .into_call()
        .deadline(Duration::from_millis(300));
    let error = call.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::QuotaWait);
    assert!(
        error.retry_after().unwrap() > Duration::from_secs(30),
        "{error}"
    );
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_counts_the_requests_of_other_processes() {
    let (server, folder) = (start(), tempfile::tempdir().unwrap());
    let other = client(server.base_url(), folder.path());
    calls(&other, 10).await;
    // A process that starts later has sent nothing.
    let late = client(server.base_url(), folder.path());
    let status = late.quota();
    assert_eq!((status.used(), status.remaining()), (10, QUOTA - 10));
    assert_eq!(status.next_in(), Duration::ZERO);
    assert!(status.reset_in() > Duration::ZERO);
    calls(&other, QUOTA as usize - 10).await;
    let full = client(server.base_url(), folder.path()).quota();
    assert_eq!((full.used(), full.remaining()), (QUOTA, 0));
    assert!(full.next_in() > Duration::ZERO && full.next_in() <= full.reset_in());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_not_sent_frees_its_slot() {
    let server = TestServer::builder()
        .quota(QUOTA)
        .window(Duration::from_secs(60))
        .start()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let builder = || {
        server
            .client_builder()
            .rate_limit(QUOTA)
            .shared_quota(folder.path())
    };
    let trial = builder().dry_run(true).build().unwrap();
    for _ in 0..QUOTA * 2 {
        let create = trial
            .v2()
            .companies()
            .create(heffl::v2::CreateCompany::new("Northwind"));
        assert_eq!(create.await.unwrap_err().kind(), ErrorKind::Hook);
    }
    let other = builder().build().unwrap();
    timeout(LIMIT, calls(&other, QUOTA as usize)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_or_removed_file_is_replaced() {
    let (server, folder) = (start(), tempfile::tempdir().unwrap());
    let heffl = client(server.base_url(), folder.path());
    let file = fs::read_dir(folder.path())
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    for damage in [&b""[..], b"a torn en", &[0xff; 4000], &[0; 33]] {
        fs::write(&file, damage).unwrap();
        timeout(LIMIT, calls(&heffl, 5)).await.unwrap();
    }
    fs::remove_file(&file).unwrap();
    timeout(LIMIT, calls(&heffl, 5)).await.unwrap();
    assert!(file.exists());
    // Without its folder there is no file, and calls are sent.
    fs::remove_dir_all(folder.path()).unwrap();
    timeout(LIMIT, calls(&heffl, 5)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_wait_after_a_refusal_because_of_another_program() {
    let (server, folder) = (start(), tempfile::tempdir().unwrap());
    let builder = server
        .client_builder()
        .rate_limit(QUOTA)
        .shared_quota(folder.path());
    let heffl = builder.build().unwrap();
    server.spend_quota(QUOTA);
    timeout(LIMIT, calls(&heffl, 10)).await.unwrap();
    server.fail("listTags", Fault::Status(429)).unwrap();
    timeout(LIMIT, calls(&heffl, 10)).await.unwrap();
}

#[test]
fn the_file_is_named_by_a_hash_of_key_and_address() {
    let folder = tempfile::tempdir().unwrap();
    let names = || {
        let entries = fs::read_dir(folder.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    let build = |key: &str, address: &str| {
        let builder = Client::builder()
            .api_key(key)
            .base_url(address)
            .shared_quota(folder.path());
        builder.build().unwrap();
    };
    build("a-key-of-somebody", "http://127.0.0.1:1/api");
    build(" a-key-of-somebody ", "http://127.0.0.1:1/api");
    assert_eq!(names().len(), 1);
    build("another-key", "http://127.0.0.1:1/api");
    build("another-key", "http://127.0.0.1:2/api");
    assert_eq!(names().len(), 3);
    assert!(
        names()
            .iter()
            .all(|name| !name.contains("key") && name.len() == "heffl-quota-".len() + 32)
    );
}

#[test]
fn an_unusable_folder_is_reported_when_the_client_is_built() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = Client::builder()
        .api_key("your-key")
        .shared_quota(file.path())
        .build()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(
        error.to_string().contains("folder of the shared quota"),
        "{error}"
    );
}
