//! The server, and its settings.

use std::{
    fmt, io,
    net::{Ipv4Addr, TcpListener},
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use heffl::{Client, ClientBuilder, CustomFields, DOCUMENTED_LIMIT, Error};
use serde_json::json;
use tokio::sync::watch;

use crate::{
    document::{Catalogue, UnknownOperation},
    fault::Fault,
    http::{self, Shared},
    quota::Window,
    request::ReceivedRequest,
    store,
};

/// A test server; it stops when it is dropped. See the [crate](crate).
pub struct TestServer {
    shared: Arc<Shared>,
    base_url: String,
    /// How long a window of the quota is, if there is one.
    window: Option<Duration>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

/// Settings of a [`TestServer`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is started"]
pub struct TestServerBuilder {
    port: u16,
    quota: Option<u32>,
    window: Duration,
}

impl Default for TestServerBuilder {
    fn default() -> Self {
        Self {
            port: 0,
            quota: DOCUMENTED_LIMIT,
            window: Duration::from_secs(60),
        }
    }
}

impl TestServerBuilder {
    /// The port on the loopback interface; any free port by default.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Requests in a window; 60 by default.
    pub fn quota(mut self, requests: u32) -> Self {
        self.quota = Some(requests);
        self
    }

    /// Removes the quota.
    pub fn without_quota(mut self) -> Self {
        self.quota = None;
        self
    }

    /// Length of a window, in which the quota is counted; a minute by default.
    pub fn window(mut self, length: Duration) -> Self {
        self.window = length;
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    ///
    /// The port is in use, or the operating system refuses a socket or a thread.
    pub fn start(self) -> io::Result<TestServer> {
        let catalogue = Catalogue::read().map_err(io::Error::other)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port))?;
        let base_url = format!("http://{}/api", listener.local_addr()?);
        let quota = Window::new(self.quota, self.window);
        let shared = Arc::new(Shared::new(catalogue, store::new_workspace(), quota));
        let (stop, stopped) = watch::channel(false);
        let thread = http::serve(listener, Arc::clone(&shared), stopped)?;
        Ok(TestServer {
            shared,
            base_url,
            window: self.quota.map(|_| self.window),
            stop,
            thread: Some(thread),
        })
    }
}

impl TestServer {
    /// A server with the documented quota, on a free port.
    ///
    /// # Errors
    ///
    /// The operating system refuses a socket or a thread.
    pub fn start() -> io::Result<Self> {
        Self::builder().start()
    }

    /// A server with settings of your own.
    pub fn builder() -> TestServerBuilder {
        TestServerBuilder::default()
    }

    /// A client of this server.
    pub fn client(&self) -> Result<Client, Error> {
        self.client_builder().build()
    }

    /// The builder of a client of this server, for further settings. The client has the same quota and window as
    /// the server.
    pub fn client_builder(&self) -> ClientBuilder {
        let builder = Client::builder()
            .api_key(self.key())
            .base_url(self.base_url());
        match self.window {
            Some(length) => builder.quota_window(length),
            None => builder.no_rate_limit(),
        }
    }

    /// Address of the server, for `HEFFL_BASE_URL`: `http://127.0.0.1:…/api`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The valid key, for `HEFFL_API_KEY`.
    pub fn key(&self) -> &'static str {
        http::KEY
    }

    /// All records of a kind, in the order of their creation, with the field names of v2: `records("deals")`.
    /// Empty for an unknown kind.
    pub fn records(&self, kind: &str) -> Vec<serde_json::Map<String, serde_json::Value>> {
        let Some(kind) = store::kind_named(kind) else {
            return Vec::new();
        };
        let state = self.shared.state();
        let records = state.store.of_kind(kind.name);
        records.map(|record| record.fields.clone()).collect()
    }

    /// The names of all kinds of records, for [`records`](Self::records) and [`insert`](Self::insert): the paths of
    /// v2, and of v1 for kinds that only v1 has.
    pub fn kinds() -> impl Iterator<Item = &'static str> {
        store::KINDS.iter().map(store::Kind::path)
    }

    /// Adds a record without checking it, for kinds that no operation creates: users, sources,
    /// leads and projects of v2. Returns its identifier, or `None` for an unknown kind.
    ///
    /// ```
    /// use heffl::serde_json::json;
    /// use heffl_test_server::TestServer;
    ///
    /// let server = TestServer::start()?;
    /// let project = server.insert("projects", json!({"title": "Refit", "cf_floor": 3}));
    /// assert_eq!(project.as_deref(), Some("prj_000001"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn insert(&self, kind: &str, record: serde_json::Value) -> Option<String> {
        let kind = store::kind_named(kind)?;
        let serde_json::Value::Object(fields) = record else {
            return None;
        };
        let mut state = self.shared.state();
        Some(state.store.add(kind, fields).id().to_owned())
    }

    /// Defines a custom field, for `GET /custom-fields`. Returns its key, such as
    /// `cf_company_size`. The server accepts undefined `cf_*` keys too, because Heffl does not document what it
    /// does with them.
    pub fn define_custom_field(&self, entity: &str, label: &str, kind: &str) -> String {
        let key = CustomFields::key_from_label(label);
        self.insert(
            "custom-fields",
            json!({"entity": entity, "key": key, "label": label, "type": kind}),
        );
        key
    }

    /// Makes the next request for an operation fail, such as `createDeal`. Several faults for the same
    /// operation apply to one request each.
    ///
    /// # Errors
    ///
    /// The API has no operation of that name, so the test would pass without the fault.
    pub fn fail(&self, operation: &str, fault: Fault) -> Result<(), UnknownOperation> {
        self.shared.catalogue().check(operation)?;
        let mut state = self.shared.state();
        state.faults.add(Some(operation.to_owned()), fault);
        Ok(())
    }

    /// Makes the next request fail, for any operation.
    pub fn fail_next(&self, fault: Fault) {
        self.shared.state().faults.add(None, fault);
    }

    /// Uses up requests of the quota, as another program with the same key does.
    pub fn spend_quota(&self, requests: u32) {
        self.shared.state().quota.spend(requests, Instant::now());
    }

    /// The received requests in order, so that a test can check what a program has sent.
    ///
    /// ```
    /// use heffl::{serde_json::json, v2::CreateCompany};
    /// use heffl_test_server::TestServer;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let server = TestServer::start()?;
    /// let heffl = server.client()?;
    /// heffl.v2().companies().create(CreateCompany::new("Northwind")).await?;
    /// heffl.v2().companies().list().page_size(5).await?;
    ///
    /// let [create, list] = &server.requests()[..] else { panic!() };
    /// assert_eq!(create.json()?, json!({"name": "Northwind"}));
    /// assert_eq!(create.header("content-type"), Some("application/json"));
    /// assert_eq!(list.query("pageSize"), Some("5"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.shared.state().received.clone()
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for TestServer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TestServer")
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}
