//! `robots.txt` (RFC 9309): which paths a program may ask for.
//!
//! Own code: the standard is short, and the crates for it bring a parser library and regular
//! expressions of years ago (`texting_robots`), or leave `Crawl-delay` out (`robotstxt`).

use std::time::Duration;

use url::Url;

/// More than this is not read; the standard asks for at least 500 KiB.
pub(super) const MAX_BYTES: usize = 512 * 1024;

/// Nobody waits longer than this between two requests.
const MAX_DELAY: Duration = Duration::from_secs(30);

/// The rules that hold for one program. Without rules everything is allowed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Robots {
    rules: Vec<Rule>,
    /// Time between two requests that the site wishes for.
    pub(super) delay: Duration,
}

#[derive(Clone, Debug, PartialEq)]
struct Rule {
    /// Escapes resolved where they can be.
    pattern: Vec<u8>,
    allows: bool,
}

#[derive(Debug, Default)]
struct Group {
    for_us: bool,
    for_all: bool,
    has_rules: bool,
}

impl Robots {
    /// The rules of `text` for the program `product`: those of groups that name it, or else those
    /// for everybody.
    pub(super) fn parse(text: &str, product: &str) -> Self {
        let (mut ours, mut everybodys) = (None::<Self>, Self::default());
        let mut group = Group::default();
        for line in text.trim_start_matches('\u{feff}').lines() {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else {
                continue;
            };
            let value = value.trim();
            if key.trim().eq_ignore_ascii_case("user-agent") {
                if group.has_rules {
                    group = Group::default();
                }
                group.for_all |= value == "*";
                if value.eq_ignore_ascii_case(product) {
                    group.for_us = true;
                    ours.get_or_insert_default();
                }
                continue;
            }
            let key = key.trim().to_ascii_lowercase();
            if !matches!(key.as_str(), "allow" | "disallow" | "crawl-delay") {
                continue;
            }
            group.has_rules = true;
            if group.for_us {
                ours.get_or_insert_default().add(&key, value);
            }
            if group.for_all {
                everybodys.add(&key, value);
            }
        }
        ours.unwrap_or(everybodys)
    }

    fn add(&mut self, key: &str, value: &str) {
        if key == "crawl-delay" {
            let seconds: f64 = value.parse().unwrap_or_default();
            let delay = Duration::try_from_secs_f64(seconds).unwrap_or_default();
            self.delay = self.delay.max(delay.min(MAX_DELAY));
        } else if !value.is_empty() {
            self.rules.push(Rule {
                pattern: unescape(value),
                allows: key == "allow",
            });
        }
    }

    /// Whether `url` may be asked for. The longest rule that matches decides; of two equally long ones
    /// the friendlier.
    pub(super) fn allow(&self, url: &Url) -> bool {
        let mut target = url.path().to_owned();
        if let Some(query) = url.query() {
            target.push('?');
            target.push_str(query);
        }
        let target = unescape(&target);
        self.rules
            .iter()
            .filter(|rule| matches(&rule.pattern, &target))
            .max_by_key(|rule| (rule.pattern.len(), rule.allows))
            .is_none_or(|rule| rule.allows)
    }
}

/// Whether the pattern matches from the start of `text`: `*` stands for anything, `$` at the end
/// for the end.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (pattern, to_the_end) = match pattern.strip_suffix(b"$") {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut parts = pattern.split(|byte| *byte == b'*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&[u8]> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return !to_the_end || rest.is_empty();
    };
    // The first place where a part fits leaves the most for the others.
    for part in middle {
        let Some(after) = find(rest, part) else {
            return false;
        };
        rest = after;
    }
    if to_the_end {
        rest.ends_with(last)
    } else {
        find(rest, last).is_some()
    }
}

/// What follows the first `part` in `text`.
fn find<'a>(text: &'a [u8], part: &[u8]) -> Option<&'a [u8]> {
    if part.is_empty() {
        return Some(text);
    }
    let start = text.windows(part.len()).position(|window| window == part)?;
    text.get(start + part.len()..)
}

