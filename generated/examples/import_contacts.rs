//! Creates or updates contacts with two custom fields from a CSV file. If it is interrupted, run it again: it
//! changes only the records that differ from the file.
//!
//! `HEFFL_API_KEY=… cargo run --example import_contacts -- contacts.csv [--dry-run]`

use std::{env, error::Error, fs::File, io::Read};

use heffl::{
    Client,
    bulk::{Bulk, By, Index, Report, Upserted},
    v2::{Contact, CreateContact, UpdateContact},
};

/// A line of the file, whose first line has these names.
type Row = (String, Option<String>, String, Option<String>, Option<u32>);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).ok_or("give a CSV file")?;
    let is_trial = env::args().any(|argument| argument == "--dry-run");
    let heffl = Client::builder().env()?.dry_run(is_trial).build()?;
    println!("{}", import(&heffl, File::open(path)?).await?);
    Ok(())
}

/// Creates or updates the contacts of the file. Each e-mail address exists once.
pub async fn import(
    heffl: &Client,
    csv: impl Read,
) -> Result<Report<Upserted<Contact>>, Box<dyn Error>> {
    // All lines are read before the first request, so an invalid line changes nothing.
    let mut bodies = Vec::new();
    for row in csv::Reader::from_reader(csv).deserialize() {
        let (first_name, last_name, email, region, seats): Row = row?;
        let email = By::Email
            .check(&email)
            .map_err(|error| format!("line {}: {error}", bodies.len() + 2))?;
        let mut contact = CreateContact::new(first_name)
            .last_name(last_name)
            .email(email);
        if let Some(region) = region {
            contact = contact.custom_field("cf_region", region)?;
        }
        if let Some(seats) = seats {
            contact = contact.custom_field("cf_seats", seats)?;
        }
        bodies.push(contact);
    }
    let contacts = heffl.v2().contacts();
    let list = contacts.list().into_call();
    let known = Index::read(list, By::Email, |it| it.email.clone()).await?;
    let import = Bulk::new(bodies).on_progress(|progress| eprintln!("{progress}"));
    Ok(import
        .run(|body| {
            let email = body.email.clone().unwrap_or_default();
            let update = |old: &Contact| contacts.update(&old.id, UpdateContact::new());
            known.upsert(email, contacts.create(body), update)
        })
        .await)
}
