//! Random concurrent programs: calls, lists and find-or-create in up to 20
//! tasks, which drop calls, stop polling them, and poll them late, while the server fails at random.
//!
//! Every program ends, no record is created twice, and no record or item is lost.

use std::{
    collections::BTreeMap,
    future::{Future, poll_fn},
    pin::Pin,
    sync::{Arc, Mutex},
    task::Poll,
    time::Duration,
};

use fastrand::Rng;
use heffl::{
    CallFuture, Client, Found, RetryPolicy,
    v2::{Contact, CreateContact},
};
use heffl_test_server::{Fault, TestServer};
use serde_json::{Map, Value, json};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

/// The number of concurrent programs.
const AT_A_TIME: u64 = 50;
/// The time limit of a program; it is reached only if the program hangs.
const LIMIT: Duration = Duration::from_secs(60);
const COMPANIES: u32 = 7;
const ADDRESSES: u32 = 4;

/// The expected fate of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// It must not exist.
    Failed,
    /// The call was dropped, or its outcome is unknown.
    Unknown,
    /// It must exist.
    Created,
}

/// The expected records at the end of a program.
#[derive(Debug, Default)]
struct Expected {
    /// Fates by the first name of the contact.
    created: BTreeMap<String, Fate>,
    /// Identifiers that were returned for an address.
    found: BTreeMap<String, String>,
    problems: Vec<String>,
}

struct Program {
    client: Client,
    /// Identifiers of all companies, in their order.
    companies: Vec<String>,
    expected: Mutex<Expected>,
}

/// Awaits a future, drops it after some time, or stops polling it and awaits it later.
/// `None` if it was dropped.
async fn handle<F: Future + Unpin>(mut future: F, random: &mut Rng) -> Option<F::Output> {
    let pause = |random: &mut Rng| Duration::from_millis(random.u64(0..150));
    match random.u32(0..5) {
        0 => timeout(pause(random), future).await.ok(),
        1 => {
            if let Ok(output) = timeout(pause(random), &mut future).await {
                return Some(output);
            }
            sleep(pause(random)).await;
            Some(future.await)
        }
        2 => {
            let polled = poll_fn(|context| Poll::Ready(Pin::new(&mut future).poll(context)));
            if let Poll::Ready(output) = polled.await {
                return Some(output);
            }
            sleep(pause(random)).await;
            Some(future.await)
        }
        _ => Some(future.await),
    }
}

impl Program {
    fn expect<T>(&self, change: impl FnOnce(&mut Expected) -> T) -> T {
        change(&mut self.expected.lock().unwrap())
    }

    fn create(&self, name: &str) -> CallFuture<Contact> {
        let body = CreateContact::new(name);
        self.client.v2().contacts().create(body).send()
    }

    fn find_or_create(&self, address: &str) -> CallFuture<Found<Contact>> {
        let body = CreateContact::new("Ada").email(address);
        let contacts = self.client.v2().contacts();
        contacts.find_or_create_by_email(body).send()
    }

    async fn create_one(&self, name: String, random: &mut Rng) {
        let fate = match handle(self.create(&name), random).await {
            Some(Ok(_)) => Fate::Created,
            Some(Err(error)) if !error.may_have_been_done() => Fate::Failed,
            Some(Err(_)) | None => Fate::Unknown,
        };
        self.expect(|expected| expected.created.insert(name, fate));
    }

    async fn find_or_create_one(&self, address: String, random: &mut Rng) {
        let Some(Ok(found)) = handle(self.find_or_create(&address), random).await else {
            return;
        };
        let id = found.record().id.to_string();
        self.expect(|expected| {
            let known = expected.found.entry(address).or_insert_with(|| id.clone());
            if *known != id {
                let problem = format!("one address, two records: {known} and {id}");
                expected.problems.push(problem);
            }
        });
    }

    /// Reads the whole list, and continues after errors, as the documentation promises.
    async fn list(&self, random: &mut Rng) {
        let mut companies = self.client.v2().companies().list().page_size(2).stream();
        let mut read = Vec::new();
        loop {
            let pause = Duration::from_millis(random.u64(0..100));
            match timeout(pause, companies.try_next()).await {
                // After a pause or a fault, the list continues. `run` reports a list that never ends.
                Err(_) | Ok(Err(_)) => sleep(pause).await,
                Ok(Ok(Some(company))) => read.push(company.id.to_string()),
                Ok(Ok(None)) => break,
            }
        }
        if read != self.companies {
            let problem = format!("the list has {read:?}");
            self.expect(|expected| expected.problems.push(problem));
        }
    }

