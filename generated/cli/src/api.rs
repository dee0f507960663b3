//! `heffl api`: a call of any endpoint, even an undocumented one.

use std::io::{self, Write as _};

use clap::Args;
use heffl::{Call, Client, Operation, reqwest::Url, v1, v2};
use serde_json::value::RawValue;

use crate::{
    data,
    failure::{Failure, written},
    globals::Globals,
    request, values,
};

/// Call any endpoint
///
/// The response is printed as the server sent it.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Method: GET, POST, PATCH, PUT or DELETE
    #[arg(value_name = "METHOD")]
    method: String,
    /// Path with the version of the API and with identifiers, such as `/v2/deals/dl_1`; a query may follow
    #[arg(value_name = "PATH")]
    path: String,
    /// Parameter of the query
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameter)]
    query: Vec<(String, String)>,
    /// Header of the request
    #[arg(long, value_name = "NAME:VALUE", value_parser = header)]
    header: Vec<(String, String)>,
    /// File with the JSON of the body; - is standard input
    #[arg(long, value_name = "FILE")]
    body: Option<String>,
    /// Print the request as JSON, and send nothing
    #[arg(long, conflicts_with = "curl")]
    dry_run: bool,
    /// Print a command line of curl that sends the request, and send nothing; it reads the key from `HEFFL_API_KEY`
    #[arg(long)]
    curl: bool,
}

fn parameter(text: &str) -> Result<(String, String), String> {
    values::pair(text, '=', "NAME=VALUE")
}

fn header(text: &str) -> Result<(String, String), String> {
    values::pair(text, ':', "NAME:VALUE")
}

impl Arguments {
    pub(crate) async fn run(&self, globals: &Globals) -> Result<(), Failure> {
        let is_sent = !self.curl && !self.dry_run;
        let client = if is_sent {
            globals.client()?
        } else {
            globals.client_for_preview()?
        };
        let (path, query) = self.target();
        let mut call = call(&client, &self.method.to_ascii_uppercase(), path);
        for (name, value) in &query {
            call = call.query(name.clone(), value);
        }
        for (name, value) in &self.header {
            call = call.header(name, value);
        }
        if let Some(file) = &self.body {
            call = call.json(&read_json(file)?);
        }
        let text = if is_sent {
            call.send().await?.to_string()
        } else if self.curl {
            call.to_curl()?
        } else {
            request::preview(&call, &self.header)?.to_string()
        };
        written(writeln!(io::stdout(), "{text}"))
    }

    /// The path, and the parameters from its query and from `--query`.
    fn target(&self) -> (&str, Vec<(String, String)>) {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        // Only the query of this URL is used.
        let url = Url::parse(&format!("http://localhost/?{query}"));
        let in_path = url.iter().flat_map(Url::query_pairs);
        let in_path = in_path.map(|(name, value)| (name.into_owned(), value.into_owned()));
        (path, in_path.chain(self.query.iter().cloned()).collect())
    }
}

/// The call of the documented operation with this method and path. Otherwise, a call of the path as given.
fn call(client: &Client, method: &str, path: &str) -> Call<Box<RawValue>> {
    let operations = v2::OPERATIONS.iter().chain(v1::OPERATIONS);
    let found = operations
        .filter(|operation| operation.method() == method)
        .filter_map(|operation| Some((operation, identifiers(operation, path)?)))
        // `/leads/sources` is not a lead.
        .min_by_key(|(_, identifiers)| identifiers.len());
    match found {
        Some((operation, identifiers)) => identifiers
            .into_iter()
            .fold(client.call(operation), |call, (name, value)| {
                call.path(name.to_owned(), value)
            }),
        None => client.request(method, path),
    }
}

/// The parameters in a path, if the path matches the operation.
fn identifiers<'a>(operation: &'a Operation, path: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    let path = path.strip_prefix('/')?.strip_prefix(operation.version())?;
    let (documented, given) = (operation.path().split('/'), path.split('/'));
    if documented.clone().count() != given.clone().count() {
        return None;
    }
    let mut identifiers = Vec::new();
    for (documented, given) in documented.zip(given) {
        let name = documented
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'));
        match name {
            Some(name) if !given.is_empty() => identifiers.push((name, given)),
            _ if documented == given => {}
            _ => return None,
        }
    }
    Some(identifiers)
}

/// The JSON of a file or of standard input, checked.
fn read_json(file: &str) -> Result<Box<RawValue>, Failure> {
    let name = if file == "-" { "standard input" } else { file };
    let text = data::text_of(file).map_err(|error| Failure::usage(format!("{name}: {error}")))?;
    serde_json::from_str(&text).map_err(|error| Failure::usage(format!("{name}: {error}")))
}
