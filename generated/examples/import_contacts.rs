//! Imports contacts with two custom fields from a CSV file. It can be stopped at any time: run again,
//! it goes on with the contacts that the workspace does not have yet.
//!
//! `HEFFL_API_KEY=… cargo run --example import_contacts -- contacts.csv [--dry-run]`

use std::{collections::HashSet, env, error::Error, fs::File, io::Read};

use heffl::{Client, v2::CreateContact};
use serde::Deserialize;

/// A line of the file; its first line has these names.
#[derive(Deserialize)]
struct Row {
    first_name: String,
    last_name: Option<String>,
    email: String,
    cf_region: Option<String>,
    cf_seats: Option<u32>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).ok_or("give a CSV file")?;
    let is_trial = env::args().any(|argument| argument == "--dry-run");
    let created = import(&Client::from_env()?, File::open(path)?, is_trial).await?;
    println!("{created} created");
    Ok(())
}

/// Creates the contacts whose e-mail addresses are not in the workspace, and says how many.
pub async fn import(
    heffl: &Client,
    csv: impl Read,
    is_trial: bool,
) -> Result<usize, Box<dyn Error>> {
    // All lines are read before the first is sent: a mistake in the last one costs nothing.
    let mut rows: Vec<Row> = Vec::new();
    for (line, row) in (2..).zip(csv::Reader::from_reader(csv).deserialize()) {
        rows.push(row?);
        if rows.last().is_some_and(|row| row.email.trim().is_empty()) {
            return Err(format!("line {line} has no e-mail address to know the contact by").into());
        }
    }

    // What is there already, 100 contacts a call; a search for each row would double the calls.
    let key = |email: &str| email.trim().to_lowercase();
    let mut known = HashSet::new();
    let mut contacts = heffl.v2().contacts().list().page_size(100).stream();
    while let Some(contact) = contacts.try_next().await? {
        known.extend(contact.email.as_deref().map(key));
    }
    let all = rows.len();
    rows.retain(|row| known.insert(key(&row.email)));
    let time = heffl.estimate(u32::try_from(rows.len())?);
    println!("{all} lines, {} to create, in about {time:?}", rows.len());
    if is_trial {
        return Ok(0);
    }

    // Each call waits for its turn in the quota. None is sent twice: where the connection breaks, the
    // contact may be there or not, and the next run finds out.
    let count = rows.len();
    for row in rows {
        let mut contact = CreateContact::new(row.first_name).email(row.email);
        contact.last_name = row.last_name;
        if let Some(region) = row.cf_region {
            contact = contact.custom_field("cf_region", region)?;
        }
        if let Some(seats) = row.cf_seats {
            contact = contact.custom_field("cf_seats", seats)?;
        }
        let contact = heffl.v2().contacts().create(contact).await?;
        println!("{} {:?}", contact.id, contact.email.unwrap_or_default());
    }
    Ok(count)
}
