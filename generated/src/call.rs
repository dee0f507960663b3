//! Calls: requests that are ready to be sent.

use std::{
    fmt,
    future::{Future, IntoFuture},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Client, DecodeError, Error, ListEnvelope, Operation, Page, error::Misfit, request::Request,
    transport::Answer,
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
pub struct Call<T> {
    client: Client,
    operation: &'static Operation,
    request: Request,
    decode: fn(&str) -> Result<T, Misfit>,
}

impl<T: DeserializeOwned> Call<T> {
    pub(crate) fn new(client: &Client, operation: &'static Operation) -> Self {
        Self {
            client: client.clone(),
            operation,
            request: Request::default(),
            decode,
        }
    }
}

impl<T> Call<T> {
    /// Limits the time from sending to the last byte of the answer, instead of the client's own
    /// limit.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.request.timeout = Some(limit);
        self
    }

    /// Sends a further header; one of the same name is replaced. Headers that the client sets
    /// itself, such as `x-api-key` and `host`, are refused, and so are values that are none: the
    /// call then fails with [`Error::InvalidRequest`] before anything is sent.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request.set_header(name, value);
        self
    }

    /// The operation that is called.
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// Sends the call and reads its answer.
    pub async fn send(self) -> Result<T, Error> {
        let answer = self.client.execute(self.operation, self.request).await?;
        read(self.operation, answer, self.decode)
    }

    pub(crate) fn path(mut self, name: &'static str, value: &str) -> Self {
        self.request.path_parameters.push((name, value.to_owned()));
        self
    }

    /// Sets a query parameter; one of the same name is replaced.
    pub(crate) fn query(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.request.set_query(name, &value);
        self
    }

    /// Sets a query parameter whose value is JSON text.
    pub(crate) fn query_json<V: Serialize + ?Sized>(
        mut self,
        name: &'static str,
        value: &V,
    ) -> Self {
        self.request.set_query_json(name, value);
        self
    }

    pub(crate) fn json<B: Serialize + ?Sized>(mut self, body: &B) -> Self {
        self.request.set_json(body);
        self
    }
}

impl<L: ListEnvelope + DeserializeOwned> Call<L> {
    /// Takes the page out of the answer.
    pub(crate) fn into_page(self) -> Call<Page<L::Item>> {
        Call {
            client: self.client,
            operation: self.operation,
            request: self.request,
            decode: |text| decode::<L>(text).map(L::into_page),
        }
    }
}

fn read<T>(
    operation: &'static Operation,
    answer: Answer,
    decode: fn(&str) -> Result<T, Misfit>,
) -> Result<T, Error> {
    // One check of the whole text is much cheaper than one per string.
    let result = match std::str::from_utf8(&answer.body) {
        Ok(text) if text.trim_ascii().is_empty() => {
            decode("null").map_err(|_| misfit("the answer has no body"))
        }
        Ok(text) => decode(text),
        Err(_) => Err(misfit("the answer is no text in UTF-8")),
    };
    result.map_err(|place| Error::Decode(Box::new(DecodeError::new(operation, answer, place))))
}

fn misfit(message: &str) -> Misfit {
    Misfit {
        path: ".".to_owned(),
        message: message.to_owned(),
    }
}

fn decode<T: DeserializeOwned>(text: &str) -> Result<T, Misfit> {
    serde_json::from_str(text).map_err(|error| locate::<T>(text, &error))
}

/// Reads the text again, to learn where it parts from the type: keeping track costs time that
/// good answers need not pay.
#[cold]
fn locate<T: DeserializeOwned>(text: &str, error: &serde_json::Error) -> Misfit {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Err(located) => Misfit {
            path: located.path().to_string(),
            message: located.inner().to_string(),
        },
        // What is wrong comes after the value.
        Ok(_) => misfit(&error.to_string()),
    }
}

impl<T> Clone for Call<T> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            operation: self.operation,
            request: self.request.clone(),
            decode: self.decode,
        }
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Call")
            .field("operation", &self.operation.id)
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

impl<T: 'static> IntoFuture for Call<T> {
    type Output = Result<T, Error>;
    type IntoFuture = CallFuture<T>;

    fn into_future(self) -> Self::IntoFuture {
        CallFuture(Box::pin(self.send()))
    }
}

/// A call under way.
#[must_use = "a call does nothing until it is awaited"]
pub struct CallFuture<T>(Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>);

impl<T> Future for CallFuture<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

impl<T> fmt::Debug for CallFuture<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CallFuture").finish_non_exhaustive()
    }
}
