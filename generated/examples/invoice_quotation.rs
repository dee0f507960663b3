//! Makes an invoice, which only version 1 has, from a quotation of version 2.
//!
//! `HEFFL_API_KEY=… cargo run --example invoice_quotation -- qtn_abc123`

use std::{env, error::Error};

use heffl::{
    Client, DateTime, JsonObject, QuotationId,
    v1::{CreateInvoice, CreateInvoiceLine, Invoice},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let id = env::args().nth(1).ok_or("give a quotation")?.parse()?;
    println!("{}", invoice(&Client::from_env()?, &id).await?);
    Ok(())
}

/// The invoice: it is due today, and has the lines of the quotation.
pub async fn invoice(heffl: &Client, id: &QuotationId) -> Result<Invoice, Box<dyn Error>> {
    let quotation = heffl.v2().quotations().get(id).await?;
    let mut lines = Vec::new();
    for line in quotation.line_items.iter().flatten() {
        // Whether it is an amount or a percentage is not documented.
        if line.discount.is_some_and(|discount| !discount.is_zero()) {
            return Err(format!("{line} has a discount").into());
        }
        // Fields of the same name go over; those that an invoice does not have are left out.
        lines.push(JsonObject::from_serialize(line)?.to::<CreateInvoiceLine>()?);
    }
    let (client, today) = (quotation.client_id.ok_or("no client")?, DateTime::now());
    let body = CreateInvoice::new(client, today, today, lines).subject(quotation.subject);
    Ok(heffl.v1().invoices().create(body).await?)
}
