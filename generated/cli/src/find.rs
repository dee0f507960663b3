//! `heffl contacts find`: a record by its e-mail address or phone number.

use clap::{Arg, ArgMatches, Args as _, Command};

use crate::{
    data::{self, Val},
    failure::{Failure, Kind},
    globals::Globals,
    notices,
    output::{Columns, End, Options, Shape},
};

/// The verb.
pub(crate) const FIND: &str = "find";

/// Whether records of a resource can be found.
pub(crate) fn is_found(resource: &str) -> bool {
    ["contacts", "companies"].contains(&resource)
}

/// The command.
pub(crate) fn command() -> Command {
    let key = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name("TEXT").help(help)
    };
    let command = Command::new(FIND)
        .arg(key("email", "E-mail address"))
        .arg(key("phone", "Phone number"))
        .group(
            clap::ArgGroup::new("key")
                .args(["email", "phone"])
                .required(true),
        )
        .arg(
            Arg::new("all")
                .long("all")
                .action(clap::ArgAction::SetTrue)
                .help("Print all records that match"),
        );
    let about = "Find the record with an e-mail address or a phone number";
    Options::augment_args(command).about(about).long_about(format!(
        "{about}\n\nAddresses are equal if they differ only in case. Phone numbers are equal if their digits are. Several \
         records that match are an error; --all prints them."
    ))
}

/// Finds a record and prints it.
pub(crate) async fn run(
    globals: &Globals,
    resource: &str,
    columns: Columns,
    options: &Options,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let client = globals.client()?;
    let key = |name| matches.get_one::<String>(name);
    let (email, phone) = (key("email"), key("phone"));
    let is_all = matches.get_flag("all");
    let records = match resource {
        "contacts" => {
            let contacts = client.v2().contacts();
            let find = match (email, phone) {
                (Some(email), _) => contacts.find_by_email(email),
                (_, phone) => contacts.find_by_phone(phone.map_or("", String::as_str)),
            };
            found(find, is_all).await?
        }
        _ => {
            let companies = client.v2().companies();
            let find = match (email, phone) {
                (Some(email), _) => companies.find_by_email(email),
                (_, phone) => companies.find_by_phone(phone.map_or("", String::as_str)),
            };
            found(find, is_all).await?
        }
    };
    if records.is_empty() && !is_all {
        return Err(Failure::new(
            Kind::NotFound,
            format!("there are no {resource} with it"),
        ));
    }
    let shape = if is_all { Shape::List } else { Shape::One };
    let mut printer = options.printer(shape, columns)?;
    records
        .into_iter()
        .try_for_each(|record| printer.record(record))?;
    notices::unseen(globals, &printer.end(&End::default())?);
    Ok(())
}

/// The records that match.
async fn found<T>(find: heffl::Find<T>, is_all: bool) -> Result<Vec<Val>, Failure>
where
    T: serde::Serialize + Send + 'static,
{
    let records = if is_all {
        find.all().await?
    } else {
        find.send().await?.into_iter().collect()
    };
    let records = records.iter().map(|record| {
        let json = serde_json::to_string(record)
            .map_err(|error| Failure::new(Kind::Other, error.to_string()))?;
        data::received(&json)
    });
    records.collect()
}
