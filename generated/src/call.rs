//! Calls: requests that are ready to be sent.

mod future;
mod response;

use std::{borrow::Cow, cell::Cell, fmt, future::IntoFuture, time::Duration};

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

pub use future::CallFuture;
pub use response::Response;

use crate::{
    Client, Error, Items, Operation, Page, Pages, Priority, RetryPolicy,
    decode::{self, Received, Source},
    error::Misfit,
    model::{Object, Slot},
    operation::Spec,
    page::ListEnvelope,
    platform::BoxFuture,
    request::Request,
    transport::Answer,
    watch::{self, Arrival},
};

/// A call that has not been sent yet. Await it to send it; options go before that.
///
/// ```no_run
/// # async fn example(heffl: heffl::Client) -> Result<(), heffl::Error> {
/// use std::time::Duration;
///
/// let id = heffl::DealId::new("dl_1");
/// let deal = heffl.v2().deals().get(id).timeout(Duration::from_secs(5)).await?;
/// # Ok(())
/// # }
/// ```
///
/// Dropping the future cancels the call. The server may have done the work by then.
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<T> {
    unsent: Unsent,
    decode: Decode<T>,
}

/// All of a call but the type of its response: the same for all calls, so that programs compile it once.
#[derive(Clone)]
struct Unsent {
    client: Client,
    operation: Operation,
    request: Request,
    /// The parameter that takes the cursor of a further page, for a call that gives pages.
    cursor_parameter: Option<&'static str>,
}

impl Unsent {
    fn new(client: &Client, operation: Operation) -> Self {
        Self {
            client: client.clone(),
            operation,
            request: Request::default(),
            cursor_parameter: None,
        }
    }

    fn send(self) -> BoxFuture<Result<Box<Arrival>, Error>> {
        watch::call(self.client, self.operation, self.request)
    }
}

/// How a response is read.
pub(crate) type Decode<T> = fn(&mut dyn Source) -> Result<T, Error>;

/// A response that was kept.
struct KeptAnswer<'a> {
    client: Option<&'a Client>,
    operation: &'a Operation,
    body: &'a [u8],
    /// That of the hook for deviations.
    panic: Cell<Option<Error>>,
}

impl Source for KeptAnswer<'_> {
    fn received(&self) -> Received<'_> {
        Received::new(self.client, self.operation, self.body, &self.panic)
    }

    fn read(&mut self) -> Result<(), Error> {
        self.panic.take().map_or(Ok(()), Err)
    }

    fn misread(&mut self, misfit: Misfit) -> Error {
        let answer = Answer {
            body: Bytes::copy_from_slice(self.body),
            ..Answer::default()
        };
        Error::decode(self.operation, answer, misfit)
    }
}

/// Reads a record that a program has made up, as that of a response.
pub(crate) fn from_json<T: Slot>(json: &str) -> Result<T, Error> {
    // Errors name it.
    static FROM_JSON: Spec = Spec {
        id: Cow::Borrowed("from_json"),
        method: Cow::Borrowed("GET"),
        version: Cow::Borrowed(""),
        path: Cow::Borrowed(""),
        evidence: "",
        source: "",
        limits: &[],
        identifiers: &[],
        largest_page: None,
    };
    decode::model(&mut KeptAnswer {
        client: None,
        operation: &Operation::documented(&FROM_JSON),
        body: json.as_bytes(),
        panic: Cell::new(None),
    })
}

impl<T> Call<T> {
    /// A call whose response is a model.
    pub(crate) fn new(client: &Client, operation: &'static Spec) -> Self
    where
        T: Slot,
    {
        Self {
            unsent: Unsent::new(client, Operation::documented(operation)),
            decode: decode::model,
        }
    }

    /// A call whose response is read as a type of the user's.
    pub(crate) fn foreign(client: &Client, operation: Operation) -> Self
    where
        T: DeserializeOwned,
    {
        Self {
            unsent: Unsent::new(client, operation),
            decode: decode::foreign,
        }
    }

    /// Takes the page out of the response.
    pub(crate) fn into_page(mut self) -> Call<Page<T::Item>>
    where
        T: ListEnvelope + Slot,
    {
        self.unsent.cursor_parameter = T::CURSOR_PARAMETER;
        Call {
            unsent: self.unsent,
            decode: decode::page::<T>,
        }
    }

    /// Has the call fail when it is sent.
    pub(crate) fn refuse(mut self, problem: &str) -> Self {
        self.unsent.request.refuse(problem.to_owned());
        self
    }

    /// Sets the body to a model, checked against what the documentation asks for.
    pub(crate) fn body(mut self, body: &dyn Object) -> Self {
        self.unsent.request.set_body(body);
        self
    }

    /// Limits the time of each attempt, from sending to the last byte of the response, instead of the
    /// client's own limit.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.unsent.request.timeout = Some(limit);
        self
    }

