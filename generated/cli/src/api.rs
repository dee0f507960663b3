//! `heffl api`: a call of any endpoint, also of one that no document describes.

use std::{
    fs,
    io::{self, Read as _, Write as _},
};

use clap::Args;
use serde_json::value::RawValue;

use crate::{failure::Failure, globals::Globals};

/// Call any endpoint
///
/// The response is printed as the server sent it.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Method: GET, POST, PATCH, PUT or DELETE
    #[arg(value_name = "METHOD")]
    method: String,
    /// Path with the version of the API, such as /v2/deals
    #[arg(value_name = "PATH")]
    path: String,
    /// Parameter of the query
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    query: Vec<(String, String)>,
    /// File with the JSON of the body; - is standard input
    #[arg(long, value_name = "FILE")]
    body: Option<String>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| String::from("expected NAME=VALUE"))
}

impl Arguments {
    pub(crate) async fn run(&self, globals: &Globals) -> Result<(), Failure> {
        let body = self.body.as_deref().map(json).transpose()?;
        let mut call = globals
            .client()?
            .request::<Box<RawValue>>(self.method.to_ascii_uppercase(), &self.path);
        for (name, value) in &self.query {
            call = call.query(name.clone(), value);
        }
        if let Some(body) = &body {
            call = call.json(body);
        }
        let response = call.send().await?;
        writeln!(io::stdout(), "{response}")
            .map_err(|error| Failure::new(crate::failure::Kind::Other, error.to_string()))
    }
}

/// The JSON of a file or of standard input, checked.
fn json(file: &str) -> Result<Box<RawValue>, Failure> {
    let text = if file == "-" {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(file)
    };
    let text = text.map_err(|error| Failure::usage(format!("{file}: {error}")))?;
    serde_json::from_str(&text).map_err(|error| Failure::usage(format!("{file}: {error}")))
}
