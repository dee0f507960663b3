//! Reads and changes a deal's custom fields with types made from the workspace's own definitions.
//!
//! `HEFFL_API_KEY=… cargo run --example typed_custom_fields -- dl_abc123`
//!
//! `heffl-custom-fields` generated `fields.rs` from `custom-fields.json`. The example `save_custom_fields` saves
//! the definitions of your own workspace.

mod fields;

use std::error::Error;

use fields::{DealFields, DealFieldsPatch, DealPriority};
use heffl::{
    Client, DealId,
    v2::{CustomFieldEntity, UpdateDeal},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let id: DealId = std::env::args()
        .nth(1)
        .ok_or("give the identifier of a deal")?
        .parse()?;
    let client = Client::from_env()?;
    warn_of_drift(&client).await?;

    let deal = client.v2().deals().get(&id).await?;
    let before: DealFields = deal.custom_fields.to()?;
    println!(
        "priority {:?}, renewal {:?}",
        before.priority, before.renewal
    );

    let after = DealFields {
        priority: Some(DealPriority::High),
        reseller: None,
        ..before.clone()
    };
    // Only the differences are sent. An existing reseller is cleared.
    let changes = DealFieldsPatch::between(&before, &after);
    let update = UpdateDeal::new().custom_fields(&changes)?;
    client.v2().deals().update(&id, update).await?;
    Ok(())
}

/// Compares the definitions of the workspace with those of the generated types.
async fn warn_of_drift(client: &Client) -> Result<(), heffl::Error> {
    let now = client
        .v2()
        .custom_fields()
        .list()
        .entity(CustomFieldEntity::Deals)
        .stream()
        .try_collect()
        .await?;
    for known in DealFields::DEFINITIONS {
        let same = now.iter().any(|field| {
            field.key.as_deref() == Some(known.key) && field.type_.as_deref() == known.type_name
        });
        if !same {
            eprintln!("{} is gone, or of another type", known.key);
        }
    }
    Ok(())
}
