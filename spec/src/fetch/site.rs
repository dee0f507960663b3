//! The site and its URLs.

use url::{Host, Url};

use crate::finding::Finding;

/// A documentation site: everything is fetched from its host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Ends in a slash; without query, fragment and user.
    base: Url,
}

impl Site {
    /// Reads an address such as `https://docs.example.test`.
    ///
    /// Unencrypted URLs are only accepted for this machine (loopback).
    pub fn parse(address: &str) -> Result<Self, Finding> {
        let refused = |message: &str| {
            let help = "name the documentation site like https://docs.example.test";
            Err(Finding::new("fetch-address", message).help(help))
        };
        let mut base = match Url::parse(address) {
            Ok(base) => base,
            Err(error) => {
                let address = address.escape_debug();
                return refused(&format!("`{address}` is not a URL: {error}"));
            }
        };
        if has_user(&base) || base.query().is_some() || base.fragment().is_some() {
            return refused("the URL must not contain a user, a query or a fragment");
        }
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let site = Self { base };
        match site.base.scheme() {
            "https" => Ok(site),
            "http" if site.is_loopback() => Ok(site),
            "http" => refused("pages are fetched over https; http is for servers on this machine"),
            other => refused(&format!("{other} addresses cannot be fetched")),
        }
    }

    /// Whether the site is on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        match self.base.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// The address.
    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    /// A name for the folder of this site.
    pub(super) fn folder(&self) -> String {
        let host = self.base.host_str().unwrap_or_default();
        let port = self
            .base
            .port()
            .map_or_else(String::new, |port| format!("_{port}"));
        let name = format!("{host}{port}{}", self.base.path().trim_end_matches('/'));
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        name.replace(|c: char| !is_plain(c), "_")
    }

    /// The file at `path` below the site.
    pub(super) fn file(&self, path: &str) -> Result<Url, Finding> {
        let url = self.base.join(path);
        url.map_err(|error| {
            let message = format!("`{path}` is not a URL: {error}");
            problem("fetch-address", &self.base, message)
        })
    }

    /// The target of a redirect from `from` to `location`, if it stays on the host. From http to https
    /// is allowed, back is not.
    pub(super) fn redirect(&self, from: &Url, location: &str) -> Result<Url, Finding> {
        let refused = |message: &str| Err(problem("fetch-redirect", from, message));
        let Ok(target) = from.join(location) else {
            return refused("the site redirects to an invalid URL");
        };
        let shown = shown(&target);
        if target.host_str() != self.base.host_str() {
            return refused(&format!("the site redirects to another host: {shown}"));
        }
        let same_origin = target.origin() == self.base.origin();
        let upgraded = from.scheme() == "http" && target.scheme() == "https";
        if has_user(&target) || !(same_origin || upgraded && target.port().is_none()) {
            return refused(&format!(
                "the site redirects to {shown}, which is on its host but must not be followed"
            ));
        }
        Ok(target)
    }
}

fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// The address in findings: without query, fragment and user, which may be secrets.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // These fail for addresses that cannot have a user.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

/// The finding of a rule about an address, with the help that the rule has.
pub(super) fn problem(rule: &'static str, url: &Url, message: impl Into<String>) -> Finding {
    let help = match rule {
        "fetch-come-back-later" | "fetch-stopped" | "fetch-time-over" | "fetch-unreachable" => {
            "run the same command again later; it continues from here"
        }
        "fetch-disallowed" | "fetch-status" | "link-dead" => {
            "the other pages are used without this one"
        }
        "fetch-redirect" => "if the site has moved, name its new address with --from",
        "fetch-too-many-pages" => {
            "name the part of the site that holds the API reference with --from"
        }
        _ => "report it to the site's owner; the other pages are used without this one",
    };
    Finding::new(rule, message).file(shown(url)).help(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_sites() {
        for address in [
            "https://docs.example.test",
            "https://docs.example.test/help/",
            "http://127.0.0.1:8080",
            "http://[::1]:8080/",
            "http://localhost",
        ] {
            assert!(Site::parse(address).is_ok(), "{address}");
        }
        for address in [
            "docs.example.test",
            "http://docs.example.test",
            "http://127.0.0.1.example.test",
            "ftp://docs.example.test",
            "file:///etc",
            "https://me:secret@docs.example.test",
            "https://docs.example.test/?key=secret",
            "https://",
        ] {
            let finding = Site::parse(address).unwrap_err();
            assert_eq!(finding.rule, "fetch-address", "{address}");
            assert!(!finding.to_string().contains("secret"), "{finding}");
        }
    }

    #[test]
    fn folders_are_plain_names() {
        for (address, folder) in [
            ("https://docs.example.test", "docs.example.test"),
            ("https://example.test/help/en", "example.test_help_en"),
            ("http://127.0.0.1:8080", "127.0.0.1_8080"),
            ("http://[::1]:8080", "___1__8080"),
        ] {
            assert_eq!(Site::parse(address).unwrap().folder(), folder);
        }
    }

    #[test]
    fn redirects_stay_on_the_host() {
        let site = Site::parse("https://docs.example.test").unwrap();
        let from = site.file("a/b.md").unwrap();
        for (location, target) in [
            ("c.md", "https://docs.example.test/a/c.md"),
            ("/c.md?x=1", "https://docs.example.test/c.md?x=1"),
            ("//docs.example.test/c.md", "https://docs.example.test/c.md"),
            (
                "https://docs.example.test:443/c",
                "https://docs.example.test/c",
            ),
        ] {
            assert_eq!(site.redirect(&from, location).unwrap().as_str(), target);
        }
        for location in [
            "https://other.example.test/c.md?key=secret",
            "//other.example.test/",
            "https://docs.example.test@other.example.test/",
            "https://docs.example.test:8443/",
            "https://me:secret@docs.example.test/",
            "http://docs.example.test/",
            "https://[",
            "mailto:me",
        ] {
            let finding = site.redirect(&from, location).unwrap_err();
            assert_eq!(finding.rule, "fetch-redirect", "{location}");
            assert!(!finding.to_string().contains("secret"), "{finding}");
        }
    }

    #[test]
    fn an_unencrypted_site_may_move_to_https() {
        let site = Site::parse("http://localhost").unwrap();
        let from = site.file("a.md").unwrap();
        let target = site.redirect(&from, "https://localhost/a.md").unwrap();
        assert_eq!(target.as_str(), "https://localhost/a.md");
        assert!(site.redirect(&target, "http://localhost:81/a.md").is_err());
        assert!(site.redirect(&from, "https://localhost:8443/a.md").is_err());
    }
}
