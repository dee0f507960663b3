//! Checks of proxies.

use std::ffi::OsString;

use hyper::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::ClientBuilder;
use url::Url;

use super::tls;
use crate::error::Error;

const EXAMPLE: &str = "http://proxy.example.com:8080";

/// Adds the proxy of the program's settings. A proxy may use TLS even if the API does not.
pub(crate) fn with_proxy(http: ClientBuilder, address: &str) -> Result<ClientBuilder, Error> {
    check("the proxy", address)?;
    let proxy = reqwest::Proxy::all(address).map_err(|_| unreadable("the proxy"))?;
    Ok(http.proxy(proxy))
}

/// Checks the proxy that the environment sets for an https address. reqwest reads the same variables,
/// and ignores values that it does not understand: the request would bypass the proxy, or always fail.
pub(super) fn check_environment(
    base_url: &Url,
    read: impl Fn(&str) -> Option<OsString>,
) -> Result<(), Error> {
    let first = |names: [&'static str; 2]| {
        let value = |name: &str| read(name)?.into_string().ok();
        names
            .into_iter()
            .find_map(|name| Some((name, value(name)?)))
    };
    let set = |names| first(names).filter(|(_, value)| !value.is_empty());
    // The client of a CGI program could set `HTTP_PROXY`, so reqwest ignores it there.
    if base_url.scheme() != "https" || read("REQUEST_METHOD").is_some() {
        return Ok(());
    }
    let named = set(["HTTPS_PROXY", "https_proxy"]).or_else(|| set(["ALL_PROXY", "all_proxy"]));
    let (Some((name, value)), Ok(address)) = (named, base_url.as_str().parse()) else {
        return Ok(());
    };
    let (_, exceptions) = first(["NO_PROXY", "no_proxy"]).unwrap_or_default();
    let is_used = Matcher::builder().all(EXAMPLE).no(exceptions).build();
    if is_used.intercept(&address).is_none() {
        return Ok(());
    }
    let proxy = format!("the proxy of the environment variable {name}");
    check(&proxy, &value)
}

/// Checks the address of a proxy, which may contain a password, and whether its scheme is supported.
fn check(proxy: &str, address: &str) -> Result<(), Error> {
    let understood = Matcher::builder().all(address).build();
    let understood = understood.intercept(&Uri::from_static("https://api.heffl.com"));
    let scheme = match (&understood, address.split_once("://")) {
        (Some(understood), _) => understood.uri().scheme_str().unwrap_or("http"),
        (None, Some((scheme, _))) if is_scheme(scheme) && !["http", "https"].contains(&scheme) => {
            scheme
        }
        _ => return Err(unreadable(proxy)),
    };
    let problem = match scheme.to_ascii_lowercase().as_str() {
        "http" => return Ok(()),
        "https" if tls::IS_AVAILABLE => return Ok(()),
        "https" => tls::NEEDS_FEATURE,
        "socks4" | "socks4a" | "socks5" | "socks5h" if cfg!(feature = "socks") => return Ok(()),
        "socks4" | "socks4a" | "socks5" | "socks5h" => {
            concat!(
                "SOCKS needs the feature `socks`: add it to the features of `",
                env!("CARGO_PKG_NAME"),
                "` in Cargo.toml, or use a proxy that speaks HTTP"
            )
        }
        _ => "no such proxy is supported; it should look like http://proxy.example.com:8080",
    };
    let message = format!("{proxy} has the scheme `{scheme}`: {problem}");
    Err(Error::config(message))
}

