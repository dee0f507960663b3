//! Refusals because of the quota, in every dialect, and servers in trouble.

use super::{Act, Call, DEAL, End, Row, deal, row, status};

/// The time of the server's clock, far from the machine's clock.
const DATE: &str = "date: Thu, 01 Jan 2032 00:00:00 GMT";

/// A refusal with these headers.
fn refused(headers: &[&str]) -> Act {
    status(429, headers)
}

pub(super) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    // A create is sent again too, because it was refused and not processed.
    for (name, headers, seconds) in [
        ("RateLimit-Reset in seconds", &["ratelimit-reset: 1"][..], 1),
        (
            "RateLimit-Reset as a time stamp, by the server's clock",
            &[DATE, "ratelimit-reset: 1956528001"],
            1,
        ),
        (
            "RateLimit-Reset in milliseconds, by the server's clock",
            &[DATE, "ratelimit-reset: 1956528001000"],
            1,
        ),
        (
            "RateLimit-Reset in the past",
            &[DATE, "ratelimit-reset: 1956527000"],
            0,
        ),
        ("X-RateLimit-Reset", &["x-ratelimit-reset: 1"], 1),
        ("X-Rate-Limit-Reset", &["x-rate-limit-reset: 1"], 1),
        (
            "RateLimit of the older draft",
            &["ratelimit: limit=60, remaining=0, reset=1"],
            1,
        ),
        (
            "RateLimit of the newer draft",
            &[
                "ratelimit: \"default\";r=0;t=1",
                "ratelimit-policy: \"default\";q=60;w=60",
            ],
            1,
        ),
        ("Retry-After in seconds", &["retry-after: 1"], 1),
        (
            "Retry-After as a date, by the server's clock",
            &[DATE, "retry-after: Thu, 01 Jan 2032 00:00:01 GMT"],
            1,
        ),
        (
            "Retry-After before RateLimit-Reset",
            &["retry-after: 1", "ratelimit-reset: 80"],
            1,
        ),
        (
            "Retry-After twice",
            &["retry-after: 1", "retry-after: 1"],
            1,
        ),
        ("no header", &[], 1),
        ("nonsense", &["retry-after: soon", "ratelimit-reset: ?"], 1),
        (
            "negative numbers",
            &["retry-after: -5", "ratelimit-reset: -1"],
            1,
        ),
        (
            "numbers that overflow",
            &[
                "retry-after: 1e400",
                "ratelimit-reset: 99999999999999999999999999",
                "ratelimit-limit: 99999999999999999999999999",
            ],
            1,
        ),
        (
            "a limit of nothing",
            &[
                "ratelimit-limit: 0",
                "ratelimit-remaining: 0",
                "ratelimit-reset: 0",
            ],
            0,
        ),
        (
            "a limit beyond use",
            &[
                "ratelimit-limit: 4294967295",
                "ratelimit-remaining: 4294967294",
                "ratelimit-reset: 1",
            ],
            1,
        ),
    ] {
        rows.push(
            row(
                name,
                vec![refused(headers), deal()],
                Call::Create,
                End::Done,
                2,
            )
            .at_least(seconds),
        );
    }
    // Numbers in successful responses must not stop or break the client either.
    for (name, headers) in [
        (
            "a success with unusable numbers",
            &[
                "ratelimit-limit: 4294967295",
                "ratelimit-remaining: 1",
                "ratelimit-reset: 4294967295",
            ][..],
        ),
        (
            "a success with more remaining requests than its limit",
            &[
                "ratelimit-limit: 1000",
                "ratelimit-remaining: 4000000000",
                "ratelimit-reset: 60",
            ],
        ),
    ] {
        let first = Act::reply(200, headers, DEAL);
        let second = Act::reply(200, &[], r#"{"id": "dl_2"}"#);
        rows.push(row(name, vec![first, second], Call::GetTwice, End::Done, 2));
    }
    let storm = || refused(&["retry-after: 0"]);
    let sorry = || status(503, &["retry-after: 0"]);
    let html = || Act::reply(502, &["content-type: text/html"], "<h1>Bad gateway</h1>");
    rows.extend([
        row(
            "a burst of refusals",
            vec![storm(), storm(), storm(), deal()],
            Call::Create,
            End::Done,
            4,
        ),
        row(
            "refusals without end",
            vec![storm()],
            Call::Create,
            End::Status(429),
            4,
        ),
        row(
            "an hour to wait",
            vec![refused(&["retry-after: 3600"]), deal()],
            Call::Get,
            End::Status(429),
            1,
        ),
        // Without a date, the clocks cannot be compared.
        row(
            "a clock that is years ahead",
            vec![refused(&["ratelimit-reset: 4102444800"]), deal()],
            Call::Get,
            End::Done,
            2,
        )
        .at_least(1),
        row(
            "a refusal that is not JSON",
            vec![Act::reply(429, &["retry-after: 0"], "slow down"), deal()],
            Call::Create,
            End::Done,
            2,
        ),
        row(
            "a storm of 500, get",
            vec![status(500, &[])],
            Call::Get,
            End::Status(500),
            4,
        ),
        row(
            "a storm of 500, update",
            vec![status(500, &[])],
            Call::Update,
            End::Status(500),
            4,
        ),
        row(
            "a storm of 500, create",
            vec![status(500, &[])],
            Call::Create,
            End::Unknown,
            1,
        ),
        row(
            "a storm of 500, create that may be repeated",
            vec![status(500, &[])],
            Call::CreateAgain,
            End::Unknown,
            4,
        ),
        row(
            "500 once",
            vec![status(500, &[]), deal()],
            Call::Get,
            End::Done,
            2,
        ),
        row(
            "a page of a gateway, get",
            vec![html(), deal()],
            Call::Get,
            End::Done,
            2,
        ),
        row(
            "a page of a gateway, create",
            vec![html(), deal()],
            Call::Create,
            End::Unknown,
            1,
        ),
        row(
            "503 with Retry-After, create",
            vec![sorry(), deal()],
            Call::Create,
            End::Unknown,
            1,
        ),
        row(
            "503 with Retry-After, get",
            vec![sorry(), deal()],
            Call::Get,
            End::Done,
            2,
        ),
        row(
            "503 without Retry-After",
            vec![status(503, &[]), deal()],
            Call::Create,
            End::Unknown,
            1,
        ),
        row(
            "504",
            vec![status(504, &[]), deal()],
            Call::Create,
            End::Unknown,
            1,
        ),
        row(
            "599",
            vec![status(599, &[]), deal()],
            Call::Get,
            End::Done,
            2,
        ),
        // The last attempt was refused, but the outcome of the first one is unknown.
        row(
            "lost, then refused for ever",
            vec![Act::HangUpOnRequest, storm()],
            Call::CreateAgain,
            End::Unknown,
            4,
        ),
        row(
            "lost, then not valid",
            vec![Act::HangUpOnRequest, status(400, &[])],
            Call::CreateAgain,
            End::Unknown,
            2,
        ),
        row(
            "400",
            vec![status(400, &[]), deal()],
            Call::Create,
            End::Status(400),
            1,
        ),
        row(
            "401",
            vec![status(401, &[]), deal()],
            Call::Get,
            End::Status(401),
            1,
        ),
        row(
            "401 that repeats the key",
            vec![Act::reply(
                401,
                &[],
                r#"{"error": {"code": "s3cr3t-key", "message": "s3cr3t-key?"}}"#,
            )],
            Call::Get,
            End::Status(401),
            1,
        ),
        row(
            "403",
            vec![status(403, &[]), deal()],
            Call::Get,
            End::Status(403),
            1,
        ),
        row(
            "404",
            vec![status(404, &[]), deal()],
            Call::Delete,
            End::Status(404),
            1,
        ),
        row(
            "409",
            vec![status(409, &[]), deal()],
            Call::Create,
            End::Status(409),
            1,
        ),
    ]);
    rows
}