    /// Limits the time of the whole call: waits for the quota, attempts, and the waits between them.
    /// A wait that would go beyond it is not begun: the call fails at once.
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.unsent.request.deadline = Some(limit);
        self
    }

    /// When a failed attempt is followed by another, instead of the client's own policy.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.unsent.request.retry = Some(policy);
        self
    }

    /// What goes first when calls wait for the quota.
    pub fn priority(mut self, priority: Priority) -> Self {
        self.unsent.request.priority = priority;
        self
    }

    /// Sends a further header; one of the same name is replaced. Headers that the client sets
    /// itself, such as `x-api-key` and `host`, are refused, and so are values that are none: the
    /// call then fails with [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) before anything is sent.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.unsent.request.set_header(name, value);
        self
    }

    /// Sends the call and reads the response, when the future is awaited. Awaiting the call itself does
    /// the same.
    pub fn send(self) -> CallFuture<T> {
        CallFuture::sent(self.unsent.send(), self.decode)
    }

    /// Sends the call, and waits for the response on this thread, which needs no runtime: see the
    /// [guide](crate::guide::blocking).
    ///
    /// Fails with [`ErrorKind::Runtime`](crate::ErrorKind::Runtime) on the thread that sends such calls, where a [hook](crate::hook)
    /// may run: the call would wait for itself.
    #[cfg(feature = "blocking")]
    pub fn send_blocking(self) -> Result<T, Error> {
        let (client, operation) = (self.unsent.client.clone(), self.unsent.operation.clone());
        self.send().wait(&client, &operation)
    }

    #[cfg(feature = "blocking")]
    pub(crate) fn client(&self) -> &Client {
        &self.unsent.client
    }

    /// The operation that is called.
    pub fn operation(&self) -> &Operation {
        &self.unsent.operation
    }

    /// Fills in a parameter of the path.
    pub fn path(mut self, name: impl Into<Cow<'static, str>>, value: &str) -> Self {
        self.unsent.request.set_path(name.into(), value);
        self
    }

    /// Sets a query parameter; one of the same name is replaced. Of a parameter that is documented
    /// with limits, the value must keep to them. Parameters that this crate
    /// does not know can be sent too:
    ///
    /// ```no_run
    /// # async fn example(heffl: heffl::Client) -> Result<(), heffl::Error> {
    /// let list = heffl.v2().deals().list().page_size(100);
    /// let archived = list.into_call().query("archived", true).stream();
    /// # Ok(())
    /// # }
    /// ```
    pub fn query(mut self, name: impl Into<Cow<'static, str>>, value: impl fmt::Display) -> Self {
        self.unsent.request.set_query(name.into(), &value);
        self
    }

    /// Sets a query parameter whose value is JSON text.
    pub fn query_json<V: Serialize + ?Sized>(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: &V,
    ) -> Self {
        self.unsent.request.set_query_json(name.into(), value);
        self
    }

    /// Adds a condition to a query parameter that takes a JSON object of them.
    #[cfg(feature = "v2")]
    pub(crate) fn filter<R>(
        mut self,
        name: impl Into<Cow<'static, str>>,
        filter: &crate::Filter<R>,
    ) -> Self {
        self.unsent.request.add_filter(name.into(), filter);
        self
    }

    /// Sets the body, also in place of the one that a method has put together: for keys that its
    /// model does not have.
    pub fn json<B: Serialize + ?Sized>(mut self, body: &B) -> Self {
        self.unsent.request.set_json(body);
        self
    }

    /// Reads a response to this call that was kept ([`Response::body`]), or that a test has made up.
    ///
    /// ```
    /// # fn main() -> Result<(), heffl::Error> {
    /// let heffl = heffl::Client::new("your-key")?;
    /// let call = heffl.v2().deals().get(heffl::DealId::new("dl_1"));
    /// let deal = call.read(br#"{"id": "dl_1", "cf_region": "north"}"#)?;
    /// assert_eq!(deal.custom_fields.get::<String>("cf_region")?.as_deref(), Some("north"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn read(&self, body: &[u8]) -> Result<T, Error> {
        (self.decode)(&mut KeptAnswer {
            client: Some(&self.unsent.client),
            operation: &self.unsent.operation,
            body,
            panic: Cell::new(None),
        })
    }

    /// The body as it will be sent; `None` where there is none.
    pub fn request_body(&self) -> Option<&[u8]> {
        self.unsent.request.body.as_deref()
    }

    /// The call as a command line of `curl`, the key left out: it is read from `HEFFL_API_KEY`.
    /// Values of headers that were given to the call are left out as well.
    ///
    /// Parameters and body are in it, so it may hold personal data. To have it when a call fails,
    /// clone the call before sending it.
    pub fn to_curl(&self) -> Result<String, Error> {
        let base_url = self.unsent.client.base_url();
        let url = self.unsent.request.url(base_url, &self.unsent.operation)?;
        let quote = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
        let mut command = format!(
            "curl --request {} --url {} --header \"x-api-key: $HEFFL_API_KEY\"",
            self.unsent.operation.method(),
            quote(url.as_str())
        );
        for name in self.unsent.request.headers.keys() {
            command.push_str(" --header ");
            command.push_str(&quote(&format!("{name}: …")));
        }
        if let Some(body) = &self.unsent.request.body {
            command.push_str(" --header 'content-type: application/json' --data ");
            command.push_str(&quote(&String::from_utf8_lossy(body)));
        }
        Ok(command)
    }
}

