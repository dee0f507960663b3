//! A stand-in for Heffl, to test programs against: in this process, on loopback, with a memory.
//!
//! It offers every operation of both versions, and goes by the same documents as this crate: bodies
//! and parameters that are not what is documented are refused the way Heffl refuses them, what was
//! created is found again, and the quota of 60 requests a minute is kept.
//!
//! ```
//! use heffl::{test_server::TestServer, v2::CreateCompany};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = TestServer::start()?;
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! let heffl = server.client()?;
//! heffl.v2().companies().create(CreateCompany::new("Northwind")).await?;
//!
//! let found = heffl.v2().companies().list().search("north").await?;
//! assert_eq!(found.len(), 1);
//! # Ok::<(), heffl::Error>(())
//! # })?;
//! # Ok(())
//! # }
//! ```
//!
//! # What it knows
//!
//! - **The key**: another one than [`TestServer::key`] is refused with 401, and so is a request without a key. The
//!   messages differ.
//! - **Bodies**: required fields, types, words of enums and limits are checked; a key that is neither
//!   documented nor a `cf_*` key is refused; identifiers must be those of records that exist.
//! - **Records**: creates, updates (`null` clears), deletes; a contact or company that a deal, quotation
//!   or invoice is linked to cannot be deleted. v1's clients are v2's contacts and companies.
//! - **Lists**: `search`, `filters` with the documented operators, order, cursors.
//! - **The quota**, with `RateLimit-*` headers. [`TestServerBuilder::quota`] sets another one.
//! - **Faults** that a test asks for: [`TestServer::fail`].
//!
//! A new server has one user, a pipeline with four stages, two sources, stages of leads and clients,
//! and a template for quotations; [`TestServer::records`] tells their identifiers.
//!
//! # What it does not know
//!
//! Where the documentation is silent, so is the server: it calculates no taxes, gives no rights to
//! some users and not to others, and sends no webhooks (sign them with
//! [`webhooks::Signer`](crate::webhooks::Signer)). It is a stand-in, made from the documentation:
//! before a program is let loose on a workspace, try it on one of Heffl's.

mod answer;
mod document;
mod fault;
mod http;
mod list;
mod quota;
mod refusal;
mod render;
mod store;
mod validate;

use std::{
    fmt, io,
    net::{Ipv4Addr, TcpListener},
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::sync::watch;

pub use fault::Fault;

use crate::{client::Client, client::ClientBuilder, custom_fields::CustomFields, error::Error};
use bytes::Bytes;
use reqwest::header::HeaderMap;

/// A JSON object to work on.
type Object = serde_json::Map<String, serde_json::Value>;
use document::Catalogue;
use http::Shared;
use quota::Window;

/// A stand-in for Heffl; stops when it is dropped. See [the module](self).
pub struct TestServer {
    shared: Arc<Shared>,
    base_url: String,
    /// How long a window of the quota is, if there is one.
    window: Option<Duration>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

/// A request that the server has received. `Debug` leaves the key out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// Name of the operation, such as `listDeals`; `None` where the path leads to no operation.
    pub operation: Option<String>,
    /// HTTP method.
    pub method: String,
    /// Path, without the query.
    pub path: String,
    /// Parameters of the query in their order, decoded.
    pub query: Vec<(String, String)>,
    /// Headers, the key among them.
    pub headers: HeaderMap,
    /// The body as it was sent; empty where there was none.
    pub body: Bytes,
    /// Status of the response; `None` where the connection was cut.
    pub status: Option<u16>,
}

impl Received {
    /// The value of a query parameter, the last one if it was sent several times.
    pub fn query(&self, name: &str) -> Option<&str> {
        let mut parameters = self.query.iter().rev();
        parameters.find_map(|(known, value)| (known == name).then_some(value.as_str()))
    }

    /// The value of a header, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON; [`Null`](serde_json::Value::Null) where there was none.
    pub fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        if self.body.is_empty() {
            return Ok(serde_json::Value::Null);
        }
        serde_json::from_slice(&self.body)
    }
}

/// What a [`TestServer`] is started with.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is started"]
pub struct TestServerBuilder {
    quota: Option<u32>,
    window: Duration,
}

