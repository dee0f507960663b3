//! The command `heffl`: the Heffl CRM from a terminal.

mod api;
mod body;
mod data;
mod docs;
mod failure;
mod filter;
mod find;
mod flags;
mod globals;
mod lists;
mod names;
mod notices;
mod output;
mod pages;
mod request;
mod resources;
mod sums;
mod table;
mod values;

use std::{
    env,
    io::{self, Write as _},
    process::ExitCode,
};

use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::{
    failure::{ErrorForm, Failure},
    globals::Globals,
};

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

/// The commands that are not in the table of operations.
#[derive(Debug, Subcommand)]
enum Command {
    Api(api::Arguments),
    Docs(docs::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let read = command().try_get_matches();
    let read = read.and_then(|matches| Ok((Globals::from_arg_matches(&matches)?, matches)));
    let result = match read {
        Ok((globals, matches)) => run(&globals, &matches).await,
        Err(error) if error.use_stderr() && wants_json() => Err(Failure::usage(error.to_string())),
        Err(error) => error.exit(),
    };
    let Err(failure) = result else {
        return ExitCode::SUCCESS;
    };
    let form = if wants_json() {
        ErrorForm::Json
    } else {
        ErrorForm::Text
    };
    // If standard error is closed, the failure cannot be shown.
    let _ = writeln!(io::stderr(), "{}", failure.text(form));
    failure.exit_code()
}

/// Whether errors are wanted as JSON, also if the command line cannot be read.
fn wants_json() -> bool {
    let arguments: Vec<_> = env::args_os().collect();
    let pair = |pair: &[_]| matches!(pair, [flag, form] if flag == "--errors" && form == "json");
    arguments.windows(2).any(pair) || arguments.iter().any(|argument| argument == "--errors=json")
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
            Ok(Command::Docs(arguments)) => arguments.run(),
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
