//! `heffl RESOURCE VERB`: every operation of the table.

use std::io::{self, IsTerminal as _, Write as _};

use clap::{ArgMatches, Args, Command, CommandFactory as _};

use crate::{
    body, data,
    failure::{Failure, written},
    find::{self, FIND},
    flags::{self, Place},
    globals::Globals,
    lists::Amount,
    names::{self, Finder, LookUp},
    notices,
    output::{Columns, End, Options, Shape},
    pages::Pages,
    request::{self, Request},
    table::{self, OLDER, Operation},
    values,
};

/// Options about sending the request, or printing it instead.
#[derive(Debug, Args)]
#[command(next_help_heading = "Request")]
struct Sending {
    /// Print the request as JSON, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Print the request as a command of curl, without the key, and do not send it
    #[arg(long, conflicts_with = "dry_run")]
    curl: bool,
    /// Look names up on the server, and not in lists that were read in the last ten minutes
    #[arg(long)]
    fresh: bool,
}

/// Permission to delete.
#[derive(Debug, Args)]
#[command(next_help_heading = "Request")]
struct Confirmation {
    /// Delete without asking
    #[arg(long, short)]
    yes: bool,
}

/// The commands of all resources.
pub(crate) fn commands(older: bool) -> impl Iterator<Item = Command> {
    table::resources(older).into_iter().map(move |resource| {
        let verbs: Vec<&str> = of_resource(older, resource).map(|it| it.verb).collect();
        let is_older = of_resource(older, resource).all(|it| it.version == OLDER);
        let version = if is_older && !older { " (API v1)" } else { "" };
        Command::new(resource)
            .about(format!("{}{version}", verbs.join(", ")))
            .subcommand_required(true)
            .disable_help_subcommand(true)
            // An unknown verb gets its own message.
            .allow_external_subcommands(true)
            .defer(if older {
                |command| with_verbs(command, true)
            } else {
                |command| with_verbs(command, false)
            })
    })
}

fn of_resource(older: bool, resource: &str) -> impl Iterator<Item = &'static Operation> {
    table::operations(older).filter(move |operation| operation.resource == resource)
}

fn with_verbs(command: Command, older: bool) -> Command {
    let resource = command.get_name().to_owned();
    let verbs = of_resource(older, &resource).map(|operation| verb(operation, older));
    let mut command = command.subcommands(verbs.collect::<Vec<_>>());
    if !older && find::is_found(&resource) {
        command = command.subcommand(find::Arguments::command());
    }
    command
}

/// The command of an operation.
fn verb(operation: &'static Operation, older: bool) -> Command {
    let note = match operation.version {
        OLDER if !older => " (API v1)",
        _ => "",
    };
    let mut about = vec![format!("{}{note}", operation.summary)];
    if !operation.description.is_empty() {
        about.push(operation.description.to_owned());
    }
    about.push(format!(
        "{} /{}{} ({}, {})",
        operation.method, operation.version, operation.template, operation.id, operation.evidence
    ));
    if !operation.source.is_empty() {
        about.push(operation.source.to_owned());
    }
    let mut command = Command::new(operation.verb);
    let path = operation.path.iter();
    command = command.args(path.map(|field| flags::argument(Place::Path, field)));
    let query = operation.query.iter();
    command = command.args(query.map(|field| flags::argument(Place::Query, field)));
    let filters = operation.filters.iter().flat_map(|filters| filters.fields);
    command = command.args(filters.map(|(field, _)| flags::argument(Place::Filter, field)));
    if let Some(body) = &operation.body {
        command = body::arguments(command, body);
    }
    if operation.page.is_some() {
        command = Amount::augment_args(command);
    }
    command = Options::augment_args(command);
    command = Sending::augment_args(command);
    if operation.method == "DELETE" {
        command = Confirmation::augment_args(command);
    }
    // After the arguments, because clap adds their texts first.
    command
        .about(format!("{}{note}", operation.summary))
        .long_about(about.join("\n\n"))
}

/// Runs a verb of a resource.
pub(crate) async fn run(
    globals: &Globals,
    older: bool,
    resource: &str,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let (verb, matches) = matches.subcommand().unwrap_or(("", matches));
    let operation = of_resource(older, resource).find(|operation| operation.verb == verb);
    match operation {
        Some(operation) => run_operation(globals, operation, matches).await,
        None if verb == FIND && !older && find::is_found(resource) => {
            let list = of_resource(older, resource).find(|operation| operation.verb == "list");
            let columns = list.map(Columns::of).unwrap_or_default();
            let find: find::Arguments = read(matches)?;
            find.run(globals, resource, columns).await
        }
        None => Err(no_verb(older, resource, verb)),
    }
}

