//! Simulates hours of calls against models of the server. The clock advances only while all tasks wait.
//!
//! The tests use the client through its public API. Only the network is replaced, because sockets
//! do not work with such a clock.

use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    task::JoinSet,
    time::{Instant, sleep, sleep_until, timeout},
};

use crate::{
    client::Client,
    hook::Hook,
    hook::{BoxError, RequestParts},
    rate_limit::WINDOW,
};

const LIMIT: u32 = 60;
const TASKS: u32 = 50;
const NUMBER: &str = "x-number";

/// How a server counts requests.
#[derive(Clone, Copy, Debug)]
enum Count {
    /// In windows that end this long after the start, and every minute from then on.
    Fixed(Duration),
    /// In the minute before each request.
    Sliding,
}

/// The headers that a server sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Headers {
    All,
    RetryAfter,
    None,
}

/// The requests of another program with the same key.
#[derive(Clone, Copy, Debug)]
enum Other {
    Nothing,
    /// Thirty requests when the server's window begins.
    HalfAtOnce,
    /// One every two seconds.
    HalfEvenly,
}

/// The parameters of a simulation.
#[derive(Clone, Copy, Debug)]
struct Scene {
    count: Count,
    headers: Headers,
    other: Other,
    calls: u32,
    /// One of this number of calls is dropped after some time.
    one_dropped_of: Option<u32>,
    /// The longest time that a hook waits before a request is sent.
    hook: Option<Duration>,
    distance: Duration,
}

impl Scene {
    /// A client without other programs, at the usual distance.
    fn alone(count: Count, headers: Headers) -> Self {
        Self {
            count,
            headers,
            other: Other::Nothing,
            calls: 10_000,
            one_dropped_of: None,
            hook: None,
            distance: Duration::from_millis(100),
        }
    }
}

/// A server that enforces the limit exactly.
#[derive(Debug)]
struct Server {
    count: Count,
    headers: Headers,
    started: Instant,
    accepted: VecDeque<Instant>,
    /// Numbers of the client's calls in the order in which they were sent, including repeated requests.
    sent: Vec<u32>,
    /// Numbers of the accepted calls, in the order of their arrival.
    served: Vec<u32>,
    refused: u32,
    others: u32,
    /// The mean time that a request or a response takes to arrive.
    distance: Duration,
    random: fastrand::Rng,
}

impl Server {
    fn new(scene: &Scene) -> Self {
        Self {
            count: scene.count,
            headers: scene.headers,
            started: Instant::now(),
            accepted: VecDeque::new(),
            sent: Vec::new(),
            served: Vec::new(),
            refused: 0,
            others: 0,
            distance: scene.distance,
            random: fastrand::Rng::with_seed(7),
        }
    }

    /// The start of the current window.
    fn window_start(&self, now: Instant) -> Instant {
        match self.count {
            Count::Sliding => now.checked_sub(WINDOW).unwrap_or(self.started),
            Count::Fixed(first) => {
                let since = now - self.started;
                match since.checked_sub(first) {
                    None => self.started,
                    Some(beyond) => {
                        let whole = beyond.as_secs() / WINDOW.as_secs();
                        self.started + first + Duration::from_secs(whole * WINDOW.as_secs())
                    }
                }
            }
        }
    }

    /// Counts a request, unless there are too many.
    fn accept(&mut self) -> bool {
        let now = Instant::now();
        let start = self.window_start(now);
        let is_sliding = matches!(self.count, Count::Sliding);
        // A sliding window does not contain a request that is exactly one window old.
        while self
            .accepted
            .front()
            .is_some_and(|at| *at < start || (is_sliding && *at == start && *at != now))
        {
            self.accepted.pop_front();
        }
        let accepts = self.accepted.len() < LIMIT as usize;
        if accepts {
            self.accepted.push_back(now);
        }
        accepts
    }

    /// The time until the window ends, or until the oldest request leaves a sliding window.
    fn reset(&self) -> Duration {
        let now = Instant::now();
        let end = match self.count {
            Count::Fixed(first) if now < self.started + first => self.started + first,
            Count::Fixed(_) => self.window_start(now) + WINDOW,
            Count::Sliding => self.accepted.front().map_or(now, |oldest| *oldest + WINDOW),
        };
        end.saturating_duration_since(now)
    }

