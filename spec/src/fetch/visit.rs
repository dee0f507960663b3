//! A polite visit: one request after the other, with pauses, further tries, and redirects that stay on
//! the host.

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use ureq::http::{StatusCode, header};
use url::Url;

use super::{
    Event, Limits, Options, Site,
    client::{Answer, Client, Condition, Trouble},
    clock::Clock,
    robots::Robots,
    site::shown,
};
use crate::finding::Finding;

/// Before the second try at most; twice as long before each further one.
const BACKOFF: Duration = Duration::from_secs(1);

const MAX_BACKOFF: Duration = Duration::from_secs(60);

/// A page that cannot be had.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) finding: Box<Finding>,
    pub(super) reason: Reason,
}

/// What a failure means for the other pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// The site does not have this page, says its status.
    Absent(StatusCode),
    /// This page is not for us, or not usable.
    Unusable,
    /// The site is not there, or not well. It may not have other pages, either.
    Unwell,
    /// Nothing more must be asked now.
    Over,
    /// Nothing can be kept.
    Broken,
}

pub(super) struct Visit<'a> {
    pub(super) site: &'a Site,
    pub(super) clock: &'a dyn Clock,
    pub(super) report: &'a mut dyn FnMut(Event<'_>),
    pub(super) robots: Robots,
    client: Client,
    delay: Duration,
    limits: Limits,
    started: Duration,
    /// End of the request before.
    last: Option<Duration>,
}

