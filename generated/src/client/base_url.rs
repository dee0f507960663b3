//! The address of the API, checked once.

use url::{Host, Url};

use crate::{
    Error,
    invisible::{is_invisible, trim},
};

/// Reads a base URL. Its messages don't repeat it: a wrong one may hold a secret.
pub(super) fn parse(text: &str) -> Result<Url, Error> {
    let refuse = |problem: &str| Err(Error::config(format!("the base URL {problem}")));
    let text = trim(text);
    if text.contains(is_invisible) {
        return refuse("has an invisible character in it; type it anew");
    }
    let Ok(mut url) = Url::parse(text) else {
        return refuse("cannot be read; it should look like https://api.heffl.com/api");
    };
    let is_allowed = match url.scheme() {
        "https" => true,
        "http" => is_loopback(&url),
        _ => false,
    };
    if !is_allowed {
        return refuse(
            "must begin with https:// (http:// is for this machine alone), or the key could be read on its way",
        );
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("must not hold a user name or password; the key is given on its own");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("must not have a query or fragment");
    }
    let path = url.path().trim_end_matches('/').to_owned();
    if path.ends_with("/v1") || path.ends_with("/v2") {
        return refuse("must not end with the version of the API; leave out /v1 or /v2");
    }
    let is_official = url
        .host_str()
        .is_some_and(|host| host.trim_end_matches('.') == "api.heffl.com");
    if is_official && path != "/api" {
        return refuse("of api.heffl.com must be https://api.heffl.com/api");
    }
    url.set_path(&path);
    Ok(url)
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
    use super::parse;

    #[test]
    fn takes_addresses_of_the_right_shape() {
        for (text, url) in [
            (crate::DEFAULT_BASE_URL, "https://api.heffl.com/api"),
            (" https://api.heffl.com/api/ ", "https://api.heffl.com/api"),
            (
                "\u{feff}https://api.heffl.com/api\u{200b}",
                "https://api.heffl.com/api",
            ),
            ("https://proxy.example.com", "https://proxy.example.com/"),
            (
                "https://proxy.example.com/heffl//",
                "https://proxy.example.com/heffl",
            ),
            ("http://localhost:8080/api", "http://localhost:8080/api"),
            ("http://api.localhost", "http://api.localhost/"),
            ("http://127.0.0.1:1", "http://127.0.0.1:1/"),
            ("http://[::1]:1/api", "http://[::1]:1/api"),
        ] {
            assert_eq!(parse(text).unwrap().as_str(), url);
        }
    }

    #[test]
    fn refuses_others_with_a_hint() {
        for (text, hint) in [
            ("", "should look like"),
            ("api.heffl.com/api", "should look like"),
            ("http://api.heffl.com/api", "https://"),
            ("http://10.0.0.1/api", "https://"),
            ("http://localhost.example.com", "https://"),
            ("ftp://localhost", "https://"),
            ("data:text/plain,api", "https://"),
            ("https://user:secret@api.heffl.com/api", "password"),
            ("https://secret@api.heffl.com/api", "user name"),
            ("https://api.heffl.com/api?secret", "query"),
            ("https://api.heffl.com/api#secret", "fragment"),
            ("https://api.heffl.com/api/v1", "leave out"),
            ("https://proxy.example.com/v2/", "leave out"),
            ("https://api.heffl.com", "heffl.com/api"),
            ("https://api.heffl.com/v1", "leave out"),
            ("https://API.heffl.com./apis", "heffl.com/api"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(
                error.contains(hint) && !error.contains("secret"),
                "{text}: {error}"
            );
        }
    }
}
