//! Lists all open deals, the highest value first, without async.
//!
//! `HEFFL_API_KEY=… cargo run --example list_deals`

use heffl::{
    Client, Error,
    v2::{DealFilter, DealOrderBy, DealStatus, OrderDirection},
};

/// Prints a line for each deal.
pub fn main() -> Result<(), Error> {
    let heffl = Client::from_env()?;
    let list = heffl.v2().deals().list();
    let list = list.filter(DealFilter::status().is(DealStatus::Active));
    let list = list
        .order_by(DealOrderBy::Price)
        .order_dir(OrderDirection::Desc);
    // Only one page is in memory at a time. Each page waits for the quota of 60 requests a minute.
    for deal in list.stream().blocking() {
        let deal = deal?;
        let price = deal.price.map(|price| format!("{price:.2}"));
        println!("{:>12} {deal}", price.unwrap_or_default());
    }
    Ok(())
}
