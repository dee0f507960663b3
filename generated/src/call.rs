//! Calls: requests that are ready to be sent.

mod future;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, fmt, future::IntoFuture, sync::Arc, time::Duration};

use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use serde::{Serialize, de::DeserializeOwned};
use url::Url;

pub use future::CallFuture;

use crate::{
    api::KEY_VARIABLE,
    client::Client,
    decode::{self, AnyValue, Decode, unboxed},
    error::Error,
    exchange::{self, Exchange, Read},
    json::{Refusal, to_json},
    model::{self, Object, Slot},
    multipart,
    operation::{Operation, Spec},
    page::{ListEnvelope, Page},
    platform::{self, BoxFuture},
    quota::Priority,
    request::{Members, Request, fields_of, form, joined},
    response::Response,
    retry::RetryPolicy,
    text::debug_fields,
};

/// A call that has not been sent yet. Set its options, then await it to send it.
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
/// Dropping the future cancels the call. The server may already have processed the request.
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<T> {
    // In a box, because builder methods and callers move calls often.
    parts: Box<Parts>,
    value: fn(AnyValue) -> T,
}

/// A call without the type of its response: the same for all calls, so that programs compile it once.
#[derive(Clone)]
struct Parts {
    client: Client,
    operation: Operation,
    request: Request,
    /// The query parameter for the cursor of a further page, if the call returns pages.
    cursor_parameter: Option<&'static str>,
    decode: Decode,
}

impl Parts {
    fn new(client: &Client, operation: Operation, decode: Decode) -> Box<Self> {
        Box::new(Self {
            client: client.clone(),
            operation,
            request: Request::default(),
            cursor_parameter: None,
            decode,
        })
    }

    fn exchange(self) -> BoxFuture<Result<Exchange, Error>> {
        exchange::call(
            Arc::clone(self.client.engine()),
            self.operation,
            self.request,
        )
    }

    async fn read(self) -> Result<Read, Error> {
        let decode = self.decode;
        let (read, hooks) = self.exchange().await?.read(decode);
        if let Some(hooks) = hooks {
            hooks.await?;
        }
        read
    }

    fn send(self: Box<Self>) -> BoxFuture<Result<AnyValue, Error>> {
        Box::pin(async move { Ok(self.read().await?.0) })
    }

    /// Waits on this thread while the client's thread sends the call, and reads the response on this thread.
    #[cfg(feature = "blocking")]
    fn wait(self) -> Result<Read, Error> {
        let (engine, operation) = (Arc::clone(self.client.engine()), self.operation.clone());
        let decode = self.decode;
        let (read, hooks) = engine.wait(&operation, self.exchange())?.read(decode);
        if let Some(hooks) = hooks {
            engine.wait(&operation, hooks)?;
        }
        read
    }
}

/// Reads a record that a program wrote itself, in the same way as the record of a response.
pub(crate) fn from_json<T: Slot>(json: &str) -> Result<T, Error> {
    // Errors name it.
    static FROM_JSON: Spec = Spec {
        id: Cow::Borrowed("from_json"),
        method: Cow::Borrowed("GET"),
        ..Spec::NONE
    };
    let operation = Operation::documented(&FROM_JSON);
    let value = decode::saved(None, &operation, json.as_bytes(), decode::model::<T>);
    value.map(unboxed)
}

