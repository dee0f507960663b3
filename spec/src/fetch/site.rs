//! The site, and which addresses belong to it.

use url::{Host, Url};

use crate::finding::Finding;

/// A documentation site: everything that is fetched lies on its host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Ends in a slash; without query, fragment and user.
    base: Url,
}

impl Site {
    /// Reads an address such as `https://docs.example.test`.
    ///
    /// Unencrypted addresses are taken on this machine (loopback) only.
    pub fn parse(address: &str) -> Result<Self, Finding> {
        let refused = |message: String| {
            Finding::new("fetch-address", message)
                .help("name the documentation site like https://docs.example.test")
        };
        let mut base = Url::parse(address).map_err(|error| {
            refused(format!(
                "`{}` is not an address: {error}",
                address.escape_debug()
            ))
        })?;
        if !base.username().is_empty() || base.password().is_some() {
            return Err(refused("the address must not hold a user".to_owned()));
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(refused(
                "the address must not hold a query or a fragment".to_owned(),
            ));
        }
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let site = Self { base };
        match site.base.scheme() {
            "https" => Ok(site),
            "http" if site.is_loopback() => Ok(site),
            "http" => Err(refused(
                "pages are fetched over https; http is for servers on this machine".to_owned(),
            )),
            other => Err(refused(format!("{other} addresses cannot be fetched"))),
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

    /// The address, as it is given to the parser of indexes.
    pub(super) fn base(&self) -> &str {
        self.base.as_str()
    }

    /// A name for the folder of this site.
    pub(super) fn folder(&self) -> String {
        let mut name = self.base.host_str().unwrap_or_default().to_owned();
        if let Some(port) = self.base.port() {
            name.push('_');
            name.push_str(&port.to_string());
        }
        name.push_str(self.base.path().trim_end_matches('/'));
        name.replace(
            |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-')),
            "_",
        )
    }

    /// The file at `path` below the site.
    pub(super) fn file(&self, path: &str) -> Result<Url, Finding> {
        self.base.join(path).map_err(|error| {
            Finding::new("fetch-address", format!("`{path}` is no address: {error}"))
                .file(shown(&self.base))
                .help("the site's index is broken; tell its owner")
        })
    }

    /// The host's rules for programs.
    pub(super) fn robots(&self) -> Result<Url, Finding> {
        self.file("/robots.txt")
    }

    /// Where the redirect from `from` to `location` leads, if it stays on the host. From http to https
    /// is allowed, back is not.
    pub(super) fn redirect(&self, from: &Url, location: &str) -> Result<Url, Finding> {
        let refused = |message: String| {
            Finding::new("fetch-redirect", message)
                .file(shown(from))
                .help("if the site has moved, name its new address with --from")
        };
        let target = from.join(location).map_err(|_| {
            refused("the site redirects to something that is no address".to_owned())
        })?;
        if target.host_str() != self.base.host_str() {
            return Err(refused(format!(
                "the site redirects to another host: {}",
                shown(&target)
            )));
        }
        let same_origin = target.origin() == self.base.origin();
        let upgraded = from.scheme() == "http" && target.scheme() == "https";
        let has_user = !target.username().is_empty() || target.password().is_some();
        if has_user || !(same_origin || upgraded && target.port().is_none()) {
            return Err(refused(format!(
                "the site redirects to {}, which is on its host but must not be followed",
                shown(&target)
            )));
        }
        Ok(target)
    }
}

/// The address as findings name it: without query, fragment and user, which may be secrets.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // These fail for addresses that cannot have a user.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
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