    fn respond(&mut self, request: &reqwest::Request) -> http::Response<&'static str> {
        let accepts = self.accept();
        if accepts {
            self.served.push(number(request));
        } else {
            self.refused += 1;
        }
        let mut response = http::Response::builder().status(if accepts { 200 } else { 429 });
        // Whole seconds, rounded up, as servers do.
        let reset = self.reset().as_secs_f64().ceil();
        match self.headers {
            Headers::All => {
                let left = LIMIT as usize - self.accepted.len();
                response = response
                    .header("ratelimit-limit", LIMIT)
                    .header("ratelimit-remaining", left)
                    .header("ratelimit-reset", reset.to_string());
            }
            Headers::RetryAfter if !accepts => {
                response = response.header("retry-after", reset.to_string());
            }
            Headers::RetryAfter | Headers::None => {}
        }
        response.body(r#"{"id": "dl_1"}"#).unwrap()
    }

    /// A random time for a request or a response to arrive.
    fn latency(&mut self) -> Duration {
        self.distance * self.random.u32(25..175) / 100
    }
}

fn number(request: &reqwest::Request) -> u32 {
    request.headers()[NUMBER].to_str().unwrap().parse().unwrap()
}

/// Waits for a random part of this time.
struct Slow(Duration);

impl Hook for Slow {
    async fn before_attempt(&self, request: &mut RequestParts<'_>) -> Result<(), BoxError> {
        let number: u64 = request.headers()[NUMBER].to_str()?.parse()?;
        sleep(self.0.mul_f64(fastrand::Rng::with_seed(number).f64())).await;
        Ok(())
    }
}

/// A client of the server.
fn client(scene: &Scene, server: &Arc<Mutex<Server>>) -> Client {
    let server = Arc::clone(server);
    let transport = move |request: reqwest::Request| {
        let server = Arc::clone(&server);
        let exchange = async move {
            let there = {
                let mut server = server.lock().unwrap();
                server.sent.push(number(&request));
                server.latency()
            };
            sleep(there).await;
            let response = server.lock().unwrap().respond(&request);
            let back = server.lock().unwrap().latency();
            sleep(back).await;
            response.into()
        };
        // Each exchange is a task of its own: a request arrives even if its caller is not polled.
        tokio::spawn(exchange)
    };
    let mut builder = Client::builder().api_key("key").transport(transport);
    if let Some(longest) = scene.hook {
        builder = builder.hook(Slow(longest));
    }
    builder.build().unwrap()
}

/// The other program: it sends by its schedule, and ignores refusals.
async fn others(server: Arc<Mutex<Server>>, other: Other) {
    let (first, requests, every) = match other {
        Other::Nothing => return,
        Other::HalfAtOnce => (server.lock().unwrap().reset(), 30, WINDOW),
        Other::HalfEvenly => (Duration::from_secs(1), 1, Duration::from_secs(2)),
    };
    let mut next = Instant::now() + first;
    loop {
        sleep_until(next).await;
        next += every;
        let mut server = server.lock().unwrap();
        for _ in 0..requests {
            let accepted = server.accept();
            server.others += u32::from(accepted);
        }
    }
}

/// The result of a simulation.
#[derive(Debug)]
struct Outcome {
    took: Duration,
    failed: u32,
    server: Server,
}

impl Outcome {
    /// Whether calls were first sent in the order in which they were made. Repeated requests
    /// do not count.
    fn is_in_order(&self) -> bool {
        let mut last = None;
        let mut known = HashSet::new();
        let firsts = self.server.sent.iter().filter(|sent| known.insert(**sent));
        firsts
            .into_iter()
            .all(|sent| last.replace(sent) < Some(sent))
    }

    /// The largest number of later calls that were served before a call.
    fn overtaken(&self) -> usize {
        let served = &self.server.served;
        let mut made = served.clone();
        made.sort_unstable();
        let mut made = made.into_iter().peekable();
        let mut waiting = BTreeMap::new();
        let mut most = 0;
        for number in served {
            while let Some(made) = made.next_if(|made| made <= number) {
                waiting.insert(made, 0);
            }
            waiting.remove(number);
            for (_, overtaken) in waiting.range_mut(..number) {
                *overtaken += 1;
                most = most.max(*overtaken);
            }
        }
        most
    }

