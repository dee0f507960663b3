//! `heffl demo`: the command at work, without an API key.

use std::{
    env,
    io::{self, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use clap::Args;
use heffl_test_server::{Fault, TestServer};
use serde_json::json;

use crate::failure::{Failure, written};

/// Show what the command does, in seconds and without an API key
///
/// The commands run against a test server in this process. Nothing is sent to Heffl, and no file of yours is read or
/// written.
#[derive(Debug, Args)]
pub(crate) struct Arguments {}

/// Explanations and their commands. No argument of a command has white space.
const STEPS: [(&str, &str); 9] = [
    ("Is the API key good?", "auth check"),
    (
        "Create a company, with a custom field of this workspace.",
        "companies create --name Northwind --set cf_region=north --fields id,name,cf_region",
    ),
    (
        "Create a deal. A name can replace an identifier; for an unknown name, the error lists the existing ones.",
        "deals create --title Refit --client Northwind --pipeline Sales --stage Negotiation",
    ),
    (
        "Once more.",
        "deals create --title Refit --client Northwind --pipeline Sales --price 48500.50 --fields id,title,price",
    ),
    (
        "What would an update send? Nothing is sent.",
        "deals update dl_000001 --status won --clear expectedCloseDate --dry-run",
    ),
    (
        "The connection breaks during a create. The command does not send it again: that could make a second record.",
        BROKEN,
    ),
    (
        "The record was created.",
        "companies list --search contoso --output table --fields id,name",
    ),
    ("Which custom fields are there?", "fields pull"),
    ("All of these commands shared one quota.", "quota"),
];

/// The command whose connection breaks.
const BROKEN: &str = "companies create --name Contoso";

impl Arguments {
    #[expect(clippy::unused_self, reason = "all commands have this method")]
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let server = TestServer::start().map_err(Failure::other)?;
        server.define_custom_field("companies", "Region", "text");
        server.insert(
            "users",
            json!({"name": "Ada Lovelace", "email": "ada@example.com"}),
        );
        let home = tempfile::tempdir().map_err(Failure::other)?;
        for (about, command) in STEPS {
            if command == BROKEN {
                let failed = server.fail("createCompany", Fault::CutAfter);
                failed.map_err(Failure::other)?;
            }
            written(writeln!(io::stdout(), "# {about}\n$ heffl {command}"))?;
            run(command, &server, home.path()).map_err(Failure::other)?;
            written(writeln!(io::stdout()))?;
        }
        Ok(())
    }
}

/// Runs a command with the server's address and key, and with folders of the demo. Some commands fail on purpose.
fn run(command: &str, server: &TestServer, home: &Path) -> io::Result<()> {
    io::stdout().flush()?;
    let folders = [
        "HOME",
        "XDG_CONFIG_HOME",
        "XDG_STATE_HOME",
        "APPDATA",
        "LOCALAPPDATA",
    ];
    let status = Command::new(env::current_exe()?)
        .args(command.split(' '))
        .env("HEFFL_BASE_URL", server.base_url())
        .env("HEFFL_API_KEY", server.key())
        .envs(folders.map(|name| (name, home)))
        .stdin(Stdio::null())
        .status()?;
    if let Some(code) = status.code().filter(|code| *code != 0) {
        writeln!(io::stdout(), "(exit code {code})")?;
    }
    Ok(())
}