impl Default for TestServerBuilder {
    fn default() -> Self {
        Self {
            quota: Some(crate::quota::DOCUMENTED_LIMIT),
            window: Duration::from_secs(60),
        }
    }
}

impl TestServerBuilder {
    /// Requests in a window; 60 unless told otherwise.
    pub fn quota(mut self, requests: u32) -> Self {
        self.quota = Some(requests);
        self
    }

    /// No quota at all.
    pub fn without_quota(mut self) -> Self {
        self.quota = None;
        self
    }

    /// Length of a window, in which the quota is counted; a minute unless told otherwise.
    pub fn window(mut self, length: Duration) -> Self {
        self.window = length;
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    ///
    /// There is no free port on loopback, or no thread to be had.
    pub fn start(self) -> io::Result<TestServer> {
        let catalogue = Catalogue::read().map_err(io::Error::other)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let base_url = format!("http://{}/api", listener.local_addr()?);
        let quota = Window::new(self.quota, self.window);
        let shared = Arc::new(Shared::new(catalogue, store::furnished(), quota));
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
    /// There is no free port on loopback, or no thread to be had.
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

    /// The builder of a client of this server, for further settings. The client keeps to the quota in
    /// windows as long as the server's, and to none where the server has none.
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

    /// The key that the server takes, for `HEFFL_API_KEY`.
    pub fn key(&self) -> &'static str {
        http::KEY
    }

    /// All records of a kind, in the order they were made, in the words of v2: `records("deals")`.
    /// Empty for a kind that the server does not have.
    pub fn records(&self, kind: &str) -> Vec<serde_json::Map<String, serde_json::Value>> {
        let Some(kind) = store::kind_called(kind) else {
            return Vec::new();
        };
        let state = self.shared.state();
        let records = state.store.of_kind(kind.name);
        records.map(|record| record.fields.clone()).collect()
    }

    /// Puts a record into the server, unchecked, for kinds that no operation creates: users, sources,
    /// leads and projects of v2. Answers with its identifier; `None` for a kind that the server does
    /// not have.
    ///
    /// ```
    /// use heffl::{serde_json::json, test_server::TestServer};
    ///
    /// let server = TestServer::start()?;
    /// let project = server.insert("projects", json!({"title": "Refit", "cf_floor": 3}));
    /// assert_eq!(project.as_deref(), Some("prj_000001"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn insert(&self, kind: &str, record: serde_json::Value) -> Option<String> {
        let kind = store::kind_called(kind)?;
        let serde_json::Value::Object(fields) = record else {
            return None;
        };
        let mut state = self.shared.state();
        Some(state.store.add(kind, fields).id().to_owned())
    }

    /// Defines a custom field, for `GET /custom-fields`. Answers with its key, such as
    /// `cf_company_size`. The server takes other `cf_*` keys, too: what Heffl does with them is not
    /// documented.
    pub fn define_custom_field(&self, entity: &str, label: &str, kind: &str) -> String {
        let key = CustomFields::key_from_label(label);
        self.insert(
            "custom-fields",
            json!({"entity": entity, "key": key, "label": label, "type": kind}),
        );
        key
    }

    /// Lets the next request for an operation fail, such as `createDeal`. Faults for the same
    /// operation come one after the other.
    ///
    /// Fails with [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) where there is no operation of that name: the fault would never
    /// come, and the test would pass without it.
    pub fn fail(&self, operation: &str, fault: Fault) -> Result<(), Error> {
        self.shared.catalogue().check(operation)?;
        let mut state = self.shared.state();
        state.faults.add(Some(operation.to_owned()), fault);
        Ok(())
    }

    /// Lets the next request fail, whatever it is for.
    pub fn fail_next(&self, fault: Fault) {
        self.shared.state().faults.add(None, fault);
    }

    /// Takes requests of the quota, as another program with the same key does.
    pub fn spend_quota(&self, requests: u32) {
        self.shared.state().quota.spend(requests, Instant::now());
    }

    /// The requests that were received, in order: what a program has sent can be asserted.
    ///
    /// ```
    /// use heffl::{serde_json::json, test_server::TestServer, v2::CreateCompany};
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
    pub fn requests(&self) -> Vec<Received> {
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
