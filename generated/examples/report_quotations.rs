//! Sums quotations by currency and status, exactly.
//!
//! `HEFFL_API_KEY=… cargo run --example report_quotations`

use std::error::Error;

use heffl::{Client, Currency, bulk::Sums, v2::QuotationStatus};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    for ((currency, status), total) in report(&Client::from_env()?).await?.iter() {
        println!("{currency} {status}: {total:.2}");
    }
    Ok(())
}

/// The amounts of all quotations.
pub async fn report(heffl: &Client) -> Result<Sums<(Currency, QuotationStatus)>, heffl::Error> {
    let mut sums = Sums::default();
    let mut quotations = heffl.v2().quotations().list().page_size(100).stream();
    while let Some(quotation) = quotations.try_next().await? {
        sums.add(
            (quotation.currency, quotation.status),
            quotation.total_amount,
        );
    }
    Ok(sums)
}