impl<'a> Visit<'a> {
    pub(super) fn new(
        site: &'a Site,
        options: &Options,
        clock: &'a dyn Clock,
        report: &'a mut dyn FnMut(Event<'_>),
    ) -> Self {
        Self {
            site,
            clock,
            report,
            robots: Robots::default(),
            client: Client::new(site.is_loopback()),
            delay: options.delay,
            limits: options.limits,
            started: clock.elapsed(),
            last: None,
        }
    }

    /// Asks for `url`, and follows redirects. The status of the answer is 200, or 304 where there is a
    /// condition.
    pub(super) fn get(
        &mut self,
        url: &Url,
        condition: Option<Condition<'_>>,
    ) -> Result<Answer, Failure> {
        let mut target = url.clone();
        for _ in 0..=self.limits.redirects {
            if !self.robots.allow(&target) {
                return Err(Failure::unusable(
                    Finding::new("fetch-disallowed", "robots.txt of the site forbids this")
                        .file(shown(&target))
                        .help("the other pages are used without this one"),
                ));
            }
            let answer = self.ask(&target, condition)?;
            target = match answer.status.as_u16() {
                200 => return Ok(answer),
                304 if condition.is_some() => return Ok(answer),
                301 | 302 | 303 | 307 | 308 => self
                    .site
                    .redirect(
                        &target,
                        answer.header(&header::LOCATION).unwrap_or_default(),
                    )
                    .map_err(Failure::unusable)?,
                _ => {
                    return Err(Failure::new(
                        Finding::new(
                            "fetch-status",
                            format!("the site answers {}", answer.status),
                        )
                        .file(shown(&target))
                        .help("the other pages are used without this one"),
                        Reason::Absent(answer.status),
                    ));
                }
            };
        }
        Err(Failure::unusable(
            Finding::new(
                "fetch-redirect",
                format!("more than {} redirects in a row", self.limits.redirects),
            )
            .file(shown(url))
            .help("tell the site's owner; the other pages are used without this one"),
        ))
    }

    /// One page, with further tries.
    fn ask(&mut self, url: &Url, condition: Option<Condition<'_>>) -> Result<Answer, Failure> {
        let mut tries = 0;
        loop {
            self.pause(url)?;
            let timeout = self.limits.request.min(self.left());
            let result = self
                .client
                .get(url, condition, timeout, self.limits.page_bytes);
            self.last = Some(self.clock.elapsed());
            tries += 1;
            let (problem, asked) = match result {
                Ok(answer) if !is_passing(answer.status) => return Ok(answer),
                Ok(answer) => (
                    format!("the site answers {}", answer.status),
                    self.retry_after(&answer),
                ),
                Err(Trouble::Lost(problem)) => (problem, None),
                Err(Trouble::TooLarge) => {
                    return Err(Failure::unusable(
                        Finding::new(
                            "fetch-too-large",
                            format!(
                                "the page has more than {} bytes; the rest was not read",
                                self.limits.page_bytes
                            ),
                        )
                        .file(shown(url))
                        .help("tell the site's owner; the other pages are used without this one"),
                    ));
                }
                Err(Trouble::Encoding(encoding)) => {
                    return Err(Failure::unusable(
                        Finding::new(
                            "fetch-encoding",
                            format!(
                                "the page comes packed as `{}`, which was not asked for",
                                encoding.escape_debug()
                            ),
                        )
                        .file(shown(url))
                        .help("tell the site's owner; the other pages are used without this one"),
                    ));
                }
            };
            let asked = asked.unwrap_or_default();
            if asked > self.limits.retry_after {
                return Err(Failure::over(
                    Finding::new(
                        "fetch-come-back-later",
                        format!("{problem}, and not to be asked for {} s", asked.as_secs()),
                    )
                    .file(shown(url))
                    .help("run the same command again later; it goes on from here"),
                ));
            }
            if tries > self.limits.retries {
                return Err(Failure::new(
                    Finding::new(
                        "fetch-unreachable",
                        format!("tried {tries} times, in the end: {problem}"),
                    )
                    .file(shown(url))
                    .help("run the same command again later; it goes on from here"),
                    Reason::Unwell,
                ));
            }
            let wait = backoff(tries).max(asked);
            (self.report)(Event::Waiting {
                wait,
                problem: &problem,
            });
            self.sleep(wait, url)?;
        }
    }

    /// Keeps the distance to the request before.
    fn pause(&mut self, url: &Url) -> Result<(), Failure> {
        let delay = self.delay.max(self.robots.delay);
        let due = self.last.map_or(Duration::ZERO, |last| last + delay);
        self.sleep(due.saturating_sub(self.clock.elapsed()), url)
    }

    /// Waits, unless the time for the whole visit would be over then.
    fn sleep(&mut self, wait: Duration, url: &Url) -> Result<(), Failure> {
        if wait >= self.left() {
            return Err(Failure::over(
                Finding::new(
                    "fetch-time-over",
                    format!("not done after {} s", self.limits.total.as_secs()),
                )
                .file(shown(url))
                .help("run the same command again; it goes on from here"),
            ));
        }
        if !wait.is_zero() {
            self.clock.sleep(wait);
        }
        Ok(())
    }

    fn left(&self) -> Duration {
        let spent = self.clock.elapsed().saturating_sub(self.started);
        self.limits.total.saturating_sub(spent)
    }

    /// The time that the site wants to be left alone: seconds, or until a date.
    fn retry_after(&self, answer: &Answer) -> Option<Duration> {
        let value = answer.header(&header::RETRY_AFTER)?.trim();
        if let Ok(seconds) = value.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let date = DateTimeParser::new().parse_timestamp(value).ok()?;
        Duration::try_from(date.duration_since(self.clock.now())).ok()
    }
}

impl Failure {
    fn new(finding: Finding, reason: Reason) -> Self {
        Self {
            finding: Box::new(finding),
            reason,
        }
    }

    /// The site says that there is no such page.
    pub(super) fn is_gone(&self) -> bool {
        matches!(
            self.reason,
            Reason::Absent(StatusCode::NOT_FOUND | StatusCode::GONE)
        )
    }

    pub(super) fn unusable(finding: Finding) -> Self {
        Self::new(finding, Reason::Unusable)
    }

    pub(super) fn broken(finding: Finding) -> Self {
        Self::new(finding, Reason::Broken)
    }

    fn over(finding: Finding) -> Self {
        Self::new(finding, Reason::Over)
    }
}

/// Whether the same request may get another answer soon.
fn is_passing(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT
        )
}

/// How long to wait after so many tries. Between half the time and all of it, so that programs that
/// were turned away together do not come back together.
fn backoff(tries: u32) -> Duration {
    let doubled = BACKOFF.saturating_mul(2u32.saturating_pow(tries.saturating_sub(1)));
    doubled
        .min(MAX_BACKOFF)
        .mul_f64(0.5 + fastrand::f64() / 2.0)
}
