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
    decode::{self, Decode},
    error::Error,
    exchange::{self, Exchange},
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
    parts: Parts,
    decode: Decode<T>,
}

/// All of a call but the type of its response: the same for all calls, so that programs compile it once.
#[derive(Clone)]
struct Parts {
    client: Client,
    operation: Operation,
    request: Request,
    /// The parameter that takes the cursor of a further page, for a call that gives pages.
    cursor_parameter: Option<&'static str>,
}

impl Parts {
    fn new(client: &Client, operation: Operation) -> Self {
        Self {
            client: client.clone(),
            operation,
            request: Request::default(),
            cursor_parameter: None,
        }
    }

    fn send(self) -> BoxFuture<Result<Exchange, Error>> {
        exchange::call(
            Arc::clone(self.client.engine()),
            self.operation,
            self.request,
        )
    }
}

/// Reads a record that a program has made up, as that of a response.
pub(crate) fn from_json<T: Slot>(json: &str) -> Result<T, Error> {
    // Errors name it.
    static FROM_JSON: Spec = Spec {
        id: Cow::Borrowed("from_json"),
        method: Cow::Borrowed("GET"),
        ..Spec::NONE
    };
    let operation = Operation::documented(&FROM_JSON);
    decode::saved(None, &operation, json.as_bytes(), decode::model)
}

impl Client {
    /// A call of an endpoint that this crate has no method for: the HTTP method, and the path with the version.
    /// A segment of the path in braces is a parameter. The call has the key, the quota, the retries and the
    /// errors of every other call.
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
    /// Text that is not such a method or path makes the call fail with
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest). The path is in errors, spans and logs,
    /// also in redacted ones: personal data belongs into parameters.
    pub fn request<T: DeserializeOwned>(
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

    /// A call of a documented operation, whose response is read as a type of your own. Parameters are checked
    /// as they are for the operation's method.
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
    pub fn call<T: DeserializeOwned>(&self, operation: &Operation) -> Call<T> {
        Call::foreign(self, operation.clone())
    }
}

impl Call<()> {
    /// A call whose response is not read.
    #[allow(dead_code, reason = "which forms there are is up to the documents")]
    pub(crate) fn unread(client: &Client, operation: &'static Spec) -> Self {
        Self::with(client, Operation::documented(operation), decode::nothing)
    }
}

impl Call<Bytes> {
    /// A call whose response is given as it is received.
    #[allow(dead_code, reason = "which forms there are is up to the documents")]
    pub(crate) fn received(client: &Client, operation: &'static Spec, media: &'static str) -> Self {
        let mut call = Self::with(client, Operation::documented(operation), decode::bytes);
        let headers = &mut call.parts.request.headers;
        headers.insert(ACCEPT, HeaderValue::from_static(media));
        call
    }
}

impl<T> Call<T> {
    fn with(client: &Client, operation: Operation, decode: Decode<T>) -> Self {
        let parts = Parts::new(client, operation);
        Self { parts, decode }
    }

    /// A call whose response is a model.
    pub(crate) fn new(client: &Client, operation: &'static Spec) -> Self
    where
        T: Slot,
    {
        Self::with(client, Operation::documented(operation), decode::model)
    }

    /// A call whose response is read as a type of the user's.
    pub(crate) fn foreign(client: &Client, operation: Operation) -> Self
    where
        T: DeserializeOwned,
    {
        Self::with(client, operation, decode::foreign)
    }

    /// Takes the page out of the response.
    pub(crate) fn into_page(mut self) -> Call<Page<T::Item>>
    where
        T: ListEnvelope + Slot,
    {
        self.parts.cursor_parameter = T::CURSOR_PARAMETER;
        Call {
            parts: self.parts,
            decode: decode::page::<T>,
        }
    }

    /// Has the call fail when it is sent.
    pub(crate) fn refuse(mut self, problem: &str) -> Self {
        self.parts.request.refuse(problem.to_owned());
        self
    }

    /// Sets the body to a model, checked against what the documentation asks for.
    pub(crate) fn body(mut self, body: &dyn Object) -> Self {
        self.parts.request.set_body(model::body(body));
        self
    }

    /// The same request, whose response is read as a type of your own.
    ///
    /// ```no_run
    /// # async fn example(heffl: heffl::Client) -> Result<(), heffl::Error> {
    /// let get = heffl.v2().deals().get(heffl::DealId::new("dl_1"));
    /// let deal: heffl::serde_json::Value = get.with_response().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_response<U: DeserializeOwned>(self) -> Call<U> {
        Call {
            parts: self.parts,
            decode: decode::foreign,
        }
    }