fn is_scheme(text: &str) -> bool {
    text.len() < 20 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn unreadable(proxy: &str) -> Error {
    Error::config(format!(
        "{proxy} cannot be read; it should look like {EXAMPLE}"
    ))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::{ClientBuilder, Error, Url, check_environment, with_proxy};

    fn environment(variables: &[(&str, &str)]) -> Result<(), Error> {
        let base_url = Url::parse("https://api.heffl.com/api").unwrap();
        check_environment(&base_url, |name| {
            let variable = variables.iter().find(|(known, _)| *known == name);
            variable.map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn a_proxy_of_the_environment_that_cannot_be_used_is_named() {
        let socks = if cfg!(feature = "socks") {
            None
        } else {
            Some("feature `socks`")
        };
        let proxy = "http://proxy.example.com:3128";
        for (variables, problem) in [
            (vec![], None),
            (vec![("HTTPS_PROXY", proxy)], None),
            (vec![("HTTPS_PROXY", "proxy.example.com:3128")], None),
            (
                vec![("ALL_PROXY", "http://user:s3cret@proxy.example.com")],
                None,
            ),
            (
                vec![("ALL_PROXY", "socks5://user:s3cret@127.0.0.1:1080")],
                socks,
            ),
            (vec![("all_proxy", "socks5h://127.0.0.1")], socks),
            (vec![("https_proxy", "socks4://127.0.0.1")], socks),
            (
                vec![("HTTPS_PROXY", ""), ("ALL_PROXY", "socks5://127.0.0.1")],
                socks,
            ),
            // Other variables have priority, or are for other addresses.
            (
                vec![("HTTPS_PROXY", proxy), ("ALL_PROXY", "socks5://127.0.0.1")],
                None,
            ),
            (
                vec![("HTTPS_PROXY", proxy), ("https_proxy", "ftp://127.0.0.1")],
                None,
            ),
            (vec![("HTTP_PROXY", "ftp://127.0.0.1")], None),
            // The address is an exception.
            (
                vec![
                    ("ALL_PROXY", "ftp://127.0.0.1"),
                    ("NO_PROXY", "a.example, .heffl.com"),
                ],
                None,
            ),
            (
                vec![("ALL_PROXY", "ftp://127.0.0.1"), ("no_proxy", "*")],
                None,
            ),
            (
                vec![("ALL_PROXY", "ftp://127.0.0.1"), ("REQUEST_METHOD", "GET")],
                None,
            ),
            (
                vec![("ALL_PROXY", "ftp://127.0.0.1"), ("NO_PROXY", "a.example")],
                Some("scheme `ftp`"),
            ),
            (
                vec![("ALL_PROXY", "quic://s3cret@127.0.0.1")],
                Some("scheme `quic`"),
            ),
            (
                vec![("ALL_PROXY", "http://s3cret@")],
                Some("cannot be read"),
            ),
            (vec![("ALL_PROXY", "s3cret word")], Some("cannot be read")),
        ] {
            let result = environment(&variables);
            match problem {
                None => assert!(result.is_ok(), "{variables:?}: {result:?}"),
                Some(problem) => {
                    let error = result.expect_err(problem).to_string();
                    let is_named = variables.iter().any(|(name, _)| error.contains(name));
                    assert!(
                        error.contains(problem) && is_named,
                        "{variables:?}: {error}"
                    );
                    assert!(!error.contains("s3cret"), "{error}");
                }
            }
        }
    }

    #[test]
    fn a_given_proxy_that_cannot_be_used_is_named() {
        let has_socks = cfg!(feature = "socks");
        let has_tls = cfg!(any(feature = "rustls", feature = "native-tls"));
        for (address, is_good, problem) in [
            ("http://127.0.0.1", true, ""),
            ("127.0.0.1:80", true, ""),
            ("http://user:s3cret@127.0.0.1:80", true, ""),
            ("https://user:s3cret@127.0.0.1", has_tls, "`rustls`"),
            ("socks5://user:s3cret@127.0.0.1", has_socks, "`socks`"),
            ("SOCKS5H://127.0.0.1", has_socks, "`socks`"),
            ("ftp://user:s3cret@127.0.0.1", false, "scheme `ftp`"),
            ("http://user:s3cret@", false, "cannot be read"),
            ("user:s3cret word", false, "cannot be read"),
            ("", false, "cannot be read"),
        ] {
            match with_proxy(ClientBuilder::new(), address) {
                Ok(_) => assert!(is_good, "{address}"),
                Err(error) => {
                    let text = format!("{error} {error:?}");
                    assert!(!is_good && text.contains(problem), "{address}: {text}");
                    assert!(text.contains("the proxy"), "{text}");
                    assert!(!text.contains("s3cret"), "{text}");
                }
            }
        }
    }
}