/// The failure for a verb that the resource does not have, with similar commands.
fn no_verb(older: bool, resource: &str, verb: &str) -> Failure {
    let failure = Failure::usage(format!("the API has no {verb} for {resource}"));
    let verbs: Vec<&str> = of_resource(older, resource).map(|it| it.verb).collect();
    if let Some(near) = values::nearest(verb, verbs.iter().copied()) {
        return failure.hint(format!("did you mean {near}?"));
    }
    let mut near: Vec<String> = of_resource(older, resource).map(command_of).collect();
    if !older && find::is_found(resource) {
        near.push(format!("heffl {resource} {FIND}"));
    }
    // The same verb for the kinds of records that have identifiers of this kind.
    let kind = of_resource(older, resource)
        .map(|operation| names::record_kind(operation.record))
        .find(|kind| !kind.is_empty());
    let others = table::all().filter(|operation| operation.verb == verb);
    let others = others.filter(|operation| {
        operation.path.iter().any(|field| match field.kind {
            table::Kind::Id(id) => kind.is_some_and(|kind| names::is_kind_of(id, kind)),
            _ => false,
        })
    });
    near.extend(others.map(command_of));
    failure.hint(format!("what comes near: {}", near.join(", ")))
}

/// The command of an operation.
pub(crate) fn command_of(operation: &Operation) -> String {
    let Operation { resource, verb, .. } = operation;
    let is_hidden = !table::operations(false).any(|other| std::ptr::eq(other, operation));
    let version = if is_hidden {
        format!("{OLDER} ")
    } else {
        String::new()
    };
    format!("heffl {version}{resource} {verb}")
}

/// Arguments of a derived type.
fn read<T: clap::FromArgMatches>(matches: &ArgMatches) -> Result<T, Failure> {
    T::from_arg_matches(matches).map_err(|error| Failure::usage(error.to_string()))
}

async fn run_operation(
    globals: &Globals,
    operation: &'static Operation,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let sending: Sending = read(matches)?;
    let options: Options = read(matches)?;
    let mut request = Request::read(globals, operation, matches)?;
    let (client, look_up) = match (sending.dry_run, sending.fresh) {
        (true, _) => (globals.client_for_preview()?, LookUp::Offline),
        (false, true) => (globals.client()?, LookUp::Fresh),
        (false, false) => (globals.client()?, LookUp::Usual),
    };
    let mut finder = Finder::new(globals, &client, look_up);
    request.find_names(&mut finder).await?;
    let mut call = request.call(&client)?;
    let columns = Columns::of(operation);
    if let Some(page) = &operation.page {
        let amount: Amount = read(matches)?;
        let pages = Pages::new(call, page).starting_at(request.cursor(), request.page_size());
        if !sending.dry_run && !sending.curl {
            let printer = options.printer(Shape::List, columns)?;
            return amount.print(globals, &client, pages, printer).await;
        }
        call = pages.call(amount.most());
    }
    if sending.dry_run {
        let mut printer = options.printer(Shape::One, columns)?;
        printer.record(request::preview(&call, &[])?)?;
        return printer.end(&End::default()).map(drop);
    }
    if sending.curl {
        return written(writeln!(io::stdout(), "{}", call.to_curl()?));
    }
    if operation.method == "DELETE" && !read::<Confirmation>(matches)?.yes {
        // An invalid request is refused before the question.
        let url = call.url()?;
        confirm(&format!("{}: {}", operation.summary, url.path()))?;
    }
    let mut printer = options.printer(Shape::One, columns)?;
    let response = data::received(call.send().await?.get())?;
    printer
        .record(response)
        .map_err(|failure| match operation.method {
            "GET" => failure,
            _ => failure
                .hint("the server has carried out the request; do not repeat it for the output"),
        })?;
    notices::unseen(globals, &printer.end(&End::default())?);
    Ok(())
}

/// Asks for confirmation on a terminal.
fn confirm(what: &str) -> Result<(), Failure> {
    let (mut stderr, stdin) = (io::stderr(), io::stdin());
    if !stdin.is_terminal() || !stderr.is_terminal() {
        return Err(Failure::usage(format!("not confirmed: {what}")).hint("add --yes"));
    }
    let mut reply = String::new();
    let asked = write!(stderr, "{what}? [y/N] ").and_then(|()| stderr.flush());
    let replied = asked.and_then(|()| stdin.read_line(&mut reply));
    match replied {
        Ok(_) if ["y", "yes"].contains(&reply.trim().to_lowercase().as_str()) => Ok(()),
        _ => Err(Failure::usage("nothing was deleted")),
    }
}
