//! `heffl demo`: the command at work, without an API key.

use std::{
    env,
    ffi::OsStr,
    io::{self, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use clap::Args;
use heffl_test_server::{Fault, TestServer};
use serde_json::json;

use crate::failure::{Failure, Kind, written};

/// Show what the command does, in seconds and without an API key
///
/// The commands run against a test server in this process. Nothing is sent to Heffl, and no file of yours is read or
/// written.
#[derive(Debug, Args)]
pub(crate) struct Arguments {}

/// A command that the demo runs.
struct Step {
    about: &'static str,
    arguments: &'static [&'static str],
    /// What goes wrong on the server.
    fault: Option<(&'static str, Fault)>,
}

impl Step {
    fn new(about: &'static str, arguments: &'static [&'static str]) -> Self {
        Self {
            about,
            arguments,
            fault: None,
        }
    }

    fn fault(mut self, operation: &'static str, fault: Fault) -> Self {
        self.fault = Some((operation, fault));
        self
    }
}

fn steps() -> [Step; 9] {
    [
        Step::new("Is the API key good?", &["auth", "check"]),
        Step::new(
            "Create a company, with a custom field of this workspace.",
            &[
                "companies", "create", "--name", "Northwind", "--set", "cf_region=north", "--fields", "id,name,cf_region",
            ],
        ),
        Step::new(
            "Create a deal. A name can replace an identifier; for an unknown name, the error lists the existing ones.",
            &[
                "deals", "create", "--title", "Refit", "--client", "Northwind", "--pipeline", "Sales", "--stage",
                "Negotiation",
            ],
        ),
        Step::new(
            "Once more.",
            &[
                "deals", "create", "--title", "Refit", "--client", "Northwind", "--pipeline", "Sales", "--price",
                "48500.50", "--fields", "id,title,price",
            ],
        ),
        Step::new(
            "What would an update send? Nothing is sent.",
            &["deals", "update", "dl_000001", "--status", "won", "--clear", "expectedCloseDate", "--dry-run"],
        ),
        Step::new(
            "The connection breaks during a create. The command does not send it again: that could make a second record.",
            &["companies", "create", "--name", "Contoso"],
        )
        .fault("createCompany", Fault::CutAfter),
        Step::new(
            "The record was created.",
            &["companies", "list", "--search", "contoso", "--output", "table", "--fields", "id,name"],
        ),
        Step::new("Which custom fields are there?", &["fields", "pull"]),
        Step::new("All of these commands shared one quota.", &["quota"]),
    ]
}

impl Arguments {
    #[expect(clippy::unused_self, reason = "all commands are run alike")]
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let other = |error: io::Error| Failure::new(Kind::Other, error.to_string());
        let server = TestServer::start().map_err(other)?;
        server.define_custom_field("companies", "Region", "text");
        server.insert(
            "users",
            json!({"name": "Ada Lovelace", "email": "ada@example.com"}),
        );
        let home = tempfile::tempdir().map_err(other)?;
        for step in steps() {
            if let Some((operation, fault)) = step.fault.clone() {
                server
                    .fail(operation, fault)
                    .map_err(|error| Failure::new(Kind::Other, error.to_string()))?;
            }
            written(writeln!(
                io::stdout(),
                "# {}\n$ {}",
                step.about,
                shown(&step)
            ))?;
            run(&step, &server, home.path()).map_err(other)?;
            written(writeln!(io::stdout()))?;
        }
        Ok(())
    }
}

/// The command line as a user types it.
fn shown(step: &Step) -> String {
    let arguments: Vec<String> = step.arguments.iter().map(|text| quoted(text)).collect();
    format!("heffl {}", arguments.join(" "))
}

fn quoted(argument: &str) -> String {
    if argument.contains(|it: char| !(it.is_ascii_alphanumeric() || "-_/.=,".contains(it))) {
        format!("'{argument}'")
    } else {
        argument.to_owned()
    }
}

/// Runs a command with the server's address and key, and its own folders. A failure is part of the demo.
fn run(step: &Step, server: &TestServer, home: &Path) -> io::Result<()> {
    io::stdout().flush()?;
    let folders = [
        "HOME",
        "XDG_CONFIG_HOME",
        "XDG_STATE_HOME",
        "APPDATA",
        "LOCALAPPDATA",
    ];
    let status = Command::new(env::current_exe()?)
        .args(step.arguments.iter().map(OsStr::new))
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
