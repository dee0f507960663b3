//! Calls: requests that are ready to be sent.

mod future;
mod response;

use std::{borrow::Cow, fmt, future::IntoFuture, time::Duration};

use bytes::Bytes;
use reqwest::{StatusCode, header::HeaderMap};
use serde::{Serialize, de::DeserializeOwned};

pub use future::CallFuture;
pub use response::Response;

use crate::{
    ApiClient, Client, Error, Items, ListEnvelope, Operation, Page, Pages, Priority, RetryPolicy,
    decode::{self, Received},
    error::Misfit,
    model::{Object, Slot},
    request::Request,
    transport::Answer,
    watch,
};

/// A call that has not been sent yet. Await it to send it; options go before that.
///
/// ```no_run
/// # async fn example(heffl: heffl::Client) -> Result<(), heffl::Error> {
/// use std::time::Duration;
///
/// let deal = heffl.v2().deals().get("dl_1").timeout(Duration::from_secs(5)).await?;
/// # Ok(())
/// # }
/// ```
///
/// Dropping the future cancels the call. The server may have done the work by then.
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<T, C = Client> {
    client: C,
    operation: &'static Operation,
    request: Request,
    decode: Decode<T>,
    /// The parameter that takes the cursor of a further page, for a call that gives pages.
    cursor_parameter: Option<&'static str>,
}

/// How an answer is read.
pub(crate) type Decode<T> = fn(&Received<'_>) -> Result<T, Misfit>;

impl<T, C: ApiClient> Call<T, C> {
    /// A call that answers with a model.
    pub(crate) fn new(client: &C, operation: &'static Operation) -> Self
    where
        T: Slot,
    {
        Self::with(client, operation, decode::model)
    }

    /// A call that answers with a type that is none of ours.
    pub(crate) fn foreign(client: &C, operation: &'static Operation) -> Self
    where
        T: DeserializeOwned,
    {
        Self::with(client, operation, decode::foreign)
    }

    fn with(client: &C, operation: &'static Operation, decode: Decode<T>) -> Self {
        Self {
            client: client.clone(),
            operation,
            request: Request::default(),
            decode,
            cursor_parameter: None,
        }
    }

    /// Takes the page out of the answer.
    pub(crate) fn into_page(self) -> Call<Page<T::Item>, C>
    where
        T: ListEnvelope + Slot,
    {
        Call {
            client: self.client,
            operation: self.operation,
            request: self.request,
            decode: decode::page::<T>,
            cursor_parameter: T::CURSOR_PARAMETER,
        }
    }

    /// Sets the body to a model, checked against what the documentation asks for.
    pub(crate) fn body(mut self, body: &dyn Object) -> Self {
        self.request.set_body(body);
        self
    }

    /// Limits the time of each attempt, from sending to the last byte of the answer, instead of the
    /// client's own limit.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.request.timeout = Some(limit);
        self
    }

    /// Limits the time of the whole call: waits for the quota, attempts, and the waits between them.
    /// A wait that would go beyond it is not begun: the call fails at once.
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.request.deadline = Some(limit);
        self
    }

    /// When a failed attempt is followed by another, instead of the client's own policy.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.request.retry = Some(policy);
        self
    }

    /// What goes first when calls wait for the quota.
    pub fn priority(mut self, priority: Priority) -> Self {
        self.request.priority = priority;
        self
    }

    /// Sends a further header; one of the same name is replaced. Headers that the client sets
    /// itself, such as `x-api-key` and `host`, are refused, and so are values that are none: the
    /// call then fails with [`Error::InvalidRequest`] before anything is sent.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request.set_header(name, value);
        self
    }

    /// Sends the call and reads its answer: a future to be awaited, or with a
    /// [blocking client](crate::ApiClient) the answer itself.
    pub fn send(self) -> C::Sent<T> {
        let (client, operation) = (self.client.clone(), self.operation);
        client.deliver(operation, self.into_call_future())
    }

    pub(crate) fn into_call_future(self) -> CallFuture<T> {
        let client = self.client.client().clone();
        CallFuture::sent(client, self.operation, self.request, self.decode)
    }

    #[cfg(any(feature = "v2", feature = "blocking"))]
    pub(crate) fn client(&self) -> &C {
        &self.client
    }

    /// The operation that is called.
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// Fills in a parameter of the path.
    pub fn path(mut self, name: impl Into<Cow<'static, str>>, value: &str) -> Self {
        self.request.set_path(name.into(), value);
        self
    }

    /// Sets a query parameter; one of the same name is replaced. Of a parameter that is documented
    /// with limits, the value must keep to them. Parameters that this crate
    /// does not know can be sent too:
    ///
    /// ```no_run
    /// # async fn example(heffl: heffl::Client) -> Result<(), heffl::Error> {
    /// let list = heffl.v2().deals().list().page_size(100);
    /// let archived = list.call().query("archived", true).stream();
    /// # Ok(())
    /// # }
    /// ```
    pub fn query(mut self, name: impl Into<Cow<'static, str>>, value: impl fmt::Display) -> Self {
        self.request.set_query(name.into(), &value);
        self
    }

    /// Sets a query parameter whose value is JSON text.
    pub fn query_json<V: Serialize + ?Sized>(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: &V,
    ) -> Self {
        self.request.set_query_json(name.into(), value);
        self
    }

    /// Adds a condition to a query parameter that takes a JSON object of them.
    #[cfg(feature = "v2")]
    pub(crate) fn filter<R>(
        mut self,
        name: impl Into<Cow<'static, str>>,
        filter: &crate::Filter<R>,
    ) -> Self {
        self.request.add_filter(name.into(), filter);
        self
    }

    /// Sets the body, also in place of the one that a method has put together: for keys that its
    /// model does not have.
    pub fn json<B: Serialize + ?Sized>(mut self, body: &B) -> Self {
        self.request.set_json(body);
        self
    }

    /// Reads an answer to this call that was kept: [`Response::body`](Response), or what a test made up.
    ///
    /// ```
    /// # fn main() -> Result<(), heffl::Error> {
    /// let heffl = heffl::Client::new("your-key")?;
    /// let deal = heffl.v2().deals().get("dl_1").read(br#"{"id": "dl_1", "cf_region": "north"}"#)?;
    /// assert_eq!(deal.custom_fields.get::<String>("cf_region")?.as_deref(), Some("north"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn read(&self, body: &[u8]) -> Result<T, Error> {
        let received = Received::new(self.client.client(), self.operation, body);
        received
            .and_then(|received| (self.decode)(&received))
            .map_err(|misfit| {
                let answer = Answer {
                    status: StatusCode::OK,
                    headers: HeaderMap::new(),
                    body: Bytes::copy_from_slice(body),
                    attempts: 0,
                    elapsed: Duration::ZERO,
                };
                Error::decode(self.operation, answer, misfit)
            })
    }

    /// The body as it will be sent; `None` where there is none.
    pub fn request_body(&self) -> Option<&[u8]> {
        self.request.body.as_deref()
    }

    /// The call as a command line of `curl`, the key left out: it is read from `HEFFL_API_KEY`.
    /// Values of headers that were given to the call are left out as well.
    ///
    /// Parameters and body are in it, so it may hold personal data. To have it when a call fails,
    /// clone the call before sending it.
    pub fn to_curl(&self) -> Result<String, Error> {
        let url = self
            .request
            .url(self.client.client().base_url(), self.operation)?;
        let quote = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
        let mut command = format!(
            "curl --request {} --url {} --header \"x-api-key: $HEFFL_API_KEY\"",
            self.operation.method,
            quote(url.as_str())
        );
        for name in self.request.headers.keys() {
            command.push_str(" --header ");
            command.push_str(&quote(&format!("{name}: …")));
        }
        if let Some(body) = &self.request.body {
            command.push_str(" --header 'content-type: application/json' --data ");
            command.push_str(&quote(&String::from_utf8_lossy(body)));
        }
        Ok(command)
    }
}

