//! What the headers of an answer say about the quota.
//!
//! The API documents `RateLimit-*` headers without their exact form. All forms that are in use are
//! read: one header each for limit, remaining and reset (with or without `X-`), the combined header
//! of the IETF drafts in both its dialects, and `Retry-After`.

use std::time::{Duration, SystemTime};

use reqwest::header::HeaderMap;

use crate::quota::WINDOW;

/// What an answer says about the quota.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// Requests in a window.
    pub limit: Option<u32>,
    /// Requests left in this window.
    pub remaining: Option<u32>,
    /// Time until the window ends.
    pub reset: Option<Duration>,
    /// How long the server asks to wait before the next attempt.
    pub retry_after: Option<Duration>,
}

/// A number as large as this is a time stamp in seconds, not a number of seconds: no window is
/// thirty years long.
const SECONDS_STAMP: u64 = 1_000_000_000;
/// And a number as large as this is one in milliseconds.
const MILLISECONDS_STAMP: u64 = 1_000_000_000_000;

impl RateLimit {
    /// Reads the headers; `now` is the client's clock in milliseconds since 1970, used where the
    /// answer has no `Date` of its own: the server's clock is the one its time stamps are made by.
    pub(crate) fn read(headers: &HeaderMap, now: impl Fn() -> u64) -> Self {
        // One pass, as every answer is read. Of each name the first value, in each of three dialects.
        let [mut limit, mut remaining, mut reset] = [[None; 3]; 3];
        let [mut combined, mut policy, mut retry, mut date] = [None; 4];
        for (name, value) in headers {
            let place = match name.as_str() {
                "ratelimit-limit" => &mut limit[0],
                "x-ratelimit-limit" => &mut limit[1],
                "x-rate-limit-limit" => &mut limit[2],
                "ratelimit-remaining" => &mut remaining[0],
                "x-ratelimit-remaining" => &mut remaining[1],
                "x-rate-limit-remaining" => &mut remaining[2],
                "ratelimit-reset" => &mut reset[0],
                "x-ratelimit-reset" => &mut reset[1],
                "x-rate-limit-reset" => &mut reset[2],
                "ratelimit" => &mut combined,
                "ratelimit-policy" => &mut policy,
                "retry-after" => &mut retry,
                "date" => &mut date,
                _ => continue,
            };
            *place = place.or(value.to_str().ok());
        }
        // Needed for few answers, and read for none else.
        let now = || date.and_then(http_date).unwrap_or_else(&now);
        let single = |texts: [_; 3]| texts.into_iter().flatten().find_map(leading_number);
        let combined = combined.map(Combined::read).unwrap_or_default();
        Self {
            limit: single(limit)
                .or(combined.limit)
                .or_else(|| policy.and_then(policy_limit))
                .and_then(|limit| u32::try_from(limit).ok()),
            remaining: single(remaining)
                .or(combined.remaining)
                .map(|remaining| u32::try_from(remaining).unwrap_or(u32::MAX)),
            reset: single(reset)
                .or(combined.reset)
                .map(|reset| until(reset, now)),
            retry_after: retry.and_then(|text| retry_after(text, now)),
        }
    }

    /// How long to wait before the next attempt, as far as the answer says.
    pub(crate) fn wait(&self) -> Option<Duration> {
        self.retry_after.or(self.reset)
    }
}

/// The header `RateLimit`: `limit=60, remaining=3, reset=30`, or `"default";r=3;t=30`.
#[derive(Clone, Copy, Debug, Default)]
struct Combined {
    limit: Option<u64>,
    remaining: Option<u64>,
    reset: Option<u64>,
}

