//! Every operation of the `heffl` crate, called against Prism: it must accept every request, and the crate must read
//! every response without loss.

use std::{fs, path::Path};

use heffl::{Client, ErrorKind, Operation, RetryPolicy, reqwest::header::HeaderMap};
use heffl_codegen::requests::Amount;
use serde_json::{Value, json};

use crate::calls::{Call, Caller, Outcome, v1, v2};

use super::{
    Document,
    install::Node,
    prism::Prism,
    table::{Table, Verdict},
};

/// The number of random responses of Prism for each operation.
const SEEDS: u32 = 50;

/// The base URL, to which the client adds the version.
const BASE: &str = "/api";

/// Calls all operations of both versions, and returns a row for each.
pub(super) async fn check(node: &Node, pinned: &Path, scratch: &Path) -> Table {
    let mut table = Table::default();
    for document in &Document::both() {
        let (calls, operations) = match document.version {
            "v1" => (v1::CALLS, heffl::v1::OPERATIONS),
            _ => (v2::CALLS, heffl::v2::OPERATIONS),
        };
        let client = match CheckedClient::start(node, pinned, scratch, document).await {
            Ok(client) => client,
            Err(what) => {
                table.push("prism", document.version, Verdict::Failed(what));
                continue;
            }
        };
        let verdict = passed_or_failed(client.is_strict(operations).await);
        table.push("refusing a wrong request", document.version, verdict);
        for operation in operations {
            eprintln!("{}, {}", operation.id(), document.version);
            let call = calls.iter().find(|call| call.operation == operation.id());
            let verdict = match call {
                Some(call) => passed_or_failed(client.operation(operation, call).await),
                None => Verdict::Failed("no call is generated for it".to_owned()),
            };
            table.push(operation.id(), document.version, verdict);
        }
    }
    table
}

fn passed_or_failed(result: Result<String, String>) -> Verdict {
    match result {
        Ok(what) => Verdict::Passed(what),
        Err(what) => Verdict::Failed(what),
    }
}

/// A client that calls a running Prism.
struct CheckedClient {
    document: Value,
    client: Client,
    _prism: Prism,
}

