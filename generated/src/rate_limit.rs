//! The quota and the time of the next attempt, read from the headers of a response.
//!
//! The API documents `RateLimit-*` headers without their exact form. This module reads all forms that are
//! in use: one header each for limit, remaining and reset (with or without `X-`), the combined header
//! of the IETF drafts in both its dialects, and `Retry-After`.
//!
//! A value is read as a whole or ignored. If the first digits of a number in another unit were read as
//! seconds, a program would wait for hours, or retry too early.

use std::time::{Duration, SystemTime};

use reqwest::{
    StatusCode,
    header::{HeaderMap, HeaderName},
};

use crate::date_time::DateTime;

/// The window of the limit.
pub(crate) const WINDOW: Duration = Duration::from_secs(60);

/// The state of the quota after a response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RateLimit {
    /// Requests in a window.
    pub(crate) limit: Option<u32>,
    /// Requests left in this window.
    pub(crate) remaining: Option<u32>,
    /// Time until the window ends.
    pub(crate) reset: Option<Duration>,
    /// The wait before the next attempt that `Retry-After` requests.
    pub(crate) retry_after: Option<Duration>,
}

/// A longer wait than this is ignored: the number has another unit, or a clock is wrong.
const LONGEST: Duration = Duration::from_secs(31 * 24 * 60 * 60);

const LIMIT: &[&str] = &["ratelimit-limit", "x-ratelimit-limit", "x-rate-limit-limit"];
const REMAINING: &[&str] = &[
    "ratelimit-remaining",
    "x-ratelimit-remaining",
    "x-rate-limit-remaining",
];
const RESET: &[&str] = &["ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset"];

impl RateLimit {
    /// Reads the headers; `now` is the time since 1970 by the client's clock, used if the response has no `Date`: time
    /// stamps are by the server's clock.
    pub(crate) fn read(headers: &HeaderMap, now: impl Fn() -> Duration) -> Self {
        let header = |name: &str| headers.get(name)?.to_str().ok();
        // A closure, because few responses need the clock.
        let clock = || match header("date").and_then(http_date) {
            Some(now) => (now, LONGEST),
            // The client's clock may be wrong by any amount, so only a time within one window from now counts.
            None => (now(), WINDOW),
        };
        // If the date is in the past, the server is ready by its own clock, so the usual backoff applies.
        let retry_after = header("retry-after")
            .and_then(Moment::read)
            .and_then(|moment| moment.until(|| (clock().0, LONGEST)));
        let is_of_limit = |name: &HeaderName| {
            let name = name.as_str();
            name.starts_with("ratelimit") || name.starts_with("x-rate")
        };
        if !headers.keys().any(is_of_limit) {
            return Self {
                retry_after,
                ..Self::default()
            };
        }
        let combined = header("ratelimit").map(Combined::read).unwrap_or_default();
        Self {
            limit: first(headers, LIMIT, limit_of_a_minute)
                .or(combined.limit)
                .or_else(|| header("ratelimit-policy").and_then(limit_of_a_minute))
                .and_then(|limit| u32::try_from(limit).ok()),
            remaining: first(headers, REMAINING, count)
                .or(combined.remaining)
                .map(|remaining| u32::try_from(remaining).unwrap_or(u32::MAX)),
            reset: first(headers, RESET, Moment::read)
                .or(combined.reset)
                .and_then(|moment| moment.until(clock)),
            retry_after,
        }
    }

    /// How long to wait after the quota refused a request; `None` if the response does not contain it.
    pub(crate) fn wait(&self) -> Option<Duration> {
        self.retry_after.or(self.reset)
    }

    /// How long to wait before the next attempt after a response with this status. The end of the
    /// quota's window counts only for a request that the quota refused: servers send it with every
    /// response, and a fault does not last until then.
    pub(crate) fn wait_after(&self, status: StatusCode) -> Option<Duration> {
        match status {
            StatusCode::TOO_MANY_REQUESTS => self.wait(),
            _ => self.retry_after,
        }
    }
}

/// The first of the headers that can be read.
fn first<T>(headers: &HeaderMap, names: &[&str], read: impl Fn(&str) -> Option<T>) -> Option<T> {
    let mut names = names.iter();
    names.find_map(|name| read(headers.get(*name)?.to_str().ok()?))
}

/// A time in the value of a header.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Moment {
    /// This long from now.
    In(Duration),
    /// At a time, as time since 1970.
    At(Duration),
}

