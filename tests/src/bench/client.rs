//! `client`: calls of `heffl` compared with the same requests of plain `reqwest`, on a loopback socket.
//!
//! In every round both send the same number of requests, in random order. The result is the median of the ratios. The
//! quota is on, with a limit that is never reached.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "counts and times of a benchmark are far from any limit"
)]

use std::{
    hint::black_box,
    net::SocketAddr,
    sync::LazyLock,
    time::{Duration, Instant},
};

use heffl::{
    Client, Operation,
    reqwest::{self, header::ACCEPT},
    v2::{Deal, DealList},
};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::{Builder, Runtime},
    task::JoinSet,
};

use super::{Cell, Effort, Table};

const KEY: &str = "key-of-the-benchmark";
/// The operation that the crate's method sends.
static GET_DEAL: LazyLock<&Operation> = LazyLock::new(|| {
    let mut operations = heffl::v2::OPERATIONS.iter();
    let found = operations.find(|operation| operation.id() == "getDeal");
    found.expect("the operation is documented")
});

/// The kinds of request.
#[derive(Clone, Copy, Debug)]
enum Call {
    /// One record that is not parsed: this measures the client only.
    Nothing,
    Deal,
    /// A hundred records.
    Page,
}

impl Call {
    fn name(self) -> &'static str {
        match self {
            Self::Nothing => "a record, not parsed",
            Self::Deal => "a record",
            Self::Page => "a page of 100",
        }
    }
}

/// The sender of the requests.
#[derive(Clone)]
enum Sender {
    Heffl(Client),
    Reqwest(reqwest::Client, String),
}

impl Sender {
    async fn send(&self, call: Call) -> Result<(), String> {
        match self {
            Self::Heffl(client) => {
                let deals = client.v2().deals();
                let sent = match call {
                    Call::Nothing => {
                        let call = client.call::<IgnoredAny>(&GET_DEAL).path("id", "dl_1");
                        call.await.map(black_box).map(drop)
                    }
                    Call::Deal => deals
                        .get(heffl::DealId::new("dl_1"))
                        .await
                        .map(black_box)
                        .map(drop),
                    Call::Page => {
                        let list = deals.list().page_size(100);
                        list.await.map(black_box).map(drop)
                    }
                };
                sent.map_err(|error| error.to_string())
            }
            Self::Reqwest(http, base) => match call {
                Call::Nothing => get::<IgnoredAny>(http, &format!("{base}/v2/deals/dl_1")).await,
                Call::Deal => get::<Deal>(http, &format!("{base}/v2/deals/dl_1")).await,
                Call::Page => get::<DealList>(http, &format!("{base}/v2/deals?pageSize=100")).await,
            },
        }
    }
}

/// The code of a program without a client library.
async fn get<T: DeserializeOwned>(http: &reqwest::Client, url: &str) -> Result<(), String> {
    let exchange = async {
        let request = http
            .get(url)
            .header("x-api-key", KEY)
            .header(ACCEPT, "application/json");
        request.send().await?.error_for_status()?.bytes().await
    };
    let body = exchange.await.map_err(|error| error.to_string())?;
    let value: T = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
    black_box(value);
    Ok(())
}

pub(super) fn run(effort: Effort) -> Result<Table, String> {
    let address = serve().map_err(|error| format!("cannot listen: {error}"))?;
    let base = format!("http://{address}/api");
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(Duration::from_secs(30))
        .build()
        .map_err(|error| error.to_string())?;
    let client = Client::builder()
        .api_key(KEY)
        .base_url(&base)
        .rate_limit(1_000_000_000)
        .build()
        .map_err(|error| error.to_string())?;
    let senders = [Sender::Reqwest(http, base), Sender::Heffl(client)];
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;

    let mut table = Table::new(&[
        ("call", ""),
        ("at a time", ""),
        ("reqwest", "requests/s"),
        ("heffl", "requests/s"),
        ("ratio", ""),
        ("ratio, 10 %", ""),
        ("ratio, 90 %", ""),
    ]);
    for call in [Call::Nothing, Call::Deal, Call::Page] {
        for at_a_time in [1, 32] {
            let rates = measure(&runtime, &senders, call, at_a_time, effort)?;
            let ratios = sorted(rates.iter().map(|[reqwest, heffl]| heffl / reqwest));
            table.push([
                Cell::Text(call.name().to_owned()),
                Cell::Count(at_a_time),
                Cell::Number(quantile(&sorted(rates.iter().map(|rates| rates[0])), 50)),
                Cell::Number(quantile(&sorted(rates.iter().map(|rates| rates[1])), 50)),
                Cell::Number(quantile(&ratios, 50)),
                Cell::Number(quantile(&ratios, 10)),
                Cell::Number(quantile(&ratios, 90)),
            ]);
        }
    }
    table
        .note("ratio: heffl ÷ reqwest; the median, the 10th and the 90th percentile of the rounds");
    Ok(table)
}