impl Combined {
    fn read(text: &str) -> Self {
        let mut tightest = Self::default();
        let mut named = Self::default();
        for entry in text.split(',') {
            let mut this = Self::default();
            for (key, value) in entry.split(';').filter_map(|part| part.split_once('=')) {
                let value = value.trim().parse().ok();
                match key.trim().to_ascii_lowercase().as_str() {
                    "limit" => named.limit = value,
                    "remaining" => named.remaining = value,
                    "reset" => named.reset = value,
                    "r" => this.remaining = value,
                    "t" => this.reset = value,
                    _ => {}
                }
            }
            // Several policies may apply at once; the one with the least left is what counts.
            if this.remaining.is_some()
                && tightest
                    .remaining
                    .is_none_or(|left| this.remaining < Some(left))
            {
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

/// The header `RateLimit-Policy`: `60;w=60`, or `"default";q=60;w=60`. Quotas of other windows than a
/// minute say nothing of the minute; of the rest, the smallest counts.
fn policy_limit(text: &str) -> Option<u64> {
    text.split(',')
        .filter_map(|entry| {
            let parameter = |name: &str| {
                entry
                    .split(';')
                    .find_map(|part| part.trim().strip_prefix(name)?.parse::<u64>().ok())
            };
            let is_of_a_minute = parameter("w=").is_none_or(|window| window == WINDOW.as_secs());
            let quota = parameter("q=").or_else(|| leading_number(entry));
            quota.filter(|_| is_of_a_minute)
        })
        .min()
}

/// `60`, `60, 60;w=60`, `60;w=60`.
fn leading_number(text: &str) -> Option<u64> {
    let text = text.trim_ascii();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    text.get(..digits)?.parse().ok()
}

/// A number of seconds, or the time stamp of the end.
fn until(reset: u64, now: impl FnOnce() -> u64) -> Duration {
    if reset >= MILLISECONDS_STAMP {
        Duration::from_millis(reset.saturating_sub(now()))
    } else if reset >= SECONDS_STAMP {
        Duration::from_millis((reset * 1000).saturating_sub(now()))
    } else {
        Duration::from_secs(reset)
    }
}

/// Seconds, also with a fraction, or a date.
fn retry_after(text: &str, now: impl FnOnce() -> u64) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    Some(Duration::from_millis(
        http_date(text)?.saturating_sub(now()),
    ))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, or one of the older forms of HTTP, in milliseconds since 1970.
fn http_date(text: &str) -> Option<u64> {
    let since = httpdate::parse_http_date(text)
        .ok()?
        .duration_since(SystemTime::UNIX_EPOCH);
    u64::try_from(since.ok()?.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    /// 1994-11-06T08:49:37Z
    const NOW: u64 = 784_111_777_000;

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

    #[test]
    fn a_reset_is_told_from_a_time_stamp_by_its_size() {
        let reset = |text| read(&[("ratelimit-reset", text)]).reset;
        assert_eq!(reset("0"), Some(Duration::ZERO));
        assert_eq!(reset("60"), Some(Duration::from_secs(60)));
        // Time stamps of 2001 and later: relative to the server's own clock.
        let dated = |text| {
            let date = ("date", "Thu, 01 Jan 2026 00:00:00 GMT");
            read(&[date, ("ratelimit-reset", text)]).reset
        };
        assert_eq!(dated("1767225642"), Some(Duration::from_secs(42)));
        assert_eq!(dated("1767225642500"), Some(Duration::from_millis(42_500)));
        assert_eq!(dated("1767225000"), Some(Duration::ZERO));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let wait = |text| read(&[("retry-after", text)]).retry_after;
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        assert_eq!(wait("0.5"), Some(Duration::from_millis(500)));
        for date in [
            "Sun, 06 Nov 1994 08:50:00 GMT",
            "Sunday, 06-Nov-94 08:50:00 GMT",
            "Sun Nov  6 08:50:00 1994",
        ] {
            assert_eq!(wait(date), Some(Duration::from_secs(23)), "{date}");
        }
        assert_eq!(wait("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(
            read(&[("retry-after", "7"), ("ratelimit-reset", "9")]).wait(),
            Some(Duration::from_secs(7))
        );
    }

    #[test]
    fn nonsense_is_passed_over() {
        for text in [
            "",
            "soon",
            "-1",
            "NaN",
            "99999999999999999999999",
            "limit=",
            ";;=,,",
        ] {
            let headers = [
                "ratelimit",
                "ratelimit-limit",
                "ratelimit-remaining",
                "ratelimit-reset",
                "retry-after",
            ]
            .map(|name| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(text),
                )
            })
            .into_iter()
            .collect();
            assert_eq!(
                RateLimit::read(&headers, || NOW),
                RateLimit::default(),
                "{text}"
            );
        }
    }
}
