//! Shares the quota of a key with other programs: run several of these at the same time.
//!
//! `HEFFL_API_KEY=… cargo run --example share_key -- /var/lib/my-company/heffl`

use std::{env, error::Error};

use heffl::{Client, ClientBuilder};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).ok_or("give a folder")?;
    println!("{} deals", count(Client::builder().env()?, &folder).await?);
    Ok(())
}

/// Counts the deals. All programs with this folder share the quota.
pub async fn count(client: ClientBuilder, folder: &str) -> Result<usize, heffl::Error> {
    let heffl = client.shared_quota(folder).build()?;
    let deals = heffl.v2().deals().list().stream().try_collect().await?;
    Ok(deals.len())
}