impl Moment {
    /// Reads a number of seconds, `1m30s` and the like, a time stamp, an RFC 3339 time, or a date of HTTP.
    fn read(text: &str) -> Option<Self> {
        let text = text.trim_ascii();
        let span = |text: &str| Duration::try_from(text.parse::<jiff::SignedDuration>().ok()?).ok();
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        if is_digits(whole) && is_digits(fraction) {
            // Small numbers are seconds, and large ones are time stamps: no wait lasts thirty years.
            return match whole.trim_start_matches('0').len() {
                ..=9 => span(&format!("{text}s")).map(Self::In),
                10..=12 => span(&format!("{text}s")).map(Self::At),
                13..=15 => span(&format!("{text}ms")).map(Self::At),
                16..=18 => span(&format!("{text}us")).map(Self::At),
                _ => span(&format!("{text}ns")).map(Self::At),
            };
        }
        if let Some(span) = span(text) {
            return Some(Self::In(span));
        }
        if let Ok(time) = text.parse::<DateTime>() {
            let time = time.timestamp().as_duration();
            return Duration::try_from(time).ok().map(Self::At);
        }
        http_date(text).map(Self::At)
    }

    /// The time until then; `None` if it has passed, or is too far away to be right. `clock` returns the time since
    /// 1970, and the distance that is too far.
    fn until(self, clock: impl FnOnce() -> (Duration, Duration)) -> Option<Duration> {
        match self {
            Self::In(span) => Some(span).filter(|span| *span <= LONGEST),
            Self::At(time) => {
                let (now, furthest) = clock();
                time.checked_sub(now)
                    .filter(|left| !left.is_zero() && *left <= furthest)
            }
        }
    }
}

/// The header `RateLimit`: `limit=60, remaining=3, reset=30`, or `"default";r=3;t=30`.
#[derive(Clone, Copy, Debug, Default)]
struct Combined {
    limit: Option<u64>,
    remaining: Option<u64>,
    reset: Option<Moment>,
}

impl Combined {
    fn read(text: &str) -> Self {
        let mut tightest = Self::default();
        let mut named = Self::default();
        for entry in split(text, ',') {
            let mut this = Self::default();
            for (key, value) in split(entry, ';').filter_map(|part| part.split_once('=')) {
                match key.trim_ascii().to_ascii_lowercase().as_str() {
                    "limit" => named.limit = count(value),
                    "remaining" => named.remaining = count(value),
                    "reset" => named.reset = Moment::read(value),
                    "r" => this.remaining = count(value),
                    "t" => this.reset = Moment::read(value),
                    _ => {}
                }
            }
            // Several policies may apply at once; the one with the fewest remaining requests counts.
            let is_tighter = |left| tightest.remaining.is_none_or(|least| left < least);
            if this.remaining.is_some_and(is_tighter) {
                tightest = this;
            }
        }
        Self {
            limit: named.limit,
            remaining: named.remaining.or(tightest.remaining),
            reset: named.reset.or(tightest.reset),
        }
    }
}

/// The limit in `60`, `60, 60;w=60`, or `"default";q=60;w=60`, as `RateLimit-Limit` and
/// `RateLimit-Policy` have it: the smallest limit of requests per minute. An entry without a window
/// counts only if no entry has one.
fn limit_of_a_minute(text: &str) -> Option<u64> {
    let policy = |entry| {
        let mut parts = split(entry, ';');
        let mut limit = parts.next().and_then(count);
        let (mut window, mut is_of_requests) = (None, true);
        for (key, value) in parts.filter_map(|part| part.split_once('=')) {
            match key.trim_ascii() {
                "q" => limit = count(value),
                "w" => window = Some(count(value)),
                "qu" => is_of_requests = value.trim_ascii().trim_matches('"') == "requests",
                _ => {}
            }
        }
        Some((limit.filter(|_| is_of_requests)?, window))
    };
    let policies: Vec<(u64, Option<Option<u64>>)> = split(text, ',').filter_map(policy).collect();
    let minute = Some(Some(WINDOW.as_secs()));
    let has_windows = policies.iter().any(|(_, window)| window.is_some());
    let meant = policies
        .into_iter()
        .filter(|(_, window)| !has_windows || *window == minute);
    meant.map(|(limit, _)| limit).min()
}

/// The parts of a list or of its parameters. Quoted text is one part, also if it contains the separator.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |character| {
        quoted ^= character == '"';
        character == separator && !quoted
    })
}