impl Client {
    /// Creates a call of an endpoint for which this crate has no method, from the HTTP method and the path
    /// with the version. A path segment in braces is a parameter. The call has the same key, quota, retries
    /// and errors as every other call.
    ///
    /// ```no_run
    /// use heffl::{Client, serde_json::Value};
    ///
    /// # async fn example(heffl: Client) -> Result<(), heffl::Error> {
    /// let note = heffl.request::<Value>("GET", "/v2/notes/{id}").path("id", "nt_1").query("expand", "author").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// If the text is not such a method or path, the call fails with
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest). Errors, spans and logs contain the
    /// path, even in redacted form, so pass personal data as parameters.
    pub fn request<T: DeserializeOwned + Send + 'static>(
        &self,
        method: impl AsRef<str>,
        path: impl AsRef<str>,
    ) -> Call<T> {
        let (operation, problem) = Operation::own(method.as_ref(), path.as_ref());
        let call = Call::foreign(self, operation);
        match problem {
            Some(problem) => call.refuse(problem),
            None => call,
        }
    }

    /// Creates a call of a documented operation, whose response is read as a type of your own. Its parameters
    /// are checked as for the operation's own method.
    ///
    /// ```no_run
    /// # async fn example(heffl: heffl::Client) -> Result<(), heffl::Error> {
    /// #[derive(serde::Deserialize)]
    /// struct Title {
    ///     title: String,
    /// }
    ///
    /// let get = heffl.v2().deals().get(heffl::DealId::new("dl_1"));
    /// let deal: Title = heffl.call(get.operation()).path("id", "dl_1").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn call<T: DeserializeOwned + Send + 'static>(&self, operation: &Operation) -> Call<T> {
        Call::foreign(self, operation.clone())
    }
}

impl Call<()> {
    /// A call whose response is not read.
    #[allow(dead_code, reason = "only some documents need it")]
    pub(crate) fn unread(client: &Client, operation: &'static Spec) -> Self {
        Self::with(client, Operation::documented(operation), decode::nothing)
    }
}

impl Call<Bytes> {
    /// A call whose response is given as it is received.
    #[allow(dead_code, reason = "only some documents need it")]
    pub(crate) fn received(client: &Client, operation: &'static Spec, media: &'static str) -> Self {
        let mut call = Self::with(client, Operation::documented(operation), decode::bytes);
        let headers = &mut call.parts.request.headers;
        headers.insert(ACCEPT, HeaderValue::from_static(media));
        call
    }
}

impl<T> Call<T> {
    /// A call whose response `decode` reads as `T`.
    fn with(client: &Client, operation: Operation, decode: Decode) -> Self
    where
        T: 'static,
    {
        Self {
            parts: Parts::new(client, operation, decode),
            value: unboxed,
        }
    }

