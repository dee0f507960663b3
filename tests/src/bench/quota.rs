//! `quota`: one quota that many processes share by a file, against the test server.
//!
//! All processes send as many requests as the quota allows for three windows. The table shows how many requests the
//! server refused (goal: 0), and the share of the quota that was used (goal: 90 %).

#![allow(
    clippy::cast_precision_loss,
    reason = "counts of a benchmark are far from any limit"
)]

use std::{
    env,
    ffi::OsString,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use heffl::{Client, ErrorKind, RetryPolicy};
use heffl_test_server::TestServer;
use tokio::{runtime::Builder, task::JoinSet, time::Instant};

use super::{Cell, Effort, Table};

/// Requests in a window, as many as the service allows in a minute.
const LIMIT: u32 = 60;
const WINDOW: Duration = Duration::from_secs(2);
const WINDOWS: u32 = 3;
/// The number of concurrent calls of each process.
const AT_A_TIME: usize = 4;

/// The settings of each process: the address of the server, the folder of the file, and when to begin.
const VARIABLES: [&str; 3] = [
    "HEFFL_BENCH_SERVER",
    "HEFFL_BENCH_FOLDER",
    "HEFFL_BENCH_START",
];

pub(super) fn run(effort: Effort) -> Result<Table, String> {
    if let [Some(server), Some(folder), Some(start)] = VARIABLES.map(env::var_os) {
        let start = start
            .to_str()
            .and_then(|text| text.parse().ok())
            .unwrap_or_default();
        send(
            &server.to_string_lossy(),
            Path::new(&folder),
            Duration::from_millis(start),
        )?;
        return Ok(Table::default());
    }
    let mut table = Table::new(&[
        ("processes", ""),
        ("requests", ""),
        ("refused", ""),
        ("share of the quota", "%"),
    ]);
    for processes in effort.choose(&[5][..], &[1, 5, 50]) {
        table.push(measure(*processes).map_err(|error| format!("{processes} processes: {error}"))?);
    }
    table.note(format!(
        "{WINDOWS} windows of {} seconds with {LIMIT} requests each. Goals: no refusal, 90 % used.",
        WINDOW.as_secs()
    ));
    Ok(table)
}

fn measure(processes: usize) -> Result<[Cell; 4], String> {
    let problem = |error: std::io::Error| error.to_string();
    let server = TestServer::builder()
        .quota(LIMIT)
        .window(WINDOW)
        .start()
        .map_err(problem)?;
    let folder = tempfile::tempdir().map_err(problem)?;
    // All processes are ready by then, even on a busy machine.
    let start = now()
        + Duration::from_secs(1)
        + Duration::from_millis(40) * u32::try_from(processes).unwrap_or(50);
    let values: [OsString; 3] = [
        server.base_url().into(),
        folder.path().into(),
        start.as_millis().to_string().into(),
    ];
    let program = env::current_exe().map_err(problem)?;
    let mut children = Vec::new();
    for _ in 0..processes {
        let mut child = Command::new(&program);
        child.args(["quota", "--quick"]).stdout(Stdio::null());
        child.envs(VARIABLES.iter().zip(&values));
        children.push(child.spawn().map_err(problem)?);
    }
    for mut child in children {
        if !child.wait().map_err(problem)?.success() {
            return Err("a process has failed".to_owned());
        }
    }
    let requests = server.requests();
    let count = |status| {
        requests
            .iter()
            .filter(|it| it.status == Some(status))
            .count()
    };
    let quota = f64::from(LIMIT * WINDOWS);
    Ok([
        Cell::Count(processes),
        Cell::Count(requests.len()),
        Cell::Count(count(429)),
        Cell::Number(count(200) as f64 / quota * 100.0),
    ])
}

/// Sends until the last window is over.
fn send(server: &str, folder: &Path, start: Duration) -> Result<(), String> {
    let builder = Client::builder()
        .base_url(server)
        .api_key("heffl_user_test");
    let builder = builder
        .quota_window(WINDOW)
        .rate_limit(LIMIT)
        .shared_quota(folder);
    let heffl = builder
        .retry(RetryPolicy::never())
        .build()
        .map_err(|error| error.to_string())?;
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(async {
        tokio::time::sleep(start.saturating_sub(now())).await;
        let end = Instant::now() + WINDOW * WINDOWS;
        let mut tasks = JoinSet::new();
        for _ in 0..AT_A_TIME {
            let heffl = heffl.clone();
            tasks.spawn(async move {
                loop {
                    let left = end.saturating_duration_since(Instant::now());
                    let call = heffl.v2().tags().list().into_call().deadline(left);
                    match call.await {
                        Ok(_) => {}
                        // The time ended before the request was sent, or before its response arrived.
                        Err(error)
                            if error.kind() == ErrorKind::QuotaWait || error.is_timeout() =>
                        {
                            return Ok(());
                        }
                        // The server counts refused requests.
                        Err(error) if error.is_rate_limited() => {}
                        Err(error) => return Err(error.to_string()),
                    }
                }
            });
        }
        tasks.join_all().await.into_iter().collect()
    })
}

/// The time since 1970.
fn now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}
