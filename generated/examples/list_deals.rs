//! Lists all deals, page by page, with the highest value first.
//!
//! `HEFFL_API_KEY=… cargo run --example list_deals`

use std::error::Error;

use heffl::{
    Client,
    v2::{DealOrderBy, OrderDirection},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = Client::from_env()?;
    let first = client
        .v2()
        .deals()
        .list()
        .page_size(100)
        .order_by(DealOrderBy::Price)
        .order_dir(OrderDirection::Desc);

    let mut cursor: Option<String> = None;
    loop {
        let page = match &cursor {
            Some(cursor) => first.clone().cursor(cursor).await?,
            None => first.clone().await?,
        };
        for deal in &page {
            let price = deal
                .price
                .map_or_else(|| "no price".to_owned(), |price| price.to_string());
            println!("{} {:?}: {price}", deal.id, deal.title);
        }
        match page.next_cursor() {
            Some(next) if page.has_more() => cursor = Some(next.to_owned()),
            _ => return Ok(()),
        }
    }
}
