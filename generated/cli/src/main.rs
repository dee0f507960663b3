//! The command `heffl`: the Heffl CRM from a terminal.

mod api;
mod auth;
mod body;
mod cache;
mod completion;
mod data;
mod demo;
mod docs;
mod doctor;
mod export;
mod failure;
mod fields;
mod filter;
mod find;
mod flags;
mod folders;
mod globals;
mod import;
mod key;
mod lists;
mod man;
mod names;
mod notices;
mod output;
mod pages;
mod quota;
mod request;
mod resources;
mod sums;
mod table;
mod test_server;
mod values;

use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::{
    failure::{ErrorForm, Failure},
    globals::Globals,
};

/// The Heffl CRM from a terminal.
///
/// An unofficial command for the Heffl CRM REST API. The API key comes from the environment variable `HEFFL_API_KEY`
/// or from a file, never from an option.
#[derive(Parser)]
#[command(name = "heffl", version, max_term_width = 100)]
struct Arguments {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

/// The commands that are not in the table of operations.
#[derive(Subcommand)]
enum Command {
    Api(api::Arguments),
    #[command(subcommand)]
    Auth(auth::Command),
    Completion(completion::Arguments),
    Demo(demo::Arguments),
    Docs(docs::Arguments),
    Doctor(doctor::Arguments),
    Export(export::Arguments),
    #[command(subcommand)]
    Fields(fields::Command),
    Import(import::Arguments),
    Man(man::Arguments),
    Quota(quota::Arguments),
    TestServer(test_server::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let read = command().try_get_matches();
    let read = read.and_then(|matches| Ok((Globals::from_arg_matches(&matches)?, matches)));
    let (globals, matches) = match read {
        Ok(read) => read,
        Err(error) => return failure::report_command_line(&error),
    };
    // Options after a verb that does not exist are not parsed.
    let form = ErrorForm::of_arguments();
    tokio::spawn(failure::exit_on_interruption(form));
    match run(&globals, &matches).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.end(form),
    }
}

/// The whole command.
fn command() -> clap::Command {
    let older = clap::Command::new(table::OLDER)
        .about("The older version of the API")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(resources::commands(true));
    Arguments::command()
        .subcommands(resources::commands(false))
        .subcommand(older)
}

async fn run(globals: &Globals, matches: &ArgMatches) -> Result<(), Failure> {
    match matches.subcommand() {
        Some((table::OLDER, matches)) => match matches.subcommand() {
            Some((resource, matches)) => resources::run(globals, true, resource, matches).await,
            None => Ok(()),
        },
        Some((resource, matches)) if table::resources(false).contains(&resource) => {
            resources::run(globals, false, resource, matches).await
        }
        _ => match Command::from_arg_matches(matches) {
            Ok(Command::Api(arguments)) => arguments.run(globals).await,
            Ok(Command::Auth(command)) => command.run(globals).await,
            Ok(Command::Completion(arguments)) => arguments.run(command()),
            Ok(Command::Demo(arguments)) => arguments.run(),
            Ok(Command::Docs(arguments)) => arguments.run(),
            Ok(Command::Doctor(arguments)) => arguments.run(globals).await,
            Ok(Command::Export(arguments)) => arguments.run(globals).await,
            Ok(Command::Fields(arguments)) => arguments.run(globals).await,
            Ok(Command::Import(arguments)) => arguments.run(globals).await,
            Ok(Command::Man(arguments)) => arguments.run(command()),
            Ok(Command::Quota(arguments)) => arguments.run(globals).await,
            Ok(Command::TestServer(arguments)) => arguments.run(),
            Err(error) => Err(Failure::usage(error.to_string())),
        },
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_flag_and_no_command_is_there_twice() {
        super::command().debug_assert();
    }
}
