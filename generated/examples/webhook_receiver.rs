//! Receives webhooks: verifies them, handles each delivery once, and prints the event.
//!
//! `HEFFL_WEBHOOK_SECRET=whsec_… cargo run --example webhook_receiver`

use std::{env, error::Error, sync::Arc};

use axum::{Router, body::Bytes, http::HeaderMap, http::StatusCode, routing::post};
use heffl::webhooks::{Error as Refusal, Event, RecentDeliveries, Subject, Verifier};
use tokio::{net::TcpListener, sync::mpsc};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (queue, mut events) = mpsc::channel(100);
    let receiver = receiver(&env::var("HEFFL_WEBHOOK_SECRET")?, queue)?;
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    println!("waiting at http://{}/heffl", listener.local_addr()?);
    tokio::spawn(axum::serve(listener, receiver).into_future());
    while let Some(event) = events.recv().await {
        match event.subject {
            Subject::Deal(deal) => println!("{}: {deal}", event.name),
            Subject::Lead(lead) => println!("{}: {lead}", event.name),
            _ => println!("{}", event.name),
        }
    }
    Ok(())
}

/// Puts each event into the queue once, and responds before the work is done, because Heffl may not wait for it. A
/// program that must not lose events stores them instead.
pub fn receiver(secret: &str, queue: mpsc::Sender<Event>) -> Result<Router, Refusal> {
    let verifier = Arc::new(Verifier::new(secret)?.replay_guard(RecentDeliveries::new()));
    // The body as bytes: a body that was parsed and written again has another signature.
    let receive = async move |headers: HeaderMap, body: Bytes| {
        // If the queue is full, Heffl should send the delivery again, so the guard must not see it yet.
        let Ok(place) = queue.try_reserve() else {
            return StatusCode::SERVICE_UNAVAILABLE;
        };
        let take = async { verifier.verify(&headers, &body).await?.event() };
        match take.await {
            Ok(event) => place.send(event),
            // 200 for a repeated delivery: another status would make Heffl send it again.
            Err(error) => return StatusCode::from_u16(error.http_status()).unwrap_or_default(),
        }
        StatusCode::NO_CONTENT
    };
    Ok(Router::new().route("/heffl", post(receive)))
}
