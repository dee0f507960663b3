//! Whether a proxy can be used.

use std::ffi::OsString;

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use super::tls;
use crate::error::{Error, causes};

const EXAMPLE: &str = "http://proxy.example.com:8080";

/// Checks a proxy that the program gave. Only its `Debug` form shows its scheme; one that decides for
/// itself, or that has exceptions, is checked when it is used.
pub(super) fn check(proxy: &reqwest::Proxy, base_url: &Url) -> Result<(), Error> {
    match scheme(proxy, base_url) {
        Some(scheme) => check_scheme("the proxy", &scheme),
        None => Ok(()),
    }
}

/// The scheme of a proxy, where it is certain to be used for the address.
fn scheme(proxy: &reqwest::Proxy, base_url: &Url) -> Option<String> {
    let text = format!("{proxy:?}");
    let (kind, proxy) = text
        .strip_prefix("Proxy(")?
        .split_once("(Url { scheme: \"")?;
    let is_for_address = kind == "All" || kind.eq_ignore_ascii_case(base_url.scheme());
    if !is_for_address || !proxy.ends_with(", None)") {
        return None;
    }
    let (scheme, _) = proxy.split_once('"')?;
    Some(scheme.to_owned())
}

/// Checks the proxy that the environment names for an address of https. reqwest reads the same variables,
/// and leaves out what it does not understand: the request would go past the proxy, or fail each time.
pub(super) fn check_environment(
    base_url: &Url,
    read: impl Fn(&str) -> Option<OsString>,
) -> Result<(), Error> {
    let first = |names: &[&'static str]| {
        names.iter().find_map(|name| {
            let value = read(name)?.into_string().ok()?;
            Some((*name, value))
        })
    };
    // Of a CGI program, the client that calls it could set `HTTP_PROXY`: reqwest asks for no proxy then.
    if base_url.scheme() != "https" || read("REQUEST_METHOD").is_some() {
        return Ok(());
    }
    let is_set = |(_, value): &(_, String)| !value.is_empty();
    let Some((name, value)) = first(&["HTTPS_PROXY", "https_proxy"])
        .filter(is_set)
        .or_else(|| first(&["ALL_PROXY", "all_proxy"]).filter(is_set))
    else {
        return Ok(());
    };
    let Ok(address) = base_url.as_str().parse() else {
        return Ok(());
    };
    let (_, exceptions) = first(&["NO_PROXY", "no_proxy"]).unwrap_or_default();
    let is_used = Matcher::builder().all(EXAMPLE).no(exceptions).build();
    if is_used.intercept(&address).is_none() {
        return Ok(());
    }
    let proxy = format!("the proxy of the environment variable {name}");
    let understood = Matcher::builder().all(value.as_str()).build();
    match understood.intercept(&address) {
        Some(understood) => check_scheme(&proxy, understood.uri().scheme_str().unwrap_or("http")),
        None => match value.split_once("://") {
            Some((scheme, _)) if is_scheme(scheme) && !["http", "https"].contains(&scheme) => {
                check_scheme(&proxy, scheme)
            }
            // It may hold a password.
            _ => Err(Error::config(format!(
                "{proxy} cannot be read; it should look like {EXAMPLE}"
            ))),
        },
    }
}

/// Checks whether a proxy can be spoken to by this scheme.
fn check_scheme(proxy: &str, scheme: &str) -> Result<(), Error> {
    let problem = match scheme.to_ascii_lowercase().as_str() {
        "http" => return Ok(()),
        "https" if tls::is_available() => return Ok(()),
        "https" => tls::NEEDS_FEATURE,
        "socks4" | "socks4a" | "socks5" | "socks5h" if cfg!(feature = "socks") => return Ok(()),
        "socks4" | "socks4a" | "socks5" | "socks5h" => {
            "SOCKS needs the feature `socks`: add it to the features of `heffl` in Cargo.toml, or use a proxy \
             that speaks HTTP"
        }
        _ => "no such proxy is supported; it should look like http://proxy.example.com:8080",
    };
    Err(Error::config(format!(
        "{proxy} has the scheme `{scheme}`: {problem}"
    )))
}

fn is_scheme(text: &str) -> bool {
    text.len() < 20 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The connectors below reqwest say only in their texts that they do not know a scheme. That of the base URL
/// has been checked, so it is the proxy's.
pub(super) fn misconfigured(error: &reqwest::Error) -> Option<Error> {
    causes(error).find_map(|cause| {
        let text = cause.to_string();
        if text == "invalid URL, scheme is not http" {
            return Some(Error::config(format!(
                "the proxy, or the HTTP client that was given, cannot reach the server: {}",
                tls::NEEDS_FEATURE
            )));
        }
        let scheme = text.strip_prefix("unsupported scheme ")?;
        check_scheme("the proxy", scheme).err()
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::{Error, Url, check, check_environment};

    fn base_url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn environment(variables: &[(&str, &str)]) -> Result<(), Error> {
        check_environment(&base_url("https://api.heffl.com/api"), |name| {
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
            // Others are asked first, or for other addresses.
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
        use reqwest::{NoProxy, Proxy};

        let has_socks = cfg!(feature = "socks");
        let https = base_url("https://api.heffl.com/api");
        let http = base_url("http://localhost/api");
        let socks = "socks5://user:s3cret@127.0.0.1";
        for (proxy, base_url, is_good) in [
            (Proxy::all("http://127.0.0.1"), &https, true),
            (Proxy::all("127.0.0.1:80"), &https, true),
            (Proxy::all(socks), &https, has_socks),
            (Proxy::https(socks), &https, has_socks),
            (Proxy::http(socks), &https, true),
            (Proxy::http(socks), &http, has_socks),
            (Proxy::all("ftp://127.0.0.1"), &https, false),
            (
                Ok(Proxy::custom(|_| Some("socks5://127.0.0.1"))),
                &https,
                true,
            ),
        ] {
            let proxy = proxy.unwrap();
            let result = check(&proxy, base_url);
            assert_eq!(result.is_ok(), is_good, "{proxy:?}");
            if let Err(error) = result {
                let error = error.to_string();
                assert!(error.contains("the proxy has the scheme"), "{error}");
                assert!(!error.contains("s3cret"), "{error}");
            }
        }
        let exceptions = NoProxy::from_string("api.heffl.com");
        let proxy = Proxy::all(socks).unwrap().no_proxy(exceptions);
        assert!(check(&proxy, &https).is_ok());
    }
}