    /// The shortest possible time for all requests, including those of the other program, divided by the actual
    /// time. It is the shortest time if each window of the server is full as soon as it begins.
    fn throughput(&self) -> f64 {
        let requests = u32::try_from(self.server.served.len()).unwrap() + self.server.others;
        let windows = (requests - 1) / LIMIT;
        let first = match self.server.count {
            Count::Fixed(first) => first,
            Count::Sliding => WINDOW,
        };
        let least = first + WINDOW * (windows - 1);
        least.as_secs_f64() / self.took.as_secs_f64()
    }

    fn refused_a_minute(&self) -> f64 {
        f64::from(self.server.refused) * WINDOW.as_secs_f64() / self.took.as_secs_f64()
    }
}

/// Makes the calls from all tasks at once.
async fn simulate(scene: Scene) -> Outcome {
    // The client's random waits are the same in every run.
    fastrand::seed(7);
    let server = Arc::new(Mutex::new(Server::new(&scene)));
    let client = client(&scene, &server);
    let noise = tokio::spawn(others(Arc::clone(&server), scene.other));
    let numbers = Arc::new(Mutex::new(0..scene.calls));
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let (client, numbers) = (client.clone(), Arc::clone(&numbers));
        tasks.spawn(async move {
            let mut failed = 0;
            loop {
                let Some(number) = numbers.lock().unwrap().next() else {
                    return failed;
                };
                let call = client
                    .v2()
                    .deals()
                    .get(crate::ids::DealId::new("dl_1"))
                    .header(NUMBER, &number.to_string());
                if scene
                    .one_dropped_of
                    .is_some_and(|every| number % every == 0)
                {
                    let patience = Duration::from_millis(u64::from(number) * 37 % 20_000);
                    // The result does not matter.
                    let _ = timeout(patience, call).await;
                } else {
                    failed += u32::from(call.await.is_err());
                }
            }
        });
    }
    let failed = tasks.join_all().await.into_iter().sum();
    let took = started.elapsed();
    noise.abort();
    let _ = noise.await;
    drop(client);
    let server = Arc::into_inner(server).unwrap().into_inner().unwrap();
    Outcome {
        took,
        failed,
        server,
    }
}

const COUNTS: [Count; 3] = [
    Count::Fixed(WINDOW),
    Count::Fixed(Duration::from_secs(23)),
    Count::Sliding,
];

