//! The base URL of the API, checked when a client is built.

use std::{borrow::Cow, net::Ipv4Addr};

use url::{Host, Url};

use crate::{
    api::{DEFAULT_BASE_URL, VERSIONS},
    error::Error,
    invisible::{self, is_blank},
    operation::Operation,
};

/// The problem of a base URL, and its solution.
type Problem = Cow<'static, str>;

fn no_host() -> Problem {
    format!(
        "does not begin with https:// and a host; it should look like {}",
        example()
    )
    .into()
}

/// A valid base URL, for messages.
fn example() -> &'static str {
    if DEFAULT_BASE_URL.is_empty() {
        "https://api.example.com"
    } else {
        DEFAULT_BASE_URL
    }
}

/// Reads a base URL: `https://`, a host, perhaps a port, and a path that ends like the default one.
///
/// The URL standard reads many other texts as addresses: it drops tabs, turns `\` into `/`, resolves `..`, and
/// accepts `https:host`. Such a text is more likely a mistake, so this function checks the text before the standard
/// interprets it. Messages never repeat the text, which may hold a secret.
pub(super) fn parse(text: &str) -> Result<Url, Error> {
    let text = invisible::trim(text);
    let refuse = |problem: Problem| Error::config(format!("the base URL {problem}"));
    let (_, rest) = text.split_once("://").unwrap_or_default();
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    check_text(text, rest, authority).map_err(refuse)?;
    let mut url = Url::parse(text).map_err(|error| {
        refuse(format!("cannot be read; it should look like {}", example()).into()).because(error)
    })?;
    let path = path.trim_end_matches('/');
    check_url(&url, authority, path).map_err(refuse)?;
    url.set_path(path);
    Ok(url)
}

/// The base URL of an operation: its own server instead of the default base URL. A base URL that the
/// program has set replaces every server of the document, so that a test or a proxy gets all requests.
pub(super) fn of<'a>(base_url: &'a Url, operation: &Operation) -> Cow<'a, Url> {
    let server = operation.spec().access.server;
    let server = server.and_then(|server| Url::parse(server).ok());
    match server.filter(|_| parse(DEFAULT_BASE_URL).is_ok_and(|default| default == *base_url)) {
        Some(server) => Cow::Owned(server),
        None => Cow::Borrowed(base_url),
    }
}

/// Checks the text, the part after its scheme (empty if it has no scheme), and host and port.
fn check_text(text: &str, rest: &str, authority: &str) -> Result<(), Problem> {
    let port = authority.rsplit_once(':').map(|(_, port)| port);
    // The colons of an IPv6 address are in brackets.
    let port = port.filter(|port| !port.ends_with(']'));
    let problem = if text.is_empty() {
        return Err(format!("is empty; it should look like {}", example()).into());
    } else if text.contains(['"', '\'', '`']) {
        "contains quotation marks; remove them, in .env files too"
    } else if text.contains(is_blank) {
        "contains a space or an invisible character; type it again"
    } else if text.contains('\\') {
        "contains a backslash; use / instead"
    } else if rest.contains(['?', '#']) {
        return Err(format!(
            "contains a query or fragment; end it after its path, as in {}",
            example()
        )
        .into());
    } else if authority.contains('@') {
        "contains a user name or password; pass the key through `api_key`"
    } else if authority.is_empty() || authority.starts_with(':') {
        return Err(no_host());
    } else if !port.is_none_or(is_port) {
        "has no port after the colon of its host; write a number from 1 to 65535, as in \
         https://proxy.example.com:8443, or leave out the colon"
    } else {
        return Ok(());
    };
    Err(problem.into())
}

fn check_url(url: &Url, authority: &str, path: &str) -> Result<(), Problem> {
    let is_allowed = match url.scheme() {
        "https" => true,
        "http" => is_loopback(url),
        _ => false,
    };
    let is_other_ip = |address: Ipv4Addr| authority.split(':').next() != Some(&address.to_string());
    let host = url.host_str().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    let is_version = |version: &&str| last.eq_ignore_ascii_case(version);
    let default = Url::parse(DEFAULT_BASE_URL).ok();
    let default_path = default
        .as_ref()
        .map_or("", |url| url.path().trim_end_matches('/'));
    let is_default_host =
        default.as_ref().and_then(Url::host_str) == Some(host.trim_end_matches('.'));
    let example = example();
    let problem = if !is_allowed {
        "must begin with https:// (http:// is for this machine only), or others could read the key"
    } else if matches!(url.host(), Some(Host::Ipv4(address)) if is_other_ip(address)) {
        "has an IP address in an unusual form; write four decimal numbers, as in 127.0.0.1"
    } else if host.is_empty() {
        return Err(no_host());
    } else if path.split('/').any(climbs) {
        return Err(format!(
            "contains `.`, `..` or an escaped slash in its path; write the whole path, as in {example}"
        )
        .into());
    } else if path.contains("//") {
        "contains two slashes in a row; remove one"
    } else if VERSIONS.iter().any(is_version) {
        return Err(
            format!("ends with the version of the API; remove /{last}, as in {example}").into(),
        );
    } else if is_default_host && path != default_path {
        return Err(format!("of {host} must be {example}").into());
    } else if !path.ends_with(default_path) {
        return Err(format!(
            "must end in {default_path}, as in {example}; the path of a proxy goes before it"
        )
        .into());
    } else {
        return Ok(());
    };
    Err(problem.into())
}

