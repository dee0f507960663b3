//! Calls through a proxy whose certificates are signed by an authority of your own.
//!
//! `PROXY=http://proxy.example:3128 AUTHORITY=company-ca.pem HEFFL_API_KEY=… cargo run --example use_proxy`

use heffl::{Client, reqwest::Certificate};

/// Counts the tags through the proxy.
#[tokio::main]
pub async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let authority = Certificate::from_pem(&std::fs::read(std::env::var("AUTHORITY")?)?)?;
    let builder = Client::builder().env()?.proxy(std::env::var("PROXY")?);
    let builder = builder.http(move |http| http.add_root_certificate(authority.clone()));
    println!("{} tags", builder.build()?.v2().tags().list().await?.len());
    Ok(())
}