impl<T: Send + 'static> Call<T> {
    /// Sends the call, and returns the status, the headers, the body as it was received and the time it took as
    /// well.
    pub fn send_for_response(self) -> CallFuture<Response<T>> {
        let (call, decode) = (self.unsent.send(), self.decode);
        CallFuture::work(Box::pin(async move { call.await?.response(decode).await }))
    }

    /// [`send_for_response`](Self::send_for_response), waiting as [`send_blocking`](Self::send_blocking)
    /// does.
    #[cfg(feature = "blocking")]
    pub fn send_for_response_blocking(self) -> Result<Response<T>, Error> {
        let (client, operation) = (self.unsent.client.clone(), self.unsent.operation.clone());
        self.send_for_response().wait(&client, &operation)
    }
}

impl<T> Call<Page<T>> {
    /// All pages, from this one on; see [`Pages`].
    pub fn pages(self) -> Pages<T> {
        Pages::new(self)
    }

    /// The items of all pages, from this one on; see [`Items`].
    pub fn stream(self) -> Items<T> {
        self.pages().into_items()
    }

    pub(crate) fn cursor_parameter(&self) -> Option<&'static str> {
        self.unsent.cursor_parameter
    }

    /// Asks for pages as large as the documentation allows, unless their size is given.
    pub(crate) fn with_largest_page(self) -> Self {
        match self.unsent.operation.spec().largest_page {
            Some((parameter, size)) if self.query_value(parameter).is_none() => {
                self.query(parameter, size)
            }
            _ => self,
        }
    }

    pub(crate) fn query_value(&self, name: &str) -> Option<&str> {
        self.unsent.request.query_value(name)
    }
}

impl<T> Clone for Call<T> {
    fn clone(&self) -> Self {
        Self {
            unsent: self.unsent.clone(),
            decode: self.decode,
        }
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Call")
            .field("operation", &self.unsent.operation.id())
            .field("request", &self.unsent.request)
            .finish_non_exhaustive()
    }
}

impl<T> IntoFuture for Call<T> {
    type Output = Result<T, Error>;
    type IntoFuture = CallFuture<T>;

    fn into_future(self) -> Self::IntoFuture {
        self.send()
    }
}
