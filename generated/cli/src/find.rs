//! `heffl contacts find`: a record by its e-mail address or phone number.

use clap::Parser;

use crate::{
    data::{self, Val},
    failure::{Failure, Kind},
    globals::Globals,
    notices,
    output::{Columns, End, Options, Shape},
};

/// The name of the verb.
pub(crate) const FIND: &str = "find";

/// Whether records of a resource can be found.
pub(crate) fn is_found(resource: &str) -> bool {
    ["contacts", "companies"].contains(&resource)
}

/// Find the record with an e-mail address or a phone number
///
/// Addresses are equal if they differ only in case. Phone numbers are equal if they have the same digits. If
/// several records match, the command reports an error; --all prints them.
#[derive(Debug, Parser)]
#[command(name = FIND)]
pub(crate) struct Arguments {
    /// E-mail address
    #[arg(long, value_name = "TEXT", required_unless_present = "phone")]
    email: Option<String>,
    /// Phone number
    #[arg(long, value_name = "TEXT", conflicts_with = "email")]
    phone: Option<String>,
    /// Print all records that match
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    output: Options,
}

impl Arguments {
    /// Finds a record and prints it.
    pub(crate) async fn run(
        &self,
        globals: &Globals,
        resource: &str,
        columns: Columns,
    ) -> Result<(), Failure> {
        let client = globals.client()?;
        let (contacts, companies) = (client.v2().contacts(), client.v2().companies());
        let phone = self.phone.as_deref().unwrap_or_default();
        let records = match (resource, &self.email) {
            ("contacts", Some(email)) => self.found(contacts.find_by_email(email)).await?,
            ("contacts", None) => self.found(contacts.find_by_phone(phone)).await?,
            (_, Some(email)) => self.found(companies.find_by_email(email)).await?,
            (_, None) => self.found(companies.find_by_phone(phone)).await?,
        };
        if records.is_empty() && !self.all {
            return Err(Failure::new(
                Kind::NotFound,
                format!("there are no {resource} with it"),
            ));
        }
        let shape = if self.all { Shape::List } else { Shape::One };
        let mut printer = self.output.printer(shape, columns)?;
        records
            .into_iter()
            .try_for_each(|record| printer.record(record))?;
        notices::unseen(globals, &printer.end(&End::default())?);
        Ok(())
    }

    /// The records that match.
    async fn found<T>(&self, find: heffl::Find<T>) -> Result<Vec<Val>, Failure>
    where
        T: serde::Serialize + Send + 'static,
    {
        let records = if self.all {
            find.all().await?
        } else {
            find.send().await?.into_iter().collect()
        };
        let records = records.iter().map(|record| {
            let json = serde_json::to_string(record).map_err(Failure::other)?;
            data::received(&json)
        });
        records.collect()
    }
}
