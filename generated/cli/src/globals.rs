//! The options that every command has, and the client that they describe.

use std::{env, fs, path::PathBuf, time::Duration};

use clap::Args;
use heffl::Client;

use crate::failure::{ErrorForm, Failure, Kind};

const KEY_VARIABLE: &str = "HEFFL_API_KEY";

/// The options that every command has.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Globals {
    /// File that holds the API key and nothing else; only its owner may read it
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// Address of the API, for a test server or a proxy
    #[arg(long, global = true, value_name = "URL", env = "HEFFL_BASE_URL")]
    pub(crate) base_url: Option<String>,
    /// Give up after this many seconds, waits for the quota and repetitions included
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) deadline: Option<Duration>,
    /// Form of the error on standard error
    #[arg(long, global = true, value_name = "FORM", default_value = "text")]
    pub(crate) errors: ErrorForm,
    /// Report nothing but errors on standard error
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| String::from("expected a number of seconds"))?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

impl Globals {
    /// The client that the options and the environment describe.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let mut builder = Client::builder()
            .api_key(self.key()?)
            .user_agent(concat!("heffl-cli/", env!("CARGO_PKG_VERSION")));
        if let Some(url) = &self.base_url {
            builder = builder.base_url(url);
        }
        if let Some(limit) = self.deadline {
            builder = builder.deadline(limit);
        }
        Ok(builder.build()?)
    }

    /// The API key.
    fn key(&self) -> Result<String, Failure> {
        if let Some(file) = &self.key_file {
            return fs::read_to_string(file)
                .map_err(|error| Failure::new(Kind::Key, format!("{}: {error}", file.display())));
        }
        env::var(KEY_VARIABLE).map_err(|_| {
            Failure::new(Kind::Key, "no API key").hint(format!(
                "set {KEY_VARIABLE}, or name a file that holds the key with --key-file"
            ))
        })
    }
}
