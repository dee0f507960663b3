//! A table of faults of servers, gateways and networks, with the expected end of each call.
//!
//! Also, in every row, the call ends, nothing panics, no error shows the key, the key was sent only to
//! the right host, and no item of a list is lost or returned twice.

mod connections;
mod content;
mod lists;
mod quota;
mod redirects;

use std::{fmt::Write as _, sync::Arc, time::Duration};

use heffl::{
    Client, Error, ErrorKind, RetryPolicy,
    v2::{CreateDeal, UpdateDeal},
};
use heffl_tests::hostile::{Act, Hostile};
use tokio::{sync::Semaphore, task::JoinSet, time::timeout};

const KEY: &str = "s3cr3t-key";
const DEAL: &str = r#"{"id": "dl_1"}"#;
/// The timeout of an attempt in scenarios about waiting.
const WAITING: Duration = Duration::from_millis(1500);
/// The number of concurrent scenarios.
const AT_A_TIME: usize = 24;
/// The largest response that the clients read, in bytes.
const LIMIT: usize = 64 << 10;

/// The call of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Get,
    /// Two calls in turn with the same client.
    GetTwice,
    Create,
    /// A create that may be sent again.
    CreateAgain,
    Update,
    Delete,
    /// All items of all pages.
    List,
    GetOf(&'static str),
    GetWithHeader(&'static str),
}

/// The end of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    /// A response.
    Done,
    Items(Vec<&'static str>),
    /// An error response.
    Status(u16),
    Undecodable,
    Timeout,
    Transport,
    /// The outcome is unknown.
    Unknown,
    /// Nothing was sent.
    Invalid,
    /// A cursor was repeated after these items.
    Paging(Vec<&'static str>),
}

/// A scenario.
struct Row {
    name: &'static str,
    acts: Vec<Act>,
    call: Call,
    end: End,
    /// The number of complete requests that must have arrived.
    requests: usize,
    /// The timeout of an attempt; long if the result must not depend on the speed of the machine.
    patience: Duration,
    /// The shortest time of the call: the server requests this wait.
    at_least: Duration,
}

fn row(name: &'static str, acts: Vec<Act>, call: Call, end: End, requests: usize) -> Row {
    let waits = acts
        .iter()
        .any(|act| matches!(act, Act::Silence | Act::Dribble(..)));
    let patience = if waits {
        WAITING
    } else {
        Duration::from_secs(60)
    };
    Row {
        name,
        acts,
        call,
        end,
        requests,
        patience,
        at_least: Duration::ZERO,
    }
}

impl Row {
    fn at_least(mut self, seconds: u64) -> Self {
        self.at_least = Duration::from_secs(seconds);
        self
    }

    /// Sets a short timeout, for endless responses without a size.
    fn impatient(mut self) -> Self {
        self.patience = WAITING;
        self
    }
}

fn deal() -> Act {
    Act::reply(200, &[], DEAL)
}

fn status(status: u16, headers: &[&str]) -> Act {
    Act::reply(
        status,
        headers,
        r#"{"error": {"code": "WHATEVER", "message": "no"}}"#,
    )
}

fn raw(text: impl AsRef<[u8]>) -> Act {
    Act::Send(text.as_ref().to_vec())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_scenario_ends_as_it_must() {
    let rows: Vec<Row> = [
        quota::rows(),
        connections::rows(),
        content::rows(),
        redirects::rows(),
        lists::rows(),
    ]
    .into_iter()
    .flatten()
    .collect();
    assert!(rows.len() >= 60, "{}", rows.len());
    println!("{} scenarios", rows.len());
    let turns = Arc::new(Semaphore::new(AT_A_TIME));
    let mut scenarios = JoinSet::new();
    for row in rows {
        let turn = Arc::clone(&turns).acquire_owned();
        scenarios.spawn(async move {
            let _turn = turn.await;
            let name = format!("{}, {:?}", row.name, row.call);
            match timeout(Duration::from_secs(240), play(row)).await {
                Ok(problems) => (name, problems),
                Err(_) => (name, "  the call does not end\n".to_owned()),
            }
        });
    }
    let mut failures = String::new();
    while let Some(ended) = scenarios.join_next().await {
        let (name, problems) = ended.unwrap();
        if !problems.is_empty() {
            write!(failures, "{name}:\n{problems}").unwrap();
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}

/// Runs a scenario, and returns the problems.
async fn play(row: Row) -> String {
    let foreign = Hostile::start([deal()]).await;
    let place = |bytes: Vec<u8>| match String::from_utf8(bytes) {
        Ok(text) => text
            .replace("{foreign}", &foreign.address().to_string())
            .into_bytes(),
        Err(error) => error.into_bytes(),
    };
    let acts = row.acts.into_iter().map(|act| match act {
        Act::Send(bytes) => Act::Send(place(bytes)),
        other => other,
    });
    let server = Hostile::start(acts).await;
    let client = Client::builder()
        .api_key(KEY)
        .base_url(format!("http://{}/api", server.address()))
        .retry(RetryPolicy::new().base_delay(Duration::from_millis(1)))
        .timeout(row.patience)
        .response_limit(LIMIT)
        .build()
        .unwrap();
    let started = std::time::Instant::now();
    let (end, shown) = call(&client, row.call).await;
    let elapsed = started.elapsed();

    let mut problems = String::new();
    let mut complain = |problem: String| writeln!(problems, "  {problem}").unwrap();
    if end != row.end {
        complain(format!("ended with {end:?}, not {:?}: {shown}", row.end));
    }
    let requests = server.requests();
    if requests.len() != row.requests {
        complain(format!("{} requests, not {}", requests.len(), row.requests));
    }
    if elapsed < row.at_least {
        complain(format!("{elapsed:?}, not {:?}", row.at_least));
    }
    if shown.contains(KEY) {
        complain(format!("the key is shown: {shown}"));
    }
    if !foreign.connections().is_empty() {
        complain("another host was called".to_owned());
    }
    for request in requests {
        let text = String::from_utf8(request).unwrap();
        if text.matches(KEY).count() != 1 || !text.contains(&format!("\r\nx-api-key: {KEY}\r\n")) {
            complain(format!("the key is in the wrong place: {text}"));
        }
        if text.to_ascii_lowercase().contains("\nx-evil:") {
            complain(format!("a header was smuggled in: {text}"));
        }
    }
    problems
}

/// Makes the call, and returns how it ended and the messages of its error.
async fn call(client: &Client, call: Call) -> (End, String) {
    let deals = client.v2().deals();
    let create = || {
        deals.create(CreateDeal::new(
            "Gadgets",
            heffl::ClientId::new("clt_1"),
            heffl::PipelineId::new("dpl_1"),
        ))
    };
    let list = || deals.list().search("a").stream();
    let result = match call {
        Call::Get => deals.get(heffl::DealId::new("dl_1")).await.map(drop),
        Call::GetTwice => {
            let first = deals
                .get(heffl::DealId::new("dl_1"))
                .await
                .map(|deal| deal.id.to_string());
            // The connection may or may not be reusable by then.
            tokio::time::sleep(Duration::from_millis(50)).await;
            match (first, deals.get(heffl::DealId::new("dl_2")).await) {
                (Ok(first), Ok(second)) => {
                    assert_eq!((first.as_str(), second.id.as_str()), ("dl_1", "dl_2"));
                    Ok(())
                }
                (first, second) => first.and(second).map(drop),
            }
        }
        Call::GetOf(id) => deals.get(heffl::DealId::new(id)).await.map(drop),
        Call::GetWithHeader(value) => deals
            .get(heffl::DealId::new("dl_1"))
            .header("x-note", value)
            .await
            .map(drop),
        Call::Update => deals
            .update(
                heffl::DealId::new("dl_1"),
                UpdateDeal::new().title("Gadgets"),
            )
            .await
            .map(drop),
        Call::Delete => deals.delete(heffl::DealId::new("dl_1")).await.map(drop),
        Call::Create => create().await.map(drop),
        Call::CreateAgain => {
            let policy = RetryPolicy::new()
                .base_delay(Duration::from_millis(1))
                .repeat_creates(true);
            create().retry(policy).await.map(drop)
        }
        Call::List => return collect(list()).await,
    };
    match result {
        Ok(()) => (End::Done, String::new()),
        Err(error) => (end(&error), show(&error)),
    }
}

async fn collect(mut items: heffl::Items<heffl::v2::Deal>) -> (End, String) {
    let mut ids: Vec<&'static str> = Vec::new();
    loop {
        match items.try_next().await {
            Ok(Some(deal)) => ids.push(deal.id.to_string().leak()),
            Ok(None) => return (End::Items(ids), String::new()),
            Err(error) => {
                let end = match error.kind() {
                    ErrorKind::Paging => End::Paging(ids),
                    _ => end(&error),
                };
                return (end, show(&error));
            }
        }
    }
}

fn end(error: &Error) -> End {
    match error.kind() {
        _ if error.is_outcome_unknown() => End::Unknown,
        ErrorKind::Api => End::Status(error.status().unwrap()),
        ErrorKind::Decode => End::Undecodable,
        ErrorKind::Timeout => End::Timeout,
        ErrorKind::Transport => End::Transport,
        ErrorKind::InvalidRequest => End::Invalid,
        _ => panic!("{error}"),
    }
}

/// The messages of an error and its causes.
fn show(error: &Error) -> String {
    let mut shown = format!("{error} / {error:?}");
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        write!(shown, " / {source} / {source:?}").unwrap();
        cause = source.source();
    }
    shown
}
