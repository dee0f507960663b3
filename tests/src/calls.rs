//! A call of every operation of the `heffl` crate, with only the required parameters and fields, or with all of them.
//!
//! The calls are generated from the documents, and have the values of [`heffl_codegen::requests`].

pub mod v1;
pub mod v2;

use std::{error::Error, pin::Pin};

pub use heffl_codegen::requests::Amount;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::json::difference;

/// How a call ended.
pub type Outcome = Result<Received, Box<dyn Error + Send + Sync>>;

/// A call under way.
pub type Running<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// The call of one operation.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// The `operationId`.
    pub operation: &'static str,
    run: for<'a> fn(&'a Caller<'a>) -> Running<'a>,
}

impl Call {
    const fn new(operation: &'static str, run: for<'a> fn(&'a Caller<'a>) -> Running<'a>) -> Self {
        Self { operation, run }
    }

    /// Calls the operation.
    pub fn run<'a>(&self, caller: &'a Caller<'a>) -> Running<'a> {
        (self.run)(caller)
    }
}

/// The client that calls, and the options of the calls.
#[derive(Clone, Debug)]
pub struct Caller<'a> {
    pub client: &'a heffl::Client,
    pub amount: Amount,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
}

/// A response, as JSON and as the client read it.
#[derive(Clone, Debug)]
pub struct Received {
    pub headers: heffl::reqwest::header::HeaderMap,
    /// The received JSON.
    pub raw: Value,
    /// The parsed value, written as JSON again.
    pub read: Value,
    /// Keys of a list's envelope that the client does not read.
    pub unread: Vec<String>,
}

impl Received {
    /// The first difference between the received JSON and the parsed value.
    pub fn lost(&self) -> Option<String> {
        difference(&self.raw, &self.read)
    }
}

impl Caller<'_> {
    async fn one<T: Serialize + Send + 'static>(&self, call: heffl::Call<T>) -> Outcome {
        let response = self.prepared(call).send_for_response().await?;
        Ok(Received {
            headers: response.headers().clone(),
            raw: serde_json::from_slice(response.body())?,
            read: serde_json::to_value(response.value())?,
            unread: Vec::new(),
        })
    }

    /// Compares items and cursor of a page. The envelopes of v1 and v2 have different keys for them.
    async fn page<T: Serialize + Send + 'static>(
        &self,
        call: heffl::Call<heffl::Page<T>>,
    ) -> Outcome {
        let response = self.prepared(call).send_for_response().await?;
        let mut envelope: Map<String, Value> = serde_json::from_slice(response.body())?;
        let page = response.value();
        let mut meta = match envelope.remove("meta") {
            Some(Value::Object(meta)) => meta,
            _ => Map::new(),
        };
        let mut take = |key: &str| envelope.remove(key).or_else(|| meta.remove(key));
        let (items, next) = (take("items").or_else(|| take("data")), take("nextCursor"));
        // Without `hasMore`, the cursor decides whether there is another page.
        let more = take("hasMore").filter(|more| !more.is_null());
        let read_more = more.is_some().then(|| page.has_more());
        Ok(Received {
            headers: response.headers().clone(),
            raw: json!({"items": items, "nextCursor": next, "hasMore": more}),
            read: json!({
                "items": page.items(),
                "nextCursor": page.next_cursor(),
                "hasMore": read_more,
            }),
            unread: envelope
                .into_iter()
                .chain(meta)
                .map(|(key, _)| key)
                .collect(),
        })
    }

    fn prepared<T>(&self, call: heffl::Call<T>) -> heffl::Call<T> {
        let headers = self.headers.iter();
        headers.fold(call, |call, (name, value)| call.header(name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_a_call() {
        let versions = [
            (v1::CALLS, heffl::v1::OPERATIONS),
            (v2::CALLS, heffl::v2::OPERATIONS),
        ];
        for (calls, operations) in versions {
            let called: Vec<&str> = calls.iter().map(|call| call.operation).collect();
            let known: Vec<&str> = operations.iter().map(heffl::Operation::id).collect();
            assert_eq!(called, known);
        }
    }
}