    /// The same request, whose response `decode` reads as `U`.
    fn read_by<U: 'static>(mut self, decode: Decode) -> Call<U> {
        self.parts.decode = decode;
        Call {
            parts: self.parts,
            value: unboxed,
        }
    }

    /// A call whose response is a model.
    pub(crate) fn new(client: &Client, operation: &'static Spec) -> Self
    where
        T: Slot,
    {
        Self::with(client, Operation::documented(operation), decode::model::<T>)
    }

    /// A call whose response is read as a type of the user's.
    pub(crate) fn foreign(client: &Client, operation: Operation) -> Self
    where
        T: DeserializeOwned + Send + 'static,
    {
        Self::with(client, operation, decode::foreign::<T>)
    }

    /// Makes the call fail when it is sent.
    pub(crate) fn refuse(mut self, problem: &str) -> Self {
        self.parts.request.refuse(problem.to_owned());
        self
    }

    /// Sets the body to a model, and checks it against the documented limits and rules.
    pub(crate) fn body(mut self, body: &dyn Object) -> Self {
        self.parts.request.set_body(model::body(body));
        self
    }

    /// Changes the type of the response to a type of your own. The request stays the same.
    ///
    /// ```no_run
    /// # async fn example(heffl: heffl::Client) -> Result<(), heffl::Error> {
    /// let get = heffl.v2().deals().get(heffl::DealId::new("dl_1"));
    /// let deal: heffl::serde_json::Value = get.with_response().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_response<U: DeserializeOwned + Send + 'static>(self) -> Call<U> {
        self.read_by(decode::foreign::<U>)
    }

    /// Limits the time of each attempt, from sending to the last byte of the response; overrides the client's
    /// limit.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.parts.request.timeout = Some(limit);
        self
    }

    /// Limits the time of the whole call: waits for the quota, attempts, and the waits between them. If a
    /// wait would exceed the limit, the call fails at once.
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.parts.request.deadline = Some(limit);
        self
    }

    /// Sets when a failed attempt is repeated; overrides the client's policy.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.parts.request.retry = Some(policy);
        self
    }

    /// Sets the priority of the call while it waits for the quota.
    pub fn priority(mut self, priority: Priority) -> Self {
        self.parts.request.priority = priority;
        self
    }

    /// Adds a header, or replaces the header with the same name. If the client sets the header itself, such
    /// as `x-api-key` and `host`, or the value is invalid, the call fails with
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) before anything is sent.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.parts.request.set_header(name, value);
        self
    }

    /// Sends the call and reads the response, when the future is awaited. Awaiting the call itself does
    /// the same.
    pub fn send(self) -> CallFuture<T> {
        CallFuture::sent(self.parts.send(), self.value)
    }

    /// Sends the call, and blocks this thread until the response arrives. It needs no runtime: see the
    /// [guide](crate::guide::blocking).
    ///
    /// Fails with [`ErrorKind::Runtime`](crate::ErrorKind::Runtime) on the client's own thread for blocking
    /// calls, where a [hook](crate::hook) may run: the call would wait for itself.
    #[cfg(feature = "blocking")]
    pub fn send_blocking(self) -> Result<T, Error> {
        self.parts.wait().map(|(value, _)| (self.value)(value))
    }

    #[cfg(feature = "blocking")]
    pub(crate) fn client(&self) -> &Client {
        &self.parts.client
    }

    /// The operation of the call.
    pub fn operation(&self) -> &Operation {
        &self.parts.operation
    }

    /// Sets a path parameter.
    pub fn path(mut self, name: impl Into<Cow<'static, str>>, value: &str) -> Self {
        self.parts.request.set_path(name.into(), value);
        self
    }

    /// Sets a query parameter, or replaces the parameter with the same name. The value must keep to the
    /// documented limits of the parameter. Undocumented parameters can be sent too:
    ///
    /// ```no_run
    /// # async fn example(heffl: heffl::Client) -> Result<(), heffl::Error> {
    /// let list = heffl.v2().deals().list().page_size(100);
    /// let archived = list.into_call().query("archived", true).stream();
    /// # Ok(())
    /// # }
    /// ```
    pub fn query(mut self, name: impl Into<Cow<'static, str>>, value: impl fmt::Display) -> Self {
        self.parts.request.set_query(name.into(), &value);
        self
    }

    /// Sets a query parameter whose value is JSON text.
    pub fn query_json<V: Serialize + ?Sized>(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: &V,
    ) -> Self {
        let request = &mut self.parts.request;
        request.set_query_json(name.into(), to_json(value));
        self
    }

    /// Adds a condition to a query parameter that takes a JSON object of them.
    pub(crate) fn filter<R>(
        mut self,
        name: impl Into<Cow<'static, str>>,
        filter: &crate::filter::Filter<R>,
    ) -> Self {
        self.parts.request.add_filter(name.into(), filter);
        self
    }

    /// Sets the body, or replaces the body that a method has made: for keys that its model does not have.
    pub fn json<B: Serialize + ?Sized>(mut self, body: &B) -> Self {
        self.parts.request.set_body(to_json(body));
        self
    }

    /// Reads a saved response to this call ([`Response::body`]), or the response that a test has made up.
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
        let hook = self.parts.client.engine().on_deviation.as_deref();
        let Parts {
            operation, decode, ..
        } = &*self.parts;
        decode::saved(hook, operation, body, *decode).map(self.value)
    }

    /// The body that will be sent; `None` if there is no body, or if a part of it is a stream.
    pub fn request_body(&self) -> Option<&[u8]> {
        let Request { body, streams, .. } = &self.parts.request;
        body.as_deref().filter(|_| streams.is_empty())
    }

    /// The address that will be called, with all parameters. Fails if the call would fail before anything is
    /// sent.
    pub fn url(&self) -> Result<Url, Error> {
        let base_url = &self.parts.client.engine().base_url;
        self.parts.request.url(base_url, &self.parts.operation)
    }

    /// The call as a `curl` command line, which reads the key from `HEFFL_API_KEY`. It leaves out the values
    /// of headers that were set on the call.
    ///
    /// The command contains parameters and body, so it may contain personal data. To print it when a call
    /// fails, clone the call before sending it. Fails for a body that is not text, such as an image or a stream.
    pub fn to_curl(&self) -> Result<String, Error> {
        let url = self.url()?;
        let quote = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
        let mut command = format!(
            "curl --request {} --url {}{}",
            self.parts.operation.method(),
            quote(url.as_str()),
            self.parts.operation.spec().access.key.curl(KEY_VARIABLE)
        );
        let Request {
            headers,
            body,
            streams,
            ..
        } = &self.parts.request;
        let mut header = |name: &str, value: &str| {
            command.push_str(" --header ");
            command.push_str(&quote(&format!("{name}: {value}")));
        };
        for (name, value) in headers {
            let shown = value.to_str().ok().filter(|_| !value.is_sensitive());
            header(name.as_str(), shown.unwrap_or("…"));
        }
        if let Some(body) = body {
            if !headers.contains_key(CONTENT_TYPE) {
                header(CONTENT_TYPE.as_str(), "application/json");
            }
            let text = str::from_utf8(body)
                .ok()
                .filter(|text| !text.contains('\0') && streams.is_empty());
            let text = text.ok_or_else(|| {
                let problem = "the body is not text, so a command line cannot contain it; request_body() returns the body, unless a part of it is a stream";
                Error::invalid_request(problem.to_owned()).of(&self.parts.operation)
            })?;
            // Not `--data`, which reads a body that starts with `@` as the name of a file.
            command.push_str(" --data-raw ");
            command.push_str(&quote(text));
        }
        Ok(command)
    }
}

