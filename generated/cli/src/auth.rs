//! `heffl auth`: saves and checks the API key, and reports where it comes from.

use std::{
    fs,
    io::{self, BufRead as _, IsTerminal as _},
};

use clap::{Args, Subcommand};
use heffl::{Client, Secret};
use serde_json::json;

use crate::{
    failure::Failure,
    folders,
    globals::Globals,
    key::{self, Source},
    output::Options,
};

/// Save, check and remove the API key
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Login(Login),
    Status(Status),
    /// Ask the server whether it accepts the API key
    Check,
    /// Remove the saved API key
    Logout,
}

/// Save the API key in a file that only you can read
///
/// The command asks for the key on the terminal, and does not show it. If standard input is not a terminal, its first
/// line is the key.
#[derive(Debug, Args)]
pub(crate) struct Login {
    /// Do not ask the server whether it accepts the key
    #[arg(long)]
    no_check: bool,
}

/// Show where the API key comes from, without a request
///
/// A key comes from the first of these that is set: the file of --key-file, `HEFFL_API_KEY`, the output of the command in
/// `HEFFL_API_KEY_COMMAND`, the file that `heffl auth login` writes.
#[derive(Debug, Args)]
pub(crate) struct Status {
    #[command(flatten)]
    output: Options,
}

impl Command {
    pub(crate) async fn run(&self, globals: &Globals) -> Result<(), Failure> {
        match self {
            Self::Login(login) => login.run(globals).await,
            Self::Status(status) => status.run(globals),
            Self::Check => {
                check(&globals.client()?).await?;
                globals.report(format_args!("{} accepts the API key", globals.base_url()));
                Ok(())
            }
            Self::Logout => logout(globals),
        }
    }
}

impl Login {
    async fn run(&self, globals: &Globals) -> Result<(), Failure> {
        let key = ask()?;
        let key = Secret::from(key.trim());
        // A client refuses text that cannot be a key.
        let client = globals.builder_with(key.clone())?.build()?;
        if !self.no_check {
            check(&client).await?;
        }
        let file = key::saved_file()?;
        folders::write_private(&file, format!("{}\n", key.expose()).as_bytes())?;
        globals.report(format_args!("saved the API key in {}", file.display()));
        report_others(globals, "takes precedence over the saved key")
    }
}

/// The key, from the terminal or the first line of standard input.
fn ask() -> Result<String, Failure> {
    let mut line = String::new();
    let read = if io::stdin().is_terminal() {
        rpassword::prompt_password("API key: ").map(|key| line = key)
    } else {
        io::stdin().lock().read_line(&mut line).map(drop)
    };
    read.map_err(|error| Failure::usage(format!("the API key cannot be read: {error}")))?;
    if line.trim().is_empty() {
        return Err(Failure::usage("no API key was given")
            .hint("the settings of the workspace in Heffl show it"));
    }
    Ok(line)
}

/// Sends a request that reads at most one record.
async fn check(client: &Client) -> Result<(), Failure> {
    match client.v2().users().list().page_size(1).await {
        // The server accepts the key, but its user may not list users.
        Err(error) if error.is_forbidden() => Ok(()),
        result => Ok(result.map(drop)?),
    }
}

impl Status {
    fn run(&self, globals: &Globals) -> Result<(), Failure> {
        let sources = key::sources(globals.key_file.as_deref())?;
        let Some((first, others)) = sources.split_first() else {
            return Err(key::missing());
        };
        let fingerprint = key::fingerprint(&first.read()?);
        let ignored: Vec<String> = others.iter().map(Source::to_string).collect();
        self.output.print(&json!({
            "source": first.to_string(),
            "fingerprint": fingerprint,
            "address": globals.base_url(),
            "ignored": ignored,
        }))
    }
}

fn logout(globals: &Globals) -> Result<(), Failure> {
    let file = key::saved_file()?;
    match fs::remove_file(&file) {
        Ok(()) => globals.report(format_args!("removed {}", file.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            globals.report("no API key is saved");
        }
        Err(error) => return Err(Failure::file(&file, &error)),
    }
    report_others(globals, "still has an API key")
}

/// Reports sources other than the saved key.
fn report_others(globals: &Globals, what: &str) -> Result<(), Failure> {
    for source in key::sources(globals.key_file.as_deref())? {
        if !matches!(source, Source::Saved(_)) {
            globals.report(format_args!("note: {source} {what}"));
        }
    }
    Ok(())
}
