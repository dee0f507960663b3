//! Lists all open deals, the highest value first.
//!
//! `HEFFL_API_KEY=… cargo run --example list_deals`

use std::error::Error;

use heffl::{
    Client,
    v2::{DealFilter, DealOrderBy, DealStatus, OrderDirection},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = Client::from_env()?;
    let list = client
        .v2()
        .deals()
        .list()
        .page_size(100)
        .filter(DealFilter::status().is(DealStatus::Active))
        .order_by(DealOrderBy::Price)
        .order_dir(OrderDirection::Desc);

    // One page is held at a time, and each takes its turn in the quota of 60 requests a minute.
    let mut pages = list.pages();
    while let Some(page) = pages.try_next().await? {
        for deal in page.items() {
            let price = deal
                .price
                .map_or_else(|| "no price".to_owned(), |price| price.to_string());
            println!("{} {:?}: {price}", deal.id, deal.title);
        }
    }
    Ok(())
}