/// Checks that no request is refused, the order is kept, and little time is lost.
fn assert_undisturbed(scene: Scene, outcome: &Outcome) {
    assert_eq!(
        (outcome.server.refused, outcome.failed),
        (0, 0),
        "{scene:?}"
    );
    assert!(outcome.is_in_order(), "{scene:?}");
    let throughput = outcome.throughput();
    println!("{scene:?}: {:.2} % of what is possible", throughput * 100.0);
    assert!(throughput >= 0.97, "{scene:?}: {throughput}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_alone_uses_its_quota_and_is_never_refused() {
    for count in COUNTS {
        for headers in [Headers::All, Headers::None] {
            let scene = Scene::alone(count, headers);
            let outcome = simulate(scene).await;
            assert_eq!(outcome.server.served.len(), 10_000);
            assert_undisturbed(scene, &outcome);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_server_costs_little_of_the_quota() {
    let scene = Scene {
        distance: Duration::from_millis(500),
        ..Scene::alone(Count::Fixed(WINDOW), Headers::All)
    };
    assert_undisturbed(scene, &simulate(scene).await);
}

#[tokio::test(start_paused = true)]
async fn dropped_calls_delay_no_others_and_keep_the_order() {
    for count in COUNTS {
        let scene = Scene {
            one_dropped_of: Some(7),
            ..Scene::alone(count, Headers::All)
        };
        assert_undisturbed(scene, &simulate(scene).await);
    }
}

/// A request is sent long after its call got a permit, perhaps in another window of the server.
#[tokio::test(start_paused = true)]
async fn hooks_that_wait_do_not_exceed_the_limit() {
    for count in COUNTS {
        for (longest, one_dropped_of) in [(2, None), (90, None), (90, Some(3))] {
            let scene = Scene {
                calls: 1_000,
                hook: Some(Duration::from_secs(longest)),
                one_dropped_of,
                ..Scene::alone(count, Headers::All)
            };
            let outcome = simulate(scene).await;
            let problems = (outcome.server.refused, outcome.failed);
            assert_eq!(problems, (0, 0), "{scene:?}");
        }
    }
}

/// Simulates callers that drop calls, keep them without polling them, or poll them late.
/// All calls of other callers must succeed, and the server must refuse none.
async fn simulate_careless_callers(count: Count, headers: Headers, seed: u64) {
    let scene = Scene {
        calls: 600,
        ..Scene::alone(count, headers)
    };
    let server = Arc::new(Mutex::new(Server::new(&scene)));
    let client = client(&scene, &server);
    let numbers = Arc::new(Mutex::new(0..));
    let call = move || {
        let number: u32 = numbers.lock().unwrap().next().unwrap();
        let call = client.v2().deals().get(crate::ids::DealId::new("dl_1"));
        call.header(NUMBER, &number.to_string()).into_future()
    };
    let mut others = JoinSet::new();
    for other in 0..20 {
        let (call, mut random) = (call.clone(), fastrand::Rng::with_seed(seed ^ other));
        others.spawn(async move {
            let mut kept = Vec::new();
            loop {
                let mut call = call();
                let seconds = |most: u32, random: &mut fastrand::Rng| {
                    Duration::from_secs_f64(f64::from(most) * random.f64())
                };
                // The call is polled once, or until it waits in the queue or for its response.
                let polled = seconds(30, &mut random) * random.u32(0..2);
                if timeout(polled, &mut call).await.is_ok() {
                    continue;
                }
                match random.u32(0..3) {
                    0 => drop(call),
                    1 => kept.push(call),
                    _ => {
                        sleep(seconds(200, &mut random)).await;
                        call.await.unwrap();
                    }
                }
            }
        });
    }
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..10 {
        let call = call.clone();
        tasks.spawn(async move {
            for _ in 0..60 {
                call().await.unwrap();
            }
        });
    }
    // Twenty windows are enough for all calls.
    let hours = Duration::from_secs(2 * 60 * 60);
    timeout(hours, tasks.join_all())
        .await
        .unwrap_or_else(|_| panic!("{count:?} {headers:?} {seed}: the calls do not end"));
    let took = started.elapsed();
    let server = server.lock().unwrap();
    println!(
        "{count:?} {headers:?} {seed}: {} requests in {} s",
        server.served.len(),
        took.as_secs()
    );
    assert_eq!(server.refused, 0, "{count:?} {headers:?} {seed}");
}

#[tokio::test(start_paused = true)]
async fn calls_that_are_not_polled_block_no_others_and_do_not_exceed_the_limit() {
    for count in COUNTS {
        for headers in [Headers::All, Headers::None] {
            for seed in 0..5 {
                simulate_careless_callers(count, headers, seed).await;
            }
        }
    }
}

/// Simulates another program that uses half of the quota.
async fn share(headers: Headers, calls: u32) {
    for count in COUNTS {
        for other in [Other::HalfAtOnce, Other::HalfEvenly] {
            let scene = Scene {
                other,
                calls,
                ..Scene::alone(count, headers)
            };
            let outcome = simulate(scene).await;
            let (throughput, refused) = (outcome.throughput(), outcome.refused_a_minute());
            println!(
                "{scene:?}: {:.2} % of what is possible, {refused:.2} refused a minute, overtaken by {}",
                throughput * 100.0,
                outcome.overtaken()
            );
            assert_eq!(outcome.failed, 0, "{scene:?}");
            assert_eq!(outcome.server.served.len(), calls as usize, "{scene:?}");
            // One in ten in the worst case.
            assert!(refused <= 6.0, "{scene:?}: {refused}");
            assert!(throughput >= 0.85, "{scene:?}: {throughput}");
            assert!(outcome.is_in_order(), "{scene:?}");
            // By no more than the calls in flight and the first call in the queue.
            assert!(outcome.overtaken() <= 60, "{scene:?}");
            if headers == Headers::All && !matches!(count, Count::Sliding) {
                assert!(refused <= 0.5, "{scene:?}: {refused}");
                assert!(throughput >= 0.97, "{scene:?}: {throughput}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn other_programs_with_the_same_key_cause_no_retry_storm_and_no_starvation() {
    share(Headers::All, 10_000).await;
}

#[tokio::test(start_paused = true)]
async fn other_programs_cause_no_retry_storm_if_the_server_sends_few_headers() {
    share(Headers::RetryAfter, 2_000).await;
    share(Headers::None, 2_000).await;
}
