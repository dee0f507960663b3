//! Writes all deals as CSV, with a column for each custom field that the workspace has defined.
//!
//! `HEFFL_API_KEY=… cargo run --example export_deals > deals.csv`

use std::{error::Error, io};

use heffl::{Client, Field, JsonObject, v2::CustomFieldEntity};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    export(&Client::from_env()?, io::stdout()).await
}

/// Writes the deals as they are received, one page at a time.
pub async fn export(heffl: &Client, out: impl io::Write) -> Result<(), Box<dyn Error>> {
    let fields = heffl.v2().custom_fields().list();
    let fields = fields
        .entity(CustomFieldEntity::Deals)
        .stream()
        .try_collect()
        .await?;
    let columns = ["id", "number", "title", "status", "price", "createdAt"];
    let mut columns = columns.map(str::to_owned).to_vec();
    columns.extend(fields.into_iter().filter_map(|field| field.key));
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(&columns)?;
    let mut deals = heffl.v2().deals().list().stream();
    while let Some(deal) = deals.try_next().await? {
        let deal = JsonObject::from_serialize(&deal)?;
        csv.write_record(columns.iter().map(|column| cell(deal.field(column))))?;
    }
    Ok(csv.flush()?)
}

/// Numbers are there to the last digit, lists and objects as JSON.
fn cell(field: Field<'_>) -> String {
    match field {
        Field::Value(value) => value.as_str().unwrap_or(value.as_json().into()).into(),
        Field::Null | Field::Absent => String::new(),
    }
}
