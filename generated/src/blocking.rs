//! The API without async, for programs that have no runtime.
//!
//! ```no_run
//! use heffl::{ClientId, Error, PipelineId, blocking::Client, v2::CreateDeal};
//!
//! fn main() -> Result<(), Error> {
//!     let heffl = Client::from_env()?; // reads HEFFL_API_KEY
//!
//!     let page = heffl.v2().deals().list().page_size(50).send()?;
//!     println!("{} deals", page.len());
//!
//!     for deal in heffl.v2().deals().list().page_size(100).stream() {
//!         println!("{}", deal?.id);
//!     }
//!
//!     let (client, pipeline) = (ClientId::new("clt_1"), PipelineId::new("dpl_1"));
//!     let body = CreateDeal::new("Enterprise licence", client, pipeline);
//!     let deal = heffl.v2().deals().create(body).send()?;
//!     println!("{}", deal.id);
//!     Ok(())
//! }
//! ```
//!
//! Everything has the name that it has in the async API, and is the same type: a handle, a call or a
//! list says by its last argument which [client](crate::ApiClient) it belongs to. Calls are sent by
//! [`send`](crate::Call::send), which waits for the answer; [`Pages`] and [`Items`] are iterators
//! that hold one page. There is no second set of methods that could fall behind the first, and a
//! program that does without this API pays nothing for it.
//!
//! # Threads
//!
//! A client brings its own runtime with one thread, shared by its clones, which minds connections
//! and timers also while the program does something else. Calls wait on the thread that makes them;
//! several threads may share a client.
//!
//! In async code a blocking call would hold up everything else that its thread does, so it fails
//! with [`Error::InvalidRequest`] there, and nothing is sent. Use [`heffl::Client`](crate::Client),
//! or `tokio::task::spawn_blocking`.

use std::{
    fmt,
    future::{Future, poll_fn},
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use serde::de::DeserializeOwned;
use tokio::{
    runtime::{Builder, Handle, Runtime},
    task::coop,
};

use crate::{
    ApiClient, Call, CallFuture, ClientBuilder, ConfigError, Error, Items, Operation, Page, Pages,
    QuotaStatus, Secret, client::api_client::sealed,
};

/// A client whose calls wait for their answers; see the [module](self).
///
/// It is [`heffl::Client`](crate::Client) with a thread of its own: cloning is cheap, and clones
/// share connections, quota and thread.
#[derive(Clone)]
pub struct Client {
    client: crate::Client,
    runtime: Arc<OwnRuntime>,
}

impl Client {
    /// A client with this key and the usual settings.
    pub fn new(api_key: impl Into<Secret>) -> Result<Self, Error> {
        Self::builder().api_key(api_key).build()
    }

    /// A client with settings of your own.
    pub fn builder() -> ClientBuilder<Self> {
        ClientBuilder::new()
    }

    /// A client with the key in the environment variable `HEFFL_API_KEY`, and the address in
    /// `HEFFL_BASE_URL` if that is set.
    pub fn from_env() -> Result<Self, Error> {
        Self::builder().env()?.build()
    }

    /// Version 1 of the API, the older one.
    #[cfg(feature = "v1")]
    pub fn v1(&self) -> crate::v1::V1<'_, Self> {
        crate::v1::V1::new(self)
    }

    /// Version 2 of the API, the current one.
    #[cfg(feature = "v2")]
    pub fn v2(&self) -> crate::v2::V2<'_, Self> {
        crate::v2::V2::new(self)
    }

    /// A call of an operation that this crate has no method for; see
    /// [`heffl::Client::call`](crate::Client::call).
    pub fn call<T: DeserializeOwned>(&self, operation: &'static Operation) -> Call<T, Self> {
        Call::foreign(self, operation)
    }

    /// How much of the quota is used, as far as this client and its clones can know.
    pub fn quota(&self) -> QuotaStatus {
        self.client.quota()
    }

    /// The least time that this many calls need, from now to the sending of the last one.
    pub fn estimate(&self, calls: u32) -> Duration {
        self.client.estimate(calls)
    }

    fn wait<T>(
        &self,
        operation: &'static Operation,
        future: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        if is_polled() {
            return Err(Error::invalid_request(format!(
                "{}: the blocking client was called by async code, which it would hold up; use \
                 heffl::Client there, or tokio::task::spawn_blocking",
                operation.id
            )));
        }
        self.runtime.handle.block_on(future)
    }
}

/// Whether this code is run by an async task of tokio.
///
/// A task has a budget of steps, and blocking threads have none, although both belong to a runtime:
/// where steps run out, this is a task. The task gets a new budget when it next yields.
fn is_polled() -> bool {
    if Handle::try_current().is_err() {
        return false;
    }
    let mut context = Context::from_waker(Waker::noop());
    (0..=u8::MAX).any(|_| match coop::poll_proceed(&mut context) {
        Poll::Ready(step) => {
            step.made_progress();
            false
        }
        Poll::Pending => true,
    })
}

impl ApiClient for Client {
    type Sent<T> = Result<T, Error>;

    fn deliver<T>(&self, operation: &'static Operation, call: CallFuture<T>) -> Result<T, Error> {
        self.wait(operation, call)
    }
}

impl sealed::ApiClient for Client {
    fn from_client(client: crate::Client) -> Result<Self, Error> {
        Ok(Self {
            client,
            runtime: Arc::new(OwnRuntime::new()?),
        })
    }

    fn client(&self) -> &crate::Client {
        &self.client
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.client.fmt(formatter)
    }
}

impl<T: Send + 'static> Iterator for Pages<T, Client> {
    type Item = Result<Page<T>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_failed() {
            return None;
        }
        let (client, operation) = (self.call().client().clone(), self.call().operation());
        let page = poll_fn(|context| self.poll_page(context).map(Option::transpose));
        let next = client.wait(operation, page).transpose();
        self.noted(next)
    }
}

impl<T: Send + 'static> Iterator for Items<T, Client> {
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let pages = self.pages();
        if pages.has_failed() {
            return None;
        }
        let (client, operation) = (pages.call().client().clone(), pages.call().operation());
        let item = poll_fn(|context| self.poll_item(context).map(Option::transpose));
        let next = client.wait(operation, item).transpose();
        self.pages().noted(next)
    }
}

/// The runtime of a client.
///
/// It has a thread, and is not one that runs only while a call waits: a connection that the server
/// closes in between would be noticed by the next call alone, when its request is on the way.
struct OwnRuntime {
    handle: Handle,
    /// Taken when the last client is dropped.
    runtime: Option<Runtime>,
}

impl OwnRuntime {
    fn new() -> Result<Self, Error> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("heffl")
            .enable_all()
            .build()
            .map_err(|error| {
                ConfigError::new("the thread of the blocking client cannot be started")
                    .because(error)
            })?;
        Ok(Self {
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
        })
    }
}

impl Drop for OwnRuntime {
    /// That may be in async code, where nothing may wait for the thread to end.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