/// A number of requests: digits and nothing else.
fn count(text: &str) -> Option<u64> {
    let text = text.trim_ascii();
    is_digits(text).then(|| text.parse().ok()).flatten()
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, or one of the older forms of HTTP, as time since 1970.
fn http_date(text: &str) -> Option<Duration> {
    let time = httpdate::parse_http_date(text.trim_ascii()).ok()?;
    time.duration_since(SystemTime::UNIX_EPOCH).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    /// 1994-11-06T08:49:37Z
    const NOW: Duration = Duration::from_secs(784_111_777);

    fn read(headers: &[(&'static str, &'static str)]) -> RateLimit {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        RateLimit::read(&headers, || NOW)
    }

    fn limits(limit: u32, remaining: u32, reset: u64) -> RateLimit {
        RateLimit {
            limit: Some(limit),
            remaining: Some(remaining),
            reset: Some(Duration::from_secs(reset)),
            retry_after: None,
        }
    }

    #[test]
    fn every_dialect_is_read() {
        for headers in [
            &[
                ("ratelimit-limit", "60"),
                ("ratelimit-remaining", "3"),
                ("ratelimit-reset", "30"),
            ][..],
            &[
                ("x-ratelimit-limit", "60"),
                ("x-ratelimit-remaining", "3"),
                ("x-ratelimit-reset", "30"),
            ],
            &[
                ("x-rate-limit-limit", "60"),
                ("x-rate-limit-remaining", "3"),
                ("x-rate-limit-reset", "30"),
            ],
            &[
                ("ratelimit-limit", "60, 60;w=60"),
                ("ratelimit-remaining", "3"),
                ("ratelimit-reset", "30"),
            ],
            &[("ratelimit", "limit=60, remaining=3, reset=30")],
            &[
                ("ratelimit", "\"default\";r=3;t=30"),
                ("ratelimit-policy", "\"default\";q=60;w=60"),
            ],
            &[
                ("ratelimit", "\"day\";r=900;t=7000, \"minute\";r=3;t=30"),
                (
                    "ratelimit-policy",
                    "\"second\";q=5;w=1, \"day\";q=1000;w=86400, \"minute\";q=60;w=60",
                ),
            ],
            &[
                ("ratelimit", "remaining=3, reset=30"),
                ("ratelimit-policy", "60;w=60"),
            ],
        ] {
            assert_eq!(read(headers), limits(60, 3, 30), "{headers:?}");
        }
    }

    /// The time of the server's clock, which differs from the client's clock.
    const DATE: (&str, &str) = ("date", "Fri, 20 Nov 2026 10:00:00 GMT");

    #[test]
    fn a_reset_is_read_in_every_unit() {
        for (text, milliseconds) in [
            ("0", Some(0)),
            ("60", Some(60_000)),
            (" 60 ", Some(60_000)),
            ("0.5", Some(500)),
            ("500ms", Some(500)),
            ("500 ms", Some(500)),
            ("30s", Some(30_000)),
            ("1.5s", Some(1500)),
            ("2m", Some(120_000)),
            ("1m30s", Some(90_000)),
            ("6m0s", Some(360_000)),
            ("1h2m3s", Some(3_723_000)),
            ("1 minute 30 seconds", Some(90_000)),
            ("PT1M30S", Some(90_000)),
            // The same time in every unit, by the server's clock.
            ("1795168801", Some(1000)),
            ("1795168801.5", Some(1500)),
            ("1795168801500", Some(1500)),
            ("1795168801000000", Some(1000)),
            ("1795168801000000000", Some(1000)),
            ("2026-11-20T10:00:01Z", Some(1000)),
            ("2026-11-20T10:00:01.250Z", Some(1250)),
            ("2026-11-20T11:00:01+01:00", Some(1000)),
            ("Fri, 20 Nov 2026 10:00:01 GMT", Some(1000)),
            // In the past, or too far away to be right.
            ("1795168800", None),
            ("1795168799", None),
            ("2026-11-20T09:00:00Z", None),
            ("Fri, 20 Nov 2026 09:00:00 GMT", None),
            ("4102444800", None),
            ("2100-01-01T00:00:00Z", None),
            ("999999999", None),
            ("9999h", None),
            // None of these is a time of any kind.
            ("2026-11-20 soon", None),
            ("2026-11-20T10:00:01", None),
            ("20261120100001Z", None),
            ("30 requests", None),
            ("30x", None),
            ("30;w=60", None),
            ("60/min", None),
            ("-5s", None),
            ("5s ago", None),
            ("+5", None),
            ("1e3", None),
            ("0x10", None),
            ("1_000", None),
            ("5.", None),
            (".5", None),
            ("1.2.3", None),
            ("inf", None),
        ] {
            let expected = milliseconds.map(Duration::from_millis);
            for name in ["ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset"] {
                assert_eq!(read(&[DATE, (name, text)]).reset, expected, "{text}");
            }
            let rate_limit = read(&[DATE, ("retry-after", text)]);
            assert_eq!(rate_limit.retry_after, expected, "Retry-After: {text}");
        }
    }

    /// The client's clock shows 08:49:37, and may be wrong.
    #[test]
    fn a_time_stamp_without_a_date_counts_only_within_a_window_from_now() {
        for (text, seconds) in [
            ("784111777", None),
            ("784111776", None),
            ("1994-11-06T08:49:38Z", Some(1)),
            ("1994-11-06T08:50:37Z", Some(60)),
            ("1994-11-06T08:50:38Z", None),
            ("1795168801", None),
        ] {
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(read(&[("ratelimit-reset", text)]).reset, expected, "{text}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let wait = |text| read(&[("retry-after", text)]).retry_after;
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        assert_eq!(wait("0"), Some(Duration::ZERO));
        assert_eq!(wait("0.5"), Some(Duration::from_millis(500)));
        for date in [
            "Sun, 06 Nov 1994 08:50:00 GMT",
            "Sunday, 06-Nov-94 08:50:00 GMT",
            "Sun Nov  6 08:50:00 1994",
        ] {
            assert_eq!(wait(date), Some(Duration::from_secs(23)), "{date}");
        }
        assert_eq!(
            read(&[("retry-after", "7"), ("ratelimit-reset", "9")]).wait(),
            Some(Duration::from_secs(7))
        );
    }

    #[test]
    fn a_retry_after_in_the_past_requests_no_wait() {
        for date in [
            "Sun, 06 Nov 1994 08:00:00 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT",
        ] {
            let rate_limit = read(&[("retry-after", date)]);
            assert_eq!(rate_limit.retry_after, None, "{date}");
            // Then only the end of the window is known.
            let rate_limit = read(&[("retry-after", date), ("ratelimit-reset", "9")]);
            assert_eq!(rate_limit.wait(), Some(Duration::from_secs(9)), "{date}");
        }
    }

    #[test]
    fn only_a_refusal_waits_for_the_end_of_the_window() {
        let both = read(&[("retry-after", "7"), ("ratelimit-reset", "45")]);
        let reset = read(&[("ratelimit-reset", "45")]);
        for (status, by_both, by_reset) in [
            (429, Some(7), Some(45)),
            (408, Some(7), None),
            (500, Some(7), None),
            (503, Some(7), None),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let [by_both, by_reset] = [by_both, by_reset].map(|wait| wait.map(Duration::from_secs));
            assert_eq!(both.wait_after(status), by_both, "{status}");
            assert_eq!(reset.wait_after(status), by_reset, "{status}");
        }
    }

    #[test]
    fn limits_are_read_by_their_structure() {
        for (text, limit) in [
            ("60", Some(60)),
            ("60;w=60", Some(60)),
            ("60; w=60", Some(60)),
            ("60, 60;w=60", Some(60)),
            ("10, 10;w=1, 50;w=60, 1000;w=3600", Some(50)),
            ("\"a;w=1,b\";q=60;w=60", Some(60)),
            (
                "\"mails\";q=5;w=60;qu=\"content-bytes\", \"calls\";q=60;w=60;qu=\"requests\"",
                Some(60),
            ),
            ("1000;w=3600", None),
            ("1000, 1000;w=3600", None),
            // A window whose value only begins with digits is invalid.
            ("60;w=60m", None),
            ("60;w=600", None),
            ("60/min", None),
            ("60 per minute", None),
            ("60requests", None),
            ("60.5", None),
            ("0x60", None),
            ("q=60x;w=60", None),
            ("unlimited", None),
        ] {
            for name in ["ratelimit-limit", "x-ratelimit-limit", "ratelimit-policy"] {
                assert_eq!(read(&[(name, text)]).limit, limit, "{name}: {text}");
            }
        }
        for (text, remaining) in [
            ("3", Some(3)),
            ("3/60", None),
            ("3 left", None),
            ("-3", None),
        ] {
            assert_eq!(
                read(&[("ratelimit-remaining", text)]).remaining,
                remaining,
                "{text}"
            );
        }
        assert_eq!(
            read(&[("ratelimit", "limit=60, remaining=3, reset=30s")]),
            limits(60, 3, 30)
        );
        for text in [
            "limit=60x, remaining=3x, reset=30x",
            "\"default\";r=3x;t=30x",
        ] {
            assert_eq!(read(&[("ratelimit", text)]), RateLimit::default(), "{text}");
        }
    }

    #[test]
    fn invalid_values_are_ignored() {
        for text in [
            "",
            "soon",
            "-1",
            "NaN",
            "99999999999999999999999",
            "limit=",
            ";;=,,",
        ] {
            assert_eq!(all_headers(text), RateLimit::default(), "{text}");
        }
    }

    /// The quota that is read from a response with this value in every header.
    fn all_headers(text: &str) -> RateLimit {
        let headers = [
            "ratelimit",
            "ratelimit-limit",
            "ratelimit-remaining",
            "ratelimit-reset",
            "ratelimit-policy",
            "retry-after",
        ]
        .map(|name| {
            let value = HeaderValue::from_str(text).unwrap();
            (HeaderName::from_static(name), value)
        });
        RateLimit::read(&headers.into_iter().collect(), || NOW)
    }

    /// A wait up to an hour in whole milliseconds, and one way to write it.
    fn written() -> impl Strategy<Value = (u64, String)> {
        /// 2026-11-20T10:00:00Z, as in [`DATE`].
        const AT: u64 = 1_795_168_800_000;
        (1..3_600_000_u64, 0..9_usize).prop_map(|(wait, form)| {
            let (seconds, milliseconds) = (wait / 1000, wait % 1000);
            let at = AT + wait;
            match form {
                0 => (wait, format!("{seconds}.{milliseconds:03}")),
                1 => (wait, format!("{wait}ms")),
                2 => (
                    wait,
                    format!("{}m{}.{milliseconds:03}s", seconds / 60, seconds % 60),
                ),
                3 => (wait, format!("{at}")),
                4 => (wait, format!("{at}000")),
                5 => (wait, format!("{}.{:03}", at / 1000, at % 1000)),
                6 => {
                    let (minute, second) = (seconds / 60, seconds % 60);
                    let text = format!("2026-11-20T10:{minute:02}:{second:02}.{milliseconds:03}Z");
                    (wait, text)
                }
                // Whole seconds, at least one.
                7 => ((seconds + 1) * 1000, format!("{}", seconds + 1)),
                _ => {
                    let time = SystemTime::UNIX_EPOCH
                        + Duration::from_millis(AT)
                        + Duration::from_secs(seconds + 1);
                    ((seconds + 1) * 1000, httpdate::fmt_http_date(time))
                }
            }
        })
    }

    /// Text that makes a time invalid, wherever it is inserted.
    fn noise() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "x",
            "!",
            "%",
            "/60",
            ";w=60",
            "_",
            "e3",
            "k",
            " requests",
            " or so",
            "=",
            "#",
            "~",
        ])
    }

    proptest! {
        #[test]
        fn a_wait_is_read_in_every_notation((wait, text) in written()) {
            let wait = Some(Duration::from_millis(wait));
            let headers = [DATE, ("ratelimit-reset", &text), ("retry-after", &text)];
            let headers = headers.map(|(name, value)| {
                (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
            });
            let rate_limit = RateLimit::read(&headers.into_iter().collect(), || NOW);
            prop_assert_eq!((rate_limit.reset, rate_limit.retry_after), (wait, wait), "{}", text);
        }

        #[test]
        fn a_wait_with_extra_text_is_ignored((_, text) in written(), noise in noise(), before: bool) {
            let text = if before { format!("{noise}{text}") } else { format!("{text}{noise}") };
            let rate_limit = all_headers(&text);
            prop_assert_eq!((rate_limit.reset, rate_limit.retry_after), (None, None), "{}", text);
        }

        #[test]
        fn text_without_digits_is_ignored(text in "[ -/:-~]{0,24}") {
            prop_assert_eq!(all_headers(&text), RateLimit::default(), "{}", text);
        }

        #[test]
        fn no_text_makes_an_endless_wait(text in "[0-9.:smhTZ+ -]{1,24}") {
            let rate_limit = all_headers(&text);
            prop_assert!(rate_limit.wait().is_none_or(|wait| wait <= LONGEST), "{}", text);
        }
    }
}
