//! Saves the definitions of all custom fields of a workspace, for `heffl-custom-fields`.
//!
//! `HEFFL_API_KEY=… cargo run --example save_custom_fields > custom-fields.json`

use std::{collections::BTreeMap, error::Error};

use heffl::{Client, v2::CustomFieldEntity};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = Client::from_env()?;
    let mut definitions = BTreeMap::new();
    for entity in CustomFieldEntity::VALUES {
        let list = client.v2().custom_fields().list().entity(entity.clone());
        definitions.insert(entity.as_str(), list.stream().try_collect().await?);
    }
    println!("{}", serde_json::to_string_pretty(&definitions)?);
    Ok(())
}