impl CheckedClient {
    async fn start(
        node: &Node,
        pinned: &Path,
        scratch: &Path,
        document: &Document,
    ) -> Result<Self, String> {
        let value = document.read()?;
        let copy = scratch.join(format!("{}.json", document.version));
        let text = below(&value, &format!("{BASE}/{}", document.version)).to_string();
        fs::create_dir_all(scratch)
            .and_then(|()| fs::write(&copy, text))
            .map_err(|error| format!("{}: {error}", copy.display()))?;
        let prism = Prism::start(node, pinned, &copy).await?;
        let client = Client::builder()
            .api_key("key")
            .base_url(format!("{}{BASE}", prism.url()))
            .retry(RetryPolicy::never())
            .no_rate_limit()
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self {
            document: value,
            client,
            _prism: prism,
        })
    }

    /// Prism must be able to find problems: it refuses a body that is not an object.
    async fn is_strict(&self, operations: &'static [Operation]) -> Result<String, String> {
        let create = operations
            .iter()
            .find(|operation| operation.method() == "POST")
            .ok_or("the document has no operation with a body")?;
        let call = self
            .client
            .call::<Value>(create)
            .json(&json!(["no object"]));
        match call.await {
            Err(error) if violations(error.headers()).is_some() => Ok(String::new()),
            Err(error) => Err(error.to_string()),
            Ok(_) => Err("a body of another kind was accepted: Prism does not validate".to_owned()),
        }
    }

    async fn operation(&self, operation: &Operation, call: &Call) -> Result<String, String> {
        let mut responses = 0;
        for amount in [Amount::Least, Amount::All] {
            self.accepted(call, amount, "dynamic=false".to_owned())
                .await?;
            responses += 1;
        }
        for seed in 0..SEEDS {
            // The response of Prism does not depend on the request.
            let amount = [Amount::Least, Amount::All][seed as usize % 2];
            let wish = format!("dynamic=true, seed=heffl-{seed}");
            self.accepted(call, amount, wish).await?;
            responses += 1;
        }
        let refusals = self.refusals(operation.id());
        for &status in &refusals {
            self.refused(call, status).await?;
        }
        Ok(format!(
            "{responses} responses, {} refusals",
            refusals.len()
        ))
    }

    async fn accepted(&self, call: &Call, amount: Amount, wish: String) -> Result<(), String> {
        let failed = |what: String| format!("with {amount:?}, {wish}: {what}");
        match self.call(call, amount, &wish).await {
            Ok(response) => match (response.lost(), violations(Some(&response.headers))) {
                (None, None) => Ok(()),
                (Some(lost), _) => Err(failed(format!("not read as it was sent: {lost}"))),
                (None, Some(violations)) => Err(failed(violations)),
            },
            Err(error) => {
                let known = error.downcast_ref::<heffl::Error>();
                let violations = known.and_then(|error| violations(error.headers()));
                let body = known.and_then(heffl::Error::body);
                let detail = violations
                    .or_else(|| Some(String::from_utf8_lossy(body?).into_owned()))
                    .unwrap_or_default();
                Err(failed(format!("{error}\n{detail}")))
            }
        }
    }

    /// A documented error response becomes an error with its status, code and message.
    async fn refused(&self, call: &Call, status: u16) -> Result<(), String> {
        let wish = format!("code={status}, dynamic=true, seed=heffl-{status}");
        let outcome = self.call(call, Amount::Least, &wish).await;
        let error = match &outcome {
            Ok(_) => return Err(format!("{wish}: read as a success")),
            Err(error) => error.downcast_ref::<heffl::Error>(),
        };
        match error {
            Some(error) if error.kind() == ErrorKind::Api && error.status() == Some(status) => {
                Ok(())
            }
            other => Err(format!("{wish}: {other:?}")),
        }
    }

    async fn call(&self, call: &Call, amount: Amount, wish: &str) -> Outcome {
        let caller = Caller {
            client: &self.client,
            amount,
            headers: vec![("prefer", wish.to_owned())],
        };
        let outcome = call.run(&caller).await;
        // Prism may close an idle connection while the request is being sent.
        if outcome.as_ref().is_err_and(|error| is_lost(&**error)) {
            return call.run(&caller).await;
        }
        outcome
    }

    /// The statuses of the error responses of an operation.
    fn refusals(&self, id: &str) -> Vec<u16> {
        let paths = self.document["paths"].as_object().into_iter().flatten();
        let operations = paths.filter_map(|(_, item)| item.as_object()).flatten();
        let responses = operations
            .filter(|(_, operation)| operation["operationId"] == id)
            .filter_map(|(_, operation)| operation["responses"].as_object())
            .flatten();
        responses
            .filter_map(|(status, _)| status.parse().ok())
            .filter(|status| *status >= 400)
            .collect()
    }
}

/// Whether there was no response.
fn is_lost(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    let error = error.downcast_ref::<heffl::Error>();
    error.is_some_and(|error| error.kind() == ErrorKind::Transport)
}

/// The problems that Prism reports about the request or its own response.
fn violations(headers: Option<&HeaderMap>) -> Option<String> {
    let violations = headers?.get("sl-violations")?;
    Some(String::from_utf8_lossy(violations.as_bytes()).into_owned())
}

/// The document with all paths below a folder: Prism does not look at the path of the server.
pub(super) fn below(document: &Value, folder: &str) -> Value {
    let mut document = document.clone();
    if let Some(paths) = document["paths"].as_object_mut() {
        *paths = std::mem::take(paths)
            .into_iter()
            .map(|(path, item)| (format!("{folder}{path}"), item))
            .collect();
    }
    document
}
