//! Receives webhooks: checks that they are Heffl's, takes each one once, and prints what happened.
//!
//! ```sh
//! HEFFL_WEBHOOK_SECRET=whsec_… cargo run --example webhook_receiver
//! ```

use std::{env, error::Error};

use axum::{Router, body::Bytes, http::HeaderMap, http::StatusCode, routing::post};
use heffl::webhooks::{self, RecentDeliveries, Subject, Verifier};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let verifier =
        Verifier::new(env::var("HEFFL_WEBHOOK_SECRET")?)?.replay_guard(RecentDeliveries::new());
    // The body as bytes: a body that was read as JSON and written again has another signature.
    let receive = async move |headers: HeaderMap, body: Bytes| {
        match take(&verifier, &headers, &body).await {
            Ok(()) => StatusCode::NO_CONTENT,
            // 200 for a delivery that was taken before: an error would only ask for it again.
            Err(error) => StatusCode::from_u16(error.http_status()).unwrap_or_default(),
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    println!(
        "waiting for deliveries at http://{}/heffl",
        listener.local_addr()?
    );
    axum::serve(listener, Router::new().route("/heffl", post(receive))).await?;
    Ok(())
}

async fn take(
    verifier: &Verifier,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), webhooks::Error> {
    let delivery = verifier.verify(headers, body).await?;
    let event = delivery.event()?;
    match event.subject {
        Subject::Lead(lead) => println!("{}: {:?} ({:?})", event.name, lead.name, lead.stage),
        Subject::Deal(deal) => println!("{}: {:?} for {:?}", event.name, deal.title, deal.price),
        _ => println!("{}", event.name),
    }
    Ok(())
}
