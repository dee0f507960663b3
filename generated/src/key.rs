//! How a request sends the key.

use reqwest::{
    Request,
    header::{COOKIE, HeaderName, HeaderValue},
};

/// The part of a request that contains the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(dead_code, reason = "only some documents have each of them")]
pub(crate) enum Key {
    /// A header; a prefix precedes the key in it.
    Header {
        name: &'static str,
        prefix: &'static str,
    },
    /// A parameter of the query.
    Query(&'static str),
    /// The request carries no key.
    None,
}

impl Key {
    pub(crate) fn add_to(self, request: &mut Request, key: &HeaderValue) {
        match self {
            Self::Header { name, prefix } => {
                // A request has one header for all cookies.
                let cookies = request.headers().get(COOKIE).filter(|_| name == COOKIE);
                let cookies = cookies.map(|cookies| [cookies.as_bytes(), b"; "].concat());
                let cookies = cookies.unwrap_or_default();
                let value = [&cookies[..], prefix.as_bytes(), key.as_bytes()].concat();
                if let Ok(mut value) = HeaderValue::from_bytes(&value) {
                    value.set_sensitive(true);
                    request.headers_mut().insert(name, value);
                }
            }
            Self::Query(name) => {
                let key = key.to_str().unwrap_or_default();
                request.url_mut().query_pairs_mut().append_pair(name, key);
            }
            Self::None => {}
        }
    }

    /// Whether only the key may be in this header.
    pub(crate) fn owns(self, header: &HeaderName) -> bool {
        matches!(self, Self::Header { name, .. } if header == name && header != COOKIE)
    }

    /// The arguments of `curl` that add the key from an environment variable.
    pub(crate) fn curl(self, variable: &str) -> String {
        match self {
            Self::Header { name, prefix } => format!(" --header \"{name}: {prefix}${variable}\""),
            Self::Query(name) => format!(" --url-query \"{name}=${variable}\""),
            Self::None => String::new(),
        }
    }
}
