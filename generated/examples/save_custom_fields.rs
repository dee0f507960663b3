//! Saves the definitions of all custom fields of a workspace, for `heffl-custom-fields`.
//!
//! `HEFFL_API_KEY=… cargo run --example save_custom_fields > custom-fields.json`

use std::{collections::BTreeMap, error::Error};

use heffl::{Client, v2::CustomFieldEntity};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    println!("{}", definitions(&Client::from_env()?).await?);
    Ok(())
}

/// The custom fields of each kind of record, as JSON.
pub async fn definitions(heffl: &Client) -> Result<String, Box<dyn Error>> {
    let mut definitions = BTreeMap::new();
    for entity in CustomFieldEntity::VALUES {
        let list = heffl.v2().custom_fields().list().entity(entity.clone());
        definitions.insert(entity.as_str(), list.stream().try_collect().await?);
    }
    Ok(serde_json::to_string_pretty(&definitions)?)
}