    async fn task(self: Arc<Self>, number: u32, mut random: Rng) {
        // Kept without polling until the task ends.
        let mut kept: Vec<Pin<Box<dyn Future<Output = ()> + Send>>> = Vec::new();
        for step in 0..random.u32(1..5) {
            let name = format!("{number}-{step}");
            let address = format!("ada{}@example.com", random.u32(0..ADDRESSES));
            match random.u32(0..6) {
                0 => self.list(&mut random).await,
                1 | 2 => self.create_one(name, &mut random).await,
                3 | 4 => self.find_or_create_one(address, &mut random).await,
                _ => {
                    let program = Arc::clone(&self);
                    let mut once = Box::pin(async move {
                        if step % 2 == 0 {
                            let created = program.create(&name).await;
                            drop(created);
                        } else {
                            let found = program.find_or_create(&address).await;
                            drop(found);
                        }
                    });
                    poll_fn(|context| {
                        let _ = once.as_mut().poll(context);
                        Poll::Ready(())
                    })
                    .await;
                    kept.push(once);
                }
            }
        }
        sleep(Duration::from_millis(random.u64(0..200))).await;
    }
}

/// Makes the server fail from time to time while the program runs.
async fn faults(server: Arc<TestServer>, mut random: Rng) {
    loop {
        sleep(Duration::from_millis(random.u64(0..30))).await;
        server.fail_next(match random.u32(0..8) {
            0 => Fault::CutBefore,
            1 => Fault::CutAfter,
            2 => Fault::QuotaUsedUp { reset: 0 },
            3 => Fault::Status(503),
            4 => Fault::Status(500),
            _ => Fault::Delay(Duration::from_millis(random.u64(0..60))),
        });
    }
}

/// Runs a program, and returns its problems.
async fn run(seed: u64) -> Vec<String> {
    let mut random = Rng::with_seed(seed);
    let server = TestServer::builder()
        .quota(30)
        .window(Duration::from_millis(100))
        .start()
        .unwrap();
    let companies = (0..COMPANIES).map(|number| {
        let record = json!({"name": format!("Company {number}")});
        server.insert("companies", record).unwrap()
    });
    let mut companies: Vec<String> = companies.collect();
    // Lists begin with the newest record.
    companies.reverse();
    let retry = RetryPolicy::new().base_delay(Duration::from_millis(5));
    let program = Arc::new(Program {
        client: server.client_builder().retry(retry).build().unwrap(),
        companies,
        expected: Mutex::default(),
    });
    let server = Arc::new(server);
    let faults = tokio::spawn(faults(Arc::clone(&server), random.fork()));
    let mut tasks = JoinSet::new();
    for number in 0..random.u32(1..=20) {
        tasks.spawn(Arc::clone(&program).task(number, random.fork()));
    }
    if timeout(LIMIT, tasks.join_all()).await.is_err() {
        return vec![format!("{seed}: the program hangs")];
    }
    faults.abort();
    // A request whose call was dropped may still be in flight.
    sleep(Duration::from_millis(100)).await;
    let contacts = server.records("contacts");
    let count = |key: &str, value: &str| {
        let same =
            |record: &&Map<String, Value>| record.get(key).is_some_and(|found| found == value);
        contacts.iter().filter(same).count()
    };
    program.expect(|expected| {
        let mut problems = std::mem::take(&mut expected.problems);
        for (name, fate) in &expected.created {
            let is_right = match count("firstName", name) {
                0 => *fate <= Fate::Unknown,
                1 => *fate >= Fate::Unknown,
                _ => false,
            };
            if !is_right {
                problems.push(format!(
                    "{name}: {fate:?}, records: {}",
                    count("firstName", name)
                ));
            }
        }
        for address in 0..ADDRESSES {
            let address = format!("ada{address}@example.com");
            let is_found = expected.found.contains_key(&address);
            let records = count("email", &address);
            if records > 1 || (is_found && records == 0) {
                problems.push(format!("{address}: found: {is_found}, records: {records}"));
            }
        }
        problems
            .into_iter()
            .map(|problem| format!("{seed}: {problem}"))
            .collect()
    })
}

/// Runs 100 programs, or the number in the environment variable `HEFFL_INTERLEAVINGS`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_programs_end_and_neither_lose_nor_duplicate_records() {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    let programs = number("HEFFL_INTERLEAVINGS").unwrap_or(100);
    // CI uses the same seed in each run; local runs use a random one.
    let first = number("PROPTEST_RNG_SEED").unwrap_or_else(|| fastrand::u64(..1 << 48));
    println!("{programs} programs from seed {first}");
    let seeds = Arc::new(Mutex::new(first..first + programs));
    let mut workers = JoinSet::new();
    for _ in 0..AT_A_TIME {
        let seeds = Arc::clone(&seeds);
        workers.spawn(async move {
            let mut problems = Vec::new();
            loop {
                let seed = seeds.lock().unwrap().next();
                let Some(seed) = seed else { return problems };
                problems.extend(run(seed).await);
            }
        });
    }
    let problems = workers.join_all().await.concat();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
