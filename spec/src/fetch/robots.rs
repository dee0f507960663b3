//! `robots.txt` (RFC 9309): which paths a program may fetch.

use std::time::Duration;

use regex::bytes::Regex;
use url::{Position, Url};

/// The largest size that is read; the standard requires at least 500 KiB.
pub(super) const MAX_BYTES: usize = 512 * 1024;

/// The longest delay between two requests.
const MAX_DELAY: Duration = Duration::from_secs(30);

/// The rules for a program. Without rules everything is allowed.
#[derive(Clone, Debug, Default)]
pub(super) struct Robots {
    /// The pattern of paths, the length of the rule, and whether it allows them.
    rules: Vec<(Regex, usize, bool)>,
    /// The requested time between two requests.
    pub(super) delay: Duration,
}

impl Robots {
    /// The rules of `text` for the program `product`: the groups that name it, or else the group
    /// for all programs.
    pub(super) fn parse(text: &str, product: &str) -> Self {
        let own = Self::of_groups(text, product);
        own.or_else(|| Self::of_groups(text, "*"))
            .unwrap_or_default()
    }

    /// The rules of all groups that name `agent`.
    fn of_groups(text: &str, agent: &str) -> Option<Self> {
        let mut found: Option<Self> = None;
        let (mut is_meant, mut has_rules) = (false, false);
        for line in text.trim_start_matches('\u{feff}').lines() {
            let line = line.split('#').next().unwrap_or_default();
            let (key, value) = line.split_once(':').unwrap_or_default();
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            match key.as_str() {
                "user-agent" => {
                    // After rules, another group starts.
                    is_meant &= !std::mem::take(&mut has_rules);
                    is_meant |= value.eq_ignore_ascii_case(agent);
                    if is_meant {
                        found.get_or_insert_default();
                    }
                }
                "allow" | "disallow" | "crawl-delay" => {
                    has_rules = true;
                    if let Some(found) = found.as_mut().filter(|_| is_meant) {
                        found.add(&key, value);
                    }
                }
                _ => {}
            }
        }
        found
    }

    fn add(&mut self, key: &str, value: &str) {
        if key == "crawl-delay" {
            let seconds: f64 = value.parse().unwrap_or_default();
            let delay = Duration::try_from_secs_f64(seconds).unwrap_or_default();
            self.delay = self.delay.max(delay.min(MAX_DELAY));
            return;
        }
        let rule = unescape(value);
        // `*` matches anything, and `$` at the end matches the end.
        let (path, end) = match rule.strip_suffix('$') {
            Some(path) => (path, "$"),
            None => (rule.as_str(), ""),
        };
        let pattern = format!("(?s-u)^{}{end}", regex::escape(path).replace(r"\*", ".*"));
        // An invalid rule is ignored.
        let pattern = Regex::new(&pattern).ok().filter(|_| !value.is_empty());
        self.rules
            .extend(pattern.map(|pattern| (pattern, rule.len(), key == "allow")));
    }

    /// Whether `url` may be fetched. The longest rule that matches decides; of two equally long rules, the one that
    /// allows.
    pub(super) fn allow(&self, url: &Url) -> bool {
        let target = unescape(&url[Position::BeforePath..Position::AfterQuery]);
        let rules = self
            .rules
            .iter()
            .filter(|(path, ..)| path.is_match(target.as_bytes()));
        let longest = rules.max_by_key(|(_, length, allows)| (*length, *allows));
        longest.is_none_or(|(_, _, allows)| *allows)
    }
}

/// Normalises escapes: only characters outside ASCII are escaped, and those of `*`, `$`, `/` and
/// `%`, which have another meaning unescaped.
fn unescape(text: &str) -> String {
    const OTHERS: &percent_encoding::AsciiSet = percent_encoding::CONTROLS;
    let text = percent_encoding::utf8_percent_encode(text, OTHERS).to_string();
    let mut parts = text.split('%');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part
            .get(..2)
            .filter(|code| code.bytes().all(|c| c.is_ascii_hexdigit()));
        let code = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        let (escaped, rest) = match (code, part.get(2..)) {
            (Some(code), Some(rest)) if code.is_ascii_graphic() && !b"*$/%".contains(&code) => {
                (char::from(code).to_string(), rest)
            }
            (Some(code), Some(rest)) => (format!("%{code:02X}"), rest),
            _ => ("%".to_owned(), part),
        };
        plain.extend([escaped.as_str(), rest]);
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
        assert!(allows("Disallow: /", "/a"), "rules without an agent");
        let nothing = "User-agent: *\nDisallow: /\nUser-agent: gadget-reader\nDisallow:";
        assert!(allows(nothing, "/a"));
    }

    #[test]
    fn delays_are_bounded() {
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
        fn any_text_and_any_path_are_accepted(
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
