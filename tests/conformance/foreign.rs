//! Calls every operation of a generated crate, with only the required parameters and fields and with all of them.
//! Prints a line of JSON for each: its `operationId`, and what went wrong.

#[path = "operations.rs"]
mod operations;

use std::{error::Error, pin::Pin};

use heffl::{Client, RetryPolicy, module::OPERATIONS};

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;
type Running<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Amount {
    Least,
    All,
}

struct Call {
    operation: &'static str,
    run: for<'a> fn(&'a Caller<'a>) -> Running<'a>,
}

impl Call {
    const fn new(operation: &'static str, run: for<'a> fn(&'a Caller<'a>) -> Running<'a>) -> Self {
        Self { operation, run }
    }
}

struct Caller<'a> {
    client: &'a Client,
    amount: Amount,
}

impl Caller<'_> {
    async fn one<T: Send + 'static>(&self, call: heffl::Call<T>) -> Outcome {
        // Some examples of vendors contradict their schemas.
        let call = call.header("prefer", "dynamic=true, seed=1");
        let response = call.send_for_response().await?;
        match response.headers().get("sl-violations") {
            Some(violations) => Err(violations.to_str()?.into()),
            None => Ok(()),
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let url = std::env::args().nth(1).ok_or("the base URL is missing")?;
    let client = Client::builder()
        .api_key("key")
        .base_url(url)
        .retry(RetryPolicy::never())
        .no_rate_limit()
        .build()?;
    for operation in OPERATIONS {
        let call = operations::CALLS.iter().find(|call| call.operation == operation.id());
        let mut wrong = Vec::new();
        if call.is_none() {
            wrong.push("no call is generated for it".to_owned());
        }
        for amount in [Amount::Least, Amount::All] {
            let caller = Caller { client: &client, amount };
            let Some(Err(error)) = call.map(|call| runtime.block_on((call.run)(&caller))) else {
                continue;
            };
            let known = error.downcast_ref::<heffl::Error>();
            let violations = known.and_then(|error| error.headers()?.get("sl-violations")?.to_str().ok());
            let body = known.and_then(|error| serde_json::from_slice::<serde_json::Value>(error.body()?).ok());
            // Prism lists the problems of a request there.
            let listed = body.map(|mut body| match body["validation"].take() {
                serde_json::Value::Null => body.to_string(),
                listed => listed.to_string(),
            });
            let detail = violations.map(str::to_owned).or(listed).unwrap_or_default();
            wrong.push(format!("with {amount:?}: {error} {detail}"));
        }
        println!("{}", serde_json::json!([operation.id(), wrong]));
    }
    Ok(())
}
