//! Creates a quotation from a deal: the customer, the title, and the price as its only line.
//!
//! `HEFFL_API_KEY=… cargo run --example quote_deal -- dl_abc123`

use std::{env, error::Error};

use heffl::{
    Client, DealId,
    v2::{CreateQuotation, CreateQuotationLine, DocumentTemplateType, Quotation},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let id = env::args().nth(1).ok_or("give a deal")?.parse()?;
    println!("{}", quote(&Client::from_env()?, &id).await?);
    Ok(())
}

/// The new quotation.
pub async fn quote(heffl: &Client, id: &DealId) -> Result<Quotation, Box<dyn Error>> {
    let v2 = heffl.v2();
    let deal = v2.deals().get(id).await?;
    // A response may omit these fields, but the quotation needs them.
    let client = deal.client_id.ok_or("the deal has no customer")?;
    let title = deal.title.ok_or("the deal has no title")?;
    let price = deal.price.ok_or("the deal has no price")?;

    let templates = v2.document_templates().list();
    let templates = templates.type_(DocumentTemplateType::Quotations).await?;
    let template = templates
        .items()
        .first()
        .ok_or("no template for quotations")?;

    let line = CreateQuotationLine::new()
        .name(&title)
        .quantity(1)
        .price(price);
    let quotation = CreateQuotation::new(client, &template.id)
        .deal_id(id)
        .subject(title)
        .quotation_products([line]);
    Ok(v2.quotations().create(quotation).await?)
}