    /// Limits the time of each attempt, from sending to the last byte of the response, instead of the
    /// client's own limit.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.parts.request.timeout = Some(limit);
        self
    }

    /// Limits the time of the whole call: waits for the quota, attempts, and the waits between them.
    /// A wait that would go beyond it is not begun: the call fails at once.
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.parts.request.deadline = Some(limit);
        self
    }

    /// When a failed attempt is followed by another, instead of the client's own policy.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.parts.request.retry = Some(policy);
        self
    }

    /// What goes first when calls wait for the quota.
    pub fn priority(mut self, priority: Priority) -> Self {
        self.parts.request.priority = priority;
        self
    }

    /// Sends a further header; one of the same name is replaced. Headers that the client sets
    /// itself, such as `x-api-key` and `host`, are refused, and so are values that are none: the
    /// call then fails with [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) before anything is sent.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.parts.request.set_header(name, value);
        self
    }

    /// Sends the call and reads the response, when the future is awaited. Awaiting the call itself does
    /// the same.
    pub fn send(self) -> CallFuture<T> {
        CallFuture::sent(self.parts.send(), self.decode)
    }

    /// Sends the call, and waits for the response on this thread, which needs no runtime: see the
    /// [guide](crate::guide::blocking).
    ///
    /// Fails with [`ErrorKind::Runtime`](crate::ErrorKind::Runtime) on the thread that sends such calls, where a [hook](crate::hook)
    /// may run: the call would wait for itself.
    #[cfg(feature = "blocking")]
    pub fn send_blocking(self) -> Result<T, Error> {
        let (client, operation) = (self.parts.client.clone(), self.parts.operation.clone());
        self.send().wait(&client, &operation)
    }

    #[cfg(feature = "blocking")]
    pub(crate) fn client(&self) -> &Client {
        &self.parts.client
    }

    /// The operation that is called.
    pub fn operation(&self) -> &Operation {
        &self.parts.operation
    }

    /// Fills in a parameter of the path.
    pub fn path(mut self, name: impl Into<Cow<'static, str>>, value: &str) -> Self {
        self.parts.request.set_path(name.into(), value);
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
    #[cfg(feature = "v2")]
    pub(crate) fn filter<R>(
        mut self,
        name: impl Into<Cow<'static, str>>,
        filter: &crate::filter::Filter<R>,
    ) -> Self {
        self.parts.request.add_filter(name.into(), filter);
        self
    }

    /// Sets the body, also in place of the one that a method has put together: for keys that its
    /// model does not have.
    pub fn json<B: Serialize + ?Sized>(mut self, body: &B) -> Self {
        self.parts.request.set_body(to_json(body));
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
        let hook = self.parts.client.engine().on_deviation.as_deref();
        decode::saved(hook, &self.parts.operation, body, self.decode)
    }

    /// The body as it will be sent; `None` where there is none, or where a part of it is a stream.
    pub fn request_body(&self) -> Option<&[u8]> {
        let Request { body, streams, .. } = &self.parts.request;
        body.as_deref().filter(|_| streams.is_empty())
    }

    /// The address that will be called, with all parameters. Fails where the call would fail before anything is sent.
    pub fn url(&self) -> Result<Url, Error> {
        let base_url = &self.parts.client.engine().base_url;
        self.parts.request.url(base_url, &self.parts.operation)
    }

    /// The call as a command line of `curl`, the key left out: it is read from `HEFFL_API_KEY`.
    /// Values of headers that were given to the call are left out as well.
    ///
    /// Parameters and body are in it, so it may hold personal data. To have it when a call fails,
    /// clone the call before sending it. A body that is not text, such as an image or a stream, is an error.
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
                let problem = "a command line takes text only, and the body is not text; request_body() returns its bytes, unless it has a stream";
                Error::invalid_request(problem.to_owned()).of(&self.parts.operation)
            })?;
            // Not `--data`, which takes a body that starts with `@` for the name of a file.
            command.push_str(" --data-raw ");
            command.push_str(&quote(text));
        }
        Ok(command)
    }
}

#[allow(dead_code, reason = "which forms there are is up to the documents")]
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

    /// Adds files to the parts of the body: their names, and what is in them.
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

    /// Adds a part to the body. Returns where in it the content of the part ends.
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
        match self.parts.operation.spec().problem(name, &vec![value]) {
            Some(problem) => self.refuse(&problem),
            None => self,
        }
    }
}

fn texts(values: impl IntoIterator<Item: fmt::Display>) -> Vec<String> {
    values.into_iter().map(|value| value.to_string()).collect()
}

impl<T: Send + 'static> Call<T> {
    /// Sends the call, and returns the status, the headers, the body as it was received and the time it took as
    /// well.
    pub fn send_for_response(self) -> CallFuture<Response<T>> {
        let (call, decode) = (self.parts.send(), self.decode);
        CallFuture::work(Box::pin(async move { call.await?.response(decode).await }))
    }

    /// [`send_for_response`](Self::send_for_response), waiting as [`send_blocking`](Self::send_blocking)
    /// does.
    #[cfg(feature = "blocking")]
    pub fn send_for_response_blocking(self) -> Result<Response<T>, Error> {
        let (client, operation) = (self.parts.client.clone(), self.parts.operation.clone());
        self.send_for_response().wait(&client, &operation)
    }
}

impl<T> Call<Page<T>> {
    /// Where the cursor goes. A list that is documented to come whole and gives a cursor all the same
    /// is asked the way all other lists are; a server that ignores the parameter gives the same cursor again.
    pub(crate) fn cursor_parameter(&self) -> &'static str {
        self.parts.cursor_parameter.unwrap_or("cursor")
    }

    /// Asks for pages as large as the documentation allows, unless their size is given.
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
            decode: self.decode,
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
