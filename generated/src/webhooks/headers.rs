//! The headers of a delivery.

use std::{
    collections::{BTreeMap, HashMap},
    hash::BuildHasher,
};

use reqwest::header::HeaderMap;

/// Identifier of the message; the same for repeated deliveries.
pub const HEADER_ID: &str = "webhook-id";
/// The time of signing, in seconds since 1970.
pub const HEADER_TIMESTAMP: &str = "webhook-timestamp";
/// The signatures, separated by spaces: `v1,` and base64.
pub const HEADER_SIGNATURE: &str = "webhook-signature";

/// The headers of a request, in any web framework.
///
/// Implemented for [`HeaderMap`] of the `http` crate, which axum, hyper, tower, warp and others use,
/// for lists of pairs, for maps, and for functions from a name to its value.
pub trait Headers {
    /// The value of a header, by its name in lower case; `None` if the header is missing or is not text.
    fn get(&self, name: &str) -> Option<&str>;
}

impl Headers for HeaderMap {
    fn get(&self, name: &str) -> Option<&str> {
        Self::get(self, name)?.to_str().ok()
    }
}

impl<N: AsRef<str>, V: AsRef<str>> Headers for [(N, V)] {
    fn get(&self, name: &str) -> Option<&str> {
        find(self.iter().map(|(known, value)| (known, value)), name)
    }
}

impl<N: AsRef<str>, V: AsRef<str>, const LENGTH: usize> Headers for [(N, V); LENGTH] {
    fn get(&self, name: &str) -> Option<&str> {
        Headers::get(self.as_slice(), name)
    }
}

impl<N: AsRef<str>, V: AsRef<str>> Headers for Vec<(N, V)> {
    fn get(&self, name: &str) -> Option<&str> {
        Headers::get(self.as_slice(), name)
    }
}

impl<N: AsRef<str>, V: AsRef<str>, S: BuildHasher> Headers for HashMap<N, V, S> {
    fn get(&self, name: &str) -> Option<&str> {
        find(self.iter(), name)
    }
}

impl<N: AsRef<str>, V: AsRef<str>> Headers for BTreeMap<N, V> {
    fn get(&self, name: &str) -> Option<&str> {
        find(self.iter(), name)
    }
}

fn find<'a, N: AsRef<str> + 'a, V: AsRef<str> + 'a>(
    mut pairs: impl Iterator<Item = (&'a N, &'a V)>,
    name: &str,
) -> Option<&'a str> {
    pairs.find_map(|(known, value)| {
        (known.as_ref().eq_ignore_ascii_case(name)).then(|| value.as_ref())
    })
}