/// Requests a second of both senders, round by round.
fn measure(
    runtime: &Runtime,
    senders: &[Sender; 2],
    call: Call,
    at_a_time: usize,
    effort: Effort,
) -> Result<Vec<[f64; 2]>, String> {
    let rounds = effort.choose(3, 60);
    let target = effort.choose(Duration::from_millis(10), Duration::from_millis(100));
    // The number of requests that take about `target`.
    let mut requests = 8 * at_a_time;
    for sender in senders {
        let took = runtime.block_on(send(sender, call, at_a_time, requests))?;
        let factor = target.as_secs_f64() / took.as_secs_f64();
        requests = ((requests as f64 * factor) as usize).max(at_a_time);
    }
    let mut rates = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let mut order = [0, 1];
        fastrand::shuffle(&mut order);
        let mut round = [0.0; 2];
        for sender in order {
            let took = runtime.block_on(send(&senders[sender], call, at_a_time, requests))?;
            round[sender] = requests as f64 / took.as_secs_f64();
        }
        rates.push(round);
    }
    Ok(rates)
}

/// Sends requests, `at_a_time` of them concurrently, and returns the time.
async fn send(
    sender: &Sender,
    call: Call,
    at_a_time: usize,
    requests: usize,
) -> Result<Duration, String> {
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for task in 0..at_a_time {
        let sender = sender.clone();
        let share = requests / at_a_time + usize::from(task < requests % at_a_time);
        tasks.spawn(async move {
            for _ in 0..share {
                sender.send(call).await?;
            }
            Ok::<(), String>(())
        });
    }
    tasks
        .join_all()
        .await
        .into_iter()
        .collect::<Result<(), _>>()?;
    Ok(started.elapsed())
}

fn sorted(numbers: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers
}

fn quantile(sorted: &[f64], percent: usize) -> f64 {
    let index = sorted.len().saturating_sub(1) * percent / 100;
    sorted.get(index).copied().unwrap_or_default()
}

/// A server on its own thread, with two responses.
fn serve() -> std::io::Result<SocketAddr> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(reply(stream));
            }
        });
    });
    Ok(address)
}

async fn reply(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let deal = |number: usize| {
        json!({
            "id": format!("dl_{number:08}"),
            "title": "Gadgets for the north",
            "clientId": "clt_12345678",
            "pipelineId": "dpl_12345678",
            "status": "ACTIVE",
            "price": 25000.5,
            "tags": ["tag_12345678"],
            "createdAt": "2026-03-02T08:15:00.000Z",
            "updatedAt": "2026-03-02T08:15:00.000Z",
            "cf_region": "north",
            "cf_seats": 250,
            "cf_renewal": null,
        })
    };
    let whole = |body: String| {
        let length = body.len();
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
             ratelimit-limit: 1000000000\r\nratelimit-remaining: 999999999\r\nratelimit-reset: 60\r\n\r\n{body}"
        )
    };
    let one = whole(deal(1).to_string());
    let page: Vec<_> = (0..100).map(deal).collect();
    let page =
        whole(json!({"data": page, "meta": {"nextCursor": null, "hasMore": false}}).to_string());
    let mut received = Vec::new();
    loop {
        while let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") {
            let reply = if received.starts_with(b"GET /api/v2/deals?") {
                &page
            } else {
                &one
            };
            stream.write_all(reply.as_bytes()).await?;
            received.drain(..end + 4);
        }
        if stream.read_buf(&mut received).await? == 0 {
            return Ok(());
        }
    }
}
