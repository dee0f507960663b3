//! Creates a contact with custom fields.
//!
//! `HEFFL_API_KEY=… cargo run --example create_contact -- Jane Smith jane@example.com`

use std::error::Error;

use heffl::{Client, v2::CreateContact};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(first_name), Some(last_name), Some(email)) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("give a first name, a last name and an e-mail address".into());
    };

    let client = Client::from_env()?;
    let contact = CreateContact::new(first_name)
        .last_name(last_name)
        .email(email)
        // A key that does not start with `cf_` is an error here, not at the server.
        .custom_field("cf_industry", "Logistics")?
        .custom_field("cf_lead_score", 85)?;
    let contact = client.v2().contacts().create(contact).await?;

    let industry: Option<String> = contact.custom_fields.get("cf_industry")?;
    println!("created {contact}, industry {industry:?}");
    Ok(())
}
