//! The command `heffl`: the Heffl CRM from a terminal.

mod api;
mod auth;
mod completion;
mod demo;
mod failure;
mod folders;
mod globals;
mod key;
mod man;
mod quota;
mod test_server;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

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
    #[command(subcommand)]
    Auth(auth::Command),
    Completion(completion::Arguments),
    Demo(demo::Arguments),
    Man(man::Arguments),
    Quota(quota::Arguments),
    TestServer(test_server::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return failure::report_command_line(&error),
    };
    let form = arguments.globals.errors;
    tokio::spawn(failure::exit_on_interruption(form));
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report(form);
            failure.exit_code()
        }
    }
}

async fn run(Arguments { globals, command }: &Arguments) -> Result<(), Failure> {
    match command {
        Command::Api(arguments) => arguments.run(globals).await,
        Command::Auth(command) => command.run(globals).await,
        Command::Completion(arguments) => arguments.run(Arguments::command()),
        Command::Demo(arguments) => arguments.run(),
        Command::Man(arguments) => arguments.run(Arguments::command()),
        Command::Quota(arguments) => arguments.run(globals).await,
        Command::TestServer(arguments) => arguments.run(),
    }
}