/// Whether the text is a port that can be connected to.
fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse().is_ok_and(|port: u16| port > 0)
}

/// Whether a segment of a path becomes `.` or `..`, or several segments, when a server decodes it.
fn climbs(segment: &str) -> bool {
    let mut segment = segment.to_ascii_lowercase();
    // One server decodes `%252e` to `%2e`, and the next one decodes that to `.`.
    while segment.contains("%25") {
        segment = segment.replace("%25", "%");
    }
    let segment = segment.replace("%2e", ".");
    matches!(segment.as_str(), "." | "..") || segment.contains("%2f") || segment.contains("%5c")
}

/// Whether the address stays on this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::parse;

    #[test]
    fn addresses_of_the_right_form_are_accepted() {
        for (text, url) in [
            (crate::api::DEFAULT_BASE_URL, "https://api.heffl.com/api"),
            (" https://api.heffl.com/api/ ", "https://api.heffl.com/api"),
            (
                "\u{FEFF}https://api.heffl.com/api\u{200B}\r\n",
                "https://api.heffl.com/api",
            ),
            ("HTTPS://API.heffl.com/api", "https://api.heffl.com/api"),
            ("https://api.heffl.com:443/api", "https://api.heffl.com/api"),
            (
                "https://proxy.example.com:8443/heffl/api//",
                "https://proxy.example.com:8443/heffl/api",
            ),
            (
                "https://proxy.example.com/a%20b/api",
                "https://proxy.example.com/a%20b/api",
            ),
            (
                "https://bücher.example/api",
                "https://xn--bcher-kva.example/api",
            ),
            ("https://10.0.0.1/api", "https://10.0.0.1/api"),
            ("https://[2001:db8::1]/api", "https://[2001:db8::1]/api"),
            ("http://localhost:8080/api", "http://localhost:8080/api"),
            ("http://api.localhost/api", "http://api.localhost/api"),
            ("http://127.0.0.1:1/api", "http://127.0.0.1:1/api"),
            ("http://[::1]:1/api", "http://[::1]:1/api"),
            ("http://[::1]/api", "http://[::1]/api"),
        ] {
            assert_eq!(parse(text).unwrap().as_str(), url);
        }
    }

    /// Messages name the problem and the solution, and never the text itself.
    #[test]
    fn other_addresses_are_refused_with_a_hint() {
        for (text, hint) in [
            ("", "is empty"),
            ("\u{FEFF}", "is empty"),
            ("api.heffl.com/api", "begin with https://"),
            ("https:api.heffl.com/api", "begin with https://"),
            ("https:/api.heffl.com/api", "begin with https://"),
            ("https:\\\\api.heffl.com\\api", "backslash"),
            ("https://api.heffl.com\\api", "backslash"),
            ("\"https://api.heffl.com/api\"", "quotation marks"),
            ("'https://api.heffl.com/api", "quotation marks"),
            ("https://api.heffl.com /api", "space"),
            ("https://api.heffl\t.com/api", "space"),
            ("https://api.heffl.com/a\u{200B}pi", "invisible"),
            ("https://", "and a host"),
            ("https:///api", "and a host"),
            ("https:///api.heffl.com/api", "and a host"),
            ("https://:443/api", "and a host"),
            ("https://api.heffl.com:/api", "port"),
            ("https://api.heffl.com:", "port"),
            ("https://proxy.example.com:0/api", "port"),
            ("http://localhost:00/api", "port"),
            ("https://proxy.example.com:65536/api", "port"),
            ("https://proxy.example.com:+1/api", "port"),
            ("https://proxy.example.com:secret/api", "port"),
            ("http://[::1]:0/api", "port"),
            ("http://[::1]:/api", "port"),
            ("https://proxy.exa mple.com/api", "space"),
            ("https://proxy.exa%20mple.com/api", "cannot be read"),
            ("https://[::1/api", "cannot be read"),
            ("https://[secret]/api", "cannot be read"),
            ("https://1.2.3.4.5/api", "cannot be read"),
            ("http://api.heffl.com/api", "must begin with https://"),
            ("http://10.0.0.1/api", "must begin with https://"),
            ("http://0.0.0.0/api", "must begin with https://"),
            (
                "http://localhost.example.com/api",
                "must begin with https://",
            ),
            ("http://localhost@example.com/api", "user name"),
            ("ftp://localhost/api", "must begin with https://"),
            ("ws://localhost/api", "must begin with https://"),
            ("data:text/plain,api", "begin with https://"),
            ("http://127.1/api", "IP address"),
            ("http://2130706433/api", "IP address"),
            ("http://0x7f.0.0.1/api", "IP address"),
            ("http://127.0.0.1./api", "IP address"),
            ("https://user:secret@api.heffl.com/api", "password"),
            ("https://secret@api.heffl.com/api", "user name"),
            ("https://@api.heffl.com/api", "user name"),
            ("https://:@api.heffl.com/api", "user name"),
            ("https://api.heffl.com/api?secret", "query"),
            ("https://api.heffl.com/api?", "query"),
            ("https://api.heffl.com/api#secret", "fragment"),
            ("https://api.heffl.com/api#", "fragment"),
            ("https://api.heffl.com/api/v1", "remove /"),
            ("https://proxy.example.com/api/V2/", "remove /"),
            ("https://api.heffl.com/v1", "remove /"),
            ("https://api.heffl.com", "https://api.heffl.com/api"),
            ("https://API.heffl.com./apis", "https://api.heffl.com/api"),
            (
                "https://api.heffl.com/heffl/api",
                "https://api.heffl.com/api",
            ),
            ("https://api.heffl.com/API", "https://api.heffl.com/api"),
            ("https://proxy.example.com", "must end in /api"),
            ("https://proxy.example.com/", "must end in /api"),
            ("https://proxy.example.com/heffl", "must end in /api"),
            ("https://proxy.example.com/api/deals", "must end in /api"),
            ("https://proxy.example.com/api;secret", "must end in /api"),
            ("https://proxy.example.com/xapi", "must end in /api"),
            ("https://proxy.example.com/a//api", "two slashes"),
            ("https://proxy.example.com//api", "two slashes"),
            ("https://proxy.example.com/a/../api", "`..`"),
            ("https://proxy.example.com/../api", "`..`"),
            ("https://proxy.example.com/./api", "`..`"),
            ("https://proxy.example.com/api/..", "`..`"),
            ("https://proxy.example.com/api/.", "`..`"),
            ("https://proxy.example.com/a/%2e%2e/api", "`..`"),
            ("https://proxy.example.com/a/%2E./api", "`..`"),
            ("https://proxy.example.com/a/%252e%252e/api", "`..`"),
            ("https://proxy.example.com/a%2f..%2fb/api", "`..`"),
            ("https://proxy.example.com/a%5c..%5cb/api", "`..`"),
        ] {
            let error = parse(text).expect_err(text);
            let message = format!("{error:#} {error:?}");
            assert!(
                error.to_string().contains(hint) && !message.contains("secret"),
                "{text}: {message}"
            );
        }
    }

    /// Pieces of addresses, good and bad, in any order.
    fn pieces() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "https",
            "http",
            ":",
            "/",
            "//",
            "\\",
            "@",
            "?",
            "#",
            "api",
            "/api",
            "v1",
            "..",
            ".",
            "%2e",
            "%2f",
            "%25",
            "localhost",
            "api.heffl.com",
            "127.0.0.1",
            "[::1]",
            "0",
            "443",
            "99999",
            " ",
            "\t",
            "\u{FEFF}",
            "\u{200B}",
            "'",
            "ü",
            "s3cret",
        ]);
        let begin = prop::sample::select(vec![
            "",
            "https://",
            "https://proxy.example.com",
            "http://localhost",
        ]);
        (begin, prop::collection::vec(piece, 0..8))
            .prop_map(|(begin, pieces)| format!("{begin}{}", pieces.concat()))
    }

    proptest! {
        /// An accepted address has the same parts in the text and in the URL, and parsing it again changes nothing.
        #[test]
        fn an_accepted_address_is_not_reinterpreted(text in prop_oneof![3 => pieces(), 1 => ".*"]) {
            match parse(&text) {
                Ok(url) => {
                    let path = url.path();
                    prop_assert!(path.ends_with("/api"));
                    prop_assert!(path.split('/').all(|part| part != "." && part != ".."));
                    prop_assert!(!text.is_ascii() || text.contains(path));
                    prop_assert!(url.scheme() == "https" || super::is_loopback(&url));
                    prop_assert!(url.username().is_empty() && url.password().is_none());
                    prop_assert!(url.query().is_none() && url.fragment().is_none());
                    prop_assert_ne!(url.port(), Some(0));
                    prop_assert!(!text.contains(['\\', '?', '#']));
                    // In front of the host, it would be a password.
                    prop_assert!(!text.contains('@') || path.contains('@'));
                    prop_assert_eq!(parse(url.as_str()).unwrap(), url);
                }
                Err(error) => {
                    let texts = format!("{error:#} {error:?}");
                    prop_assert!(!texts.contains("s3cret"), "{}", texts);
                }
            }
        }
    }
}
