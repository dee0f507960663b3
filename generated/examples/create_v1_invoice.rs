//! Creates an invoice through the older version 1, the only one that has invoices.
//!
//! `HEFFL_API_KEY=… cargo run --example create_v1_invoice -- clt_abc123`

use std::error::Error;

use heffl::{
    Client, ClientId, DateTime,
    v1::{CreateInvoice, CreateInvoiceLine, InvoiceStatus},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let client_id: ClientId = std::env::args()
        .nth(1)
        .ok_or("give the identifier of a client")?
        .parse()?;
    let date: DateTime = "2026-06-01T00:00:00Z".parse()?;
    let due_date: DateTime = "2026-06-30T00:00:00Z".parse()?;

    let line = CreateInvoiceLine::new()
        .name("Warehouse audit")
        .quantity(2.0)
        .price(1250);
    let invoice = CreateInvoice::new(client_id, date, due_date, [line])
        .subject("Audit in June")
        .status(InvoiceStatus::Draft);

    let invoice = Client::from_env()?.v1().invoices().create(invoice).await?;
    println!(
        "{} is {}, to pay: {}",
        invoice.number, invoice.status, invoice.total
    );
    Ok(())
}
