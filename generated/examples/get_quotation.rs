//! Gets a quotation and prints its lines.
//!
//! `HEFFL_API_KEY=… cargo run --example get_quotation -- qtn_abc123`

use std::error::Error;

use heffl::{Client, QuotationId, v2::QuotationStatus};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let id: QuotationId = std::env::args()
        .nth(1)
        .ok_or("give the identifier of a quotation")?
        .parse()?;

    let client = Client::from_env()?;
    let quotation = match client.v2().quotations().get(&id).await {
        Ok(quotation) => quotation,
        Err(error) if error.is_not_found() => return Err(format!("there is no {id}").into()),
        Err(error) => return Err(error.into()),
    };

    println!("{} of {}", quotation.number, quotation.date);
    for line in quotation.line_items.iter().flatten() {
        println!(
            "  {:?} × {:?} at {:?}",
            line.quantity, line.name, line.price
        );
    }
    if quotation.status == QuotationStatus::Accepted {
        println!("accepted on {:?}", quotation.marked_accepted_on);
    }
    Ok(())
}