#[allow(dead_code, reason = "only some documents need it")]
impl<T> Call<T> {
    /// Sets the body to the members of a JSON object, as browsers send the fields of a form: a list is there once for
    /// each item, and objects are JSON text.
    pub(crate) fn form(mut self, json: Result<String, Refusal>) -> Self {
        self.parts
            .request
            .set_body(json.and_then(|json| form(&json)));
        self.content_type("application/x-www-form-urlencoded")
    }

    /// Adds the members of a JSON object to the parts of the body, as fields of a form.
    pub(crate) fn parts(mut self, json: Result<String, Refusal>) -> Self {
        let fields = match json.and_then(|json| fields_of(&json)) {
            Ok(fields) => fields,
            Err(refusal) => return self.refuse(&format!("the body cannot be sent: {refusal}")),
        };
        for (name, values, is_json) in &fields {
            let media = is_json.then_some("application/json");
            for value in values {
                self.part((name, None, media), Some(value.as_bytes()));
            }
        }
        self
    }

    /// Adds files, each with its name and content, to the parts of the body.
    pub(crate) fn files(
        mut self,
        name: &str,
        media: &str,
        files: impl IntoIterator<Item = (String, reqwest::Body)>,
    ) -> Self {
        for (file, content) in files {
            let end = self.part((name, Some(&file), Some(media)), content.as_bytes());
            if content.as_bytes().is_none() {
                self.parts.request.streams.add(end, content);
            }
        }
        self
    }

    /// Adds a part to the body. Returns the end of its content in the body.
    fn part(&mut self, header: multipart::Header<'_>, content: Option<&[u8]>) -> usize {
        let request = &mut self.parts.request;
        let content = content.unwrap_or_default();
        let (media, body, end) = multipart::with(request.body.take(), header, content);
        request.body = Some(body);
        request.headers.insert(CONTENT_TYPE, media);
        end
    }

    /// Sets the body to bytes of a media type.
    pub(crate) fn bytes(mut self, media: &'static str, body: Bytes) -> Self {
        self.parts.request.body = Some(body);
        self.content_type(media)
    }

    /// The media type of the body.
    pub(crate) fn content_type(mut self, media: &'static str) -> Self {
        let headers = &mut self.parts.request.headers;
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
        self
    }

    /// Sets a query parameter that is a list.
    pub(crate) fn query_list(
        mut self,
        name: &'static str,
        values: impl IntoIterator<Item: fmt::Display>,
        separator: Option<&'static str>,
    ) -> Self {
        self.parts
            .request
            .set_query_list(name, texts(values), separator);
        self
    }

