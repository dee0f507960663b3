//! A call of every operation of the `heffl` crate, with the least that it takes and with all.
//!
//! The calls are generated from the documents, and say what [`heffl_codegen::requests`] says.

pub mod v1;
pub mod v2;

use std::{error::Error, pin::Pin};

pub use heffl_codegen::requests::Amount;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::json::difference;

/// How a call ended.
pub type Outcome = Result<Answer, Box<dyn Error + Send + Sync>>;

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

/// Who calls, and how.
#[derive(Clone, Debug)]
pub struct Caller<'a> {
    pub client: &'a heffl::Client,
    pub amount: Amount,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
}

/// What came, and what was read of it.
#[derive(Clone, Debug)]
pub struct Answer {
    pub headers: heffl::reqwest::header::HeaderMap,
    /// As it came.
    pub raw: Value,
    /// As it was read, written as JSON again.
    pub read: Value,
    /// Keys of a list's envelope that nothing is read from.
    pub unread: Vec<String>,
}

impl Answer {
    /// The first thing that came and was not read, or was read as something else.
    pub fn lost(&self) -> Option<String> {
        difference(&self.raw, &self.read)
    }
}

impl Caller<'_> {
    async fn one<T: Serialize + Send + 'static>(&self, call: heffl::Call<T>) -> Outcome {
        let response = self.prepared(call).send_for_response().await?;
        Ok(Answer {
            headers: response.headers().clone(),
            raw: serde_json::from_slice(response.body())?,
            read: serde_json::to_value(response.value())?,
            unread: Vec::new(),
        })
    }

    /// Compares what a page gives; how the envelope calls that is not the same everywhere.
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
        // Without it a page knows from the cursor.
        let more = take("hasMore").filter(|more| !more.is_null());
        let read_more = more.is_some().then(|| page.has_more());
        Ok(Answer {
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