/// Resolves escapes, save those of `*`, `$`, `/` and `%`, which would mean something else.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = text.bytes();
    let mut plain = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let mut digit = || char::from(ahead.next()?).to_digit(16);
        let decoded = if byte == b'%'
            && let (Some(high), Some(low)) = (digit(), digit())
        {
            u8::try_from(high * 16 + low).ok()
        } else {
            None
        };
        match decoded {
            Some(decoded) if !b"*$/%".contains(&decoded) => {
                plain.push(decoded);
                bytes = ahead;
            }
            _ => plain.push(byte),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn allows(text: &str, path: &str) -> bool {
        let url = Url::parse("https://docs.example.test").unwrap();
        Robots::parse(text, "gadget-reader").allow(&url.join(path).unwrap())
    }

    #[test]
    fn rules_and_paths() {
        for (rules, path, allowed) in [
            ("", "/a", true),
            ("Disallow:", "/a", true),
            ("Disallow: /", "/a", false),
            ("Disallow: /a", "/ab/c", false),
            ("Disallow: /a/", "/a", true),
            ("Disallow: /A", "/a", true),
            ("Disallow: /\nAllow: /a", "/a.md", true),
            ("Disallow: /a/b\nAllow: /a", "/a/b", false),
            ("Allow: /a\nDisallow: /a", "/a", true),
            ("Disallow: /*.md", "/x/y.md", false),
            ("Disallow: /*.md$", "/x/y.md", false),
            ("Disallow: /*.md$", "/x/y.md?z", true),
            ("Disallow: /a*b*c$", "/a-b-b-c", false),
            ("Disallow: /a*b*c$", "/a-c-b", true),
            ("Disallow: *", "/a", false),
            ("Disallow: /$", "/", false),
            ("Disallow: /$", "/a", true),
            ("Disallow: /%61%2Fb", "/a/b", true),
            ("Disallow: /%7Ea", "/~a", false),
            ("Disallow: /é", "/%C3%A9", false),
            ("Disallow: /%", "/%zz", false),
            ("Disallow: /?key", "/?key=1", false),
            ("disallow : /a # why", "/a", false),
            ("Sitemap: /a\nnonsense\nDisallow: /a", "/a", false),
        ] {
            assert_eq!(
                allows(&format!("User-agent: *\n{rules}\n"), path),
                allowed,
                "{rules:?} {path}"
            );
        }
    }

    #[test]
    fn the_group_that_names_the_program_wins() {
        let text = "User-agent: *\nDisallow: /\n\nUser-agent: other\nUser-agent: Gadget-Reader\nDisallow: /a\n\nUser-agent: gadget-reader\nDisallow: /b\nUser-agent: other\nDisallow: /c";
        for (path, allowed) in [("/a", false), ("/b", false), ("/c", true), ("/d", true)] {
            assert_eq!(allows(text, path), allowed, "{path}");
        }
        assert!(allows("User-agent: other\nDisallow: /", "/a"));
        assert!(allows("Disallow: /", "/a"), "rules of nobody");
        let nothing = "User-agent: *\nDisallow: /\nUser-agent: gadget-reader\nDisallow:";
        assert!(allows(nothing, "/a"));
    }

    #[test]
    fn wishes_for_time_are_bounded() {
        for (value, seconds) in [
            ("2", 2.0),
            ("0.5", 0.5),
            ("1e9", 30.0),
            ("-1", 0.0),
            ("x", 0.0),
        ] {
            let text = format!("User-agent: *\nCrawl-delay: {value}");
            let delay = Robots::parse(&text, "gadget-reader").delay;
            assert!((delay.as_secs_f64() - seconds).abs() < 1e-9, "{value}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_any_path_judged(
            text in r"(User-agent: \*|Disallow: |Allow: |Crawl-delay: |[*$/%a-c0-9é:#]|\n)*",
            path in r"[*$/%a-c0-9é?.]*",
        ) {
            allows(&text, &format!("/{}", path.trim_start_matches('/')));
        }

        #[test]
        fn a_path_without_escapes_matches_itself(path in "(/[a-z0-9_~-]{1,8}){1,4}") {
            let forbidden = format!("User-agent: *\nDisallow: {path}$");
            prop_assert!(!allows(&forbidden, &path));
            let longer = format!("{path}/x");
            prop_assert!(allows(&forbidden, &longer));
        }
    }
}
