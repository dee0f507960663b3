//! Sends requests through progenitor's stock client. Arguments: version, address of the server, key. Standard input:
//! a JSON array of calls. Output: the calls that failed, by their index in the array, with the reason.

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

/// A call.
#[derive(Debug, Deserialize)]
pub struct Input {
    operation: String,
    parameters: BTreeMap<String, Value>,
    body: Value,
}

impl Input {
    /// A parameter, parsed as the client's type; a parameter without a value is parsed from `null`.
    fn parameter<'a, T: Deserialize<'a>>(&'a self, name: &str) -> Result<T, String> {
        let value = self.parameters.get(name).unwrap_or(&Value::Null);
        T::deserialize(value).map_err(|error| format!("`{name}` has a value of another type: {error}"))
    }

    fn body<'a, T: Deserialize<'a>>(&'a self) -> Result<T, String> {
        T::deserialize(&self.body)
            .map_err(|error| format!("the body has another type: {error}"))
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
        // The path of each request begins with its index.
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
