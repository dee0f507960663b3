//! Tests a function against faults between a program and a server. It needs no key.
//!
//! `cargo run --example survive_faults`

use std::{error::Error, time::Duration};

use heffl::{Client, v2::Contact, v2::CreateContact};
use heffl_test_server::{Fault, TestServer};

/// The function under test: it can be run again at any time, and creates one contact.
async fn register(heffl: &Client, name: &str, email: &str) -> Result<Contact, heffl::Error> {
    let contact = CreateContact::new(name).email(email);
    let contacts = heffl.v2().contacts();
    Ok(contacts
        .find_or_create_by_email(contact)
        .await?
        .into_record())
}

/// Prints what the function returns after each fault.
#[tokio::main]
pub async fn main() -> Result<(), Box<dyn Error>> {
    for fault in [
        Fault::CutBefore,
        Fault::CutAfter,
        Fault::Status(400),
        Fault::Status(503),
        Fault::QuotaUsedUp { reset: 1 },
        Fault::Response("<html>".into()),
        Fault::Delay(Duration::from_secs(2)),
    ] {
        println!("{fault:?}: {}", survive(fault.clone()).await?);
    }
    Ok(())
}

/// The result of the function after a fault. Fails if it does more or less than it should.
async fn survive(fault: Fault) -> Result<String, Box<dyn Error>> {
    let server = TestServer::builder().without_quota().start()?;
    let heffl = server
        .client_builder()
        .timeout(Duration::from_secs(1))
        .build()?;
    server.fail("createContact", fault)?;
    let first = register(&heffl, "Ada", "ada@example.com").await;
    let again = register(&heffl, "Ada", "ada@example.com").await?;
    let contacts = server.records("contacts");
    if contacts.len() != 1 || again.id.as_str() != contacts[0]["id"] {
        return Err(format!("there are {} contacts", contacts.len()).into());
    }
    Ok(match first {
        Ok(contact) => format!("{contact} in {} requests", server.requests().len()),
        Err(error) => error.to_string(),
    })
}
