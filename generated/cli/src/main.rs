//! The command `heffl`: the Heffl CRM from a terminal.

mod api;
mod failure;
mod globals;
mod import;
mod records;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::{Parser, Subcommand};

use crate::{failure::Failure, globals::Globals};

/// The Heffl CRM from a terminal.
///
/// An unofficial command for the Heffl CRM REST API. The API key comes from the environment variable `HEFFL_API_KEY`
/// or from a file, never from an option.
#[derive(Debug, Parser)]
#[command(name = "heffl", version, max_term_width = 100)]
struct Arguments {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Api(api::Arguments),
    Import(import::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // If standard error is closed, the failure cannot be shown.
            let _ = writeln!(io::stderr(), "{}", failure.text(arguments.globals.errors));
            failure.exit_code()
        }
    }
}

async fn run(Arguments { globals, command }: &Arguments) -> Result<(), Failure> {
    match command {
        Command::Api(arguments) => arguments.run(globals).await,
        Command::Import(arguments) => arguments.run(globals).await,
    }
}
