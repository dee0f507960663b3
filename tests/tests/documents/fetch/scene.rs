//! A site, a fetcher, and their clock.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use heffl_spec::{
    Finding,
    fetch::{Clock, Fetched, Options, Site, fetch},
};
use jiff::Timestamp;
use tempfile::TempDir;

use super::server::{Reply, Server};

/// The default pause between two requests.
pub const PAUSE: Duration = Duration::from_millis(500);

/// A clock that advances only when the fetcher waits.
#[derive(Debug, Default)]
pub struct TestClock {
    pub elapsed: Cell<Duration>,
    pub waits: RefCell<Vec<Duration>>,
}

impl TestClock {
    pub fn advance(&self, time: Duration) {
        self.elapsed.set(self.elapsed.get() + time);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let start: Timestamp = "2026-01-05T12:00:00Z".parse().unwrap();
        start + self.elapsed.get()
    }

    fn elapsed(&self) -> Duration {
        self.elapsed.get()
    }

    fn sleep(&self, duration: Duration) {
        self.waits.borrow_mut().push(duration);
        self.advance(duration);
    }
}

/// A site and a fetcher.
pub struct Scene {
    pub server: Server,
    pub folder: TempDir,
    pub clock: TestClock,
    pub options: Options,
}

impl Scene {
    /// A site with an index of these pages; the test sets the replies of the pages.
    pub fn with_index(addresses: &[&str]) -> Self {
        let scene = Self {
            server: Server::start(),
            folder: tempfile::tempdir().unwrap(),
            clock: TestClock::default(),
            options: Options::default(),
        };
        scene.index(addresses);
        scene
    }

    /// A site with these pages; the text of each is its address.
    pub fn with_pages(addresses: &[&str]) -> Self {
        let scene = Self::with_index(addresses);
        for address in addresses {
            let reply = Reply::page(*address);
            scene.server.reply(&format!("/{address}.md"), [reply]);
        }
        scene
    }

    pub fn index(&self, addresses: &[&str]) {
        let lines = addresses
            .iter()
            .map(|address| format!("- [Page]({}/{address}.md): a page\n", self.server.url()));
        let index = format!("# Workshop\n\n{}", lines.collect::<String>());
        self.server.reply("/llms.txt", [Reply::page(index)]);
    }

    pub fn fetch(&self) -> Result<Fetched, Vec<Finding>> {
        let site = Site::parse(&self.server.url()).unwrap();
        let started = Instant::now();
        let result = fetch(
            &site,
            self.folder.path(),
            &self.options,
            &self.clock,
            &mut |_| {},
        );
        let spent = started.elapsed();
        assert!(spent < Duration::from_secs(20), "took {spent:?}");
        result
    }

    /// Rules of the findings, each with the end of its address.
    pub fn failures(&self) -> Vec<(&'static str, String)> {
        let findings = match self.fetch() {
            Ok(fetched) => fetched.failures,
            Err(findings) => findings,
        };
        let url = self.server.url();
        let place = |finding: &Finding| {
            let file = finding.file.clone().unwrap();
            file.strip_prefix(&url).unwrap_or(&file).to_owned()
        };
        findings
            .iter()
            .map(|finding| (finding.rule, place(finding)))
            .collect()
    }

    pub fn rules(&self) -> Vec<&'static str> {
        self.failures().iter().map(|(rule, _)| *rule).collect()
    }

    /// The fetched pages by their path.
    pub fn pages(&self) -> BTreeMap<String, String> {
        let folders: Vec<_> = fs::read_dir(self.folder.path()).unwrap().collect();
        assert_eq!(folders.len(), 1, "one site, one folder");
        let folder = folders[0].as_ref().unwrap().path().join("pages");
        contents(&folder)
    }

    pub fn waits(&self) -> Vec<Duration> {
        self.clock.waits.take()
    }
}

pub fn contents(folder: &Path) -> BTreeMap<String, String> {
    let files = heffl_tests::folder::contents(folder).into_iter();
    files
        .map(|(path, bytes)| (path, String::from_utf8(bytes).unwrap()))
        .collect()
}