    /// Sets query parameters to the members of a JSON object.
    pub(crate) fn query_object(
        mut self,
        name: &'static str,
        json: Result<String, Refusal>,
        style: Members,
    ) -> Self {
        self.parts.request.set_query_object(name, json, style);
        self
    }

    /// Fills in a parameter of the path that is a list.
    pub(crate) fn path_list(
        mut self,
        name: &'static str,
        values: impl IntoIterator<Item: fmt::Display>,
        separator: &'static str,
    ) -> Self {
        self.parts
            .request
            .set_path_list(name, texts(values), separator);
        self
    }

    /// Sets a header that is a parameter; with a separator, one that is a list.
    pub(crate) fn header_values(
        self,
        name: &'static str,
        values: impl IntoIterator<Item: fmt::Display>,
        separator: &str,
    ) -> Self {
        let values = texts(values);
        let limited = self.parts.operation.spec().problem(name, &values);
        let text = || joined(&values, separator).map_err(|it| format!("header {name} {it}"));
        match limited.map_or_else(text, Err) {
            Ok(text) => self.header(name, &text),
            Err(problem) => self.refuse(&problem),
        }
    }

    /// Sends a cookie.
    pub(crate) fn cookie(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        let value = value.to_string();
        if platform::IS_BROWSER {
            return self.refuse(&format!(
                "cookie {name}: a browser sends its own cookies only"
            ));
        }
        self.parts.request.set_cookie(name, &value);
        match self.parts.operation.spec().problem(name, &[value]) {
            Some(problem) => self.refuse(&problem),
            None => self,
        }
    }
}

fn texts(values: impl IntoIterator<Item: fmt::Display>) -> Vec<String> {
    values.into_iter().map(|value| value.to_string()).collect()
}

impl<T: Send + 'static> Call<T> {
    /// Sends the call, and returns the value together with the status, the headers, the body as it was
    /// received, and the duration.
    pub fn send_for_response(self) -> CallFuture<Response<T>> {
        let work = self.parts.read();
        CallFuture::work(Box::pin(async move {
            let (value, response) = work.await?;
            Ok(Response::new((self.value)(value), response))
        }))
    }

    /// [`send_for_response`](Self::send_for_response), blocking like [`send_blocking`](Self::send_blocking).
    #[cfg(feature = "blocking")]
    pub fn send_for_response_blocking(self) -> Result<Response<T>, Error> {
        let (value, response) = self.parts.wait()?;
        Ok(Response::new((self.value)(value), response))
    }
}

impl<T: 'static> Call<Page<T>> {
    /// A call whose response is a page in this envelope.
    pub(crate) fn page<L: ListEnvelope<Item = T> + Slot>(
        client: &Client,
        operation: &'static Spec,
    ) -> Self {
        let mut call = Self::with(client, Operation::documented(operation), decode::page::<L>);
        call.parts.cursor_parameter = L::CURSOR_PARAMETER;
        call
    }
}

impl<T> Call<Page<T>> {
    /// The query parameter for the cursor. For a list that is documented to be one page, but returns a cursor,
    /// it is the parameter of all other lists; a server that ignores it returns the same cursor again.
    pub(crate) fn cursor_parameter(&self) -> &'static str {
        self.parts.cursor_parameter.unwrap_or("cursor")
    }

    /// Requests pages of the largest documented size, unless the call has a size.
    pub(crate) fn with_largest_page(self) -> Self {
        match self.parts.operation.spec().largest_page {
            Some((parameter, size)) if self.query_value(parameter).is_none() => {
                self.query(parameter, size)
            }
            _ => self,
        }
    }

    pub(crate) fn query_value(&self, name: &str) -> Option<&str> {
        self.parts.request.query_value(name)
    }
}

impl<T> Clone for Call<T> {
    fn clone(&self) -> Self {
        Self {
            parts: self.parts.clone(),
            value: self.value,
        }
    }
}

debug_fields!(impl<T> Call<T>, call => {
    "operation": call.parts.operation.id(),
    "request": call.parts.request,
});

impl<T> IntoFuture for Call<T> {
    type Output = Result<T, Error>;
    type IntoFuture = CallFuture<T>;

    fn into_future(self) -> Self::IntoFuture {
        self.send()
    }
}
