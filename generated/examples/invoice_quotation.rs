//! Creates an invoice, which only version 1 has, from a quotation of version 2.
//!
//! `HEFFL_API_KEY=… cargo run --example invoice_quotation -- qtn_abc123`

use std::{env, error::Error};

use heffl::{Client, DateTime, JsonObject, QuotationId, v1};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let id = env::args().nth(1).ok_or("give a quotation")?.parse()?;
    println!("{}", invoice(&Client::from_env()?, &id).await?);
    Ok(())
}

/// The invoice: it is due today, and has the lines of the quotation.
pub async fn invoice(heffl: &Client, id: &QuotationId) -> Result<v1::Invoice, Box<dyn Error>> {
    let quotation = heffl.v2().quotations().get(id).await?;
    let mut lines = Vec::new();
    for line in quotation.line_items.iter().flatten() {
        // The documentation does not say whether these are amounts or percentages. A tax rate is clear.
        let tax = line.tax.filter(|_| line.tax_rate_id.is_none());
        if line.discount.into_iter().chain(tax).any(|it| !it.is_zero()) {
            return Err(format!("{line} has a discount or a tax without a rate").into());
        }
        // Copies the fields with the same name, and leaves out fields that an invoice does not have.
        lines.push(JsonObject::from_serialize(line)?.to::<v1::CreateInvoiceLine>()?);
    }
    let client = quotation.client_id.ok_or("the quotation has no client")?;
    let today = DateTime::now();
    let body = v1::CreateInvoice::new(client, today, today, lines).subject(quotation.subject);
    Ok(heffl.v1().invoices().create(body).await?)
}
