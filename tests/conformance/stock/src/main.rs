//! Sends requests through progenitor's stock client. Arguments: version, address of the server, key. Standard input:
//! an array of what to call, in JSON. Output: what could not be called, by its place in the array, with the reason.

use std::{collections::BTreeMap, error::Error, io};

use reqwest::header::{HeaderMap, HeaderValue};
use serde::Deserialize;
use serde_json::Value;

#[allow(warnings)]
mod v1 {
    include!(concat!(env!("OUT_DIR"), "/v1.rs"));
}

#[allow(warnings)]
mod v2 {
    include!(concat!(env!("OUT_DIR"), "/v2.rs"));
}

/// What to call.
#[derive(Debug, Deserialize)]
pub struct Input {
    operation: String,
    parameters: BTreeMap<String, Value>,
    body: Value,
}

impl Input {
    /// A parameter as the client wants it; one that is not given is `null`.
    fn parameter<'a, T: Deserialize<'a>>(&'a self, name: &str) -> Result<T, String> {
        let value = self.parameters.get(name).unwrap_or(&Value::Null);
        T::deserialize(value).map_err(|error| format!("`{name}` is not what it takes: {error}"))
    }

    fn body<'a, T: Deserialize<'a>>(&'a self) -> Result<T, String> {
        T::deserialize(&self.body)
            .map_err(|error| format!("the body is not what it takes: {error}"))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [version, server, key] = arguments.as_slice() else {
        return Err("usage: heffl-stock VERSION SERVER KEY".into());
    };
    let inputs: Vec<Input> = serde_json::from_reader(io::stdin())?;
    let headers = HeaderMap::from_iter([("x-api-key".parse()?, HeaderValue::from_str(key)?)]);
    let http = reqwest::Client::builder()
        .default_headers(headers)
        .no_proxy()
        .build()?;
    let mut refused = BTreeMap::new();
    for (place, input) in inputs.iter().enumerate() {
        // An address for each tells the server which is which.
        let base = format!("{server}/{place}/api/{version}");
        let done = match version.as_str() {
            "v1" => v1::call(&v1::Client::new_with_client(&base, http.clone()), input).await,
            "v2" => v2::call(&v2::Client::new_with_client(&base, http.clone()), input).await,
            _ => return Err(format!("no version `{version}`").into()),
        };
        if let Err(reason) = done {
            refused.insert(place, reason);
        }
    }
    println!("{}", serde_json::to_string(&refused)?);
    Ok(())
}
