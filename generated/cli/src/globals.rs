//! The options that every command has, and the client that they describe.

use std::{
    fmt::Display,
    io::{self, Write as _},
    path::PathBuf,
    sync::OnceLock,
    time::Duration,
};

use clap::Args;
use heffl::{Client, ClientBuilder, DEFAULT_BASE_URL, Secret};

use crate::{
    failure::{ErrorForm, Failure},
    folders, key,
};

/// The options that every command has.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Globals {
    /// File that holds the API key and nothing else; on Unix, only its owner may read it
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// Address of the API, for a test server or a proxy
    #[arg(long, global = true, value_name = "URL", env = "HEFFL_BASE_URL")]
    pub(crate) base_url: Option<String>,
    /// Give up after this many seconds, waits for the quota and repetitions included
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) deadline: Option<Duration>,
    /// Count only the requests of this process against the quota, not those of other processes with the same key
    #[arg(long, global = true)]
    pub(crate) no_shared_quota: bool,
    /// Form of the error on standard error
    #[arg(long, global = true, value_name = "FORM", default_value = "text")]
    errors: ErrorForm,
    /// Report nothing but errors on standard error
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// The API key, cached because the command that prints it may ask for a password.
    #[arg(skip)]
    key: OnceLock<Secret>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| String::from("expected a number of seconds"))?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

impl Globals {
    /// The client for the options and the environment.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        Ok(self.builder()?.build()?)
    }

    /// A client that builds requests and sends none. It needs no API key.
    pub(crate) fn client_for_preview(&self) -> Result<Client, Failure> {
        let builder = Client::builder()
            .api_key("not-sent")
            .base_url(self.base_url());
        Ok(builder.dry_run(true).build()?)
    }

    /// The builder of that client, for further settings.
    pub(crate) fn builder(&self) -> Result<ClientBuilder, Failure> {
        self.builder_with(self.key()?)
    }

    /// The builder of a client with another key.
    pub(crate) fn builder_with(&self, key: Secret) -> Result<ClientBuilder, Failure> {
        let mut builder = Client::builder()
            .api_key(key)
            .base_url(self.base_url())
            .user_agent(concat!("heffl-cli/", env!("CARGO_PKG_VERSION")));
        if !self.no_shared_quota {
            let folder = folders::state()?.join("quota");
            folders::create_private(&folder).map_err(|error| {
                Failure::file(&folder, &error).hint(
                    "the quota is shared by a file there; --no-shared-quota counts the requests of this process alone",
                )
            })?;
            builder = builder.shared_quota(folder);
        }
        if let Some(limit) = self.deadline {
            builder = builder.deadline(limit);
        }
        Ok(builder)
    }

    /// The API key.
    pub(crate) fn key(&self) -> Result<Secret, Failure> {
        if let Some(key) = self.key.get() {
            return Ok(key.clone());
        }
        let key = key::read(self.key_file.as_deref())?;
        Ok(self.key.get_or_init(|| key).clone())
    }

    /// The name of the files for the API key and the address.
    pub(crate) fn workspace(&self) -> Result<String, Failure> {
        let parts = [self.base_url(), self.key()?.expose().trim()].join("\0");
        Ok(key::hash(parts.as_bytes(), 16))
    }

    /// The address of the API.
    pub(crate) fn base_url(&self) -> &str {
        let given = self.base_url.as_deref().map(str::trim);
        given
            .filter(|url| !url.is_empty())
            .unwrap_or(DEFAULT_BASE_URL)
    }

    /// Writes a note to standard error, unless `--quiet` is given.
    pub(crate) fn report(&self, message: impl Display) {
        if !self.quiet {
            // If standard error is closed, nobody can read it.
            let _ = writeln!(io::stderr(), "{message}");
        }
    }
}