impl<T: 'static, C: ApiClient> Call<T, C> {
    /// Sends the call, and gives what came around the answer as well: status, headers, the body as
    /// it came, and how long it took.
    pub fn send_for_response(self) -> C::Sent<Response<T>> {
        let (client, operation) = (self.client.client().clone(), self.operation);
        let (call, decode) = (watch::call(client, operation, self.request), self.decode);
        let work = CallFuture::work(Box::pin(async move { call.await?.response(decode) }));
        self.client.deliver(operation, work)
    }
}

impl<T, C: ApiClient> Call<Page<T>, C> {
    /// All pages, from this one on; see [`Pages`].
    pub fn pages(self) -> Pages<T, C> {
        Pages::new(self)
    }

    /// The items of all pages, from this one on; see [`Items`].
    pub fn stream(self) -> Items<T, C> {
        self.pages().into_items()
    }

    pub(crate) fn cursor_parameter(&self) -> Option<&'static str> {
        self.cursor_parameter
    }
}

impl<T, C: Clone> Clone for Call<T, C> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            operation: self.operation,
            request: self.request.clone(),
            decode: self.decode,
            cursor_parameter: self.cursor_parameter,
        }
    }
}

impl<T, C> fmt::Debug for Call<T, C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Call")
            .field("operation", &self.operation.id)
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

impl<T> IntoFuture for Call<T> {
    type Output = Result<T, Error>;
    type IntoFuture = CallFuture<T>;

    fn into_future(self) -> Self::IntoFuture {
        self.into_call_future()
    }
}
